"""What a dataset states about its graphs: the SHA-256 of each, in its description, and in lots for the graphs of registry records.

An engine states a digest only while its graph has that content: a publication takes statements away before it changes graphs, and writes
them when the graphs were read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from ..store import vocabulary
from ..store.inventory import DIGESTS
from .content import GraphLines, GraphPart


@dataclass(frozen=True, slots=True)
class StatedDigests:
    """The digests that a dataset states, by the IRI of the graph; ``lots`` are those that each of the graphs ``digests/…`` states."""

    digests: dict[str, str] = field(default_factory=dict)
    lots: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of_parts(cls, parts: Mapping[str, GraphPart], description: str) -> StatedDigests:
        """Return what the graphs of a dump state, by their IRIs; ``description`` is the one that describes the others."""
        lots = {name: read_digests(part.read_triples()) for name, part in parts.items() if is_lot(name)}
        digests = read_digests(parts[description].read_triples())
        for lot in lots.values():
            digests |= lot
        return cls(digests, lots)

    def without(self, lot: str, kept: Iterable[str]) -> GraphLines:
        """Return the graph called ``lot`` with the statements about those graphs alone that are ``kept``."""
        known, along = self.lots[lot], ox.NamedNode(vocabulary.term("sha256"))
        lines = [f"{ox.NamedNode(graph)} {along} {ox.Literal(known[graph])} .\n".encode() for graph in kept if graph in known]
        return GraphLines(lot, lines)


def is_lot(graph: str) -> bool:
    """Whether a graph, by its IRI, states the digests of graphs of registry records."""
    return graph.startswith(vocabulary.graph(DIGESTS))


def read_digests(triples: Iterable[ox.Triple]) -> dict[str, str]:
    """Return the digests of graphs that ``triples`` state, by the IRI of the graph."""
    along, prefix = vocabulary.term("sha256"), vocabulary.graph("")
    return {
        triple.subject.value: triple.object.value
        for triple in triples
        if triple.predicate.value == along and isinstance(triple.subject, ox.NamedNode) and isinstance(triple.object, ox.Literal)
        and triple.subject.value.startswith(prefix)
    }  # fmt: skip
