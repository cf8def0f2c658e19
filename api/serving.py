"""Serving: several processes behind one socket, each replaced when it has to end, and bounds on what a connection may do."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final, cast

import filelock
import uvicorn
from fastapi import FastAPI
from uvicorn._subprocess import spawn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from mabgraph.graph import dataset
from mabgraph.graph.engine import Retire
from mabgraph.ingest.errors import BuildError, MabgraphError

from .settings import Settings

#: How the processes allocate, where the C library is glibc: large pages, and more small pieces kept (measured: 3 to 10 % faster).
ALLOCATION: Final = "glibc.malloc.hugetlb=1:glibc.malloc.tcache_count=512"
#: How long other requests of a process that has to end may go on (seconds).
GRACE: Final = 2.0
#: Longest address and headers of one request together (bytes).
LONGEST_HEAD: Final = 256_000
#: The folder of a dataset's directory in which each service is known by the number of its process.
SERVICES: Final = "serving"

_log = logging.getLogger(__name__)


class Config(uvicorn.Config):
    """What every serving process is told: the settings, and what ends it in favour of another."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings of the service."""
        super().__init__(
            self.application, factory=True, workers=settings.serving, http=Bounded, ws="none", log_level="warning", access_log=False,
            server_header=False, timeout_graceful_shutdown=int(GRACE),
        )  # fmt: skip
        self.settings = settings
        self.leave: Retire | None = None
        self.leaving = False

    def application(self) -> FastAPI:
        """Return the application of one process; what it holds from now on is not looked at again by the collector of garbage."""
        from .app import create_app

        try:
            made = create_app(self.settings, retire=self.leave)
        except MabgraphError as error:
            sys.exit(f"mabgraph: {error}")
        gc.collect()
        gc.freeze()
        return made


class Bounded(HttpToolsProtocol):
    """A connection whose requests must arrive in time and with headers of a bounded size."""

    _late: asyncio.TimerHandle | None = None
    _begun = False
    _size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect the first request."""
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing any more."""
        self._arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has arrived; a request whose headers are not whole yet has a bound of time and size."""
        super().data_received(data)
        if not self._begun:
            return
        self._size += len(data)
        if self._size > LONGEST_HEAD:
            self._refuse("431 Request Header Fields Too Large")
        elif self._late is None:
            self._expect()

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        super().on_message_begin()
        self._begun, self._size = True, 0

    def on_headers_complete(self) -> None:
        """Hand the request on; a process that is leaving answers it as the last one of its connection."""
        self._begun = False
        self._arrived()
        super().on_headers_complete()
        if cast(Config, self.config).leaving:
            self.cycle.keep_alive = False

    def _expect(self) -> None:
        seconds = cast(Config, self.config).settings.request_seconds
        self._late = asyncio.get_running_loop().call_later(seconds, self._refuse, "408 Request Timeout")

    def _arrived(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _refuse(self, status: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            self.transport.close()


class Server(uvicorn.Server):
    """A serving process that can leave: it accepts no more, answers what it has, and ends when its grace is over."""

    def __init__(self, config: Config, leaving: Event) -> None:
        """Take the configuration, and what the supervisor is told by."""
        super().__init__(config)
        self._settled, self._leaving = config, leaving
        config.leave = self.leave

    def leave(self, reason: str) -> float:
        """Make way for another process: a query was stopped for ``reason`` and goes on. Return after how many seconds this one ends."""
        grace = GRACE if reason == "late" else GRACE / 8
        asyncio.get_running_loop().call_later(grace, os._exit, 1)
        if not self._settled.leaving:
            _log.warning("process %d leaves and is replaced: a query past its limit (%s) goes on", os.getpid(), reason)
            self._settled.leaving = True
            self._leaving.set()
            for listening in self.servers:
                listening.close()
        return grace


class Worker(Process):
    """A serving process as its supervisor sees it."""

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        """Take what the process is told, and the sockets it listens on."""
        super().__init__(config, sockets)
        self._told = config
        self.leaving = spawn.Event()

    @property
    def server(self) -> Server:
        """The server, in the process itself."""
        if self._server is None:
            self._server = Server(self._told, self.leaving)
        return cast(Server, self._server)

    def always_pong(self) -> None:
        """Answer the supervisor as long as there is one; without one, end."""
        try:
            super().always_pong()
        except (EOFError, OSError):
            os.kill(os.getpid(), signal.SIGTERM)


class Supervisor(Multiprocess):
    """Keeps the processes running; at SIGHUP each swaps in the current dataset, none of them ends."""

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        """Take what the processes are told, and the sockets they share."""
        super().__init__(config, sockets)
        self._told = config
        self._workers: list[Worker] = []
        self._left: list[Worker] = []
        self.served = False

    def init_processes(self) -> None:
        """Start the processes."""
        self._workers = [self._started() for _ in range(self.processes_num)]
        self.processes = list(self._workers)

    def keep_subprocess_alive(self) -> None:
        """Put another process in the place of each that is leaving, hangs or has ended."""
        self.served = self.served or any(worker.is_ready(timeout=1) for worker in self._workers)
        if not self.served and any(worker.exitcode is not None for worker in self._workers):
            self.should_exit.set()
            return
        for place, worker in enumerate(self._workers):
            leaving = worker.leaving.is_set()
            if not leaving and worker.is_alive(timeout=self.config.timeout_worker_healthcheck):
                continue
            if leaving:
                self._left.append(worker)
            else:
                worker.kill()
                worker.join()
            self._workers[place] = self._started()
        self.processes = list(self._workers)
        self._left = [worker for worker in self._left if worker.process.is_alive()]

    def handle_ttin(self) -> None:
        """Keep the number of processes: it is a setting."""

    def handle_ttou(self) -> None:
        """Keep the number of processes: it is a setting."""

    def handle_hup(self) -> None:
        """Tell every process to reload."""
        for worker in self._workers:
            if worker.pid is not None:
                os.kill(worker.pid, signal.SIGHUP)

    def _started(self) -> Worker:
        worker = Worker(self._told, self.sockets)
        worker.start()
        return worker


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; a port of 0 takes a free one.

    :raises MabgraphError: when nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise MabgraphError(f"{host}:{port}: cannot listen there: {error.strerror}: choose another with --port") from None
    return listening


def serve(settings: Settings, listening: socket.socket) -> None:
    """Serve the current dataset of ``settings`` on a listening socket until the process is told to end.

    :raises BuildError: when there is no whole dataset, or no process can start.
    """
    if settings.store is None and dataset.manifest(settings.dataset) is None:
        raise BuildError(f"{settings.dataset}: holds no whole dataset: run mabgraph build")
    os.environ.setdefault("GLIBC_TUNABLES", ALLOCATION)
    supervisor = Supervisor(Config(settings), sockets=[listening])
    with _known(settings.dataset):
        supervisor.run()
    if not supervisor.served and any(worker.exitcode for worker in supervisor.processes):
        raise BuildError("no serving process could start: what stands above says why")


def reload(directory: Path) -> list[int]:
    """Tell every service over ``directory`` on this machine to swap in its current dataset; return their process numbers.

    :raises MabgraphError: when none is running.
    """
    told = []
    for path in sorted((directory / SERVICES).glob("*.lock")):
        lock = filelock.FileLock(path, timeout=0)
        try:
            with lock:
                path.unlink(missing_ok=True)
        except filelock.Timeout:
            os.kill(int(path.stem), signal.SIGHUP)
            told.append(int(path.stem))
    if not told:
        raise MabgraphError(f"{directory}: no service over it is running on this machine: start one with mabgraph serve")
    return told


@contextmanager
def _known(directory: Path) -> Iterator[None]:
    """Let :func:`reload` find this process while it serves; a directory that is read-only goes without."""
    lock = filelock.FileLock(directory / SERVICES / f"{os.getpid()}.lock")
    try:
        Path(lock.lock_file).parent.mkdir(exist_ok=True)
        lock.acquire()
    except OSError as error:
        _log.warning("mabgraph reload will not find this service: %s", error)
        yield
        return
    try:
        yield
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)
