"""The passage of a document that a proposal is from, in pieces: what is around its marked numbers, and the numbers. For any surface."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from .. import quotes
from ..errors import RecordError
from ..quotes import Mark
from .proposals import Proposal

#: The most characters of a passage that are shown; of a longer one, what is around its numbers.
LONGEST: Final = 1500
_AROUND: Final = 200


@dataclass(frozen=True, slots=True)
class PassagePiece:
    """Characters of a passage, white space as one space; ``mark`` is the number that they print, none for what is between numbers."""

    text: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class ProposalPassage:
    """A passage: from where to where in the document, the heading of the table that it is a row of (or nothing), and its pieces.

    ``elsewhere`` has the pieces of each quote with a number that the passage does not show, such as the total in a table's heading.
    """

    start: int
    end: int
    heading: str
    pieces: tuple[PassagePiece, ...]
    elsewhere: tuple[tuple[PassagePiece, ...], ...] = ()


def passage_of(proposal: Proposal, text: str) -> ProposalPassage:
    """Return the passage of ``proposal`` in the document ``text``; where the quotes stand elsewhere, what is around them."""
    marks = marks_of(proposal)
    start, end = proposal.start, min(proposal.end, len(text))
    inside = [mark for mark in marks if start <= mark.start and mark.end <= end]
    if start >= end or not inside:
        places = [(mark.start, mark.end) for mark in marks] or [(start, end)]
        start, end = max(0, min(places)[0] - _AROUND), min(len(text), max(place[1] for place in places) + _AROUND)
    if end - start > LONGEST and inside:
        start, end = max(start, inside[0].start - _AROUND), min(end, max(inside[-1].end + _AROUND, start + _AROUND), start + LONGEST)
    start += len(text[start:end]) - len(text[start:end].lstrip())
    pieces = tuple(_pieces(text, start, end, marks))
    return ProposalPassage(start, end, _heading(text, start), pieces, tuple(_elsewhere(proposal, text, pieces)))


def marks_of(proposal: Proposal) -> list[Mark]:
    """Return the marks of the quotes of ``proposal`` at their places in the document, in reading order; the gates name unreadable ones."""
    marks = [mark for _, _, several in _quotes(proposal) for mark in several]
    return sorted(marks, key=lambda mark: (mark.start, mark.end))


def name_marks(marks: Iterable[Mark]) -> str:
    """Return marked numbers with their roles in one line: ``value 7.7, lower 5.6``."""
    return ", ".join(" ".join(filter(None, (mark.name, mark.role, " ".join(mark.printed.split())))) for mark in marks)


def _elsewhere(proposal: Proposal, text: str, pieces: Iterable[PassagePiece]) -> Iterator[tuple[PassagePiece, ...]]:
    """Yield the pieces of each quote with numbers that ``pieces`` do not show; each number is shown once."""
    shown = {piece.mark for piece in pieces}
    for start, end, marks in _quotes(proposal):
        if further := [mark for mark in marks if mark not in shown]:
            shown |= set(further)
            yield tuple(_pieces(text, start, min(end, len(text)), further))


def _quotes(proposal: Proposal) -> Iterator[tuple[int, int, tuple[Mark, ...]]]:
    """Yield where each quote that can be read begins and ends in the document, and its marks there."""
    for quote in proposal.row.printed:
        with suppress(RecordError):
            marked, at = quote.read_marks(), quote.at or 0
            yield at, at + len(marked.text), quotes.shift(marked.marks, at)


def _pieces(text: str, start: int, end: int, marks: Iterable[Mark]) -> Iterator[PassagePiece]:
    last = start
    for mark in marks:
        if mark.start < last or mark.end > end:
            continue
        if last < mark.start:
            yield PassagePiece(_one_line(text[last : mark.start]))
        yield PassagePiece(_one_line(text[mark.start : mark.end]), mark)
        last = mark.end
    if last < end:
        yield PassagePiece(_one_line(text[last:end]))


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _heading(text: str, start: int) -> str:
    """Return the first line of the table that the line at ``start`` is a row of; nothing where it is none, or the first itself."""
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", begin)
    if "|" not in text[begin : end if end >= 0 else len(text)]:
        return ""
    first = ""
    for line in _lines_above(text, begin):
        if "|" not in line:
            break
        first = line
    return " ".join(first.split())


def _lines_above(text: str, begin: int) -> Iterator[str]:
    """Yield the lines before the one that begins at ``begin``, the nearest first."""
    while begin > 0:
        above = text.rfind("\n", 0, begin - 1) + 1
        yield text[above : begin - 1]
        begin = above
