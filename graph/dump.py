"""The dump of a dataset while it is written: graph after graph, each sorted, hashed as it goes; nothing is kept.

Out of the finished dump come the files that are handed out: the same quads compressed, and as TriG.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import pyoxigraph as ox

from . import vocabulary


class Dump:
    """An N-Quads file in the making. The same graphs in the same order give the same bytes."""

    def __init__(self, path: Path) -> None:
        """Write to ``path``, a new file."""
        self._file = path.open("wb")
        self._hash = hashlib.sha256()
        self._printed = str(ox.NamedNode(vocabulary.term("printed"))).encode()
        self.graphs: Counter[str] = Counter()
        self.figures = 0
        self.bytes = 0

    def __enter__(self) -> Self:
        """Return the dump itself."""
        return self

    def __exit__(self, *raised: object) -> None:
        """End the file."""
        self._file.close()

    def add(self, name: str, quads: Iterable[ox.Quad]) -> None:
        """Write the quads of the graph called ``name``, or of a part of it, sorted and each once."""
        written = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
        lines = sorted(set(written.splitlines(keepends=True)))
        block = b"".join(lines)
        self._file.write(block)
        self._hash.update(block)
        self.bytes += len(block)
        self.graphs[name] += len(lines)
        self.figures += sum(line.split(b" ", 2)[1] == self._printed for line in lines)

    def version(self) -> str:
        """Return the SHA-256 of what was written so far."""
        return self._hash.hexdigest()

    def flush(self) -> None:
        """Let others read what was written so far."""
        self._file.flush()


def compress(dump: Path, packed: Path) -> None:
    """Write the file ``dump`` as the gzip file ``packed``: the same bytes for the same dump, with no name and no time in them."""
    with dump.open("rb") as plain, packed.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as writer:
        shutil.copyfileobj(plain, writer, 1 << 20)


def write_trig(dump: Path, trig: Path) -> None:
    """Write the N-Quads file ``dump`` as TriG with the prefixes of the vocabulary, quad after quad."""
    with trig.open("wb") as file:
        ox.serialize(ox.parse(path=str(dump), format=ox.RdfFormat.N_QUADS), file, ox.RdfFormat.TRIG, prefixes=vocabulary.prefixes())
