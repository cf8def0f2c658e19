"""The SPARQL 1.1 endpoint: query by GET, by form and by direct POST; answered where it can be killed."""

from __future__ import annotations

from typing import Final, cast
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from mabgraph.graph import worker
from mabgraph.graph.workers import Workers

from . import media, problems
from .settings import Settings

router = APIRouter()

_OFFERED: Final = [*worker.SOLUTIONS, *worker.GRAPHS]
#: Short names of the formats, for ``?format=``.
FORMATS: Final = {
    "json": "application/sparql-results+json", "xml": "application/sparql-results+xml", "csv": "text/csv",
    "tsv": "text/tab-separated-values", "ttl": "text/turtle", "nt": "application/n-triples", "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
}  # fmt: skip
_STATUS: Final = {"malformed": 400, "refused": 403, "unacceptable": 406, "exhausted": 503, "failed": 500}
_KNOWN: Final = {"query", "default-graph-uri", "named-graph-uri", "format"}
_CONTENT: Final[dict[str, dict[str, str]]] = {media: {} for media in _OFFERED}


@router.get("/sparql", summary="A SPARQL 1.1 query", responses={200: {"content": _CONTENT}})
async def by_get(request: Request) -> Response:
    """Answer the query in the parameter ``query``; ``default-graph-uri`` and ``named-graph-uri`` choose graphs."""
    return await _answered(request, _parameters(request.url.query), None)


@router.post("/sparql", summary="A SPARQL 1.1 query", responses={200: {"content": _CONTENT}})
async def by_post(request: Request) -> Response:
    """Answer the query in a form (``query=…``) or in the body (``application/sparql-query``)."""
    body = await _body(request)
    if body is None:
        return problems.response(413, f"the query is longer than {_settings(request).query_bytes} bytes: make it shorter")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        try:
            return await _answered(request, _parameters(body.decode("utf-8")), None)
        except UnicodeDecodeError as error:
            return problems.response(400, f"the form is not UTF-8: {error}")
    if kind == "application/sparql-query":
        return await _answered(request, _parameters(request.url.query), body)
    return problems.response(415, f"{kind or 'no content type'}: send application/sparql-query or application/x-www-form-urlencoded")


async def _answered(request: Request, given: dict[str, list[str]], direct: bytes | None) -> Response:
    settings = _settings(request)
    unknown = sorted(given.keys() - _KNOWN)
    if unknown:
        return problems.response(400, f"unknown parameter {unknown[0]!r}; allowed are {', '.join(sorted(_KNOWN))}")
    queries = [text.encode() for text in given.get("query", ())] + ([] if direct is None else [direct])
    if len(queries) != 1:
        return problems.response(400, f"one query is needed, {len(queries)} were given")
    if len(queries[0]) > settings.query_bytes:
        return problems.response(413, f"the query is longer than {settings.query_bytes} bytes: make it shorter")
    named = given.get("format")
    if named and (len(named) > 1 or named[0] not in FORMATS):
        return problems.response(400, f"format {named[0]!r} is not known; there are {', '.join(FORMATS)}")
    accept = [FORMATS[named[0]]] if named else media.acceptable(request.headers.get("accept"), _OFFERED)
    workers = cast(Workers, request.app.state.workers)
    try:
        answered = await workers.ask(
            queries[0], accept, settings.query_seconds, given.get("default-graph-uri"), given.get("named-graph-uri")
        )
    except TimeoutError as error:
        return problems.response(503, str(error), {"Retry-After": "5"})
    if answered.error:
        return problems.response(_STATUS[answered.error], answered.detail)
    return Response(answered.body, media_type=answered.media, headers={"Vary": "Accept"})


def _parameters(query: str) -> dict[str, list[str]]:
    return parse_qs(query, keep_blank_values=True, max_num_fields=1000)


async def _body(request: Request) -> bytes | None:
    """Return the body, or none as soon as it is longer than a form of the longest query can be."""
    limit = 3 * _settings(request).query_bytes + 10_000
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def _settings(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)
