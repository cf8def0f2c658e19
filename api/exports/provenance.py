"""Provenance columns of export files: each row alone states its source and the reasons against pooling it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from .package import Package

#: What stands beside a number: texts of its discrepancies, caveats and limitations, and what its document does not print of it.
BESIDE: Final = ("discrepancies", "caveats", "limitations", "not_reported")
#: The columns after those of a tool: IRIs of estimates and documents, the place in the document, the outcome of checks, what stands beside
#: the number, the class of comparability, the codes of reasons, how the number was derived; then the dataset, the software, the query,
#: acknowledged codes.
COLUMNS: Final = (
    "estimate", "document", "anchor", "check", *BESIDE, "comparability", "reasons", "audit", "dataset", "software", "query", "acknowledged",
)  # fmt: skip
#: Between texts in a cell: tools that read a file line by line have no line breaks in cells.
BETWEEN: Final = " | "


def row_columns(package: Package, estimates: str, audit: str = "") -> dict[str, str]:
    """Return the columns of a row from ``estimates``: IRIs separated by spaces, as are several documents and places."""
    behind = [package.rows_by_iri[iri] for iri in estimates.split()]
    return {
        "estimate": estimates, "document": _join((row["document"] for row in behind), " "),
        "anchor": " ".join(row["anchor"] for row in behind), "check": _join((row["check_status"] for row in behind), "; "),
        **{name: _join((text for row in behind for text in row[name]), BETWEEN) for name in BESIDE},
        "comparability": _join((row["comparability"] for row in behind), "; "),
        "reasons": _join((code for row in behind for code in row["reasons"]), "; "), "audit": audit, **file_columns(package),
    }  # fmt: skip


def file_columns(package: Package) -> dict[str, str]:
    """Return the columns that are the same in all rows of a file: dataset, software, query, acknowledged codes."""
    about = package.about
    versions = {name: about[name] for name in ("dataset", "software")}
    return versions | {"query": package.address, "acknowledged": "; ".join(package.acknowledged)}


def as_text(package: Package, estimates: str, audit: str = "") -> str:
    """Return the columns of a row as one text, for a tool whose files allow no further columns."""
    return "; ".join(f"{name}: {value}" for name, value in row_columns(package, estimates, audit).items() if value)


def _join(values: Iterable[Any], between: str) -> str:
    return between.join(dict.fromkeys(str(value) for value in values))
