"""Possible numbers: what a document may print by error, such as a percentage above 100, is recorded as printed, and said here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from .numerals import Numeral

_INFINITE: Final = Decimal("Infinity")
#: What each role can be: the least and the greatest number, and in words what it is.
LIMITS: Final[Mapping[str, tuple[Decimal, Decimal, str]]] = {
    "percent": (Decimal(0), Decimal(100), "a percentage is from 0 to 100"),
    "p_value": (Decimal(0), Decimal(1), "a P value is from 0 to 1"),
    "level": (Decimal(0), Decimal(100), "the level of an interval is above 0 and below 100"),
    "count": (Decimal(0), _INFINITE, "a count is not below zero"),
    "total": (Decimal(0), _INFINITE, "a total is not below zero"),
    "dispersion": (Decimal(0), _INFINITE, "a standard deviation is not below zero"),
}
#: Roles whose limits themselves are not possible.
_STRICT: Final = frozenset({"level"})
#: Roles that are whole numbers.
WHOLE: Final = frozenset({"count", "total"})
#: Signs with which a number is the least that is meant, or the greatest.
_AT_LEAST: Final = frozenset({"=", ">", ">="})
_AT_MOST: Final = frozenset({"=", "<", "<="})
_NAMES: Final[Mapping[str, str]] = {"p_value": "P value", "percent": "percentage", "dispersion": "standard deviation"}


def find_impossible(stated: Mapping[str, Numeral]) -> str | None:
    """Return in words which of the numbers of one result, by role, cannot be; none if all can.

    >>> from .numerals import read
    >>> find_impossible({"percent": read("133.6")})
    'the percentage 133.6 is printed, and a percentage is from 0 to 100'
    >>> find_impossible({"count": read("31"), "total": read("30")}), find_impossible({"p_value": read("<0.001")})
    ('the count 31 is above the total 30', None)
    """
    faults = [fault for role, numeral in stated.items() if (fault := _describe_fault(role, numeral))]
    count, total = (stated.get(role) for role in ("count", "total"))
    if count and total and count.operator in _AT_LEAST and total.operator in _AT_MOST and (count.number or 0) > _least_of(total):
        faults.append(f"the count {count.printed} is above the total {total.printed}")
    return "; ".join(faults) or None


def _least_of(total: Numeral) -> Decimal:
    return _INFINITE if total.number is None else total.number


def roles_at_fault(stated: Mapping[str, Numeral]) -> frozenset[str]:
    """Return the roles of the numbers of one result that cannot be."""
    alone = frozenset(role for role, numeral in stated.items() if _describe_fault(role, numeral))
    return alone | (WHOLE if find_impossible({role: stated[role] for role in stated.keys() & WHOLE - alone}) else frozenset())


def is_whole(numeral: Numeral) -> bool:
    """Whether a number can be a count: a whole number."""
    return numeral.number is not None and numeral.number == numeral.number.to_integral_value()


def _describe_fault(role: str, numeral: Numeral) -> str:
    if numeral.number is None:
        return ""
    name = _NAMES.get(role, role)
    if role in WHOLE and not is_whole(numeral):
        return f"the {name} {numeral.printed} is printed, and a {name} is a whole number"
    if role in LIMITS:
        least, most, rule = LIMITS[role]
        if not least <= numeral.number <= most or (role in _STRICT and numeral.number in {least, most}):
            return f"the {name} {numeral.printed} is printed, and {rule}"
    return ""
