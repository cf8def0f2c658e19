"""Text first: the sentence that a figure stands in, and the text of a document, where this service holds the documents.

The texts belong to their publishers. They are given to who has their secret, and, as a second lock, to callers on this machine alone,
unless whoever runs the service opens them to others who have it.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, cast
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from mabgraph.graph import vocabulary
from mabgraph.graph.catalogue import Catalogue
from mabgraph.ingest.documents import DocumentText
from mabgraph.ingest.errors import UnknownName

from . import answers, problems, resources, secret
from .front import is_loopback
from .state import State

_REFUSED: Final = {
    401: "the secret of the texts is needed", 403: "the caller is not on this machine, or the texts have no secret",
    404: "nothing has this name, or its text is not held here",
    409: "the text is another one than that which was read", 422: "a parameter cannot be used",
}  # fmt: skip
_SECRET: Final = HTTPBearer(auto_error=False, scheme_name="texts", description="the secret that mabgraph serve prints")
router = APIRouter(prefix="/v1", responses=problems.described(_REFUSED), dependencies=[Security(_SECRET)])

#: At most this many characters are given before and after a figure.
AROUND: Final = 400
#: Where one sentence or paragraph ends and the next begins.
_BREAK: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\"“])|\n\s*\n")
_PASSED_ON: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
#: What keeps a text with whom it is given to.
_PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin"}


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
        text = _text(request, held, vocabulary.local_name(str(row["document"])))
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
    return Response(made.model_dump_json(), media_type="application/json", headers=_PRIVATE)


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
        found = _text(request, held, vocabulary.local_name(resources.DOCUMENTS.iri(held, name)))
    except Refused as refused:
        return refused.response
    except UnknownName as error:
        return problems.response(404, str(error), near=list(error.near))
    validator = answers.tag(found.sha256, start, end)
    headers = {"ETag": validator, "Mabgraph-Dataset": held.version, **_PRIVATE}
    if answers.matches(request.headers.get("if-none-match"), validator):
        return Response(status_code=304, headers=headers)
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
    """Refuse who has not the secret; and who is not on this machine, or asks for another: a proxy, or a page of another origin."""
    state = _state(request)
    if state.library is None:
        return
    if state.settings.texts_token is None:
        remedy = "whoever runs the service sets one (MABGRAPH_TEXTS_TOKEN), or starts it by mabgraph serve, which prints one"
        raise Refused(problems.response(403, f"the texts are given for a secret, and there is none: {remedy}", _PRIVATE))
    if not secret.is_sent(request.headers.get("authorization"), state.settings.texts_token.get_secret_value()):
        remedy = "send it as Authorization: Bearer, or as the password that a browser asks for; mabgraph serve prints it"
        detail = f"the texts belong to their publishers and are given for the secret of this service: {remedy}"
        raise Refused(problems.response(401, detail, {**secret.CHALLENGE, **_PRIVATE}))
    if not state.settings.texts_open and not _is_here(request):
        remedy = "ask on the machine that serves, or let whoever runs it open them (MABGRAPH_TEXTS_OPEN)"
        detail = f"the texts belong to their publishers and are given on this machine alone: {remedy}"
        raise Refused(problems.response(403, detail, _PRIVATE))


def _is_here(request: Request) -> bool:
    """Whether a caller is on this machine and asks for this machine, by itself or from a page of this service."""
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    return (
        is_loopback(request.client.host if request.client else "")
        and urlsplit(f"//{host}").hostname in _NAMES
        and not any(name in request.headers for name in _PASSED_ON)
        and origin in {None, f"http://{host}", f"https://{host}"}
    )


def _state(request: Request) -> State:
    return cast(State, request.app.state.service)
