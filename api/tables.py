"""Tables: rows as JSON, NDJSON, CSV, TSV or a spreadsheet; what is in a cell is what the data says, whatever a spreadsheet makes of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import xlsxwriter
from pydantic_core import to_json

from mabgraph.ingest.visible import escape_invisible, escape_json

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
CSV: Final = "text/csv"
TSV: Final = "text/tab-separated-values"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JSONLD: Final = "application/ld+json"
TURTLE: Final = "text/turtle"
#: Suffixes of an address, which are also values of ``format``, and the formats they name; the first is given when nothing is asked for.
FORMS: Final = {"json": JSON, "ndjson": NDJSON, "csv": CSV, "tsv": TSV, "xlsx": XLSX, "jsonld": JSONLD, "ttl": TURTLE}
GRAPHS: Final = (JSONLD, TURTLE)
#: The longest text that a cell of a spreadsheet holds (characters).
CELL: Final = 32_767
#: Spreadsheets of the same rows have the same bytes: they do not say when they were made.
_EPOCH: Final = datetime(2000, 1, 1)

Row = Mapping[str, Any]


def written(rows: Sequence[Row], columns: Sequence[str], media: str, page: Row, about: Row) -> bytes:
    """Return ``rows`` in the format ``media``, which is no graph.

    ``page`` is what a JSON list says around its rows, ``about`` what the second sheet of a spreadsheet says.
    """
    if media == JSON:
        return seen(to_json({**page, "items": [_said(row) for row in rows]}), JSON)
    if media == NDJSON:
        return seen(b"".join(to_json(_said(row)) + b"\n" for row in rows), NDJSON)
    flat = [name for name in columns if not any(_nested(row.get(name)) for row in rows)]
    if media == XLSX:
        return _workbook(rows, flat, about)
    return _separated(rows, flat, "," if media == CSV else "\t")


def one(row: Row) -> bytes:
    """Return one row as JSON."""
    return seen(to_json(_said(row)), JSON)


def seen(body: bytes, media: str) -> bytes:
    """Return a body of text with what cannot be seen made visible: escaped in JSON, which has the same values then, else as its number."""
    text = body.decode()
    return (escape_json(text) if media == NDJSON or media.endswith("json") else escape_invisible(text)).encode()


def _said(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _nested(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(each, Mapping) for each in value))


def _cell(value: Any) -> Any:
    return "\n".join(str(each) for each in value) if isinstance(value, list | tuple) else value


def _separated(rows: Iterable[Row], columns: Sequence[str], separator: str) -> bytes:
    written = io.StringIO(newline="")
    lines = csv.writer(written, delimiter=separator, lineterminator="\r\n" if separator == "," else "\n")
    lines.writerow(columns)
    lines.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return escape_invisible(written.getvalue()).encode()


def _workbook(rows: Sequence[Row], columns: Sequence[str], about: Row) -> bytes:
    """Return a spreadsheet: the rows with typed cells under a frozen header with a filter, and what they are about."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    bold = book.add_format({"bold": True})
    sheet, notes = book.add_worksheet("rows"), book.add_worksheet("about")
    for place, name in enumerate(columns):
        sheet.write_string(0, place, name, bold)
    for line, row in enumerate(rows, 1):
        for place, name in enumerate(columns):
            _write(sheet, line, place, _cell(row.get(name)))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(rows)), max(0, len(columns) - 1))
    for line, (name, value) in enumerate(about.items()):
        notes.write_string(line, 0, escape_invisible(name)[:CELL], bold)
        _write(notes, line, 1, value)
    book.set_properties({"created": _EPOCH})
    book.close()
    return held.getvalue()


def _write(sheet: Any, line: int, place: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, int | float):
        sheet.write_number(line, place, value)
    else:
        sheet.write_string(line, place, escape_invisible(str(value))[:CELL])
