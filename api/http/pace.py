"""How long kinds of work took lately: what is short enough for the event loop, which it blocks."""

from __future__ import annotations

from typing import Final

from cachetools import LRUCache

#: Longest time of work on the event loop (seconds of processor time).
SHORT: Final = 0.01
#: Measurements needed before work runs on the event loop.
MEASUREMENTS: Final = 3
#: Decay factor of the running maximum: a tenth remains after 22 shorter times.
DECAY: Final = 0.9
#: Kinds of work whose times are remembered.
KINDS: Final = 1000


class Pace:
    """Measured processor time of each kind of work; decides whether it may block the event loop."""

    def __init__(self) -> None:
        self._taken: LRUCache[object, tuple[int, float]] = LRUCache(KINDS)

    def is_short(self, kind: object) -> bool:
        """Whether ``kind`` was measured often enough, and was fast recently."""
        often, longest = self._taken.get(kind, (0, 0.0))
        return often >= MEASUREMENTS and longest <= SHORT

    def note(self, kind: object, seconds: float) -> None:
        """Record that ``kind`` took ``seconds``."""
        often, longest = self._taken.get(kind, (0, 0.0))
        self._taken[kind] = (often + 1, max(longest * DECAY, seconds))
