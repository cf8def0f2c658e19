"""P values: does the printed one fit the printed interval, counts or events, by any test that it may come from?

Everything is held against each other as a distance from no effect in standard errors (z). A P value is consistent if one test fits, with
the sides that are declared. It is inconsistent only if none does; where the analysis names another test than that of its
interval, or is adjusted, only if it is far off. One that fits a one-sided test alone is not called wrong where no sides are declared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import cosh, log, sqrt
from typing import Final

from scipy.special import ndtr, ndtri

from .numerals import Numeral
from .outcomes import (
    CONSISTENT,
    DIFFERENCES,
    INCONSISTENT,
    NOT_CHECKABLE,
    RATIOS,
    TINY,
    Finding,
    Numerals,
    Range,
    allowed_range,
    format_range,
    has_interval,
    range_of,
)  # fmt: skip
from .record import Analysis
from .results import Result

KIND: Final = "p-value-against-interval"
#: Tests whose P value follows from the same model as the interval.
_OF_THE_MODEL: Final = frozenset({None, "wald-test"})
#: Other tests of the same hypothesis: their z is that of the interval but for strata, ties and the variance under no effect.
_ALIKE: Final = frozenset({
    "log-rank-test", "stratified-log-rank-test", "cochran-mantel-haenszel-test", "stratified-cochran-mantel-haenszel-test",
    "chi-square-test", "fisher-exact-test",
})  # fmt: skip
#: P values are compared with this factor of tolerance on both sides, for t distributions and robust variances.
_SLACK: Final = 1.25
#: How far, in standard errors and as a share, the z of a test of the same hypothesis lies from that of the interval at most.
_APART: Final = (0.75, 0.25)
#: The variance of a log rank test, beside that of the model: ties, and hazards that are not quite proportional.
_LOG_RANK: Final = (0.05, 0.03)
#: Levels that intervals are printed at, in percent.
_LEVELS: Final = (50, 99.9999)
#: What the z of a test of counts may differ by, as a share: rounding of what other programs print.
_NEAR: Final = 0.02


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Who had the event, and how many there were, in the group that was treated and in the one it is compared with."""

    events: tuple[int, int]
    totals: tuple[int, int]


@dataclass(frozen=True, slots=True)
class TestedEffect:
    """What a P value is held against: how far the estimate is from no effect by its interval, and the counts of the groups."""

    result: Result
    stated: Numerals
    implied: Range | None
    counts: EventCounts | None

    @property
    def is_hazard_ratio(self) -> bool:
        """Whether the effect is one on a time to an event."""
        return self.result.measure == "hazard-ratio"

    @property
    def sizes(self) -> Range:
        """Between which logarithms the size of a ratio lies; of a difference none."""
        value = range_of(self.stated.get("value"))
        if value is None or self.result.measure not in RATIOS or value[0] <= 0:
            return 0.0, 0.0
        ends = abs(log(value[0])), abs(log(value[1]))
        return (0.0 if value[0] <= 1 <= value[1] else min(ends)), max(ends)

    def tests(self) -> Iterator[tuple[str, float]]:
        """Yield the tests of the counts, each with its z; of a hazard ratio those by the number of events."""
        if self.counts is None or self.result.measure in {"difference-in-medians", "mean-difference"}:
            return
        yield from _by_events(self.counts, self.sizes) if self.is_hazard_ratio else _of_table(self.counts)


def check(stated: Numerals, result: Result, analysis: Analysis | None, counts: EventCounts | None = None) -> Finding | None:
    """Return whether the P value of an effect is the one that its interval, or the ``counts`` of its groups, imply.

    The test of an interval is that of Altman and Bland (2011), at the interval's own level.
    """
    if "p_value" not in stated or result.measure not in RATIOS | DIFFERENCES or not (has_interval(stated, result) or counts):
        return None
    reason, implied = _of_interval(stated, result)
    tested = TestedEffect(result, stated, implied, counts)
    if implied is None and next(tested.tests(), None) is None:
        return KIND, NOT_CHECKABLE, reason, None
    if stated["p_value"].number is None:
        return KIND, NOT_CHECKABLE, "a number is not printed", None
    return _judge(tested, analysis)


def _judge(tested: TestedEffect, analysis: Analysis | None) -> Finding:
    printed, test = tested.stated["p_value"], analysis.test if analysis else None
    sides = tested.result.settings.sides or (analysis.sides if analysis else None) or ("one" if test and "one-sided" in test else None)
    expected, source = _compute_expected(tested, sides)
    calculation = f"{source} imply P of {format_range(expected)}{' on one side' if sides == 'one' else ''}; {printed.printed} is printed"
    if fitting := _fitting(tested, sides):
        return KIND, CONSISTENT, calculation if fitting == "the interval" else f"{calculation}, which fits {fitting}", expected
    if sides is None and _fitting(tested, "one"):
        return KIND, NOT_CHECKABLE, f"{calculation}, which fits a one-sided test: write sides: one where the document says so", expected
    is_of_model = test in _OF_THE_MODEL and tested.implied is not None
    if is_of_model or (test in _ALIKE | _OF_THE_MODEL and not (analysis and analysis.adjusted_for) and _is_far(tested, sides)):
        return KIND, INCONSISTENT, calculation, expected
    return KIND, NOT_CHECKABLE, f"{calculation}, by another test ({test or 'not named'}) than the interval", expected


def _compute_expected(tested: TestedEffect, sides: str | None) -> tuple[Range, str]:
    """Return the P values that the numbers imply, and which numbers these are."""
    if tested.implied:
        return (_tail(tested.implied[1], sides), _tail(tested.implied[0], sides)), "estimate and interval"
    tails = [_tail(distance, sides) for _, distance in tested.tests()]
    return (min(tails), max(tails)), "the counts of the groups"


def _of_interval(stated: Numerals, result: Result) -> tuple[str, Range | None]:
    """Return how far from no effect the estimate is, in its own standard errors; or why that cannot be told."""
    if not has_interval(stated, result):
        return "no interval is printed", None
    if "level" not in stated:
        return "the level of the interval is not printed", None
    value, lower, upper = (range_of(stated[role]) for role in ("value", "lower", "upper"))
    level = stated["level"].number
    if value is None or lower is None or upper is None or level is None:
        return "a number is not printed", None
    if not _LEVELS[0] <= level <= _LEVELS[1]:
        return f"{stated['level'].printed} is no level of an interval in percent", None
    if result.measure in RATIOS:
        if min(value[0], lower[0]) <= 0:
            return "a bound or the estimate is no positive number", None
        value, lower, upper = ((log(one[0]), log(one[1])) for one in (value, lower, upper))
    quantile = float(ndtri(0.5 + float(level) / 200))
    errors = (max(upper[0] - lower[1], TINY) / (2 * quantile), (upper[1] - lower[0]) / (2 * quantile))
    sizes = (0.0 if value[0] <= 0 <= value[1] else min(map(abs, value)), max(map(abs, value)))
    return "", (sizes[0] / errors[1], sizes[1] / errors[0])


def _by_events(counts: EventCounts, sizes: Range) -> Iterator[tuple[str, float]]:
    """Yield the log-rank test of a hazard ratio: its variance by the events of both groups, and by their shares of the patients."""
    (one, other), (treated, compared) = counts.events, counts.totals
    if min(one, other) > 0:
        share = treated / (treated + compared)
        for size in sizes:
            yield "a log-rank test by the events", size * sqrt((one + other) * share * (1 - share))
            yield "a log-rank test by the events", size * sqrt(one * other / (one + other))


def _of_table(counts: EventCounts) -> Iterator[tuple[str, float]]:
    """Yield the tests of a table of two groups; the exact one last, since it takes longest."""
    (a, b), (n, m) = counts.events, counts.totals
    if not 0 < a + b < n + m:
        return
    difference, pooled, share, other = a / n - b / m, (a + b) / (n + m), a / n, b / m
    error = sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    yield "the score or chi-square test", abs(difference) / error
    yield "the chi-square test with continuity correction", max(abs(difference) - (1 / n + 1 / m) / 2, 0.0) / error
    if own := sqrt(share * (1 - share) / n + other * (1 - other) / m):
        yield "the Wald test of the difference", abs(difference) / own
    if 0 < a < n and 0 < b < m:
        yield "the Wald test of the odds ratio", abs(log(a * (m - b) / (b * (n - a)))) / sqrt(1 / a + 1 / b + 1 / (n - a) + 1 / (m - b))
        yield "the Wald test of the risk ratio", abs(log(share / other)) / sqrt(1 / a - 1 / n + 1 / b - 1 / m)
    yield "the exact test of Fisher", _fisher(counts)


@lru_cache(maxsize=64)
def _fisher(counts: EventCounts) -> float:
    """Return the distance (z) of the exact test of Fisher, which one P value asks for several times."""
    from scipy.stats import fisher_exact  # 0.4 s: imported where it is needed

    (a, b), (n, m) = counts.events, counts.totals
    return float(-ndtri(fisher_exact([[a, n - a], [b, m - b]])[1] / 2))


def _fitting(tested: TestedEffect, sides: str | None) -> str | None:
    """Return what the printed P value fits: the interval, the log-rank test beside a hazard ratio, or a test of the counts."""
    printed = tested.stated["p_value"]
    allowed, distances = allowed_range(printed), _distances(printed, sides)
    if implied := tested.implied:
        low, high = _tail(implied[1], sides), _tail(implied[0], sides)
        for least, most in (allowed, (1 - allowed[1], 1 - allowed[0])) if sides == "one" else (allowed,):
            if least <= high * _SLACK + TINY and low / _SLACK <= most + TINY:
                return "the interval"
        least, share = _LOG_RANK
        widest = implied[1] * cosh(tested.sizes[1] / 2) * (1 + share) + least
        if tested.is_hazard_ratio and distances[0] <= widest and implied[0] * (1 - share) - least <= distances[1]:
            return "a log-rank test"
    for name, distance in tested.tests():
        if distances[0] <= distance * (1 + _NEAR) + TINY and distance * (1 - _NEAR) <= distances[1] + TINY:
            return name
    return None


def _is_far(tested: TestedEffect, sides: str | None) -> bool:
    """Whether the printed P value is far from all that a test of the same hypothesis may give."""
    low, high = _distances(tested.stated["p_value"], sides)
    distances = [*(tested.implied or ()), *(distance for _, distance in tested.tests())]
    least, share = _APART
    return bool(low > max(distances) * (1 + share) + least or high < min(distances) * (1 - share) - least)


def _distances(printed: Numeral, sides: str | None) -> Range:
    """Return how far from no effect, in standard errors, a printed P value may be."""
    low, high = (min(max(each, 0.0), 1.0) for each in allowed_range(printed))
    if sides != "one":
        return float(-ndtri(high / 2)), float(-ndtri(low / 2))
    ends = float(-ndtri(high)), float(-ndtri(low))
    return (0.0 if ends[0] <= 0 <= ends[1] else min(map(abs, ends))), max(map(abs, ends))


def _tail(distance: float, sides: str | None) -> float:
    return float(ndtr(-distance)) * (1 if sides == "one" else 2)
