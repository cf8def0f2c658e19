"""The TOWER trial as recorded: the answers that a reviewer would check first, each against what is printed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import recordfile, verification
from mabgraph.ingest.documents import open_library

RECORD = vocabulary.RECORDS / "kantarjian-2017.yaml"


def test_every_figure_is_at_its_characters(documents: Path) -> None:
    checked = verification.check(recordfile.load(RECORD), open_library(documents))
    assert checked.faults == ()
    assert checked.text_seen


@pytest.mark.parametrize(
    ("endpoint", "measure", "expected"),
    [
        ("overall-survival", "hazard-ratio", {("0.71", "0.55", "0.93", "= 0.01"), ("0.66", "0.5", "0.88", "= 0.004")}),
        ("event-free-survival", "hazard-ratio", {("0.55", "0.43", "0.71", "< 0.001")}),
        ("complete-remission-with-full-recovery", "difference-in-proportions", {("17.9", "9.6", "26.2", "< 0.001")}),
        ("complete-remission-any-recovery", "difference-in-proportions", {("19.3", "9.9", "28.7", "< 0.001")}),
    ],
)
def test_effects_as_printed(endpoint: str, measure: str, expected: set[tuple[str, ...]], real: Catalogue) -> None:
    rows = real.ask("estimates", {"trial": "TOWER", "endpoint": endpoint, "measure": measure, "exact": "true"})
    assert {(str(row["value"]), str(row["lower"]), str(row["upper"]), f"{row['p_operator']} {row['p_value']}") for row in rows} == expected
    assert {row["intervention"] for row in rows} == {"Blinatumomab"}


@pytest.mark.parametrize(
    ("endpoint", "measure", "expected"),
    [
        ("overall-survival", "median", {"7.7 (5.6-9.6)", "4 (2.9-5.3)", "6.9 (5.3-8.8)", "3.9 (2.8-4.9)"}),
        ("duration-of-remission", "median", {"7.3 (5.8-9.9)", "4.6 (1.8-19)"}),
        ("overall-survival", "survival-probability", {"54 (None-None)", "39 (None-None)"}),
        ("event-free-survival", "survival-probability", {"31 (None-None)", "12 (None-None)"}),
    ],
)
def test_results_of_groups_as_printed(endpoint: str, measure: str, expected: set[str], real: Catalogue) -> None:
    rows = real.ask("estimates", {"trial": "TOWER", "endpoint": endpoint, "measure": measure})
    assert {f"{row['value']} ({row['lower']}-{row['upper']})" for row in rows} == expected


def test_remissions_have_count_total_percent_and_interval(real: Catalogue) -> None:
    rows = real.ask("estimates", {"endpoint": "complete-remission-with-full-recovery", "measure": "proportion", "trial": "TOWER"})
    remissions = {(row["count"], row["total"], row["value"], row["lower"], row["upper"]) for row in rows}
    assert remissions == {(91, 271, Decimal("33.6"), Decimal(28), Decimal("39.5")), (21, 134, Decimal("15.7"), Decimal(10), Decimal(23))}


def test_the_trial_as_designed(real: Catalogue) -> None:
    rows = real.ask("trial", {"trial": "NCT02013167"})
    quantities = {str(row["value_label"]): str(row["number"]) for row in rows if row["detail"] == "quantity" and row["note"] == "TOWER"}
    expected = {"number of centres": "101", "number of countries": "21", "data cut-off": "2016-01-04"}
    assert {key: quantities.get(key) for key in expected} == expected
    doses = {f"{row['number']} {row['unit']}" for row in rows if row["detail"] == "dose"}
    assert {"9 micrograms per day", "28 micrograms per day"} <= doses


def test_a_cited_figure_is_not_the_trials_own(real: Catalogue) -> None:
    rows = real.ask("estimates", {"document": "kantarjian-2017"})
    cited = [row for row in rows if row["reported_by"] == "citation"]
    assert cited
    assert all(row["cited_from"] for row in cited)
    assert all(row["study_label"] != "TOWER" for row in cited)


def test_the_authors_caveat_against_comparing_trials_is_a_claim(real: Catalogue) -> None:
    rows = [row for row in real.ask("claims", {"about": "drug/inotuzumab-ozogamicin"}) if row["kind"] == "caveat"]
    assert rows
