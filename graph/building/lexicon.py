"""The lexicon: the names of drugs, conditions and variables of the ontology, with which registry records are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox

from mabgraph.ingest.registry.names import RegistryLexicon, RegistryNames

from ..store import vocabulary
from .statements import TYPE

_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_LABELS: Final = frozenset({"http://www.w3.org/2000/01/rdf-schema#label", f"{_SKOS}prefLabel"})
_SYNONYM: Final = f"{_SKOS}altLabel"


def names_of(ontology: Iterable[ox.Quad]) -> RegistryNames:
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

    def of(kind: str) -> RegistryLexicon:
        things = kinds.get(vocabulary.term(kind), set())
        return RegistryLexicon.of(
            *(((name, vocabulary.local_name(thing)) for name, thing in each if thing in things) for each in (labels, synonyms))
        )

    return RegistryNames(drugs=of("Drug"), conditions=of("Condition"), endpoints=of("Endpoint"), events=of("AdverseEvent"))


def condition_names(ontology: Iterable[ox.Quad], text: str) -> frozenset[str]:
    """Return ``text``, and where it names a condition every name of that condition and of those below it."""
    quads = list(ontology)
    wanted = names_of(quads).conditions.exact(text)
    if wanted is None:
        return frozenset({text})
    below: dict[str, set[str]] = {}
    labels: dict[str, set[str]] = {}
    for quad in quads:
        if isinstance(quad.subject, ox.NamedNode):
            subject = vocabulary.local_name(quad.subject.value) if "/id/condition/" in quad.subject.value else ""
            if subject and quad.predicate.value == f"{_SKOS}broader" and isinstance(quad.object, ox.NamedNode):
                below.setdefault(vocabulary.local_name(quad.object.value), set()).add(subject)
            elif subject and isinstance(quad.object, ox.Literal) and quad.predicate.value in _LABELS | {_SYNONYM}:
                labels.setdefault(subject, set()).add(quad.object.value)
    things, waiting = set[str](), [wanted]
    while waiting:
        if (thing := waiting.pop()) not in things:
            things.add(thing)
            waiting += below.get(thing, ())
    return frozenset({text}).union(*(labels.get(thing, set()) for thing in things))
