"""Benchmark: what a look-up by REST costs beside its queries, and one that is kept beside a constant body, over HTTP.

The queries of a look-up are timed by themselves, in the engine; the look-up over HTTP from a service that keeps nothing; a constant body
of the same length from the same web server; and the same look-up from a service as it is shipped. All take turns in short rounds, and
what is quoted are differences and ratios within a round.

    python -m benchmarks.rest
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib import metadata
from itertools import cycle
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final, cast
from urllib.parse import quote

import pyoxigraph as ox
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.api.serving import allocation
from mabgraph.graph.building import quads
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.graph.store.store import Answer, EngineStore

from . import load, servers, synthetic
from .load import Request, Round
from .servers import Server

#: How many things of a kind are looked up by turns.
VARIATIONS: Final = 100
#: What is asked for of a look-up, by its name: how it is judged, and the limit. ``beside``: milliseconds beside its queries and what a
#: constant body takes; ``times``: how many times its queries; ``whole``: milliseconds in all.
LIMITS: Final = {
    "drug": ("beside", 0.2), "targets of a drug": ("beside", 0.2), "study": ("beside", 0.2), "estimate": ("beside", 0.2),
    "estimates of a drug": ("times", 2.0), "search": ("whole", 5.0),
}  # fmt: skip
#: Look-ups that are asked for again and again, at which concurrencies, and the least share of the rate of a constant body.
KEPT: Final = ("drug", "estimates of a drug")
CONCURRENCIES: Final = (1, 8, 32)
LEAST: Final = 0.6
_END: Final = " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Recorder:
    """A store that writes down what it is asked."""

    store: EngineStore
    asked: list[str]

    def query(
        self, text: str, default_graphs: Sequence[ox.NamedNode] | None = None, named_graphs: Sequence[ox.NamedNode] | None = None
    ) -> Answer:
        """Return the answer of the store."""
        self.asked.append(text)
        return self.store.query(text, default_graphs, named_graphs)

    def __len__(self) -> int:
        """Return the number of quads."""
        return len(self.store)


@dataclass(slots=True)
class Measured:
    """One look-up: medians of each round, in milliseconds: from a service that keeps nothing, of a constant body, of its queries."""

    name: str
    queries: float
    bytes: float
    fresh: list[float] = field(default_factory=list)
    constant: list[float] = field(default_factory=list)
    engine: list[float] = field(default_factory=list)
    failures: int = 0

    def judged(self) -> list[float]:
        """Return what the limit is of, for each round.

        >>> Measured("drug", 2, 1000, fresh=[3.0], constant=[0.5], engine=[2.0]).judged()
        [0.5]
        """
        how = LIMITS[self.name][0]
        rounds = zip(self.fresh, self.constant, self.engine, strict=True)
        return sorted(_judged(how, *each) for each in rounds)

    @property
    def verdict(self) -> str:
        """``met`` where the median over the rounds is within the limit, ``missed`` where it is not.

        ``unclear`` where in some round the queries took longer by themselves than within the look-up, and by more than the limit:
        what is to be seen is less than they vary.

        >>> Measured("study", 2, 1000, fresh=[150.0], constant=[0.5], engine=[160.0]).verdict
        'unclear'
        """
        (how, limit), judged = LIMITS[self.name], self.judged()
        if how == "beside" and judged[0] < -limit:
            return "unclear"
        return "met" if median(judged) <= limit else "missed"


@dataclass(slots=True)
class Kept:
    """One look-up again and again, at one concurrency: answers per second of each round, ours and those of the constant body."""

    name: str
    concurrency: int
    ours: list[float] = field(default_factory=list)
    constant: list[float] = field(default_factory=list)
    failures: int = 0

    def ratios(self) -> list[float]:
        """Return our rate over the other in each round, sorted."""
        return sorted(mine / its for mine, its in zip(self.ours, self.constant, strict=True))

    @property
    def met(self) -> bool:
        """Whether the median ratio reaches the least."""
        return median(self.ratios()) >= LEAST


def _judged(how: str, fresh: float, constant: float, engine: float) -> float:
    return {"beside": fresh - constant - engine, "times": fresh / engine if engine else float("nan"), "whole": fresh}[how]


def paths(opened: Catalogue, trials: int) -> dict[str, tuple[str, ...]]:
    """Return the addresses of each look-up over a synthetic dataset of so many trials."""
    random = Random(synthetic.SEED)
    drugs = synthetic.instances(quads.of_ontology(vocabulary.ONTOLOGY), "Drug")
    numbers = random.sample(range(1, trials + 1), min(VARIATIONS, trials))
    estimates = [vocabulary.local_name(str(row["estimate"])) for row in opened.ask("estimates-page", {"size": str(VARIATIONS)})]
    words = sorted({*map(synthetic.registration, numbers), *(drug[:-1] for drug in drugs), *(drug[:4] for drug in drugs)})
    return {
        "drug": tuple(f"/v1/drugs/{drug}" for drug in drugs), "targets of a drug": tuple(f"/v1/drugs/{drug}/targets" for drug in drugs),
        "study": tuple(f"/v1/trials/{synthetic.registration(number)}" for number in numbers),
        "estimate": tuple(f"/v1/estimates/{name}" for name in estimates),
        "estimates of a drug": tuple(f"/v1/estimates?drug={drug}" for drug in drugs),
        "search": tuple(f"/v1/search?q={quote(word)}" for word in random.sample(words, min(VARIATIONS, len(words)))),
    }  # fmt: skip


def texts(catalogue: Catalogue, every: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the queries that the look-up at each address asks.

    :raises SystemExit: when one is not answered.
    """
    recorder = Recorder(cast(EngineStore, catalogue.dataset.store), [])
    recording = Catalogue(replace(catalogue.dataset, store=recorder), catalogue.names)
    application = create_app(Settings(dataset=catalogue.dataset.folder.parents[1], cache_megabytes=0), recording)
    queries = []
    for path in every:
        recorder.asked.clear()
        status = asyncio.run(_status(application, path))
        if status != 200:
            raise SystemExit(f"{path}: answered {status}")
        queries.append(tuple(recorder.asked))
    return queries


async def _status(application: Any, path: str) -> int:
    plain, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": plain,
        "raw_path": plain.encode(), "query_string": query.encode(), "headers": [(b"host", b"127.0.0.1")], "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80), "root_path": "", "state": {},
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return int(sent[0]["status"])


def asked(paths: Sequence[str], seed: int) -> Iterator[Request]:
    """Yield requests for these addresses without end, in an order that depends on the seed."""
    requests = [Request(key, f"GET {path}{_END}".encode()) for key, path in enumerate(paths)]
    Random(seed).shuffle(requests)
    yield from cycle(requests)


def in_engine(engine: ox.Store, queries: Sequence[Sequence[str]], seconds: float, seed: int) -> Round:
    """Return one round of the queries alone: each look-up's evaluated one after another, and written as JSON by the engine."""
    result, order = Round(), list(queries)
    Random(seed).shuffle(order)
    began = time.perf_counter()
    for each in cycle(order):
        started = time.perf_counter()
        for text in each:
            answer = engine.query(text, base_iri=vocabulary.base(), use_default_graph_as_union=True)
            cast(ox.QuerySolutions, answer).serialize(format=ox.QueryResultsFormat.JSON)
        result.latencies.append(time.perf_counter() - started)
        result.answers += 1
        result.seconds = time.perf_counter() - began
        if result.seconds >= seconds:
            break
    return result


@contextmanager
def keeping_nothing(directory: Path, processes: int) -> Iterator[Server]:
    """Run mabgraph over the current dataset of ``directory`` without room for answers."""
    port = servers.free_port()
    settings = {"MABGRAPH_DATASET": str(directory), "MABGRAPH_PROCESSES": str(processes), "MABGRAPH_CACHE_MEGABYTES": "0"}
    with servers.running("keeping nothing", [sys.executable, "-c", servers.OURS, str(port)], port, "/sparql", settings) as server:
        yield server


def compared(fresh: Server, kept: Server, every: Sequence[str]) -> dict[int, int]:
    """Return the lengths of the answers at these addresses, which both services give alike, the second time too.

    :raises SystemExit: when one is no answer, or another one.
    """
    expected = load.collected(fresh.port, _once(every), load.PATIENCE)
    for _ in range(2):
        for key, answer in load.collected(kept.port, _once(every), load.PATIENCE).items():
            if answer != expected[key] or answer.status != 200:
                raise SystemExit(f"{every[key]}: answered {expected[key].status} and {answer.status}, or with other bytes")
    return {key: len(answer.body) for key, answer in expected.items()}


def _once(every: Sequence[str]) -> Iterator[Request]:
    return (Request(key, f"GET {path}{_END}".encode()) for key, path in enumerate(every))


class Course:
    """The services and the engine, and what is measured of them."""

    def __init__(self, catalogue: Catalogue, fresh: Server, kept: Server, constant: Server, every: dict[str, tuple[str, ...]]) -> None:
        """Take what takes part, and the addresses of each look-up; the answers are compared now."""
        self._engine = cast(EngineStore, catalogue.dataset.store).engine
        self._fresh, self._kept, self._constant, self._paths = fresh, kept, constant, every
        self._texts = {name: texts(catalogue, each) for name, each in every.items()}
        self._sizes = {name: compared(fresh, kept, each) for name, each in every.items()}
        self.measured = [Measured(name, median(map(len, self._texts[name])), median(self._sizes[name].values())) for name in every]
        self.repeated = [Kept(name, concurrency) for name in KEPT for concurrency in CONCURRENCIES]

    def fresh(self, into: Measured, number: int, seconds: float) -> None:
        """Measure one look-up from the service that keeps nothing, one at a time, beside the constant body and the engine."""
        sizes = self._sizes[into.name]
        bodies = [f"/{size}" for size in sizes.values()]
        turns: list[Callable[[], None]] = [
            lambda: into.fresh.append(self._taken(into, self._fresh, self._paths[into.name], sizes, number, seconds)),
            lambda: into.constant.append(self._taken(into, self._constant, bodies, sizes, number, seconds)),
            lambda: into.engine.append(1000 * in_engine(self._engine, self._texts[into.name], seconds, number).latency(0.5)),
        ]
        for turn in turns[number % 3 :] + turns[: number % 3]:
            turn()

    def kept(self, into: Kept, number: int, seconds: float) -> None:
        """Measure one look-up again and again from the service as it is shipped, beside the constant body."""
        path, size = self._paths[into.name][0], self._sizes[into.name][0]
        turns = [(into.ours, self._kept, path), (into.constant, self._constant, f"/{size}")]
        for rates, server, address in turns[number % 2 :] + turns[: number % 2]:
            taken = load.measured(server.port, asked([address], number), into.concurrency, seconds, {0: size})
            rates.append(taken.rate)
            into.failures += taken.failures

    def _taken(self, into: Measured, server: Server, every: Sequence[str], sizes: dict[int, int], seed: int, seconds: float) -> float:
        taken = load.measured(server.port, asked(every, seed), 1, seconds, sizes)
        into.failures += taken.failures
        return 1000 * taken.latency(0.5)


def table(course: Course) -> Iterator[Table]:
    """Yield the results as tables."""
    shown = Table("look-up", "queries", "bytes", "over HTTP", "constant", "engine", "judged (least–most)", "limit", title="medians, ms")
    for each in course.measured:
        how, limit = LIMITS[each.name]
        judged = each.judged()
        times = (f"{median(values):.2f}" for values in (each.fresh, each.constant, each.engine))
        ratio = f"{how}: {median(judged):.2f} ({judged[0]:.2f}–{judged[-1]:.2f})"
        shown.add_row(each.name, f"{each.queries:g}", f"{each.bytes:,.0f}", *times, ratio, f"{each.verdict}: {limit:g}")
    yield shown
    shown = Table("look-up", "at once", "answers/s", "constant", "ratio (least–most)", "limit", title="again and again")
    for kept in course.repeated:
        ratios = kept.ratios()
        rates = (f"{median(values):,.0f}" for values in (kept.ours, kept.constant))
        ratio = f"{median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})"
        shown.add_row(kept.name, str(kept.concurrency), *rates, ratio, f"{'met' if kept.met else 'missed'}: {LEAST:g}")
    yield shown


def surroundings() -> dict[str, object]:
    """Return what the numbers depend on: machine, Python, and the software that was measured."""
    names = ("mabgraph", "pyoxigraph", "fastapi", "starlette", "granian", "uvloop")
    versions = {name: metadata.version(name) for name in names}
    return {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version(), **versions}


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rest", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=10_000, help="invented trials (default: 10000)")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of one round of one server (default: 1.5)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each (default: 5)")
    parser.add_argument("--processes", type=int, default=2, help="serving processes of mabgraph (default: 2)")
    parser.add_argument("--quick", action="store_true", help="500 trials and one short round of each: to try it out")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write every number to FILE as JSON as well")
    options = parser.parse_args(argv)
    if options.quick:
        options.trials, options.seconds, options.rounds = 500, 0.3, 1
    if options.trials < synthetic.REPORTED or options.rounds < 1 or options.processes < 1 or options.seconds <= 0:
        parser.error(f"--trials begins at {synthetic.REPORTED}, --rounds and --processes at 1, --seconds above 0")
    return options


def as_served() -> None:
    """Begin anew with memory allocated as in a serving process, unless it is: the engine is no slower here than there."""
    if "GLIBC_TUNABLES" not in os.environ:
        command = [sys.executable, "-m", "benchmarks.rest", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | {"GLIBC_TUNABLES": allocation.ALLOCATION})


def main(argv: Sequence[str]) -> int:
    """Measure, show, write the JSON where asked; return 1 where an answer failed."""
    chosen = arguments(argv)
    with tempfile.TemporaryDirectory(prefix="mabgraph-benchmark-") as name, ExitStack() as running:
        bar = running.enter_context(Progress(console=Console(stderr=True)))
        step = bar.add_task("synthetic dataset", total=None)
        directory = Path(name)
        synthetic.write(directory, chosen.trials)
        opened = catalogue.open_current(directory)
        starting = (keeping_nothing(directory, chosen.processes), servers.mabgraph(directory, chosen.processes))
        fresh, kept, constant = (running.enter_context(each) for each in (*starting, servers.constant(chosen.processes)))
        course = Course(opened, fresh, kept, constant, paths(opened, chosen.trials))
        bar.update(step, description="rounds", total=chosen.rounds * (len(course.measured) + len(course.repeated)))
        for number in range(chosen.rounds):
            for each in course.measured:
                course.fresh(each, number, chosen.seconds)
                bar.advance(step)
            for again in course.repeated:
                course.kept(again, number, chosen.seconds)
                bar.advance(step)
    every: list[Measured | Kept] = [*course.measured, *course.repeated]
    footer = f"{sum(each.failures for each in every)} answers failed"
    Console(width=None if sys.stdout.isatty() else 160).print(*table(course), footer, sep="\n", highlight=False)
    if chosen.output:
        settings = {name: value for name, value in vars(chosen).items() if name != "output"}
        results = {"look-ups": [asdict(each) for each in course.measured], "kept": [asdict(each) for each in course.repeated]}
        chosen.output.write_text(json.dumps(surroundings() | settings | results, indent=1) + "\n", "utf-8")
    return 1 if sum(each.failures for each in every) else 0


if __name__ == "__main__":
    as_served()
    sys.exit(main(sys.argv[1:]))
