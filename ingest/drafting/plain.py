"""Figures without bounds: P values, n of N and percentages, standard deviations, and estimates that stand alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from . import measures
from .cues import find_cues
from .nonvalues import TIMES, find_nonvalues, find_p_values
from .proportions import has_sign, read_shares, take
from .readings import ESTIMATES, TextReading, Unit

#: Words of sentences about what was planned or required: their numbers are no results.
_PLANNED: Final = frozenset(
    "assumed assuming assumption power alpha planned eligible eligibility detect sample-size hypothesized hypothesised anticipated "
    "threshold criteria criterion defined definition exclude excluded exclusion inclusion recommended".split()
)
#: Abbreviations of end points that are lengths of time.
_LENGTHS: Final = frozenset("PFS OS DOR DoR EFS DFS RFS TTP TTNT TTR".split())


def read_plain(unit: Unit, measure: str | None = None, is_cell: bool = False) -> None:
    """Add the figures of ``unit`` that stand without bounds to its readings, and P values to the estimates that they test.

    ``measure`` is that which the labels of a cell name.
    """
    is_planned = not is_cell and any(token.is_word(*_PLANNED) for token in unit.tokens)
    cues = find_cues(unit.tokens)
    p_values = find_p_values(unit.tokens)
    barred = find_nonvalues(unit.tokens, cues, p_values)
    read_shares(unit, barred, is_planned)
    _read_dispersions(unit, barred)
    if not is_planned:
        _read_estimates(unit, barred, measure)
    _mark_changes(unit)
    _attach_p_values(unit, p_values)


def _mark_changes(unit: Unit) -> None:
    """Give values that are changes by the word behind them that measure: ``29% lower``, ``3.7 months longer``."""
    for number, each in enumerate(unit.readings):
        estimate = each.of_role(*ESTIMATES)
        if estimate is None:
            continue
        index = next(place for place, token in enumerate(unit.tokens) if token.end == estimate.end)
        if words := _change_behind(unit, index):
            is_risk = estimate.role == "percent" and "risk" in words
            unit.readings[number] = replace(each, measure="relative-reduction" if is_risk else "difference")


def _read_dispersions(unit: Unit, barred: set[int]) -> None:
    """Read ``27.9 ± 5.4``, and ``mean (SD) age, 65 (15) years``."""
    for index, token in enumerate(unit.tokens):
        value, spread = unit.at(index - 1), unit.at(index + 1)
        if token.kind != "plusminus" or value is None or spread is None or index - 1 in barred | unit.taken:
            continue
        if value.kind == spread.kind == "number":
            take(unit, {"value": index - 1, "dispersion": index + 1}, "mean")
    for index, token in enumerate(unit.tokens):
        if token.text == "SD" and (mean := unit.at(index - 2)) is not None and mean.is_word("mean"):
            _read_declared_spread(unit, index + 2, barred)


def _read_declared_spread(unit: Unit, start: int, barred: set[int]) -> None:
    """Read ``65 (15)`` as mean and standard deviation where the words before say so."""
    value = next((place for place in range(start, min(start + 12, len(unit.tokens))) if unit.tokens[place].kind == "number"), None)
    if value is None or value in barred | unit.taken:
        return
    opening, spread, closing = (unit.at(value + step) for step in (1, 2, 3))
    if opening and opening.kind == "open" and spread and spread.kind == "number" and closing and closing.kind == "close":
        take(unit, {"value": value, "dispersion": value + 2}, "mean")


def _read_estimates(unit: Unit, barred: set[int], measure: str | None) -> None:
    """Read values whose measure is named before them, or that are joined to such a value."""
    for index, token in enumerate(unit.tokens):
        if (
            token.kind not in {"number", "absent", "numberword"}
            or index in barred | unit.taken
            or has_sign(unit, index)
            or _is_ranged(unit, index)
        ):
            continue
        is_named, named = measures.nearest_measure(unit.tokens, index, unit.taken)
        if is_named and named is None:
            continue
        between = unit.tokens[max(0, index - 12) : index]
        near = index - 1 - next((step for step, each in enumerate(reversed(between)) if each.kind in {"number", "absent"}), len(between))
        if named is not None and near < _name_place(unit, index):
            is_named_close = token.kind != "numberword" or (named == "median" and index - _name_place(unit, index) <= 2)
            if is_named_close and (named in measures.EFFECTS or _has_unit(unit, index) or token.kind == "numberword"):
                take(unit, {"value": index}, named)
        elif token.kind == "numberword":
            continue
        elif (before := unit.at(index - 1)) is not None and before.text in _LENGTHS and _has_unit(unit, index):
            take(unit, {"value": index})
        elif (joined := _joined_reading(unit, index, barred)) is not None and _has_unit(unit, index):
            take(unit, {"value": index}, joined.measure)


def _name_place(unit: Unit, value: int) -> int:
    return next((index for index in range(value - 1, -1, -1) if measures.name_at(unit.tokens, index) is not None), -1)


def _is_ranged(unit: Unit, index: int) -> bool:
    """Whether the number is an end of a range without a value: ``2 to 4``, ``30–60``."""
    before, after, later = unit.at(index - 1), unit.at(index + 1), unit.at(index + 2)
    if before is not None and (before.kind == "dash" or before.is_word("to", "than", "least")):
        return True
    joins = after is not None and (after.kind == "dash" or after.is_word("to", "or"))
    return joins and later is not None and (later.kind == "number" or later.is_word(*TIMES))


def _has_unit(unit: Unit, index: int) -> bool:
    """Whether a unit of time stands behind a value, perhaps behind another value that it is joined to."""
    tokens = unit.tokens[index + 1 : index + 6]
    if unit.tokens[index].kind == "absent":
        return True
    if tokens and tokens[0].is_word(*TIMES, "points"):
        return True
    return len(tokens) > 2 and tokens[0].is_word("and", "vs", "versus") and tokens[1].kind == "number" and tokens[2].is_word(*TIMES)


def _joined_reading(unit: Unit, index: int, barred: set[int]) -> TextReading | None:
    """Return the reading of the value that the one at ``index`` is joined to by ``and``, ``versus`` or ``compared with``."""
    step = index - 1
    is_joined = False
    while step >= 0 and index - step < 16 and (unit.tokens[step].kind == "word" or unit.tokens[step].is_sign(",", "/") or step in barred):
        is_joined |= unit.tokens[step].is_word("and", "vs", "versus", "compared", "but", "while", "whereas")
        step -= 1
    token = unit.at(step)
    if not is_joined or token is None:
        return None
    return next((each for each in unit.readings if each.of_role("value") and each.figures[0].end == token.end and each.measure), None)


def _attach_p_values(unit: Unit, p_values: list[int]) -> None:
    """Give each P value to the estimate of a comparison before it; one without stands alone."""
    for place in p_values:
        token = unit.tokens[place]
        before = [number for number, each in enumerate(unit.readings) if max(figure.end for figure in each.figures) <= token.start]
        latest = max(before, key=lambda number: unit.readings[number].end, default=None)
        p_value = unit.place("p_value", place)
        unit.taken.add(place)
        if latest is not None and _may_take(unit.readings[latest]) and not _is_apart(unit, unit.readings[latest].end, place):
            tested = unit.readings[latest]
            unit.readings[latest] = replace(tested, figures=(*tested.figures, p_value), end=place + 1)
        else:
            unit.readings.append(TextReading((p_value,), place, place + 1))


def _may_take(reading: TextReading) -> bool:
    return reading.measure in measures.EFFECTS and reading.of_role("p_value") is None


def _is_apart(unit: Unit, start: int, end: int) -> bool:
    """Whether more than a few words stand between an estimate and a P value."""
    return sum(token.kind == "word" for token in unit.tokens[start:end]) > 6


def assign_measures(unit: Unit, measure: str | None = None) -> None:
    """Give each reading of ``unit`` that has none its measure: that named before it, or ``measure``, or a proportion for a percentage."""
    for number, each in enumerate(unit.readings):
        estimate = each.of_role(*ESTIMATES)
        if each.measure is not None or estimate is None:
            continue
        index = next(place for place, token in enumerate(unit.tokens) if token.end == estimate.end)
        is_named, named = measures.nearest_measure(unit.tokens, index, unit.taken)
        if is_named and estimate.role == "percent" and named in measures.RATIOS:
            is_named = False
        if not is_named:
            earlier = unit.readings[number - 1] if number else None
            named = measure or ("proportion" if estimate.role == "percent" else earlier.measure if earlier else None)
        if named in {"median", "mean"} and estimate.role == "percent":
            named = named if measure else "proportion"
        unit.readings[number] = replace(each, measure=named)


def _change_behind(unit: Unit, index: int) -> set[str]:
    """Return the words around a value that is a change by what stands behind it: ``29% lower``, ``3.7 months longer``; else none."""
    behind = unit.tokens[index + 1 : index + 3]
    if not any(token.is_word("lower", "higher", "longer", "shorter", "less", "greater") for token in behind):
        return set()
    return {token.lower for token in unit.tokens[max(0, index - 10) : index + 3] if token.kind == "word"}
