"""A contest of servers: what each is asked, in which order, how their answers compare, and what was measured of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from . import load, workload
from .load import Round
from .servers import Server
from .workload import Query

CONCURRENCIES: Final = (1, 8, 32)
#: How long answers of one server to one query are gathered, to be compared (seconds).
COMPARED: Final = 2.0
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

    def __init__(self, servers: Sequence[Server], asked: dict[str, Query]) -> None:
        """Take running servers, and the queries by their names."""
        self._servers = {server.name: server for server in servers}
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
        rivals = [self._servers[name] for name in others if name in self._servers]
        return [self._servers["mabgraph"], *rivals] if rivals else []

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
