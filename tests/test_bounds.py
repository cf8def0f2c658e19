"""Bounds of shapes: a value at the bound, below and above it, and what has no order with it. What SHACL says of each is written out.

A date against a number is left to the differential test: pySHACL, and so the closures, order the two as RDFLib does.
"""

from __future__ import annotations

import pyoxigraph as ox
import pytest
import rdflib

from mabgraph.graph.shacl import bounds
from mabgraph.graph.shacl.closures import Closures
from mabgraph.graph.shacl.triples import Triples

PREFIXES = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <urn:x:> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . "
XSD = rdflib.XSD


def is_broken(constraint: str, statements: str) -> bool:
    """Whether ``:a``, of which ``statements`` are said, breaks a shape with this ``constraint`` on ``:p``."""
    shape = f"{PREFIXES} :s a sh:NodeShape ; sh:targetNode :a ; sh:property [ sh:path :p ; {constraint} ] ."
    data = Triples(ox.parse(f"{PREFIXES} :a {statements} .", ox.RdfFormat.TURTLE))
    return bool(Closures(rdflib.Graph().parse(data=shape, format="turtle")).findings(data, ["urn:x:a"]))


@pytest.mark.parametrize("bound", ["2", "2.0", "'2'^^xsd:decimal"])
@pytest.mark.parametrize(
    ("term", "broken"),
    [
        ("minExclusive", {"1.9": True, "2": True, "2.00": True, "2.1": False}),
        ("minInclusive", {"1.9": True, "2": False, "2.00": False, "2.1": False}),
        ("maxExclusive", {"1.9": False, "2": True, "2.00": True, "2.1": True}),
        ("maxInclusive", {"1.9": False, "2": False, "2.00": False, "2.1": True}),
    ],
)
def test_a_bound_is_within_or_without(term: str, broken: dict[str, bool], bound: str) -> None:
    assert {value: is_broken(f"sh:{term} {bound}", f":p {value}") for value in broken} == broken


@pytest.mark.parametrize("value", ["'2'", "'two'", ":iri"])
@pytest.mark.parametrize("term", ["minExclusive", "minInclusive", "maxExclusive", "maxInclusive"])
def test_what_has_no_order_with_a_number_breaks_every_bound(term: str, value: str) -> None:
    assert is_broken(f"sh:{term} 2", f":p {value}")


@pytest.mark.parametrize(
    ("one", "other", "less", "less_or_equal"),
    [("1", "2", True, True), ("2", "2", False, True), ("2.0", "2", False, True), ("3", "2", False, False), ("'a'", "'b'", True, True), ("'2'", "3", False, False)],
)  # fmt: skip
def test_another_property_has_larger_values(one: str, other: str, less: bool, less_or_equal: bool) -> None:
    assert is_broken("sh:lessThan :q", f":p {one} ; :q {other}") is not less
    assert is_broken("sh:lessThanOrEquals :q", f":p {one} ; :q {other}") is not less_or_equal


@pytest.mark.parametrize(
    ("one", "other", "order"),
    [
        (rdflib.Literal("1", datatype=XSD.integer), rdflib.Literal("1.0", datatype=XSD.decimal), 0),
        (rdflib.Literal("1", datatype=XSD.integer), rdflib.Literal("1.5", datatype=XSD.decimal), -1),
        (rdflib.Literal("b"), rdflib.Literal("a"), 1),
        (rdflib.Literal("1"), rdflib.Literal("1", datatype=XSD.integer), None),
        (rdflib.Literal("1", datatype=XSD.integer), rdflib.Literal("1"), None),
        (rdflib.Literal("2020-01-01T00:00:00Z", datatype=XSD.dateTime), rdflib.Literal("2020-01-01T01:00:00+01:00", datatype=XSD.dateTime), 0),
        (rdflib.Literal("2020-01-01T00:00:00Z", datatype=XSD.dateTime), rdflib.Literal("2020-01-01T00:00:00", datatype=XSD.dateTime), None),
    ],
)  # fmt: skip
def test_literals_are_compared_by_value_where_there_is_an_order(one: rdflib.Literal, other: rdflib.Literal, order: int | None) -> None:
    assert bounds.compare(one, other) == order
    assert bounds.compare(other, one) == (None if order is None else -order)
