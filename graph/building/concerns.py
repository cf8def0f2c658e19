"""What results concern: drugs, targets, conditions, and how far they can be compared. The ontology is loaded once for many sources.

Only what the questions can see is loaded: most statements of a source are about its figures and where they stand.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import pyoxigraph as ox

from ..compare import comparability
from ..questions import question
from ..store import store, vocabulary
from . import quads, sight

#: The questions that are asked here.
ASKED: Final = ("links", *comparability.ASKED)


class Concerns:
    """The ontology in a store, to which one source after another is added for as long as it is asked about.

    The engine's store in memory keeps what was removed from it, and takes longer for every query. So a new one is loaded as soon as
    as many statements were added as the ontology has.
    """

    def __init__(self, ontology: Collection[ox.Quad]) -> None:
        """Take the quads of the ``ontology``."""
        self._ontology = _seen(ontology)
        self._store = store.from_quads(self._ontology)
        self._graphs = set(self._store.engine.named_graphs())
        self._added = 0

    def of(self, own: Collection[ox.Quad]) -> list[ox.Quad]:
        """Return what the results in the named graphs ``own`` concern (the question ``links``), and their classes of comparability."""
        if self._added > len(self._ontology):
            self._store, self._added = store.from_quads(self._ontology), 0
        graph, is_of = quads.graph("links"), ox.NamedNode(vocabulary.term("comparability"))
        seen = _seen(own)
        self._added += len(seen)
        self._store.engine.bulk_extend(seen)
        try:
            concerned = question.load("links").construct(self._store)
            links = [ox.Quad(triple.subject, triple.predicate, triple.object, graph) for triple in concerned]
            classes = comparability.classify_store(self._store).items()
            return links + [ox.Quad(ox.NamedNode(result), is_of, ox.NamedNode(each.concept), graph) for result, each in classes]
        finally:
            for name in set(self._store.engine.named_graphs()) - self._graphs:
                self._store.engine.remove_graph(name)


def _seen(quads_of_source: Collection[ox.Quad]) -> list[ox.Quad]:
    iris = sight.of_questions(*ASKED)
    return [quad for quad in quads_of_source if sight.sees(iris, quad.predicate.value, getattr(quad.object, "value", ""))]
