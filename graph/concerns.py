"""What results concern: drugs, targets, conditions, and how far they can be compared. The ontology is loaded once for many sources."""

from __future__ import annotations

from collections.abc import Collection

import pyoxigraph as ox

from . import comparability, quads, question, store, vocabulary


class Concerns:
    """The ontology in a store, to which one source after another is added for as long as it is asked about.

    The engine's store in memory keeps what was removed from it, and takes longer for every query. So a new one is loaded as soon as
    as many statements were added as the ontology has.
    """

    def __init__(self, ontology: Collection[ox.Quad]) -> None:
        """Take the quads of the ``ontology``."""
        self._ontology = ontology
        self._store = store.from_quads(ontology)
        self._graphs = set(self._store.engine.named_graphs())
        self._added = 0

    def of(self, own: Collection[ox.Quad]) -> list[ox.Quad]:
        """Return what the results in the named graphs ``own`` concern (the question ``links``), and their classes of comparability."""
        if self._added > len(self._ontology):
            self._store, self._added = store.from_quads(self._ontology), 0
        graph, is_of = quads.graph("links"), ox.NamedNode(vocabulary.term("comparability"))
        self._added += len(own)
        self._store.engine.bulk_extend(own)
        try:
            concerned = question.load("links").construct(self._store)
            links = [ox.Quad(triple.subject, triple.predicate, triple.object, graph) for triple in concerned]
            classes = comparability.classify_store(self._store).items()
            return links + [ox.Quad(ox.NamedNode(result), is_of, ox.NamedNode(each.concept), graph) for result, each in classes]
        finally:
            for name in set(self._store.engine.named_graphs()) - self._graphs:
                self._store.engine.remove_graph(name)
