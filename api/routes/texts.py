"""Document texts: the sentence around a figure, and the text of a document, if this service has the documents.

The texts belong to their publishers. Access needs the secret of the texts, and a request from this machine, unless the operator opens the
texts to other machines (setting ``texts_open``).
"""

from __future__ import annotations

from typing import Annotated, Final, cast
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.documents import DocumentText
from mabgraph.ingest.errors import UnknownName

from ..collections import resources
from ..http import conditional, problems, secret
from ..http.front import is_loopback
from ..http.problems import ProblemError
from ..http.state import State
from ..pages import blocks, passages, spans
from ..pages.passages import join_spans
from . import groups

_REFUSED: Final = {
    401: "the secret of the texts is missing or wrong", 403: "the client is not on this machine, or no secret is set",
    404: "the name is unknown, or this service does not have the text",
    409: "the text differs from the one that the figures were read from", 422: "a parameter is invalid",
}  # fmt: skip
_SECRET: Final = HTTPBearer(auto_error=False, scheme_name="texts", description="the secret printed by mabgraph serve")
router = APIRouter(prefix="/v1", tags=[groups.TEXTS], responses=problems.describe_errors(_REFUSED), dependencies=[Security(_SECRET)])

_PROXY_HEADERS: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
#: Headers that keep a text private to its client.
PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin"}


class CellItem(BaseModel):
    """What the cell of a table is called in which a figure stands: only what the text says."""

    part: str = Field(description="cell, row label, column heading, or caption")
    row: str | None = Field(None, description="label of its row; of a label that spans rows also the first cell of the row itself")
    below: str | None = Field(None, description="the last label above that has a row to itself: the row may be one of its parts")
    column: str | None = Field(None, description="headings of its column, from above")
    caption: str | None = Field(None, description="caption of the table")


class ContextResponse(BaseModel):
    """A figure in its sentence: ``before``, ``exact`` and ``after`` together are characters ``sentence_start`` to ``sentence_end``.

    In a table they are its row, and ``cell`` says what row and column are called.
    """

    figure: str = Field(description="IRI")
    document: str = Field(description="id of the document")
    start: int = Field(description="first character of the figure, counted in code points from 0")
    end: int = Field(description="the character after its last")
    sentence_start: int
    sentence_end: int
    before: str
    exact: str
    after: str
    cell: CellItem | None = Field(None, description="row, column and caption, where the figure stands in a table")
    pointer: str | None = Field(None, description="where it stands in a registry record: a JSON Pointer (RFC 6901) into its file")
    page: int | None = Field(None, description="page of the PDF that the text was read from, counted from 1")
    box: str | None = Field(None, description="left, top, width and height of the box around the figure, in points from the top left")
    element_path: str | None = Field(None, description="XPath of the element of the XML file that the text was read from")
    text: str = Field(description="path of the text, with the place of the figure as fragment")
    dataset: str


@router.head("/figures/{name}/context", include_in_schema=False)
@router.get("/figures/{name}/context", summary="The sentence around a figure", response_model=ContextResponse)
def context(request: Request, name: str) -> Response:
    """Return the sentence around a figure, split at the figure, from the text of the document."""
    check_access(request)
    catalogue = _state(request).catalogue
    rows, _ = resources.FIGURES.find(catalogue, {"figure": [resources.FIGURES.iri(catalogue, name)]}, 1, 0)
    if not rows:
        raise ProblemError(problems.response(404, f"no figure is called {name[:80]!r}; see /v1/figures"))
    row = rows[0]
    text = find_text(request, catalogue, vocabulary.local_name(str(row["document"])))
    start, end = spans.spans_of(text.text)[str(row["pointer"])] if row["start"] is None else (int(row["start"]), int(row["end"]))
    if row["start"] is not None and text.text[start:end] != row["exact"]:
        raise ProblemError(problems.response(409, f"characters {start} to {end} of {text.path.name} are not {row['exact']!r}"))
    first, last, cell = surroundings(text.text, start, end)
    body = ContextResponse(
        figure=str(row["id"]), document=text.id, start=start, end=end, sentence_start=first, sentence_end=last,
        before=text.text[first:start], exact=text.text[start:end], after=text.text[end:last], cell=cell,
        pointer=row["pointer"], page=row["page"], box=row["box"], element_path=row["element_path"],
        text=f"/v1/documents/{text.id}/text#char={start},{end}", dataset=catalogue.version,
    )  # fmt: skip
    return Response(body.model_dump_json(exclude_none=True), media_type="application/json", headers=PRIVATE)


@router.head("/documents/{name}/text", include_in_schema=False)
@router.get("/documents/{name}/text", summary="The text of a document, or a part of it", response_class=Response)
def text(
    request: Request,
    name: str,
    start: Annotated[int, Query(ge=0, description="first character, counted in code points from 0")] = 0,
    end: Annotated[int | None, Query(ge=0, description="the character after the last; default: the end of the text")] = None,
) -> Response:
    """Return characters ``start`` to ``end`` of the text that the figures were read from."""
    try:
        check_access(request)
        catalogue = _state(request).catalogue
        document_text = find_text(request, catalogue, vocabulary.local_name(resources.DOCUMENTS.iri(catalogue, name)))
    except UnknownName as error:
        return problems.response(404, str(error), near=list(error.near))
    headers = {"ETag": conditional.tag(document_text.sha256, start, end), "Mabgraph-Dataset": catalogue.version, **PRIVATE}
    return Response(document_text.text[start:end], media_type="text/plain; charset=utf-8", headers=headers)


def surroundings(text: str, start: int, end: int) -> tuple[int, int, CellItem | None]:
    """Return where the sentence around characters ``start`` to ``end`` begins and ends; in a table, those of its row, and its cell."""
    if (placed := blocks.find_cell(text, start)) is None:
        return *passages.find_sentence(text, start, end), None
    table, name = placed
    caption, below = (join_spans(text, [span] if span else ()) or None for span in (table.caption, name.below))
    if name.part == "caption":
        return *passages.find_sentence(text, start, end), CellItem(part=name.part, caption=caption)  # type: ignore[call-arg]
    row, column = (join_spans(text, spans) or None for spans in (name.row, name.columns))
    cell = CellItem(part=name.part, row=row, below=below, column=column, caption=caption)
    return max(name.line.start, start - passages.AROUND), max(end, min(name.line.end, end + passages.AROUND)), cell


def find_text(request: Request, catalogue: Catalogue, document: str) -> DocumentText:
    """Return the text of ``document``, verified to be the one that its figures were read from.

    :raises ProblemError: (404) when this service does not have it, (409) when it is another text.
    """
    library = _state(request).library
    document_text = library.text(document) if library else None
    if document_text is None:
        remedy = "start the service with --documents FOLDER, a folder with manifest.json and the texts (docs/rest.md)"
        detail = f"this service does not have the text of {document}: {remedy}"
        raise ProblemError(problems.response(404, detail), detail)
    rows, _ = resources.DOCUMENTS.find(catalogue, {"document": [document]}, 1, 0)
    if rows and rows[0].get("sha256") != document_text.sha256:
        hashes = f"its SHA-256 is {document_text.sha256}, that of the text that was read is {rows[0].get('sha256')}"
        detail = f"{document_text.path.name} is not the text that the figures of {document} were read from: {hashes}"
        raise ProblemError(problems.response(409, detail), detail)
    return document_text


def check_access(request: Request) -> None:
    """Refuse a request without the secret, and one from elsewhere: another machine, a proxy, or a page of another origin.

    :raises ProblemError: (401, 403) with the remedy; nothing is refused where the service has no texts.
    """
    state = _state(request)
    if state.library is None:
        return
    if state.settings.texts_token is None:
        remedy = "the operator sets one (MABGRAPH_TEXTS_TOKEN), or starts the service by mabgraph serve, which prints one"
        detail = f"access to texts needs a secret, and none is set: {remedy}"
        raise ProblemError(problems.response(403, detail, PRIVATE), detail)
    if not secret.is_sent(request.headers.get("authorization"), state.settings.texts_token.get_secret_value()):
        remedy = "send it as Authorization: Bearer, or as the password that a browser asks for; mabgraph serve prints it"
        detail = f"the texts belong to their publishers, and access needs the secret of this service: {remedy}"
        raise ProblemError(problems.response(401, detail, {**secret.CHALLENGE, **PRIVATE}), detail)
    if not state.settings.texts_open and not _is_here(request):
        remedy = "send the request from the serving machine, or let the operator open the texts (MABGRAPH_TEXTS_OPEN)"
        detail = f"the texts belong to their publishers, and are served to this machine only: {remedy}"
        raise ProblemError(problems.response(403, detail, PRIVATE), detail)


def _is_here(request: Request) -> bool:
    """Whether a request comes from this machine and addresses it, directly or from a page of this service."""
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    return (
        is_loopback(request.client.host if request.client else "")
        and urlsplit(f"//{host}").hostname in _NAMES
        and not any(name in request.headers for name in _PROXY_HEADERS)
        and origin in {None, f"http://{host}", f"https://{host}"}
    )


def _state(request: Request) -> State:
    return cast(State, request.app.state.service)
