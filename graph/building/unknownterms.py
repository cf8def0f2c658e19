"""What is said of a term that is not known: what it is another name of, the nearest ones, and the command that adds it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox
from rapidfuzz import process

from ..store import vocabulary
from .knownterms import Known

#: The least likeness, in percent, of a name that is proposed for one that is not known.
NEAR: Final = 60
#: The kind of term that a property names, as ``mabgraph term`` has it.
_KINDS: Final = {
    "adjustedFor": "adjustment-factor", "censoring": "censoring-rule", "condition": "condition", "definedVariable": "endpoint",
    "design": "design", "documentKind": "document-kind", "drug": "drug", "groupRole": "group-role", "method": "method",
    "ofVariable": "endpoint", "population": "population", "quantityKind": "quantity", "route": "route",
    "stratifiedBy": "adjustment-factor", "target": "target", "test": "test", "unit": "unit", "unitOfAnalysis": "unit-of-analysis",
}  # fmt: skip


class UnknownTerms:
    """Tells which names are no terms of an ontology, and what to do about one."""

    def __init__(self, ontology: Iterable[ox.Quad]) -> None:
        """Take the quads of the ontology."""
        self._known = Known(ontology)
        subjects = {quad.subject.value for quad in self._known.quads if isinstance(quad.subject, ox.NamedNode)}
        self._names = sorted(map(vocabulary.local_name, subjects))

    def describe(self, name: str, path: str) -> str:
        """Return what is said of ``name``, which the property ``path`` names; empty where it is the address of a term."""
        if name in self._names:
            return ""
        if same := self._known.names_of(name):
            return f"{name!r} is not a term but a name of {', '.join(same)}: write {' or '.join(same)}"
        near = [each for each, _, _ in process.extract(name, self._names, limit=3, score_cutoff=NEAR)]
        words = f"the nearest are {', '.join(near)}" if near else "no term is like it"
        kind = _KINDS.get(vocabulary.local_name(path), "KIND")
        return f"{name!r} is not a term: {words}; add a new one with mabgraph term {kind} {shlex.quote(name.replace('-', ' '))}"
