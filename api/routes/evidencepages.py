"""Pages of the whole evidence: where documents contradict themselves or each other, and what the dataset is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import UnknownName

from ..collections import resources
from ..http import signposts
from ..http.problems import ProblemError, unknown_filter_value
from ..pages import disagreements, filtering, totals
from ..pages.places import group_rows
from . import linked
from .pageresponse import METHODS, respond, service_of, values_of_all
from .readable import respond_to_reader

router = APIRouter(include_in_schema=False)

#: Disagreements on one page, and documents by which they are filtered.
SIZE: Final = 50
_DOCUMENTS: Final = 50
#: Collections of which the page about the dataset gives the size: their list, and their name.
_COUNTED: Final = (
    ("/estimates", resources.ESTIMATES, "Results"), ("/studies", resources.TRIALS, "Studies"), ("/drugs", resources.DRUGS, "Drugs"),
    ("/endpoints", resources.ENDPOINTS, "Variables"), ("/discrepancies", resources.DISCREPANCIES, "Disagreements"),
)  # fmt: skip
_FILTERS: Final = ("document", "trial", "kind", "origin")


@router.api_route("/discrepancies", methods=METHODS)
def discrepancies(request: Request) -> Response:
    """Return the page of disagreements, each with both sides in their sentences or cells."""
    sent = request.query_params.multi_items()
    filtered = filtering.read("/discrepancies", sent, [each for each in resources.DISCREPANCIES.parameters if each.name in _FILTERS])
    if any(not value.strip() for _, value in sent):
        return RedirectResponse(filtered.at(filtered.page), 303)
    catalogue = service_of(request).catalogue
    try:
        rows, total = catalogue.page(resources.DISCREPANCIES.asks, filtered.filters, SIZE, SIZE * (filtered.page - 1))
    except UnknownName as error:
        raise ProblemError(unknown_filter_value(error), str(error)) from None
    asked = [str(row["id"]) for row in rows]
    sides = group_rows(catalogue.ask("discrepancies", {"discrepancy": asked}) if asked else (), "discrepancy")
    groups = [sides[name] for name in asked if name in sides]
    documents = [str(row["printed_in"]) for several in groups for row in several if row["printed_in"]]

    def write(texts: Mapping[str, str]) -> dict[str, Any]:
        query = f"?{filtered.query()}" if filtered.parameters else ""
        return values_of_all(request, "/discrepancies", [(f"/v1/discrepancies.{suffix}{query}", suffix) for suffix in ("json", "csv")]) | {
            "groups": groups, "sides": disagreements.find_sides(catalogue, groups, texts), "total": total, "filtered": filtered,
            "fields": filtering.fields(catalogue, resources.DISCREPANCIES.parameters, _FILTERS), "has_text": bool(texts),
            "documents": [vocabulary.local_name(str(row["id"])) for row in totals.first_documents(catalogue)[0][:_DOCUMENTS]],
            "previous": filtered.at(filtered.page - 1) if filtered.page > 1 else "",
            "following": filtered.at(filtered.page + 1) if SIZE * filtered.page < total else "",
        }  # fmt: skip

    return respond_to_reader(request, "discrepancies.html", documents, write)


@router.api_route("/about", methods=METHODS)
def about(request: Request) -> Response:
    """Return the page about the dataset: what it holds, how numbers are read, the ledger, licences, and how to cite it."""
    state = service_of(request)

    def write() -> dict[str, Any]:
        catalogue, manifest = state.catalogue, state.catalogue.dataset.manifest
        rows, total = totals.first_documents(catalogue)
        counts = [(address, totals.count(catalogue, collection), label) for address, collection, label in _COUNTED]
        return values_of_all(request, "/about", [(f"/.well-known/void?format={suffix}", suffix) for suffix in signposts.FORMS]) | {
            "manifest": manifest, "files": linked.files(state), "documents": rows, "total": total, "base": vocabulary.base(),
            "local": vocabulary.local_name, "counts": counts, "issued": _read_date(state.catalogue),
        }  # fmt: skip

    return respond(request, "about.html", write)


def _read_date(catalogue: Catalogue) -> str:
    """Return the date of the dataset; empty where it does not state one."""
    rows = catalogue.ask("statements", {"resource": vocabulary.resource("dataset/mabgraph"), "direction": "of"})
    return next((str(row["value"]) for row in rows if str(row["property"]).endswith("/issued")), "")
