"""What results concern: drugs, targets, conditions, and how far they can be compared.

Only what the questions can see is loaded: most statements of a source are about its figures and where they stand. To plan a question
takes longer than to answer it over one small source, so sources that have no node in common are asked about together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import pyoxigraph as ox

from ..compare import comparability
from ..questions import question
from ..store import store, vocabulary
from . import quads, sight

#: The questions that are asked here. Each joins statements of a source by nodes of that source, never by the ontology or a text alone.
ASKED: Final = ("links", *comparability.ASKED)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the questions can see of one source: its statements, what these are about, and every node in them but those of the ontology."""

    statements: list[ox.Quad]
    subjects: frozenset[str]
    nodes: frozenset[str]


class Concerns:
    """The ontology, with which sources are asked about."""

    def __init__(self, ontology: Collection[ox.Quad]) -> None:
        """Take the quads of the ``ontology``."""
        self._ontology = sight.select(ASKED, ontology)
        self._known = frozenset(_value(term) for quad in self._ontology for term in (quad.subject, quad.object))

    def of_each(self, sources: Sequence[Collection[ox.Quad]]) -> list[list[ox.Quad]]:
        """Return for each of ``sources`` what its results concern (the question ``links``), and their classes of comparability.

        The answers are those that each source has alone, with the ontology.
        """
        return [links for together in self._independent_groups(sources) if together for links in self._ask(together)]

    def _independent_groups(self, sources: Sequence[Collection[ox.Quad]]) -> Iterator[list[_Seen]]:
        """Yield the sources in their order, by groups that have no node in common; one that states more of the ontology is alone."""
        together, nodes, was_alone = list[_Seen](), set[str](), False
        for source in sources:
            seen = self._view(source)
            is_alone = not seen.subjects.isdisjoint(self._known)
            if is_alone or was_alone or not seen.nodes.isdisjoint(nodes):
                yield together
                together, nodes = [], set()
            together.append(seen)
            nodes |= seen.nodes
            was_alone = is_alone
        yield together

    def _ask(self, together: Sequence[_Seen]) -> list[list[ox.Quad]]:
        """Return the answers of sources that have no node in common."""
        asked = store.from_quads(chain(self._ontology, *(seen.statements for seen in together)))
        graph, is_of = quads.graph("links"), ox.NamedNode(vocabulary.term("comparability"))
        links = [list[ox.Quad]() for _ in together]
        owners = {subject: own for seen, own in zip(together, links, strict=True) for subject in seen.subjects}
        for triple in question.load("links").construct(asked):
            owners[_value(triple.subject)].append(ox.Quad(triple.subject, triple.predicate, triple.object, graph))
        for result, each in comparability.classify_store(asked).items():
            owners[result].append(ox.Quad(ox.NamedNode(result), is_of, ox.NamedNode(each.concept), graph))
        return links

    def _view(self, source: Collection[ox.Quad]) -> _Seen:
        statements = sight.select(ASKED, source)
        subjects = frozenset(_value(quad.subject) for quad in statements)
        values = {quad.object.value for quad in statements if isinstance(quad.object, ox.NamedNode)}
        return _Seen(statements, subjects, (subjects | values) - self._known)


def _value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)
