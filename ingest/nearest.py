"""Nearest match: the passage of a document that is most similar to a quote, and the first character in which they differ.

A typed quote can look like the printed text and still differ: a full stop for a middle dot, two letters for a ligature, a hyphen
for a minus. Such characters look alike, so messages name them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from .characters import name_character

#: The least similarity of a match (0 to 100; rapidfuzz, partial ratio).
ALIKE: Final = 75.0
#: By how many characters the start and end of the match are refined: words broken over lines are longer in the document.
AROUND: Final = 6


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest match: its offset in the document, its text, and a description of the first difference."""

    start: int
    exact: str
    difference: str


def nearest(quote: str, document: str) -> Near | None:
    """Return the passage of ``document`` most similar to ``quote``, or None if nothing is similar enough.

    Any run of white space counts as one space, as in the search for quotes.

    >>> near = nearest("ratio 0.71", "the hazard ratio 0·71 was")
    >>> near.start, near.exact, near.difference
    (11, 'ratio 0·71', "U+00B7 MIDDLE DOT is in the document where the quote has U+002E FULL STOP, after 'ratio 0'")
    """
    plain, places = _collapse_space(document)
    asked = " ".join(quote.split())
    alignment = fuzz.partial_ratio_alignment(asked, plain, score_cutoff=ALIKE)
    if alignment is None or not asked or len(asked) > len(plain):
        return None
    starts = range(max(0, alignment.dest_start - AROUND), alignment.dest_start + AROUND + 1)
    ends = range(alignment.dest_end - AROUND, min(len(plain), alignment.dest_end + AROUND) + 1)
    windows = ((start, end) for start in starts for end in ends if start < end)
    first, last = min(
        windows, key=lambda window: (Levenshtein.distance(asked, plain[slice(*window)]), abs(window[1] - window[0] - len(asked)))
    )
    window = plain[first:last]
    step = next(iter(Levenshtein.editops(asked, window)), None)
    if step is None:
        return None
    begin, end = places[first], places[last - 1] + 1
    return Near(begin, document[begin:end], _describe(step.tag, step.src_pos, step.dest_pos, asked, window))


def _describe(tag: str, at: int, there: int, asked: str, window: str) -> str:
    """Describe the first difference."""
    before = f"after {asked[max(0, at - 12) : at]!r}" if at else "at its beginning"
    if tag == "insert":
        return f"{name_character(window[there])} is in the document and not in the quote, {before}"
    if tag == "delete":
        return f"the quote has {name_character(asked[at])}, which the document lacks, {before}"
    return f"{name_character(window[there])} is in the document where the quote has {name_character(asked[at])}, {before}"


def _collapse_space(document: str) -> tuple[str, list[int]]:
    """Return ``document`` with each run of white space as one space, and the original offset of each character."""
    parts: list[str] = []
    places: list[int] = []
    for match in re.finditer(r"\s+|\S+", document):
        if match[0].isspace():
            parts.append(" ")
            places.append(match.start())
        else:
            parts.append(match[0])
            places.extend(range(match.start(), match.end()))
    return "".join(parts), places
