"""Benchmark: pages under load, among look-ups, queries and what is hostile: endless queries, everything compared, nothing that exists.

One mixed load goes over kept connections of this machine, without what is hostile and with it. What is hostile must end in time, with the
status that is written beside it; everything else must be answered with 200.

    python -m benchmarks.pageload --concurrency 32

It ends with code 1 where anything failed, or where pages took more than three times as long beside what is hostile (99th percentile).
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

from . import load, servers, synthetic
from .load import Answer, Request
from .runaways import ENDLESS, LOOK_UPS, MOST

#: Bounds of what is sent.
LONGEST, AT_ONCE = 60.0, 64
#: One request in so many is hostile.
EVERY: Final = 25
_PAGES: Final = (
    "/", "/search?q=blinatumomab+overall+survival", "/drugs", "/studies", "/endpoints", "/documents", "/drugs/daratumumab",
    "/targets/CD38", "/conditions/multiple-myeloma", "/endpoints/overall-survival", "/compare", "/network", "/discrepancies", "/query",
    "/about", "/compare?drug=blinatumomab&endpoint=overall-survival",
)  # fmt: skip
#: Pages of the shipped dataset alone.
_SHIPPED: Final = ("/studies/TOWER", "/documents/kantarjian-2017", "/compare?drug=convalescent-plasma")
_QUERY: Final = "/query?" + urlencode({"query": "SELECT ?s ?label { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?label } LIMIT 50"})
#: What is hostile, and the statuses that it may end with: an endless query to the page and to the endpoint, too much, and nothing.
_HOSTILE: Final[dict[str, frozenset[int]]] = {
    f"/query?{urlencode({'query': ENDLESS})}": frozenset({503, 504}),
    f"/sparql?{urlencode({'query': ENDLESS, 'timeout': 2})}": frozenset({503, 504}),
    "/query?query=" + "%28" * 4000: frozenset({400}),
    "/compare?" + "&".join(f"drug=x{number}" for number in range(50)): frozenset({422}),
    "/network?drug=nothing-of-that-name": frozenset({422}),
    "/documents/" + "a" * 2000: frozenset({404}),
    "/studies/no-such-study": frozenset({404}),
}
PAGE, LOOK_UP, HOSTILE = "page", "look-up", "hostile"
_ACCEPT: Final = "text/html,application/xhtml+xml,*/*;q=0.8"


@dataclass(slots=True)
class Measured:
    """One round: answers by kind, seconds of each, what got no good answer by kind and status, and how long each kind took."""

    asked: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    latencies: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0

    def latency(self, kind: str, share: float) -> float:
        """Return the seconds within which this share of the answers of a kind came."""
        return load.Round(latencies=self.latencies.get(kind, [])).latency(share)


@dataclass(frozen=True, slots=True)
class Asked:
    """An address of the load: its kind, and the statuses that are good (empty: 200)."""

    kind: str
    address: str
    good: frozenset[int] = frozenset({200})


def addresses(shipped: bool) -> tuple[Asked, ...]:
    """Return what is asked for: pages, look-ups, and what is hostile; pages of the shipped dataset only where it is served."""
    pages = (*_PAGES, _QUERY, *(_SHIPPED if shipped else ()))
    looked_up = LOOK_UPS if shipped else ("/v1/drugs", "/v1/targets/CD38", "/v1/estimates?page_size=20&page=3", "/health")
    return (
        *(Asked(PAGE, each) for each in pages),
        *(Asked(LOOK_UP, each) for each in looked_up),
        *(Asked(HOSTILE, each, good) for each, good in _HOSTILE.items()),
    )


def mixed(asked: tuple[Asked, ...], chance: Random, every: int) -> Iterator[Request]:
    """Yield requests without end, three pages to one look-up, of which one in ``every`` is hostile (none for 0); the key is its number."""
    kinds = {kind: [number for number, each in enumerate(asked) if each.kind == kind] for kind in (PAGE, LOOK_UP, HOSTILE)}
    sent = [f"GET {each.address} HTTP/1.1\r\nHost: {servers.HOST}\r\nAccept: {_accept(each)}\r\n\r\n".encode() for each in asked]
    count = 0
    while True:
        count += 1
        kind = HOSTILE if every and count % every == 0 else PAGE if chance.random() < 0.75 else LOOK_UP
        key = chance.choice(kinds[kind])
        yield Request(key, sent[key])


def _accept(asked: Asked) -> str:
    return _ACCEPT if asked.kind != LOOK_UP and not asked.address.startswith("/sparql") else "*/*"


def measure(port: int, asked: tuple[Asked, ...], every: int, concurrency: int, seconds: float, seed: int) -> Measured:
    """Return one round of the server at ``port``; a page or look-up is good with status 200."""
    measured = Measured()

    def count(request: Request, answer: Answer | None, took: float) -> None:
        each = asked[request.key]
        measured.asked[each.kind] += 1
        if answer is None or answer.status not in each.good:
            measured.failures[f"{each.kind} {each.address[:60]} {answer.status if answer else 'cut off'}"] += 1
        measured.latencies.setdefault(each.kind, []).append(took)

    measured.seconds = load.run(port, mixed(asked, Random(seed), every), count, concurrency, seconds)
    return measured


def main() -> int:
    """Measure and print; return 1 where something failed, or pages waited for what is hostile."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15, help=f"length of one round, at most {LONGEST:g}")
    parser.add_argument("--concurrency", type=int, default=16, help=f"kept connections, at most {AT_ONCE}")
    parser.add_argument("--trials", type=int, default=0, help="invented trials; 0: the shipped dataset (default)")
    parser.add_argument("--kept", type=Path, metavar="FOLDER", help="a directory with a dataset that is there already")
    chosen = parser.parse_args()
    if not 0 < chosen.seconds <= LONGEST or not 0 < chosen.concurrency <= AT_ONCE:
        parser.error(f"--seconds is above 0 and at most {LONGEST:g}, --concurrency at least 1 and at most {AT_ONCE}")
    with ExitStack() as stack:
        directory = chosen.kept or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "dataset"
        if not chosen.kept and chosen.trials:
            synthetic.write(directory, chosen.trials)
        elif not chosen.kept:
            build.build(build.Inputs(build.records_of(vocabulary.RECORDS)), directory)
        asked = addresses(shipped=not chosen.trials)
        server = stack.enter_context(servers.mabgraph(directory, 2, {"MABGRAPH_QUERY_SECONDS": "5"}))
        measure(server.port, asked, 0, chosen.concurrency, min(chosen.seconds, 5), 0)
        rounds = {every: measure(server.port, asked, every, chosen.concurrency, chosen.seconds, 1) for every in (0, EVERY)}
        memory = sum(server.usage().memory) >> 20
    for every, each in rounds.items():
        words = f"one in {every} hostile" if every else "nothing hostile"
        times = ", ".join(
            f"{kind}s {number}: {1000 * each.latency(kind, 0.5):.0f} ms, p99 {1000 * each.latency(kind, 0.99):.0f} ms"
            for kind, number in sorted(each.asked.items(), reverse=True)
        )
        print(f"{words}: {each.asked.total() / each.seconds:.0f} answers/s; {times}; {each.failures.total()} failed")
        for what, number in each.failures.most_common(20):
            print(f"    {number} × {what}")
    ratio = rounds[EVERY].latency(PAGE, 0.99) / rounds[0].latency(PAGE, 0.99)
    middle = median(rounds[EVERY].latencies[PAGE]) / median(rounds[0].latencies[PAGE])
    print(f"pages beside what is hostile ÷ without: p99 {ratio:.2f}, median {middle:.2f}, at most {MOST:g}; {memory} MiB in all")
    return int(sum(each.failures.total() for each in rounds.values()) > 0 or ratio > MOST)


if __name__ == "__main__":
    sys.exit(main())
