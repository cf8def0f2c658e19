"""Analyses of registry records without a stated direction: shown with every number and the reason, and never compared or pooled."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.collections import models, resources
from mabgraph.graph.compare import compare, evidence
from mabgraph.graph.network import network
from mabgraph.graph.questions.catalogue import Catalogue

from .registryrecords import NUMBER

NAME = NUMBER.lower()
PAGE = {"Accept": "text/html"}
#: Of each analysis without a direction: its outcome, kind, groups, value, interval, P value, and words of the reason.
EXPECTED = {
    1: ("undirected result", ["Control", "Daratumumab"], "0.83", (0.61, 1.12), "<", "neither words nor arithmetic settle"),
    2: ("undirected result", ["Control", "Daratumumab", "Elotuzumab"], "0.93", (0.72, 1.21), "<", "3 groups are compared at once"),
    3: ("test result", ["Control", "Daratumumab"], None, (None, None), "=", "a test without an estimate of an effect"),
}


def analyses(client: TestClient, query: str = f"trial={NUMBER}") -> list[dict[str, Any]]:
    answer = client.get(f"/v1/analyses?{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize("number", EXPECTED)
def test_an_analysis_is_shown_with_its_groups_numbers_and_why_there_is_no_direction(number: int, registry_client: TestClient) -> None:
    kind, groups, printed, limits, operator, why = EXPECTED[number]
    row = registry_client.get(f"/v1/analyses/{NAME}.outcome-{number}.analysis-0").json()
    assert (row["kind"], row["groups"], row.get("printed"), row["p_operator"]) == (kind, groups, printed, operator)
    assert (row.get("lower"), row.get("upper")) == limits
    assert why in row["why"]
    at = f"/resultsSection/outcomeMeasuresModule/outcomeMeasures/{number}/analyses/0/"
    assert {each["pointer"].removeprefix(at) for each in row["figures"]} >= {"pValue"} | ({"paramValue"} if printed else set())
    assert registry_client.get(f"/id/result/{NAME}.outcome-{number}.analysis-0").status_code == 303


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (f"trial={NUMBER}", {1, 2, 3}), (f"trial={NUMBER}&kind=test", {3}), (f"trial={NUMBER}&kind=undirected", {1, 2}),
        (f"document={NAME}", {1, 2, 3}), (f"trial={NUMBER}&drug=darzalex", {1, 2, 3}), (f"trial={NUMBER}&drug=elotuzumab", {2}),
        (f"trial={NUMBER}&endpoint=PFS", {1}), ("trial=NCT09990003", set()),
    ],
)  # fmt: skip
def test_analyses_are_filtered(query: str, numbers: set[int], registry_client: TestClient) -> None:
    assert {int(row["id"].split("outcome-")[1][0]) for row in analyses(registry_client, query)} == numbers


def test_every_format_has_them(registry_client: TestClient) -> None:
    address = f"/v1/trials/{NUMBER}/analyses"
    table = list(csv.DictReader(io.StringIO(registry_client.get(f"{address}.csv").text, newline="")))
    assert [row["printed"] for row in table] == [row.get("printed", "") for row in registry_client.get(address).json()["items"]]
    assert sorted(row["why"][:7] for row in table) == ["3 group", "a test ", "neither"]
    for form in ("ndjson", "tsv", "xlsx", "jsonld", "ttl"):
        answer = registry_client.get(f"{address}?format={form}")
        assert answer.status_code == 200, form
        assert form == "xlsx" or "0.83" in answer.text


def test_they_are_in_no_comparison_pool_or_network(registry_catalogue: Catalogue) -> None:
    everything = {str(row["estimate"]) for row in registry_catalogue.ask("estimates", {"trial": [NUMBER]})}
    undirected = {str(row["id"]) for row in registry_catalogue.ask("analyses", {})}
    assert len(undirected) == 6
    assert not everything & undirected
    assert not evidence.read(registry_catalogue, sorted(undirected))
    ratios = registry_catalogue.ask("estimates-page", {"trial": [NUMBER], "measure": ["hazard-ratio"]})
    compared = compare.compare(registry_catalogue, {"trial": [NUMBER], "measure": ["hazard-ratio"]})
    assert len(compared.rows) == len(ratios) == 1
    links = network.read(registry_catalogue).links
    assert links
    assert not any(undirected.intersection((*link.estimates, *link.arm_results)) for link in links)


def test_a_list_of_estimates_says_that_they_are_beside_it(registry_client: TestClient) -> None:
    lists = {
        f"/v1/estimates?trial={NUMBER}": 3, f"/v1/trials/{NUMBER}/estimates": 3, f"/v1/documents/{NAME}/estimates": 3,
        "/v1/estimates?drug=elotuzumab&measure=hazard-ratio": 2, "/v1/estimates?trial=NCT09990003": None,
        f"/v1/estimates?trial={NUMBER}&source=paper": None, "/v1/estimates?drug=daratumumab": None,
        f"/v1/estimates?trial={NUMBER}&check=consistent": None,
    }  # fmt: skip
    for address, count in lists.items():
        beside = registry_client.get(address).json().get("analyses")
        assert (beside and beside["total"]) == count, address
        assert not beside or registry_client.get(beside["url"]).json()["total"] == count, address
        if address.startswith("/v1/estimates"):
            page = html.unescape(registry_client.get(address.removeprefix("/v1"), headers=PAGE).text)
            assert (beside["note"] in page and f'href="{beside["url"]}"' in page) if beside else "without a stated direction" not in page


def test_the_page_of_a_study_shows_them_with_every_number_a_link(registry_client: TestClient) -> None:
    page = registry_client.get(f"/studies/{NUMBER}", headers=PAGE).text
    block = page[page.index('id="undirected"') :].partition("</table>")[0]
    rows = re.findall(r'<tr id="analysis-outcome-(\d)[^"]*">(.*?)</tr>', block, re.DOTALL)
    assert {int(number) for number, _ in rows} == set(EXPECTED)
    for number, row in rows:
        assert EXPECTED[int(number)][-1] in row
        for link, printed in re.findall(r'<a class="n" href="([^"]+)">([^<]+)</a>', row):
            assert f"“{printed}”" in registry_client.get(link.replace("&amp;", "&")).text
    assert len(re.findall(r'class="n"', block)) == 5 + 5 + 1
    assert 'id="undirected"' not in registry_client.get("/studies/NCT09990003", headers=PAGE).text


def test_rows_lead_to_things_that_are_as_described(registry_client: TestClient) -> None:
    page = registry_client.get("/v1/analyses").json()
    assert models.page_model(resources.ANALYSES).model_validate(page).model_dump()["total"] == 6
    for row in page["items"]:
        one = registry_client.get(row["url"]).json()
        models.one_model(resources.ANALYSES).model_validate(one)
        assert one["id"] == row["id"]
        assert all(registry_client.get(url).status_code == 200 for url in one["links"].values())
    nested = registry_client.get(f"/v1/documents/{NAME}/analyses").json()["items"]
    assert nested == registry_client.get(f"/v1/trials/{NUMBER}/analyses").json()["items"]
    assert registry_client.get("/v1/trials/no-such-thing/analyses").status_code == 404
    beside = registry_client.get(f"/v1/trials/{NUMBER}/estimates").json()
    models.page_model(resources.ESTIMATES).model_validate(beside)
