"""The index of the embedded engine, read by pattern: objects of a subject and a property, subjects of a property and an object."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox

Term = Any
_NONE: list[Term] = []


class QuadIndex:
    """What one question reads of a store: each part of the index once.

    The triples are those of all graphs together: one that stands in several graphs is one triple (SPARQL 1.1 Query, 13.2: an RDF merge).
    """

    def __init__(self, engine: ox.Store) -> None:
        """Take the store of the embedded engine."""
        self._match = engine.quads_for_pattern
        self._whole: dict[Term, dict[str, list[Term]]] = {}
        self._objects: dict[tuple[Term, str], list[Term]] = {}
        self._subjects: dict[tuple[Term, str], list[Term]] = {}

    def properties_of(self, subject: Term) -> dict[str, list[Term]]:
        """Return the objects of all properties of ``subject``, by the IRI of the property."""
        known = self._whole.get(subject)
        if known is None:
            known = self._whole[subject] = {}
            several = set()
            for quad in () if isinstance(subject, ox.Literal) else self._match(subject, None, None, None):
                name = quad.predicate.value
                if name in known:
                    known[name].append(quad.object)
                    several.add(name)
                else:
                    known[name] = [quad.object]
            for name in several:
                known[name] = _unique(known[name])
        return known

    def objects(self, subject: Term, predicate: ox.NamedNode, name: str) -> list[Term]:
        """Return the objects of ``subject`` and ``predicate``, whose IRI is ``name``."""
        if (whole := self._whole.get(subject)) is not None:
            return whole.get(name, _NONE)
        key = (subject, name)
        known = self._objects.get(key)
        if known is None:
            quads = () if isinstance(subject, ox.Literal) else self._match(subject, predicate, None, None)
            known = self._objects[key] = _unique([quad.object for quad in quads])
        return known

    def subjects(self, predicate: ox.NamedNode, name: str, term: Term) -> list[Term]:
        """Return the subjects that have ``term`` as an object of ``predicate``, whose IRI is ``name``."""
        key = (term, name)
        known = self._subjects.get(key)
        if known is None:
            known = self._subjects[key] = _unique([quad.subject for quad in self._match(None, predicate, term, None)])
        return known


def _unique(terms: list[Term]) -> list[Term]:
    return list(dict.fromkeys(terms)) if len(terms) > 1 else terms
