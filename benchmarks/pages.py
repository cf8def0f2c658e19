"""Benchmark: what a page of each kind costs at the server, beside the questions behind it: the first time and again, and its bytes.

Each page is asked for in a process of its own, forked from one that has opened the dataset and begun to serve: its first request finds
what a service finds that has just begun. In another such process its questions are recorded, and asked of the engine alone. Nothing goes
over a network; the whole application answers.

    python -m benchmarks.pages --documents ../shared/documents
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import gzip
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

import pyoxigraph as ox
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from mabgraph.api.app import create_app
from mabgraph.api.collections import resources
from mabgraph.api.http.settings import Settings
from mabgraph.api.http.state import State
from mabgraph.api.pages import totals, worked
from mabgraph.api.serving import allocation, warming
from mabgraph.graph.building import build
from mabgraph.graph.compare.compare import MOST
from mabgraph.graph.network import network, reach
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.graph.store.store import EngineStore

from . import rest, synthetic

#: What is asked for: milliseconds of a first page over the shipped dataset, and over 10,000 trials; bytes of a compressed document.
SHIPPED, SYNTHETIC, COMPRESSED = 100.0, 200.0, 40_000
_SECRET: Final = "the secret of this benchmark"
_SELECT: Final = "SELECT ?study ?label { ?study a <ontology/ClinicalTrial> ; <http://www.w3.org/2000/01/rdf-schema#label> ?label }"
_ACCEPT: Final = "text/html,application/xhtml+xml,*/*;q=0.8"


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is asked for: its kind, its address, whether with the secret of the texts, and its status."""

    kind: str
    address: str
    reading: bool = False
    status: int = 200


@dataclass(frozen=True, slots=True)
class Measured:
    """A page: its questions, the rows of their answers and their milliseconds in the engine (median), those of the first request and of one
    again (median), and its bytes.
    """

    kind: str
    address: str
    questions: int
    rows: int
    first: float
    again: float
    engine: float
    plain: int
    compressed: int


def busiest(opened: Catalogue, collection: resources.Collection, most: float = float("inf")) -> str:
    """Return the local name of the thing of ``collection`` that most results are of, but not more than ``most``."""
    things = [str(row["id"]) for row in collection.find(opened, {}, 200, 0)[0]]
    totals = {iri: opened.page("estimates-page", {collection.one: iri}, 1)[1] for iri in things}
    return vocabulary.local_name(max((iri for iri in things if totals[iri] <= most), key=totals.__getitem__))


def pages(opened: Catalogue, texts: bool) -> list[Page]:
    """Return one page of each kind over a dataset: of the things with a page, that with most results; with ``texts`` a document's too."""
    drug, target, condition, endpoint, study = (
        quote(busiest(opened, each))
        for each in (resources.DRUGS, resources.TARGETS, resources.CONDITIONS, resources.ENDPOINTS, resources.TRIALS)
    )
    compared = busiest(opened, resources.DRUGS, MOST)
    rows = opened.ask("estimates-page", {"size": "1", "measure": "hazard-ratio"})
    document = quote(vocabulary.local_name(_longest(opened)))
    link = network.read(opened, drug=[compared]).links[0]
    ends = {"from": link.intervention, "to": link.comparator}
    several = [
        Page("home", "/"), Page("search", f"/search?{urlencode({'q': f'{compared} overall survival'})}"), Page("drugs", "/drugs"),
        Page("studies", "/studies"), Page("end points", "/endpoints"), Page("documents", "/documents"), Page("drug", f"/drugs/{drug}"),
        Page("target", f"/targets/{target}"), Page("condition", f"/conditions/{condition}"), Page("end point", f"/endpoints/{endpoint}"),
        Page("study", f"/studies/{study}"), Page("estimate", f"/estimates/{quote(vocabulary.local_name(str(rows[0]['estimate'])))}"),
        Page("document, quotes", f"/documents/{document}"), Page("compare, form", "/compare"),
        Page("compare", f"/compare?{urlencode({'drug': compared})}"),
        Page("compare, pooled", f"/compare?{urlencode(_pooled(opened, compared))}"), Page("network", "/network"),
        Page("network of a drug", f"/network?{urlencode({'drug': compared})}"), Page("chain", f"/network/path?{urlencode(ends)}"),
        Page("disagreements", "/discrepancies"), Page("query", "/query"),
        Page("query, answered", f"/query?{urlencode({'query': _SELECT})}"),
        Page("about", "/about"), Page("error", "/drugs/no-such-drug", status=404),
    ]  # fmt: skip
    return [*several, Page("document, text", f"/documents/{document}", reading=True)] if texts else several


def _longest(opened: Catalogue) -> str:
    """Return the document with the most figures among the first hundred."""
    documents = [str(row["id"]) for row in opened.ask("documents")][:100]
    totals = {each: resources.FIGURES.find(opened, {"document": [each]}, 1, 0)[1] for each in documents}
    return max(documents, key=totals.__getitem__)


def _pooled(opened: Catalogue, drug: str) -> list[tuple[str, str]]:
    """Return the parameters of a comparison of hazard ratios that is to be pooled, every reason acknowledged that is asked for."""
    from mabgraph.api.exports import selection
    from mabgraph.graph.compare.pooling import Refusal

    parameters = [("drug", drug), ("measure", "hazard-ratio"), ("endpoint", "overall-survival"), ("synthesise", "pool")]
    for _ in range(5):
        several: dict[str, Any] = {}
        for name, value in parameters:
            several.setdefault(name, []).append(value)
        asked = selection.Filters.model_validate(several | {"synthesise": "pool"})
        answer = selection.package(opened, asked, parameters)
        if not isinstance(answer, Refusal) or not answer.codes:
            break
        parameters += [("acknowledge", code) for code in answer.codes if ("acknowledge", code) not in parameters]
    return parameters


def in_fork(work: Callable[[], Any]) -> Any:
    """Return what ``work`` returns in a process that is forked from this one.

    :raises SystemExit: when it does not come back.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)

    def run(into: Connection) -> None:
        into.send(work())
        into.close()
        os._exit(0)

    process = context.Process(target=run, args=(theirs,))
    process.start()
    theirs.close()
    try:
        return ours.recv()
    except EOFError:
        raise SystemExit("a page could not be measured: see above") from None
    finally:
        process.join()


async def answered(application: Any, page: Page, coding: str = "", accept: str = _ACCEPT) -> tuple[int, bytes]:
    """Return the status and the body of one answer of the application."""
    path, _, query = page.address.partition("?")
    fields = {"host": "127.0.0.1", "accept": accept, "accept-encoding": coding}
    fields |= {"authorization": f"Bearer {_SECRET}"} if page.reading else {}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": query.encode(), "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        "headers": [(name.encode(), value.encode()) for name, value in fields.items() if value], "root_path": "", "state": {},
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return int(sent[0]["status"]), b"".join(each.get("body", b"") for each in sent[1:])


async def timed(application: Any, state: State, page: Page, times: int) -> tuple[float, float, int, int]:
    """Return milliseconds of the first answer and of one again (median of ``times``), and the bytes of it, plain and compressed.

    :raises SystemExit: when it is another answer than it should be, or the compressed one has another content.
    """
    if page.kind.startswith("query"):
        await state.start()
    taken, body = [], b""
    for _ in range(times + 1):
        began = time.process_time()
        status, body = await answered(application, page)
        taken.append(1000 * (time.process_time() - began))
        if status != page.status:
            raise SystemExit(f"{page.address}: answered {status}: {body[:2000].decode(errors='replace')}")
    _, coded = await answered(application, page, "gzip")
    if not coded.startswith(b"\x1f\x8b") or gzip.decompress(coded) != body:
        print(f"{page.address}: not compressed, or with another content", file=sys.stderr)
    await state.engine.close()
    return taken[0], median(taken[1:]), len(body), len(coded)


def recorded(state: State, application: Any, page: Page, times: int) -> tuple[int, int, float]:
    """Return how many questions a first request asks, the rows of their answers, and their milliseconds in the engine (median)."""
    opened = state.catalogue
    recorder = rest.Recorder(cast(EngineStore, opened.dataset.store), [])
    state.catalogue = Catalogue(replace(opened.dataset, store=recorder), opened.names)
    if not page.kind.startswith("query, "):
        asyncio.run(answered(application, page))
    engine, taken = cast(EngineStore, opened.dataset.store).engine, []
    texts = recorder.asked if not page.kind.startswith("query, ") else [_SELECT]
    rows = 0
    for text in texts:
        answer = engine.query(text, base_iri=vocabulary.base(), use_default_graph_as_union=True)
        rows += 0 if isinstance(answer, ox.QueryBoolean) else sum(1 for _ in answer)
    for _ in range(times if texts else 0):
        began = time.process_time()
        for text in texts:
            answer = engine.query(text, base_iri=vocabulary.base(), use_default_graph_as_union=True)
            if isinstance(answer, ox.QuerySolutions):
                answer.serialize(format=ox.QueryResultsFormat.JSON)
            elif isinstance(answer, ox.QueryTriples):
                answer.serialize(format=ox.RdfFormat.N_TRIPLES)
        taken.append(1000 * (time.process_time() - began))
    return len(texts), rows, median(taken) if taken else 0.0


def measure(directory: Path, documents: Sequence[Path], kinds: Sequence[str], times: int) -> Iterator[Measured]:
    """Yield the pages of the current dataset of ``directory``, those of ``kinds`` alone (none: all)."""
    settings = Settings(dataset=directory, documents=tuple(documents), texts_token=SecretStr(_SECRET))
    opened = catalogue.open_current(directory)
    every = in_fork(lambda: pages(opened, bool(documents)))
    state = State(settings, opened)
    application = create_app(settings, state=state)
    asyncio.run(warming.warm(application))
    reach.gaps(network.read(opened))
    worked.comparisons(opened)
    totals.first_documents(opened)
    for collection in (each for each in resources.COLLECTIONS if each.question.is_paged):
        totals.count(opened, collection)
    asyncio.run(warming.ask(application, warming.FIRST[-1]))
    gc.collect()
    gc.freeze()
    for page in every:
        if kinds and page.kind not in kinds:
            continue

        def first(page: Page = page) -> tuple[float, float, int, int]:
            return asyncio.run(timed(application, state, page, times))

        def behind(page: Page = page) -> tuple[int, int, float]:
            return recorded(state, application, page, times)

        one, again, plain, compressed = in_fork(first)
        questions, rows, engine = in_fork(behind)
        yield Measured(page.kind, page.address, questions, rows, one, again, engine, plain, compressed)


def table(title: str, several: Sequence[Measured], limit: float) -> Table:
    """Return the results as a table."""
    names = (
        "page", "questions", "rows", "engine, ms", "first, ms", "again, ms", "first ÷ engine", f"first ≤ {limit:g} ms", "bytes", "gzipped",
    )  # fmt: skip
    shown = Table(*names, title=title)
    for each in several:
        ratio = f"{each.first / each.engine:.1f}" if each.engine else ""
        over = "" if each.first <= limit else "over"
        heavy = " over" if each.kind.startswith("document,") and each.compressed > COMPRESSED else ""
        shown.add_row(
            each.kind, str(each.questions), f"{each.rows:,}", f"{each.engine:.1f}", f"{each.first:.1f}", f"{each.again:.1f}", ratio,
            over or "under", f"{each.plain:,}", f"{each.compressed:,}{heavy}",
        )  # fmt: skip
    return shown


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=10_000, help="invented trials (default: 10000); 0: the shipped dataset alone")
    parser.add_argument("--times", type=int, default=5, help="how often a page is asked for again (default: 5)")
    parser.add_argument("--documents", type=Path, nargs="*", default=[], help="folders of the texts of the shipped records")
    parser.add_argument("--kept", type=Path, metavar="FOLDER", help="keep the datasets there, and use those that are there")
    parser.add_argument("--only", nargs="*", default=[], metavar="KIND", help="these kinds of pages alone")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write every number to FILE as JSON as well")
    options = parser.parse_args(argv)
    if options.times < 1 or (options.trials and options.trials < synthetic.REPORTED):
        parser.error(f"--times begins at 1, --trials at {synthetic.REPORTED}, or is 0")
    return options


def datasets(folder: Path, trials: int) -> Iterator[tuple[str, Path, float]]:
    """Yield name, directory and limit of the datasets that are measured; one that is in ``folder`` already is used."""
    shipped = folder / "shipped"
    if not shipped.exists():
        build.build(build.Inputs(build.records_of(vocabulary.RECORDS)), shipped)
    yield "shipped dataset", shipped, SHIPPED
    if trials:
        invented = folder / f"synthetic-{trials}"
        if not invented.exists():
            synthetic.write(invented, trials)
        yield f"{trials:,} invented trials", invented, SYNTHETIC


def main(argv: Sequence[str]) -> int:
    """Measure and print, write the JSON where asked; return 0: a missed limit is told, and is no failure."""
    chosen = arguments(argv)
    results: dict[str, list[dict[str, Any]]] = {}
    with ExitStack() as stack:
        folder = chosen.kept or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mabgraph-benchmark-")))
        for name, directory, limit in datasets(folder, chosen.trials):
            documents = chosen.documents if limit == SHIPPED else []
            several = in_fork(lambda d=directory, t=documents: list(measure(d, t, chosen.only, chosen.times)))  # type: ignore[misc]
            Console(width=None if sys.stdout.isatty() else 150).print(table(name, several, limit), highlight=False)
            results[name] = [asdict(each) for each in several]
    if chosen.output:
        chosen.output.write_text(json.dumps(rest.surroundings() | results, indent=1) + "\n", "utf-8")
    return 0


def as_served() -> None:
    """Begin anew with memory allocated as in a serving process, unless it is."""
    if "GLIBC_TUNABLES" not in os.environ:
        command = [sys.executable, "-m", "benchmarks.pages", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | {"GLIBC_TUNABLES": allocation.ALLOCATION})


if __name__ == "__main__":
    as_served()
    sys.exit(main(sys.argv[1:]))
