"""Every check of ontology/shapes lets a sound graph pass and reports, in its own words, each graph that is not.

``tests/shapes`` holds one sound graph for each file of shapes, and a list of changes that make it unsound.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pyshacl
import pytest
import yaml
from rdflib import RDF, RDFS, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from .conftest import ontology

ROOT = Path(__file__).parents[1]
ONTOLOGY = ROOT / "ontology"
CASES = Path(__file__).parent / "shapes"
BASE = str(json.loads((ONTOLOGY / "context.jsonld").read_text("utf-8"))["@context"]["mab"]).removesuffix("ontology/")
SHACL = "http://www.w3.org/ns/shacl#"
NAMES = sorted(path.stem for path in CASES.glob("*.ttl"))
Report = set[tuple[str, str]]


@cache
def parsed(path: Path) -> Graph:
    return Graph().parse(path, format="turtle", publicID=BASE)


@cache
def shapes(name: str) -> Graph:
    """Return the shapes of one file and the common ones, which have no target of their own."""
    graph = Graph()
    for path in (ONTOLOGY / "shapes" / f"{name}.ttl", ONTOLOGY / "shapes" / "common.ttl"):
        graph.parse(path, format="turtle", publicID=BASE)
    return graph


def with_ontology(case: Graph) -> Graph:
    """Return the case with the class hierarchy and what the ontology says of the things that the case names."""
    graph = Graph()
    for triple in case:
        graph.add(triple)
    for subclass in ontology().triples((None, RDFS.subClassOf, None)):
        graph.add(subclass)
    waiting = {node for triple in case for node in triple if not isinstance(node, Literal)}
    seen: set[Node] = set(case.subjects())
    while waiting:
        node = waiting.pop()
        if node in seen or (node, RDF.type, None) not in ontology():
            continue
        seen.add(node)
        for triple in ontology().triples((node, None, None)):
            graph.add(triple)
            waiting.add(triple[2])
    return graph


def report(graph: Graph, checks: Graph) -> Report:
    """Return what validation reports, as pairs of focus node and message."""
    _, results, _ = pyshacl.validate(graph, shacl_graph=checks, inference="none", advanced=False, inplace=True)
    assert isinstance(results, Graph)
    return {
        (str(results.value(result, SH.focusNode)).removeprefix(BASE), str(results.value(result, SH.resultMessage)))
        for result in results.objects(None, SH.result)
    }


def changes(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8")))


def every_change() -> list[Any]:
    return [pytest.param(name, change, id=f"{name}-{number}") for name in NAMES for number, change in enumerate(changes(name), start=1)]


def snippet(name: str, text: str) -> Graph:
    """Return the triples of ``text``, which uses the prefixes of the sound graph beside it."""
    lines = (CASES / f"{name}.ttl").read_text("utf-8").splitlines()
    prefixes = "\n".join(line for line in lines if line.startswith("@prefix"))
    return Graph().parse(data=f"{prefixes}\n{text}", format="turtle", publicID=BASE)


def messages(graph: Graph) -> set[str]:
    return {str(message) for message in graph.objects(None, SH.message)}


def test_every_file_of_shapes_has_a_sound_graph_and_changes() -> None:
    files = {path.stem for path in (ONTOLOGY / "shapes").glob("*.ttl")} - {"common"}
    assert files == set(NAMES) == {path.stem for path in CASES.glob("*.yaml")}


@pytest.mark.parametrize("name", NAMES)
def test_sound_graph_passes(name: str) -> None:
    assert report(with_ontology(parsed(CASES / f"{name}.ttl")), shapes(name)) == set()


@pytest.mark.parametrize(("name", "change"), every_change())
def test_unsound_graph_is_reported(name: str, change: dict[str, Any]) -> None:
    case = Graph()
    for triple in parsed(CASES / f"{name}.ttl"):
        case.add(triple)
    for triple in snippet(name, change.get("remove", "")):
        assert triple in case, f"the sound graph does not say {triple}: correct 'remove'"
        case.remove(triple)
    for triple in snippet(name, change.get("add", "")):
        case.add(triple)
    focus = change["focus"]
    assert (URIRef(BASE + focus), None, None) in case, f"{focus} is not in the sound graph: correct 'focus'"
    expected = {(focus, message) for message in (change["message"], *change.get("also", ()))}
    assert report(with_ontology(case), shapes(name)) == expected


def test_every_message_is_reported_by_some_change() -> None:
    reported = {change["message"] for name in NAMES for change in changes(name)}
    for path in sorted((ONTOLOGY / "shapes").glob("*.ttl")):
        assert messages(parsed(path)) - reported == set(), f"add a change to tests/shapes for these messages of {path.name}"


@pytest.mark.parametrize("name", NAMES)
def test_every_check_has_a_message(name: str) -> None:
    """What a target reaches speaks for itself; what stands inside a choice is silent, for its holder speaks."""
    graph = shapes(name)
    targeted = set(graph.subjects(SH.targetClass, None))
    listed = {shape for holder in targeted for shape in graph.objects(holder, SH.property)}
    for shape in targeted | listed:
        checks = set(graph.predicates(shape, None)) - {RDF.type, SH.targetClass, SH.property}
        assert not checks or (shape, SH.message, None) in graph, f"{shape} has no sh:message: say what to do"


def test_shapes_use_only_terms_of_the_shacl_vocabulary() -> None:
    vocabulary = Path(str(pyshacl.__file__)).parent / "assets" / "shacl.ttl"
    known = set(map(str, Graph().parse(vocabulary, format="turtle").subjects()))
    for path in sorted((ONTOLOGY / "shapes").glob("*.ttl")):
        for node in {str(node) for triple in parsed(path) for node in triple}:
            assert not node.startswith(SHACL) or node in known, f"{path.name}: SHACL has no term {node}"


def test_shapes_name_only_shapes_and_terms_that_exist() -> None:
    graph = Graph()
    for path in sorted((ONTOLOGY / "shapes").glob("*.ttl")):
        graph += parsed(path)
    known = set(graph.subjects()) | set(ontology().subjects())
    named = {node for triple in graph for node in triple if isinstance(node, URIRef) and str(node).startswith(BASE)}
    assert sorted(named - known) == []


def test_no_shape_is_idle() -> None:
    graph = Graph()
    for path in sorted((ONTOLOGY / "shapes").glob("*.ttl")):
        graph += parsed(path)
    used = set(graph.objects()) | set(graph.subjects(SH.targetClass, None))
    idle = {node for node in graph.subjects(RDF.type, None) if not isinstance(node, BNode)} - used
    assert sorted(map(str, idle)) == []


@pytest.mark.parametrize("name", ["concept", "condition", "drug", "target", "variable"])
def test_ontology_passes(name: str) -> None:
    assert report(ontology(), shapes(name)) == set()
