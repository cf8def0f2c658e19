"""Methods: what fits any way in which a paper may have reckoned is sound; what none gives is found. Each case is one result, or few."""

from __future__ import annotations

from typing import Any

import pytest

from mabgraph.ingest import coherence, effects, intervals, pvalues, results
from mabgraph.ingest.outcomes import numerals_of
from mabgraph.ingest.record import Analysis, Comparison, Group, Record, Row
from mabgraph.ingest.results import Result

from .test_coherence import outcome, result

COMPARISON = Comparison(id="c", label="c", intervention="a", comparator="b")


def outcomes(kind: str, *members: Result, **settings: Any) -> list[str]:
    """Return the outcomes of the checks of ``kind`` of a record with these results."""
    analysis = Analysis(id="x", label="x", population="intention-to-treat", **settings)
    for member in members:
        member.settings.__dict__["analysis"] = "x"
    groups = (Group(id="all", label="all"), Group(id="a", label="a", parent="all"), Group(id="b", label="b", parent="all"))
    record = Record.model_construct(analyses=(analysis,), comparisons=(COMPARISON,), groups=groups, sums=())
    return [check.outcome for check in coherence.of_record(record, members) if check.kind == kind]


def of_time(name: str, measure: str, group: str, time: str = "", **printed: str) -> Result:
    """Return a result with a time in months, where there is one."""
    new = result(name, measure, group=group, **printed, **({"time": time} if time else {}))
    new.settings.__dict__ |= {"time_unit": "months", "unit": "months" if measure == "median" else "percent"}
    return new


def spread(name: str, measure: str, interval: str, **printed: str) -> Result:
    """Return a mean or median with a range or quartiles."""
    new = result(name, measure, group="a", **printed)
    new.settings.__dict__["interval"] = interval
    return new


# ---- the interval of a proportion


def test_each_method_is_the_one_that_its_authors_print() -> None:
    """The intervals of 81 of 263, which Newcombe (1998) prints for five methods, and of 15 of 148; others by R's binom."""
    tail = 0.025
    assert [round(bound, 4) for bound in intervals.wald(81, 263, tail)] == [0.2522, 0.3638]
    assert [round(bound, 4) for bound in intervals.wald_corrected(81, 263, tail)] == [0.2503, 0.3657]
    assert [round(bound, 4) for bound in intervals.wilson(81, 263, tail)] == [0.2553, 0.3662]
    assert [round(bound, 4) for bound in intervals.wilson_corrected(81, 263, tail)] == [0.2535, 0.3682]
    assert [round(bound, 4) for bound in intervals.clopper_pearson(81, 263, tail)] == [0.2527, 0.3676]
    assert [round(bound, 4) for bound in intervals.wilson(15, 148, tail)] == [0.0624, 0.1605]
    assert [round(bound, 4) for bound in intervals.wilson_corrected(0, 20, tail)] == [0.0, 0.2005]
    assert [round(bound, 4) for bound in intervals.wilson_corrected(29, 29, tail)] == [0.8544, 1.0]


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [
        ("28.0", "39.5", "consistent"),  # Clopper-Pearson
        ("28.0", "39.2", "consistent"),  # Wald
        ("27.8", "39.4", "consistent"),  # Wald with continuity correction
        ("28.2", "39.4", "consistent"),  # Wilson, Jeffreys
        ("28", "39", "consistent"),
        ("28.1", "39.5", "not-checkable"),
        ("27.0", "39.5", "inconsistent"),
        ("28.0", "33.5", "inconsistent"),
        ("28.0", "39.9", "inconsistent"),
        ("28.0", "89.5", "inconsistent"),
        ("23.0", "39.5", "inconsistent"),
    ],
)
def test_the_interval_of_a_proportion_is_that_of_its_count(lower: str, upper: str, expected: str) -> None:
    row = result("r", "proportion", group="a", count="91", total="271", percent="33.6", lower=lower, upper=upper, level="95")
    assert outcome("interval-against-count", row) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"level": "90"}, "inconsistent"),
        ({"total": "277"}, "inconsistent"),
        ({"count": "97"}, "inconsistent"),
        ({"count": "<91"}, "not-checkable"),
        ({"total": "0"}, "not-checkable"),
        ({"count": "300"}, "not-checkable"),
    ],
)
def test_the_interval_depends_on_count_denominator_and_level(changed: dict[str, str], expected: str) -> None:
    printed = {"count": "91", "total": "271", "percent": "33.6", "lower": "28.0", "upper": "39.5", "level": "95"} | changed
    assert outcome("interval-against-count", result("r", "proportion", group="a", **printed)) == expected


@pytest.mark.parametrize(
    ("count", "total", "lower", "upper"),
    [
        ("0", "20", "0", "16.8"),
        ("0", "20", "0", "13.9"),
        ("29", "29", "88.1", "100"),
        ("1", "12", "-7.3", "24.0"),
        ("1", "12", "0", "24.0"),
    ],
)
def test_intervals_at_the_ends_are_sound(count: str, total: str, lower: str, upper: str) -> None:
    row = result("r", "proportion", group="a", count=count, total=total, lower=lower, upper=upper, level="95")
    assert outcome("interval-against-count", row) == "consistent"


def test_a_percentage_stands_for_all_counts_that_give_it() -> None:
    printed = {"total": "271", "percent": "34", "lower": "28", "upper": "40", "level": "95"}
    assert outcome("interval-against-count", result("r", "proportion", group="a", **printed)) == "consistent"
    assert outcome("interval-against-count", result("r", "proportion", group="a", **printed | {"upper": "46"})) == "inconsistent"
    assert outcome("interval-against-count", result("r", "proportion", group="a", **printed | {"total": "9000"})) == "not-checkable"


def test_what_is_no_interval_of_a_count_has_no_such_check() -> None:
    printed = {"count": "91", "total": "271", "percent": "33.6", "lower": "1", "upper": "90", "level": "95"}
    quartiles = result("r", "proportion", group="a", **printed)
    quartiles.settings.__dict__["interval"] = "interquartile-range"
    assert outcome("interval-against-count", quartiles) is None
    assert outcome("interval-against-count", result("r", "survival-probability", group="a", **printed)) is None
    events = result("r", "proportion", group="a", **printed)
    events.settings.__dict__["unit_of_analysis"] = "events"
    assert outcome("interval-against-count", events) == "not-checkable"


def test_a_level_that_a_row_shares_is_no_proof_against_an_interval_of_another() -> None:
    """The 90 % interval beside a 95 % that is printed once for the row; where it is printed with the interval, it is wrong."""
    printed = {"count": "91", "total": "271", "percent": "33.6", "lower": "28.8", "upper": "38.6", "level": "95"}
    assert outcome("interval-against-count", result("r.a", "proportion", group="a", **printed)) == "not-checkable"
    assert outcome("interval-against-count", result("r", "proportion", group="a", **printed)) == "inconsistent"


QUOTE = "[1.5](a.value) ([1.0](a.lower)-[2.0](a.upper)), [95](level) %; [2.5](b.value) ([2.0](b.lower)-[3.0](b.upper)[LEVEL]); [7](c.value)"


@pytest.mark.parametrize(
    ("level", "interval", "levels"),
    [
        ("", "", {"a": "95", "b": "95", "c": None}),
        (", [99](b.level) %", "", {"a": "95", "b": "99", "c": None}),
        ("", "interval: range, ", {"a": None, "b": None, "c": None}),
        ("", "interval: credible-interval, ", {"a": "95", "b": "95", "c": None}),
    ],
)
def test_a_shared_level_belongs_to_the_intervals_that_can_have_it(level: str, interval: str, levels: dict[str, str | None]) -> None:
    settings = {"interval": interval.split(": ")[1].rstrip(", ")} if interval else {}
    printed = [{"quote": QUOTE.replace("[LEVEL]", level), "at": "0"}]
    row = Row.model_validate({"id": "r", "variable": "overall-survival", "measure": "median", "printed": printed, **settings})
    expanded = results.expand_row(row, frozenset())
    assert {each.group: numerals["level"].printed if "level" in (numerals := numerals_of(each)) else None for each in expanded} == levels


# ---- P values


COUNTS = pvalues.EventCounts((15, 6), (40, 38))


@pytest.mark.parametrize(
    ("p_value", "expected"),
    [
        ("0.03", "consistent"),
        ("0.029", "consistent"),
        ("0.053", "consistent"),
        ("0.044", "consistent"),
        ("0.83", "inconsistent"),
        ("<0.00001", "inconsistent"),
    ],
)
def test_a_p_value_fits_any_test_of_two_counts(p_value: str, expected: str) -> None:
    """Of 15 of 40 and 6 of 38: chi-square 0.029, with continuity correction 0.053, Fisher 0.044."""
    effect = result("r", "risk-ratio", comparison="c", value="2.38", p_value=p_value)
    assert next(check.outcome for check in coherence.of_result(effect, None, COUNTS) if check.kind == pvalues.KIND) == expected


HR = {"value": "0.71", "lower": "0.55", "upper": "0.93", "level": "95"}


@pytest.mark.parametrize(
    ("p_value", "test", "sides", "expected"),
    [
        ("0.005", None, "one", "consistent"),
        ("0.005", None, None, "consistent"),
        ("0.001", None, "two", "inconsistent"),
        ("0.995", None, "one", "consistent"),
        ("0.995", None, None, "not-checkable"),
        ("0.02", None, "one", "inconsistent"),
        ("0.0105", "wald-test", "two", "consistent"),
        ("0.84", "stratified-log-rank-test", None, "inconsistent"),
        ("0.84", "gray-test", None, "not-checkable"),
    ],
)
def test_a_p_value_has_the_sides_that_are_declared(p_value: str, test: str | None, sides: str | None, expected: str) -> None:
    assert outcome(pvalues.KIND, result("r", "hazard-ratio", comparison="c", **HR, p_value=p_value), test, sides) == expected


def test_a_row_says_the_sides_of_its_own_p_value() -> None:
    row = result("r", "hazard-ratio", comparison="c", **HR, p_value="0.02")
    row.settings.__dict__["sides"] = "one"
    assert outcome(pvalues.KIND, row, sides="two") == "inconsistent"


def test_the_test_of_an_adjusted_analysis_may_be_unadjusted() -> None:
    row = result("r.c", "hazard-ratio", comparison="c", **HR, p_value="0.84")
    assert outcomes(pvalues.KIND, row, test="log-rank-test", adjusted_for=("age-factor",)) == ["not-checkable"]
    assert outcomes(pvalues.KIND, row, test="log-rank-test") == ["inconsistent"]


def test_a_hazard_ratio_without_interval_is_held_against_its_events() -> None:
    arms = [result(f"r.{arm}", "proportion", group=arm, count=count, total="100") for arm, count in (("a", "40"), ("b", "60"))]
    for p_value, expected in (("0.01", "consistent"), ("0.012", "consistent"), ("0.71", "inconsistent"), ("0.2", "not-checkable")):
        effect = result("r.c", "hazard-ratio", comparison="c", value="0.60", p_value=p_value)
        assert outcomes(pvalues.KIND, *arms, effect) == [expected]


# ---- effects and their groups


def arms(a: str, b: str, **printed: str) -> tuple[Result, Result]:
    """Return the counts of two groups of a row."""
    return (
        result("r.a", "proportion", group="a", count=a, total="100", **printed),
        result("r.b", "proportion", group="b", count=b, total="100", **printed),
    )


@pytest.mark.parametrize(
    ("measure", "value", "adjusted", "expected"),
    [
        ("odds-ratio", "2.67", (), "consistent"),
        ("odds-ratio", "4.1", (), "consistent"),
        ("odds-ratio", "0.67", (), "inconsistent"),
        ("odds-ratio", "9.67", (), "inconsistent"),
        ("odds-ratio", "9.67", ("age-factor",), "not-checkable"),
        ("risk-ratio", "2.0", (), "consistent"),
        ("risk-ratio", "7.0", (), "inconsistent"),
    ],
)
def test_a_ratio_is_not_far_from_that_of_the_counts(measure: str, value: str, adjusted: tuple[str, ...], expected: str) -> None:
    effect = result("r.c", measure, comparison="c", value=value)
    assert outcomes("ratio-of-groups", *arms("40", "20"), effect, adjusted_for=adjusted) == [expected]


def test_a_hazard_ratio_is_none_of_counts() -> None:
    assert outcomes("ratio-of-groups", *arms("40", "20"), result("r.c", "hazard-ratio", comparison="c", value="9")) == []


def test_a_difference_is_found_in_other_rows_of_the_same_analysis() -> None:
    medians = [of_time("m.a", "median", "a", value="7.7"), of_time("m.b", "median", "b", value="4.0")]
    for value, expected in (("3.7", ["consistent"]), ("3.8", ["consistent"]), ("-3.7", ["consistent"]), ("8.7", ["inconsistent"])):
        effect = result("d", "difference-in-medians", comparison="c", value=value)
        effect.settings.__dict__["effect_unit"] = "months"
        assert outcomes("difference-of-groups", *medians, effect) == expected
    others = [of_time(f"{name}.a", "median", "a", value="7.7") for name in "mn"]
    assert outcomes("difference-of-groups", *others, medians[1], effect) == []


@pytest.mark.parametrize(
    ("value", "expected"), [("17.9", "consistent"), ("19.0", "consistent"), ("11.9", "inconsistent"), ("25.9", "inconsistent")]
)
def test_a_difference_is_near_the_middle_of_its_interval(value: str, expected: str) -> None:
    effect = result("r.c", "difference-in-proportions", comparison="c", value=value, lower="9.6", upper="26.2")
    assert outcomes("middle-of-difference", *arms("40", "22"), effect) == [expected]


@pytest.mark.parametrize(
    ("lower", "upper", "level", "adjusted", "expected"),
    [
        ("5.5", "30.5", "95", (), ["consistent"]),  # Wald
        ("4.9", "29.8", "95", (), ["consistent"]),  # Newcombe
        ("4.5", "31.5", "95", (), ["consistent"]),  # Wald with continuity correction
        ("5.5", "30.5", "65", (), ["inconsistent"]),
        ("5.5", "35.5", "95", (), ["inconsistent"]),
        ("0.5", "30.5", "95", (), ["inconsistent"]),
        ("0.5", "30.5", "95", ("age-factor",), []),
    ],
)
def test_the_interval_of_a_difference_is_as_wide_as_that_of_the_counts(
    lower: str, upper: str, level: str, adjusted: tuple[str, ...], expected: list[str]
) -> None:
    effect = result("r.c", "difference-in-proportions", comparison="c", value="18.0", lower=lower, upper=upper, level=level)
    assert outcomes("width-of-difference", *arms("40", "22"), effect, adjusted_for=adjusted) == expected


@pytest.mark.parametrize(("level", "expected"), [("95", "consistent"), ("75", "inconsistent"), ("95.0", "consistent")])
def test_the_groups_of_a_row_have_intervals_of_one_level(level: str, expected: str) -> None:
    rows = [
        result(f"r.{arm}", "median", group=arm, value="7", lower="5", upper="9", level=each) for arm, each in (("a", "95"), ("b", level))
    ]
    other = result("r.c", "hazard-ratio", comparison="c", value="0.7", lower="0.5", upper="0.9", level="97.5")
    assert outcomes("level-of-row", *rows, other) == [expected]


@pytest.mark.parametrize(
    ("value", "adjusted", "expected"),
    [
        ("18.0", (), "consistent"),
        ("16.5", (), "inconsistent"),
        ("16.5", ("age-factor",), "not-checkable"),
        ("38.0", ("age-factor",), "inconsistent"),
    ],
)
def test_an_adjusted_difference_may_be_a_little_off(value: str, adjusted: tuple[str, ...], expected: str) -> None:
    effect = result("r.c", "difference-in-proportions", comparison="c", value=value)
    assert outcomes("difference-of-groups", *arms("40", "22"), effect, adjusted_for=adjusted) == [expected]


def test_the_interval_of_a_difference_of_few_patients_may_be_skewed() -> None:
    effect = result("r.c", "difference-in-proportions", comparison="c", value="10", lower="0.5", upper="40.4")
    assert outcomes("middle-of-difference", result("r.a", "proportion", group="a", count="1", total="10"), effect) == ["consistent"]


@pytest.mark.parametrize(
    ("value", "expected"), [("29", "consistent"), ("-29", "consistent"), ("24", "inconsistent"), ("79", "inconsistent")]
)
def test_a_relative_reduction_is_that_of_the_ratio(value: str, expected: str) -> None:
    reduction = result("d", "relative-reduction", comparison="c", value=value)
    reduction.settings.__dict__["effect_unit"] = "percent"
    assert outcomes("reduction-against-ratio", result("r", "hazard-ratio", comparison="c", **HR), reduction) == [expected]


# ---- one number by itself, spreads, survival, arms


@pytest.mark.parametrize(
    ("measure", "printed", "expected"),
    [
        ("proportion", {"percent": "130"}, "inconsistent"),
        ("proportion", {"percent": "100"}, None),
        ("proportion", {"count": "30", "total": "20"}, "inconsistent"),
        ("hazard-ratio", {"value": "0.7", "p_value": "1.004"}, "inconsistent"),
        ("hazard-ratio", {"value": "0.7", "p_value": ">0.99"}, None),
        ("median", {"value": "7", "level": "25"}, "inconsistent"),
        ("median", {"value": "7", "level": "0.95"}, None),
        ("median", {"value": "130"}, None),
    ],
)
def test_a_number_is_one_that_its_kind_can_be(measure: str, printed: dict[str, str], expected: str | None) -> None:
    assert outcome("possible-numbers", result("r", measure, group="a", **printed)) == expected


@pytest.mark.parametrize(
    ("count", "percent", "expected"),
    [
        ("22", "8", "consistent"),
        ("12", "32.9", "inconsistent"),
        ("47", "32.9", "consistent"),
        ("2", "66.6", "consistent"),
        ("30", "101", "inconsistent"),
    ],
)
def test_a_count_without_denominator_is_a_share_of_some_whole_number(count: str, percent: str, expected: str) -> None:
    assert outcome("count-against-percent", result("r", "proportion", group="a", count=count, percent=percent)) == expected


@pytest.mark.parametrize(
    ("deviation", "expected"), [("17.1", "consistent"), ("30.1", "consistent"), ("37.1", "inconsistent"), ("71.1", "inconsistent")]
)
def test_a_deviation_fits_its_range(deviation: str, expected: str) -> None:
    row = spread("r", "mean", "range", value="40.8", dispersion=deviation, lower="18", upper="80", total="271")
    assert outcome("spread", row) == expected


@pytest.mark.parametrize(("deviation", "expected"), [("29", "consistent"), ("40", "inconsistent")])
def test_a_deviation_beside_a_median_is_at_most_half_the_range(deviation: str, expected: str) -> None:
    row = spread("r", "median", "range", value="30", dispersion=deviation, lower="0", upper="60", total="271")
    assert outcome("spread", row) == expected


def test_two_values_have_the_largest_deviation_of_all() -> None:
    assert outcome("spread", spread("r", "mean", "range", value="5", dispersion="7.07", lower="0", upper="10")) == "consistent"


@pytest.mark.parametrize(
    ("lower", "upper", "expected"), [("21", "90", "consistent"), ("0", "90", "inconsistent"), ("21", "390", "inconsistent")]
)
def test_quartiles_are_within_the_range(lower: str, upper: str, expected: str) -> None:
    rows = (
        spread("q", "median", "interquartile-range", value="30", lower=lower, upper=upper),
        spread("s", "median", "range", value="30", lower="2", upper="300"),
    )
    assert outcomes("spread", *rows) == [expected]


@pytest.mark.parametrize(("later", "expected"), [("54", "consistent"), ("40", "consistent"), ("55", "consistent"), ("64", "inconsistent")])
def test_survival_does_not_rise(later: str, expected: str) -> None:
    first, last = (
        of_time("six", "survival-probability", "a", "6", value="55"),
        of_time("year", "survival-probability", "a", "12", value=later),
    )
    assert outcomes("survival-over-time", last, first) == [expected]


@pytest.mark.parametrize(
    ("time", "share", "expected"),
    [
        ("6", "54", ["consistent"]),
        ("6", "24", ["inconsistent"]),
        ("12", "54", ["inconsistent"]),
        ("12", "50", ["consistent"]),
        ("7.7", "30", []),
    ],
)
def test_half_are_without_the_event_at_the_median(time: str, share: str, expected: list[str]) -> None:
    rows = of_time("rate", "survival-probability", "a", time, value=share), of_time("median", "median", "a", value="7.7")
    assert outcomes("survival-over-time", *rows) == expected


@pytest.mark.parametrize(("at_risk", "expected"), [("40", "consistent"), ("54", "consistent"), ("70", "inconsistent")])
def test_survival_is_at_least_the_share_still_at_risk(at_risk: str, expected: str) -> None:
    followed = of_time("below", "proportion", "a", "6", count=at_risk, total="100")
    object.__setattr__(followed, "variable", "patients-at-risk")
    assert outcomes("survival-over-time", of_time("rate", "survival-probability", "a", "6", value="54"), followed) == [expected]


def responses(*printed: tuple[str, str], total: str = "") -> list[Result]:
    """Return the kinds of response of one group, each as a percentage, or as a count of ``total``."""
    members = []
    for variable, number in printed:
        numbers = (
            {"count": number, "total": total} if total and "." not in number else {"percent": number} | ({"total": total} if total else {})
        )
        member = result(f"{variable}-{number}", "proportion", group="a", **numbers)
        object.__setattr__(member, "variable", variable)
        members.append(member)
    return members


OVERALL, PARTIAL, VERY_GOOD, COMPLETE, STRINGENT = (
    "overall-response", "partial-response", "very-good-partial-response", "complete-response", "stringent-complete-response",
)  # fmt: skip


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (responses((OVERALL, "81"), (PARTIAL, "19"), (VERY_GOOD, "28"), (COMPLETE, "9"), (STRINGENT, "25")), ["consistent"]),
        (responses((OVERALL, "81"), (PARTIAL, "19"), (VERY_GOOD, "38"), (COMPLETE, "9"), (STRINGENT, "25")), ["inconsistent"]),
        (responses((OVERALL, "81"), (PARTIAL, "19"), (VERY_GOOD, "21"), (COMPLETE, "9"), (STRINGENT, "25")), ["inconsistent"]),
        # Complete ones count the stringent ones; very good ones count all better ones; four times rounded the same way.
        (responses((OVERALL, "81"), (PARTIAL, "19"), (VERY_GOOD, "28"), (COMPLETE, "34"), (STRINGENT, "25")), ["consistent"]),
        (responses((OVERALL, "81"), (PARTIAL, "19"), (VERY_GOOD, "62"), (COMPLETE, "34"), (STRINGENT, "25")), ["consistent"]),
        (responses((OVERALL, "83"), (PARTIAL, "19"), (VERY_GOOD, "28"), (COMPLETE, "9"), (STRINGENT, "25")), ["consistent"]),
        (responses((OVERALL, "31"), (PARTIAL, "18"), ("very-good-partial-response-or-better", "13")), ["consistent"]),
        (responses((OVERALL, "31"), (PARTIAL, "18"), ("very-good-partial-response-or-better", "17")), ["inconsistent"]),
        # Minimal responses may be counted, said so or not.
        (responses((OVERALL, "90"), (PARTIAL, "60"), ("very-good-partial-response-or-better", "5")), ["consistent"]),
        (responses((OVERALL, "91"), (PARTIAL, "19"), (VERY_GOOD, "28"), (COMPLETE, "9"), (STRINGENT, "25"), ("minimal-response", "10")), ["consistent"]),
        # A kind is not printed: the others may be less, and not more.
        (responses((OVERALL, "81"), (PARTIAL, "19"), (VERY_GOOD, "28")), ["consistent"]),
        (responses((OVERALL, "81"), (PARTIAL, "59"), (VERY_GOOD, "28")), ["inconsistent"]),
        (responses((OVERALL, "29.2"), (PARTIAL, "18"), (VERY_GOOD, "10"), (STRINGENT, "3"), total="106"), ["consistent"]),
        (responses((OVERALL, "29.2"), (PARTIAL, "68"), (VERY_GOOD, "10"), (STRINGENT, "3"), total="106"), ["inconsistent"]),
        (responses((OVERALL, "29.2"), (COMPLETE, "32"), total="106"), ["inconsistent"]),
        # "Partial response" may be meant as one or better.
        (responses((OVERALL, "31"), (PARTIAL, "31"), (COMPLETE, "10")), ["consistent"]),
        (responses((OVERALL, "31"), (OVERALL, "35"), (PARTIAL, "40")), []),
        ([*responses((OVERALL, "20"), total="50"), *responses((PARTIAL, "30"), total="40")], []),
    ],
)  # fmt: skip
def test_the_kinds_of_response_make_up_the_overall_response(members: list[Result], expected: list[str]) -> None:
    assert outcomes("responses-against-overall", *members) == expected


@pytest.mark.parametrize(
    ("whole", "total", "expected"), [("223", "966", ["consistent"]), ("229", "966", ["inconsistent"]), ("229", "967", [])]
)
def test_two_arms_are_all_patients(whole: str, total: str, expected: list[str]) -> None:
    members = [
        result(f"{group}.{group}", "proportion", group=group, count=count, total=size)
        for group, count, size in (("a", "19", "143"), ("b", "204", "823"), ("all", whole, total))
    ]
    assert outcomes("arms-against-whole", *members) == expected


def test_the_range_of_a_difference() -> None:
    assert effects.difference((44.5, 45.5), (26.5, 27.5)) == (17.0, 19.0)
