"""Fast path for look-ups: a dictionary maps a path to its handler, and handlers known to be fast run on the event loop.

The web application describes all look-ups and can answer them. Its routing, parameter parsing and hand-over to a thread take longer than
most of the questions, so this middleware calls the same handlers with the same models. Every other request goes to the web application,
which also reports errors: another method, a suffix, an invalid parameter, a dataset in another engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, get_origin

from cachetools import LRUCache
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mabgraph.graph.store.store import EngineStore
from mabgraph.ingest.errors import MabgraphError

from ..collections import tables
from ..http import responses
from ..http.cache import PATH
from ..http.state import State

#: Longest time of a handler on the event loop, which it blocks (seconds of processor time).
SHORT: Final = 0.01
#: Measurements needed before a handler runs on the event loop.
MEASUREMENTS: Final = 3
#: Decay factor of the running maximum: a tenth remains after 22 shorter times.
DECAY: Final = 0.9
#: Longest path and query string for the event loop (characters): a longer one may name thousands of things.
LONGEST: Final = 1000
#: Kinds of look-ups whose times are remembered.
KINDS: Final = 1000
_METHODS: Final = frozenset({"GET", "HEAD"})
#: Placeholder for a name in a path.
NAME: Final = "{name}"

#: The segments of a path below ``/v1``, with :data:`NAME` in place of a name.
Parts = tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """A handler, and the model of its parameters (none: it reads them itself)."""

    model: type[BaseModel] | None
    answer: Callable[..., Response]

    def read_parameters(self, request: Request) -> dict[str, Any]:
        """Return the parameters of a request as keyword arguments of the handler.

        :raises ValidationError: when one is invalid.
        """
        if self.model is None:
            return {}
        query, fields = request.query_params, self.model.model_fields
        many = {name for name in query if name in fields and get_origin(fields[name].annotation) is list}
        return {"filters": self.model.model_validate({name: query.getlist(name) if name in many else query[name] for name in query})}


class Pace:
    """Measured processor time of each kind of work; decides whether it may block the event loop."""

    def __init__(self) -> None:
        self._taken: LRUCache[object, tuple[int, float]] = LRUCache(KINDS)

    def is_short(self, kind: object) -> bool:
        """Whether ``kind`` was measured often enough, and was fast recently."""
        often, longest = self._taken.get(kind, (0, 0.0))
        return often >= MEASUREMENTS and longest <= SHORT

    def note(self, kind: object, seconds: float) -> None:
        """Record that ``kind`` took ``seconds``."""
        often, longest = self._taken.get(kind, (0, 0.0))
        self._taken[kind] = (often + 1, max(longest * DECAY, seconds))


class Direct:
    """Middleware that answers look-ups by ``routes``, and passes other requests on."""

    def __init__(self, app: ASGIApp, state: State, routes: dict[Parts, Route]) -> None:
        """Wrap ``app``; ``routes`` maps paths to handlers over the dataset of ``state``."""
        self._app, self._state, self._routes = app, state, routes
        self._pace = Pace()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        parts, named = self._parts(scope)
        answer: ASGIApp = self._app
        if (route := self._routes.get(parts)) is not None:
            with suppress(ValidationError, MabgraphError):
                response = await self._respond(parts, route, Request(scope), named)
                response.headers.update(responses.SHARED)
                answer = response
        await answer(scope, receive, send)

    def _parts(self, scope: Scope) -> tuple[Parts, dict[str, str]]:
        """Return the segments of the path and the name in it; nothing if the request is not a simple look-up.

        Requests for a dataset in another engine pass on: a timeout there must not be waited for twice.
        """
        plain = scope["type"] == "http" and scope["method"] in _METHODS and scope["path"].startswith(PATH)
        if not plain or not isinstance(self._state.catalogue.dataset.store, EngineStore):
            return (), {}
        parts = scope["path"][len(PATH) :].split("/")
        if len(parts) == 1 or not parts[1]:
            return tuple(parts), {}
        return (parts[0], NAME, *parts[2:]), {"name": parts[1]}

    async def _respond(self, parts: Parts, route: Route, request: Request, named: dict[str, str]) -> Response:
        scope, arguments = request.scope, {"request": request, **route.read_parameters(request), **named}
        query, suffix = request.query_params, scope["path"].rpartition(".")[2]
        form = (query.get("format"), suffix if suffix in tables.FORMS else "", request.headers.get("accept"))
        kind = (self._state.catalogue.state, parts, frozenset(query), query.get("page_size"), form)

        def answer() -> tuple[Response, float]:
            begun = time.thread_time()
            return route.answer(**arguments), time.thread_time() - begun

        brief = len(scope["path"]) + len(scope["query_string"]) <= LONGEST
        response, seconds = answer() if brief and self._pace.is_short(kind) else await run_in_threadpool(answer)
        self._pace.note(kind, seconds)
        return response
