"""Pages for people: the document with every number as a link. Tables, files and data have their own routes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

from ..collections import resources
from ..http import conditional, problems, responses, signposts
from ..http.problems import ProblemError
from ..pages import blocks, documents, gathered, spans, templating
from ..pages.documents import View
from ..pages.places import FindSpans, Places, PrintedPlace
from . import markup, texts
from .pageresponse import METHODS, complete_head, service_of, values_of_all
from .things import find_iri

router = APIRouter(include_in_schema=False)

_PAGE: Final = {"content-security-policy": templating.POLICY, "vary": "Accept, Accept-Encoding, Authorization"}
#: The first character of a place, or its pointer.
_AT: Final = r"^(?:[0-9]{1,12}|/[^\x00-\x1f]{1,500})$"
_REGISTERED: Final = re.compile(r"nct[0-9]{8}")
_LASTING: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.api_route("/static/{name}", methods=METHODS)
def static(name: str) -> Response:
    """Return a static file of pages; its name holds its digest, so it is kept for long."""
    asset = templating.find_asset(name)
    if asset is None:
        return problems.response(404, f"there is no file {name[:80]!r}: it may be of another version; reload the page")
    return Response(asset.content, media_type=f"{asset.media}; charset=utf-8", headers=_LASTING)


@router.api_route("/sign-in", methods=METHODS)
def sign_in(request: Request, document: str = "") -> Response:
    """Lead back to the page of a document; a browser without the secret of the texts is asked for it first."""
    texts.check_access(request)
    return RedirectResponse(
        f"/documents/{quote(document, safe='')}" if document else "/documents", 303, headers={"Cache-Control": "no-store"}
    )


@router.api_route("/documents/{name}", methods=METHODS)
def document(
    request: Request, name: str, at: str | None = Query(None, pattern=_AT), endpoint: list[str] = Query([]), reason: str = ""
) -> Response:
    """Return the page of a document: its text, or its quotes, with every number as a link, and what the number at ``at`` is.

    ``at`` is the first character of a number or, in a registry record, its pointer.
    ``endpoint`` marks only the numbers of some end points, ``reason`` those that are no evidence for this reason.
    """
    catalogue = service_of(request).catalogue
    iri = find_iri(catalogue, resources.DOCUMENTS, name)
    local = vocabulary.local_name(iri)
    rows, _ = resources.DOCUMENTS.find(catalogue, {"document": [local]}, 1, 0)
    if not rows:
        raise ProblemError(problems.response(404, f"no document is called {name[:80]!r}; see /documents"))
    kept = rows[0].get("ledger") or []
    left_out = _left_out(catalogue, local, reason, kept)
    places = gathered.gather(catalogue, local, _find_spans(request, catalogue, local))
    view = View(places, _first_character(places, at), tuple(dict.fromkeys(filter(None, endpoint))), left_out)
    _check_view(view, local)
    text, remedy, ask = _readable_text(request, catalogue, local)
    beside = {"remedy": remedy, "sign_in": ask, "ledger": kept, "reason": reason}

    def render() -> conditional.BodyAndHeaders:
        own = signposts.field(signposts.resource(iri.removeprefix(vocabulary.base())))
        values, more = complete_head(_document_values(request, view, dict(rows[0]), iri, text), own)
        return templating.render("document.html", **values, **beside).encode(), more

    if text is None:
        by = (catalogue.state, templating.digest(), view.at, view.variables, reason, remedy)
        return conditional.respond(request, catalogue.version, by, signposts.HTML, render, _PAGE)
    body, more = render()
    # Nothing that a stranger could choose stands in this page, so that its length tells nothing of the text (decision 35).
    return responses.encode_response(request, body, "text/html; charset=utf-8", {**_PAGE, **more, **texts.PRIVATE})


def _document_values(request: Request, view: View, row: dict[str, Any], iri: str, text: str | None) -> dict[str, Any]:
    """Return the values of the template of a document."""
    catalogue, place, local = service_of(request).catalogue, view.place, vocabulary.local_name(iri)
    before, after = view.neighbours
    links = signposts.resource(iri.removeprefix(vocabulary.base()))
    data = [(f"/data/id/document/{local}.{suffix}", suffix) for suffix in signposts.FORMS] + [(f"/v1/documents/{local}/figures", "figures")]
    at = -1 if view.at is None else view.at
    divided = blocks.split(text) if text else ()
    head = signposts.elements(links) + markup.thing_of(catalogue, iri)
    return values_of_all(request, "/documents", data, head) | {
        "name": local, "document": row, "view": view, "text": text, "blocks": divided,
        "pieces": lambda span: documents.pieces(view, text or "", span), "before": before, "after": after,
        "around": _around(place, text), "statements": documents.statements(view), "beside": documents.block_of(view.at, divided),
        "also": documents.also_printed(view), "disagreements": view.places.disagreements_at(at), "shown": documents.SHOWN,
        "figures": sum(len(each.readings) for each in view.places.places), "of_results": vocabulary.resource("estimate/"),
        "base": vocabulary.base(), "kinds": _kinds_of_claims(catalogue, local) if view.quote else {},
    }  # fmt: skip


def _kinds_of_claims(catalogue: Catalogue, name: str) -> dict[str, str]:
    """Return the kinds of the claims of a document, such as caveat, by their IRIs: asked for where the words of one are looked at."""
    return {str(row["claim"]): str(row["kind"]) for row in catalogue.ask("claims", {"document": name})}


def _around(place: PrintedPlace | None, text: str | None) -> dict[str, Any]:
    """Return where a place stands: the words around it in its sentence or, without the text, in its quote; in a table, its cell."""
    if place is None:
        return {}
    if text is None:
        return {"before": place.prefix, "after": place.suffix, "cell": None}
    first, last, cell = texts.surroundings(text, place.start, place.end)
    return {"before": text[first : place.start], "after": text[place.end : last], "cell": cell}


def _left_out(catalogue: Catalogue, name: str, reason: str, kept: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
    """Return the first characters of the numerals of a document that are no evidence for ``reason``, in order; none if it is empty.

    :raises ProblemError: (404) when its ledger has no such reason.
    """
    if not reason:
        return ()
    known = [vocabulary.local_name(str(each["reason_id"])) for each in kept if each.get("reason_id")]
    if reason not in known:
        remedy = f"its reasons are {', '.join(known)}" if known else "it has none"
        raise ProblemError(problems.response(404, f"no numeral of {name} is left out for the reason {reason[:80]!r}: {remedy}"))
    rows = catalogue.ask("ledger-places", {"document": name, "reason": f"concept/{reason}"})
    return tuple(sorted(int(str(row["start"])) for row in rows))


def _check_view(view: View, name: str) -> None:
    """Refuse a place that is none, and a variable of which the document prints nothing.

    :raises ProblemError: (404) with the nearest place, or the remedy.
    """
    if view.at is not None and view.place is None and view.quote is None and not view.places.disagreements_at(view.at):
        near = view.places.nearest(view.at)
        remedy = "" if near is None else f"; the nearest is {near.exact!r}, /documents/{name}?at={near.start}"
        choices = [] if near is None else [near.address]
        raise ProblemError(problems.response(404, f"no number or quote of {name} begins at character {view.at}{remedy}", choices=choices))
    for unknown in [each for each in view.variables if each not in view.places.variables][:1]:
        raise ProblemError(problems.response(404, f"{name} prints no number of {unknown[:80]!r}: choose one of the list on its page"))


def _find_spans(request: Request, catalogue: Catalogue, name: str) -> FindSpans | None:
    """Return what gives the characters of a registry record by pointers; none where its file is not here.

    Where numbers stand is no secret, so it is asked for readers who may not read the text, too.
    """
    library = service_of(request).library
    if library is None or not _REGISTERED.fullmatch(name) or not library.holds(name):
        return None
    return lambda: spans.spans_of(texts.find_text(request, catalogue, name).text)


def _first_character(places: Places, at: str | None) -> int | None:
    """Return the first character of the place that is asked for by it, or by its pointer.

    :raises ProblemError: (404) when nothing that is read stands at the pointer.
    """
    if at is None or not at.startswith("/"):
        return None if at is None else int(at)
    if place := places.by_pointer.get(at):
        return place.start
    raise ProblemError(problems.response(404, f"no number of {places.document} is read at {at[:200]}: see /documents/{places.document}"))


def _readable_text(request: Request, catalogue: Catalogue, name: str) -> tuple[str | None, str, bool]:
    """Return the text of a document if the caller may read it, else why not, and whether signing in helps.

    :raises ProblemError: (409) when the text is not the one that the figures were read from.
    """
    try:
        texts.check_access(request)
        return texts.find_text(request, catalogue, name).text, "", False
    except ProblemError as refused:
        if refused.response.status_code == 409:
            raise
        return None, refused.detail, refused.response.status_code == 401
