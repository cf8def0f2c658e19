"""Turns: a bounded number of tasks at once and a bounded number that wait; whoever comes past both is told to come again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mabgraph.ingest.errors import Unavailable


class Turns:
    """So many tasks of one kind at once in this process, whichever thread they are of."""

    def __init__(self, what: str, at_once: int, waiting: int, seconds: float) -> None:
        """Take what the tasks make (in the plural), how many run at once, how many wait beside them, and how long one waits (seconds)."""
        self._what, self._seconds = what, seconds
        self._places = threading.BoundedSemaphore(at_once + waiting)
        self._running = threading.BoundedSemaphore(at_once)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it.

        :raises Unavailable: when too many wait already, or the turn does not come in time.
        """
        if not self._places.acquire(blocking=False):
            raise Unavailable(f"as many {self._what} are waiting to be made as may: ask again later")
        try:
            if not self._running.acquire(timeout=self._seconds):
                raise Unavailable(f"other {self._what} were made for {self._seconds:g} s, and this one had no turn: ask again later")
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._places.release()
