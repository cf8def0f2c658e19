"""Pages of things: their results are counted and listed as look-ups list them, and their claims are those of the list of claims."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mabgraph.api.collections import resources
from mabgraph.api.routes import thingpages
from mabgraph.graph.questions.catalogue import Catalogue

THINGS = (
    {"drug": "convalescent-plasma"}, {"target": "CD38"}, {"condition": "leukaemia"}, {"condition": "blood-cancer"},
    {"endpoint": "death", "exact": "true"},
)  # fmt: skip


@pytest.mark.parametrize("filters", THINGS, ids=lambda each: next(iter(each.values())))
def test_parts_have_the_results_of_the_list_in_its_order(
    filters: Mapping[str, str], real: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 7
    monkeypatch.setattr(thingpages, "SIZE", size)
    shown: list[str] = []
    for part, _ in thingpages.KINDS:
        asked = {**filters, "kind": part, "sort": "endpoint"}
        rows, total = real.page("estimates-page", asked, 10_000)
        listed = [str(row["estimate"]) for row in rows]
        for page in (1, 2, total // size + 1, total // size + 2):
            name, results, totals = thingpages._find_part(real, filters, part, page)
            assert (name, totals[part]) == (part, total)
            assert [str(each.row["estimate"]) for each in results] == listed[size * (page - 1) : size * page], (part, page)
            shown += [each.name for each in results]
    assert shown


def test_the_first_part_with_results_is_shown(real: Catalogue) -> None:
    adverse = str(real.ask("estimates-page", {"kind": "adverse-event", "size": "1"})[0]["estimate"])
    variable = str(real.ask("estimates", {"estimate": adverse})[0]["endpoint"])
    filters = {"endpoint": variable, "exact": "true"}
    part, results, totals = thingpages._find_part(real, filters, "", 1)
    assert part == "adverse-event"
    assert len(results) == totals[part] > 0 == totals["endpoint"]


@pytest.mark.parametrize(
    ("collection", "name"), [(resources.DRUGS, "daratumumab"), (resources.TARGETS, "CD38"), (resources.TARGETS, "CD3")]
)
def test_claims_of_a_thing_are_those_of_the_list_of_claims(collection: resources.Collection, name: str, real: Catalogue) -> None:
    rows, total = resources.CLAIMS.find(real, {collection.one: [name]}, 200, 0)
    shown, counted = thingpages._find_claims(real, collection, collection.iri(real, name))
    assert counted == total

    def words(claim: Mapping[str, object]) -> object:
        quotes = [(each["start"], each["exact"]) for each in claim["quotes"]]  # type: ignore[attr-defined]
        return claim["id"], claim["label"], claim["kind"], claim["document"], quotes, sorted(claim["discrepancies"])  # type: ignore[call-overload]

    assert [words(each) for each in shown] == [words(each) for each in rows]
