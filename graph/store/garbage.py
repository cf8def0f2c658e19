"""Garbage: Python's collector of reference cycles waits while much is read that has none, such as the statements of a record.

It looks at every object again and again as their number grows, which is a quarter of the time that reading takes. What is read is freed all
the same, when nothing refers to it any more.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pause_collection() -> Iterator[None]:
    """Keep the collector waiting until the block, or the function that this decorates, ends."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
