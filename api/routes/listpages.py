"""Pages of lists: drugs, targets, conditions, studies, end points and documents, page by page."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from mabgraph.graph.store import vocabulary

from ..collections import resources
from ..collections.resources import Collection, Row
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
    "drugs": Listed("Drugs", resources.DRUGS, (("Drug", "label"), ("What it is", "definition"))),
    "targets": Listed("Targets", resources.TARGETS, (("Target", "label"), ("What it is", "definition"))),
    "conditions": Listed("Conditions", resources.CONDITIONS, (("Condition", "label"), ("What it is", "definition"))),
    "studies": Listed("Studies", resources.TRIALS, (("Study", "label"), ("Registration", "registration"), ("Design", "design"))),
    "endpoints": Listed("End points", resources.ENDPOINTS, (("End point", "label"), ("What it is", "definition"))),
    "documents": Listed("Documents", resources.DOCUMENTS, (("Document", "label"), ("Kind", "kind"), ("Citation", "citation"))),
}


def _add(name: str, listed: Listed) -> None:
    def answer_list(request: Request, page: int = Query(1, ge=1, le=100_000)) -> Response:
        return respond(request, "things.html", lambda: _values(request, name, listed, page))

    router.add_api_route(f"/{name}", answer_list, methods=METHODS)


def _address(name: str, row: Row) -> str:
    """Return the address of the page of a thing."""
    return f"/{name}/{quote(vocabulary.local_name(str(row['id'])))}"


def _values(request: Request, name: str, listed: Listed, page: int) -> dict[str, Any]:
    rows, total = listed.collection.find(service_of(request).catalogue, {}, SIZE, SIZE * (page - 1))
    fields = [field for _, field in listed.columns if field in listed.collection.columns]
    things = [[Cell(str(row.get(field) or ""), _address(name, row) if field == "label" else "") for field in fields] for row in rows]
    return values_of_all(request, f"/{name}", [(f"/v1/{listed.collection.name}.{suffix}", suffix) for suffix in ("json", "csv", "ttl")]) | {
        "heading": listed.heading, "total": total, "things": things, "first": SIZE * (page - 1) + 1,
        "columns": [heading for heading, field in listed.columns if field in fields],
        "previous": f"/{name}?page={page - 1}" if page > 1 else "",
        "following": f"/{name}?page={page + 1}" if SIZE * page < total else "",
    }  # fmt: skip


for _name, _listed in LISTS.items():
    _add(_name, _listed)
