"""The shelf: the registry records of a workspace, each file as it came, and an index of what is there, was before, and was refused.

::

    registry/
      index.sqlite                     record (number, digest, version, …), earlier (number, digest, version), alias, refused
      NCT0198xxxx/NCT01987596.json     the bytes of one study

A file is written beside its place and moved there, then it is noted: what is killed in between is done again, with the same outcome. A
record that is there with the same digest is no work.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from ..errors import MabgraphError
from . import judging, reading
from .files import RegistryUnit
from .names import fold

INDEX: Final = "index.sqlite"
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS record (
  number TEXT PRIMARY KEY, digest TEXT NOT NULL, version TEXT NOT NULL, bytes INTEGER NOT NULL, results INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS earlier (
  number TEXT NOT NULL, digest TEXT NOT NULL, version TEXT NOT NULL, PRIMARY KEY (number, digest)
);
CREATE TABLE IF NOT EXISTS alias (alias TEXT NOT NULL, number TEXT NOT NULL, PRIMARY KEY (alias, number));
CREATE TABLE IF NOT EXISTS refused (place TEXT PRIMARY KEY, fault TEXT NOT NULL);
"""


class AddingProgress(Protocol):
    """Is told how many records were read, and which is next."""

    def __call__(self, what: str, done: int) -> None:
        """Take the progress."""


@dataclass(slots=True)
class RegistryTally:
    """How many records came, and what became of them."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    older: int = 0
    passed: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """The number of all."""
        return self.added + self.replaced + self.unchanged + self.older + self.passed + len(self.refused)


@dataclass(frozen=True, slots=True)
class ShelvedRecord:
    """A record of the index."""

    number: str
    digest: str
    version: str
    bytes: int
    has_results: bool


class Shelf:
    """The registry records in one folder."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, which is made when the first record is added."""
        self.folder = folder

    def path(self, number: str) -> Path:
        """Return where the record with this number is."""
        return self.folder / f"{number[:7]}xxxx" / f"{number}.json"

    def paths(self) -> list[Path]:
        """Return all records, by number."""
        return sorted(self.folder.glob("NCT*xxxx/NCT*.json"), key=lambda path: path.name)

    def add(
        self, units: Iterable[RegistryUnit], conditions: Sequence[str] = (), jobs: int = 1, report: AddingProgress = lambda what, done: None
    ) -> RegistryTally:
        """Add the records of ``units``; with ``conditions``, only those one of whose conditions or keywords has one of these words in it.

        What is refused is noted, and the others go on. ``jobs`` processes read.

        :raises MabgraphError: when the folder cannot be written.
        """
        tally, done = RegistryTally(), 0
        wanted = tuple(fold(each).casefold() for each in conditions)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with closing(self._connect()) as index:
                for chunk, judged in judging.judge_all(judging.chunks_of(units), self._digests(index), wanted, jobs):
                    for unit, each in zip(chunk, judged, strict=True):
                        self._take(index, unit, each, tally)
                    index.commit()
                    done += len(chunk)
                    report(judged[-1].place.rpartition("/")[2], done)
        except (OSError, sqlite3.Error) as error:
            raise MabgraphError(f"{self.folder}: registry records cannot be kept there: {error}") from None
        return tally

    def _take(self, index: sqlite3.Connection, unit: RegistryUnit, judged: judging.Judged, tally: RegistryTally) -> None:
        """Keep the record of ``unit`` as it was judged, and note what became of it."""
        if judged.fault:
            tally.refused.append((judged.place, judged.fault))
            index.execute("INSERT OR REPLACE INTO refused VALUES (?, ?)", [judged.place, judged.fault])
            return
        index.execute("DELETE FROM refused WHERE place = ?", [judged.place])
        if not judged.is_chosen:
            tally.passed += 1
            return
        known = index.execute("SELECT digest, version FROM record WHERE number = ?", [judged.number]).fetchone()
        if known and known[0] == judged.digest and self.path(judged.number).exists():
            tally.unchanged += 1
            return
        if known and known[1] > judged.version:
            index.execute("INSERT OR REPLACE INTO earlier VALUES (?, ?, ?)", [judged.number, judged.digest, judged.version])
            tally.older += 1
            return
        if known and known[0] != judged.digest:
            index.execute("INSERT OR REPLACE INTO earlier VALUES (?, ?, ?)", [judged.number, *known])
        index.execute("DELETE FROM earlier WHERE number = ? AND digest = ?", [judged.number, judged.digest])
        self._write(judged.number, unit.content)
        row = [judged.number, judged.digest, judged.version, len(unit.content), int(judged.has_results)]
        index.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?)", row)
        index.execute("DELETE FROM alias WHERE number = ?", [judged.number])
        index.executemany("INSERT OR REPLACE INTO alias VALUES (?, ?)", [(alias, judged.number) for alias in judged.aliases])
        if known:
            tally.replaced += 1
        else:
            tally.added += 1

    def _write(self, number: str, content: bytes) -> None:
        path = self.path(number)
        path.parent.mkdir(exist_ok=True)
        beside = path.with_suffix(".part")
        beside.write_bytes(content)
        os.replace(beside, path)

    def _connect(self) -> sqlite3.Connection:
        index = sqlite3.connect(self.folder / INDEX)
        index.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _TABLES)
        return index

    def _connect_to_read(self) -> sqlite3.Connection:
        """Return a connection for a folder that cannot be written, where SQLite can make no files of its own beside the index."""
        path = self.folder / INDEX
        mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
        return sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True)

    def _digests(self, index: sqlite3.Connection) -> dict[str, str]:
        """Return the numbers of the records that are here whole, by digest."""
        return {digest: number for number, digest in index.execute("SELECT number, digest FROM record") if self.path(number).exists()}

    def records(self) -> list[ShelvedRecord]:
        """Return the records of the index, by number.

        :raises MabgraphError: when the index cannot be read.
        """
        rows = self._rows("SELECT number, digest, version, bytes, results FROM record ORDER BY number")
        return [ShelvedRecord(number, digest, version, size, bool(results)) for number, digest, version, size, results in rows]

    def earlier(self, number: str) -> list[tuple[str, str]]:
        """Return version and digest of what the record was before, the latest first."""
        return [(version, digest) for version, digest in self._rows(
            "SELECT version, digest FROM earlier WHERE number = ? ORDER BY version DESC, digest", number
        )]  # fmt: skip

    def aliases(self) -> dict[str, str]:
        """Return the numbers of records by other numbers of the same study; one that two records have is left out."""
        return dict(self._rows("SELECT alias, MIN(number) FROM alias GROUP BY alias HAVING COUNT(*) = 1 ORDER BY alias"))

    def list_refusals(self) -> list[tuple[str, str]]:
        """Return the places of what was refused and not read since, each with its fault."""
        return [(place, fault) for place, fault in self._rows("SELECT place, fault FROM refused ORDER BY place")]

    def count_earlier(self) -> int:
        """Return how many earlier versions are known."""
        return int(self._rows("SELECT COUNT(*) FROM earlier")[0][0]) if (self.folder / INDEX).exists() else 0

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        if not (self.folder / INDEX).exists():
            return []
        try:
            with closing(self._connect() if os.access(self.folder, os.W_OK) else self._connect_to_read()) as index:
                return index.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise MabgraphError(
                f"{self.folder / INDEX}: is no index of registry records: {error}: remove it and add the records again"
            ) from None

    def read(self, number: str) -> reading.ReadRecord:
        """Return the record with this number, or with this other number of its study.

        :raises MabgraphError: when there is none.
        :raises RecordError: when it is no longer a record.
        """
        if reading.NUMBER.fullmatch(number) and not self.path(number).is_file():
            number = self.aliases().get(number, number)
        path = self.path(number)
        if not reading.NUMBER.fullmatch(number) or not path.is_file():
            raise MabgraphError(
                f"{number}: no such record in {self.folder}: mabgraph registry add brings it, registry status counts what is there"
            )
        return reading.read(path.read_bytes(), number)
