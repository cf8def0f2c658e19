"""Exports: the answer of a question as a file. CSV by RFC 4180; columns in the order that later work relies on."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import Final, TextIO

from mabgraph.graph.question import Row
from mabgraph.ingest.visible import escape_invisible_in

#: The columns of each export, in order; the names are those of the question's columns.
COLUMNS: Final = {
    "figures": (
        "figure", "document", "start", "end", "exact", "printed", "number", "role", "node", "node_type", "study", "group",
        "comparison", "variable", "measure", "unit", "time_point", "population",
    ),
    "ledger": ("start", "end", "printed", "status", "by"),
    "claims": ("claim", "document", "start", "end", "kind", "about", "text"),
}  # fmt: skip


def write_csv(rows: Iterable[Row], columns: Sequence[str], to: TextIO) -> None:
    """Write a heading and one line for each row; what is not bound is empty."""
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([escape_invisible_in(row.get(column)) for column in columns] for row in rows)
