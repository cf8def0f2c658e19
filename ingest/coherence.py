"""Coherence: do the printed numbers hold together, when each stands for all numbers that are printed so?

A printed 0.16 means 0.155 to 0.165. A check is *consistent* when some numbers within the rounding fit, *inconsistent* when none
do, and *not checkable* when the arithmetic would need what is not printed or does not apply. Not to cry wolf comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from math import ceil, exp, floor, log
from statistics import NormalDist
from typing import Final

from . import figures, possible
from .accounts import Sum
from .numerals import Numeral
from .record import Analysis, Comparison, Record
from .results import Result

CONSISTENT: Final = "consistent"
INCONSISTENT: Final = "inconsistent"
NOT_CHECKABLE: Final = "not-checkable"

RATIOS: Final = frozenset({"hazard-ratio", "odds-ratio", "risk-ratio"})
DIFFERENCES: Final = frozenset({"difference-in-proportions", "risk-difference", "difference-in-medians", "mean-difference"})
#: The roles of the figures that each kind of check holds against each other.
ROLES: Final = {
    "possible-numbers": tuple(possible.LIMITS), "order": ("lower", "value", "upper"), "geometric-middle": ("value", "lower", "upper"),
    "p-value-against-interval": ("p_value", "value", "lower", "upper"), "percent-against-count": ("percent", "count", "total"),
    "whole-count": ("percent", "total"), "difference-of-groups": ("value", "percent", "count", "total"),
    "parts-against-whole": ("count", "total"),
}  # fmt: skip
#: Tests whose P value follows from the same model as the interval.
_OF_THE_MODEL: Final = frozenset({None, "wald-test"})
#: How far, in shares of half the interval's width, an estimate may lie off the middle before it is called off: intervals by
#: profile likelihood or with small samples are a little skewed.
_SKEW: Final = 0.1
#: P values are compared with this factor of tolerance on both sides, for t distributions and robust variances.
_SLACK: Final = 1.25
#: Levels that intervals are printed at, in percent.
_LEVELS: Final = (50, Decimal("99.9999"))
_NORMAL: Final = NormalDist()
_TINY: Final = 1e-9

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one result, or of several that belong together: its outcome, why, and the range that arithmetic gives."""

    id: str
    kind: str
    outcome: str
    results: tuple[str, ...]
    text: str
    expected: Range | None = None


def of_record(record: Record, results: Iterable[Result]) -> Iterator[Check]:
    """Yield every check of the record's ``results``."""
    rows: dict[str, list[Result]] = {}
    analyses = {analysis.id: analysis for analysis in record.analyses}
    for result in results:
        rows.setdefault(result.row, []).append(result)
        yield from of_result(result, analyses.get(result.settings.analysis or ""))
    comparisons = {comparison.id: comparison for comparison in record.comparisons}
    for members in rows.values():
        yield from differences(members, comparisons)
    for total in record.sums:
        yield from sums(total, rows)


def of_result(result: Result, analysis: Analysis | None = None) -> Iterator[Check]:
    """Yield the checks that one result allows by itself."""
    stated = {role: figure.numeral for role, figure in figures.first_by_role(result.figures).items() if not figure.date}
    order = _order(stated)
    # Where an interval does not hold its estimate, what else it implies means nothing.
    of_interval = () if order and order[1] == INCONSISTENT else (_middle(stated, result), _p_value(stated, result, analysis))
    for outcome_of_check in (_possible(stated), order, *of_interval, _percent(stated, result), _whole_count(stated, result)):
        if outcome_of_check is not None:
            kind, outcome, text, expected = outcome_of_check
            yield Check(f"{result.id}.{kind}", kind, outcome, (result.id,), text, expected)


_Found = tuple[str, str, str, Range | None]


def _possible(stated: Mapping[str, Numeral]) -> _Found | None:
    """Each number is one that it can be; of what can be nothing is said."""
    fault = possible.find_impossible(stated)
    return ("possible-numbers", INCONSISTENT, fault, None) if fault else None


def _order(stated: Mapping[str, Numeral]) -> _Found | None:
    """Lower bound, estimate and upper bound stand in this order."""
    numbers = [(role, bounds) for role in ("lower", "value", "upper") if role in stated and (bounds := _range(stated[role]))]
    if len(numbers) < 2:
        return None
    for (name, smaller), (other, larger) in combinations(numbers, 2):
        if smaller[0] > larger[1] + _TINY or _is_above_as_printed(stated[name], stated[other]):
            return "order", INCONSISTENT, f"the {name} {stated[name].printed} is above the {other} {stated[other].printed}", None
    return "order", CONSISTENT, "bounds and estimate are in order", None


def _is_above_as_printed(one: Numeral, other: Numeral) -> bool:
    """Whether a number is printed above another one to the same decimals: rounding turns no order round."""
    return one.decimals == other.decimals and one.number is not None and other.number is not None and one.number > other.number


def _middle(stated: Mapping[str, Numeral], result: Result) -> _Found | None:
    """A ratio lies near the geometric middle of its confidence interval: the interval is symmetric on the log scale."""
    if result.measure not in RATIOS or not _has_interval(stated, result):
        return None
    value, lower, upper = (_range(stated[role]) for role in ("value", "lower", "upper"))
    if value is None or lower is None or upper is None or min(value[0], lower[0], upper[0]) <= 0:
        return "geometric-middle", NOT_CHECKABLE, "a bound or the estimate is no positive number", None
    expected = (exp((log(lower[0]) + log(upper[0])) / 2), exp((log(lower[1]) + log(upper[1])) / 2))
    off = max(log(value[0] / expected[1]), log(expected[0] / value[1]), 0.0)
    half = log(upper[1] / lower[0]) / 2
    bounds = f"{stated['lower'].printed} and {stated['upper'].printed}"
    calculation = f"the geometric middle of {bounds} is {_format_range(expected)}; {stated['value'].printed} is printed"
    return "geometric-middle", CONSISTENT if off <= _SKEW * half else INCONSISTENT, calculation, expected


def _p_value(stated: Mapping[str, Numeral], result: Result, analysis: Analysis | None) -> _Found | None:
    """The two-sided P value of the Wald test that estimate and interval imply, at the interval's own level (Altman and Bland 2011)."""
    kind = "p-value-against-interval"
    if "p_value" not in stated or result.measure not in RATIOS | DIFFERENCES or not _has_interval(stated, result):
        return None
    test = analysis.test if analysis else None
    if "level" not in stated:
        return kind, NOT_CHECKABLE, "the level of the interval is not printed", None
    if test and "one-sided" in test:
        return kind, NOT_CHECKABLE, "the P value is one-sided", None
    value, lower, upper = (_range(stated[role]) for role in ("value", "lower", "upper"))
    level = stated["level"].number
    if value is None or lower is None or upper is None or level is None or stated["p_value"].number is None:
        return kind, NOT_CHECKABLE, "a number is not printed", None
    if not _LEVELS[0] <= level <= _LEVELS[1]:
        return kind, NOT_CHECKABLE, f"{stated['level'].printed} is no level of an interval in percent", None
    if result.measure in RATIOS:
        if min(value[0], lower[0]) <= 0:
            return kind, NOT_CHECKABLE, "a bound or the estimate is no positive number", None
        value, lower, upper = ((log(one[0]), log(one[1])) for one in (value, lower, upper))
    quantile = _NORMAL.inv_cdf(0.5 + float(level) / 200)
    errors = (max(upper[0] - lower[1], _TINY) / (2 * quantile), max(upper[1] - lower[0], _TINY) / (2 * quantile))
    sizes = (0.0 if value[0] <= 0 <= value[1] else min(map(abs, value)), max(map(abs, value)))
    expected = (_two_sided(sizes[1] / errors[0]), _two_sided(sizes[0] / errors[1]))
    printed = _allowed_range(stated["p_value"])
    fits = printed[0] <= expected[1] * _SLACK + _TINY and expected[0] / _SLACK <= printed[1] + _TINY
    calculation = f"estimate and interval imply P of {_format_range(expected)}; {stated['p_value'].printed} is printed"
    if fits:
        return kind, CONSISTENT, calculation, expected
    if test not in _OF_THE_MODEL:
        return kind, NOT_CHECKABLE, f"{calculation}, by another test ({test}) than the interval", expected
    return kind, INCONSISTENT, calculation, expected


def _percent(stated: Mapping[str, Numeral], result: Result) -> _Found | None:
    """A percentage is that of its count and its denominator."""
    if not {"count", "total", "percent"} <= stated.keys():
        return None
    count, total, percent = stated["count"], stated["total"], stated["percent"]
    if (
        result.is_masked
        or count.number is None
        or not total.number
        or percent.number is None
        or count.operator != "="
        or total.operator != "="
    ):
        return "percent-against-count", NOT_CHECKABLE, "a number is masked or not printed", None
    exact = 100 * float(count.number) / float(total.number)
    low, high = _allowed_range(percent)
    outcome = CONSISTENT if low - _TINY <= exact <= high + _TINY else INCONSISTENT
    calculation = f"{count.printed} of {total.printed} is {exact:.4g} %; {percent.printed} is printed"
    return "percent-against-count", outcome, calculation, (exact, exact)


def _whole_count(stated: Mapping[str, Numeral], result: Result) -> _Found | None:
    """Where only a percentage and a denominator are printed, a whole number of patients gives that percentage."""
    if result.measure != "proportion" or "count" in stated or not {"total", "percent"} <= stated.keys():
        return None
    total, percent = stated["total"].number, _range(stated["percent"])
    if result.is_masked or not total or percent is None or stated["percent"].operator != "=":
        return "whole-count", NOT_CHECKABLE, "a number is masked or not printed", None
    least, most = ceil(percent[0] * float(total) / 100 - _TINY), floor(percent[1] * float(total) / 100 + _TINY)
    if least <= most:
        return (
            "whole-count",
            CONSISTENT,
            f"{stated['percent'].printed} % of {stated['total'].printed} is {least} to {most} patients",
            (least, most),
        )
    calculation = f"no whole number of {stated['total'].printed} patients is {stated['percent'].printed} %"
    return "whole-count", INCONSISTENT, calculation, None


def differences(members: Iterable[Result], comparisons: Mapping[str, Comparison]) -> Iterator[Check]:
    """Yield the check of each difference of a row against the two groups of the same row."""
    results = list(members)
    groups = {result.group: result for result in results if result.group}
    for result in results:
        comparison = comparisons.get(result.comparison or "")
        if comparison is None or result.measure not in {"difference-in-proportions", "difference-in-medians"}:
            continue
        sides = [groups.get(name) for name in (comparison.intervention, comparison.comparator)]
        ranges = [None if side is None else _stated_value(side) for side in sides]
        printed = figures.first_by_role(result.figures).get("value")
        if ranges[0] is None or ranges[1] is None or printed is None or (bounds := _range(printed.numeral)) is None:
            continue
        expected = (ranges[0][0] - ranges[1][1], ranges[0][1] - ranges[1][0])
        outcome = CONSISTENT if bounds[0] <= expected[1] + _TINY and expected[0] <= bounds[1] + _TINY else INCONSISTENT
        calculation = f"the groups differ by {_format_range(expected)}; {printed.exact} is printed"
        involved = (result.id, *(side.id for side in sides if side))
        yield Check(f"{result.id}.difference-of-groups", "difference-of-groups", outcome, involved, calculation, expected)


def sums(total: Sum, rows: Mapping[str, list[Result]]) -> Iterator[Check]:
    """Yield, for each group, the check of the parts against their whole (or against the group's denominator)."""
    parts: dict[str, list[Result]] = {}
    for name in total.parts:
        for result in rows.get(name, ()):
            if result.group:
                parts.setdefault(result.group, []).append(result)
    wholes = {result.group: result for result in rows.get(total.whole or "", ())}
    for group, members in parts.items():
        involved = tuple(result.id for result in members)
        stated = [figures.first_by_role(result.figures) for result in members]
        whole = figures.first_by_role(wholes[group].figures).get("count") if group in wholes else stated[0].get("total")
        counts = [one["count"].numeral for one in stated if "count" in one]
        if total.whole and group in wholes:
            involved += (wholes[group].id,)
        name, kind = f"{total.id}.{group}.parts-against-whole", "parts-against-whole"
        if whole is None or whole.numeral.number is None or len(counts) < len(members) or len(members) < len(total.parts):
            yield Check(name, kind, NOT_CHECKABLE, involved, "a count is not printed")
        elif any(count.number is None or count.operator != "=" for count in counts):
            yield Check(name, kind, NOT_CHECKABLE, involved, "a count is masked")
        else:
            added = sum(int(count.number or 0) for count in counts)
            outcome = CONSISTENT if added == whole.numeral.number else INCONSISTENT
            yield Check(name, kind, outcome, involved, f"the parts add up to {added}; {whole.exact} is printed", (added, added))


def _stated_value(result: Result) -> Range | None:
    """Return the value of a group: exactly from its count and total where they are printed, else by rounding."""
    stated = figures.first_by_role(result.figures)
    if {"count", "total"} <= stated.keys():
        count, total = stated["count"].numeral.number, stated["total"].numeral.number
        if count is not None and total:
            exact = 100 * float(count) / float(total)
            printed = stated.get("percent")
            bounds = _range(printed.numeral) if printed else None
            return (min(exact, bounds[0]), max(exact, bounds[1])) if bounds else (exact, exact)
    value = stated.get("value") or stated.get("percent")
    return _range(value.numeral) if value else None


def _has_interval(stated: Mapping[str, Numeral], result: Result) -> bool:
    confidence = result.settings.interval in {None, "confidence-interval"}
    return confidence and {"value", "lower", "upper"} <= stated.keys()


def _range(numeral: Numeral) -> Range | None:
    if numeral.bounds is None or numeral.operator != "=":
        return None
    return float(numeral.bounds[0]), float(numeral.bounds[1])


def _allowed_range(numeral: Numeral) -> Range:
    """Return the numbers that a printed numeral allows: by rounding, or on its side of a comparison sign."""
    low, high = (float(bound) for bound in numeral.bounds or (0, 0))
    if numeral.operator in {"<", "<="}:
        return 0.0, float(numeral.number or 0)
    return (float(numeral.number or 0), float("inf")) if numeral.operator in {">", ">="} else (low, high)


def _two_sided(score: float) -> float:
    return 2 * _NORMAL.cdf(-abs(score))


def _format_range(bounds: Range) -> str:
    low, high = (f"{bound:.3g}" for bound in bounds)
    return low if low == high else f"{low} to {high}"
