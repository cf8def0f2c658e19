"""Counts of statements from their numbers: those that questions to a store give, whatever parts they are counted in."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from random import Random

import pyoxigraph as ox
import pytest

from mabgraph.graph.building import counts, part, quads, statements, tally
from mabgraph.graph.building.statements import TYPE, Statements
from mabgraph.graph.building.tally import Tally
from mabgraph.graph.questions import names, question
from mabgraph.graph.questions.names import Names
from mabgraph.graph.store import store, vocabulary
from mabgraph.ingest import record

INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
DECIMAL = "http://www.w3.org/2001/XMLSchema#decimal"


def iri(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"http://example.org/{name}")


def invented(random: Random, size: int) -> list[list[ox.Quad]]:
    """Return the quads of three graphs: things of several classes, or of none, that are in more graphs than one, and all kinds of values."""
    things = [iri(f"thing{number}") for number in range(20)]
    values: list[ox.NamedNode | ox.Literal] = [
        *things, ox.Literal("a"), ox.Literal("a", language="en"), ox.Literal("1"),
        *(ox.Literal(text, datatype=ox.NamedNode(DECIMAL)) for text in ("0.7", "0.70", "1")),
        *(ox.Literal(text, datatype=ox.NamedNode(INTEGER)) for text in ("1", "01")), ox.Literal("x y> <z", datatype=iri("datatype")),
    ]  # fmt: skip
    graphs = []
    for graph in range(3):
        typed = [ox.Quad(random.choice(things), ox.NamedNode(TYPE), iri(f"Class{random.randrange(4)}"), iri(f"g{graph}")) for _ in range(9)]
        others = [
            ox.Quad(random.choice(things), iri(f"property{random.randrange(5)}"), random.choice(values), iri(f"g{graph}"))
            for _ in range(size)
        ]
        graphs.append(typed + others)
    return graphs


def counted(graphs: list[list[ox.Quad]], *wanted: str) -> counts.Counts:
    with Tally() as every:
        for number, own in enumerate(graphs):
            every.add(part.of([(str(number), own)]).statements)
        return every.count(wanted)


@pytest.mark.parametrize("rows", [1 << 20, 50, 7])
def test_counts_are_what_questions_to_a_store_answer(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(tally, "PART", rows)
    monkeypatch.setattr(tally, "BLOCK", 16)
    monkeypatch.setattr(tally, "SPOOLED", 1000)
    for seed in range(3):
        graphs = invented(Random(seed), 60)
        loaded, result = store.from_quads(quad for own in graphs for quad in own), counted(graphs)
        [size] = question.load("size").ask(loaded, Names(()))
        assert (result.entities, result.subjects, result.values) == (size["entities"], size["subjects"], size["values"])
        assert {
            along: (each.triples, each.subjects, each.values, each.classes, each.datatypes) for along, each in result.properties.items()
        } == {
            row["property"]: (row["triples"], row["subjects"], row["values"], {}, {})
            for row in question.load("properties").ask(loaded, Names(()))
        }
        leads: defaultdict[tuple[object, object], tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
        for row in question.load("class-values").ask(loaded, Names(())):
            kind = 0 if row["value_class"] else 1
            leads[row["class"], row["property"]][kind][str(row["value_class"] or row["datatype"])] = int(str(row["triples"]))
        assert {
            (of, along): (each.triples, each.subjects, each.values, (each.classes, each.datatypes))
            for of, own in result.classes.items()
            for along, each in own.items()
        } == {
            (row["class"], row["property"]): (row["triples"], row["subjects"], row["values"], leads[row["class"], row["property"]])
            for row in question.load("class-properties").ask(loaded, Names(()))
        }


def test_what_is_looked_for_is_present_as_subject_property_or_value() -> None:
    own = [ox.Quad(iri("a"), iri("b"), iri("c"), iri("g")), ox.Quad(iri("a"), iri("b"), ox.Literal("http://example.org/d"), iri("g"))]
    names_of = {name: iri(name).value for name in "abcdg"}
    assert counted([own], *names_of.values()).present == {names_of[name] for name in "abc"}


def test_nothing_has_no_counts() -> None:
    assert counted([]) == counted([[]]) == counts.Counts()


def test_statements_are_read_as_they_were_written() -> None:
    known = part.of([("x", invented(Random(1), 50)[0])]).statements
    again = Statements.read(known.serialise())
    assert (again.rows == known.rows).all()
    assert again.iris == known.iris


@pytest.mark.parametrize(
    ("term", "datatype"),
    [
        ('"a"', statements.STRING), ('"a"@en', statements.LANGUAGE), ('"a\\"^^<b>"', statements.STRING), ("<urn:a>", ""), ("_:b", ""),
        ('"1"^^<http://www.w3.org/2001/XMLSchema#integer>', INTEGER), ('"^^<a>"^^<urn:b>', "urn:b"), ('"^^<a>"@en', statements.LANGUAGE),
    ],
)  # fmt: skip
def test_the_datatype_of_a_term(term: str, datatype: str) -> None:
    assert statements.datatype_of(term) == datatype


@pytest.mark.slow
def test_questions_answer_the_same_of_what_they_can_see() -> None:
    ontology = quads.of_ontology(vocabulary.ONTOLOGY)
    paths = [*sorted(vocabulary.RECORDS.glob("*.yaml")), Path(__file__).parent / "data" / "records" / "example-2020.yaml"]
    own = {path: quads.of_record(*record.load(path)) for path in paths}
    every = [*ontology, *(quad for each in own.values() for quad in each)]
    lines = b"".join(part.of([(str(path), each)]).named for path, each in [("ontology", ontology), *own.items()])
    texts = question.load("names").text, question.load("hierarchy").text
    seen = names.read(store.from_quads(ox.parse(lines, format=ox.RdfFormat.N_QUADS)), *texts)
    assert seen._index.dump() == names.read(store.from_quads(every), *texts)._index.dump()
