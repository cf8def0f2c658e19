"""Texts: full-text search over what is written in our own words, by SQLite's FTS5 with Porter's stemmer, in memory or in a file.

Texts and words of a search are folded alike (:mod:`.spelling`), so that British and American spelling are one. Words of a search are
quoted for FTS5: none of them is an operator.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mabgraph.ingest.errors import BuildError, QuestionError

from ..store.digests import REMEDY
from .question import Row
from .spelling import fold

#: A passage of a longer text is shown (characters), and so much of it before the first word that was searched for.
PASSAGE: Final = 280
_BEFORE: Final = 80
#: So many different words of a search are looked for.
MOST_WORDS: Final = 32
#: Words that tell no text from another.
STOP: Final = frozenset(
    "a about after all an and any are as at be been but by can did do does for from had has have how if in into is it its may more most no"
    " nor not of on or our per so than that the their there these they this those to under up versus was we were what when where which"
    " who whose why will with without".split()
)
_WORD: Final = re.compile(r"[^\W_]+")
#: A word that is searched for: a number is one word, which FTS5 reads as the phrase of its parts.
_ASKED: Final = re.compile(r"\d+(?:[.,·]\d+)+|[^\W_]+")
_MARK: Final = "\x02"
#: The file of a version that is served from disk.
TEXTS: Final = "texts.sqlite"
_TABLES: Final = (
    "CREATE VIRTUAL TABLE texts USING fts5(folded, tokenize = 'porter unicode61')",
    "CREATE TABLE text (number INTEGER PRIMARY KEY, kind TEXT, thing TEXT, name TEXT, text TEXT, document TEXT)",
)
_TEXT: Final = "SELECT kind, thing, name, text, document FROM text WHERE number = ?"
_FIND: Final = "SELECT rowid, highlight(texts, 0, ?, '') FROM texts WHERE texts MATCH ? ORDER BY rank, rowid LIMIT ?"
_AMONG: Final = "SELECT rowid FROM texts WHERE texts MATCH ? AND rowid IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class WrittenText:
    """A text of the dataset: what it is of, its name, the text, and the document that it is about."""

    kind: str
    thing: str
    name: str
    text: str
    document: str | None = None


@dataclass(frozen=True, slots=True)
class TextMatch:
    """A text, the passage of it that has the words, and which words of the search it has."""

    text: WrittenText
    passage: str
    words: tuple[str, ...]


class TextIndex:
    """The texts of a dataset; without a file of them they are read and indexed when they are first searched."""

    def __init__(self, read: Callable[[], Iterable[WrittenText]], path: Path | None = None) -> None:
        """Search the index in the file at ``path``, which :func:`write` wrote, or what ``read`` returns, which is called once."""
        self._read, self._path, self._lock = read, path, threading.Lock()
        self._index: sqlite3.Connection | None = None

    def search(self, query: str, limit: int) -> list[TextMatch]:
        """Return at most ``limit`` texts with all words of ``query``, most relevant first (BM25); if none has all, with as many as any.

        :raises QuestionError: when the SQLite of this Python has no FTS5.
        :raises BuildError: when the file is no longer what was built.
        """
        words = split_words(query)
        if not words or limit < 1:
            return []
        try:
            with self._lock:
                connection = self._open()
                rows = _matches(connection, list(words), " AND ", limit) or _matches(connection, list(words), " OR ", 4 * limit)
                texts = {row: WrittenText(*connection.execute(_TEXT, [row]).fetchone()) for row, _ in rows}
                having = {word: {row[0] for row in _among(connection, word, [row[0] for row in rows])} for word in words}
        except sqlite3.Error as error:
            raise BuildError(f"{self._path or 'the texts'}: cannot be read: {error}: {REMEDY}") from None
        matches = [
            TextMatch(texts[row], _passage(texts[row].text, marked), tuple(shown for word, shown in words.items() if row in having[word]))
            for row, marked in rows
        ]
        most = max((len(match.words) for match in matches), default=0)
        return [match for match in matches if len(match.words) == most][:limit]

    def _open(self) -> sqlite3.Connection:
        if self._index is None:
            where = ":memory:" if self._path is None else f"{self._path.resolve().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(where, uri=self._path is not None, check_same_thread=False)
            weakref.finalize(self, connection.close)
            if self._path is None:
                _fill(connection, self._read())
            self._index = connection
            del self._read  # of a dataset, which would otherwise hold this, and this the dataset
        return self._index


def write(path: Path, texts: Iterable[WrittenText]) -> None:
    """Write the index of ``texts`` to a new file.

    :raises QuestionError: when the SQLite of this Python has no FTS5.
    """
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        _fill(connection, texts)
        connection.commit()


def _fill(connection: sqlite3.Connection, texts: Iterable[WrittenText]) -> None:
    try:
        for table in _TABLES:
            connection.execute(table)
    except sqlite3.OperationalError as error:
        raise QuestionError(f"texts cannot be searched: the SQLite of this Python has no FTS5 ({error})") from None
    for number, each in enumerate(texts):
        connection.execute("INSERT INTO texts (rowid, folded) VALUES (?, ?)", (number, fold(each.text.lower())))
        connection.execute(
            "INSERT INTO text VALUES (?, ?, ?, ?, ?, ?)", (number, each.kind, each.thing, each.name, each.text, each.document)
        )


def of_rows(rows: Iterable[Row]) -> Iterator[WrittenText]:
    """Yield the texts that the question ``texts`` answers."""
    for row in rows:
        kind, thing, name, text = (str(row[column]) for column in ("kind", "thing", "name", "text"))
        yield WrittenText(kind, thing, name, text, None if row["document"] is None else str(row["document"]))


def split_words(query: str) -> dict[str, str]:
    """Return the words of a search that tell texts apart, folded, each with the word as it came; at most :data:`MOST_WORDS`.

    >>> split_words("Haematologic toxicity of the drugs")
    {'hematologic': 'Haematologic', 'toxicity': 'toxicity', 'drugs': 'drugs'}
    """
    written = {fold(word.lower()): word for word in reversed(_ASKED.findall(query))}
    folded = dict.fromkeys(_ASKED.findall(fold(query.lower())))
    words = {word: written.get(word, word) for word in folded if word not in STOP}
    return dict(list(words.items())[:MOST_WORDS])


def _matches(connection: sqlite3.Connection, words: Sequence[str], operator: str, limit: int) -> list[tuple[int, str]]:
    return connection.execute(_FIND, (_MARK, operator.join(f'"{word}"' for word in words), limit)).fetchall()


def _among(connection: sqlite3.Connection, word: str, rows: Sequence[int]) -> list[tuple[int]]:
    return connection.execute(_AMONG, (f'"{word}"', json.dumps(rows))).fetchall()


def _passage(text: str, marked: str) -> str:
    """Return ``text``, or, if it is long, the passage that begins a little before the first word that is marked in its folded form.

    Folding keeps words words, so the word is the one with as many before it.
    """
    if len(text) <= PASSAGE:
        return text
    before = len(_WORD.findall(marked[: marked.index(_MARK)]))
    spans = [match.span() for match in _WORD.finditer(text)]
    first = spans[min(before, len(spans) - 1)][0]
    begin = min((start for start, _ in spans if start >= min(first - _BEFORE, len(text) - PASSAGE)), default=0)
    end = max((stop for _, stop in spans if stop <= begin + PASSAGE), default=len(text))
    end = len(text) if spans[-1][1] == end else end
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"
