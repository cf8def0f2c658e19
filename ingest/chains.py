"""Chains of a record: what is part of what. A group, a regimen or a sum that comes round to itself is part of nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from .errors import RecordError
from .recordfile import Path_, RecordFile

if TYPE_CHECKING:
    from .record import Record

#: The lists of a record whose parts name a larger one, and the key they name it by.
_PARTS: Final = (("groups", "parent"), ("regimens", "option_of"))


def check(record: Record, file: RecordFile) -> None:
    """Refuse a record in which something is part of itself, over however many steps, or a study shares patients with itself.

    :raises RecordError: naming file, line and every step of the cycle.
    """
    for name, key in _PARTS:
        above = {part.id: getattr(part, key) for part in getattr(record, name)}
        places: dict[str, Path_] = {part.id: (name, index, key) for index, part in enumerate(getattr(record, name))}
        if cycle := cyclic({part: (larger,) for part, larger in above.items() if larger is not None}):
            raise _refused(file, places[cycle[0]], key, cycle)
    wholes = {total.whole: total.parts for total in record.sums if total.whole is not None}
    if cycle := cyclic(wholes):
        index = next(index for index, total in enumerate(record.sums) if total.whole == cycle[0])
        raise _refused(file, ("sums", index, "whole"), "whole", cycle)
    for index, study in enumerate(record.studies):
        if study.id in study.shares_patients_with:
            place = ("studies", index, "shares_patients_with")
            raise RecordError(f"{file.where(place)}: {study.id} shares patients with itself: name the other study")


def cyclic(links: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the first chain of ``links`` that comes back to where it began, its first name again at the end; empty without any.

    >>> cyclic({"a": ("b",), "b": ("c", "d"), "d": ("a",)}), cyclic({"a": ("b",)})
    (('a', 'b', 'd', 'a'), ())
    """
    done: set[str] = set()
    for start in links:
        path: dict[str, Iterator[str]] = {}
        step: str | None = start
        while step is not None:
            if step in path:
                steps = list(path)
                return (*steps[steps.index(step) :], step)
            if step not in done:
                path[step] = iter(links.get(step, ()))
            step = _onward(path, done)
    return ()


def _onward(path: dict[str, Iterator[str]], done: set[str]) -> str | None:
    """Return the next name to look at from the end of ``path``, going back where an end has no more; none when all are seen."""
    while path:
        last = next(reversed(path))
        for name in path[last]:
            return name
        del path[last]
        done.add(last)
    return None


def _refused(file: RecordFile, place: Path_, key: str, cycle: tuple[str, ...]) -> RecordError:
    return RecordError(f"{file.where(place)}: part of itself by {key}: {' > '.join(cycle)}: name what it is truly part of, or take it out")
