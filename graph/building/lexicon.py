"""The lexicon: the names of drugs, conditions and variables of the ontology, with which registry records are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox

from mabgraph.ingest.registry.names import Lexicon, Names

from ..store import vocabulary
from .statements import TYPE

_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_LABELS: Final = frozenset({"http://www.w3.org/2000/01/rdf-schema#label", f"{_SKOS}prefLabel"})
_SYNONYM: Final = f"{_SKOS}altLabel"


def names_of(ontology: Iterable[ox.Quad]) -> Names:
    """Return the names of the things in the quads of the ``ontology``, by kind."""
    kinds: dict[str, set[str]] = {}
    labels: list[tuple[str, str]] = []
    synonyms: list[tuple[str, str]] = []
    for quad in ontology:
        subject, value = quad.subject, quad.object
        if not isinstance(subject, ox.NamedNode):
            continue
        if quad.predicate.value == TYPE and isinstance(value, ox.NamedNode):
            kinds.setdefault(value.value, set()).add(subject.value)
        elif isinstance(value, ox.Literal) and quad.predicate.value in _LABELS | {_SYNONYM}:
            (synonyms if quad.predicate.value == _SYNONYM else labels).append((value.value, subject.value))

    def of(kind: str) -> Lexicon:
        things = kinds.get(vocabulary.term(kind), set())
        return Lexicon.of(
            *(((name, vocabulary.local_name(thing)) for name, thing in each if thing in things) for each in (labels, synonyms))
        )

    return Names(drugs=of("Drug"), conditions=of("Condition"), endpoints=of("Endpoint"), events=of("AdverseEvent"))
