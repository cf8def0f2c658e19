"""Threads that take tasks in turn: the first takes all of them as long as it gets through, another helps where it is held up.

Several threads that evaluate short queries by turns wait for each other more than they help: they share the interpreter's lock and the
processor's memory. So a thread is called only when the first one has been at one task for longer than ``patience``.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

Task = Callable[[], None]


class Threads:
    """A number of threads; ask it from one thread."""

    def __init__(self, number: int, patience: float, stack: int) -> None:
        """Start ``number`` threads with a stack of so many bytes; helpers are called after ``patience`` seconds (0: at once)."""
        self._patience = patience
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._calls: SimpleQueue[bool] = SimpleQueue()
        self._helpers = number - 1
        self._idle = deque([None] * self._helpers)
        self._begun = 0.0
        self._closed = False
        before = threading.stack_size(stack)
        for at, run in enumerate([self._lead] + [self._help] * self._helpers):
            threading.Thread(target=run, name=f"query-{at}", daemon=True).start()
        threading.stack_size(before)

    def submit(self, task: Task) -> bool:
        """Have ``task`` run; return whether it waits behind another, so that :meth:`relieve` is to be called after the patience.

        :raises RuntimeError: when they were closed.
        """
        if self._closed:
            raise RuntimeError("no more tasks are taken")
        self._tasks.put(task)
        return (self._begun > 0 or self._tasks.qsize() > 1) and self.relieve()

    def relieve(self) -> bool:
        """Call one more thread where tasks wait and the first one is held up; return whether tasks wait."""
        waits = not self._tasks.empty()
        begun = self._begun
        if waits and begun and time.monotonic() - begun >= self._patience:
            with suppress(IndexError):
                self._idle.pop()
                self._calls.put(True)
        return waits

    def close(self) -> None:
        """Take no more tasks, and forget those that wait; what runs goes on to its end."""
        self._closed = True
        with suppress(Empty):
            while True:
                self._tasks.get_nowait()
        self._tasks.put(None)
        for _ in range(self._helpers):
            self._calls.put(False)

    def _lead(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._begun = time.monotonic()
            task()
            self._begun = 0.0

    def _help(self) -> None:
        while self._calls.get():
            with suppress(Empty):
                while (task := self._tasks.get_nowait()) is not None:
                    task()
                self._tasks.put(None)
            self._idle.append(None)
