"""Registry records as nodes: numbers at their pointers, groups by title, measures by unit, directions, and what is flagged."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mabgraph.graph.building import lexicon, quads
from mabgraph.graph.shacl.shapes import Shapes
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.figures import Node
from mabgraph.ingest.registry import conversion, directions, printed, reading, wording
from mabgraph.ingest.registry.conversion import Conversion
from mabgraph.ingest.registry.names import RegistryNames

from .registryrecords import NUMBER, invented, sound_paths

OUTCOMES = "/resultsSection/outcomeMeasuresModule/outcomeMeasures"


@cache
def names() -> RegistryNames:
    return lexicon.names_of(quads.of_ontology(vocabulary.ONTOLOGY))


def convert(record: dict[str, Any], study: str = "") -> Conversion:
    return conversion.convert(reading.read(json.dumps(record).encode()), names(), study)


def group(number: int, title: str) -> dict[str, str]:
    return {"id": f"OG00{number}", "title": title}


def outcome(title: str, values: list[dict[str, Any]], analyses: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """Return an outcome of the two arms with one row of ``values``."""
    cells = [{"groupId": f"OG00{number}", **value} for number, value in enumerate(values)]
    return {
        "type": "PRIMARY", "title": title, "groups": [group(0, "Daratumumab"), group(1, "Control")],
        "denoms": [{"units": "Participants", "counts": [{"groupId": "OG000", "value": "100"}, {"groupId": "OG001", "value": "98"}]}],
        "classes": [{"categories": [{"measurements": cells}]}], "analyses": analyses or [], "paramType": "NUMBER",
        "unitOfMeasure": "percentage of participants", **more,
    }  # fmt: skip


def results(*outcomes: dict[str, Any], **modules: Any) -> dict[str, Any]:
    return invented(results={"outcomeMeasuresModule": {"outcomeMeasures": list(outcomes)}, **modules})


def of_type(converted: Conversion, *kinds: str) -> list[Node]:
    return [node for node in converted.nodes if node["type"] in kinds]


def by_name(converted: Conversion) -> dict[str, Node]:
    return {str(node["id"]): node for node in converted.nodes}


def analysis(**fields: Any) -> dict[str, Any]:
    return {"groupIds": ["OG000", "OG001"], "nonInferiorityType": "SUPERIORITY", **fields}


HAZARD = {"paramType": "Hazard Ratio (HR)", "paramValue": "0.71", "ciPctValue": "95", "ciLowerLimit": "0.55", "ciUpperLimit": "0.93"}


def pointed(content: Any, pointer: str) -> Any:
    """Return what stands at an RFC 6901 pointer: six lines that share nothing with the reader."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        content = content[int(name)] if isinstance(content, list) else content[name]
    return content


def test_study_document_arms_and_plans() -> None:
    converted = convert(invented())
    (study,) = of_type(converted, "ClinicalTrial")
    assert study["id"] == f"study/{NUMBER.lower()}"
    assert (study["design"], study["phase"], study["masking"]) == ("randomised-controlled-trial", "phase-3", "open-label")
    assert study["condition"] == ["multiple-myeloma"]
    assert study["conditionText"] == ["Multiple Myeloma", "An Invented Illness"]
    (report,) = of_type(converted, "Report")
    assert report["statedRegistration"] == [NUMBER]
    drugs = {node["label"]: node.get("drug") for node in of_type(converted, "Regimen")}
    assert drugs == {"Drug: Daratumumab": ["daratumumab"], "Drug: Lenalidomide": ["lenalidomide"]}
    assert [(node["label"], node["groupRole"]) for node in of_type(converted, "Group")] == [
        ("Daratumumab", "intervention-arm"), ("Control", "comparator-arm"),
    ]  # fmt: skip
    plans = {node["definedVariable"]: node["timeFrame"] for node in of_type(converted, "Definition")}
    assert plans.pop("overall-survival") == "Up to 5 years"
    assert list(plans.values()) == ["18 months"]
    enrolled = [node for node in of_type(converted, "Quantity") if node["quantityKind"] == "patients-enrolled"]
    assert [node["value"] for node in enrolled] == ["200"]
    assert {flag.kind for flag in converted.flags} == {"unmatched condition"}


@pytest.mark.parametrize(
    ("name", "others", "drugs"),
    [
        ("Daratumumab", [], ["daratumumab"]),
        ("daratumumab + lenalidomide", [], ["daratumumab", "lenalidomide"]),
        ("DARA-1", ["Darzalex"], ["daratumumab"]),
        ("Daratumumab 16 mg/kg", [], None),
        ("Placebo matching daratumumab", ["Daratumumab"], None),
        ("Without daratumumab", ["Daratumumab"], None),
        ("Daratumumab emtansine", ["Daratumumab"], None),
        ("dalotuzumab", [], None),
        ("Invented-1", ["Daratumumab", "Placebo"], None),
        ("Standard of care", ["Daratumumab"], None),
        ("Investigator's choice chemotherapy", ["Lenalidomide"], None),
        ("Observation", ["Daratumumab"], None),
        ("CP", ["Carboplatin/Paclitaxel"], None),
        ("GO", [], None),
        ("dex", ["Dexamethasone"], ["dexamethasone"]),
        ("Dexamethasone/Prednisone", [], None),
        ("CPX-351", ["cytarabine", "daunorubicin"], None),
        ("CT-P10", ["Rituximab", "Truxima"], None),
        ("Marqibo", ["Vincristine sulfate liposome", "vincristine"], None),
        ("[89Zr]Daratumumab", ["daratumumab"], None),
        ("Dose reduction", ["Lenalidomide"], None),
        ("SOC", ["Lenalidomide"], None),
    ],
)
def test_only_exact_names_state_a_drug(name: str, others: list[str], drugs: list[str] | None) -> None:
    module = {
        "armGroups": [{"label": "One", "interventionNames": [f"Drug: {name}"]}],
        "interventions": [{"type": "DRUG", "name": name, "otherNames": others}],
    }
    converted = convert(invented(armsInterventionsModule=module))
    assert [node.get("drug") for node in of_type(converted, "Regimen")] == [drugs]
    assert ("unmatched drug" in {flag.kind for flag in converted.flags}) == (drugs is None)


@pytest.mark.parametrize(
    ("conditions", "keywords", "condition"),
    [
        (["MM"], ["malignant melanoma"], None),
        (["MM", "Plasma Cell Illness"], ["multiple myeloma"], ["multiple-myeloma"]),
        (["Multiple Myeloma (MM)"], [], ["multiple-myeloma"]),
        (["MM"], ["refractory multiple myeloma"], ["multiple-myeloma"]),
        (["MM"], ["melanoma without multiple myeloma"], None),
    ],
)
def test_an_abbreviation_of_a_condition_states_where_the_record_has_it_in_full(
    conditions: list[str], keywords: list[str], condition: list[str] | None
) -> None:
    converted = convert(invented(conditionsModule={"conditions": conditions, "keywords": keywords}))
    (study,) = of_type(converted, "ClinicalTrial")
    assert study.get("condition") == condition


@pytest.mark.parametrize(
    ("title", "named"),
    [("MRD", False), ("OS", True), ("Overall Survival", True), ("PD", False), ("CMR", False), ("Insomnia", False),
     ("Stem Cell Transplantation", False), ("Overall Survival (OS) at 18 months", False), ("PFS2", True)],
)  # fmt: skip
def test_an_abbreviation_of_a_thing_or_its_absence_is_no_end_point(title: str, named: bool) -> None:
    (result, *_) = of_type(convert(results(outcome(title, [{"value": "1"}]))), "ArmResult")
    assert (not str(result["variable"]).startswith("mabid:variable/")) == named


@pytest.mark.parametrize(
    ("title", "description", "more", "variable"),
    [
        ("Overall Survival", "Number of participants who died", {"paramType": "COUNT_OF_PARTICIPANTS"}, None),
        ("Overall Survival", "Participants alive at 18 months", {"paramType": "COUNT_OF_PARTICIPANTS"}, "overall-survival"),
        ("Progression-Free Survival", "From start to progression or death", {"paramType": "MEDIAN"}, "progression-free-survival"),
        ("Progression-Free Survival", "Adverse events", {"unitOfMeasure": "events"}, None),
        ("Duration of Response", "", {"paramType": "COUNT_OF_PARTICIPANTS"}, None),
        ("Overall Response Rate", "Participants who did not respond", {}, None),
    ],
)
def test_what_a_table_counts_may_be_the_contrary_of_its_title(
    title: str, description: str, more: dict[str, str], variable: str | None
) -> None:
    converted = convert(results(outcome(title, [{"value": "10"}], None, description=description, **more)))
    named = str(of_type(converted, "ArmResult")[0]["variable"])
    assert named == (variable or f"mabid:variable/{NUMBER.lower()}.outcome-0")
    assert bool([flag for flag in converted.flags if flag.pointer == f"{OUTCOMES}/0/title"]) == (variable is None)


@pytest.mark.parametrize(
    ("parameter", "unit", "value", "stated"),
    [
        ("NUMBER", "percentage of participants", "33.6", {"measure": "proportion", "value": "33.6", "unit": "percent", "total": "100"}),
        ("COUNT_OF_PARTICIPANTS", "Participants", "12", {"measure": "count", "count": "12"}),
        ("NUMBER", "participants", "12", {"measure": "count", "count": "12"}),
        ("MEDIAN", "Months", "7.7", {"measure": "median", "value": "7.7", "unit": "months"}),
        (
            "LEAST_SQUARES_MEAN",
            "units on a scale",
            "-1.90",
            {"measure": "least-squares-mean", "value": "-1.9", "unitText": "units on a scale"},
        ),
        ("NUMBER", "titer", ".01", {"measure": "number-as-registered", "value": "0.01", "unitText": "titer"}),
        ("NUMBER", "percent probability", "61", {"measure": "survival-probability", "value": "61", "unit": "percent"}),
        ("COUNT_OF_PARTICIPANTS", "Participants", "33%", {"absence": "unreadable"}),
        ("MEDIAN", "Months", "33%", {"absence": "unreadable"}),
        ("NUMBER", "titer", "0,001", {"absence": "unreadable"}),
        ("COUNT_OF_PARTICIPANTS", "Participants", "12.5", {"absence": "unreadable"}),
        ("MEDIAN", "Months", "NA", {"absence": "not-reported"}),
    ],
)
def test_parameter_and_unit_decide_the_measure(parameter: str, unit: str, value: str, stated: dict[str, str]) -> None:
    converted = convert(results(outcome("Overall Survival", [{"value": value}, {"value": "1"}], paramType=parameter, unitOfMeasure=unit)))
    first = of_type(converted, "ArmResult")[0]
    assert {key: first.get(key) for key in stated} == stated
    assert first["variable"] == "overall-survival"
    assert not {"value", "count"} & first.keys() or "absence" not in first


@pytest.mark.parametrize(
    ("comment", "absence"),
    [
        ("Median was not reached", "not-reached"),
        ("Not estimable: insufficient number of events", "not-estimable"),
        ("No participant had a response", "not-measured"),
        ("Not collected in this arm", "not-measured"),
        ("See below", "not-reported"),
        ("The planned sample size was not reached", "not-reported"),
        ("The upper limit was not reached", "not-reported"),
        ("Not estimable. The upper limit was not reached", "not-estimable"),
        ("Median and upper limit were not reached", "not-reached"),
        ("NR: not reported by the site", "not-reported"),
        ("NR", "not-reached"),
        ("Week 24 was not reached", "not-reported"),
        ("Participants in this arm had not reached Week 24", "not-reported"),
        ("Remission was not reached by any participant", "not-reported"),
        ("The primary end point was not reached", "not-reported"),
        ("In the other arm the median was not reached", "not-reported"),
        ("95% CI could not be calculated", "not-reported"),
        ("Standard deviation could not be calculated for a single participant", "not-reported"),
        ("Median and 95% CI were not estimable", "not-estimable"),
        ("Not applicable: response was not reached", "not-applicable"),
        ("No participants were lost to follow-up", "not-reported"),
        ("There were no differences between arms", "not-reported"),
        ("Values were below the level of quantification", "not-reported"),
        (None, "not-reported"),
    ],
)
def test_what_is_missing_has_its_reason_by_the_comment(comment: str | None, absence: str) -> None:
    cell = {"value": "NA"} | ({"comment": comment} if comment else {})
    converted = convert(results(outcome("Overall Survival", [cell, {"value": "1"}], paramType="MEDIAN", unitOfMeasure="months")))
    assert of_type(converted, "ArmResult")[0]["absence"] == absence


@pytest.mark.parametrize(
    ("kind", "cell", "stated"),
    [
        ("Standard Deviation", {"spread": "2.5"}, {"dispersion": "2.5", "dispersionKind": "standard-deviation"}),
        ("Standard Error", {"spread": "2.5"}, {"spread": "2.5", "dispersionKind": "standard-error", "dispersion": None}),
        (None, {"spread": "2.5"}, {"spread": "2.5", "dispersionKind": "dispersion-not-stated", "dispersion": None}),
        ("95% Confidence Interval", {"lowerLimit": "1", "upperLimit": "3"}, {"lower": "1", "upper": "3", "intervalLevel": "95"}),
        ("Full Range", {"lowerLimit": "1", "upperLimit": "3"}, {"intervalKind": "range", "intervalLevel": None}),
        (None, {"lowerLimit": "1", "upperLimit": "3"}, {"intervalKind": "interval-not-stated"}),
        (
            "95% Confidence Interval",
            {"lowerLimit": "1", "upperLimit": "NA"},
            {"lower": "1", "upper": None, "notReported": ["missing-interval"]},
        ),
    ],
)
def test_a_spread_is_what_the_source_says(kind: str | None, cell: dict[str, str], stated: dict[str, Any]) -> None:
    more: dict[str, Any] = {"dispersionType": kind} if kind else {}
    table = outcome("Invented Score", [{"value": "2", **cell}, {"value": "1"}], paramType="MEAN", unitOfMeasure="points", **more)
    first, second = of_type(convert(results(table)), "ArmResult")
    assert {key: first.get(key) for key in stated} == stated
    assert not {"dispersion", "spread", "lower"} & second.keys(), "the spread of one cell is not that of the next"


@pytest.mark.parametrize(
    ("fields", "first", "basis"),
    [
        ({"estimateComment": "Daratumumab vs. Control"}, "Daratumumab", "by-words"),
        ({"estimateComment": "Control versus Daratumumab"}, "Control", "by-words"),
        ({"groupDescription": "Hazard ratio of Daratumumab / Control"}, "Daratumumab", "by-words"),
        ({"statisticalComment": "The hazard ratio is relative to Control (Daratumumab relative to Control)"}, "Daratumumab", "by-words"),
        ({"estimateComment": "Control is the reference"}, "Daratumumab", "by-words"),
        ({"estimateComment": "A hazard ratio <1 favors Daratumumab"}, "Daratumumab", "by-words"),
        ({"estimateComment": "A hazard ratio > 1 favors Daratumumab"}, "Control", "by-words"),
        ({"estimateComment": "A hazard ratio <1: Daratumumab is better than Control"}, "Daratumumab", "by-words"),
        ({"groupDescription": "Daratumumab vs. Control"}, None, None),
        ({"groupDescription": "Control vs. Daratumumab, or the change of risk"}, None, None),
        ({"groupDescription": "The study was powered to detect a hazard ratio of 0.7 for Control versus Daratumumab"}, None, None),
        ({"estimateComment": "The reciprocal of the hazard ratio of Control versus Daratumumab"}, None, None),
        ({"estimateComment": "Cox regression stratified by earlier Control/Daratumumab"}, None, None),
        ({"estimateComment": "Daratumumab at week 12 vs. baseline, Control"}, None, None),
        ({"estimateComment": "Control - week 12, Daratumumab - week 12"}, None, None),
        ({"estimateComment": "A hazard ratio <1 does not favour Daratumumab"}, None, None),
        ({"estimateComment": "Control is not the reference"}, None, None),
        ({"estimateComment": "Within the reference range of Control"}, None, None),
        ({"estimateComment": "Daratumumab vs. Control; Control vs. Daratumumab"}, None, None),
        ({"estimateComment": "Daratumumab (n=100) vs. Control (n=98)"}, "Daratumumab", "by-words"),
        ({"estimateComment": "Ratio of Daratumumab to Control"}, "Daratumumab", "by-words"),
        ({"estimateComment": "Change of Daratumumab from baseline, not versus Control"}, None, None),
        ({"estimateComment": "Survival was longer in Control compared with Daratumumab"}, None, None),
        ({"estimateComment": "HR > 1 indicates longer survival with Control compared to Daratumumab"}, None, None),
        ({"estimateComment": "HR < 1 indicates a lower risk of death for Daratumumab compared with Control"}, "Daratumumab", "by-words"),
        ({"estimateComment": "HR > 1 indicates a lower risk of death for Daratumumab compared with Control"}, "Control", "by-words"),
        ({"estimateComment": "Median was 10.0 months in Control versus 14.0 months in Daratumumab"}, None, None),
        ({"estimateComment": "Treatment arms: Control - Daratumumab"}, None, None),
        ({"estimateComment": "For Daratumumab, age under 65 was the reference category"}, None, None),
        ({"estimateComment": "Daratumumab vs historical control"}, None, None),
        ({"estimateComment": "P value for Control vs Daratumumab"}, None, None),
        ({"estimateComment": "Period effect, sequence Control/Daratumumab"}, None, None),
        ({"groupDescription": "Non-inferiority is shown if the hazard ratio of Control vs Daratumumab is below 1.3"}, None, None),
        ({}, None, None),
    ],
)
def test_words_settle_a_direction_or_none(fields: dict[str, str], first: str | None, basis: str | None) -> None:
    table = outcome("Overall Survival", [{"value": "60"}, {"value": "50"}], [analysis(**HAZARD, **fields)], unitOfMeasure="titer")
    for groups in (["OG000", "OG001"], ["OG001", "OG000"]):
        table["analyses"][0]["groupIds"] = groups
        converted = convert(results(table))
        named = by_name(converted)
        compared = [(named[str(node["intervention"])]["label"], node["directionBasis"]) for node in of_type(converted, "Comparison")]
        assert compared == ([(first, basis)] if first else [])
        assert len(of_type(converted, "EffectEstimate")) == bool(first)
        assert len(of_type(converted, "UndirectedResult")) == (not first)
        assert ("direction not stated" in {flag.kind for flag in converted.flags}) == (not first)


@pytest.mark.parametrize(
    ("titles", "comment", "index"),
    [
        (("A", "B"), "A comparison versus B", None),
        (("Low Dose", "High Dose"), "Patients at low risk vs high risk", None),
        (("Low Dose", "High Dose"), "High dose vs low dose", 1),
        (("Drug", "Drug + Placebo"), "Drug + Placebo vs Drug", 1),
        (("Drug 8 mg", "Drug 16 mg"), "Drug 16 mg vs Drug 8 mg", 1),
    ],
)
def test_a_word_of_many_meanings_names_no_group(titles: tuple[str, str], comment: str, index: int | None) -> None:
    assert wording.by_words(titles, [comment], [], "Overall Survival", "hazard-ratio") == index


def test_the_direction_of_another_ratio_is_none_of_an_estimate() -> None:
    texts = ["The odds ratio is that of Placebo versus Drug; the hazard ratio is from a Cox model"]
    assert [wording.by_words(("Placebo", "Drug"), [], texts, "Score", each) for each in ("odds-ratio", "hazard-ratio")] == [0, None]


def test_a_text_without_end_settles_nothing() -> None:
    texts = ["hazard ratio < 1 " * 20_000, "Drug versus Placebo " * 20_000]
    assert wording.by_words(("Placebo", "Drug"), texts, texts, "Overall Survival", "hazard-ratio") is None


@pytest.mark.parametrize(
    ("comment", "first"),
    [
        ("Daratumumab vs Control", "Daratumumab"),
        ("Lenalidomide vs Control", None),
        ("Daratumumab vs Lenalidomide", None),
        ("Hazard ratio of progression-free survival, Daratumumab vs Control", None),
    ],
)
def test_words_about_a_third_group_or_another_end_point_settle_nothing(comment: str, first: str | None) -> None:
    table = outcome("Overall Survival", [{"value": "14.0"}, {"value": "10.0"}], [analysis(**HAZARD, estimateComment=comment)], **SURVIVAL)
    table["groups"].append(group(2, "Lenalidomide"))
    converted = convert(results(table))
    assert [by_name(converted)[str(node["intervention"])]["label"] for node in of_type(converted, "Comparison")] == (
        [first] if first else []
    )


def test_a_difference_is_no_ratio() -> None:
    groups, comment = ("Placebo", "Drug"), ["Placebo/Drug", "Difference: Placebo - Drug"]
    assert [wording.by_words(groups, [each], [], "Score", "mean-difference") for each in comment] == [None, 0]


@pytest.mark.parametrize(
    ("title", "comment", "index"),
    [
        ("Death at 1 Year", "An odds ratio < 1 favours Drug", 0),
        ("Response at 1 Year", "An odds ratio > 1 favours Drug", 0),
        ("Progression-free Survival at 1 Year", "An odds ratio > 1 favours Drug", None),
        ("Survival at 1 Year", "An odds ratio < 1 favours Drug", None),
        ("Failure to Achieve a Response", "An odds ratio > 1 favours Drug", None),
    ],
)
def test_which_side_is_better_is_known_of_plain_events_only(title: str, comment: str, index: int | None) -> None:
    assert wording.by_words(("Drug", "Control"), [comment], [], title, "odds-ratio") == index


SURVIVAL = {"paramType": "MEDIAN", "unitOfMeasure": "Months"}
RATIO = {"paramType": "Odds Ratio (OR)", "paramValue": "2.2", "ciPctValue": "95", "ciLowerLimit": "1.2", "ciUpperLimit": "4.1"}
DIFFERENCE = {"paramType": "Risk Difference (RD)", "paramValue": "20.0", "ciPctValue": "95", "ciLowerLimit": "5", "ciUpperLimit": "35"}
MEAN = {"paramType": "MEAN", "unitOfMeasure": "points"}


@pytest.mark.parametrize(
    ("title", "values", "fields", "more", "first"),
    [
        ("Overall Survival", ("14.0", "10.0"), HAZARD, SURVIVAL, "Daratumumab"),
        ("Overall Survival", ("10.0", "14.0"), HAZARD, SURVIVAL, "Control"),
        ("Overall Survival", ("14.0", "10.0"), HAZARD | {"groupDescription": "In the per-protocol population"}, SURVIVAL, None),
        ("Overall Survival", ("14.0", "10.0"), HAZARD | {"estimateComment": "Of progression-free survival"}, SURVIVAL, None),
        ("Peak Level and Overall Survival", ("14.0", "10.0"), HAZARD, SURVIVAL | {"unitOfMeasure": "ng/mL"}, None),
        ("Time to Response or Progression", ("14.0", "10.0"), HAZARD, SURVIVAL, None),
        ("Response", ("60", "40"), RATIO, {}, "Daratumumab"),
        ("Participants Without Response", ("40", "60"), RATIO, {}, None),
        ("Overall Survival at 1 Year", ("60", "40"), RATIO, {}, None),
        ("Failure to Achieve a Response", ("40", "60"), DIFFERENCE, {}, None),
        ("Response", ("60", "40"), RATIO | {"statisticalComment": "The odds of non-response"}, {}, None),
        ("Response", ("60", "40"), RATIO | {"paramValue": "1.9", "ciLowerLimit": "0.9"}, {}, None),
        ("Response", ("60", "20"), DIFFERENCE | {"paramValue": "39.6", "ciUpperLimit": "55"}, {"paramType": "COUNT_OF_PARTICIPANTS"}, "Daratumumab"),
        ("Response", ("60", "40"), DIFFERENCE, {"paramType": "COUNT_OF_PARTICIPANTS"}, None),
        ("Score", ("5.1", "5.0"), DIFFERENCE | {"paramType": "Mean Difference (Net)", "paramValue": "-0.1", "ciLowerLimit": "-1"}, MEAN, None),
        ("Score", ("9.1", "5.0"), DIFFERENCE | {"paramType": "Mean Difference (Net)", "paramValue": "-4.1", "ciLowerLimit": "-9"}, MEAN, "Control"),
        ("Score", ("9.1", "5.0"), DIFFERENCE | {"paramType": "Median Difference (Net)", "paramValue": "4.1"}, MEAN, None),
    ],
)  # fmt: skip
def test_arithmetic_settles_what_its_table_is_about_or_nothing(
    title: str, values: tuple[str, str], fields: dict[str, str], more: dict[str, str], first: str | None
) -> None:
    table = outcome(title, [{"value": value} for value in values], [analysis(**fields)], **more)
    converted = convert(results(table))
    compared = [
        (by_name(converted)[str(node["intervention"])]["label"], node["directionBasis"]) for node in of_type(converted, "Comparison")
    ]
    assert compared == ([(first, "by-arithmetic")] if first else [])


@pytest.mark.parametrize(
    ("values", "numbers", "unit"),
    [
        (("60", "50"), ("10", "2", "18"), "percentage-points"),
        (("60", "50"), ("0.10", "0.02", "0.18"), None),
        (("60.2", "60.0"), ("0.2", "-0.9", "0.9"), "percentage-points"),
    ],
)
def test_a_difference_of_fractions_is_none_of_percentages(values: tuple[str, str], numbers: tuple[str, str, str], unit: str | None) -> None:
    fields = dict(zip(("paramValue", "ciLowerLimit", "ciUpperLimit"), numbers, strict=True))
    comparing = analysis(paramType="Risk Difference (RD)", ciPctValue="95", estimateComment="Daratumumab vs Control", **fields)
    (estimate,) = of_type(convert(results(outcome("Response", [{"value": value} for value in values], [comparing]))), "EffectEstimate")
    assert estimate.get("unit") == unit


def test_a_ratio_below_nothing_is_no_estimate() -> None:
    fields = {"paramType": "Cox Proportional Hazard", "paramValue": "-0.34", "ciLowerLimit": "-0.60", "ciUpperLimit": "-0.07"}
    comparing = analysis(ciPctValue="95", estimateComment="Daratumumab vs Control", **fields)
    converted = convert(results(outcome("Overall Survival", [{"value": "60"}, {"value": "50"}], [comparing])))
    (result,) = of_type(converted, "TestResult", "EffectEstimate", "UndirectedResult")
    assert (result["type"], result["value"], result["parameterText"]) == ("TestResult", "-0.34", "Cox Proportional Hazard")
    assert "impossible number" in {flag.kind for flag in converted.flags}


@pytest.mark.parametrize(("row", "first"), [("", "Daratumumab"), ("Yes", "Daratumumab"), ("No response", None), ("Other", None)])
def test_one_row_of_several_may_be_the_contrary(row: str, first: str | None) -> None:
    table = outcome("Response", [{"value": "60"}, {"value": "40"}], [analysis(**RATIO)])
    table["classes"][0]["categories"][0]["title"] = row
    converted = convert(results(table))
    assert [by_name(converted)[str(node["intervention"])]["label"] for node in of_type(converted, "Comparison")] == (
        [first] if first else []
    )


@pytest.mark.parametrize(
    ("parameter", "value", "more", "measure"),
    [
        ("Percentage Difference", "5", {"paramType": "MEAN", "unitOfMeasure": "mg/dL"}, None),
        ("Percentage Difference", "5", {"unitOfMeasure": "percent change"}, None),
        ("Percentage Difference", "5", {"unitOfMeasure": "percentage of eyes"}, "difference-in-proportions"),
        ("Risk Difference (RD)", "5", {"paramType": "MEDIAN", "unitOfMeasure": "months"}, None),
        ("Hazard Ratio (HR)", "71%", {}, None),
        ("Hazard Ratio (HR)", "0.71", {}, "hazard-ratio"),
    ],
)
def test_what_a_table_holds_decides_what_its_differences_are(parameter: str, value: str, more: dict[str, str], measure: str | None) -> None:
    comparing = analysis(paramType=parameter, paramValue=value, estimateComment="Daratumumab vs Control")
    converted = convert(results(outcome("Invented", [{"value": "9"}, {"value": "4"}], [comparing], **more)))
    assert [node["measure"] for node in of_type(converted, "EffectEstimate")] == ([measure] if measure else [])
    assert len(of_type(converted, "TestResult")) == (measure is None)


@pytest.mark.parametrize(("level", "stated"), [("95.0", "95"), ("97.5", "97.5"), ("0", None), ("0.95", None), ("5", None), ("100", None)])
def test_a_level_that_is_none_is_not_stated(level: str, stated: str | None) -> None:
    comparing = analysis(**HAZARD | {"ciPctValue": level}, estimateComment="Daratumumab vs Control")
    converted = convert(results(outcome("Overall Survival", [{"value": "9"}, {"value": "4"}], [comparing], unitOfMeasure="titer")))
    (estimate,) = of_type(converted, "EffectEstimate")
    assert (estimate.get("intervalLevel"), "missing-level" in estimate.get("notReported", [])) == (stated, stated is None)
    assert ("impossible number" in {flag.kind for flag in converted.flags}) == (stated is None)


@pytest.mark.parametrize(
    ("rows", "comment", "is_whole"),
    [
        ([""], "", True),
        (["PD-L1 below 5%", "PD-L1 above 5%"], "", False),
        (["12 months", "24 months"], "", True),
        ([""], "; in the subgroup of patients above 65", False),
        ([""], "; as subgroup analyses show", True),
    ],
)
def test_the_estimate_of_a_part_is_not_one_of_the_end_point(rows: list[str], comment: str, is_whole: bool) -> None:
    comparing = analysis(**HAZARD, estimateComment=f"Daratumumab vs Control{comment}")
    table = outcome("Overall Survival", [{"value": "60"}, {"value": "40"}], [comparing])
    table["classes"] = [{"title": row, **table["classes"][0]} for row in rows]
    (estimate,) = of_type(convert(results(table)), "EffectEstimate")
    assert (estimate["variable"] == "overall-survival") == is_whole


def test_a_difference_of_counts_is_that_of_their_shares() -> None:
    shown = (directions.PrintedValue(20, 0.5, 40), directions.PrintedValue(30, 0.5, 75))
    assert directions.by_arithmetic(directions.Effect("risk-difference", 10.0, 1, 19, 0.05), shown, "Response") == 0


def test_arithmetic_settles_a_difference_and_disagreement_means_none() -> None:
    difference = {
        "paramType": "Risk Difference (RD)",
        "paramValue": "-10.0",
        "ciPctValue": "95",
        "ciLowerLimit": "-15",
        "ciUpperLimit": "-5",
    }
    table = outcome("Overall Response", [{"value": "60.0"}, {"value": "50.0"}], [analysis(**difference)])
    (comparison,) = of_type(convert(results(table)), "Comparison")
    assert (comparison["label"], comparison["directionBasis"]) == ("Control versus Daratumumab", "by-arithmetic")
    table["analyses"][0]["estimateComment"] = "Daratumumab minus Control"
    converted = convert(results(table))
    assert not of_type(converted, "Comparison", "EffectEstimate")
    assert {"direction disagrees", "direction not stated"} <= {flag.kind for flag in converted.flags}


def test_three_groups_are_a_set_and_a_test_without_an_effect_is_one() -> None:
    table = outcome("Overall Survival", [{"value": "60"}, {"value": "50"}, {"value": "40"}])
    table["groups"].append(group(2, "Third"))
    table["analyses"] = [
        analysis(**HAZARD) | {"groupIds": ["OG000", "OG001", "OG002"]},
        analysis(pValue="<0.0001", statisticalMethod="Log Rank"),
        analysis(paramType="Slope", paramValue="0.3", pValue="=0.247"),
        analysis(pValue="0,001"),
    ]
    converted = convert(results(table))
    (undirected,) = of_type(converted, "UndirectedResult")
    assert len(by_name(converted)[str(undirected["groupSet"])]["member"]) == 3
    first, second, third = of_type(converted, "TestResult")
    assert (first["pValue"], first["pOperator"], first.get("value")) == ("0.0001", "<", None)
    assert (second["pValue"], second["pOperator"], second["value"], second["parameterText"]) == ("0.247", "=", "0.3", "Slope")
    assert "pValue" not in third
    assert not of_type(converted, "EffectEstimate")


def test_ids_of_groups_are_local_and_a_total_is_no_arm() -> None:
    first, second = outcome("One", [{"value": "1"}, {"value": "2"}]), outcome("Two", [{"value": "3"}, {"value": "4"}])
    second["groups"] = [group(0, "Control"), group(1, "Daratumumab")]
    baseline = {
        "groups": [group(0, "Daratumumab"), group(1, "Total")],
        "measures": [{"title": "Age, Continuous", "paramType": "MEAN", "unitOfMeasure": "years", "classes": [{"categories": [
            {"measurements": [{"groupId": "OG000", "value": "60"}, {"groupId": "OG001", "value": "61"}]}]}]}],
    }  # fmt: skip
    converted = convert(results(first, second, baselineCharacteristicsModule=baseline))
    named = by_name(converted)
    values = [(named[str(node["group"])]["label"], node["value"]) for node in of_type(converted, "ArmResult")]
    assert values == [
        ("Daratumumab", "60"),
        ("Total", "61"),
        ("Daratumumab", "1"),
        ("Control", "2"),
        ("Control", "3"),
        ("Daratumumab", "4"),
    ]
    (total,) = [node for node in of_type(converted, "Group") if node["label"] == "Total"]
    assert (total["groupRole"], total.get("regimen")) == ("whole-study", None)
    assert of_type(converted, "ArmResult")[0]["variable"] == "age"


def test_titles_that_differ_by_a_sign_or_may_be_cut_off_are_groups_of_their_own() -> None:
    long = "An invented regimen with a title that is longer than what a register keeps of it, and so is cut"
    titles = [("Dose Level -1", "Dose Level 1"), ("Dose Level 1", long), (long, long), ("Dose level 1", long)]
    tables = [outcome(f"Score {number}", [{"value": "1"}, {"value": "2"}]) for number in range(len(titles))]
    for table, pair in zip(tables, titles, strict=True):
        table["groups"] = [group(place, title) for place, title in enumerate(pair)]
    converted = convert(results(*tables))
    named = by_name(converted)
    labels = [str(named[name]["label"]) for name in dict.fromkeys(str(node["group"]) for node in of_type(converted, "ArmResult"))]
    assert labels == ["Dose Level -1", "Dose Level 1", long, long, long, long]


def test_the_arms_of_one_label_are_those_of_no_group() -> None:
    table = outcome("Score", [{"value": "1"}, {"value": "2"}])
    arms = [{"label": "Daratumumab", "type": "EXPERIMENTAL"}, {"label": "DARATUMUMAB", "type": "ACTIVE_COMPARATOR"}]
    record = results(table)
    record["protocolSection"]["armsInterventionsModule"]["armGroups"] = arms
    assert "arm" not in str(of_type(convert(record), "ArmResult")[0]["group"])


@pytest.mark.parametrize(
    ("title", "drugs"),
    [
        ("Lenalidomide + Bortezomib", ["lenalidomide", "bortezomib"]),
        ("Lenalidomide/Bortezomib", None),
        ("Lenalidomide, Bortezomib", None),
        ("CP", None),
    ],
)
def test_groups_of_a_sequence_or_an_abbreviation_have_no_drugs(title: str, drugs: list[str] | None) -> None:
    table = outcome("Score", [{"value": "1"}, {"value": "2"}])
    table["groups"][0]["title"] = title
    converted = convert(results(table))
    name = of_type(converted, "ArmResult")[0]["group"]
    regimen = by_name(converted)[str(name)].get("regimen")
    assert (by_name(converted)[str(regimen)]["drug"] if regimen else None) == drugs


def test_an_empty_text_is_no_number_and_costs_no_other() -> None:
    table = outcome(
        "Overall Survival", [{"value": " ", "spread": ""}, {"value": "2", "lowerLimit": "", "upperLimit": "3"}],
        [analysis(paramType="Hazard Ratio (HR)", paramValue="", ciPctValue="95", ciLowerLimit="", pValue="0.03")],
    )  # fmt: skip
    table["denoms"][0]["counts"][0]["value"] = ""
    flow = {
        "groups": [{"id": "FG000", "title": "Daratumumab"}],
        "periods": [{"title": "All", "milestones": [{"type": "STARTED", "achievements": [{"groupId": "FG000", "numSubjects": ""}]}]}],
    }
    converted = convert(results(table, participantFlowModule=flow, adverseEventsModule={"frequencyThreshold": ""}))
    assert all(node["printed"].strip() for node in of_type(converted, "Figure"))
    assert [(node.get("value"), node.get("absence")) for node in of_type(converted, "ArmResult")] == [(None, "not-reported"), ("2", None)]
    assert [(node["pValue"], node.get("value")) for node in of_type(converted, "TestResult")] == [("0.03", None)]
    assert shapes().violations(quads.of_registry(converted.nodes, "nct00000000")) == []


def test_groups_of_one_title_in_one_table_stay_apart() -> None:
    table = outcome("One", [{"value": "1"}, {"value": "2"}])
    table["groups"][1]["title"] = "Daratumumab"
    converted = convert(results(table))
    first, second = of_type(converted, "ArmResult")
    assert first["group"] != second["group"]
    assert Counter(flag.kind for flag in converted.flags)["groups of one title"] == 2


def test_a_part_of_an_unknown_group_is_left_out_and_the_rest_stays() -> None:
    table = outcome("Overall Survival", [{"value": "1"}, {"value": "2"}], [analysis(pValue="0.5"), analysis(pValue="0.6")])
    table["classes"][0]["categories"][0]["measurements"][0]["groupId"] = "OG009"
    table["analyses"][0]["groupIds"] = ["OG000", "OG009"]
    table["denoms"][0]["counts"][0]["groupId"] = "OG009"
    converted = convert(results(table))
    assert [node["value"] for node in of_type(converted, "ArmResult")] == ["2"]
    assert [node["pValue"] for node in of_type(converted, "TestResult")] == ["0.6"]
    assert [flag.pointer.removeprefix(f"{OUTCOMES}/0") for flag in converted.flags if flag.kind == "unknown group"] == [
        "/denoms/0/counts/0/groupId", "/classes/0/categories/0/measurements/0/groupId", "/analyses/0/groupIds/1",
    ]  # fmt: skip


def test_denominators_of_another_unit_are_no_patients() -> None:
    table = outcome("Eyes with an Event", [{"value": "3"}, {"value": "4"}], paramType="COUNT_OF_UNITS", unitOfMeasure="Eyes")
    table["denoms"].append({"units": "Eyes", "counts": [{"groupId": "OG000", "value": "190"}]})
    table["denomUnitsSelected"] = "Eyes"
    first, second = of_type(convert(results(table)), "ArmResult")
    assert (first["measure"], first["total"], first["unitsTotal"], first["totalUnit"]) == ("count-of-units", "100", "190", "Eyes")
    assert (first["unitOfAnalysis"], first.get("count")) == ("not-stated", None)
    assert "unitsTotal" not in second


def test_an_estimate_of_eyes_is_not_one_of_patients() -> None:
    comparing = analysis(**RATIO, estimateComment="Daratumumab vs Control")
    for more in ({"typeUnitsAnalyzed": "Eyes"}, {"denomUnitsSelected": "Eyes"}, {"paramType": "COUNT_OF_UNITS"}, {}):
        (estimate,) = of_type(convert(results(outcome("Eyes", [{"value": "3"}, {"value": "4"}], [comparing], **more))), "EffectEstimate")
        assert estimate["unitOfAnalysis"] == ("not-stated" if more else "patients")


def test_rows_of_events_and_flow_have_one_place_and_events_are_no_patients() -> None:
    adverse = {
        "frequencyThreshold": "5", "timeFrame": "2 years", "eventGroups": [{"id": "EG000", "title": "Daratumumab", "seriousNumAffected": 3}],
        "seriousEvents": [{"term": "Pneumonia", "organSystem": "Infections", "stats": [
            {"groupId": "EG000", "numEvents": 7, "numAffected": 3, "numAtRisk": 99}, {"groupId": "EG000"}, {"groupId": "EG009", "numAffected": 1}]}],
    }  # fmt: skip
    flow = {
        "groups": [{"id": "FG000", "title": "Daratumumab"}],
        "periods": [
            {"title": "Overall", "milestones": [{"type": "STARTED", "achievements": [{"groupId": "FG000", "numSubjects": "100"}]}]}
        ],
    }
    converted = convert(invented(results={"adverseEventsModule": adverse, "participantFlowModule": flow}))
    rows = {str(node["anchoredAt"]).partition("#")[2]: node for node in of_type(converted, "ArmResult")}
    started = rows["/resultsSection/participantFlowModule/periods/0/milestones/0/achievements/0"]
    event = rows["/resultsSection/adverseEventsModule/seriousEvents/0/stats/0"]
    assert started["count"] == "100"
    assert (event["count"], event["total"], event["events"]) == ("3", "99", "7")
    assert len(rows) == 3, "deaths that are not there are not 0"
    kinds = Counter(flag.kind for flag in converted.flags)
    assert (kinds["not reported"], kinds["unknown group"]) == (3, 1)
    (pneumonia,) = [node for node in of_type(converted, "RegisteredVariable") if "eventTable" in node]
    assert (pneumonia["broader"], pneumonia["eventTable"]) == (["pneumonia"], "serious")


def test_names_of_fields_may_be_written_with_escapes() -> None:
    content = json.dumps(results(outcome("Overall Survival", [{"value": "71"}, {"value": "2"}]))).replace('"value"', '"v\\u0061lue"')
    converted = conversion.convert(reading.read(content.encode()), names())
    assert [node["value"] for node in of_type(converted, "ArmResult")] == ["71", "2"]


def test_markup_in_texts_stays_text() -> None:
    words = '<script>alert("x")</script> **bold** & \\[IGA=3\\]'
    converted = convert(results(outcome(words, [{"value": "1", "comment": words}, {"value": "2"}])))
    assert of_type(converted, "ArmResult")[0]["label"] == f"{words}: Daratumumab"


def test_ten_thousand_groups_are_read() -> None:
    table = outcome("Many", [])
    table["groups"] = [{"id": f"G{number}", "title": f"Group {number}"} for number in range(10_000)]
    table["classes"][0]["categories"][0]["measurements"] = [{"groupId": f"G{number}", "value": "1"} for number in range(10_000)]
    assert len(of_type(convert(results(table)), "ArmResult")) == 10_000


@pytest.mark.parametrize("path", [None, *range(9)])
def test_every_figure_stands_at_its_pointer_and_the_shapes_hold(path: int | None) -> None:
    """Resolved by the six lines above; validated by the closures of all shapes."""
    if path is None:
        record = results(
            outcome("Overall Survival", [{"value": "60"}, {"value": "NA"}], [analysis(**HAZARD, estimateComment="Daratumumab vs Control")])
        )
        content = json.dumps(record).encode()
    else:
        content = sound_paths()[path].read_bytes()
    parsed, converted = json.loads(content), conversion.convert(reading.read(content), names())
    figures = of_type(converted, "Figure")
    text = content.decode()
    for figure in figures:
        place = figure["anchoredAt"]
        assert str(pointed(parsed, str(place["id"]).partition("#")[2])) == figure["printed"]
        assert text[int(place["start"]) : int(place["end"])] == place["exact"]
        assert json.loads(f'"{place["exact"]}"') == figure["printed"]
    for row in (node for node in converted.nodes if node["type"] == "ArmResult" and "anchoredAt" in node):
        printed = {str(value) for value in pointed(parsed, str(row["anchoredAt"]).partition("#")[2]).values()}
        assert {str(row[key]) for key in ("count", "total", "events") if key in row} <= printed
    assert len({node["id"] for node in converted.nodes}) == len(converted.nodes)
    stated = quads.of_registry(converted.nodes, "nct00000000")
    assert shapes().violations(stated) == []
    assert len(figures) >= 10


@cache
def shapes() -> Shapes:
    return Shapes(vocabulary.ONTOLOGY / "shapes", quads.of_ontology(vocabulary.ONTOLOGY))


def test_a_limit_that_was_not_reached_is_not_reached() -> None:
    cell = {"value": "5", "lowerLimit": "1", "upperLimit": "NA", "comment": "The upper limit was not reached"}
    converted = convert(results(outcome("Overall Survival", [cell], dispersionType="95% Confidence Interval")))
    assert [node["absence"] for node in of_type(converted, "Figure") if node["role"] == "upper"] == ["not-reached"]


@pytest.mark.parametrize(
    ("comment", "reasons"),
    [
        ("Median not reached; upper limit not estimable", ["not-reached", "not-reported", "not-estimable"]),
        ("Lower limit not estimable; upper limit not reached", ["not-reported", "not-estimable", "not-reached"]),
        ("Not reached", ["not-reached"] * 3),
    ],
)
def test_each_limit_has_its_own_reason(comment: str, reasons: list[str]) -> None:
    cell = {"value": "NA", "lowerLimit": "NA", "upperLimit": "NA", "comment": comment}
    table = outcome("Overall Survival", [cell], dispersionType="95% Confidence Interval", paramType="MEDIAN", unitOfMeasure="months")
    absent = {node["role"]: node["absence"] for node in of_type(convert(results(table)), "Figure") if "absence" in node}
    assert [absent[role] for role in ("value", "lower", "upper")] == reasons


@pytest.mark.parametrize(
    ("text", "role", "number"),
    [
        ("1,234", "value", ""), ("1,234", "count", "1234"), ("1,234,567", "value", "1234567"), ("1,234.5", "value", "1234.5"),
        ("-1,234", "lower", ""), ("5%", "p_value", ""), ("33%", "count", ""), ("95%", "level", "95"), ("33.6%", "value", "33.6"),
        ("\u0661\u0662", "value", ""), ("1.2E-05", "p_value", ""), ("\u22120.5", "value", "-0.5"), ("5\u201310", "value", ""),
    ],
)  # fmt: skip
def test_a_number_that_can_be_read_in_two_ways_is_none(text: str, role: str, number: str) -> None:
    numeral, absence = printed.read_printed(text, role=role)
    assert (numeral.canonical if numeral else "", absence) == (number, "" if number else "unreadable")


def test_a_number_of_participants_below_nothing_is_flagged_and_not_stated() -> None:
    record = invented()
    record["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = -5
    converted = convert(record)
    assert "patients-enrolled" not in {node["quantityKind"] for node in of_type(converted, "Quantity")}
    assert [flag.pointer for flag in converted.flags if flag.kind == "impossible number"] == [
        "/protocolSection/designModule/enrollmentInfo/count"
    ]


def test_the_number_of_a_grant_is_no_name_of_a_study() -> None:
    record = invented()
    record["protocolSection"]["identificationModule"]["secondaryIdInfos"] = [
        {"id": "2015-001894-41", "type": "EUDRACT_NUMBER"}, {"id": "U10CA000000", "type": "NIH"},
    ]  # fmt: skip
    (study,) = of_type(convert(record), "ClinicalTrial")
    assert study["names"] == ["EX-1", "2015-001894-41"]


def test_the_reason_of_a_missing_number_is_never_not_reached_by_default() -> None:
    assert {printed.reason_of(text) for text in ("", "NA", "see comment", "n/a")} == {"not-reported"}


def test_a_ratio_whose_interval_includes_one_settles_nothing() -> None:
    shown = (directions.PrintedValue(60, 0.5, 100), directions.PrintedValue(40, 0.5, 100))
    assert directions.by_arithmetic(directions.Effect("odds-ratio", 2.2, 0.9, 5), shown, "Response") is None
    assert directions.by_arithmetic(directions.Effect("odds-ratio", 2.2, 1.1, 5), shown, "Response") == 0
    assert directions.by_arithmetic(directions.Effect("odds-ratio", 0.45, 0.2, 0.9), shown, "Response") == 1


def simple_reading(path: Path) -> list[tuple[Any, ...]]:
    """Return for each analysis of a real record what its fields print: a reading that shares nothing with the converter."""
    read, record = [], json.loads(path.read_bytes())
    arms = {each["label"] for each in record["protocolSection"].get("armsInterventionsModule", {}).get("armGroups", [])}
    for outcome in record["resultsSection"].get("outcomeMeasuresModule", {}).get("outcomeMeasures", []):
        titles = {each["id"]: " ".join(each["title"].split()) for each in outcome.get("groups", [])}
        titles = {key: arm if (arm := title.removesuffix(" (FAS)")) in arms else title for key, title in titles.items()}
        for each in outcome.get("analyses", []):
            groups = tuple(sorted({titles[name].casefold() for name in each["groupIds"]}))
            keys = ("paramValue", "ciLowerLimit", "ciUpperLimit", "ciPctValue", "pValue", "dispersionValue")
            printed = {key: each[key] for key in keys if key in each}
            read.append((groups, tuple(sorted(printed.values()))))
    return sorted(read)


def test_every_analysis_of_the_real_records_has_its_numbers_and_groups() -> None:
    total = 0
    for path in sound_paths():
        converted = conversion.convert(reading.read(path.read_bytes()), names())
        named = by_name(converted)
        stated = []
        for node in of_type(converted, "EffectEstimate", "UndirectedResult", "TestResult"):
            if "comparison" in node:
                comparison = named[str(node["comparison"])]
                members = [comparison["intervention"], comparison["comparator"]]
            else:
                members = named[str(node["groupSet"])]["member"]
            groups = tuple(sorted({str(named[str(name)]["label"]).casefold() for name in members}))
            stated.append((groups, tuple(sorted(str(named[str(name)]["printed"]) for name in node["figure"]))))
        assert sorted(stated) == simple_reading(path), path.name
        total += len(stated)
    assert total == 29


def wrong(converted: Conversion) -> list[tuple[str, str]]:
    """Return kind and words of the checks that fail; each has a discrepancy that disputes its result."""
    failed = [node for node in converted.checks if node.get("outcome") == "inconsistent"]
    disputed = {name for node in converted.checks if node["type"] == "Discrepancy" for name in node["disputes"]}
    assert {name for node in failed for name in node["about"]} <= disputed
    assert shapes().violations(quads.of_checked_nodes(converted.checks)) == []
    return [(node["checkKind"], node["text"]) for node in failed]


def test_faults_of_the_source_are_discrepancies_and_no_refusals() -> None:
    outside = {"paramType": "Hazard Ratio (HR)", "paramValue": "1.71", "ciPctValue": "95", "ciLowerLimit": "0.55", "ciUpperLimit": "0.93"}
    count = outcome("Overall Response", [{"value": "108"}, {"value": "9"}], paramType="COUNT_OF_PARTICIPANTS", unitOfMeasure="Participants")
    survival = outcome("Overall Survival", [{"value": "60"}, {"value": "50"}], [analysis(**outside, pValue="1.2")])
    adverse = {
        "eventGroups": [{"id": "EG000", "title": "Daratumumab", "deathsNumAffected": 12, "deathsNumAtRisk": 10}],
        "otherEvents": [{"term": "Rash", "stats": [{"groupId": "EG000", "numAffected": 3, "numAtRisk": 10}]}],
    }
    cells = {"STARTED": "100", "COMPLETED": "90", "NOT COMPLETED": "9"}
    milestones = [{"type": name, "achievements": [{"groupId": "FG000", "numSubjects": number}]} for name, number in cells.items()]
    flow = {"groups": [{"id": "FG000", "title": "Daratumumab"}], "periods": [{"title": "All: part 1", "milestones": milestones}]}
    converted = convert(results(count, survival, adverseEventsModule=adverse, participantFlowModule=flow))
    assert sorted(wrong(converted)) == [
        ("order", "the value 1.71 is above the upper 0.93."),
        ("parts-against-whole", "90 completed and 9 did not, which are 99; 100 started."),
        ("possible-numbers", "the P value 1.2 is printed, and a P value is from 0 to 1."),
        ("possible-numbers", "the count 108 is above the total 100."),
        ("possible-numbers", "the count 12 is above the total 10."),
    ]


def test_a_standard_error_is_not_checked_as_a_standard_deviation_nor_a_one_sided_interval_as_two_sided() -> None:
    score = outcome(
        "Invented Score",
        [{"value": "2", "spread": "900"}, {"value": "1"}],
        paramType="MEAN",
        unitOfMeasure="points",
        dispersionType="Standard Error",
    )
    one_sided = outcome("Overall Survival", [{"value": "60"}, {"value": "50"}], [analysis(**HAZARD, ciNumSides="ONE_SIDED", pValue="0.9")])
    assert wrong(convert(results(score, one_sided))) == []


def test_arithmetic_over_the_real_records_has_one_known_fault_and_no_false_alarm() -> None:
    """The regions of one record count 8 of 4, 8 of 4 and 16 of 8."""
    failed = {
        path.stem: faults for path in sound_paths()
        if (faults := wrong(conversion.convert(reading.read(path.read_bytes()), names())))
    }  # fmt: skip
    assert {name: [text for _, text in faults] for name, faults in failed.items()} == {
        "NCT00763412": ["the count 8 is above the total 4."] * 2 + ["the count 16 is above the total 8."]
    }
