"""A row of a forest plot as a small picture beside its numbers: where the estimate and its interval lie on the scale of their set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .results import Row

#: Measures whose scale is logarithmic, and where there is no difference on it.
RATIOS: Final = frozenset({"hazard ratio", "odds ratio", "risk ratio", "rate ratio", "relative risk"})
DIFFERENCES: Final = frozenset({"difference in proportions", "risk difference", "mean difference", "difference in medians"})
#: Width of a picture in its own units, and what is left free on either side.
WIDTH: Final = 240
_FREE: Final = 8


@dataclass(frozen=True)
class Scale:
    """The scale of a set of estimates: its ends, whether it is logarithmic, and the value of no difference, if there is one."""

    low: float
    high: float
    logarithmic: bool
    none: float | None

    def place(self, value: float) -> float:
        """Return where ``value`` lies, from the left edge of the picture; a value beyond the ends lies on the edge."""
        low, high, at = (math.log(each) if self.logarithmic else each for each in (self.low, self.high, max(value, self.low)))
        part = (at - low) / (high - low) if high > low else 0.5
        return round(_FREE + min(max(part, 0.0), 1.0) * (WIDTH - 2 * _FREE), 1)


@dataclass(frozen=True)
class RowPicture:
    """The parts of a picture, in its units: the estimate, the ends of its interval, and no difference; none where there is none."""

    value: float
    lower: float | None
    upper: float | None
    none: float | None


def scale(rows: Sequence[Row]) -> Scale | None:
    """Return the scale on which all values and intervals of ``rows`` (of one measure) lie; none if no number can be placed."""
    numbers = [float(row[name]) for row in rows for name in ("value", "lower", "upper") if row[name] is not None]
    if not numbers or not any(row["value"] is not None for row in rows):
        return None
    measure = str(rows[0]["measure_label"])
    logarithmic = measure in RATIOS and min(numbers) > 0
    none = (1.0 if measure in RATIOS else 0.0) if measure in RATIOS | DIFFERENCES else None
    ends = [*numbers, *([none] if none is not None else [])]
    return Scale(min(ends), max(ends), logarithmic, none if not logarithmic or none else None)


def mark(row: Row, on: Scale) -> RowPicture | None:
    """Return the picture of an estimate; none where no value is printed, or its bounds are not in order."""
    value, lower, upper = (None if row[name] is None else float(row[name]) for name in ("value", "lower", "upper"))
    if value is None or (lower is not None and lower > value) or (upper is not None and upper < value):
        return None
    places = (None if each is None else on.place(each) for each in (lower, upper, on.none))
    return RowPicture(on.place(value), *places)
