"""What results concern: drugs, targets, conditions, and how far they can be compared. The ontology is loaded once for all sources."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from . import comparability, quads, question, store, vocabulary


class Concerns:
    """The ontology in a store, to which one source after another is added for as long as it is asked about."""

    def __init__(self, ontology: Iterable[ox.Quad]) -> None:
        """Load the quads of the ``ontology``."""
        self._store = store.in_memory(ontology)
        self._ontology = set(self._store.engine.named_graphs())

    def of(self, own: Iterable[ox.Quad]) -> list[ox.Quad]:
        """Return what the results in the named graphs ``own`` concern (the question ``links``), and their classes of comparability."""
        graph, is_of = quads.graph("links"), ox.NamedNode(vocabulary.term("comparability"))
        self._store.engine.bulk_extend(own)
        try:
            concerned = question.load("links").construct(self._store)
            links = [ox.Quad(triple.subject, triple.predicate, triple.object, graph) for triple in concerned]
            classes = comparability.of_store(self._store).items()
            return links + [ox.Quad(ox.NamedNode(result), is_of, ox.NamedNode(each.concept), graph) for result, each in classes]
        finally:
            for name in set(self._store.engine.named_graphs()) - self._ontology:
                self._store.engine.remove_graph(name)
