"""The page of SPARQL: a form with the published examples by topic, and the answer as a table of which things are links."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from mabgraph.graph.building import examples
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.sparql.evaluation import QueryOutcome
from mabgraph.graph.store import vocabulary

from ..http import problems, responses
from ..http.front import caller
from ..http.problems import ProblemError
from ..pages import templating
from .pageresponse import HEADERS, METHODS, complete_head, service_of, values_of_all
from .protocol import RequestRefused, parse_request

router = APIRouter(include_in_schema=False)

#: An answer may differ each time (``NOW()``), so nobody keeps it.
_HEADERS: Final = {**HEADERS, "Vary": responses.VARY, "Cache-Control": "no-store"}
#: Rows of an answer that the page shows; all of them are in the files.
MOST: Final = 500
#: Longest answer that the page reads (bytes), and longest value that it shows whole (characters); the files have all of it.
LONGEST: Final = 10_000_000
WIDEST: Final = 2_000
_REMEDY: Final = "add a LIMIT, or take the answer as a file by its address at /sparql"
_SOLUTIONS: Final = "application/sparql-results+json"
_FILES: Final = ("csv", "json", "xml", "tsv")


#: The topics of the examples, and the questions of each; all others are about the dataset.
_TOPICS: Final = {
    "Results and comparisons": {
        "estimates", "estimates-page", "analyses", "analyses-count", "outcomes", "counterparts", "comparability", "comparisons",
        "study-results", "patients",
    },
    "Studies, treatments and what they are about": {
        "trial", "trials", "announced", "arms", "doses", "regimens", "drug", "drugs", "target", "targets", "conditions", "endpoints",
        "relations", "concerned", "hierarchy",
    },
    "Printed numbers, arithmetic and disagreements": {
        "anchors", "figures", "figures-page", "checks", "discrepancies", "discrepancies-page",
    },
    "What authors say": {
        "claims", "claims-page", "claim-figures", "claim-quotes", "claim-subjects", "cautions", "warnings",
        "warnings-about", "study-caveats", "study-limitations", "texts",
    },
}  # fmt: skip
_OTHER: Final = "Documents, terms and the dataset"


class ShownExample(NamedTuple):
    """A published example: its name in addresses, what it answers, what is asked for, and its text."""

    name: str
    summary: str
    asked: str
    text: str


class ExampleTopic(NamedTuple):
    """A topic with its examples."""

    heading: str
    examples: tuple[ShownExample, ...]


class ShownTerm(NamedTuple):
    """A value of an answer: its text, and the page of the thing that it names."""

    text: str
    address: str = ""


@router.api_route("/query", methods=METHODS)
async def query(request: Request, query: str = Query(""), example: str = Query("")) -> Response:
    """Return the page of a query, which may be an example by its name: its form, and its answer or what is wrong with it.

    :raises ProblemError: (404) when no example has the name.
    """
    topics = await run_in_threadpool(service_of(request).catalogue.once, "examples by topic", _sort_examples)
    if example and not query:
        named = {each.name: each.text for topic in topics for each in topic.examples}
        if example not in named:
            raise ProblemError(problems.response(404, f"no example is called {example[:80]!r}; see /query"))
        query = named[example]
    values = values_of_all(request, "/query") | {
        "query": query, "topics": topics, "variables": (), "rows": (), "total": 0, "text": "", "fault": "", "files": (),
        "answered": False,
    }  # fmt: skip
    values, more = complete_head(values)
    headers = _HEADERS | more
    if not query.strip():
        return await _send(request, values, headers)
    state = service_of(request)
    asked = urlencode({"query": query})
    try:
        parsed = parse_request(
            asked.encode(), b"", "", _SOLUTIONS.encode() + b", application/n-triples;q=0.9", "", state.settings.query_bytes,
            state.settings.service_allowed,
        )  # fmt: skip
    except RequestRefused as refused:
        fault = json.loads(bytes(refused.response.body)).get("detail", "")
        return await _send(request, values | {"fault": fault}, headers, refused.response.status_code)
    assert parsed.query is not None
    outcome = await state.engine.ask(parsed.query, state.settings.query_seconds, caller(request.scope))
    status = 200 if not outcome.error else 503 if outcome.error in {"busy", "exhausted"} else 504 if outcome.error == "late" else 400
    files = [(f"/sparql.{suffix}?{asked}", suffix) for suffix in _FILES]
    has_rows = not outcome.error and outcome.media == _SOLUTIONS and b'"bindings"' in outcome.body
    values, more = complete_head(values | {"files": files, "data": files if has_rows else ()})
    headers = _HEADERS | more
    return await _send(request, values, headers, status, outcome)


async def _send(
    request: Request, values: dict[str, Any], headers: Mapping[str, str], status: int = 200, outcome: QueryOutcome | None = None
) -> Response:  # fmt: skip
    """Return the page, written in a thread: reading and writing a long answer would hold up everybody else on the event loop."""

    def write() -> Response:
        body = templating.render("query.html", **values | (_answer(outcome) if outcome else {})).encode()
        return responses.encode_response(request, body, "text/html; charset=utf-8", headers, status)

    return await asyncio.to_thread(write)


def _answer(outcome: QueryOutcome) -> dict[str, Any]:
    """Return what the page shows of an outcome: rows of terms, a truth value or triples as text, or the fault."""
    if outcome.error:
        return {"fault": outcome.detail}
    if len(outcome.body) > LONGEST:
        return {"fault": f"the answer has {len(outcome.body):,} bytes, and this page shows at most {LONGEST:,}: {_REMEDY}"}
    if outcome.media != _SOLUTIONS:
        lines = outcome.body.decode().splitlines()
        return {"answered": True, "text": "\n".join(_cut(line) for line in lines[:MOST]), "total": len(lines)}
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
        return ShownTerm(_cut(text))
    local = text.removeprefix(vocabulary.base())
    return ShownTerm(local, f"/{quote(local)}")


def _cut(text: str) -> str:
    """Return a value as the page shows it: of a long one its beginning, and how long it is."""
    return text if len(text) <= WIDEST else f"{text[:WIDEST]} … ({len(text):,} characters, all of them in the files)"


def _sort_examples(catalogue: Catalogue) -> tuple[ExampleTopic, ...]:
    """Return the published examples by topic."""
    topics: dict[str, list[ShownExample]] = {heading: [] for heading in [*_TOPICS, _OTHER]}
    for example in examples.of_names(catalogue.names):
        name = example.question.name
        heading = next((heading for heading, names in _TOPICS.items() if name in names), _OTHER)
        asked = ", ".join(f"{key} {value}" for key, value in example.arguments.items())
        topics[heading].append(ShownExample(f"{name}-{example.number}", example.question.summary, asked, example.text))
    return tuple(ExampleTopic(heading, tuple(several)) for heading, several in topics.items() if several)
