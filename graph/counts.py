"""Counts: how many statements, things and values a dataset has, by class and property, added up while its sources are written.

The statements of all sources are spooled as numbers (:mod:`.statements`) and counted in parts: all statements about one thing are in one
part, and so are all in which one value stands. Memory is that of a part, however many sources there are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from .statements import TYPE, WIDTH, Statements, number_of

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from .statements import Numbers

    Indices = npt.NDArray[np.int64]

#: So many rows are counted at once, and read at once.
PART: Final = 1 << 20
BLOCK: Final = 1 << 17
#: So many bytes of a spool stay in memory.
SPOOLED: Final = 1 << 25
#: What columns are multiplied with, so that a row becomes one number.
_FACTORS: Final = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)


@dataclass(slots=True)
class Along:
    """The statements with one property: how many, about how many things, with how many values; what the values are.

    ``classes`` and ``datatypes`` count the statements by the class of the value, or its datatype.
    """

    triples: int = 0
    subjects: int = 0
    values: int = 0
    classes: dict[str, int] = field(default_factory=dict)
    datatypes: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """What a dataset holds, a statement that stands in two graphs counted once.

    ``properties`` are the counts by property; ``classes`` the same of the things of each class; ``present`` are those of the IRIs that
    were looked for which stand in a statement.
    """

    entities: int = 0
    subjects: int = 0
    values: int = 0
    properties: dict[str, Along] = field(default_factory=dict)
    classes: dict[str, dict[str, Along]] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)


class Tally:
    """The statements of one source after another; to be closed."""

    def __init__(self, scratch: Path | None = None) -> None:
        """Begin with nothing; many statements are spooled to files without a name in the folder ``scratch``."""
        self._scratch, self._rows, self._iris = scratch, _Spool(WIDTH, scratch), set[str]()

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

    def counted(self, wanted: Collection[str] = ()) -> Counts:
        """Return the counts of all statements so far; ``wanted`` are IRIs that are looked for."""
        with closing(_Spool(3, self._scratch)) as values, closing(_Spool(2, self._scratch)) as types:
            counting = _Counting(sorted(self._iris | {TYPE}), wanted)
            for number in range(self._rows.parts):
                counting.count_subjects(self._rows.part(number, self._rows.parts), values, types)
            for number in range(values.parts):
                counting.count_values(values.part(number, values.parts), types.part(number, values.parts))
        return counting.counts


class _Spool:
    """Rows of numbers, on the disk where they are many."""

    def __init__(self, width: int, scratch: Path | None) -> None:
        self._file = tempfile.SpooledTemporaryFile(SPOOLED, dir=str(scratch) if scratch else None)  # noqa: SIM115 - it is closed with the spool
        self._width, self.rows = width, 0

    def add(self, rows: Numbers) -> None:
        self._file.write(rows.astype("<u8").tobytes())
        self.rows += len(rows)

    def close(self) -> None:
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


class _Counting:
    """One count. What is counted together has one key: a property, with the class of its subject (0 is any class)."""

    def __init__(self, iris: list[str], wanted: Collection[str]) -> None:
        import numpy as np

        self.counts, self._iris = Counts(), iris
        numbers = np.array([number_of(iri) for iri in iris], np.uint64)
        self._order = np.argsort(numbers)
        self._numbers = numbers[self._order]
        self._wanted = {number_of(iri): iri for iri in wanted}

    def count_subjects(self, rows: Numbers, values: _Spool, types: _Spool) -> None:
        """Count what goes by subjects: ``rows`` are all about some of them. What goes by values is spooled."""
        import numpy as np

        wanted = np.array(list(self._wanted), np.uint64)
        self.counts.present |= {self._wanted[int(each)] for each in wanted[np.isin(wanted, rows[:, :3])]}
        rows = rows[_distinct(rows[:, :3])[0]]
        along, datatypes = self._codes(rows[:, 1]), self._codes(rows[:, 3])
        typed = _sorted(rows[along == self._iris.index(TYPE)][:, (0, 2)])
        types.add(typed)
        self.counts.subjects += len(np.unique(rows[:, 0]))
        self.counts.entities += len(np.unique(typed[:, 0]))
        of_class, match = _joined(rows[:, 0], typed[:, 0])
        keys = np.concatenate([along, (self._codes(typed[match, 1]) + 1) * len(self._iris) + along[of_class]])
        at = np.concatenate([np.arange(len(rows)), of_class])
        for each, number in _grouped(keys):
            self._along(each).triples += number
        for each, number in _grouped(keys[_distinct(_with(rows[at, 0], keys))[0]]):
            self._along(each).subjects += number
        literal = (rows[at, 3] != 0) & (keys >= len(self._iris))
        for each, datatype, number in self._grouped_pairs(keys[literal], datatypes[at][literal]):
            self._along(each).datatypes[datatype] = self._along(each).datatypes.get(datatype, 0) + number
        pairs = _with(rows[at, 2], keys)
        first, numbers = _distinct(pairs)
        values.add(np.column_stack([pairs[first], numbers.astype(np.uint64)]))

    def count_values(self, rows: Numbers, typed: Numbers) -> None:
        """Count what goes by values: ``rows`` (value, key, number of statements), ``typed`` (thing, class) are all of some values."""
        import numpy as np

        keys = rows[:, 1].astype(np.int64)
        for each, number in _grouped(keys[_distinct(rows[:, :2])[0]]):
            self._along(each).values += number
        self.counts.values += len(np.unique(rows[:, 0]))
        of_class = rows[keys >= len(self._iris)]
        typed = _sorted(typed)
        at, match = _joined(of_class[:, 0], typed[:, 0])
        pairs = of_class[at, 1].astype(np.int64), self._codes(typed[match, 1])
        for each, led, number in self._grouped_pairs(*pairs, of_class[at, 2].astype(np.int64)):
            self._along(each).classes[led] = self._along(each).classes.get(led, 0) + number

    def _codes(self, column: Numbers) -> Indices:
        """Return which of the IRIs each number is; any of them for what is none."""
        import numpy as np

        return self._order[np.minimum(np.searchsorted(self._numbers, column), len(self._numbers) - 1)].astype(np.int64)

    def _along(self, key: int) -> Along:
        """Return the counts that ``key`` stands for."""
        of_class, along = divmod(key, len(self._iris))
        counts = self.counts.classes.setdefault(self._iris[of_class - 1], {}) if of_class else self.counts.properties
        return counts.setdefault(self._iris[along], Along())

    def _grouped_pairs(self, keys: Indices, iris: Indices, numbers: Indices | None = None) -> Iterator[tuple[int, str, int]]:
        """Yield every pair of a key and an IRI, with how often it is there, or the sum of its ``numbers``."""
        for pair, number in _grouped(keys * len(self._iris) + iris, numbers):
            key, iri = divmod(pair, len(self._iris))
            yield key, self._iris[iri], number


def _with(column: Numbers, keys: Indices) -> Numbers:
    import numpy as np

    return np.column_stack([column, keys.astype(np.uint64)])


def _sorted(rows: Numbers) -> Numbers:
    """Return ``rows`` in the order of their first column."""
    import numpy as np

    return rows[np.argsort(rows[:, 0])]


def _distinct(rows: Numbers) -> tuple[Indices, Indices]:
    """Return a place of each different row, and how often it is there; the first column has to be a term."""
    import numpy as np

    factors = np.array(_FACTORS[: rows.shape[1]], np.uint64)
    mixed = (rows * factors).sum(axis=1, dtype=np.uint64)
    order = np.argsort(mixed)
    mixed = mixed[order]
    starts = np.flatnonzero(np.concatenate([mixed[:1] == mixed[:1], mixed[1:] != mixed[:-1]]))
    return order[starts], np.diff(starts, append=len(mixed))


def _joined(column: Numbers, table: Numbers) -> tuple[Indices, Indices]:
    """Return every pair of places in ``column`` and in the sorted ``table`` that hold the same."""
    import numpy as np

    begin, end = np.searchsorted(table, column), np.searchsorted(table, column, "right")
    times = end - begin
    at = np.repeat(np.arange(len(column)), times)
    within = np.arange(len(at)) - np.repeat(np.cumsum(times) - times, times)
    return at, begin[at] + within


def _grouped(keys: Indices, numbers: Indices | None = None) -> Iterator[tuple[int, int]]:
    """Yield every different key, with how often it is there, or the sum of its ``numbers``."""
    import numpy as np

    different, inverse = np.unique(keys, return_inverse=True)
    sums = np.bincount(inverse, numbers, len(different)).astype(np.int64)  # sums of floats are exact below 2**53
    yield from zip(different.tolist(), sums.tolist(), strict=True)
