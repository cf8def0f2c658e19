"""Readings: the keywords of a SPARQL text in every way that a parser can read it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class WordKind(Enum):
    """Whether characters are a word of the language, or part of a prefixed name, which may be read otherwise."""

    WORD = "word"
    PREFIX = "prefix"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters that matches what is sought: its offset, its kind, and whether it is outside all brackets.

    ``sure`` is true if every reading has it; ``names`` is the IRI that follows the keyword SERVICE (and SILENT), or None if something
    else follows.
    """

    start: int
    text: str
    kind: WordKind
    outside: bool
    sure: bool
    names: str | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """The outcome of reading a text in all ways.

    ``words`` are all matches in any reading, in order; ``outer`` those outside all brackets, for each complete reading whose brackets
    are balanced. ``prefixes`` are the declared namespaces. ``end`` is the last position reached if no reading is complete, else None.
    ``crowded`` is true if there were too many parallel readings.

    ``deepest`` is the nesting depth of brackets, ``opened`` the number of opening brackets, ``signs`` the number of operators and
    punctuation marks, ``listed`` the number of names and values that follow another within round brackets, and ``outside`` the number
    outside all brackets: upper bounds over all readings. ``blank`` is true if there are blank nodes.

    ``namespaces`` are the declared prefixes with their namespaces. ``calls`` are the names, as written, that stand directly before a round
    bracket in any reading: functions that are called by IRI, and properties before a list.
    """

    words: tuple[Word, ...]
    outer: tuple[tuple[Word, ...], ...]
    prefixes: frozenset[str]
    deepest: int
    opened: int
    signs: int
    listed: int
    outside: int
    blank: bool
    end: int | None
    crowded: bool
    namespaces: frozenset[tuple[str, str]] = frozenset()
    calls: frozenset[str] = frozenset()

    @property
    def complete(self) -> bool:
        """Whether all readings were followed, and one is complete."""
        return self.end is None and not self.crowded
