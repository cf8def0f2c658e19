"""Conflicts: numbers of one study that two documents print differently are recorded with both sides; only unexplained ones dispute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from unittest import mock

import pytest

from mabgraph.api.collections.resources import DISCREPANCIES
from mabgraph.graph.building import build, conflicts
from mabgraph.graph.compare import compare, pooling
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import nodes, record
from mabgraph.ingest.conflicts import Report, find

from . import quick, reports
from .reports import Hazard

FIRST: Final = reports.Report("first-2020", "aurora", "AURORA")
SECOND: Final = replace(FIRST, document="second-2021", label="AURORA, later")
STUDY: Final = "study/aurora"


def read(folder: Path, report: reports.Report) -> Report:
    typed, file = record.load(reports.write(folder / report.document, [report]) / f"{report.document}.yaml")
    return Report(typed, nodes.by_name(typed, file))


def between(folder: Path, first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the conflicts of two reports of AURORA that differ as said, by what they are about."""
    earlier, later = read(folder, replace(FIRST, **first)), read(folder, replace(SECOND, **second))
    return {str(node["id"]).split(".")[1]: node for node in find(STUDY, earlier, later)}


#: What the second report says otherwise, what the first does, and the kind of the conflict about the hazard ratio for death; none for none.
HAZARDS: Final[dict[str, tuple[dict[str, Any], dict[str, Any], str | None]]] = {
    "the same": ({}, {}, None),
    "another number": ({"hazard": Hazard("0.75")}, {}, "unexplained"),
    "another bound": ({"hazard": Hazard(upper="0.94")}, {}, "unexplained"),
    "rounded": ({"hazard": Hazard("0.7", "0.55", "0.93")}, {}, "rounding"),
    "no rounding": ({"hazard": Hazard("0.8", "0.55", "0.93")}, {}, "unexplained"),
    "more zeros": ({"hazard": Hazard("0.710", "0.550", "0.930")}, {}, None),
    "both cut-offs": ({"hazard": Hazard("0.75"), "cutoff": "May 2021"}, {"cutoff": "May 2019"}, "other-cut-off"),
    "the same cut-off": ({"hazard": Hazard("0.75"), "cutoff": "May 2019"}, {"cutoff": "May 2019"}, "unexplained"),
    "a day of the month": ({"hazard": Hazard("0.75"), "cutoff": "May 3, 2019"}, {"cutoff": "May 2019"}, "unexplained"),
    "one cut-off": ({"hazard": Hazard("0.75"), "cutoff": "May 2021"}, {}, "unexplained"),
    "the other cut-off": ({"hazard": Hazard("0.75")}, {"cutoff": "May 2019"}, "unexplained"),
    "longer follow-up": ({"hazard": Hazard("0.75"), "follow_up": "24"}, {"follow_up": "12"}, "other-cut-off"),
    "the same follow-up": ({"hazard": Hazard("0.75"), "follow_up": "12"}, {"follow_up": "12"}, "unexplained"),
    "other patients": ({"hazard": Hazard("0.75"), "population": "as-treated"}, {}, "other-population"),
    "patients that are not named": ({"hazard": Hazard("0.75"), "population": "as-reported"}, {}, "unexplained"),
    "other patients, the same number": ({"population": "as-treated"}, {}, None),
    "another rule of censoring": ({"hazard": Hazard("0.75"), "censoring": "censored-at-transplantation"}, {}, None),
    "another drug": ({"hazard": Hazard("0.75"), "drug": "rituximab"}, {}, None),
    "another study": ({"hazard": Hazard("0.75"), "study": "borealis"}, {}, None),
    "not printed": ({"hazard": None}, {}, None),
}  # fmt: skip


@pytest.mark.parametrize("case", HAZARDS)
def test_the_likely_kind_of_a_conflict(tmp_path: Path, case: str) -> None:
    second, first, kind = HAZARDS[case]
    conflict = between(tmp_path, first, second).get("death")
    assert (conflict and conflict["discrepancyKind"]) == kind
    if conflict is not None:
        results = ["estimate/first-2020.death", "estimate/second-2021.death"]
        assert conflict["compares"] == results
        assert conflict.get("disputes", []) == (results if kind == "unexplained" else [])
        assert ("does not say when" in conflict["text"]) == (case in {"one cut-off", "the other cut-off"})
        assert {name.split(".")[0] for name in conflict["between"]} == {"figure/first-2020", "figure/second-2021"}
        assert (conflict["document"], conflict["against"]) == ("document/second-2021", "document/first-2020")


def test_numbers_of_patients_that_differ_are_other_patients(tmp_path: Path) -> None:
    conflict = between(tmp_path, {}, {"responders": ((55, 110), (30, 118))})
    assert {name: node["discrepancyKind"] for name, node in conflict.items()} == {"responses": "other-population"}


def test_numbers_of_events_that_differ_are_unexplained(tmp_path: Path) -> None:
    conflict = between(tmp_path, {}, {"responders": ((61, 120), (30, 118))})["responses"]
    assert conflict["discrepancyKind"] == "unexplained"
    assert conflict["disputes"] == ["estimate/first-2020.responses.new-arm", "estimate/second-2021.responses.new-arm"]


def test_both_sides_are_named_with_their_places(tmp_path: Path) -> None:
    text = between(tmp_path, {}, {"hazard": Hazard("0.75")})["death"]["text"]
    assert "in first-2020 the text prints 0.71 (0.55 to 0.93) (characters " in text
    assert "in second-2021 the text prints 0.75 (0.55 to 0.93) (characters " in text
    assert text.endswith("Documents: first-2020, second-2021.")


def test_a_group_that_could_be_two_is_none(tmp_path: Path) -> None:
    """Two arms with the role and drugs of one: which of them it is would be a guess, unless its name says it."""
    earlier, later = read(tmp_path, FIRST), read(tmp_path, replace(SECOND, hazard=Hazard("0.75")))
    arm = earlier.nodes["group/first-2020.new-arm"]
    twin = arm | {"id": "group/first-2020.twin", "label": "Another dose"}
    unnamed = {**earlier.nodes, "group/first-2020.twin": twin, "group/first-2020.new-arm": arm | {"label": "A dose"}}
    assert list(find(STUDY, Report(earlier.record, unnamed), later)) == []
    named = {**earlier.nodes, "group/first-2020.twin": twin}
    assert [node["discrepancyKind"] for node in find(STUDY, Report(earlier.record, named), later)] == ["unexplained"]


def test_a_number_that_agrees_with_one_of_two_is_no_conflict(tmp_path: Path) -> None:
    """A document that contradicts itself is not accused once more where another document takes one of its sides."""
    earlier, later = read(tmp_path, FIRST), read(tmp_path, SECOND)
    result = earlier.nodes["estimate/first-2020.death"]
    value, *rest = result["figure"]
    twice = result | {"id": "estimate/first-2020.death-again", "figure": [value | {"printed": "0.76"}, *rest]}
    assert list(find(STUDY, Report(earlier.record, {**earlier.nodes, str(twice["id"]): twice}), later)) == []


@pytest.mark.parametrize(
    ("one", "other", "differ"), [("<0.001", "0.0004", False), ("<0.001", "0.01", True), (">0.05", "0.04", True), ("<0.05", "<0.01", False)]
)
def test_a_bound_of_a_p_value(tmp_path: Path, one: str, other: str, differ: bool) -> None:
    earlier, later = read(tmp_path, FIRST), read(tmp_path, SECOND)
    for report, printed in ((earlier, one), (later, other)):
        node = report.nodes[f"estimate/{report.document}.death"]
        node["figure"].append(node["figure"][0] | {"role": "p_value", "printed": printed, "id": f"figure/{report.document}.p"})
    assert bool(list(find(STUDY, earlier, later))) is differ


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Return the catalogue of a dataset of three reports of a study, of which one differs, and one of another cut-off."""
    folder = tmp_path_factory.mktemp("conflicts")
    more = (
        replace(SECOND, cutoff="May 2019", hazard=Hazard("0.75", "0.58", "0.97")),
        replace(FIRST, document="third-2022", cutoff="May 2022", hazard=Hazard("0.66", "0.51", "0.86")),
    )
    with quick.unvalidated():
        build.build(reports.laid_over(folder, [replace(FIRST, cutoff="May 2019"), *more]), folder / "dataset")
    return catalogue.open_current(folder / "dataset")


def test_conflicts_are_listed_with_the_sides_of_both_documents(laid: Catalogue) -> None:
    rows, total = DISCREPANCIES.find(laid, {}, 100, 0)
    seen = {(row["id"].rpartition("/")[2], row["kind"]): {side["document"] for side in row["sides"]} for row in rows}
    assert seen == {
        ("second-2021.death.against-first-2020", "unexplained"): {"first-2020", "second-2021"},
        ("third-2022.death.against-first-2020", "other cut-off"): {"first-2020", "third-2022"},
        ("third-2022.death.against-second-2021", "other cut-off"): {"second-2021", "third-2022"},
    }
    assert total == 3
    for document in ("first-2020", "second-2021", "third-2022"):
        assert len(laid.ask("discrepancies-page", {"document": document})) == 2
        assert len(laid.ask("discrepancies-page", {"estimate": f"estimate/{document}.death"})) == 2


def test_only_what_nothing_explains_disputes_a_result(laid: Catalogue) -> None:
    rows = {vocabulary.local_name(str(row["estimate"])): row for row in laid.ask("estimates", {"measure": "hazard-ratio"})}
    assert {name: row["check_status"] for name, row in rows.items()} == {
        "first-2020.death": "disputed", "second-2021.death": "disputed", "third-2022.death": "consistent",
    }  # fmt: skip
    assert rows["third-2022.death"]["discrepancies"] is None
    assert "0.75" in str(rows["first-2020.death"]["discrepancies"])


def test_two_reports_of_one_study_are_not_pooled_unless_that_is_acknowledged(laid: Catalogue) -> None:
    comparison = compare.compare(laid, {"trial": "AURORA", "measure": "hazard-ratio"})
    refusal = pooling.act(comparison, pooling.Action.pool)
    assert isinstance(refusal, pooling.Refusal)
    [reason] = [each for each in refusal.reasons if each.code == "overlapping-patients"]
    assert "first-2020 and second-2021 report one study, AURORA" in reason.text
    acknowledged = [code for code in refusal.codes if code != "overlapping-patients"]
    assert isinstance(pooling.act(comparison, pooling.Action.pool, acknowledged), pooling.Refusal)


def test_follow_up_is_that_of_the_own_document(tmp_path: Path) -> None:
    with quick.quick_builds():
        build.build(reports.laid_over(tmp_path, [replace(FIRST, follow_up="12"), replace(SECOND, follow_up="24")]), tmp_path / "dataset")
    rows = compare.compare(catalogue.open_current(tmp_path / "dataset"), {"measure": "hazard-ratio"}).rows
    assert {vocabulary.local_name(row.document): row.follow_up for row in rows} == {
        "first-2020": ("12 months",),
        "second-2021": ("24 months",),
    }


def test_conflicts_of_a_study_are_worked_out_once_for_the_same_records(tmp_path: Path) -> None:
    other = [replace(report, study="borealis", document=f"b-{report.document}") for report in (FIRST, SECOND)]
    inputs = reports.laid_over(tmp_path, [FIRST, replace(SECOND, hazard=Hazard("0.75")), *other])
    with quick.quick_builds(), mock.patch.object(conflicts, "of_study", side_effect=conflicts.of_study) as compared:
        build.build(inputs, tmp_path / "dataset")
        assert [vocabulary.local_name(call.args[0]) for call in compared.call_args_list] == ["aurora", "borealis"]
        path = tmp_path / "records" / "b-first-2020.yaml"
        path.write_text(f"{path.read_text('utf-8')}# edited\n", "utf-8")
        compared.reset_mock()
        build.build(inputs, tmp_path / "dataset")
        assert [vocabulary.local_name(call.args[0]) for call in compared.call_args_list] == ["borealis"]
