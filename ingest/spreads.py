"""Spreads: means, medians, deviations, quartiles and ranges of one thing in one group, which hold each other within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import sqrt
from typing import Final

from .outcomes import CONSISTENT, INCONSISTENT, TINY, Check, Finding, Numerals, numerals_of, range_of
from .results import Result

KIND: Final = "spread"
_CENTRES: Final = frozenset({"median", "mean"})


def check(stated: Numerals, result: Result) -> Finding | None:
    """Return whether a standard deviation fits the range that is printed with it; none where the two are not printed.

    By Popoviciu's inequality a deviation is at most half the range, and by that of Bhatia and Davis (2000) its square at most
    (largest - mean)(mean - smallest); of a sample of n, both times n / (n - 1).
    """
    if result.settings.interval != "range" or result.measure not in _CENTRES:
        return None
    smallest, largest, deviation = (range_of(stated.get(role)) for role in ("lower", "upper", "dispersion"))
    if smallest is None or largest is None or deviation is None:
        return None
    total = range_of(stated.get("total"))
    sample = total[0] / (total[0] - 1) if total and total[0] > 2 else 2.0
    widest = largest[1] - smallest[0]
    most = sqrt(max(widest * widest / 4 * sample, 0.0))
    mean = range_of(stated.get("value")) if result.measure == "mean" else None
    if mean is not None:
        middle = min(max((smallest[0] + largest[1]) / 2, mean[0]), mean[1])
        most = min(most, sqrt(max((largest[1] - middle) * (middle - smallest[0]) * sample, 0.0)))
    outcome = CONSISTENT if deviation[0] <= most + TINY else INCONSISTENT
    ends = f"from {stated['lower'].printed} to {stated['upper'].printed}"
    text = f"{ends} the standard deviation is at most {most:.3g}; {stated['dispersion'].printed} is printed"
    return KIND, outcome, text, (0.0, most)


def between(results: Iterable[Result]) -> Iterator[Check]:
    """Yield the checks of results about one thing in one group: quartiles within the range, centres within both, mean near median."""
    things: dict[tuple[object, ...], list[Result]] = {}
    for result in results:
        if result.group and result.measure in _CENTRES:
            things.setdefault(_thing(result), []).append(result)
    for members in things.values():
        for place, one in enumerate(members):
            for other in members[place + 1 :]:
                if one.row != other.row and (fault := _fault(one, other)) is not None:
                    outcome, text = (INCONSISTENT, fault) if fault else (CONSISTENT, "the two stand as such numbers do")
                    yield Check(f"{other.id}.{KIND}-{one.id}", KIND, outcome, (one.id, other.id), text)


def _fault(one: Result, other: Result) -> str | None:
    """Return what is wrong between two results; empty if nothing is, none if they allow no check."""
    stated = {result.settings.interval if "lower" in numerals_of(result) else None: numerals_of(result) for result in (one, other)}
    whole = stated.get("range")
    if whole is None or len(stated) < 2:
        return None
    smallest, largest = range_of(whole.get("lower")), range_of(whole.get("upper"))
    part = next(each for each in stated.values() if each is not whole)
    if smallest is None or largest is None:
        return None
    roles = ("lower", "value", "upper") if stated.get("interquartile-range") is part else ("value",)
    bounds = [(role, range_of(part.get(role))) for role in roles]
    outside = [role for role, each in bounds if each and (each[1] < smallest[0] - TINY or each[0] > largest[1] + TINY)]
    names = {"lower": "lower quartile", "upper": "upper quartile", "value": "centre"}
    printed = f"{whole['lower'].printed} to {whole['upper'].printed}"
    return f"the {names[outside[0]]} {part[outside[0]].printed} is outside the range {printed}" if outside else ""


def _thing(result: Result) -> tuple[object, ...]:
    stated = numerals_of(result)
    time, total = stated.get("time"), stated.get("total")
    settings = result.settings
    return (
        result.group, result.variable, settings.analysis, settings.cited_from, result.unit, time.canonical if time else None,
        total.canonical if total else None,
    )  # fmt: skip
