"""Linked data: dataset downloads, the dataset description, the vocabulary, and dereferenceable IRIs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse, RedirectResponse

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import formats, vocabulary
from mabgraph.ingest.errors import BuildError

from ..collections import rowfigures
from ..http import conditional, media, problems, responses, signposts, webpages
from ..http.problems import ProblemError
from ..http.signposts import Signposts
from ..http.state import State
from ..pages.places import place_address, pointer_address
from . import fragments, markup

router = APIRouter(include_in_schema=False)

HTML: Final = signposts.HTML
_METHODS: Final = ["GET", "HEAD"]
#: Path suffixes and values of ``format``, and their media types.
_FORMS: Final = {"html": HTML} | {short: media for short, named in formats.SHORT.items() for media in named if media in formats.GRAPHS}
#: The page of a thing, by the beginning of its IRI.
_PAGES: Final = {
    "id/drug/": "drugs", "id/target/": "targets", "id/condition/": "conditions", "id/study/": "studies", "id/document/": "documents",
    "id/estimate/": "estimates",
}  # fmt: skip
_SUFFIXES: Final = ("ttl", "nt", "rdf", "jsonld", "html")


@router.api_route("/dataset.{suffix}", methods=_METHODS)
def download(request: Request, suffix: str) -> Response:
    """Return the whole dataset as N-Quads (also compressed with gzip) or TriG."""
    name = f"dataset.{suffix}"
    try:
        path = _state(request).file(name) if name in signposts.FILES else None
    except BuildError as error:
        return problems.response(500, f"{name} is not served: {error}")
    if path is None:
        return problems.response(404, f"there is no {name} here; there are {', '.join(signposts.FILES)}")
    version = _catalogue(request).version
    validator, media_type = conditional.tag(_catalogue(request).state, name), signposts.FILES[name]
    unchanged = conditional.respond_unchanged(request, version, validator, media_type)
    if unchanged is not None:
        return unchanged
    headers = {**conditional.validators(version, validator), "Link": signposts.field(signposts.file(name))}
    return FileResponse(path, media_type=media_type, headers=headers)


@router.api_route("/.well-known/void", methods=_METHODS)
def void(request: Request) -> Response:
    """Return the description of the dataset: VoID and DCAT."""
    return _graph(request, "graph/description", signposts.description("/.well-known/void"))


@router.api_route("/.well-known/sparql-examples", methods=_METHODS)
def examples(request: Request) -> Response:
    """Return the example queries as a graph."""
    return _graph(request, "graph/examples", signposts.description("/.well-known/sparql-examples"))


@router.api_route("/ontology", methods=_METHODS)
@router.api_route("/ontology/", methods=_METHODS)
def ontology(request: Request) -> Response:
    """Return the vocabulary: classes, properties and concepts, as a page or as a graph."""
    wanted = responses.negotiate(request, "", _FORMS)
    if wanted != HTML:
        return _graph(request, "graph/ontology", signposts.vocabulary_page())
    return _page(request)


@router.api_route("/ontology.{suffix}", methods=_METHODS)
def ontology_as(request: Request, suffix: str) -> Response:
    """Return the vocabulary in the format of the path suffix."""
    if suffix not in _SUFFIXES:
        return problems.response(404, f"the vocabulary is not available as {suffix}; choose from {', '.join(_SUFFIXES)}")
    if suffix == "html":
        return _page(request)
    return _graph(request, "graph/ontology", signposts.vocabulary_page(suffix), _FORMS[suffix])


@router.api_route("/concept", methods=_METHODS)
def concepts() -> Response:
    """Redirect (303) from the namespace of all concepts to the vocabulary, which lists them."""
    return RedirectResponse("/ontology", 303, headers={"Vary": "Accept"})


@router.api_route("/id/{path:path}", methods=_METHODS)
@router.api_route("/concept/{path:path}", methods=_METHODS)
@router.api_route("/ontology/{path:path}", methods=_METHODS)
def name(request: Request, path: str) -> Response:
    """Redirect (303) from the IRI of a thing: whoever prefers HTML to its page, others to its description."""
    local = request.scope["path"].removeprefix("/")
    links = signposts.field(signposts.resource(local, files=files(_state(request))))
    prefers_page = media.acceptable_types(request.headers.get("accept"), (*formats.GRAPHS, HTML))[:1] == [HTML]
    target = find_page(_catalogue(request), local) if prefers_page else f"/data/{signposts.escape_path(local)}"
    return RedirectResponse(target, 303, headers={"Vary": "Accept", "Link": links})


def find_page(catalogue: Catalogue, local: str) -> str:
    """Return the address of the page of the thing ``local`` (relative to the base): of things without one, that of all statements.

    That of a figure, or of words that a claim rests on, is the place of the characters in the page of the document.
    """
    stem, page = next(((stem, page) for stem, page in _PAGES.items() if local.startswith(stem)), ("", ""))
    if page:
        return f"/{page}/{signposts.escape_path(local.removeprefix(stem))}"
    if pointed := rowfigures.pointer_of(vocabulary.base() + local):
        return pointer_address(*pointed)
    place = fragments.find_place(catalogue, local)
    return place_address(*place) if place else f"/data/{signposts.escape_path(local)}"


@router.api_route("/data/{path:path}", methods=_METHODS)
def data(request: Request, path: str) -> Response:
    """Return the description of one thing, as a page or as a graph."""
    stem, _, suffix = path.rpartition(".")
    if suffix not in _SUFFIXES:
        stem, suffix = path, ""
    wanted = responses.negotiate(request, suffix, _FORMS, (*formats.GRAPHS, HTML))
    catalogue, iri = _catalogue(request), vocabulary.base() + stem

    def write() -> conditional.BodyAndHeaders:
        rows = catalogue.ask("statements", {"resource": iri})
        parts = fragments.describe(catalogue, stem) if wanted == HTML or not rows else {}
        if not rows and not parts:
            raise ProblemError(problems.response(404, f"nothing has the name {iri[:200]}; see /ontology and /docs"))
        links = signposts.resource(stem, suffix, markup.addresses(rows), files(_state(request)))
        if wanted != HTML:
            several = {"resource": fragments.names(stem)} if parts else {"resource": iri}
            return catalogue.serialise("graph-of" if parts else "resource", several, wanted), {"Link": signposts.field(links)}
        head = signposts.elements(links) + (markup.thing(iri, rows) if rows else "")
        return webpages.resource(iri, rows, head, parts).encode(), {"Link": signposts.field(links)}

    return _respond_lazily(request, wanted, write)


def files(state: State) -> tuple[str, ...]:
    """Return the names of the files of the served dataset; none if another engine holds it."""
    return tuple(name for name in signposts.FILES if name in state.catalogue.dataset.manifest.files)


def _graph(request: Request, name: str, links: Signposts, wanted: str = "") -> Response:
    media_type = wanted or responses.negotiate(request, "", _FORMS, tuple(formats.GRAPHS))
    return _respond(request, media_type, links, lambda: _catalogue(request).serialise("triples", {"graph": name}, media_type))


def _page(request: Request) -> Response:
    links = signposts.vocabulary_page()
    head = signposts.elements(links) + markup.terms()
    return _respond(request, HTML, links, lambda: webpages.ontology(_catalogue(request).ask("ontology"), head).encode())


def _respond(request: Request, media_type: str, links: Signposts, write_body: Callable[[], bytes]) -> Response:
    """Return the response with the body of ``write_body`` and the field ``Link``, or 304 without it (conditional GET)."""
    return _respond_lazily(request, media_type, lambda: (write_body(), {"Link": signposts.field(links)}))


def _respond_lazily(request: Request, media_type: str, write: Callable[[], conditional.BodyAndHeaders]) -> Response:
    """Return the response with the body and headers of ``write``, which is not called for a 304 (conditional GET)."""
    catalogue = _catalogue(request)
    return conditional.respond(request, catalogue.version, [catalogue.state], media_type, write)


def _state(request: Request) -> State:
    return cast(State, request.app.state.service)


def _catalogue(request: Request) -> Catalogue:
    return _state(request).catalogue
