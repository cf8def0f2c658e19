"""Figures without bounds: P values, n of N and percentages, standard deviations, and estimates that stand alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from . import measures
from .cues import find_cues
from .nonvalues import TIMES, find_nonvalues, find_p_values, is_count, total_of
from .readings import ESTIMATES, TextReading, Unit

#: Words of sentences about what was planned or required: their numbers are no results.
_PLANNED: Final = frozenset(
    "assumed assuming assumption power alpha planned eligible eligibility detect sample-size hypothesized hypothesised anticipated "
    "threshold criteria criterion defined definition exclude excluded exclusion inclusion recommended".split()
)
#: Words before a percentage that is a limit, or not exact.
_LIMITING: Final = frozenset(
    "least most than about approximately between from over nearly almost roughly around under below above exceeding".split()
)
_PEOPLE: Final = frozenset("patients participants subjects pts patient people persons men women".split())
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
    _read_shares(unit, barred, is_planned)
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


def _read_shares(unit: Unit, barred: set[int], is_planned: bool) -> None:
    """Read counts, totals and percentages that belong together; a number with a sign such as ``≥`` is a limit.

    A percentage alone is none of a result where the sentence says what was planned.
    """
    for index, token in enumerate(unit.tokens):
        if token.kind not in {"number", "numberword"} or index in unit.taken or _has_sign(unit, index):
            continue
        if index in barred and not is_count(unit.tokens, index):
            continue
        if is_count(unit.tokens, index):
            _take_count(unit, index)
        elif _is_share(unit, index):
            _take_share(unit, index, is_planned)
        elif not is_planned and len(members := _list_of_shares(unit, index)) > 1:
            for member in members:
                _take(unit, {"percent": member})


def _take_count(unit: Unit, index: int) -> None:
    """Take ``n of N patients (33%)`` or ``n (33%) of N``, with the percentage where it is there."""
    total = total_of(unit.tokens, index)
    if total in unit.taken:
        return
    step = total + 1
    while (token := unit.at(step)) is not None and (token.is_word(*_PEOPLE) or token.kind in {"open"} or token.is_sign(",")):
        step += 1
    places = {"count": index, "total": total} | ({"percent": step} if _is_share(unit, step) else {})
    _take(unit, places)


def _take_share(unit: Unit, index: int, is_planned: bool) -> None:
    """Take a percentage with the count before it (``49 (29%) of 170``) or behind it (``29% (49 of 170)``)."""
    places = {"percent": index}
    before, earlier = unit.at(index - 1), unit.at(index - 2)
    counted = index - 3 if earlier is not None and earlier.is_word(*_PEOPLE) else index - 2
    if before is not None and before.kind == "open" and _is_whole(unit, counted):
        places = {"count": counted} | places
        closing, of, total = unit.at(index + 2), unit.at(index + 3), unit.at(index + 4)
        if closing and closing.kind == "close" and of and of.is_word("of") and total and _is_whole(unit, index + 4):
            places["total"] = index + 4
    elif (behind := unit.at(index + 2)) is not None and behind.kind == "open" and _is_free_count(unit, index + 3):
        places |= {"count": index + 3, "total": total_of(unit.tokens, index + 3)}
    if not (is_planned and len(places) == 1):
        _take(unit, places)


def _is_free_count(unit: Unit, index: int) -> bool:
    return unit.at(index) is not None and index not in unit.taken and is_count(unit.tokens, index)


def _list_of_shares(unit: Unit, index: int) -> list[int]:
    """Return the places of the numbers that share one percent sign: ``72 and 90 %, respectively``, ``53, 1, and 0 %``; else none."""
    members, step = [index], index + 1
    while (joint := unit.at(step)) is not None and (joint.is_sign(",") or joint.is_word("and", "vs", "versus")):
        step += 1
        if (token := unit.at(step)) is not None and token.is_word("and"):
            step += 1
        token = unit.at(step)
        if token is None or token.kind != "number" or step in unit.taken:
            return []
        members.append(step)
        step += 1
    sign = unit.at(step)
    if len(members) < 2 or sign is None or sign.kind != "percent":
        return []
    is_stated = len(members) > 2 or any(token.is_word("respectively", "vs", "versus") for token in unit.tokens[index : step + 12])
    before = unit.at(index - 1)
    is_name = before is not None and (before.kind in {"dash", "operator"} or before.is_word("to", "between", "from", "cycle", "grade"))
    return members if is_stated and not is_name else []


def _is_whole(unit: Unit, index: int) -> bool:
    token = unit.at(index)
    if token is None or index in unit.taken or _has_sign(unit, index):
        return False
    return token.kind == "numberword" or (token.kind == "number" and token.text.replace(",", "").isdigit())


def _is_share(unit: Unit, index: int) -> bool:
    """Whether the number at ``index`` is a percentage that is not taken, nor part of a range or of a level."""
    token, after = unit.at(index), unit.at(index + 1)
    if token is None or token.kind != "number" or index in unit.taken or after is None or after.kind != "percent":
        return False
    before, behind, word = unit.at(index - 1), unit.at(index + 2), unit.at(index + 3)
    if before is not None and before.is_sign("=") and (named := unit.at(index - 2)) is not None and named.is_word("i", "i2", "i²"):
        return False
    if before is not None and (before.kind == "dash" or before.is_word(*_LIMITING)):
        return False
    earlier = unit.at(index - 2)
    if before is not None and before.is_word("to", "mately") and (earlier is None or earlier.kind != "word" or earlier.is_word("up")):
        return False
    if behind is not None and (behind.kind == "dash" or (behind.is_word("to", "or") and word is not None and word.kind == "number")):
        return False
    levels = {cue.level for cue in find_cues(unit.tokens[max(0, index - 3) : index + 5])}
    return min(3, index) not in levels


def _has_sign(unit: Unit, index: int) -> bool:
    before = unit.at(index - 1)
    return before is not None and before.kind == "operator" and before.text != "="


def _read_dispersions(unit: Unit, barred: set[int]) -> None:
    """Read ``27.9 ± 5.4``, and ``mean (SD) age, 65 (15) years``."""
    for index, token in enumerate(unit.tokens):
        value, spread = unit.at(index - 1), unit.at(index + 1)
        if token.kind != "plusminus" or value is None or spread is None or index - 1 in barred | unit.taken:
            continue
        if value.kind == spread.kind == "number":
            _take(unit, {"value": index - 1, "dispersion": index + 1}, "mean")
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
        _take(unit, {"value": value, "dispersion": value + 2}, "mean")


def _read_estimates(unit: Unit, barred: set[int], measure: str | None) -> None:
    """Read values whose measure is named before them, or that are joined to such a value."""
    for index, token in enumerate(unit.tokens):
        if (
            token.kind not in {"number", "absent", "numberword"}
            or index in barred | unit.taken
            or _has_sign(unit, index)
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
                _take(unit, {"value": index}, named)
        elif token.kind == "numberword":
            continue
        elif (before := unit.at(index - 1)) is not None and before.text in _LENGTHS and _has_unit(unit, index):
            _take(unit, {"value": index})
        elif (joined := _joined_reading(unit, index, barred)) is not None and _has_unit(unit, index):
            _take(unit, {"value": index}, joined.measure)


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


def _take(unit: Unit, places: dict[str, int], measure: str | None = None) -> None:
    unit.taken.update(places.values())
    figures = tuple(unit.place(role, index) for role, index in sorted(places.items(), key=lambda each: each[1]))
    if measure is None:
        measure = "proportion" if "percent" in places or "total" in places else None
    unit.readings.append(TextReading(figures, min(places.values()), max(places.values()) + 1, None, measure))


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
