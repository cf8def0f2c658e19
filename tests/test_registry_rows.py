"""Rows of registry records, of adverse events and participant flow: each printed number leads to its pointer in one step."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.client.rows import complete
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions.catalogue import Catalogue

from .registryrecords import NUMBER

NAME = NUMBER.lower()
ADVERSE, FLOW = "/resultsSection/adverseEventsModule", "/resultsSection/participantFlowModule"
PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def without_files(registry_trials: tuple[Path, Path]) -> Iterator[TestClient]:
    """Return a client of a service that has no file of a record."""
    with TestClient(create_app(Settings(dataset=registry_trials[1])), follow_redirects=False) as client:
        yield client


def pointed(content: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        content = content[int(step)] if isinstance(content, list) else content[step]
    return content


EXPECTED = {
    "other-event-0.1": {"count": f"{ADVERSE}/otherEvents/0/stats/1/numAffected", "total": f"{ADVERSE}/otherEvents/0/stats/1/numAtRisk",
        "events": f"{ADVERSE}/otherEvents/0/stats/1/numEvents"},
    "event-group-1.deaths": {"count": f"{ADVERSE}/eventGroups/1/deathsNumAffected", "total": f"{ADVERSE}/eventGroups/1/deathsNumAtRisk"},
    "event-group-0.serious": {"count": f"{ADVERSE}/eventGroups/0/seriousNumAffected",
        "total": f"{ADVERSE}/eventGroups/0/seriousNumAtRisk"},
    "event-group-0.other": {"count": f"{ADVERSE}/eventGroups/0/otherNumAffected", "total": f"{ADVERSE}/eventGroups/0/otherNumAtRisk"},
    "flow-0.1.1": {"count": f"{FLOW}/periods/0/milestones/1/achievements/1/numSubjects"},
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_the_numbers_of_a_row_have_the_pointers_of_its_members(
    name: str, registry_catalogue: Catalogue, registry_client: TestClient
) -> None:
    content = json.loads(registry_client.get(f"/v1/documents/{NAME}/text").text)
    rows = registry_catalogue.ask("anchors", {"node": [f"estimate/{NAME}.{name}"]})
    assert {row["role"]: row["pointer"] for row in rows} == EXPECTED[name]
    assert [row["printed"] for row in rows] == [str(pointed(content, str(row["pointer"]))) for row in rows]
    by_question = {(row["figure"], row["role"]) for row in registry_catalogue.ask("figures", {"node": [f"estimate/{NAME}.{name}"]})}
    assert by_question == {(row["figure"], row["role"]) for row in rows}
    figures = registry_client.get(f"/v1/estimates/{NAME}.{name}").json()["figures"]
    assert {each["role"]: each["pointer"] for each in figures} == EXPECTED[name]
    brief = registry_client.get(f"/v1/trials/{NUMBER}/estimates?page_size=1000").json()
    (row,) = (complete(each, brief.get("included", {}), brief.get("texts")) for each in brief["items"] if each["url"].endswith(f".{name}"))
    assert [each["figure"] for each in row["figures"]] == [each["figure"] for each in figures]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_number_of_a_row_is_a_figure_with_a_context_and_an_address(
    name: str, registry_catalogue: Catalogue, registry_client: TestClient
) -> None:
    for row in registry_catalogue.ask("anchors", {"node": [f"estimate/{NAME}.{name}"]}):
        address = "/v1/figures/" + str(row["figure"]).rpartition("/")[2]
        figure = registry_client.get(address).json()
        assert (figure["label"], figure["pointer"]) == (row["printed"], row["pointer"])
        assert figure["of"].endswith(f"/{NAME}.{name}")
        context = registry_client.get(f"{address}/context").json()
        text = registry_client.get(f"/v1/documents/{NAME}/text").text
        assert text[context["start"] : context["end"]] == context["exact"] == row["printed"]
        key = str(row["pointer"]).rpartition("/")[2]
        assert re.search(rf'"{key}": "?$', context["before"])
        assert registry_client.get(f"{address}.ttl").status_code == 200
        page = registry_client.get("/id/figure/" + str(row["figure"]).rpartition("/")[2], headers=PAGE).headers["location"]
        assert page.partition("#")[0] == f"/documents/{NAME}?at={row['pointer']}"
        assert f"“{row['printed']}”" in registry_client.get(page).text


def test_figures_of_rows_and_others_are_listed_by_whatever_names(registry_catalogue: Catalogue, registry_client: TestClient) -> None:
    figures = [str(row["figure"]) for row in registry_catalogue.ask("figures", {"document": NAME})]
    chosen = [next(each for each in figures if each.endswith(end)) for end in (".numAtRisk", ".count", "NumAtRisk")]
    for begin in ("", "/id/"):
        names = [each.partition(begin)[2] if begin else each for each in chosen]
        listed = registry_client.get("/v1/figures", params={"figure": names}).json()
        assert (listed["total"], {each["id"] for each in listed["items"]}) == (3, set(chosen)), begin


def test_all_numbers_of_a_record_are_listed_with_its_document(registry_client: TestClient) -> None:
    listed = registry_client.get(f"/v1/documents/{NAME}/figures?page_size=1000").json()
    members = [each for each in listed["items"] if "start" not in each]
    assert len(members) == 12 + 3 * 3 + 4
    assert all(each["pointer"].startswith((ADVERSE, FLOW)) for each in members)
    assert listed["total"] == len({each["id"] for each in listed["items"]})


def test_what_is_no_member_of_a_row_is_no_figure(registry_client: TestClient) -> None:
    for name in ("otherEvents.0.stats.1.numSubjects", "otherEvents.0.stats.9.numAffected", "otherEvents.0.stats.1.groupId"):
        assert registry_client.get(f"/v1/figures/{NAME}.resultsSection.adverseEventsModule.{name}").status_code == 404, name
    assert registry_client.get(f"/documents/{NAME}?at=/resultsSection/nothing").status_code == 404
    assert registry_client.get(f"/documents/{NAME}?at=x").status_code == 422


@pytest.mark.parametrize("files", [True, False])
def test_every_number_of_a_study_is_a_link_to_its_place_in_the_document(
    files: bool, registry_client: TestClient, without_files: TestClient
) -> None:
    client = registry_client if files else without_files
    for address in (f"/studies/{NUMBER}", f"/estimates/{NAME}.other-event-0.1"):
        page = client.get(address, headers=PAGE).text
        links = re.findall(r'<a class="n[^"]*" href="(/documents/[^"]+\?at=/[^"#]+)#at"[^>]*>([^<]*)</a>', page)
        assert links, address
        for link, printed in links if files else links[:5]:
            assert f"“{printed}”" in client.get(link).text, link


def test_the_page_of_a_record_has_its_rows_as_links_with_and_without_its_file(
    registry_client: TestClient, without_files: TestClient
) -> None:
    pointer = EXPECTED["other-event-0.1"]["events"]
    whole, quoted = (client.get(f"/documents/{NAME}?at={pointer}", headers=PAGE).text for client in (registry_client, without_files))
    for page in (whole, quoted):
        assert f"<code>{pointer}</code>" in page
        assert "“19”" in page
    assert re.search(r'"numEvents": <a class="n[^>]*>19</a>', whole.replace("&#34;", '"'))
    assert f"at {pointer}" in quoted
