"""The page of a search: what to ask of several names at once, the things, and what authors say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response

from mabgraph.graph.questions import search as searching
from mabgraph.graph.questions import understanding
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.search import Match
from mabgraph.graph.store import vocabulary

from . import searches
from .pageresponse import METHODS, respond, service_of, values_of_all

router = APIRouter(include_in_schema=False)

#: The address of the page of a thing, by its kind.
PAGES: Final = {
    "drug": "drugs", "target": "targets", "trial": "studies", "condition": "conditions", "endpoint": "endpoints", "document": "documents",
    "estimate": "estimates",
}  # fmt: skip
#: Most matches on the page.
MOST: Final = 40


@router.api_route("/search", methods=METHODS)
def search(request: Request, q: str = Query("", max_length=searches.LONGEST)) -> Response:
    """Return the page of a search; without words, its form."""
    return respond(request, "search.html", lambda: _values(request, q.strip()))


def _values(request: Request, words: str) -> dict[str, Any]:
    catalogue = service_of(request).catalogue
    findings = searching.search(catalogue, words, MOST)
    matches = [(each, _address(each)) for each in findings.matches]
    data = [(f"/v1/search?{urlencode({'q': words})}", "json")] if words else []
    return values_of_all(request, "/search", data) | {
        "words": words, "unmatched": findings.unmatched,
        "asks": [(_compare_address(each.filters), each.total, _describe(catalogue, each.filters)) for each in findings.asks],
        "things": [(each, address) for each, address in matches if not each.text],
        "texts": [(each, address) for each, address in matches if each.text],
    }  # fmt: skip


def _compare_address(filters: Mapping[str, Sequence[str]]) -> str:
    return f"/compare?{urlencode({name: list(values) for name, values in filters.items()}, doseq=True)}"


def _describe(catalogue: Catalogue, filters: Mapping[str, Sequence[str]]) -> str:
    return understanding.describe(understanding.read(catalogue, searching.ASKED, dict(filters)))


def _address(match: Match) -> str:
    """Return the address of the page of a match; of a thing without one, its statements."""
    kind = PAGES.get(match.kind)
    if kind:
        return f"/{kind}/{quote(match.iri.rpartition('/')[2])}"
    return "/" + quote(match.iri.removeprefix(vocabulary.base()))
