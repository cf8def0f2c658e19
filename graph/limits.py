"""Limits: how large the numbers of a study and a synthesis can be, so that arithmetic stays exact enough and ends in time.

Nothing in medicine comes near them; what lies beyond is another unit, a slip, or an attack, and is refused.
"""

from __future__ import annotations

from decimal import Decimal
from math import isfinite
from typing import Final

#: Effects, means and bounds: the greatest, and the least that is not zero (programs write zero as 2e-17).
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
#: How many standard errors an effect may be away from none, and how many standard deviations a mean.
SIGMAS: Final = 1e6
DEVIATIONS: Final = 1e9
#: The greatest standard error of a synthesis over the least: their weights differ by the square of it.
SPREAD: Final = 1e5
#: Levels of intervals, in percent.
LOWEST_LEVEL: Final = 50.0
HIGHEST_LEVEL: Final = 99.9999


def size_fault(number: float | Decimal) -> str | None:
    """Return why no study prints a number of this size, or none where one may.

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
    """Return why ``number`` is no standard error or deviation, or none where it may be one.

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
    """Return why no interval has this ``level`` (percent), or none where one may.

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
