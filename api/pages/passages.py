"""Passages: the sentence, or the cell of a table, around the numbers of a result; without the text, the quotes of the record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from . import blocks
from .blocks import Paragraph
from .results import PrintedNumber
from .spans import locate
from .texttables import Span

#: Most characters of a sentence before and after a number.
AROUND: Final = 400
#: Boundary between sentences of a paragraph, and between those of a text without known paragraphs.
_BREAK: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\"“])")
_BREAK_OR_BLANK: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\"“])|\n\s*\n")


@dataclass(frozen=True)
class PrintedPassage:
    """Characters of a document with the numbers in them: text and numbers in their order; in a table, what names the cell.

    ``restates`` is true where every number of it is printed in a more exact place too. ``cut`` says whether the characters are a quote
    of the record, so that the sentence goes on before and after them.
    """

    document: str
    start: int
    end: int
    pieces: tuple[str | PrintedNumber, ...]
    row: str
    column: str
    caption: str
    cut: bool

    @property
    def numbers(self) -> tuple[PrintedNumber, ...]:
        """The numbers in it."""
        return tuple(piece for piece in self.pieces if isinstance(piece, PrintedNumber))

    @property
    def restates(self) -> bool:
        """Whether it only repeats numbers."""
        return all(number.restates for number in self.numbers)


class _Around(NamedTuple):
    """The characters around a number, from ``start`` on, and, in a table, the label of the row, the head of the column, the caption."""

    start: int
    text: str
    cell: tuple[str, str, str]
    cut: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def find_passages(numbers: Iterable[PrintedNumber], texts: Mapping[str, str]) -> list[PrintedPassage]:
    """Return the passages that print ``numbers``, those that print them most exactly first, else in the order of the documents.

    ``texts`` are the texts that the caller may read, by document: sentences are read from them. A text with other characters at the
    place of a number is not used.
    """
    by_document: dict[str, list[PrintedNumber]] = {}
    for each in sorted(numbers, key=lambda each: (each.start, -each.end)):
        by_document.setdefault(each.document, []).append(each)
    passages = [
        passage for document, several in by_document.items() for passage in _passages(document, several, texts.get(document))
    ]  # fmt: skip
    return sorted(passages, key=lambda passage: (passage.restates, passage.document, passage.start))


def _passages(document: str, numbers: Sequence[PrintedNumber], text: str | None) -> Iterator[PrintedPassage]:
    """Yield the passages of one document: numbers whose surroundings overlap stand in one."""
    numbers = numbers if text is None else sorted((locate(each, text) for each in numbers), key=lambda each: each.start)
    run: list[PrintedNumber] = []
    joined: _Around | None = None
    for number in numbers:
        around = _around(number, text)
        if joined is not None and around.start <= joined.end and around.cell == joined.cell:
            joined = joined._replace(text=joined.text + around.text[max(joined.end - around.start, 0) :])
        else:
            if joined is not None:
                yield _passage(document, run, joined)
            run, joined = [], around
        if not run or number.start < 0 or number.start >= run[-1].end:
            run.append(number)
    if joined is not None:
        yield _passage(document, run, joined)


def _passage(document: str, numbers: Sequence[PrintedNumber], around: _Around) -> PrintedPassage:
    pieces: list[str | PrintedNumber] = []
    position = around.start
    for number in numbers:
        pieces += [around.text[position - around.start : number.start - around.start], number]
        position = number.end
    pieces.append(around.text[position - around.start :])
    return PrintedPassage(document, around.start, around.end, tuple(each for each in pieces if each), *around.cell, around.cut)


def _around(number: PrintedNumber, text: str | None) -> _Around:
    """Return what stands around a number: its sentence or cell in ``text``; without that, its quote, or the pointer that it stands at."""
    if number.start < 0:
        return _Around(number.start, "", (number.pointer, "", ""), True)
    if text is None or text[number.start : number.end] != number.exact:
        return _Around(number.start - len(number.prefix), number.prefix + number.exact + number.suffix, ("", "", ""), True)
    if (placed := blocks.find_cell(text, number.start)) is not None and placed[1].part != "caption":
        table, name = placed
        cell = next((cell for row in table.rows for cell in row if cell.start <= number.start < cell.end), Span(number.start, number.end))
        row, column, caption = (join_spans(text, spans) for spans in (name.row, name.columns, [table.caption] if table.caption else []))
        return _Around(cell.start, text[slice(*cell)], (row, column, caption), False)
    block = next((each for each in blocks.split(text) if each.span.start <= number.start < each.span.end), None)
    first, last = find_sentence(text, number.start, number.end, block.span if isinstance(block, Paragraph) else None)
    return _Around(first, text[first:last], ("", "", ""), False)


def join_spans(text: str, spans: Iterable[Span]) -> str:
    """Return the characters of several spans as one line."""
    return ", ".join(" ".join(text[span.start : span.end].split()) for span in spans)


def find_sentence(text: str, start: int, end: int, within: Span | None = None) -> tuple[int, int]:
    """Return where the sentence around characters ``start`` to ``end`` begins and ends; at most 400 characters on either side.

    It does not leave the paragraph ``within``; a blank line ends it where the paragraph is not known.

    >>> "One. Two is 2 here. Three."[slice(*find_sentence("One. Two is 2 here. Three.", 12, 13))]
    'Two is 2 here.'
    """
    least, most = within or (0, len(text))
    boundary = _BREAK if within else _BREAK_OR_BLANK
    lowest, highest = max(least, start - AROUND), min(most, end + AROUND)
    before = [match.end() for match in boundary.finditer(text, lowest, start)]
    after = boundary.search(text, end, highest)
    return (before[-1] if before else lowest), (after.start() if after else highest)
