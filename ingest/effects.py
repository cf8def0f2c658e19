"""Effects: differences and ratios against the two groups that they compare.

Only effects on proportions and medians follow from the groups, hazard ratios never. A difference of the same analysis is exact but for
rounding. A ratio, or a difference of another analysis, may be adjusted or stratified in ways that no paper prints: it is called
wrong only where it is far from the crude one, and the crude one is outside its interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import hypot, sqrt
from typing import Final

from scipy.special import ndtri

from .intervals import wilson
from .numerals import Numeral
from .outcomes import (
    CONSISTENT,
    DIFFERENCES,
    INCONSISTENT,
    NOT_CHECKABLE,
    RATIOS,
    TINY,
    Check,
    Range,
    exact_of,
    format_range,
    is_confidence_interval,
    numerals_of,
    overlap,
    range_of,
)  # fmt: skip
from .pvalues import EventCounts
from .record import Analysis, Comparison
from .results import Result

#: By how many points a difference that is adjusted, or stands in another row, may be off the crude one.
POINTS: Final = 5.0
#: By which factor an odds or risk ratio may be off the crude one.
FACTOR: Final = 2.5
#: By which share of half its width the interval of a difference may be off the middle, with the methods that are skewed: with many
#: patients on both sides of both groups, and without.
SKEW: Final = (0.25, 0.6)
#: By which factor the interval of a difference may be wider or narrower than that of the counts: strata, continuity correction.
WIDER: Final = 1.15
#: From this number on patients are many.
MANY: Final = 8
_OF_GROUPS: Final = frozenset({"difference-in-proportions", "difference-in-medians", "risk-difference"})
_MEASURES: Final = {"difference-in-medians": "median"}


class ComparedGroups:
    """The results of groups in one record, to look up which two an effect compares."""

    def __init__(self, results: Iterable[Result], comparisons: Mapping[str, Comparison]) -> None:
        self.comparisons = comparisons
        self.by_row: dict[tuple[str, str], Result] = {}
        self.by_subject: dict[tuple[object, ...], list[Result]] = {}
        for result in results:
            if result.group:
                self.by_row[result.row, result.group] = result
                self.by_subject.setdefault((*_subject(result), result.measure, result.group), []).append(result)

    def of(self, effect: Result) -> tuple[Result, Result] | None:
        """Return the two results that ``effect`` compares: of its row, or the only ones of the same variable, analysis and time."""
        comparison = self.comparisons.get(effect.comparison or "")
        if comparison is None:
            return None
        measure = _MEASURES.get(effect.measure or "", "proportion")
        sides = []
        for group in (comparison.intervention, comparison.comparator):
            alike = self.by_subject.get((*_subject(effect), measure, group), [])
            side = self.by_row.get((effect.row, group)) or (alike[0] if len(alike) == 1 and _same_unit(effect, alike[0]) else None)
            sides += [side] if side else []
        return (sides[0], sides[1]) if len(sides) == 2 else None

    def counts(self, effect: Result) -> EventCounts | None:
        """Return events and patients of the two groups of the row of ``effect``."""
        sides = self.of(effect)
        if sides is None or any(side.row != effect.row or side.is_masked for side in sides):
            return None
        stated = [numerals_of(side) for side in sides]
        events, totals = ([exact_of(each.get(role)) for each in stated] for role in ("count", "total"))
        pairs = [(e, t) for e, t in zip(events, totals, strict=True) if e is not None and t and e <= t]
        return EventCounts((pairs[0][0], pairs[1][0]), (pairs[0][1], pairs[1][1])) if len(pairs) == 2 else None


def check(effect: Result, groups: ComparedGroups, analysis: Analysis | None) -> Iterator[Check]:
    """Yield the checks of an effect against its groups."""
    counts = groups.counts(effect)
    yield from _interval_of_difference(effect, counts)
    if counts is not None and not (analysis and analysis.adjusted_for):
        yield from _width(effect, counts)
    sides = groups.of(effect)
    if sides is None:
        return
    if effect.measure in _OF_GROUPS:
        yield from _difference(effect, sides, analysis)
    elif effect.measure in {"odds-ratio", "risk-ratio"}:
        yield from _ratio(effect, counts, sides, analysis)


def difference(first: Range, other: Range) -> Range:
    """Return between which numbers the difference of two ranges lies.

    >>> difference((44.5, 45.5), (26.5, 27.5))
    (17.0, 19.0)
    """
    return first[0] - other[1], first[1] - other[0]


def reductions(results: Iterable[Result]) -> Iterator[Check]:
    """Yield the check of each relative reduction against the ratio of the same comparison, variable and analysis."""
    members = list(results)
    ratios = {(*_subject(each), each.comparison): each for each in members if each.measure in RATIOS}
    for reduction in members:
        ratio = ratios.get((*_subject(reduction), reduction.comparison))
        if reduction.measure != "relative-reduction" or reduction.unit != "percent" or ratio is None:
            continue
        printed, of_ratio = (range_of(numerals_of(each).get("value")) for each in (reduction, ratio))
        if printed is None or of_ratio is None:
            continue
        expected = 100 * (1 - of_ratio[1]), 100 * (1 - of_ratio[0])
        outcome = CONSISTENT if overlap(printed, expected) or overlap((-printed[1], -printed[0]), expected) else INCONSISTENT
        text = f"the ratio is a reduction by {format_range(expected)} %; {numerals_of(reduction)['value'].printed} is printed"
        kind = "reduction-against-ratio"
        yield Check(f"{reduction.id}.{kind}", kind, outcome, (reduction.id, ratio.id), text, expected)


def stated_value(result: Result) -> Range | None:
    """Return the value of a group: exactly from its count and total where they are printed, else by rounding."""
    stated = numerals_of(result)
    if {"count", "total"} <= stated.keys():
        count, total = stated["count"].number, stated["total"].number
        if count is not None and total:
            exact = 100 * float(count) / float(total)
            bounds = range_of(stated.get("percent"))
            return (min(exact, bounds[0]), max(exact, bounds[1])) if bounds else (exact, exact)
    return range_of(stated.get("value") or stated.get("percent"))


def _difference(effect: Result, sides: tuple[Result, Result], analysis: Analysis | None) -> Iterator[Check]:
    is_of_row = all(side.row == effect.row for side in sides)
    is_adjusted = bool(analysis and analysis.adjusted_for)
    ranges = [stated_value(side) for side in sides]
    printed = numerals_of(effect).get("value")
    if ranges[0] is None or ranges[1] is None or printed is None or (bounds := range_of(printed)) is None:
        return
    expected = difference(ranges[0], ranges[1])
    fits = overlap(bounds, expected) or (not is_of_row and overlap((-bounds[1], -bounds[0]), expected))
    is_near = effect.measure != "difference-in-medians" and overlap((bounds[0] - POINTS, bounds[1] + POINTS), expected)
    may_be_other = is_adjusted or (not is_of_row and is_near)
    outcome = CONSISTENT if fits else NOT_CHECKABLE if may_be_other and (is_near or not is_of_row) else INCONSISTENT
    text = f"the groups differ by {format_range(expected)}; {printed.printed} is printed"
    yield Check(f"{effect.id}.difference-of-groups", "difference-of-groups", outcome, _ids(effect, sides), text, expected)


def _interval_of_difference(effect: Result, counts: EventCounts | None) -> Iterator[Check]:
    """Yield whether a difference is near the middle of its interval, as it is by the normal approximation and nearly so by others."""
    stated, kind = numerals_of(effect), "middle-of-difference"
    if effect.measure not in DIFFERENCES - {"difference-in-medians"} or not is_confidence_interval(effect):
        return
    value, lower, upper = (range_of(stated.get(role)) for role in ("value", "lower", "upper"))
    if value is None or lower is None or upper is None:
        return
    expected = (lower[0] + upper[0]) / 2, (lower[1] + upper[1]) / 2
    off = max(value[0] - expected[1], expected[0] - value[1], 0.0)
    is_large = counts is not None and min(counts.events + tuple(n - e for e, n in zip(counts.events, counts.totals, strict=True))) >= MANY
    skew = SKEW[0] if is_large or effect.measure == "mean-difference" else SKEW[1]
    outcome = CONSISTENT if off <= skew * (upper[1] - lower[0]) / 2 + TINY else INCONSISTENT
    bounds = f"{stated['lower'].printed} and {stated['upper'].printed}"
    text = f"the middle of {bounds} is {format_range(expected)}; {stated['value'].printed} is printed"
    yield Check(f"{effect.id}.{kind}", kind, outcome, (effect.id,), text, expected)


def _width(effect: Result, counts: EventCounts) -> Iterator[Check]:
    """Yield whether the interval of a difference of proportions is about as wide as that of the counts, without strata.

    By Wald, by Agresti and Caffo (2000), and by Newcombe (1998, method 10); other methods lie near these.
    """
    stated, kind = numerals_of(effect), "width-of-difference"
    lower, upper, level = range_of(stated.get("lower")), range_of(stated.get("upper")), stated.get("level")
    is_difference = effect.measure in {"difference-in-proportions", "risk-difference"} and is_confidence_interval(effect)
    if not is_difference or lower is None or upper is None or level is None or not level.number or not 50 <= level.number < 100:
        return
    tail = (1 - float(level.number) / 100) / 2
    widths = [100 * width for width in _widths(counts, tail)]
    printed, expected = (upper[0] - lower[1], upper[1] - lower[0]), (min(widths) / WIDER, max(widths) * WIDER)
    outcome = CONSISTENT if overlap(printed, expected) else INCONSISTENT
    text = f"the counts give an interval {format_range((min(widths), max(widths)))} points wide"
    text += f"; {stated['lower'].printed} to {stated['upper'].printed} is printed"
    yield Check(f"{effect.id}.{kind}", kind, outcome, (effect.id,), text, expected)


def _widths(counts: EventCounts, tail: float) -> Iterator[float]:
    (a, b), (n, m) = counts.events, counts.totals
    quantile = float(-ndtri(tail))
    for extra in (0, 1):
        shares = ((a + extra, n + 2 * extra), (b + extra, m + 2 * extra))
        yield 2 * quantile * sqrt(sum(x / size * (1 - x / size) / size for x, size in shares))
    (low, high), (other_low, other_high) = wilson(a, n, tail), wilson(b, m, tail)
    yield hypot(a / n - low, other_high - b / m) + hypot(high - a / n, b / m - other_low)


def _ratio(effect: Result, counts: EventCounts | None, sides: tuple[Result, Result], analysis: Analysis | None) -> Iterator[Check]:
    """Yield whether an odds or risk ratio is anywhere near the crude one."""
    stated, kind = numerals_of(effect), "ratio-of-groups"
    value = range_of(stated.get("value"))
    if value is None or value[0] <= 0 or counts is None:
        return
    crude = _crude(effect.measure or "", counts)
    if crude is None:
        return
    lower, upper = (range_of(stated.get(role)) for role in ("lower", "upper"))
    expected = crude / FACTOR, crude * FACTOR
    is_inside = lower is not None and upper is not None and lower[0] <= crude <= upper[1]
    text = f"the counts of the groups give {crude:.3g}; {stated['value'].printed} is printed"
    if overlap(value, expected) or is_inside:
        outcome = CONSISTENT
    else:
        outcome = NOT_CHECKABLE if analysis and analysis.adjusted_for else INCONSISTENT
        text += ", which is adjusted" if analysis and analysis.adjusted_for else ""
    yield Check(f"{effect.id}.{kind}", kind, outcome, _ids(effect, sides), text, (crude, crude))


def _crude(measure: str, counts: EventCounts) -> float | None:
    (a, b), (n, m) = counts.events, counts.totals
    if measure == "risk-ratio":
        return a * m / (b * n) if a and b else None
    return a * (m - b) / (b * (n - a)) if 0 < a < n and 0 < b < m else None


def _ids(effect: Result, sides: tuple[Result, Result]) -> tuple[str, ...]:
    return (effect.id, *(side.id for side in sides))


def _same_unit(effect: Result, side: Result) -> bool:
    return effect.unit == side.unit or {effect.unit, side.unit} == {"percentage-points", "percent"}


def _subject(result: Result) -> tuple[object, ...]:
    """Return what a result is about, its group or comparison left out."""
    time: Numeral | None = numerals_of(result).get("time")
    return result.variable, result.settings.analysis, result.settings.cited_from, time.canonical if time else None
