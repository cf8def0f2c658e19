"""Coherence: do the printed numbers hold together, when each stands for all numbers that are printed so?

Here are the checks of one result by itself, and the list of all checks of a record. ``outcomes`` says what an outcome means; other modules
hold intervals, P values, effects, spreads, survival and wholes against what they follow from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from math import ceil, exp, floor, log
from typing import Final

from . import effects, intervals, possible, pvalues, responses, spreads, survival, wholes
from .numerals import Numeral
from .outcomes import (
    CONSISTENT,
    INCONSISTENT,
    NOT_CHECKABLE,
    RATIOS,
    TINY,
    Check,
    Finding,
    Numerals,
    allowed_range,
    exact_of,
    format_range,
    has_interval,
    numerals_of,
    range_of,
)  # fmt: skip
from .record import Analysis, Record
from .results import Result

#: The roles of the figures that each kind of check holds against each other.
ROLES: Final = {
    "possible-numbers": (*possible.LIMITS, "value"), "order": ("lower", "value", "percent", "upper"),
    "geometric-middle": ("value", "lower", "upper"),
    "p-value-against-interval": ("p_value", "value", "lower", "upper"), "percent-against-count": ("percent", "count", "total"),
    "whole-count": ("percent", "total"), "difference-of-groups": ("value", "percent", "count", "total"),
    "parts-against-whole": ("count", "total"),
    "interval-against-count": ("lower", "upper", "count", "percent", "total", "level"), "middle-of-difference": ("value", "lower", "upper"),
    "ratio-of-groups": ("value", "count", "total"), "reduction-against-ratio": ("value",),
    "spread": ("value", "dispersion", "lower", "upper"), "survival-over-time": ("value", "time", "count", "total"),
    "arms-against-whole": ("count",), "count-against-percent": ("count", "percent"),
    "width-of-difference": ("lower", "upper", "level"), "level-of-row": ("level",),
    responses.KIND: ("percent", "count", "total"),
}  # fmt: skip
#: How far, in shares of half the interval's width, an estimate may lie off the middle before it is called off: intervals by
#: profile likelihood or with small samples are a little skewed.
_SKEW: Final = 0.1
#: The same for odds ratios, and the widest interval of one, as the quotient of its bounds: exact intervals of few patients are skewed more.
_SKEW_OF_ODDS: Final = 0.3
_WIDEST_OF_ODDS: Final = 50.0
#: No interval has a lower level, in percent.
_LOWEST_LEVEL: Final = 50


def of_record(record: Record, results: Iterable[Result]) -> Iterator[Check]:
    """Yield every check of the record's ``results``."""
    members = list(results)
    analyses = {analysis.id: analysis for analysis in record.analyses}
    groups = effects.ComparedGroups(members, {comparison.id: comparison for comparison in record.comparisons})
    rows: dict[str, list[Result]] = {}
    for result in members:
        rows.setdefault(result.row, []).append(result)
        analysis = analyses.get(result.settings.analysis or "")
        yield from of_result(result, analysis, groups.counts(result))
        yield from effects.check(result, groups, analysis)
    yield from effects.reductions(members)
    for row in rows.values():
        yield from _levels(row)
    yield from spreads.between(members)
    yield from responses.check(members)
    yield from survival.check(members)
    yield from wholes.Arms(record.comparisons, record.groups).check(members)
    for total in record.sums:
        yield from wholes.sums(total, rows)


def of_result(result: Result, analysis: Analysis | None = None, counts: pvalues.EventCounts | None = None) -> Iterator[Check]:
    """Yield the checks that one result allows by itself, its P value with the ``counts`` of the groups of its row."""
    stated = numerals_of(result)
    order = _order(stated)
    # Where an interval does not hold its estimate, what else it implies means nothing.
    implied = () if order and order[1] == INCONSISTENT else (_middle(stated, result), pvalues.check(stated, result, analysis, counts))
    outcomes = (
        _possible(stated, result),
        order,
        *implied,
        _percent(stated, result),
        _whole_count(stated, result),
        _without_total(stated, result),
        intervals.check(stated, result, analysis),
        spreads.check(stated, result),
    )
    for outcome_of_check in outcomes:
        if outcome_of_check is not None:
            kind, outcome, text, expected = outcome_of_check
            yield Check(f"{result.id}.{kind}", kind, outcome, (result.id,), text, expected)


def _possible(stated: Numerals, result: Result) -> Finding | None:
    """Return what no such number can be, if there is something: a share above all, a P value above one, a level that no interval has."""
    kind = "possible-numbers"
    # More events than patients may be counted.
    alone = {"total"} if result.settings.unit_of_analysis == "events" else set()
    if fault := possible.find_impossible({role: numeral for role, numeral in stated.items() if role not in alone}):
        return kind, INCONSISTENT, fault, None
    level = stated["level"].number if "level" in stated else None
    if level is not None and not (level <= 1 or level >= _LOWEST_LEVEL):
        return kind, INCONSISTENT, f"{stated['level'].printed} is no level of an interval in percent", None
    if result.measure not in {"proportion", "survival-probability"} or result.is_masked:
        return None
    highest = 100 if result.unit == "percent" else 1 if result.unit == "ratio" else None
    number = stated["value"].number if "value" in stated else None
    if highest is not None and number is not None and not 0 <= number <= highest:
        return kind, INCONSISTENT, f"{stated['value'].printed} is no share of a whole", None
    return None


def _levels(row: list[Result]) -> Iterator[Check]:
    """Yield whether the intervals of all groups of a row are of one level; that of their comparison may be another."""
    kind, groups = "level-of-row", [each for each in row if each.group and "level" in numerals_of(each)]
    levels = {each.id: numerals_of(each)["level"] for each in groups}
    if len(groups) > 1:
        numbers = {level.number for level in levels.values()}
        printed = ", ".join(dict.fromkeys(level.printed for level in levels.values()))
        text = f"the intervals of the groups are of {'one level' if len(numbers) == 1 else 'levels'} {printed}"
        yield Check(f"{groups[0].row}.{kind}", kind, CONSISTENT if len(numbers) == 1 else INCONSISTENT, tuple(levels), text)


def _order(stated: Numerals) -> Finding | None:
    """Lower bound, estimate (of a proportion its percentage) and upper bound stand in this order."""
    estimate = "value" if "value" in stated else "percent"
    numbers = [(role, bounds) for role in ("lower", estimate, "upper") if role in stated and (bounds := range_of(stated[role]))]
    if len(numbers) < 2:
        return None
    for (name, smaller), (other, larger) in combinations(numbers, 2):
        if smaller[0] > larger[1] + TINY or _is_above_as_printed(stated[name], stated[other]):
            return "order", INCONSISTENT, f"the {name} {stated[name].printed} is above the {other} {stated[other].printed}", None
    return "order", CONSISTENT, "bounds and estimate are in order", None


def _is_above_as_printed(one: Numeral, other: Numeral) -> bool:
    """Whether a number is printed above another one to the same decimals: rounding turns no order round."""
    return one.decimals == other.decimals and one.number is not None and other.number is not None and one.number > other.number


def _middle(stated: Numerals, result: Result) -> Finding | None:
    """A ratio lies near the geometric middle of its confidence interval: the interval is symmetric on the log scale."""
    if result.measure not in RATIOS or not has_interval(stated, result):
        return None
    value, lower, upper = (range_of(stated[role]) for role in ("value", "lower", "upper"))
    if value is None or lower is None or upper is None or min(value[0], lower[0], upper[0]) <= 0:
        return "geometric-middle", NOT_CHECKABLE, "a bound or the estimate is no positive number", None
    expected = (exp((log(lower[0]) + log(upper[0])) / 2), exp((log(lower[1]) + log(upper[1])) / 2))
    off = max(log(value[0] / expected[1]), log(expected[0] / value[1]), 0.0)
    half = log(upper[1] / lower[0]) / 2
    bounds = f"{stated['lower'].printed} and {stated['upper'].printed}"
    calculation = f"the geometric middle of {bounds} is {format_range(expected)}; {stated['value'].printed} is printed"
    if result.measure == "odds-ratio" and upper[1] / lower[0] > _WIDEST_OF_ODDS:
        return "geometric-middle", NOT_CHECKABLE, f"{bounds} is the interval of too few patients", None
    skew = _SKEW_OF_ODDS if result.measure == "odds-ratio" else _SKEW
    return "geometric-middle", CONSISTENT if off <= skew * half else INCONSISTENT, calculation, expected


def _percent(stated: Numerals, result: Result) -> Finding | None:
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
    low, high = allowed_range(percent)
    outcome = CONSISTENT if low - TINY <= exact <= high + TINY else INCONSISTENT
    calculation = f"{count.printed} of {total.printed} is {exact:.4g} %; {percent.printed} is printed"
    return "percent-against-count", outcome, calculation, (exact, exact)


def _whole_count(stated: Numerals, result: Result) -> Finding | None:
    """Where only a percentage and a denominator are printed, a whole number of patients gives that percentage."""
    if result.measure != "proportion" or "count" in stated or not {"total", "percent"} <= stated.keys():
        return None
    total, percent = stated["total"].number, range_of(stated["percent"])
    if result.is_masked or not total or percent is None or stated["percent"].operator != "=":
        return "whole-count", NOT_CHECKABLE, "a number is masked or not printed", None
    least, most = ceil(percent[0] * float(total) / 100 - TINY), floor(percent[1] * float(total) / 100 + TINY)
    if least <= most:
        return (
            "whole-count",
            CONSISTENT,
            f"{stated['percent'].printed} % of {stated['total'].printed} is {least} to {most} patients",
            (least, most),
        )
    calculation = f"no whole number of {stated['total'].printed} patients is {stated['percent'].printed} %"
    return "whole-count", INCONSISTENT, calculation, None


def _without_total(stated: Numerals, result: Result) -> Finding | None:
    """Return whether a count without its denominator is its percentage of any whole number of patients."""
    kind, percent = "count-against-percent", stated.get("percent")
    count, share = exact_of(stated.get("count")), range_of(percent)
    if result.measure != "proportion" or "total" in stated or percent is None or count is None or result.is_masked or share is None:
        return None
    if not count or share[0] <= 0:
        return None
    unit = share[1] - share[0]  # the percentage may have been cut off, or rounded twice
    low, high = share[0] - unit / 2, share[1] + unit / 2
    if low <= 0:
        return None
    least, most = floor(100 * count / high) + 1, ceil(100 * count / low) - 1
    printed = f"{stated['count'].printed} is {percent.printed} %"
    if least > most or most < count:
        return kind, INCONSISTENT, f"{printed} of no whole number of patients", None
    return kind, CONSISTENT, f"{printed} of {least} to {most} patients", (least, most)
