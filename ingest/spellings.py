"""Spellings: one name that a document prints in several ways, as the quotes of a record show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, takewhile
from typing import Final

from rapidfuzz.distance import OSA

from .contradictions import Candidate, Stated
from .figures import Node
from .sides import Disagreeing

#: Names shorter than this differ by chance.
SHORTEST: Final = 7
#: Letters in which two spellings of one name may differ.
APART: Final = 2
#: The least number of words of a name of which one place leaves one out.
WORDS: Final = 4
_WORD: Final = re.compile(r"[^\W\d_](?:[\w’'-]*\w)?")
#: Names with a number, which stand in longer words too; behind another capitalised word they are part of its name, as in that of a trial.
_NUMBERED: Final = re.compile(r"(?:^|(?<=[a-z,;(] )|(?<=\())[A-Z]{2,}-?\d+(?![\d-]*\d)(?![ -][A-Z])")
_NAME: Final = re.compile(r"[A-Z][\w-]+(?: (?:(?:and|of|for|the) )?[A-Z][\w-]+)+")
#: Names of antibodies are written in small letters.
_ANTIBODY: Final = re.compile(r"[a-z]{4,}mab\b")
_SMALL: Final = frozenset({"and", "of", "for", "the"})

#: Where a word is printed: the part of the record, and the target of its quote.
Places = dict[str, dict[str, Node]]


def find(stated: Stated) -> Iterator[Candidate]:
    """Yield each name that quotes of claims and definitions print in two ways."""
    words, names, common = _read_words(stated)
    for one, other in _pairs(words):
        if one.casefold() not in common and other.casefold() not in common and _is_one_name(one, other):
            yield _candidate(one, other, words, stated)
    for one, other in combinations(sorted(names), 2):
        if _lacks_a_word(one, other) or _lacks_a_word(other, one):
            yield _candidate(one, other, names, stated)


def _read_words(stated: Stated) -> tuple[Places, Places, frozenset[str]]:
    """Return the capitalised words and the names of several words with their places, and the words that are no names."""
    words: Places = {}
    names: Places = {}
    common = set[str]()
    for part in stated.nodes.values():
        for target in part.get("anchoredAt", ()) if isinstance(part.get("anchoredAt"), list) else ():
            text = " ".join(str(target["selector"][1]["exact"]).split())
            single = [word for word in _WORD.findall(text) if not any(character.isdigit() for character in word)]
            for word in (*single, *_NUMBERED.findall(text)):
                if word[0].isupper() or _ANTIBODY.fullmatch(word):
                    words.setdefault(word, {}).setdefault(str(part["id"]), part)
                else:
                    common.add(word.casefold())
            for name in _NAME.findall(text):
                names.setdefault(name, {}).setdefault(str(part["id"]), part)
    return words, names, frozenset(common)


def _pairs(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of words that begin with the same letter: only these may be one name."""
    by_first: dict[str, list[str]] = {}
    for word in words:
        by_first.setdefault(_fold(word)[:1], []).append(word)
    for several in by_first.values():
        yield from combinations(sorted(several), 2)


def _is_one_name(one: str, other: str) -> bool:
    """Whether two words are spellings of one name, neither the same but for capitals nor forms of one word.

    >>> _is_one_name("Papadopoulos", "Papadopolous"), _is_one_name("CD19", "CD-19"), _is_one_name("CD19", "CD20")
    (True, True, False)
    >>> _is_one_name("Infusion", "Infusions"), _is_one_name("COVID-19", "Covid-19")
    (False, False)
    """
    first, second = one.casefold(), other.casefold()
    if first == second:
        return False
    if re.sub(r"\D", "", first) != re.sub(r"\D", "", second):
        return False
    if any(character.isdigit() for character in first):
        return first.replace("-", "") == second.replace("-", "")
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
    if min(len(first), len(second)) < SHORTEST or not 3 <= shared < min(len(first), len(second)) - 1:
        return False
    return OSA.distance(first, second, score_cutoff=APART) <= APART


def _lacks_a_word(short: str, long: str) -> bool:
    """Whether ``short`` is ``long`` without one of its inner words.

    >>> _lacks_a_word("Office of Research and Development", "Office of Advanced Research and Development")
    True
    """
    few, many = ([word for word in name.split() if word not in _SMALL] for name in (short, long))
    if len(few) < WORDS - 1 or len(many) != len(few) + 1 or len(many) < WORDS:
        return False
    return few[0] == many[0] and few[-1] == many[-1] and any(many[:place] + many[place + 1 :] == few for place in range(1, len(few)))


def _fold(word: str) -> str:
    return unicodedata.normalize("NFKD", word.casefold())


def _candidate(one: str, other: str, places: Mapping[str, Mapping[str, Node]], stated: Stated) -> Candidate:
    rare, common = sorted((places[one], places[other]), key=len)
    parts = {**rare, **dict(list(common.items())[:1])}
    subject = next((label for part in parts.values() if (label := _study(part, stated))), "")
    text = f"one name is printed as {one} and as {other}"
    local = re.sub(r"[^a-z0-9]+", "-", _fold(one).encode("ascii", "ignore").decode()).strip("-")
    name = f"spelling-of-{local}.computed"
    return Candidate(
        name, "spelling", ", ".join(filter(None, (subject, "a name"))), text, tuple(Disagreeing(part) for part in parts.values())
    )


def _study(part: Node, stated: Stated) -> str:
    about = [stated.nodes.get(str(name), {}) for name in part.get("about", ())]
    return next((str(node["label"]) for node in about if str(node.get("id", "")).startswith("study/")), stated.study_of(part))
