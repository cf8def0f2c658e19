"""The lexer: which words of a SPARQL text can be keywords, in any way that a parser reads it."""

from __future__ import annotations

import re

import pytest

from mabgraph.graph.syntax import lexer
from mabgraph.graph.syntax.readings import Readings, WordKind

SOUGHT = re.compile("service|from", re.IGNORECASE)


def read(text: str, deepest: int = 100) -> Readings:
    return lexer.read(text, SOUGHT, deepest)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service { $from ?p ?SERVICE1 }",
        'SELECT * { ?s ?p \'SERVICE\', "from", \'\'\'it\'\'s\n SERVICE\'\'\', """"from" \\"""" }',
        "SELECT * { ?s ?p 'it\\'s SERVICE', 'a\\\\', 'SERVICE', 'caf\\u00e9 from' }",
        "SELECT * { ?s ?p 'a'@service, 'a'@en-from, 'a'@en--from }",
        "SELECT * { _:service ?p _:a.from }",
        "SELECT * { <http://e/service> <#from> <SERVICE> }",
        "SELECT * { <http://e/\\u0020service> ?p ?o }",
        "SELECT * { ?s ?p ?o } # SERVICE\r# FROM",
        "#SERVICE\nSELECT#FROM\n*{?s ?p ?o}",
        "SELECT * { VALUES (?a ?b) { (<http://e/service> <http://e/from>) } }",
        "SELECT * { FILTER(?a < <http://e/service>) }",
        "SELECT * { FILTER(f:f(<service>, <from>)) }",
        "SELECT * { ?s <p:>|^<service> ( <from> ) }",
        "PREFIX service: <a:b> SELECT * { ?s ?p ?o }",
    ],
)
def test_words_in_strings_names_and_comments_are_no_keywords(text: str) -> None:
    readings = read(text)
    assert (readings.words, readings.complete, len(readings.outer)) == ((), True, 1)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("SELECT * { SERVICE <a:b> {} }", [WordKind.WORD]),
        ("SELECT * { ?s ?p ex:a\\#b . SERVICE <a:b> {} }", [WordKind.WORD]),
        ("SELECT * { ?s ?p ex:a\\'b . SERVICE <a:b> {} . ?s ?p 'z' }", [WordKind.WORD]),
        ("SELECT * { FILTER(1<'>'||true) SERVICE <a:b> {} FILTER('z'='z') }", [WordKind.WORD]),
        ('SELECT * { FILTER(?a<">"||true) SERVICE <a:b> {} FILTER(\'z\'="z") }', [WordKind.WORD]),
        ("SELECT * { ?s ?p 1SERVICE <a:b> {} }", [WordKind.WORD]),
        ("SELECT * { ?s ?p trueSERVICE<a:b>{} }", [WordKind.WORD]),
        ("SELECT * { ?s ?p 1.SERVICE<a:b>{} }", [WordKind.WORD]),
        ("SELECT * { ?s ?p ''SERVICE<a:b>{} }", [WordKind.WORD]),
        ("SELECT * { VALUES ?v { '''a' } SERVICE <a:b> {} } #\\uD800'''", [WordKind.WORD]),
        ("SELECT * { ?s ?p 'a'@en1SERVICE<a:b>{} }", [WordKind.WORD]),
        ("SELECT * { ?s ?p ?a.SERVICE<a:b>{} }", [WordKind.WORD]),
        ("SELECT * { ?s ?p <a:b>SERVICE<a:b>{} }", [WordKind.WORD]),
        ("SELECT * { # \rSERVICE <a:b> {} }", [WordKind.WORD]),
        ("SELECT * { SERVICE:x {} }", [WordKind.PREFIX]),
        ("SELECT * { aSERVICE:x {} }", [WordKind.PREFIX]),
        ("SELECT * { ?s ?p _:a, a_:service }", [WordKind.LOCAL]),
        ("SELECT * { ?s ?p ex:service }", [WordKind.LOCAL]),
        ("SELECT * { ?s ?p :a.b.service }", [WordKind.LOCAL]),
    ],
)
def test_a_word_that_can_be_a_keyword_is_seen_with_what_it_is_part_of(text: str, kinds: list[WordKind]) -> None:
    readings = read(text)
    assert [word.kind for word in readings.words] == kinds
    assert readings.complete


def test_where_a_less_than_sign_is_ambiguous_both_readings_go_on() -> None:
    readings = read("SELECT (1<'>' FROM '>'>2 AS ?x) {}")
    assert [(word.sure, word.outside) for word in readings.words] == [(False, False)]
    assert len(read("SELECT (?a<?b>'a' AS ?x) FROM <a:b> {}").outer) == 1
    assert len(read("ASK FROM <a:b> { FILTER(1<'>FROM<'>1) }").outer) == 1


def test_words_outside_all_brackets_are_kept_for_each_reading() -> None:
    one = read("SELECT (f:from(?from) AS ?x) FROM <a:b> from named <a:c> { ?s from:a ?o }")
    assert [[word.text for word in outer] for outer in one.outer] == [["FROM", "from"]]
    two = read("SELECT (1<')>' AS ?x) FROM <a:b> {} #') {}")
    assert sorted(len(outer) for outer in two.outer) == [0, 1]


def test_brackets_that_do_not_pair_are_no_whole_reading() -> None:
    assert read("SELECT * { ( } ) FROM").outer == ()
    assert [word.outside for word in read("SELECT * { ( } ) FROM").words] == [True]
    assert read("SELECT * {").outer == ()


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("ASK { ?s ?p \\a }", 12),
        ("ASK { 'a\n' }", 6),
        ("ASK { ?s ?p 'a\\d' }", 12),
        ("\u00a0ASK {}", 0),
        ("ASK { \x0b }", 6),
        ("ASK {} $", 7),
    ],
)
def test_what_no_token_begins_with_ends_the_reading(text: str, end: int) -> None:
    readings = read(text)
    assert (readings.end, readings.complete, readings.outer) == (end, False, ())


def test_depth_and_numbers_of_brackets_operators_and_names_are_counted() -> None:
    readings = read(
        "DESCRIBE <a:b> ?x ex:a { ?s ?p (1 2 'a' ex:b?x) . ?s (<a:b>/^<a:b>)* [] FILTER(!(1 + 2 > 3)) <<( ?s ?p ?o )>> ?p << <a:b> <a:b> 1 >> }"
    )
    assert (readings.deepest, readings.opened, readings.listed, readings.outside, readings.blank) == (3, 9, 6, 3, True)
    assert readings.signs >= 6
    assert read("(" * 101).deepest == 101
    assert read("(" * 5000).opened == 101


def test_readings_are_followed_up_to_a_number() -> None:
    crowded = read("ASK { FILTER(" + "1<(>" * 100 + "1" + ")" * 100 + ") }")
    assert crowded.crowded
    assert not crowded.complete


def test_prefixes_and_what_is_asked_are_named() -> None:
    readings = read("PREFIX a: <http://e/> PREFIX : #c\n <urn:b> ASK { SERVICE # c\n SILENT <http://s/> {} SERVICE ?x {} }")
    assert readings.prefixes == {"http://e/", "urn:b"}
    assert [word.names for word in readings.words] == ["http://s/", None]
