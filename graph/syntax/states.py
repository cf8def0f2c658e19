"""States of the lexer: the open brackets, the last token, and the words outside all brackets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from .readings import Word


class Last(Enum):
    """The last token, as far as it determines what can follow."""

    OTHER = 0
    OPERAND = 1
    DIVISION = 2
    NAMESPACE = 3
    SERVICE = 4
    PREFIX = 5


@dataclass(slots=True, eq=False)
class Open:
    """An open bracket within others; equal nestings share one object. ``sound``: brackets are balanced so far."""

    sign: str = ""
    outside: Open | None = None
    depth: int = 0
    sound: bool = True
    inside: dict[str, Open] = field(default_factory=dict)

    def open(self, sign: str) -> Open:
        """Return the state after the opening bracket ``sign``."""
        if sign not in self.inside:
            self.inside[sign] = Open(sign, self, self.depth + 1, self.sound)
        return self.inside[sign]

    def close(self, sign: str) -> Open:
        """Return the state after the bracket that closes ``sign``; it is not sound if another bracket is open."""
        if self.sign == sign and self.outside is not None:
            return self.outside
        return self.inside.setdefault("", Open(depth=self.depth, sound=False)) if self.sound else self


@dataclass(slots=True, eq=False)
class Outer:
    """The words outside all brackets so far; equal sequences share one object."""

    word: Word | None = None
    before: Outer | None = None
    after: dict[int, Outer] = field(default_factory=dict)

    def append(self, word: Word) -> Outer:
        """Return the sequence with ``word`` appended."""
        return self.after.setdefault(word.start, Outer(word, self))

    def words(self) -> Iterator[Word]:
        """Yield the words in order."""
        if self.before is not None and self.word is not None:
            chain = [self]
            while (last := chain[-1].before) is not None:
                chain.append(last)
            yield from (each.word for each in reversed(chain) if each.word is not None)


#: The open brackets, the last token, and the words outside all brackets.
State = tuple[Open, Last, Outer]


def lists(open_: Open, last: Last) -> bool:
    """Whether the next token directly follows another name or value in round brackets."""
    return open_.sign == "(" and last in {Last.OPERAND, Last.NAMESPACE}


def compares(open_: Open, last: Last) -> bool:
    """Whether a less-than sign can be a comparison: directly in round brackets, after a value."""
    return last in {Last.OPERAND, Last.NAMESPACE} and (open_.sign == "(" or not open_.sound)
