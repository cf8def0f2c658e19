"""Benchmark of function: answers about the papers with registry records beside them, against those without, for every question asked.

It builds the shipped papers alone, and with so many invented records; an answer that differs is printed, and the command returns 1.
A question about everything is asked with ``source=paper`` where it takes that; else the rows of the papers have to be among its rows.

::

    python -m benchmarks.beside --studies 10000 --scratch FOLDER
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml

from mabgraph.graph.building import build
from mabgraph.graph.questions import catalogue, question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.registry import files
from mabgraph.ingest.registry.shelf import Shelf

from .registrystudies import RegistryStudies

COMPETENCY: Final = Path(__file__).parents[1] / "tests" / "data" / "competency"
#: What counts the dataset, so that it cannot be the same.
COUNTING: Final = frozenset({"analyses-count", "dataset", "properties", "result-counts", "schemes", "size"})
#: What is about everything and takes no source: rows of the papers are among its rows.
GROWING: Final = frozenset(
    "analyses announced comparisons hierarchy names ontology regimens relations sources target targets terms texts drug drugs conditions "
    "endpoints cautions occurrences labels concerned patients claims-about".split()
)
Arguments = Mapping[str, str | Sequence[str]]


def examples() -> Iterator[tuple[str, Arguments]]:
    """Yield each example of a question that gives rows, with its arguments."""
    for name in question.list_names():
        loaded = question.load(name)
        if "graph" not in loaded.columns or name == "sources":
            yield from ((name, example) for example in loaded.examples)


def asked() -> Iterator[tuple[str, Arguments]]:
    """Yield each example, and each competency question."""
    yield from examples()
    for path in sorted(COMPETENCY.glob("*.yaml")):
        for entry in yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader):
            yield entry["ask"], entry.get("parameters", {})


def difference(alone: Catalogue, beside: Catalogue, name: str, arguments: Arguments) -> str:
    """Return how the answer to a question differs with registry records beside the papers, in words; empty where it does not."""
    if name in COUNTING:
        return ""
    before, after = _rows(alone, name, arguments), _rows(beside, name, arguments)
    if before == after:
        return ""
    if any(parameter.name == "source" for parameter in question.load(name).parameters):
        after = _rows(beside, name, {**arguments, "source": "paper"})
    lost, more = before - after, Counter[str]() if name in GROWING else after - before
    return f"{name} {dict(arguments)}: {lost.total()} rows lost, {more.total()} rows more" if lost or more else ""


def _rows(opened: Catalogue, name: str, arguments: Arguments) -> Counter[str]:
    """Return the rows of an answer; texts of several lines by their lines, since an engine joins them in any order."""
    kinds = question.load(name).types
    return Counter(repr([_plain(value, kinds.get(key, "")) for key, value in row.items()]) for row in opened.ask(name, arguments))


def _plain(value: Any, kind: str) -> object:
    return sorted(value.split("\n")) if isinstance(value, str) and (kind == "lines" or "\n" in value) else value


def main() -> int:
    """Build both datasets, ask everything of both, and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--studies", type=int, default=10_000)
    parser.add_argument("--scratch", type=Path, help="a folder to build in, on a disk with room; default: a temporary one")
    options = parser.parse_args()
    papers = build.records_of(vocabulary.RECORDS)
    with TemporaryDirectory(dir=options.scratch) as folder:
        scratch = Path(folder)
        RegistryStudies().write(scratch / "studies.zip", options.studies)
        Shelf(scratch / "registry").add(files.units([scratch / "studies.zip"]))
        build.build(build.Inputs(papers), scratch / "alone")
        build.build(build.Inputs(papers, registry=scratch / "registry"), scratch / "beside")
        alone, beside = (catalogue.open_current(scratch / name) for name in ("alone", "beside"))
        began, questions = time.process_time(), list(asked())
        different = [words for name, arguments in questions if (words := difference(alone, beside, name, arguments))]
        print(*different, sep="\n")
        print(f"{len(questions)} questions beside {options.studies} records: {len(different)} differ; {time.process_time() - began:.1f} s")
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
