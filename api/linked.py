"""Linked data: dataset downloads, the dataset description, the vocabulary, and dereferenceable IRIs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse, RedirectResponse

from mabgraph.graph import dataset, formats, vocabulary
from mabgraph.graph.catalogue import Catalogue
from mabgraph.ingest.errors import BuildError

from . import answers, pages, problems
from .state import State

router = APIRouter(include_in_schema=False)

HTML: Final = "text/html"
_METHODS: Final = ["GET", "HEAD"]
#: The files of a dataset that can be downloaded, and their media types.
_FILES: Final = {dataset.GZIP: "application/gzip", dataset.DUMP: "application/n-quads", dataset.TRIG: "application/trig"}
#: Path suffixes and values of ``format``, and their media types.
_FORMS: Final = {"html": HTML} | {short: media for short, named in formats.SHORT.items() for media in named if media in formats.GRAPHS}
_SUFFIXES: Final = ("ttl", "nt", "rdf", "jsonld", "html")


@router.api_route("/dataset.{suffix}", methods=_METHODS)
def download(request: Request, suffix: str) -> Response:
    """Return the whole dataset as N-Quads (also compressed with gzip) or TriG."""
    name = f"dataset.{suffix}"
    try:
        path = _state(request).file(name) if name in _FILES else None
    except BuildError as error:
        return problems.response(500, f"{name} is not served: {error}")
    if path is None:
        return problems.response(404, f"there is no {name} here; there are {', '.join(_FILES)}")
    version = _catalogue(request).version
    validator = answers.tag(_catalogue(request).state, name)
    if answers.matches(request.headers.get("if-none-match"), validator):
        return answers.not_modified(validator, version)
    return FileResponse(
        path, media_type=_FILES[name], headers={"ETag": validator, "Mabgraph-Dataset": version, "Cache-Control": "no-cache"}
    )


@router.api_route("/.well-known/void", methods=_METHODS)
def void(request: Request) -> Response:
    """Return the description of the dataset: VoID and DCAT."""
    return _graph(request, "graph/description")


@router.api_route("/.well-known/sparql-examples", methods=_METHODS)
def examples(request: Request) -> Response:
    """Return the example queries as a graph."""
    return _graph(request, "graph/examples")


@router.api_route("/ontology", methods=_METHODS)
@router.api_route("/ontology/", methods=_METHODS)
def ontology(request: Request) -> Response:
    """Return the vocabulary: classes, properties and concepts, as a page or as a graph."""
    wanted = answers.negotiate(request, "", _FORMS)
    if isinstance(wanted, Response):
        return wanted
    if wanted != HTML:
        return _graph(request, "graph/ontology")
    return _page(request)


@router.api_route("/ontology.{suffix}", methods=_METHODS)
def ontology_as(request: Request, suffix: str) -> Response:
    """Return the vocabulary in the format of the path suffix."""
    if suffix not in _SUFFIXES:
        return problems.response(404, f"the vocabulary is not available as {suffix}; choose from {', '.join(_SUFFIXES)}")
    if suffix == "html":
        return _page(request)
    return _graph(request, "graph/ontology", _FORMS[suffix])


@router.api_route("/id/{path:path}", methods=_METHODS)
@router.api_route("/concept/{path:path}", methods=_METHODS)
@router.api_route("/ontology/{path:path}", methods=_METHODS)
def name(request: Request, path: str) -> Response:
    """Redirect (303) from the IRI of a thing to its description."""
    return RedirectResponse(f"/data{request.url.path}", 303, headers={"Vary": "Accept"})


@router.api_route("/data/{path:path}", methods=_METHODS)
def data(request: Request, path: str) -> Response:
    """Return the description of one thing, as a page or as a graph."""
    stem, _, suffix = path.rpartition(".")
    if suffix not in _SUFFIXES:
        stem, suffix = path, ""
    wanted = answers.negotiate(request, suffix, _FORMS, (*formats.GRAPHS, HTML))
    if isinstance(wanted, Response):
        return wanted
    catalogue, iri = _catalogue(request), vocabulary.base() + stem
    rows = catalogue.ask("statements", {"resource": iri})
    if not rows:
        return problems.response(404, f"nothing has the name {iri[:200]}; see /ontology and /docs")
    if wanted == HTML:
        return _respond(request, HTML, lambda: pages.resource(iri, rows).encode())
    return _respond(request, wanted, lambda: catalogue.written("resource", {"resource": iri}, wanted))


def _graph(request: Request, name: str, wanted: str = "") -> Response:
    media_type = wanted or answers.negotiate(request, "", _FORMS, tuple(formats.GRAPHS))
    if isinstance(media_type, Response):
        return media_type
    return _respond(request, media_type, lambda: _catalogue(request).written("triples", {"graph": name}, media_type))


def _page(request: Request) -> Response:
    return _respond(request, HTML, lambda: pages.ontology(_catalogue(request).ask("ontology")).encode())


def _respond(request: Request, media_type: str, write_body: Callable[[], bytes]) -> Response:
    catalogue = _catalogue(request)
    return answers.conditional_response(request, catalogue.version, [catalogue.state], media_type, lambda: (write_body(), {}))


def _state(request: Request) -> State:
    return cast(State, request.app.state.service)


def _catalogue(request: Request) -> Catalogue:
    return _state(request).catalogue
