"""One line of a study file: parses names, numbers and counts from its cells; errors name line, column and value."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Final

from mabgraph.ingest.errors import MabgraphError
from mabgraph.ingest.visible import escape_invisible

from . import limits

#: Markers of an empty cell.
_ABSENT: Final = frozenset({"", "na", "n/a", "nr", "."})
#: Only ASCII digits are accepted.
_POINT: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?(?P<power>[0-9]+))?")
COMMA: Final = re.compile(r"[+-]?[0-9]+,[0-9]+")
#: Signs that set thousands apart: spaces of every width, apostrophes, underscores, and points or commas before three digits.
_APART: Final = re.compile(r"(?<=[0-9])[\s'\u2019\u02bc\u066c\uff07_](?=[0-9])")
_GROUPS: Final = {sign: re.compile(rf"[+-]?[0-9]{{1,3}}(?:{re.escape(sign)}[0-9]{{2,3}})+(?P<rest>[^0-9{sign}][0-9]+)?") for sign in ",."}
#: Signs of comparison, with which a number is printed that lies beyond another.
COMPARED: Final = re.compile(r"[<>≤≥≦≧⩽⩾~≈]")
#: The characters of the longest name (of all drugs that arms may be given), of the longest number, and of a value in a message.
_NAME: Final = 1000
_NUMBER: Final = 40
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class StudyLine:
    """One line of a study file: its line number, and its cells by column name in lower case."""

    path: Path
    number: int
    cells: dict[str, str]
    decimal_comma: bool = False

    def is_empty(self, column: str) -> bool:
        """Whether the cell is empty: blank, NA, NR or a lone full stop."""
        return self.cells.get(column, "").lower() in _ABSENT

    def text(self, column: str) -> str:
        """Return a name, its words separated by single spaces.

        :raises MabgraphError: when it is empty or too long.
        """
        if self.is_empty(column):
            raise self.refusal(column, "a name is needed: fill it in, or take the line out")
        name = " ".join(self.cells[column].split())
        if len(name) > _NAME:
            raise self.refusal(column, f"a name of {len(name)} characters: {_NAME} at most; see the quotes and separators there")
        return name

    def decimal(self, column: str) -> Decimal:
        """Return a number with its printed digits.

        :raises MabgraphError: when it is empty, not one number, or implausibly large.
        """
        if self.is_empty(column):
            raise self.refusal(column, "a number is needed: fill it in, or take the study out; nothing is put in its place")
        written = self.cells[column].replace("\N{MINUS SIGN}", "-")
        if not any(sign.isdigit() for sign in written):
            raise self.refusal(column, "no number is printed there: take the study out; nothing is put in its place")
        if self.decimal_comma and "." in written:
            why = "other cells have a decimal comma: write all numbers of the file in one way"
            raise self.refusal(column, f"{why}{_describe_ungrouped(written, True)}")
        plain = written.replace(",", ".") if self.decimal_comma and COMMA.fullmatch(written) else written
        if len(plain) > _NUMBER:
            raise self.refusal(column, f"no number: it has {len(plain)} characters, {_NUMBER} at most are read")
        match = _POINT.fullmatch(plain)
        if match is None:
            point = "comma" if self.decimal_comma else "point"
            why = f"no number: write digits with a decimal {point}, without units, signs of comparison or separators"
            raise self.refusal(column, why + (_describe_sign(written) or _describe_ungrouped(written, self.decimal_comma)))
        if len((match["power"] or "").lstrip("0")) > 3:
            raise self.refusal(column, "no study has a number of this size: see where it is from")
        number = Decimal(plain)
        if fault := limits.size_fault(number):
            raise self.refusal(column, fault)
        return number

    def percent(self, column: str) -> Decimal:
        """Return a level in percent, written with or without its sign.

        :raises MabgraphError: as :meth:`decimal` does.
        """
        written = self.cells.get(column, "")
        if re.search(r"(?i)one.?(?:sided|tailed)|1.?(?:sided|tailed)|unilateral", written):
            raise self.refusal(column, "of a one-sided interval: write the level of the interval between both bounds, such as 95")
        number = written.removesuffix("%").rstrip()
        return replace(self, cells=self.cells | {column: number}).decimal(column)

    def decimals(self, column: str) -> int:
        """Return the number of decimal places of a number."""
        return max(0, -int(self.decimal(column).as_tuple().exponent))

    def number_of(self, column: str) -> float:
        """Return a number as a float.

        :raises MabgraphError: as :meth:`decimal` does.
        """
        return float(self.decimal(column))

    def error_of(self, column: str, what: str) -> float:
        """Return a standard error or standard deviation; ``what`` is its name in messages.

        :raises MabgraphError: as :meth:`decimal` does, and when it is not above zero.
        """
        number = self.decimal(column)
        if number <= 0:
            raise self.refusal(column, f"a {what} is above zero: see what is printed")
        if fault := limits.error_fault(number):
            raise self.refusal(column, fault)
        return float(number)

    def count(self, column: str) -> int:
        """Return a non-negative integer.

        :raises MabgraphError: as :meth:`decimal` does, and when it is not a whole number, negative, or implausibly large.
        """
        number = self.decimal(column)
        if number > limits.PATIENTS:
            raise self.refusal(column, f"no study has more than {limits.PATIENTS:,} patients: see what is printed")
        if number != number.to_integral_value() or number < 0:
            raise self.refusal(column, "no count: write a whole number of patients from 0 up, without separators")
        return int(number)

    def refusal(self, column: str, why: str) -> MabgraphError:
        """Return the error that names the cell, its value, and ``why`` it is invalid."""
        return MabgraphError(f"{self.path}, line {self.number}, column {column}: {quote_value(self.cells.get(column, ''))}: {why}")


def _describe_sign(written: str) -> str:
    """Return in words what a number with a sign of comparison is; nothing of others.

    >>> _describe_sign(">10"), _describe_sign("10")
    (' (a number with > says on which side of it the true one lies, not where: take the study out)', '')
    """
    sign = COMPARED.search(written)
    return f" (a number with {sign[0]} says on which side of it the true one lies, not where: take the study out)" if sign else ""


def _describe_ungrouped(written: str, comma: bool) -> str:
    """Return in words how a number is written whose thousands are set apart; nothing where it is none.

    ``comma`` is whether the numbers of the file have a decimal comma.

    >>> _describe_ungrouped("1 234,5", True), _describe_ungrouped("1.234,5", False)
    (': 1234,5', ': 1234.5')
    >>> _describe_ungrouped("1,23,456", False), _describe_ungrouped("1.5*", False)
    (': 123456', '')
    """
    plain = _APART.sub("", written)
    for sign, pattern in _GROUPS.items():
        match = pattern.fullmatch(plain)
        if match and (match["rest"] or plain.count(sign) > 1):
            plain = plain.replace(sign, "")
    if plain == written or not re.fullmatch(r"[+-]?[0-9]+(?:[.,][0-9]+)?", plain):
        return ""
    return f": {plain.replace('.', ',') if comma else plain.replace(',', '.')}"


def quote_value(value: str) -> str:
    """Return ``value`` as it is put in a message: in quotes, what is not seen by its code, and cut where it is long.

    >>> quote_value("75"), len(quote_value("7" * 100_000))
    ("'75'", 63)
    """
    plain = escape_invisible(value)
    return repr(plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…")
