"""Doubts: a value that was read alone, though two numbers stand behind it like bounds, which do not hold it or are another value's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from .readings import ESTIMATES, LeftOut, Placed, TextReading

#: Two numbers with decimals that are joined, as bounds are; without decimals they may be notes, years or ages.
_PAIR: Final = re.compile(r"(?<![\d.,·])[-−]?\d*[.·]\d+\s*[+%]?\s*(?:to|[-–—−])\s*[-−]?(?:\d*[.·]\d+|NR|NE|not reached)", re.IGNORECASE)
#: How far behind a value they are looked for, in characters.
_FARTHEST: Final = 60


def note_doubts(text: str, readings: Sequence[TextReading], left_out: Sequence[LeftOut], end: int) -> tuple[TextReading, ...]:
    """Return ``readings`` of one sentence or row, which ends at ``end``: each lone value before what may be bounds with a doubt."""
    noted = list(readings)
    for place, reading in enumerate(readings):
        value = reading.of_role(*ESTIMATES)
        if value is None or reading.has_bounds:
            continue
        last = min([end, *(main.start for each in readings if (main := each.of_role(*ESTIMATES)) and main.start > value.start)])
        printed = next(_pairs_behind(text, value, left_out, last), None)
        if printed is not None and not any(printed[0] < figure.end and figure.start < printed[1] for figure in reading.figures):
            words = " ".join(text[slice(*printed)].split())
            doubt = f"{words} stands behind it like bounds, which do not hold it or are those of another value"
            noted[place] = replace(reading, doubt=doubt)
    return tuple(noted)


def _pairs_behind(text: str, value: Placed, left_out: Sequence[LeftOut], last: int) -> Iterator[tuple[int, int]]:
    """Yield first and last character of what looks like bounds between ``value`` and ``last``."""
    yield from ((each.start, each.end) for each in left_out if each.is_bounds and value.end <= each.start < last)
    match = _PAIR.search(text, value.end, min(last, value.end + _FARTHEST))
    if match is not None:
        yield match.span()
