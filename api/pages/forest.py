"""A row of a forest plot as a small picture beside its numbers: where the estimate and its interval lie on the axis of their set."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from mabgraph.graph.compare.compare import EvidenceSet

from ..plots import axes
from ..plots.axes import Axis
from .results import Row

#: Width of a picture in its own units, and what is left free on either side.
WIDTH: Final = 240
_FREE: Final = 12
#: The least distance between the labels of two ticks.
_APART: Final = 26.0


@dataclass(frozen=True)
class RowPicture:
    """The parts of a picture, in its units: the estimate, the ends of its interval, and no effect; none where there is none.

    ``cut`` says at which ends the interval goes on beyond the axis.
    """

    value: float
    lower: float | None
    upper: float | None
    none: float | None
    cut: tuple[bool, bool]


@dataclass(frozen=True)
class AxisPicture:
    """The picture of an axis: its title, ticks (place and label, which is empty where labels would overlap), and what its sides favour."""

    title: str
    ticks: tuple[tuple[float, str], ...]
    none: float | None
    favours: tuple[str, str] | None


def axis(compared: EvidenceSet) -> Axis | None:
    """Return the axis on which all estimates of a set lie, the same as in the files; none if no number can be placed."""
    ratio = axes.is_ratio(compared.measure)
    values = [number for row in compared.rows if (number := _number(row.row, "value")) is not None and (number > 0 or not ratio)]
    if not values:
        return None
    ends = [number for row in compared.rows for name in ("lower", "upper") if (number := _number(row.row, name)) is not None]
    return axes.axis(compared, compared.measure, values, ends)


def draw_axis(on: Axis) -> AxisPicture:
    """Return the picture of an axis."""
    ticks: list[tuple[float, str]] = []
    last = -math.inf
    for tick in on.ticks:
        at = place(on, tick)
        label = f"{tick:g}" if at - last >= _APART else ""
        last = at if label else last
        ticks.append((at, label))
    return AxisPicture(on.title, tuple(ticks), None if on.reference is None else place(on, on.reference), on.favours)


def place(on: Axis, value: float) -> float:
    """Return where ``value`` lies, from the left edge of the picture; a value beyond the ends lies on the edge."""
    low, high, at = (math.log(each) if on.log else each for each in (on.low, on.high, min(max(value, on.low), on.high)))
    part = (at - low) / (high - low) if high > low else 0.5
    return round(_FREE + part * (WIDTH - 2 * _FREE), 1)


def mark(row: Row, on: Axis) -> RowPicture | None:
    """Return the picture of an estimate; none where no value is printed, or its bounds are not in order."""
    value, lower, upper = (_number(row, name) for name in ("value", "lower", "upper"))
    if value is None or (on.log and value <= 0) or (lower is not None and lower > value) or (upper is not None and upper < value):
        return None
    ends = [None if each is None else place(on, each) for each in (lower, upper, on.reference)]
    cut = (lower is not None and lower < on.low, upper is not None and upper > on.high)
    return RowPicture(place(on, value), ends[0], ends[1], ends[2], cut)


def _number(row: Row, name: str) -> float | None:
    return None if row[name] is None else float(row[name])
