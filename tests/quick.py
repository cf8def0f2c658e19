"""Builds in less time: without what is tested elsewhere, for tests of the files that a build writes (an eighth of the time), and, in every
test, with shapes that are compiled once for each ontology (half of the time).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from unittest import mock

from mabgraph.graph.building import build
from mabgraph.graph.building.reader import SourceReader
from mabgraph.graph.shacl import shapes
from mabgraph.graph.shacl.shapes import Shapes

#: How shapes are read, and with them what a build needs of an ontology, where no test has put something else in its place.
READ: Final = Shapes.__init__
#: What a reader makes ready of the ontology.
_READY: Final = ("ontology", "shapes", "concerns")
_PREPARE: Final = {name: SourceReader.__dict__[name].func for name in _READY}
_COMPILE: Final = shapes.compile_shapes


@contextmanager
def quick_builds() -> Iterator[None]:
    """Keep builds from reading shapes and from describing the dataset, for the block; they write the same files in the same order."""
    with (
        mock.patch.object(Shapes, "__init__", return_value=None),
        mock.patch.object(Shapes, "violations", return_value=[]),
        mock.patch.object(build, "describe"),
    ):
        yield


@contextmanager
def compiled_once() -> Iterator[None]:
    """Have builds, checks and new terms share what an ontology becomes, for the block; none of it is changed.

    Shared are the compiled shapes, and in builds what finds out what results concern, and the quads. The folder is known by every byte of
    its files. What cannot be read is not kept, nor what is read while a test has replaced the reading.
    """
    known: dict[str, Any] = {}

    def compile_shapes(folder: Path) -> Any:
        digest = f"shapes {digest_of(folder)}"
        if digest not in known:
            known[digest] = _COMPILE(folder)
        return known[digest]

    def shared(name: str) -> Any:
        def ready(self: SourceReader) -> Any:
            if Shapes.__init__ is not READ:
                return _PREPARE[name](self)
            key = f"{name} {digest_of(*self._folders)}"
            if key not in known:
                whole = _PREPARE[name](self)
                if f"{name} {digest_of(*self._folders)}" != key:
                    return whole
                known[key] = whole
            return known[key]

        once = cached_property(ready)
        once.__set_name__(SourceReader, name)
        return once

    with ExitStack() as patches:
        for name in _READY:
            patches.enter_context(mock.patch.object(SourceReader, name, shared(name)))
        patches.enter_context(mock.patch.object(shapes, "compile_shapes", compile_shapes))
        yield


def digest_of(*folders: Path) -> str:
    """Return the digest of the names and contents of all files below ``folders``."""
    files = [(folder, path) for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    contents = [(path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()) for folder, path in files]
    return hashlib.sha256(repr(contents).encode()).hexdigest()


@contextmanager
def unvalidated() -> Iterator[None]:
    """Keep builds from reading shapes and validating, for the block; everything else is as it is."""
    with mock.patch.object(Shapes, "__init__", return_value=None), mock.patch.object(Shapes, "violations", return_value=[]):
        yield
