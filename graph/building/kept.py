"""Kept parts: what validated sources became, by the content that it was made from; what is unchanged is read instead of made again.

A part is kept under a key of everything that it depends on, in a database of SQLite (one file for any number of parts). Each entry begins
with the SHA-256 of all that follows: one that was changed is as good as none, and so is a database that is no longer readable. Nothing is
kept before the inputs that it was made from are known to have stayed as they were.

::

    mabgraph-dataset/kept/parts.sqlite
      part (key, entry)           SHA-256; a line of JSON (key, graphs, lengths); the columns of :class:`.part.Part`, compressed
      version (name, entry)       SHA-256; as JSON, the keys of the parts that the version consists of, and the blocks of its dump
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from ..store.following import Block
from ..store.versions import KEPT, VERSIONS
from . import entries
from .entries import VersionNote
from .part import Part

#: The form of the entries; another form, another key.
FORM: Final = 4
#: The file of the database, and what SQLite may leave beside it.
DATABASE: Final = "parts.sqlite"
_BESIDE: Final = f"{DATABASE}-journal"
#: Nothing waits for the disk: what a loss of power leaves is whole, or is seen not to be. The file shrinks when parts go.
_SETTINGS: Final = "PRAGMA auto_vacuum = FULL; PRAGMA synchronous = OFF; PRAGMA cell_size_check = ON"
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS part (key TEXT PRIMARY KEY, entry BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS version (name TEXT PRIMARY KEY, entry BLOB NOT NULL);
"""
#: The columns of both tables.
_COLUMNS: Final = ["key", "entry", "name", "entry"]

_log = logging.getLogger(__name__)


def key(**content: str | Mapping[str, str]) -> str:
    """Return the key of what was made from ``content``: names and digests of everything that it depends on.

    >>> key(record="a", reader="1") == key(reader="1", record="a"), key(record="a", reader="1") == key(record="a", reader="2")
    (True, False)
    """
    return hashlib.sha256(json.dumps({"form": FORM, **content}, sort_keys=True).encode()).hexdigest()


class Kept:
    """The kept parts of one directory. Whoever writes here has the lock of the directory."""

    def __init__(self, directory: Path) -> None:
        """Keep parts beside the versions of the dataset in ``directory``."""
        self._folder, self._versions = directory / KEPT, directory / VERSIONS
        self._is_usable, self._is_damaged = True, False
        self.used: list[str] = []
        self._needed = set[str]()

    def __enter__(self) -> Self:
        """Open the database, and begin anew where it is none."""
        path = self._folder / DATABASE
        try:
            self._folder.mkdir(exist_ok=True)
            self._database = _open_database(path)
        except (OSError, sqlite3.Error) as error:
            _log.warning("%s: cannot be used: %s: every source is read, and nothing is kept", path, error)
            self._database, self._is_usable = _connect(":memory:"), False
        return self

    def __exit__(self, kind: type[BaseException] | None, *raised: object) -> None:
        """Forget what was not committed, remove parts that are no longer needed, and close the database.

        A build that was interrupted did not ask for all that it needs: nothing is removed.
        """
        try:
            self._database.rollback()
            if kind is None or issubclass(kind, Exception):
                self._prune()
        except (OSError, sqlite3.Error) as error:
            self._is_damaged |= _is_damage(error)
            _log.warning("%s: parts of the dataset cannot be removed: %s", self._folder, error)
        finally:
            self._database.close()
        if self._is_damaged:
            with suppress(OSError):
                _remove(self._folder / DATABASE)

    def part(self, name: str) -> Part | None:
        """Return the part kept under the key ``name``, or nothing where there is none that is whole."""
        self.used.append(name)
        try:
            rows = self._database.execute("SELECT entry FROM part WHERE key = ?", [name]).fetchall()
            return entries.read(name, rows[0][0]) if rows else None
        except (sqlite3.Error, ValueError) as error:
            self._is_damaged |= _is_damage(error)
            _log.warning("%s: the part %s was changed: its source is read again", self._folder / DATABASE, name)
            return None

    def keep(self, name: str, new: Part) -> None:
        """Write ``new`` to be kept under the key ``name``, once :meth:`commit` is called; where that cannot be done, it is not kept."""
        self.keep_entry(name, entries.serialise(name, new))

    def keep_entry(self, name: str, entry: bytes) -> None:
        """Write an ``entry``, as :func:`.entries.serialise` gives it, to be kept under the key ``name``, as :meth:`keep` does."""
        if not self.used or self.used[-1] != name:
            self.used.append(name)
        self._write("part", name, entry)

    def find_keys(self, names: Sequence[str]) -> list[bool]:
        """Return for each of the keys ``names``, which are needed, whether a part is kept under it, whole or not."""
        self._needed.update(names)
        try:
            find = "SELECT 1 FROM part WHERE key = ?"
            return [self._database.execute(find, [name]).fetchone() is not None for name in names]
        except sqlite3.Error as error:
            self._is_damaged |= _is_damage(error)
            return [False] * len(names)

    def commit(self) -> None:
        """Keep everything that waits for it."""
        try:
            self._database.commit()
        except sqlite3.Error as error:
            _log.warning("%s: parts of the dataset cannot be kept: %s", self._folder, error)

    def note(self, version: str, blocks: Iterable[Block]) -> None:
        """Note that ``version`` consists of all parts that were asked for, and its dump of these ``blocks``."""
        noted = VersionNote(parts=tuple(self.used), blocks=tuple((block.digest, block.bytes) for block in blocks))
        self._write("version", version, entries.add_digest(noted.model_dump_json().encode()))
        self.commit()

    def blocks(self, version: str) -> list[Block]:
        """Return the blocks that the dump of ``version`` consists of; none where that was not noted, or the note was changed."""
        return [Block(*each) for each in self._read_note(version).blocks]

    def _prune(self) -> None:
        """Remove parts that no version of the dataset consists of and this build did not ask for, and notes of versions that are gone."""
        versions = {path.name.partition(".")[0] for path in self._versions.iterdir()}
        noted = {name for (name,) in self._database.execute("SELECT name FROM version")}
        needed = self._needed.union(self.used, *(self._read_note(name).parts for name in noted & versions))
        kept = {name for (name,) in self._database.execute("SELECT key FROM part")}
        self._database.executemany("DELETE FROM part WHERE key = ?", [[name] for name in kept - needed])
        self._database.executemany("DELETE FROM version WHERE name = ?", [[name] for name in noted - versions])
        self._database.commit()
        for path in (*self._folder.glob("*.part"), *self._folder.glob("*.list"), *self._folder.glob(".keeping-*")):
            path.unlink()  # of versions of this software that kept a file for each part

    def _read_note(self, version: str) -> VersionNote:
        """Return what was noted of a version; nothing where there is no note, or it was changed."""
        try:
            [[entry]] = self._database.execute("SELECT entry FROM version WHERE name = ?", [version])
            return VersionNote.model_validate_json(entries.check_digest(entry))
        except (sqlite3.Error, ValueError):
            return VersionNote()

    def _write(self, table: str, name: str, entry: bytes) -> None:
        if not self._is_usable:
            return
        try:
            self._database.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", [name, entry])  # noqa: S608 - a name of ours
        except sqlite3.Error as error:
            self._is_damaged |= _is_damage(error)
            _log.warning("%s: a part of the dataset cannot be kept: %s", self._folder, error)


def _open_database(path: Path) -> sqlite3.Connection:
    """Return the database at ``path``, a new one where there is none, or none that can be read.

    :raises OSError: when what is there cannot be removed.
    :raises sqlite3.Error: when none can be begun.
    """
    if path.is_symlink() or path.is_dir():
        _remove(path)
    try:
        return _connect(path)
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise
        _log.warning("%s: was changed: every source is read again (%s)", path, error)
        _remove(path)
        return _connect(path)


def _is_damage(error: Exception) -> bool:
    """Whether ``error`` says that the database itself is damaged, rather than that it is locked, or the disk is full."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)


def _remove(path: Path) -> None:
    """Remove what is in the place of the database.

    :raises OSError: when it cannot be removed.
    """
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    for each in (path, path.with_name(_BESIDE)):
        each.unlink(missing_ok=True)


def _connect(path: Path | str) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    try:
        database.executescript(_SETTINGS)
        database.executescript(_TABLES)
        columns = [name for table in ("part", "version") for _, name, *_ in database.execute(f"PRAGMA table_info({table})")]
        if columns != _COLUMNS:
            raise sqlite3.DatabaseError(f"its tables have the columns {', '.join(columns)}")
    except sqlite3.Error:
        database.close()
        raise
    return database
