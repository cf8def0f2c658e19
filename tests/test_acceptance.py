"""Acceptance: what is accepted by what was seen before breaks no shape, whatever was seen before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

import pyoxigraph as ox
import pytest

from benchmarks import mutations
from benchmarks import shapes as differential
from mabgraph.graph.building import lexicon, quads
from mabgraph.graph.shacl import acceptance, triples
from mabgraph.graph.shacl.shapes import Shapes
from mabgraph.graph.shacl.triples import Triples
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.registry import conversion, reading

from . import registryrecords
from .extent import number_of

#: Graphs with faults that are compared.
MUTATED = number_of(300, 30)
INVENTED = number_of(1000, 200)


@cache
def shapes() -> Shapes:
    return differential.own_shapes()


def compare(checked: Shapes, graph: list[ox.Quad]) -> bool:
    """Hold the findings with acceptance against those without, and return whether there are any."""
    data = Triples(graph, checked._background)
    expected = checked._closures.findings(data, data.subjects, checked._named_classes(data))
    assert checked._closures.findings(data, data.subjects, checked._named_classes(data), checked._acceptance) == expected
    return bool(expected)


def registry() -> Iterator[list[ox.Quad]]:
    """Yield the graphs of invented registry records and of their checks, and of the real ones where they are."""
    names = lexicon.names_of(quads.of_ontology(vocabulary.ONTOLOGY))
    contents = [json.dumps(registryrecords.invented()).encode()]
    if registryrecords.SHARED.is_dir():
        contents += [path.read_bytes() for path in registryrecords.sound_paths()[:2]]
    for content in contents:
        read = reading.read(content)
        converted = conversion.convert(read, names)
        yield list(quads.of_registry(converted.nodes, read.number.lower()))
        yield list(quads.of_checked_nodes(converted.checks))


@pytest.mark.slow
def test_what_is_accepted_has_no_findings() -> None:
    """Sound graphs and graphs with faults take turns, so that each is judged by what was seen of the others."""
    sound = [graph for graph in registry() if graph]
    parts = [part for graph in sound for part in mutations.parts(graph, 60, differential.SEED)]
    broken = 0
    for number, (_, graph) in enumerate(
        mutations.mutated([*parts, *(g for drawn in differential.sound().values() for g in drawn)], MUTATED, 7)
    ):
        assert not compare(shapes(), sound[number % len(sound)])
        broken += compare(shapes(), graph)
    assert broken > MUTATED / 3


def test_what_is_accepted_has_no_findings_by_shapes_of_every_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceptance, "KEPT", 3)
    checked = differential.every_kind()
    broken = [compare(checked, graph) for graph in differential.invented(INVENTED, 7)]
    assert all(broken)


def test_most_nodes_of_a_record_are_accepted() -> None:
    for graph in registry():
        data = Triples(graph, shapes()._background)
        compare(shapes(), graph)
        by_types: dict[tuple[str, ...], int] = {}
        for node in data.subjects:
            types = tuple(data.values(node, triples.TYPE))
            listed = {name for each in types for name in data.superclasses(each)}
            about = tuple(dict.fromkeys(shapes()._closures._about_instances(listed, shapes()._named_classes(data))))
            by_types[types] = by_types.get(types, 0) + shapes()._acceptance.acceptor(about).accepts(data, node)
        assert sum(by_types.values()) == len(data.subjects)
