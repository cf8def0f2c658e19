"""Shapes compiled to closures: they find what pySHACL finds, result by result, and stop at what they do not know."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
import yaml
from rdflib.namespace import SH

from benchmarks import mutations
from benchmarks import shapes as differential
from mabgraph.graph.building import quads
from mabgraph.graph.shacl import closures, paths
from mabgraph.graph.shacl.closures import Closures
from mabgraph.graph.shacl.judge import CannotJudge, Judge
from mabgraph.graph.shacl.shape import Finding
from mabgraph.graph.shacl.shapes import Shapes, Violation
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import nodes, record
from mabgraph.ingest.errors import BuildError

from .extent import number_of, part_of

pytestmark = pytest.mark.sampled

ROOT = Path(__file__).parents[1]
DECISION = ROOT / "docs" / "decisions" / "0024-shapes-as-closures.md"
SHAPES = vocabulary.ONTOLOGY / "shapes"
CASES = sorted(differential.CASES.glob("*.ttl"))
FIGURE = "id/figure/kantarjian-2017.value-1234"
PREFIXES = f"""@base <{vocabulary.base()}> . @prefix mab: <ontology/> . @prefix mabc: <concept/> . @prefix oa: <http://www.w3.org/ns/oa#> .
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix : <urn:x:> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> ."""
#: Graphs with faults that every run of the suite compares; ``python -m benchmarks.shapes`` compares thousands.
MUTATED, INVENTED = number_of(3000, 200), number_of(1000, 100)


@cache
def shapes() -> Shapes:
    return differential.own_shapes()


def turtle(text: str, prefixes: str = PREFIXES) -> list[ox.Quad]:
    return list(ox.parse(f"{prefixes}\n{text}", ox.RdfFormat.TURTLE, base_iri=vocabulary.base()))


def compiled(text: str) -> Closures:
    return Closures(rdflib.Graph().parse(data=f"{PREFIXES}\n{text}", format="turtle"))


def compare(checked: Shapes, graph: list[ox.Quad]) -> None:
    """Hold closures and pySHACL together over ``graph``."""
    tally = differential.Tally()
    tally.add(checked, graph)
    assert tally.agrees, "\n".join([*tally.differing, *map(str, graph)])


def changed(path: Path, change: dict[str, Any]) -> list[ox.Quad]:
    prefixes = "\n".join(line for line in path.read_text("utf-8").splitlines() if line.startswith("@prefix"))
    removed, added = (turtle(change.get(key, ""), prefixes) for key in ("remove", "add"))
    return [quad for quad in differential.case(path) if quad not in removed] + added


@pytest.mark.slow
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_cases_of_the_shapes_have_the_same_results(path: Path) -> None:
    compare(shapes(), differential.case(path))
    for change in part_of(yaml.safe_load(path.with_suffix(".yaml").read_text("utf-8")), 6):
        graph = changed(path, change)
        compare(shapes(), graph)
        assert change["message"] in {finding.message for finding in shapes().findings(graph)}


@pytest.mark.slow
def test_graphs_with_random_faults_have_the_same_results() -> None:
    tallies: dict[str, differential.Tally] = {}
    for kind, graph in differential.faulty(MUTATED):
        tallies.setdefault(kind, differential.Tally()).add(shapes(), graph)
    assert {kind: each.differing for kind, each in tallies.items() if not each.agrees} == {}
    assert set(tallies) == set(mutations.MUTATIONS)
    assert all(each.results for each in tallies.values()), "every kind of fault breaks some shape"


@pytest.mark.slow
def test_every_kind_of_constraint_has_the_same_results() -> None:
    tally, checked, broken = differential.Tally(), differential.every_kind(), set[str]()
    for graph in differential.invented(INVENTED):
        broken |= set(tally.add(checked, graph))
    assert tally.agrees, "\n".join(tally.differing)
    components = set(
        re.findall(r'"([A-Z]\w+ConstraintComponent)"', "".join(path.read_text("utf-8") for path in (ROOT / "graph").rglob("*.py")))
    )
    components |= {"QualifiedMinCountConstraintComponent", "QualifiedMaxCountConstraintComponent"}
    assert components - broken == set(), "no graph broke these: try more graphs, or other ones"


def test_invented_shapes_have_every_kind_of_constraint_path_and_target() -> None:
    graph = rdflib.Graph().parse(differential.EVERY_KIND / "shapes.ttl")
    stated = {str(predicate).removeprefix(str(SH)) for predicate in graph.predicates() if str(predicate).startswith(str(SH))}
    known = {term for kind in closures.KINDS for term in kind.terms}
    known |= {*closures.TARGETS, *closures.WORDS} | {str(term).removeprefix(str(SH)) for term in paths.TERMS}
    assert known <= stated


def test_the_difference_of_two_reports_is_seen() -> None:
    one = Finding("urn:a", "urn:p", "1", "MinCountConstraintComponent", "urn:s", "More.")
    assert differential.difference([one], [one]) == []
    assert [line.split(":")[0] for line in differential.difference([one], [])] == ["closures alone"]
    assert [line.split(":")[0] for line in differential.difference([], [one])] == ["pySHACL alone"]
    assert [line.split(":")[0] for line in differential.difference([one], [one, one])] == ["pySHACL alone"]
    assert [line.split(":")[0] for line in differential.difference([one], [one._replace(message="Less.")])] == ["other words"]


def test_terms_of_the_shapes_stand_in_the_decision() -> None:
    text = DECISION.read_text("utf-8")
    explained = set(re.findall(r"`sh:(\w+)`", text))
    used = {term for path in SHAPES.glob("*.ttl") for term in re.findall(r"\bsh:(\w+)", path.read_text("utf-8"))}
    assert used - explained == set(), f"add these terms to the table of {DECISION.name}"
    assert {term for kind in closures.KINDS for term in kind.terms} - explained == set()


def test_every_term_of_the_decision_is_one_of_shacl() -> None:
    terms = set(re.findall(r"`sh:(\w+)`", DECISION.read_text("utf-8")))
    assert {term for term in terms if term not in SH} == set()


REFUSED = {
    "sh:sparql is no term": ":s a sh:NodeShape ; sh:sparql [] .",
    "sh:shape is no term": ":s a sh:NodeShape ; sh:shape :t . :t a sh:NodeShape .",
    "sh:minCounts is no term": ":s a sh:PropertyShape ; sh:path :p ; sh:minCounts 1 .",
    "sh:target is no term": ":s a sh:NodeShape ; sh:target [] .",
    "sh:rule is no term": ":s a sh:NodeShape ; sh:rule [] .",
    "ontology/minCount> is no term": ":s a sh:PropertyShape ; sh:path :p ; mab:minCount 1 .",
    "sh:PropertyGroup is no type": ":g a sh:PropertyGroup ; rdfs:label 'Group' .",
    "sh:minCount must be a whole number": ":s a sh:PropertyShape ; sh:path :p ; sh:minCount 1.5 .",
    "sh:maxCount must be a whole number": ":s a sh:PropertyShape ; sh:path :p ; sh:maxCount -1 .",
    "sh:maxCount must be a literal of a known datatype": ":s a sh:PropertyShape ; sh:path :p ; sh:maxCount 'many'^^xsd:integer .",
    "sh:minCount must have exactly one value, it has 2": ":s a sh:PropertyShape ; sh:path :p ; sh:minCount 1 , 2 .",
    "sh:minCount needs a path and stands in a node shape": ":s a sh:NodeShape ; sh:minCount 1 .",
    "sh:lessThan needs a path and stands in a node shape": ":s a sh:NodeShape ; sh:lessThan :p .",
    "sh:uniqueLang needs a path and stands in a node shape": ":s a sh:NodeShape ; sh:uniqueLang true .",
    "sh:uniqueLang must be true or false": ":s a sh:PropertyShape ; sh:path :p ; sh:uniqueLang 1 .",
    "sh:qualifiedValueShape needs a path and stands in a node shape": ":s a sh:NodeShape ; sh:qualifiedValueShape [ sh:class :A ] ; sh:qualifiedMinCount 1 .",
    "sh:qualifiedValueShape has no count": ":s a sh:PropertyShape ; sh:path :p ; sh:qualifiedValueShape [ sh:class :A ] .",
    "sh:qualifiedMaxCount says nothing without sh:qualifiedValueShape": ":s a sh:PropertyShape ; sh:path :p ; sh:qualifiedMaxCount 1 .",
    "sh:ignoredProperties says nothing without sh:closed": ":s a sh:NodeShape ; sh:ignoredProperties ( rdf:type ) .",
    "sh:flags says nothing without sh:pattern": ":s a sh:NodeShape ; sh:flags 'i' .",
    "sh:flags 'x' is a flag that pySHACL does not follow": ":s a sh:NodeShape ; sh:pattern 'a' ; sh:flags 'ix' .",
    "sh:pattern is no regular expression": ":s a sh:NodeShape ; sh:pattern '(' .",
    "sh:nodeKind must be sh:IRI": ":s a sh:NodeShape ; sh:nodeKind sh:Iri .",
    "sh:class must name IRIs": ":s a sh:NodeShape ; sh:class 'A' .",
    "sh:targetClass must name an IRI": ":s a sh:NodeShape ; sh:targetClass 'A' .",
    "sh:in must be a list with members": ":s a sh:NodeShape ; sh:in :a .",
    "sh:or must be a list with members": ":s a sh:NodeShape ; sh:or () .",
    "sh:and leads into itself": ":s a sh:NodeShape ; sh:and _:l . _:l rdf:first [ sh:class :A ] ; rdf:rest _:l .",
    "sh:minInclusive must be a literal of a known datatype": ":s a sh:NodeShape ; sh:minInclusive 'many'^^xsd:decimal .",
    "x:t: is named as a shape, and there is none": ":s a sh:NodeShape ; sh:node :t .",
    "sh:property must name property shapes": ":s a sh:NodeShape ; sh:property :t . :t a sh:NodeShape .",
    "sh:node must name node shapes": ":s a sh:NodeShape ; sh:node :t . :t a sh:PropertyShape ; sh:path :p .",
    "sh:path belongs to every sh:PropertyShape": ":s a sh:PropertyShape ; sh:minCount 1 .",
    "no sh:NodeShape: correct": ":s a sh:NodeShape ; sh:path :p .",
    "sh:path must have exactly one value": ":s sh:path :p , :q .",
    "sh:path sh:inversePath of anything but a property": ":s sh:path [ sh:inversePath ( :p :q ) ] .",
    "sh:path a literal is no path": ":s sh:path 'p' .",
    "sh:path a list of fewer than two paths": ":s sh:path ( :p ) .",
    "sh:path a list of paths that leads into itself": ":s sh:path _:l . _:l rdf:first :p ; rdf:rest _:l .",
    "sh:path states nothing": ":s sh:path [] .",
    "sh:path states sh:inversePath and sh:zeroOrMorePath": ":s sh:path [ sh:inversePath :p ; sh:zeroOrMorePath :q ] .",
    "sh:path is longer than the 10 steps": ":s sh:path ( :p :p :p :p :p :p :p :p :p :p :p ) .",
    "sh:path is deeper than the 10 levels": ":s sh:path " + "[ sh:zeroOrMorePath " * 11 + ":p" + " ]" * 11 + " .",
    "x:s: leads into itself": ":s a sh:NodeShape ; sh:property [ sh:path :p ; sh:node :s ] .",
    "holds shapes 15 deep": ":s a sh:NodeShape ; sh:node " + "[ sh:node " * 15 + "[ sh:class :A ]" + " ]" * 15 + " .",
    "a shape without a name in urn:x:s: sh:minCount": ":s a sh:NodeShape ; sh:property [ sh:path :p ; sh:minCount 'a' ] .",
}  # fmt: skip


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_not_known_stops_the_reading(words: str) -> None:
    with pytest.raises(BuildError) as raised:
        compiled(REFUSED[words])
    assert words in str(raised.value)
    assert str(raised.value).startswith("shapes: ")


def test_an_unknown_term_is_named_with_its_file_and_shape(tmp_path: Path) -> None:
    path = tmp_path / "study.ttl"
    path.write_text(f"{PREFIXES}\n<shape/study> a sh:NodeShape ; sh:js [] .", encoding="utf-8")
    with pytest.raises(BuildError) as raised:
        Shapes(tmp_path, [])
    assert str(raised.value).startswith(f"{path}: shape/study: sh:js is no term")


def test_a_sound_graph_is_not_given_to_pyshacl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Judge, "findings", lambda *_: pytest.fail("pySHACL was asked"))
    assert shapes().violations(quads.of_record(*record.load(differential.ROOT / "tests/data/records/example-2020.yaml"))) == []


def test_two_validators_that_differ_stop_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = [quad for quad in differential.case(differential.CASES / "figure.ttl") if not quad.predicate.value.endswith("printed")]
    assert shapes().violations(graph)
    monkeypatch.setattr(Judge, "findings", lambda *_: [])
    with pytest.raises(BuildError, match=r"closures and pySHACL differ, which is a fault of mabgraph to report: .*MinCount"):
        shapes().violations(graph)


def with_figure(statements: str) -> list[ox.Quad]:
    """Return the sound graph of figures, and ``statements`` about one of them."""
    return differential.case(differential.CASES / "figure.ttl") + turtle(f"<{FIGURE}> {statements} .")


def values(graph: list[ox.Quad]) -> set[tuple[str, str]]:
    return {(vocabulary.local_name(violation.path), violation.value) for violation in shapes().violations(graph)}


@pytest.mark.parametrize("value", ["0", "false", '""', "0.0e0"])
def test_a_value_of_nothing_is_shown(value: str) -> None:
    shown = {"0.0e0": "0.0"}.get(value, value.strip('"'))
    assert ("unknown", shown) in values(with_figure(f"mab:unknown {value}"))
    assert f"unknown {shown}".rstrip() + ": The figure has" in "\n".join(map(str, shapes().violations(with_figure(f"mab:unknown {value}"))))


def test_nodes_without_a_name_are_validated() -> None:
    violations = shapes().violations(turtle("_:b a mab:Figure ."))
    assert {violation.focus for violation in violations} == {"_:b"}
    assert any("printed characters" in violation.message for violation in violations)


def test_what_pyshacl_cannot_compare_is_a_violation_in_the_words_of_the_shape() -> None:
    check = next(
        quad.subject for quad in differential.case(differential.CASES / "check.ttl") if quad.predicate.value.endswith("/expectedLower")
    )
    graph = differential.case(differential.CASES / "check.ttl") + turtle(f"{check} mab:expectedLower _:b .")
    with pytest.raises(CannotJudge):
        shapes().judge(graph)
    assert any(violation.value == "_:b" and "bound" in violation.message for violation in shapes().violations(graph))


def test_a_triple_as_a_value_is_refused_by_name() -> None:
    inner = ox.Triple(ox.NamedNode("urn:a"), ox.NamedNode("urn:p"), ox.Literal("1"))
    with pytest.raises(BuildError, match=r"urn:x .*the value is a triple"):
        shapes().violations([ox.Quad(ox.NamedNode("urn:x"), ox.NamedNode("urn:p"), inner)])


def test_a_shape_without_a_message_speaks_by_its_constraint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.ttl").write_text(f"{PREFIXES}\n:s a sh:PropertyShape ; sh:targetClass :A ; sh:path ( :p :q ) ; sh:minCount 1 .")
    checked = Shapes(tmp_path, [])
    violation = checked.violations(turtle(":a a :A ."))[0]
    assert (violation.focus, violation.path) == ("urn:x:a", "<urn:x:p>/<urn:x:q>")
    monkeypatch.setattr(Judge, "findings", lambda *_: (_ for _ in ()).throw(CannotJudge("no")))
    assert [each.message for each in checked.violations(turtle(":a a :A ."))] == ["breaks MinCountConstraintComponent"]


def test_a_longer_path_is_shown_by_its_names() -> None:
    path = f"<{vocabulary.term('figure')}>/<{vocabulary.term('role')}>"
    assert str(Violation(vocabulary.resource("a"), path, "", "Message.")) == "id/a figure/role: Message."


def test_severity_decides_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text(
        f"{PREFIXES}\n:s a sh:NodeShape ; sh:targetClass :A ; sh:class :B ; sh:severity sh:Info ; sh:message 'No.'@en ."
    )
    assert [each.message for each in Shapes(tmp_path, []).violations(turtle(":a a :A ."))] == ["No."]


@pytest.mark.slow
def test_the_ontology_and_every_record_pass() -> None:
    assert shapes().findings(quads.of_ontology(vocabulary.ONTOLOGY)) == []
    paths = sorted(vocabulary.RECORDS.glob("*.yaml"))
    assert paths
    for typed, file in map(record.load, paths):
        assert shapes().findings(quads.of_record(typed, file)) == []
        assert shapes().findings(quads.of_checks(typed, nodes.by_name(typed, file))) == []
