"""Inputs: what a build reads: record files, registry records, the ontology and terms, and (where at hand) the documents."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mabgraph.ingest.documents import Library
from mabgraph.ingest.errors import BuildError
from mabgraph.ingest.registry.shelf import Shelf

from ..store import vocabulary
from .snapshot import LOADED, Snapshot

#: What the origin of a dataset says for the records that come with mabgraph.
SHIPPED: Final = "the records of mabgraph"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Where a build reads: record files, the ontology's folder, (where held) the documents, and folders of further terms."""

    records: tuple[Path, ...]
    ontology: Path = vocabulary.ONTOLOGY
    library: Library | None = None
    terms: tuple[Path, ...] = ()
    #: Folders of records that are read although they hold none now.
    folders: tuple[Path, ...] = ()
    #: The folder of registry records, if there are any.
    registry: Path | None = None

    @property
    def registered(self) -> tuple[Path, ...]:
        """The registry records, by number."""
        return tuple(Shelf(self.registry).paths()) if self.registry else ()

    def list_aliases(self) -> dict[str, str]:
        """Return the numbers of registry records by other numbers of their studies; what two records have is left out.

        :raises MabgraphError: when the index of the registry records cannot be read.
        """
        return Shelf(self.registry).aliases() if self.registry else {}

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every input file by its name, and of the files of this software as this process has them.

        :raises BuildError: when a file cannot be read.
        """
        return {**self.snapshot().digests, **LOADED}

    def snapshot(self) -> Snapshot:
        """Return what the records and the ontology hold now.

        :raises BuildError: when a file cannot be read.
        """
        ontology = sorted([*self.ontology.rglob("*.ttl"), *self.ontology.glob("*.jsonld")])
        named = {f"records/{path.name}": path for path in self.records}
        named |= {f"registry/{path.stem}": path for path in self.registered}
        named |= {f"ontology/{path.relative_to(self.ontology).as_posix()}": path for path in ontology}
        further = {f"terms/{place}/{path.name}": path for place, folder in enumerate(self.terms) for path in sorted(folder.glob("*.ttl"))}
        return Snapshot.of(named | further)

    def origin(self, directory: Path) -> tuple[str, ...]:
        """Return the folders of the records and terms, sorted: those of mabgraph by that name, others as a path from ``directory``."""
        here = directory.resolve()
        folders = {path.parent for path in self.records} | {*self.folders, *self.terms, self.ontology} - {vocabulary.ONTOLOGY}
        folders |= {self.registry} if self.registry and self.registered else set()
        return tuple(sorted(SHIPPED if folder == vocabulary.RECORDS else _path_between(here, folder.resolve()) for folder in folders))

    def documents(self) -> Snapshot:
        """Return what the documents of the records hold now that are there, by the ids of the documents.

        :raises BuildError: when one cannot be read.
        """
        if self.library is None:
            return Snapshot({}, {})
        names = [path.stem for path in self.records if self.library.holds(path.stem)]
        return Snapshot.of({name: self.library.files[name] for name in names})


def records_of(*folders: Path) -> tuple[Path, ...]:
    """Return the record files of ``folders`` in the order of their names; of two with one name, the one in the later folder counts.

    :raises BuildError: when a folder is not there, or there is no record in any.
    """
    for folder in folders:
        if not folder.is_dir():
            raise BuildError(f"{folder}: is not a folder of records: make it, or name another")
    paths = {path.name: path for folder in folders for path in folder.glob("*.yaml")}
    if not paths:
        raise BuildError(f"{', '.join(map(str, folders))}: holds no record (*.yaml)")
    return tuple(paths[name] for name in sorted(paths))


def _path_between(here: Path, there: Path) -> str:
    """Return the path from one folder to another, with ``/``; the whole path where none leads there."""
    try:
        return Path(os.path.relpath(there, here)).as_posix()
    except ValueError:
        return there.as_posix()
