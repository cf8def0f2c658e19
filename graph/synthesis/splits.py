"""Node-splitting: direct and indirect evidence of each comparison, and their difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from typing import Any, Final, TypeAlias

from mabgraph.ingest.errors import MabgraphError

from .estimates import Estimate
from .laplacian import ContrastNetwork, Fit
from .trial import StudyPotentials

_Pair: TypeAlias = tuple[str, str]
#: Progress callback: step, amount done, total.
Progress: TypeAlias = Callable[[str, int, int], None]
#: A proportion of direct evidence above this counts as all.
_ALL: Final = 1 - 1e-9


@dataclass(frozen=True)
class Split:
    """The network estimate of a comparison, its direct and indirect estimates, and their difference (direct minus indirect).

    ``studies`` compare the two treatments directly; ``proportion`` is the proportion of direct evidence, from 0 to 1.
    """

    network: Estimate
    studies: int
    proportion: float
    direct: Estimate | None
    indirect: Estimate | None
    difference: Estimate | None

    def as_json(self) -> dict[str, Any]:
        """Return the split as JSON values."""
        parts = {name: getattr(self, name) for name in ("network", "direct", "indirect", "difference")}
        estimates = {name: None if part is None else part.as_json() for name, part in parts.items()}
        if estimates["difference"] is not None:
            estimates["difference"].pop("natural")
        return {"studies": self.studies, "proportion": self.proportion} | estimates


@dataclass(frozen=True)
class Loop:
    """A loop of three treatments, each pair compared by two-arm trials: direct and indirect estimate of its first pair."""

    treatments: tuple[str, str, str]
    direct: Estimate
    indirect: Estimate
    difference: Estimate

    def as_json(self) -> dict[str, Any]:
        """Return the loop as JSON values."""
        parts = {name: getattr(self, name).as_json() for name in ("direct", "indirect", "difference")}
        parts["difference"].pop("natural")
        return {"treatments": list(self.treatments)} | parts


def split(
    network: ContrastNetwork, fit: Fit, measure: str, level: float = 95.0, progress: Progress = lambda what, done, total: None
) -> tuple[Split, ...]:  # fmt: skip
    """Return the split of every pair of treatments of ``network``, in alphabetical order, by back-calculation (Dias and others 2010).

    The direct estimate is the inverse-variance mean of the contrasts of all studies with both treatments, with ``fit.tau2`` added to
    their variances; multi-arm trials contribute their contrast. The proportion of direct evidence is the variance of the network
    estimate over that of the direct one (König, Krahn and Binder 2013). Because the network estimate is the best linear unbiased one,
    indirect = (network - proportion x direct) / (1 - proportion) is independent of direct, also with multi-arm trials.
    """
    directly = _direct_contrasts(network.studies)
    size = len(network.treatments)
    splits: list[Split] = []
    for first in range(size):
        progress("direct and indirect evidence", first, size)
        splits += (_split(network, fit, (first, second), directly, measure, level) for second in range(first + 1, size))
    return tuple(splits)


def bucher(first: Estimate, second: Estimate) -> Estimate:
    """Return the indirect estimate of two treatments via their common comparator (Bucher and others 1997).

    >>> indirect = bucher(Estimate("T", "Placebo", "HR", -0.100, 0.087), Estimate("L", "Placebo", "HR", -0.523, 0.046))
    >>> indirect.treatment, indirect.comparator, round(indirect.effect, 3), round(indirect.error, 3)
    ('T', 'L', 0.423, 0.098)

    :raises MabgraphError: when comparator, measure or level differ.
    """
    for name in ("comparator", "measure", "level"):
        ours, theirs = getattr(first, name), getattr(second, name)
        if ours != theirs:
            raise MabgraphError(
                f"{first.treatment} and {second.treatment}: the {name} is {ours} in one and {theirs} in the other: give alike"
            )
    error = sqrt(first.error**2 + second.error**2)
    return Estimate(first.treatment, second.treatment, first.measure, first.effect - second.effect, error, first.level)


def loops(network: ContrastNetwork, tau2: float, measure: str, level: float = 95.0) -> Iterator[Loop]:
    """Yield every loop of three treatments closed by two-arm trials: the direct estimate and the indirect one by Bucher's method."""
    sides = _direct_contrasts(study for study in network.studies if len(study.treatments) == 2)
    beside: dict[str, set[str]] = {}
    for first, second in sides:
        beside.setdefault(first, set()).add(second)
    for first, second in sorted(sides):
        for third in sorted(beside[first] & beside.get(second, set())):
            names = (first, second, third)
            one, other, last = (_mean(sides[pair], pair, tau2, measure, level) for pair in combinations(names, 2))
            indirect = bucher(other, last)
            yield Loop(names, one, indirect, _difference(one, indirect))


def _direct_contrasts(studies: Iterable[StudyPotentials]) -> dict[_Pair, list[tuple[float, float]]]:
    """Return effect and variance of every contrast of ``studies``, by its two treatments in alphabetical order."""
    contrasts: dict[_Pair, list[tuple[float, float]]] = {}
    for study in studies:
        spread = study.covariance.diagonal()[:, None] + study.covariance.diagonal() - 2 * study.covariance
        for first, second in combinations(range(len(study.treatments)), 2):
            contrast = float(study.potentials[first] - study.potentials[second]), float(spread[first, second])
            contrasts.setdefault((study.treatments[first], study.treatments[second]), []).append(contrast)
    return contrasts


def _mean(contrasts: Sequence[tuple[float, float]], pair: _Pair, tau2: float, measure: str, level: float) -> Estimate:
    """Return the inverse-variance mean of effects with variances."""
    weights = [1 / (variance + tau2) for _, variance in contrasts]
    effect = sum(weight * one for weight, (one, _) in zip(weights, contrasts, strict=True)) / sum(weights)
    return Estimate(pair[0], pair[1], measure, effect, sqrt(1 / sum(weights)), level)


def _split(
    network: ContrastNetwork, fit: Fit, pair: tuple[int, int], directly: Mapping[_Pair, list[tuple[float, float]]], measure: str,
    level: float,
) -> Split:  # fmt: skip
    names = (network.treatments[pair[0]], network.treatments[pair[1]])
    effect, variance = fit.contrast(*pair)
    pooled = Estimate(*names, measure, effect, sqrt(variance), level)
    contrasts = directly.get(names)
    if contrasts is None:
        return Split(pooled, 0, 0.0, None, pooled, None)
    own = _mean(contrasts, names, fit.tau2, measure, level)
    share = min(1.0, variance / own.error**2)
    if share > _ALL:
        return Split(pooled, len(contrasts), 1.0, own, None, None)
    rest = Estimate(*names, measure, (effect - share * own.effect) / (1 - share), sqrt(variance / (1 - share)), level)
    return Split(pooled, len(contrasts), share, own, rest, _difference(own, rest))


def _difference(one: Estimate, other: Estimate) -> Estimate:
    error = sqrt(one.error**2 + other.error**2)
    return Estimate(one.treatment, one.comparator, one.measure, one.effect - other.effect, error, one.level)
