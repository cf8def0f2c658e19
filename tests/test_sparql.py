"""The SPARQL endpoint: asked three ways, answered in every format, cached by its validator, clear in every refusal."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.graph.sparql import updates
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import MabgraphError

from . import asgi

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
DESCRIBE = "CONSTRUCT { ?s a <ontology/Figure> } WHERE { ?s a <ontology/Figure> }"
LONG = "SELECT * { ?s ?p ?o }"
TOKEN = "a token of the tests"


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
        ({"query": ["ASK {}", "ASK {}"]}, 400, "send exactly one query or update: 2 were sent"),
        ({"query": "SELECT nothing"}, 400, "line 1, column 8: nothing cannot stand here"),
        ({"query": "ASK {}", "default_graph_uri": "a:b"}, 400, "unknown parameter 'default_graph_uri': is default-graph-uri meant?"),
        ({"query": "ASK {}", "defaultgraphuris": "a:b"}, 400, "is default-graph-uri meant?"),
        ({"query": "ASK {}", "fromat": "csv"}, 400, "unknown parameter 'fromat': is format meant?"),
        ({"query": "ASK {}", "Timeout": "1"}, 400, "is timeout meant?"),
        ({"query": "ASK {}", "graph": "a:b"}, 400, "graphs are chosen by default-graph-uri, named-graph-uri"),
        ({"query": "ASK {}", "$drug": "<a:b>"}, 400, "write VALUES into the query"),
        ({"query": "ASK {}", "format": ["csv", "json"]}, 400, "format is given as 'csv' and 'json', which are not one format"),
        ({"query": "ASK {}", "format": ["csv", "nothing"]}, 400, "format 'nothing' is not known"),
        ({"query": "ASK {}", "timeout": "7"}, 400, "at most 6 s"),
        ({"query": "ASK {}", "timeout": "0"}, 400, "one number of seconds above 0"),
        ({"query": "ASK {}", "timeout": "nan"}, 400, "one number of seconds above 0"),
        ({"query": "ASK {}", "timeout": ["1", "2"]}, 400, "one number of seconds above 0"),
        ({"query": "ASK {}", "using-graph-uri": "a:b"}, 400, "using-graph-uri belongs to an update"),
        ({"default-graph-uri": "a:b"}, 400, "default-graph-uri belongs to a query"),
        ({"query": "SELECT * { ?s ?p ?o . ?a ?b ?c }"}, 422, "ask with LIMIT"),
        ({"query": "ASK " + "{" * 1001 + "}" * 1001}, 403, "nested more than 1000 deep"),
        ({"query": "ASK {}", "format": "png"}, 400, "format 'png' is not known"),
        ({"query": "ASK {}", "default-graph-uri": "no iri"}, 400, "a graph is named by an absolute IRI, which 'no iri' is not"),
        ({"query": "ASK {} #" + "x" * 20_000}, 414, "or send a query by POST"),
        ({"query": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}, 403, "SERVICE is not allowed"),
        ({"query": "INSERT DATA { <a:a> <a:b> <a:c> }"}, 400, ""),
        ({"query": "LOAD <file:///etc/passwd>"}, 403, "LOAD is not allowed"),
        ({"update": "CLEAR ALL"}, 400, "an update is sent by POST"),
    ],
)
def test_a_query_that_cannot_be_answered_says_why(client: TestClient, params: dict[str, str], status: int, words: str) -> None:
    answer = client.get("/sparql", params=params)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("text/plain", 415), ("", 415), ("application/sparql-query; charset=utf-16", 415), ("application/sparql-update", 403)],
)
def test_a_body_of_another_kind_is_refused(client: TestClient, content_type: str, status: int) -> None:
    assert client.post("/sparql", content=b"ASK {}", headers={"Content-Type": content_type}).status_code == status


def test_a_form_without_a_query_says_so(client: TestClient) -> None:
    assert "0 were sent" in client.post("/sparql", data={"format": "csv"}).json()["detail"]


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


@pytest.mark.parametrize(
    ("text", "line", "column", "shown"),
    [
        ("SELECT *\n{ ?s ?p }", 2, 9, "{ ?s ?p }"),
        ("SELECT *\r\n{ ?s ?p ?o\r\n", 2, 11, "{ ?s ?p ?o"),
        ("SELECT * { " + "?s ?p ?o . " * 300 + "? }", 1, 3312, "?s ?p ?o . " * 8),
    ],
)
def test_what_cannot_be_read_is_shown_with_its_line(client: TestClient, text: str, line: int, column: int, shown: str) -> None:
    problem = client.get("/sparql", params={"query": text}).json()
    assert (problem["position"]["line"], problem["position"]["column"]) == (line, column)
    assert shown in problem["position"]["text"]
    assert len(problem["position"]["text"]) <= 200


@pytest.mark.parametrize(
    ("path", "media"),
    [("/sparql.csv", "text/csv"), ("/sparql.xml", "application/sparql-results+xml"), ("/sparql/", "application/sparql-results+json")],
)
def test_a_suffix_names_the_format(client: TestClient, path: str, media: str) -> None:
    assert client.get(path, params={"query": COUNT}).headers["content-type"].partition(";")[0] == media


def test_a_suffix_that_is_no_format_is_another_page(client: TestClient) -> None:
    assert client.get("/sparql.png", params={"query": COUNT}).status_code == 404
    assert client.get("/sparqling").status_code == 404


@pytest.mark.parametrize(
    ("query", "short", "media"),
    [
        (COUNT, "json", "application/sparql-results+json"),
        (DESCRIBE, "json", "application/ld+json"),
        (COUNT, "xml", "application/sparql-results+xml"),
        (DESCRIBE, "xml", "application/rdf+xml"),
        (DESCRIBE, "text/turtle", "text/turtle"),
        (DESCRIBE, "NT", "application/n-triples"),
    ],
)
def test_a_short_name_means_what_fits_the_answer(client: TestClient, query: str, short: str, media: str) -> None:
    assert client.get("/sparql", params={"query": query, "format": short}).headers["content-type"].partition(";")[0] == media


def test_a_format_that_does_not_fit_the_answer_is_406(client: TestClient) -> None:
    assert client.get("/sparql", params={"query": DESCRIBE, "format": "csv"}).status_code == 406


def test_what_other_clients_add_changes_nothing(client: TestClient) -> None:
    plain = client.get("/sparql", params={"query": COUNT, "format": "json"})
    added = client.get("/sparql", params={"query": COUNT, "format": "json", "output": "json", "results": "json", "infer": "false"})
    assert added.content == plain.content


@pytest.mark.parametrize(
    "added",
    [
        {"sameAs": "false", "infer": "true"}, {"maxrows": "", "default-graph-uri": "", "named-graph-uri": ""}, {"using-graph-uri": ""},
        {"soft-limit": "9", "should-sponge": "", "debug": "on", "signal_void": "on", "CXML_redir_for_subjs": "121"}, {"timeout": ""},
        {"callback": "f", "_": "1700000000000"}, {"explain": "true", "reasoning": "false"}, {"queryLn": "SPARQL", "limit": "1"},
        {"output": "nothing", "results": "html"}, {"content-type": "application/sparql-results+json"},
    ],
)  # fmt: skip
def test_parameters_of_other_engines_are_passed_over(client: TestClient, added: dict[str, str]) -> None:
    plain = client.get("/sparql", params={"query": COUNT})
    for answer in (client.get("/sparql", params={"query": COUNT} | added), client.post("/sparql", data={"query": COUNT} | added)):
        assert (answer.status_code, answer.content) == (200, plain.content)
        assert "mabgraph-unread" not in answer.headers


def test_a_parameter_that_nobody_reads_is_named_beside_the_answer(client: TestClient) -> None:
    asked = {"query": COUNT, "colour": "red", "sameAs": "true", "a\r\nb": "1"}
    for answer in (
        client.get("/sparql", params=asked),
        client.get("/sparql", params=asked),
        client.get("/sparql", params=asked | {"query": "SELECT (NOW() AS ?n) {}"}),
    ):
        assert (answer.status_code, answer.headers["mabgraph-unread"]) == (200, "colour")
    assert "mabgraph-unread" not in client.get("/sparql", params={"query": COUNT}).headers


ROWS, XML, CSV, TSV = "application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"
JSON_LD, RDF, NT, TURTLE = "application/ld+json", "application/rdf+xml", "application/n-triples", "text/turtle"


@pytest.mark.parametrize(
    ("query", "names", "media"),
    [
        (COUNT, [("format", "tsv"), ("format", TSV)], TSV),
        (COUNT, [(name, each) for name in ("format", "output", "results") for each in ("tsv", TSV)], TSV),
        (DESCRIBE, [(name, each) for name in ("format", "output") for each in ("json-ld", "application/ld+json,application/x-json+ld")], JSON_LD),
        (DESCRIBE, [("format", "rdf+xml"), ("format", RDF)], RDF), (DESCRIBE, [("format", "n3")], TURTLE),
        (COUNT, [("format", "json"), ("format", "JSON")], ROWS), (COUNT, [("format", ROWS), ("format", "json")], ROWS),
        (DESCRIBE, [("format", ROWS), ("format", "json")], JSON_LD),
        (COUNT, [("format", "application/json")], ROWS), (DESCRIBE, [("format", "application/json")], JSON_LD),
        (COUNT, [("format", "text/xml")], XML), (DESCRIBE, [("format", "application/xml")], RDF),
        (COUNT, [("format", "application/sparql-results xml")], XML), (COUNT, [("format", f"{CSV}; charset=utf-8")], CSV),
        (COUNT, [("format", "text/csv,application/json")], CSV), (COUNT, [("format", "")], ROWS),
        (COUNT, [("output", "csv")], CSV), (COUNT, [("output", "html"), ("results", "xml")], XML),
        (COUNT, [("format", "csv"), ("output", "json")], CSV), (COUNT, [("output", "csv"), ("results", "json")], CSV),
    ],
)  # fmt: skip
def test_names_of_one_format_are_one_format(client: TestClient, query: str, names: list[tuple[str, str]], media: str) -> None:
    answer = client.get("/sparql", params=[("query", query), *names])
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media)
    assert answer.content == client.post("/sparql", data={"query": query, "format": media}).content


@pytest.mark.parametrize(
    ("query", "accept", "media"),
    [
        (COUNT, "text/csv; charset=utf-8", CSV), (COUNT, f"{ROWS};charset=UTF-8", ROWS), (COUNT, f'{ROWS};version="1.2"', ROWS),
        (COUNT, "application/json", ROWS), (COUNT, "text/json", ROWS), (COUNT, "application/json; charset=utf-8", ROWS),
        (COUNT, "application/xml", XML), (COUNT, "text/xml;q=0.9, image/png", XML), (COUNT, "text/plain", CSV),
        (DESCRIBE, "text/plain", NT), (DESCRIBE, "application/json", JSON_LD), (DESCRIBE, "application/xml", RDF),
        (DESCRIBE, 'application/ld+json;profile="http://www.w3.org/ns/json-ld#flattened"', JSON_LD), (DESCRIBE, "text/turtle;version=1.1", TURTLE),
        (DESCRIBE, "text/n3", TURTLE), (DESCRIBE, "application/turtle, text/turtle", TURTLE),
        (COUNT, "application/json;q=0.3, text/csv;q=0.6", CSV), (COUNT, f"{XML}, application/rdf+xml, */*", XML),
        (COUNT, f"text/csv;charset=utf-8;q=0.2, {TSV};q=0.4", TSV), (COUNT, "text/csv;x=1;q=0.9, text/csv;q=0.1, application/xml;q=0.5", XML),
        (COUNT, f"{ROWS},application/json,text/javascript,application/javascript", ROWS), (COUNT, "*/*", ROWS), (COUNT, "*/*;q=0.1", ROWS),
        (COUNT, f"{ROWS};q=1.0,{XML};q=0.7", ROWS), (COUNT, "application/*;q=0.8, text/csv", CSV),
    ],
)  # fmt: skip
def test_accept_is_read_with_its_parameters(client: TestClient, query: str, accept: str, media: str) -> None:
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media)


@pytest.mark.parametrize(
    "accept", ["text/csv;charset=utf-16", "text/csv;header=absent", "application/json;q=0", f"{ROWS};q=0.0, image/png"]
)
def test_what_no_answer_is_like_is_406(client: TestClient, accept: str) -> None:
    assert client.get("/sparql", params={"query": COUNT}, headers={"Accept": accept}).status_code == 406


def test_what_the_engine_does_otherwise_is_written_down(client: TestClient) -> None:
    guide = (Path(__file__).parents[1] / "docs" / "sparql.md").read_text("utf-8")
    joined, itself = re.findall(r"```sparql\n(.*?)```", guide.partition("## Where the engine differs from the standard")[2], re.DOTALL)
    assert [client.get("/sparql.csv", params={"query": query.replace("STR(?drug)", "?drug")}).text for query in (joined,)] == [
        "drugs\r\n\r\n"
    ]
    assert len(client.get("/sparql.csv", params={"query": joined}).text.split()) == 3
    assert client.get("/sparql.csv", params={"query": itself}).text == "o\r\nhttp://nowhere.example/x\r\n"
    assert client.get("/sparql.csv", params={"query": "SELECT ?o { <http://nowhere.example/x> <a:b>* ?o }"}).text == "o\r\n"


def test_head_answers_like_get_without_a_body(client: TestClient) -> None:
    got, head = (client.request(method, "/sparql", params={"query": COUNT}) for method in ("GET", "HEAD"))
    assert head.content == b""
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


def test_options_name_the_methods(client: TestClient) -> None:
    answer = client.options("/sparql")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(client: TestClient, method: str) -> None:
    answer = client.request(method, "/sparql", params={"query": COUNT})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_page_of_another_origin_may_ask(client: TestClient) -> None:
    preflight = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    assert client.options("/sparql", headers=preflight).headers["access-control-allow-origin"] == "*"
    for query in (COUNT, "SELECT nothing"):
        answer = client.get("/sparql", params={"query": query}, headers={"Origin": "https://example.org"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "ETag" in answer.headers["access-control-expose-headers"]


def test_an_answer_is_known_by_its_validator(client: TestClient) -> None:
    first = client.get("/sparql", params={"query": COUNT})
    again = client.get("/sparql", params={"query": COUNT}, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert first.headers["etag"].startswith('"')
    assert {"Accept", "Accept-Encoding"} <= {name.strip() for name in first.headers["vary"].split(",")}


def test_what_differs_has_another_validator(client: TestClient) -> None:
    asked = [
        ({"query": COUNT}, {}), ({"query": COUNT, "format": "csv"}, {}), ({"query": COUNT + " "}, {}),
        ({"query": COUNT, "default-graph-uri": "a:b"}, {}), ({"query": COUNT, "named-graph-uri": "a:b"}, {}),
        ({"query": COUNT}, {"Accept-Encoding": "identity"}),
    ]  # fmt: skip
    tags = [client.get("/sparql", params=params, headers=headers).headers["etag"] for params, headers in asked]
    assert len(set(tags)) == len(tags)
    assert client.get("/sparql", params=asked[1][0], headers={"If-None-Match": tags[0]}).status_code == 200


@pytest.mark.parametrize("query", ["SELECT (RAND() AS ?x) {}", "SELECT (now() AS ?x) {}", "SELECT (UUID() AS ?x) {}"])
def test_what_differs_each_time_is_not_kept(client: TestClient, query: str) -> None:
    answers = [client.get("/sparql", params={"query": query}) for _ in range(2)]
    assert answers[0].content != answers[1].content
    assert "etag" not in answers[0].headers
    assert answers[0].headers["cache-control"] == "no-store"


def test_long_answers_are_coded_when_wanted(client: TestClient) -> None:
    with client.stream("GET", "/sparql", params={"query": LONG, "format": "csv"}, headers={"Accept-Encoding": "gzip"}) as coded:
        raw = b"".join(coded.iter_raw())
        assert coded.headers["content-encoding"] == "gzip"
    plain = client.get("/sparql", params={"query": LONG, "format": "csv"}, headers={"Accept-Encoding": "identity"})
    assert gzip.decompress(raw) == plain.content
    assert "content-encoding" not in plain.headers


def test_every_answer_names_the_dataset(client: TestClient) -> None:
    version = client.get("/health").json()["dataset"]
    for query in (COUNT, "SELECT nothing"):
        assert client.get("/sparql", params={"query": query}).headers["mabgraph-dataset"] == version


def test_the_default_graph_is_the_union_unless_graphs_are_chosen(client: TestClient) -> None:
    def count(**chosen: str) -> int:
        return int(client.get("/sparql.csv", params={"query": COUNT, **chosen}).text.split()[1])

    health = client.get("/health").json()
    assert count() == health["quads"]
    assert count(**{"named-graph-uri": "a:b"}) == 0
    one = count(**{"default-graph-uri": f"{vocabulary.base()}id/graph/checks"})
    by_text = client.get("/sparql.csv", params={"query": COUNT.replace("{", "FROM <id/graph/checks> {", 1)}).text
    assert int(by_text.split()[1]) == one > 0
    named = "SELECT (COUNT(*) AS ?n) FROM NAMED <id/graph/checks> { ?s ?p ?o }"
    assert client.get("/sparql.csv", params={"query": named}).text.split()[1] == "0"


def test_an_update_is_off_by_default(client: TestClient) -> None:
    answer = client.post("/sparql", data={"update": "CLEAR ALL"}, headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert "MABGRAPH_UPDATE_TOKEN" in answer.json()["detail"]


@pytest.fixture
def writable(example_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service that takes updates; what they make is removed afterwards."""
    with TestClient(
        create_app(Settings(dataset=example_directory, update_token=SecretStr(TOKEN))), headers={"Authorization": f"Bearer {TOKEN}"}
    ) as client:
        yield client
    (example_directory / updates.FILE).unlink(missing_ok=True)


@pytest.mark.slow
def test_an_update_makes_graphs_beside_the_published_ones(writable: TestClient, example_directory: Path) -> None:
    published = writable.get("/health").json()["quads"]
    before = writable.get("/sparql.csv", params={"query": COUNT})
    assert writable.post("/sparql", data={"update": "INSERT DATA { GRAPH <a:b> { <a:c> <a:d> 1 } }"}).status_code == 204
    after = writable.get("/sparql.csv", params={"query": COUNT}, headers={"If-None-Match": before.headers["etag"]})
    assert (int(before.text.split()[1]), int(after.text.split()[1])) == (published, published + 1)
    with TestClient(create_app(Settings(dataset=example_directory, update_token=SecretStr(TOKEN)))) as restarted:
        assert restarted.get("/sparql.csv", params={"query": COUNT}).text == after.text
    assert writable.post("/sparql", data={"update": "DROP ALL"}).status_code == 204
    assert writable.get("/sparql.csv", params={"query": COUNT}).text == before.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("update", "status", "words"),
    [
        ("INSERT DATA { GRAPH <id/graph/checks> { <a:c> <a:d> 1 } }", 403, "is published"),
        ("LOAD <file:///etc/passwd> INTO GRAPH <a:b>", 403, "LOAD is not allowed"),
        ("INSERT { GRAPH <a:b> { ?s ?p ?o } } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 403, "SERVICE is not allowed"),
        ("INSERT DATA {", 400, "line 1, column 14"),
        ("DROP GRAPH <id/graph/checks>", 409, ""),
        ("DELETE WHERE { GRAPH ?g { ?s ?p ?o } }", 204, ""),
    ],
)
def test_an_update_leaves_the_published_dataset_as_it_is(writable: TestClient, update: str, status: int, words: str) -> None:
    before = writable.get("/sparql.csv", params={"query": COUNT}).text
    answer = writable.post("/sparql", content=update, headers={"Content-Type": "application/sparql-update"})
    assert answer.status_code == status
    assert words in answer.text
    assert writable.get("/sparql.csv", params={"query": COUNT}).text == before


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer other", f"Basic {TOKEN}"])
def test_an_update_needs_the_token(writable: TestClient, authorization: str) -> None:
    answer = writable.post("/sparql", data={"update": "CLEAR ALL"}, headers={"Authorization": authorization})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("update", "words"),
    [("DELETE WHERE { ?s ?p ?o }", "takes no dataset"), ("WITH <a:b> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "leave these out")],
)
def test_a_dataset_of_the_protocol_and_of_the_text_exclude_each_other(writable: TestClient, update: str, words: str) -> None:
    answer = writable.post("/sparql?using-graph-uri=a:b", content=update, headers={"Content-Type": "application/sparql-update"})
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("values", [{"update_token": ""}, {"query_seconds": 200}, {"processes": 0}, {"nothing": 1}])
def test_settings_that_cannot_be_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(MabgraphError):
        Settings(**values)


def test_a_caller_that_leaves_ends_its_query(client: TestClient) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(7)) + " }"
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    assert client.portal is not None
    client.portal.call(client.app, asgi.scope("/sparql", urlencode({"query": endless}).encode()), receive, send)
    assert sent[0]["status"] == 400
    assert b"closed before the answer" in sent[1]["body"]
    assert client.get("/sparql", params={"query": "ASK {}"}).status_code == 200


@pytest.mark.parametrize(
    ("query", "accept", "media"),
    [
        ("ASK {}", ["text/csv", "application/json;q=0.5"], "text/csv"), ("ASK {}", ["application/json;q=.5", "text/csv"], "text/csv"),
        ("ASK {}", ["text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"], "application/sparql-results+json"),
        ("CONSTRUCT WHERE {?s ?p ?o}", ["application/trig"], "text/turtle"), ("CONSTRUCT WHERE {?s ?p ?o}", ["application/n-quads"], "application/n-triples"),
    ],
)  # fmt: skip
def test_accept_in_several_fields_and_as_other_clients_send_it(client: TestClient, query: str, accept: list[str], media: str) -> None:
    answer = client.get("/sparql", params={"query": query}, headers=[("Accept", each) for each in accept])
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media)


def test_a_text_that_is_empty_is_not_asked_and_a_mark_of_byte_order_is_passed_over(client: TestClient) -> None:
    for form in ({"query": "ASK {}", "update": ""}, {"query": ["", "ASK {}"]}, {"query": "\ufeffASK {}"}):
        assert client.post("/sparql", data=form).json() == client.get("/sparql", params=form).json() == {"head": {}, "boolean": True}
    direct = client.post("/sparql", content="\ufeffASK {}".encode(), headers={"Content-Type": "application/sparql-query"})
    assert direct.json()["boolean"] is True
    assert client.get("/sparql", params={"query": ""}).status_code == 400
