"""Turns: bounds the number of concurrent and of waiting tasks; further ones are refused and can be retried."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mabgraph.ingest.errors import Unavailable


class Turns:
    """Limits concurrent tasks of one kind in this process, across threads."""

    def __init__(self, what: str, at_once: int, waiting: int, seconds: float) -> None:
        """Take what the tasks produce (plural), how many run at once, how many more wait, and the longest wait (seconds)."""
        self._what, self._seconds = what, seconds
        self._places = threading.BoundedSemaphore(at_once + waiting)
        self._running = threading.BoundedSemaphore(at_once)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it inside the ``with`` block.

        :raises Unavailable: when the queue is full, or the wait times out.
        """
        if not self._places.acquire(blocking=False):
            raise Unavailable(f"too many {self._what} are waiting already: ask again later")
        try:
            if not self._running.acquire(timeout=self._seconds):
                raise Unavailable(f"other {self._what} took all turns for {self._seconds:g} s: ask again later")
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._places.release()
