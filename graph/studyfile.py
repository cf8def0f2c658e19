"""Study files: CSV as people keep it, read cell by cell; what cannot be read is refused by file, line, column and value."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from mabgraph.ingest.errors import MabgraphError

#: What separates cells; a comma may stand for the decimal point only where it separates nothing.
SEPARATORS: Final = (",", ";", "\t")
#: Columns that name the study; a heading without one of them is no heading.
STUDY: Final = ("study", "studlab")
#: How an empty cell may be written.
_ABSENT: Final = frozenset({"", "na", "n/a", "nr", "."})
_POINT: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA: Final = re.compile(r"[+-]?\d+,\d+")


@dataclass(frozen=True)
class Line:
    """One line of a study file: its number in the file, and its cells by the name of their column in small letters."""

    path: Path
    number: int
    cells: dict[str, str]
    decimal_comma: bool = False

    def empty(self, column: str) -> bool:
        """Whether nothing is given there: an empty cell, NA, NR or a lone full stop."""
        return self.cells.get(column, "").lower() in _ABSENT

    def text(self, column: str) -> str:
        """Return a name.

        :raises MabgraphError: when none is given.
        """
        if self.empty(column):
            raise self.refused(column, "a name is needed: fill it in, or take the line out")
        return " ".join(self.cells[column].split())

    def decimal(self, column: str) -> Decimal:
        """Return a number with the digits it is written with.

        :raises MabgraphError: when none is given, or it is not written as one number.
        """
        if self.empty(column):
            raise self.refused(column, "a number is needed: fill it in, or take the study out; nothing is put in its place")
        written = self.cells[column].replace("\N{MINUS SIGN}", "-")
        if self.decimal_comma and "." in written:
            raise self.refused(column, "other cells have a decimal comma: write all numbers of the file in one way")
        plain = written.replace(",", ".") if self.decimal_comma and _COMMA.fullmatch(written) else written
        if not _POINT.fullmatch(plain):
            raise self.refused(column, "no number: write digits with a decimal point, without units, signs of comparison or separators")
        return Decimal(plain)

    def number_of(self, column: str) -> float:
        """Return a number as it is calculated with.

        :raises MabgraphError: as :meth:`decimal` does.
        """
        return float(self.decimal(column))

    def count(self, column: str) -> int:
        """Return a whole number from zero up.

        :raises MabgraphError: as :meth:`decimal` does, and when it is not whole or below zero.
        """
        number = self.decimal(column)
        if number != number.to_integral_value() or number < 0:
            raise self.refused(column, "no count: write a whole number of patients from 0 up")
        return int(number)

    def refused(self, column: str, why: str) -> MabgraphError:
        """Return the error that names the cell, its value, and ``why`` it cannot be used."""
        return MabgraphError(f"{self.path}, line {self.number}, column {column}: {self.cells.get(column, '')!r}: {why}")


@dataclass(frozen=True)
class Table:
    """The lines of a study file and its columns, as written in the heading; ``notes`` say how it is read where that is not plain."""

    path: Path
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


def read(path: Path) -> Table:
    """Return the table in ``path``: UTF-8 with or without a byte order mark; cells separated by comma, semicolon or tab.

    With semicolons or tabs a comma is read as the decimal point, and a note says so. Lines with no cell filled are passed over.

    :raises MabgraphError: when the file is no such table, or a line has more or fewer cells than the heading.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MabgraphError(f"{path}: byte {error.start} is not UTF-8: save the file as CSV in UTF-8") from None
    separator = _separator(path, text)
    rows = _rows(path, text, separator)
    names = [cell.strip() for cell in rows[0][1]]
    keys = [name.lower() for name in names]
    if twice := sorted({name for name in keys if name and keys.count(name) > 1}):
        raise MabgraphError(f"{path}: the column {twice[0]!r} is there twice: rename or remove one")
    comma = separator != "," and any(_COMMA.fullmatch(cell.strip()) for _, row in rows[1:] for cell in row)
    lines = []
    for number, row in rows[1:]:
        if len(row) != len(keys):
            quoted = " (a comma in a cell needs quotes around the cell)" if separator == "," else ""
            raise MabgraphError(f"{path}, line {number}: {len(row)} cells under {len(keys)} columns: make them as many{quoted}")
        lines.append(Line(path, number, dict(zip(keys, (cell.strip() for cell in row), strict=True)), comma))
    if not lines:
        raise MabgraphError(f"{path}: no study under the heading: add a line for each")
    notes = ("numbers are read with a decimal comma",) if comma else ()
    return Table(path, tuple(names), tuple(lines), notes)


def _separator(path: Path, text: str) -> str:
    heading = next((line for line in text.splitlines() if line.strip()), "")
    for separator in SEPARATORS:
        if {cell.strip().strip('"').lower() for cell in heading.split(separator)} & set(STUDY):
            return separator
    raise MabgraphError(
        f"{path}: the first line names no column 'study' or 'studlab': give a heading, separated by comma, semicolon or tab"
    )


def _rows(path: Path, text: str, separator: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise MabgraphError(f"{path}, line {reader.line_num}: no CSV ({error}): see the quotes there") from None
