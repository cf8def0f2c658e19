"""Tables of a text: their lines, cells, headings and captions, and how a cell is named by them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from mabgraph.ingest.drafting.tables import strip_cell

#: A table has at least so many lines.
LEAST: Final = 2
#: Rows of headings that a table has at most.
_HEADINGS: Final = 4
#: Longest caption (characters), and paragraphs that it has at most.
_LONGEST: Final = 600
_PARAGRAPHS: Final = 3
_RULE: Final = re.compile(r"\s*\|?[\s:|+-]*-[\s:|+-]*\|?\s*")
_PIPE: Final = re.compile(r"(?<!\\)\|")
#: Cells between bars without a bar at the beginning of the line.
_BETWEEN: Final = re.compile(r"\S[^\n]*(?<!\\) \| ")
#: How a cell begins that names a column: with words, a sign for percent, or a size, behind marks of layout; and how one that is a value.
_NAMES: Final = re.compile(r"(?:<\w+>|[*_^$\\{}(\[ ])*(?:[^\W\d_]|%|№)")
_VALUE: Final = re.compile(r"(?:a?HR|a?OR|RR|P|p) ?[=:<>≤≥]? ?[\d.]|N[ARSED]\W*\Z|Not (?:reached|reported|estimable|applicable|available)")
#: The label of a table at the beginning of a line. A sentence that begins with one goes on with a small letter or a bracket.
_LABEL: Final = re.compile(
    r"(?m)^[#*_ ]*(?:(?:e|e-|Supplement(?:ary|al)? |Appendix |Extended Data )?T(?:able|ABLE)|Tab\.)"
    r" ?(?:[A-Z]?\d+(?:\.\d+)*[A-Za-z]?|[IVXL]+)"
    r"(?:[.:|*_–—-]|\s)*(?=[^\sa-z().,;]|\Z)"
)


class Span(NamedTuple):
    """Characters ``start`` to ``end`` of the text."""

    start: int
    end: int


#: The cells of a line.
Row = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class CellName:
    """What a cell is called: ``row`` is its label, ``below`` the label alone that stands nearest above it, ``columns`` its headings.

    Of a row with more cells than the headings have, the columns are not known. ``part`` says whether it is a ``cell``, a ``row label``, a
    ``column heading``, or no cell but the ``caption``. ``line`` is its row.
    """

    part: str
    line: Span
    row: Row = ()
    below: Span | None = None
    columns: Row = ()


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table: its lines, the span of its caption, if it has one, and of each cell, row by row, first those of the headings."""

    span: Span
    caption: Span | None
    head: tuple[Row, ...]
    body: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows."""
        return self.head + self.body

    def name(self, start: int) -> CellName | None:
        """Return what the cell with the character ``start`` is called; none if no cell has it, nor the caption."""
        if self.caption and self.caption.start <= start < self.caption.end:
            return CellName("caption", self.caption)
        for number, row in enumerate(self.rows):
            column = next((place for place, cell in enumerate(row) if cell.start <= start < cell.end), None)
            if column is not None:
                return self._name(number, column)
        return None

    def _name(self, number: int, column: int) -> CellName:
        line = Span(self.rows[number][0].start, self.rows[number][-1].end)
        if number < len(self.head):
            return CellName("column heading", line, columns=tuple(self.headings(column, number)))
        place = number - len(self.head)
        below = next((row[0] for row in reversed(self.body[:place]) if _is_label(row)), None)
        labels = tuple(self._labels(place, column))
        part = "row label" if column == 0 else "cell"
        fits = all(len(self.body[place]) <= len(row) for row in self.head[-1:])
        columns = tuple(self.headings(column, len(self.head))) if fits else ()
        return CellName(part, line, labels, None if below in labels else below, columns)

    def _labels(self, place: int, column: int) -> Iterator[Span]:
        """Yield the label of a row of the body; of a row without one the label above, which spans it, and the first cell that is filled."""
        row = self.body[place]
        if not _is_empty(row[0]) or column == 0:
            yield row[0]
            return
        spanning = next((each[0] for each in reversed(self.body[:place]) if not _is_empty(each[0])), None)
        if spanning is not None:
            yield spanning
        yield from [cell for cell in row[1:column] if not _is_empty(cell)][:1]

    def headings(self, column: int, above: int) -> Iterator[Span]:
        """Yield the headings of ``column`` in the rows before ``above``; one that spans columns holds for the empty cells behind it."""
        for number, row in enumerate(self.head[:above]):
            place = column
            while place > 1 and number + 1 < len(self.head) and place < len(row) and _is_empty(row[place]):
                place -= 1
            if place < len(row) and not _is_empty(row[place]):
                yield row[place]

    def width(self, number: int, column: int) -> int:
        """Return how many columns a cell of the row ``number`` of the headings spans; 0 if another spans it."""
        row = self.head[number]
        if number + 1 == len(self.head) or column == 0:
            return 1
        if _is_empty(row[column]):
            return 0 if any(not _is_empty(cell) for cell in row[1:column]) else 1
        after = next((place for place in range(column + 1, len(row)) if not _is_empty(row[place])), len(row))
        return after - column


def read_table(text: str, lines: Sequence[Span], kind: str, caption: Span | None) -> TextTable:
    """Return the table of ``lines``, whose cells ``kind`` separates."""
    rows: list[Row] = []
    ruled = 0
    for line in lines:
        if kind == "|" and _RULE.fullmatch(text, line.start, line.end):
            ruled = ruled or (len(rows) if len(rows) <= _HEADINGS else 0)
        else:
            rows.append(tuple(_cells(text, line, kind)))
    head = ruled or int(bool(rows) and _is_heading(text, rows[0]))
    while 0 < head < min(len(rows) - 1, _HEADINGS) and _is_empty(rows[head][0]) and _is_heading(text, rows[head]):
        head += 1
    return TextTable(Span(lines[0].start, lines[-1].end), caption, tuple(rows[:head]), tuple(rows[head:]))


def table_kind(text: str, line: Span) -> str:
    """Return what separates the cells of a line, ``|`` or a tab; empty if it is no row of a table."""
    if text[line.start : line.end].lstrip().startswith("|") or _BETWEEN.match(text, line.start, line.end):
        return "|"
    return "\t" if text.find("\t", line.start, line.end) >= 0 else ""


def is_table(text: str, lines: Sequence[Span], kind: str) -> bool:
    """Whether lines are a table: there are several, and one has two cells, rather than all being indented by a tab."""
    return len(lines) >= LEAST and (kind == "|" or any("\t" in text[line.start : line.end].strip() for line in lines))


def find_caption(text: str, paragraphs: Sequence[Span]) -> tuple[int, Span] | None:
    """Return the caption of a table that follows ``paragraphs``, and in how many of the last ones it is; none if there is no caption.

    It begins with the label of a table, at the beginning of a line of the last paragraph, or in a paragraph of its own before the last.
    """
    for count, paragraph in enumerate(reversed(paragraphs[-_PARAGRAPHS:]), 1):
        labels = list(_LABEL.finditer(text[paragraph.start : paragraph.end]))
        if labels and (count == 1 or (labels[-1].start() == 0 and paragraph.end - paragraph.start < _LONGEST)):
            caption = Span(paragraph.start + labels[-1].start(), paragraphs[-1].end)
            return (count, caption) if caption.end - caption.start <= _LONGEST else None
    return None


def _cells(text: str, line: Span, kind: str) -> Iterator[Span]:
    """Yield the spans of the cells of a row, without surrounding space."""
    if kind == "\t":
        marks = [line.start - 1, *(number for number in range(line.start, line.end) if text[number] == "\t"), line.end]
    else:
        marks = [match.start() for match in _PIPE.finditer(text, line.start, line.end)]
        if not marks or text[line.start : marks[0]].strip():
            marks.insert(0, line.start - 1)
        if text[marks[-1] + 1 : line.end].strip() or len(marks) == 1:
            marks.append(line.end)
    for left, right in pairwise(marks):
        yield Span(*strip_cell(text, (left + 1, right)))


def _is_empty(cell: Span) -> bool:
    return cell.start == cell.end


def _is_label(row: Row) -> bool:
    """Whether a row is a label alone, under which others stand."""
    return not _is_empty(row[0]) and all(map(_is_empty, row[1:]))


def _is_heading(text: str, row: Row) -> bool:
    """Whether a row may be one of headings: it names columns, and no cell of it is a value."""
    cells = [text[cell.start : cell.end] for cell in row[1:] if not _is_empty(cell)]
    return bool(cells) and all(_NAMES.match(cell) and not _VALUE.match(cell) for cell in cells)
