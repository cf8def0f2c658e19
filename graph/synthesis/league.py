"""League tables: network and direct estimates of every pair of treatments in one square; and P-scores on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import erfc, sqrt
from typing import Any, Final

from .estimates import Estimate
from .splits import Split

#: What each triangle contains; every table carries it.
ORIENTATION: Final = (
    "lower triangle: network estimates, the treatment of the column versus that of the row; "
    "upper triangle: direct estimates, the treatment of the row versus that of the column; empty: no direct evidence"
)


class Better(StrEnum):
    """The direction of effects that is better for patients."""

    smaller = "lower-is-better"
    larger = "higher-is-better"


@dataclass(frozen=True)
class League:
    """The table: ``cells[row][column]`` in the order of ``treatments``; None on the diagonal and where there is no estimate."""

    treatments: tuple[str, ...]
    cells: tuple[tuple[Estimate | None, ...], ...]
    orientation: str = ORIENTATION

    def as_json(self) -> dict[str, Any]:
        """Return the table as JSON values."""
        cells = [[None if cell is None else cell.as_json() for cell in row] for row in self.cells]
        return {"orientation": self.orientation, "treatments": list(self.treatments), "cells": cells}


def league(treatments: Sequence[str], splits: Sequence[Split]) -> League:
    """Return the league table of ``splits`` with ``treatments`` in this order."""
    known = {(one.network.treatment, one.network.comparator): one for one in splits}

    def cell(row: int, column: int) -> Estimate | None:
        if row == column:
            return None
        first, second = treatments[min(row, column)], treatments[max(row, column)]
        split = known.get((first, second)) or known[second, first]
        estimate = split.network if row > column else split.direct
        return estimate if estimate is None or estimate.treatment == first else estimate.reverse()

    places = range(len(treatments))
    return League(tuple(treatments), tuple(tuple(cell(row, column) for column in places) for row in places))


def p_scores(treatments: Sequence[str], splits: Sequence[Split], better: Better) -> dict[str, float]:
    """Return the P-score of each treatment, its mean certainty of being better than the others, best first (Rücker and Schwarzer 2015).

    It is 1 for a treatment that is certainly the best and 0 for one that is certainly the worst. It does not reflect the size of the
    differences, or the quality of the studies.
    """
    sign = -1.0 if better is Better.smaller else 1.0
    scores = dict.fromkeys(treatments, 0.0)
    for one in splits:
        chance = erfc(-sign * one.network.statistic / sqrt(2)) / 2
        scores[one.network.treatment] += chance / (len(treatments) - 1)
        scores[one.network.comparator] += (1 - chance) / (len(treatments) - 1)
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))
