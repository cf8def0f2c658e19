"""What a reasoner would conclude from the dataset: RDFS inference gives nothing a type that it does not have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest
from rdflib import RDF, RDFS, XSD, Graph, URIRef

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.names import closure
from mabgraph.graph.store import vocabulary

from .conftest import ontology

OWL_DISJOINT: Final = "http://www.w3.org/2002/07/owl#disjointWith"
MAB: Final = vocabulary.base() + "ontology/"
#: Datatypes that are part of another one.
PART_OF: Final = {str(XSD.integer): str(XSD.decimal), str(XSD.nonNegativeInteger): str(XSD.integer)}

Triple = tuple[str, str, str]
Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def dataset_triples(directory: Path) -> list[tuple[str, str, Term]]:
    """Return the triples of every graph of the current dataset of ``directory``; a triple in two graphs twice."""
    quads = ox.parse(path=str(directory / "current" / "dataset.nq"), format=ox.RdfFormat.N_QUADS)
    return [(str(quad.subject.value), str(quad.predicate.value), quad.object) for quad in quads if not isinstance(quad.subject, ox.Triple)]


def above(links: Iterable[tuple[str, str]]) -> Mapping[str, Collection[str]]:
    steps: dict[str, set[str]] = defaultdict(set)
    for below, broad in links:
        steps[below].add(broad)
    return steps


def statements(graph: Graph, predicate: URIRef) -> list[tuple[str, str]]:
    return [(str(subject), str(value)) for subject, value in graph.subject_objects(predicate)]


def inferred_types(triples: Iterable[tuple[str, str, Term]], schema: Graph) -> dict[Triple, str]:
    """Return the types that RDFS infers by domain and range (rules rdfs2, 3, 7) and that no stated type implies (rdfs9, 11).

    Each as property, side and class, with one thing that would get the class.
    """
    classes, properties = above(statements(schema, RDFS.subClassOf)), above(statements(schema, RDFS.subPropertyOf))
    domains, ranges = above(statements(schema, RDFS.domain)), above(statements(schema, RDFS.range))
    types: dict[str, set[str]] = defaultdict(set)
    needed: dict[tuple[str, str], Triple] = {}
    for subject, predicate, value in triples:
        if predicate == str(RDF.type):
            types[subject] |= closure(str(value.value), classes)  # type: ignore[union-attr]
            continue
        for each in closure(predicate, properties):
            for kind in domains.get(each, ()):
                needed[subject, kind] = (each, "domain", kind)
            if not isinstance(value, ox.Literal):
                for kind in ranges.get(each, ()):
                    needed[str(value.value), kind] = (each, "range", kind)  # type: ignore[union-attr]
    return {why: thing for (thing, kind), why in needed.items() if kind not in types[thing]}


def wrong_datatypes(triples: Iterable[tuple[str, str, Term]], schema: Graph) -> set[tuple[str, str]]:
    """Return the properties whose literals have another datatype than their range, with that datatype."""
    ranges = above(pair for pair in statements(schema, RDFS.range) if pair[1].startswith(str(XSD)))
    parts = {narrow: {broad} for narrow, broad in PART_OF.items()}
    return {
        (predicate, value.datatype.value) for _, predicate, value in triples
        if isinstance(value, ox.Literal) and not set(ranges.get(predicate, ())) <= closure(value.datatype.value, parts)
    }  # fmt: skip


def conflicts(triples: Iterable[tuple[str, str, Term]], schema: Graph) -> list[tuple[str, str, str]]:
    """Return each thing that is of two classes that have nothing in common."""
    classes = above(statements(schema, RDFS.subClassOf))
    types: dict[str, set[str]] = defaultdict(set)
    for subject, predicate, value in triples:
        if predicate == str(RDF.type):
            types[subject] |= closure(str(value.value), classes)  # type: ignore[union-attr]
    disjoint = statements(schema, URIRef(OWL_DISJOINT))
    return [(thing, one, other) for thing, kinds in types.items() for one, other in disjoint if {one, other} <= kinds]


@pytest.fixture(scope="module")
def triples(real: Catalogue, real_directory: Path) -> list[tuple[str, str, Term]]:
    return dataset_triples(real_directory)


@pytest.mark.slow
def test_inference_gives_no_new_type(triples: list[tuple[str, str, Term]]) -> None:
    new = inferred_types(triples, ontology())
    text = [f"mab:{why[0].removeprefix(MAB)} makes {thing} a mab:{why[2].removeprefix(MAB)} by its {why[1]}" for why, thing in new.items()]
    assert new == {}, "\n".join(["loosen the domain or range, or state the type:", *text])


def test_values_have_the_datatype_of_their_property(triples: list[tuple[str, str, Term]]) -> None:
    assert wrong_datatypes(triples, ontology()) == set()


def test_nothing_is_of_two_disjoint_classes(triples: list[tuple[str, str, Term]]) -> None:
    assert conflicts(triples, ontology()) == []


def test_the_invented_dataset_infers_nothing_either(example_directory: Path) -> None:
    assert inferred_types(dataset_triples(example_directory), ontology()) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("property_name", "side", "class_name"),
    [("text", RDFS.domain, "Claim"), ("about", RDFS.domain, "Claim"), ("sha256", RDFS.domain, "Document"), ("between", RDFS.range, "Result"),
     ("figure", RDFS.domain, "Result")],
)  # fmt: skip
def test_a_domain_that_is_too_narrow_is_seen(
    triples: list[tuple[str, str, Term]], property_name: str, side: URIRef, class_name: str
) -> None:
    schema = Graph() + ontology()
    schema.add((URIRef(MAB + property_name), side, URIRef(MAB + class_name)))
    new = inferred_types(triples, schema)
    assert {why[0] for why in new} == {MAB + property_name}
    assert {why[2] for why in new} == {MAB + class_name}


def test_a_domain_of_a_broader_property_counts(triples: list[tuple[str, str, Term]]) -> None:
    schema = Graph() + ontology()
    schema.add((URIRef(MAB + "figure"), RDFS.subPropertyOf, URIRef(MAB + "part")))
    schema.add((URIRef(MAB + "part"), RDFS.domain, URIRef(MAB + "Study")))
    assert {why[0] for why in inferred_types(triples, schema)} == {MAB + "part"}


def test_another_datatype_and_a_conflict_are_seen() -> None:
    value = [("a", MAB + "count", ox.Literal("x"))]
    assert wrong_datatypes(value, ontology()) == {(MAB + "count", str(XSD.string))}
    both = [("a", str(RDF.type), ox.NamedNode(MAB + "Claim")), ("a", str(RDF.type), ox.NamedNode(MAB + "ArmResult"))]
    assert conflicts(both, ontology()) == [("a", MAB + "Claim", MAB + "Result")]
