"""Readings: what a SPARQL text holds by each way that a parser can read it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How sure it is that characters are a word of the language: a word, or part of a prefixed name, which may be read otherwise."""

    WORD = "word"
    PREFIX = "prefix"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters that holds what is sought: where it begins, what it is part of, and whether no bracket is open around it.

    ``sure`` is whether every reading has it; ``names`` is the IRI that follows the keyword SERVICE (and SILENT), or none where something
    else does.
    """

    start: int
    text: str
    kind: Kind
    outside: bool
    sure: bool
    names: str | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """What the readings of a text hold.

    ``words`` are all that were sought, in any reading, by their places; ``outer`` those outside all brackets, for each reading that
    comes to the end of the text with its brackets closed. ``prefixes`` are the IRIs that prefixes are declared as. Where no reading comes
    to the end, ``end`` is the last place one came to, else none. ``crowded`` is whether there were too many readings to follow.

    ``deepest`` is how deep brackets are nested, ``opened`` how many are opened, ``signs`` how many operators and punctuation marks there
    are, ``listed`` how many names and values follow each other within round brackets, and ``outside`` how many are outside all brackets: so
    many at most, whatever the reading. ``blank`` is whether there are blank nodes.
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

    @property
    def complete(self) -> bool:
        """Whether all readings were followed, and one came to the end of the text."""
        return self.end is None and not self.crowded
