"""Coherence: wrong numbers are found, and sound numbers that look odd are not cried over. Each case is a record of one or two rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mabgraph.ingest import checks, coherence, effects, numerals, wholes
from mabgraph.ingest.accounts import Sum
from mabgraph.ingest.figures import Figure
from mabgraph.ingest.record import Analysis, Comparison, ResultSettings
from mabgraph.ingest.results import Result


def result(name: str, measure: str, group: str | None = None, comparison: str | None = None, *, masked: Any = (), **printed: str) -> Result:
    """Return a result whose figures print what is given for each role."""
    figures = tuple(
        Figure(role, "", place, place + len(text), text, "", "", numerals.read(text)) for place, (role, text) in enumerate(printed.items())
    )
    settings = ResultSettings(measure=measure, effect=measure if comparison else None, masked=masked)
    return Result(name, name.split(".", maxsplit=1)[0], settings, "overall-survival", group, comparison, (), figures)


def outcome(kind: str, row: Result, test: str | None = None, sides: Any = None) -> str | None:
    """Return the outcome of the check of ``kind``, or none where there is no such check."""
    analysis = Analysis(id="a", label="a", population="intention-to-treat", test=test, sides=sides)
    return next((check.outcome for check in coherence.of_result(row, analysis) if check.kind == kind), None)


HR = {"value": "0.71", "lower": "0.55", "upper": "0.93", "level": "95", "p_value": "0.01"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "consistent"),
        ({"value": "0.95"}, "inconsistent"),
        ({"value": "0.94"}, "inconsistent"),
        ({"value": "0.935"}, "consistent"),
        ({"lower": "0.93", "upper": "0.92", "value": "0.9"}, "inconsistent"),
        ({"lower": "0.73"}, "inconsistent"),
        ({"value": "0.55"}, "consistent"),
        ({"value": "<0.5"}, "consistent"),
        ({"lower": "0.554", "value": "0.55"}, "consistent"),
    ],
)
def test_bounds_and_estimate_are_in_order(changed: dict[str, str], expected: str) -> None:
    assert outcome("order", result("r", "hazard-ratio", comparison="c", **HR | changed)) == expected


@pytest.mark.parametrize(
    ("value", "lower", "upper", "expected"),
    [
        ("0.71", "0.55", "0.93", "consistent"),
        ("0.24", "0.16", "0.49", "inconsistent"),
        ("0.60", "0.37", "0.97", "consistent"),
        ("0.7", "0.5", "0.9", "consistent"),
        ("1.00", "0.50", "2", "consistent"),
        ("0.17", "0.10", "0.93", "inconsistent"),
        ("0.1", "0", "0.4", "not-checkable"),
    ],
)
def test_a_ratio_is_near_the_middle_of_its_interval(value: str, lower: str, upper: str, expected: str) -> None:
    assert outcome("geometric-middle", result("r", "hazard-ratio", comparison="c", value=value, lower=lower, upper=upper)) == expected


def test_a_difference_or_a_range_has_no_geometric_middle() -> None:
    assert outcome("geometric-middle", result("r", "median", group="g", value="1", lower="0.5", upper="9")) is None


@pytest.mark.parametrize(
    ("changed", "test", "expected"),
    [
        ({}, None, "consistent"),
        ({"p_value": "0.10"}, None, "inconsistent"),
        ({"p_value": "<0.001"}, None, "inconsistent"),
        ({"p_value": "<0.05"}, None, "consistent"),
        ({"p_value": "0.10"}, "stratified-log-rank-test", "not-checkable"),
        ({"p_value": "0.01"}, "stratified-log-rank-test", "consistent"),
        ({"p_value": "0.005"}, "one-sided-log-rank-test", "consistent"),
        ({"lower": "0.526", "upper": "0.958", "level": "97.5"}, None, "consistent"),
        ({"value": "0.60", "lower": "0.37", "upper": "0.97", "p_value": ".03"}, None, "consistent"),
        ({"value": "0.7", "lower": "0.5", "upper": "0.9", "p_value": "0.01"}, None, "consistent"),
        ({"lower": "0"}, None, "not-checkable"),
        ({"value": "0", "lower": "0"}, None, "not-checkable"),
    ],
)
def test_the_p_value_is_that_of_the_interval_at_its_own_level(changed: dict[str, str], test: str | None, expected: str) -> None:
    assert outcome("p-value-against-interval", result("r", "hazard-ratio", comparison="c", **HR | changed), test) == expected


def test_a_97_5_percent_interval_read_as_95_would_be_a_false_alarm() -> None:
    wide = {"value": "0.80", "lower": "0.64", "upper": "1.00", "p_value": "0.025"}
    assert outcome("p-value-against-interval", result("r", "hazard-ratio", comparison="c", **wide, level="97.5")) == "consistent"
    narrower = result("r", "hazard-ratio", comparison="c", **wide, level="95")
    assert outcome("p-value-against-interval", narrower, sides="two") == "inconsistent"
    assert outcome("p-value-against-interval", narrower) == "not-checkable"
    assert outcome("p-value-against-interval", narrower, sides="one") == "consistent"


@pytest.mark.parametrize("level", ["0", "0.95", "100", "99.9999999999999999999", "1000"])
def test_a_level_that_no_interval_has_is_not_checkable(level: str) -> None:
    estimate = result("r", "hazard-ratio", comparison="c", **(HR | {"level": level}))
    assert outcome("p-value-against-interval", estimate) == "not-checkable"


def test_an_interval_without_its_level_is_not_checkable() -> None:
    texts = {role: text for role, text in HR.items() if role != "level"}
    assert outcome("p-value-against-interval", result("r", "hazard-ratio", comparison="c", **texts)) == "not-checkable"


@pytest.mark.parametrize(
    ("count", "total", "percent", "masked", "expected"),
    [
        ("91", "271", "33.6", (), "consistent"),
        ("91", "271", "33.7", (), "inconsistent"),
        ("25", "143", "16.9", (), "inconsistent"),
        ("1", "8", "12.5", (), "consistent"),
        ("1", "8", "13", (), "consistent"),
        ("1", "8", "12", (), "consistent"),
        ("1", "267", "<1", (), "consistent"),
        ("3", "267", "<1", (), "inconsistent"),
        ("0", "109", "0", (), "consistent"),
        ("<5", "143", "<3.5", ("<5", "<3.5"), "not-checkable"),
        ("60", "80", "75", (), "consistent"),
    ],
)
def test_a_percentage_is_that_of_its_count(count: str, total: str, percent: str, masked: tuple[str, ...], expected: str) -> None:
    row = result("r", "proportion", group="g", masked=masked, count=count, total=total, percent=percent)
    assert outcome("percent-against-count", row) == expected


@pytest.mark.parametrize(
    ("total", "percent", "expected"),
    [
        ("32", "36", "inconsistent"),
        ("32", "37", "consistent"),
        ("32", "38", "consistent"),
        ("49", "25", "inconsistent"),
        ("98", "71", "consistent"),
        ("8", "<20", "not-checkable"),
    ],
)
def test_a_percentage_alone_is_that_of_some_whole_number(total: str, percent: str, expected: str) -> None:
    assert outcome("whole-count", result("r", "proportion", group="g", total=total, percent=percent)) == expected


def test_a_survival_probability_need_not_be_a_whole_number_of_patients() -> None:
    assert outcome("whole-count", result("r", "survival-probability", group="g", total="32", value="37")) is None


@pytest.mark.parametrize(
    ("difference", "expected"), [("17.9", "consistent"), ("18", "consistent"), ("19.0", "inconsistent"), ("-17.9", "inconsistent")]
)
def test_a_difference_is_that_of_its_groups(difference: str, expected: str) -> None:
    comparisons = {"c": Comparison(id="c", label="c", intervention="a", comparator="b")}
    row = [
        result("r.a", "proportion", group="a", count="91", total="271", percent="33.6"),
        result("r.b", "proportion", group="b", count="21", total="134", percent="15.7"),
        result("r.c", "difference-in-proportions", comparison="c", value=difference),
    ]
    assert [check.outcome for check in effects.check(row[2], effects.ComparedGroups(row, comparisons), None)] == [expected]


@pytest.mark.parametrize(
    ("difference", "expected"),
    [("17.0", "consistent"), ("19.0", "consistent"), ("18", "consistent"), ("16.8", "inconsistent"), ("19.2", "inconsistent")],
)
def test_a_difference_of_rounded_groups_reaches_from_end_to_end(difference: str, expected: str) -> None:
    """45 and 27 stand for 44.5 to 45.5 and 26.5 to 27.5: their difference for 17.0 to 19.0."""
    comparisons = {"c": Comparison(id="c", label="c", intervention="a", comparator="b")}
    row = [
        result("r.a", "proportion", group="a", value="45"),
        result("r.b", "proportion", group="b", value="27"),
        result("r.c", "difference-in-proportions", comparison="c", value=difference),
    ]
    [check] = effects.check(row[2], effects.ComparedGroups(row, comparisons), None)
    assert (check.outcome, check.expected) == (expected, (17.0, 19.0))


def test_seventy_percent_from_parts_that_round_to_seventy_one_is_no_alarm() -> None:
    """Parts are added as counts, never as rounded percentages."""
    parts = [("3", "3"), ("25", "26"), ("41", "42")]
    rows = {
        f"p{place}": [result(f"p{place}.g", "proportion", group="g", count=count, total="98", percent=percent)]
        for place, (count, percent) in enumerate(parts)
    }
    rows["whole"] = [result("whole.g", "proportion", group="g", count="69", total="98", percent="70")]
    total = Sum(id="s", parts=("p0", "p1", "p2"), whole="whole")
    assert [check.outcome for check in wholes.sums(total, rows)] == ["consistent"]


@pytest.mark.parametrize(
    ("counts", "expected"), [(("40", "60"), "consistent"), (("40", "59"), "inconsistent"), (("40", "<5"), "not-checkable")]
)
def test_parts_add_up_to_the_denominator(counts: tuple[str, str], expected: str) -> None:
    rows = {
        name: [result(f"{name}.g", "proportion", group="g", count=count, total="100")]
        for name, count in zip(("a", "b"), counts, strict=True)
    }
    checks = list(wholes.sums(Sum(id="s", parts=("a", "b")), rows))
    assert [check.outcome for check in checks] == [expected]


def test_parts_of_which_one_prints_no_count_are_not_added() -> None:
    counted, uncounted = (
        result(f"{name}.g", "proportion", group="g", **{role: "40"}, total="100") for name, role in (("a", "count"), ("b", "percent"))
    )
    [check] = wholes.sums(Sum(id="s", parts=("a", "b")), {"a": [counted], "b": [uncounted]})
    assert (check.outcome, check.text) == ("not-checkable", "a count is not printed")


def test_an_inconsistency_that_nobody_described_becomes_a_discrepancy() -> None:
    from pathlib import Path

    from mabgraph.ingest import nodes, record, recordfile

    path = Path(__file__).parent / "data" / "records" / "example-2020.yaml"
    text = (
        path.read_text("utf-8")
        .replace("30 (50.0) |", "30 (51) |")
        .replace("[20.0](versus-standard-care.value)", "[21](versus-standard-care.value)")
    )

    def computed(between: str) -> dict[str, Any]:
        """Return the nodes of checks of the response by type; ``between`` is what a discrepancy of the record is about."""
        named = f"{{id: d, discrepancy_kind: arithmetic, between: [{between}], subject: S, text: Described.}}"
        file = recordfile.parse(text + f"discrepancies:\n  - {named}\n", path)
        typed = record.validate(file)
        every = checks.check_nodes(typed, nodes.by_name(typed, file))
        return {str(node.get("type", node["id"])): node for node in every if node.get("outcome") != "consistent"}

    seen = computed("small-numbers")
    assert seen["Check"]["outcome"] == "inconsistent"
    assert Decimal(seen["Check"]["expectedLower"]) == 50
    assert seen["Discrepancy"]["computation"] == "30 of 60 is 50 %; 51 is printed."
    assert seen["Discrepancy"]["origin"] == ["computed"]
    assert seen["Discrepancy"]["label"].startswith("EXAMPLE, complete remission, Examplimab: the text prints 30 of 60 (51 %)")
    assert seen["Discrepancy"]["disputes"] == ["estimate/example-2020.any-response.examplimab"]
    named = [name.removeprefix("figure/example-2020.any-response.examplimab.") for name in seen["Discrepancy"]["between"]]
    assert {name.partition("-")[0] for name in named} == {"count", "total", "percent"}
    for between in ("any-response", "any-response.examplimab"):
        seen = computed(between)
        assert "Discrepancy" not in seen
        assert seen["discrepancy/example-2020.d"] == {
            "id": "discrepancy/example-2020.d", "origin": ["computed"], "computation": "30 of 60 is 50 %; 51 is printed.",
        }  # fmt: skip
    assert "Discrepancy" in computed("any-response.standard-care.percent")
