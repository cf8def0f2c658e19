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
#: Kinds of things that results are asked by, and how many similar names are tried together with exact ones.
_ASKED: Final = frozenset({"drug", "target", "trial", "endpoint", "condition"})
_NEAR: Final = 3
#: Most matches on the page.
MOST: Final = 40


@router.api_route("/search", methods=METHODS)
def search(request: Request, q: str = Query("", max_length=searches.LONGEST)) -> Response:
    """Return the page of a search; without words, its form."""
    return respond(request, "search.html", lambda: _values(request, q.strip()))


def _values(request: Request, words: str) -> dict[str, Any]:
    catalogue = service_of(request).catalogue
    findings = searching.search(catalogue, words, MOST)
    things = [each for each in findings.matches if not each.text]
    labels = catalogue.labels(list(dict.fromkeys(each.iri for each in things))) if things else {}
    similar = [each for each in things if _is_similar(each)]
    asks = [(each.filters, each.total) for each in findings.asks] or _nearest_asks(catalogue, things)
    data = [(f"/v1/search?{urlencode({'q': words})}", "json")] if words else []
    return values_of_all(request, "/search", data) | {
        "words": words, "unmatched": findings.unmatched, "exactly": bool(findings.asks),
        "asks": [
            (_address_of("/compare", filters), _address_of("/estimates", filters), total, _describe(catalogue, filters))
            for filters, total in asks
        ],
        "things": [(labels.get(each.iri, each.name), each, _address(each)) for each in things if each not in similar],
        "similar": {
            guessed: [(labels.get(each.iri, each.name), each, _address(each)) for each in similar if each.words == guessed]
            for guessed in dict.fromkeys(each.words for each in similar)
        },
        "texts": [(each, _address(each)) for each in findings.matches if each.text],
    }  # fmt: skip


def _is_similar(match: Match) -> bool:
    """Whether a thing is only called something like the words."""
    return match.likeness is not None and match.likeness < 100


def _nearest_asks(catalogue: Catalogue, things: Sequence[Match]) -> list[tuple[Mapping[str, tuple[str, ...]], int]]:
    """Return what to ask of the exact names together with the nearest other one; a question for each of a few."""
    exact = {each.kind: each for each in reversed(things) if not _is_similar(each) and each.kind in _ASKED}
    several: list[tuple[Mapping[str, tuple[str, ...]], int]] = []
    for near in [each for each in things if _is_similar(each) and each.kind in _ASKED and each.kind not in exact][:_NEAR]:
        filters = {each.kind: (vocabulary.local_name(each.iri),) for each in [*exact.values(), near]}
        if exact and (total := catalogue.page(searching.ASKED, filters, 1)[1]):
            several.append((filters, total))
    return sorted(several, key=lambda each: -each[1])


def _address_of(path: str, filters: Mapping[str, Sequence[str]]) -> str:
    return f"{path}?{urlencode({name: list(values) for name, values in filters.items()}, doseq=True)}"


def _describe(catalogue: Catalogue, filters: Mapping[str, Sequence[str]]) -> str:
    return understanding.describe(understanding.read(catalogue, searching.ASKED, dict(filters)))


def _address(match: Match) -> str:
    """Return the address of the page of a match; of a thing without one, its statements."""
    kind = PAGES.get(match.kind)
    if kind:
        return f"/{kind}/{quote(match.iri.rpartition('/')[2])}"
    return "/" + quote(match.iri.removeprefix(vocabulary.base()))
