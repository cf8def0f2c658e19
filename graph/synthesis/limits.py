"""Limits on the numbers of a study and a synthesis, which keep arithmetic accurate and its time bounded.

No clinical study comes near them; a number beyond is in another unit, a typing error, or an attack, and is refused.
"""

from __future__ import annotations

from decimal import Decimal
from math import isfinite
from typing import Final

#: Effects, means and bounds: the greatest, and the least non-zero one (programs write zero as 2e-17).
GREATEST: Final = 1e15
LEAST: Final = 1e-30
#: Standard errors and deviations.
LEAST_ERROR: Final = 1e-12
#: Patients of an arm.
PATIENTS: Final = 10**9
#: Arms of a study, treatments of a network, contrasts of a synthesis.
ARMS: Final = 30
TREATMENTS: Final = 1000
CONTRASTS: Final = 200_000
#: The largest effect in standard errors, and the largest mean in standard deviations.
SIGMAS: Final = 1e6
DEVIATIONS: Final = 1e9
#: The greatest ratio of standard errors in a synthesis; weights differ by its square.
SPREAD: Final = 1e5
#: Levels of intervals, in percent.
LOWEST_LEVEL: Final = 50.0
HIGHEST_LEVEL: Final = 99.9999


def arms_fault(arms: int) -> str | None:
    """Return why a study cannot have so many arms, or None if it can.

    >>> arms_fault(31), arms_fault(30)
    ('31 arms, 30 at most: label different studies apart', None)
    """
    return f"{arms} arms, {ARMS} at most: label different studies apart" if arms > ARMS else None


def size_fault(number: float | Decimal) -> str | None:
    """Return why a number of this size is implausible, or None if it is plausible.

    >>> size_fault(Decimal("1e3000000")), size_fault(0.71)
    ('no study has a number of more than 1e+15: see where it is from', None)
    """
    finite = number.is_finite() if isinstance(number, Decimal) else isfinite(number)
    if not finite:
        return "not finite: give the number that is printed"
    if not -GREATEST <= number <= GREATEST:
        return f"no study has a number of more than {GREATEST:g}: see where it is from"
    if number != 0 and -LEAST < number < LEAST:
        return f"nearer to zero than {LEAST:g}: write 0 where that is meant"
    return None


def error_fault(number: float | Decimal) -> str | None:
    """Return why ``number`` cannot be a standard error or deviation, or None if it can.

    >>> error_fault(0.0)
    'it is above zero: see where it is from'
    """
    if fault := size_fault(number):
        return fault
    if number <= 0:
        return "it is above zero: see where it is from"
    if number < LEAST_ERROR:
        return f"no study is so exact ({LEAST_ERROR:g} at least): see its unit"
    return None


def level_fault(level: float | Decimal | None) -> str | None:
    """Return why ``level`` (percent) cannot be a confidence level, or None if it can.

    >>> level_fault(0.95)
    'a share of one, where percent is wanted: write 95'
    >>> level_fault(95) is None, level_fault(100)
    (True, 'give a level in percent from 50 to 99.9999, such as 95')
    """
    if level is not None and LOWEST_LEVEL / 100 <= level < 1:
        return f"a share of one, where percent is wanted: write {float(level) * 100:g}"
    if level is None or not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
        return f"give a level in percent from {LOWEST_LEVEL:g} to {HIGHEST_LEVEL:g}, such as 95"
    return None
