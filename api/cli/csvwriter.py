"""The CSV writer (RFC 4180), and the columns of exports in their fixed order."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import Final, TextIO

from mabgraph.graph.questions.question import Row
from mabgraph.ingest.visible import escape_invisible_in

#: The columns of each export, in order; they are columns of the question.
COLUMNS: Final = {
    "figures": (
        "figure", "document", "start", "end", "exact", "printed", "number", "role", "node", "node_type", "study", "group",
        "comparison", "variable", "measure", "unit", "unit_of_analysis", "time_point", "population",
    ),
    "ledger": ("start", "end", "printed", "status", "by"),
    "claims": ("claim", "document", "start", "end", "kind", "about", "text", "quote", "about_label"),
}  # fmt: skip


def write_csv(rows: Iterable[Row], columns: Sequence[str], to: TextIO) -> None:
    """Write a header and one line for each row; unbound values are empty."""
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([escape_invisible_in(row.get(column)) for column in columns] for row in rows)
