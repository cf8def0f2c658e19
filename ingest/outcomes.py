"""Outcomes: what a check says, and the numbers that a printed numeral stands for.

A printed 0.16 means 0.155 to 0.165. A check is *consistent* when some numbers within the rounding fit, *inconsistent* when none
do, and *not checkable* when the arithmetic would need what is not printed or does not apply. Not to cry wolf comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from . import figures
from .numerals import Numeral
from .results import Result

CONSISTENT: Final = "consistent"
INCONSISTENT: Final = "inconsistent"
NOT_CHECKABLE: Final = "not-checkable"

RATIOS: Final = frozenset({"hazard-ratio", "odds-ratio", "risk-ratio"})
DIFFERENCES: Final = frozenset({"difference-in-proportions", "risk-difference", "difference-in-medians", "mean-difference"})
#: What is left between two numbers that are one, after arithmetic with floats.
TINY: Final = 1e-9

Range = tuple[float, float]
#: The printed numerals of one result by their roles.
Numerals = Mapping[str, Numeral]
#: The kind of a check, its outcome, why, and the range that arithmetic gives.
Finding = tuple[str, str, str, Range | None]


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one result, or of several that belong together: its outcome, why, and the range that arithmetic gives."""

    id: str
    kind: str
    outcome: str
    results: tuple[str, ...]
    text: str
    expected: Range | None = None


def numerals_of(result: Result) -> Numerals:
    """Return the first numeral of each role that a result prints; dates are left out."""
    return {role: figure.numeral for role, figure in figures.first_by_role(result.figures).items() if not figure.date}


def range_of(numeral: Numeral | None) -> Range | None:
    """Return the numbers that round to ``numeral``; none if it is no exact number."""
    if numeral is None or numeral.bounds is None or numeral.operator != "=":
        return None
    return float(numeral.bounds[0]), float(numeral.bounds[1])


def exact_of(numeral: Numeral | None) -> int | None:
    """Return a printed whole number; none if it is printed as a limit, or is none."""
    if numeral is None or numeral.number is None or numeral.operator != "=" or numeral.number != int(numeral.number):
        return None
    return int(numeral.number)


def allowed_range(numeral: Numeral) -> Range:
    """Return the numbers that a printed numeral allows: by rounding, or on its side of a comparison sign."""
    low, high = (float(bound) for bound in numeral.bounds or (0, 0))
    if numeral.operator in {"<", "<="}:
        return 0.0, float(numeral.number or 0)
    return (float(numeral.number or 0), float("inf")) if numeral.operator in {">", ">="} else (low, high)


def overlap(one: Range, other: Range) -> bool:
    """Whether two ranges have a number in common."""
    return one[0] <= other[1] + TINY and other[0] <= one[1] + TINY


def has_interval(stated: Numerals, result: Result) -> bool:
    """Whether a result prints an estimate with both bounds of a confidence interval."""
    return is_confidence_interval(result) and {"value", "lower", "upper"} <= stated.keys()


def is_confidence_interval(result: Result) -> bool:
    """Whether the bounds of a result, if it has some, are those of a confidence interval."""
    return result.settings.interval in {None, "confidence-interval"}


def format_range(bounds: Range) -> str:
    """Return a range in words: one number where both ends are printed alike."""
    low, high = (f"{bound:.3g}" for bound in bounds)
    return low if low == high else f"{low} to {high}"
