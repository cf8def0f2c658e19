"""Proportions: intervals are those of the methods they are named for, and TOWER's printed ones come out."""

from __future__ import annotations

import pytest
from scipy.stats import beta, norm

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.synthesis.proportions import Method, proportion
from mabgraph.ingest.errors import MabgraphError


@pytest.mark.parametrize(("events", "total"), [(0, 10), (1, 10), (91, 271), (10, 10)])
@pytest.mark.parametrize("level", [90.0, 95.0, 97.5])
def test_clopper_pearson_is_of_the_beta_distribution(events: int, total: int, level: float) -> None:
    estimate = proportion(events, total, level)
    tail = 0.5 - level / 200
    assert estimate.lower == pytest.approx(beta.ppf(tail, events, total - events + 1) if events else 0, abs=1e-9)
    assert estimate.upper == pytest.approx(beta.ppf(1 - tail, events + 1, total - events) if events < total else 1, abs=1e-9)
    assert estimate.derived


@pytest.mark.parametrize(("events", "total"), [(0, 10), (4, 271), (10, 10)])
def test_wilson_bounds_are_where_the_score_test_has_its_limit(events: int, total: int) -> None:
    estimate = proportion(events, total, method=Method.wilson)
    for bound in {estimate.lower, estimate.upper} - {0.0, 1.0}:
        score = abs(events / total - bound) / (bound * (1 - bound) / total) ** 0.5
        assert score == pytest.approx(norm.ppf(0.975))


def test_the_intervals_that_tower_prints_in_table_2_are_exact(real: Catalogue) -> None:
    rows = [
        row
        for row in real.ask("estimates", {"measure": "proportion", "trial": "TOWER"})
        if row["lower"] is not None and row["count"] is not None
    ]
    assert len(rows) == 8
    by = dict.fromkeys(Method, 0)
    for row in rows:
        for method in Method:
            estimate = proportion(int(str(row["count"])), int(str(row["total"])), 95, method)
            wanted = [float(str(row[name])) for name in ("value", "lower", "upper")]
            by[method] += [round(100 * share, 1) for share in (estimate.value, estimate.lower, estimate.upper)] == wanted
    assert by[Method.clopper_pearson] == 8
    assert by[Method.wilson] < 8, "the two methods can be told apart on this table"


@pytest.mark.parametrize(("events", "total", "level"), [(-1, 10, 95), (11, 10, 95), (0, 0, 95), (1, 10, 0), (1, 10, 100)])
def test_impossible_counts_and_levels_are_refused(events: int, total: int, level: float) -> None:
    with pytest.raises(MabgraphError, match="give a"):
        proportion(events, total, level)
