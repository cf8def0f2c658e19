"""Sources: each record as a part of the dataset, validated; what was kept of an unchanged one is taken as it is.

The ontology is a source, too. It, the shapes and the links are only made ready when a source has to be read.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mabgraph.ingest.errors import BuildError, RecordError
from mabgraph.ingest.registry import conversion, reading

from . import conflicts, kept, lexicon, part, quads, studies
from .concerns import Concerns
from .kept import Kept
from .knownterms import describe_faults
from .part import Part
from .studies import Reported, ReportedStudies

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mabgraph.ingest.registry.names import RegistryNames

    from ..shacl.shapes import Shapes

    #: Returns the quads of a record and those of its checks, verified.
    Read = Callable[[Path], tuple[Sequence[ox.Quad], Sequence[ox.Quad]]]
    #: Is called with what is being done, how many parts are done, and how many there are.
    Progress = Callable[[str, int, int], None]

#: The libraries that decide what a record becomes, and whether it may be said.
LIBRARIES: Final = ("mabgraph", "msgspec", "numpy", "pydantic", "pyoxigraph", "pyshacl", "pyyaml", "rdflib", "scipy")
#: New records, and those after them, wait for one another until they say this many statements: their links are asked for together.
TOGETHER: Final = 20_000
#: One of so many registry records is also validated by pySHACL, chosen by its digest; the closures validate all.
SAMPLED: Final = 200

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SourceOutcome:
    """What a source became: a part of the dataset, or none and its faults."""

    part: Part | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _ValidRecord:
    """What a valid record says: the key to keep it under, its name, its own statements, and those of its checks."""

    key: str
    name: str
    own: Sequence[ox.Quad]
    checks: Sequence[ox.Quad]


@dataclass(frozen=True, slots=True)
class _PendingRecord:
    """A record in its turn: what it became, or what it says, where its links are still to be asked for."""

    outcome: SourceOutcome = SourceOutcome()
    valid: _ValidRecord | None = None

    @property
    def size(self) -> int:
        """How many statements wait with it."""
        if self.valid is not None:
            return len(self.valid.own)
        return sum(self.outcome.part.graphs.values()) if self.outcome.part else 0


class Sources:
    """The sources of one build, read in turn."""

    def __init__(
        self, ontology: Sequence[Path], read: Read, made_from: Mapping[str, str], documents: Mapping[str, str], keep: Kept
    ) -> None:
        """Take the folders of the ontology, the first with the shapes; what reads and verifies a record; digests; what is kept."""
        self._folders, self._read, self._made_from, self._documents, self._kept = ontology, read, made_from, documents, keep
        around = {name: digest for name, digest in made_from.items() if not name.startswith(("records/", "registry/"))}
        around |= _libraries()
        self._around = kept.key(around=around)
        self._studies, self._is_sound = ReportedStudies(), True
        #: The numbers of the registry records that the dataset has, and what was left out, with the reason.
        self.registered, self.left_out = list[str](), list[str]()
        self._registry_paths = dict[str, Path]()

    def ontology(self) -> SourceOutcome:
        """Return what the ontology became.

        :raises BuildError: when it, or the shapes, cannot be read.
        """
        name = kept.key(source="ontology", around=self._around)
        if known := self._kept.part(name):
            return SourceOutcome(known)
        shapes, _, own = self._ready
        faults = describe_faults(shapes.violations(own), self._folders)
        return SourceOutcome(faults=faults) if faults else SourceOutcome(self._new(name, ("ontology", own)))

    def records(self, paths: Sequence[Path], progress: Progress) -> Iterator[SourceOutcome]:
        """Yield for each of ``paths``, in their order, what the record became.

        A part that was verified against its document is another one than a part that was trusted by its seal. ``progress`` is called with
        the name of the record that is read next, how many were read, and how many there are.

        :raises BuildError: when the ontology or the shapes cannot be read, or the two validators differ.
        """
        waiting: list[_PendingRecord] = []
        for index, path in enumerate(paths):
            progress(path.stem, index, len(paths))
            waiting.append(self._record(path))
            if not any(each.valid for each in waiting) or sum(each.size for each in waiting) > TOGETHER:
                yield from self._finish(waiting)
                waiting = []
        yield from self._finish(waiting)

    def _record(self, path: Path) -> _PendingRecord:
        """Return what was kept of the record at ``path``, everything that is wrong with it, or what it says."""
        stated = {"record": self._made_from[f"records/{path.name}"], "document": self._documents.get(path.stem, "trusted by the seal")}
        name = kept.key(source=f"records/{path.name}", around=self._around, **stated)
        if known := self._kept.part(name):
            return _PendingRecord(SourceOutcome(known))
        shapes, _, _ = self._ready
        try:
            own, checks = self._read(path)
        except (RecordError, BuildError) as error:
            return _PendingRecord(SourceOutcome(faults=tuple(str(error).splitlines())))
        faults = tuple(f"{path}: {fault}" for fault in [*shapes.violations(own), *shapes.violations(checks)])
        return _PendingRecord(SourceOutcome(faults=faults)) if faults else _PendingRecord(valid=_ValidRecord(name, path.stem, own, checks))

    def registry(self, paths: Sequence[Path], progress: Progress) -> Iterator[SourceOutcome]:
        """Yield for each of the registry records at ``paths``, in their order, what it became; records of papers are read before.

        What cannot be read any more, or breaks a shape, is left out and named: one record of a registry stops no build.

        :raises BuildError: when the ontology or the shapes cannot be read, or the two validators differ.
        """
        known, waiting = self._studies.by_registration() if paths else {}, list[_PendingRecord]()
        for index, path in enumerate(paths):
            progress(path.stem, index, len(paths))
            pending = self._registry_record(path, known.get(path.stem, ""))
            if pending.valid is None and pending.outcome.part is None:
                continue
            self.registered.append(path.stem)
            self._registry_paths[path.stem.lower()] = path
            waiting.append(pending)
            if not any(each.valid for each in waiting) or sum(each.size for each in waiting) > TOGETHER:
                yield from self._finish(waiting)
                waiting = []
        yield from self._finish(waiting)

    def _registry_record(self, path: Path, study: str) -> _PendingRecord:
        """Return what was kept of a registry record, or what it says of ``study``, as papers name it; nothing where it is left out."""
        digest = self._made_from[f"registry/{path.stem}"]
        name = kept.key(source=f"registry/{path.stem}", record=digest, study=study, around=self._around)
        if known := self._kept.part(name):
            return _PendingRecord(SourceOutcome(known))
        try:
            read = reading.read(path.read_bytes(), path.stem)
            converted = conversion.convert(read, self._names, study)
            own, checks = quads.of_registry(converted.nodes, path.stem.lower()), quads.of_checked_nodes(converted.checks)
            faults = [str(fault) for fault in [*self._ready[0].violations(own), *self._ready[0].violations(checks)]]
        except (OSError, RecordError) as error:
            faults = [str(error)]
        if faults:
            self.left_out.append(f"{path}: {faults[0]}" + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""))
            _log.warning("left out of the dataset: %s", self.left_out[-1])
            return _PendingRecord()
        if int(digest[:8], 16) % SAMPLED == 0 and (judged := self._ready[0].judge(own)):
            raise BuildError(f"{path}: closures and pySHACL differ, which is a fault of mabgraph to report: {judged[0]}")
        return _PendingRecord(valid=_ValidRecord(name, path.stem.lower(), own, checks))

    @cached_property
    def _names(self) -> RegistryNames:
        return lexicon.names_of(self._ready[2])

    def _finish(self, waiting: Sequence[_PendingRecord]) -> Iterator[SourceOutcome]:
        """Yield what the records became that wait for what their results concern."""
        for each in waiting:
            outcome = each.outcome
            if (valid := each.valid) is not None:
                stated, linked, reported = studies.separate(valid.name, valid.own, self._ready[1].of(valid.own))
                graphs = (valid.name, stated), ("checks", valid.checks), ("links", linked)
                outcome = SourceOutcome(self._new(valid.key, *graphs, reported=reported.serialise()))
            self._is_sound &= not outcome.faults
            if outcome.part is not None:
                self._studies.add(Reported.read(outcome.part.reported))
            yield outcome

    def across(self, paths: Sequence[Path]) -> Iterator[SourceOutcome]:
        """Yield what the records at ``paths``, which were read before, say together: conflicts between them, and what studies show.

        Where one of them is faulty, nothing is yielded.
        """
        if self._is_sound:
            yield from self._conflicts(paths)
            yield from map(SourceOutcome, self._show_studies())

    def _show_studies(self) -> Iterator[Part]:
        """Yield what studies show, in lots."""
        for shown, linked in self._studies.lots():
            name = kept.key(source=studies.GRAPH, lines="\n".join([*shown, *linked]))
            graphs = (studies.GRAPH, studies.quads_of(shown)), ("links", studies.quads_of(linked))
            yield self._kept.part(name) or self._new(name, *graphs)

    def _conflicts(self, paths: Sequence[Path]) -> Iterator[SourceOutcome]:
        """Yield what the reports of each study print differently."""
        by_document = {path.stem: path for path in paths} | self._registry_paths
        digests = {path.stem: self._made_from[f"records/{path.name}"] for path in paths}
        digests |= {document: self._made_from[f"registry/{path.stem}"] for document, path in self._registry_paths.items()}
        for study, documents in self._studies.list_shared():
            records = [f"{document} {digests[document]}" for document in documents]
            name = kept.key(source=f"conflicts/{study}", records="\n".join(records), around=self._around)
            if known := self._kept.part(name):
                yield SourceOutcome(known)
                continue
            differing = conflicts.of_study(study, [by_document[document] for document in documents], lambda: self._names)
            faults = tuple(f"{study}: {fault}" for fault in self._ready[0].violations(differing))
            yield SourceOutcome(None if faults else self._new(name, ("checks", differing)), faults)

    def _new(self, name: str, *graphs: tuple[str, Sequence[ox.Quad]], reported: bytes = b"") -> Part:
        new = part.of(graphs, reported)
        self._kept.keep(name, new)
        return new

    @cached_property
    def _ready(self) -> tuple[Shapes, Concerns, list[ox.Quad]]:
        """The shapes, what finds out what results concern, and the quads of the ontology."""
        from ..shacl.shapes import Shapes

        ontology = quads.of_ontology(*self._folders)
        return Shapes(self._folders[0] / "shapes", ontology), Concerns(ontology), ontology


def _libraries() -> dict[str, str]:
    """Return the versions of the libraries, and of Python, by their names."""
    return {f"library/{name}": metadata.version(name) for name in LIBRARIES} | {"library/python": platform.python_version()}
