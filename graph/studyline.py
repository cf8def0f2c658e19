"""One line of a study file: parses names, numbers and counts from its cells; errors name line, column and value."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
#: The maximum lengths of a name, of a number, and of a value in a message (characters).
_NAME: Final = 200
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
        if self.decimal_comma and "." in written:
            raise self.refusal(column, "other cells have a decimal comma: write all numbers of the file in one way")
        plain = written.replace(",", ".") if self.decimal_comma and COMMA.fullmatch(written) else written
        if len(plain) > _NUMBER:
            raise self.refusal(column, f"no number: it has {len(plain)} characters, {_NUMBER} at most are read")
        match = _POINT.fullmatch(plain)
        if match is None:
            raise self.refusal(column, "no number: write digits with a decimal point, without units, signs of comparison or separators")
        if len((match["power"] or "").lstrip("0")) > 3:
            raise self.refusal(column, "no study has a number of this size: see where it is from")
        number = Decimal(plain)
        if fault := limits.size_fault(number):
            raise self.refusal(column, fault)
        return number

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


def quote_value(value: str) -> str:
    """Return ``value`` for a message: quoted, invisible characters escaped, and shortened.

    >>> quote_value("75"), len(quote_value("7" * 100_000))
    ("'75'", 63)
    """
    plain = escape_invisible(value)
    return repr(plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…")
