"""Look-ups answered where they arrive: an address leads to its answer by one dictionary, and what is known to be short needs no thread.

The web application describes the look-ups and can answer each of them; what it does on the way (finding the route among all, taking
parameters apart, handing over to a thread and back) takes longer than most of the questions. So this stands before it and calls the same
functions with the same models. Whatever is not plain goes on to the web application, which says what was wrong: another method, a
suffix, a parameter that cannot be used, another engine's dataset.
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

from mabgraph.graph.store import EngineStore
from mabgraph.ingest.errors import MabgraphError

from . import answers, tables
from .cache import PATH
from .state import State

#: What takes no longer than this may be answered on the event loop, which waits meanwhile (seconds of processor time).
SHORT: Final = 0.01
#: How often it must have been done before.
OFTEN: Final = 3
#: What is left of the longest time after each time that was shorter: after 22 of them a tenth.
LEFT: Final = 0.9
#: What is asked for in more characters than these is never answered there: it may be of thousands of things.
BRIEF: Final = 1000
#: How many kinds of look-ups are remembered.
KINDS: Final = 1000
_METHODS: Final = frozenset({"GET", "HEAD"})
#: What stands for a name in an address.
NAME: Final = "{name}"

#: The parts of an address below ``/v1``, with :data:`NAME` where a name stands.
Parts = tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """What answers at an address: the model of its parameters (none: it reads them itself), and what gives the answer."""

    model: type[BaseModel] | None
    answer: Callable[..., Response]

    def given(self, request: Request) -> dict[str, Any]:
        """Return the parameters of a request as the answer takes them.

        :raises ValidationError: when one cannot be used.
        """
        if self.model is None:
            return {}
        query, fields = request.query_params, self.model.model_fields
        many = {name for name in query if name in fields and get_origin(fields[name].annotation) is list}
        return {"filters": self.model.model_validate({name: query.getlist(name) if name in many else query[name] for name in query})}


class Pace:
    """How long each kind of work took, by the processor's clock: whether it may be done where it would hold up others."""

    def __init__(self) -> None:
        self._taken: LRUCache[object, tuple[int, float]] = LRUCache(KINDS)

    def short(self, kind: object) -> bool:
        """Whether ``kind`` was done often enough, and has not taken long lately."""
        often, longest = self._taken.get(kind, (0, 0.0))
        return often >= OFTEN and longest <= SHORT

    def note(self, kind: object, seconds: float) -> None:
        """Note that ``kind`` has taken so long."""
        often, longest = self._taken.get(kind, (0, 0.0))
        self._taken[kind] = (often + 1, max(longest * LEFT, seconds))


class Direct:
    """Answers look-ups by the ways it is given; hands every other request on."""

    def __init__(self, app: ASGIApp, state: State, ways: dict[Parts, Way]) -> None:
        """Take the application behind it, what this process serves, and what answers at each address."""
        self._app, self._state, self._ways = app, state, ways
        self._pace = Pace()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        parts, named = self._parts(scope)
        answer: ASGIApp = self._app
        if (way := self._ways.get(parts)) is not None:
            with suppress(ValidationError, MabgraphError):
                response = await self._answered(parts, way, Request(scope), named)
                response.headers.update(answers.SHARED)
                answer = response
        await answer(scope, receive, send)

    def _parts(self, scope: Scope) -> tuple[Parts, dict[str, str]]:
        """Return the parts of an address that may have a way, and the name in it; nothing where the request is no plain look-up.

        What another engine is asked goes on as a whole: it may be late, and is not to be waited for twice.
        """
        plain = scope["type"] == "http" and scope["method"] in _METHODS and scope["path"].startswith(PATH)
        if not plain or not isinstance(self._state.catalogue.dataset.store, EngineStore):
            return (), {}
        parts = scope["path"][len(PATH) :].split("/")
        if len(parts) == 1 or not parts[1]:
            return tuple(parts), {}
        return (parts[0], NAME, *parts[2:]), {"name": parts[1]}

    async def _answered(self, parts: Parts, way: Way, request: Request, named: dict[str, str]) -> Response:
        scope, given = request.scope, {"request": request, **way.given(request), **named}
        query, suffix = request.query_params, scope["path"].rpartition(".")[2]
        form = (query.get("format"), suffix if suffix in tables.FORMS else "", request.headers.get("accept"))
        kind = (self._state.catalogue.state, parts, frozenset(query), query.get("page_size"), form)

        def answer() -> tuple[Response, float]:
            begun = time.thread_time()
            return way.answer(**given), time.thread_time() - begun

        brief = len(scope["path"]) + len(scope["query_string"]) <= BRIEF
        response, seconds = answer() if brief and self._pace.short(kind) else await run_in_threadpool(answer)
        self._pace.note(kind, seconds)
        return response
