"""Groups of tables of registry records: which title is an arm, with certainty, and which is only suggested."""

from __future__ import annotations

from typing import Any

import pytest

from mabgraph.ingest.registry.conversion import Conversion

from .registryrecords import invented
from .test_registry_conversion import by_name, convert, of_type, outcome, results

ARMS = {
    "armGroups": [{"label": label, "interventionNames": [f"Drug: {label}"]} for label in ("Daratumumab + Rd", "Placebo", "A")],
    "interventions": [],
}


def titled(*titles: str, arms: dict[str, Any] | None = None) -> Conversion:
    """Return what a record states whose one outcome has groups of these titles."""
    table = outcome("Invented Score", [{"value": str(number)} for number in range(len(titles))])
    table["groups"] = [{"id": f"OG00{number}", "title": title} for number, title in enumerate(titles)]
    table["denoms"] = []
    record = results(table)
    record["protocolSection"]["armsInterventionsModule"] = arms or ARMS
    return convert(record)


def groups_of(converted: Conversion) -> list[str]:
    """Return the names of the groups of the results, without the record."""
    return [str(node["group"]).partition(".")[2] for node in of_type(converted, "ArmResult")]


@pytest.mark.parametrize(
    "title",
    [
        "Placebo (FAS)", "Placebo [ITT]", "Placebo - mITT", "Placebo, PPS", "Placebo – FAS", "placebo (Safety Set)", "Placebo SAF",
        "Placebo (Intent-to-Treat Population)", "Placebo (Full Analysis Set)", "Placebo (SS)", "Placebo (as treated)", "PLACEBO  (FAS)",
    ],
)  # fmt: skip
def test_the_label_of_an_arm_with_a_population_is_that_arm(title: str) -> None:
    converted = titled("Daratumumab + Rd - ITT", title)
    assert groups_of(converted) == ["arm-0", "arm-1"]
    (result, _) = of_type(converted, "ArmResult")
    named = by_name(converted)
    assert "Daratumumab + Rd - ITT" in str(named[str(result["analysis"])]["description"]), "of whom it is stays in words"
    assert "unmatched group" not in {flag.kind for flag in converted.flags}


@pytest.mark.parametrize(
    ("title", "is_suggested"),
    [
        ("Placebo (Week 12)", True), ("Placebo (FAS) and More", True), ("Placebo FASTED", True), ("Placebo (fas)", True), ("Placebos (FAS)", False),
        ("Placebo (Age 65)", True), ("Placebo->Open Label (SS)", True), ("Placebo PP", True), ("Dara + Rd (FAS)", False), ("FAS", False),
        ("Placebo (Evaluable Population)", True), ("Other (FAS)", False),
    ],
)  # fmt: skip
def test_what_is_only_like_the_label_of_an_arm_is_a_group_of_its_own(title: str, is_suggested: bool) -> None:
    converted = titled(title)
    assert groups_of(converted) == ["outcomeMeasuresModule-outcomeMeasures-0-groups-0"]
    suggested = [flag.text for flag in converted.flags if flag.kind == "unmatched group"]
    assert (["placebo" in text for text in suggested] == [True]) == is_suggested


@pytest.mark.parametrize("titles", [("Placebo (FAS)", "Placebo (PPS)"), ("Placebo", "Placebo (FAS)")])
def test_two_groups_of_one_arm_in_a_table_stay_two(titles: tuple[str, str]) -> None:
    first, second = groups_of(titled(*titles))
    assert first != second
    assert second != "arm-1"


def test_a_title_that_two_arms_have_is_none_of_them() -> None:
    twins = {"armGroups": [{"label": "Placebo", "interventionNames": [name]} for name in ("Drug: X", "Drug: Y")], "interventions": []}
    converted = titled("Placebo", "Placebo (FAS)", arms=twins)
    assert not {"arm-0", "arm-1"} & set(groups_of(converted))
    flags = [flag.pointer for flag in converted.flags if flag.kind == "groups of one title"]
    assert flags[0].endswith("/armGroups/1/label")


def test_what_tables_write_of_a_group_is_joined() -> None:
    record = results(outcome("One", [{"value": "1"}, {"value": "2"}]), outcome("Two", [{"value": "1"}, {"value": "2"}]))
    for table, words in zip(
        record["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"], ("As planned", "Of  those  treated"), strict=True
    ):
        table["groups"][0]["description"] = words
    arm = next(node for node in of_type(convert(record), "Group") if node["label"] == "Daratumumab")
    assert arm["description"] == "As planned\n\nOf  those  treated"
    assert of_type(convert(invented()), "Group")[0].get("description") is None
