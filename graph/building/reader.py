"""The reader of sources: the ontology, its shapes and its names made ready once, and what a record becomes with them.

A registry record becomes a part by nothing but its bytes, whose SHA-256 is known, the study that papers name it by, and the ontology. So
several processes may read records, each with a reader of its own (:mod:`.readers`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mabgraph.ingest.errors import BuildError, RecordError
from mabgraph.ingest.registry import conversion, reading

from ..store.garbage import pause_collection
from . import derived, lexicon, part, quads, studies
from .concerns import Concerns
from .part import Part

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mabgraph.ingest.registry.names import RegistryNames

    from ..shacl.shapes import Shapes

#: One of so many registry records is also validated by pySHACL, chosen by its digest; the closures validate all.
SAMPLED: Final = 200


@dataclass(frozen=True, slots=True)
class RegistryTask:
    """A registry record to be read: where it is, the SHA-256 that it had, its study as papers name it, and the key of its part."""

    path: Path
    digest: str
    study: str
    key: str


class SourceReader:
    """The ontology, made ready when it is first needed."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Take the folders of the ontology, the first with the shapes."""
        self._folders = folders

    @cached_property
    def _ready(self) -> tuple[Shapes, Concerns, list[ox.Quad]]:
        """The shapes, what finds out what results concern, and the quads of the ontology."""
        from ..shacl.shapes import Shapes

        ontology = quads.of_ontology(*self._folders)
        return Shapes(self._folders[0] / "shapes", ontology), Concerns(ontology), ontology

    @property
    def shapes(self) -> Shapes:
        """The shapes.

        :raises BuildError: when they, or the ontology, cannot be read.
        """
        return self._ready[0]

    @property
    def concerns(self) -> Concerns:
        """What finds out what results concern.

        :raises BuildError: when the ontology or the shapes cannot be read.
        """
        return self._ready[1]

    @property
    def ontology(self) -> list[ox.Quad]:
        """The quads of the ontology.

        :raises BuildError: when it, or the shapes, cannot be read.
        """
        return self._ready[2]

    @cached_property
    def names(self) -> RegistryNames:
        """The names that registry records are read with."""
        return lexicon.names_of(self.ontology)

    def part_of(self, name: str, own: Sequence[ox.Quad], checks: Sequence[ox.Quad]) -> Part:
        """Return what the record called ``name`` becomes, which states ``own`` and has these ``checks``; both were validated."""
        stated, linked, reported = studies.separate(name, own, self.concerns.of(own))
        return part.of([(name, stated), ("checks", checks), ("links", linked)], reported.serialise())

    @pause_collection()
    def registry_part(self, task: RegistryTask) -> Part | str:
        """Return what a registry record becomes, or why it is left out: it is no record, is not what it was, or breaks a shape.

        :raises BuildError: when its file, the ontology or the shapes cannot be read, or the two validators differ. The file was read when
            the build began, so a dataset without it would be taken for that of the same inputs.
        """
        document, number = task.path.stem.lower(), task.path.stem
        try:
            content = task.path.read_bytes()
        except OSError as error:
            raise BuildError(f"{task.path}: the input cannot be read: {error.strerror or error}: build the dataset again") from None
        try:
            if hashlib.sha256(content).hexdigest() != task.digest:
                return "was written to while the dataset was built"
            converted = conversion.convert(reading.read(content, number), self.names, task.study)
        except RecordError as error:
            return str(error)
        own = quads.of_registry(converted.nodes, document)
        checks = quads.of_checked_nodes(converted.checks, derived.graph_of(document))
        del content, converted  # what a record becomes takes many times its size: each form of it goes when the next is there
        if faults := [str(fault) for fault in [*self.shapes.violations(own), *self.shapes.violations(checks)]]:
            return faults[0] + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else "")
        if int(task.digest[:8], 16) % SAMPLED == 0 and (judged := self.shapes.judge(own)):
            raise BuildError(f"{task.path}: closures and pySHACL differ, which is a fault of mabgraph to report: {judged[0]}")
        stated, linked, reported = studies.separate(document, own, self.concerns.of(own))
        computed = derived.graphs(reported, task.digest, checks, linked, is_alone=not task.study)
        del own, checks
        return part.of([(document, stated), *computed], reported.serialise() if task.study else b"")
