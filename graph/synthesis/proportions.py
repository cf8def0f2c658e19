"""Proportions: patients with an event out of all patients of one arm, with confidence intervals that are marked as derived."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mabgraph.ingest.errors import MabgraphError

from .limits import PATIENTS, level_fault


class Method(StrEnum):
    """The method for the confidence interval of a proportion."""

    clopper_pearson = "Clopper-Pearson"
    wilson = "Wilson"


@dataclass(frozen=True)
class Proportion:
    """A proportion, from 0 to 1, with its confidence interval at ``level`` percent.

    The interval is always ``derived`` from count and total: it never stands for a printed one.
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
    """Return the proportion of ``events`` in ``total`` with its interval, exact (Clopper and Pearson 1934) or score (Wilson 1927).

    The Wilson interval is without continuity correction.

    >>> share = proportion(91, 271)
    >>> f"{100 * share.value:.1f} ({100 * share.lower:.1f} to {100 * share.upper:.1f})"
    '33.6 (28.0 to 39.5)'

    :raises MabgraphError: when there are no patients, the events are not between 0 and the total, or the level is invalid.
    """
    if not 1 <= total <= PATIENTS or not 0 <= events <= total:
        raise MabgraphError(f"{events} of {total}: give a count from 0 to a total of at least one patient")
    if fault := level_fault(level):
        raise MabgraphError(f"level {level}: {fault}")
    from scipy.stats import binomtest

    kind = "exact" if method is Method.clopper_pearson else "wilson"
    interval = binomtest(events, total).proportion_ci(confidence_level=level / 100, method=kind)
    return Proportion(events, total, events / total, float(interval.low), float(interval.high), level, method)
