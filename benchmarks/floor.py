"""The floor: what it costs that a query is evaluated in a confined process, beside the same process without confinement and in this one.

``python -m benchmarks.floor`` asks a short query by turns of a confined evaluator, of one that is not confined, and of the engine in
this process; then it forks and ends evaluators. It prints medians and ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

import pyoxigraph as ox

from mabgraph.graph.sparql.evaluators import Evaluator, Host, Limits, Source
from mabgraph.graph.store import dataset

QUERY: Final = "SELECT ?s ?label { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?label } LIMIT 3"
_HEADER: Final[dict[str, Any]] = {
    "solutions": "application/sparql-results+json", "graphs": None, "default_graphs": None, "named_graphs": None, "services": (),
}  # fmt: skip


async def measure(folder: Path, rounds: int) -> dict[str, float]:
    """Return the median time of each way (microseconds) over so many rounds, one of each way by turns."""
    host, store = Host(Source(folder), Limits()), dataset.open_version(folder).store
    await host.start()
    try:
        confined, free = await host.fork(), await host.fork(confined=False)

        async def here() -> None:
            solutions = store.query(QUERY)
            assert isinstance(solutions, ox.QuerySolutions)
            solutions.serialize(format=ox.QueryResultsFormat.JSON)

        async def forked() -> None:
            (await host.fork()).close()

        ways: dict[str, Callable[[], Awaitable[object]]] = {
            "in this process": here, "in a process of its own": lambda: _ask(free), "in a confined process": lambda: _ask(confined),
        }  # fmt: skip
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(rounds):
            order = list(ways.items())[:: 1 if number % 2 else -1]
            for name, way in order:
                taken[name].append(await _timed(way))
        taken["a confined process forked and ended"] = [await _timed(forked) for _ in range(rounds // 10)]
    finally:
        await host.close()
    return {name: median(times) for name, times in taken.items()}


async def _timed(way: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await way()
    return 1e6 * (time.perf_counter() - began)


async def _ask(evaluator: Evaluator) -> None:
    header, _ = await evaluator.ask(_HEADER, QUERY.encode(), 1_000_000)
    assert not header["error"], header["detail"]


def main() -> None:
    """Measure over the current dataset of a directory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, default=Path("mabgraph-dataset"), help="directory of a dataset (default: mabgraph-dataset)")
    parser.add_argument("--rounds", type=int, default=1000, help="how often each is done (default: 1000)")
    arguments = parser.parse_args()
    times = asyncio.run(measure(dataset.current_folder(arguments.dataset), arguments.rounds))
    for name, microseconds in times.items():
        sys.stdout.write(f"{name}: {microseconds:.0f} µs\n")
    sys.stdout.write(f"confined ÷ not confined: {times['in a confined process'] / times['in a process of its own']:.2f}\n")


if __name__ == "__main__":
    main()
