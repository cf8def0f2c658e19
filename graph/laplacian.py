"""The Laplacian of a network of trials: treatments as nodes, studies as resistors between them (Rücker 2012).

A study with p arms is p numbers that add to zero, its potentials, and their covariance. The covariance follows from the variances of
its p (p - 1) / 2 contrasts; its pseudo-inverse is the study's own Laplacian, whose entries off the diagonal are the reduced weights
of a trial with several arms (Rücker and Schwarzer 2014). Two treatments are the smallest network: pairwise pooling is the same sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, groupby, pairwise
from math import isfinite, log
from typing import Any, Final, TypeAlias

import networkx as nx
import numpy as np

from mabgraph.ingest.errors import MabgraphError

from .contrasts import Contrast

Array: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
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


@dataclass(frozen=True, eq=False)
class Fit:
    """A network fitted at one ``tau2``: the potential of every treatment, their covariance, and Q at this ``tau2``.

    ``trace`` is what Q grows by, twice, for one more unit of variance between studies; ``pull`` how steeply it falls when the model
    allows for that variance; ``likelihood`` the restricted log-likelihood but for a constant.
    """

    tau2: float
    potentials: Array
    covariance: Array
    q: float
    trace: float
    pull: float
    likelihood: float

    def between(self, first: int, second: int) -> tuple[float, float]:
        """Return the effect of treatment ``first`` against ``second`` (positions), and its variance."""
        spread = self.covariance[first, first] + self.covariance[second, second] - 2 * self.covariance[first, second]
        return float(self.potentials[first] - self.potentials[second]), float(spread)


@dataclass(frozen=True, eq=False)
class Network:
    """Studies of one measure that are connected with each other, and their treatments in alphabetical order."""

    studies: tuple[Study, ...]
    treatments: tuple[str, ...]

    @cached_property
    def freedom(self) -> int:
        """Degrees of freedom of Q: contrasts that are free to vary, less those that are estimated."""
        return sum(len(study.treatments) - 1 for study in self.studies) - (len(self.treatments) - 1)

    def fit(self, tau2: float = 0.0) -> Fit:
        """Return the weighted least-squares fit when the variance between studies is ``tau2``."""
        size = len(self.treatments)
        laplacians = [study.laplacian(tau2) for study in self.studies]
        total, squared, flow = np.zeros((size, size)), np.zeros((size, size)), np.zeros(size)
        for places, study, own in zip(self._places, self.studies, laplacians, strict=True):
            total[np.ix_(places, places)] += own
            squared[np.ix_(places, places)] += own @ own
            flow[places] += own @ study.potentials
        covariance = inverted(total)
        potentials = covariance @ flow
        q = pull = trace = volume = 0.0
        for places, study, own in zip(self._places, self.studies, laplacians, strict=True):
            off = study.potentials - potentials[places]
            off = off - off.mean()
            force = own @ off
            q, pull, trace = q + float(off @ force), pull + float(force @ force), trace + float(np.trace(own))
            volume += _volume(own)
        trace -= float(np.sum(covariance * squared))
        return Fit(tau2, potentials, covariance, q, trace, pull, (volume - _volume(total) - q) / 2)

    @cached_property
    def _places(self) -> tuple[list[int], ...]:
        index = {name: place for place, name in enumerate(self.treatments)}
        return tuple([index[name] for name in study.treatments] for study in self.studies)


def network_of(contrasts: Iterable[Contrast]) -> Network:
    """Return the network of ``contrasts``; rows with the same study label are one study.

    :raises MabgraphError: when there are none, a study has not all the contrasts of its arms or they do not add up, or some
        treatments are not connected with the others.
    """
    ordered = sorted(contrasts, key=lambda contrast: contrast.study)
    if not ordered:
        raise MabgraphError("there is no contrast to pool: give at least one study that can be used")
    studies = tuple(_study(label, list(rows)) for label, rows in groupby(ordered, key=lambda contrast: contrast.study))
    graph: nx.Graph[str] = nx.Graph()
    for study in studies:
        nx.add_path(graph, study.treatments)
    parts = sorted(sorted(part) for part in nx.connected_components(graph))
    if len(parts) > 1:
        shown = "; ".join(f"{number}: {', '.join(part)}" for number, part in enumerate(parts, 1))
        raise MabgraphError(f"the network is in {len(parts)} parts that no study connects ({shown}): pool each part by itself")
    return Network(studies, tuple(parts[0]))


def inverted(matrix: Array) -> Array:
    """Return the pseudo-inverse of a symmetric matrix whose rows add to zero and that has no other null direction."""
    size = len(matrix)
    scale = float(np.trace(matrix)) / size
    found = np.asarray(np.linalg.inv(matrix + scale / size) - 1 / (scale * size), dtype=np.float64)
    return np.asarray((found + found.T) / 2, dtype=np.float64)


def _study(label: str, contrasts: Sequence[Contrast]) -> Study:
    names = tuple(sorted({name for row in contrasts for name in (row.treatment, row.comparator)}))
    _complete(label, names, contrasts)
    index = {name: place for place, name in enumerate(names)}
    effects, variances = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)))
    for row in contrasts:
        first, second = index[row.treatment], index[row.comparator]
        effects[first, second], effects[second, first] = row.effect, -row.effect
        variances[first, second] = variances[second, first] = row.error**2
    potentials: Array = effects.mean(axis=1)
    off = float(np.abs(effects - (potentials[:, None] - potentials)).max())
    if off > TOLERANCE:
        raise MabgraphError(f"study {label}: its contrasts do not add up (by {off:.3g}): give them from one analysis and with all digits")
    centre: Array = np.eye(len(names)) - 1 / len(names)
    covariance: Array = -centre @ variances @ centre / 2
    least = float(np.linalg.eigvalsh(covariance + np.trace(covariance) / len(names) ** 2)[0])
    if least <= 1e-10 * float(np.trace(covariance)):
        raise MabgraphError(f"study {label}: no arms can have the standard errors of its contrasts: give those of one analysis")
    return Study(label, names, potentials, covariance)


def _complete(label: str, names: tuple[str, ...], contrasts: Sequence[Contrast]) -> None:
    for row in contrasts:
        if row.treatment == row.comparator:
            raise MabgraphError(f"study {label}: {row.treatment} is compared with itself: name two treatments")
        if not (isfinite(row.effect) and isfinite(row.error) and row.error > 0):
            raise MabgraphError(f"study {label}: effect {row.effect}, standard error {row.error}: give numbers, the error above zero")
    pairs = sorted(tuple(sorted((row.treatment, row.comparator))) for row in contrasts)
    twice = [" and ".join(pair) for pair, again in pairwise(pairs) if pair == again]
    if twice:
        raise MabgraphError(f"study {label}: {twice[0]} are compared twice: give one estimand, or label the studies apart")
    missing = [" and ".join(pair) for pair in combinations(names, 2) if pair not in pairs]
    if missing:
        count, wanted = len(names), len(names) * (len(names) - 1) // 2
        raise MabgraphError(
            f"study {label} has {count} arms and {len(pairs)} of {wanted} contrasts: add {', '.join(missing)}; "
            "where these are different studies, label them apart"
        )


def _volume(laplacian: Array) -> float:
    """Return the logarithm of the product of the eigenvalues that are not zero."""
    scale = float(np.trace(laplacian)) / len(laplacian)
    return float(np.linalg.slogdet(laplacian + scale / len(laplacian))[1]) - log(scale)
