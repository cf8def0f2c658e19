"""Proportions: the patients with an event of all patients of one arm, with intervals that are derived and say so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mabgraph.ingest.errors import MabgraphError

from .limits import PATIENTS, level_fault


class Method(StrEnum):
    """How the interval of a proportion is worked out."""

    clopper_pearson = "Clopper-Pearson"
    wilson = "Wilson"


@dataclass(frozen=True)
class Proportion:
    """A share of patients, from 0 to 1, with the bounds of its interval at ``level`` percent.

    The interval is always ``derived`` from the count and the total: it never stands for one that a document prints.
    """

    events: int
    total: int
    value: float
    lower: float
    upper: float
    level: float
    method: Method
    derived: bool = True


def proportion(events: int, total: int, level: float = 95.0, method: Method = Method.clopper_pearson) -> Proportion:
    """Return the share of ``events`` in ``total`` with its interval, exact (Clopper and Pearson 1934) or by score (Wilson 1927).

    The Wilson interval is the one without correction for continuity.

    >>> made = proportion(91, 271)
    >>> f"{100 * made.value:.1f} ({100 * made.lower:.1f} to {100 * made.upper:.1f})"
    '33.6 (28.0 to 39.5)'

    :raises MabgraphError: when there are no patients, the events are not between 0 and the total, or the level is no percentage.
    """
    if not 1 <= total <= PATIENTS or not 0 <= events <= total:
        raise MabgraphError(f"{events} of {total}: give a count from 0 to a total of at least one patient")
    if fault := level_fault(level):
        raise MabgraphError(f"level {level}: {fault}")
    from scipy.stats import binomtest

    kind = "exact" if method is Method.clopper_pearson else "wilson"
    found = binomtest(events, total).proportion_ci(confidence_level=level / 100, method=kind)
    return Proportion(events, total, events / total, float(found.low), float(found.high), level, method)
