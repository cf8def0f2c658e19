"""Sources: each record as a part of the dataset, validated; what was kept of an unchanged one is taken as it is.

The ontology is a source, too. It, the shapes and the links are only made ready when a source has to be read.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mabgraph.ingest.errors import BuildError, RecordError

from . import conflicts, entries, kept, part, readers, studies
from .kept import Kept
from .knownterms import describe_faults
from .part import Part
from .reader import RegistryTask, SourceReader
from .readers import Readers, Written
from .studies import Reported, ReportedStudies

if TYPE_CHECKING:
    import pyoxigraph as ox

    #: Returns the quads of a record and those of its checks, verified.
    Read = Callable[[Path], tuple[Sequence[ox.Quad], Sequence[ox.Quad]]]
    #: Is called with what is being done, how many parts are done, and how many there are.
    Progress = Callable[[str, int, int], None]
    #: Whether nothing was written to that parts are made from, but for registry records, since the build began.
    Confirm = Callable[[], bool]

#: The libraries that decide what a record becomes, and whether it may be said.
LIBRARIES: Final = ("mabgraph", "msgspec", "numpy", "pydantic", "pyoxigraph", "pyshacl", "pyyaml", "rdflib", "scipy")
#: After so many new parts of registry records what was read is confirmed and kept, so that a build that is ended does not lose it.
PORTION: Final = 500

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SourceOutcome:
    """What a source became: a part of the dataset, or none and its faults."""

    part: Part | None = None
    faults: tuple[str, ...] = ()


class Sources:
    """The sources of one build, read in turn."""

    def __init__(
        self,
        ontology: Sequence[Path],
        read: Read,
        made_from: Mapping[str, str],
        documents: Mapping[str, str],
        keep: Kept,
        *,
        jobs: int = 1,
        confirm: Confirm = lambda: False,
        list_aliases: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """Take the folders of the ontology, the first with the shapes; what reads and verifies a record; digests; what is kept.

        Many registry records are read by ``jobs`` processes; what they became is kept, portion after portion, where ``confirm`` says so.
        ``list_aliases`` returns the numbers of registry records by other numbers of their studies.
        """
        self._folders, self._read, self._made_from, self._documents, self._kept = ontology, read, made_from, documents, keep
        self._jobs, self._confirm, self._reader = jobs, confirm, SourceReader(ontology)
        self._list_aliases = list_aliases
        around = {name: digest for name, digest in made_from.items() if not name.startswith(("records/", "registry/"))}
        around |= _libraries()
        self._around = kept.key(around=around)
        self._studies, self._is_sound = ReportedStudies(), True
        #: The numbers of the registry records that the dataset has, and what was left out, with the reason.
        self.registered, self.left_out = list[str](), list[str]()
        #: The documents of those registry records whose study papers report, too.
        self.shared = list[str]()
        self._registry_paths = dict[str, Path]()

    def ontology(self) -> SourceOutcome:
        """Return what the ontology became.

        :raises BuildError: when it, or the shapes, cannot be read.
        """
        name = kept.key(source="ontology", around=self._around)
        if known := self._kept.part(name):
            return SourceOutcome(known)
        own = self._reader.ontology
        faults = describe_faults(self._reader.shapes.violations(own), self._folders)
        return SourceOutcome(faults=faults) if faults else SourceOutcome(self._new(name, ("ontology", own)))

    def records(self, paths: Sequence[Path], progress: Progress) -> Iterator[SourceOutcome]:
        """Yield for each of ``paths``, in their order, what the record became.

        A part that was verified against its document is another one than a part that was trusted by its seal. ``progress`` is called with
        the name of the record that is read next, how many were read, and how many there are.

        :raises BuildError: when the ontology or the shapes cannot be read, or the two validators differ.
        """
        for index, path in enumerate(paths):
            progress(path.stem, index, len(paths))
            outcome = self._record(path)
            self._is_sound &= not outcome.faults
            yield self._take(outcome)

    def _record(self, path: Path) -> SourceOutcome:
        """Return what the record at ``path`` became, or everything that is wrong with it."""
        stated = {"record": self._made_from[f"records/{path.name}"], "document": self._documents.get(path.stem, "trusted by the seal")}
        name = kept.key(source=f"records/{path.name}", around=self._around, **stated)
        if known := self._kept.part(name):
            return SourceOutcome(known)
        shapes = self._reader.shapes
        try:
            own, checks = self._read(path)
        except (RecordError, BuildError) as error:
            return SourceOutcome(faults=tuple(str(error).splitlines()))
        if faults := tuple(f"{path}: {fault}" for fault in [*shapes.violations(own), *shapes.violations(checks)]):
            return SourceOutcome(faults=faults)
        new = self._reader.part_of(path.stem, own, checks)
        self._kept.keep(name, new)
        return SourceOutcome(new)

    def _take(self, outcome: SourceOutcome) -> SourceOutcome:
        """Return ``outcome``, when it is known what it says of studies."""
        if outcome.part is not None:
            self._studies.add(Reported.read(outcome.part.reported))
        return outcome

    def registry(self, paths: Sequence[Path], progress: Progress) -> Iterator[SourceOutcome]:
        """Yield for each of the registry records at ``paths``, in their order, what it became; records of papers are read before.

        What is no record for these rules, or breaks a shape, is left out and named: one record of a registry stops no build.

        :raises BuildError: when a file, the ontology or the shapes cannot be read, or the two validators differ.
        """
        tasks = self._tasks(paths)
        is_kept = self._kept.find_keys([task.key for task in tasks])
        new = [task for task, known in zip(tasks, is_kept, strict=True) if not known]
        with Readers(self._folders, self._jobs) as processes:
            written = self._write_each(new, processes)
            for index, (task, known) in enumerate(zip(tasks, is_kept, strict=True)):
                progress(task.path.stem, index, len(tasks))
                own = self._kept.part(task.key) if known else None
                if own is None:
                    own = self._keep(task, self._reader.registry_part(task) if known else next(written))
                if own is not None:
                    self.registered.append(task.path.stem)
                    if task.study:
                        self.shared.append(task.path.stem.lower())
                        self._registry_paths[task.path.stem.lower()] = task.path
                    yield self._take(SourceOutcome(own))

    def _tasks(self, paths: Sequence[Path]) -> list[RegistryTask]:
        """Return what is to be read of the registry records at ``paths``, each with its study where a paper reports it, too."""
        known, tasks = self._studies_of({path.stem for path in paths}), list[RegistryTask]()
        for path in paths:
            own, digest = f"study/{path.stem.lower()}", self._made_from[f"registry/{path.stem}"]
            study = known.get(path.stem, "") or (own if self._studies.has(own) else "")
            key = kept.key(source=f"registry/{path.stem}", record=digest, study=study, around=self._around)
            tasks.append(RegistryTask(path, digest, study, key))
        return tasks

    def _studies_of(self, registered: Set[str]) -> dict[str, str]:
        """Return the studies of papers by the numbers of the records ``registered``; a paper may state another number of the record.

        The number of the record itself counts before others. Where others lead to several studies, there is none.
        """
        known = self._studies.by_registration() if registered else {}
        others = known.keys() - registered
        by_alias: dict[str, set[str]] = {}
        for alias, number in self._list_aliases().items() if others else ():
            if alias in others and number not in known:
                by_alias.setdefault(number, set()).add(known[alias])
        return known | {number: studies.pop() for number, studies in by_alias.items() if len(studies) == 1}

    def _write_each(self, tasks: Sequence[RegistryTask], processes: Readers) -> Iterator[Part | Written]:
        """Yield what each record became, in their order; after each portion what was read so far is kept, if it is confirmed."""
        many = self._jobs > 1 and len(tasks) >= readers.FEWEST
        written: Iterator[Part | Written] = processes.write_each(tasks) if many else map(self._reader.registry_part, tasks)
        for number, became in enumerate(written, 1):
            yield became
            if number % PORTION == 0 and self._confirm():
                self._kept.commit()

    def _keep(self, task: RegistryTask, became: Part | Written) -> Part | None:
        """Keep what a record became, and return it; nothing where it is left out."""
        if isinstance(became, str):
            self.left_out.append(f"{task.path}: {became}")
            _log.warning("left out of the dataset: %s", self.left_out[-1])
            return None
        if isinstance(became, Part):
            self._kept.keep(task.key, became)
            return became
        self._kept.keep_entry(task.key, became)
        return entries.read(task.key, became)

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
            differing = conflicts.of_study(study, [by_document[document] for document in documents], lambda: self._reader.names)
            faults = tuple(f"{study}: {fault}" for fault in self._reader.shapes.violations(differing))
            yield SourceOutcome(None if faults else self._new(name, ("checks", differing)), faults)

    def _new(self, name: str, *graphs: tuple[str, Sequence[ox.Quad]], reported: bytes = b"") -> Part:
        new = part.of(graphs, reported)
        self._kept.keep(name, new)
        return new


def _libraries() -> dict[str, str]:
    """Return the versions of the libraries, and of Python, by their names."""
    return {f"library/{name}": metadata.version(name) for name in LIBRARIES} | {"library/python": platform.python_version()}
