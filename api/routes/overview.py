"""The service itself: its start page, and its state."""

from __future__ import annotations

import os
from typing import Any, Final, cast
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from mabgraph.graph.store import vocabulary

from ..collections import resources, tables
from ..http import media, signposts
from ..http.state import State
from ..pages import totals, worked
from . import groups, linked, lookups, markup
from .pageresponse import respond, values_of_all

router = APIRouter(tags=[groups.SERVICE])
#: The start page: a page as others are.
home = APIRouter()

#: Searches that the start page suggests.
_TRIES: Final = ("daratumumab infusion reactions", "CD38", "NCT02013167", "blinatumomab overall survival")

#: Documents that the start page names.
_DOCUMENTS: Final = 12

ABOUT: Final = "Evidence for antibody therapy in blood cancer: every number, with the place it was printed."
#: Links of the start page, without the collections.
_LINKS: Final = {
    "/docs": "interactive documentation of look-ups, with every filter", "/v1": "all collections as data, with URL templates",
    "/sparql": "SPARQL 1.1 endpoint; without a query, its service description", "/ontology": "the vocabulary, term by term",
    "/health": "state of the service, and the dataset it serves",
}  # fmt: skip


@router.head("/health", include_in_schema=False)
@router.get("/health", summary="Whether the service answers, and from which dataset")
def health(request: Request) -> dict[str, Any]:
    """Return the state of the service: its dataset, its process, and what confines queries."""
    service = _state(request)
    manifest = service.catalogue.dataset.manifest
    return {
        "status": "ok", "dataset": manifest.version, "software": manifest.software, "quads": manifest.quads,
        "figures": manifest.figures, "process": os.getpid(), "confined": sorted(service.confined), "verified": service.verified,
    }  # fmt: skip


@home.head("/", include_in_schema=False)
@home.get("/", include_in_schema=False)
def start(request: Request) -> Response:
    """Return the start page, or its links as JSON."""
    service = _state(request)
    files = linked.files(service)
    links = signposts.landing(files)
    headers = {"Vary": "Accept", "Link": signposts.field(links)}
    if media.acceptable_types(request.headers.get("accept"), (tables.JSON, linked.HTML))[:1] == [linked.HTML]:
        head = signposts.elements(links) + markup.dataset(ABOUT, service.catalogue.version, files)
        return respond(request, "home.html", lambda: _home(request, head), headers["Link"])
    paths = {name.removeprefix("/"): name for name in _LINKS}
    return JSONResponse({"about": ABOUT, **paths, **lookups.links()}, headers=headers)


def _home(request: Request, head: str) -> dict[str, Any]:
    """Return the values of the start page: counts, worked comparisons, documents, and the paths for programs."""
    catalogue = _state(request).catalogue
    counts = [
        (address, totals.count(catalogue, collection), label)
        for address, collection, label in (
            ("/documents", resources.DOCUMENTS, "documents"),
            ("/studies", resources.TRIALS, "studies"),
            ("/drugs", resources.DRUGS, "drugs"),
            ("/endpoints", resources.ENDPOINTS, "end points"),
            ("/discrepancies", resources.DISCREPANCIES, "disagreements"),
        )
    ]
    counts.insert(3, ("/estimates", totals.count(catalogue, resources.ESTIMATES), "results"))
    counts.insert(4, ("/about", catalogue.dataset.manifest.figures, "printed numbers"))  # fmt: skip
    documents, total = totals.first_documents(catalogue)
    return values_of_all(request, "/", [("/v1", "json"), ("/.well-known/void", "turtle")], head) | {
        "about": ABOUT, "counts": counts, "tries": _TRIES, "ways": _LINKS | lookups.address_summaries(),
        "worked": worked.comparisons(catalogue),
        "documents": [(f"/documents/{quote(vocabulary.local_name(str(row['id'])))}", row["label"]) for row in documents[:_DOCUMENTS]],
        "more_documents": max(0, total - _DOCUMENTS),
    }  # fmt: skip


def _state(request: Request) -> State:
    return cast(State, request.app.state.service)
