"""The index of names is written: a database of SQLite, a file of the version or in memory, which :mod:`.nameindex` reads.

::

    thing (id, kind, iri)          what has a name
    key (key, thing)               every folded name of a thing, with those of its IRI
    stem (stem, thing)             first words of the names of drugs
    below (broader, narrower)
    name (id, kind, key, shown,    folded names as they are written, the shortest first: what is searched; and their places by
          place)                   the IRI of the first thing of that name and by the name
    large (kind)                   the kinds with many names
    length (letters, first)        the first name of so many letters
    grams, gram (gram, names)      three letters: in which names of large kinds (FTS5), and in how many
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

from mabgraph.ingest.errors import BuildError

from ..store import vocabulary
from .spelling import normalise

#: The file of a version.
NAMES: Final = "names.sqlite"
#: A kind with more names is large: they are looked for by the three letters that they share with what is asked for.
FEW: Final = 5_000

_SETTINGS: Final = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; PRAGMA temp_store = FILE"
_TABLES: Final = """
CREATE TABLE thing (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, iri TEXT NOT NULL, UNIQUE (kind, iri));
CREATE TABLE key (key TEXT NOT NULL, thing INTEGER NOT NULL, PRIMARY KEY (key, thing)) WITHOUT ROWID;
CREATE TABLE stem (stem TEXT NOT NULL, thing INTEGER NOT NULL, PRIMARY KEY (stem, thing)) WITHOUT ROWID;
CREATE TABLE below (broader TEXT NOT NULL, narrower TEXT NOT NULL, PRIMARY KEY (broader, narrower)) WITHOUT ROWID;
CREATE TABLE written (
  kind TEXT NOT NULL, key TEXT NOT NULL, own INTEGER NOT NULL, iri TEXT NOT NULL, shown TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID;
"""
#: Of several writings of a name one is shown: those of the dataset come before the last part of an IRI, then the first by IRI and text.
_WRITE: Final = """
INSERT INTO written VALUES (?, ?, ?, ?, ?)
ON CONFLICT (kind, key) DO UPDATE SET own = excluded.own, iri = excluded.iri, shown = excluded.shown
WHERE (excluded.own, excluded.iri, excluded.shown) < (own, iri, shown)
"""
_NAMES: Final = """
CREATE TABLE name (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, shown TEXT NOT NULL, place INTEGER NOT NULL);
INSERT INTO name (kind, key, shown, place)
SELECT kind, key, shown, row_number() OVER (ORDER BY own, iri, shown) FROM written ORDER BY length(key), key, kind;
DROP TABLE written;
CREATE UNIQUE INDEX name_key ON name (kind, key);
CREATE TABLE length (letters INTEGER PRIMARY KEY, first INTEGER NOT NULL);
INSERT INTO length SELECT length(key), min(id) FROM name GROUP BY length(key);
CREATE TABLE large (kind TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_LARGE: Final = "INSERT INTO large SELECT kind FROM name GROUP BY kind HAVING COUNT(*) > ?"
_GRAMS: Final = """
CREATE INDEX name_one ON name (substr(key, 1, 1), id);
CREATE INDEX name_two ON name (substr(key, 1, 2), id);
CREATE VIRTUAL TABLE grams USING fts5(key, content = '', tokenize = 'trigram');
INSERT INTO grams (rowid, key) SELECT id, key FROM name WHERE kind IN large;
INSERT INTO grams (grams) VALUES ('optimize');
CREATE VIRTUAL TABLE temp.counted USING fts5vocab('main', 'grams', 'row');
CREATE TABLE gram (gram TEXT PRIMARY KEY, names INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO gram SELECT term, doc FROM counted;
DROP TABLE temp.counted;
"""
_GAP: Final = re.compile(r"[\s-]+")


def write(path: Path, named: Iterable[tuple[str, str, str]], broader: Iterable[tuple[str, str]]) -> None:
    """Write the index of kind, IRI and name of each thing, which may have several names, and of pairs of a thing and a broader one.

    :raises BuildError: when it cannot be written.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            fill(database, named, broader)
    except sqlite3.Error as error:
        raise BuildError(f"{path}: the names cannot be written: {error}") from None


def fill(database: sqlite3.Connection, named: Iterable[tuple[str, str, str]], broader: Iterable[tuple[str, str]]) -> None:
    """Write the same to a new ``database``.

    :raises sqlite3.Error: when it cannot be written.
    """
    database.executescript(f"{_SETTINGS}; BEGIN; {_TABLES}")
    number, last = 0, ("", "")
    for kind, iri, name in named:
        if (kind, iri) != last:
            number, last = _number_of(database, kind, iri), (kind, iri)
        key = normalise(name)
        database.execute("INSERT OR IGNORE INTO key VALUES (?, ?)", (key, number))
        _write(database, kind, iri, number, key, name, own=False)
    spaces: dict[str, str] = {}
    for number, kind, iri in database.execute("SELECT id, kind, iri FROM thing"):
        local = vocabulary.local_name(iri)
        key, space = normalise(local), iri.removesuffix(local)
        # The parts of an IRI before and behind a slash are folded apart: the first is that of thousands of things.
        whole = (spaces.get(space) or spaces.setdefault(space, normalise(space))) + key
        database.executemany("INSERT OR IGNORE INTO key VALUES (?, ?)", [(key, number), (whole, number)])
        _write(database, kind, iri, number, key, local, own=True)
    database.executemany("INSERT OR IGNORE INTO below VALUES (?, ?)", ((broad, narrow) for narrow, broad in broader))
    database.executescript(f"BEGIN; {_NAMES}")
    database.execute(_LARGE, [FEW])
    if database.execute("SELECT 1 FROM large").fetchone():
        database.executescript(f"BEGIN; {_GRAMS}")
    database.commit()


def _number_of(database: sqlite3.Connection, kind: str, iri: str) -> int:
    """Return the number of a thing, a new one where it has none."""
    known = database.execute("SELECT id FROM thing WHERE kind = ? AND iri = ?", (kind, iri)).fetchone()
    return int(known[0]) if known else int(database.execute("INSERT INTO thing (kind, iri) VALUES (?, ?)", (kind, iri)).lastrowid or 0)


def _write(database: sqlite3.Connection, kind: str, iri: str, number: int, key: str, name: str, *, own: bool) -> None:
    """Note how a name is written, and the first word of that of a drug."""
    database.execute(_WRITE, (kind, key, own, iri, name))
    if kind == "drug" and (stem := normalise(_GAP.split(name, 1)[0])) != key and key.startswith(stem):
        database.execute("INSERT OR IGNORE INTO stem VALUES (?, ?)", (stem, number))
