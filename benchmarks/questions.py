"""Benchmark: how long each question takes as it stands, with no parameter, over a dataset: processor seconds of the engine, median of five.

Every question has to take less than :data:`LIMIT`. With ``--counts`` it prints the rows of each
as CSV, for ``tests/data/unfiltered.csv``.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from mabgraph.graph.questions import question
from mabgraph.graph.store import dataset

#: What a question may take as it stands (processor seconds).
LIMIT: Final = 5.0
ROUNDS: Final = 5


def measure(store: Any, text: str) -> tuple[float, int]:
    """Return the processor seconds that a query takes to the end of its answer, and its rows or triples."""
    began = time.process_time()
    rows = sum(1 for _ in store.query(text))
    return time.process_time() - began, rows


def main() -> int:
    """Print a line for each question, the slowest first; return 1 when one takes longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", type=Path, default=Path("mabgraph-dataset"))
    parser.add_argument("--counts", action="store_true", help="print the rows of each question as CSV, and no times")
    arguments = parser.parse_args()
    store = dataset.open_current(arguments.dataset).store
    if arguments.counts:
        lines = (f"{name},{measure(store, question.load(name).text)[1]}" for name in question.list_names())
        print("question,rows", *lines, sep="\n")
        return 0
    times = {name: median(measure(store, question.load(name).text)[0] for _ in range(ROUNDS)) for name in question.list_names()}
    for name, seconds in sorted(times.items(), key=lambda each: -each[1]):
        print(f"{name:24}{seconds:8.3f} s")
    return max(times.values()) > LIMIT


if __name__ == "__main__":
    sys.exit(main())
