"""Published reviews: each pooled twice, by ours and by generalised least squares as a textbook has it, and as it was printed.

The numbers are those that the reviews printed, keyed again from the tables of R's metadat (dat.senn2013, dat.hasselblad1998,
dat.dong2013, dat.gurusamy2011, dat.woods2010, dat.baker2009, dat.dogliotti2014, dat.linde2016, dat.franchini2012; pairs:
dat.hackshaw1998, dat.nielweise2007, dat.nielweise2008, dat.hart1999, dat.li2007, dat.hine1989, dat.damico2009, dat.normand1999,
dat.collins1985a, deaths; BCG is in test_pairwise.py); studies are numbered in their order there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from mabgraph.graph import studies
from mabgraph.graph.contrasts import Contrast
from mabgraph.graph.heterogeneity import Estimator
from mabgraph.graph.synthesis import Plan, Synthesis, synthesise

FOLDER = Path(__file__).parent / "data" / "published"
#: As ``pytest.approx``; in a tuple it may stand for a number.
approx: Any = pytest.approx
#: File, measure, reference, treatments, studies that say something, and those that say nothing (no event, or every patient).
NETWORKS = (
    ("senn2013", "MD", "placebo", 10, 26, 0),
    ("smoking", "OR", "no contact", 4, 24, 0),
    ("dong2013", "OR", "Placebo", 6, 38, 3),
    ("gurusamy2011", "OR", "Control", 6, 11, 3),
    ("woods2010", "OR", "Placebo", 4, 3, 0),
    ("baker2009", "OR", "Placebo", 8, 38, 1),
    ("dogliotti2014", "OR", "VKAs", 8, 19, 1),
    ("linde2016", "OR", "Placebo", 22, 93, 0),
    ("franchini2012", "MD", "Placebo", 5, 7, 0),
)


def pooled(name: str, measure: str, model: str, reference: str) -> Synthesis:
    """Return the synthesis of a published network."""
    read = studies.read(FOLDER / f"{name}.csv", measure)
    return synthesise(read.contrasts, Plan(measure, model, Estimator.dersimonian_laird, reference=reference), read.refused, read.notes)


class LeastSquares:
    """A network by generalised least squares: in each study the effects versus one arm, with their covariance.

    tau2 is that of moments: where the expected Q of the common-effect model is the one seen (Jackson, White and Riley 2012); between
    two effects versus the same arm the variance between studies counts half.
    """

    def __init__(self, contrasts: Sequence[Contrast], reference: str) -> None:
        names = {name for row in contrasts for name in (row.treatment, row.comparator)}
        self.treatments = [*sorted(names - {reference}), reference]
        self.effects: list[float] = []
        rows: list[list[float]] = []
        blocks = []
        for _, members in groupby(sorted(contrasts, key=lambda row: row.study), key=lambda row: row.study):
            pairs = {(row.treatment, row.comparator): (row.effect, row.error**2) for row in members}
            pairs |= {(second, first): (-effect, variance) for (first, second), (effect, variance) in pairs.items()}
            base, *others = sorted({name for pair in pairs for name in pair}, reverse=True)
            for other in others:
                self.effects.append(pairs[other, base][0])
                rows.append([float(name == other) - float(name == base) for name in self.treatments])
            variances = [pairs[other, base][1] for other in others]
            shared = [[(one + two - (pairs[a, b][1] if a != b else 0)) / 2 for b, two in zip(others, variances, strict=True)] for a, one in zip(others, variances, strict=True)]  # fmt: skip
            blocks.append(np.array(shared))
        size = len(self.effects)
        self.design = np.array(rows)[:, :-1]
        self.within, self.between = np.zeros((size, size)), np.zeros((size, size))
        start = 0
        for block in blocks:
            place = slice(start, start := start + len(block))
            self.within[place, place] = block
            self.between[place, place] = (np.eye(len(block)) + 1) / 2

    def fit(self, tau2: float) -> tuple[dict[str, tuple[float, float]], float]:
        """Return effect and standard error of each treatment versus the reference, and Q."""
        weights = np.linalg.inv(self.within + tau2 * self.between)
        covariance = np.linalg.inv(self.design.T @ weights @ self.design)
        values = covariance @ self.design.T @ weights @ self.effects
        off = self.effects - self.design @ values
        errors = np.sqrt(np.diag(covariance))
        return {name: (float(value), float(error)) for name, value, error in zip(self.treatments, values, errors, strict=False)}, float(
            off @ weights @ off
        )

    def moments(self) -> float:
        """Return tau2."""
        weights = np.linalg.inv(self.within)
        hat = self.design @ np.linalg.inv(self.design.T @ weights @ self.design) @ self.design.T @ weights
        left = weights @ (np.eye(len(self.effects)) - hat)
        freedom = len(self.effects) - self.design.shape[1]
        return float(max(0.0, (self.fit(0.0)[1] - freedom) / np.trace(left @ self.between)))


@pytest.mark.parametrize("model", ["common", "random"])
@pytest.mark.parametrize(("name", "measure", "reference", "treatments", "informative", "idle"), NETWORKS)
def test_two_ways_give_the_same(
    name: str, measure: str, reference: str, treatments: int, informative: int, idle: int, model: str
) -> None:  # fmt: skip
    pooling = pooled(name, measure, model, reference)
    assert (len(pooling.treatments), pooling.studies, len(pooling.refused)) == (treatments, informative, idle)
    other = LeastSquares(pooling.contrasts, reference)
    tau2 = other.moments()
    expected, _ = other.fit(tau2 if model == "random" else 0.0)
    assert pooling.heterogeneity.tau2 == approx(tau2, rel=1e-6, abs=1e-9)
    assert pooling.heterogeneity.q == approx(other.fit(0.0)[1], rel=1e-6)
    assert {one.treatment: (one.effect, one.error) for one in pooling.estimates} == {
        name: (approx(effect, rel=1e-5, abs=1e-6), approx(error, rel=1e-5)) for name, (effect, error) in expected.items()
    }


#: File, measure, studies that say something, and those that say nothing.
PAIRS = (
    ("hackshaw1998", "OR", 37, 0), ("nielweise2007", "OR", 17, 1), ("nielweise2008", "IRR", 9, 0), ("hart1999", "IRR", 6, 0),
    ("li2007", "OR", 22, 0), ("hine1989", "RD", 6, 0), ("damico2009", "OR", 16, 0), ("normand1999", "MD", 9, 0), ("collins1985", "OR", 22, 2),
)  # fmt: skip


@pytest.mark.parametrize(("name", "measure", "informative", "idle"), PAIRS)
def test_pairs_are_those_of_statsmodels(name: str, measure: str, informative: int, idle: int) -> None:
    read = studies.read(FOLDER / f"{name}.csv", measure)
    assert (len(read.contrasts), len(read.refused)) == (informative, idle)
    effects, variances = np.array([(row.effect, row.error**2) for row in read.contrasts]).T
    with np.errstate(invalid="ignore"):
        theirs = combine_effects(effects, variances, method_re="dl")
    common, random = (synthesise(read.contrasts, Plan(measure, model)).estimates[0] for model in ("common", "random"))
    assert (common.effect, common.error) == (approx(theirs.mean_effect_fe), approx(theirs.sd_eff_w_fe))
    if theirs.tau2 > 0:
        assert (random.effect, random.error) == (approx(theirs.mean_effect_re), approx(theirs.sd_eff_w_re))
    else:  # it keeps the variance below zero that the moments give; ours is none then
        assert (random.effect, random.error) == (common.effect, common.error)


def test_hackshaw_and_others_print_what_comes_out() -> None:
    """Excess risk of a smoking spouse: 1.24 (1.13 to 1.36), BMJ 1997;315:980-8; seen as PMC3170525, Table 1, repeats it."""
    [estimate] = synthesise(studies.read(FOLDER / "hackshaw1998.csv", "OR").contrasts, Plan("OR")).estimates
    assert (
        " ".join(f"{number or 0:.2f}" for number in estimate.back_transform(estimate.effect, estimate.lower, estimate.upper))
        == "1.24 1.13 1.36"
    )
