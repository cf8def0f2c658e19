"""Survival: probabilities over time in one group, the median, and the patients at risk, which one curve of Kaplan and Meier must meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from .outcomes import CONSISTENT, INCONSISTENT, TINY, Check, Range, exact_of, numerals_of, range_of
from .results import Result

KIND: Final = "survival-over-time"
#: The variable under which a record states how many patients are still followed at a time.
AT_RISK: Final = "patients-at-risk"
#: Units of time in days, of the shortest and the longest that is meant.
_DAYS: Final[Mapping[str, Range]] = {"days": (1, 1), "weeks": (7, 7), "months": (28, 31), "years": (365, 366)}


def check(results: Iterable[Result]) -> Iterator[Check]:
    """Yield the checks between results of one end point in one group by one analysis."""
    curves: dict[tuple[object, ...], list[Result]] = {}
    at_risk: dict[tuple[object, ...], list[Result]] = {}
    for result in results:
        settings = result.settings
        curve = result.group, settings.analysis, settings.cited_from
        if result.group and result.variable == AT_RISK:
            at_risk.setdefault(curve, []).append(result)
        elif result.group and result.measure in {"survival-probability", "median"}:
            curves.setdefault((*curve, result.variable), []).append(result)
    several = Counter(name[:3] for name in curves)
    for name, members in curves.items():
        yield from _of_curve(members, at_risk.get(name[:3], []) if several[name[:3]] == 1 else [])


def _of_curve(members: Sequence[Result], at_risk: Sequence[Result]) -> Iterator[Check]:
    points = [each for each in members if each.measure == "survival-probability" and _days(each) and _share(each)]
    medians = [each for each in members if each.measure == "median" and each.unit in _DAYS]
    for one, other in combinations(points, 2):
        yield from _falling(one, other)
    for point in points:
        for median in medians:
            yield from _around_median(point, median)
        for followed in at_risk:
            yield from _above_followed(point, followed)


def _falling(one: Result, other: Result) -> Iterator[Check]:
    """Yield whether the later of two probabilities is not higher than the earlier one."""
    first, last = (one, other) if _is_before(one, other) else (other, one)
    shares = _share(first), _share(last)
    if not _is_before(first, last) or shares[0] is None or shares[1] is None:
        return
    outcome = CONSISTENT if shares[1][0] <= shares[0][1] + TINY else INCONSISTENT
    printed = [numerals_of(each)["value"].printed for each in (first, last)]
    words = "is above" if outcome == INCONSISTENT else "is not above"
    text = f"{printed[1]} {words} {printed[0]}, which is of an earlier time"
    yield Check(f"{last.id}.{KIND}-{first.id}", KIND, outcome, (first.id, last.id), text)


def _around_median(point: Result, median: Result) -> Iterator[Check]:
    """Yield whether a probability is at least a half before the median, and at most a half after it."""
    printed, share = numerals_of(median).get("value"), _share(point)
    middle = range_of(printed)
    if printed is None or middle is None or share is None:
        return
    same = median.unit == point.settings.time_unit
    unit, times = ((1.0, 1.0), (_number(point),) * 2) if same else (_DAYS[median.unit or ""], _days(point) or (0.0, 0.0))
    if times[1] < middle[0] * unit[0]:
        wrong, side = share[1] < 50 - TINY, "before"
    elif times[0] > middle[1] * unit[1]:
        wrong, side = share[0] > 50 + TINY, "after"
    else:
        return
    text = f"{numerals_of(point)['value'].printed} % are without the event {side} the median of {printed.printed} {median.unit}"
    yield Check(f"{point.id}.{KIND}-{median.id}", KIND, INCONSISTENT if wrong else CONSISTENT, (point.id, median.id), text)


def _above_followed(point: Result, followed: Result) -> Iterator[Check]:
    """Yield whether a probability is at least the share of all patients who are followed at that time or later.

    The estimate of Kaplan and Meier (1958) hands the share of each patient who leaves on to those who stay.
    """
    stated, share = numerals_of(followed), _share(point)
    count, total = exact_of(stated.get("count")), exact_of(stated.get("total"))
    if share is None or _days(followed) is None or count is None or not total or _is_before(followed, point):
        return
    if point.settings.time_unit != followed.settings.time_unit and not _is_before(point, followed):
        return
    outcome = CONSISTENT if share[1] * total / 100 + 1 >= count else INCONSISTENT
    text = (
        f"{count} of {total} patients are still at risk; {numerals_of(point)['value'].printed} % are printed as without the event by then"
    )
    yield Check(f"{point.id}.{KIND}-{followed.id}", KIND, outcome, (point.id, followed.id), text, (100 * count / total, 100.0))


def _share(result: Result) -> Range | None:
    """Return a probability in percent."""
    share = range_of(numerals_of(result).get("value"))
    if share is None or result.unit not in {"percent", "ratio"}:
        return None
    factor = 1 if result.unit == "percent" else 100
    return share[0] * factor, share[1] * factor


def _is_before(one: Result, other: Result) -> bool:
    """Whether the time of one result is before that of the other, whatever their units mean."""
    if one.settings.time_unit == other.settings.time_unit:
        return _number(one) < _number(other)
    times = _days(one), _days(other)
    return times[0] is not None and times[1] is not None and times[0][1] < times[1][0]


def _days(result: Result) -> Range | None:
    """Return the time of a result in days, from the shortest to the longest that its unit may mean."""
    time, unit = numerals_of(result).get("time"), _DAYS.get(result.settings.time_unit or "")
    if range_of(time) is None or unit is None:
        return None
    return _number(result) * unit[0], _number(result) * unit[1]


def _number(result: Result) -> float:
    return float(numerals_of(result)["time"].number or 0)
