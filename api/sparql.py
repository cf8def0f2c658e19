"""The SPARQL 1.1 endpoint, a plain ASGI application: query and update by the protocol, description, formats, caching.

It stands before the web application as middleware: what is not ``/sparql`` goes on to that.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mabgraph.graph import formats, service
from mabgraph.graph.evaluation import Query, QueryOutcome
from mabgraph.ingest.errors import BuildError

from . import answers
from .front import caller
from .protocol import Asked, Refusal, body_of, kind_of, understood
from .state import LONGEST, OVERHEAD, Kept, State

PATH: Final = "/sparql"

_STATUS: Final = {
    "malformed": 400, "refused": 403, "unacceptable": 406, "conflict": 409, "too-long": 422, "failed": 500, "busy": 503, "exhausted": 503,
    "late": 504,
}  # fmt: skip
_METHODS: Final = "GET, HEAD, POST, OPTIONS"


class Endpoint:
    """Answers ``/sparql`` (and ``/sparql.csv`` and so on); hands every other request on."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        """Take the application behind it, and what this process serves."""
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path: str = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(PATH) or (suffix := _suffix(path)) is None or _preflight(scope):
            await self._app(scope, receive, send)
            return
        try:
            answered = await self._answered(scope, receive, suffix)
        except Refusal as refusal:
            answered = refusal.response
        if isinstance(answered, Response):
            answered.headers["Mabgraph-Dataset"] = self._state.catalogue.version
            answered.headers.update(answers.SHARED)
            await answered(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": answered[0]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answered[1]})

    async def _answered(self, scope: Scope, receive: Receive, suffix: str) -> Response | Kept:
        headers = dict(scope["headers"])
        method = scope["method"]
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": _METHODS})
        if method not in {"GET", "HEAD", "POST"}:
            raise Refusal(405, f"{method}: ask by GET or POST", {"Allow": _METHODS})
        settings = self._state.settings
        body = b""
        kind = ""
        if method == "POST":
            kind = kind_of(headers.get(b"content-type", b""))
            body = await body_of(receive, 3 * settings.query_bytes + 10_000, settings.request_seconds)
        accept = headers.get(b"accept", b"")
        asked = understood(scope["query_string"], body, kind, accept, suffix, settings.query_bytes, settings.service_allowed)
        return _noting(await self._responded(asked, scope, receive), asked.unread)

    async def _responded(self, asked: Asked, scope: Scope, receive: Receive) -> Response | Kept:
        if asked.update is not None:
            return await self._updated(asked, scope["method"], dict(scope["headers"]).get(b"authorization", b""))
        if asked.query is None:
            return await self._described(scope, asked)
        return await self._queried(asked, asked.query, scope, receive)

    async def _queried(self, asked: Asked, query: Query, scope: Scope, receive: Receive) -> Response | Kept:
        state, headers = self._state, dict(scope["headers"])
        seconds = self._limit(asked)
        coded = answers.wants_coding(headers.get(b"accept-encoding", b""))
        condition = headers.get(b"if-none-match")
        key = (state.engine.state, query, coded)
        kept = state.cache.get(key)
        if kept is None:
            outcome = await _while_connected(state.engine.ask(query, seconds, caller(scope)), receive)
            if outcome.error:
                raise _refusal(outcome)
            key = (outcome.state or state.engine.state, query, coded)
            coding, body = await answers.coded(outcome.body, coded)
            validator = "" if outcome.volatile else answers.tag(*key)
            sent = answers.headers(outcome.media, coding, body, outcome.version or state.catalogue.version, validator)
            kept = [(name.encode(), value.encode()) for name, value in sent.items()], body
            if validator and len(query.text) < LONGEST and len(body) + OVERHEAD <= state.cache.maxsize:
                state.cache[key] = kept
        known = dict(kept[0])
        if condition is not None and b"etag" in known and answers.matches(condition, known[b"etag"].decode()):
            return answers.unchanged(known[b"etag"].decode(), known[b"mabgraph-dataset"].decode())
        return kept

    def _limit(self, asked: Asked) -> float:
        """Return how long the request may take (seconds)."""
        settings = self._state.settings
        seconds = asked.seconds or settings.query_seconds
        if seconds > settings.query_seconds_most:
            raise Refusal(400, f"timeout: at most {settings.query_seconds_most:g} s can be asked for")
        return seconds

    async def _updated(self, asked: Asked, method: str, authorization: bytes) -> Response:
        if method != "POST":
            raise Refusal(400, "an update is sent by POST", {"Allow": "POST"})
        token = self._state.settings.update_token
        if token is None:
            raise Refusal(403, "updates are off here: only whoever runs the service can allow them (MABGRAPH_UPDATE_TOKEN)")
        scheme, _, given = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not hmac.compare_digest(given.strip(), token.get_secret_value().encode()):
            raise Refusal(401, "an update needs the token of this service: Authorization: Bearer …", {"WWW-Authenticate": "Bearer"})
        assert asked.update is not None
        seconds = self._limit(asked)
        answered = await self._state.update(asked.update, asked.using, asked.using_named, seconds)
        if answered.error:
            raise _refusal(answered)
        return Response(status_code=204)

    async def _described(self, scope: Scope, asked: Asked) -> Response:
        if asked.graphs is None:
            raise Refusal(406, f"the description of this service is given as {', '.join(formats.GRAPHS)}")
        settings, held = self._state.settings, self._state.catalogue
        try:
            body = await asyncio.to_thread(
                service.description, _address(scope), held.dataset.store, asked.graphs,
                updates=settings.update_token is not None, federated=bool(settings.service_allowed),
            )  # fmt: skip
        except (BuildError, TimeoutError) as error:
            raise Refusal(504 if isinstance(error, TimeoutError) else 502, str(error)) from None
        validator = answers.tag(body)
        if answers.matches(dict(scope["headers"]).get(b"if-none-match"), validator):
            return answers.unchanged(validator, held.version)
        return Response(body, headers=answers.headers(asked.graphs, "", body, held.version, validator))


def _refusal(answered: QueryOutcome) -> Refusal:
    status = _STATUS[answered.error]
    return Refusal(status, answered.detail, {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None, answered.place)


def _noting(answered: Response | Kept, unread: tuple[str, ...]) -> Response | Kept:
    """Return an answer that names the parameters which nothing here reads."""
    if not unread:
        return answered
    if isinstance(answered, Response):
        answered.headers["Mabgraph-Unread"] = ", ".join(unread)
        return answered
    return [*answered[0], (b"mabgraph-unread", ", ".join(unread).encode())], answered[1]


async def _while_connected(work: Awaitable[QueryOutcome], receive: Receive) -> QueryOutcome:
    """Return what ``work`` gives; when the caller goes away before, the work is ended.

    :raises Refusal: when the caller has gone.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Refusal(400, "the connection was closed before the answer")
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@lru_cache(maxsize=100)
def _suffix(path: str) -> str | None:
    """Return the format that ends the path, an empty one for the endpoint itself, or none when the path is another's."""
    if path in {PATH, f"{PATH}/"}:
        return ""
    suffix = path.removeprefix(f"{PATH}.")
    return suffix if suffix in formats.SHORT and suffix != path else None


def _preflight(scope: Scope) -> bool:
    """Whether a browser asks if a page of another origin may ask: the web application answers that."""
    return scope["method"] == "OPTIONS" and any(name == b"access-control-request-method" for name, _ in scope["headers"])


def _address(scope: Scope) -> str:
    """Return the address that the request was sent to, without its query."""
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1") or "{}:{}".format(*scope["server"])
    return f"{scope.get('scheme', 'http')}://{host}{scope['path']}"
