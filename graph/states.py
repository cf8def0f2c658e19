"""States of the lexer: which brackets are open, what came last, and the words outside all brackets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from .readings import Word


class Last(Enum):
    """What came last, as far as it decides what can come next."""

    OTHER = 0
    OPERAND = 1
    DIVISION = 2
    NAMESPACE = 3
    SERVICE = 4
    PREFIX = 5


@dataclass(slots=True, eq=False)
class Open:
    """An open bracket within others, the same object for the same brackets. ``sound``: none was closed by the sign of another."""

    sign: str = ""
    outside: Open | None = None
    depth: int = 0
    sound: bool = True
    inside: dict[str, Open] = field(default_factory=dict)

    def opened(self, sign: str) -> Open:
        """Return what is open when the bracket ``sign`` is opened within this one."""
        if sign not in self.inside:
            self.inside[sign] = Open(sign, self, self.depth + 1, self.sound)
        return self.inside[sign]

    def closed(self, sign: str) -> Open:
        """Return what is open when the bracket that ``sign`` opened is closed; where that is another, what comes is not sound."""
        if self.sign == sign and self.outside is not None:
            return self.outside
        return self.inside.setdefault("", Open(depth=self.depth, sound=False)) if self.sound else self


@dataclass(slots=True, eq=False)
class Outer:
    """The words outside all brackets so far: the same sequence of words is the same object."""

    word: Word | None = None
    before: Outer | None = None
    after: dict[int, Outer] = field(default_factory=dict)

    def followed(self, word: Word) -> Outer:
        """Return these words and ``word``."""
        return self.after.setdefault(word.start, Outer(word, self))

    def words(self) -> Iterator[Word]:
        """Yield the words in their order."""
        if self.before is not None and self.word is not None:
            chain = [self]
            while (last := chain[-1].before) is not None:
                chain.append(last)
            yield from (each.word for each in reversed(chain) if each.word is not None)


#: The brackets that are open, what came last, and the words outside all brackets.
State = tuple[Open, Last, Outer]


def lists(open_: Open, last: Last) -> bool:
    """Whether what comes next follows another name or value directly in round brackets."""
    return open_.sign == "(" and last in {Last.OPERAND, Last.NAMESPACE}


def compares(open_: Open, last: Last) -> bool:
    """Whether a less-than sign can be a comparison: directly in round brackets, after a value."""
    return last in {Last.OPERAND, Last.NAMESPACE} and (open_.sign == "(" or not open_.sound)
