"""Benchmark: what a stranger's endless queries cost everyone else; beside another checkout too.

One mixed load of look-ups, queries, comparisons and archives goes over kept connections, without endless queries and with one in fifty
requests. With ``--before PYTHON``, the interpreter of another checkout, its service is asked in the same rounds.

    python -m benchmarks.runaways --before ../before/.venv/bin/python

With our own service, it ends with code 1 where another request failed or look-ups took more than three times as long (99th percentile).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Final
from urllib.parse import urlencode

from mabgraph.graph.building import build
from mabgraph.graph.store import vocabulary

from . import load, servers
from .load import Answer, Request, Round
from .servers import Server

#: One request in so many is endless, and its time limit (seconds).
EVERY: Final = 50
LIMIT: Final = 2
#: How many times as long look-ups may take at the 99th percentile.
MOST: Final = 3.0
LOOK_UPS: Final = (
    "/v1/drugs", "/v1/targets/CD38", "/v1/drugs/daratumumab/estimates", "/v1/estimates?page_size=20&page=3", "/v1/search?q=dara",
    "/v1/estimates.csv?drug=daratumumab", "/v1/claims?page_size=10", "/health", "/ontology",
)  # fmt: skip
COMPARISON: Final = "drug=blinatumomab&endpoint=overall-survival&measure=hazard-ratio"
FILES: Final = (f"/v1/compare?{COMPARISON}", "/v1/network", f"/v1/compare.zip?{COMPARISON}", "/v1/estimates.xlsx?drug=daratumumab")
ENDLESS: Final = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(7)) + " }"
#: Which kind of request a key is.
LOOK_UP, QUERY, FILE, RUNAWAY = range(4)
NAMES: Final = ("look-up", "query", "file", "endless query")


@dataclass(slots=True)
class Measured:
    """What was measured of one service, a number for each round, and what was not endless and got no good answer, by kind and status."""

    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    asked: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """How many of what was not endless got no good answer."""
        return self.failures.total()


def mixed(chance: Random, every: int) -> Iterator[Request]:
    """Yield requests without end, of which one in ``every`` is endless (none for 0)."""
    number = 0
    while True:
        number += 1
        share = chance.random()
        if every and number % every == 0:
            yield _request(RUNAWAY, f"/sparql?{urlencode({'query': f'{ENDLESS} #{chance.random()}', 'timeout': LIMIT})}")
        elif share < 0.6:
            yield _request(LOOK_UP, chance.choice(LOOK_UPS))
        elif share < 0.9:
            yield _request(QUERY, f"/sparql?{urlencode({'query': f'SELECT ?s {{ ?s ?p ?o }} LIMIT {number % 50 + 1} #{chance.random()}'})}")
        else:
            yield _request(FILE, chance.choice(FILES))


def _request(kind: int, address: str) -> Request:
    return Request(kind, f"GET {address} HTTP/1.1\r\nHost: {servers.HOST}\r\n\r\n".encode())


def measure(port: int, measured: Measured, every: int, concurrency: int, seconds: float, seed: int = 1) -> None:
    """Add one round of the server at ``port`` to what was measured."""
    look_ups = Round()

    def count(request: Request, answer: Answer | None, took: float) -> None:
        look_ups.answers += 1
        if request.key != RUNAWAY:
            measured.asked += 1
            if answer is None or answer.status != 200:
                measured.failures[f"{NAMES[request.key]} {answer.status if answer else 'cut off'}"] += 1
        if request.key == LOOK_UP:
            look_ups.latencies.append(took)

    look_ups.seconds = load.run(port, mixed(Random(seed), every), count, concurrency, seconds)
    measured.rates.append(look_ups.rate)
    measured.latencies.append(look_ups.latency(0.99))


def compared(running: dict[str, Server], chosen: argparse.Namespace) -> dict[tuple[str, int], Measured]:
    """Return what was measured of each server without endless queries and with them, in rounds by turns, after one that warms up."""
    results = {(name, every): Measured() for name in running for every in (0, EVERY)}
    for server in running.values():
        measure(server.port, Measured(), 0, chosen.concurrency, chosen.seconds)
    for number in range(chosen.rounds):
        for (name, every), measured in results.items():
            measure(running[name].port, measured, every, chosen.concurrency, chosen.seconds, number)
    return results


def main() -> int:
    """Measure and print; return 1 where our own service cost others too much."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="interpreter of another checkout, with mabgraph installed")
    parser.add_argument("--seconds", type=float, default=20, help="length of one round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--concurrency", type=int, default=16, help="kept connections")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        build.build(build.Inputs(build.records_of(vocabulary.RECORDS)), directory / "now")
        running = {"now": stack.enter_context(servers.mabgraph(directory / "now", 2))}
        if chosen.before:
            port = servers.free_port()
            command = [
                str(chosen.before.absolute().parent / "mabgraph"),
                "serve",
                "--dataset",
                str(directory / "before"),
                "--port",
                str(port),
            ]
            running["before"] = stack.enter_context(servers.running("before", command, port, "/sparql"))
        results = compared(running, chosen)
    for (name, every), each in results.items():
        failures = "".join(f", {number} {kind}" for kind, number in each.failures.items())
        words = f"one endless query in {every}" if every else "none"
        print(
            f"{name:>6}, {words:>24}: {median(each.rates):7.1f} requests/s, {each.failed} of {each.asked} others failed, "
            f"look-ups p99 {1000 * median(each.latencies):.0f} ms{failures}"
        )
    times = [with_them / without for with_them, without in zip(results["now", EVERY].latencies, results["now", 0].latencies, strict=True)]
    print(f"look-ups at the 99th percentile, with ÷ without: {median(times):.2f} ({min(times):.2f} to {max(times):.2f}), at most {MOST:g}")
    return int(results["now", EVERY].failed + results["now", 0].failed > 0 or median(times) > MOST)


if __name__ == "__main__":
    sys.exit(main())
