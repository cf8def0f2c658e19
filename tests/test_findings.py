"""The summary of findings: a row for each end point and comparison, as printed; certainty and risk of bias are left empty."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from mabgraph.api.exports import comparing, findings
from mabgraph.api.exports.package import Package
from mabgraph.graph.compare.pooling import Action
from mabgraph.graph.questions.catalogue import Catalogue

from . import trials


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Return the catalogue of the invented trials."""
    return trials.opened(tmp_path_factory.mktemp("trials"))


def read(catalogue: Catalogue, asked: dict[str, list[str]], **more: Any) -> list[dict[str, str]]:
    """Return the rows of the summary of what is asked for."""
    package = comparing.package(catalogue, asked, "/v1/compare?asked", **more)
    assert isinstance(package, Package)
    body = findings.findings(package).decode()
    assert next(csv.reader(io.StringIO(body))) == list(findings.COLUMNS)
    return list(csv.DictReader(io.StringIO(body, newline="")))


def test_a_row_is_of_one_end_point_and_comparison_as_printed(catalogue: Catalogue) -> None:
    rows = read(catalogue, {"trial": ["ALPHA", "BETA", "DELTA", "SIGMA"], "measure": ["hazard-ratio"]})
    assert [(row["endpoint"], row["comparison"], row["studies"]) for row in rows] == [
        ("progression-free survival", "daratumumab versus dexamethasone", "2"),
        ("progression-free survival", "lenalidomide versus dexamethasone", "1"),
        ("overall survival", "daratumumab versus dexamethasone", "1"),
    ]
    assert rows[0]["effect"] == "ALPHA, hazard ratio 0.60 (95 % CI 0.45 to 0.80)\nBETA, hazard ratio 0.65 (95 % CI 0.50 to 0.84)"
    assert rows[2]["effect"] == "SIGMA, hazard ratio 0.72 (95 % CI 0.52 to 1.00)"
    assert len(rows[0]["estimate"].splitlines()) == len(rows[0]["anchor"].splitlines()) == 2


def test_certainty_and_risk_of_bias_are_empty_whatever_is_asked(catalogue: Catalogue) -> None:
    asked = {"trial": ["ALPHA", "BETA"], "measure": ["hazard-ratio"]}
    for row in (*read(catalogue, asked), *read(catalogue, asked, action=Action.pool)):
        assert (row["certainty"], row["risk_of_bias"]) == ("", "")


def test_counts_are_n_of_n_of_each_arm(catalogue: Catalogue) -> None:
    [row] = read(catalogue, {"trial": ["ALPHA"], "measure": ["proportion"]})
    assert row["comparison"] == "daratumumab versus dexamethasone"
    assert row["events"] == "daratumumab: 60/100\ndexamethasone: 40/98"
    assert row["patients"] == "ALPHA: 100 (analysed)\nALPHA: 98 (analysed)"
    [single] = read(catalogue, {"trial": ["THETA"], "measure": ["proportion"]})
    assert (single["comparison"], single["events"]) == ("daratumumab (single group)", "daratumumab: 45/90")


def test_patients_of_an_effect_are_those_of_its_groups_and_never_guessed(catalogue: Catalogue) -> None:
    rows = read(catalogue, {"trial": ["ALPHA", "DELTA"], "measure": ["hazard-ratio"]})
    assert rows[0]["patients"] == "ALPHA: 100 and 98 (denominator of results)"
    assert rows[1]["patients"] == "DELTA: not reported"


def test_what_was_pooled_stands_in_its_row_and_nothing_else_is_pooled(catalogue: Catalogue) -> None:
    asked = {"trial": ["ALPHA", "BETA"], "measure": ["hazard-ratio"]}
    assert [row["synthesis"] for row in read(catalogue, asked)] == [""]
    [row] = read(catalogue, asked, action=Action.pool)
    assert row["synthesis"] == "pooled, daratumumab versus dexamethasone: HR 0.6271 (95 % CI 0.5172 to 0.7603)"
    asked = {"trial": ["ALPHA", "GAMMA"], "measure": ["hazard-ratio"]}
    [row] = read(catalogue, asked, action=Action.pool, acknowledged=["different-populations"])
    assert (row["acknowledged"], row["reasons"]) == ("different-populations", "different-populations")


def test_real_rows_say_the_design_the_caveats_and_the_printed_numerals(real: Catalogue) -> None:
    [row] = read(real, {"drug": ["blinatumomab"], "endpoint": ["OS"], "measure": ["hazard-ratio"]})
    first, second = row["effect"].splitlines()
    assert first.endswith("hazard ratio: Blinatumomab versus chemotherapy), hazard ratio 0.71 (95 % CI 0.55 to 0.93); P = 0.01")
    assert second.startswith("TOWER (transplant censored survival hazard ratio"), "two estimates of one study are told apart"
    assert row["design"] == "randomised controlled trial"
    assert row["patients"] == "TOWER: 271 and 134 (randomised)"
    assert len(row["caveats"].splitlines()) > 3


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (
            {"value": 0.5, "printed": "0.50", "lower": 0.3, "upper": 0.8, "interval_kind": "confidence interval"},
            "ratio 0.50 (CI 0.3 to 0.8)",
        ),
        ({"value": 5.0, "printed": "5", "operator": ">", "unit": "months"}, "ratio > 5 months"),
        ({"value": None, "printed": None, "absence": "not reached"}, "ratio not reached"),
        ({"value": None, "printed": None, "absence": None}, "ratio not reported"),
        ({"value": None, "printed": None, "absence": None, "count": 3}, "ratio as counted"),
        ({"value": 1.0, "printed": "1", "lower": 0.0, "upper": 9.0, "interval_kind": "range"}, "ratio 1 (range 0.0 to 9.0)"),
        ({"value": 1.0, "printed": "1", "lower": 0.0, "upper": None}, "ratio 1"),
    ],
)
def test_an_estimate_is_told_as_printed(row: dict[str, Any], text: str) -> None:
    assert findings.estimate_text({"measure_label": "ratio", "figures": [], **row}) == text
