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
    points = [each for each in members if each.measure == "survival-probability" and _point(each)]
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
    times, shares = zip(*filter(None, map(_point, (one, other))), strict=True)
    if times[0][0] > times[1][1]:
        one, other, shares = other, one, shares[::-1]
    elif times[0][1] >= times[1][0]:
        return
    outcome = CONSISTENT if shares[1][0] <= shares[0][1] + TINY else INCONSISTENT
    printed = [numerals_of(each)["value"].printed for each in (one, other)]
    words = "is above" if outcome == INCONSISTENT else "is not above"
    text = f"{printed[1]} {words} {printed[0]}, which is of an earlier time"
    yield Check(f"{other.id}.{KIND}-{one.id}", KIND, outcome, (one.id, other.id), text)


def _around_median(point: Result, median: Result) -> Iterator[Check]:
    """Yield whether a probability is at least a half before the median, and at most a half after it."""
    where, printed = _point(point), numerals_of(median).get("value")
    middle = range_of(printed)
    if where is None or printed is None or middle is None:
        return
    days, (least, most) = _DAYS[median.unit or ""], where[1]
    if median.unit == point.settings.time_unit:
        days, where = (1, 1), ((_number(point), _number(point)), where[1])
    if where[0][1] < middle[0] * days[0]:
        wrong, side = most < 50 - TINY, "before"
    elif where[0][0] > middle[1] * days[1]:
        wrong, side = least > 50 + TINY, "after"
    else:
        return
    share = numerals_of(point)["value"].printed
    text = f"{share} % are without the event {side} the median of {printed.printed} {median.unit}"
    yield Check(f"{point.id}.{KIND}-{median.id}", KIND, INCONSISTENT if wrong else CONSISTENT, (point.id, median.id), text)


def _above_followed(point: Result, followed: Result) -> Iterator[Check]:
    """Yield whether a probability is at least the share of all patients who are followed at that time or later.

    The estimate of Kaplan and Meier (1958) hands the share of each patient who leaves on to those who stay.
    """
    stated, where, time = numerals_of(followed), _point(point), _days(followed)
    count, total = exact_of(stated.get("count")), exact_of(stated.get("total"))
    if where is None or time is None or count is None or not total or time[0] < where[0][1]:
        return
    outcome = CONSISTENT if where[1][1] * total / 100 + 1 >= count else INCONSISTENT
    share = numerals_of(point)["value"].printed
    text = f"{count} of {total} patients are still at risk; {share} % are printed as without the event by then"
    yield Check(f"{point.id}.{KIND}-{followed.id}", KIND, outcome, (point.id, followed.id), text, (100 * count / total, 100.0))


def _point(result: Result) -> tuple[Range, Range] | None:
    """Return the time of a probability in days, and the probability in percent."""
    share, days = range_of(numerals_of(result).get("value")), _days(result)
    if days is None or share is None or result.unit not in {"percent", "ratio"}:
        return None
    factor = 1 if result.unit == "percent" else 100
    return days, (share[0] * factor, share[1] * factor)


def _days(result: Result) -> Range | None:
    """Return the time of a result in days, from the shortest to the longest that its unit may mean."""
    time, unit = numerals_of(result).get("time"), _DAYS.get(result.settings.time_unit or "")
    if range_of(time) is None or unit is None:
        return None
    return _number(result) * unit[0], _number(result) * unit[1]


def _number(result: Result) -> float:
    return float(numerals_of(result)["time"].number or 0)
