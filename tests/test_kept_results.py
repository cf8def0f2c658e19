"""What is kept of an immutable dataset in memory: results and lists, within a bound of bytes; nothing of another engine."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from mabgraph.api.collections import resources
from mabgraph.graph.patterns.plan import QueryPlan
from mabgraph.graph.questions import listing
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.kept import ENTRY, KeptAnswers
from mabgraph.graph.questions.querytext import Term
from mabgraph.graph.store.store import EngineStore

from . import bothways
from .test_by_pattern import quads_of


def test_what_is_used_least_recently_goes_first() -> None:
    kept = KeptAnswers(20 * (100 + ENTRY))
    for key in range(20):
        kept.put(key, f"value {key}", 100)
    assert kept.get(0) == "value 0"
    kept.put(20, "value 20", 100)
    assert kept.get(1) is None
    assert [kept.get(key) for key in (0, 2, 20)] == ["value 0", "value 2", "value 20"]
    assert len(kept) == 20
    assert kept.size == 20 * (100 + ENTRY)


def test_bytes_are_those_of_what_is_kept() -> None:
    kept = KeptAnswers(10_000)
    kept.put("one", 1, 100)
    kept.put("one", 2, 300)
    assert (kept.get("one"), kept.size, len(kept)) == (2, 300 + ENTRY, 1)
    kept.put("large", 3, 1_000)
    assert (kept.get("large"), len(kept)) == (None, 1)
    assert kept.once("two", lambda: "made", len) == kept.once("two", lambda: "never made", len) == "made"


def test_results_are_read_once(example: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = fresh(example)
    iris = bothways.things(opened, "estimates", "estimate")
    first = opened.results(iris)
    monkeypatch.setattr(QueryPlan, "rows", lambda *asked: pytest.fail("read again"))
    monkeypatch.setattr(EngineStore, "query", lambda *asked: pytest.fail("asked again"))
    assert opened.results(iris) == first
    assert resources.estimates(opened, iris).keys() == set(iris)


def test_what_is_counted_up_to_a_number_is_counted_once(example: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = fresh(example)
    counts = [opened.count_up_to("estimates-page", {}, most) for most in (2, 3)]
    monkeypatch.setattr(EngineStore, "query", lambda *asked: pytest.fail("counted again"))
    assert [opened.count_up_to("estimates-page", {}, most) for most in (2, 3)] == counts == [2, 3]


def test_kept_results_are_those_that_were_read(real: Catalogue) -> None:
    """Values, types and columns in their order, and the rows in the order of the question, kept or not."""
    opened, other = fresh(real), bothways.by_query(real)
    iris = bothways.things(opened, "estimates", "estimate")[:200]
    opened.results(iris[::3])
    for _ in range(2):
        assert shown(opened, iris) == shown(other, iris)
    assert len(opened.results([*iris, *iris, "https://example.org/none"])) == len(iris)
    assert [str(result.row["estimate"]) for result in opened.results(iris)] == [
        row["estimate"] for row in real.ask("estimates", {"estimate": iris})
    ]


def test_the_key_of_a_list_is_small_whatever_its_filters_mean() -> None:
    many = [ox.NamedNode(f"https://example.org/{number}") for number in range(5_000)]
    key = listing.key_of("estimates-page", {"drug": many, "sort": [ox.Literal("value")]})
    assert len(repr(key)) < ENTRY
    assert key == listing.key_of("estimates-page", {"sort": [ox.Literal("value")], "drug": many[::-1]})
    sort: list[Term] = [ox.Literal("value")]
    others: tuple[dict[str, list[Term]], ...] = (
        {"drug": [*many[1:]], "sort": sort},
        {"target": [*many], "sort": sort},
        {"drug": [*many]},
        {},
    )
    assert len({key, *(listing.key_of("estimates-page", terms) for terms in others), listing.key_of("claims-page", {})}) == 6


def test_labels_of_a_bounded_number_of_things_are_kept(example: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mabgraph.graph.questions.catalogue.LABELS", 10)
    opened = fresh(example)
    iris = bothways.things(opened, "labels", "thing")[:40]
    labels = example.labels(iris)
    for start in range(0, 40, 3):
        asked = [*iris[start : start + 3], iris[0], iris[0]]
        assert opened.labels(asked) == {iri: labels[iri] for iri in asked}
        assert len(opened._labels) <= 10


def test_a_result_is_given_once_by_whatever_names(example: Catalogue) -> None:
    """Its IRI and the end of it are one name, also where it was kept under the first."""
    opened = fresh(example)
    iri = bothways.things(opened, "estimates", "estimate")[0]
    short = iri.partition("/id/")[2]
    assert [len(opened.results(names)) for names in ([iri], [iri, short], [short], [])] == [1, 1, 1, 0]


def shown(opened: Catalogue, iris: list[str]) -> str:
    return "\n".join(repr((result.row, result.figures, result.checks)) for result in opened.results(iris))


def test_nothing_is_kept_of_another_engine(example: Catalogue) -> None:
    other = bothways.by_query(fresh(example))
    iris = bothways.things(other, "estimates", "estimate")
    other.results(iris)
    other.page("estimates-page", {}, 50)
    assert other.kept is None
    assert len(other._kept) == 0


def test_a_result_of_several_rows_is_not_kept(example: Catalogue) -> None:
    """Its rows are those of the question each time."""
    spoilt = bothways.over(example, bothways.spoil(quads_of(example), 0, 4_000))
    iris = bothways.things(spoilt, "estimates", "estimate")
    for _ in range(2):
        assert sorted(str(result.row) for result in spoilt.results(iris)) == sorted(
            str(row) for row in spoilt.ask("estimates", {"estimate": iris})
        )


LISTS: tuple[dict[str, str | list[str]], ...] = (
    {}, {"drug": "blinatumomab"}, {"trial": ["TOWER", "SIRIUS"]}, {"drug": "blinatumomab", "sort": "-value"}, {"trial": "TOWER", "sort": "endpoint"},
    {"kind": "adverse-event", "check": "consistent"}, {"drug": "blinatumomab", "trial": "SIRIUS"}, {"value_min": "50", "n_max": "300"},
)  # fmt: skip


@pytest.mark.parametrize("filters", LISTS, ids=str)
@pytest.mark.parametrize("first", [listing.FIRST, 15])
def test_a_page_is_a_slice_of_its_list(
    real: Catalogue, monkeypatch: pytest.MonkeyPatch, filters: dict[str, str | list[str]], first: int
) -> None:
    """Also of a list of which the first things alone are kept."""
    monkeypatch.setattr(listing, "FIRST", first)
    opened, other = fresh(real), bothways.by_query(real)
    for size, offset in ((1, 0), (0, 0), (1, 3), (1, 3), (10, 0), (5, 8), (12, 10), (30, 0), (100, 100_000), (0, 10)):
        assert opened.page("estimates-page", filters, size, offset) == other.page("estimates-page", filters, size, offset)


def test_a_list_is_asked_for_once(real: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = fresh(real)
    for asked in ({"drug": ["blinatumomab", "daratumumab"]}, {"trial": "TOWER"}):
        _, total = opened.page("estimates-page", asked, 20)
        assert total
    monkeypatch.setattr(EngineStore, "query", lambda *asked: pytest.fail("asked again"))
    rows, total = opened.page("estimates-page", {"drug": ["daratumumab", "blincyto"]}, 30, 10)
    assert len(rows) == 30
    assert opened.page("estimates-page", {"trial": "NCT02013167"}, 1)[1]
    rows[0]["estimate"] = "changed by a caller"
    assert opened.page("estimates-page", {"drug": ["blinatumomab", "daratumumab"]}, 30, 10)[0][0] != rows[0]


def fresh(opened: Catalogue) -> Catalogue:
    """Return the same catalogue, of which nothing is kept."""
    return Catalogue(opened.dataset, opened.names)
