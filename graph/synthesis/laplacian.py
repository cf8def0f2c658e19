"""The graph Laplacian of a network of trials: treatments as nodes, studies as resistors (Rücker 2012).

A study with p arms has p potentials that sum to zero, and their covariance, which follows from the variances of
its p (p - 1) / 2 contrasts. The pseudo-inverse of the covariance is the study's own Laplacian; its off-diagonal entries are the reduced
weights of a multi-arm trial (Rücker and Schwarzer 2014). Pairwise pooling is the special case of two treatments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import networkx as nx
import numpy as np

from mabgraph.ingest.errors import MabgraphError

from .contrasts import Contrast
from .limits import CONTRASTS, SPREAD, TREATMENTS
from .matrices import Array, log_volume, pseudo_inverse, solve
from .trial import StudyPotentials, build_study


@dataclass(frozen=True, eq=False)
class Fit:
    """The fit of a network at one ``tau2``: the potentials of the treatments, their covariance, and Q.

    ``trace`` is tr(P) of the residual projection, so that E(Q) rises by trace / 2 per unit of tau2; ``quadratic`` is the quadratic form
    r'LLr of the residuals, so that dQ/dtau2 = -quadratic / 2. The score of the restricted likelihood is (quadratic - trace) / 4.
    ``laplacian`` is that of the network, ``volume`` the sum of the logarithms of the non-zero eigenvalues of the studies' Laplacians.
    """

    tau2: float
    potentials: Array
    covariance: Array
    q: float
    trace: float
    quadratic: float
    laplacian: Array
    volume: float

    @cached_property
    def likelihood(self) -> float:
        """The restricted log-likelihood, up to a constant."""
        return (self.volume - float(log_volume(self.laplacian)) - self.q) / 2

    def contrast(self, first: int, second: int) -> tuple[float, float]:
        """Return the effect of treatment ``first`` relative to ``second`` (indices), and its variance."""
        spread = self.covariance[first, first] + self.covariance[second, second] - 2 * self.covariance[first, second]
        return float(self.potentials[first] - self.potentials[second]), float(spread)


@dataclass(frozen=True, eq=False)
class ContrastNetwork:
    """A connected network of studies of one measure, with its treatments in alphabetical order."""

    studies: tuple[StudyPotentials, ...]
    treatments: tuple[str, ...]

    @cached_property
    def freedom(self) -> int:
        """The degrees of freedom of Q: independent contrasts minus estimated parameters."""
        return sum(len(study.treatments) - 1 for study in self.studies) - (len(self.treatments) - 1)

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes on its studies."""
        return tuple(study.note for study in self.studies if study.note)

    def fit(self, tau2: float = 0.0) -> Fit:
        """Return the weighted least-squares fit with between-study variance ``tau2``.

        :raises MabgraphError: when the weights are too unequal for a solution.
        """
        laplacians = [stack.laplacians(tau2) for stack in self._stacks]
        total, flow = self._sums(laplacians)
        squared = sum(map(self._spread, self._stacks, (own @ own for own in laplacians)), np.zeros(total.shape))
        covariance = pseudo_inverse(total)
        potentials = covariance @ flow
        q = quadratic = trace = volume = 0.0
        for stack, own in zip(self._stacks, laplacians, strict=True):
            off = stack.potentials - potentials[stack.places]
            off = off - off.mean(axis=1, keepdims=True)
            force = np.einsum("sij,sj->si", own, off)
            q, quadratic = q + float(np.sum(off * force)), quadratic + float(np.sum(force * force))
            trace, volume = trace + float(np.einsum("sii->", own)), volume + float(np.sum(log_volume(own)))
        trace -= float(np.sum(covariance * squared))
        return Fit(tau2, potentials, covariance, q, trace, quadratic, total, volume)

    def q(self, tau2: float) -> float:
        """Return Q at ``tau2``, as :meth:`fit` does, but by solving a linear system instead of inverting a matrix."""
        laplacians = [stack.laplacians(tau2) for stack in self._stacks]
        total, flow = self._sums(laplacians)
        potentials = solve(np.linalg.solve, total + float(np.trace(total)) / len(total) ** 2, flow)
        total_q = 0.0
        for stack, own in zip(self._stacks, laplacians, strict=True):
            off = stack.potentials - potentials[stack.places]
            off = off - off.mean(axis=1, keepdims=True)
            total_q += float(np.einsum("si,sij,sj->", off, own, off, optimize=True))
        return total_q

    @cached_property
    def common(self) -> Fit:
        """The fit of the common-effect model."""
        return self.fit()

    def _sums(self, laplacians: Sequence[Array]) -> tuple[Array, Array]:
        """Return the Laplacian of the network and the net flow into each treatment."""
        size = len(self.treatments)
        total, flow = np.zeros((size, size)), np.zeros(size)
        for stack, own in zip(self._stacks, laplacians, strict=True):
            total += self._spread(stack, own)
            flows = np.einsum("sij,sj->si", own, stack.potentials)
            flow += np.bincount(stack.places.ravel(), weights=flows.ravel(), minlength=size)
        return total, flow

    def _spread(self, stack: _Stack, own: Array) -> Array:
        """Return the sum of the study matrices of a stack, scattered to the indices of their treatments."""
        size = len(self.treatments)
        cells = stack.places[:, :, None] * size + stack.places[:, None, :]
        added = np.bincount(cells.ravel(), weights=own.ravel(), minlength=size * size)
        return np.asarray(added.reshape(size, size), dtype=np.float64)

    @cached_property
    def _stacks(self) -> tuple[_Stack, ...]:
        index = {name: place for place, name in enumerate(self.treatments)}
        sizes: dict[int, list[StudyPotentials]] = {}
        for study in self.studies:
            sizes.setdefault(len(study.treatments), []).append(study)
        return tuple(
            _Stack(
                np.array([[index[name] for name in study.treatments] for study in alike]),
                np.array([study.potentials for study in alike]),
                np.array([study.covariance for study in alike]),
            )
            for alike in sizes.values()
        )


@dataclass(frozen=True, eq=False)
class _Stack:
    """All studies with the same number of arms, stacked for vectorised arithmetic: treatment indices, potentials, covariances."""

    places: np.ndarray[Any, np.dtype[np.int64]]
    potentials: Array
    covariance: Array

    def laplacians(self, tau2: float) -> Array:
        """Return the Laplacian of the weights of each study with between-study variance ``tau2`` (half of it in each arm)."""
        size = self.places.shape[1]
        return pseudo_inverse(self.covariance + tau2 / 2 * (np.eye(size) - 1 / size))


def build_network(contrasts: Iterable[Contrast]) -> ContrastNetwork:
    """Return the network of ``contrasts``; contrasts with the same study label belong to one study.

    :raises MabgraphError: when there are none or too many, a study's contrasts are incomplete or inconsistent, the network is
    disconnected, or standard errors are too unequal.
    """
    ordered = sorted(contrasts, key=lambda contrast: contrast.study)
    if not ordered:
        raise MabgraphError("there is no contrast to pool: give at least one study that can be used")
    names = {name for row in ordered for name in (row.treatment, row.comparator)}
    if len(names) > TREATMENTS or len(ordered) > CONTRASTS:
        size = f"{len(names):,} treatments in {len(ordered):,} contrasts"
        raise MabgraphError(f"{size}: {TREATMENTS:,} and {CONTRASTS:,} at most; are the columns the right ones?")
    studies = tuple(build_study(label, list(rows)) for label, rows in groupby(ordered, key=lambda contrast: contrast.study))
    graph: nx.Graph[str] = nx.Graph()
    for study in studies:
        nx.add_path(graph, study.treatments)
    parts = sorted(sorted(part) for part in nx.connected_components(graph))
    if len(parts) > 1:
        shown = "; ".join(f"{number}: {', '.join(part)}" for number, part in enumerate(parts, 1))
        raise MabgraphError(f"the network is in {len(parts)} parts that no study connects ({shown}): pool each part by itself")
    least, most = (choose(ordered, key=lambda contrast: contrast.error) for choose in (min, max))
    if most.error > SPREAD * least.error:
        raise MabgraphError(
            f"the standard error of study {most.study} ({most.error:g}) is more than {SPREAD:,.0f} times that of study {least.study} "
            f"({least.error:g}): one of them is in another unit, or a slip"
        )
    return ContrastNetwork(studies, tuple(parts[0]))
