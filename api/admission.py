"""Admission: how many look-ups and files one process makes at once, so that the many of one caller do not cost the others.

There are two kinds of work. What is quick (look-ups, pages) and what is heavy (comparisons and their files, archives, spreadsheets,
pictures of the network) each have a number that goes on at once, and a number that waits, for a bounded time. Of those who wait, the
caller who has the fewest places is let in first, callers being known by their addresses; so nobody has more than a share while others
wait. Who finds no place in time is answered 503 with ``Retry-After``. A place is given back when the answer begins: it is made by then,
and who reads it slowly holds up nobody.

Queries of SPARQL have limits of their own (:mod:`mabgraph.graph.engine`), and pass.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import answers, problems
from .front import caller
from .settings import Settings

#: After how many seconds to ask again.
AGAIN: Final = "2"
#: Addresses of heavy work, and the endings of an address that are: a spreadsheet is written cell by cell.
_HEAVY: Final = ("/v1/compare", "/v1/network")
_HEAVY_FORMS: Final = ("xlsx", "zip")
#: Addresses that are for whoever watches over the service, and those that have limits of their own.
_FREE: Final = ("/health", "/sparql", "/docs", "/openapi.json")


class Busy(Exception):
    """Raised where there is no place, and none came free in time."""


@dataclass
class Gate:
    """Places for one kind of work: ``places`` at once, ``waiting`` who wait at most, each at most ``seconds``."""

    places: int
    waiting: int
    seconds: float
    _inside: Counter[str] = field(default_factory=Counter)
    _queues: OrderedDict[str, deque[asyncio.Future[None]]] = field(default_factory=OrderedDict)

    def leave(self, caller: str) -> None:
        """Give back a place that ``caller`` has entered, to who waits next."""
        self._inside[caller] -= 1
        if not self._inside[caller]:
            del self._inside[caller]
        self._admit()

    async def enter(self, caller: str) -> None:
        """Take a place for ``caller``, who has to leave it.

        :raises Busy: when too many wait, this caller more than its share of them, or no place came free in time.
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
        """Take back a turn that nobody waits for: out of its queue, or the place that it was given meanwhile."""
        if turn.done() and not turn.cancelled():
            self.leave(caller)
        elif turn in (queue := self._queues.get(caller, deque())):
            queue.remove(turn)
            if not queue:
                del self._queues[caller]

    def _admit(self) -> None:
        """Let in who waits, first the caller who has the fewest places, and of those with as many the one whose turn is longest ago."""
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
    """Hands a request on when there is a place for it."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        """Take the application behind it, and how many places there are."""
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
            detail = "the service has as much to do as it can, and no place came free in time: ask again a little later"
            await problems.response(503, detail, answers.SHARED | {"Retry-After": AGAIN})(scope, receive, send)
            return
        inside = True

        def leave() -> None:
            nonlocal inside
            if inside:
                inside = False
                gate.leave(whose)

        async def sent(message: Message) -> None:
            leave()
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            leave()


def is_heavy(scope: Scope) -> bool:
    """Whether a request is of heavy work, by its address and what it asks for.

    >>> is_heavy({"path": "/v1/compare.zip", "query_string": b""}), is_heavy({"path": "/v1/drugs", "query_string": b"format=xlsx"})
    (True, True)
    """
    path = scope["path"]
    if path.startswith(_HEAVY) or path.endswith(tuple(f".{form}" for form in _HEAVY_FORMS)):
        return True
    return any(f"format={form}".encode() in scope["query_string"].lower() for form in _HEAVY_FORMS)
