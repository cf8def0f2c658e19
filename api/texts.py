"""Text first: the sentence that a figure stands in, and the text of a document, where this service holds the documents.

The texts belong to their publishers. They are given to callers on this machine alone, unless whoever runs the service opens them.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Final, cast
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from mabgraph.graph import vocabulary
from mabgraph.graph.catalogue import Catalogue
from mabgraph.ingest.documents import DocumentText
from mabgraph.ingest.errors import UnknownName

from . import answers, problems, resources
from .state import State

_REFUSED: Final = {
    403: "the caller is not on this machine", 404: "nothing has this name, or its text is not held here",
    409: "the text is another one than that which was read", 422: "a parameter cannot be used",
}  # fmt: skip
router = APIRouter(prefix="/v1", responses=problems.described(_REFUSED))

#: At most this many characters are given before and after a figure.
AROUND: Final = 400
#: Where one sentence or paragraph ends and the next begins.
_BREAK: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\"“])|\n\s*\n")
_PASSED_ON: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Context(BaseModel):
    """A figure in its sentence: ``before``, ``exact`` and ``after`` together are characters ``sentence_start`` to ``sentence_end``."""

    figure: str = Field(description="IRI")
    document: str = Field(description="id of the document")
    start: int = Field(description="first character of the figure, counted in code points from 0")
    end: int = Field(description="the character after its last")
    sentence_start: int
    sentence_end: int
    before: str
    exact: str
    after: str
    text: str = Field(description="address of the whole text, at this place")
    dataset: str


class Refused(Exception):
    """Raised when a text is not given; ``response`` says why."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


@router.head("/figures/{name}/context", include_in_schema=False)
@router.get("/figures/{name}/context", summary="The sentence that a figure stands in", response_model=Context)
def context(request: Request, name: str) -> Response:
    """Return the sentence with the figure marked, read from the document's own text."""
    try:
        _allowed(request)
        held = _state(request).catalogue
        rows, _ = resources.FIGURES.find(held, {"figure": [resources.FIGURES.iri(held, name)]}, 1, 0)
        if not rows:
            raise Refused(problems.response(404, f"no figure is called {name[:80]!r}; see /v1/figures"))
        row = rows[0]
        text = _text(request, held, vocabulary.local(str(row["document"])))
        start, end = int(row["start"]), int(row["end"])
        if text.text[start:end] != row["exact"]:
            raise Refused(problems.response(409, f"characters {start} to {end} of {text.path.name} are not {row['exact']!r}"))
    except Refused as refused:
        return refused.response
    first, last = sentence(text.text, start, end)
    made = Context(
        figure=str(row["id"]), document=text.id, start=start, end=end, sentence_start=first, sentence_end=last,
        before=text.text[first:start], exact=text.text[start:end], after=text.text[end:last],
        text=f"/v1/documents/{text.id}/text#char={start},{end}", dataset=held.version,
    )  # fmt: skip
    return Response(made.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


@router.head("/documents/{name}/text", include_in_schema=False)
@router.get("/documents/{name}/text", summary="The text of a document, or a part of it", response_class=Response)
def text(
    request: Request,
    name: str,
    start: Annotated[int, Query(ge=0, description="first character, counted in code points from 0")] = 0,
    end: Annotated[int | None, Query(ge=0, description="the character after the last; the end of the text when none is given")] = None,
) -> Response:
    """Return characters ``start`` to ``end`` of the text that the figures were read from."""
    try:
        _allowed(request)
        held = _state(request).catalogue
        found = _text(request, held, vocabulary.local(resources.DOCUMENTS.iri(held, name)))
    except Refused as refused:
        return refused.response
    except UnknownName as error:
        return problems.response(404, str(error), near=list(error.near))
    validator = answers.tag(found.sha256, start, end)
    if answers.matches(request.headers.get("if-none-match"), validator):
        return answers.unchanged(validator, held.version)
    headers = {"ETag": validator, "Cache-Control": "private, no-cache", "Mabgraph-Dataset": held.version}
    return Response(found.text[start:end], media_type="text/plain; charset=utf-8", headers=headers)


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the sentence around characters ``start`` to ``end`` begins and ends; at most 400 characters on either side.

    >>> "One. Two is 2 here. Three."[slice(*sentence("One. Two is 2 here. Three.", 12, 13))]
    'Two is 2 here.'
    """
    lowest, highest = max(0, start - AROUND), min(len(text), end + AROUND)
    before = [match.end() for match in _BREAK.finditer(text, lowest, start)]
    after = _BREAK.search(text, end, highest)
    return (before[-1] if before else lowest), (after.start() if after else highest)


def _text(request: Request, held: Catalogue, document: str) -> DocumentText:
    """Return the text of ``document``, the same that its figures were read from."""
    library = _state(request).library
    found = library.text(document) if library else None
    if found is None:
        remedy = "start the service with --documents FOLDER, a folder with manifest.json and the texts (docs/rest.md)"
        raise Refused(problems.response(404, f"the text of {document} is not held here: {remedy}"))
    rows, _ = resources.DOCUMENTS.find(held, {"document": [document]}, 1, 0)
    if rows and rows[0].get("sha256") != found.sha256:
        raise Refused(problems.response(409, f"{found.path.name} is not the text that the figures of {document} were read from"))
    return found


def _allowed(request: Request) -> None:
    """Refuse a caller that is not on this machine, or asks for another: a proxy, or a page of another origin in a browser here."""
    if _state(request).settings.texts_open:
        return
    host = request.client.host if request.client else ""
    origin = request.headers.get("origin")
    here = (
        _is_loopback(host)
        and urlsplit(f"//{request.headers.get('host', '')}").hostname in _NAMES
        and not any(name in request.headers for name in _PASSED_ON)
        and (origin is None or urlsplit(origin).netloc == request.headers.get("host"))
    )
    if not here:
        remedy = "ask on the machine that serves, or let whoever runs it open them (MABGRAPH_TEXTS_OPEN)"
        raise Refused(problems.response(403, f"the texts belong to their publishers and are given on this machine alone: {remedy}"))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _state(request: Request) -> State:
    return cast(State, request.app.state.service)
