"""The lines of a dataset that names are looked for in, spooled, and asked in lots when all are there.

What the questions ``names`` and ``hierarchy`` join is about one thing: its kind, its names, and the reports of it. So lines go to one of
several spools by the thing that they are about, and each spool is asked alone: memory is that of a lot, however many sources there are.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

import pyoxigraph as ox

from ..questions import names, question
from ..store import store, vocabulary

#: So many spools there are, of which so many bytes each stay in memory; spools are asked together up to so many bytes.
SPOOLS: Final = 64
SPOOLED: Final = 1 << 19
LOT: Final = 1 << 22
_OF: Final = f"<{vocabulary.term('reportOf')}>".encode()


class NameSpool:
    """The lines of one source after another; to be closed."""

    def __init__(self, scratch: Path | None = None) -> None:
        """Begin with nothing; many lines are spooled to files without a name in the folder ``scratch``."""
        self._files = ExitStack()
        place = str(scratch) if scratch else None
        spools = (tempfile.SpooledTemporaryFile(SPOOLED, dir=place) for _ in range(SPOOLS))  # noqa: SIM115 - all are closed together
        self._spools = [self._files.enter_context(spool) for spool in spools]

    def __enter__(self) -> Self:
        """Return the spool itself."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Forget everything."""
        self._files.close()

    def add(self, lines: bytes) -> None:
        """Take the lines of another source: N-Quads, in which reports stand with the studies that they are of."""
        every = lines.splitlines(keepends=True)
        of: dict[bytes, set[bytes]] = {}
        for line in every:
            subject, along, value = line.split(b" ", 3)[:3]
            if along == _OF:
                of.setdefault(subject, set()).add(value)
        for line in every:
            subject = line[: line.index(b" ")]
            for spool in {zlib.crc32(thing) % SPOOLS for thing in of.get(subject, (subject,))}:
                self._spools[spool].write(line)

    def rows(self, name: str, *columns: str) -> Iterator[Any]:
        """Yield the ``columns`` of what the question ``name`` answers, lot after lot."""
        for lot in self._lots():
            yield from names.rows(lot, question.load(name).text, *columns)

    def _lots(self) -> Iterator[store.Store]:
        """Yield stores of all lines, each of several spools."""
        lot: list[bytes] = []
        for spool in self._spools:
            spool.seek(0)
            lot.append(spool.read())
            if sum(map(len, lot)) > LOT:
                yield _load(lot)
                lot = []
        yield _load(lot)


def _load(lot: list[bytes]) -> store.Store:
    engine = ox.Store()
    engine.bulk_load(b"".join(lot), format=ox.RdfFormat.N_QUADS)
    return store.EngineStore(engine)
