"""The description of a dataset: every count is what one counts, peers' query finds the shape of the graph, examples run as they stand."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
import yaml
from rdflib.namespace import DCAT, DCTERMS, FOAF, OWL, RDF, RDFS, SH, VOID, DefinedNamespace

from mabgraph.graph.building import description, part, quads
from mabgraph.graph.building.tally import Tally
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import dataset, vocabulary

ROOT = Path(__file__).parents[1]
COUNTED = Path(__file__).parent / "data" / "examples.csv"
OWN = {quads.graph("description"), quads.graph("examples")}
TYPE = str(RDF.type)
SD = "http://www.w3.org/ns/sparql-service-description#"
SCHEMA = "https://schema.org/"
EXTENSION = "http://ldf.fi/void-ext#"
SKOS_CONCEPT = "http://www.w3.org/2004/02/skos/core#Concept"
STRING, DECIMAL, TEXT = "http://www.w3.org/2001/XMLSchema#string", "http://www.w3.org/2001/XMLSchema#decimal", str(RDF.langString)
OA = "http://www.w3.org/ns/oa#"
#: What SIB's SPARQL editor and sparql-llm send to an endpoint to learn which classes have which properties.
PEERS_QUERY = """
PREFIX void: <http://rdfs.org/ns/void#> PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?subjectClass ?prop ?objectClass ?objectDatatype WHERE {
  { ?cp void:class ?subjectClass ; void:propertyPartition ?pp . ?pp void:property ?prop .
    OPTIONAL { { ?pp void:classPartition [ void:class ?objectClass ] } UNION { ?pp void-ext:datatypePartition [ void-ext:datatype ?objectDatatype ] } }
  } UNION {
    ?linkset void:subjectsTarget [ void:class ?subjectClass ] ; void:linkPredicate ?prop ; void:objectsTarget [ void:class ?objectClass ]
  }
}
"""

Statements = dict[str, dict[str, list[str]]]


def loaded(catalogue: Catalogue) -> ox.Store:
    """Return an engine that holds the dataset and knows nothing of mabgraph."""
    engine = ox.Store()
    engine.bulk_load(path=str(catalogue.dataset.folder / dataset.DUMP), format=ox.RdfFormat.N_QUADS)
    return engine


def all_quads(catalogue: Catalogue) -> list[Any]:
    """Return every quad as an engine gives it, which may keep a kind of whole number as ``xsd:integer``."""
    return list(loaded(catalogue))


def read_statements(described: Iterable[Any], graph: str = "description") -> Statements:
    """Return what the graph says: values by subject and predicate."""
    statements: Statements = defaultdict(lambda: defaultdict(list))
    for quad in described:
        if quad.graph_name == quads.graph(graph):
            statements[quad.subject.value][quad.predicate.value].append(quad.object.value)
    return statements


def counts(of: Statements, node: str) -> tuple[int, ...]:
    return tuple(int(of[node][str(name)][0]) for name in (VOID.triples, VOID.distinctSubjects, VOID.distinctObjects))


@pytest.fixture(scope="module")
def whole(real: Catalogue) -> list[Any]:
    """Return every quad of mabgraph's own dataset."""
    return all_quads(real)


@pytest.fixture(scope="module")
def stranger(real: Catalogue) -> ox.Store:
    """Return an engine that holds mabgraph's own dataset and knows nothing of mabgraph."""
    return loaded(real)


@pytest.fixture(scope="module")
def executables(whole: list[Any]) -> Statements:
    """Return the published examples of mabgraph's own dataset, by their names."""
    statements = read_statements(whole, "examples")
    return {node.rpartition("/")[2]: values for node, values in statements.items() if str(SH.SPARQLExecutable) in values[TYPE]}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["example", "real"])
def test_every_count_is_what_one_counts(name: str, request: pytest.FixtureRequest) -> None:
    quads = all_quads(request.getfixturevalue(name))
    statements = read_statements(quads)
    data = {quad.triple for quad in quads if quad.graph_name not in OWN}
    classes: dict[Any, set[Any]] = defaultdict(set)
    for triple in data:
        if triple.predicate.value == TYPE:
            classes[triple.subject].add(triple.object.value)
    counted: dict[tuple[str, ...], set[ox.Triple]] = defaultdict(set)
    for triple in data:
        counted["", triple.predicate.value].add(triple)
        literal = isinstance(triple.object, ox.Literal)
        leads = (
            {(EXTENSION + "datatype", triple.object.datatype.value)}
            if literal
            else {(str(VOID["class"]), iri) for iri in classes[triple.object]}
        )
        for own in classes[triple.subject]:
            counted[own, triple.predicate.value].add(triple)
            for kind, value in leads:
                counted[own, triple.predicate.value, kind, value].add(triple)

    partitions: dict[tuple[str, ...], tuple[int, ...]] = {}
    [whole] = [node for node, values in statements.items() if str(VOID.Dataset) in values.get(TYPE, ())]
    for partition in [whole, *statements[whole][str(VOID.classPartition)]]:
        own = statements[partition].get(str(VOID["class"]), [""])[0]
        for of in statements[partition][str(VOID.propertyPartition)]:
            [along] = statements[of][str(VOID.property)]
            partitions[own, along] = counts(statements, of)
            for link, kind in ((str(VOID.classPartition), str(VOID["class"])), (EXTENSION + "datatypePartition", EXTENSION + "datatype")):
                for to in statements[of].get(link, ()):
                    partitions[own, along, kind, statements[to][kind][0]] = (int(statements[to][str(VOID.triples)][0]),)
    expected = {
        key: (len(own), len({triple.subject for triple in own}), len({triple.object for triple in own})) if len(key) == 2 else (len(own),)
        for key, own in counted.items()
    }
    assert partitions == expected

    entities = {
        statements[of][str(VOID["class"])][0]: int(statements[of][str(VOID.entities)][0])
        for of in statements[whole][str(VOID.classPartition)]
    }
    named = set().union(*classes.values())
    assert entities == {iri: sum(iri in own for own in classes.values()) for iri in named}
    assert counts(statements, whole) == (len(data), len({triple.subject for triple in data}), len({triple.object for triple in data}))
    totals = [int(statements[whole][str(term)][0]) for term in (VOID.entities, VOID.classes, VOID.properties)]
    assert totals == [sum(map(bool, classes.values())), len(named), len({triple.predicate for triple in data})]


@pytest.mark.parametrize(
    ("subject", "along", "object_class", "datatype"),
    [
        (vocabulary.term("EffectEstimate"), vocabulary.term("measure"), SKOS_CONCEPT, None),
        (vocabulary.term("EffectEstimate"), vocabulary.term("ofComparison"), vocabulary.term("Comparison"), None),
        (vocabulary.term("EffectEstimate"), vocabulary.term("value"), None, DECIMAL),
        (vocabulary.term("ArmResult"), vocabulary.term("concerns"), vocabulary.term("Drug"), None),
        (vocabulary.term("Figure"), vocabulary.term("printed"), None, STRING),
        (vocabulary.term("Figure"), vocabulary.term("anchoredAt"), f"{OA}SpecificResource", None),
        (vocabulary.term("Drug"), vocabulary.term("target"), vocabulary.term("Target"), None),
        (vocabulary.term("Drug"), str(RDFS.label), None, TEXT),
        (f"{OA}SpecificResource", f"{OA}hasSelector", f"{OA}TextQuoteSelector", None),
    ],
)
def test_peers_find_the_shape_of_the_graph(
    subject: str, along: str, object_class: str | None, datatype: str | None, real: Catalogue
) -> None:
    rows = real.dataset.store.query(PEERS_QUERY)
    assert isinstance(rows, ox.QuerySolutions)
    peers = {tuple(None if term is None else term.value for term in row) for row in rows}
    assert (subject, along, object_class, datatype) in peers
    assert not any(str(VOID) in str(iri) for row in peers for iri in row), "the description does not describe itself"


def test_a_statement_in_two_graphs_counts_once_and_any_namespace_has_a_name() -> None:
    a, of, label = (ox.NamedNode(f"http://example.org/{name}") for name in "ABC")
    statements: list[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]] = [
        (a, ox.NamedNode(TYPE), of),
        (a, label, ox.Literal("a")),
        (a, label, ox.Literal("b")),
    ]
    with Tally() as tally:
        for graph in ("one", "two"):
            tally.add(part.of([(graph, [ox.Quad(*statement, quads.graph(graph)) for statement in statements])]).statements)
        described = description.of_dataset(tally.count(), "version", {"one": 3, "two": 3}, [])
    values = read_statements(described)
    partition = vocabulary.resource("void/class/http%3A%2F%2Fexample.org%2FB")
    assert values[partition][str(VOID.entities)] == ["1"]
    assert counts(values, f"{partition}/property/http%3A%2F%2Fexample.org%2FC") == (2, 1, 2)
    assert counts(values, vocabulary.resource("dataset/mabgraph")) == (3, 1, 3)
    assert values[vocabulary.resource("graph/union")][str(VOID.triples)] == [str(6 + len(set(described)))]


def test_the_version_is_that_of_the_data_before_the_description(example: Catalogue) -> None:
    lines = (example.dataset.folder / dataset.DUMP).read_bytes().splitlines(keepends=True)
    graphs = [ox.NamedNode(line.rpartition(b" <")[2].rstrip(b"> .\n").decode()) for line in lines]
    first = next(place for place, graph in enumerate(graphs) if graph in OWN)
    assert set(graphs[first:]) == OWN
    manifest = example.dataset.manifest
    assert manifest.version == hashlib.sha256(b"".join(lines[:first])).hexdigest()
    assert manifest.dump == hashlib.sha256(b"".join(lines)).hexdigest()
    statements = read_statements(all_quads(example))[vocabulary.resource("dataset/mabgraph")]
    assert statements[f"{DCAT}version"] == statements[str(OWL.versionInfo)] == [manifest.version]


def test_every_graph_is_described_with_its_size(example: Catalogue) -> None:
    quads = all_quads(example)
    statements = read_statements(quads)
    [whole] = [node for node, values in statements.items() if f"{SD}Dataset" in values.get(TYPE, ())]
    sizes = {}
    for named in statements[whole][f"{SD}namedGraph"]:
        [graph] = statements[named][f"{SD}graph"]
        assert statements[graph][TYPE] == [f"{SD}Graph"]
        sizes[statements[named][f"{SD}name"][0]] = int(statements[graph][str(VOID.triples)][0])
    assert sizes == {
        graph: sum(quad.graph_name.value == graph for quad in quads) for graph in {str(quad.graph_name.value) for quad in quads}
    }
    [union] = statements[whole][f"{SD}defaultGraph"]
    assert int(statements[union][str(VOID.triples)][0]) == len({quad.triple for quad in quads}) == example.dataset.manifest.quads


def test_names_of_graphs_are_iris(example: Catalogue) -> None:
    names = [quad.object for quad in all_quads(example) if quad.predicate.value == f"{SD}name"]
    assert names
    assert all(isinstance(name, ox.NamedNode) for name in names)


def test_the_description_is_that_of_the_citation(example: Catalogue) -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    statements = read_statements(all_quads(example))
    of = statements[vocabulary.resource("dataset/mabgraph")]
    assert of[str(DCTERMS.title)] == [cited["title"]]
    assert sorted(of[str(DCAT.keyword)]) == sorted(cited["keywords"])
    assert of[str(DCTERMS.license)] == ["https://creativecommons.org/publicdomain/zero/1.0/"]
    assert "CC0-1.0" in cited["license"]
    assert of[str(DCTERMS.issued)] == [str(cited["date-released"])]
    assert str(DCTERMS.modified) not in of
    for role in (DCTERMS.creator, DCTERMS.publisher):
        assert statements[of[str(role)][0]][str(FOAF.name)] == [author["name"] for author in cited["authors"]]


def test_what_is_handed_out_is_there(example: Catalogue) -> None:
    statements = read_statements(all_quads(example))
    of = statements[vocabulary.resource("dataset/mabgraph")]
    files = {
        url.removeprefix(vocabulary.base())
        for node in of[str(DCAT.distribution)]
        for url in statements[node].get(str(DCAT.downloadURL), ())
    }
    assert files == {url.removeprefix(vocabulary.base()) for url in of[str(VOID.dataDump)]} == {dataset.GZIP, dataset.TRIG}
    assert all((example.dataset.folder / file).is_file() for file in files)
    [endpoint] = of[str(VOID.sparqlEndpoint)]
    services = [statements[service] for node in of[str(DCAT.distribution)] for service in statements[node].get(str(DCAT.accessService), ())]
    assert [service[str(DCAT.endpointURL)] for service in services] == [[endpoint]]


@pytest.mark.slow
def test_example_resources_are_here(whole: list[Any]) -> None:
    resources = read_statements(whole)[vocabulary.resource("dataset/mabgraph")][str(VOID.exampleResource)]
    assert vocabulary.resource("drug/blinatumomab") in resources
    data = {quad.subject.value for quad in whole if quad.graph_name not in OWN}
    assert set(resources) <= data


@pytest.mark.parametrize("space", [DCAT, DCTERMS, FOAF, OWL, RDFS, SH, VOID], ids=str)
def test_every_term_exists_in_its_vocabulary(space: type[DefinedNamespace], whole: list[Any]) -> None:
    own = [quad for quad in whole if quad.graph_name in OWN]
    terms = {quad.predicate.value for quad in own} | {quad.object.value for quad in own if quad.predicate.value == TYPE}
    used = {term for term in terms if term.startswith(str(space))} - {f"{DCAT}version"}  # of DCAT 3, which rdflib does not have
    assert used
    assert {term for term in used if rdflib.URIRef(term) not in space} == set()


@pytest.mark.slow
def test_every_example_gives_as_many_rows_as_it_should(stranger: ox.Store, executables: Statements) -> None:
    rows = {}
    for name, statements in executables.items():
        [text] = [text for form in ("select", "construct", "ask") for text in statements.get(str(SH[form]), ())]
        answer: Any = stranger.query(text, use_default_graph_as_union=True)
        rows[name] = bool(answer) if isinstance(answer, ox.QueryBoolean) else len(list(answer))
    with COUNTED.open(encoding="utf-8", newline="") as file:
        counted = {f"{row['question']}-{row['example']}": int(row["rows"]) for row in csv.DictReader(file)}
    assert rows == counted, f"{COUNTED.name}: say how many rows each example of queries/ gives over mabgraph's own dataset"


@pytest.mark.slow
def test_examples_say_what_they_are(stranger: ox.Store, executables: Statements, whole: list[Any]) -> None:
    statements = read_statements(whole, "examples")
    kinds = {ox.QuerySolutions: "Select", ox.QueryTriples: "Construct", ox.QueryBoolean: "Ask"}
    for name, own in executables.items():
        [(form, text)] = [(form, own[str(SH[form])][0]) for form in ("select", "construct", "ask") if str(SH[form]) in own]
        assert own[f"{SCHEMA}target"] == [f"{vocabulary.base()}sparql"]
        assert name.rpartition("-")[0] in own[f"{SCHEMA}keywords"]
        assert not re.search(r"^ *#|\$|UNDEF", text, re.MULTILINE)
        kind = kinds[type(stranger.query(text, use_default_graph_as_union=True))]
        assert kind.lower() == form
        assert set(own[TYPE]) == {str(SH.SPARQLExecutable), str(SH[f"SPARQL{kind}Executable"])}
        [prefixes] = own[str(SH.prefixes)]
        declared = {
            (statements[node][str(SH.prefix)][0], statements[node][str(SH.namespace)][0]) for node in statements[prefixes][str(SH.declare)]
        }
        assert set(re.findall(r"^PREFIX (\w+): <([^>]*)>", text, re.MULTILINE)) <= declared
    assert len(declared) == len(dict(declared)), "a prefix means the same in every question"
    comments = [quad.object for quad in whole if quad.graph_name == quads.graph("examples") and quad.predicate.value == str(RDFS.comment)]
    assert {comment.language for comment in comments if isinstance(comment, ox.Literal)} == {"en"}
    assert any("With target CD19, endpoint overall-survival, measure hazard-ratio." in comment.value for comment in comments)


def test_examples_of_what_is_not_here_are_left_out(example: Catalogue) -> None:
    statements = read_statements(all_quads(example), "examples")
    names = {node.rpartition("/")[2] for node, values in statements.items() if str(SH.SPARQLExecutable) in values.get(TYPE, ())}
    assert {"estimates-1", "drug-1", "names-1", "links-1"} <= names
    assert not names & {"anchors-1", "checks-1", "figures-1", "trial-1"}
