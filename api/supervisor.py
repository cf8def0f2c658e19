"""The supervisor: begins, watches, replaces and ends the serving processes (:mod:`.serving` says what each of them is)."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType
from typing import Final

from mabgraph.graph import dataset
from mabgraph.ingest.errors import BuildError, MabgraphError

from .registration import Registration
from .settings import Settings

#: What a serving process runs: settings, the version's folder, the port, and the way to its supervisor.
Work = Callable[[Settings, Path | None, int, Connection], None]

#: How long requests under way may go on when the service ends (seconds).
GRACE: Final = 5.0
#: How long the supervisor waits at most until it looks again (seconds).
LOOK: Final = 0.25
#: A serving process that has ended is begun anew after this time, doubled each time up to the longest (seconds).
AGAIN: Final = 0.25
AGAIN_MOST: Final = 30.0

_log = logging.getLogger(__name__)
_context = get_context("spawn")


@dataclass
class Worker:
    """A serving process as its supervisor sees it."""

    process: SpawnProcess
    pipe: Connection
    ready: bool = False
    heard: float = field(default_factory=time.monotonic)


class Supervisor:
    """Keeps a number of serving processes running until it is told to end."""

    def __init__(self, work: Work, settings: Settings, port: int, started: Callable[[], None]) -> None:
        """Take what a serving process runs, the settings, the port, and what is called once when a serving process answers."""
        self._work, self._settings, self._port, self._started = work, settings, port, started
        self._workers: list[Worker | None] = [None] * settings.serving
        self._due = [0.0] * settings.serving
        self._pauses = [AGAIN] * settings.serving
        self._ending = self._reloading = self._served = False
        self._take_current()

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT.

        :raises BuildError: when no serving process could start.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, self._reload)
        with Registration(self._settings.dataset) as registration:
            try:
                while not self._ending:
                    self._begin_missing()
                    self._listen()
                    self._look_after()
                    if registration.reload_asked() or self._reloading:
                        self._reloading = False
                        self._swap()
            finally:
                self._stop()
                if self._hold is not None:
                    self._hold.close()

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._ending = True

    def _reload(self, number: int, frame: FrameType | None) -> None:
        self._reloading = True

    def _take_current(self) -> None:
        """Serve the version that is current now, and keep it from being removed."""
        self._folder, self._hold = None, None
        if not self._settings.store:
            self._folder = (self._settings.dataset / dataset.CURRENT).resolve()
            self._hold = dataset.hold(self._folder)

    def _swap(self) -> None:
        """Tell every serving process which version to serve from now on."""
        before = self._hold
        try:
            self._take_current()
        except MabgraphError as error:
            _log.error("the dataset is not swapped: %s", error)
            return
        if before is not None:
            before.close()
        for worker in self._workers:
            if worker is not None:
                with suppress(OSError):
                    worker.pipe.send(self._folder)

    def _begin_missing(self) -> None:
        now = time.monotonic()
        for place, worker in enumerate(self._workers):
            if worker is None and now >= self._due[place]:
                ours, theirs = _context.Pipe()
                process = _context.Process(
                    target=self._work, args=(self._settings, self._folder, self._port, theirs), name=f"serving-{place}", daemon=False
                )
                process.start()
                theirs.close()
                self._workers[place] = Worker(process, ours)

    def _listen(self) -> None:
        """Wait for news of the serving processes, and take it."""
        present = [worker for worker in self._workers if worker is not None]
        for channel in connection.wait([worker.pipe for worker in present], LOOK):
            worker = next(each for each in present if each.pipe is channel)
            with suppress(EOFError, OSError):
                while worker.pipe.poll():
                    worker.pipe.recv()
                    worker.heard = time.monotonic()
                    worker.ready = True
        if not self._served and any(worker.ready for worker in present):
            self._served = True
            self._started()

    def _look_after(self) -> None:
        """Replace serving processes that have ended, and end those whose event loop stands still.

        :raises BuildError: when one ends before any has answered.
        """
        now = time.monotonic()
        for place, worker in enumerate(self._workers):
            if worker is None:
                continue
            silent = now - worker.heard
            if worker.ready and silent > self._settings.silent_seconds:
                _log.error("serving process %s has said nothing for %.0f s: it is ended and replaced", worker.process.pid, silent)
                worker.process.kill()
                worker.process.join()
            if worker.process.exitcode is None:
                continue
            if not self._served:
                raise BuildError("no serving process could start: what stands above says why")
            self._pauses[place] = AGAIN if worker.ready else min(AGAIN_MOST, 2 * self._pauses[place])
            self._due[place] = now + self._pauses[place]
            _log.warning(
                "serving process %s has ended (exit code %s): another is begun in %.2g s",
                worker.process.pid, worker.process.exitcode, self._pauses[place],
            )  # fmt: skip
            worker.pipe.close()
            self._workers[place] = None

    def _stop(self) -> None:
        """End every serving process: requests under way may go on for the grace."""
        present = [worker for worker in self._workers if worker is not None]
        for worker in present:
            with suppress(OSError):
                worker.pipe.close()
        deadline = time.monotonic() + GRACE + 1.0
        for worker in present:
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.exitcode is None:
                worker.process.kill()
                worker.process.join()
