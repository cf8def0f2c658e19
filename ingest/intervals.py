"""Intervals of proportions: is the printed interval that of its count, by any of the methods in use?

Methods differ most for small groups, and papers seldom name theirs. An interval is consistent if one method gives both printed bounds.
It is inconsistent only if none does and it lies outside what the methods span, by more than one unit of its last printed digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import ceil, exp, floor, log, sqrt
from typing import Final

from scipy.special import betaincinv, ndtri

from .numerals import Numeral
from .outcomes import CONSISTENT, INCONSISTENT, NOT_CHECKABLE, TINY, Finding, Numerals, Range, exact_of, is_confidence_interval, range_of
from .record import Analysis
from .results import Result

KIND: Final = "interval-against-count"
#: The levels, in percent, that intervals are usually printed at.
USUAL: Final = (95.0, 90.0, 99.0, 97.5, 80.0, 98.0)
#: What a percentage without its count may stand for, before it says too little.
MOST_COUNTS: Final = 25
#: What a result counts where each is one independent person.
PEOPLE: Final = frozenset({None, "patients", "people", "case-reports"})

Method = Callable[[int, int, float], Range]


def clopper_pearson(count: int, total: int, tail: float) -> Range:
    """Return the exact interval of Clopper and Pearson (1934), with ``tail`` on each side."""
    lower = float(betaincinv(count, total - count + 1, tail)) if count else 0.0
    return lower, float(betaincinv(count + 1, total - count, 1 - tail)) if count < total else 1.0


def wilson(count: int, total: int, tail: float) -> Range:
    """Return the score interval of Wilson (1927)."""
    z, share = _quantile(tail), count / total
    middle, half = share + z * z / (2 * total), z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (middle - half) / (1 + z * z / total), (middle + half) / (1 + z * z / total)


def wilson_corrected(count: int, total: int, tail: float) -> Range:
    """Return the score interval with continuity correction (Newcombe 1998, method 4)."""
    z, share = _quantile(tail), count / total
    lower = 2 * count + z * z - 1 - z * sqrt(max(z * z - 2 - 1 / total + 4 * share * (total * (1 - share) + 1), 0))
    upper = 2 * count + z * z + 1 + z * sqrt(max(z * z + 2 - 1 / total + 4 * share * (total * (1 - share) - 1), 0))
    return (lower / (2 * (total + z * z)) if count else 0.0), (upper / (2 * (total + z * z)) if count < total else 1.0)


def wald(count: int, total: int, tail: float) -> Range:
    """Return the interval by the normal approximation."""
    return _normal(count, total, tail, 0.0)


def wald_corrected(count: int, total: int, tail: float) -> Range:
    """Return the interval by the normal approximation with continuity correction."""
    return _normal(count, total, tail, 1 / (2 * total))


def jeffreys(count: int, total: int, tail: float) -> Range:
    """Return the interval with the prior of Jeffreys (Brown, Cai and DasGupta 2001)."""
    lower = float(betaincinv(count + 0.5, total - count + 0.5, tail)) if count else 0.0
    return lower, float(betaincinv(count + 0.5, total - count + 0.5, 1 - tail)) if count < total else 1.0


def agresti_coull(count: int, total: int, tail: float) -> Range:
    """Return the interval of Agresti and Coull (1998)."""
    z = _quantile(tail)
    share, size = (count + z * z / 2) / (total + z * z), total + z * z
    half = z * sqrt(share * (1 - share) / size)
    return share - half, share + half


def uniform(count: int, total: int, tail: float) -> Range:
    """Return the interval with a uniform prior."""
    return float(betaincinv(count + 1, total - count + 1, tail)), float(betaincinv(count + 1, total - count + 1, 1 - tail))


def logit(count: int, total: int, tail: float) -> Range:
    """Return the interval by the normal approximation of the log odds; the exact one where these are infinite."""
    if not 0 < count < total:
        return clopper_pearson(count, total, tail)
    middle, half = log(count / (total - count)), _quantile(tail) * sqrt(total / (count * (total - count)))
    return 1 / (1 + exp(half - middle)), 1 / (1 + exp(-half - middle))


def one_sided(count: int, total: int, tail: float) -> Range:
    """Return the exact interval that has its whole error on one side where nobody or everybody is counted."""
    return clopper_pearson(count, total, tail if 0 < count < total else 2 * tail)


#: The methods by the names that papers give them; the first six are those in use.
METHODS: Final[Mapping[str, Method]] = {
    "Clopper-Pearson": clopper_pearson, "Wilson": wilson, "Wald": wald, "Wald with continuity correction": wald_corrected,
    "Jeffreys": jeffreys, "Agresti-Coull": agresti_coull, "Wilson with continuity correction": wilson_corrected,
    "logit": logit, "a uniform prior": uniform, "Clopper-Pearson on one side": one_sided,
}  # fmt: skip
#: Methods between which those lie that are not listed: other exact ones, mid-P, likelihood ratio.
_SPAN: Final = (clopper_pearson, wilson, jeffreys, agresti_coull, wilson_corrected)


def check(stated: Numerals, result: Result, analysis: Analysis | None = None) -> Finding | None:
    """Return whether the printed interval of a proportion is that of its count and denominator; none where there is no such interval."""
    if result.measure != "proportion" or not {"lower", "upper"} <= stated.keys() or not is_confidence_interval(result):
        return None
    lower, upper = range_of(stated["lower"]), range_of(stated["upper"])
    level, counts = _level(stated), list(_counts(stated))
    if result.is_masked or lower is None or upper is None or not counts:
        return KIND, NOT_CHECKABLE, "a number is masked or not printed", None
    if result.settings.unit_of_analysis not in PEOPLE or (analysis and analysis.adjusted_for):
        return KIND, NOT_CHECKABLE, "what is counted is not independent, or the interval is adjusted", None
    printed = f"{stated['lower'].printed} to {stated['upper'].printed}"
    for name in METHODS if level else ():
        for count, total in counts:
            if _fits(METHODS[name](count, total, (1 - (level or 0) / 100) / 2), lower, upper):
                return KIND, CONSISTENT, f"{printed} is the interval of {count} of {total} by {name}", None
    other = _other_level(counts, lower, upper)
    if level is None or (other is not None and _is_shared(result)):
        fits = f"; {printed} fits {other:g} %" if other else ""
        return KIND, NOT_CHECKABLE, f"the level of this interval is not printed with it{fits}", None
    tail = (1 - level / 100) / 2
    spans = [_span(count, total, tail) for count, total in counts]
    if any(_near(lower, span[0], stated["lower"]) and _near(upper, span[1], stated["upper"]) for span in spans):
        return KIND, NOT_CHECKABLE, f"{printed} is near the interval of its count, by a method that is not known here", None
    count, total = counts[len(counts) // 2]
    exact = tuple(100 * bound for bound in clopper_pearson(count, total, tail))
    text = f"{count} of {total} gives {exact[0]:.3g} to {exact[1]:.3g} %; {printed} is printed, which no method gives"
    return KIND, INCONSISTENT, text, None


def _fits(bounds: Range, lower: Range, upper: Range) -> bool:
    """Whether both bounds are printed so, as they are or kept between 0 and 100."""
    return all(
        any(printed[0] - TINY <= each <= printed[1] + TINY for each in (100 * bound, min(max(100 * bound, 0.0), 100.0)))
        for bound, printed in zip(bounds, (lower, upper), strict=True)
    )


def _span(count: int, total: int, tail: float) -> tuple[Range, Range]:
    """Return between which numbers the bounds lie that the methods give, in percent."""
    bounds = [method(count, total, tail) for method in _SPAN]
    lowers, uppers = ([100 * each[side] for each in bounds] for side in (0, 1))
    return (min(lowers), max(lowers)), (min(uppers), max(uppers))


def _near(printed: Range, span: Range, numeral: Numeral) -> bool:
    unit = 10.0**-numeral.decimals
    return printed[0] - unit <= span[1] and span[0] <= printed[1] + unit


def _other_level(counts: list[tuple[int, int]], lower: Range, upper: Range) -> float | None:
    """Return the usual level at which a method gives the printed interval."""
    return next(
        (
            level for level in USUAL for method in METHODS.values() for count, total in counts
            if _fits(method(count, total, (1 - level / 100) / 2), lower, upper)
        ),
        None,
    )  # fmt: skip


def _level(stated: Numerals) -> float | None:
    level = stated.get("level")
    return float(level.number) if level and level.number is not None and 50 <= level.number < 100 else None


def _is_shared(result: Result) -> bool:
    """Whether the level is printed once for the row, and not with this interval."""
    return result.id != result.row and not any(figure.role == "level" and figure.name for figure in result.figures)


def _counts(stated: Numerals) -> Iterator[tuple[int, int]]:
    """Yield the counts with the denominator: the printed one, or those that the percentage may stand for."""
    total, count = exact_of(stated.get("total")), exact_of(stated.get("count"))
    if not total:
        return
    if "count" in stated:
        yield from ((count, total),) if count is not None and count <= total else ()
    elif percent := range_of(stated.get("percent") or stated.get("value")):
        least, most = ceil(percent[0] * total / 100 - TINY), floor(percent[1] * total / 100 + TINY)
        if most - least < MOST_COUNTS:
            yield from ((each, total) for each in range(max(least, 0), min(most, total) + 1))


def _normal(count: int, total: int, tail: float, correction: float) -> Range:
    share = count / total
    half = _quantile(tail) * sqrt(share * (1 - share) / total) + correction
    return share - half, share + half


def _quantile(tail: float) -> float:
    return float(-ndtri(tail))
