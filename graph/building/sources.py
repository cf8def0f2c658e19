"""Sources: each record as a part of the dataset, validated; what was kept of an unchanged one is taken as it is.

The ontology is a source, too. It, the shapes and the links are only made ready when a source has to be read.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mabgraph.ingest.errors import BuildError, RecordError

from . import kept, part, quads
from .concerns import Concerns
from .kept import Kept
from .part import Part

if TYPE_CHECKING:
    import pyoxigraph as ox

    from ..shacl.shapes import Shapes

    #: Returns the quads of a record and those of its checks, verified.
    Read = Callable[[Path], tuple[Sequence[ox.Quad], Sequence[ox.Quad]]]

#: The libraries that decide what a record becomes, and whether it may be said.
LIBRARIES: Final = ("mabgraph", "numpy", "pydantic", "pyoxigraph", "pyshacl", "pyyaml", "rdflib")


class Sources:
    """The sources of one build, read in turn."""

    def __init__(self, ontology: Path, read: Read, made_from: Mapping[str, str], documents: Mapping[str, str], keep: Kept) -> None:
        """Take the folder of the ontology, what reads and verifies a record, the digests of inputs and documents, and what is kept."""
        self._folder, self._read, self._made_from, self._documents, self._kept = ontology, read, made_from, documents, keep
        around = {name: digest for name, digest in made_from.items() if not name.startswith("records/")} | _libraries()
        self._around = kept.key(around=around)

    def ontology(self) -> tuple[Part | None, list[str]]:
        """Return the part that the ontology is, or none and its faults.

        :raises BuildError: when it, or the shapes, cannot be read.
        """
        name = kept.key(source="ontology", around=self._around)
        if known := self._kept.part(name):
            return known, []
        shapes, _, own = self._ready
        faults = [f"ontology: {fault}" for fault in shapes.violations(own)]
        return (None, faults) if faults else (self._new(name, ("ontology", own)), [])

    def record(self, path: Path) -> tuple[Part | None, list[str]]:
        """Return the part that the record at ``path`` is, or none and everything that is wrong with it.

        A part that was verified against its document is another one than a part that was trusted by its seal.

        :raises BuildError: when the ontology or the shapes cannot be read, or the two validators differ.
        """
        stated = {"record": self._made_from[f"records/{path.name}"], "document": self._documents.get(path.stem, "trusted by the seal")}
        name = kept.key(source=f"records/{path.name}", around=self._around, **stated)
        if known := self._kept.part(name):
            return known, []
        shapes, concerns, _ = self._ready
        try:
            own, checks = self._read(path)
        except (RecordError, BuildError) as error:
            return None, str(error).splitlines()
        faults = [f"{path}: {fault}" for fault in [*shapes.violations(own), *shapes.violations(checks)]]
        if faults:
            return None, faults
        return self._new(name, (path.stem, own), ("checks", checks), ("links", concerns.of(own))), []

    def _new(self, name: str, *graphs: tuple[str, Sequence[ox.Quad]]) -> Part:
        new = part.of(graphs)
        self._kept.keep(name, new)
        return new

    @cached_property
    def _ready(self) -> tuple[Shapes, Concerns, list[ox.Quad]]:
        """The shapes, what finds out what results concern, and the quads of the ontology."""
        from ..shacl.shapes import Shapes

        ontology = quads.of_ontology(self._folder)
        return Shapes(self._folder / "shapes", ontology), Concerns(ontology), ontology


def _libraries() -> dict[str, str]:
    """Return the versions of the libraries, and of Python, by their names."""
    return {f"library/{name}": metadata.version(name) for name in LIBRARIES} | {"library/python": platform.python_version()}
