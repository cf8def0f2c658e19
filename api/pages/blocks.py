"""Blocks: the text of a document as paragraphs and tables, each a span of its characters; only separators are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

#: A table has at least so many lines.
LEAST: Final = 2
#: A document whose lines are shorter, and mostly do not end a sentence, is wrapped: a blank line is no new paragraph there.
_NARROW: Final = 75
_SENTENCE_END: Final = (".", ":", "?", "!", '"', "”", ")")
_RULE: Final = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|?\s*")
_PIPE: Final = re.compile(r"(?<!\\)\|")


class Span(NamedTuple):
    """Characters ``start`` to ``end`` of the text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    span: Span


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table: the span of its caption, if it has one, and of each cell, row by row."""

    span: Span
    caption: Span | None
    rows: tuple[tuple[Span, ...], ...]

    def locate(self, start: int) -> tuple[Span | None, Span | None]:
        """Return the spans of the label of the row and the head of the column, for the cell with the character ``start``, or none."""
        for number, row in enumerate(self.rows):
            for column, cell in enumerate(row):
                if cell.start <= start < cell.end:
                    above = (other[column] for other in self.rows[:number] if column < len(other))
                    head = next((span for span in above if span.end > span.start), None)
                    return (row[0] if column else None), (head if number else None)
        return None, None


def split(text: str) -> list[Paragraph | TextTable]:
    r"""Return the blocks of ``text`` in its order.

    >>> [type(block).__name__ for block in split("One.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nTwo.")]
    ['Paragraph', 'TextTable', 'Paragraph']
    """
    blocks: list[Paragraph | TextTable] = []
    wrapped = _is_wrapped(text)
    for lines in _runs(text):
        span = Span(lines[0].start, lines[-1].end)
        kind = _table_kind(text, lines[0])
        if kind and len(lines) >= LEAST:
            blocks.append(TextTable(span, _caption(text, blocks), tuple(_rows(text, lines, kind))))
        elif wrapped and blocks and isinstance(blocks[-1], Paragraph) and not _ends_sentence(text, blocks[-1].span):
            blocks[-1] = Paragraph(Span(blocks[-1].span.start, span.end))
        else:
            blocks.append(Paragraph(span))
    return blocks


def _runs(text: str) -> Iterator[list[Span]]:
    """Yield runs of lines that belong together: between blank lines, and of one kind of table, or of none."""
    run: list[Span] = []
    for line in _lines(text):
        blank = not text[line.start : line.end].strip()
        if run and (blank or _table_kind(text, line) != _table_kind(text, run[-1])):
            yield run
            run = []
        if not blank:
            run.append(line)
    if run:
        yield run


def _lines(text: str) -> Iterator[Span]:
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield Span(start, end)
        start = end + 1


def _table_kind(text: str, line: Span) -> str:
    """Return what separates the cells of a line, ``|`` or a tab; empty if it is no row of a table."""
    if text.startswith("|", line.start):
        return "|"
    return "\t" if text.find("\t", line.start, line.end) >= 0 else ""


def _rows(text: str, lines: list[Span], kind: str) -> Iterator[tuple[Span, ...]]:
    for line in lines:
        if kind == "|" and _RULE.fullmatch(text, line.start, line.end):
            continue
        yield tuple(_cells(text, line, kind))


def _cells(text: str, line: Span, kind: str) -> Iterator[Span]:
    """Yield the spans of the cells of a row, without surrounding space."""
    if kind == "\t":
        marks = [line.start - 1, *(number for number in range(line.start, line.end) if text[number] == "\t"), line.end]
    else:
        marks = [match.start() for match in _PIPE.finditer(text, line.start, line.end)]
        if text[marks[-1] + 1 : line.end].strip():
            marks.append(line.end)
    for left, right in pairwise(marks):
        start, end = left + 1, right
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        yield Span(start, end)


def _caption(text: str, blocks: list[Paragraph | TextTable]) -> Span | None:
    """Return the span of the paragraph before a table, if it begins as a caption does."""
    if blocks and isinstance(blocks[-1], Paragraph) and text.startswith(("Table", "TABLE", "eTable"), blocks[-1].span.start):
        return blocks[-1].span
    return None


def _is_wrapped(text: str) -> bool:
    """Whether most paragraphs are short lines that do not end a sentence: the lines of a printed column, each behind a blank line."""
    runs = [Span(lines[0].start, lines[-1].end) for lines in _runs(text) if not _table_kind(text, lines[0])]
    short = [span for span in runs if span.end - span.start < _NARROW and not _ends_sentence(text, span)]
    return len(short) > len(runs) / 2


def _ends_sentence(text: str, span: Span) -> bool:
    return text[span.start : span.end].rstrip().endswith(_SENTENCE_END)
