"""Benchmark: look-ups of one thing and the first page of a drug's estimates, read by pattern and kept, beside the questions by SPARQL.

The whole application answers in this process, without a network and without kept answers, each request about another thing. These
requests take turns: asked by SPARQL, as other engines are; read from the index with nothing kept; and again, from what is kept.
Milliseconds of processor time, medians; ratios are of one run.

    python -m benchmarks.items --dataset mabgraph-dataset
    python -m benchmarks.items --studies 10000          a dataset of invented registry records is built first, which takes minutes
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final, cast
from urllib.parse import quote

import pyoxigraph as ox
from rich.console import Console
from rich.table import Table

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.graph.building import build
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.kept import KeptAnswers
from mabgraph.graph.store import vocabulary
from mabgraph.graph.store.store import Answer, EngineStore
from mabgraph.ingest.registry import files
from mabgraph.ingest.registry.shelf import Shelf

from .registrystudies import RegistryStudies

#: How many things of a kind are looked up.
ASKED: Final = 40
#: Milliseconds that are wanted of a look-up over 10,000 studies: read from the index, or of a page of a list kept; kept.
WANTED: Final = {"estimate": (1.0, 0.3), "study": (0.6, 0.3), "drug": (2.0, 0.3), "estimates of a drug": (None, 6.0)}


@dataclass(frozen=True, slots=True)
class Queried:
    """A store that answers queries alone, as another engine does."""

    store: EngineStore

    def query(
        self, text: str, default_graphs: Sequence[ox.NamedNode] | None = None, named_graphs: Sequence[ox.NamedNode] | None = None
    ) -> Answer:
        """Return the answer of the store."""
        return self.store.query(text, default_graphs, named_graphs)

    def __len__(self) -> int:
        """Return the number of quads."""
        return len(self.store)


@dataclass(slots=True)
class Measured:
    """A look-up: milliseconds of each request by SPARQL, by pattern, and kept; and whether all bytes were equal."""

    name: str
    asked: list[float] = field(default_factory=list)
    read: list[float] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)
    equal: bool = True


def paths(opened: Catalogue) -> dict[str, list[str]]:
    """Return addresses of each look-up, of things at random: studies, drugs, drugs with results, and results of these."""
    random = Random(0)
    drugs, studies = ([str(row["id"]) for row in opened.ask(listed)] for listed in ("drugs", "trials"))
    random.shuffle(drugs)
    totals, estimates = dict[str, int](), list[str]()
    for drug in drugs:
        if len(totals) < ASKED // 4:
            listed, total = opened.page("estimates-page", {"drug": drug}, 500)
            totals |= {drug: total} if total else {}
            estimates += [str(row["estimate"]) for row in listed]
    print(f"{len(studies)} studies; of the drugs {', '.join(map(str, sorted(totals.values())))} estimates")
    estimates = sorted(set(estimates))
    names = {
        "/v1/estimates/": random.sample(estimates, min(ASKED, len(estimates))),
        "/v1/trials/": random.sample(studies, min(ASKED, len(studies))),
        "/v1/drugs/": drugs[:ASKED],
        "/v1/estimates?drug=": list(totals),
    }
    return {
        way: [begun + quote(vocabulary.local_name(iri)) for iri in several]
        for way, (begun, several) in zip(WANTED, names.items(), strict=True)
    }


async def measure(opened: Catalogue, every: dict[str, list[str]]) -> list[Measured]:
    """Return what each look-up takes, the ways in turns."""
    settings = Settings(dataset=opened.dataset.folder.parents[1], cache_megabytes=0)
    plain = Catalogue(opened.dataset, opened.names)
    reading = create_app(settings, plain)
    asking = create_app(settings, Catalogue(replace(opened.dataset, store=Queried(cast(EngineStore, opened.dataset.store))), opened.names))
    results = []
    for name, several in every.items():
        measured = Measured(name)
        for application in (asking, reading):
            await answer(application, several[0])
        for path in several:
            cast(KeptAnswers, plain.kept).clear()
            asked, read = await answer(asking, path), await answer(reading, path)
            again = [await answer(reading, path) for _ in range(3)]
            measured.asked.append(asked[0])
            measured.read.append(read[0])
            measured.kept.append(median(each[0] for each in again))
            measured.equal &= asked[1] == read[1] == again[0][1]
        results.append(measured)
    return results


async def answer(application: Any, address: str) -> tuple[float, bytes]:
    """Return the milliseconds of processor time of a request, and the body.

    :raises SystemExit: when it is not answered.
    """
    path, _, query = address.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": query.encode(), "headers": [(b"host", b"127.0.0.1"), (b"accept", b"application/json")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "root_path": "", "state": {},
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    began = time.process_time()
    await application(scope, receive, send)
    taken = (time.process_time() - began) * 1000
    if sent[0]["status"] != 200:
        raise SystemExit(f"{address}: answered {sent[0]['status']}")
    return taken, b"".join(message.get("body", b"") for message in sent[1:])


def invented(folder: Path, studies: int) -> Path:
    """Return the directory of a dataset of our own records and of so many invented registry records, built in ``folder``."""
    RegistryStudies().write(folder / "studies.zip", studies)
    Shelf(folder / "registry").add(files.units([folder / "studies.zip"]))
    build.build(build.Inputs(build.records_of(vocabulary.RECORDS), registry=folder / "registry"), folder / "dataset")
    return folder / "dataset"


def show(results: Sequence[Measured], console: Console) -> Iterator[str]:
    """Print the table; yield what is wanted and not reached."""
    table = Table("look-up", "by SPARQL", "by pattern", "kept", "pattern/SPARQL", "kept/SPARQL", "wanted", "same bytes")
    for each in results:
        asked, read, kept = (median(several) for several in (each.asked, each.read, each.kept))
        wanted = WANTED[each.name]
        limits = " / ".join("-" if limit is None else f"{limit:g}" for limit in wanted)
        figures = f"{asked:.2f}", f"{read:.2f}", f"{kept:.2f}", f"{read / asked:.3f}", f"{kept / asked:.3f}"
        table.add_row(each.name, *figures, limits, "yes" if each.equal else "NO")
        for way, taken, limit in (("by pattern", read, wanted[0]), ("kept", kept, wanted[1])):
            if limit is not None and taken > limit:
                yield f"{each.name}, {way}: {taken:.2f} ms, wanted {limit:g}"
        if not each.equal:
            yield f"{each.name}: the answers differ"
    console.print(table)


def main() -> None:
    """Measure, print, and end with 1 where something is not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, help="the directory of a dataset that is built")
    parser.add_argument("--studies", type=int, default=1000, help="else: how many registry records are invented")
    parser.add_argument("--json", type=Path, help="a file for the measurements")
    options = parser.parse_args()
    with ExitStack() as stack:
        directory = options.dataset or invented(Path(stack.enter_context(tempfile.TemporaryDirectory())), options.studies)
        opened = catalogue.open_current(directory)
        every = paths(opened)
        gc.collect()
        gc.freeze()
        results = asyncio.run(measure(opened, every))
    missed = list(show(results, Console(width=140)))
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in results], indent=1) + "\n", encoding="utf-8")
    sys.exit("\n".join(missed) or 0)


if __name__ == "__main__":
    main()
