"""The page of a document: its text with every place as a link, or its quotes where the text may not be shown, and a panel of readings."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from mabgraph.ingest.ledger import numeral_at

from .blocks import Paragraph
from .places import ClaimQuote, FigureReading, Places, PrintedPlace
from .texttables import Span, TextTable

#: Readings of a place that are shown before the rest is folded.
SHOWN: Final = 6

Row = Mapping[str, Any]


class Piece(NamedTuple):
    """A part of a text: its characters, the place that it is, if any, whether it belongs to the quote that is marked, and to ``left_out``.

    ``start`` is its first character; ``left_out`` says that it is a numeral that is no evidence, for the reason that is asked for.
    """

    text: str
    start: int
    place: PrintedPlace | None
    marked: bool
    left_out: bool = False


@dataclass(frozen=True)
class View:
    """What a page of a document shows: its places, the one that is asked for, and the variables that places are shown of (none: all).

    ``left_out`` are the first characters of the numerals that are no evidence for the reason that is asked for.
    """

    places: Places
    at: int | None
    variables: tuple[str, ...] = ()
    left_out: tuple[int, ...] = ()

    @property
    def place(self) -> PrintedPlace | None:
        """The place that is asked for; none if there is none."""
        number = None if self.at is None else self.places.index(self.at)
        return None if number is None else self.places.places[number]

    @property
    def quote(self) -> ClaimQuote | None:
        """The quote of a claim that is asked for, where no figure begins at its first character."""
        return None if self.at is None or self.place else self.places.quote(self.at)

    @property
    def shown(self) -> Sequence[PrintedPlace]:
        """The places that are links: all, or those of the variables."""
        return self.places.places if not self.variables else [place for place in self.places.places if self.shows(place)]

    def shows(self, place: PrintedPlace) -> bool:
        """Whether a place is a link."""
        return not self.variables or any(set(self.variables).intersection(reading.estimand[:1]) for reading in place.readings)

    def link(self, place: PrintedPlace) -> str:
        """Return the address of a place of this document, relative to its page: the variables are kept."""
        return f"?{urlencode([('at', place.at), *(('endpoint', each) for each in self.variables)])}#{place.anchor}"

    def link_without(self, variable: str) -> str:
        """Return the address of this page without one of its variables, relative to its page."""
        kept = [("endpoint", each) for each in self.variables if each != variable]
        place = self.place
        at = [("at", place.at if place else self.at)] if self.at is not None else []
        return f"?{urlencode([*at, *kept])}{'' if self.at is None else f'#c{self.at}'}"

    @property
    def neighbours(self) -> tuple[PrintedPlace | None, PrintedPlace | None]:
        """The places before and after the one that is asked for; the first and none without one."""
        shown = self.shown
        if self.at is None:
            return None, next(iter(shown), None)
        before = [place for place in shown if place.start < self.at]
        after = [place for place in shown if place.start > self.at]
        return (before[-1] if before else None), (after[0] if after else None)


def pieces(view: View, text: str, span: Span) -> Iterator[Piece]:
    """Yield the characters of ``span`` as pieces in their order: places, and the text between them."""
    quote = view.quote
    marks = None if quote is None else (quote.start, quote.end)
    position = span.start
    for place in view.places.within(span.start, span.end):
        if place.end <= span.end and view.shows(place):
            yield from _cut_plain(view, text, position, place.start, marks)
            yield Piece(text[place.start : place.end], place.start, place, _is_marked(place.start, marks))
            position = place.end
    yield from _cut_plain(view, text, position, span.end, marks)


def _cut_plain(view: View, text: str, start: int, end: int, marks: tuple[int, int] | None) -> Iterator[Piece]:
    """Yield the characters without a place, divided where the marked quote begins and ends, and around numerals that are left out."""
    numerals = dict(_numerals(view, text, start, end))
    edges = sorted({start, end, *numerals, *numerals.values(), *(mark for mark in marks or () if start < mark < end)})
    for left, right in pairwise(edges):
        yield Piece(text[left:right], left, None, _is_marked(left, marks), left in numerals)


def _numerals(view: View, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where each numeral that is left out begins and ends, between two characters."""
    for first in view.left_out[bisect_left(view.left_out, start) : bisect_left(view.left_out, end)]:
        last = first + len(numeral_at(text, first))
        if first < last <= end:
            yield first, last


def _is_marked(start: int, marks: tuple[int, int] | None) -> bool:
    return marks is not None and marks[0] <= start < marks[1]


def block_of(place: int | None, divided: Sequence[Paragraph | TextTable]) -> Paragraph | TextTable | None:
    """Return the block with the character ``place``; none if there is none."""
    if place is None:
        return None
    return next((block for block in divided if _begins(block) <= place < block.span.end), None)


def _begins(block: Paragraph | TextTable) -> int:
    caption = block.caption if isinstance(block, TextTable) else None
    return block.span.start if caption is None else caption.start


@dataclass(frozen=True)
class Statement:
    """What states numbers at a place: a result, claim, dose or quantity, with the readings and checks of it."""

    node: str
    kind: str
    estimand: tuple[str, ...]
    readings: tuple[FigureReading, ...]
    checks: tuple[Row, ...]


def statements(view: View) -> list[Statement]:
    """Return what states the number at the place that is asked for, results first."""
    place = view.place
    if place is None:
        return []
    ordered = sorted(place.readings, key=lambda reading: (not reading.estimand, reading.node, reading.role))
    several = []
    for node, members in groupby(ordered, key=lambda reading: reading.node):
        readings = tuple(members)
        first = readings[0]
        several.append(Statement(node, first.node_type, first.estimand, readings, view.places.checks.get(node, ())))
    return several


def also_printed(view: View) -> list[PrintedPlace]:
    """Return the other places that print the same figures, in the order of the document."""
    place = view.place
    if place is None:
        return []
    same = {each for reading in place.readings for each in view.places.by_figure.get(reading.stated, ())}
    return sorted(same - {place}, key=lambda each: each.start)
