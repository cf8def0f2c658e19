"""Texts: full-text search over what is written in our own words, by SQLite's FTS5 with Porter's stemmer, in memory.

Texts and words of a search are folded alike (:mod:`.spelling`), so that British and American spelling are one. Words of a search are
quoted for FTS5: none of them is an operator.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mabgraph.ingest.errors import QuestionError

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
_TABLE: Final = "CREATE VIRTUAL TABLE texts USING fts5(folded, tokenize = 'porter unicode61')"
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
    """The texts of a dataset; read and indexed when they are first searched."""

    def __init__(self, read: Callable[[], Iterable[WrittenText]]) -> None:
        """Search what ``read`` returns, which is called once."""
        self._read, self._lock = read, threading.Lock()
        self._index: tuple[sqlite3.Connection, list[WrittenText]] | None = None

    def search(self, query: str, limit: int) -> list[TextMatch]:
        """Return at most ``limit`` texts with all words of ``query``, most relevant first (BM25); if none has all, with as many as any.

        :raises QuestionError: when the SQLite of this Python has no FTS5.
        """
        words = split_words(query)
        if not words or limit < 1:
            return []
        with self._lock:
            connection, texts = self._open()
            rows = _matches(connection, list(words), " AND ", limit) or _matches(connection, list(words), " OR ", 4 * limit)
            having = {word: {row[0] for row in _among(connection, word, [row[0] for row in rows])} for word in words}
        matches = [
            TextMatch(texts[row], _passage(texts[row].text, marked), tuple(shown for word, shown in words.items() if row in having[word]))
            for row, marked in rows
        ]
        most = max((len(match.words) for match in matches), default=0)
        return [match for match in matches if len(match.words) == most][:limit]

    def _open(self) -> tuple[sqlite3.Connection, list[WrittenText]]:
        if self._index is None:
            texts = list(self._read())
            connection = sqlite3.connect(":memory:", check_same_thread=False)
            try:
                connection.execute(_TABLE)
            except sqlite3.OperationalError as error:
                raise QuestionError(f"texts cannot be searched: the SQLite of this Python has no FTS5 ({error})") from None
            folded = ((row, fold(each.text.lower())) for row, each in enumerate(texts))
            connection.executemany("INSERT INTO texts (rowid, folded) VALUES (?, ?)", folded)
            self._index = connection, texts
        return self._index


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
