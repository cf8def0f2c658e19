"""The layout of a forest plot: columns of text beside the axis, rows from the top down, without overlaps.

All lengths are in pixels. The axis begins at 0 and ends at :data:`ACROSS`; texts to its left have negative positions. Columns are as
wide as their texts, up to a limit at which texts are wrapped. Text width is estimated from the letters, rather too wide than too narrow.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mabgraph.graph.store import vocabulary

from .forest import Forest, ForestLine, Summary
from .wording import ABBREVIATED

#: Width of the axis, gap between columns, line height, padding of a row, height of a pooled row; sizes of text and of small text.
ACROSS: Final = 300
GAP: Final = 18
LINE: Final = 14
AROUND: Final = 8
POOLED: Final = 40
SIZE: Final = 11
SMALL: Final = 9
_INK: Final = "#111111"
_GREY: Final = "#555555"
#: Letters that are narrower and wider than average.
_NARROW: Final = frozenset("iljtfrI.,;:'|!()[]/- ")
_WIDE: Final = frozenset("mwMW%@—±")
#: The widest that each column may become before its texts are wrapped.
_STUDY, _GROUPS, _DIFFERS, _COUNTS, _ESTIMATE, _INTERVAL, _SOURCE = 150, 230, 200, 90, 110, 150, 170


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, its cells (one per row, then one per pooled effect), its position and its width."""

    heading: str
    cells: tuple[str, ...]
    wide: float
    x: float = 0.0
    size: int = SIZE
    colour: str = _INK


@dataclass(frozen=True, slots=True)
class PlotTable:
    """All columns, from ``begin`` to ``end``.

    ``rows``, ``studies`` and ``pooled`` are the vertical centres of rows, study headings and pooled effects; the rows end at ``high``,
    the whole table at ``below``.
    """

    columns: tuple[Column, ...]
    begin: float
    end: float
    rows: tuple[float, ...]
    studies: tuple[tuple[float, str], ...]
    pooled: tuple[float, ...]
    high: float
    below: float

    @property
    def head(self) -> float:
        """The height of the tallest heading."""
        return max(LINE * (1 + column.heading.count("\n")) for column in self.columns)


def table(forest: Forest) -> PlotTable:
    """Return the layout of all texts of a forest plot."""
    left, right = _left_columns(forest), _right_columns(forest)
    begin = -sum(column.wide + GAP for column in left)
    placed = [*_place_beside(left, begin), *_place_beside(right, ACROSS + GAP)]
    rows, studies, high = _place_rows(forest, placed)
    pooled = tuple(high + POOLED * (place + 0.5) for place in range(len(forest.summaries)))
    below = high + POOLED * len(pooled) + (LINE + 10 if forest.heterogeneity else 0)
    return PlotTable(tuple(placed), begin, placed[-1].x + placed[-1].wide, rows, studies, pooled, high, below)


def width(text: str, size: float = SIZE) -> float:
    """Return the estimated width of a line of ``text`` in pixels.

    >>> width("ill") < width("abc") < width("MMM")
    True
    """
    wide = sum(0.34 if letter in _NARROW else 0.9 if letter in _WIDE else 0.72 if letter.isupper() else 0.58 for letter in text)
    return round(size * wide, 2)


def wrap(text: str, across: float, size: float = SIZE, hyphens: bool = False) -> str:
    """Return ``text`` wrapped to about ``across`` pixels; longer words are broken, and ``hyphens`` allows breaks at hyphens.

    >>> wrap("complete remission with full recovery", 110).splitlines()
    ['complete remission', 'with full recovery']
    """
    return "\n".join(textwrap.wrap(text, max(6, int(across / (0.54 * size))), break_on_hyphens=hyphens))


def source(line: ForestLine) -> str:
    """Return the source reference of a row: its estimates, without the base IRI, and the place in the document."""
    ids = " ".join(iri.removeprefix(vocabulary.resource("estimate/")) for iri in line.estimates)
    return f"{ids} @\u00a0{line.anchor.replace('-', '–')}" if line.anchor else ids


def has_study_headings(forest: Forest) -> bool:
    """Whether rows are grouped under study headings: where a study has several rows, or a study name is long."""
    names = [line.study for line in forest.lines]
    return len(set(names)) < len(names) or any(width(name) > _STUDY for name in names)


def _left_columns(forest: Forest) -> list[Column]:
    """Return the columns left of the axis. Labels of pooled effects span them, so their cells for those are empty."""
    lines = forest.lines
    columns = [] if has_study_headings(forest) else [_fit_column("Study", [line.study for line in lines], _STUDY)]
    columns.append(_fit_column("Groups", [line.group + footnote_marks(line.marks) for line in lines], _GROUPS))
    if forest.differs:
        columns.append(_fit_column(f"Differs in {forest.differs}", [line.differs for line in lines], _DIFFERS))
    if any(line.counts for line in lines):
        columns.append(_fit_column("n/N", [line.counts or ABBREVIATED for line in lines], _COUNTS))
    return columns


def _right_columns(forest: Forest) -> list[Column]:
    lines, pools = forest.lines, forest.summaries
    unit = " (%)" if forest.percent else ""
    columns = [
        _fit_column(
            f"Estimate{unit}", [*(line.estimate for line in lines), *(forest.format_number(each.value) for each in pools)], _ESTIMATE
        ),
        _fit_column(
            f"{forest.level} % CI", [*(line.interval for line in lines), *(_bounds_text(forest, each) for each in pools)], _INTERVAL
        ),
    ]
    if any(line.weight is not None for line in lines):
        weights = ["" if line.weight is None else f"{line.weight:.1f}" for line in lines]
        columns.append(_fit_column("Weight %", [*weights, *("100" for _ in pools)], 60))
    small = _fit_column("Source: estimate @ place", [source(line) for line in lines], _SOURCE, SMALL)
    return [*columns, replace(small, colour=_GREY)]


def _bounds_text(forest: Forest, summary: Summary) -> str:
    text = f"{forest.format_number(summary.lower)} to {forest.format_number(summary.upper)}"
    level = f"{summary.level:g}"
    ahead = (
        f"; prediction {forest.format_number(summary.prediction[0])} to {forest.format_number(summary.prediction[1])}"
        if summary.prediction
        else ""
    )
    return text + ("" if level == forest.level else f" ({level} % CI)") + ahead


def _fit_column(heading: str, cells: Sequence[str], most: float, size: int = SIZE) -> Column:
    """Return a column as wide as its texts, which are wrapped at ``most``."""
    texts = tuple(wrap(cell, most, size, hyphens=size == SMALL) for cell in cells)
    head = wrap(heading, max(most, 70), size)
    return Column(head, texts, max(_text_width(texts, size), 1.08 * _text_width([head], size)), size=size)


def _text_width(cells: Iterable[str], size: float) -> float:
    return max((width(line, size) for cell in cells for line in cell.splitlines()), default=0.0)


def _place_beside(columns: Iterable[Column], x: float) -> Iterable[Column]:
    """Yield columns side by side, the first at ``x``."""
    for column in columns:
        yield replace(column, x=round(x, 2))
        x += column.wide + GAP


def _place_rows(forest: Forest, columns: Sequence[Column]) -> tuple[tuple[float, ...], tuple[tuple[float, str], ...], float]:
    """Return the vertical centre of each row, the study headings with their centres, and the end of the last row."""
    rows: list[float] = []
    studies: list[tuple[float, str]] = []
    headed, y, before = has_study_headings(forest), 6.0, ""
    for place, line in enumerate(forest.lines):
        if headed and line.study != before:
            y += 8 if studies else 0
            studies.append((y + LINE / 2 + 2, line.study))
            y += LINE + 4
        before = line.study
        tall = max(LINE * (1 + column.cells[place].count("\n")) for column in columns) + AROUND
        rows.append(y + tall / 2)
        y += tall
    return tuple(rows), tuple(studies), y + 6


def footnote_marks(marks: Sequence[int]) -> str:
    """Return footnote numbers in brackets, which every font has; runs are shortened to ranges.

    >>> footnote_marks((1, 12)), footnote_marks((2, 3, 4))
    (' [1, 12]', ' [2–4]')
    """
    runs: list[list[int]] = []
    for mark in marks:
        if runs and mark == runs[-1][-1] + 1:
            runs[-1].append(mark)
        else:
            runs.append([mark])
    ranges = [f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return f" [{', '.join(ranges)}]" if ranges else ""
