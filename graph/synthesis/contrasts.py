"""Contrasts: the effect of one treatment relative to another in one study, on the scale of pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from math import exp, inf, isfinite, log, sqrt
from statistics import NormalDist
from typing import Final

from mabgraph.ingest.errors import MabgraphError

from . import limits

#: The measures that can be pooled: hazard, odds, risk and incidence rate ratio; risk difference; mean difference.
MEASURES: Final = ("HR", "OR", "RR", "IRR", "RD", "MD")
#: Measures that are pooled on the scale of the natural logarithm.
RATIOS: Final = frozenset({"HR", "OR", "RR", "IRR"})
#: Measures that are computed from counts.
_OF_COUNTS: Final = frozenset({"OR", "RR", "RD"})
#: Continuity correction: added to every cell of a study that has a zero cell.
CORRECTION: Final = 0.5
_SOURCES: Final = {"MD": "from means and standard deviations", "IRR": "from events and person-time"}
#: The audit of an effect and its standard error that stand in a file as they are.
UNCHANGED: Final = "effect and standard error as given"
CONFIDENCE: Final = "confidence-interval"
#: The largest logarithm of a ratio: exp of more overflows a double.
_BEYOND: Final = 709.0


@dataclass(frozen=True)
class Arm:
    """One treatment group of one study: patients with the event and in total, the mean and standard deviation of a variable, or the
    events in the ``time`` of all patients together (person-years, or any unit used throughout the study).

    ``row`` is the IRI of its estimate, ``document`` the IRI of the document, ``anchor`` the place there (``start-end``).
    """

    study: str
    treatment: str
    events: int | None = None
    total: int | None = None
    mean: float | None = None
    deviation: float | None = None
    row: str = ""
    document: str = ""
    anchor: str = ""
    time: float | None = None


@dataclass(frozen=True)
class Contrast:
    """The effect of ``treatment`` relative to ``comparator`` in ``study``, and its standard error.

    ``measure`` is HR, OR, RR, IRR, RD or MD; ``effect`` and ``error`` are on the scale of the natural logarithm for ratios (HR,
    OR, RR, IRR). ``level`` is the confidence level in percent of the printed interval that the error is from (None: from counts or means);
    ``audit`` describes how effect and error were computed, including a change of direction. ``row``, ``document`` and ``anchor`` are as
    in :class:`Arm`; ``arms`` are the counts or means of both treatments where known. ``rounding`` is the largest error of the effect
    due to rounding of the printed numbers, ``errors`` the range of standard errors that rounding allows.
    """

    study: str
    treatment: str
    comparator: str
    measure: str
    effect: float
    error: float
    level: float | None = None
    audit: str = ""
    row: str = ""
    document: str = ""
    anchor: str = ""
    arms: tuple[Arm, ...] = ()
    rounding: float = 0.0
    errors: tuple[float, float] | None = None


def from_interval(
    study: str, treatment: str, comparator: str, measure: str, value: Decimal, lower: Decimal, upper: Decimal,
    level: Decimal | None, interval: str | None = CONFIDENCE,
) -> Contrast:  # fmt: skip
    """Return the contrast of a printed estimate and its confidence interval, at the interval's own ``level`` (percent).

    The effect is the printed value (its logarithm for a ratio); the error is the width of the interval over 2 z (Cochrane Handbook
    6.3.1 and 6.3.2). Decimals carry the printed precision: the audit states which errors the rounding allows, and whether the
    value is off the middle of its interval by more than rounding.

    >>> contrast = from_interval("INO-VATE", "InO", "SoC", "HR", Decimal("0.750"), Decimal("0.560"), Decimal("1.005"), Decimal("97.5"))
    >>> round(contrast.effect, 4), round(contrast.error, 4)
    (-0.2877, 0.1305)

    :raises MabgraphError: when the level is missing, the interval is no confidence interval, a ratio or bound is not above zero,
    or the value is outside the interval.
    """
    place = f"{study}, {treatment} versus {comparator}"
    _check_measure(measure, place)
    if interval != CONFIDENCE:
        raise MabgraphError(f"{place}: a standard error follows from a confidence interval only, not from {interval or 'an unnamed one'}")
    if fault := limits.level_fault(level):
        raise MabgraphError(f"{place}: the level of the interval is {level}: {fault}")
    assert level is not None
    _check_order(place, measure, value, lower, upper)
    quantile = 2 * NormalDist().inv_cdf(0.5 + float(level) / 200)
    effect, low, high = (_transform(measure, float(number)) for number in (value, lower, upper))
    error = (high - low) / quantile
    if fault := limits.error_fault(error):
        raise MabgraphError(f"{place}: the interval {lower} to {upper} gives a standard error of {error:g}: {fault}")
    (low, less), (high, more), (least, most) = (_rounding_range(measure, number) for number in (lower, upper, value))
    errors = max(high - less, 0) / quantile, (more - low) / quantile
    audit = f"from the printed {measure} {value} ({level} % CI {lower} to {upper})"
    audit += f"; rounding allows a standard error of {errors[0]:.4g} to {errors[1]:.4g}"
    if isfinite(low) and not ((low + high) / 2 <= most and least <= (less + more) / 2):
        middle = back_transform(measure, (_transform(measure, float(lower)) + _transform(measure, float(upper))) / 2)
        audit += f"; {value} is off the middle of its interval ({middle:.4g}) by more than rounding"
    return Contrast(
        study, treatment, comparator, measure, effect, error, float(level), audit, rounding=max(most - effect, 0.0), errors=errors
    )  # fmt: skip


def from_arms(arms: Sequence[Arm], measure: str) -> tuple[Contrast, ...]:
    """Return the contrast of every two arms of one study, earlier versus later, from counts or means.

    Errors are large-sample ones (Cochrane Handbook 6.7.1, 10.4 and 10.5; variances of means are not pooled). Where a cell of the
    study is zero, 0.5 is added to every cell of all its arms; a risk difference keeps its printed effect, and only its error uses
    the corrected cells. The audit says so.

    :raises MabgraphError: when the measure needs other data, a number is impossible, or the study is uninformative on the measure.
    """
    place = arms[0].study if arms else "a study"
    _check_measure(measure, place)
    if len(arms) < 2 or len({arm.treatment for arm in arms}) < len(arms):
        raise MabgraphError(f"{place}: a contrast needs two arms with different treatments; join or rename the arms")
    for arm in arms:
        _check_arm(arm, measure)
    if reason := uninformative_reason(arms, measure):
        raise MabgraphError(f"{place}: {reason}")
    correction = CORRECTION if measure in _OF_COUNTS | {"IRR"} and any(arm.events in {0, arm.total} for arm in arms) else 0.0
    points = {arm.treatment: _arm_term(arm, measure, correction) for arm in arms}
    audit = "from counts" if measure in _OF_COUNTS else _SOURCES[measure]
    if correction and measure == "IRR":
        audit += f"; an arm has no event: {CORRECTION} added to the events of every arm of the study"
    elif correction:
        audit += f"; a cell is zero: {CORRECTION} added to every cell of the study" + (" for the error alone" if measure == "RD" else "")
    return tuple(
        Contrast(
            first.study, first.treatment, second.treatment, measure, points[first.treatment][0] - points[second.treatment][0],
            sqrt(points[first.treatment][1] + points[second.treatment][1]), None, audit, arms=(first, second),
        )
        for first, second in combinations(arms, 2)
    )  # fmt: skip


def uninformative_reason(arms: Sequence[Arm], measure: str) -> str | None:
    """Return why a study is uninformative on an odds, risk or rate ratio, or None where it is informative."""
    if measure not in RATIOS:
        return None
    if all(arm.events == 0 for arm in arms):
        return f"no arm has an event: the study says nothing on the {measure}; leave it out, or pool risk differences"
    if measure != "IRR" and all(arm.events == arm.total for arm in arms):
        return f"every patient of every arm has the event: the study says nothing on the {measure}; leave it out, or pool risk differences"
    return None


def flip(contrast: Contrast) -> Contrast:
    """Return ``contrast`` in the other direction, the effect with the opposite sign; the audit says so.

    >>> reversed_ = flip(Contrast("S", "A", "B", "HR", -0.5, 0.1))
    >>> reversed_.effect, reversed_.treatment, reversed_.audit
    (0.5, 'B', 'direction changed to B versus A')
    """
    change = f"direction changed to {contrast.comparator} versus {contrast.treatment}"
    return replace(
        contrast, treatment=contrast.comparator, comparator=contrast.treatment, effect=0.0 - contrast.effect,
        audit="; ".join(filter(None, (contrast.audit, change))), arms=contrast.arms[::-1],
    )  # fmt: skip


def back_transform(measure: str, effect: float) -> float:
    """Return ``effect`` on the natural scale: exponentiated for a ratio, unchanged for a difference.

    >>> back_transform("HR", 0.0), back_transform("MD", -1.5)
    (1.0, -1.5)
    """
    if measure not in RATIOS:
        return effect
    return exp(effect) if effect < _BEYOND else inf


def one_bound_remedy(scale: str, effect: float, reach: float, bound: str) -> str:
    """Return the remedy for an estimate with only one numeric ``bound``, at distance ``reach`` from the effect at 95 percent."""
    error = abs(reach) / NormalDist().inv_cdf(0.975)
    return (
        f"leave the study out, or give TE and seTE in a file of that form (by the {bound} bound alone, were it of 95 %, "
        f"{scale} {effect:.4f} with a standard error of {error:.4f})"
    )


def measure_fault(measure: str) -> str | None:
    """Return why ``measure`` cannot be pooled, or None if it can."""
    return None if measure in MEASURES else f"{measure!r} is no measure that is pooled here: give one of {', '.join(MEASURES)}"


def _check_measure(measure: str, place: str) -> None:
    if fault := measure_fault(measure):
        raise MabgraphError(f"{place}: {fault}")


def _transform(measure: str, number: float) -> float:
    return log(number) if measure in RATIOS else number


def _check_order(place: str, measure: str, value: Decimal, lower: Decimal, upper: Decimal) -> None:
    for number in (value, lower, upper):
        if fault := limits.size_fault(number):
            raise MabgraphError(f"{place}: {number}: {fault}")
    if measure in RATIOS and lower == 0 < value <= upper:
        half, scale = _half_unit(lower), f"ln {measure}"
        raise MabgraphError(
            f"{place}: {measure} {value} ({lower} to {upper}): a ratio and its bounds are above zero; {lower} stands for one below {half}, "
            f"from which no standard error follows: {one_bound_remedy(scale, log(value), log(upper) - log(value), 'upper')}"
        )
    if measure in RATIOS and value == 0 and lower >= 0:
        half = _half_unit(value)
        raise MabgraphError(
            f"{place}: {measure} {value} ({lower} to {upper}): a ratio is above zero; {value} stands for one below {half}, whose logarithm "
            "may be any: leave the study out, or give the counts of its arms"
        )
    if measure in RATIOS and min(value, lower, upper) <= 0:
        raise MabgraphError(f"{place}: {measure} {value} ({lower} to {upper}): a ratio and its bounds are above zero; see what is printed")
    if not lower <= value <= upper or lower == upper:
        raise MabgraphError(f"{place}: {measure} {value} is not inside its interval {lower} to {upper}; see what is printed")


def _half_unit(number: Decimal) -> Decimal:
    """Return half a unit of the last printed digit: rounding changes a number by no more."""
    return Decimal(5).scaleb(int(number.as_tuple().exponent) - 1)


def _rounding_range(measure: str, number: Decimal) -> tuple[float, float]:
    """Return the range of numbers that round to ``number`` as printed, on the scale of pooling."""
    half = _half_unit(number)
    low, high = float(number - half), float(number + half)
    return (-float("inf") if measure in RATIOS and low <= 0 else _transform(measure, low)), _transform(measure, high)


def _check_arm(arm: Arm, measure: str) -> None:
    place = f"{arm.study}, {arm.treatment}"
    if measure == "HR":
        raise MabgraphError(f"{place}: a hazard ratio is not computed from counts or means: give the printed one with its interval")
    if measure == "IRR":
        if arm.events is None or not 0 <= arm.events <= limits.PATIENTS or arm.time is None or limits.error_fault(arm.time):
            raise MabgraphError(f"{place}: {arm.events} events in {arm.time}: give a count, and the time of all patients above zero")
        return
    if arm.total is None or not 1 <= arm.total <= limits.PATIENTS:
        raise MabgraphError(f"{place}: {_count_text(arm.total)} patients: give the number of all patients of the arm")
    if measure in _OF_COUNTS:
        if arm.events is None or not 0 <= arm.events <= arm.total:
            raise MabgraphError(
                f"{place}: {_count_text(arm.events)} of {arm.total} patients with the event: give a count from 0 to {arm.total}"
            )
    elif arm.mean is None or arm.deviation is None or limits.size_fault(arm.mean) or limits.error_fault(arm.deviation):
        raise MabgraphError(f"{place}: mean {arm.mean}, standard deviation {arm.deviation}: give both; a standard deviation is above zero")
    elif abs(arm.mean) > limits.DEVIATIONS * arm.deviation:
        raise MabgraphError(f"{place}: mean {arm.mean}, standard deviation {arm.deviation}: no study is so exact: see their units")


def _count_text(number: int | None) -> str:
    return "more than all" if number is not None and number > limits.PATIENTS else str(number)


def _arm_term(arm: Arm, measure: str, correction: float) -> tuple[float, float]:
    """Return an arm's term of a contrast: its (log) odds, risk, rate or mean, and the variance of that."""
    total = float(arm.total or 0)
    if measure == "MD":
        return float(arm.mean or 0), float(arm.deviation or 0) ** 2 / total
    events = float(arm.events or 0)
    if measure == "IRR":
        return log((events + correction) / float(arm.time or 0)), 1 / (events + correction)
    with_event, without = events + correction, total - events + correction
    everyone = with_event + without
    if measure == "OR":
        return log(with_event / without), 1 / with_event + 1 / without
    if measure == "RR":
        return log(with_event / everyone), 1 / with_event - 1 / everyone
    return events / total, with_event * without / everyone**3
