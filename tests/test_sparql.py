"""The SPARQL endpoint: asked three ways, answered in every format, and never taken down by a query."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mabgraph.graph import worker
from mabgraph.graph.workers import Answered, Workers

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
DESCRIBE = "CONSTRUCT { ?s a <ontology/Figure> } WHERE { ?s a <ontology/Figure> }"
#: A query that no engine finishes: the dataset joined with itself seven times.
ENDLESS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(7)) + " }"


@pytest.mark.parametrize(
    ("query", "accept", "media", "begins"),
    [
        (COUNT, "application/sparql-results+json", "application/sparql-results+json", '{"head"'),
        (COUNT, "application/sparql-results+xml", "application/sparql-results+xml", "<?xml"),
        (COUNT, "text/csv", "text/csv; charset=utf-8", "n\r\n"),
        (COUNT, "text/tab-separated-values", "text/tab-separated-values; charset=utf-8", "?n\n"),
        (COUNT, "text/csv;q=0.1, application/sparql-results+xml;q=0.9", "application/sparql-results+xml", "<?xml"),
        (COUNT, "*/*", "application/sparql-results+json", '{"head"'),
        (DESCRIBE, "text/turtle", "text/turtle; charset=utf-8", "<"),
        (DESCRIBE, "application/n-triples", "application/n-triples", "<"),
        (DESCRIBE, "application/rdf+xml", "application/rdf+xml", "<?xml"),
        (DESCRIBE, "application/ld+json", "application/ld+json", "["),
        ("ASK {}", "application/sparql-results+json", "application/sparql-results+json", '{"head":{},"boolean":true'),
    ],
)
def test_answers_in_the_format_that_is_wanted(client: TestClient, query: str, accept: str, media: str, begins: str) -> None:
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)
    assert answer.text.startswith(begins)


def test_get_form_and_direct_post_answer_alike(client: TestClient) -> None:
    asked = {"headers": {"Accept": "text/csv"}}
    by_get = client.get("/sparql", params={"query": COUNT}, **asked)  # type: ignore[arg-type]
    by_form = client.post("/sparql", data={"query": COUNT}, **asked)  # type: ignore[arg-type]
    direct = client.post("/sparql", content=COUNT, headers={"Accept": "text/csv", "Content-Type": "application/sparql-query"})
    assert by_get.text == by_form.text == direct.text
    assert int(by_get.text.split()[1]) == client.get("/health").json()["quads"]


def test_a_short_name_of_a_format_goes_over_accept(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": COUNT, "format": "csv"}, headers={"Accept": "application/sparql-results+json"})
    assert answer.headers["content-type"].startswith("text/csv")


def test_graphs_are_chosen_by_the_protocol(client: TestClient) -> None:
    base = client.get("/sparql", params={"query": "SELECT (<id/graph/about> AS ?g) {}", "format": "csv"}).text.split()[1]
    whole = client.get("/sparql", params={"query": COUNT, "format": "csv"}).text
    part = client.get("/sparql", params={"query": COUNT, "format": "csv", "default-graph-uri": base}).text
    assert 0 < int(part.split()[1]) < int(whole.split()[1])


@pytest.mark.parametrize(
    ("params", "status", "words"),
    [
        ({}, 400, "one query is needed, 0 were given"),
        ({"query": ["ASK {}", "ASK {}"]}, 400, "one query is needed, 2 were given"),
        ({"query": "SELECT nothing"}, 400, "error at 1:15"),
        ({"query": "ASK {}", "timeout": "9"}, 400, "unknown parameter 'timeout'"),
        ({"query": "ASK {}", "format": "png"}, 400, "format 'png' is not known"),
        ({"query": "ASK {}", "default-graph-uri": "no iri"}, 400, "absolute IRI"),
        ({"query": "ASK {} #" + "x" * 20_000}, 413, "longer than 20000 bytes"),
        ({"query": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}, 403, "SERVICE is not allowed"),
        ({"query": "INSERT DATA { <a:a> <a:b> <a:c> }"}, 400, ""),
        ({"query": "LOAD <file:///etc/passwd>"}, 400, ""),
    ],
)
def test_a_query_that_cannot_be_answered_says_why(client: TestClient, params: dict[str, str], status: int, words: str) -> None:
    answer = client.get("/sparql", params=params)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(("content_type", "status"), [("text/plain", 415), ("application/sparql-update", 415), ("", 415)])
def test_a_body_of_another_kind_is_refused(client: TestClient, content_type: str, status: int) -> None:
    assert client.post("/sparql", content=b"ASK {}", headers={"Content-Type": content_type}).status_code == status


def test_a_body_without_end_is_cut_off(client: TestClient) -> None:
    answer = client.post("/sparql", content=b"x" * 200_000, headers={"Content-Type": "application/sparql-query"})
    assert answer.status_code == 413


@pytest.mark.parametrize("body", [b"\xff\xfe", b"ASK { <\x80> a 1 }"])
def test_what_is_not_utf_8_is_named(client: TestClient, body: bytes) -> None:
    answer = client.post("/sparql", content=body, headers={"Content-Type": "application/sparql-query"})
    assert answer.status_code == 400
    assert "not UTF-8" in answer.json()["detail"]


def test_nothing_acceptable_is_406(client: TestClient) -> None:
    assert client.get("/sparql", params={"query": COUNT}, headers={"Accept": "image/png"}).status_code == 406


def test_a_query_without_end_is_ended_and_others_are_answered(client: TestClient) -> None:
    for _ in range(3):
        answer = client.get("/sparql", params={"query": ENDLESS})
        assert answer.status_code == 503
        assert "was not answered within 3 s" in answer.json()["detail"]
        assert answer.headers["retry-after"]
    assert client.get("/sparql", params={"query": COUNT}).status_code == 200


@pytest.mark.parametrize(
    ("query", "reaches"),
    [
        ("SELECT * { SERVICE <http://e/> { ?s ?p ?o } }", True),
        ("SELECT * { service silent ?x { ?s ?p ?o } }", True),
        ("SELECT * { ?s ?p 1SERVICE<http://e/>{ ?s ?p ?o } }", True),
        ("PREFIX SERVICE: <http://e/> SELECT * { SERVICE:x { ?s ?p ?o } }", True),
        ("SELECT * { \\u0053ERVICE <http://e/> { ?s ?p ?o } }", True),
        ('SELECT * { ?s ?p "a" SERVICE <http://e/> {} }', True),
        ("SELECT * { ?s ?p '''a''b''' . SERVICE <http://e/> {} }", True),
        ("SELECT ?service { ?service a <http://e/service> }", False),
        ("SELECT * { ?s a sd:Service . # SERVICE\n }", False),
        ('SELECT * { ?s ?p \'SERVICE\' , """SERVICE""" }', False),
    ],
)
def test_a_query_that_would_reach_out_is_seen(query: str, reaches: bool) -> None:
    assert worker.reaches_out(query) is reaches


def test_processes_that_cannot_start_say_so_and_are_started_anew(tmp_path: Path) -> None:
    """A folder without a dataset ends each process while it starts: every query is told at once, none waits for its limit."""

    async def asked() -> list[Answered]:
        workers = Workers(tmp_path, 1, 256)
        await workers.start()
        answers = [await workers.ask(b"ASK {}", ["text/csv"], 60) for _ in range(2)]
        await workers.stop()
        return answers

    assert [(answer.error, "could be started" in answer.detail) for answer in asyncio.run(asked())] == [("exhausted", True)] * 2
