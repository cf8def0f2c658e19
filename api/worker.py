"""A worker: one process beside this one that evaluates strangers' queries with the limits of the service.

What does not stop at its limit is ended with its process, which is begun again at the next query; this process goes on. It is
for programs without a supervisor, such as one that an agent talks to. The first query waits until the dataset is opened there.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

from mabgraph.graph.engine import Answered, Query
from mabgraph.ingest.errors import BuildError, MabgraphError

from .settings import Settings
from .state import State, opened

#: How much longer than its limit a query is waited for before its process is ended unasked (seconds).
SLACK: Final = 5.0
#: After these a query may go on all the same, and keeps a thread and memory: its process is ended.
_GOES_ON: Final = frozenset({"late", "exhausted"})
_ENDED: Final = "the process that evaluated the query ended: it needs too much memory, or nests too deep: ask for less"


class Worker:
    """Evaluates one query at a time in a process of its own; those that wait are answered ``late`` when their time is over."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings; the process is begun at the first query."""
        self._settings = settings
        self._turn = threading.Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._version = ""

    @property
    def number(self) -> int | None:
        """The number of the process, none where there is none."""
        return None if self._process is None else self._process.pid

    def ask(self, query: Query, seconds: float) -> tuple[str, Answered]:
        """Return the version of the dataset that was asked, and its answer; an answer may be an error, as the engine room gives it.

        :raises BuildError: when the dataset cannot be opened.
        """
        if not self._turn.acquire(timeout=seconds):
            return self._version, Answered(error="late", detail=f"not answered within {seconds:g} s, another query was: ask again")
        try:
            return self._asked(query, seconds)
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None and self._pipe is not None:
            self._pipe.close()
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._pipe = None

    def _asked(self, query: Query, seconds: float) -> tuple[str, Answered]:
        pipe = self._begun()
        answered = Answered(error="exhausted", detail=_ENDED)
        with suppress(EOFError, OSError):
            pipe.send((query, seconds))
            late = Answered(error="late", detail=f"not answered within {seconds:g} s: ask for less, or give it more time")
            answered = pipe.recv() if pipe.poll(seconds + SLACK) else late
        if answered.error in _GOES_ON:
            self.close()
        return self._version, answered

    def _begun(self) -> Connection:
        """Return the way to the process, which is begun where there is none."""
        if self._process is not None and self._pipe is not None and self._process.is_alive():
            return self._pipe
        self.close()
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(self._settings, theirs), name="queries", daemon=True)
        self._process.start()
        theirs.close()
        try:
            opens, said = self._pipe.recv()
        except (EOFError, OSError):
            opens, said = False, "the process that evaluates queries ended before it had opened the dataset"
        if not opens:
            self.close()
            raise BuildError(said)
        self._version = said
        return self._pipe


def _work(settings: Settings, pipe: Connection) -> None:
    """Open the dataset, say so, and answer queries until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        try:
            held = State(settings, opened(settings))
        except MabgraphError as error:
            pipe.send((False, str(error)))
            return
        pipe.send((True, held.catalogue.version))
        loop = asyncio.new_event_loop()
        while True:
            query, seconds = pipe.recv()
            pipe.send(loop.run_until_complete(held.engine.ask(held.catalogue.dataset.store, query, seconds)))
    os._exit(0)
