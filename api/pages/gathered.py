"""Gathered places: those of the documents asked for last are kept, up to a bound of bytes; the least recently used are given up first."""

from __future__ import annotations

import threading
from typing import Final

from cachetools import LRUCache

from mabgraph.graph.questions.catalogue import Catalogue

from . import places
from .places import FindSpans, Places

#: Bytes of places that one process keeps, about; a document of a thousand figures takes 2.2 MB of it.
MOST: Final = 64 << 20
#: Bytes of one row that places hold (measured: 1,290 to 1,316), and of a document without any.
_ROW, _LEAST = 1_400, 4_000


def size(of: Places) -> int:
    """Return how many bytes of memory the places of a document take, about."""
    readings = sum(len(place.readings) for place in of.places)
    quoted = sum(len(quote.claims) for quote in of.quotes)
    return _LEAST + _ROW * (readings + quoted + sum(map(len, of.checks.values())) + sum(map(len, of.disagreements)))


_kept: Final[LRUCache[tuple[str, str], Places]] = LRUCache(MOST, getsizeof=size)
_lock: Final = threading.Lock()


def gather(catalogue: Catalogue, document: str, find_spans: FindSpans | None = None) -> Places:
    """Return the places of the document ``document`` (its id) in this state of the dataset, kept or gathered now."""
    key = (catalogue.state, document if find_spans is None else f"{document} by pointers")
    with _lock:
        kept = _kept.get(key)
    if kept is not None:
        return kept
    gathered = places.gather(catalogue, document, find_spans)
    with _lock:
        if size(gathered) <= _kept.maxsize:
            _kept[key] = gathered
    return gathered


def count() -> tuple[int, int]:
    """Return of how many documents places are kept, and their bytes, about."""
    with _lock:
        return len(_kept), int(_kept.currsize)
