"""The dump of a dataset while it is written: graph after graph, each sorted, hashed as it goes; nothing is kept."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from . import vocabulary


class Dump:
    """An N-Quads file in the making. The same graphs in the same order give the same bytes."""

    def __init__(self, path: Path) -> None:
        """Write to ``path``, a new file."""
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._hash = hashlib.sha256()
        self._printed = ox.NamedNode(vocabulary.term("printed"))
        self.graphs: Counter[str] = Counter()
        self.figures = 0

    def add(self, name: str, quads: Iterable[ox.Quad]) -> None:
        """Write the quads of the graph called ``name``, or of a part of it, sorted and each once."""
        own = set(quads)
        for line in sorted(f"{quad} .\n" for quad in own):
            self._file.write(line)
            self._hash.update(line.encode())
        self.graphs[name] += len(own)
        self.figures += sum(quad.predicate == self._printed for quad in own)

    def close(self) -> str:
        """End the file and return its version: the SHA-256 of its bytes."""
        self._file.close()
        return self._hash.hexdigest()
