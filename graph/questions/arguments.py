"""Parameters of questions, and their values: the texts of callers as RDF terms, by the type of each parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from mabgraph.ingest.errors import QuestionError, UnknownName

from ..store import vocabulary
from . import identifiers
from .names import KINDS, Names, shorten
from .querytext import Term

#: Longest IRI that a parameter takes (characters).
LONGEST: Final = 2000
#: Literal types a parameter can have besides the kinds of things that have names: numbers stand in the text as digits.
NUMBERS: Final = {"integer": "http://www.w3.org/2001/XMLSchema#integer", "decimal": "http://www.w3.org/2001/XMLSchema#decimal"}
LITERALS: Final = (*NUMBERS, "text", "choice")
#: The greatest number that a parameter takes, and the most digits after its point.
GREATEST: Final = 10**15
DIGITS: Final = 15
#: Arithmetic that holds every digit of such a number, and the smallest difference of two.
_EXACT: Final = Context(prec=40)
_SMALLEST: Final = Decimal(1).scaleb(-DIGITS)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a question; its type is a kind of things with names (``drug``), ``iri``, ``text``, ``choice``, or a type of numbers.

    ``choices`` maps each choice to its IRI, relative to the base, or to an empty text where it only decides which lines the query has.
    """

    name: str
    type: str
    description: str
    required: bool = False
    many: bool = True
    choices: dict[str, str] = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        """Whether its values stand in the text as digits."""
        return self.type in NUMBERS

    @property
    def is_filter(self) -> bool:
        """Whether its values are names of things that are looked for: every thing called so, and whatever is narrower."""
        return self.many and self.type in KINDS

    def terms(self, names: Names, values: Sequence[str], *, exact: bool = False) -> list[Term]:
        """Return the terms of ``values`` without duplicates: the engine would search the dataset once more for each.

        A name in a filter means everything that is called so, and whatever is narrower unless ``exact``.

        :raises QuestionError: for a value that is not of its type.
        :raises UnknownName: when a name is not known; or is that of several things where one is to be named.
        """
        if self.is_filter:
            return list(map(ox.NamedNode, names.expand(self.type, values, exact=exact)))
        return list(dict.fromkeys(self._term(names, value) for value in dict.fromkeys(values)))

    def choice(self, value: str) -> Term:
        """Return the term of a choice: its IRI if it has one, else its text."""
        iri = self.choices[value]
        return ox.NamedNode(vocabulary.base() + iri) if iri else ox.Literal(value)

    def _term(self, names: Names, value: str) -> Term:
        if self.type == "choice" and value not in self.choices:
            raise QuestionError(f"{self.name}: {shorten(value)!r} is none of {', '.join(self.choices)}")
        if self.type == "iri" and len(value) > LONGEST:
            raise QuestionError(f"{self.name}: an IRI has at most {LONGEST} characters, this one has {len(value)}")
        try:
            if self.type == "iri":
                return _iri(value, vocabulary.base())
            if self.type == "choice":
                return self.choice(value)
            if self.is_number:
                return _number(self.type, value)
            if self.type == "text":
                return ox.Literal(value)
            return ox.NamedNode(names.find(self.type, value))
        except UnknownName:
            raise
        except ValueError as error:
            raise QuestionError(f"{self.name}: {shorten(value)!r} is no {self.type}: {error}") from None


@lru_cache(maxsize=10_000)
def _iri(value: str, base: str) -> ox.NamedNode:
    """Return the IRI that a value names; ``base`` is that of the names of the graph. The same are asked for again and again.

    :raises ValueError: when it is none.
    """
    return ox.NamedNode(vocabulary.expand_iri(identifiers.canonical_iri(value)))


def _number(kind: str, value: str) -> Term:
    """Return a number as it stands in a query: digits, and for a decimal a sign and a point.

    :raises ValueError: when it is none, or beyond what engines take.
    """
    if not value.isascii() or "_" in value:
        raise ValueError("it is written with the digits 0 to 9")
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        raise ValueError("it is written with digits") from None
    whole = kind == "integer"
    if not number.is_finite() or abs(number) > GREATEST or (whole and (number < 0 or number != int(number))):
        raise ValueError(f"it is {'a whole number from 0' if whole else 'a number'} to {GREATEST:,}")
    digits = str(int(number)) if whole else format(_EXACT.normalize(number.quantize(_SMALLEST, context=_EXACT)), "f")
    return ox.Literal(digits, datatype=ox.NamedNode(NUMBERS[kind]))
