"""Benchmark: how fast SPARQL queries are answered over HTTP, beside other servers of the same data on the same machine.

Requests per second differ between machines and from hour to hour, so the servers take turns in short rounds, and what is quoted
is the ratio of two of them in the same round. Their answers are compared before the clock starts, and counted while it runs.

    python -m benchmarks.sparql
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from mabgraph.graph import dataset

from . import load, servers, synthetic, workload
from .load import Round
from .servers import Server
from .workload import Query

CONCURRENCIES: Final = (1, 8, 32)
#: How long answers of one server to one query are gathered, to be compared (seconds).
COMPARED: Final = 2.0
#: How often the shipped dataset is served anew, and how fast it is to answer (seconds).
STARTS: Final = 3
START_TARGET: Final = 2.0
MIB: Final = 2**20
#: What is asked for: at least so many times the answers per second of the other server. No number: it is only measured.
TARGETS: Final[dict[tuple[str, str], float | None]] = {
    ("study", "oxigraph"): 0.9,
    ("drug", "oxigraph"): 1.0,
    ("comparison", "oxigraph"): 1.0,
    ("study", "rdflib-endpoint"): 9.0,
    ("drug", "rdflib-endpoint"): 30.0,
    ("comparison", "rdflib-endpoint"): None,
    ("study, repeated", "constant"): 0.6,
    ("drug, repeated", "constant"): 0.6,
}
#: Where one answer takes seconds, it is asked for one at a time.
SLOW: Final = frozenset({("comparison", "rdflib-endpoint")})


@dataclass(slots=True)
class Measured:
    """All rounds of one server with one query at one concurrency: answers, and processor time of the server (seconds)."""

    rounds: list[Round] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Return medians over the rounds: good answers per second, latencies (ms), processor time for an answer (µs); and all failures."""
        return {
            "per_second": median(each.rate for each in self.rounds),
            "p50_ms": 1000 * median(each.latency(0.5) for each in self.rounds),
            "p99_ms": 1000 * median(each.latency(0.99) for each in self.rounds),
            "processor_us": 1e6 * median(spent / each.answers for spent, each in zip(self.processor, self.rounds, strict=True)),
            "answers": sum(each.answers for each in self.rounds),
            "failures": sum(each.failures for each in self.rounds),
        }


@dataclass(frozen=True, slots=True)
class Compared:
    """Answers of another server held against ours: how many, how many differ, and rows and bytes of the median one of ours."""

    query: str
    server: str
    answers: int
    different: int
    rows: float
    bytes: float


class Contest:
    """The servers, what each is asked, and what was measured of each."""

    def __init__(self, held: Sequence[Server], asked: dict[str, Query]) -> None:
        """Take running servers, and the queries by their names."""
        self._servers = {server.name: server for server in held}
        self._asked = asked
        self._sizes: dict[tuple[str, str], dict[int, int]] = {}
        self.measured: dict[tuple[str, int, str], Measured] = {}

    def compare(self, query: Query, other: Server) -> Compared:
        """Hold as many answers as the other server gives in :data:`COMPARED` seconds against ours, row by row.

        :raises SystemExit: when one of the two does not answer.
        """
        ours = self._servers["mabgraph"]
        theirs = load.collected(other.port, query.once(other.path), COMPARED)
        own = load.collected(ours.port, (request for request in query.once(ours.path) if request.key in theirs), load.PATIENCE)
        for server, answers in ((other, theirs), (ours, own)):
            failed = next((answer for answer in answers.values() if answer.status != 200), None)
            if failed is not None:
                raise SystemExit(f"{query.name}: {server.name} answers {failed.status}: {failed.body[:500]!r}")
            self._sizes.setdefault((query.name, server.name), {}).update({key: len(answer.body) for key, answer in answers.items()})
        expected = {key: workload.rows(answer.body) for key, answer in own.items()}
        different = sum(workload.rows(answer.body) != expected[key] for key, answer in theirs.items())
        sizes = median(map(len, expected.values())), median(len(answer.body) for answer in own.values())
        return Compared(query.name, other.name, len(theirs), different, *sizes)

    def takers(self, query: str, concurrency: int) -> list[Server]:
        """Return who takes part with a query at a concurrency, mabgraph first; nobody where it would be alone."""
        others = [name for asked, name in TARGETS if asked == query and (concurrency == 1 or (asked, name) not in SLOW)]
        found = [self._servers[name] for name in others if name in self._servers]
        return [self._servers["mabgraph"], *found] if found else []

    def plan(self) -> list[tuple[str, int]]:
        """Return every query with every concurrency that somebody is measured at."""
        return [(query, concurrency) for query in self._asked for concurrency in CONCURRENCIES if self.takers(query, concurrency)]

    def round(self, query: str, concurrency: int, number: int, seconds: float) -> None:
        """Measure every taker once, beginning with another one in every round."""
        takers = self.takers(query, concurrency)
        for server in takers[number % len(takers) :] + takers[: number % len(takers)]:
            requests = self._asked[query].requests(self._path(server, query), number)
            before = server.usage().processor
            taken = load.measured(server.port, requests, concurrency, seconds, self._sizes.setdefault((query, server.name), {}))
            into = self.measured.setdefault((query, concurrency, server.name), Measured())
            into.rounds.append(taken)
            into.processor.append(server.usage().processor - before)

    def _path(self, server: Server, query: str) -> str:
        """Return the path that a query is sent to; where bodies are constant, it says how long ours is."""
        if server.name != "constant":
            return server.path
        ours = self._servers["mabgraph"]
        answer = load.collected(ours.port, self._asked[query].once(ours.path), 0)[0]
        return f"/{len(answer.body)}"

    def ratios(self, query: str, concurrency: int, other: str) -> list[float]:
        """Return the rate of mabgraph over that of another server in each round, sorted."""
        ours, theirs = (self.measured[query, concurrency, name].rounds for name in ("mabgraph", other))
        return sorted(mine.rate / its.rate for mine, its in zip(ours, theirs, strict=True) if its.rate)


def contest(bar: Progress, scratch: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Make the dataset, start the servers, let them take turns, and return everything that was measured."""
    step = bar.add_task("synthetic dataset", total=None)
    made = synthetic.write(scratch / "synthetic", chosen.trials)
    dump = scratch / "synthetic" / dataset.CURRENT / dataset.DUMP
    every = {
        "mabgraph": lambda: servers.mabgraph(scratch / "synthetic", chosen.processes), "oxigraph": lambda: servers.oxigraph(dump),
        "constant": lambda: servers.constant(chosen.processes), "rdflib-endpoint": lambda: servers.rdflib_endpoint(dump),
    }  # fmt: skip
    with ExitStack() as running:
        held = []
        for name in (name for name in every if name not in chosen.without):
            bar.update(step, description=f"start {name}")
            held.append(running.enter_context(every[name]()))
        asked = workload.queries(chosen.trials)
        course = Contest(held, asked)
        compared = []
        for server in held[1:]:
            for name in (name for name in asked if (name, server.name) in TARGETS and server.name != "constant"):
                bar.update(step, description=f"compare {name} with {server.name}")
                compared.append(course.compare(asked[name], server))
        bar.remove_task(step)
        memory = {server.name: _memory(server, chosen.processes, made.quads) for server in held}
        plan = course.plan()
        whole = bar.add_task("rounds", total=chosen.rounds * len(plan))
        for query, concurrency in plan:
            for number in range(chosen.rounds):
                bar.update(whole, description=f"{query}, concurrency {concurrency}")
                course.round(query, concurrency, number, chosen.seconds)
                bar.advance(whole)
    return {"quads": made.quads, "compared": [asdict(each) for each in compared], "memory": memory, "results": results(course)}


def results(course: Contest) -> list[dict[str, Any]]:
    """Return one entry for each query, concurrency and other server: both summaries, the ratios and the target."""
    found = []
    for query, concurrency in course.plan():
        for other in course.takers(query, concurrency)[1:]:
            ratios = course.ratios(query, concurrency, other.name)
            found.append({
                "query": query, "concurrency": concurrency, "other": other.name, "target": TARGETS[query, other.name],
                "ratio": median(ratios) if ratios else None, "ratios": ratios,
                "mabgraph": course.measured[query, concurrency, "mabgraph"].summary(),
                "theirs": course.measured[query, concurrency, other.name].summary(),
            })  # fmt: skip
    return found


def _memory(server: Server, processes: int, quads: int) -> dict[str, float]:
    """Return the resident memory of each process that serves (bytes, mean), and that over the number of triples."""
    serving = server.usage().memory[: processes if server.name in {"mabgraph", "constant"} else 1]
    each = sum(serving) / len(serving)
    return {"processes": len(serving), "bytes": each, "bytes_per_triple": each / quads}


def starts(bar: Progress, scratch: Path, shipped: Path | None) -> dict[str, Any]:
    """Return the seconds from the command ``mabgraph serve`` to its first answer, over the shipped dataset, built before."""
    step = bar.add_task("build the shipped dataset", total=None)
    directory = shipped or scratch / "shipped"
    command = [sys.executable, "-m", "mabgraph.api.command", "build", "--dataset", str(directory)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=scratch)
    found = []
    for number in range(STARTS):
        bar.update(step, description=f"start the shipped dataset: {number + 1}")
        with servers.mabgraph_command(directory) as server:
            found.append(server.seconds)
            memory = server.usage().memory[0]
    bar.remove_task(step)
    manifest = dataset.manifest(directory)
    return {"seconds": sorted(found), "median": median(found), "quads": manifest.quads if manifest else 0, "bytes": memory}


def table(found: Sequence[dict[str, Any]]) -> Table:
    """Return the results as a table."""
    shown = Table(title="mabgraph beside others: medians over rounds, each as mabgraph / the other")
    for heading in (
        "query",
        "at once",
        "other",
        "answers/s",
        "p50, ms",
        "p99, ms",
        "processor, µs",
        "failures",
        "ratio (least–most)",
        "target",
    ):
        shown.add_column(heading, justify="left" if heading in {"query", "other"} else "right")
    for each in found:
        ours, its = each["mabgraph"], each["theirs"]
        pairs = [f"{ours[key]:{form}} / {its[key]:{form}}" for key, form in _SHOWN.items()]
        ratio = f"{each['ratio']:.2f} ({each['ratios'][0]:.2f}–{each['ratios'][-1]:.2f})" if each["ratio"] else "–"
        met = "" if each["target"] is None else f"{'met' if met_by(each) else 'missed'}: {each['target']:g}"
        shown.add_row(each["query"], str(each["concurrency"]), each["other"], *pairs, ratio, met)
    return shown


_SHOWN: Final = {"per_second": ",.1f", "p50_ms": ".2f", "p99_ms": ".2f", "processor_us": ",.0f", "failures": ",.0f"}


def met_by(each: dict[str, Any]) -> bool:
    """Return whether a result meets its target."""
    return each["target"] is None or (each["ratio"] or 0.0) >= each["target"]


def details(found: dict[str, Any]) -> Iterator[str]:
    """Yield what the table does not say, line by line."""
    for each in found["compared"]:
        size = f"{each['rows']:g} rows, {each['bytes']:,.0f} bytes"
        yield f"{each['query']}: {each['answers']} answers compared with {each['server']}, {each['different']} differ; {size}"
    for name, memory in found["memory"].items():
        yield f"{name}: {memory['bytes'] / MIB:,.0f} MiB in each of {memory['processes']}, {memory['bytes_per_triple']:,.0f} bytes a triple"
    if start := found.get("start"):
        took = ", ".join(f"{each:.2f}" for each in start["seconds"])
        verdict = f"{'met' if start['median'] <= START_TARGET else 'missed'}: {START_TARGET:g} s"
        size = f"{start['quads']:,} quads, {start['bytes'] / MIB:,.0f} MiB"
        yield f"mabgraph serve, as shipped ({size}): first answer after {took} s ({verdict})"


def surroundings() -> dict[str, object]:
    """Return what the numbers depend on: machine, Python, and the software that was measured."""
    names = ("mabgraph", "pyoxigraph", "oxigraph", "rdflib-endpoint", "rdflib", "uvicorn", "uvloop", "httptools")
    return {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in names},
    }


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sparql", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=10_000, help="invented trials of about 85 triples (default: 10000)")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of one round of one server (default: 1.5)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each query at each concurrency (default: 3)")
    parser.add_argument("--processes", type=int, default=2, help="serving processes of mabgraph (default: 2)")
    parser.add_argument(
        "--without", action="append", default=[], choices=("oxigraph", "constant", "rdflib-endpoint"), help="leave a server out"
    )
    parser.add_argument("--shipped", type=Path, metavar="DIRECTORY", help="keep the shipped dataset there, so that it is built once")
    parser.add_argument("--quick", action="store_true", help="500 trials and one short round of each: to try it out")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write every number to FILE as JSON as well")
    found = parser.parse_args(given)
    if found.quick:
        found.trials, found.seconds, found.rounds = 500, 0.3, 1
    if found.trials < synthetic.REPORTED or found.rounds < 1 or found.processes < 1 or found.seconds <= 0:
        parser.error(f"--trials begins at {synthetic.REPORTED}, --rounds and --processes at 1, --seconds above 0")
    if found.output and not found.output.absolute().parent.is_dir():
        parser.error(f"{found.output.absolute().parent}: is no folder")
    return found


def main(given: Sequence[str]) -> int:
    """Measure, show, write the JSON where asked; return 1 where an answer failed or differed."""
    chosen = arguments(given)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory(prefix="mabgraph-benchmark-") as name, Progress(*columns, console=Console(stderr=True)) as bar:
        start = starts(bar, Path(name), chosen.shipped and chosen.shipped.absolute())
        found = contest(bar, Path(name), chosen) | {"start": start}
    Console(width=None if sys.stdout.isatty() else 180).print(table(found["results"]), *details(found), sep="\n", highlight=False)
    if chosen.output:
        settings = {"trials": chosen.trials, "seconds": chosen.seconds, "rounds": chosen.rounds, "processes": chosen.processes}
        chosen.output.write_text(json.dumps({**surroundings(), **settings, **found}, indent=1) + "\n", encoding="utf-8")
    failures = sum(each[side]["failures"] for each in found["results"] for side in ("mabgraph", "theirs"))
    return 1 if failures or any(each["different"] for each in found["compared"]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
