"""A study as arithmetic takes it: the potentials of its treatments and their covariance, from its contrasts.

A study with p arms is p numbers that add to zero, its potentials, and their covariance, which follows from the variances of its
p (p - 1) / 2 contrasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

import numpy as np

from mabgraph.ingest.errors import MabgraphError

from .contrasts import Contrast
from .limits import ARMS, SIGMAS, error_fault, size_fault
from .matrices import Array, inverted

#: How far the contrasts of one study may be from adding up, on the scale of pooling (three decimals are often all that is given).
TOLERANCE: Final = 1e-3


@dataclass(frozen=True, eq=False)
class Study:
    """A study: its treatments in alphabetical order, their potentials, and the covariance of these."""

    label: str
    treatments: tuple[str, ...]
    potentials: Array
    covariance: Array

    def laplacian(self, tau2: float = 0.0) -> Array:
        """Return the weights of the study as its Laplacian, when the effects of studies vary by ``tau2`` (half of it in each arm)."""
        size = len(self.treatments)
        return inverted(self.covariance + tau2 / 2 * (np.eye(size) - 1 / size))


def study_of(label: str, contrasts: Sequence[Contrast]) -> Study:
    """Return the study that ``contrasts`` are of.

    :raises MabgraphError: when one is missing, impossible or there twice, they do not add up, or no arms can have their errors.
    """
    names = tuple(sorted({name for row in contrasts for name in (row.treatment, row.comparator)}))
    _complete(label, names, contrasts)
    index = {name: place for place, name in enumerate(names)}
    effects, variances = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)))
    for row in contrasts:
        first, second = index[row.treatment], index[row.comparator]
        effects[first, second], effects[second, first] = row.effect, -row.effect
        variances[first, second] = variances[second, first] = row.error**2
    potentials: Array = effects.mean(axis=1)
    centre: Array = np.eye(len(names)) - 1 / len(names)
    covariance: Array = -centre @ variances @ centre / 2
    if len(names) > 2:
        _possible(label, effects, potentials, covariance)
    return Study(label, names, potentials, covariance)


def _possible(label: str, effects: Array, potentials: Array, covariance: Array) -> None:
    off = float(np.abs(effects - (potentials[:, None] - potentials)).max())
    if off > TOLERANCE:
        raise MabgraphError(f"study {label}: its contrasts do not add up (by {off:.3g}): give them from one analysis and with all digits")
    least = float(np.linalg.eigvalsh(covariance + np.trace(covariance) / len(covariance) ** 2)[0])
    if least <= 1e-10 * float(np.trace(covariance)):
        raise MabgraphError(f"study {label}: no arms can have the standard errors of its contrasts: give those of one analysis")


def _complete(label: str, names: tuple[str, ...], contrasts: Sequence[Contrast]) -> None:
    for row in contrasts:
        if row.treatment == row.comparator:
            raise MabgraphError(f"study {label}: {row.treatment} is compared with itself: name two treatments")
        if fault := size_fault(row.effect) or error_fault(row.error):
            raise MabgraphError(f"study {label}: effect {row.effect}, standard error {row.error}: {fault}")
        if abs(row.effect) > SIGMAS * row.error:
            raise MabgraphError(
                f"study {label}: effect {row.effect}, standard error {row.error}: no study is so exact; see the unit of both"
            )
    if len(names) > ARMS:
        raise MabgraphError(f"study {label}: {len(names)} arms, {ARMS} at most: label different studies apart")
    pairs = sorted(tuple(sorted((row.treatment, row.comparator))) for row in contrasts)
    twice = [" and ".join(pair) for pair, again in pairwise(pairs) if pair == again]
    if twice:
        raise MabgraphError(f"study {label}: {twice[0]} are compared twice: give one estimand, or label the studies apart")
    known = set(pairs)
    missing = [" and ".join(pair) for pair in combinations(names, 2) if pair not in known]
    if missing:
        count, wanted = len(names), len(names) * (len(names) - 1) // 2
        raise MabgraphError(
            f"study {label} has {count} arms and {len(pairs)} of {wanted} contrasts: add {', '.join(missing)}; "
            "where these are different studies, label them apart"
        )
