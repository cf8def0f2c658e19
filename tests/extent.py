"""How much of a long list a test tries: a stated part by a fixed rule, or, where ``WHOLE_SUITE`` is set, all of it.

``make test`` and ``make test-slow`` try the part, ``make test-whole`` (which ``.ci/run`` calls) all. A module that takes a part is marked
``sampled``. A test that takes long, beside another that shows most of it in less time, is marked ``whole``: only ``make test-whole`` runs it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final, TypeVar

Item = TypeVar("Item")

#: Whether everything is tried.
WHOLE: Final = bool(os.environ.get("WHOLE_SUITE"))


def is_tried(place: int, every: int, *, whole: bool = WHOLE) -> bool:
    """Whether the item at ``place`` is among those that are tried: one of ``every`` that follow each other.

    >>> [place for place in range(7) if is_tried(place, 3, whole=False)], is_tried(1, 3, whole=True)
    ([0, 3, 6], True)
    """
    return whole or place % every == 0


def part_of(items: Sequence[Item], every: int, begin: int = 0, *, whole: bool = WHOLE) -> list[Item]:
    """Return the items that are tried: one of ``every``, counted from ``begin``, so that neighbours can take other ones.

    >>> part_of("abcdefg", 3, whole=False), part_of("abcdefg", 3, 1, whole=False), len(part_of("abcdefg", 3, whole=True))
    (['a', 'd', 'g'], ['c', 'f'], 7)
    """
    return [item for place, item in enumerate(items) if is_tried(place + begin, every, whole=whole)]


def number_of(most: int, least: int, *, whole: bool = WHOLE) -> int:
    """Return how many are tried of what is drawn by chance: all that there are to be, or the stated number."""
    return most if whole else least
