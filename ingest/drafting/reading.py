"""Reading a text: every sentence and table row, with what the rules read in it and what they leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import bounds, cells, plain, tables, times
from .bounds import Context
from .doubts import note_doubts
from .readings import LeftOut, TextReading, Unit
from .sentences import Sentence, split_text
from .tables import PrintedRow, PrintedTable
from .tokens import TextToken, tokenize


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence or table row with its readings; a row has its table and its row there."""

    sentence: Sentence
    tokens: tuple[TextToken, ...]
    readings: tuple[TextReading, ...]
    left_out: tuple[LeftOut, ...] = ()
    table: PrintedTable | None = None
    row: PrintedRow | None = None


def read_text(text: str) -> Iterator[ReadSentence]:
    """Yield the sentences of ``text`` and then its table rows, each in order, with what is read in it."""
    sentences = list(split_text(text))
    for sentence in sentences:
        if not sentence.cells:
            unit = read_sentence(text, sentence.start, sentence.end)
            readings = note_doubts(text, unit.readings, unit.left_out, sentence.end)
            yield ReadSentence(sentence, tuple(unit.tokens), readings, tuple(unit.left_out))
    for table in tables.collect_tables(text, sentences):
        for row in table.rows:
            of_cells, tokens, left_out = cells.read_cells(text, table, row)
            yield ReadSentence(
                row.sentence, tuple(tokens), note_doubts(text, of_cells, left_out, row.sentence.end), tuple(left_out), table, row
            )


def read_sentence(text: str, start: int, end: int) -> Unit:
    """Return what is read in the sentence of ``text`` from ``start`` to ``end``."""
    unit = Unit(tokenize(text, start, end))
    bounds.read_bounds(unit, Context())
    plain.assign_measures(unit)
    plain.read_plain(unit)
    times.add_time_points(unit.readings, unit.tokens)
    return unit
