"""The dump of a dataset while it is written, with what is handed out: N-Quads, the same compressed, and as TriG.

Part after part goes to all three files, and to the counts (:mod:`.tally`); nothing else of it is kept.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

import pyoxigraph as ox

from ..store.following import Block
from ..store.inventory import DUMP, GZIP, TRIG
from . import part, trig
from .namespool import NameSpool
from .part import Part
from .tally import Tally

#: What a gzip file (RFC 1952) of deflate begins with: no name, no time, no system.
_GZIP: Final = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
#: The last block of deflate, empty (RFC 1951, 3.2.6).
_LAST: Final = b"\x03\0"


class Dump:
    """The files of a dataset in the making. The same parts in the same order give the same bytes."""

    def __init__(self, folder: Path) -> None:
        """Write to new files in ``folder``."""
        self._files = ExitStack()
        self._lines, self._packed, self._trig = (self._files.enter_context((folder / name).open("wb")) for name in (DUMP, GZIP, TRIG))
        self._packed.write(_GZIP)
        self._hash, self._sum = hashlib.sha256(), 0
        self.names = self._files.enter_context(NameSpool(folder))
        self.tally = self._files.enter_context(Tally(folder))
        self.blocks: list[Block] = []
        self.graphs: Counter[str] = Counter()
        self._hash_by_graph: dict[str, hashlib._Hash] = defaultdict(hashlib.sha256)
        self.figures = 0
        self.bytes = 0

    def __enter__(self) -> Self:
        """Return the dump itself."""
        return self

    def __exit__(self, *raised: object) -> None:
        """End the files."""
        with self._files:
            self._packed.write(_LAST + self._sum.to_bytes(4, "little") + (self.bytes & 0xFFFFFFFF).to_bytes(4, "little"))

    def add(self, name: str, quads: Iterable[ox.Quad]) -> None:
        """Write the quads of the graph called ``name``, or of a part of it, sorted and each once."""
        self.append(part.of([(name, quads)]))

    def append(self, added: Part) -> None:
        """Write a part."""
        if added.trig and not self._trig.tell():
            self._trig.write(trig.prefixes())
        self._lines.write(added.lines)
        self._packed.write(added.packed)
        self._trig.write(added.trig)
        self._hash.update(added.lines)
        self._sum = zlib.crc32(added.lines, self._sum)
        self.names.add(added.named)
        self.tally.add(added.statements)
        self.blocks.append(Block(added.digest, len(added.lines)))
        self.bytes += len(added.lines)
        self.graphs.update(added.graphs)
        self.figures += added.figures
        for name, lines in part.by_graph(added):
            self._hash_by_graph[name].update(lines)

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of the lines of each graph so far, as they follow one another in the dump."""
        return {name: sha256.hexdigest() for name, sha256 in self._hash_by_graph.items()}

    def version(self) -> str:
        """Return the SHA-256 of what was written so far."""
        return self._hash.hexdigest()
