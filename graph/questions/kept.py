"""What was read of an immutable dataset, kept in memory within a bound of bytes: the least recently used goes first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

from cachetools import LRUCache

T = TypeVar("T")

#: Bytes that one process keeps of a dataset, about.
MOST: Final = 64 << 20
#: Bytes of an entry beside what it holds, about.
ENTRY: Final = 200


class KeptAnswers:
    """Entries by key. Nobody may change what is kept; threads share it."""

    def __init__(self, most: int = MOST) -> None:
        """Take ``most`` bytes at most."""
        self._entries: LRUCache[Hashable, tuple[Any, int]] = LRUCache(most, getsizeof=lambda entry: entry[1])
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._entries)

    @property
    def size(self) -> int:
        """The bytes of all entries, about."""
        return int(self._entries.currsize)

    def get(self, key: Hashable) -> Any:
        """Return the entry of ``key``, None if there is none."""
        with self._lock:
            entry = self._entries.get(key)
        return None if entry is None else entry[0]

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Keep ``value``, which takes ``size`` bytes; one that is larger than a tenth of all is not kept."""
        size += ENTRY
        if size <= self._entries.maxsize // 10:
            with self._lock:
                self._entries[key] = (value, size)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    def once(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """Return the entry of ``key``; where there is none, what ``make`` returns, which is kept."""
        kept: T | None = self.get(key)
        if kept is None:
            kept = make()
            self.put(key, kept, size(kept))
        return kept
