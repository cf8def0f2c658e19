"""A comparison as a reproducible spreadsheet of five sheets; text is never interpreted as a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import xlsxwriter

from mabgraph.graph.compare.evidence import Evidence
from mabgraph.ingest.visible import escape_invisible

from ..client.rows import EstimateRow, nested_fields
from ..collections import resources, tables
from . import provenance
from .package import Package

#: The sheets, in order.
SHEETS: Final = ("rows", "studies", "caveats", "checks", "about")
#: The columns that a comparison adds to those of look-ups.
ADDED: Final = ("treatment", "against", "reasons", "anchor", "software", "query", "acknowledged")
#: Fields left to the appraiser, with their placeholder text.
APPRAISER_FIELDS: Final = {
    "certainty": "empty: the appraiser of the evidence fills it in; empty does not mean low",
    "risk of bias": "empty: the appraiser of each study fills it in (sheet studies); empty does not mean low",
}
_EPOCH: Final = datetime(2000, 1, 1)
_WIDTHS: Final = (8, 60)
_NESTED: Final = nested_fields(EstimateRow)

Row = Mapping[str, Any]


def workbook(package: Package) -> bytes:
    """Return the comparison as XLSX: rows, studies, caveats, checks, about."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    bold = book.add_format({"bold": True})
    contents: dict[str, tuple[Sequence[str], Sequence[Row]]] = {
        "rows": (columns(), rows(package)), "studies": (_STUDY, _studies(package)),
        "caveats": (("source", "kind", "text", "document", "estimates"), _caveats(package)),
        "checks": (("estimate", "estimate_label", "kind", "outcome", "text"), _checks(package)),
        "about": (("what", "value"), about(package)),
    }  # fmt: skip
    for name in SHEETS:
        _sheet(book.add_worksheet(name), *contents[name], bold)
    book.set_properties({"created": _EPOCH})
    book.close()
    return buffer.getvalue()


def columns() -> tuple[str, ...]:
    """Return the columns of tables: those of look-ups without nested ones, and those that the comparison adds."""
    return (*(name for name in resources.ESTIMATES.columns if name not in _NESTED), *ADDED)


def rows(package: Package) -> list[dict[str, Any]]:
    """Return the rows of tables: every estimate, with dataset, software, query and acknowledged codes."""
    source = provenance.file_columns(package)
    return [{**{name: value for name, value in row.items() if name not in _NESTED}, **source} for row in package.rows]


def about(package: Package) -> list[dict[str, str]]:
    """Return the lines of the sheet about: provenance, reasons of each set, absent things, fields left to the appraiser."""
    comparison = package.comparison
    lines = [*package.about.items()] + ([] if package.acknowledged else [("acknowledged", "nothing")])
    lines += [("effect of counts", package.effect)] if package.effect else []
    lines += [(f"comparability of {each.name}", f"{each.comparability} ({len(each.rows)} estimates)") for each in comparison.sets]
    lines += [(f"reason against {each.name}", f"{reason.code}: {reason.text}") for each in comparison.sets for reason in each.reasons]
    lines += [(f"caution ({', '.join(each.sources)})", each.text) for each in comparison.cautions]
    lines += [("absent", each.text) for each in comparison.absent]
    lines += [("pooled or ranked", package.pooled.action.value if package.pooled else "nothing: not requested")]
    return [{"what": name, "value": value} for name, value in [*lines, *APPRAISER_FIELDS.items()]]


_STUDY: Final = (
    "study", "name", "design", "registration", "reported_by", "conditions", "documents", "follow_up", "comparability", "estimates",
    "shares_patients_with", "risk_of_bias",
)  # fmt: skip


def _studies(package: Package) -> list[Row]:
    members: dict[str, list[Evidence]] = {}
    for each in package.comparison.rows:
        members.setdefault(each.study, []).append(each)
    classes = package.comparison.classes
    return [
        {
            "study": iri, "name": of[0].study_label, "design": of[0].row["design"], "registration": of[0].row["registration"],
            "reported_by": of[0].row["reported_by"], "conditions": of[0].conditions, "documents": _unique(each.document for each in of),
            "follow_up": of[0].follow_up or "not stated", "comparability": _unique(classes[each.id].value for each in of),
            "estimates": len(of), "shares_patients_with": of[0].shares, "risk_of_bias": None,
        }
        for iri, of in members.items()
    ]  # fmt: skip


def _caveats(package: Package) -> list[Row]:
    """Return caveats of authors, limitations that they state, and discrepancies, once each, with the estimates that they concern."""
    about: dict[str, dict[str, Any]] = {}
    for each in package.comparison.rows:
        for warned in each.warnings:
            caveat = {"source": warned.id, "kind": warned.kind, "text": warned.text, "document": warned.document, "estimates": []}
            about.setdefault(warned.id, caveat)["estimates"].append(each.id)
    for caution in package.comparison.cautions:
        for source in caution.sources:
            about.setdefault(source, {"source": source, "kind": "caveat", "text": caution.text, "estimates": list(caution.rows)})
    return list(about.values())


def _checks(package: Package) -> list[Row]:
    return [{name: row[name] for name in ("estimate", "estimate_label")} | dict(check) for row in package.rows for check in row["checks"]]


def _sheet(sheet: Any, names: Sequence[str], lines: Sequence[Row], bold: Any) -> None:
    """Write typed cells under a frozen header with a filter; columns fit their content up to a bound."""
    least, most = _WIDTHS
    for place, name in enumerate(names):
        sheet.write_string(0, place, name, bold)
        cells = [_cell(line.get(name)) for line in lines]
        longest = max((len(part) for cell in cells if cell is not None for part in str(cell).splitlines()), default=0)
        sheet.set_column(place, place, min(most, max(least, longest, len(name) + 3)))
        for number, cell in enumerate(cells, 1):
            _write_cell(sheet, number, place, cell)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(lines)), len(names) - 1)


def _write_cell(sheet: Any, line: int, place: int, cell: Any) -> None:
    if isinstance(cell, int | float):
        sheet.write_number(line, place, cell)
    elif cell is not None:
        sheet.write_string(line, place, escape_invisible(str(cell))[: tables.CELL])


def _cell(value: Any) -> Any:
    return "\n".join(str(each) for each in value) if isinstance(value, list | tuple) else value


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
