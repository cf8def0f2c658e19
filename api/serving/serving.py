"""Serving: a supervisor and the processes that answer requests, each a granian server over the same port.

::

    mabgraph serve            the supervisor: starts, watches, replaces and stops the others
    ├─ serving process        HTTP, look-ups; one copy of the dataset
    │  └─ fork server         another copy (graph/sparql/forkserver.py)
    │     └─ evaluators       client queries, confined (graph/sparql/confinement.py)
    └─ serving process …

A serving process that exits is replaced; one whose event loop hangs is killed and replaced. All of them serve one version of the dataset,
which the supervisor chooses: the current one when it started, or at the last reload (:mod:`.registration`).
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

from mabgraph.graph.sparql import confinement
from mabgraph.graph.store import dataset
from mabgraph.ingest import extras
from mabgraph.ingest.errors import MabgraphError

from ..http.front import is_loopback
from ..http.settings import Settings
from . import allocation
from .supervisor import GRACE, Supervisor

#: Longest URL that the server reads (bytes); it refuses a longer one with an empty 414.
LONGEST_ADDRESS: Final = 65_534
#: Longest head of a request (bytes); the server refuses a longer one with an empty 431. :mod:`..http.front` refuses heads from a quarter of
#: that length on, with a problem that has a remedy.
LONGEST_HEAD: Final = LONGEST_ADDRESS + 16_386
#: Most requests in progress in one serving process; others wait to be accepted.
MOST_IN_PROGRESS: Final = 1000
#: Interval of the heartbeat from the event loop of a serving process (seconds).
HEARTBEAT: Final = 1.0

_UNCONFINED: Final = {"files": "opening files", "connections": "opening connections", "memory": "taking all memory"}


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that reserves the port for the serving processes but does not listen; port 0 takes a free one.

    :raises MabgraphError: when the port is not available.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # A socket that shares its port does not detect another service on it, so the port is tried without sharing first.
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


def confinement_warning(settings: Settings) -> str | None:
    """Return a warning if client queries cannot be confined completely, by this system or since another engine evaluates them; or none.

    :raises MabgraphError: when it cannot, and the service is open to other machines.
    """
    if settings.store and settings.store_confined:
        return None
    if settings.store:
        return _judge_openness(
            settings,
            "nothing keeps the engine of --store from opening connections and files for a query (docs/engines.md)",
            "confine it and set MABGRAPH_STORE_CONFINED=true, or serve on 127.0.0.1 without --public",
        )
    missing = sorted(set(confinement.PROMISES) - confinement.supported_promises(dataset.is_on_disk(settings.dataset / dataset.CURRENT)))
    if not missing:
        return None
    text = f"this system cannot keep queries from {', '.join(_UNCONFINED[each] for each in missing)} (docs/decisions/0025-queries-apart.md)"
    return _judge_openness(settings, text, "serve on Linux, or on 127.0.0.1 without --public")


def _judge_openness(settings: Settings, fault: str, remedy: str) -> str:
    """Return the warning for a service of this machine alone.

    :raises MabgraphError: when the service is open to other machines.
    """
    if settings.public or not is_loopback(settings.host):
        raise MabgraphError(f"{fault}: {remedy}")
    return f"{fault}: do not open the service to other machines"


def serve(settings: Settings, port: int, started: Callable[[], None]) -> None:
    """Serve the current dataset of ``settings`` until a signal ends the process; ``started`` is called when requests are answered.

    :raises BuildError: when there is no complete dataset, or no process can start.
    """
    if settings.store is None and not dataset.is_on_disk(dataset.current_folder(settings.dataset)):
        dataset.verify_current(settings.dataset)  # fail once here, not in each serving process; a store on disk is verified while serving
    allocation.set_for_children()
    Supervisor(_work, settings, port, started).run()


def _work(settings: Settings, folder: Path | None, port: int, pipe: Connection) -> None:
    """Serve in this process until the supervisor exits."""
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
    """Open the dataset, answer requests, and exit with the supervisor."""
    with extras.require("serve", "mabgraph serve"):
        from ..app import create_app
        from ..http.state import State, open_catalogue
        from .warming import ask_first, warm

    loop = asyncio.get_running_loop()
    state = State(settings, open_catalogue(settings, folder))
    app = create_app(settings, state=state)
    await state.start()
    await warm(app)
    gc.collect()
    gc.freeze()
    server = make_server(app, settings.host, port, settings.idle_seconds)
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
    first = loop.create_task(ask_first(app))
    await leaving.wait()
    beating.cancel()
    first.cancel()
    server.stop()  # type: ignore[no-untyped-call]
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            await serving
    await state.close()
    os._exit(0)


async def wait_until_answered(host: str, port: int) -> None:
    """Wait until a connection to the port is accepted."""
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
        await asyncio.sleep(HEARTBEAT)


def make_server(app: Any, host: str, port: int, idle_seconds: float, *, lifespan: bool = False) -> Server:
    """Return a single-process server of ``app`` with bounds on the head of a request and on idle time.

    ``lifespan``: the application gets the lifespan events of ASGI.
    """
    return Server(
        app, address=host, port=port, interface=Interfaces.ASGI if lifespan else Interfaces.ASGINL,
        http=HTTPModes.http1, websockets=False, backlog=2048,
        backpressure=MOST_IN_PROGRESS, log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=round(1000 * idle_seconds), max_buffer_size=LONGEST_HEAD),
    )  # fmt: skip
