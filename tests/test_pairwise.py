"""Pairwise pooling: against numbers that metafor prints, against statsmodels, against R where it is there; and its refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import t
from statsmodels.stats.meta_analysis import combine_effects

from mabgraph.graph.synthesis import heterogeneity
from mabgraph.graph.synthesis.contrasts import Arm, Contrast, from_arms
from mabgraph.graph.synthesis.heterogeneity import Estimator
from mabgraph.graph.synthesis.laplacian import build_network
from mabgraph.graph.synthesis.pairwise import COMMON, pool
from mabgraph.ingest.errors import MabgraphError

from . import metafor

#: As ``pytest.approx``; in a tuple it may stand for a number.
approx: Any = pytest.approx
#: Tuberculosis in 13 trials of BCG vaccine (Colditz and others 1994): vaccinated cases and others, control cases and others.
BCG = (
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761), (180, 1361, 372, 1079),
    (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197),
    (5, 2493, 3, 2338), (27, 16886, 29, 17825),
)  # fmt: skip
#: What metafor 3.8-1 gives for their log risk ratios, its iterations carried to the end: estimate, error, tau2; with Knapp and Hartung: error, lower, upper.
METAFOR = {
    "DL": (-0.7141172, 0.1787421, 0.3087603, 0.1806966, -1.107821, -0.3204131),
    "PM": (-0.7149682, 0.1808922, 0.3180685, 0.1808922, -1.109098, -0.3208379),
    "REML": (-0.7145323, 0.1797815, 0.3132433, 0.1807917, -1.108444, -0.320621),
}


def rows(*effects: tuple[float, float]) -> tuple[Contrast, ...]:
    """Return contrasts with these effects and errors, one for each study."""
    return tuple(Contrast(f"S{place}", "A", "B", "HR", *one) for place, one in enumerate(effects))


def bcg() -> tuple[Contrast, ...]:
    """Return the log risk ratios of the BCG trials."""
    return tuple(
        from_arms([Arm(f"{place:02}", "vaccine", a, a + b), Arm(f"{place:02}", "control", c, c + d)], "RR")[0]
        for place, (a, b, c, d) in enumerate(BCG)
    )


@pytest.mark.parametrize("name", list(METAFOR))
def test_random_effects_are_those_metafor_prints(name: str) -> None:
    effect, error, tau2, knapp, lower, upper = METAFOR[name]
    pooled = pool(bcg(), estimator=Estimator(name))
    assert (pooled.estimate.effect, pooled.estimate.error) == (approx(effect, abs=2e-6), approx(error, abs=2e-6))
    assert pooled.heterogeneity.tau2 == approx(tau2, abs=1e-5)
    assert (pooled.heterogeneity.q, pooled.heterogeneity.df) == (approx(152.233, abs=5e-4), 12)
    assert (pooled.heterogeneity.tau2_lower, pooled.heterogeneity.tau2_upper) == (
        approx(0.1197184, abs=1e-6),
        approx(1.111479, abs=1e-6),
    )
    hartung = pool(bcg(), estimator=Estimator(name), hartung_knapp=True).estimate
    assert (hartung.error, hartung.lower, hartung.upper) == tuple(approx(one, abs=2e-6) for one in (knapp, lower, upper))
    assert hartung.freedom == 12


def test_common_effect_and_inconsistency() -> None:
    pooled = pool(bcg(), COMMON)
    assert (pooled.estimate.effect, pooled.estimate.error) == (approx(-0.4302852, abs=1e-7), approx(0.04049875, abs=1e-8))
    assert pooled.estimate.prediction is None
    heterogeneity = pooled.heterogeneity
    assert [round(one or 0, 1) for one in (heterogeneity.i2, heterogeneity.i2_lower, heterogeneity.i2_upper)] == [92.1, 88.3, 94.7]
    assert sum(pooled.weights.values()) == approx(100)


def test_moments_agree_with_statsmodels() -> None:
    contrasts = bcg()
    effects, variances = np.array([row.effect for row in contrasts]), np.array([row.error**2 for row in contrasts])
    theirs = combine_effects(effects, variances, method_re="dl")
    pooled = pool(contrasts)
    assert pooled.heterogeneity.tau2 == approx(theirs.tau2, rel=1e-10)
    assert pooled.estimate.effect == approx(theirs.mean_effect_re, rel=1e-10)
    assert pooled.estimate.error == approx(theirs.sd_eff_w_re, rel=1e-10)
    assert pool(contrasts, estimator=Estimator.paule_mandel).heterogeneity.tau2 == approx(
        combine_effects(effects, variances, method_re="iterated", atol=1e-12).tau2, rel=1e-5
    )


def test_the_prediction_interval_is_of_t_with_two_less_than_the_studies() -> None:
    pooled = pool(bcg(), estimator=Estimator.restricted_likelihood).estimate
    assert pooled.prediction is not None
    reach = 2.200985 * (0.3132433 + 0.1797815**2) ** 0.5
    assert pooled.prediction == (approx(pooled.effect - reach, abs=1e-4), approx(pooled.effect + reach, abs=1e-4))
    assert pool(bcg()[:2]).estimate.prediction is None
    assert pool(bcg()[:3]).estimate.prediction is not None


def test_the_prediction_interval_is_wider_than_that_of_the_degrees_of_freedom_of_q() -> None:
    """As docs/synthesis.md says of netmeta, which takes one degree of freedom more."""
    for studies, ratio in ((3, 2.95), (10, 1.02)):
        pooled = pool(bcg()[:studies]).estimate
        assert pooled.prediction is not None
        reach = float(t.ppf(0.975, studies - 1)) * (pool(bcg()[:studies]).heterogeneity.tau2 + pooled.error**2) ** 0.5  # type: ignore[operator]
        assert (pooled.prediction[1] - pooled.effect) / reach == approx(ratio, abs=0.01)


def test_with_hartung_knapp_the_prediction_interval_is_of_its_error() -> None:
    pooled = pool(bcg(), hartung_knapp=True)
    assert pooled.estimate.prediction is not None
    assert pooled.heterogeneity.tau2 is not None
    reach = float(t.ppf(0.975, 11)) * (pooled.heterogeneity.tau2 + pooled.estimate.error**2) ** 0.5
    assert pooled.estimate.prediction[1] - pooled.estimate.effect == approx(reach)


def test_likeness_beyond_chance_leaves_no_variance_and_an_empty_interval() -> None:
    alike = rows(*[(0.5, 0.3)] * 12)
    for estimator in Estimator:
        pooled = pool(alike, estimator=estimator)
        assert pooled.heterogeneity.tau2 == 0
        assert (pooled.heterogeneity.i2, pooled.heterogeneity.tau2_lower, pooled.heterogeneity.tau2_upper) == (0, None, None)
        assert "the interval of tau2 is empty" in pooled.heterogeneity.notes[0]


def test_a_narrow_hartung_knapp_interval_is_told() -> None:
    near = rows((0.50, 0.3), (0.51, 0.3), (0.49, 0.3), (0.50, 0.3))
    assert "narrower than that of the common-effect model" in pool(near, hartung_knapp=True).notes[0]
    assert pool(bcg(), hartung_knapp=True).notes == ()


def test_one_study_is_itself_and_has_no_heterogeneity() -> None:
    pooled = pool(rows((0.5, 0.2)), hartung_knapp=True)
    assert (pooled.estimate.effect, pooled.estimate.error, pooled.estimate.freedom) == (0.5, approx(0.2), None)
    assert pooled.heterogeneity.tau2 is None
    assert "not estimable" in pooled.heterogeneity.notes[0]
    assert "two studies or more" in pooled.notes[0]


def test_an_estimator_that_does_not_converge_says_which() -> None:
    network = build_network(rows((0.0, 1e-3), (1.0, 1e-3)))
    with pytest.raises(MabgraphError, match="Q does not fall to"):
        heterogeneity.solve_q(network, -1.0)


def test_no_other_variance_is_likelier_than_the_one_that_reml_finds() -> None:
    network = build_network(rows((0.0, 0.01), (0.022, 0.01), (-3.0, 1.5), (0.03, 0.01), (4.0, 1.0), (-4.0, 1.0)))
    tau2, _ = heterogeneity.estimate_tau2(network, Estimator.restricted_likelihood)
    best = network.fit(tau2).likelihood
    assert all(network.fit(other).likelihood <= best + 1e-9 for other in np.logspace(-8, 3, 400)), "no other tau2 is likelier"


def test_several_peaks_of_the_likelihood_are_told() -> None:
    contrasts = rows((-0.027, 0.013), (-0.083, 0.385), (-0.677, 0.239), (-0.005, 0.015), (0.24, 0.839), (0.386, 3.613))
    pooled = pool(contrasts, estimator=Estimator.restricted_likelihood).heterogeneity
    assert pooled.notes == ("the restricted likelihood has several maxima (tau2 4.756e-05, 0.04045); the highest is taken",)


@pytest.mark.parametrize(
    ("contrasts", "message"),
    [
        ((), "there is no contrast to pool"),
        ((Contrast("S", "A", "B", "HR", 1, 1), Contrast("T", "B", "A", "HR", 1, 1)), "study T: its treatment is B, that of S A: flip it"),
        ((Contrast("S", "A", "B", "HR", 1, 1), Contrast("T", "A", "B", "OR", 1, 1)), "study T: its measure is OR, that of S HR"),
        ((Contrast("S", "A", "B", "HR", 0.1, 0.2), Contrast("S", "B", "A", "HR", 0.1, 0.2)), "study S: A and B are compared twice"),
        ((Contrast("S", "A", "A", "HR", 0.1, 0.2),), "study S: A is compared with itself"),
        ((Contrast("S", "A", "B", "HR", 0.1, 0.0),), "study S: effect 0.1, standard error 0.0"),
        ((Contrast("S", "A", "B", "HR", float("nan"), 0.2),), "study S: effect nan"),
    ],
)
def test_what_cannot_be_pooled_is_refused(contrasts: tuple[Contrast, ...], message: str) -> None:
    with pytest.raises(MabgraphError) as caught:
        pool(contrasts)
    assert message in str(caught.value)


R_PAIRWISE = """
fine <- list(threshold = 1e-13, maxiter = 10000, tol = 1e-12)
for (m in c("DL", "PM", "REML")) {
  r <- rma(yi, sei = sei, data = x, method = m, control = fine)
  k <- rma(yi, sei = sei, data = x, method = m, control = fine, test = "knha")
  i <- confint(r, control = list(tol = 1e-12))$random
  cat(c(r$b, r$se, r$tau2, r$QE, k$se, k$ci.lb, i[1, 2], i[1, 3]), "\\n", sep = " ", fill = 10000)
}
r <- rma(yi, sei = sei, data = x, method = "FE")
cat(c(r$b, r$se, r$ci.ub), "\\n", fill = 10000)
"""


@pytest.mark.engines
@pytest.mark.parametrize("seed", range(4))
def test_r_with_metafor_agrees(seed: int, tmp_path: Path) -> None:
    random = np.random.default_rng(seed)
    errors = random.uniform(0.05, 0.6, 9)
    contrasts = rows(*zip(random.normal(-0.3, 0.3 * seed / 2, 9) + random.normal(0, errors), errors, strict=True))
    if seed == 3:
        contrasts = bcg()
    lines = ["yi,sei", *(f"{float(row.effect)!r},{float(row.error)!r}" for row in contrasts)]
    *random_effects, common = metafor.printed(R_PAIRWISE, lines, tmp_path)
    for name, theirs in zip(("DL", "PM", "REML"), random_effects, strict=True):
        pooled = pool(contrasts, estimator=Estimator(name))
        hartung = pool(contrasts, estimator=Estimator(name), hartung_knapp=True).estimate
        ours = [
            pooled.estimate.effect,
            pooled.estimate.error,
            pooled.heterogeneity.tau2,
            pooled.heterogeneity.q,
            hartung.error,
            hartung.lower,
        ]
        assert ours == approx(theirs[:6], abs=1e-6), name
        if pooled.heterogeneity.tau2_upper is not None:
            assert [pooled.heterogeneity.tau2_lower, pooled.heterogeneity.tau2_upper] == approx(theirs[6:], abs=1e-5, rel=1e-5), name
    plain = pool(contrasts, COMMON).estimate
    assert [plain.effect, plain.error, plain.upper] == approx(common, abs=1e-6)
