"""Serving: a supervisor and the processes that answer requests, each a granian server over the same port.

::

    mabgraph serve            the supervisor: begins, watches, replaces and ends the others
    ├─ serving process        HTTP, look-ups; holds one copy of the dataset
    │  └─ fork server         holds another (graph/forkserver.py)
    │     └─ evaluators       strangers' queries, confined (graph/confinement.py)
    └─ serving process …

A serving process that ends is replaced; one whose event loop stands still is ended and replaced. All of them serve one version of the
dataset, which the supervisor names: the current one when it started, or when it was last told to reload (:mod:`.registration`).
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from mabgraph.graph import confinement, dataset
from mabgraph.ingest.errors import BuildError, MabgraphError

from .registration import Registration
from .settings import Settings

#: How the processes allocate, where the C library is glibc: large pages, and more small pieces kept (measured: 3 to 10 % faster).
ALLOCATION: Final = "glibc.malloc.hugetlb=1:glibc.malloc.tcache_count=512"
#: Longest address that the server reads: it refuses a longer one by itself, with an empty 414 (bytes).
LONGEST_ADDRESS: Final = 65_534
#: Longest address and headers of one request together, past which it gives an empty 431 (bytes). What :mod:`.front` refuses at a quarter of
#: that gets a problem which says what to do.
LONGEST_HEAD: Final = LONGEST_ADDRESS + 16_386
#: Requests that one serving process has under way at most; others wait to be accepted.
UNDER_WAY: Final = 1000
#: How long requests under way may go on when the service ends (seconds).
GRACE: Final = 5.0
#: How often a serving process says that its event loop turns (seconds).
BEAT: Final = 1.0
#: How long the supervisor waits at most until it looks again (seconds).
LOOK: Final = 0.25
#: A serving process that has ended is begun anew after this time, doubled each time up to the longest (seconds).
AGAIN: Final = 0.25
AGAIN_MOST: Final = 30.0

_UNKEPT: Final = {"files": "opening files", "connections": "opening connections", "memory": "taking all memory"}
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

    def __init__(self, settings: Settings, port: int, started: Callable[[], None]) -> None:
        """Take the settings, the port, and what is called once when a serving process answers."""
        self._settings, self._port, self._started = settings, port, started
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
                    target=_work, args=(self._settings, self._folder, self._port, theirs), name=f"serving-{place}", daemon=False
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


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that keeps the port for the serving processes, and listens to nothing itself; a port of 0 takes a free one.

    :raises MabgraphError: when nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # Sockets that share a port do not notice another service on it: so it is tried without sharing first.
        with socket.socket(family, socket.SOCK_STREAM) as alone:
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind((host, port))
            alone.listen(1)
            port = alone.getsockname()[1]
        kept = socket.socket(family, socket.SOCK_STREAM)
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            kept.bind((host, port))
    except OSError as error:
        raise MabgraphError(f"{host}:{port}: cannot listen there: {error.strerror}: choose another with --port") from None
    return kept


def unconfined(settings: Settings) -> str | None:
    """Return a warning where this system cannot confine strangers' queries as it should, or none where it can.

    :raises MabgraphError: when it cannot, and others than this machine may ask.
    """
    if settings.store:
        return None
    on_disk = (settings.dataset / dataset.CURRENT / dataset.STORE).exists()
    missing = sorted(set(confinement.PROMISES) - confinement.promised(on_disk))
    if not missing:
        return None
    text = f"this system cannot keep queries from {', '.join(_UNKEPT[each] for each in missing)} (docs/decisions/0025-queries-apart.md)"
    if settings.public or not _is_loopback(settings.host):
        raise MabgraphError(f"{text}: serve on Linux, or on 127.0.0.1 and without --public for this machine alone")
    return f"{text}: only this machine should ask"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(settings: Settings, port: int, started: Callable[[], None]) -> None:
    """Serve the current dataset of ``settings`` until the process is told to end; ``started`` is called when requests are answered.

    :raises BuildError: when there is no whole dataset, or no process can start.
    """
    if settings.store is None and dataset.manifest(settings.dataset) is None:
        raise BuildError(f"{settings.dataset}: holds no whole dataset: run mabgraph build")
    os.environ.setdefault("GLIBC_TUNABLES", ALLOCATION)
    Supervisor(settings, port, started).run()


def _work(settings: Settings, folder: Path | None, port: int, pipe: Connection) -> None:
    """Serve in this process until the supervisor ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.WARNING, format="mabgraph: %(message)s")
    try:
        import uvloop as loops
    except ImportError:
        loops = asyncio  # type: ignore[misc]
    try:
        loops.run(_answer(settings, folder, port, pipe))
    except MabgraphError as error:
        sys.exit(f"mabgraph: {error}")


async def _answer(settings: Settings, folder: Path | None, port: int, pipe: Connection) -> None:
    """Open the dataset, answer requests, and leave when the supervisor does."""
    from .app import create_app
    from .state import State, opened

    loop = asyncio.get_running_loop()
    state = State(settings, opened(settings, folder))
    app = create_app(settings, state=state)
    await state.start()
    gc.collect()
    gc.freeze()
    server = bounded(app, settings.host, port, settings.idle_seconds)
    serving = loop.create_task(server.serve())
    leaving = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, leaving.set)
    parent = parent_process()
    if parent is not None:
        loop.add_reader(parent.sentinel, leaving.set)

    def told() -> None:
        try:
            state.reload_later(pipe.recv())
        except (EOFError, OSError):
            loop.remove_reader(pipe.fileno())
            leaving.set()

    loop.add_reader(pipe.fileno(), told)
    await wait_until_answered(settings.host, port)
    beating = loop.create_task(_beat(pipe))
    await leaving.wait()
    beating.cancel()
    server.stop()  # type: ignore[no-untyped-call]
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            await serving
    await state.close()
    os._exit(0)


async def wait_until_answered(host: str, port: int) -> None:
    """Return when a connection to the port is accepted."""
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return
        await asyncio.sleep(0.01)


async def _beat(pipe: Connection) -> None:
    while True:
        with suppress(OSError):
            pipe.send(True)
        await asyncio.sleep(BEAT)


def bounded(app: Any, host: str, port: int, idle_seconds: float, *, lifespan: bool = False) -> Server:
    """Return a server of one process over ``app`` with bounds on what a connection may send and how long it may be idle.

    ``lifespan``: the application is told when serving begins and ends.
    """
    return Server(
        app, address=host, port=port, interface=Interfaces.ASGI if lifespan else Interfaces.ASGINL,
        http=HTTPModes.http1, websockets=False, backlog=2048,
        backpressure=UNDER_WAY, log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=round(1000 * idle_seconds), max_buffer_size=LONGEST_HEAD),
    )  # fmt: skip
