"""A whole check of one record: what a build would refuse, everything at once, each with file, line, key and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
from rapidfuzz import process

from mabgraph.ingest import checks, ledger, nodes, record, recordfile, verification
from mabgraph.ingest.accounts import NotEvidence
from mabgraph.ingest.documents import Library
from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.record import Record
from mabgraph.ingest.recordfile import Path_, RecordFile
from mabgraph.ingest.verification import Checked

from ..store import vocabulary
from . import quads

if TYPE_CHECKING:
    from ..shacl.shapes import Shapes, Violation

#: The least likeness, in percent, of a name that is proposed for one that is not known.
NEAR: Final = 60
#: How the names of terms begin, after the base.
_TERMS: Final = "concept/|id/(drug|target|condition)/"


class Checker:
    """Checks records one after another; the shapes are compiled for the first that needs them."""

    def __init__(self, library: Library | None, terms: Sequence[Path] = ()) -> None:
        """Check with the texts of ``library`` and with ``terms``, folders of terms beside the shipped ontology."""
        self._library, self._terms = library, tuple(terms)

    def check(self, path: Path) -> Checked:
        """Return what is wrong with the record at ``path``: form, seal, anchors, contradictions, terms, shapes, reasons of its ledger."""
        try:
            file = recordfile.load(path)
        except RecordError as error:
            return Checked(path.stem, tuple(str(error).splitlines()), 0, False)
        try:
            typed_record = record.validate(file)
        except RecordError as error:
            return verification.check_invalid(file, error, self._library)
        checked = verification.check_valid(file, typed_record, self._library)
        faults = [*checked.faults, *self._shape_faults(file, typed_record)]
        text = self._library.text(typed_record.document.id) if self._library else None
        if text and not faults:
            faults += (_describe_idle(file, typed_record, reason) for reason in ledger.build_ledger(typed_record, file, text).idle)
        return replace(checked, faults=tuple(faults))

    def check_terms(self) -> list[str]:
        """Return what is wrong with the terms beside the shipped ontology; nothing where there are none.

        :raises BuildError: when a file cannot be read as Turtle.
        """
        if not any(path for folder in self._terms for path in folder.glob("*.ttl")):
            return []
        shapes, _, ontology = self._ready
        return [f"ontology: {violation}" for violation in shapes.violations(ontology)]

    def _shape_faults(self, file: RecordFile, typed_record: Record) -> Iterator[str]:
        """Yield what the shapes do not allow in what the record states, as far as it can be stated."""
        stated, contradictions = nodes.collect(typed_record, file)
        shapes, known, _ = self._ready
        graph = quads.graph(typed_record.document.id)
        violations = shapes.violations(quads.of_nodes(stated, graph, vocabulary.context()))
        if not contradictions:
            computed = checks.check_nodes(typed_record, {str(node["id"]): node for node in stated})
            violations += shapes.violations(quads.of_nodes(computed, quads.graph("checks"), vocabulary.context()))
        own = f"/{typed_record.document.id}."
        for violation in violations:
            if not (contradictions and own in violation.value):  # a part that could not be stated is one of the contradictions
                yield _locate(file, typed_record, violation, known)

    @cached_property
    def _ready(self) -> tuple[Shapes, list[str], list[ox.Quad]]:
        """The shapes, the local names of everything in the ontology, and its quads."""
        from ..shacl.shapes import Shapes

        ontology = quads.of_ontology(vocabulary.ONTOLOGY, *self._terms)
        subjects = {quad.subject.value for quad in ontology if isinstance(quad.subject, ox.NamedNode)}
        return Shapes(vocabulary.ONTOLOGY / "shapes", ontology), sorted(map(vocabulary.local_name, subjects)), ontology


def _locate(file: RecordFile, typed_record: Record, violation: Violation, known: list[str]) -> str:
    """Return a violation as one line: where in the file, the part, the remedy, and for an unknown term the nearest known ones."""
    place = _place_of(file, typed_record, violation.focus)
    key = re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", vocabulary.local_name(violation.path)) if violation.path else ""
    if key and file.has((*place, key)):
        place = (*place, key)
    value = violation.value.strip("<>")
    name = vocabulary.local_name(value) if re.match(_TERMS, value.removeprefix(vocabulary.base())) and vocabulary.is_ours(value) else ""
    unknown = f" ({name!r} is not a term: {_near(name, known)})" if name and name not in known else ""
    return f"{file.where(place)}: {violation.message}{unknown}"


def _place_of(file: RecordFile, typed_record: Record, focus: str) -> Path_:
    """Return where the part that a node was made of stands in the file: the item with the longest id that its name begins with."""
    local = vocabulary.local_name(focus).removeprefix(f"{typed_record.document.id}.")
    places = {str(file.value((*place, "id"))): place for place, _ in file.mappings_with("id")}
    steps = local.split(".")
    names = (".".join(steps[:count]) for count in range(len(steps), 0, -1))
    return next((places[name] for name in names if name in places), ())


def _near(name: str, known: list[str]) -> str:
    """Return the nearest known names, in words."""
    near = [each for each, _, _ in process.extract(name, known, limit=3, score_cutoff=NEAR)]
    remedy = "add a new one with mabgraph term"
    return f"the nearest are {', '.join(near)}; {remedy}" if near else f"no term is like it; {remedy}"


def _describe_idle(file: RecordFile, typed_record: Record, reason: NotEvidence) -> str:
    place = next(index for index, each in enumerate(typed_record.not_evidence) if each is reason)
    fault = f"the reason {reason.reason!r} accounts for no numeral of the document: correct it or take it out"
    return f"{file.where(('not_evidence', place))}: {fault}"
