"""Quotes with marked figures: ``hazard ratio, [0.71](value); [95](level)% CI``.

A mark is ``[printed](role)`` or ``[printed](name.role)``; the name says to which column, group, comparison or
quantity the figure belongs. Without its marks, a quote is the text of the source document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from . import numerals
from .errors import RecordError

#: The longest quote of a record, and the longest context on each side of a figure (characters).
LONGEST_QUOTE: Final = 120
LONGEST_CONTEXT: Final = 32
#: How many characters around a place a message shows.
SHOWN_AROUND: Final = 40
#: So many quotes are kept as they were read: each is read for its figures, its identifiers, and by every check.
KEPT: Final = 4_096

#: The roles of printed figures, as in the export's column ``role``.
FIGURE_ROLES: Final = frozenset("value lower upper level p_value count total percent dispersion time dose quantity date".split())
#: The roles of other marks: identifiers of the document or the study.
IDENTIFIER_ROLES: Final = frozenset("doi citation registration".split())
#: The roles of words that state how an analysis was done, by the keys of an analysis.
STATEMENT_ROLES: Final = frozenset("population method test censoring adjusted_for".split())
_ROLES: Final = FIGURE_ROLES | IDENTIFIER_ROLES | STATEMENT_ROLES

_MARK = re.compile(r"\[(?P<printed>[^\[\]]+)\]\((?:(?P<name>[A-Za-z0-9-]+)\.)?(?P<role>[a-z_]+)\)")
#: Text before or after a number that shows that the number is incomplete: digits, their separators, a minus sign.
_BEFORE = re.compile(r"(?:\d[.,·\u2009\u202f]?|(?<!\w)[.·]|(?:^|[\s(\[|$])[-−])$")
_AFTER = re.compile(r"[.,·]?\d|[\u2009\u202f]\d{3}(?!\d)")
_BEGINS = re.compile(r"[.·]?\d")
#: What a cell of a table prints: a number with its sign, or words in place of one.
_ABSENT = "|".join(re.escape(words) for words in sorted(numerals.ABSENCES, key=len, reverse=True))
_NUMBER = r"(?:[<>≤≥=]\s?)?(?:(?<!\d)[-−])?(?:\d[\d.,·]*(?:[\u2009\u202f\u00a0]\d{3})*|(?<!\d)[.·]\d+)"
_CELL = rf"({_NUMBER}|(?<![A-Za-z])(?i:{_ABSENT})(?![A-Za-z]))"
_BARE = re.compile(r"\[(?P<name>[A-Za-z0-9-]+)\.(?P<role>[a-z_]+)\]")


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: its place in the quote's text, its printed characters, its name and role."""

    start: int
    end: int
    printed: str
    name: str
    role: str

    @property
    def is_figure(self) -> bool:
        """Whether the mark is a figure rather than an identifier or a statement in words."""
        return self.role in FIGURE_ROLES


@dataclass(frozen=True, slots=True)
class MarkedQuote:
    """A parsed quote: its text, and the marks in reading order."""

    text: str
    marks: tuple[Mark, ...]

    def context(self, mark: Mark) -> tuple[str, str]:
        """Return the characters of the quote before and after ``mark``, at most 32 each."""
        return self.text[: mark.start][-LONGEST_CONTEXT:], self.text[mark.end :][:LONGEST_CONTEXT]


@lru_cache(maxsize=KEPT)
def read(quote: str) -> MarkedQuote:
    """Parse ``quote`` into text and marks.

    :raises RecordError: for an unknown role, or for a text of more than 120 characters.

    >>> read("HR, [0.71](value)").marks[0].start
    4
    """
    text, marks, last = "", [], 0
    for match in _MARK.finditer(quote):
        text += quote[last : match.start()]
        marks.append(Mark(len(text), len(text) + len(match["printed"]), match["printed"], match["name"] or "", match["role"]))
        text += match["printed"]
        last = match.end()
    return _check(MarkedQuote(text + quote[last:], tuple(marks)))


@lru_cache(maxsize=KEPT)
def read_cells(quote: str, cells: str) -> MarkedQuote:
    """Parse a table row into text and marks: ``cells`` names the figures at the row's end, ``[group.role]`` each.

    :raises RecordError: when the row does not match ``cells``, or a role is unknown.

    >>> [mark.printed for mark in read_cells("White | 228 (84.1) |", "[a.count] ([a.percent]) |").marks]
    ['228', '84.1']
    >>> [mark.printed for mark in read_cells("NE (.39–not reached) | <.001 |", "[a.value] ([a.lower]–[a.upper]) | [a.p_value] |").marks]
    ['NE', '.39', 'not reached', '<.001']
    """
    pattern, places, last = "", [], 0
    for match in _BARE.finditer(cells):
        pattern += re.escape(cells[last : match.start()]) + _CELL
        places.append((match["name"], match["role"]))
        last = match.end()
    ending = re.search(pattern + re.escape(cells[last:]) + "$", quote)
    if ending is None:
        raise RecordError(f"the row {quote!r} does not end like the table's cells {cells!r}: give the row its own cells")
    marks = (Mark(ending.start(index), ending.end(index), ending[index], name, role) for index, (name, role) in enumerate(places, 1))
    return _check(MarkedQuote(quote, tuple(marks)))


def find(text: str, document: str) -> Iterator[tuple[int, str]]:
    """Yield offset and exact characters of each occurrence of ``text`` in ``document``.

    Any run of white space in ``text`` matches any run of white space in the document, so line breaks need
    not be the same. All other characters must be equal. Occurrences may overlap.
    """
    pattern = re.compile(r"\s+".join(re.escape(word) for word in re.split(r"\s+", text)))
    match = pattern.search(document)
    while match:
        yield match.start(), match[0]
        match = pattern.search(document, match.start() + 1)


def cuts_number(text: str, start: int, end: int) -> bool:
    """Whether the characters from ``start`` to ``end`` begin or end inside a longer number.

    >>> cuts_number("1,500 mg", 0, 1), cuts_number("−1.2", 1, 4), cuts_number("28.0–39.5", 5, 9)
    (True, True, False)
    """
    begins = _BEGINS.match(text, start, end) and _BEFORE.search(text[max(0, start - 2) : start])
    return bool(begins or (text[start:end][-1:].isdigit() and _AFTER.match(text, end)))


def respace(quote: str, exact: str) -> str:
    """Return the marked ``quote`` with the white space of ``exact``, the same words as in the source."""
    words = iter(re.split(r"(\s+)", exact)[1::2])
    parts: list[str] = []
    last = 0
    for match in _MARK.finditer(quote):
        parts += [_respace_text(quote[last : match.start()], words), "[" + _respace_text(match["printed"], words) + "]"]
        parts.append(match[0][match.end("printed") - match.start() + 1 :])
        last = match.end()
    return "".join(parts) + _respace_text(quote[last:], words)


def shift(marks: Iterable[Mark], by: int) -> tuple[Mark, ...]:
    """Return ``marks`` shifted ``by`` characters: from positions in the quote to offsets in the document."""
    return tuple(replace(mark, start=mark.start + by, end=mark.end + by) for mark in marks)


def _respace_text(text: str, words: Iterator[str]) -> str:
    return re.sub(r"\s+", lambda _: next(words), text)


def _check(marked: MarkedQuote) -> MarkedQuote:
    if len(marked.text) > LONGEST_QUOTE:
        raise RecordError(f"a quote holds at most {LONGEST_QUOTE} characters, this one {len(marked.text)}: split it")
    if not marked.text:
        raise RecordError("the quote is empty: quote the words that print the figure")
    if marked.text != marked.text.strip():
        raise RecordError(f"the quote {marked.text!r} begins or ends with white space: quote the words only")
    for mark in marked.marks:
        if mark.printed != mark.printed.strip():
            raise RecordError(f"the mark {mark.printed!r} begins or ends with white space: mark the figure only")
        if cuts_number(marked.text, mark.start, mark.end):
            raise RecordError(
                f"the mark {mark.printed!r} is part of a longer number in {marked.text!r}: mark the number whole, with its sign"
            )
        if mark.role not in _ROLES:
            known, stating = (", ".join(sorted(roles)) for roles in (FIGURE_ROLES | IDENTIFIER_ROLES, STATEMENT_ROLES))
            raise RecordError(
                f"{mark.role!r} is no role of a printed figure; the roles are {known}; and for words of an analysis {stating}"
            )
    return marked


def cut_number_fault(quote: str, text: str, at: int) -> str:
    """Return the message for a quote at ``at`` of ``text`` that begins or ends inside a number."""
    around = show_around(text, at, quote)
    return f"the quote {quote!r} begins or ends inside a number at {at}: …{around}…: quote the number whole, with its sign"


def show_around(text: str, start: int, exact: str) -> str:
    """Return ``exact`` at ``start`` of ``text`` with what is around it, on one line."""
    return " ".join(text[max(0, start - SHOWN_AROUND) : start + len(exact) + SHOWN_AROUND].split())
