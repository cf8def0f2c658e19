"""Cells of tables: what their label and headings say about the numbers in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from . import bounds, measures, plain, times
from .bounds import Context
from .cues import find_cues
from .nonvalues import is_count
from .readings import Interval, LeftOut, Placed, TextReading, Unit
from .tables import Cell, PrintedRow, PrintedTable
from .times import TimePoint
from .tokens import TextToken, number_of, tokenize

_SIZE: Final = re.compile(r"(?<![^\W_])[Nn]\s*[=:]\s*(\d[\d,]*)(?![\d.·])")
_COUNTED: Final = re.compile(r"(?i)(?:\bno\.?|\bn|\bnumber|\bpatients|\bevents?)[\w\s]{0,24}[,—–-]?\s*\(?\s*(?:%|percent)|\(%\)")
_COUNT: Final = re.compile(r"(?i)^(?:no\.|n\b|number of)|[—–-]\s*no\.\s*$|,\s*(?:no\.|n)\s*$")
_SHARE: Final = re.compile(r"%|\bpercent(?:age)?\b", re.IGNORECASE)
_SPREAD: Final = re.compile(r"(?i)\((?:SD|s\.d\.|standard deviation)\)|±\s*SD")
_P_VALUE: Final = re.compile(r"(?i)^\W*(?:two-sided |one-sided |2-sided |1-sided |nominal )?p[\s-]*(?:values?)?\W*$")


@dataclass(frozen=True, slots=True)
class Labels:
    """What is said about a cell: the texts of its label, of the labels above it and of its headings, and the N of its column."""

    texts: tuple[str, ...]
    total: Placed | None = None
    size: Decimal | None = None
    kind: Interval | None = None
    level: Placed | None = None
    measure: str | None = None
    is_p_value: bool = False
    point: TimePoint | None = None

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether one of the texts matches ``pattern``."""
        return any(pattern.search(each) for each in self.texts)


def read_cells(text: str, table: PrintedTable, row: PrintedRow) -> tuple[list[TextReading], list[TextToken], list[LeftOut]]:
    """Return what the cells of ``row`` hold, each reading with its column, their tokens, and what is not read, with the reason."""
    readings: list[TextReading] = []
    left_out: list[LeftOut] = []
    tokens: list[TextToken] = []
    lone: list[tuple[Unit, Labels, int]] = []
    for column, cell in enumerate(row.cells, 1):
        if cell[0] == cell[1]:
            continue
        labels = collect_labels(text, table, row, column)
        unit = Unit(tokenize(text, *cell))
        tokens += unit.tokens
        if labels.is_p_value:
            _add_p_value(unit, readings, column)
            continue
        bounds.read_bounds(unit, Context(labels.kind, is_cell=True))
        _read_alone(unit, labels, readings)
        plain.read_plain(unit, labels.measure, is_cell=True)
        plain.assign_measures(unit, labels.measure)
        readings += [_complete(each, labels, column) for each in unit.readings]
        left_out += unit.left_out
        if not unit.readings and len(unit.tokens) == 1 and unit.tokens[0].text.isdigit():
            lone.append((unit, labels, column))
    has_counts = any(each.of_role("count") and each.of_role("percent") for each in readings)
    if has_counts:
        for unit, labels, column in lone:
            _take(unit, {"count": 0}, "proportion")
            readings += [_complete(each, labels, column) for each in unit.readings]
    return readings, tokens, left_out if has_counts else []  # else the row may be of means


def collect_labels(text: str, table: PrintedTable, row: PrintedRow, column: int) -> Labels:
    """Return what is said about the cells of ``row`` in ``column``."""
    headings = table.headings_of(column, text)
    cells = [row.label, *row.above, *headings]
    texts = tuple(text[start:end] for start, end in cells)
    kind, level = _find_declaration(text, cells)
    total = next(
        (
            Placed("total", cell[0] + match.start(1), cell[0] + match.end(1))
            for cell in headings
            if (match := _SIZE.search(text[slice(*cell)]))
        ),
        None,
    )
    size = Decimal(text[total.start : total.end].replace(",", "")) if total else None
    is_p_value = any(_P_VALUE.match(text[slice(*cell)]) for cell in headings)
    points = times.find_time_points(tokenize(text, *row.label))
    point = (
        points[0]
        if len(points) == 1 and any(token.is_word("survival", "os", "pfs", "efs") for token in tokenize(text, *row.label))
        else None
    )
    return Labels(texts, total, size, kind, level, _measure_of(text, cells), is_p_value, point)


def _find_declaration(text: str, cells: Sequence[Cell]) -> tuple[Interval | None, Placed | None]:
    """Return the kind of bounds that one of ``cells`` names, and its level."""
    for cell in cells:
        unit = Unit(tokenize(text, *cell))
        for cue in find_cues(unit.tokens):
            return cue.kind, unit.place("level", cue.level) if cue.level is not None else None
    return None, None


def _measure_of(text: str, cells: Sequence[Cell]) -> str | None:
    """Return the measure that the label or a heading names; that of a heading counts first where it compares groups."""
    named = []
    for cell in cells:
        tokens = tokenize(text, *cell)
        _, measure = measures.nearest_measure([*tokens, *tokens[-1:]], len(tokens))
        named.append(measure)
    effect = next((each for each in named if each in measures.EFFECTS), None)
    return effect or next((each for each in named if each), None)


def _read_alone(unit: Unit, labels: Labels, readings: list[TextReading]) -> None:
    """Read a cell whose numbers mean what its label says: ``77 (42.8)``, ``27.9 (5.4)``, ``72``."""
    kinds = [token.kind for token in unit.tokens]
    if unit.taken:
        return
    if kinds in (["number", "open", "number", "close"], ["number", "open", "number", "percent", "close"]):
        if labels.has(_SPREAD):
            _take(unit, {"value": 0, "dispersion": 2}, "mean")
        elif _is_count_of(unit, labels):
            _take(unit, {"count": 0, "percent": 2}, "proportion")
        elif labels.size and unit.tokens[0].text.isdigit():
            count, share = unit.tokens[0], unit.tokens[2]
            reason = f"{share.text} is not the percentage of {count.text} in the {labels.size} of the column: mark it as it is printed"
            unit.left_out.append(LeftOut(count.start, unit.tokens[-1].end, reason))
    elif kinds in (["number"], ["absent"], ["number", "percent"]) and not (kinds == ["absent"] and labels.measure is None):
        _read_lone(unit, labels)
    elif kinds[:3] == ["number", "sign", "number"] and is_count(unit.tokens, 0):
        is_shared = kinds[3:] in (["open", "number", "close"], ["open", "number", "percent", "close"])
        is_share = is_shared and _is_share_of(unit, 0, 2, 4)
        _take(unit, {"count": 0, "total": 2} | ({"percent": 4} if is_share else {}), "proportion")


def _is_count_of(unit: Unit, labels: Labels) -> bool:
    """Whether a cell is n (%): its labels say so, or the percentage is that of n in the N of its column."""
    count, share = number_of(unit.tokens[0]), number_of(unit.tokens[2])
    if count is None or share is None or count.number is None or share.number is None or count.decimals or share.number > 100:
        return False
    if labels.size and share.bounds is not None:
        exact = 100 * count.number / labels.size
        if share.bounds[0] <= exact <= share.bounds[1]:
            return True
    return labels.has(_COUNTED) and count.number != share.number


def _is_share_of(unit: Unit, count: int, total: int, share: int) -> bool:
    """Whether the number at ``share`` is the percentage of n in N, as rounded."""
    n, whole, percentage = (number_of(unit.tokens[place]) for place in (count, total, share))
    if n is None or whole is None or percentage is None or not n.number or not whole.number or percentage.bounds is None:
        return False
    return percentage.bounds[0] <= 100 * n.number / whole.number <= percentage.bounds[1]


def _read_lone(unit: Unit, labels: Labels) -> None:
    token = unit.tokens[0]
    if labels.measure is not None:
        _take(unit, {"value": 0}, labels.measure)
    elif len(unit.tokens) == 2 or (labels.has(_SHARE) and not labels.has(_COUNTED) and token.text != "0"):
        _take(unit, {"percent": 0}, "proportion")
    elif labels.has(_COUNT) and token.text.replace(",", "").isdigit():
        _take(unit, {"count": 0}, None)


def _add_p_value(unit: Unit, readings: list[TextReading], column: int) -> None:
    """Give the P value of a cell to the last estimate of a comparison in the row; without one it stands alone."""
    place = next((index for index, token in enumerate(unit.tokens) if token.kind == "number"), None)
    if place is None or sum(token.kind == "number" for token in unit.tokens) > 1:
        return
    number = number_of(unit.tokens[place])
    if number is None or number.number is None or not 0 <= number.number <= 1:
        return
    p_value = unit.place("p_value", place)
    for index in range(len(readings) - 1, -1, -1):
        tested = readings[index]
        if tested.measure in measures.EFFECTS and tested.of_role("p_value") is None:
            readings[index] = replace(tested, figures=(*tested.figures, p_value))
            return
    readings.append(TextReading((p_value,), 0, 1, None, None, column))


def _complete(reading: TextReading, labels: Labels, column: int) -> TextReading:
    """Return a reading of a cell with its column, the level of its heading and the N of its column."""
    figures = list(reading.figures)
    if labels.level is not None and reading.has_bounds and reading.interval == labels.kind and reading.of_role("level") is None:
        figures.append(labels.level)
    if labels.total is not None and reading.of_role("count", "percent") and reading.of_role("total") is None:
        figures.append(labels.total)
    completed = replace(reading, figures=tuple(figures), cell=column)
    share = completed.of_role("percent", "value")
    if labels.point is None or share is None or completed.measure not in {"proportion", None} or completed.of_role("count"):
        return completed
    return times.with_time(completed, labels.point)


def _take(unit: Unit, places: dict[str, int], measure: str | None) -> None:
    unit.taken.update(places.values())
    figures = tuple(unit.place(role, index) for role, index in places.items())
    unit.readings.append(TextReading(figures, 0, len(unit.tokens), None, measure))
