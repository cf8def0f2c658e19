"""The passage of a document that a proposal is from, with its marked numbers set off, for terminals with and without colours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from rich.text import Text

from mabgraph.ingest import quotes
from mabgraph.ingest.drafting.proposals import Proposal
from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.quotes import Mark
from mabgraph.ingest.visible import escape_invisible

#: The most characters of a passage that are shown; of a longer one, what is around its numbers.
LONGEST: Final = 1500
_AROUND: Final = 200


def show_passage(proposal: Proposal, text: str, *, plain: bool) -> list[Text]:
    """Return the lines to print: the heading of the table where the passage is a row of one, and the passage.

    Marked numbers are in bold, or, if ``plain``, between two asterisks on each side.
    """
    marks = marks_of(proposal)
    start, end = proposal.start, min(proposal.end, len(text))
    inside = [mark for mark in marks if start <= mark.start and mark.end <= end]
    if start >= end or not inside:
        places = [(mark.start, mark.end) for mark in marks] or [(start, end)]
        start, end = max(0, min(places)[0] - _AROUND), min(len(text), max(place[1] for place in places) + _AROUND)
    if end - start > LONGEST and inside:
        start, end = max(start, inside[0].start - _AROUND), min(end, max(inside[-1].end + _AROUND, start + _AROUND), start + LONGEST)
    start += len(text[start:end]) - len(text[start:end].lstrip())
    lines = [Text(escape_invisible(heading))] if (heading := _heading(text, start)) else []
    return [*lines, _set_off(text, start, end, marks, plain)]


def marks_of(proposal: Proposal) -> list[Mark]:
    """Return the marks of the quotes of ``proposal`` at their places in the document, in reading order; the gates name unreadable ones."""
    marks: list[Mark] = []
    for quote in proposal.row.printed:
        with suppress(RecordError):
            marks += quotes.shift(quote.read_marks().marks, quote.at or 0)
    return sorted(marks, key=lambda mark: (mark.start, mark.end))


def name_marks(marks: Iterable[Mark]) -> str:
    """Return marked numbers with their roles in one line: ``value 7.7, lower 5.6``."""
    return ", ".join(" ".join(filter(None, (mark.name, mark.role, " ".join(mark.printed.split())))) for mark in marks)


def _set_off(text: str, start: int, end: int, marks: list[Mark], plain: bool) -> Text:
    """Return the characters from ``start`` to ``end`` on one line, the marked ones set off."""
    line, last = Text(), start
    for mark in marks:
        if mark.start < last or mark.end > end:
            continue
        line.append(_one_line(text[last : mark.start]))
        printed = _one_line(text[mark.start : mark.end])
        line.append(f"**{printed}**" if plain else printed, style="" if plain else "bold reverse")
        last = mark.end
    line.append(_one_line(text[last:end]))
    return line


def _one_line(text: str) -> str:
    return escape_invisible(re.sub(r"\s+", " ", text))


def _heading(text: str, start: int) -> str:
    """Return the first line of the table that the line at ``start`` is a row of; nothing where it is none, or the first itself."""
    begin = text.rfind("\n", 0, start) + 1
    if "|" not in text[begin:].partition("\n")[0]:
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
