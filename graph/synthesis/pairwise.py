"""Pairwise meta-analysis: all studies compare the same two treatments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

from mabgraph.ingest.errors import MabgraphError

from .contrasts import Contrast
from .estimates import Estimate, interval_quantile
from .heterogeneity import Estimator, Heterogeneity, heterogeneity
from .laplacian import build_network

COMMON = "common"
RANDOM = "random"


@dataclass(frozen=True)
class Pairwise:
    """The pooled estimate, the weight of each study (percent, by study label), heterogeneity, and notes."""

    estimate: Estimate
    weights: dict[str, float]
    heterogeneity: Heterogeneity
    notes: tuple[str, ...] = ()


def pool(
    contrasts: tuple[Contrast, ...], model: str = RANDOM, estimator: Estimator = Estimator.dersimonian_laird, level: float = 95.0,
    hartung_knapp: bool = False,
) -> Pairwise:  # fmt: skip
    """Return the inverse-variance weighted mean of ``contrasts``, which all have the same two treatments and direction.

    With random effects the weights are 1 / (error^2 + tau2). Hartung-Knapp is as published (Hartung and Knapp 2001; Sidik and
    Jonkman 2002): the variance is scaled by Q / (k - 1) with these weights, also where that is below one, and the interval is from t
    with k - 1 df; a note says when it is narrower than that of the common-effect model (Wiksten, Rücker and Schwarzer 2016).

    :raises MabgraphError: when there is none, they do not match, a study occurs twice, or tau2 has no solution.
    """
    network = build_network(contrasts)
    _check_alike(contrasts)
    between_studies = heterogeneity(network, estimator, level)
    tau2 = (between_studies.tau2 or 0.0) if model == RANDOM else 0.0
    weights = {row.study: 1 / (row.error**2 + tau2) for row in contrasts}
    total = sum(weights.values())
    first = contrasts[0]
    effect = sum(weights[row.study] * row.effect for row in contrasts) / total
    estimate = Estimate(first.treatment, first.comparator, first.measure, effect, sqrt(1 / total), level)
    notes: tuple[str, ...] = ()
    if hartung_knapp and model == RANDOM:
        estimate, notes = _hartung_knapp(estimate, network.fit(tau2).q, contrasts)
    if model == RANDOM and between_studies.tau2 is not None:
        estimate = estimate.with_prediction(tau2, network.freedom - 1)
    return Pairwise(estimate, {study: 100 * weight / total for study, weight in weights.items()}, between_studies, notes)


def _check_alike(contrasts: tuple[Contrast, ...]) -> None:
    first = contrasts[0]
    for row in contrasts:
        for name in ("measure", "treatment", "comparator"):
            ours, theirs = getattr(first, name), getattr(row, name)
            if ours != theirs:
                raise MabgraphError(
                    f"study {row.study}: its {name} is {theirs}, that of {first.study} {ours}: flip it, or pool alike studies"
                )


def _hartung_knapp(plain: Estimate, q: float, contrasts: tuple[Contrast, ...]) -> tuple[Estimate, tuple[str, ...]]:
    freedom = len(contrasts) - 1
    if freedom == 0:
        return plain, ("Hartung-Knapp needs two studies or more; the interval is the plain one",)
    scaled = replace(plain, error=plain.error * sqrt(q / freedom), freedom=freedom)
    common = interval_quantile(plain.level) * sqrt(1 / sum(1 / row.error**2 for row in contrasts))
    if scaled.upper - scaled.effect < common:
        note = "the Hartung-Knapp interval is narrower than that of the common-effect model: do not rely on it alone"
        return scaled, (note,)
    return scaled, ()
