"""Directions: which of two groups an estimate compares with which. No field of the registry says it.

Words settle it (``wording``), or arithmetic does, where the values of the groups themselves leave one way only. Each is worked out without
the other; where they disagree, and where neither settles it, there is no direction. The order of the groups means nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from .wording import BENEFIT, HARM

WORDS: Final = "by-words"
ARITHMETIC: Final = "by-arithmetic"
BOTH: Final = "by-words-and-arithmetic"
#: The whole of a percentage; and how many times the rounding a difference is that does not fit by chance.
_PERCENT: Final = 100.0
_MANY: Final = 10


@dataclass(frozen=True, slots=True)
class Direction:
    """The group that is compared and the one that it is compared with, by index of the two, and what settles it."""

    intervention: int
    basis: str

    @property
    def comparator(self) -> int:
        """The other one."""
        return 1 - self.intervention


@dataclass(frozen=True, slots=True)
class Effect:
    """An estimate to be directed: its measure, its number with limits, and half of its last printed digit."""

    measure: str
    value: float
    lower: float | None = None
    upper: float | None = None
    half: float = 0.0


@dataclass(frozen=True, slots=True)
class PrintedValue:
    """The value of one group as printed in the same table, with half of its last digit, and its denominator where it is a count."""

    value: float
    half: float
    total: float | None = None


def settle(words: int | None, arithmetic: int | None) -> Direction | None:
    """Return the direction that words and arithmetic, each the index of the intervention or none, settle together.

    >>> settle(0, None).basis, settle(1, 1).basis, settle(0, 1), settle(None, None)
    ('by-words', 'by-words-and-arithmetic', None, None)
    """
    if (words is None and arithmetic is None) or (words is not None and arithmetic is not None and words != arithmetic):
        return None
    if words is not None:
        return Direction(words, BOTH if arithmetic is not None else WORDS)
    return Direction(arithmetic or 0, ARITHMETIC)


def by_arithmetic(effect: Effect, shown: tuple[PrintedValue, PrintedValue], title: str) -> int | None:
    """Return the index of the group that is compared by the values of both groups, or none.

    A difference is that of the printed values, rounded, and its interval excludes 0, or it is so many times the rounding that an adjusted
    difference is not that of the values by chance. A ratio is settled where its interval excludes 1 and it is nearer to the crude ratio
    of the values one way than to no effect.

    >>> by_arithmetic(Effect("mean-difference", -2.1, half=0.05), (PrintedValue(1.0, 0.05), PrintedValue(3.1, 0.05)), "Score")
    0
    >>> by_arithmetic(Effect("odds-ratio", 2.0, 0.8, 5.0), (PrintedValue(60, 0.5, 100), PrintedValue(40, 0.5, 100)), "Response") is None
    True
    """
    first, second = shown
    if effect.measure in {"mean-difference", "risk-difference", "difference-in-proportions", "difference-in-medians"}:
        (one, half), (other, other_half) = _as_percent(first), _as_percent(second)
        slack = effect.half + half + other_half + 1e-9
        if not _excludes(effect, 0) and abs(effect.value) < _MANY * slack:
            return None
        ways = [abs(one - other - effect.value) <= slack, abs(other - one - effect.value) <= slack]
        return ways.index(True) if sum(ways) == 1 else None
    crude = _crude_ratio(effect.measure, first, second, title)
    if crude is None or effect.value <= 0 or crude <= 0 or crude == 1 or not _excludes(effect, 1):
        return None
    own, seen = math.log(effect.value), math.log(crude)
    ways = [abs(own - seen) < abs(own) / 2, abs(own + seen) < abs(own) / 2]
    return ways.index(True) if sum(ways) == 1 else None


def _crude_ratio(measure: str, first: PrintedValue, second: PrintedValue, title: str) -> float | None:
    """Return the ratio of the first group to the second that their values give, or none."""
    if measure == "hazard-ratio":
        if BENEFIT.search(title):
            return None
        return second.value / first.value if HARM.search(title) and first.total is None and min(first.value, second.value) > 0 else None
    if first.total is None or second.total is None or measure not in {"odds-ratio", "risk-ratio"}:
        return None
    shares = [each.value / each.total if each.total else 0.0 for each in (first, second)]
    if not all(0 < share < 1 for share in shares):
        return None
    return shares[0] / shares[1] if measure == "risk-ratio" else shares[0] * (1 - shares[1]) / ((1 - shares[0]) * shares[1])


def _as_percent(shown: PrintedValue) -> tuple[float, float]:
    """Return a value with half of its last digit: a count as the percentage of its denominator, whose rounding is none."""
    if shown.total is None or shown.total == _PERCENT:
        return shown.value, shown.half
    return (_PERCENT * shown.value / shown.total, 0.0) if shown.total else (math.nan, 0.0)


def _excludes(effect: Effect, none: float) -> bool:
    """Whether the interval of an estimate excludes the value of no effect."""
    return effect.lower is not None and effect.upper is not None and (effect.lower > none or effect.upper < none)
