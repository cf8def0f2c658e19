"""Admission control: how many look-ups and exports one process works on at once, with fair queueing by client address.

There are two kinds of work: light (look-ups, most pages) and heavy (comparisons and networks with their files and pages, archives,
spreadsheets). Each kind has a limit on requests in progress, a limit on waiting requests, and a longest wait. Among the waiting
requests, the client with the fewest requests in progress goes first, so no client takes more than its share while others wait. A request
that gets no place in time is answered 503 with ``Retry-After``. A place is released when the response starts: its body is complete by
then, so a slow reader blocks nobody.

SPARQL queries have limits of their own (:mod:`mabgraph.graph.sparql.engine`) and are not counted here.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import media, problems
from .front import caller
from .settings import Settings

#: Value of ``Retry-After`` (seconds).
RETRY_AFTER: Final = "2"
#: Path prefixes and formats of heavy work: a spreadsheet is written cell by cell.
_HEAVY: Final = ("/v1/compare", "/v1/network", "/compare", "/network")
_HEAVY_FORMS: Final = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "zip": "application/zip"}
_HEAVY_NAMES: Final = frozenset({*_HEAVY_FORMS, *_HEAVY_FORMS.values()})
_HEAVY_SUFFIXES: Final = tuple(f".{form}" for form in _HEAVY_FORMS)
_HEAVY_MEDIA: Final = tuple(form.encode() for form in _HEAVY_FORMS.values())
#: Paths without admission control: for the operator, or with limits of their own.
_FREE: Final = ("/health", "/sparql", "/docs", "/openapi.json")


class Busy(Exception):
    """Raised when there is no free place, and none was released in time."""


@dataclass
class Gate:
    """The limits of one kind of work: ``places`` requests in progress, ``waiting`` requests in the queue, each for at most ``seconds``."""

    places: int
    waiting: int
    seconds: float
    _inside: Counter[str] = field(default_factory=Counter)
    _queues: OrderedDict[str, deque[asyncio.Future[None]]] = field(default_factory=OrderedDict)

    def leave(self, caller: str) -> None:
        """Release a place of ``caller``, and admit the next waiting request."""
        self._inside[caller] -= 1
        if not self._inside[caller]:
            del self._inside[caller]
        self._admit()

    async def enter(self, caller: str) -> None:
        """Take a place for ``caller``; :meth:`leave` releases it.

        :raises Busy: when the queue is full, ``caller`` has its share of the queue, or no place was released in time.
        """
        if self._inside.total() < self.places and not self._queues:
            self._inside[caller] += 1
            return
        waiting = sum(map(len, self._queues.values()))
        mine = len(self._queues.get(caller, ()))
        if waiting >= self.waiting or (mine and mine >= self.waiting // (len(self._queues) + 1)):
            raise Busy
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(caller, deque()).append(turn)
        self._admit()
        try:
            async with asyncio.timeout(self.seconds):
                await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            self._forget(caller, turn)
            if isinstance(error, TimeoutError):
                raise Busy from None
            raise

    def _forget(self, caller: str, turn: asyncio.Future[None]) -> None:
        """Withdraw a turn that nobody waits for: remove it from its queue, or release its place if it was admitted meanwhile."""
        if turn.done() and not turn.cancelled():
            self.leave(caller)
        elif turn in (queue := self._queues.get(caller, deque())):
            queue.remove(turn)
            if not queue:
                del self._queues[caller]

    def _admit(self) -> None:
        """Admit waiting requests: first the caller with the fewest places, and among equals the one admitted longest ago."""
        while self._queues and self._inside.total() < self.places:
            caller = min(self._queues, key=self._inside.__getitem__)
            queue = self._queues.pop(caller)
            turn = queue.popleft()
            if queue:
                self._queues[caller] = queue
            if not turn.done():
                turn.set_result(None)
                self._inside[caller] += 1


class Admission:
    """Middleware that passes a request on when there is a place for it."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        """Wrap ``app``, with the limits of ``settings``."""
        self._app = app
        self._light = Gate(settings.lookups, settings.lookups_waiting, settings.waiting_seconds)
        self._heavy = Gate(settings.exports, settings.exports_waiting, settings.waiting_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].startswith(_FREE):
            await self._app(scope, receive, send)
            return
        gate = self._heavy if is_heavy(scope) else self._light
        whose = caller(scope)
        try:
            await gate.enter(whose)
        except Busy:
            detail = "the service is busy, and no place became free in time: ask again a little later"
            await problems.response(503, detail, {"Retry-After": RETRY_AFTER})(scope, receive, send)
            return
        inside = True

        def leave() -> None:
            nonlocal inside
            if inside:
                inside = False
                gate.leave(whose)

        async def leave_and_send(message: Message) -> None:
            leave()
            await send(message)

        try:
            await self._app(scope, receive, leave_and_send)
        finally:
            leave()


def is_heavy(scope: Scope) -> bool:
    """Whether a request is heavy work, by its path and its format.

    >>> is_heavy({"path": "/v1/compare.zip", "query_string": b"", "headers": []})
    True
    >>> is_heavy({"path": "/network", "query_string": b"", "headers": []})
    True
    >>> is_heavy({"path": "/v1/drugs", "query_string": b"format=xlsx", "headers": []})
    True
    """
    path = scope["path"]
    if path.startswith(_HEAVY) or path.endswith(_HEAVY_SUFFIXES):
        return True
    query = scope["query_string"]
    named = media.format_names(QueryParams(query).getlist("format")) if b"format" in query else []
    if named:
        return any(name in _HEAVY_NAMES for names in named for name in names)
    accepted = b",".join([value for name, value in scope["headers"] if name == b"accept"]).lower()
    return any(form in accepted for form in _HEAVY_MEDIA)
