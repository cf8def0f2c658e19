"""Fair sharing of a few slots among many clients, so that no client starves the others.

Start-time fair queueing (Goyal, Vin, Cheng 1996): the client with the least use goes first. Each use counts for at least
:data:`LEAST`, because many short uses have a cost of their own.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from typing import Final

#: The least that one use counts for (seconds).
LEAST: Final = 0.05
#: The use of inactive clients is forgotten when more clients than this are known.
REMEMBERED: Final = 10_000


class Full(Exception):
    """Raised when the queue is full."""


class Shares:
    """A fixed number of slots with a fair queue; use it from one event loop."""

    def __init__(self, places: int, waiting: int) -> None:
        """Take the number of slots and the maximum length of the queue.

        If there are several slots, one client holds at most all but one, so that another client always gets one.
        """
        self._places, self._waiting = places, waiting
        self._cap = max(1, places - 1)
        self._inside: Counter[str] = Counter()
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}
        self._used: dict[str, float] = {}

    @property
    def waiting(self) -> int:
        """The number of waiting requests."""
        return sum(len(queue) for queue in self._queues.values())

    async def enter(self, client: str) -> None:
        """Wait for a slot for ``client``; :meth:`leave` releases it.

        :raises Full: when the queue is full, and no client has more waiting requests than this one.
        """
        if client not in self._used:
            self._used[client] = min((self._used[other] for other in self._active_clients()), default=0.0)
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
        """Release the slot of ``client`` after ``seconds`` of use."""
        self._used[client] = self._used.get(client, 0.0) + max(seconds, LEAST)
        self._inside[client] -= 1
        if not self._inside[client]:
            del self._inside[client]
        self._admit()
        if len(self._used) > REMEMBERED or not (self._inside or self._queues):
            self._used = {each: self._used[each] for each in self._active_clients()}

    def _active_clients(self) -> set[str]:
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
        """Reject the last request of the client with the longest queue, if that is longer than the queue of ``client``."""
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
