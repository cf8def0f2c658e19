"""Triples: the statements of one graph in dictionaries, read once from quads, for a validator that looks up one node at a time.

A term is a text: an IRI, ``_:`` and the name of a blank node, or a literal as :mod:`.literals` writes it. The values of a property
are kept by their identity, as RDFLib sees it: of ``"1"`` and ``"01"`` as whole numbers only the first is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, overload

import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from . import literals

#: The values of a property: each term by its identity.
Values = Mapping[str, str]
#: The values of a node by property.
Properties = dict[str, dict[str, str]]
#: A property and a value, as N-Quads writes them.
Pair = tuple[str, str]

TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SUBCLASS: Final = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
IN_SCHEME: Final = "http://www.w3.org/2004/02/skos/core#inScheme"
NOTHING: Final[Values] = {}
_NO_PROPERTIES: Final[Mapping[str, dict[str, str]]] = {}


def of_node(term: str) -> Values:
    """Return ``term`` as the one value that it is.

    >>> of_node('"01"^^http://www.w3.org/2001/XMLSchema#integer')
    {'"1"^^http://www.w3.org/2001/XMLSchema#integer': '"01"^^http://www.w3.org/2001/XMLSchema#integer'}
    """
    return {literals.term_of(literals.read(term)): term} if literals.is_literal(term) else {term: term}


def by_subject(quads: Iterable[ox.Quad]) -> dict[str, Properties]:
    """Return the values that ``quads`` state, by subject and property.

    :raises BuildError: when a value is a triple, which SHACL knows nothing of.
    """
    about: dict[str, Properties] = {}
    for quad in quads:
        subject, value = quad.subject, quad.object
        node = subject.value if isinstance(subject, ox.NamedNode) else str(subject)
        if isinstance(value, ox.NamedNode):
            identity = term = value.value
        elif isinstance(value, ox.Literal):
            identity, term = literals.terms(value)
        elif isinstance(value, ox.BlankNode):
            identity = term = str(value)
        else:
            raise BuildError(f"{node} {quad.predicate}: the value is a triple, which cannot be validated: name a node instead")
        properties = about.get(node)
        if properties is None:
            properties = about[node] = {}
        values = properties.get(predicate := quad.predicate.value)
        if values is None:
            properties[predicate] = {identity: term}
        else:
            values.setdefault(identity, term)
    return about


class GroupedQuads(Sequence[ox.Quad]):
    """The statements of one graph, which nobody changes: by subject as N-Quads writes them, and as a validator reads them.

    They become quads of the engine only where somebody asks for one: that takes longer than to write them.
    """

    def __init__(self, graph: str, pairs: Mapping[str, Sequence[Pair]], about: Mapping[str, Properties]) -> None:
        """Take the ``pairs`` of property and value of each subject in the graph with this IRI, of which :func:`by_subject` is ``about``."""
        self.graph, self.pairs, self.about = graph, pairs, about

    @classmethod
    def of(cls, quads: Iterable[ox.Quad]) -> GroupedQuads:
        """Return ``quads``, all of one graph, for writing; what a validator reads of them is not worked out."""
        return cls.of_lines(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")

    @classmethod
    def of_lines(cls, lines: bytes) -> GroupedQuads:
        """Return the statements of ``lines`` of N-Quads, all of one graph and as the engine writes them, for writing."""
        pairs: dict[str, list[Pair]] = {}
        written = lines.decode().split("\n")[:-1]
        if not written:
            return cls("", {}, {})
        end = written[0].rindex(" <") - len(written[0])
        for line in written:
            subject, along, value = line[:end].split(" ", 2)
            pairs.setdefault(subject, []).append((along, value))
        return cls(written[0][end + 2 : -3], pairs, {})

    @property
    def lines(self) -> bytes:
        """The statements as lines of N-Quads."""
        end = f" <{self.graph}> .\n"
        return "".join([f"{subject} {along} {value}{end}" for subject, pairs in self.pairs.items() for along, value in pairs]).encode()

    @cached_property
    def _quads(self) -> tuple[ox.Quad, ...]:
        return tuple(ox.parse(self.lines, ox.RdfFormat.N_QUADS, lenient=True))

    @overload
    def __getitem__(self, index: int) -> ox.Quad: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[ox.Quad]: ...

    def __getitem__(self, index: int | slice) -> ox.Quad | Sequence[ox.Quad]:
        """Return a quad, or several."""
        return self._quads[index]

    def __iter__(self) -> Iterator[ox.Quad]:
        """Return the quads in turn."""
        return iter(self._quads)

    def __len__(self) -> int:
        """Return how many statements there are."""
        return sum(map(len, self.pairs.values()))


class Background:
    """What an ontology says of the things that a graph points to: their classes, their schemes, and which classes are below which."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        """Read the ontology's ``quads``."""
        self.classes: dict[str, Properties] = {}
        self.of: dict[str, Properties] = {}
        for node, properties in by_subject(quads).items():
            parts = {predicate: values for predicate, values in properties.items() if predicate in {TYPE, IN_SCHEME, SUBCLASS}}
            if parts:
                self.of[node] = parts
            if SUBCLASS in parts:
                self.classes[node] = {SUBCLASS: parts[SUBCLASS]}


class Triples:
    """The statements of a graph by subject and property; ``about[subject][property]`` are the values.

    ``subjects`` are the nodes that the graph itself is about, ``types`` the classes that it names as types.
    """

    def __init__(self, quads: Iterable[ox.Quad], background: Background | None = None) -> None:
        """Read ``quads``, whatever their graphs, and add what the ``background`` says of the things that they point to.

        :raises BuildError: when a value is a triple, which SHACL knows nothing of.
        """
        self.about = dict(quads.about) if isinstance(quads, GroupedQuads) else by_subject(quads)
        self.subjects = dict.fromkeys(self.about)
        self.types = {name for properties in self.about.values() for name in properties.get(TYPE, NOTHING)}
        self._above: dict[str, frozenset[str]] = {}
        self._pointing: dict[str, dict[str, dict[str, str]]] = {}
        if background is not None:
            known = background.of
            named = set[str]().union(*[values for each in self.about.values() for values in each.values()])
            self._add({name: known[name] for name in sorted(named & known.keys())})
            self._add(background.classes)

    def _add(self, more: Mapping[str, Properties]) -> None:
        """Add statements; those about nodes that nothing is stated about yet are shared, not copied."""
        for node, properties in more.items():
            own = self.about.setdefault(node, properties)
            if own is not properties:
                self.about[node] = {
                    predicate: {**properties.get(predicate, NOTHING), **own.get(predicate, NOTHING)} for predicate in {**own, **properties}
                }

    def properties(self, node: str) -> Mapping[str, dict[str, str]]:
        """Return the values of ``node`` by property."""
        return self.about.get(node, _NO_PROPERTIES)

    def values(self, node: str, predicate: str) -> Values:
        """Return the values of one property of ``node``."""
        return self.about.get(node, _NO_PROPERTIES).get(predicate, NOTHING)

    def subjects_of(self, predicate: str, term: str) -> Values:
        """Return the nodes that have ``term`` as a value of ``predicate``."""
        if predicate not in self._pointing:
            turned: dict[str, dict[str, str]] = {}
            for subject, properties in self.about.items():
                for identity in properties.get(predicate, NOTHING):
                    turned.setdefault(identity, {})[subject] = subject
            self._pointing[predicate] = turned
        return self._pointing[predicate].get(next(iter(of_node(term))), NOTHING)

    def superclasses(self, name: str) -> frozenset[str]:
        """Return the class ``name`` and all classes above it."""
        known = self._above.get(name)
        if known is None:
            reached, left = {name}, [name]
            while left:
                higher = self.values(left.pop(), SUBCLASS).keys() - reached
                reached |= higher
                left += higher
            known = self._above[name] = frozenset(reached)
        return known

    def is_instance(self, node: str, name: str) -> bool:
        """Whether ``node`` is of the class ``name`` or of one below it."""
        types = self.values(node, TYPE)
        return name in types or any(name in self.superclasses(each) for each in types)
