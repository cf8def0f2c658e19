"""Nearest match: the passage of a document that is most similar to a quote, and the first character in which they differ.

A typed quote can look like the printed text and still differ: a full stop for a middle dot, two letters for a ligature, a hyphen
for a minus, a letter and its accent for one character. Such characters look alike, so messages name them. Passages are compared by what
they look like, and described by what they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from .characters import UNSEEN, name_character

#: The least similarity of a match (0 to 100; rapidfuzz, partial ratio).
ALIKE: Final = 75.0
#: By how many characters the start and end of the match are refined: words broken over lines are longer in the document.
AROUND: Final = 6
#: How many characters before the first difference are shown.
BEFORE: Final = 12
#: Signs that are taken for one another when passages are compared: dashes, quotation marks, points.
_LOOKS: Final = {
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"), **dict.fromkeys("‘’‚‛′", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("·∙⋅․", "."),
    "×": "x", "µ": "u", "μ": "u", "⩽": "≤", "⩾": "≥",
}  # fmt: skip
#: What is seen as one: white space; a character with the marks that combine with it.
_UNIT: Final = re.compile(r"\s+|\S")


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest match: its offset in the document, its text, and a description of the first difference."""

    start: int
    exact: str
    difference: str


@dataclass(frozen=True, slots=True)
class _Looks:
    """What a text looks like, and for each character of that the unit of the text that it is of: begin, end, and the characters."""

    folded: str
    owners: tuple[int, ...]
    units: tuple[tuple[int, int, str], ...]


def nearest(quote: str, document: str) -> Near | None:
    r"""Return the passage of ``document`` most similar to ``quote``, or None if nothing is similar enough.

    Any run of white space counts as one space, as in the search for quotes.

    >>> near = nearest("ratio 0.71", "the hazard ratio 0·71 was")
    >>> near.start, near.exact
    (11, 'ratio 0·71')
    >>> near.difference
    'expected U+00B7 MIDDLE DOT, the quote has "." (U+002E FULL STOP), after \'ratio 0\''
    """
    asked, whole = _looks(" ".join(quote.split())), _looks(document)
    if not asked.folded or len(asked.folded) > len(whole.folded):
        return None
    alignment = fuzz.partial_ratio_alignment(asked.folded, whole.folded, score_cutoff=ALIKE)
    if alignment is None:
        return None
    first, last = _refine(asked.folded, whole.folded, alignment.dest_start, alignment.dest_end)
    units = whole.units[whole.owners[first] : whole.owners[last - 1] + 1]
    difference = _describe([text for _, _, text in asked.units], [text for _, _, text in units])
    begin, end = units[0][0], units[-1][1]
    return Near(begin, document[begin:end], difference) if difference else None


def _refine(asked: str, plain: str, start: int, end: int) -> tuple[int, int]:
    """Return the window near that from ``start`` to ``end`` that differs least, and of such windows one of the same length."""
    starts = range(max(0, start - AROUND), start + AROUND + 1)
    ends = range(end - AROUND, min(len(plain), end + AROUND) + 1)
    windows = ((first, last) for first in starts for last in ends if first < last)
    return min(windows, key=lambda window: (Levenshtein.distance(asked, plain[slice(*window)]), abs(window[1] - window[0] - len(asked))))


def _describe(asked: Sequence[str], window: Sequence[str]) -> str:
    """Describe the first difference between the units of two texts; empty if there is none."""
    alike = next(
        (place for place, pair in enumerate(zip(asked, window, strict=False)) if not _is_same(*pair)), min(len(asked), len(window))
    )
    if alike == len(asked) == len(window):
        return ""
    begun = "".join(asked[:alike])[-BEFORE:]
    before = f"after {begun!r}" if begun else "at its beginning"
    expected, written = (units[alike] if alike < len(units) else "" for units in (window, asked))
    step = next((op.tag for op in Levenshtein.editops([*map(_key, asked)], [*map(_key, window)]) if op.src_pos >= alike), "replace")
    looks = (_fold(expected), _fold(written)) if expected and written else ("", "")
    in_part = all(looks) and (looks[0].startswith(looks[1]) or looks[1].startswith(looks[0]))
    has = f'the quote has "{written}" ({_name(written)})'
    if not expected or (step == "delete" and not in_part):
        return f"{has}, which the document lacks, {before}"
    remark = "; no record can hold this character: quote the words beside it" if UNSEEN.search(expected) else ""
    if not written or (step == "insert" and not in_part):
        return f"expected {_name(expected)}, which the quote lacks, {before}{remark}"
    same = (
        " (the same letter, composed otherwise)" if unicodedata.normalize("NFC", expected) == unicodedata.normalize("NFC", written) else ""
    )
    return f"expected {_name(expected)}, {has}{same}, {before}{remark}"


def _is_same(one: str, other: str) -> bool:
    return _key(one) == _key(other)


def _key(unit: str) -> str:
    """Return a unit as the search for quotes sees it: any white space is the same."""
    return " " if unit.isspace() else unit


def _name(unit: str) -> str:
    r"""Return the code points of a unit with their names.

    >>> _name("e\u0301")
    'U+0065 U+0301 (LATIN SMALL LETTER E, COMBINING ACUTE ACCENT)'
    """
    if len(unit) == 1 or unit.isspace():
        return name_character(unit[0])
    names = [name_character(character).partition(" ") for character in unit]
    return f"{' '.join(point for point, _, _ in names)} ({', '.join(name for _, _, name in names)})"


@lru_cache(maxsize=8)
def _looks(text: str) -> _Looks:
    """Return what ``text`` looks like: compatible forms, dashes and quotation marks are one, what is not seen is left out."""
    units: list[tuple[int, int, str]] = []
    for match in _UNIT.finditer(text):
        if units and unicodedata.combining(match[0][0]) and not units[-1][2].isspace():
            units[-1] = (units[-1][0], match.end(), units[-1][2] + match[0])
        else:
            units.append((match.start(), match.end(), match[0]))
    parts = [_fold(unit) for _, _, unit in units]
    owners = tuple(place for place, part in enumerate(parts) for _ in part)
    return _Looks("".join(parts), owners, tuple(units))


@lru_cache(maxsize=4_096)
def _fold(unit: str) -> str:
    if unit.isspace():
        return " "
    if UNSEEN.fullmatch(unit):
        return ""
    return "".join(_LOOKS.get(each, each) for each in unicodedata.normalize("NFKC", _LOOKS.get(unit, unit)))
