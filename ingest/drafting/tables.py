"""Tables of a text: which lines form one, its headings, and for each row its label and the label that it stands under."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from .sentences import Sentence

#: The most characters between two lines of one table.
_GAP: Final = 4
#: The most rows of headings.
_HEADINGS: Final = 3
_RULE: Final = re.compile(r"[\s:|+=-]*")
#: What a heading may hold of digits: a size (N=271), a level (95% CI).
_SIZE: Final = re.compile(r"\(?\s*[Nn]o?\s*[=.:]\s*[\d,]+\s*\)?|\b\d\d(?:\.\d)?\s*%\s*(?:CI|CrI|confidence|credible)")
_SHORT: Final = 160

#: A cell: its place without white space around it.
Cell = tuple[int, int]


@dataclass(slots=True)
class PrintedRow:
    """A row of a table: its place, its label, its cells behind the label with their columns, and the labels that it stands under."""

    sentence: Sentence
    label: Cell
    cells: tuple[Cell, ...]
    above: tuple[Cell, ...] = ()


@dataclass(slots=True)
class PrintedTable:
    """A table: the headings of each column (the column of labels first), its rows, and the line before it."""

    headings: list[tuple[Cell, ...]] = field(default_factory=list)
    rows: list[PrintedRow] = field(default_factory=list)
    caption: Cell | None = None

    def headings_of(self, column: int, text: str) -> list[Cell]:
        """Return the headings of ``column`` (0 is that of the labels); a heading that spans columns holds for the empty ones behind it."""
        cells = []
        for row in self.headings:
            if len(row) <= column:
                continue
            place = column
            while place > 1 and not text[slice(*row[place])] and row is not self.headings[-1]:
                place -= 1
            cells.append(row[place])
        return [cell for cell in cells if cell[0] < cell[1]]


def collect_tables(text: str, sentences: Iterable[Sentence]) -> Iterator[PrintedTable]:
    """Yield the tables of ``text``: table rows that follow each other."""
    table: PrintedTable | None = None
    before: Sentence | None = None
    for sentence in sentences:
        if not sentence.cells:
            if table is not None and sentence.start - (before.end if before else 0) > 0:
                yield table
                table = None
            before = sentence
            continue
        if table is not None and before is not None and sentence.start - before.end > _GAP and text[before.end : sentence.start].strip():
            yield table
            table = None
        if table is None:
            caption = before if before and not before.cells and sentence.start - before.end <= _GAP else None
            table = PrintedTable(caption=(max(caption.start, caption.end - _SHORT), caption.end) if caption else None)
        _add(table, sentence, text)
        before = sentence
    if table is not None:
        yield table


def _add(table: PrintedTable, sentence: Sentence, text: str) -> None:
    """Add a line to a table as heading, label or row."""
    if _RULE.fullmatch(text, sentence.start, sentence.end):
        return
    cells = tuple(strip_cell(text, cell) for cell in sentence.cells)
    label, rest = cells[0], cells[1:]
    has_numbers = any(re.search(r"\d", _SIZE.sub("", text[start:end])[:_SHORT]) for start, end in rest if not _is_heading(text[start:end]))
    if not table.rows and not has_numbers and len(table.headings) < _HEADINGS and any(start < end for start, end in rest):
        table.headings.append(cells)
        return
    above = table.rows[-1].above if table.rows else ()
    if table.rows and not any(start < end for start, end in table.rows[-1].cells):
        above = (table.rows[-1].label,)
    table.rows.append(PrintedRow(sentence, label, rest, above))


def _is_heading(cell: str) -> bool:
    """Whether a cell names what stands below it: it begins with a word of two letters or more."""
    return re.match(r"[^\W\d_]{2}", cell) is not None and not re.match(r"(?:NR|NE|NA|HR|OR|RR|Not)\b", cell)


def strip_cell(text: str, cell: Cell) -> Cell:
    """Return the place of a cell without white space around its text."""
    start, end = cell
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
