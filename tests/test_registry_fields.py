"""Fields of registry records: each that has a rule is stated, and texts, dates and odd words never break a shape."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from mabgraph.graph.building import quads
from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.registry import conversion, pointers, reading
from mabgraph.ingest.registry.conversion import Conversion

from .registryrecords import NUMBER, SHARED, full, invented
from .test_registry_conversion import by_name, names, of_type, shapes
from .test_registry_ledger import NUMBERS, walk

MAP = SHARED.parent / "v2_field_map.csv"
#: Paths of the map that nothing states, with the reason.
NOT_STATED = {
    "protocolSection.conditionsModule.keywords": "read, by --only and around abbreviations of conditions",
    "resultsSection.baselineCharacteristicsModule.measures.calculatePct": "whether a site works out a percentage: never a reported one",
    "resultsSection.outcomeMeasuresModule.outcomeMeasures.calculatePct": "whether a site works out a percentage: never a reported one",
    "resultsSection.moreInfoModule.certainAgreement.": "about who may publish",
    "resultsSection.moreInfoModule.pointOfContact.": "about persons",
    "documentSection.largeDocumentModule.largeDocs.": "the address of the file is stated (filename)",
    "derivedSection.conditionBrowseModule.": "worked out by the registry from the texts: corroborates, never states",
    "derivedSection.interventionBrowseModule.": "worked out by the registry from the texts: corroborates, never states",
}


@cache
def paths() -> dict[str, str]:
    """Return the paths of the map with the type of each."""
    if not MAP.is_file():
        pytest.skip(f"{MAP} is not here: it is read in place and not kept in this repository")
    with MAP.open(encoding="utf-8") as file:
        return {row["v2_path"]: row["type"] for row in csv.DictReader(file)}


def at(value: Any, path: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each object that has the last step of ``path``, and that step; arrays on the way count as any of their items."""
    if isinstance(value, list):
        for each in value:
            yield from at(each, path)
    elif isinstance(value, dict) and path[0] in value:
        if len(path) == 1:
            yield value, path[0]
        else:
            yield from at(value[path[0]], path[1:])


def reason(path: str) -> str:
    return next((why for start, why in NOT_STATED.items() if path.startswith(start) and not path.endswith(".filename")), "")


def convert(record: dict[str, Any]) -> Conversion:
    return conversion.convert(reading.read(json.dumps(record).encode()), names())


def statements(record: dict[str, Any]) -> set[str]:
    """Return what a record states, without what changes with any byte of it: its digest, its length, and offsets."""
    lines = quads.of_registry(convert(record).nodes, NUMBER.lower()).lines.decode().splitlines()
    return {line for line in lines if not re.search(r"ontology/(?:sha256|characters|numerals)>|ns/oa#(?:start|end)>", line)}


def change(holder: dict[str, Any], key: str, kind: str) -> None:
    """Change the value at ``key`` to another of its type, or take it out where it has few words to choose from."""
    value = holder[key]
    if kind == "markup" or (kind == "text" and isinstance(value, str) and not re.search(r"\d", value)):
        holder[key] = f"{value} zebra"
    else:
        del holder[key]


@pytest.mark.slow
def test_each_path_of_the_map_that_has_a_rule_is_stated() -> None:
    """Another value, or none, at any path of the map makes other statements; ids of groups are those of their table."""
    before, silent, absent = statements(full()), [], []
    for path, kind in paths().items():
        if reason(path) or path.endswith((".id", "groupId")):
            continue
        record = full()
        holders = list(at(record, path.split(".")))
        if not holders:
            absent.append(path)
            continue
        for holder, key in holders:
            change(holder, key, kind)
        try:
            after = statements(record)
        except RecordError:
            continue  # without it there is no record
        if after == before:
            silent.append(path)
    assert (silent, absent) == ([], [])


def test_a_field_that_nothing_reads_refuses_no_record() -> None:
    """Whatever is not stated may be of any type."""
    for path in paths():
        if reason(path) and not path.endswith(("keywords", ".filename")):
            record = full()
            holders = list(at(record, path.split(".")))
            for holder, key in holders:
                holder[key] = [{"any": "thing"}]
            assert holders or path.startswith(("derivedSection", "resultsSection.moreInfo", "documentSection"))
            convert(record)
    record = full()
    record["protocolSection"] |= {"contactsLocationsModule": [1], "designModule": record["protocolSection"]["designModule"] | {"new": 5}}
    assert convert(record).nodes


@pytest.mark.parametrize(
    ("key", "stated", "kind", "date"),
    [
        ("startDateStruct", {"date": "2015-03", "type": "ACTUAL"}, "enrolment-start", "2015-03"),
        ("startDateStruct", {"date": "2030-03", "type": "ESTIMATED"}, "planned-start", "2030-03"),
        ("primaryCompletionDateStruct", {"date": "2030", "type": "ESTIMATED"}, "planned-primary-completion", "2030"),
        ("completionDateStruct", {"date": "2020-01-31", "type": "ACTUAL"}, "study-completion", "2020-01-31"),
        ("completionDateStruct", {"date": "2020-01-31"}, "study-completion", "2020-01-31"),
        ("studyFirstPostDateStruct", {"date": "2014-12-24", "type": "ESTIMATED"}, "registration-posted", "2014-12-24"),
        ("resultsFirstPostDateStruct", {"date": "2019-11-05", "type": "ACTUAL"}, "results-posted", "2019-11-05"),
        ("completionDateStruct", {"date": "March 2020", "type": "ACTUAL"}, None, None),
        ("completionDateStruct", {"date": "2020-02-3", "type": "ACTUAL"}, None, None),
    ],
)
def test_dates_are_actual_or_planned(key: str, stated: dict[str, str], kind: str | None, date: str | None) -> None:
    record = invented()
    record["protocolSection"]["statusModule"] = {"overallStatus": "COMPLETED", key: stated}
    converted = convert(record)
    dated = [node for node in of_type(converted, "Quantity") if "date" in node]
    if kind is None:
        assert (dated, [flag.kind for flag in converted.flags if "date" in flag.kind]) == ([], ["unreadable date"])
        return
    (quantity,) = dated
    figure = by_name(converted)[quantity["figure"][0]]
    assert (quantity["quantityKind"], quantity["date"], quantity.get("dateType")) == (kind, date, stated.get("type"))
    assert (figure["printed"], figure["role"]) == (stated["date"], "date")


@pytest.mark.parametrize(
    ("status", "key", "is_stated"),
    [
        ("RECRUITING", "startDateStruct", True), ("RECRUITING", "completionDateStruct", False), ("UNKNOWN", "startDateStruct", False),
        ("NOT_YET_RECRUITING", "startDateStruct", False), ("TERMINATED", "primaryCompletionDateStruct", True),
    ],
)  # fmt: skip
def test_a_date_without_a_type_was_where_the_study_has_come_so_far(status: str, key: str, is_stated: bool) -> None:
    record = invented()
    record["protocolSection"]["statusModule"] = {"overallStatus": status, key: {"date": "2015-03"}}
    converted = convert(record)
    assert bool([node for node in of_type(converted, "Quantity") if "date" in node]) == is_stated
    assert ("date without a type" in {flag.kind for flag in converted.flags}) != is_stated


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("18 Years", "18", "years"), ("6 Months", "6", "months"), ("1 Day", "1", "days"), ("N/A", None, None), ("N/A (No limit)", None, None),
        ("adult", None, "unreadable number"), ("18", None, "unreadable number"),
    ],
)  # fmt: skip
def test_limits_of_age_are_quantities(text: str, value: str | None, unit: str | None) -> None:
    record = invented()
    record["protocolSection"]["eligibilityModule"]["minimumAge"] = text
    converted = convert(record)
    ages = [node for node in of_type(converted, "Quantity") if node["quantityKind"] == "minimum-age"]
    assert [(node["value"], node["unit"]) for node in ages] == ([(value, unit)] if value else [])
    assert ("unreadable number" in {flag.kind for flag in converted.flags}) == (unit == "unreadable number")


def test_the_study_has_its_numbers_texts_and_addresses() -> None:
    converted = convert(full())
    (study,) = of_type(converted, "ClinicalTrial")
    assert study["registration"] == [NUMBER, "2015-001894-41"], "lists of trials show the greatest: no number that is no longer used"
    assert study["otherRegistration"] == ["NCT09990009"]
    assert study["names"] == ["EX-1", "2015-001894-41", "EX-2", "NCT09990009", "Examplimab in an Invented Lymphoma"]
    assert (study["grant"], study["reportedIn"]) == (["U10CA000000"], ["20000001"])
    assert study["studyDocument"] == ["01/NCT09990001/Prot_SAP_000.pdf"]
    assert (study["eligibleSex"], study["healthyVolunteers"]) == ("ALL", "false")
    assert (study["recruitment"], study["preAssignment"]) == ("By letters", "After a washout")
    assert of_type(converted, "Report")[0]["grant"] == ["U10CA000000"]
    assert "drug" not in study, "a group without a regimen would have every drug of the study"
    assert of_type(convert(invented()), "ClinicalTrial")[0]["drug"] == ["daratumumab", "lenalidomide"]


def test_an_intervention_of_no_arm_is_a_text_and_a_label_of_no_arm_is_flagged() -> None:
    module = {
        "armGroups": [{"label": "Arm One", "interventionNames": ["Drug: Daratumumab"]}],
        "interventions": [
            {"type": "DRUG", "name": "Daratumumab", "armGroupLabels": ["arm one"]},
            {"type": "RADIATION", "name": "Invented Rays", "armGroupLabels": ["Two"]},
        ],
    }
    converted = convert(invented(armsInterventionsModule=module))
    (study,) = of_type(converted, "ClinicalTrial")
    assert study["interventionText"] == ["Radiation: Invented Rays"]
    (flag,) = [flag for flag in converted.flags if flag.kind == "unknown arm"]
    assert flag.pointer == "/protocolSection/armsInterventionsModule/interventions/1/armGroupLabels/0"
    assert [node["interventionType"] for node in of_type(converted, "Regimen")] == [["DRUG"]]


@pytest.mark.parametrize(
    ("pointer", "value", "kind"),
    [
        ("/protocolSection/statusModule/overallStatus", "SLEEPING", "unknown word"),
        ("/protocolSection/eligibilityModule/sex", "Both", "unknown word"),
        ("/protocolSection/eligibilityModule/healthyVolunteers", "Accepts", "unknown word"),
        ("/protocolSection/identificationModule/nctIdAliases", ["NCT99"], "unreadable number"),
        ("/protocolSection/referencesModule/references/0/pmid", "PMC20", "unreadable number"),
        ("/documentSection/largeDocumentModule/largeDocs/0/filename", "../../etc/passwd", "unknown word"),
        ("/resultsSection/outcomeMeasuresModule/outcomeMeasures/3/anticipatedPostingDate", "soon", "unreadable date"),
        ("/derivedSection/miscInfoModule/versionHolder", "March 6, 2026", None),
        ("/protocolSection/statusModule/lastUpdatePostDateStruct/date", "May 7, 2020", None),
    ],
)
def test_odd_words_are_flagged_and_break_no_shape(pointer: str, value: Any, kind: str | None) -> None:
    record = full()
    above, _, last = pointer.rpartition("/")
    pointers.resolve(record, above)[last] = value
    converted = convert(record)
    assert shapes().violations(quads.of_registry(converted.nodes, NUMBER.lower())) == []
    assert kind is None or [flag.kind for flag in converted.flags if flag.pointer.startswith(pointer)] == [kind]


@pytest.mark.parametrize(
    "odd", ["-5", "NA", "", " ", "0,001", "1e5", "∞", "9" * 40, "0." + "0" * 40 + "1", "<0.001", "5 (10%)", "12.5", "½", "１２", "+3"]
)
def test_odd_numbers_are_kept_as_printed_and_break_no_shape(odd: str) -> None:
    """Every number of the record that is a text at once; each figure keeps its characters."""
    record = full()
    for pointer, value in [*walk(record["resultsSection"], "/resultsSection")]:
        if NUMBERS.search(pointer) and isinstance(value, str):
            above, _, last = pointer.rpartition("/")
            pointers.resolve(record, above)[last] = odd
    converted = convert(record)
    assert shapes().violations(quads.of_registry(converted.nodes, NUMBER.lower())) == []
    assert shapes().violations(quads.of_checked_nodes(converted.checks)) == []
    values = [node for node in of_type(converted, "Figure") if str(node["anchoredAt"]["id"]).endswith("/value")]
    assert {node["printed"] for node in values} == ({odd} if odd.strip() else set())
    assert converted.ledger.count("unaccounted") == 0
    for node in of_type(converted, "ArmResult"):
        assert not {"count", "value"} & node.keys() or "absence" not in node


def test_negative_counts_are_kept_and_called_impossible() -> None:
    record = full()
    record["resultsSection"]["adverseEventsModule"]["seriousEvents"][0]["stats"][0] |= {"numAffected": -3, "numEvents": -7, "numAtRisk": -1}
    converted = convert(record)
    assert shapes().violations(quads.of_registry(converted.nodes, NUMBER.lower())) == []
    assert [node["checkKind"] for node in converted.checks if node["type"] == "Check" and node["outcome"] == "inconsistent"]


def test_the_definition_of_an_outcome_that_changed_is_stated_beside_the_planned_one() -> None:
    record = full()
    outcomes = record["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"]
    outcomes[1]["timeFrame"] = "12 months"
    frames = [node["timeFrame"] for node in of_type(convert(record), "Definition") if node["definition"].startswith("Invented Score")]
    assert frames == ["18 months", "12 months"]


def test_an_outcome_without_a_title_leaves_no_record_out() -> None:
    record = full()
    record["protocolSection"]["outcomesModule"]["primaryOutcomes"] = [{"measure": ""}]
    record["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][3]["title"] = " "
    converted = convert(record)
    assert shapes().violations(quads.of_registry(converted.nodes, NUMBER.lower())) == []
    assert [node["definition"] for node in of_type(converted, "Definition")].count("without a title") == 2


def test_results_that_are_not_posted_are_said_to_be_so() -> None:
    (definition,) = [node for node in of_type(convert(full()), "Definition") if node["definition"] == "Not Yet"]
    assert (definition["reportingStatus"], definition["anticipatedPosting"]) == ("NOT_POSTED", "2027-05")


def test_whom_a_table_is_about_is_an_analysis_of_its_results() -> None:
    converted = convert(full())
    named = by_name(converted)
    baseline, outcome = named[f"estimate/{NUMBER.lower()}.baseline-0.0.0.0"], named[f"estimate/{NUMBER.lower()}.outcome-0.0.0.0"]
    assert named[str(baseline["analysis"])]["description"] == "All who began\nAll who had 1 dose"
    assert named[str(outcome["analysis"])]["description"] == "All who had 1 dose\nGroups: Control (FAS)"
    others = [node["analysis"] for node in of_type(converted, "ArmResult") if ".outcome-" in str(node["id"]) and "analysis" in node]
    assert set(others) == {outcome["analysis"], f"analysis/{NUMBER.lower()}.population-2"}, "the same words are one analysis"


def test_units_of_the_flow_are_no_participants() -> None:
    row = by_name(convert(full()))[f"estimate/{NUMBER.lower()}.flow-0.0.0"]
    assert (row["count"], row["unitsCount"], row["unitText"], row["description"]) == ("100", "6", "Clinics", "On day 1\nOf 6 clinics")
