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
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from mabgraph.graph.store import dataset

from . import servers, synthetic, workload
from .contest import TARGETS, Contest
from .servers import Server

#: How often the shipped dataset is served anew, and how fast it is to answer (seconds).
STARTS: Final = 3
START_TARGET: Final = 2.0
MIB: Final = 2**20


def contested(bar: Progress, scratch: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Make the dataset, start the servers, let them take turns, and return everything that was measured."""
    step = bar.add_task("synthetic dataset", total=None)
    manifest = synthetic.write(scratch / "synthetic", chosen.trials)
    dump = scratch / "synthetic" / dataset.CURRENT / dataset.DUMP
    every = {
        "mabgraph": lambda: servers.mabgraph(scratch / "synthetic", chosen.processes), "oxigraph": lambda: servers.oxigraph(dump),
        "constant": lambda: servers.constant(chosen.processes), "rdflib-endpoint": lambda: servers.rdflib_endpoint(dump),
    }  # fmt: skip
    with ExitStack() as running:
        started = []
        for name in (name for name in every if name not in chosen.without):
            bar.update(step, description=f"start {name}")
            started.append(running.enter_context(every[name]()))
        asked = workload.queries(chosen.trials)
        course = Contest(started, asked)
        compared = []
        for server in started[1:]:
            for name in (name for name in asked if (name, server.name) in TARGETS and server.name != "constant"):
                bar.update(step, description=f"compare {name} with {server.name}")
                compared.append(course.compare(asked[name], server))
        bar.remove_task(step)
        memory = {server.name: _memory(server, chosen.processes, manifest.quads) for server in started}
        plan = course.plan()
        whole = bar.add_task("rounds", total=chosen.rounds * len(plan))
        for query, concurrency in plan:
            for number in range(chosen.rounds):
                bar.update(whole, description=f"{query}, concurrency {concurrency}")
                course.round(query, concurrency, number, chosen.seconds)
                bar.advance(whole)
    return {"quads": manifest.quads, "compared": [asdict(each) for each in compared], "memory": memory, "results": results(course)}


def results(course: Contest) -> list[dict[str, Any]]:
    """Return one entry for each query, concurrency and other server: both summaries, the ratios and the target."""
    rows = []
    for query, concurrency in course.plan():
        for other in course.takers(query, concurrency)[1:]:
            ratios = course.ratios(query, concurrency, other.name)
            ours, its = (course.measured[query, concurrency, name].summary() for name in ("mabgraph", other.name))
            rows.append({
                "query": query, "concurrency": concurrency, "other": other.name, "target": TARGETS[query, other.name],
                "ratio": median(ratios) if ratios else None, "ratios": ratios,
                "processor_ratio": its["processor_us"] / ours["processor_us"], "mabgraph": ours, "theirs": its,
            })  # fmt: skip
    return rows


def _memory(server: Server, processes: int, quads: int) -> dict[str, float]:
    """Return the resident memory of each process that serves (bytes, mean), and that over the number of triples."""
    serving = server.usage().memory[: processes if server.name in {"mabgraph", "constant"} else 1]
    each = sum(serving) / len(serving)
    return {"processes": len(serving), "bytes": each, "bytes_per_triple": each / quads}


def starts(bar: Progress, scratch: Path, shipped: Path | None) -> dict[str, Any]:
    """Return the seconds from the command ``mabgraph serve`` to its first answer, over the shipped dataset, built before.

    :raises SystemExit: when that cannot be built.
    """
    step = bar.add_task("build the shipped dataset", total=None)
    directory = shipped or scratch / "shipped"
    command = [sys.executable, "-m", "mabgraph.api.cli.command", "build", "--dataset", str(directory)]
    if subprocess.run(command, check=False, stdout=subprocess.DEVNULL, cwd=scratch).returncode:
        raise SystemExit("the shipped dataset cannot be built")
    seconds = []
    for number in range(STARTS):
        bar.update(step, description=f"start the shipped dataset: {number + 1}")
        with servers.mabgraph_command(directory) as server:
            seconds.append(server.seconds)
            memory = server.usage().memory[0]
    bar.remove_task(step)
    manifest = dataset.manifest(directory)
    return {"seconds": sorted(seconds), "median": median(seconds), "quads": manifest.quads if manifest else 0, "bytes": memory}


#: Columns of the table that show both servers: key, heading, and how the number is written.
_SHOWN: Final = (
    ("per_second", "answers/s", ",.1f"), ("p50_ms", "p50, ms", ".2f"), ("p99_ms", "p99, ms", ".2f"),
    ("processor_us", "processor, µs", ",.0f"),
)  # fmt: skip


def table(rows: Sequence[dict[str, Any]]) -> Table:
    """Return the results as a table."""
    shown = Table(title="mabgraph / another server: medians over rounds")
    for heading in ("query", "at once", "other", *(heading for _, heading, _ in _SHOWN), "ratio (least–most)", "by processor", "target"):
        shown.add_column(heading, justify="left" if heading in {"query", "other"} else "right")
    for each in rows:
        pairs = [f"{each['mabgraph'][key]:{form}} / {each['theirs'][key]:{form}}" for key, _, form in _SHOWN]
        ratio = f"{each['ratio']:.2f} ({each['ratios'][0]:.2f}–{each['ratios'][-1]:.2f})" if each["ratio"] else "–"
        met = "" if each["target"] is None else f"{'met' if met_by(each) else 'missed'}: {each['target']:g}"
        shown.add_row(each["query"], str(each["concurrency"]), each["other"], *pairs, ratio, f"{each['processor_ratio']:.2f}", met)
    return shown


def met_by(each: dict[str, Any]) -> bool:
    """Return whether a result meets its target."""
    return each["target"] is None or (each["ratio"] or 0.0) >= each["target"]


def details(outcome: dict[str, Any]) -> Iterator[str]:
    """Yield what the table does not say, line by line."""
    sides = [each[side] for each in outcome["results"] for side in ("mabgraph", "theirs")]
    yield f"{sum(side['failures'] for side in sides):,.0f} failures in {sum(side['answers'] for side in sides):,.0f} answers"
    for each in outcome["compared"]:
        size = f"{each['rows']:g} rows, {each['bytes']:,.0f} bytes"
        yield f"{each['query']}: {each['answers']} answers compared with {each['server']}, {each['different']} differ; {size}"
    for name, memory in outcome["memory"].items():
        yield f"{name}: {memory['bytes'] / MIB:,.0f} MiB in each of {memory['processes']}, {memory['bytes_per_triple']:,.0f} bytes a triple"
    if start := outcome.get("start"):
        took = ", ".join(f"{each:.2f}" for each in start["seconds"])
        verdict = f"{'met' if start['median'] <= START_TARGET else 'missed'}: {START_TARGET:g} s"
        size = f"{start['quads']:,} quads, {start['bytes'] / MIB:,.0f} MiB"
        yield f"mabgraph serve, as shipped ({size}): first answer after {took} s ({verdict})"


def surroundings() -> dict[str, object]:
    """Return what the numbers depend on: machine, Python, and the software that was measured."""
    names = ("mabgraph", "pyoxigraph", "oxigraph", "rdflib-endpoint", "rdflib", "granian", "uvloop")
    return {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in names},
    }


def arguments(argv: Sequence[str]) -> argparse.Namespace:
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
    options = parser.parse_args(argv)
    if options.quick:
        options.trials, options.seconds, options.rounds = 500, 0.3, 1
    if options.trials < synthetic.REPORTED or options.rounds < 1 or options.processes < 1 or options.seconds <= 0:
        parser.error(f"--trials begins at {synthetic.REPORTED}, --rounds and --processes at 1, --seconds above 0")
    if options.output and not options.output.absolute().parent.is_dir():
        parser.error(f"{options.output.absolute().parent}: is no folder")
    return options


def main(argv: Sequence[str]) -> int:
    """Measure, show, write the JSON where asked; return 1 where an answer failed or differed."""
    chosen = arguments(argv)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory(prefix="mabgraph-benchmark-") as name, Progress(*columns, console=Console(stderr=True)) as bar:
        start = starts(bar, Path(name), chosen.shipped and chosen.shipped.absolute())
        outcome = contested(bar, Path(name), chosen) | {"start": start}
    Console(width=None if sys.stdout.isatty() else 200).print(table(outcome["results"]), *details(outcome), sep="\n", highlight=False)
    if chosen.output:
        settings = {"trials": chosen.trials, "seconds": chosen.seconds, "rounds": chosen.rounds, "processes": chosen.processes}
        chosen.output.write_text(json.dumps({**surroundings(), **settings, **outcome}, indent=1) + "\n", encoding="utf-8")
    failures = sum(each[side]["failures"] for each in outcome["results"] for side in ("mabgraph", "theirs"))
    return 1 if failures or any(each["different"] for each in outcome["compared"]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
