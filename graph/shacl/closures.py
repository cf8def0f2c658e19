"""Closures: shapes of SHACL compiled to functions of Python, which find what breaks them in the triples of a graph.

They decide whether a graph may be published; :mod:`.judge` words what they find. The reading stops at every term that it does not know,
at shapes that lead into themselves, and where pySHACL would give up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SH
from rdflib.term import Node

from mabgraph.ingest.errors import BuildError

from ..store import vocabulary
from . import bounds, combinations, constraints, paths, strings
from .acceptance import Acceptance, Acceptor
from .literals import term_of
from .parameters import Parameters
from .shape import Finding, Follow, Shape
from .triples import NOTHING, TYPE, Triples

#: Every kind of constraint that is known.
KINDS: Final = (*constraints.KINDS, *bounds.KINDS, *strings.KINDS, *combinations.KINDS)
#: Terms that say which nodes a shape is about.
TARGETS: Final = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")
#: Terms that decide nothing: words for results and forms, and how grave a result is (with any of them, nothing is published).
WORDS: Final = ("message", "name", "description", "order", "defaultValue", "severity")
#: Shapes within one another that pySHACL follows.
DEEPEST: Final = 15

_SH: Final = str(SH)
_KNOWN: Final = frozenset({term for kind in KINDS for term in kind.terms} | {*TARGETS, *WORDS, "path", "deactivated"})
_NOTES: Final = frozenset({RDF.type, RDFS.label, RDFS.comment, RDFS.subClassOf, RDFS.seeAlso, RDFS.isDefinedBy})


class Closures:
    """The shapes of a graph, compiled."""

    def __init__(self, graph: rdflib.Graph, places: Mapping[Node, Path] | None = None) -> None:
        """Compile every shape of ``graph``; ``places`` are the files that they stand in, which errors name.

        :raises BuildError: naming shape and term, when a shape states what is not known here.
        """
        self._graph, self._places = graph, places or {}
        self._shapes: dict[Node, Shape] = {}
        self._depths: dict[Node, int] = {}
        stating = {subject for subject, predicate in graph.subject_predicates() if _is_shacl(predicate) and predicate not in paths.TERMS}
        typed = {subject for subject, kind in graph.subject_objects(RDF.type) if _is_shacl(kind)}
        for node in sorted(stating | typed, key=term_of):
            self._shape(node)
        self._classes = self._targets("targetClass")
        self._own_classes = {term_of(node): [shape] for node, shape in self._shapes.items() if self._is_class(node)}
        self._nodes, self._subjects, self._objects = (self._targets(term) for term in TARGETS[1:])

    def findings(
        self, data: Triples, nodes: Collection[str], classes: Collection[str] | None = None, acceptance: Acceptance | None = None
    ) -> list[Finding]:
        """Return everything in ``data`` by which one of ``nodes`` breaks a shape that is about it.

        With ``classes``, other values of ``sh:targetClass`` are left out of account. What ``acceptance`` knows to be as it should be is not
        looked at again.
        """
        aimed = self._target_shapes(data)
        by_types: dict[tuple[str, ...], dict[Shape, None]] = {}
        acceptors: dict[tuple[str, ...], Acceptor] = {}
        results: list[Finding] = []
        for node in nodes:
            types = tuple(data.values(node, TYPE))
            if types not in by_types:
                by_types[types] = dict.fromkeys(
                    self._about_instances({name for each in types for name in data.superclasses(each)}, classes)
                )
                if acceptance is not None:
                    acceptors[types] = acceptance.acceptor(tuple(by_types[types]))
            if acceptance is not None and node not in aimed and acceptors[types].accepts(data, node):
                continue
            for shape in {**by_types[types], **aimed[node]} if node in aimed else by_types[types]:
                results += shape.findings(data, node)
        return results

    def _about_instances(self, names: set[str], classes: Collection[str] | None) -> Iterator[Shape]:
        """Yield the shapes about instances of the classes ``names``."""
        for name in sorted(names):
            yield from self._own_classes.get(name, ())
            if classes is None or name in classes:
                yield from self._classes.get(name, ())

    def _target_shapes(self, data: Triples) -> dict[str, dict[Shape, None]]:
        """Return the shapes about single nodes, and about what has a property or is a value of one."""
        aimed = {node: dict.fromkeys(shapes) for node, shapes in self._nodes.items()}
        for predicate, shapes in self._subjects.items():
            for node in [node for node, properties in data.about.items() if predicate in properties]:
                aimed.setdefault(node, {}).update(dict.fromkeys(shapes))
        for predicate, shapes in self._objects.items():
            for term in [term for properties in data.about.values() for term in properties.get(predicate, NOTHING).values()]:
                aimed.setdefault(term, {}).update(dict.fromkeys(shapes))
        return aimed

    def _targets(self, term: str) -> dict[str, list[Shape]]:
        """Return the shapes by what they name as ``sh:term``.

        :raises BuildError: when it is a literal where only IRIs make sense.
        """
        targets: dict[str, list[Shape]] = {}
        for node, value in sorted(self._graph.subject_objects(SH[term]), key=lambda pair: tuple(map(term_of, pair))):
            if term != "targetNode" and not isinstance(value, rdflib.URIRef):
                raise self._parameters(node).refusal(term, f"must name an IRI, not {term_of(value)}: correct it")
            targets.setdefault(term_of(value), []).append(self._shapes[node])
        return targets

    def _is_class(self, node: Node) -> bool:
        """Whether a shape is a class as well, and so about its own instances."""
        classes = {RDFS.Class, OWL.Class, *self._graph.subjects(RDFS.subClassOf, RDFS.Class)}
        return any(kind in classes for kind in self._graph.objects(node, RDF.type))

    def _shape(self, node: Node) -> Shape:
        """Return the shape ``node``, compiled once.

        :raises BuildError: when it is not known, or leads into itself.
        """
        if node not in self._shapes:
            parameters = self._parameters(node)
            if node in self._depths:
                raise BuildError(f"{parameters.place}: {parameters.name}: leads into itself, and SHACL leaves open what that means: end it")
            self._depths[node] = 0
            self._refuse_unknown(parameters)
            active = not (parameters.has("deactivated") and parameters.flag("deactivated"))
            checks = [(kind.read(parameters), kind.of_nothing) for kind in KINDS if parameters.has(kind.terms[0])]
            self._shapes[node] = Shape(parameters.path, self._follow(parameters), checks if active else [])
        return self._shapes[node]

    def _nested_shape(self, holder: Node, node: Node) -> Shape:
        """Return the shape ``node`` that ``holder`` refers to.

        :raises BuildError: when shapes are within one another more often than pySHACL follows.
        """
        shape = self._shape(node)
        self._depths[holder] = max(self._depths[holder], self._depths[node] + 1)
        if self._depths[holder] >= DEEPEST:
            parameters = self._parameters(holder)
            raise BuildError(f"{parameters.place}: {parameters.name}: holds shapes {DEEPEST} deep, pySHACL follows fewer: make it flatter")
        return shape

    def _parameters(self, node: Node) -> Parameters:
        """Return the statements about the shape ``node``."""
        values = sorted(set(self._graph.objects(node, SH.path)), key=term_of)
        messages = sorted({str(message) for message in self._graph.objects(node, SH.message)})
        return Parameters(
            graph=self._graph, node=node, name=self._name(node), place=str(self._places.get(node, "shapes")), message=" ".join(messages),
            path=paths.to_sparql(self._graph, values[0]) if values else "", shape=lambda inner: self._nested_shape(node, inner),
        )  # fmt: skip

    def _name(self, node: Node) -> str:
        """Return the IRI of a shape, or of the one that holds it where it has none."""
        holders = [node]
        while isinstance(holders[-1], rdflib.BNode) and (above := set(self._graph.subjects(None, holders[-1])).difference(holders)):
            holders.append(min(above, key=term_of))
        name = str(holders[-1]).removeprefix(vocabulary.base())
        return name if len(holders) == 1 else f"a shape without a name in {name}"

    def _follow(self, parameters: Parameters) -> Follow | None:
        """Return what follows the path of a shape, or nothing where it has none."""
        if not parameters.has("path"):
            return None
        try:
            return paths.compile_path(self._graph, parameters.value("path"))
        except paths.UnknownPath as error:
            raise parameters.refusal("path", f"{error}: write another path") from None

    def _refuse_unknown(self, parameters: Parameters) -> None:
        """Make sure that everything that is stated about a shape is understood.

        :raises BuildError: naming the first term that is not.
        """
        if not any(self._graph.predicate_objects(parameters.node)):
            raise BuildError(f"{parameters.place}: {parameters.name}: is named as a shape, and there is none: correct the name, or add it")
        for predicate in sorted(set(self._graph.predicates(parameters.node)), key=term_of):
            term = str(predicate).removeprefix(_SH)
            if not (term in _KNOWN if _is_shacl(predicate) else predicate in _NOTES):
                stated = f"sh:{term}" if _is_shacl(predicate) else f"<{predicate}>"
                raise BuildError(
                    f"{parameters.place}: {parameters.name}: {stated} is no term that the closures know: take it out, or add its kind of"
                    " constraint to graph/shacl/constraints.py"
                )
        for kind in KINDS:
            if alone := [term for term in kind.terms[1:] if parameters.has(term) and not parameters.has(kind.terms[0])]:
                raise parameters.refusal(alone[0], f"says nothing without sh:{kind.terms[0]}: add that, or take it out")
        self._refuse_types(parameters)

    def _refuse_types(self, parameters: Parameters) -> None:
        """Make sure that a shape is of the kind that it says.

        :raises BuildError: when it is not.
        """
        types = set(self._graph.objects(parameters.node, RDF.type))
        if unknown := sorted(str(kind).removeprefix(_SH) for kind in types - {SH.NodeShape, SH.PropertyShape} if _is_shacl(kind)):
            raise BuildError(f"{parameters.place}: {parameters.name}: sh:{unknown[0]} is no type that the closures know")
        if (SH.PropertyShape in types and not parameters.is_property) or (SH.NodeShape in types and parameters.is_property):
            raise parameters.refusal("path", "belongs to every sh:PropertyShape and to no sh:NodeShape: correct the type, or the path")


def _is_shacl(node: Node) -> bool:
    return isinstance(node, rdflib.URIRef) and node.startswith(_SH)
