"""Reading a text: every sentence and table cell, with what the rules read in it and what they leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from . import bounds, cues, tables
from .bounds import Context
from .readings import Interval, LeftOut, Placed, Reading, Unit
from .sentences import Sentence, split_text
from .tables import Cell, Row, Table
from .tokens import Token, tokenize


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence or table row with its readings; a row has its table and its row there."""

    sentence: Sentence
    tokens: tuple[Token, ...]
    readings: tuple[Reading, ...]
    left_out: tuple[LeftOut, ...]
    table: Table | None = None
    row: Row | None = None


def read_text(text: str) -> Iterator[ReadSentence]:
    """Yield the sentences and table rows of ``text`` in order, with what is read in each."""
    for is_row, several in groupby(split_text(text), key=lambda sentence: bool(sentence.cells)):
        if is_row:
            pass
        else:
            yield from (_read_sentence(text, each) for each in several)
    for table in tables.collect_tables(text, split_text(text)):
        yield from (_read_row(text, table, row) for row in table.rows)


def _read_sentence(text: str, sentence: Sentence) -> ReadSentence:
    unit = Unit(tokenize(text, sentence.start, sentence.end))
    bounds.read_bounds(unit, Context())
    return ReadSentence(sentence, tuple(unit.tokens), tuple(unit.readings), tuple(unit.left_out))


def _read_row(text: str, table: Table, row: Row) -> ReadSentence:
    readings: list[Reading] = []
    left_out: list[LeftOut] = []
    tokens: list[Token] = []
    in_label = _declared(text, [row.label, *row.above])
    for column, cell in enumerate(row.cells, 1):
        in_heading = _declared(text, table.headings_of(column, text))
        kind, level = in_label or in_heading or (None, None)
        unit = Unit(tokenize(text, *cell))
        bounds.read_bounds(unit, Context(kind, is_cell=True))
        for reading in unit.readings:
            figures = reading.figures
            if level is not None and reading.interval == kind and not reading.of_role("level"):
                figures = (*figures[:1], level, *figures[1:])
            readings.append(Reading(figures, reading.start, reading.end, reading.interval, reading.measure, column))
        left_out += unit.left_out
        tokens += unit.tokens
    return ReadSentence(row.sentence, tuple(tokens), tuple(readings), tuple(left_out), table, row)


def _declared(text: str, cells: list[Cell]) -> tuple[Interval, Placed | None] | None:
    """Return the kind of bounds that one of ``cells`` names, with its level; none where none does."""
    for cell in cells:
        unit = Unit(tokenize(text, *cell))
        for cue in cues.find_cues(unit.tokens):
            return cue.kind, unit.place("level", cue.level) if cue.level is not None else None
    return None
