"""Serialisation of rows as JSON, NDJSON, CSV, TSV or a spreadsheet; cells hold the data unchanged."""

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
#: Path suffixes, which are also values of ``format``, and their media types; the first is the default.
FORMS: Final = {"json": JSON, "ndjson": NDJSON, "csv": CSV, "tsv": TSV, "xlsx": XLSX, "jsonld": JSONLD, "ttl": TURTLE}
GRAPHS: Final = (JSONLD, TURTLE)
#: The formats whose cells hold texts and numbers only.
FLAT: Final = (CSV, TSV, XLSX)
#: Longest text in a cell of a spreadsheet (characters).
CELL: Final = 32_767
#: Fixed creation time, so that a spreadsheet is reproducible.
_EPOCH: Final = datetime(2000, 1, 1)

Row = Mapping[str, Any]


def write(rows: Sequence[Row], columns: Sequence[str], media: str, page: Row, about: Row) -> bytes:
    """Return ``rows`` in the media type ``media``, which is not an RDF format.

    ``page`` are the fields of a JSON list beside its items, ``about`` the second sheet of a spreadsheet.
    """
    if media == JSON:
        return make_visible(to_json({**page, "items": [_drop_empty(row) for row in rows]}), JSON)
    if media == NDJSON:
        return make_visible(b"".join(to_json(_drop_empty(row)) + b"\n" for row in rows), NDJSON)
    flat = [name for name in columns if not any(_is_nested(row.get(name)) for row in rows)]
    if media == XLSX:
        return _write_workbook(rows, flat, about)
    return _write_separated(rows, flat, "," if media == CSV else "\t")


def write_one(row: Row) -> bytes:
    """Return one row as JSON."""
    return make_visible(to_json(_drop_empty(row)), JSON)


def make_visible(body: bytes, media: str) -> bytes:
    """Return a text body with invisible characters made visible: as JSON escapes (the same value), else as their code points."""
    text = body.decode()
    return (escape_json(text) if media == NDJSON or media.endswith("json") else escape_invisible(text)).encode()


def _drop_empty(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(each, Mapping) for each in value))


def _cell(value: Any) -> Any:
    return "\n".join(str(each) for each in value) if isinstance(value, list | tuple) else value


def _write_separated(rows: Iterable[Row], columns: Sequence[str], separator: str) -> bytes:
    buffer = io.StringIO(newline="")
    lines = csv.writer(buffer, delimiter=separator, lineterminator="\r\n" if separator == "," else "\n")
    lines.writerow(columns)
    lines.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return escape_invisible(buffer.getvalue()).encode()


def _write_workbook(rows: Sequence[Row], columns: Sequence[str], about: Row) -> bytes:
    """Return a spreadsheet: a sheet of typed rows under a frozen header with a filter, and the sheet ``about``."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    bold = book.add_format({"bold": True})
    sheet, notes = book.add_worksheet("rows"), book.add_worksheet("about")
    for place, name in enumerate(columns):
        sheet.write_string(0, place, name, bold)
    for line, row in enumerate(rows, 1):
        for place, name in enumerate(columns):
            _write_cell(sheet, line, place, _cell(row.get(name)))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(rows)), max(0, len(columns) - 1))
    for line, (name, value) in enumerate(about.items()):
        notes.write_string(line, 0, escape_invisible(name)[:CELL], bold)
        _write_cell(notes, line, 1, value)
    book.set_properties({"created": _EPOCH})
    book.close()
    return buffer.getvalue()


def _write_cell(sheet: Any, line: int, place: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, int | float):
        sheet.write_number(line, place, value)
    else:
        sheet.write_string(line, place, escape_invisible(str(value))[:CELL])
