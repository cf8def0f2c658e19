"""Pages of lists: drugs, targets, conditions, studies, end points, documents and results, filtered, page by page."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from mabgraph.graph.compare.compare import MOST
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import UnknownName

from ..collections import resources, undirected
from ..collections.resources import Collection, Row
from ..http.problems import ProblemError, unknown_filter_value
from ..pages import filtering, narrowing, results
from ..pages.filtering import Filtering
from .pageresponse import METHODS, respond, service_of, values_of_all

router = APIRouter(include_in_schema=False)

#: Rows of a page.
SIZE: Final = 100


class Cell(NamedTuple):
    """A cell of a list: its text, and where it leads, if anywhere."""

    text: str
    address: str = ""


class Listed(NamedTuple):
    """A kind of things with a list: its heading, its collection, and its columns: heading and field."""

    heading: str
    collection: Collection
    columns: tuple[tuple[str, str], ...]


LISTS: Final = {
    "drugs": Listed(
        "Drugs", resources.DRUGS, (("Drug", "label"), ("Class", "class"), ("Targets", "targets"), ("What it is", "definition"))
    ),
    "targets": Listed("Targets", resources.TARGETS, (("Target", "label"), ("What it is", "definition"))),
    "conditions": Listed("Conditions", resources.CONDITIONS, (("Condition", "label"), ("Wider", "broader"), ("What it is", "definition"))),
    "studies": Listed(
        "Studies", resources.TRIALS,
        (("Study", "label"), ("Registration", "registration"), ("Design", "design"), ("Reported by", "reported_by")),
    ),
    "endpoints": Listed("End points", resources.ENDPOINTS, (("End point", "label"), ("Kind", "kind"), ("What it is", "definition"))),
    "documents": Listed(
        "Documents", resources.DOCUMENTS, (("Document", "label"), ("Kind", "kind"), ("Citation", "citation"), ("Rights", "rights"))
    ),
}  # fmt: skip
#: Filters of results that the form of their list has; the address may have all that look-ups have.
_OF_RESULTS: Final = (
    "drug", "target", "trial", "endpoint", "condition", "measure", "kind", "comparability", "check", "status",
)  # fmt: skip
#: Columns of the list of results by which it can be ordered, with their headings.
SORTS: Final = (
    ("study", "Study"), ("endpoint", "End point"), ("measure", "Measure"), ("value", "Value"), ("p_value", "P value"),
    ("total", "Patients"),
)  # fmt: skip


def _add(name: str, listed: Listed) -> None:
    def answer_list(request: Request) -> Response:
        return _respond(request, name, "things.html", listed, lambda filtered: _values(request, name, listed, filtered))

    router.add_api_route(f"/{name}", answer_list, methods=METHODS)


@router.api_route("/estimates", methods=METHODS)
def estimates(request: Request) -> Response:
    """Return the page of the list of results, by the filters of ``/v1/estimates``."""
    listed = Listed("Results", resources.ESTIMATES, ())
    return _respond(request, "estimates", "estimates.html", listed, lambda filtered: _result_values(request, filtered))


def _respond(request: Request, name: str, template: str, listed: Listed, write: Any) -> Response:
    """Return a list; empty fields of its form are left out of the address.

    :raises QuestionError: for a filter that the list does not have.
    """
    sent = request.query_params.multi_items()
    sorts = [sort for sort, _ in SORTS] if listed.collection is resources.ESTIMATES else []
    filtered = filtering.read(f"/{name}", sent, listed.collection.parameters, sorts)
    if any(not value.strip() for _, value in sent):
        return RedirectResponse(filtered.at(filtered.page), 303)
    try:
        return respond(request, template, lambda: write(filtered))
    except UnknownName as error:
        raise ProblemError(unknown_filter_value(error), str(error)) from None


def address(name: str, row: Row) -> str:
    """Return the address of the page of a thing."""
    return f"/{name}/{quote(vocabulary.local_name(str(row['id'])))}"


def _values(request: Request, name: str, listed: Listed, filtered: Filtering) -> dict[str, Any]:
    catalogue, collection = service_of(request).catalogue, listed.collection
    rows, total = collection.find(catalogue, filtered.filters, SIZE, SIZE * (filtered.page - 1))
    fields = [field for _, field in listed.columns if field in collection.columns]
    things = [[Cell(_text(row.get(field)), address(name, row) if field == "label" else "") for field in fields] for row in rows]
    query = f"?{filtered.query()}" if filtered.parameters else ""
    data = [(f"/v1/{collection.name}.{suffix}{query}", suffix) for suffix in ("json", "csv", "ttl")]
    return values_of_all(request, f"/{name}", data) | _frame(request, collection, filtered, total, len(rows)) | {
        "heading": listed.heading, "things": things, "columns": [heading for heading, field in listed.columns if field in fields],
    }  # fmt: skip


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _frame(
    request: Request, collection: Collection, filtered: Filtering, total: int, shown: int, names: tuple[str, ...] | None = None
) -> dict[str, Any]:  # fmt: skip
    """Return what every list has: its form, its chips, and the addresses of the pages before and after."""
    return {
        "fields": filtering.fields(service_of(request).catalogue, collection.parameters, names), "filtered": filtered, "total": total,
        "first": SIZE * (filtered.page - 1) + 1, "shown": shown,
        "previous": filtered.at(filtered.page - 1) if filtered.page > 1 else "",
        "following": filtered.at(filtered.page + 1) if SIZE * filtered.page < total else "",
    }  # fmt: skip


def _result_values(request: Request, filtered: Filtering) -> dict[str, Any]:
    """Return the values of the list of results; three questions, whatever their number, and one about analyses beside them."""
    filters = {name: list(values) for name, values in filtered.filters.items()}
    asked = {name: resources.expand(name, values) for name, values in filters.items()}
    more = {"sort": [filtered.sort]} if filtered.sort else {}
    shown, total = results.load_page(service_of(request).catalogue, asked | more, SIZE, SIZE * (filtered.page - 1))
    query = f"?{filtered.query()}" if filtered.parameters else ""
    return values_of_all(request, "", [(f"/v1/estimates.{suffix}{query}", suffix) for suffix in ("json", "csv", "tsv")]) | _frame(
        request, resources.ESTIMATES, filtered, total, len(shown), _OF_RESULTS
    ) | {
        "results": shown, "analyses": undirected.find_beside(service_of(request).catalogue, filters, total),
        "sorts": [(words, filtered.order_address(name), filtered.sort.removeprefix("-") == name) for name, words in SORTS],
        "compare": narrowing.address(filtered.parameters) if filtered.parameters and 0 < total <= MOST else "",
    }  # fmt: skip


for _name, _listed in LISTS.items():
    _add(_name, _listed)
