"""Sentences and table rows of a text, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

#: The longest sentence that is read as one (characters); a longer one is read in parts.
LONGEST: Final = 2_000
#: A blank line ends a paragraph, unless the sentence goes on behind it, as over the pages of a PDF.
_BLANK: Final = re.compile(r"\n[ \t\r]*\n[\s]*")
#: Where a sentence may end.
_END: Final = re.compile(
    r"(?:(?<!\d)[.?!](?:[)\]\"”’]{0,2}\^?\d{1,2}(?:[,–-]\d{1,2}){1,5}|[)\]\"”’]{0,2}\^?\d{1,2})|[.?!][)\]\"”’]{0,2})(?=\s+[\"“(\[]{0,2}[A-Z0-9])"
)
#: Words behind whose full stop a sentence goes on.
_ABBREVIATED: Final = frozenset(
    "vs c.i "
    "eg e.g ie i.e fig figs al no nos approx dr prof st ca cf ref refs eq resp mo yr yrs wk wks pts incl excl n.r n.e suppl vol".split()
)
_LAST_WORD: Final = re.compile(r"[\w.]{1,12}$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or a line of a table: its place. ``cells`` are the places of a table row's cells, empty for a sentence."""

    start: int
    end: int
    cells: tuple[tuple[int, int], ...] = ()


def split_text(text: str) -> Iterator[Sentence]:
    """Yield the sentences and table rows of ``text`` in order; each is not empty and at most 2,000 characters long."""
    begin = 0
    for start, end in _lines(text):
        cells = _cells(text, start, end)
        if cells:
            yield from _sentences(text, begin, start)
            yield Sentence(start, end, cells)
            begin = end
    yield from _sentences(text, begin, len(text))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def _cells(text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return the places of the cells of a line between bars or tabs; none where it is no table row, or too long for one."""
    if end - start > 4 * LONGEST:
        return ()
    line = text[start:end]
    separator = "|" if line.lstrip().startswith("|") or line.count("|") >= 2 else "\t" if "\t" in line.lstrip().rstrip("\r\n ") else ""
    if not separator:
        return ()
    cells, place = [], start
    for part in line.split(separator):
        cells.append((place, place + len(part)))
        place += len(part) + 1
    if separator == "|":
        cells = cells[1 if line.lstrip().startswith("|") else 0 : -1 if line.rstrip().endswith("|") else None]
    return tuple(cells) if len(cells) > 1 else ()


def _sentences(text: str, start: int, end: int) -> Iterator[Sentence]:
    for first, last in _paragraphs(text, start, end):
        begin = first
        for match in _END.finditer(text, first, last):
            if match.end() < last and _goes_on(text, match.start()):
                continue
            yield from _pieces(text, begin, match.end())
            begin = match.end()
        yield from _pieces(text, begin, last)


def _paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for match in _BLANK.finditer(text, start, end):
        before, after = text[max(start, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
        if before and before not in ".:?!|)" and (after.islower() or after.isdigit()):
            continue
        yield begin, match.start()
        begin = match.end()
    yield begin, end


def _goes_on(text: str, place: int) -> bool:
    """Whether the full stop at ``place`` ends an abbreviation."""
    if text[place] != ".":
        return False
    match = _LAST_WORD.search(text[max(0, place - 12) : place])
    word = match[0].lower() if match else ""
    return word in _ABBREVIATED or (len(word) == 1 and word.isalpha())


def _pieces(text: str, start: int, end: int) -> Iterator[Sentence]:
    """Yield a sentence without white space around it, in parts where it is too long."""
    while start < end:
        while start < end and text[start].isspace():
            start += 1
        last = end
        if end - start > LONGEST:
            space = max(text.rfind(" ", start + LONGEST // 2, start + LONGEST), text.rfind("\n", start + LONGEST // 2, start + LONGEST))
            last = space if space > 0 else start + LONGEST
        stop = last
        while stop > start and text[stop - 1].isspace():
            stop -= 1
        if stop > start:
            yield Sentence(start, stop)
        start = last
