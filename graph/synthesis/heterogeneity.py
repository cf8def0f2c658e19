"""Heterogeneity: the variance of study effects beyond chance, for a pair of treatments or a whole network.

Every estimator is based on the generalised Q of the network; the pairwise Q is the case of two treatments. Multi-arm trials
enter with the covariance of their contrasts (half of tau2 between two contrasts that share an arm).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import exp, log, sqrt
from typing import Any, Final

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

from mabgraph.ingest.errors import MabgraphError

from .estimates import interval_quantile
from .laplacian import ContrastNetwork

#: Multiples of the scale of the data at which the score of the restricted likelihood is evaluated to bracket its maxima.
_GRID: Final = np.logspace(-7, 4, 56)


class Estimator(StrEnum):
    """The estimator of tau2, the between-study variance."""

    dersimonian_laird = "DL"
    paule_mandel = "PM"
    restricted_likelihood = "REML"


@dataclass(frozen=True)
class Heterogeneity:
    """Q with its degrees of freedom and P value, tau2 and I2 (percent) with intervals at ``level`` percent.

    What cannot be estimated is None, and ``notes`` say why.
    """

    q: float
    df: int
    p: float | None
    estimator: Estimator
    tau2: float | None
    tau2_lower: float | None
    tau2_upper: float | None
    i2: float | None
    i2_lower: float | None
    i2_upper: float | None
    level: float
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the heterogeneity as JSON values, with tau in addition to tau2."""
        return asdict(self) | {"tau": None if self.tau2 is None else sqrt(self.tau2), "notes": list(self.notes)}


def heterogeneity(network: ContrastNetwork, estimator: Estimator, level: float = 95.0) -> Heterogeneity:
    """Return the heterogeneity of ``network``.

    Q and I2 = (Q - df) / Q are those of the common-effect model (Higgins and Thompson 2002), as is the test-based interval of I2.
    The interval of tau2 is the Q profile (Viechtbauer 2007; Jackson 2013 for networks).

    :raises MabgraphError: when an estimator does not converge.
    """
    df = network.freedom
    q = network.common.q
    if df == 0:
        note = "tau2 and I2 are not estimable: no comparison has two independent sources of evidence"
        return Heterogeneity(q, 0, None, estimator, None, None, None, None, None, None, level, (note,))
    tau2, notes = estimate_tau2(network, estimator)
    lower, upper = q_profile(network, level)
    if upper is None:
        notes += (f"the interval of tau2 is empty: Q {q:.4g} on {df} df is smaller than expected by chance",)
    share = i2(q, df, level)
    return Heterogeneity(q, df, float(chi2.sf(q, df)), estimator, tau2, lower, upper, *share, level, notes)


def estimate_tau2(network: ContrastNetwork, estimator: Estimator) -> tuple[float, tuple[str, ...]]:
    """Return tau2, truncated at zero, and notes on it.

    DL is the method of moments (DerSimonian and Laird 1986; Jackson, White and Riley 2012 for networks), PM the tau2 at which Q equals its
    degrees of freedom (Paule and Mandel 1982), REML the maximum of the restricted likelihood (Viechtbauer 2005).

    :raises MabgraphError: when no tau2 is found.
    """
    if estimator is Estimator.dersimonian_laird:
        fit = network.common
        return max(0.0, (fit.q - network.freedom) / (fit.trace / 2)), ()
    if estimator is Estimator.paule_mandel:
        return solve_q(network, float(network.freedom)) or 0.0, ()
    return _restricted_maximum(network)


def q_profile(network: ContrastNetwork, level: float = 95.0) -> tuple[float | None, float | None]:
    """Return the bounds of tau2 at ``level`` percent by the Q profile; both None where the interval is empty."""
    tail = 0.5 - level / 200
    upper = solve_q(network, float(chi2.ppf(tail, network.freedom)))
    lower = solve_q(network, float(chi2.ppf(1 - tail, network.freedom)))
    return (None, None) if upper is None else (lower or 0.0, upper)


def solve_q(network: ContrastNetwork, wanted: float) -> float | None:
    """Return the tau2 at which the generalised Q equals ``wanted``; None if Q is below it at tau2 = 0. Q decreases with tau2.

    :raises MabgraphError: when no finite tau2 is large enough.
    """

    def excess(tau2: float) -> float:
        return network.q(tau2) - wanted

    if excess(0.0) < 0:
        return None
    top = _scale(network)
    for _ in range(200):
        if excess(top) <= 0:
            return _root(excess, 0.0, top)
        top *= 2
    raise MabgraphError(f"tau2: Q does not fall to {wanted:.4g}: the standard errors of the studies differ too much to estimate it")


def i2(q: float, df: int, level: float = 95.0) -> tuple[float, float | None, float | None]:
    """Return I2 in percent with its bounds at ``level`` percent, from the interval of ln H (Higgins and Thompson 2002, appendix A2).

    >>> [round(share, 1) for share in i2(48.15, 27)]
    [43.9, 12.3, 64.2]
    """
    value = max(0.0, 100 * (q - df) / q) if q > 0 else 0.0
    if df < 2:
        return value, None, None
    ratio = max(0.0, log(q / df) / 2) if q > 0 else 0.0
    if q > df + 1:
        error = 0.5 * (log(q) - log(df)) / (sqrt(2 * q) - sqrt(2 * df - 1))
    else:
        error = sqrt(1 / (2 * (df - 1)) * (1 - 1 / (3 * (df - 1) ** 2)))
    reach = interval_quantile(level) * error
    bounds = [100 * (1 - exp(-2 * max(0.0, end))) for end in (ratio - reach, ratio + reach)]
    return value, bounds[0], bounds[1]


def _restricted_maximum(network: ContrastNetwork) -> tuple[float, tuple[str, ...]]:
    def score(tau2: float) -> float:
        fit = network.fit(tau2)
        return (fit.quadratic - fit.trace) / 4

    places = [0.0, *(float(place) for place in _GRID * _scale(network))]
    slopes = [score(place) for place in places]
    peaks = [0.0] if slopes[0] <= 0 else []
    for left, right, rise, fall in zip(places, places[1:], slopes, slopes[1:], strict=False):
        if rise > 0 >= fall:
            peaks.append(_root(score, left, right))
    if slopes[-1] > 0 or not peaks:
        raise MabgraphError("tau2 by REML: the restricted likelihood has no maximum in the range searched: use --tau2 DL or PM")
    best = max(peaks, key=lambda peak: network.fit(peak).likelihood)
    shown = ", ".join(f"{peak:.4g}" for peak in peaks)
    return best, (f"the restricted likelihood has several maxima (tau2 {shown}); the highest is taken",) if len(peaks) > 1 else ()


def _scale(network: ContrastNetwork) -> float:
    """Return the scale of variances in the data: the greater of the largest squared range of effects and the largest error variance."""
    effects = max(float(np.ptp(study.potentials)) ** 2 for study in network.studies)
    return max(effects, *(float(np.trace(study.covariance)) for study in network.studies))


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    if function(low) == 0:
        return low
    try:
        return float(brentq(function, low, high, xtol=1e-15 * max(high, 1e-300), rtol=1e-13, maxiter=500))
    except (RuntimeError, ValueError):
        raise MabgraphError("tau2 cannot be found: the standard errors of the studies differ too much to estimate it") from None
