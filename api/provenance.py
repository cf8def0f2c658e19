"""Provenance: what stands beside each row of a file for a tool, so that a row alone says where it is from and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from .package import Package

#: The columns after those of a tool: IRIs of estimates and documents, the place in the document, the outcome of arithmetic, the class of
#: comparability, the codes of reasons, how the number was got; then the dataset, the software, the query, what a person acknowledged.
COLUMNS: Final = (
    "estimate", "document", "anchor", "check", "comparability", "reasons", "audit", "dataset", "software", "query", "acknowledged",
)  # fmt: skip


def of(package: Package, estimates: str, audit: str = "") -> dict[str, str]:
    """Return the columns of a row that is made of ``estimates``: IRIs, with spaces between; so are several documents and places."""
    rows = {row["estimate"]: row for row in package.rows}
    behind = [rows[iri] for iri in estimates.split()]
    return {
        "estimate": estimates, "document": _joined((row["document"] for row in behind), " "),
        "anchor": " ".join(row["anchor"] for row in behind), "check": _joined((row["check_status"] for row in behind), "; "),
        "comparability": _joined((row["comparability"] for row in behind), "; "),
        "reasons": _joined((code for row in behind for code in row["reasons"]), "; "), "audit": audit, **made(package),
    }  # fmt: skip


def made(package: Package) -> dict[str, str]:
    """Return the columns that all rows of a file have alike: dataset, software, query, acknowledgements."""
    about = package.about
    said = {name: about[name] for name in ("dataset", "software")}
    return said | {"query": package.address, "acknowledged": "; ".join(package.acknowledged)}


def told(package: Package, estimates: str, audit: str = "") -> str:
    """Return the same as one text, for a tool whose files have no columns of others."""
    return "; ".join(f"{name}: {value}" for name, value in of(package, estimates, audit).items() if value)


def _joined(values: Iterable[Any], between: str) -> str:
    return between.join(dict.fromkeys(str(value) for value in values))
