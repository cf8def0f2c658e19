"""Pages of things: their results are counted and listed as look-ups list them, and their claims are those of the list of claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.collections import resources
from mabgraph.api.http.settings import Settings
from mabgraph.api.pages import studies
from mabgraph.api.routes import thingpages
from mabgraph.graph.questions.catalogue import Catalogue

HTML = {"Accept": "text/html"}
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


@pytest.fixture(scope="module")
def client(real_directory: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(dataset=real_directory)), base_url="http://127.0.0.1") as client:
        yield client


def test_a_study_with_many_results_has_pages_with_each_of_them_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = client.get("/studies/tower", headers=HTML).text
    monkeypatch.setattr(studies, "MOST", 40)
    seen: list[str] = []
    for part, total in re.findall(r'<li><a href="#([a-z-]+)">[A-Z][a-z ]+ \((\d+)\)</a></li>', whole)[:3]:
        address, shown = f"?part={part}", list[str]()
        while address:
            page = client.get(f"/studies/tower{address}", headers=HTML).text
            assert page.count("results, on a page of their own") == 2, "the other parts are links"
            shown += _results(page)
            following = re.search(r'rel="next" href="([^"#]+)#', page)
            address = unescape(following[1]) if following else ""
        assert len(set(shown)) == int(total), part
        seen += list(dict.fromkeys(shown))
    assert sorted(seen) == sorted(set(_results(whole)))


def test_unknown_parts_and_pages_of_a_study_are_named(client: TestClient) -> None:
    assert client.get("/studies/tower?part=nothing", headers=HTML).status_code == 422
    assert client.get("/studies/tower?page=0", headers=HTML).status_code == 422
    beyond = client.get("/studies/tower?part=baseline&page=9", headers=HTML).text
    assert "none on this page; there are" in beyond
    assert 'rel="next"' not in beyond


def _results(page: str) -> list[str]:
    return re.findall(r'href="(/estimates/[^"?]+)"', page)
