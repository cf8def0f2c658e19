"""The page of SPARQL: a form with the published examples by topic, and the answer as a table of which things are links."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import list_names, load
from mabgraph.graph.sparql.evaluation import QueryOutcome
from mabgraph.graph.store import vocabulary

from ..http import responses
from ..http.front import caller
from ..pages import templating
from .pageresponse import HEADERS, METHODS, complete_head, service_of, values_of_all
from .protocol import RequestRefused, parse_request

router = APIRouter(include_in_schema=False)

#: An answer may differ each time (``NOW()``), so nobody keeps it.
_HEADERS: Final = {**HEADERS, "Vary": responses.VARY, "Cache-Control": "no-store"}
#: Rows of an answer that the page shows; all of them are in the files.
MOST: Final = 500
_SOLUTIONS: Final = "application/sparql-results+json"
_FILES: Final = ("csv", "json", "xml", "tsv")


class ShownTerm(NamedTuple):
    """A value of an answer: its text, and the page of the thing that it names."""

    text: str
    address: str = ""


@router.api_route("/query", methods=METHODS)
async def query(request: Request, query: str = Query("")) -> Response:
    """Return the page of a query: its form, and its answer or what is wrong with it."""
    values = values_of_all(request, "/query") | {
        "query": query, "examples": _examples(), "variables": (), "rows": (), "total": 0, "text": "", "fault": "", "files": (),
        "answered": False,
    }  # fmt: skip
    values, more = complete_head(values)
    headers = _HEADERS | more
    if not query.strip():
        return HTMLResponse(templating.render("query.html", **values), headers=headers)
    state = service_of(request)
    asked = urlencode({"query": query})
    try:
        parsed = parse_request(
            asked.encode(), b"", "", _SOLUTIONS.encode() + b", application/n-triples;q=0.9", "", state.settings.query_bytes,
            state.settings.service_allowed,
        )  # fmt: skip
    except RequestRefused as refused:
        fault = json.loads(bytes(refused.response.body)).get("detail", "")
        return HTMLResponse(templating.render("query.html", **values | {"fault": fault}), refused.response.status_code, headers)
    assert parsed.query is not None
    outcome = await state.engine.ask(parsed.query, state.settings.query_seconds, caller(request.scope))
    status = 200 if not outcome.error else 503 if outcome.error in {"busy", "exhausted"} else 504 if outcome.error == "late" else 400
    values |= _answer(state.catalogue, outcome) | {"files": [(f"/sparql.{suffix}?{asked}", suffix) for suffix in _FILES]}
    return HTMLResponse(templating.render("query.html", **values), status, headers)


def _answer(catalogue: Catalogue, outcome: QueryOutcome) -> dict[str, Any]:
    """Return what the page shows of an outcome: rows of terms, a truth value or triples as text, or the fault."""
    if outcome.error:
        return {"fault": outcome.detail}
    if outcome.media != _SOLUTIONS:
        lines = outcome.body.decode().splitlines()
        return {"answered": True, "text": "\n".join(lines[:MOST]), "total": len(lines)}
    body = json.loads(outcome.body)
    if "boolean" in body:
        return {"answered": True, "text": "true" if body["boolean"] else "false", "total": 1}
    rows, variables = body["results"]["bindings"], body["head"]["vars"]
    shown = [[_term(row.get(name)) for name in variables] for row in rows[:MOST]]
    return {"answered": True, "variables": variables, "rows": shown, "total": len(rows)}


def _term(value: Mapping[str, str] | None) -> ShownTerm:
    """Return a term as a page shows it: things of this dataset lead to their pages, other web addresses are text."""
    if value is None:
        return ShownTerm("")
    text = value["value"]
    if value["type"] != "uri" or not text.startswith(vocabulary.base()):
        return ShownTerm(text)
    local = text.removeprefix(vocabulary.base())
    return ShownTerm(local, f"/{quote(local)}")


@cache
def _examples() -> list[tuple[str, str, str]]:
    """Return the examples by topic: the question, what it answers, and the address of the page with its query."""
    return [(name, load(name).summary, f"/query?{urlencode({'query': load(name).text})}") for name in list_names() if load(name).examples]
