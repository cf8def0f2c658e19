"""Readings: what the rules read at one place of a text, before it is known what it is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from ..numerals import OPERATORS
from .tokens import TextToken

Interval = Literal["confidence-interval", "range", "interquartile-range", "credible-interval"]

#: Roles whose figure is the value of a reading.
ESTIMATES: Final = frozenset({"value", "percent"})


#: Words that compare, as numerals are printed with them.
_COMPARING: Final = frozenset(sign for sign in OPERATORS if sign[0].isalpha())


@dataclass(frozen=True, slots=True)
class Placed:
    """A figure at its place: its role, and its first and last character in the document, with a comparison sign before it."""

    role: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TextReading:
    """Figures that belong together: a value with its bounds, a count with its total.

    ``interval`` is the kind of the bounds, or none where the text does not say it. ``start`` and ``end`` are the tokens of the unit
    that it was read from; ``cell`` is the column of a table row, from 0, or none. ``doubt`` says what speaks against it.
    """

    figures: tuple[Placed, ...]
    start: int
    end: int
    interval: Interval | None = None
    measure: str | None = None
    cell: int | None = None
    time_unit: str | None = None
    doubt: str | None = None

    def of_role(self, *roles: str) -> Placed | None:
        """Return the first figure of one of ``roles``, or none."""
        return next((figure for figure in self.figures if figure.role in roles), None)

    @property
    def has_bounds(self) -> bool:
        """Whether it is a value with both bounds."""
        roles = {figure.role for figure in self.figures}
        return {"lower", "upper"} <= roles and bool(roles & ESTIMATES)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What looks like a figure of a result and is not read: its place and why, and whether it looks like two bounds."""

    start: int
    end: int
    reason: str
    is_bounds: bool = False


@dataclass(slots=True)
class Unit:
    """A sentence or a cell while it is read: its tokens, which of them are taken, and what was read of it."""

    tokens: list[TextToken]
    taken: set[int] = field(default_factory=set)
    readings: list[TextReading] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def at(self, index: int) -> TextToken | None:
        """Return the token at ``index``, or none beyond both ends."""
        return self.tokens[index] if 0 <= index < len(self.tokens) else None

    def place(self, role: str, index: int) -> Placed:
        """Return the token at ``index`` as a figure, with the comparison sign or words before it (``<``, ``at least``)."""
        token = self.tokens[index]
        start = token.start
        for count in (2, 1):
            words = self.tokens[max(0, index - count) : index]
            if len(words) == count and " ".join(word.lower for word in words if word.kind == "word") in _COMPARING:
                return Placed(role, words[0].start, token.end)
        before = self.at(index - 1)
        if before is not None and before.kind == "operator" and before.text != "=" and token.kind == "number":
            start = before.start
        return Placed(role, start, token.end)
