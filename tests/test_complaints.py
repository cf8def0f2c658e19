"""Complaints about a text that is no SPARQL: the word and its place, in our words; never the rules of the engine's parser."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from mabgraph.graph.sparql import complaints, evaluation
from mabgraph.graph.store import store, vocabulary
from mabgraph.graph.syntax import grammar

from .extent import number_of
from .test_growth import filled, grows

pytestmark = pytest.mark.sampled

#: What would be of a parser's rules: classes of characters, names of rules, lists of everything.
GRAMMAR = re.compile(r"\.\.=|\\u\{|expected one of|Prefix not found|\[_\]|pyoxigraph|SyntaxError")

FAULTS = [
    ("SELECT ?l WHERE { ?s rdfs:label ?l } LIMIT 1", 1, 22, "the prefix rdfs: is not declared: begin with PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>"),
    ("SELECT * {\n  ?s a ex:Thing\n}", 2, 8, "the prefix ex: is not declared: begin with PREFIX ex: <…>"),
    ("SELECT * { ?s :p ?o }", 1, 15, "the prefix : is not declared"),
    ("SELECT * { ?s ?p 'a'^^xsd:int }", 1, 23, "the prefix xsd: is not declared"),
    ("PREFIX a: <http://a/> SELECT * { ?s a:b c:d ; e:f 1 }", 1, 41, "the prefix c: is not declared"),
    ("SELEC ?s WHERE {?s ?p ?o}", 1, 1, "SELEC begins no query: is SELECT meant?"),
    ("PREFX a: <b:> SELECT * {}", 1, 1, "PREFX begins no query: is PREFIX meant?"),
    ("how many drugs are there", 1, 1, "how begins no query: begin with ASK"),
    ("SELECT COUNT(?s) AS ?n WHERE {?s ?p ?o}", 1, 8, "COUNT cannot stand here by itself: in SELECT it stands in brackets with a name, such as (COUNT(?x) AS ?n)"),
    ("SELECT ?s MAX(?o) WHERE {?s ?p ?o}", 1, 11, "MAX cannot stand here by itself"),
    ("SELECT (COUNT(?s) ?n) {?s ?p ?o}", 1, 19, "AS is missing before it"),
    ("SELECT ?s WHER { ?s ?p ?o }", 1, 11, "WHER cannot stand here: is WHERE meant?"),
    ("SELECT * {?s ?p ?o} LIMT 5", 1, 21, "LIMT cannot stand here: is LIMIT meant?"),
    ("SELECT * {?s ?p ?o FILTER NOT EXIST {?s ?x ?y}}", 1, 31, "is EXISTS meant?"),
    ("SELECT * {?s ?p ?o FILTER(regx(?o, 'a'))}", 1, 27, "regx is no SPARQL function: is REGEX meant?"),
    ("SELECT * { ?s ?p ?o", 1, 20, "the text ends too early: } is missing"),
    ("SELECT * { ?s ?p ?o . FILTER regex(?o, 'x' }", 1, 44, "} does not close the ( at line 1, column 35: ) is missing before it"),
    ("SELECT * { ?s ?p ?o }}", 1, 22, "} closes nothing"),
    ("SELECT * { ?s ?p ?o LIMIT 5", 1, 21, "LIMIT follows the group: } is missing, for the { at line 1, column 10"),
    ("SELECT * { ?s ?p }", 1, 18, "} cannot stand here: a term could"),
    ("SELECT ?s, ?p { ?s ?p ?o }", 1, 10, ", cannot stand here"),
    ("SELECT * { ?s ?p ?o } LIMIT ten", 1, 29, "ten cannot stand here: a number could"),
    ("SELECT * { ?s ?p ?o } ORDER ?s", 1, 29, "?s cannot stand here: BY could"),
    ("SELECT * { ?s ?p ?o FILTER ?o > 3 }", 1, 28, "a function, or an expression in brackets could"),
    ("SELECT * { ?s ?p ?o FILTER(?o == 3) }", 1, 32, "= cannot stand here: an expression could"),
    ("SELECT * { ?s ?p 'abc }", 1, 18, "the string that begins here does not end on its line"),
    ("SELECT * { ?s ?p “abc” }", 1, 18, "'“' starts no SPARQL token"),
    ("SELECT * { <http://a b> ?p ?o}", 1, 12, "<http://a b> is no IRI"),
    ("INSERT DATA {<a:a> <a:b> <a:c>}", 1, 1, "INSERT begins an update, not a query"),
    ("", 1, 1, "there is nothing to read: begin with SELECT"),
    ("SELECT ?s (COUNT(?o) AS ?n) {?s ?p ?o}", 1, 1, "SELECT names a variable that GROUP BY does not"),
    ("SELECT * {?s ?p ?o} GROUP BY ?s", 1, 1, "SELECT * does not go with GROUP BY"),
    ("SELECT * { VALUES (?a ?b) { (1) } }", 1, 35, "each row of VALUES one value for each variable"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "words"), FAULTS)
def test_the_word_and_its_place_are_named(text: str, line: int, column: int, words: str) -> None:
    answer = evaluation.evaluate(store.from_quads([]), evaluation.Query(text, "text/csv", "text/turtle"), evaluation.Sink(1000))
    assert answer.error == "malformed"
    assert answer.detail.startswith(f"line {line}, column {column}: ")
    assert words in answer.detail
    assert answer.place is not None
    assert (answer.place.line, answer.place.column) == (line, column)
    assert not GRAMMAR.search(answer.detail)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DELET WHERE {?s ?p ?o}", "DELET begins no update: is DELETE meant?"), ("SELECT * {}", "SELECT begins a query, not an update"),
        ("INSERT DATA {<a:a> <a:b> ?c}", "INSERT DATA takes no variables"), ("INSERT DATA {", "} is missing"),
        ("INSERT DATA {<a:a> ex:b 1}", "the prefix ex: is not declared"), ("CLEAR GRPH <a:b>", "is GRAPH meant?"),
    ],
)  # fmt: skip
def test_a_fault_of_an_update_is_named(text: str, words: str) -> None:
    with pytest.raises(SyntaxError) as caught:
        ox.Store().update(text)
    answer = evaluation.malformed_outcome(caught.value, text, update=True)
    assert words in answer.detail
    assert not GRAMMAR.search(answer.detail)


WHOLE = "PREFIX a: <http://a/> SELECT ?s (COUNT(DISTINCT ?o) AS ?n) WHERE { ?s a:b/a:c* ?o ; a a:D . FILTER (?o > 3 && regex(?s, 'x')) } GROUP BY ?s LIMIT 5"


@pytest.mark.parametrize("number", range(len(grammar.tokens(WHOLE))))
def test_every_text_with_a_word_too_few_or_too_many_is_told_in_our_words(number: int) -> None:
    read = grammar.tokens(WHOLE)
    token = read[number]
    before, behind = WHOLE[: token.start], WHOLE[token.start + len(token.text) :]
    for text in (before + behind, before + "nonsense " + token.text + behind, before + token.text + " }" + behind, before + "'" + behind):
        try:
            ox.Store().query(text)
        except SyntaxError as error:
            place = complaints.locate_fault(str(error), text)
            assert place.line == 1
            assert 1 <= place.column <= len(text) + 1
            assert len(place.expected) < 400
            assert not GRAMMAR.search(place.expected)


@pytest.mark.parametrize(
    "text", ["SELECT * { " + "{" * 900, "ASK { ?s ?p " + "(" * 900, "SELECT * { " + "?s ?p ?o . " * 30_000, "ASK { ?s ?p '" + "x" * 100_000]
)
def test_a_long_or_deep_text_is_told_shortly(text: str) -> None:
    place = complaints.locate_fault("error at 1:5: expected [_]", text)
    assert len(place.expected) < 400
    assert len(place.text) <= 200


def test_what_the_engine_takes_follows_the_grammar() -> None:
    for path in sorted(vocabulary.QUERIES.glob("*.rq")):
        assert grammar.parse(grammar.tokens(path.read_text("utf-8")), "Query").whole, path


def test_the_service_says_the_same(client: TestClient) -> None:
    for text, line, column, words in FAULTS[:9]:
        problem = client.get("/sparql", params={"query": text}).json()
        assert words in problem["detail"]
        assert (problem["position"]["line"], problem["position"]["column"]) == (line, column)


@pytest.mark.slow
@pytest.mark.parametrize("piece", ['\\"', '"', "'", "a-", "a.", "<a", "_:", "@a-", "?", "\\", '""" ', "ex:a\\-", "1.", "#"])
def test_a_text_is_read_in_linear_time(piece: str) -> None:
    def run(length: int) -> None:
        complaints.locate_fault("error at 1:1: expected something", "ASK {} #\n" + filled(piece, length))

    assert not grows(run, number_of(60_000, 20_000))
