"""Contrasts: effect and error from what is printed, the direction kept or changed aloud, and what cannot be one refused."""

from __future__ import annotations

from decimal import Decimal
from math import log, sqrt
from typing import Any

import pytest
from scipy.stats import norm

from mabgraph.graph.synthesis import contrasts
from mabgraph.graph.synthesis.contrasts import Arm, Contrast, back_transform, flip, from_arms, from_interval
from mabgraph.ingest.errors import MabgraphError

#: As ``pytest.approx``; in a tuple it may stand for a number.
approx: Any = pytest.approx


def printed(
    value: str, lower: str, upper: str, level: str | None = "95", measure: str = "HR", interval: str | None = contrasts.CONFIDENCE
) -> Contrast:
    """Return the contrast of one printed estimate."""
    percent = None if level is None else Decimal(level)
    return from_interval("S", "A", "B", measure, Decimal(value), Decimal(lower), Decimal(upper), percent, interval)


@pytest.mark.parametrize("level", ["90", "95", "97.5", "99"])
def test_the_level_of_the_interval_is_honoured(level: str) -> None:
    contrast = printed("0.750", "0.560", "1.005", level)
    assert contrast.effect == approx(log(0.75))
    reach = norm.ppf(0.5 + float(level) / 200) * contrast.error
    assert 2 * reach == approx(log(1.005) - log(0.560))
    assert contrast.level == float(level)
    assert f"{level} % CI 0.560 to 1.005" in contrast.audit


def test_a_level_taken_for_another_would_be_seen() -> None:
    assert printed("0.750", "0.560", "1.005", "97.5").error == approx(0.1305, abs=5e-5)
    assert printed("0.750", "0.560", "1.005", "95").error == approx(0.1492, abs=5e-5)


def test_a_difference_stays_on_its_scale() -> None:
    contrast = printed("-1.5", "-2.5", "-0.5", measure="MD")
    assert (contrast.effect, contrast.error) == (-1.5, approx(1 / norm.ppf(0.975)))
    assert printed("0.0", "-0.1", "0.1", measure="RD").effect == 0


@pytest.mark.parametrize(
    ("value", "lower", "upper", "off"),
    [("0.71", "0.55", "0.93", False), ("0.24", "0.16", "0.49", True), ("0.75", "0.57", "0.99", False), ("0.05", "0.00", "0.4", None)],
)
def test_a_value_off_the_middle_is_told_beyond_rounding(value: str, lower: str, upper: str, off: bool | None) -> None:
    if off is None:
        with pytest.raises(MabgraphError, match="above zero"):
            printed(value, lower, upper)
    else:
        assert ("off the middle" in printed(value, lower, upper).audit) is off


def test_the_audit_says_which_errors_rounding_allows() -> None:
    contrast = printed("0.7", "0.5", "0.9")
    low, high = (float(word) for word in contrast.audit.split("standard error of ")[1].split(";")[0].split(" to "))
    assert low < contrast.error < high
    assert high == approx((log(0.95) - log(0.45)) / (2 * norm.ppf(0.975)), rel=1e-3)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"level": None}, "the level of the interval is None: give a level in percent"),
        ({"level": "0"}, "the level of the interval is 0"),
        ({"level": "100"}, "the level of the interval is 100"),
        ({"interval": "credible-interval"}, "not from credible-interval"),
        ({"interval": None}, "not from an unnamed one"),
        ({"lower": "-0.1"}, "a ratio and its bounds are above zero"),
        ({"value": "0"}, "0 stands for one below 0.5, whose logarithm may be any: leave the study out"),
        ({"value": "0.94"}, "0.94 is not inside its interval 0.55 to 0.93"),
        ({"lower": "0.93", "upper": "0.55"}, "is not inside its interval"),
        ({"value": "0.5", "lower": "0.5", "upper": "0.5"}, "is not inside its interval"),
        ({"upper": "Infinity"}, "Infinity: not finite: give the number that is printed"),
        ({"measure": "SMD"}, "'SMD' is no measure that is pooled here: give one of HR, OR, RR, IRR, RD, MD"),
    ],
)
def test_what_gives_no_standard_error_is_refused(changed: dict[str, str | None], message: str) -> None:
    estimate = {"value": "0.71", "lower": "0.55", "upper": "0.93", "level": "95", "measure": "HR", "interval": contrasts.CONFIDENCE}
    with pytest.raises(MabgraphError) as caught:
        printed(**estimate | changed)  # type: ignore[arg-type]
    assert message in str(caught.value)
    assert str(caught.value).startswith("S, A versus B: ")


def counts(*pairs: tuple[int, int]) -> list[Arm]:
    """Return arms A, B, C … of one study with these counts."""
    return [Arm("S", name, events, total) for name, (events, total) in zip("ABC", pairs, strict=False)]


@pytest.mark.parametrize(
    ("measure", "effect", "error"),
    [
        ("OR", log((91 / 180) / (21 / 113)), sqrt(1 / 91 + 1 / 180 + 1 / 21 + 1 / 113)),
        ("RR", log((91 / 271) / (21 / 134)), sqrt(1 / 91 - 1 / 271 + 1 / 21 - 1 / 134)),
        ("RD", 91 / 271 - 21 / 134, sqrt(91 * 180 / 271**3 + 21 * 113 / 134**3)),
    ],
)
def test_counts_give_ratios_and_differences(measure: str, effect: float, error: float) -> None:
    (contrast,) = from_arms(counts((91, 271), (21, 134)), measure)
    assert (contrast.effect, contrast.error) == (approx(effect), approx(error))
    assert contrast.audit == "from counts"
    assert contrast.level is None
    assert [arm.events for arm in contrast.arms] == [91, 21]


def test_a_zero_cell_is_corrected_in_the_whole_study_and_told() -> None:
    (odds,) = from_arms(counts((0, 10), (5, 12)), "OR")
    assert odds.effect == approx(log(0.5 * 7.5 / (10.5 * 5.5)))
    assert odds.error == approx(sqrt(1 / 0.5 + 1 / 10.5 + 1 / 5.5 + 1 / 7.5))
    assert "0.5 added to every cell of the study" in odds.audit
    (difference,) = from_arms(counts((0, 10), (5, 12)), "RD")
    assert difference.effect == approx(-5 / 12)
    assert "for the error alone" in difference.audit
    three = from_arms(counts((0, 10), (5, 12), (6, 12)), "OR")
    assert three[0].effect + three[2].effect == approx(three[1].effect), "the contrasts of a corrected study add up"
    assert {one.audit for one in three} == {odds.audit}
    assert "added" not in from_arms(counts((1, 10), (5, 12)), "OR")[0].audit


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_a_cell_is_zero_too_where_every_patient_of_an_arm_has_the_event(measure: str) -> None:
    """10 of 10: none is without it."""
    (corrected,) = from_arms(counts((10, 10), (5, 12)), measure)
    assert "0.5 added to every cell of the study" in corrected.audit
    effects = {"OR": log(10.5 / 0.5 / (5.5 / 7.5)), "RR": log(10.5 / 11 / (5.5 / 13)), "RD": 1 - 5 / 12}
    errors = {
        "OR": sqrt(1 / 10.5 + 1 / 0.5 + 1 / 5.5 + 1 / 7.5),
        "RR": sqrt(1 / 10.5 - 1 / 11 + 1 / 5.5 - 1 / 13),
        "RD": sqrt(10.5 * 0.5 / 11**3 + 5.5 * 7.5 / 13**3),
    }
    assert (corrected.effect, corrected.error) == (approx(effects[measure]), approx(errors[measure]))


@pytest.mark.parametrize("measure", ["OR", "RR"])
@pytest.mark.parametrize("cells", [((0, 10), (0, 12)), ((10, 10), (12, 12))])
def test_studies_that_say_nothing_on_a_ratio_are_refused(measure: str, cells: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(MabgraphError, match=f"S: .*says nothing on the {measure}"):
        from_arms(counts(*cells), measure)
    assert from_arms(counts(*cells), "RD")[0].effect == 0


def test_means_give_a_difference() -> None:
    (contrast,) = from_arms([Arm("S", "A", total=152, mean=-1.9, deviation=4.3), Arm("S", "B", total=76, mean=-0.3, deviation=4.4)], "MD")
    assert (contrast.effect, contrast.error) == (approx(-1.6), approx(sqrt(4.3**2 / 152 + 4.4**2 / 76)))


@pytest.mark.parametrize(
    ("arms", "measure", "message"),
    [
        (counts((1, 10), (2, 10)), "HR", "a hazard ratio is not computed from counts or means"),
        (counts((11, 10), (2, 10)), "OR", "11 of 10 patients with the event: give a count from 0 to 10"),
        (counts((1, 0), (2, 10)), "RR", "0 patients"),
        (counts((1, 10), (2, 10)), "MD", "mean None, standard deviation None: give both"),
        (counts((1, 10)), "OR", "a contrast needs two arms"),
        ([Arm("S", "A", 1, 10), Arm("S", "A", 2, 10)], "OR", "different treatments"),
        ([], "OR", "a study: a contrast needs two arms"),
    ],
)
def test_arms_that_give_no_contrast_are_refused(arms: list[Arm], measure: str, message: str) -> None:
    with pytest.raises(MabgraphError) as caught:
        from_arms(arms, measure)
    assert message in str(caught.value)


def test_a_change_of_direction_is_told_and_undone_by_another() -> None:
    contrast = from_arms(counts((91, 271), (21, 134)), "OR")[0]
    turned = flip(contrast)
    assert (turned.effect, turned.treatment, turned.comparator, turned.error) == (-contrast.effect, "B", "A", contrast.error)
    assert turned.arms == contrast.arms[::-1]
    again = flip(turned)
    assert (again.effect, again.treatment, again.arms) == (contrast.effect, contrast.treatment, contrast.arms)
    assert again.audit == "from counts; direction changed to B versus A; direction changed to A versus B"


def test_only_ratios_are_exponentiated() -> None:
    assert back_transform("HR", log(0.75)) == approx(0.75)
    assert back_transform("RD", 0.2) == 0.2
    assert back_transform("OR", 1e6) == float("inf")


def test_events_in_person_time_give_a_ratio_of_rates() -> None:
    arms = [Arm("S", "A", 10, time=120.5), Arm("S", "B", 24, time=118.0)]
    (contrast,) = from_arms(arms, "IRR")
    assert (contrast.effect, contrast.error) == (approx(log((10 / 120.5) / (24 / 118.0))), approx(sqrt(1 / 10 + 1 / 24)))
    assert (contrast.audit, contrast.arms) == ("from events and person-time", tuple(arms))


def test_an_arm_without_events_is_corrected_in_the_whole_study_of_rates() -> None:
    (contrast,) = from_arms([Arm("S", "A", 0, time=100.0), Arm("S", "B", 4, time=50.0)], "IRR")
    assert (contrast.effect, contrast.error) == (approx(log((0.5 / 100) / (4.5 / 50))), approx(sqrt(1 / 0.5 + 1 / 4.5)))
    assert "0.5 added to the events of every arm of the study" in contrast.audit


@pytest.mark.parametrize(
    "arm", [Arm("S", "A", 1), Arm("S", "A", time=3.0), Arm("S", "A", 1, time=0.0), Arm("S", "A", 1, time=float("inf"))]
)
def test_rates_without_events_or_time_are_refused(arm: Arm) -> None:
    with pytest.raises(MabgraphError, match="give a count, and the time of all patients above zero"):
        from_arms([arm, Arm("S", "B", 4, time=50.0)], "IRR")


def test_rates_without_any_event_say_nothing() -> None:
    with pytest.raises(MabgraphError, match="no arm has an event: the study says nothing on the IRR"):
        from_arms([Arm("S", "A", 0, time=10.0), Arm("S", "B", 0, time=50.0)], "IRR")
