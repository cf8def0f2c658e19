"""The pages of the review: a list of records, of the proposals of one, and a form for each proposal. No script is needed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from mabgraph.graph.building.gating import document_faults
from mabgraph.ingest.drafting.finishing import next_steps
from mabgraph.ingest.drafting.passages import passage_of
from mabgraph.ingest.errors import MabgraphError, RecordError, UnknownName

from ..pages import templating
from . import entries as forms
from .deciding import Decision, StaleForm, decide, undo
from .desk import LEFT, Desk, Sitting, digest_of, digest_of_proposal, digests_of_parts
from .entries import Entries
from .guard import Guard, Session
from .sheet import LABELS
from .wholetext import pieces_of
from .words import show_pieces, wording_of

_log = logging.getLogger(__name__)
#: How many characters around the passage are shown on demand.
_AROUND: Final = 800
_FORM: Final = "application/x-www-form-urlencoded"
_TITLES: Final = {
    400: "Not read", 403: "Not for this browser", 404: "Not here", 405: "Not allowed",
    409: "The record has changed", 413: "Too long", 414: "Too long",
    415: "No form", 421: "Another address", 422: "Not accepted", 500: "The review failed", 503: "Not written",
}  # fmt: skip


def create_review(desk: Desk, token: str, port: int) -> Guard:
    """Return the application that reviews the records of ``desk`` on ``port`` for whoever has ``token``."""
    session = Session(token, port)
    surface = Surface(desk, session)
    routes = [
        Route("/", surface.records),
        Route("/static/{name}", static),
        Route("/texts/{name}", surface.text),
        Route("/records/{name}", surface.record, methods=["GET", "HEAD"]),
        Route("/records/{name}", surface.change, methods=["POST"]),
        Route("/records/{name}/{key}", surface.proposal, methods=["GET", "HEAD"]),
        Route("/records/{name}/{key}", surface.change, methods=["POST"]),
    ]
    handlers: dict[Any, Callable[..., Response]] = {HTTPException: _http_fault, MabgraphError: _fault, Exception: _failure}
    return Guard(Starlette(routes=routes, exception_handlers=handlers), session, port, fault_page)


class Surface:
    """The pages over a desk; one request after another reads or decides."""

    def __init__(self, desk: Desk, session: Session) -> None:
        """Show the records of ``desk``; forms carry the token of ``session``."""
        self._desk, self._session = desk, session

    def records(self, request: Request) -> Response:
        """Return the list of records: what is left, accepted and skipped in each."""
        with self._desk.lock:
            lines = self._desk.lines()
            return self._page("review/records.html", lines=lines, left=LEFT)

    def record(self, request: Request) -> Response:
        """Return the list of the proposals of a record, and what is to be done next."""
        with self._desk.lock:
            sitting = self._desk.open(request.path_params["name"])
            choices, several = self._desk.choices, list(enumerate(sitting.review.proposals))
            worded = [(place, each, wording_of(each, sitting.review.file, choices)) for place, each in several]
            steps = list(next_steps(sitting.review, sitting.text.path.parent))
            return self._page(
                "review/record.html", sitting=sitting, worded=worded, steps=steps, left=LEFT, first=sitting.next_left(0),
                digest=digest_of(sitting.review.decisions), labels=LABELS,
            )  # fmt: skip

    def text(self, request: Request) -> Response:
        """Return the whole text of a document, with what is proposed of it."""
        with self._desk.lock:
            sitting = self._desk.open(request.path_params["name"])
            strange = list(document_faults(sitting.review.file, sitting.text))
            return self._page("review/text.html", sitting=sitting, pieces=list(pieces_of(sitting)), strange=strange)

    def proposal(self, request: Request) -> Response:
        """Return the form of a proposal."""
        with self._desk.lock:
            sitting = self._desk.open(request.path_params["name"])
            place = sitting.place_of(request.path_params["key"])
            if place is None:
                return self._explain_absence(sitting, request.path_params["key"], None)
            return self._show(sitting, decide(self._desk, sitting, place, None))

    async def change(self, request: Request) -> Response:
        """Make the decision that a form was sent for, or show the form again with what speaks against it."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            return fault_page(415, f"a decision is sent by a form of these pages ({_FORM})")
        body = await _read_body(request)
        if body is None:
            return fault_page(413, f"the form has more than {forms.LONGEST} bytes: nothing was written; go back and shorten what you typed")
        return await run_in_threadpool(self._decide, request, body)

    def _decide(self, request: Request, body: bytes) -> Response:
        try:
            sent = forms.read_entries(body)
        except RecordError as error:
            return fault_page(400, str(error))
        if not self._session.is_of_form(sent.text("csrf")):
            return self._keep(403, "this form is not of this review, or of an earlier start of it: nothing was written", sent, "/")
        name, key = request.path_params["name"], request.path_params.get("key")
        with self._desk.lock:
            try:
                sitting = self._desk.open(name)
                if key is None:
                    return RedirectResponse(undo(sitting, sent), 303)
                place = sitting.place_of(key)
                if place is None:
                    return self._explain_absence(sitting, key, sent)
                return self._show(sitting, decide(self._desk, sitting, place, sent))
            except StaleForm as refusal:
                return self._keep(409, str(refusal), sent, f"/records/{name}")
            except UnknownName as error:
                return self._keep(404, str(error), sent, "/")
            except RecordError as error:
                return self._keep(409, f"{error}: nothing was written", sent, "/")
            except MabgraphError as error:
                return self._keep(503, str(error), sent, "/")

    def _show(self, sitting: Sitting, decision: Decision) -> Response:
        """Return the page of a decision: where it leads, or the form with what is to be looked at."""
        if decision.address:
            return RedirectResponse(decision.address, 303)
        place, sheet = decision.place, decision.sheet
        assert sheet is not None
        assert decision.shown is not None
        proposal = sitting.review.proposals[place]
        before, after = sitting.neighbours(place)
        passage = passage_of(decision.shown, sitting.text.text)
        text = sitting.text.text
        around = (text[max(0, passage.start - _AROUND) : passage.start], text[passage.end : passage.end + _AROUND])
        values = {
            "sitting": sitting, "place": place, "proposal": proposal, "sheet": sheet, "decision": decision, "passage": passage,
            "strange": list(document_faults(sitting.review.file, sitting.text)), "pieces": show_pieces(passage.pieces), "around": around,
            "elsewhere": [show_pieces(pieces) for pieces in passage.elsewhere],
            "before": before, "after": after, "left": LEFT, "seen": sheet.seen,
            "wording": wording_of(decision.shown, sitting.review.file, self._desk.choices), "state": digest_of_proposal(proposal),
            "parts": " ".join(f"{name}={digest}" for name, digest in digests_of_parts(sitting.review.file).items()),
            "digest": digest_of(sitting.review.decisions), "doubt_digests": [(digest_of(doubt), doubt) for doubt in sheet.doubts],
        }  # fmt: skip
        return self._page("review/proposal.html", decision.status, **values)

    def _explain_absence(self, sitting: Sitting, key: str, sent: Entries | None) -> Response:
        """Return the page for a proposal that is no longer in the record, or never was."""
        rows = sitting.review.file.data.get("results")
        accepted = any(isinstance(row, dict) and row.get("id") == key for row in (rows if isinstance(rows, list) else ()))
        words = f"{key[:200]!r} is among the rows of the record already" if accepted else f"the record has no proposal {key[:200]!r}"
        written = ": nothing was written" if sent else ""
        return self._keep(409 if sent or accepted else 404, f"{words}{written}", sent, sitting.address)

    def _keep(self, status: int, words: str, sent: Entries | None, address: str) -> Response:
        """Return a page that says why nothing was written, with everything that was entered, and where to go on."""
        kept = forms.texts_to_keep(sent) if sent else {}
        return self._page("review/fault.html", status, title=_TITLES[status], words=words, kept=kept, address=address)

    def _page(self, template: str, status: int = 200, **values: Any) -> Response:
        return HTMLResponse(templating.render(template, csrf=self._session.form, **values), status)


def static(request: Request) -> Response:
    """Return a style sheet or script of pages."""
    asset = templating.find_asset(request.path_params["name"])
    if asset is None:
        return fault_page(404, "there is no such file: it may be of another version; reload the page")
    return Response(asset.content, media_type=f"{asset.media}; charset=utf-8")


def fault_page(status: int, words: str) -> Response:
    """Return a page that says what is wrong with a request."""
    page = templating.render("review/fault.html", csrf="", title=_TITLES.get(status, "Refused"), words=words, kept={}, address="/")
    return HTMLResponse(page, status)


async def _read_body(request: Request) -> bytes | None:
    """Return the body of a request; none if it is longer than a form may be."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > forms.LONGEST:
            return None
    return body


def _http_fault(request: Request, error: HTTPException) -> Response:
    words = f"there is nothing at {request.url.path[:200]}" if error.status_code == 404 else "pages are read by GET, decisions sent by POST"
    return fault_page(error.status_code, words)


def _fault(request: Request, error: MabgraphError) -> Response:
    return fault_page(404 if isinstance(error, UnknownName) else 409 if isinstance(error, RecordError) else 503, str(error))


def _failure(request: Request, error: Exception) -> Response:
    _log.error("mabgraph: the review failed at %s %s", request.method, request.url.path, exc_info=error)
    return fault_page(500, "the review failed unexpectedly: nothing of the record is lost; the terminal has the error: please report it")
