"""Counts: how many statements, things and values a dataset has, by class and property, worked out from statements as numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from .statements import TYPE, number_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from .statements import Numbers
    from .tally import RowSpool

    Indices = npt.NDArray[np.int64]
    _Number = TypeVar("_Number", np.int64, np.uint64)

#: So many keys are counted without being sorted.
FEW: Final = 1 << 22
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


class Counting:
    """One count. What is counted together has one key: a property, with the set of classes that its subject has."""

    def __init__(self, iris: list[str], wanted: Collection[str]) -> None:
        """Begin with nothing; ``iris`` are those of all properties, classes and datatypes, ``wanted`` those that are looked for."""
        import numpy as np

        self.counts, self._iris, self._type = Counts(), iris, iris.index(TYPE)
        self._numbers_of_iris = np.array([number_of(iri) for iri in iris], np.uint64)
        self._order = np.argsort(self._numbers_of_iris)
        self._numbers = self._numbers_of_iris[self._order]
        self._wanted = {number_of(iri): iri for iri in wanted}
        self._sets, self._classes = {0: 0}, [list[str]()]

    def count_subjects(self, rows: Numbers, values: RowSpool, types: RowSpool) -> None:
        """Count what goes by subjects: ``rows`` are all about some of them. What goes by values is spooled."""
        import numpy as np

        wanted = np.array(list(self._wanted), np.uint64)
        self.counts.present |= {self._wanted[int(each)] for each in wanted[np.isin(wanted, rows[:, :3])]}
        rows = rows[_unique_rows(rows[:, :3])[0]]
        subjects, of = np.unique(rows[:, 0], return_inverse=True)
        along = self._codes(rows[:, 1])
        is_type = along == self._type
        sets = self._sets_of(of[is_type], self._codes(rows[is_type, 2]), len(subjects))
        types.add(_append_column(subjects[sets > 0], sets[sets > 0]))
        self.counts.subjects += len(subjects)
        self.counts.entities += int(np.count_nonzero(sets))
        keys = sets[of] * len(self._iris) + along
        for each, number in _group(keys):
            for counts in self._counts_along(each):
                counts.triples += number
        pairs = _unique_numbers(of * len(self._iris) + along)
        for each, number in _group(sets[pairs // len(self._iris)] * len(self._iris) + pairs % len(self._iris)):
            for counts in self._counts_along(each):
                counts.subjects += number
        literal = rows[:, 3] != 0
        for each, datatype, number in self._grouped_pairs(keys[literal], self._codes(rows[literal, 3])):
            for counts in self._counts_along(each)[1:]:
                counts.datatypes[datatype] = counts.datatypes.get(datatype, 0) + number
        led = _append_column(rows[:, 2], keys)
        first, numbers = _unique_rows(led)
        values.add(np.column_stack([led[first], numbers.astype(np.uint64)]))

    def _sets_of(self, things: Indices, classes: Indices, size: int) -> Indices:
        """Return the number of the set of classes of each of ``size`` things, 0 where it has none."""
        import numpy as np

        marks = np.zeros(size, np.uint64)
        np.add.at(marks, things, self._numbers_of_iris[classes])
        different, first, inverse = np.unique(marks, return_index=True, return_inverse=True)
        numbers = [self._sets.setdefault(int(mark), len(self._sets)) for mark in different]
        for number, place in zip(numbers, first.tolist(), strict=True):
            if number == len(self._classes):
                self._classes.append([self._iris[each] for each in classes[things == place].tolist()])
        return np.array(numbers, np.int64)[inverse]

    def count_values(self, rows: Numbers, things: Numbers) -> None:
        """Count what goes by values: ``rows`` (value, key, statements) and ``things`` (thing, set of classes) are all of some values."""
        import numpy as np

        self.counts.values += len(_unique_numbers(rows[:, 0]))
        different = rows[_unique_rows(rows[:, :2])[0]]
        keys, of, numbers = np.unique(different[:, 1].astype(np.int64), return_inverse=True, return_counts=True)
        shared = defaultdict[int, list[int]](list)
        alongs = dict[int, Along]()
        for place, key in enumerate(keys.tolist()):
            for along in self._counts_along(key):
                shared[id(along)].append(place)
                alongs[id(along)] = along
        for each, places in shared.items():
            if len(places) == 1:
                alongs[each].values += int(numbers[places[0]])
            else:
                alongs[each].values += len(_unique_numbers(different[np.isin(np.arange(len(keys)), places)[of], 0]))
        things = things[np.argsort(things[:, 0])]
        if len(things):
            at = np.minimum(np.searchsorted(things[:, 0], rows[:, 0]), len(things) - 1)
            typed = things[at, 0] == rows[:, 0]
            pairs = rows[typed, 1].astype(np.int64) * len(self._classes) + things[at[typed], 1].astype(np.int64)
            for pair, number in _group(pairs, rows[typed, 2].astype(np.int64)):
                key, classes = divmod(pair, len(self._classes))
                for along in self._counts_along(key)[1:]:
                    for led in self._classes[classes]:
                        along.classes[led] = along.classes.get(led, 0) + number

    def _codes(self, column: Numbers) -> Indices:
        """Return which of the IRIs each number is; any of them for what is none."""
        import numpy as np

        return self._order[np.minimum(np.searchsorted(self._numbers, column), len(self._numbers) - 1)].astype(np.int64)

    def _counts_along(self, key: int) -> list[Along]:
        """Return the counts that what has ``key`` belongs to: those of the property, and the same for each class of the subject."""
        classes, along = divmod(key, len(self._iris))
        holders = [self.counts.properties, *(self.counts.classes.setdefault(each, {}) for each in self._classes[classes])]
        return [holder.setdefault(self._iris[along], Along()) for holder in holders]

    def _grouped_pairs(self, keys: Indices, iris: Indices) -> Iterator[tuple[int, str, int]]:
        """Yield every pair of a key and an IRI, with how often it is there."""
        for pair, number in _group(keys * len(self._iris) + iris):
            key, iri = divmod(pair, len(self._iris))
            yield key, self._iris[iri], number


def _append_column(column: Numbers, keys: Indices) -> Numbers:
    import numpy as np

    return np.column_stack([column, keys.astype(np.uint64)])


def _unique_numbers(column: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Return every different number, sorted; NumPy's own looks for them by hashes, which takes several times as long."""
    import numpy as np

    ordered = np.sort(column)
    return np.compress(np.concatenate([ordered[:1] == ordered[:1], ordered[1:] != ordered[:-1]]), ordered)


def _unique_rows(rows: Numbers) -> tuple[Indices, Indices]:
    """Return a place of each different row, and how often it is there; the first column has to be a term."""
    import numpy as np

    factors = np.array(_FACTORS[: rows.shape[1]], np.uint64)
    mixed = (rows * factors).sum(axis=1, dtype=np.uint64)
    order = np.argsort(mixed)
    mixed = mixed[order]
    starts = np.flatnonzero(np.concatenate([mixed[:1] == mixed[:1], mixed[1:] != mixed[:-1]]))
    return order[starts], np.diff(starts, append=len(mixed))


def _group(keys: Indices, numbers: Indices | None = None) -> Iterator[tuple[int, int]]:
    """Yield every different key, with how often it is there, or the sum of its ``numbers``."""
    import numpy as np

    if not len(keys):
        return
    different, inverse = (None, keys) if keys.max() < FEW else np.unique(keys, return_inverse=True)
    sums = np.bincount(inverse, numbers).astype(np.int64)  # sums of floats are exact below 2**53
    present = np.flatnonzero(sums)
    yield from zip((present if different is None else different[present]).tolist(), sums[present].tolist(), strict=True)
