"""Look-ups answered where they arrive: an address leads to its answer by one dictionary, and what is known to be short needs no thread.

The web application describes the look-ups and can answer each of them; what it does on the way (finding the route among all, taking
parameters apart, handing over to a thread and back) takes longer than most of the questions. So this stands before it and calls the same
functions with the same models. Whatever is not plain goes on to the web application, which says what was wrong: another method, a
suffix, a parameter that cannot be used, an engine that does not answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, get_origin

from cachetools import LRUCache
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

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
        parts = self._parts(scope)
        way = self._ways.get(parts)
        response = None
        if way is not None:
            try:
                response = await self._answered(parts, way, scope)
            except (ValidationError, MabgraphError, TimeoutError):
                response = None
        if response is None:
            await self._app(scope, receive, send)
            return
        response.headers.update(answers.SHARED)
        await response(scope, receive, send)

    def _parts(self, scope: Scope) -> Parts:
        """Return the parts of an address that may have a way; nothing where the request is no plain look-up."""
        if scope["type"] != "http" or scope["method"] not in _METHODS or not scope["path"].startswith(PATH):
            return ()
        first, *rest = scope["path"][len(PATH) :].split("/")
        return (first, *(NAME if at == 0 and name else name for at, name in enumerate(rest)))

    async def _answered(self, parts: Parts, way: Way, scope: Scope) -> Response:
        request = Request(scope)
        given = {"request": request} | way.given(request)
        if len(parts) > 1:
            given["name"] = scope["path"][len(PATH) :].split("/")[1]
        query, suffix = request.query_params, scope["path"].rpartition(".")[2]
        form = (query.get("format"), suffix if suffix in tables.FORMS else "", request.headers.get("accept"))
        kind = (self._state.catalogue.state, parts, frozenset(query), query.get("page_size"), form)

        def answer() -> tuple[Response, float]:
            begun = time.thread_time()
            return way.answer(**given), time.thread_time() - begun

        brief = len(scope["path"]) + len(scope["query_string"]) <= BRIEF
        here = brief and self._state.settings.store is None and self._pace.short(kind)
        response, seconds = answer() if here else await run_in_threadpool(answer)
        self._pace.note(kind, seconds)
        return response
