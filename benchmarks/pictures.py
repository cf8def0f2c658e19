"""Benchmark: what pictures and archives cost, themselves and those who look something up meanwhile; beside another checkout too.

One serving process keeps nothing, so that every answer is made. Measured are archives, look-ups while nothing is drawn and while several
callers ask for pictures all the time, and the memory of the processes. With ``--before PYTHON``, the interpreter of another checkout, both
services are up and take turns.

    python -m benchmarks.pictures --before ../before/.venv/bin/python
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Final

from rich.console import Console
from rich.table import Table

from mabgraph.graph.building import build
from mabgraph.graph.store import vocabulary

from . import load, servers
from .load import Request
from .servers import Server

ONE_SET: Final = "/v1/compare?drug=blinatumomab&endpoint=overall+survival&trial=TOWER&measure=hazard-ratio"
MANY_SETS: Final = "/v1/compare?trial=TOWER"
LOOK_UPS: Final = ("/v1/drugs/blinatumomab", "/v1/trials/TOWER", "/v1/estimates?drug=daratumumab&page_size=20")
#: How many callers ask for pictures at once, and how many look something up.
DRAWING: Final = 4
LOOKING: Final = 4
PATIENCE: Final = 180.0
TRIES: Final = 3


@dataclass(slots=True)
class Measured:
    """What was measured of one service, a number for each round: seconds, and bytes of memory."""

    first: list[float] = field(default_factory=list)
    archive: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)
    quiet: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)
    failed: int = 0
    rest: int = 0
    serving: int = 0
    drawing: int = 0


def measure(server: Server, measured: Measured, seconds: float) -> None:
    """Add one round of ``server`` to what was measured."""
    if not measured.rest:
        measured.rest = _memory(server)[0]
        measured.first.append(_timed(server, f"{ONE_SET}&format=zip"))
    measured.archive.append(_timed(server, f"{ONE_SET}&format=zip"))
    measured.many.append(_timed(server, f"{MANY_SETS}&format=zip"))
    measured.quiet.append(_slowest(server, seconds))
    with _drawing(server, measured):
        measured.beside.append(_slowest(server, seconds))
    measured.serving, measured.drawing = _memory(server)


def _timed(server: Server, address: str) -> float:
    """Return the seconds to a whole answer; one that is refused or cut off is told of and asked for again (not a number: never whole)."""
    for _ in range(TRIES):
        began = time.perf_counter()
        status = _asked(server, address)
        if status == 200:
            return time.perf_counter() - began
        print(f"{server.name}: {address}: {status or 'cut off'}", file=sys.stderr)
    return math.nan


def _asked(server: Server, address: str) -> int:
    """Return the status of an answer, 0 where there is none."""
    connection = http.client.HTTPConnection(servers.HOST, server.port, timeout=PATIENCE)
    try:
        connection.request("GET", address)
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
    return response.status


def _slowest(server: Server, seconds: float) -> float:
    """Return the seconds within which 99 of 100 look-ups are answered.

    :raises SystemExit: when one fails.
    """
    sent = [f"GET {path} HTTP/1.1\r\nHost: {servers.HOST}\r\nAccept: application/json\r\n\r\n".encode() for path in LOOK_UPS]
    requests = cycle([Request(key, each) for key, each in enumerate(sent)])
    answered = load.measured(server.port, requests, LOOKING, seconds, {})
    if answered.failures:
        raise SystemExit(f"{server.name}: {answered.failures} of {answered.answers} look-ups failed")
    return answered.latency(0.99)


@contextmanager
def _drawing(server: Server, measured: Measured) -> Iterator[None]:
    """Have pictures asked for all the time until the block is left."""
    over, drawn = threading.Event(), []

    def ask() -> None:
        while not over.is_set():
            drawn.append(_asked(server, f"{ONE_SET}&format=forest-png"))

    callers = [threading.Thread(target=ask) for _ in range(DRAWING)]
    for caller in callers:
        caller.start()
    try:
        yield
    finally:
        over.set()
        for caller in callers:
            caller.join()
    measured.pictures.append(drawn.count(200))
    measured.failed += len(drawn) - drawn.count(200)


def _memory(server: Server) -> tuple[int, int]:
    """Return the bytes of the serving process, which is the largest but for those that draw, and of those that draw."""
    processes = server.process.children(recursive=True)
    drawing = [each for each in processes if "renderworker" in " ".join(each.cmdline())]
    serving = max(each.memory_info().rss for each in [server.process, *processes] if each not in drawing)
    return serving, sum(each.memory_info().rss for each in drawing)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--before", type=Path, help="interpreter of another checkout, to compare with")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement of look-ups")
    parser.add_argument("--output", type=Path, help="file for the numbers (JSON)")
    asked = parser.parse_args(arguments)
    pythons = {"now": Path(sys.executable)} | ({"before": asked.before.absolute()} if asked.before else {})
    measured = {name: Measured() for name in pythons}
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "dataset"
        build.build(build.Inputs(build.records_of(vocabulary.RECORDS)), directory)
        settings = {"MABGRAPH_DATASET": str(directory), "MABGRAPH_PROCESSES": "1", "MABGRAPH_CACHE_MEGABYTES": "0"}
        running = {}
        for name, python in pythons.items():
            port = servers.free_port()
            running[name] = stack.enter_context(
                servers.running(name, [str(python), "-c", servers.OURS, str(port)], port, "/health", settings)
            )
        for _ in range(asked.rounds):
            for name, server in running.items():
                measure(server, measured[name], asked.seconds)
    _show(measured)
    if asked.output:
        asked.output.write_text(json.dumps({name: _numbers(each) for name, each in measured.items()}, indent=1))


def _numbers(measured: Measured) -> dict[str, object]:
    """Return what was measured by name."""
    return {name: getattr(measured, name) for name in Measured.__slots__}


def _show(measured: dict[str, Measured]) -> None:
    table = Table("", *measured)
    lines = {
        "first archive, s": [f"{each.first[0]:.2f}" for each in measured.values()],
        "archive of one set, s": [f"{median(each.archive):.2f}" for each in measured.values()],
        "archive of many sets, s": [f"{median(each.many):.2f}" for each in measured.values()],
        "look-ups, p99, ms": [f"{median(each.quiet) * 1000:.1f}" for each in measured.values()],
        "the same beside pictures": [f"{median(each.beside) * 1000:.1f}" for each in measured.values()],
        "ratio": [f"{median(b / q for b, q in zip(each.beside, each.quiet, strict=True)):.1f}" for each in measured.values()],
        "pictures meanwhile": [f"{sum(each.pictures)} ({each.failed} refused)" for each in measured.values()],
        "serving process at rest, MiB": [f"{each.rest >> 20}" for each in measured.values()],
        "serving process afterwards, MiB": [f"{each.serving >> 20}" for each in measured.values()],
        "drawing process, MiB": [f"{each.drawing >> 20}" for each in measured.values()],
    }
    for line, cells in lines.items():
        table.add_row(line, *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
