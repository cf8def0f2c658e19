"""Comparisons: the class of each estimate, why a set is not one question, and what the guard refuses, as a methodologist would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from math import exp
from pathlib import Path

import pytest

from mabgraph.graph.compare import comparability, compare, evidence, pooling, reasons
from mabgraph.graph.compare.comparability import Comparability
from mabgraph.graph.compare.pooling import Action, PoolingOutcome, Refusal
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import Row
from mabgraph.graph.synthesis import codes
from mabgraph.graph.synthesis.codes import CODES
from mabgraph.ingest.errors import QuestionError, UnknownName

from . import trials

PROGRESSION = {"endpoint": ["progression-free survival"], "measure": ["hazard-ratio"]}
RESPONSE = {"endpoint": ["overall response"]}
RANDOMISED, ADJUSTED, CRUDE, SINGLE, ACROSS = Comparability
POOL, INDIRECT, RANK = Action


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Return a dataset of invented trials, some of which can be pooled."""
    return trials.opened(tmp_path_factory.mktemp("trials"))


@dataclass(frozen=True)
class Case:
    """What is asked and what a methodologist answers: the class of the set, and why it is refused (none: it is not)."""

    name: str
    asked: Mapping[str, list[str]]
    action: Action
    comparability: Comparability
    refused: tuple[str, ...] = ()
    acknowledged: tuple[str, ...] = ()
    effect: str | None = None
    real: bool = False
    better: str | None = None


def of(*names: str) -> dict[str, list[str]]:
    return {"trial": list(names)} | PROGRESSION


def responses(*names: str) -> dict[str, list[str]]:
    return {"trial": list(names)} | RESPONSE


PLASMA = {"endpoint": ["death within 30 days"], "measure": ["hazard-ratio"]}
TOWER = {"trial": ["TOWER"], "endpoint": ["overall survival"], "measure": ["hazard-ratio"]}
REMISSION = {"endpoint": ["remission"], "drug": ["blinatumomab", "inotuzumab ozogamicin"]}
CASES = [
    Case("two trials of one question", of("ALPHA", "BETA"), POOL, RANDOMISED),
    Case("intervals of two levels, each read at its own", of("ALPHA", "LAMBDA"), POOL, RANDOMISED),
    Case("two stages of disease", of("ALPHA", "BETA", "GAMMA"), POOL, RANDOMISED, ("different-populations",)),
    Case("two stages of disease, weighed", of("ALPHA", "BETA", "GAMMA"), POOL, RANDOMISED, (), ("different-populations",)),
    Case("a single trial", of("ALPHA"), POOL, RANDOMISED, ("one-estimate",)),
    Case("no trial at all", {"trial": ["THETA"], "measure": ["hazard-ratio"]}, POOL, RANDOMISED, ("one-estimate",)),
    Case(
        "three pairs of treatments as if they were one", of("ALPHA", "DELTA", "EPSILON"), POOL, RANDOMISED,
        ("different-treatments", "different-comparators"),
    ),
    Case("a loop of three treatments", of("ALPHA", "DELTA", "EPSILON"), INDIRECT, RANDOMISED),
    Case("two treatments by their common comparator", of("ALPHA", "DELTA"), INDIRECT, RANDOMISED),
    Case("an indirect comparison over two stages", of("GAMMA", "DELTA"), INDIRECT, RANDOMISED, ("different-populations",)),
    Case("treatments that nothing joins", of("ALPHA", "DELTA", "ZETA"), INDIRECT, RANDOMISED, ("disconnected",)),
    Case("the same, acknowledged in vain", of("ALPHA", "DELTA", "ZETA"), INDIRECT, RANDOMISED, ("disconnected",), ("disconnected",)),
    Case("a ranking of a connected network", of("ALPHA", "DELTA", "EPSILON"), RANK, RANDOMISED, better="lower-is-better"),
    Case("a ranking of a network in two parts", of("ALPHA", "ZETA"), RANK, RANDOMISED, ("disconnected",), better="lower-is-better"),
    Case(
        "crude and adjusted of one cohort", of("ETA"), POOL, CRUDE, ("different-adjustment", "not-randomised", "overlapping-patients"),
    ),
    Case(
        "a trial and a cohort", of("ALPHA", "ETA"), POOL, CRUDE,
        ("different-adjustment", "different-designs", "not-randomised", "overlapping-patients"),
    ),
    Case(
        "a pooled analysis and a trial in it", of("ALPHA", "IOTA"), POOL, CRUDE, ("different-designs", "not-randomised", "overlapping-patients"),
    ),
    Case("a ratio without an interval", of("ALPHA", "BETA", "KAPPA"), POOL, RANDOMISED, ("no-standard-error",)),
    Case(
        "the same, acknowledged in vain", of("ALPHA", "BETA", "KAPPA"), POOL, RANDOMISED, ("no-standard-error",), ("no-standard-error",),
    ),
    Case("two estimands of one trial", of("OMICRON"), POOL, RANDOMISED, ("different-censoring", "overlapping-patients")),
    Case(
        "two estimands, one weighed and one not", of("OMICRON"), POOL, RANDOMISED, ("overlapping-patients",), ("different-censoring",),
    ),
    Case("two end points", {"trial": ["ALPHA", "SIGMA"], "measure": ["hazard-ratio"]}, POOL, RANDOMISED, ("different-endpoints",)),
    Case("assigned and treated patients", of("ALPHA", "TAU"), POOL, RANDOMISED, ("different-analysis-populations",)),
    Case("a hazard ratio and an odds ratio", {"trial": ["SIGMA", "UPSILON"]}, POOL, RANDOMISED, ("different-measures",)),
    Case("risk ratios of counts", responses("ALPHA", "BETA"), POOL, ACROSS, effect="RR"),
    Case("odds ratios of counts at two times", responses("ALPHA", "PHI"), POOL, ACROSS, ("different-time-points",), effect="OR"),
    Case("results of single groups", responses("ALPHA", "BETA"), POOL, ACROSS, ("single-arm-results",)),
    Case(
        "counts with a group that nothing is compared with", responses("ALPHA", "BETA", "THETA"), POOL, ACROSS,
        ("different-designs", "not-randomised", "no-standard-error"), effect="RR",
    ),
    Case("survival of TOWER, both estimands", TOWER, POOL, RANDOMISED, ("different-censoring", "overlapping-patients"), real=True),
    Case(
        "thirty-day death of the plasma cohort, crude to matched", PLASMA, POOL, CRUDE,
        (
            "different-subgroups", "different-analysis-populations", "different-adjustment", "not-randomised", "overlapping-patients",
            "unresolved-discrepancy", "inconsistent-numbers",
        ), real=True,
    ),
    Case(
        "overall response across all studies of daratumumab", {"drug": ["daratumumab"]} | RESPONSE, POOL, ACROSS,
        (
            "different-populations", "different-subgroups", "different-endpoints", "different-treatments", "different-analysis-populations",
            "different-designs", "not-randomised", "overlapping-patients", "cited-figures", "authors-caveat", "unresolved-discrepancy",
            "single-arm-results",
        ), real=True,
    ),
    Case(
        "remission under blinatumomab and inotuzumab", REMISSION, INDIRECT, ACROSS,
        (
            "different-subgroups", "different-endpoints", "different-analysis-populations", "different-time-points", "not-randomised",
            "overlapping-patients", "authors-caveat", "unresolved-discrepancy",
        ), real=True,
    ),
]  # fmt: skip


def test_the_table_of_the_guard_is_long_enough() -> None:
    assert len(CASES) >= 25
    assert {code for case in CASES for code in case.refused} >= set(CODES) - codes.ADVISORY


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_guard_answers_as_a_methodologist(case: Case, invented: Catalogue, real: Catalogue) -> None:
    comparison = compare.compare(real if case.real else invented, case.asked)
    answered = pooling.act(comparison, case.action, case.acknowledged, case.effect, case.better)
    if comparison.sets:
        assert comparison.sets[0].comparability == case.comparability
    if case.refused:
        assert isinstance(answered, Refusal)
        assert set(dict.fromkeys(reason.code for reason in answered.reasons)) >= set(case.refused)
        assert {reason.code for reason in answered.reasons} - set(case.refused) <= {"one-estimate"}
        assert set(answered.codes) <= {code for code, (_, can) in CODES.items() if can}
        assert all(reason.text for reason in answered.reasons)
        assert {iri for reason in answered.reasons for iri in reason.rows} <= {row.id for row in comparison.rows}
    else:
        assert isinstance(answered, PoolingOutcome)
        assert {reason.code for reason in answered.acknowledged} == set(case.acknowledged)


def test_every_row_is_shown_with_its_class_whatever_is_refused(invented: Catalogue) -> None:
    comparison = compare.compare(invented, of("ALPHA", "ETA", "IOTA"))
    assert sorted((row.study_label, comparison.classes[row.id]) for row in comparison.rows) == [
        ("ALPHA", RANDOMISED), ("ETA", ADJUSTED), ("ETA", CRUDE), ("IOTA", CRUDE),
    ]  # fmt: skip
    adjusted = of("ALPHA", "ETA") | {"comparability": ["within-study-adjusted-observational"]}
    assert [row.label.partition(" ")[0] for row in compare.compare(invented, adjusted).rows] == ["eta"]


@pytest.mark.parametrize(
    ("roles", "population", "expected"),
    [
        (("intervention-arm", "comparator-arm"), "", RANDOMISED),
        (("subgroup", "subgroup"), "intention-to-treat", RANDOMISED),
        (("intervention-arm", "subgroup"), "intention-to-treat", RANDOMISED),
        (("subgroup", "subgroup"), "", CRUDE),
        (("intervention-arm", "subgroup"), "", CRUDE),
        (("subgroup", "comparator-arm"), "per-protocol-population", CRUDE),
        (("exposed-cohort", "comparator-arm"), "intention-to-treat", CRUDE),
    ],
)
def test_groups_are_randomised_where_each_of_them_is_as_chance_formed_it(
    roles: tuple[str, str], population: str, expected: Comparability
) -> None:
    assert comparability.derive_class("randomised-controlled-trial", evidence.EFFECT, False, roles, population, "", False) is expected
    assert comparability.derive_class("retrospective-cohort-study", evidence.EFFECT, False, roles, population, "", False) is CRUDE


@pytest.mark.slow
def test_the_class_in_the_graph_is_the_class_of_the_comparison(real: Catalogue, invented: Catalogue) -> None:
    for catalogue in (real, invented):
        rows = catalogue.ask("estimates")
        read = evidence.read(catalogue, [str(row["estimate"]) for row in rows])
        assert {row.id: comparability.classify(row).value for row in read} == {str(row["estimate"]): row["comparability"] for row in rows}


def test_the_error_allows_for_the_digits_that_are_printed(invented: Catalogue) -> None:
    [contrast] = pooling.set_contrasts(compare.compare(invented, of("BETA")).sets[0])
    assert "from the printed HR 0.65 (95 % CI 0.50 to 0.84)" in contrast.audit


def test_classes_of_real_estimates(real: Catalogue) -> None:
    rows = compare.compare(real, {"trial": ["TOWER"], "endpoint": ["remission"]}).rows
    classes = {(row.label, comparability.classify(row)) for row in rows}
    responders = {kind for label, kind in classes if "patients in complete remission" in label or "among responders" in label}
    assert responders == {CRUDE}
    assert {kind for label, kind in classes if label.startswith("complete remission")} == {RANDOMISED}
    assert comparability.classify(replace(rows[0], design="studies-cited-together")) == ACROSS


def test_a_safety_result_of_treated_patients_has_its_counterpart(real: Catalogue) -> None:
    rows = compare.compare(real, {"trial": ["TOWER"], "endpoint": ["infusion-related reaction"]}).rows
    assert [(row.side, comparability.classify(row)) for row in rows] == [("intervention", RANDOMISED), ("comparator", RANDOMISED)]
    assert rows[0].counterpart == rows[1].id


def test_what_is_asked_for_and_not_reported_is_told(real: Catalogue) -> None:
    comparison = compare.compare(real, REMISSION)
    assert [(each.kind, each.name) for each in comparison.absent] == [("drug", "inotuzumab ozogamicin")]
    assert any("should not be compared" in caution.text for caution in comparison.cautions)
    assert all(caution.sources for caution in comparison.cautions)


def test_the_pooled_effect_is_that_of_the_printed_intervals(invented: Catalogue) -> None:
    answered = pooling.act(compare.compare(invented, of("ALPHA", "BETA")), POOL)
    assert isinstance(answered, PoolingOutcome)
    [estimate] = answered.synthesis.estimates
    assert (estimate.treatment, estimate.comparator) == ("daratumumab", "dexamethasone")
    assert round(exp(estimate.effect), 2) == 0.63
    rows = {row.id for row in answered.evidence.rows}
    assert {contrast.row for contrast in answered.synthesis.contrasts} == rows
    assert all(contrast.anchor and contrast.document for contrast in answered.synthesis.contrasts)


def test_the_pooled_effect_of_counts_is_of_the_intervention_against_the_comparator(invented: Catalogue) -> None:
    """60 of 100 against 40 of 98 respond."""
    [contrast] = pooling.set_contrasts(compare.compare(invented, responses("ALPHA")).sets[0], "RD")
    assert (contrast.treatment, contrast.comparator) == ("daratumumab", "dexamethasone")
    assert contrast.effect == pytest.approx(60 / 100 - 40 / 98)


@pytest.mark.parametrize(
    ("measure", "unit", "effect", "error"),
    [
        ("risk-difference", "percent", -0.205, 0.0536),
        ("difference-in-proportions", "percentage-points", -0.205, 0.0536),
        ("risk-difference", "", -20.5, 5.357),
        ("mean-difference", "months", -20.5, 5.357),
    ],
)
def test_a_difference_in_percent_is_pooled_as_a_fraction(
    measure: str, unit: str, effect: float, error: float, invented: Catalogue
) -> None:  # fmt: skip
    [compared] = compare.compare(invented, of("ALPHA")).sets
    numbers: Row = {"value": "-20.5", "lower": "-31.0", "upper": "-10.0", "interval_level": "95"}
    row = replace(compared.rows[0], measure=measure, unit=unit, figures=(), row=compared.rows[0].row | numbers)
    [contrast] = pooling.set_contrasts(replace(compared, measure=measure, rows=(row,)))
    assert contrast.effect == pytest.approx(effect)
    assert contrast.error == pytest.approx(error, abs=1e-3)


def test_a_level_of_its_own_gives_another_error(invented: Catalogue) -> None:
    [contrast] = pooling.set_contrasts(compare.compare(invented, of("LAMBDA")).sets[0])
    assert (contrast.level, round(contrast.error, 3)) == (97.5, 0.143)


@pytest.mark.parametrize("asked", [{"size": "60"}, {"trial": "TOWER"}, {"drug": "daratumumab", "size": "80"}, {"measure": "hazard-ratio"}])
def test_overlaps_are_those_of_each_pair(asked: dict[str, str], real: Catalogue) -> None:
    rows = evidence.read(real, [str(row["estimate"]) for row in real.ask("estimates-page", asked)])
    each = [(one, other, why) for one, other in combinations(rows, 2) if (why := reasons._shared_patients(one, other))]
    overlap = reasons.find_overlaps(rows)
    assert overlap is not None
    assert overlap.rows == tuple(dict.fromkeys(row.id for one, other, _ in each for row in (one, other)))
    assert overlap.text == reasons.abbreviate(dict.fromkeys(why for *_, why in each))


@pytest.mark.parametrize(
    "asked", [{"drug": "convalescent plasma", "size": "40"}, {"drug": "daratumumab", "size": "80"}, {"trial": "TOWER"}]
)
def test_warnings_asked_for_by_thing_are_those_of_each_estimate(asked: dict[str, str], real: Catalogue) -> None:
    rows = evidence.read(real, [str(row["estimate"]) for row in real.ask("estimates-page", asked)])
    read = {(row.id, each.id, each.kind, each.text, each.document) for row in rows for each in row.warnings}
    names = ("estimate", "warning", "kind", "text", "document")
    listed = [[str(row[name]) for name in names] for row in real.ask("warnings", {"estimate": [row.id for row in rows]})]
    assert read == {(iri, warning, evidence.local_name(kind), *rest) for iri, warning, kind, *rest in listed} != set()
    assert all([each.id for each in row.warnings] == sorted(each.id for each in row.warnings) for row in rows)


def test_estimates_acknowledged_to_overlap_stand_under_names_of_their_own(invented: Catalogue) -> None:
    codes = ("different-censoring", "overlapping-patients")
    answered = pooling.act(compare.compare(invented, of("OMICRON")), POOL, codes)
    assert isinstance(answered, PoolingOutcome)
    assert len({contrast.study for contrast in answered.synthesis.contrasts}) == 2


def test_the_other_direction_is_turned_and_said(tmp_path: Path) -> None:
    other = (trials.TRIALS[0], replace(trials.TRIALS[1], drugs=("dexamethasone", "daratumumab"), responders=()))
    answered = pooling.act(compare.compare(trials.opened(tmp_path, other), PROGRESSION), POOL)
    assert isinstance(answered, PoolingOutcome)
    assert sum("direction changed" in contrast.audit for contrast in answered.synthesis.contrasts) == 1


def test_scores_come_only_when_they_are_asked_for(invented: Catalogue) -> None:
    comparison = compare.compare(invented, of("ALPHA", "DELTA", "EPSILON"))
    plain, ranked = pooling.act(comparison, INDIRECT), pooling.act(comparison, RANK, better="lower-is-better")
    assert isinstance(plain, PoolingOutcome)
    assert isinstance(ranked, PoolingOutcome)
    assert plain.synthesis.scores is None
    assert ranked.synthesis.scores is not None
    assert max(ranked.synthesis.scores, key=lambda name: ranked.synthesis.scores[name]) == "daratumumab"  # type: ignore[index]


@pytest.mark.parametrize(
    ("asked", "more", "message"),
    [
        ({}, {"acknowledged": ("nonsense",)}, "acknowledge 'nonsense': choose from different-populations"),
        ({}, {"effect": "HR"}, "effect 'HR': counts give OR, RR, RD; a hazard ratio is never computed from them"),
        ({}, {"action": RANK}, "better: say which values are better"),
        ({}, {"action": RANK, "better": "lower-is-better"}, "rank: .*one pair of treatments"),
    ],
)
def test_what_cannot_be_asked_is_said(asked: dict[str, list[str]], more: dict[str, object], message: str, invented: Catalogue) -> None:
    comparison = compare.compare(invented, of("ALPHA", "BETA") | asked)
    with pytest.raises(QuestionError, match=message):
        pooling.act(comparison, **({"action": POOL} | more))  # type: ignore[arg-type]


def test_too_many_and_unknown_are_refused(real: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(QuestionError, match=r"comparability.*'good'.*within-trial-randomised"):
        compare.compare(real, TOWER | {"comparability": ["good"]})
    with pytest.raises(UnknownName, match="no drug is called 'nope'"):
        compare.compare(real, {"drug": ["nope"]})
    monkeypatch.setattr(compare, "MOST", 1)
    with pytest.raises(QuestionError, match="2 estimates meet the filters, and at most 1 are compared: name a drug"):
        compare.compare(real, TOWER)


def test_follow_up_is_told_and_stops_nobody(real: Catalogue, invented: Catalogue) -> None:
    [caution] = [
        each for each in compare.compare(real, {"drug": ["daratumumab"]} | RESPONSE).sets[0].reasons if each.code == "different-follow-up"
    ]
    assert "9.3 months" in caution.text
    assert "different-follow-up" not in {each.code for each in compare.compare(invented, of("ALPHA", "BETA")).sets[0].reasons}


def test_the_anchor_is_where_the_main_number_is_printed(real: Catalogue) -> None:
    [row] = [row for row in evidence.read(real, [row.id for row in compare.compare(real, TOWER).rows]) if str(row.row["printed"]) == "0.71"]
    figures = real.ask("anchors", {"node": row.id})
    assert row.anchor in {f"{figure['start']}-{figure['end']}" for figure in figures if figure["exact"] == "0.71"}
