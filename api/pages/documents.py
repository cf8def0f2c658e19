"""The page of a document: its text with every place as a link, or its quotes where the text may not be shown, and a panel of readings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from .blocks import Paragraph, Span, TextTable
from .places import ClaimQuote, FigureReading, Places, PrintedPlace

#: Readings of a place that are shown before the rest is folded.
SHOWN: Final = 6

Row = Mapping[str, Any]


class Piece(NamedTuple):
    """A part of a text: its characters, the place that it is, if any, and whether it belongs to the quote that is marked."""

    text: str
    place: PrintedPlace | None
    marked: bool


@dataclass(frozen=True)
class View:
    """What a page of a document shows: its places, the one that is asked for, and the variable that places are shown of (empty: all)."""

    places: Places
    at: int | None
    variable: str

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
        """The places that are links: all, or those of the variable."""
        return self.places.places if not self.variable else [place for place in self.places.places if self.shows(place)]

    def shows(self, place: PrintedPlace) -> bool:
        """Whether a place is a link."""
        return not self.variable or any(reading.estimand[:1] == (self.variable,) for reading in place.readings)

    def link(self, place: PrintedPlace) -> str:
        """Return the address of a place of this document, relative to its page: the variable is kept."""
        return f"?{urlencode({'at': place.start} | ({'endpoint': self.variable} if self.variable else {}))}#{place.anchor}"

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
            yield from _cut_plain(text, position, place.start, marks)
            yield Piece(text[place.start : place.end], place, _is_marked(place.start, marks))
            position = place.end
    yield from _cut_plain(text, position, span.end, marks)


def _cut_plain(text: str, start: int, end: int, marks: tuple[int, int] | None) -> Iterator[Piece]:
    """Yield the characters without a place, divided where the marked quote begins and ends."""
    edges = [start, *(mark for mark in marks or () if start < mark < end), end]
    for left, right in pairwise(edges):
        if left < right:
            yield Piece(text[left:right], None, _is_marked(left, marks))


def _is_marked(start: int, marks: tuple[int, int] | None) -> bool:
    return marks is not None and marks[0] <= start < marks[1]


@dataclass(frozen=True)
class Surroundings:
    """Where a place stands: the words of its quote around it, or, in a table, the label of its row, the head of its column, the caption."""

    before: str = ""
    after: str = ""
    row: str = ""
    column: str = ""
    caption: str = ""


def surroundings(place: PrintedPlace, text: str, divided: Sequence[Paragraph | TextTable]) -> Surroundings:
    """Return where ``place`` stands in the blocks of ``text``; outside tables, what its quote holds around it."""
    block = next((each for each in divided if each.span.start <= place.start < each.span.end), None)
    if not isinstance(block, TextTable):
        return Surroundings(place.prefix, place.suffix)
    row, column, caption = ("" if span is None else text[span.start : span.end] for span in (*block.locate(place.start), block.caption))
    return Surroundings(row=row, column=column, caption=caption)


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
