"""Shares: places that many clients use by turns, each its fair share, so that no client's work keeps out all others.

Start-time fair queueing (Goyal, Vin, Cheng 1996) over a few places: the client that has used least goes first. Each use costs at least
:data:`LEAST`, so that many short uses that are costly to clean up after are not free.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from typing import Final

#: What one use costs at least (seconds).
LEAST: Final = 0.05
#: The use of clients that neither hold a place nor wait is forgotten when more clients than these are known.
REMEMBERED: Final = 10_000


class Full(Exception):
    """Raised when as many wait already as may wait."""


class Shares:
    """A number of places; ask it from one event loop."""

    def __init__(self, places: int, waiting: int) -> None:
        """Take how many can be in at once, and how many may wait.

        One client holds at most all places but one, where there are several: another always finds one.
        """
        self._places, self._waiting = places, waiting
        self._cap = max(1, places - 1)
        self._inside: Counter[str] = Counter()
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}
        self._used: dict[str, float] = {}

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(len(queue) for queue in self._queues.values())

    async def enter(self, client: str) -> None:
        """Return when ``client`` has a place; :meth:`leave` gives it back.

        :raises Full: when too many wait already, and none of them belongs to a client with more waiting than this one.
        """
        if client not in self._used:
            self._used[client] = min((self._used[other] for other in self._active()), default=0.0)
        if not self._queues and self._has_place(client):
            self._inside[client] += 1
            return
        if self.waiting >= self._waiting:
            self._make_room(client)
        turn = asyncio.get_running_loop().create_future()
        self._queues.setdefault(client, deque()).append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave(client, 0.0)
            else:
                self._forget(client, turn)
            raise

    def leave(self, client: str, seconds: float) -> None:
        """Give back the place of ``client``, which has used it for so many seconds."""
        self._used[client] = self._used.get(client, 0.0) + max(seconds, LEAST)
        self._inside[client] -= 1
        if not self._inside[client]:
            del self._inside[client]
        self._admit()
        if len(self._used) > REMEMBERED or not (self._inside or self._queues):
            self._used = {each: self._used[each] for each in self._active()}

    def _active(self) -> set[str]:
        return {*self._inside, *self._queues}

    def _has_place(self, client: str) -> bool:
        return self._inside.total() < self._places and self._inside[client] < self._cap

    def _admit(self) -> None:
        while ready := [client for client in self._queues if self._has_place(client)]:
            client = min(ready, key=lambda each: self._used[each])
            turn = self._queues[client].popleft()
            if not self._queues[client]:
                del self._queues[client]
            if not turn.done():
                self._inside[client] += 1
                turn.set_result(None)

    def _make_room(self, client: str) -> None:
        """Send away the last of the client with most waiting, if that is more than ``client`` has."""
        busiest = max(self._queues, key=lambda each: len(self._queues[each]), default=client)
        if len(self._queues.get(busiest, ())) <= len(self._queues.get(client, ())) + 1:
            raise Full
        turn = self._queues[busiest].pop()
        if not turn.done():
            turn.set_exception(Full())

    def _forget(self, client: str, turn: asyncio.Future[None]) -> None:
        queue = self._queues.get(client)
        if queue is not None and turn in queue:
            queue.remove(turn)
            if not queue:
                del self._queues[client]
