"""The SPARQL 1.1 endpoint, an ASGI application behind two routes: query and update by the protocol, service description, formats."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from mabgraph.graph.publish import service
from mabgraph.graph.sparql.evaluation import Query, QueryOutcome
from mabgraph.graph.store import formats
from mabgraph.ingest.errors import BuildError

from ..http import conditional, media, responses
from ..http.answers import CachedAnswer, send_answer
from ..http.cache import SPARQL, request_key
from ..http.front import caller
from ..http.state import State
from .protocol import RequestRefused, SparqlRequest, content_type, parse_request, read_body

_STATUS: Final = {
    "malformed": 400, "refused": 403, "unacceptable": 406, "conflict": 409, "too-long": 422, "failed": 500, "busy": 503, "exhausted": 503,
    "late": 504,
}  # fmt: skip
_METHODS: Final = "GET, HEAD, POST, OPTIONS"
_HTML: Final = "text/html"


class Endpoint:
    """An ASGI application that answers ``/sparql``, and ``/sparql.csv`` and so on by the path parameter ``suffix``."""

    def __init__(self, state: State) -> None:
        """Evaluate queries over the dataset of ``state``."""
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        :raises HTTPException: (404) when no format has the suffix.
        """
        suffix = scope["path_params"].get("suffix", "")
        if suffix and suffix not in formats.SHORT:
            raise HTTPException(404)
        try:
            answer = await self._answer(scope, receive, suffix)
        except RequestRefused as refusal:
            answer = refusal.response
        if isinstance(answer, Response):
            answer.headers["Mabgraph-Dataset"] = self._state.catalogue.version
            await answer(scope, receive, send)
            return
        await send_answer(answer, scope, send)

    async def _answer(self, scope: Scope, receive: Receive, suffix: str) -> Response | CachedAnswer:
        headers = dict(scope["headers"])
        method = scope["method"]
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": _METHODS})
        if method not in {"GET", "HEAD", "POST"}:
            raise RequestRefused(405, f"{method}: use GET or POST", {"Allow": _METHODS})
        settings = self._state.settings
        body = b""
        kind = ""
        if method == "POST":
            kind = content_type(headers.get(b"content-type", b""))
            body = await read_body(receive, 3 * settings.query_bytes + 10_000, settings.request_seconds)
        accept = headers.get(b"accept", b"")
        asked = parse_request(scope["query_string"], body, kind, accept, suffix, settings.query_bytes, settings.service_allowed)
        answer = await self._respond(asked, scope, receive)
        if isinstance(answer, Response):
            answer.headers.update(_unread_header(asked.unread))
        return answer

    async def _respond(self, asked: SparqlRequest, scope: Scope, receive: Receive) -> Response | CachedAnswer:
        if asked.update is not None:
            return await self._update(asked, scope["method"], dict(scope["headers"]).get(b"authorization", b""))
        if asked.query is None:
            if _wants_form(scope):
                return Response(status_code=303, headers={"Location": "/query", "Vary": "Accept"})
            return await self._describe(scope, asked)
        return await self._query(asked, asked.query, scope, receive)

    async def _query(self, asked: SparqlRequest, query: Query, scope: Scope, receive: Receive) -> CachedAnswer:
        """Return the response to a query, from the cache if it is sent by POST: :mod:`..http.cache` answers repeated ones by GET."""
        state, headers = self._state, dict(scope["headers"])
        seconds = self._limit(asked)
        compressed = responses.wants_coding(headers.get(b"accept-encoding", b""))
        posted_key = (state.engine.state, query, compressed, asked.unread)
        if scope["method"] == "POST" and (cached := state.cache.get(posted_key)) is not None:
            return cached
        outcome = await _run_while_connected(state.engine.ask(query, seconds, caller(scope)), receive)
        if outcome.error:
            raise _refusal(outcome)
        evaluated = outcome.state or state.engine.state
        coding, body = await responses.compress_in_thread(outcome.body, compressed)
        validator = "" if outcome.volatile else conditional.tag(evaluated, query, compressed)
        sent = conditional.headers(outcome.media, coding, body, outcome.version or state.catalogue.version, validator)
        answer = [(name.encode(), value.encode()) for name, value in (sent | _unread_header(asked.unread)).items()], body
        if validator and scope["method"] == "POST":
            state.cache.store((evaluated, *posted_key[1:]), len(query.text), answer)
        elif validator:
            key = request_key(scope, evaluated)
            state.cache.store(key, key.length, answer)
        return answer

    def _limit(self, asked: SparqlRequest) -> float:
        """Return the time limit of the request (seconds)."""
        settings = self._state.settings
        seconds = asked.seconds or settings.query_seconds
        if seconds > settings.query_seconds_most:
            raise RequestRefused(400, f"timeout: at most {settings.query_seconds_most:g} s are allowed")
        return seconds

    async def _update(self, asked: SparqlRequest, method: str, authorization: bytes) -> Response:
        if method != "POST":
            raise RequestRefused(400, "an update is sent by POST", {"Allow": "POST"})
        token = self._state.settings.update_token
        if token is None:
            raise RequestRefused(403, "updates are off: only the operator can allow them (MABGRAPH_UPDATE_TOKEN)")
        scheme, _, credentials = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not hmac.compare_digest(credentials.strip(), token.get_secret_value().encode()):
            raise RequestRefused(401, "an update needs the token of this service: Authorization: Bearer …", {"WWW-Authenticate": "Bearer"})
        assert asked.update is not None
        seconds = self._limit(asked)
        outcome = await self._state.update(asked.update, asked.using, asked.using_named, seconds)
        if outcome.error:
            raise _refusal(outcome)
        return Response(status_code=204)

    async def _describe(self, scope: Scope, asked: SparqlRequest) -> Response:
        if asked.graphs is None:
            raise RequestRefused(406, f"the service description is available as {', '.join(formats.GRAPHS)}")
        settings, catalogue = self._state.settings, self._state.catalogue
        try:
            body = await asyncio.to_thread(
                service.description, _address(scope), catalogue.dataset.store, asked.graphs,
                updates=settings.update_token is not None, federated=bool(settings.service_allowed),
            )  # fmt: skip
        except (BuildError, TimeoutError) as error:
            raise RequestRefused(504 if isinstance(error, TimeoutError) else 502, str(error)) from None
        return Response(body, headers=conditional.headers(asked.graphs, "", body, catalogue.version, conditional.tag(body)))


def _wants_form(scope: Scope) -> bool:
    """Whether a request without a query comes from a browser: it prefers HTML to every format of the description."""
    accept = b", ".join(value for name, value in scope["headers"] if name == b"accept").decode("latin-1")
    wanted = media.acceptable_types(accept, (*formats.GRAPHS, _HTML)) if accept and not scope["query_string"] else []
    return scope["method"] in {"GET", "HEAD"} and not scope["path_params"].get("suffix") and wanted[:1] == [_HTML]


def routes(state: State) -> list[BaseRoute]:
    """Return the routes of the endpoint over ``state``."""
    endpoint = Endpoint(state)
    return [Route(SPARQL, endpoint), Route(f"{SPARQL}.{{suffix}}", endpoint)]


def _refusal(outcome: QueryOutcome) -> RequestRefused:
    status = _STATUS[outcome.error]
    return RequestRefused(status, outcome.detail, {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None, outcome.place)


def _unread_header(unread: tuple[str, ...]) -> dict[str, str]:
    """Return the header that lists the ignored parameters; none if there are none."""
    return {"mabgraph-unread": ", ".join(unread)} if unread else {}


async def _run_while_connected(work: Awaitable[QueryOutcome], receive: Receive) -> QueryOutcome:
    """Return the result of ``work``; cancel it if the client disconnects first.

    :raises RequestRefused: when the client has disconnected.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_wait_for_disconnect(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise RequestRefused(400, "the connection was closed before the answer")
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _address(scope: Scope) -> str:
    """Return the URL of the request without its query string."""
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1") or "{}:{}".format(*scope["server"])
    return f"{scope.get('scheme', 'http')}://{host}{scope['path']}"
