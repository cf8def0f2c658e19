"""Lists of things in order, kept by what was asked for: a page is a slice of its list, and the total is known.

Without it an engine counts and orders everything that meets the filters for each page. Nothing is kept of another engine.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from sys import intern
from typing import Final

from .kept import KeptAnswers
from .querytext import Term
from .question import Row, Value

#: So many things of a list are kept, the first ones; a page beyond them is asked for.
FIRST: Final = 20_000
#: A page of fewer things is asked for and kept by itself: who wants the total, or the greatest value, need not wait for a whole list.
FEW: Final = 10
TOTAL: Final = "total"
#: Bytes of a text beside its characters.
_TEXT: Final = 60

#: Asks for a page: its size and where it begins; rows, and how many things there are in all.
AskPage = Callable[[int, int], tuple[list[Row], int]]
#: Asks for at most so many of the first things, without their total: to count them takes an engine as long as to find them.
AskFirst = Callable[[int], list[Row]]


@dataclass(frozen=True, slots=True)
class OrderedList:
    """The first things of a list, column by column, and how many there are in all."""

    columns: dict[str, tuple[Value, ...]]
    total: int

    @property
    def length(self) -> int:
        """How many things are kept."""
        return len(next(iter(self.columns.values()), ()))

    @property
    def size(self) -> int:
        """Its bytes, about; texts that stand several times are one."""
        different = {value for column in self.columns.values() for value in column}
        return sum(len(str(value).encode()) + _TEXT for value in different) + 8 * len(self.columns) * self.length

    def rows(self, size: int, offset: int) -> list[Row]:
        """Return the rows of a page."""
        lines = zip(*(column[offset : offset + size] for column in self.columns.values()), strict=True)
        return [{**dict(zip(self.columns, line, strict=True)), TOTAL: self.total} for line in lines]


def key_of(name: str, terms: Mapping[str, Sequence[Term]]) -> Hashable:
    """Return what the list of a question goes by: a digest of its parameters, and of the terms of each in any order.

    A filter may mean thousands of things, which would take more memory than the list.
    """
    asked = sorted((parameter, sorted(map(str, several))) for parameter, several in terms.items())
    return (name, sha256(repr(asked).encode()).digest())


def page(key: Hashable, kept: KeptAnswers, ask: AskPage, first: AskFirst, size: int, offset: int) -> tuple[list[Row], int]:
    """Return the rows of a page and the total, from the list kept under ``key``; ``ask`` and ``first`` ask the engine."""
    listed: OrderedList | None = kept.get(key)
    if listed is None and size < FEW:
        small: tuple[list[Row], int] = kept.once(
            (key, size, offset), lambda: ask(size, offset), lambda answer: sum(len(str(row)) + 4 * _TEXT for row in answer[0])
        )
        return [dict(row) for row in small[0]], small[1]
    if listed is None:
        listed = _list(first(FIRST + 1), ask)
        kept.put(key, listed, listed.size)
    if offset + size <= listed.length or listed.length == listed.total:
        return listed.rows(size, offset), listed.total
    return ask(size, offset)


def _list(rows: Sequence[Row], ask: AskPage) -> OrderedList:
    key = next(iter(rows[0])) if rows else ""
    total = len({row[key] for row in rows}) if len(rows) <= FIRST else ask(1, 0)[1]
    columns = list(rows[0]) if rows else []
    return OrderedList({name: tuple(_share(row[name]) for row in rows[:FIRST]) for name in columns}, total)


def _share(value: Value) -> Value:
    """Return ``value``; equal texts are one."""
    return intern(value) if isinstance(value, str) else value
