"""The tally of a dataset: the statements of one source after another as numbers, spooled, and counted in parts when all are there.

All statements about one thing are in one part, and so are all in which one value stands. They are parted while they are spooled, so that
each is read once, and memory is that of a part, however many sources there are.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Self

from .counts import Counting, Counts
from .statements import TYPE, WIDTH, Statements

if TYPE_CHECKING:
    from pathlib import Path

    from .statements import Numbers

#: About so many rows are counted at once, where there are so many.
PART: Final = 1 << 20
#: So many rows wait to be parted together.
BLOCK: Final = 1 << 16
#: Rows are parted by so many bits of their first column.
BITS: Final = 6
#: So many bytes of a spool stay in memory.
SPOOLED: Final = 1 << 25


class Tally:
    """The statements of one source after another; to be closed."""

    def __init__(self, scratch: Path | None = None) -> None:
        """Begin with nothing; many statements are spooled to files without a name in the folder ``scratch``."""
        self._scratch, self._rows, self._iris = scratch, RowSpool(WIDTH, scratch), set[str]()

    def __enter__(self) -> Self:
        """Return the tally itself."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Forget everything."""
        self._rows.close()

    def add(self, statements: Statements) -> None:
        """Take the statements of another source, or of a part of one."""
        self._rows.add(statements.rows)
        self._iris |= statements.iris

    def count(self, wanted: Collection[str] = ()) -> Counts:
        """Return the counts of all statements so far; ``wanted`` are IRIs that are looked for."""
        with closing(RowSpool(3, self._scratch)) as values, closing(RowSpool(2, self._scratch)) as types:
            counting = Counting(sorted(self._iris | {TYPE}), wanted)
            for places in self._rows.parts():
                counting.count_subjects(self._rows.read(places), values, types)
            for places in values.parts():
                counting.count_values(values.read(places), types.read(places))
        return counting.counts


class RowSpool:
    """Rows of numbers in the order of parts, on the disk where they are many; the first column says which part a row is in."""

    def __init__(self, width: int, scratch: Path | None) -> None:
        """Begin with no row; rows have so many columns."""
        most, folder = SPOOLED >> BITS, str(scratch) if scratch else None
        self._files = [tempfile.SpooledTemporaryFile(most, dir=folder) for _ in range(1 << BITS)]  # noqa: SIM115 - closed with the spool
        self._width, self._sizes = width, [0] * len(self._files)
        self._waiting: list[Numbers] = []
        self._number = 0

    def add(self, rows: Numbers) -> None:
        """Take ``rows``."""
        self._waiting.append(rows)
        self._number += len(rows)
        if self._number > BLOCK:
            self._write()

    def _write(self) -> None:
        """Write the rows that wait, each to the file of its place."""
        import numpy as np

        rows = np.concatenate([np.empty((0, self._width), np.uint64), *self._waiting])
        self._waiting, self._number = [], 0
        places = rows[:, 0] >> np.uint64(64 - BITS)
        order = np.argsort(places, kind="stable")
        ends = np.searchsorted(places[order], np.arange(len(self._files)), side="right").tolist()
        ordered = rows[order].astype("<u8")
        for place, (first, end) in enumerate(pairwise([0, *ends])):
            self._files[place].write(ordered[first:end].tobytes())
            self._sizes[place] += end - first

    def close(self) -> None:
        """Forget all rows."""
        for file in self._files:
            file.close()

    def parts(self) -> Iterator[range]:
        """Yield the places of each part."""
        self._write()
        first, rows = 0, 0
        for place, size in enumerate(self._sizes):
            rows += size
            if rows >= PART or place + 1 == len(self._sizes):
                yield range(first, place + 1)
                first, rows = place + 1, 0

    def read(self, places: range) -> Numbers:
        """Return the rows in these ``places``."""
        import numpy as np

        self._write()
        several = [np.empty((0, self._width), np.uint64)]
        for place in places:
            self._files[place].seek(0)
            several.append(np.frombuffer(self._files[place].read(), "<u8").reshape(-1, self._width))
            self._files[place].seek(0, os.SEEK_END)  # what is added later comes at the end
        return np.concatenate(several)
