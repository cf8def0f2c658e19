"""The supervisor: starts, watches, replaces and stops the serving processes (described in :mod:`.serving`)."""

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

from mabgraph.graph.store import dataset
from mabgraph.ingest.errors import BuildError, MabgraphError

from ..http.settings import Settings
from .registration import Registration

#: The target of a serving process: settings, folder of the version, port, and pipe to the supervisor.
Work = Callable[[Settings, Path | None, int, Connection], None]

#: Grace period for requests in progress at shutdown (seconds).
GRACE: Final = 5.0
#: Longest wait between two checks of the supervisor (seconds).
CHECK_INTERVAL: Final = 0.25
#: Restart delay of a serving process, doubled each time up to the maximum (seconds).
RESTART_DELAY: Final = 0.25
LONGEST_RESTART_DELAY: Final = 30.0

_log = logging.getLogger(__name__)
_context = get_context("spawn")


@dataclass
class ServingProcess:
    """The supervisor's record of a serving process."""

    process: SpawnProcess
    pipe: Connection
    ready: bool = False
    heard: float = field(default_factory=time.monotonic)


class Supervisor:
    """Keeps a number of serving processes running until a signal ends it."""

    def __init__(self, work: Work, settings: Settings, port: int, started: Callable[[], None]) -> None:
        """Run ``work`` in each serving process; ``started`` is called once when the first of them answers."""
        self._work, self._settings, self._port, self._started = work, settings, port, started
        self._workers: list[ServingProcess | None] = [None] * settings.serving
        self._due = [0.0] * settings.serving
        self._pauses = [RESTART_DELAY] * settings.serving
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
                    if registration.take_reload_request() or self._reloading:
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
        """Choose the current version, and lock it against removal."""
        self._folder, self._hold = None, None
        if not self._settings.store:
            self._folder = (self._settings.dataset / dataset.CURRENT).resolve()
            self._hold = dataset.hold(self._folder)

    def _swap(self) -> None:
        """Send the current version to every serving process."""
        before = self._hold
        try:
            self._take_current()
        except MabgraphError as error:
            _log.error("the dataset was not reloaded: %s", error)
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
                self._workers[place] = ServingProcess(process, ours)

    def _listen(self) -> None:
        """Wait for heartbeats of the serving processes, and record them."""
        present = [worker for worker in self._workers if worker is not None]
        for channel in connection.wait([worker.pipe for worker in present], CHECK_INTERVAL):
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
        """Replace serving processes that have exited, and kill those whose event loop hangs.

        :raises BuildError: when one exits before any has answered.
        """
        now = time.monotonic()
        for place, worker in enumerate(self._workers):
            if worker is None:
                continue
            silent = now - worker.heard
            if worker.ready and silent > self._settings.silent_seconds:
                _log.error("serving process %s has sent no heartbeat for %.0f s: it is killed and replaced", worker.process.pid, silent)
                worker.process.kill()
                worker.process.join()
            if worker.process.exitcode is None:
                continue
            if not self._served:
                raise BuildError("no serving process could start: see the messages above")
            self._pauses[place] = RESTART_DELAY if worker.ready else min(LONGEST_RESTART_DELAY, 2 * self._pauses[place])
            self._due[place] = now + self._pauses[place]
            _log.warning(
                "serving process %s has exited (exit code %s): another is started in %.2g s",
                worker.process.pid, worker.process.exitcode, self._pauses[place],
            )  # fmt: skip
            worker.pipe.close()
            self._workers[place] = None

    def _stop(self) -> None:
        """Stop every serving process; requests in progress may go on for the grace period."""
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
