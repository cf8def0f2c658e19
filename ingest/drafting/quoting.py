"""Quotes for figures: few words around them, at most 120 characters, no number or word cut; figures far apart have quotes of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from .. import characters, quotes
from ..errors import RecordError
from ..parts import Quote
from .readings import Placed

#: Characters of a quote that figures and the words between them may take; the rest is for words around them.
_SPAN: Final = 112
#: Words before the first figure and after the last one, as the house rule on quotes of prose has them.
_BEFORE: Final = 5
_AFTER: Final = 2
_WORD_BEFORE: Final = re.compile(r"\S+\s+$")
_WORD_AFTER: Final = re.compile(r"\s+\S+")
_TAIL: Final = re.compile(r"[^\s|]{0,12}")


def quote_figures(text: str, figures: Iterable[Placed], start: int, end: int) -> tuple[Quote, ...] | None:
    """Return quotes of ``text`` with ``figures`` marked, the words of each between ``start`` and ``end`` where the figures stand there.

    None where a figure cannot be quoted: it is part of a longer number, or what stands at it cannot be written in a record.
    """
    several: list[Quote] = []
    for group in _group_figures(sorted(set(figures), key=lambda figure: figure.start)):
        quote = _quote(text, group, start, end)
        if quote is None:
            return None
        several.append(quote)
    return tuple(
        sorted(several, key=lambda quote: not any(mark.role in {"value", "percent", "count"} for mark in quote.read_marks().marks))
    )


def _group_figures(figures: Sequence[Placed]) -> list[list[Placed]]:
    """Return the figures in groups that fit into a quote each."""
    groups: list[list[Placed]] = []
    for figure in figures:
        if groups and figure.end - groups[-1][0].start <= _SPAN:
            groups[-1].append(figure)
        else:
            groups.append([figure])
    return groups


def _quote(text: str, figures: Sequence[Placed], start: int, end: int) -> Quote | None:
    first, last = figures[0].start, figures[-1].end
    if not start <= first < last <= end:
        start, end = _line_around(text, first, last)
    last += len(_TAIL.match(text, last, min(end, first + quotes.LONGEST_QUOTE))[0])  # type: ignore[index]
    last = _widen_after(text, first, last, end)
    first = _widen_before(text, first, last, start)
    while last > figures[-1].end and (text[last - 1].isspace() or quotes.cuts_number(text, first, last)):
        last -= 1
    parts, place = [], first
    for figure in figures:
        parts += [text[place : figure.start], f"[{text[figure.start : figure.end]}]({figure.role})"]
        place = figure.end
    marked = "".join([*parts, text[place:last]])
    return Quote(quote=marked, at=first) if _is_exact(text, marked, first, last) else None


def _is_exact(text: str, marked: str, first: int, last: int) -> bool:
    """Whether a quote reads as what it was made of, and may stand in a record."""
    try:
        read = quotes.read(marked)
    except RecordError:
        return False
    return read.text == text[first:last] and not quotes.cuts_number(text, first, last) and characters.find_invisible(marked) is None


def _line_around(text: str, first: int, last: int) -> tuple[int, int]:
    start, end = text.rfind("\n", max(0, first - 200), first) + 1, text.find("\n", last, last + 200)
    return max(start, first - 60), end if end >= 0 else min(len(text), last + 60)


def _widen_before(text: str, first: int, last: int, start: int) -> int:
    """Return where the quote begins: up to five words before its first figure, where there is room."""
    while first > start and not text[first - 1].isspace() and last - first < quotes.LONGEST_QUOTE:
        first -= 1
    for _ in range(_BEFORE):
        match = _WORD_BEFORE.search(text, max(start, first - 40), first)
        if match is None or last - match.start() > quotes.LONGEST_QUOTE - 2 or match[0].strip() in {"|", ";"} or "\n\n" in match[0]:
            break
        first = match.start()
        if match[0].rstrip().endswith((".", ";")) and len(match[0].strip()) > 3:
            first = match.end()
            break
    return first


def _widen_after(text: str, first: int, last: int, end: int) -> int:
    for _ in range(_AFTER):
        match = _WORD_AFTER.match(text, last, min(end, last + 30))
        if match is None or match.end() - first > _SPAN or "|" in match[0] or "\n" in match[0] or match.end() == last + 30:
            break
        last = match.end()
    return last
