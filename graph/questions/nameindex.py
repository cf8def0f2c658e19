"""The index of names, asked: a database of SQLite that :mod:`.indexing` wrote, so that no list of all names is in memory."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, Self

from mabgraph.ingest.errors import BuildError

from ..store.digests import REMEDY
from . import indexing

#: The letters of a gram.
GRAM: Final = 3
#: What so many keys name that were asked for lately is kept, of keys of at most so many letters.
RECENT: Final = 1_000
_LONGEST: Final = 100
#: So many names at most share one of the grams that are looked for, the rarest of a word.
SHARING: Final = 3_000
#: A key of at most so many letters is short.
SHORT: Final = 8

_THINGS: Final = "SELECT kind, iri FROM key JOIN thing ON thing.id = thing WHERE key = ? ORDER BY kind, iri"
_STEM: Final = "SELECT iri FROM stem JOIN thing ON thing.id = thing WHERE stem = ? ORDER BY iri"
_FOLLOWING: Final = (
    "SELECT DISTINCT substr(key, ?) FROM key JOIN thing ON thing.id = thing WHERE key >= ? AND key < ? AND length(key) = ? AND kind = ?"
)
_GRAMS: Final = "SELECT name.kind, name.key, name.shown FROM grams JOIN name ON name.id = grams.rowid WHERE grams MATCH ?"
_SHARING: Final = f"{_GRAMS} AND grams.rowid >= ? AND grams.rowid < ? ORDER BY grams.rowid LIMIT ?"
_RANGE: Final = "SELECT kind, key, shown FROM name WHERE kind IN large AND key >= ? AND key < ? LIMIT ?"
#: The last character of Unicode.
_LAST: Final = chr(0x10FFFF)
_BEGINNING: Final = (
    "SELECT kind, key, shown FROM name WHERE substr(key, 1, 2) = ? AND id >= ? AND id < ? AND kind IN large ORDER BY id LIMIT ?"
)

#: A name: the kind of what has it, folded, and as it is written.
Written = tuple[str, str, str]


class NamedThings:
    """The names of a dataset, in a file or in memory."""

    def __init__(self, database: sqlite3.Connection, place: str = "the index of names") -> None:
        """Ask ``database``; ``place`` names it in errors."""
        self._database, self._place, self._lock = database, place, threading.Lock()
        weakref.finalize(self, database.close)
        self._recent: dict[str, Mapping[str, tuple[str, ...]]] = {}
        self._listed: dict[str, Mapping[str, str]] = {}

    @classmethod
    def of(cls, named: Iterable[tuple[str, str, str]], broader: Iterable[tuple[str, str]]) -> Self:
        """Return an index in memory, as :func:`.indexing.write` writes one to a file."""
        database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        indexing.fill(database, named, broader)
        return cls(database)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return the index in the file at ``path``, which stays as it is.

        :raises BuildError: when it cannot be opened.
        """
        try:
            database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
            database.execute(f"PRAGMA mmap_size = {path.stat().st_size}")
        except (OSError, sqlite3.Error) as error:
            raise BuildError(f"{path}: the names cannot be opened: {error}: {REMEDY}") from None
        return cls(database, str(path))

    def things(self, key: str) -> Mapping[str, tuple[str, ...]]:
        """Return the IRIs of what is called ``key``, by kind."""
        known = self._recent.get(key)
        if known is not None:
            return known
        several: dict[str, tuple[str, ...]] = {}
        for kind, iri in self._rows(_THINGS, key):
            several[kind] = (*several.get(kind, ()), iri)
        if len(key) <= _LONGEST:
            if len(self._recent) >= RECENT:
                self._recent.clear()
            self._recent[key] = several
        return several

    def written_form(self, kind: str, key: str) -> str | None:
        """Return how the name ``key`` of the ``kind`` is written."""
        rows = self._rows("SELECT shown FROM name WHERE kind = ? AND key = ?", kind, key)
        return str(rows[0][0]) if rows else None

    def of_stem(self, stem: str) -> tuple[str, ...]:
        """Return the IRIs of the drugs of whose names ``stem`` is the first word."""
        return tuple(iri for (iri,) in self._rows(_STEM, stem))

    def iris(self, kind: str, most: int = -1) -> list[str]:
        """Return the IRIs of what is of the ``kind``, sorted; ``most`` of them at most."""
        return [iri for (iri,) in self._rows("SELECT iri FROM thing WHERE kind = ? ORDER BY iri LIMIT ?", kind, most)]

    def following(self, kind: str, key: str, letters: int, begin: str) -> list[str]:
        """Return what is behind ``key`` in names of the ``kind`` where that is so many ``letters``, the first of them ``begin``."""
        first = key + begin
        last = first[:-1] + chr(ord(first[-1]) + 1)
        return [rest for (rest,) in self._rows(_FOLLOWING, len(key) + 1, first, last, len(key) + letters, kind)]

    @cached_property
    def below(self) -> Mapping[str, frozenset[str]]:
        """What is narrower than what, by the broader: the ontology says it, and does not grow with the studies."""
        several: dict[str, set[str]] = {}
        for broad, narrow in self._rows("SELECT broader, narrower FROM below"):
            several.setdefault(broad, set()).add(narrow)
        return {broad: frozenset(narrow) for broad, narrow in several.items()}

    @cached_property
    def large(self) -> frozenset[str]:
        """The kinds with many names."""
        return frozenset(kind for (kind,) in self._rows("SELECT kind FROM large"))

    def list_names(self, kind: str) -> Mapping[str, str]:
        """Return all names of a ``kind`` that is not large: as they are written, by folded name."""
        if kind not in self._listed:
            self._listed[kind] = dict(self._rows("SELECT key, shown FROM name WHERE kind = ? ORDER BY place", kind))
        return self._listed[kind]

    def dump(self) -> list[str]:
        """Return everything that the index holds, as SQL."""
        return list(self._database.iterdump())

    def containing(self, letters: str, most: int) -> list[Written]:
        """Return names of large kinds that begin with ``letters``, then, if these are three or more, that contain them: the shortest."""
        if not self.large or "\0" in letters:
            return []
        if len(letters) >= GRAM:
            text, phrase = f"{_GRAMS} ORDER BY grams.rowid LIMIT ?", _quote(letters)
            beginning = self._rows(_RANGE, letters, letters + _LAST, most)
            if len(beginning) == most:  # there are more: these are the first of the alphabet, and the shortest are wanted
                beginning = self._rows(text, f"^ {phrase}", most)
            return beginning + self._rows(text, phrase, most)
        begin = f"substr(key, 1, {len(letters)}) = ? AND" if letters else "'' = ? AND"
        return self._rows(f"SELECT kind, key, shown FROM name WHERE {begin} kind IN large ORDER BY id LIMIT ?", letters, most)  # noqa: S608

    def sharing(self, key: str, shortest: int = 0, longest: int | None = None) -> list[Written]:
        """Return names of large kinds that share a rare gram with ``key`` and have between ``shortest`` and ``longest`` letters.

        The grams of ``key`` that fewest names have are looked for, as long as :data:`SHARING` names have one of them. A mistake in a short
        key may leave none of its grams: names that begin with the same two letters come, too.
        """
        if not self.large or len(key) < GRAM:
            return []
        between = self._first_of(shortest), self._first_of(None if longest is None else longest + 1)
        grams = dict.fromkeys(key[place : place + GRAM] for place in range(len(key) - GRAM + 1))
        counted = self._rows(f"SELECT names, gram FROM gram WHERE gram IN ({', '.join('?' * len(grams))}) ORDER BY names, gram", *grams)  # noqa: S608
        sums = accumulate(number for number, _ in counted)
        chosen = [gram for (_, gram), total in zip(counted, sums, strict=True) if total <= SHARING] or [gram for _, gram in counted[:1]]
        sharing = self._rows(_SHARING, " OR ".join(map(_quote, chosen)), *between, SHARING) if chosen else []
        return sharing + (self._rows(_BEGINNING, key[:2], *between, SHARING) if len(key) <= SHORT else [])

    def _first_of(self, letters: int | None) -> int:
        """Return the number of the first name with so many letters or more."""
        lengths, firsts = self._lengths
        place = len(lengths) if letters is None else bisect_left(lengths, letters)
        return firsts[place] if place < len(firsts) else 1 << 62

    @cached_property
    def _lengths(self) -> tuple[list[int], list[int]]:
        rows = self._rows("SELECT letters, first FROM length ORDER BY letters")
        return [letters for letters, _ in rows], [first for _, first in rows]

    def _rows(self, text: str, *values: Any) -> list[Any]:
        """Return the rows of a query.

        :raises BuildError: when the file is no longer what was built.
        """
        try:
            with self._lock:
                return self._database.execute(text, values).fetchall()
        except UnicodeEncodeError:
            return []  # half a character: no name has one
        except sqlite3.Error as error:
            raise BuildError(f"{self._place}: the names cannot be read: {error}: {REMEDY}") from None


def _quote(letters: str) -> str:
    """Return ``letters`` as a phrase of FTS5."""
    doubled = letters.replace('"', '""')
    return f'"{doubled}"'
