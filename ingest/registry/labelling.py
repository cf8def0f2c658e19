"""Labelling: the words of a sentence, of which each that names one of two groups becomes the index of the group.

Whole titles name a group, and words that only one of the two titles has. The words that put one group against the other are here, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_TOKEN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+]*|[/.;:,<>=()\[\]–-]")
#: Between two groups, the first is compared with the second; of these only where the groups are beside them, and of ratios or differences.
OF_RATIO, OF_DIFFERENCE = frozenset({"/"}), frozenset({"minus", "-", "–"})
BESIDE: Final = frozenset({"v", "over"}) | OF_RATIO | OF_DIFFERENCE
AGAINST: Final = frozenset({"vs", "versus"}) | BESIDE
AGAINST_PAIRS: Final = frozenset(
    {("compared", "to"), ("compared", "with"), ("relative", "to"), ("comparison", "to"), ("comparison", "with")}
)
#: Words of many meanings: they name a group only beside another word of its title, a sign, or nothing.
_EVERYDAY: Final = frozenset(
    "low high early late short long standard active first second third test new old fixed continuous intermittent delayed immediate "
    "care best usual regular reduced intensive no none male female young elderly single double".split()
)
_NOT_OURS: Final = frozenset({"historical", "historic", "external", "synthetic", "own"})
#: Words that tell no group from another.
GENERIC: Final = frozenset(
    "a an and arm arms by cohort combination dose for full group groups in mg ml of on or patients participants per plus population qd bid "
    "qw randomised randomized set study subjects the therapy to treated treatment twice weekly with daily once analysis fas itt ii".split()
)
#: A title of fewer characters may be a word of any text.
_SHORTEST: Final = 3
_ALIASES: Final = {"pbo": "placebo", "plc": "placebo"}
_BESIDE_EVERYDAY: Final = AGAINST | GENERIC | {"compared", "relative", "is", "was"}


def words_of(text: str) -> list[str]:
    """Return the words and signs of ``text`` in lower case, abbreviations of "placebo" as the word."""
    return [_ALIASES.get(token.casefold(), token.casefold()) for token in _TOKEN.findall(text)]


def marks_of(titles: tuple[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words that tell each title from the other."""
    sets = [{word for word in words_of(title) if word[0].isalnum() and not word.isdigit()} - GENERIC for title in titles]
    return frozenset(sets[0] - sets[1]), frozenset(sets[1] - sets[0])


def label_words(sentence: str, titles: tuple[str, str], marks: tuple[frozenset[str], frozenset[str]]) -> list[str | int]:
    """Return the words of a sentence, each that names a group as the index of the group: whole titles first, the longer one before."""
    words: list[str | int] = list(words_of(sentence))
    for index in sorted((0, 1), key=lambda each: -len(titles[each])):
        own = words_of(titles[index])
        if len("".join(own)) < 2:
            continue  # "a" is an article, too
        for start in range(len(words) - len(own) + 1):
            if words[start : start + len(own)] == own and words[max(0, start - 1)] not in _NOT_OURS:
                words[start : start + len(own)] = [index] * len(own)
    around = [".", *words, "."]
    return [
        _label_word(before, word, after, titles, marks)
        for before, word, after in zip(around, words, around[2:], strict=False)
    ]  # fmt: skip


def _label_word(
    before: str | int, word: str | int, after: str | int, titles: tuple[str, str], marks: tuple[frozenset[str], frozenset[str]]
) -> str | int:
    """Return the index of the group that ``word`` names between the words beside it, or the word."""
    if isinstance(word, int):
        return word
    index = next((each for each in (0, 1) if word in marks[each]), None)
    if index is None or before in _NOT_OURS:
        return word
    is_of_title = not isinstance(after, str) or not after.isalpha() or after in _BESIDE_EVERYDAY or after in words_of(titles[index])
    return index if word not in _EVERYDAY or is_of_title else word


def names_title(text: str, title: str, titles: tuple[str, str]) -> bool:
    """Whether ``text`` has the whole ``title`` of a third group beside the two, where it is no part of theirs.

    >>> names_title("Drug 8 mg vs Placebo", "Drug 8 mg", ("Drug 16 mg", "Placebo"))
    True
    >>> names_title("Drug + Placebo vs Drug", "Placebo", ("Drug + Placebo", "Drug"))
    False
    """
    own = words_of(title)
    if len("".join(own)) < _SHORTEST or GENERIC.issuperset(own):
        return False
    words = label_words(text, titles, (frozenset(), frozenset()))
    return any(words[start : start + len(own)] == own for start in range(len(words) - len(own) + 1))


def labels_in(tokens: Sequence[str | int]) -> set[int]:
    """Return the indexes of the groups that are named."""
    return {token for token in tokens if isinstance(token, int)}
