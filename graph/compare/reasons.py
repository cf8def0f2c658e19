"""Reasons against reading estimates side by side as one question, by code and in words, derived from the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ..store import vocabulary
from ..synthesis import codes
from .comparability import RANDOMISED, Comparability, classify
from .evidence import ARM, EFFECT, PATIENTS, Evidence

#: How many examples of a difference are listed.
NAMED: Final = 6


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its code, its text, and the estimates concerned (IRIs). ``sources`` are the claims or discrepancies behind it."""

    code: str
    text: str
    rows: tuple[str, ...]
    sources: tuple[str, ...] = ()


def find_reasons(rows: Sequence[Evidence], cautions: Sequence[Reason] = ()) -> tuple[Reason, ...]:
    """Return why ``rows`` are not the same question asked of independent patients, in the order of :data:`CODES`.

    ``cautions`` are the authors' caveats about the studies and drugs.
    """
    reasons = [*_differences(rows), *_follow_up(rows), *_row_reasons(rows), *cautions]
    if overlapping := find_overlaps(rows):
        reasons.append(overlapping)
    order = list(codes.CODES)
    return tuple(sorted(reasons, key=lambda reason: order.index(reason.code)))


def find_overlaps(rows: Sequence[Evidence]) -> Reason | None:
    """Return which estimates share, or may share, patients; the two groups of one comparison do not."""
    numbers: dict[object, int] = {}
    alike = [(row, numbers.setdefault(_patients(row), len(numbers))) for row in rows]
    explained: dict[tuple[int, int], str] = {}
    explanations: dict[str, None] = {}
    sharing: dict[str, None] = {}
    looked_at: set[int] = set()
    for place, (one, first) in enumerate(alike):
        if first in looked_at and one.id in sharing:
            continue  # One of the same patients came before: what this row shares with those behind it is known by that one.
        looked_at.add(first)
        for other, second in islice(alike, place + 1, None):
            if (why := explained.get((first, second))) is None:
                why = explained[first, second] = _shared_patients(one, other)
            if why:
                explanations[why] = sharing[one.id] = sharing[other.id] = None
    return Reason("overlapping-patients", abbreviate(explanations), tuple(sharing)) if sharing else None


def _patients(row: Evidence) -> object:
    """Return what :func:`_shared_patients` reads of an estimate: hundreds of estimates have few of these."""
    return row.study, row.study_label, row.shares, row.document, row.kind, row.comparison, row.side


def _shared_patients(one: Evidence, other: Evidence) -> str:
    """Describe why two estimates share patients; empty if they do not."""
    if one.study != other.study:
        joined = other.study in one.shares or one.study in other.shares
        return f"{one.study_label} and {other.study_label} share patients" if joined else ""
    if one.kind == ARM == other.kind and _are_compared(one, other):
        return ""
    if one.document != other.document:
        documents = " and ".join(vocabulary.local_name(iri) for iri in sorted((one.document, other.document)))
        return f"{documents} report one study, {one.study_label}: its patients are in both"
    return f"several estimates are of {one.study_label}"


def _are_compared(one: Evidence, other: Evidence) -> bool:
    """Whether two results are the two sides of one comparison."""
    return bool(one.comparison) and one.comparison == other.comparison and {one.side, other.side} == {"intervention", "comparator"}


def _differences(rows: Sequence[Evidence]) -> Iterable[Reason]:
    """Yield a reason for each facet in which the rows differ; the direction of a comparison may differ."""
    pairs = {frozenset(side.name for side in row.sides) for row in rows}
    turned = SIDES if len(pairs) == 1 and all(row.kind == EFFECT for row in rows) else ()
    for code, facet in _FACETS.items():
        if code in turned:
            continue
        values: dict[str, list[Evidence]] = {}
        for row in rows:
            for value in facet(row):
                values.setdefault(value, []).append(row)
        if len(values) > 1:
            yield Reason(code, f"{codes.CODES[code][0]}: {abbreviate(values)}", _ids(rows))


def _follow_up(rows: Sequence[Evidence]) -> Iterable[Reason]:
    """Yield the follow-up times of the studies, where at least one is stated and they are not all the same."""
    times = {(row.study, row.document): (row.study_label, ", ".join(row.follow_up[:NAMED])) for row in rows}
    if len({duration for _, duration in times.values()}) > 1:
        durations = (f"{label}: {duration or 'not stated'}" for label, duration in times.values())
        yield Reason("different-follow-up", f"{codes.CODES['different-follow-up'][0]}: {abbreviate(durations)}", _ids(rows))


def _treatments(row: Evidence) -> Iterable[str]:
    return (row.sides[0].name,) if row.kind == EFFECT else ()


def _group_treatment(row: Evidence) -> Iterable[str]:
    """Yield the treatment of a single group, unless it is the comparator of a comparison."""
    return () if row.kind == EFFECT or row.side == "comparator" else (row.sides[0].name,)


def _part(row: Evidence) -> Iterable[str]:
    parts = [side.label for side in row.sides if side.role in {"subgroup", "regimen-option"}]
    return (" and ".join(parts) or "the whole",)


def _adjustment(row: Evidence) -> Iterable[str]:
    if row.kind == ARM or row.design == RANDOMISED:
        return ()
    return ("; ".join(filter(None, (row.method[1], ", ".join(row.factors)))) or "not adjusted",)


def _measure(row: Evidence) -> str:
    """Return the measure of an estimate with its unit, and what it counts, if that is not patients."""
    counted = str(row.row["unit_of_analysis"])
    unit = f" ({row.unit})" if row.unit else ""
    return f"{row.measure}{unit}".replace("-", " ") + ("" if counted == PATIENTS else f", {counted}")


#: The reasons about which treatment each side has.
SIDES: Final = frozenset({"different-treatments", "different-comparators"})
#: The facets that must be the same in all rows, by the code of the reason if they are not.
_FACETS: Final[Mapping[str, Callable[[Evidence], Iterable[str]]]] = {
    "different-populations": lambda row: (" and ".join(row.conditions) or "condition not stated",),
    "different-subgroups": _part,
    "different-treatments": lambda row: (*_treatments(row), *_group_treatment(row)),
    "different-comparators": lambda row: (row.sides[1].name,) if row.kind == EFFECT else (),
    "different-endpoints": lambda row: (row.endpoint_label,),
    "different-analysis-populations": lambda row: (row.population[1] or "not stated",),
    "different-censoring": lambda row: (row.censoring[1] or "not stated",),
    "different-adjustment": _adjustment,
    "different-time-points": lambda row: (" ".join(filter(None, row.time)) or "not stated",),
    "different-designs": lambda row: (row.design.replace("-", " "),),
    "different-measures": lambda row: (_measure(row),),
}


def _row_reasons(rows: Sequence[Evidence]) -> Iterable[Reason]:
    """Yield the reasons that concern single rows."""
    loose = [row for row in rows if classify(row) != Comparability.randomised]
    if loose:
        yield Reason(
            "not-randomised", f"{codes.CODES['not-randomised'][0]}: {abbreviate({classify(row): None for row in loose})}", _ids(loose)
        )
    if cited := [row for row in rows if row.reported_by == "citation"]:
        yield Reason(
            "cited-figures", f"{codes.CODES['cited-figures'][0]}: {abbreviate({row.study_label: None for row in cited})}", _ids(cited)
        )
    disagreeing = {warned.id: warned for row in rows for warned in row.warnings if warned.kind not in {"caveat", "limitation", "rounding"}}
    for iri, warned in disagreeing.items():
        about = [row for row in rows if iri in {each.id for each in row.warnings}]
        yield Reason("unresolved-discrepancy", warned.text, _ids(about), (iri,))
    if broken := [row for row in rows if row.row["check_status"] == "inconsistent"]:
        yield Reason("inconsistent-numbers", codes.CODES["inconsistent-numbers"][0], _ids(broken))


def abbreviate(values: Iterable[str]) -> str:
    """Return the first of ``values``, and the number of the rest."""
    named = list(values)
    return "; ".join(named[:NAMED]) + (f"; and {len(named) - NAMED} more" if len(named) > NAMED else "")


def _ids(rows: Iterable[Evidence]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.id for row in rows))
