"""Names of terms, and where a text has them: the longest name counts, in American or British spelling, one or many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

#: The most words of a name that is looked for.
_LONGEST: Final = 12
_WORD: Final = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?")
_BRITISH: Final = (
    (re.compile("[ao]e(?=[a-z]{2})"), "e"),
    (re.compile("our(?=s?$)"), "or"),
    (re.compile("is(?=(?:e|ed|es|ing|ation)$)"), "iz"),
)


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A name in a text: its place, and the ids that have it."""

    start: int
    end: int
    ids: tuple[str, ...]


class NameIndex:
    """Names of things by the words they are written with."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """Take pairs of an id and one of its names; an id has several names by several pairs."""
        self._ids: dict[tuple[str, ...], dict[str, None]] = {}
        for local, name in names:
            words = fold_words(name)
            if words and len(words) <= _LONGEST:
                self._ids.setdefault(words, {})[local] = None
        self.ids = tuple(dict.fromkeys(local for several in self._ids.values() for local in several))
        self._longest = max(map(len, self._ids), default=0)
        self._first = {words[0] for words in self._ids}

    def find(self, text: str, start: int = 0, end: int | None = None) -> Iterator[NameMatch]:
        """Yield the names in ``text`` from ``start`` to ``end``, in order; of names that begin at one word the longest."""
        words = [(match.start(), match.end(), fold(match[0])) for match in _WORD.finditer(text, start, len(text) if end is None else end)]
        index = 0
        while index < len(words):
            length = self._length_at(words, index) if words[index][2] in self._first else 0
            if length:
                key = tuple(word for _, _, word in words[index : index + length])
                yield NameMatch(words[index][0], words[index + length - 1][1], tuple(self._ids[key]))
            index += length or 1

    def _length_at(self, words: list[tuple[int, int, str]], index: int) -> int:
        """Return the number of words of the longest name at ``index``, 0 where there is none."""
        for length in range(min(self._longest, len(words) - index), 0, -1):
            if tuple(word for _, _, word in words[index : index + length]) in self._ids:
                return length
        return 0


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms of an ontology that rows of records name: variables, measures, units and drugs, each by its names."""

    variables: NameIndex
    drugs: NameIndex
    #: For each variable the kind of thing it is: endpoints, adverse-events, baseline-characteristics or study-conduct.
    kinds: Mapping[str, str]


def fold_words(name: str) -> tuple[str, ...]:
    """Return the words of ``name`` as they are compared.

    >>> fold_words("Relapse-free survivals, haematological")
    ('relapse', 'free', 'survival', 'hematological')
    """
    return tuple(fold(word) for word in _WORD.findall(name))


def fold(word: str) -> str:
    """Return a word in small letters, in American spelling, one instead of many. Abbreviations in capitals stay as they are.

    >>> fold("Tumours"), fold("OS"), fold("randomised"), fold("diagnosis")
    ('tumor', 'OS', 'randomized', 'diagnosis')
    """
    if len(word) > 1 and sum(letter.isupper() for letter in word) > 1:
        return word.removesuffix("s")
    folded = word.lower()
    if len(folded) > 4 and folded.endswith("s") and not folded.endswith(("ss", "us", "is")):
        folded = folded[:-1]
    for pattern, by in _BRITISH:
        folded = pattern.sub(by, folded)
    return folded
