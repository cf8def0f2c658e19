"""The parameters of one SHACL shape, read strictly: anything not supported raises an error with its name and location."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import rdflib
from rdflib.namespace import SH, XSD
from rdflib.term import Node

from mabgraph.ingest.errors import BuildError

from .literals import term_of
from .shape import Finding, Shape

#: Creates a finding for a focus node, a value (optional), and a path other than that of the shape (optional).
Report = Callable[..., Finding]


@dataclass(frozen=True, slots=True)
class Parameters:
    """The statements about one shape of a shapes graph.

    ``name`` is its IRI, ``place`` its location, ``path`` its path in SPARQL syntax (empty for node shapes), ``shape`` reads another shape.
    """

    graph: rdflib.Graph
    node: Node
    name: str
    place: str
    path: str
    message: str
    shape: Callable[[Node], Shape] = field(repr=False)

    @property
    def is_property(self) -> bool:
        """Whether it is a property shape."""
        return bool(self.path)

    def refusal(self, term: str, why: str) -> BuildError:
        """Return the error for an unsupported ``sh:term``."""
        return BuildError(f"{self.place}: {self.name}: sh:{term} {why}")

    def has(self, term: str) -> bool:
        """Whether the shape states ``sh:term``."""
        return (self.node, SH[term], None) in self.graph

    def values(self, term: str) -> list[Node]:
        """Return the values of ``sh:term``, sorted."""
        return sorted(set(self.graph.objects(self.node, SH[term])), key=term_of)

    def value(self, term: str) -> Node:
        """Return the only value of ``sh:term``.

        :raises BuildError: when there are more.
        """
        values = self.values(term)
        if len(values) != 1:
            raise self.refusal(term, f"must have exactly one value, it has {len(values)}: keep one")
        return values[0]

    def iris(self, term: str) -> list[str]:
        """Return the values of ``sh:term``, which must be IRIs.

        :raises BuildError: when one is not.
        """
        values = self.values(term)
        if wrong := [value for value in values if not isinstance(value, rdflib.URIRef)]:
            raise self.refusal(term, f"must name IRIs, not {term_of(wrong[0])}: correct it")
        return list(map(str, values))

    def literal(self, term: str, value: Node) -> rdflib.Literal:
        """Return ``value`` of ``sh:term``, which must be a well-formed literal.

        :raises BuildError: when it is not.
        """
        if not isinstance(value, rdflib.Literal) or value.ill_typed or value.value is None:
            raise self.refusal(term, f"must be a literal of a known datatype, not {term_of(value)}: correct it")
        return value

    def number(self, term: str) -> int:
        """Return the only value of ``sh:term``, a non-negative xsd:integer.

        :raises BuildError: when it is not.
        """
        value = self.literal(term, self.value(term))
        if value.datatype != XSD.integer or value.value < 0:
            raise self.refusal(term, f"must be a whole number of zero or more, not {term_of(value)}: correct it")
        return int(value.value)

    def flag(self, term: str) -> bool:
        """Return the only value of ``sh:term``, a boolean.

        :raises BuildError: when it is not.
        """
        value = self.literal(term, self.value(term))
        if value.datatype != XSD.boolean:
            raise self.refusal(term, f"must be true or false, not {term_of(value)}: correct it")
        return bool(value.value)

    def members(self, term: str, head: Node) -> list[Node]:
        """Return the members of the list ``head``, a value of ``sh:term``.

        :raises BuildError: when it is no list, or empty.
        """
        try:
            members = list(self.graph.items(head))
        except ValueError:
            raise self.refusal(term, "leads into itself: end the list") from None
        if not members:
            raise self.refusal(term, f"must be a list with members, not {term_of(head)}: write ( … )")
        return members

    def require_path(self, term: str) -> None:
        """Check that the shape has a path, which ``sh:term`` needs.

        :raises BuildError: when it has none.
        """
        if not self.is_property:
            raise self.refusal(term, "needs a path and stands in a node shape: move it to a property shape")

    def reporter(self, component: str) -> Report:
        """Return a function that creates findings of the constraint ``component``."""
        name, own, message = term_of(self.node), self.path, self.message

        def report(focus: str, value: str = "", path: str = "") -> Finding:
            return Finding(focus, path or own, value, component, name, message)

        return report
