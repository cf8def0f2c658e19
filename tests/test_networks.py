"""The evidence network by REST: formats, filters, chains, and the manners of every look-up."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import networkx as nx
import pytest
from fastapi.testclient import TestClient

from mabgraph.api.client.network import ChainResponse, NetworkResponse
from mabgraph.api.exports import evidencenetwork
from mabgraph.api.routes import networks
from mabgraph.graph.store import vocabulary

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def service(real_client: TestClient) -> TestClient:
    """Return a client of a service over mabgraph's own dataset."""
    return real_client


def asked(service: TestClient, path: str, status: int = 200, **headers: str) -> Any:
    answer = service.get(path, headers=headers)
    assert answer.status_code == status, answer.text[:500]
    return answer


@pytest.mark.parametrize(
    "query", ["format=cytoscape&format=", "format=%20Cytoscape", "format=text/csv,cytoscape", "format=cytoscape&format=cytoscape"]
)
def test_a_format_is_the_one_that_is_named_however_it_is_written(service: TestClient, query: str) -> None:
    """JSON, Cytoscape and node-link share a media type, so the name alone tells them apart."""
    assert asked(service, f"/v1/network?{query}").content == asked(service, "/v1/network.cytoscape").content


def test_the_network_is_as_it_is_described(service: TestClient) -> None:
    answer = asked(service, "/v1/network").json()
    NetworkResponse.model_validate(answer)
    assert answer["dataset"] == asked(service, "/health").json()["dataset"]
    assert len(answer["treatments"]) == 20
    assert len(answer["links"]) == 9
    assert [part["treatments"] for part in answer["parts"][:3]] == [
        ["blinatumomab", "choice.kantarjian-2017.standard-chemotherapy"],
        ["convalescent-plasma", "group.thompson-2021.nonrecipients"],
        ["group.kantarjian-2017.inotuzumab-trial-chemotherapy", "inotuzumab-ozogamicin"],
    ]
    assert len(answer["gaps"]) == 3
    assert answer["names"][vocabulary.resource("drug/blinatumomab")] == "blinatumomab"
    missing = next(each for each in answer["treatments"] if each["id"] == "inotuzumab-ozogamicin")
    assert "patients" not in missing, "what is not reported is no number"


@pytest.mark.parametrize(
    ("query", "links"),
    [("drug=Blincyto", 1), ("target=CD38", 6), ("condition=covid-19", 1), ("endpoint=OS", 2), ("drug=Blincyto&drug=melphalan", 2),
     ("drug=Blincyto&target=CD38", 0)],
)  # fmt: skip
def test_filters(query: str, links: int, service: TestClient) -> None:
    assert len(asked(service, f"/v1/network?{query}").json()["links"]) == links


def test_graphml_and_json_for_programs(service: TestClient) -> None:
    graph = nx.read_graphml(io.BytesIO(asked(service, "/v1/network.graphml").content), force_multigraph=True)
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (20, 9)
    for form, read in (("cytoscape", nx.cytoscape_graph), ("node-link", lambda data: nx.node_link_graph(data, edges="edges"))):
        again = read(json.loads(asked(service, f"/v1/network?format={form}").content))
        assert (again.number_of_nodes(), again.number_of_edges()) == (20, 9)


@pytest.mark.slow
def test_a_picture(service: TestClient) -> None:
    for answer in (asked(service, "/v1/network.svg"), asked(service, "/v1/network", Accept="image/svg+xml")):
        assert answer.headers["content-type"] == "image/svg+xml"
        assert ElementTree.fromstring(answer.content).tag.endswith("svg")


def test_a_chain(service: TestClient) -> None:
    to = quote("choice.kantarjian-2017.standard-chemotherapy")
    answer = asked(service, f"/v1/network/path?from=BLINCYTO&to={to}").json()
    ChainResponse.model_validate(answer)
    assert answer["connected"] is True
    [step] = answer["steps"]
    [link] = step["links"]
    assert link["study"] == vocabulary.resource("study/tower")
    assert vocabulary.resource("estimate/kantarjian-2017.overall-survival-hazard-ratio") in link["estimates"]
    assert answer["from"] == "blinatumomab"


def test_no_chain_says_why_and_what_is_planned(service: TestClient) -> None:
    answer = asked(service, "/v1/network/path?from=daratumumab+lenalidomide+dexamethasone&to=lenalidomide%20%2B%20dexamethasone").json()
    ChainResponse.model_validate(answer)
    assert answer["connected"] is False
    assert {link["study_name"] for link in answer["gap"]["planned"]} == {"MAIA", "POLLUX"}
    assert "MAIA, POLLUX" in answer["gap"]["text"]


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/v1/network?dose=1", 422, "dose: unknown parameter; allowed are drug, target, condition, endpoint, format"),
        ("/v1/network?drug=blinatumomap", 422, "nearest are blinatumomab"),
        ("/v1/network?format=pdf", 406, "there are json, graphml, cytoscape, node-link, svg"),
        ("/v1/network.pdf", 404, "there are json, graphml, cytoscape, node-link, svg"),
        ("/v1/network?" + "&".join(["drug=blinatumomab"] * 51), 422, "drug"),
        ("/v1/network/path?from=blinatumomab", 422, "to: "),
        ("/v1/network/path?from=blinatumomab&to=nothing", 422, "no treatment of the network is called 'nothing'"),
        ("/v1/network/path?from=blinatumomab&to=rituximab&by=air", 422, "by: unknown parameter; allowed are from, to, format"),
        ("/v1/network/path?from=blinatumomab&to=rituximab&format=svg", 406, "there are json"),
        ("/v1/network/path?from=%22%20%7D%20DROP%20ALL%20%23&to=x", 422, "no treatment"),
        ("/v1/network/path?from=" + "x" * 5000 + "&to=y", 422, "from: "),
    ],
)
def test_what_cannot_be_answered_says_why(path: str, status: int, detail: str, service: TestClient) -> None:
    answer = asked(service, path, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]
    assert len(answer.content) < 2000


def test_a_format_that_nobody_takes_is_406(service: TestClient) -> None:
    assert "image/svg+xml" in asked(service, "/v1/network", 406, Accept="image/png").json()["detail"]


@pytest.mark.parametrize(
    "path", ["/v1/network", "/v1/network?format=svg", "/v1/network.graphml", "/v1/network/path?from=rituximab&to=daratumumab"]
)
def test_validators_and_head(path: str, service: TestClient) -> None:
    answer = asked(service, path)
    assert asked(service, path, 304, **{"If-None-Match": answer.headers["etag"]}).content == b""
    head = service.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == answer.headers["etag"]
    assert answer.headers["mabgraph-dataset"]
    assert "Accept" in answer.headers["vary"]


def test_forms_of_json_are_not_taken_for_one_another(service: TestClient) -> None:
    tags = {asked(service, f"/v1/network?format={form}").headers["etag"] for form in evidencenetwork.FORMS}
    assert len(tags) == len(evidencenetwork.FORMS)


def test_an_invented_dataset_has_a_network_too(client: TestClient) -> None:
    body = client.get("/v1/network").json()
    assert [(link["intervention"], link["comparator"], link["evidence"]) for link in body["links"]] == [
        ("blinatumomab", "group.example-2020.standard-care", "estimates")
    ]


def test_routes_and_reasons_are_documented() -> None:
    from mabgraph.graph.network import reach

    text = (ROOT / "docs" / "network.md").read_text("utf-8")
    for name in ("/v1/network", "/v1/network/path", *reach.REASONS, *evidencenetwork.FORMS, *networks.NetworkFilters.model_fields):
        assert f"`{name}" in text, f"describe {name} in docs/network.md"
