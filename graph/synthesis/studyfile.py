"""Study files: CSV read strictly, cell by cell; errors name file, line, column and value."""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mabgraph.ingest import characters
from mabgraph.ingest.errors import MabgraphError
from mabgraph.ingest.visible import escape_invisible

from . import forms
from .studyline import COMMA, StudyLine, quote_value

#: Cell separators; a comma may be the decimal point only where it is not the separator.
SEPARATORS: Final = (",", ";", "\t")
#: Columns that name the study; a header row has one of them.
STUDY: Final = ("study", "studlab")
#: Limits of a study file: bytes, lines, columns, characters of a column name. No review comes near them.
LARGEST: Final = 8 * 1024 * 1024
LINES: Final = 50_000
COLUMNS: Final = 1_000
_HEADING: Final = 100
#: Numbers in which a comma or point could be a thousands separator.
_GROUPED: Final = {sign: re.compile(rf"[+-]?[1-9][0-9]{{0,2}}{re.escape(sign)}[0-9]{{3}}") for sign in ",."}
_POINTED: Final = re.compile(r"[+-]?[0-9]*\.[0-9]+")
#: How files begin that are no text in UTF-8.
_OTHERS: Final = {
    b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK\x03\x04": "a workbook of Excel or another archive", b"\x1f\x8b": "a compressed file",
    b"\xd0\xcf\x11\xe0": "a workbook of Excel", b"%PDF": "a PDF",
}  # fmt: skip
#: The line by which Excel is told the separator.
_SEPARATES: Final = re.compile(r"\A(?:[ \t]*+[\r\n]++)*+\"?sep=(?P<sign>.)\"?[ \t]*(?=[\r\n])", re.IGNORECASE)
_NAMES: Final = {",": "a comma", ".": "a point"}


@dataclass(frozen=True)
class StudyTable:
    """The lines of a study file and its columns, as in the header row; ``notes`` explain how ambiguous input was read."""

    path: Path
    columns: tuple[str, ...]
    lines: tuple[StudyLine, ...]
    notes: tuple[str, ...] = ()


def read(path: Path) -> StudyTable:
    """Return the table in ``path``: UTF-8 with or without byte order mark, separated by comma, semicolon or tab.

    Text is normalised to Unicode's composed form (NFC). With semicolons or tabs a comma is read as the
    decimal point, with a note. Empty lines are skipped.

    :raises MabgraphError: when the file is no such table or too large, a line has more or fewer cells than the header, or
    numbers are ambiguous.
    """
    text = _SEPARATES.sub("", _text(path), count=1)
    separator = _separator(path, text)
    rows = _rows(path, text, separator)
    names = _heading(path, rows[0][1])
    keys = [name.lower() for name in names]
    comma = separator != "," and _decimal_comma(path, names, rows[1:])
    lines = []
    for number, row in rows[1:]:
        if len(row) != len(keys):
            quoted = " (a comma in a cell needs quotes around the cell)" if separator == "," else ""
            raise MabgraphError(f"{path}, line {number}: {len(row)} cells under {len(keys)} columns: make them as many{quoted}")
        lines.append(StudyLine(path, number, dict(zip(keys, (cell.strip() for cell in row), strict=True)), comma))
    if not lines:
        raise MabgraphError(f"{path}: no study under the heading: add a line for each")
    notes = ("numbers are read with a decimal comma",) if comma else ()
    return StudyTable(path, tuple(names), tuple(lines), notes)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise MabgraphError(
            f"{escape_invisible(os.fsencode(path).decode('utf-8', 'replace'))}: cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from None
    if len(content) > LARGEST:
        raise MabgraphError(f"{path}: larger than {LARGEST // 1024**2} MiB, the most that a study file may have: is it one?")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        other = next((f" (it looks like {kind})" for start, kind in _OTHERS.items() if content.startswith(start)), "")
        raise MabgraphError(f"{path}: byte {error.start} is not UTF-8{other}: save the file as CSV in UTF-8") from None
    if place := characters.find_invisible(text):
        start, name = place
        before = re.split(r"\r\n|\r|\n", text[:start])
        raise MabgraphError(
            f"{path}, line {len(before)}, character {len(before[-1]) + 1}: {name} is not seen where it is read: take it out; "
            "a file full of them is no CSV in UTF-8"
        )
    return unicodedata.normalize("NFC", text)


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
    rows: list[tuple[int, list[str]]] = []
    number = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((number, row))
            number = reader.line_num + 1
            if len(rows) > LINES:
                raise MabgraphError(f"{path}, line {number}: more than {LINES:,} lines: no review has so many; is it a study file?")
    except csv.Error as error:
        raise MabgraphError(f"{path}, line {number}: no CSV ({error}): see the quotes there") from None
    return rows


def _heading(path: Path, cells: list[str]) -> list[str]:
    names = [" ".join(cell.split()) for cell in cells]
    if len(names) > COLUMNS:
        raise MabgraphError(f"{path}: {len(names)} columns, {COLUMNS:,} at most: leave out those that are not read")
    if long := [name for name in names if len(name) > _HEADING]:
        raise MabgraphError(
            f"{path}: the column {quote_value(long[0])} has a name of more than {_HEADING} characters: see the quotes there"
        )
    counted = Counter(name.lower() for name in names if name)
    if twice := sorted(name for name, times in counted.items() if times > 1):
        raise MabgraphError(f"{path}: the column {twice[0]!r} is there twice: rename or remove one")
    return names


def _decimal_comma(path: Path, names: list[str], rows: list[tuple[int, list[str]]]) -> bool:
    """Return whether commas are decimal ones, by the columns that hold numbers: ``1,5`` in another may be a list.

    :raises MabgraphError: when every comma, or every point, could be a thousands separator.
    """
    first: dict[str, tuple[int, str, str]] = {}
    plain: dict[str, tuple[int, str, str]] = {}
    for number, row in rows:
        for name, cell in zip(names, map(str.strip, row), strict=False):
            for sign, pattern in ((",", COMMA), (".", _POINTED)) if forms.holds_numbers(name.lower()) else ():
                if sign in cell and pattern.fullmatch(cell.replace("\N{MINUS SIGN}", "-")):
                    grouped = _GROUPED[sign].fullmatch(cell.replace("\N{MINUS SIGN}", "-"))
                    (first if grouped else plain).setdefault(sign, (number, name, cell))
    for sign, (number, name, cell) in first.items():
        if sign not in plain:
            thousands, other = cell.replace(sign, ""), cell.replace(sign, ".")
            raise MabgraphError(
                f"{path}, line {number}, column {name.lower()}: {cell!r} is {thousands} or {other}: every number of the file with "
                f"{_NAMES[sign]} has three digits after it, so that it may set thousands apart: write {thousands}, or {cell}0 with one "
                "digit more"
            )
    return "," in plain
