"""Parts of a study page: rows of a registry record stand under the part of the record that has them, all results on one page or few."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.api.pages import counting, studies
from mabgraph.graph.building import build
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.registry import files
from mabgraph.ingest.registry.shelf import Shelf

from . import datasets
from .registryrecords import NUMBER, full, write

PAGE = {"Accept": "text/html"}
#: The local names of the results of each part: an end point of the ontology (deaths) stays one, wherever it is reported.
NAMES = {
    "efficacy": r"outcome-\d.*|event-group-\d\.deaths", "adverse-events": r"(serious|other)-event-\d.*|event-group-\d\.(serious|other)",
    "participant-flow": r"(flow|left)-\d.*", "baseline": r"baseline-\d.*",
}  # fmt: skip


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a dataset of one record that has everything."""
    home = tmp_path_factory.mktemp("parts")
    Shelf(home / "registry").add(files.units([write(home, full())]))
    return datasets.copy_of(build.Inputs((), registry=home / "registry"), home / "dataset")


@pytest.fixture(scope="module")
def opened(directory: Path) -> Catalogue:
    return catalogue.open_current(directory)


@pytest.fixture
def client(directory: Path, opened: Catalogue) -> Iterator[TestClient]:
    """Return a client of a service that has kept no page yet."""
    with TestClient(create_app(Settings(dataset=directory), opened), follow_redirects=False) as client:
        yield client


def shown_parts(page: str) -> dict[str, set[str]]:
    """Return the local names of the results that each part of a page of a study has."""
    sections = re.split(r'<h2 id="([^"]+)">', page)[1:]
    return {
        name: set(re.findall(rf'href="/estimates/{NUMBER.lower()}\.([^"]+)"', text))
        for name, text in zip(sections[::2], sections[1::2], strict=True)
        if name in NAMES
    }


def results_of(opened: Catalogue, part: str) -> set[str]:
    """Return the local names of all results that belong to a part."""
    every = {vocabulary.local_name(str(row["estimate"])).partition(".")[2] for row in opened.ask("estimates", {"trial": NUMBER})}
    return {name for name in every if re.fullmatch(NAMES[part], name)}


def test_every_result_is_in_one_part(opened: Catalogue) -> None:
    several = [results_of(opened, part) for part in NAMES]
    assert all(several)
    assert sum(map(len, several)) == len(opened.ask("estimates", {"trial": NUMBER}))


def test_the_page_of_a_study_has_rows_under_the_part_of_the_record(client: TestClient, opened: Catalogue) -> None:
    page = client.get(f"/studies/{NUMBER}", headers=PAGE).text
    assert shown_parts(page) == {part: results_of(opened, part) for part in NAMES}
    for part in NAMES:
        assert re.search(rf'<a href="#{part}">[^<]* \({len(results_of(opened, part))}\)</a>', page), part


@pytest.mark.parametrize("part", NAMES)
def test_a_part_of_its_own_has_the_same_rows(part: str, client: TestClient, opened: Catalogue) -> None:
    page = client.get(f"/studies/{NUMBER}?part={part}", headers=PAGE).text
    assert shown_parts(page)[part] == results_of(opened, part)
    assert not any(names for other, names in shown_parts(page).items() if other != part)


def test_a_page_of_a_study_is_bounded_by_all_its_results(client: TestClient, opened: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "MOST", 5)
    listed: set[str] = set()
    for part in NAMES:
        for number in range(1, 2 + len(results_of(opened, part)) // 5):
            shown = shown_parts(client.get(f"/studies/{NUMBER}?part={part}&page={number}", headers=PAGE).text)[part]
            assert len(shown) <= 5
            assert not listed & shown
            listed |= shown
    assert len(listed) == len(opened.ask("estimates", {"trial": NUMBER}))
    assert sum(map(len, shown_parts(client.get(f"/studies/{NUMBER}", headers=PAGE).text).values())) <= 5


def test_counted_results_are_all_results(opened: Catalogue) -> None:
    counted = counting.count(opened, {"trial": opened.names.expand("trial", [NUMBER])[0]})
    totals = {kind: counted.total([kind]) for kind in ("endpoint", "other", "adverse-event", "flow", "baseline")}
    assert sum(totals.values()) == len(opened.ask("estimates", {"trial": NUMBER}))
    assert totals["flow"] == len(results_of(opened, "participant-flow"))
    assert totals["baseline"] == len(results_of(opened, "baseline"))


def test_a_ledger_without_reasons_has_no_table(client: TestClient) -> None:
    page = client.get(f"/documents/{NUMBER.lower()}", headers=PAGE).text
    block = page[page.index('class="ledger"') :].partition("</details>")[0]
    assert " numerals: " in block
    assert "<table" not in block
