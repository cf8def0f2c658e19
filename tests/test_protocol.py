"""The W3C's own tests of the SPARQL 1.1 Protocol and Service Description, driven from their manifests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import pyoxigraph as ox
import pytest
import rdflib
from fastapi.testclient import TestClient
from pydantic import SecretStr
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.graph.store import formats

W3C: Final = Path(__file__).parents[2] / "shared" / "w3c"
TOKEN: Final = "a token of the tests"
MF: Final = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT: Final = rdflib.Namespace("http://www.w3.org/2011/http#")
CNT: Final = rdflib.Namespace("http://www.w3.org/2011/content#")
UT: Final = rdflib.Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
SD: Final = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
#: The media types of each format that a test can expect.
FORMATS: Final = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": set(formats.SOLUTIONS),
    "RDF": set(formats.GRAPHS),
}
NUMBER: Final = 34


def manifest(name: str) -> rdflib.Graph:
    path = W3C / name / "manifest.ttl"
    return rdflib.Graph().parse(path, publicID=path.as_uri()) if path.exists() else rdflib.Graph()


PROTOCOL: Final = manifest("protocol")
TESTS: Final = sorted(PROTOCOL.subjects(RDF.type, MF.ProtocolTest), key=str)


def one(graph: rdflib.Graph, node: Any, *path: rdflib.URIRef) -> Any:
    for step in path:
        node = graph.value(node, step)
    return node


@pytest.fixture(scope="module")
def open_client(example_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service that takes updates."""
    settings = Settings(dataset=example_directory, update_token=SecretStr(TOKEN))
    with TestClient(create_app(settings), base_url="http://www.example") as client:
        yield client


def asked(client: TestClient, request: Any) -> httpx2.Response:
    """Return the answer to one request of the manifest; updates carry the token that this service wants."""
    fields = Collection(PROTOCOL, one(PROTOCOL, request, HT.headers)) if one(PROTOCOL, request, HT.headers) else ()
    headers = {str(one(PROTOCOL, field, HT.fieldName)): str(one(PROTOCOL, field, HT.fieldValue)) for field in fields}
    body = one(PROTOCOL, request, HT.body)
    content = str(one(PROTOCOL, body, CNT.chars)).encode(str(one(PROTOCOL, body, CNT.characterEncoding))) if body else None
    path = str(one(PROTOCOL, request, HT.absolutePath))
    return client.request(
        str(one(PROTOCOL, request, HT.methodName)), path, content=content, headers=headers | {"Authorization": f"Bearer {TOKEN}"}
    )


def load(client: TestClient, test: Any) -> None:
    """Put the graphs that ``test`` needs into the service."""
    for data in PROTOCOL.objects(test, UT.graphData):
        name, file = str(one(PROTOCOL, data, RDFS.label)), str(one(PROTOCOL, data, UT.graph))
        triples = Path(file.removeprefix("file://")).read_text("utf-8")
        text = f"CLEAR SILENT GRAPH <{name}> ; INSERT DATA {{ GRAPH <{name}> {{ {triples} }} }}"
        answer = client.post(
            "/sparql", content=text, headers={"Content-Type": "application/sparql-update", "Authorization": f"Bearer {TOKEN}"}
        )
        assert answer.is_success, answer.text


def expected(answer: httpx2.Response, response: Any) -> None:
    """Assert that ``answer`` is what the manifest expects."""
    statuses = {str(status)[-3] for status in PROTOCOL.objects(response, MF.expectedStatus)}
    assert str(answer.status_code)[0] in statuses, f"{answer.status_code} {answer.text}"
    kind = one(PROTOCOL, response, MF.expectedFormat)
    if kind is not None:
        assert answer.headers["content-type"].partition(";")[0] in FORMATS[str(kind)]
    truth = one(PROTOCOL, response, MF.expectedBoolean)
    if truth is not None:
        assert answer.json()["boolean"] is truth.toPython()


@pytest.mark.skipif(not TESTS, reason="the W3C tests are not beside the project (../shared/w3c)")
@pytest.mark.parametrize("test", TESTS, ids=lambda test: str(test).rpartition("#")[2])
def test_protocol(open_client: TestClient, test: Any) -> None:
    load(open_client, test)
    requests = list(Collection(PROTOCOL, one(PROTOCOL, test, MF.action, HT.requests)))
    assert requests
    for request in requests:
        expected(asked(open_client, request), one(PROTOCOL, request, HT.resp))


@pytest.mark.skipif(not TESTS, reason="the W3C tests are not beside the project (../shared/w3c)")
def test_every_test_of_the_manifest_is_driven() -> None:
    entries = one(PROTOCOL, next(PROTOCOL.subjects(RDF.type, MF.Manifest)), MF.entries)
    assert set(TESTS) == set(Collection(PROTOCOL, entries))
    assert len(TESTS) == NUMBER


@pytest.fixture(params=list(formats.GRAPHS))
def description(request: pytest.FixtureRequest, client: TestClient) -> rdflib.Graph:
    """Return the service description, in each format that it is given in."""
    answer = client.get("/sparql", headers={"Accept": request.param})
    assert answer.headers["content-type"].partition(";")[0] == request.param
    triples = ox.parse(answer.content, formats.GRAPHS[request.param])
    return rdflib.Graph().parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt")


def test_returns_rdf(client: TestClient) -> None:
    answer = client.get("/sparql")
    assert answer.headers["content-type"].partition(";")[0] in formats.GRAPHS
    assert len(rdflib.Graph().parse(data=answer.text, format="turtle")) > 10


def test_has_endpoint_triple(description: rdflib.Graph) -> None:
    (service,) = description.subjects(RDF.type, SD.Service)
    assert list(description.objects(service, SD.endpoint)) == [rdflib.URIRef("http://testserver/sparql")]


def test_conforms_to_schema(description: rdflib.Graph) -> None:
    """Every term of the vocabulary that is used exists there, on subjects and objects of the classes it is defined for."""
    of = {
        "endpoint": ("Service", None), "supportedLanguage": ("Service", None), "feature": ("Service", None),
        "resultFormat": ("Service", None), "defaultDataset": ("Service", "Dataset"), "defaultGraph": ("Dataset", "Graph"),
        "namedGraph": ("Dataset", "NamedGraph"), "name": ("NamedGraph", None), "graph": ("NamedGraph", "Graph"),
    }  # fmt: skip
    known = {
        *of,
        "Service",
        "Dataset",
        "Graph",
        "NamedGraph",
        "SPARQL11Query",
        "SPARQL11Update",
        "UnionDefaultGraph",
        "BasicFederatedQuery",
    }
    terms = {term for triple in description for term in triple if isinstance(term, rdflib.URIRef) and term.startswith(str(SD))}
    assert {term.removeprefix(str(SD)) for term in terms} <= known
    for name, (domain, range_) in of.items():
        for subject, value in description.subject_objects(SD[name]):
            assert (subject, RDF.type, SD[domain]) in description
            assert range_ is None or (value, RDF.type, SD[range_]) in description
    assert len(list(description.subjects(RDF.type, SD.NamedGraph))) >= 5


def test_updates_are_described_where_they_are_allowed(client: TestClient, open_client: TestClient) -> None:
    assert "SPARQL11Update" in open_client.get("/sparql").text
    assert "SPARQL11Update" not in client.get("/sparql").text
