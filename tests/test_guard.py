"""The guard: what would reach out, or nest without end, is seen; what only mentions it is not."""

from __future__ import annotations

import pytest

from mabgraph.graph import guard


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
        ("LOAD <file:///etc/passwd>", True),
        ("CLEAR ALL ; load silent <a:b>", True),
        ("SELECT ?service { ?service a <http://e/service> }", False),
        ("SELECT * { ?s a sd:Service . # SERVICE\n }", False),
        ('SELECT * { ?s ?p \'SERVICE\' , """LOAD""" }', False),
        ("SELECT * { ?load ?p ?payload }", False),
    ],
)
def test_a_text_that_would_reach_out_is_refused(query: str, reaches: bool) -> None:
    assert (guard.refused(query) is not None) is reaches


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("SELECT * { SERVICE <http://e/> { ?s ?p ?o } }", True),
        ("SELECT * { SERVICE SILENT <http://e/> { ?s ?p ?o } service <http://e/> {} }", True),
        ("SELECT * { SERVICE <http://other/> { ?s ?p ?o } }", False),
        ("SELECT * { SERVICE <http://e/> {} SERVICE ?where { ?s ?p ?o } }", False),
        ("PREFIX e: <http://e/> SELECT * { SERVICE e: { ?s ?p ?o } }", False),
        ("SELECT * { SERVICE <http://e\\u002F> {} }", False),
        ("SELECT * { ?s ?p 'SERVICE <http://e/>' SERVICE ?x {} }", False),
    ],
)
def test_an_endpoint_that_is_allowed_may_be_named_by_its_iri(query: str, allowed: bool) -> None:
    assert (guard.refused(query, ["http://e/"]) is None) is allowed


def test_brackets_nested_too_deep_are_refused() -> None:
    assert guard.refused("ASK " + "{" * guard.DEEPEST + "}" * guard.DEEPEST) is None
    assert guard.refused("ASK " + "{" * (guard.DEEPEST + 1) + "}" * guard.DEEPEST)
    assert guard.refused("ASK { FILTER('" + "(" * 2 * guard.DEEPEST + "') }") is None


def test_the_bare_text_has_the_length_of_the_text() -> None:
    text = "SELECT ?x { <a:b> a:b 'it\\'s' . # all\n }"
    assert len(guard.bare(text)) == len(text)
    assert guard.bare(text).count("\n") == text.count("\n") == 1
