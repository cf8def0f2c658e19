"""Serving the review: on the loopback addresses alone, for as long as the command runs, with a token that ends with it."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Final

from mabgraph.ingest.errors import MabgraphError

from ..http import secret
from ..http.front import is_loopback
from ..serving import serving
from .application import create_review
from .desk import Desk
from .guard import PARAMETER

#: How long a connection may be idle, and how long an answer may take after the end (seconds).
IDLE: Final = 75.0
GRACE: Final = 5.0
_FOUR, _SIX = "127.0.0.1", "::1"


def check_host(host: str) -> None:
    """Refuse an address that other machines can reach.

    :raises MabgraphError: when ``host`` is none of the loopback addresses.
    """
    if not is_loopback(host):
        raise MabgraphError(f"--host (MABGRAPH_HOST): {host}: the review listens on this machine alone: unset it, or give {_FOUR}")


def reserve(port: int) -> list[socket.socket]:
    """Return a socket for each loopback address to listen on: that of IPv6 too, where this machine has it and the port is free there.

    They reserve the port, so that nobody else of this machine can take it before, or beside, the servers.

    :raises MabgraphError: when the port is not available.
    """
    sockets = [serving.listen(_FOUR, port)]
    with suppress(MabgraphError):
        sockets.append(serving.listen(_SIX, sockets[0].getsockname()[1]))
    return sockets


def serve(desk: Desk, port: int, page: str, started: Callable[[str], None]) -> None:
    """Serve the review of ``desk`` until a signal ends it; ``started`` gets the address of ``page`` with the token.

    :raises MabgraphError: when the port is not available.
    """
    with ExitStack() as stack:
        hosts = [stack.enter_context(each).getsockname() for each in reserve(port)]
        asyncio.run(_answer(desk, [host for host, *_ in hosts], hosts[0][1], page, started))


async def _answer(desk: Desk, hosts: list[str], port: int, page: str, started: Callable[[str], None]) -> None:
    token, loop, leaving = secret.generate(), asyncio.get_running_loop(), asyncio.Event()
    app = create_review(desk, token, port)
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, leaving.set)
    servers = [serving.make_server(app, host, port, IDLE) for host in hosts]
    tasks = [asyncio.create_task(server.serve()) for server in servers]
    for host in hosts:
        await serving.wait_until_answered(host, port)
    started(f"http://{_FOUR}:{port}{page}?{PARAMETER}={token}")
    await leaving.wait()
    for server in servers:
        server.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait(tasks, timeout=GRACE)


def sum_up(desk: Desk) -> Iterator[str]:
    """Yield a line for each record of which something was decided."""
    for line in desk.lines():
        if line.sitting and line.sitting.review.decisions:
            left, accepted = line.sitting.review.count("ready", "open"), line.sitting.accepted
            yield f"{line.name}: {accepted} accepted in this session, {left} left; every decision is in {line.path}"
