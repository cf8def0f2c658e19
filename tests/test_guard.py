"""The guard: what would reach out, or needs too much of the engine's stack, is refused; what only mentions it is not."""

from __future__ import annotations

import pytest

from mabgraph.graph.sparql import forkserver
from mabgraph.graph.syntax import guard

IRI = "<http://e/>"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://e/> { ?s ?p ?o } }",
        "SELECT * { service silent ?x { ?s ?p ?o } }",
        "SELECT * { ?s ?p 1SERVICE<http://e/>{ ?s ?p ?o } }",
        "SELECT * { ?s ?p trueSERVICE<http://e/>{ ?s ?p ?o } }",
        "SELECT * { VALUES ?x { true }SERVICESILENT<http://e/>{} }",
        "PREFIX SERVICE: <http://e/> SELECT * { SERVICE:x { ?s ?p ?o } }",
        "PREFIX aSERVICE: <http://e/> SELECT * { ?s ?p aSERVICE:x }",
        "SELECT * { \\u0053ERVICE <http://e/> { ?s ?p ?o } }",
        "SELECT * { ?s ?p 'a\\u0027 SERVICE <http://e/> {} . ?s ?p \\u0027' }",
        'SELECT * { ?s ?p "a" SERVICE <http://e/> {} }',
        "SELECT * { ?s ?p '''a''b''' . SERVICE <http://e/> {} }",
        "SELECT * { VALUES ?v { '''a' } SERVICE <http://e/> {} } #\\uD800'''",
        "SELECT * { VALUES ?v { '''a' } #c\n SERVICE <http://e/> {} #\\uD800''' #d\n }",
        "SELECT * { ?s ?p ex:a\\#b . SERVICE <http://e/> {} }",
        "SELECT * { ?s ?p ex:a\\'b . SERVICE <http://e/> {} ?s ?p 'z' }",
        "SELECT * { FILTER(1<'>'||true) SERVICE <http://e/> {} FILTER('z'='z') }",
        "PREFIX ex: <http://[::1]> SELECT * { { ?s ?p ex:service <http://e/> {} } }",
        "PREFIX ex: <http://h:80> SELECT * { { ?s ?p ex:SERVICE <http://e/> {} } }",
        "BASE <http://h:80> PREFIX ex: <> SELECT * { { ?s ?p ex:SERVICE <http://e/> {} } }",
        "PREFIX ex: <http://e/#> SELECT * { { ?s ?p ex:service\\#a } }",
        "PREFIX ex: <http://e/> SELECT * { ?s ?p ex:a.b.service <http://e/> {} }",
        "PREFIX ex: <http://e/> SELECT * { ?s ?p ex:service\ufffd:x {} }",
        "SELECT * { # \rSERVICE <http://e/> {} }",
        "LOAD <file:///etc/passwd>",
        "CLEAR ALL ; load silent <a:b>",
        "CLEAR ALL;LOAD<a:b>",
        "INSERT DATA { <a:b> <a:b> ex:a\\#b } ; LOAD <a:b>",
        "PREFIX LOAD: <a:> LOAD:b",
        "SELECT * { ( } ; LOAD <a:b>",
    ],
)
def test_a_text_that_would_reach_out_is_refused(query: str) -> None:
    assert guard.refusal(query) is not None


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service { ?service a <http://e/service>, <service>, <#service> }",
        "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#> SELECT * { ?s a sd:Service, sd:service.load } # SERVICE\n",
        "PREFIX sd: <> PREFIX s: <#> SELECT ?s { ?s a s:Other }",
        "PREFIX s: <#> SELECT ?s { ?s a s:Service }",
        "PREFIX s: <urn:x:> SELECT ?s { ?s a s:service-of_é, s:load }",
        "SELECT * { ?s ?p 'SERVICE' , \"\"\"LOAD\"\"\", 'a'@service, 'it\\'s a SERVICE', 'caf\\u00e9 service' }",
        "SELECT * { ?load ?p ?payload . _:service ?p _:load }",
        "SELECT * { VALUES (?a ?b) { (<http://e/service> <http://e/service>) } FILTER(?a < <http://e/service>) FILTER(?a<?b && ?b>'service') }",
        "PREFIX service: <http://e/> PREFIX load: <http://e/> SELECT ?s { ?s a load:x }",
        "SELECT * { ?s ?p 'it''s' }",
        "#service\nASK {}",
    ],
)
def test_a_text_that_only_mentions_it_is_not_refused(query: str) -> None:
    assert guard.refusal(query) is None
    assert not guard.names_services(query)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT * { SERVICE <a:b> {} }", "SERVICE is not allowed here"),
        ("ASK {}\nLOAD <a:b>", "LOAD is not allowed here"),
        ("SELECT * {\nFILTER(1<'>'||true) SERVICE <a:b> {} FILTER('z'='z') }", "line 2, column 21 is ambiguous: put a space behind each <"),
        ("SELECT * {\n SERVICE:x {} }", "line 2, column 2 is ambiguous: give the prefix another name"),
        ("PREFIX x: <http://h:80> SELECT * { ?s ?p x:service }", "line 1, column 44 is ambiguous: write the IRI in full"),
        ("SELECT * { ?s ?p 'service }", "syntax error at line 1, column 18, and the text contains SERVICE"),
        ("SELECT * { \\u0053ERVICE <a:b> {} }", "with its code point escapes (\\u…) read: SERVICE is not allowed here"),
        ("SELECT * { FILTER(" + "1<(>" * 60 + "'service') }", "can be read in many ways: put a space behind each <"),
    ],
)
def test_a_refusal_says_what_is_wrong_where_and_what_to_do(query: str, words: str) -> None:
    assert words in (guard.refusal(query) or "")


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("SELECT * { SERVICE <http://e/> { ?s ?p ?o } }", True),
        ("SELECT * { SERVICE SILENT <http://e/> { ?s ?p ?o } service <http://e/> {} }", True),
        ("SELECT * { SERVICE #c\n <http://e/> { ?s ?p 'SERVICE' } }", True),
        ("SELECT * { SERVICE <http://other/> { ?s ?p ?o } }", False),
        ("SELECT * { SERVICE <http://e/> {} SERVICE ?where { ?s ?p ?o } }", False),
        ("PREFIX e: <http://e/> SELECT * { SERVICE e: { ?s ?p ?o } }", False),
        ("SELECT * { SERVICE <http://e\\u002F> {} }", False),
        ("SELECT * { SERVICESILENT<http://e/> {} }", False),
        ("SELECT * { SERVICE<http://e/>{ SERVICE <http://other/> {} } }", False),
        ("SELECT * { ?s ?p 'SERVICE <http://e/>' SERVICE ?x {} }", False),
        ("SELECT * { ?s ?p ex:a\\#b SERVICE <http://other/> {} #\nSERVICE <http://e/> {} }", False),
    ],
)
def test_an_endpoint_that_is_allowed_may_be_named_by_its_iri(query: str, allowed: bool) -> None:
    assert (guard.refusal(query, ["http://e/"]) is None) is allowed
    assert guard.names_services(query)


@pytest.mark.parametrize(
    ("opening", "closing"), [("{", "}"), ("(", ")"), ("[<a:b>", "]"), ("{|<a:b> 1", "|}"), ("<<", " <a:b> 1>>"), ("STR(", ")")]
)
def test_brackets_nested_too_deep_are_refused_wherever_they_hide(opening: str, closing: str) -> None:
    deep, deeper = (f"{opening * depth}{closing * depth}" for depth in (guard.DEEPEST - 2, guard.DEEPEST + 1))
    assert guard.refusal(f"ASK {{ FILTER(1) {deep} }}") is None
    assert "nested more than 1000 deep" in (guard.refusal(f"ASK {{ {deeper} }}") or "")
    assert guard.refusal(f"ASK {{ ?s ?p ex:a\\#b . {deeper} }}")
    assert guard.refusal(f"ASK {{ FILTER(1<'>'||true) {deeper} FILTER('z') }}")
    assert guard.refusal(f"ASK {{ ?s ?p '''{deeper}''' }} # {deeper}") is None


@pytest.mark.parametrize(
    ("begin", "link", "end"),
    [
        ("ASK { FILTER(", "!", "true) }"), ("ASK { FILTER(", "1+", "1) }"), ("ASK { FILTER(", "1||", "1) }"), ("ASK { ?s ", "<a:b>/", "<a:b> ?o }"),
        ("ASK { {}", "UNION{}", "}"), ("ASK {", "OPTIONAL{}", "}"), ("DESCRIBE ", "<a:b>", ""), ("SELECT (1 AS ?x) {} GROUP BY", "(1)", ""),
        ("ASK { ?s ?p ?o ", ",?o", "}"), ("ASK { ?s ?p (", "1 ", ") }"), ("ASK { ?s ?p (", ".1", ") }"), ("ASK { ?s ?p (", "'a'", ") }"),
        ("ASK { ?s ?p (", "true", ") }"), ("ASK { ", "1a1.", "}"), ("ASK { ?s ?p (", "?x", ") }"), ("ASK { ?s ?p (", "a:b ", ") }"),
    ],
)  # fmt: skip
def test_what_makes_long_chains_is_refused_where_there_is_too_much_of_it(
    monkeypatch: pytest.MonkeyPatch, begin: str, link: str, end: str
) -> None:
    assert guard.refusal(begin + link * 500 + end) is None
    monkeypatch.setattr(guard, "STACK", 500_000)
    assert guard.refusal(begin + link * 50 + end) is None
    assert "are too many for one text: split the query" in (guard.refusal(begin + link * 500 + end) or "")


def test_the_engine_has_twice_the_stack_that_a_text_may_need() -> None:
    assert 2 * guard.STACK <= forkserver.STACK


def test_long_texts_of_what_makes_no_chain_are_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "STACK", 500_000)
    assert guard.refusal("SELECT * { VALUES ?x { " + "<http://e/a-b/c> " * 1000 + "} }") is None
    assert guard.refusal(f"ASK {{ ?s ?p '{'!+-({' * 1000}' }} #{'!+-({' * 1000}") is None


@pytest.mark.parametrize(
    ("query", "named", "sure"),
    [
        ("SELECT * FROM <a:b> {}", True, True),
        ("SELECT *FROM<a:b>{}", True, True),
        ("ASKFROM<a:b>{}", True, True),
        ("SELECT * from#c\nnamed <a:b> {}", True, True),
        ("SELECT ?from { ?s ?p 'FROM <a:b>' } # FROM <a:b>", False, True),
        ("SELECT (<f:from>(?from) AS ?x) { ?from <a:from> ex:from . from:a ?p ?o }", False, True),
        ("PREFIX from: <a:> SELECT * {}", False, True),
        ("PREFIX from: <http://e/> DESCRIBE ?s from:a {}", True, False),
        ("PREFIX x: <http://h:80> DESCRIBE x:from:a {}", True, False),
        ("PREFIX x: <http://e/> DESCRIBE x:from {}", False, True),
        ("DESCRIBE ex:a\\#b FROM <a:b> {}", True, True),
        ("SELECT (1<')>' AS ?x) FROM <a:b> {} #' AS ?x) {}", True, False),
        ("SELECT * \\u0046ROM <a:b> {}", False, False),
        ("SELECT * { ?s ?p 'a\\u0027 }\\u0023' } FROM <a:b>", True, False),
    ],
)
def test_whether_a_query_chooses_its_graphs_is_seen_or_refused(query: str, named: bool, sure: bool) -> None:
    assert (guard.refusal(query) is None) is sure
    if sure:
        assert guard.names_graphs(query) is named


@pytest.mark.parametrize(
    ("query", "changes"),
    [
        ("SELECT (NOW() AS ?t) {}", True),
        ("SELECT (1+now() AS ?t) { ?s ?p ex:a\\#b }", True),
        ("SELECT * { ?s ?p ex:a\\#b FILTER(?o < NOW()) }", True),
        ("SELECT * { FILTER(1<'>'||NOW()>1||'z'='z') }", True),
        ("SELECT (STRUUID() AS ?t) {}", True),
        ("CONSTRUCT { _:a ?p ?o } { ?s ?p ?o }", True),
        ("CONSTRUCT { [] ?p ?o } { ?s ?p ?o }", True),
        ("SELECT (\\u004eOW() AS ?t) {}", True),
        ("SELECT ?now { ?s ?now 'NOW() _:a []' , <a:now> } # NOW()", False),
        ("SELECT ?s { ?s ?p ?unknown }", False),
    ],
)
def test_a_query_that_may_answer_differently_each_time_is_seen(query: str, changes: bool) -> None:
    assert guard.is_volatile(query) is changes


def test_a_long_text_is_searched_for_what_changes_and_not_read() -> None:
    assert guard.is_volatile("SELECT ?now {} #" + "x" * guard.KEPT)
    assert not guard.is_volatile("SELECT ?s {} #" + "x" * guard.KEPT)


CALLS = "may be a function of the engine"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("define get:soft 'soft' SELECT * FROM <http://e/> { ?s ?p ?o }", "DEFINE at line 1, column 1 is not of SPARQL"),
        ("SELECT * FROM <http://e/> OPTION (get:soft 'soft') { ?s ?p ?o }", "OPTION at line 1, column 27 is not of SPARQL"),
        ("SELECT * { ?s ?p ?o option(TABLE_OPTION 'hash') }", "OPTION at line 1, column 21"),
        ("SELECT * { GRAPH <a:b> { ?s ?p 1OPTION(x 'y') } }", "OPTION at line 1, column "),
        ("#c\n DEFINE input:grab-all 'yes' SELECT * { ?s ?p ?o }", "DEFINE at line 2, column 2"),
        ("SELECT (bif:http_get('http://e/') AS ?x) {}", f"bif:http_get(…) {CALLS}"),
        ("SELECT (<bif:http_get> #c\n ('http://e/') AS ?x) {}", f"<bif:http_get>(…) {CALLS}"),
        ("SELECT (<java:a.B>(1) AS ?x) {}", CALLS),
        ("SELECT * { ?s ?p ?o FILTER bif:http_get('http://e/') }", CALLS),
        ("SELECT * { ?s ?p ?o FILTER(1<bif:http_get('http://e/')) }", CALLS),
        ("SELECT * { ?s ?p ?o BIND(1+ex:f(2) AS ?z) }", CALLS),
        ("SELECT * {} ORDER BY bif:http_get('http://e/')", CALLS),
        ("SELECT * { ?s ?p 'a b'bif:f('y') }", CALLS),
        ("SELECT (ex:a\\#b('http://e/') AS ?x) {}", CALLS),
        ("PREFIX x: <bif:http_get> SELECT (x:('http://e/') AS ?x) {}", f"x:(…) {CALLS}"),
        ("BASE <bif:> SELECT (<http_get>('http://e/') AS ?x) {}", CALLS),
        ("PREFIX xsd: #c\n<bif:http_> SELECT (xsd:get('http://e/') AS ?x) {}", CALLS),
        ("SELECT * { FILTER(" + "1<(>" * 60 + "1) }", "can be read in many ways"),
    ],
)
def test_what_another_engine_adds_to_sparql_is_not_sent_to_it(query: str, words: str) -> None:
    assert words in (guard.extension_fault(query) or "")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (xsd:integer(?x) AS ?y) (<http://www.w3.org/2001/XMLSchema#date>(?x) AS ?z) (STR(?x) AS ?s) { ?s ?p ?x }",
        "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT (xsd:integer('1') AS ?y) {}",
        "PREFIX d: <http://e/define> SELECT ?define { ?define d:define 'define', 'bif:http_get(1)' } # bif:http_get(1)",
        "SELECT * { ?s <a:b>/(<a:c>|^ex:d)* ?o FILTER(?o IN (<a:b>, ex:c)) VALUES (?a ?b) { (<a:b> ex:c) } }",
    ],
)
def test_what_is_of_sparql_is_sent(query: str) -> None:
    assert guard.extension_fault(query) is None


@pytest.mark.parametrize("query", ["SELECT * { FILTER(`bif:http_get('http://e/')`) }", "SELECT (b\\u0069f:http_get(1) AS ?x) {}"])
def test_what_is_no_sparql_is_not_sent(query: str) -> None:
    with pytest.raises(SyntaxError, match="line 1, column"):
        guard.extension_fault(query)
