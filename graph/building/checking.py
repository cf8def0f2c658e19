"""A whole check of one record: what a build would refuse, everything at once, each with file, line, key and remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from mabgraph.ingest import checks, ledger, nodes, placing, record, recordfile, salvage, seals, skeletons, verification
from mabgraph.ingest.documents import DocumentText, Library
from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.figures import Node
from mabgraph.ingest.record import Record
from mabgraph.ingest.recordfile import RecordFile
from mabgraph.ingest.verification import Checked

from ..store import vocabulary
from . import quads
from .knownterms import describe_faults
from .remedies import Terms, locate, place_of_reason

if TYPE_CHECKING:
    from ..shacl.shapes import Shapes

#: What a part says whose quote has no place yet; the quote itself is a fault where it has none in the document.
_UNPLACED = "has no place: run mabgraph anchor"


class Checker:
    """Checks records one after another; the shapes are compiled for the first that needs them."""

    def __init__(self, library: Library | None, terms: Sequence[Path] = ()) -> None:
        """Check with the texts of ``library`` and with ``terms``, folders of terms beside the shipped ontology."""
        self._library, self._terms = library, tuple(terms)

    def check(self, path: Path) -> Checked:
        """Return what is wrong with the record at ``path``: form, seal, anchors, contradictions, terms, shapes, reasons of its ledger.

        What does not break the format is checked also where other parts do.
        """
        try:
            file = recordfile.load(path)
        except RecordError as error:
            return Checked(path.stem, tuple(str(error).splitlines()), 0, False)
        if skeletons.is_skeleton(path):
            return Checked(path.stem, tuple(skeletons.list_missing(file)), 0, False)
        try:
            typed_record, faults, lost = record.validate(file), [], None
        except RecordError as error:
            faults = str(error).splitlines()
            if (lost := salvage.salvage(file)) is None:
                return Checked(path.stem, tuple(faults), 0, False)
            typed_record = lost.record
        text = self._library.text(path.stem) if self._library else None
        more, figures = self._check_parts(file, typed_record, text, is_whole=lost is None)
        faults += [fault for fault in more if lost is None or not lost.follows(fault)]
        return Checked(path.stem, tuple(dict.fromkeys(faults)), figures, text is not None)

    def check_terms(self) -> list[str]:
        """Return what is wrong with the terms beside the shipped ontology; nothing where there are none.

        :raises BuildError: when a file cannot be read as Turtle.
        """
        if not any(path for folder in self._terms for path in folder.glob("*.ttl")):
            return []
        shapes, _, ontology = self._ready
        return list(describe_faults(shapes.violations(ontology), (vocabulary.ONTOLOGY, *self._terms)))

    @property
    def ontology(self) -> list[ox.Quad]:
        """The quads of the ontology with the terms beside it."""
        return self._ready[2]

    def shape_faults(self, file: RecordFile, typed_record: Record) -> Iterator[str]:
        """Yield what the shapes do not allow in what the record states, as far as it can be stated."""
        return self._shape_faults(file, typed_record, *nodes.collect(typed_record, file))

    def _check_parts(self, file: RecordFile, typed_record: Record, text: DocumentText | None, *, is_whole: bool) -> tuple[list[str], int]:
        """Return every fault of the parts of a record, and the number of its figures; a record that is not whole has no seal to check."""
        faults = [fault for fault in [seals.seal_fault(file)] if fault and is_whole]
        others = list(verification.document_faults(typed_record, text)) if text and is_whole else []
        is_held = text is not None and not others
        if text and is_held:
            placed, absent, waiting = placing.place_all(file, text.text)
            faults += absent + ([] if faults else waiting)  # a seal that does not hold says to run mabgraph anchor, too
            typed_record = readable(placed) or typed_record
        elif text:
            faults += (f"{file.where(('document', 'sha256'))}: {fault}" for fault in others)
            faults += (fault for fault in verification.place_faults(file, typed_record, text) if fault not in others)
        if self._library and is_whole:
            faults += verification.file_place_faults(file, typed_record, self._library)
        stated, contradictions = nodes.collect(typed_record, file)
        faults += [fault for fault in contradictions if not (is_held and fault.endswith(_UNPLACED))]
        faults += self._shape_faults(file, typed_record, stated, contradictions)
        faults += self._ready[1].unknown_reasons(file, typed_record)
        if text:
            account = ledger.of_nodes(typed_record, stated, text)
            faults += _idle_reasons(file, account)
            if is_whole and not faults:  # what the seal holds and the text does not give; a broken seal says what to do
                faults += ledger.sealed_faults(file, typed_record, account)
        return faults, sum(node.get("type") == "Figure" for node in nodes.flatten(stated))

    def _shape_faults(self, file: RecordFile, typed_record: Record, stated: list[Node], contradictions: Sequence[str]) -> Iterator[str]:
        """Yield what the shapes do not allow in what the record states, as far as it can be stated."""
        shapes, terms, _ = self._ready
        graph = quads.graph(typed_record.document.id)
        violations = shapes.violations(quads.of_nodes(stated, graph, vocabulary.context()))
        if not contradictions:
            computed = checks.check_nodes(typed_record, {str(node["id"]): node for node in stated})
            violations += shapes.violations(quads.of_nodes(computed, quads.graph("checks"), vocabulary.context()))
        own = f"/{typed_record.document.id}."
        for violation in violations:
            if not (contradictions and own in violation.value):  # a part that could not be stated is one of the contradictions
                yield locate(file, typed_record, violation, terms)

    @cached_property
    def _ready(self) -> tuple[Shapes, Terms, list[ox.Quad]]:
        """The shapes, the terms of the ontology, and its quads."""
        from ..shacl.shapes import Shapes

        ontology = quads.of_ontology(vocabulary.ONTOLOGY, *self._terms)
        return Shapes(vocabulary.ONTOLOGY / "shapes", ontology), Terms(ontology), ontology


def readable(file: RecordFile) -> Record | None:
    """Return the record that ``file`` writes, or what can be read of it; none if nothing can."""
    try:
        return record.validate(file)
    except RecordError:
        salvaged = salvage.salvage(file)
        return salvaged.record if salvaged else None


def _idle_reasons(file: RecordFile, account: ledger.Ledger) -> Iterator[str]:
    """Yield the reasons that account for no numeral of the document, by what the record can state."""
    for reason in account.idle:
        fault = f"the reason {reason.reason!r} accounts for no numeral of the document: correct it or take it out"
        yield f"{file.where(place_of_reason(file, reason.reason, reason.pattern))}: {fault}"
