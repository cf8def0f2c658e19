"""Network meta-analysis: published results to the last printed digit, R where it is there, and sums that must hold in any network."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from math import exp, isclose, sqrt
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from mabgraph.graph.synthesis import studies
from mabgraph.graph.synthesis.contrasts import Arm, Contrast, flip, from_arms, from_interval
from mabgraph.graph.synthesis.estimates import Estimate
from mabgraph.graph.synthesis.heterogeneity import Estimator
from mabgraph.graph.synthesis.laplacian import build_network
from mabgraph.graph.synthesis.league import Better
from mabgraph.graph.synthesis.splits import bucher
from mabgraph.graph.synthesis.synthesis import Plan, Synthesis, synthesise
from mabgraph.ingest.errors import MabgraphError

from . import metafor

#: As ``pytest.approx``; in a tuple it may stand for a number.
approx: Any = pytest.approx
SHARED = Path(__file__).parents[2] / "shared" / "synthesis"
#: Nine invented studies of four treatments: study, treatment, mean, standard deviation, patients; one study with three arms, one with four.
ARMS = (
    ("s1", "A", 1.0, 2.0, 40), ("s1", "B", 1.6, 2.1, 42), ("s2", "A", 0.8, 1.9, 60), ("s2", "B", 2.1, 2.3, 55),
    ("s3", "A", 1.2, 2.2, 30), ("s3", "C", 2.9, 2.4, 31), ("s4", "B", 1.9, 2.0, 80), ("s4", "C", 2.2, 2.0, 82),
    ("s5", "A", 0.5, 1.5, 25), ("s5", "B", 1.9, 2.5, 27), ("s5", "C", 1.4, 1.8, 26),
    ("s6", "C", 2.5, 2.0, 50), ("s6", "D", 2.0, 2.2, 48), ("s7", "A", 1.1, 2.0, 70), ("s7", "D", 3.3, 2.6, 65),
    ("s8", "A", 0.9, 2.0, 33), ("s8", "B", 1.5, 2.0, 34), ("s8", "C", 2.6, 2.2, 35), ("s8", "D", 2.4, 2.1, 36),
    ("s9", "A", 1.3, 1.7, 45), ("s9", "B", 1.2, 1.8, 47),
)  # fmt: skip


def invented() -> tuple[Contrast, ...]:
    """Return all contrasts of the invented studies."""
    names = dict.fromkeys(row[0] for row in ARMS)
    arms = {name: [Arm(name, row[1], total=row[4], mean=row[2], deviation=row[3]) for row in ARMS if row[0] == name] for name in names}
    return tuple(contrast for name in names for contrast in from_arms(arms[name], "MD"))


def published(name: str, measure: str, **plan: object) -> Synthesis:
    """Return the synthesis of a file of ``../shared``, read as users have it read."""
    if not (SHARED / name).exists():
        pytest.skip("the published data sets are not beside the project (../shared/synthesis)")
    read = studies.read(SHARED / name, measure)
    return synthesise(read.contrasts, Plan(measure, **plan), read.refused, read.notes)  # type: ignore[arg-type]


def test_stowe_2010_is_reproduced_to_the_last_printed_digit() -> None:
    result = published("stowe2010.csv", "MD", reference="Placebo")
    assert [f"{one.treatment} {one.effect:.2f} [{one.lower:.2f}; {one.upper:.2f}] z {one.statistic:.2f}" for one in result.estimates] == [
        "COMTI -0.95 [-1.27; -0.63] z -5.79",
        "Dopamine Agonist -1.49 [-1.86; -1.12] z -7.88",
        "MAOBI -1.03 [-1.56; -0.50] z -3.81",
    ]
    assert (f"{result.heterogeneity.tau2:.4f}", f"{result.heterogeneity.i2:.1f}") == ("0.1518", "43.9")
    assert result.designs is not None
    parts = (result.designs.total, result.designs.within, result.designs.between)
    assert [f"{part.q:.2f}/{part.df}" for part in parts] == ["48.15/27", "46.91/25", "1.24/2"]
    assert result.studies == 29


def test_myeloma_maintenance_is_reproduced_to_the_last_printed_digit() -> None:
    result = published("myeloma_maintenance_loghr.csv", "HR", reference="Placebo", model="common")
    assert [f"{one.treatment} {one.effect:.3f} ({one.error:.3f})" for one in result.estimates] == [
        "Lenalidomide -0.523 (0.046)",
        "Thalidomide -0.100 (0.087)",
    ]
    indirect = bucher(result.estimates[1], result.estimates[0])
    assert f"{indirect.effect:.3f} ({indirect.error:.3f})" == "0.423 (0.098)"
    split = next(one for one in result.splits if one.network.comparator == "Thalidomide" and one.network.treatment == "Lenalidomide")
    assert split.direct is None
    assert split.indirect is not None
    assert (split.indirect.reverse().effect, split.indirect.error) == (approx(indirect.effect), approx(indirect.error))


def _as_regression(tau2: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Return effects of B, C, D versus A, their covariance, and Q, by generalised least squares on the arms with a constant per study."""
    names = sorted({row[0] for row in ARMS})
    design = np.array([[row[0] == name for name in names] + [row[1] == name for name in "BCD"] for row in ARMS], dtype=float)
    y = np.array([row[2] for row in ARMS])
    weights = np.diag([1 / (row[3] ** 2 / row[4] + tau2 / 2) for row in ARMS])
    covariance = np.linalg.inv(design.T @ weights @ design)
    effects = covariance @ design.T @ weights @ y
    return effects[-3:], covariance[-3:, -3:], float((y - design @ effects) @ weights @ (y - design @ effects))


@pytest.mark.parametrize("tau2", [0.0, 0.1, 2.0])
def test_reduced_weights_are_generalised_least_squares(tau2: float) -> None:
    effects, covariance, q = _as_regression(tau2)
    fit = build_network(invented()).fit(tau2)
    for place in range(3):
        effect, variance = fit.contrast(place + 1, 0)
        assert (effect, variance) == (approx(effects[place]), approx(covariance[place, place]))
    assert fit.q == approx(q)


def test_the_moments_are_where_the_expected_q_is_the_one_seen() -> None:
    network = build_network(invented())
    fit = network.fit()
    steps = 1e-6
    heterogeneity = synthesise(invented(), Plan("MD")).heterogeneity
    assert heterogeneity.tau2 == approx((heterogeneity.q - heterogeneity.df) / (fit.trace / 2))
    slope = (network.fit(steps).q - fit.q) / steps
    assert slope == approx(-fit.quadratic / 2, rel=1e-4)
    likelihood = (network.fit(steps).likelihood - fit.likelihood) / steps
    assert likelihood == approx((fit.quadratic - fit.trace) / 4, rel=1e-3), "the slope of the restricted likelihood"


R_NETWORK = """
x$id <- seq_len(nrow(x))
f <- rma.mv(mean, sd^2 / n, mods = ~ study + treat, data = x)
r <- rma.mv(mean, sd^2 / n, mods = ~ study + treat, random = ~ 1 | id, data = x, control = list(rel.tol = 1e-10))
last <- function(v) tail(as.vector(v), 3)
cat(last(f$b), last(f$se), f$QE, "\\n", fill = 10000); cat(last(r$b), last(r$se), 2 * r$sigma2, "\\n", fill = 10000)
"""


@pytest.mark.engines
def test_r_with_metafor_agrees_on_a_network(tmp_path: Path) -> None:
    lines = ["study,treat,mean,sd,n", *(",".join(map(str, row)) for row in ARMS)]
    common, random = metafor.printed(R_NETWORK, lines, tmp_path)
    for theirs, model in ((common, "common"), (random, "random")):
        result = synthesise(invented(), Plan("MD", model, Estimator.restricted_likelihood, reference="A"))
        last = result.heterogeneity.q if model == "common" else result.heterogeneity.tau2
        ours = [*(one.effect for one in result.estimates), *(one.error for one in result.estimates), last]
        assert ours == approx(theirs, abs=1e-6)


@pytest.mark.parametrize("estimator", list(Estimator))
def test_two_treatments_as_a_network_are_the_pair(estimator: Estimator) -> None:
    pair = tuple(row for row in invented() if {row.treatment, row.comparator} == {"A", "B"})
    pooled = synthesise(pair, Plan("MD", estimator=estimator))
    effect, variance = build_network(pair).fit(pooled.heterogeneity.tau2 or 0).contrast(0, 1)
    assert (pooled.estimates[0].effect, pooled.estimates[0].error) == (approx(effect), approx(sqrt(variance)))


def test_directions_of_rows_do_not_matter_and_are_told_where_they_change() -> None:
    turned = tuple(flip(row) if place % 2 else row for place, row in enumerate(invented()))
    one, other = (synthesise(contrasts, Plan("MD", reference="A")) for contrasts in (invented(), turned))
    assert [each.effect for each in one.estimates] == approx([each.effect for each in other.estimates])
    pair = tuple(row for row in turned if {row.treatment, row.comparator} == {"A", "B"})
    result = synthesise(pair, Plan("MD", reference="B"))
    assert {row.comparator for row in result.contrasts} == {"B"}
    assert any(row.audit.endswith("direction changed to A versus B") for row in result.contrasts)


def test_estimates_are_consistent_and_parts_of_q_add_up() -> None:
    result = synthesise(invented(), Plan("MD"))
    known = {(one.treatment, one.comparator): one.effect for one in result.estimates}
    for first, second, third in combinations("ABCD", 3):
        assert known[first, second] + known[second, third] == approx(known[first, third])
    assert result.designs is not None
    assert result.designs.within.q + result.designs.between.q == approx(result.designs.total.q)
    assert result.designs.total.df == sum((3, 2, 1, 1, 1, 1, 1, 1, 1)) - 3
    assert [design.studies for design in result.designs.designs if design.treatments == ("A", "B")] == [3]


def test_direct_and_indirect_evidence_make_the_network_estimate() -> None:
    for model in ("common", "random"):
        for one in synthesise(invented(), Plan("MD", model)).splits:
            assert one.direct is not None
            assert one.indirect is not None
            assert one.difference is not None
            weights = [1 / one.direct.error**2, 1 / one.indirect.error**2]
            mean = (weights[0] * one.direct.effect + weights[1] * one.indirect.effect) / sum(weights)
            assert mean == approx(one.network.effect)
            assert 1 / sum(weights) == approx(one.network.error**2)
            assert one.proportion == approx(weights[0] / sum(weights))
            assert one.difference.effect == approx(one.direct.effect - one.indirect.effect)


def test_a_loop_of_trials_with_two_arms_is_split_as_bucher_did() -> None:
    rows = tuple(Contrast(f"S{pair}", pair[0], pair[1], "HR", effect, 0.2) for pair, effect in (("AB", 0.5), ("AC", 0.2), ("BC", 0.1)))
    result = synthesise(rows, Plan("HR", "common"))
    (loop,) = result.loops
    assert (loop.indirect.effect, loop.indirect.error) == (approx(0.1), approx(sqrt(0.08)))
    assert loop.difference.effect == approx(0.4)
    split = result.splits[0]
    assert split.difference is not None
    assert (split.difference.effect, split.difference.error) == (approx(0.4), approx(loop.difference.error))
    assert result.designs is not None
    assert result.designs.between.q == approx(loop.difference.statistic**2), "one loop: the test between designs is the same"
    with pytest.raises(MabgraphError, match="the level is 95"):
        bucher(Estimate("A", "C", "HR", 0.1, 0.1), Estimate("B", "C", "HR", 0.1, 0.1, 90.0))
    with pytest.raises(MabgraphError, match="the comparator is C in one and A in the other"):
        bucher(Estimate("A", "C", "HR", 0.1, 0.1), Estimate("B", "A", "HR", 0.1, 0.1))


def test_the_league_table_is_as_its_orientation_says() -> None:
    result = synthesise(invented(), Plan("MD", league=True))
    assert result.league is not None
    assert "the treatment of the column versus that of the row" in result.league.orientation
    known = {(one.network.treatment, one.network.comparator): one for one in result.splits}
    for row, column in combinations(range(4), 2):
        lower, upper = result.league.cells[column][row], result.league.cells[row][column]
        names = result.league.treatments[row], result.league.treatments[column]
        assert lower is not None
        assert upper is not None
        assert (lower.treatment, lower.comparator) == names == (upper.treatment, upper.comparator)
        assert (lower, upper) == (known[names].network, known[names].direct)
    assert all(result.league.cells[place][place] is None for place in range(4))


def test_p_scores_only_on_request_and_both_ways() -> None:
    assert synthesise(invented(), Plan("MD")).scores is None
    low, high = (synthesise(invented(), Plan("MD", p_scores=better)).scores for better in (Better.smaller, Better.larger))
    assert low is not None
    assert high is not None
    assert next(iter(low)) == "A"
    assert sum(low.values()) == approx(2)
    assert {name: approx(1 - score) for name, score in high.items()} == low


def test_the_prediction_interval_of_a_network_is_of_t_with_one_less_than_q() -> None:
    result = synthesise(invented(), Plan("MD", reference="A"))
    first = result.estimates[0]
    assert first.prediction is not None
    reach = 2.306004 * sqrt((result.heterogeneity.tau2 or 0) + first.error**2)
    assert result.heterogeneity.df == 9
    assert first.prediction == (approx(first.effect - reach, abs=1e-5), approx(first.effect + reach, abs=1e-5))
    assert first.reverse().prediction == (-first.prediction[1], -first.prediction[0])


def test_the_result_is_plain_values_with_every_audit() -> None:
    result = json.loads(json.dumps(synthesise(invented(), Plan("MD", league=True, p_scores=Better.larger)).as_json(), allow_nan=False))
    assert {row["audit"] for row in result["contrasts"]} == {"from means and standard deviations"}
    assert result["league"]["orientation"].startswith("lower triangle")
    assert result["plan"]["p_scores"] == "higher-is-better"
    assert isclose(result["heterogeneity"]["tau"] ** 2, result["heterogeneity"]["tau2"])


def rows(*estimates: tuple[str, str, str, float, float]) -> tuple[Contrast, ...]:
    """Return hazard ratios: study, treatment, comparator, effect, error."""
    return tuple(Contrast(*one[:3], "HR", *one[3:]) for one in estimates)


def hazards(*printed: tuple[str, str, str, str, str]) -> tuple[Contrast, ...]:
    """Return one trial of several arms: treatment, comparator, and the hazard ratio with its bounds as they are printed."""
    return tuple(from_interval("S", *one[:2], "HR", Decimal(one[2]), Decimal(one[3]), Decimal(one[4]), Decimal(95)) for one in printed)


PRINTED = hazards(("A", "P", "0.72", "0.55", "0.94"), ("B", "P", "0.85", "0.66", "1.09"), ("A", "B", "0.85", "0.65", "1.11"))


def test_a_trial_of_three_arms_may_add_up_within_the_rounding_of_what_is_printed() -> None:
    pooled = synthesise(PRINTED, Plan("HR", reference="P"))
    [note] = [note for note in pooled.notes if "add up within rounding" in note]
    assert note.startswith("study S: its contrasts add up within rounding (off by up to 0.0012)")
    wrong = hazards(("A", "P", "0.72", "0.55", "0.94"), ("B", "P", "0.85", "0.66", "1.09"), ("A", "B", "0.95", "0.73", "1.24"))
    with pytest.raises(MabgraphError, match="study S: its contrasts do not add up"):
        synthesise(wrong, Plan("HR"))


@pytest.mark.parametrize("digits", [1, 2, 3])
def test_consistent_trials_are_taken_however_they_are_rounded(digits: int) -> None:
    chance = Random(digits)
    for _ in range(60):
        logs = [chance.gauss(0, 0.5) for _ in range(4)]
        errors = [chance.uniform(0.1, 0.3) for _ in range(4)]
        rows = []
        for first, second in combinations(range(4), 2):
            effect, reach = logs[first] - logs[second], 1.96 * sqrt(errors[first] ** 2 + errors[second] ** 2)
            numbers = [f"{exp(number):.{digits}f}" for number in (effect, effect - reach, effect + reach)]
            rows.append(("ABCD"[first], "ABCD"[second], *numbers))
        synthesise(hazards(*rows), Plan("HR"))  # type: ignore[arg-type]


def test_the_tolerance_is_relative_where_no_rounding_is_known() -> None:
    for unit in (1e-6, 1.0, 1e6):
        off = rows(("s", "A", "B", 1 * unit, unit), ("s", "A", "C", 2 * unit, unit), ("s", "B", "C", 1.03 * unit, unit))
        assert "add up within rounding" in build_network(off).notes[0]
        far = rows(("s", "A", "B", 1 * unit, unit), ("s", "A", "C", 2 * unit, unit), ("s", "B", "C", 1.2 * unit, unit))
        with pytest.raises(MabgraphError, match="do not add up"):
            build_network(far)


def test_an_arm_with_a_variance_below_zero_is_refused_by_name_beyond_rounding() -> None:
    impossible = rows(("Three", "A", "B", 0, 0.20), ("Three", "A", "C", 0, 0.20), ("Three", "B", "C", 0, 0.39))
    with pytest.raises(MabgraphError, match=r"study Three, arm A: .* 0\.39 \(B and C\): A would have a variance of -0\.036"):
        build_network(impossible)
    rounded = [replace(row, errors=(row.error - 0.005, row.error + 0.005)) for row in impossible]
    near = [replace(row, error=0.285, errors=(0.28, 0.29)) if row.error == 0.39 else row for row in rounded]
    assert build_network(near).freedom == 0, "an arm of 0.20 and 0.20 beside 0.285 is a rounding away"
    exact = rows(("T", "A", "B", 0, 0.20), ("T", "A", "C", 0, 0.20), ("T", "B", "C", 0, 0.285))
    with pytest.raises(MabgraphError, match="study T, arm A"):
        build_network(exact)


@pytest.mark.parametrize(
    ("contrasts", "plan", "message"),
    [
        (rows(("s", "A", "B", 1, 1), ("t", "C", "D", 1, 1)), {}, "the network is in 2 parts that no study connects (1: A, B; 2: C, D)"),
        (rows(("s", "A", "B", 1, 1), ("s", "A", "C", 1, 1)), {}, "study s has 3 arms and 2 of 3 contrasts: add B and C"),
        (rows(("s", "A", "B", 1, 1), ("s", "A", "C", 1, 1), ("s", "B", "C", 1, 1)), {}, "study s: its contrasts do not add up (by 0.333)"),
        (
            rows(("s", "A", "B", 1, 1), ("s", "A", "C", 1, 1), ("s", "B", "C", 0, 9)),
            {},
            "study s, arm A: no arms can have the standard errors",
        ),
        (rows(("s", "A", "B", 1, 1), ("t", "B", "C", 1, 1)), {"reference": "X"}, "no study has the reference 'X': name one of A, B, C"),
        (rows(("s", "A", "B", 1, 1), ("t", "B", "C", 1, 1)), {"hartung_knapp": True}, "this is a network"),
        (rows(("s", "A", "B", 1, 1)), {"hartung_knapp": True, "model": "common"}, "Hartung-Knapp needs random effects"),
        (rows(("s", "A", "B", 1, 1)), {"league": True}, "league tables and P-scores are of networks"),
        (rows(("s", "A", "B", 1, 1)), {"level": 100.0}, "level 100.0: give a level in percent from 50 to 99.9999"),
        (rows(("s", "A", "B", 1, 1)), {"measure": "RR"}, "study s: its measure is HR, RR is pooled: neither is converted into the other"),
        (rows(("s", "A", "B", 1, 1)), {"model": "fixed"}, "'fixed' is no model: give random or common"),
        ((), {}, "there is no contrast to pool"),
    ],
)
def test_what_cannot_be_pooled_is_refused_with_its_remedy(contrasts: tuple[Contrast, ...], plan: dict[str, object], message: str) -> None:
    with pytest.raises(MabgraphError) as caught:
        synthesise(contrasts, Plan(**{"measure": "HR"} | plan))  # type: ignore[arg-type]
    assert message in str(caught.value)
