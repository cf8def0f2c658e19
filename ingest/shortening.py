"""Shortening: rows with marks that their quote does not need become short rows, where both are read as the same and it is shorter.

python -m mabgraph.ingest.shortening records/author-2024.yaml …
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import yaml

from . import quotes, recordfile, shortrows
from .drafting import writing
from .errors import RecordError
from .formatting import LONGEST_LINE
from .recordfile import RecordFile

#: Keys that a short row may leave out, in the order in which that is tried.
_INFERRED: Final = ("id", "measure", "unit", "time_unit", "interval")


def shorten(file: RecordFile) -> str:
    """Return the text of the record with every row of ``results`` short that is read as the same then, and is shorter.

    Rows with a comment stay. The values that the record is read as, and so its seal, are the same.
    """
    node = recordfile.value_of(file.root, "results")
    rows = file.data.get("results", [])
    text = file.text
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        return text
    for index in range(len(rows) - 1, -1, -1):
        start = text.rfind("\n", 0, node.value[index].start_mark.index) + 1
        end = writing.end_of_item(file.text, node, index)
        written = file.text[start:end]
        short = None if _has_comment(written) else shorten_row(rows[index])
        if short is not None and len(block := _write(short, node.start_mark.column)) < len(written):
            text = text[:start] + block + text[end:]
    return text


def shorten_row(row: dict[str, Any]) -> dict[str, Any] | None:
    """Return the shortest row with a quote that stands for ``row``; none where its marks are needed."""
    if "printed" not in row or not row["printed"] or "quote" in row:
        return None
    first, *others = row["printed"]
    try:
        short = {key: value for key, value in row.items() if key != "printed"} | {"quote": quotes.read(first["quote"]).text}
    except RecordError:
        return None
    short |= {"at": first["at"]} if "at" in first else {}
    short |= {"printed": others} if others else {}
    if not _stands_for(short, row):
        return None
    for key in _INFERRED:
        fewer = {name: value for name, value in short.items() if name != key}
        short = fewer if _stands_for(fewer, row) else short
    return short


def _stands_for(short: dict[str, Any], row: dict[str, Any]) -> bool:
    try:
        return shortrows.expand_row(short) == row
    except RecordError:
        return False


def _has_comment(written: str) -> bool:
    tokens = yaml.scan(written)
    bare = written
    for token in tokens:
        if isinstance(token, yaml.ScalarToken):
            bare = bare[: token.start_mark.index] + "x" * (token.end_mark.index - token.start_mark.index) + bare[token.end_mark.index :]
    return "#" in bare


def _write(row: dict[str, Any], column: int) -> str:
    line = f"{' ' * column}- {writing.write_flow(row)}\n"
    return line if len(line) <= LONGEST_LINE and "printed" not in row else writing.write_item(row, column)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        recordfile.replace(path, shorten(recordfile.load(path)))
