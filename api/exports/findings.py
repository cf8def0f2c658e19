"""Summary of findings as CSV: one row for each end point and comparison; certainty is left to the appraiser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mabgraph.graph.compare import patients
from mabgraph.graph.compare.evidence import ARM, Evidence
from mabgraph.graph.store import vocabulary

from ..collections import tables
from ..plots import wording
from . import provenance
from .package import Package

#: The columns; several values in a cell are separated by line breaks, and values of estimates have one line each.
COLUMNS: Final = (
    "endpoint", "comparison", "studies", "patients", "effect", "events", "design", "comparability", "reasons", "discrepancies", "caveats",
    "limitations", "not_reported", "certainty", "risk_of_bias", "synthesis", "estimate", "document", "anchor", "check", "dataset",
    "software", "query", "acknowledged",
)  # fmt: skip


def findings(package: Package) -> bytes:
    """Return the summary of findings of a comparison as CSV.

    Every estimate is in exactly one row, as printed, after its study; nothing is summed over studies. ``events`` are n/N of each group
    where both are printed. ``synthesis`` is the pooled effect, if requested. ``certainty`` and ``risk_of_bias`` are empty: the appraiser
    fills them in, and empty does not mean low.
    """
    counted = patients.patient_counts(package.catalogue, package.comparison.rows)
    groups: dict[tuple[str, str], list[Evidence]] = {}
    names = {row.id: row.sides[0].name for row in package.comparison.rows}
    for row in package.comparison.rows:
        groups.setdefault((row.endpoint_label, comparison(row, names)), []).append(row)
    rows = [_row(package, *named, of, counted) for named, of in groups.items()]
    return tables.write(rows, COLUMNS, tables.CSV, {}, {})


def comparison(row: Evidence, names: Mapping[str, str]) -> str:
    """Return the compared treatments of a row; ``names`` maps the IRI of each row to its treatment."""
    if row.kind != ARM:
        return f"{row.sides[0].name} versus {row.sides[1].name}"
    if row.counterpart not in names:
        return f"{row.sides[0].name} (single group)"
    pair = [names[row.id], names[row.counterpart]]
    return " versus ".join(pair if row.side == "intervention" else reversed(pair))


def estimate_text(row: Mapping[str, Any]) -> str:
    """Return an estimate with its interval in the printed numerals, such as ``hazard ratio 0.71 (95 % CI 0.55 to 0.93)``.

    >>> estimate_text({"measure_label": "median", "printed": None, "value": None, "absence": "not reached", "figures": []})
    'median not reached'
    """
    printed = {each["role"]: each["printed"] for each in reversed(row["figures"]) if "restates" not in each}
    value = _value(row, printed)
    bounds = [printed.get(name, row.get(name)) for name in ("lower", "upper")]
    interval = f" ({_interval_label(row, printed)} {bounds[0]} to {bounds[1]}{wording.order_note(row)})" if None not in bounds else ""
    p_value = f"; P {row['p_operator']} {printed.get('p_value', row['p_value'])}" if row.get("p_value") is not None else ""
    return f"{row['measure_label']} {value}{interval}{p_value}"


def _value(row: Mapping[str, Any], printed: Mapping[str, str]) -> str:
    value = next((each for each in (row["printed"], printed.get("value"), row["value"]) if each is not None), None)
    if value is None:
        return str(row["absence"] or ("as counted" if row.get("count") is not None else "not reported"))
    operator = "" if row.get("operator") in {None, "="} else f"{row['operator']} "
    return f"{operator}{value}" + (f" {row['unit']}" if row.get("unit") else "")


def _interval_label(row: Mapping[str, Any], printed: Mapping[str, str]) -> str:
    if row.get("interval_kind") != "confidence interval":
        return str(row.get("interval_kind") or "interval")
    level = printed.get("level", row.get("interval_level"))
    return "CI" if level is None else f"{level} % CI"


def _row(
    package: Package, endpoint: str, compared: str, of: list[Evidence], counted: Mapping[str, str]
) -> dict[str, Any]:  # fmt: skip
    rows = [package.rows_by_iri[each.id] for each in of]
    behind = provenance.row_columns(package, " ".join(each.id for each in of))
    return behind | {
        "endpoint": endpoint, "comparison": compared, "studies": len({each.study for each in of}),
        "patients": _unique(f"{_name_study(each, of)}: {counted.get(each.id, 'not reported')}" for each in of),
        "effect": [f"{_source(each, of)}, {_group_prefix(each)}{estimate_text(row)}" for each, row in zip(of, rows, strict=True)],
        "events": [f"{each.sides[0].name}: {row['count']}/{row['total']}" for each, row in zip(of, rows, strict=True) if each.has_counts],
        "design": _unique(row["design"] for row in rows), "comparability": _unique(row["comparability"] for row in rows),
        "reasons": _unique(code for row in rows for code in row["reasons"]),
        "discrepancies": _unique(text for row in rows for text in row["discrepancies"]),
        "caveats": _unique(warned.text for each in of for warned in each.warnings if warned.kind == "caveat"),
        "limitations": _unique(warned.text for each in of for warned in each.warnings if warned.kind == "limitation"),
        "not_reported": [_list_missing(each, row, of) for each, row in zip(of, rows, strict=True)],
        "certainty": None, "risk_of_bias": None, "synthesis": _pooled_texts(package, of), "estimate": [each.id for each in of],
        "document": [each.document for each in of], "anchor": [each.anchor for each in of], "check": [row["check_status"] for row in rows],
    }  # fmt: skip


def _source(row: Evidence, of: list[Evidence]) -> str:
    """Return the study of a row, with the label of the estimate if the study has another estimate of the same groups."""
    alike = [each for each in of if (each.study, each.kind, each.sides[0].name) == (row.study, row.kind, row.sides[0].name)]
    return row.study_label if len(alike) == 1 else f"{row.study_label} ({row.label})"


def _name_study(row: Evidence, of: list[Evidence]) -> str:
    """Return the study of a row, with the document where several documents report the study."""
    several = {each.document for each in of if each.study == row.study}
    return row.study_label if len(several) == 1 else f"{row.study_label} in {vocabulary.local_name(row.document)}"


def _list_missing(row: Evidence, numbers: Mapping[str, Any], of: list[Evidence]) -> str:
    """Return what is not reported of a row, with the document where several documents report the study."""
    missing = "; ".join(numbers["not_reported"]) or "none stated"
    return missing if _name_study(row, of) == row.study_label else f"{vocabulary.local_name(row.document)}: {missing}"


def _group_prefix(row: Evidence) -> str:
    return f"{row.sides[0].name}: " if row.kind == ARM else ""


def _pooled_texts(package: Package, of: list[Evidence]) -> list[str]:
    """Return the pooled effects of the treatments of a row; nothing if estimates of several end points were pooled."""
    if package.pooled is None or len({row.endpoint for row in package.pooled.evidence.rows}) > 1:
        return []
    synthesis, ids = package.pooled.synthesis, {row.id for row in of}
    sides = [{each.treatment, each.comparator} for each in synthesis.contrasts if ids & set(each.row.split())]
    return [_pooled_text(each.as_json()) for each in synthesis.estimates if {each.treatment, each.comparator} in sides]


def _pooled_text(pooled: Mapping[str, Any]) -> str:
    """Return a pooled estimate in words, with four significant digits."""
    value, lower, upper = (format(pooled["natural"][name], ".4g") for name in ("effect", "lower", "upper"))
    measured = f"{pooled['measure']} {value} ({pooled['level']:g} % CI {lower} to {upper})"
    return f"pooled, {pooled['treatment']} versus {pooled['comparator']}: {measured}"


def _unique(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(str(value) for value in values))
