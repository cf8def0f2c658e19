"""Blocks: the text of a document as paragraphs and tables, each a span of its characters; only separators are left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from .texttables import CellName, Span, TextTable, find_caption, is_table, read_table, table_kind

#: A document whose lines are shorter, and mostly do not end a sentence, is wrapped: a blank line is no new paragraph there.
_NARROW: Final = 75
_SENTENCE_END: Final = (".", ":", "?", "!", '"', "”", ")")
#: Longest label without cells within a table (characters), and lines of such that follow each other at most.
_LABEL: Final = 120
_LABELS: Final = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    span: Span


class _Run(NamedTuple):
    """Lines that follow each other and are rows of one kind of table, or of none; and whether a blank line is before them."""

    lines: list[Span]
    kind: str
    is_apart: bool


@lru_cache(maxsize=4)
def split(text: str) -> tuple[Paragraph | TextTable, ...]:
    r"""Return the blocks of ``text`` in its order; those of the texts asked for last are kept.

    >>> [type(block).__name__ for block in split("One.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nTwo.")]
    ['Paragraph', 'TextTable', 'Paragraph']
    """
    blocks: list[Paragraph | TextTable] = []
    runs = _join_labels(list(_runs(text)))
    wrapped = _is_wrapped(text, runs)
    for run in runs:
        span = Span(run.lines[0].start, run.lines[-1].end)
        if run.kind and is_table(text, run.lines, run.kind):
            blocks.append(read_table(text, run.lines, run.kind, _take_caption(text, blocks)))
        elif wrapped and blocks and isinstance(blocks[-1], Paragraph) and not _ends_sentence(text, blocks[-1].span):
            blocks[-1] = Paragraph(Span(blocks[-1].span.start, span.end))
        else:
            blocks.append(Paragraph(span))
    return tuple(blocks)


def find_cell(text: str, start: int) -> tuple[TextTable, CellName] | None:
    """Return the table in which the character ``start`` of ``text`` stands, and what its cell is called; none outside tables."""
    for block in split(text):
        if isinstance(block, TextTable) and (name := block.name(start)):
            return block, name
    return None


def _runs(text: str) -> Iterator[_Run]:
    """Yield runs of lines: between blank lines, and of one kind of table, or of none."""
    run = _Run([], "", True)
    is_apart = True
    for line in _lines(text):
        blank = not text[line.start : line.end].strip()
        kind = table_kind(text, line)
        if run.lines and (blank or kind != run.kind):
            yield run
            run = _Run([], "", True)
        if not blank:
            run = run if run.lines else _Run([], kind, is_apart)
            run.lines.append(line)
        is_apart = blank
    if run.lines:
        yield run


def _join_labels(runs: Sequence[_Run]) -> list[_Run]:
    """Return the runs with those joined that are one table: a label without cells stands between rows with no blank line."""
    joined: list[_Run] = []
    for run in runs:
        if run.kind and not run.is_apart and len(joined) > 1 and joined[-2].kind == run.kind and _are_labels(joined[-1]):
            labels = joined.pop()
            joined[-1].lines.extend([*labels.lines, *run.lines])
        else:
            joined.append(run)
    return joined


def _are_labels(run: _Run) -> bool:
    short = all(line.end - line.start <= _LABEL for line in run.lines)
    return not run.kind and not run.is_apart and len(run.lines) <= _LABELS and short


def _lines(text: str) -> Iterator[Span]:
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield Span(start, end)
        start = end + 1


def _take_caption(text: str, blocks: list[Paragraph | TextTable]) -> Span | None:
    """Take the caption of a table from the paragraphs before it, and return its span; none if it has no caption."""
    tables = [place for place, block in enumerate(blocks) if isinstance(block, TextTable)]
    before = [block.span for block in blocks[tables[-1] + 1 if tables else 0 :]]
    if (taken := find_caption(text, before)) is None:
        return None
    count, caption = taken
    first = blocks[-count].span
    del blocks[-count:]
    if text[first.start : caption.start].strip():
        end = first.start + len(text[first.start : caption.start].rstrip())
        blocks.append(Paragraph(Span(first.start, end)))
    return caption


def _is_wrapped(text: str, runs: Sequence[_Run]) -> bool:
    """Whether most paragraphs are short lines that do not end a sentence: the lines of a printed column, each behind a blank line."""
    spans = [Span(run.lines[0].start, run.lines[-1].end) for run in runs if not run.kind]
    short = [span for span in spans if span.end - span.start < _NARROW and not _ends_sentence(text, span)]
    return len(short) > len(spans) / 2


def _ends_sentence(text: str, span: Span) -> bool:
    return text[span.start : span.end].rstrip().endswith(_SENTENCE_END)
