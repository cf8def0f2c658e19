"""Standard clients, as they come: those from PyPI and npm that are installed, and the requests that others send.

``.ci/run`` installs those from npm (``tests/clients/package-lock.json``) into a folder that the variable ``NPM_CLIENTS`` names.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import httpx2
import pytest
import SPARQLWrapper as wrapper  # noqa: N813

from mabgraph.graph.store import vocabulary

from .service import Service, running

FOLDER: Final = Path(__file__).parent / "clients"
NPM: Final = Path(os.environ.get("NPM_CLIENTS", FOLDER))
NODE: Final = shutil.which("node")
LABEL: Final = "<http://www.w3.org/2000/01/rdf-schema#label>"
ROWS: Final = f"SELECT ?s ?l WHERE {{ ?s {LABEL} ?l }} ORDER BY ?s ?l LIMIT 2"
GRAPH: Final = f"CONSTRUCT {{ ?s {LABEL} ?l }} WHERE {{ ?s {LABEL} ?l }} LIMIT 2"


@pytest.fixture(scope="module")
def service(example_directory: Path) -> Iterator[Service]:
    """Return a running service over the invented dataset: the one that ``make test`` starts."""
    with running(example_directory, processes=1) as service:
        yield service


@pytest.mark.parametrize("method", [wrapper.GET, wrapper.POST])
@pytest.mark.parametrize(
    ("query", "name", "media"),
    [
        (ROWS, wrapper.JSON, "application/sparql-results+json"), (ROWS, wrapper.XML, "application/sparql-results+xml"),
        (ROWS, wrapper.CSV, "text/csv"), (ROWS, wrapper.TSV, "text/tab-separated-values"), ("ASK {}", wrapper.JSON, "application/sparql-results+json"),
        ("ASK {}", wrapper.XML, "application/sparql-results+xml"), (GRAPH, wrapper.XML, "application/rdf+xml"), (GRAPH, wrapper.RDFXML, "application/rdf+xml"),
        (GRAPH, wrapper.TURTLE, "text/turtle"), (GRAPH, wrapper.N3, "text/turtle"), (GRAPH, wrapper.JSONLD, "application/ld+json"),
    ],
)  # fmt: skip
def test_sparqlwrapper_in_each_of_its_formats(service: Service, query: str, name: str, media: str, method: str) -> None:
    client = wrapper.SPARQLWrapper(f"{service.address}/sparql")
    client.setQuery(query)
    client.setMethod(method)
    client.setReturnFormat(name)
    client.addParameter("default-graph-uri", "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the client, about formats that it does not list
        answer = client.query()
        assert answer.info()["content-type"].partition(";")[0] == media
        assert answer.convert()


def test_sparqlwrapper_tells_what_is_wrong(service: Service) -> None:
    client = wrapper.SPARQLWrapper(f"{service.address}/sparql")
    client.setQuery("SELECT ?l { ?s rdfs:label ?l }")
    with pytest.raises(wrapper.SPARQLExceptions.QueryBadFormed, match="the prefix rdfs: is not declared"):
        client.query()


def asked(client: str, service: Service) -> Any:
    """Return what a client from npm prints; skip where it cannot be run."""
    if NODE is None:
        pytest.skip("there is no node here")
    if not (NPM / "node_modules" / client).is_dir():
        pytest.skip(f"{client} is not installed: npm ci in tests/clients, or NPM_CLIENTS names the folder where it is")
    done = subprocess.run(
        [NODE, str(FOLDER / "ask.cjs"), str(NPM), service.address, client], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.engines
@pytest.mark.parametrize(
    ("client", "numbers"), [("fetch-sparql-endpoint", [2, 2, 1] * 2), ("sparql-client-2", [2]), ("virtuoso-sparql-client", [2])]
)
def test_sparql_clients_from_npm(service: Service, client: str, numbers: list[int]) -> None:
    assert asked(client, service) == numbers


@pytest.mark.engines
def test_a_client_made_from_the_description(service: Service) -> None:
    assert asked("swagger-client", service) == [2]


@pytest.mark.engines
def test_types_made_from_the_description(service: Service, tmp_path: Path) -> None:
    command = NPM / "node_modules" / ".bin" / "openapi-typescript"
    if NODE is None or not command.exists():
        pytest.skip("openapi-typescript is not installed: npm ci in tests/clients")
    (tmp_path / "openapi.json").write_text(httpx2.get(f"{service.address}/openapi.json").text, encoding="utf-8")
    types = tmp_path / "types.ts"
    subprocess.run([command, tmp_path / "openapi.json", "-o", types], check=True, capture_output=True, timeout=120, cwd=NPM)
    text = types.read_text("utf-8")
    assert text.count('"application/problem+json": components["schemas"]["Problem"]') > 100
    assert '"application/problem+json": unknown' not in text


FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/sparql-results+json"
#: What clients send: the client, method, fields of the head, and parameters (of the address, or of the form), and the media type to come.
RECORDED: Final = [
    ("virtuoso-sparql-client 0.2", "POST", {"Accept": "application/json", "Content-Type": FORM},
     [("query", ROWS), ("format", "application/json"), ("default-graph-uri", ""), ("named-graph-uri", ""), ("maxrows", "")], JSON),
    ("sparql-client-2 0.6", "POST", {"Accept": "application/sparql-results+json,application/json", "Content-Type": FORM},
     [("query", ROWS), ("format", JSON), ("content-type", JSON)], JSON),
    ("fetch-sparql-endpoint 7", "POST", {"Accept": f"{JSON};q=1.0,application/sparql-results+xml;q=0.7", "Content-Type": FORM},
     [("query", ROWS), ("infer", "true"), ("sameAs", "false")], JSON),
    ("grlc 1.3", "GET", {"Accept": "application/json"}, [("query", ROWS)], JSON),
    ("grlc 1.3 for a table", "GET", {"Accept": "text/csv; q=1.0, application/json; q=0.1"}, [("query", ROWS)], "text/csv"),
    ("rdflib's SPARQLStore 7", "GET", {"Accept": "application/sparql-results+xml, application/rdf+xml"}, [("query", ROWS), ("default-graph-uri", "")],
     "application/sparql-results+xml"),
    ("RDF4J 5", "POST", {"Accept": f"{JSON};q=0.8, text/boolean, application/sparql-results+xml;q=0.6", "Content-Type": f"{FORM}; charset=utf-8"},
     [("query", ROWS), ("queryLn", "SPARQL"), ("infer", "true"), ("timeout", "5")], JSON),
    ("Apache Jena 5", "GET", {"Accept": "text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,application/rdf+xml;q=0.7,*/*;q=0.3"},
     [("query", GRAPH)], "text/turtle"),
    ("Virtuoso's form", "GET", {"Accept": "*/*"},
     [("default-graph-uri", ""), ("query", ROWS), ("should-sponge", ""), ("format", JSON), ("timeout", ""), ("signal_void", "on")], JSON),
    ("Yasgui", "POST", {"Accept": f"{JSON},*/*;q=0.9", "Content-Type": f"{FORM}; charset=UTF-8"}, [("query", ROWS)], JSON),
    ("curl by hand", "GET", {"Accept": "text/csv; charset=utf-8"}, [("query", ROWS)], "text/csv"),
    ("jQuery with JSONP", "GET", {"Accept": "*/*"}, [("query", ROWS), ("output", "json"), ("callback", "f"), ("_", "1700000000000")], JSON),
]  # fmt: skip


@pytest.mark.parametrize(("client", "method", "head", "parameters", "media"), RECORDED, ids=[each[0] for each in RECORDED])
def test_what_clients_send_is_answered(
    service: Service, client: str, method: str, head: dict[str, str], parameters: list[tuple[str, str]], media: str
) -> None:
    body = urlencode(parameters)
    with service.client() as asking:
        answer = (
            asking.request(method, "/sparql", headers=head, content=body)
            if method == "POST"
            else asking.get(f"/sparql?{body}", headers=head)
        )
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media), answer.text
        assert vocabulary.base() in answer.text
        assert "mabgraph-unread" not in answer.headers
