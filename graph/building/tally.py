"""The tally of a dataset: the statements of one source after another as numbers, spooled, and counted in parts when all are there.

All statements about one thing are in one part, and so are all in which one value stands. Memory is that of a part, however many sources
there are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from contextlib import closing
from typing import TYPE_CHECKING, Final, Self

from .counts import Counting, Counts
from .statements import TYPE, WIDTH, Statements

if TYPE_CHECKING:
    from pathlib import Path

    from .statements import Numbers

#: So many rows are counted at once, and read at once.
PART: Final = 1 << 20
BLOCK: Final = 1 << 17
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
            for number in range(self._rows.parts):
                counting.count_subjects(self._rows.part(number, self._rows.parts), values, types)
            for number in range(values.parts):
                counting.count_values(values.part(number, values.parts), types.part(number, values.parts))
        return counting.counts


class RowSpool:
    """Rows of numbers, on the disk where they are many."""

    def __init__(self, width: int, scratch: Path | None) -> None:
        """Begin with no row; rows have so many columns."""
        self._file = tempfile.SpooledTemporaryFile(SPOOLED, dir=str(scratch) if scratch else None)  # noqa: SIM115 - it is closed with the spool
        self._width, self.rows = width, 0

    def add(self, rows: Numbers) -> None:
        """Take ``rows``."""
        self._file.write(rows.astype("<u8").tobytes())
        self.rows += len(rows)

    def close(self) -> None:
        """Forget all rows."""
        self._file.close()

    @property
    def parts(self) -> int:
        """How many parts the rows are counted in."""
        return max(1, -(-self.rows // PART))

    def part(self, number: int, of: int) -> Numbers:
        """Return the rows of one of ``of`` parts: which part a row is in goes by its first column."""
        import numpy as np

        chosen = [np.empty((0, self._width), np.uint64)]
        self._file.seek(0)
        while content := self._file.read(8 * BLOCK * self._width):
            block = np.frombuffer(content, "<u8").reshape(-1, self._width)
            chosen.append(block if of == 1 else block[block[:, 0] % np.uint64(of) == number])
        return np.concatenate(chosen)  # and what is added later comes at the end again, since all was read
