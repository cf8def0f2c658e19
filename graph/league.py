"""League tables: every treatment against every other, network and direct estimates in one square; and P-scores, on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import erfc, sqrt
from typing import Any, Final

from .estimates import Estimate
from .splits import Split

#: What each half of the square says; every table carries it.
ORIENTATION: Final = (
    "lower triangle: network estimates, the treatment of the column versus that of the row; "
    "upper triangle: direct estimates, the treatment of the row versus that of the column; empty: no direct evidence"
)


class Better(StrEnum):
    """Which effects are good for patients."""

    smaller = "lower-is-better"
    larger = "higher-is-better"


@dataclass(frozen=True)
class League:
    """The square: ``cells[row][column]`` in the order of ``treatments``; none on the diagonal and where nothing is known."""

    treatments: tuple[str, ...]
    cells: tuple[tuple[Estimate | None, ...], ...]
    orientation: str = ORIENTATION

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        cells = [[None if cell is None else cell.as_json() for cell in row] for row in self.cells]
        return {"orientation": self.orientation, "treatments": list(self.treatments), "cells": cells}


def league(treatments: Sequence[str], splits: Sequence[Split]) -> League:
    """Return the league table of ``splits`` with the ``treatments`` in this order."""
    known = {(one.network.treatment, one.network.comparator): one for one in splits}

    def cell(row: int, column: int) -> Estimate | None:
        if row == column:
            return None
        first, second = treatments[min(row, column)], treatments[max(row, column)]
        found = known.get((first, second)) or known[second, first]
        estimate = found.network if row > column else found.direct
        return estimate if estimate is None or estimate.treatment == first else estimate.turned()

    places = range(len(treatments))
    return League(tuple(treatments), tuple(tuple(cell(row, column) for column in places) for row in places))


def p_scores(treatments: Sequence[str], splits: Sequence[Split], better: Better) -> dict[str, float]:
    """Return the mean certainty that each treatment is better than the others, best first (Rücker and Schwarzer 2015).

    It is 1 for a treatment that is certainly the best and 0 for one that is certainly the worst. It says nothing of how large the
    differences are, nor of how good the studies are.
    """
    sign = -1.0 if better is Better.smaller else 1.0
    found = dict.fromkeys(treatments, 0.0)
    for one in splits:
        chance = erfc(-sign * one.network.statistic / sqrt(2)) / 2
        found[one.network.treatment] += chance / (len(treatments) - 1)
        found[one.network.comparator] += (1 - chance) / (len(treatments) - 1)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
