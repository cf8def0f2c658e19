"""Part-of relations of a record: a group, regimen or sum must not be part of itself, over any number of steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from .errors import RecordError
from .recordfile import Path_, RecordFile

if TYPE_CHECKING:
    from .record import Record

#: The lists of a record whose items refer to a larger one, and the key of the reference.
_PARTS: Final = (("groups", "parent"), ("regimens", "option_of"))


def check(record: Record, file: RecordFile) -> None:
    """Refuse a record in which something is part of itself, directly or indirectly, or a study shares patients with itself.

    :raises RecordError: with file, line and every step of the cycle.
    """
    for name, key in _PARTS:
        above = {part.id: getattr(part, key) for part in getattr(record, name)}
        places: dict[str, Path_] = {part.id: (name, index, key) for index, part in enumerate(getattr(record, name))}
        if cycle := find_cycle({part: (larger,) for part, larger in above.items() if larger is not None}):
            raise _cycle_error(file, places[cycle[0]], key, cycle)
    wholes = {total.whole: total.parts for total in record.sums if total.whole is not None}
    if cycle := find_cycle(wholes):
        index = next(index for index, total in enumerate(record.sums) if total.whole == cycle[0])
        raise _cycle_error(file, ("sums", index, "whole"), "whole", cycle)
    for index, study in enumerate(record.studies):
        if study.id in study.shares_patients_with:
            place = ("studies", index, "shares_patients_with")
            raise RecordError(f"{file.where(place)}: {study.id} shares patients with itself: name the other study")


def find_cycle(links: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the first cycle of ``links``, with its first name repeated at the end; empty if there is none.

    >>> find_cycle({"a": ("b",), "b": ("c", "d"), "d": ("a",)}), find_cycle({"a": ("b",)})
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
            step = _next_step(path, done)
    return ()


def _next_step(path: dict[str, Iterator[str]], done: set[str]) -> str | None:
    """Return the next name of a depth-first search, after backtracking from exhausted nodes; None at the end."""
    while path:
        last = next(reversed(path))
        for name in path[last]:
            return name
        del path[last]
        done.add(last)
    return None


def _cycle_error(file: RecordFile, place: Path_, key: str, cycle: tuple[str, ...]) -> RecordError:
    return RecordError(f"{file.where(place)}: part of itself by {key}: {' > '.join(cycle)}: name what it is really part of, or remove it")
