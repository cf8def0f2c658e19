"""Spans: the characters of the values of a registry record by their pointers, for figures that the graph has by pointer alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from mabgraph.ingest.registry.offsets import Offsets
from mabgraph.ingest.registry.writer import RESULTS

from .results import PrintedNumber


@lru_cache(maxsize=4)
def spans_of(text: str) -> Mapping[str, tuple[int, int]]:
    """Return first character and end of each value in the results of the record ``text``, by pointer; of the texts asked for last kept."""
    return Offsets(text).below(RESULTS)


def locate(number: PrintedNumber, text: str) -> PrintedNumber:
    """Return a number with its characters in ``text``, where the graph has it by pointer alone."""
    if number.start >= 0 or number.pointer not in (spans := spans_of(text)):
        return number
    start, end = spans[number.pointer]
    return number.at(start, end, text[start:end])
