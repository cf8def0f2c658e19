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
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from mabgraph.graph import confinement, dataset
from mabgraph.ingest.errors import MabgraphError

from .front import is_loopback
from .settings import Settings
from .supervisor import GRACE, Supervisor

#: How the processes allocate, where the C library is glibc: large pages, and more small pieces kept (measured: 3 to 10 % faster).
ALLOCATION: Final = "glibc.malloc.hugetlb=1:glibc.malloc.tcache_count=512"
#: Longest address that the server reads: it refuses a longer one by itself, with an empty 414 (bytes).
LONGEST_ADDRESS: Final = 65_534
#: Longest address and headers of one request together, past which it gives an empty 431 (bytes). What :mod:`.front` refuses at a quarter of
#: that gets a problem which says what to do.
LONGEST_HEAD: Final = LONGEST_ADDRESS + 16_386
#: Requests that one serving process has under way at most; others wait to be accepted.
UNDER_WAY: Final = 1000
#: How often a serving process says that its event loop turns (seconds).
BEAT: Final = 1.0

_UNKEPT: Final = {"files": "opening files", "connections": "opening connections", "memory": "taking all memory"}
_log = logging.getLogger(__name__)


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
    missing = sorted(set(confinement.PROMISES) - confinement.supported_promises(dataset.is_on_disk(settings.dataset / dataset.CURRENT)))
    if not missing:
        return None
    text = f"this system cannot keep queries from {', '.join(_UNKEPT[each] for each in missing)} (docs/decisions/0025-queries-apart.md)"
    if settings.public or not is_loopback(settings.host):
        raise MabgraphError(f"{text}: serve on Linux, or on 127.0.0.1 and without --public for this machine alone")
    return f"{text}: only this machine should ask"


def serve(settings: Settings, port: int, started: Callable[[], None]) -> None:
    """Serve the current dataset of ``settings`` until the process is told to end; ``started`` is called when requests are answered.

    :raises BuildError: when there is no whole dataset, or no process can start.
    """
    if settings.store is None and not dataset.is_on_disk(dataset.current(settings.dataset)):
        dataset.checked(settings.dataset)  # said once, before each serving process says it; a store on disk is read beside serving
    os.environ.setdefault("GLIBC_TUNABLES", ALLOCATION)
    Supervisor(_work, settings, port, started).run()


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

    def take_news() -> None:
        try:
            state.reload_later(pipe.recv())
        except (EOFError, OSError):
            loop.remove_reader(pipe.fileno())
            leaving.set()

    loop.add_reader(pipe.fileno(), take_news)
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
