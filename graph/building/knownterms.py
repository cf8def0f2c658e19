"""The terms of an ontology by their names, in any spelling."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
from rapidfuzz import process

from mabgraph.ingest.errors import BuildError

from ..questions.spelling import normalise
from ..store import vocabulary
from . import quads
from .statements import TYPE

if TYPE_CHECKING:
    from ..shacl.shapes import Violation

RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_LABELS: Final = frozenset({f"{RDFS}label", f"{SKOS}prefLabel"})
_IDENTIFYING: Final = frozenset({vocabulary.term("identifier"), f"{SKOS}exactMatch"})
_NAMES: Final = _LABELS | {f"{SKOS}altLabel"}


class Known:
    """The terms of an ontology by their names."""

    def __init__(self, statements: Iterable[ox.Quad]) -> None:
        """Take the quads of the ontology."""
        self.quads = list(statements)
        self._named: dict[str, set[str]] = {}
        for quad in self.quads:
            if quad.predicate.value in _NAMES and isinstance(quad.subject, ox.NamedNode):
                for name in (_value(quad.object), vocabulary.local_name(quad.subject.value)):
                    self._named.setdefault(normalise(name), set()).add(quad.subject.value)
        schemes = [quad for quad in self.quads if quad.predicate.value == f"{SKOS}inScheme"]
        self._scheme = {_value(quad.subject): vocabulary.local_name(_value(quad.object)) for quad in schemes}

    def kind_of(self, iri: str) -> str:
        """Return the kind of a term: drug, target, condition, or the scheme of a concept."""
        thing = re.match(r"id/(\w+)/", iri.removeprefix(vocabulary.base()))
        return thing[1] if thing else self._scheme.get(iri, "")

    def label(self, iri: str) -> str:
        """Return the name of a term as the field writes it."""
        return next(_value(each.object) for each in self.quads if _value(each.subject) == iri and each.predicate.value in _LABELS)

    def find(self, kind: str, name: str) -> str:
        """Return the IRI of the one term of ``kind`` called ``name``.

        :raises BuildError: when there is none, or several.
        """
        iris = sorted(iri for iri in self._named.get(normalise(name), ()) if self.kind_of(iri) == kind)
        if len(iris) == 1:
            return iris[0]
        if iris:
            raise BuildError(f"{name!r} is the name of several {kind}: {', '.join(map(vocabulary.local_name, iris))}: name one")
        known = [key for key, named in self._named.items() if any(self.kind_of(iri) == kind for iri in named)]
        near = [min(map(vocabulary.local_name, self._named[key])) for key, _, _ in process.extract(normalise(name), known, limit=3)]
        raise BuildError(
            f"{name!r} is not among the terms of kind {kind}: the nearest are {', '.join(near)}; add it first with mabgraph term"
        )

    def names_of(self, name: str) -> list[str]:
        """Return the last parts of the addresses of all terms called ``name``, in any spelling, sorted."""
        return sorted({vocabulary.local_name(iri) for iri in self._named.get(normalise(name), ())})

    def check_free(self, kinds: Collection[str], names: Iterable[str], iri: str) -> None:
        """Check that nothing of ``kinds`` has one of ``names``, nor anything the IRI.

        :raises BuildError: naming the term that has it.
        """
        for name in names:
            for other in sorted(self._named.get(normalise(name), ())):
                if self.kind_of(other) in kinds or other == iri:
                    raise BuildError(f"{name!r} is a name of {self._describe(other)} already: use that term, or leave the name out")
        if any(_value(quad.subject) == iri for quad in self.quads):
            raise BuildError(f"{vocabulary.local_name(iri)!r} is the address of a term already: use that term, or give yours another name")

    def check_unmatched(self, kinds: Collection[str], identifiers: Collection[str]) -> None:
        """Check that nothing of ``kinds`` has one of ``identifiers``, or is the same as what they are addresses of.

        :raises BuildError: naming the term that has it.
        """
        wanted = {each.casefold() for each in identifiers}
        for quad in self.quads:
            identifier, owner = _value(quad.object), _value(quad.subject)
            if quad.predicate.value in _IDENTIFYING and identifier.casefold() in wanted and self.kind_of(owner) in kinds:
                taken = f"{identifier!r} is an identifier of {self._describe(owner)} already"
                raise BuildError(f"{taken}: use that term, or leave --match out")

    def _describe(self, iri: str) -> str:
        return f"{vocabulary.local_name(iri)} ({self.kind_of(iri)})"


def describe_faults(violations: Sequence[Violation], folders: Sequence[Path]) -> tuple[str, ...]:
    """Return what the shapes do not allow in an ontology, a line each; ``folders`` are those of its files, the shipped one first.

    A term that a later folder defines a second time is said to be one of an earlier folder: it was added before mabgraph had it.
    """
    defined: dict[str, Path] = {}
    again: dict[str, str] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("*.ttl"))) if violations else ():
        for subject in {_value(quad.subject) for quad in quads.of_turtle(path.read_bytes(), path) if quad.predicate.value == TYPE}:
            if (first := defined.setdefault(subject, path)) != path:
                again[subject] = f"; {path} defines it, too, which is a term of {first} already: take it out there"
    return tuple(f"ontology: {violation}{again.get(violation.focus, '')}" for violation in violations)


def _value(term: object) -> str:
    """Return the characters of an IRI or a literal."""
    return str(getattr(term, "value", ""))
