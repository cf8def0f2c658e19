"""Estimates: intervals at their own level, P values of two sides; the numbers are those of printed tables of both distributions."""

from __future__ import annotations

import pytest

from mabgraph.graph.synthesis.estimates import Estimate, interval_quantile
from mabgraph.graph.synthesis.league import league
from mabgraph.graph.synthesis.splits import Split
from mabgraph.ingest.errors import MabgraphError


@pytest.mark.parametrize(
    ("level", "freedom", "reach"),
    [
        (90, None, 1.644854), (95, None, 1.959964), (97.5, None, 2.241403), (99, None, 2.575829),
        (90, 5, 2.015048), (95, 5, 2.570582), (99, 5, 4.032143), (90, 30, 1.697261), (99, 30, 2.749996),
    ],
)  # fmt: skip
def test_an_interval_reaches_as_far_as_its_level_says(level: float, freedom: int | None, reach: float) -> None:
    assert interval_quantile(level, freedom) == pytest.approx(reach, abs=1e-6)
    estimate = Estimate("A", "B", "MD", 1.0, 0.5, level, freedom)
    assert estimate.lower == pytest.approx(1 - reach / 2, abs=1e-6)
    assert estimate.upper == pytest.approx(1 + reach / 2, abs=1e-6)


@pytest.mark.parametrize(
    ("statistic", "freedom", "p"),
    [(0.0, None, 1.0), (1.959964, None, 0.05), (-2.575829, None, 0.01), (3.290527, None, 0.001), (2.570582, 5, 0.05), (-4.032143, 5, 0.01)],
)
def test_the_p_value_is_of_both_sides(statistic: float, freedom: int | None, p: float) -> None:
    assert Estimate("A", "B", "MD", statistic * 0.2, 0.2, 95.0, freedom).p == pytest.approx(p, abs=1e-6)


@pytest.mark.parametrize("level", [0.95, 49, 100])
def test_a_level_that_no_interval_has_is_refused(level: float) -> None:
    with pytest.raises(MabgraphError, match=f"level {level:g}"):
        interval_quantile(level)


def test_a_league_table_turns_what_it_is_given_in_the_other_direction() -> None:
    """Of A against B is known what B against A is: in the order B, A the cells are of B against A."""
    split = Split(Estimate("A", "B", "MD", 0.4, 0.1), 1, 0.25, Estimate("A", "B", "MD", 0.5, 0.2), None, None)
    for order, effects in ((("A", "B"), (0.4, 0.5)), (("B", "A"), (-0.4, -0.5))):
        table = league(order, [split])
        lower, upper = table.cells[1][0], table.cells[0][1]
        assert lower is not None
        assert upper is not None
        assert (lower.effect, upper.effect) == effects
        assert (lower.treatment, lower.comparator) == order == (upper.treatment, upper.comparator)
