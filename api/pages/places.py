"""Places: where a document prints the figures and quotes of its record, and what each place was read as."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeVar
from urllib.parse import quote

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

#: What describes a reading, in the order of a sentence: columns of the question ``figures``.
_DESCRIBES: Final = ("variable", "measure", "comparison", "group", "time_point", "population", "study")

#: First characters from here on are none: they only give places an order that are known by pointers.
UNKNOWN: Final = 1 << 40
_CLAIM: Final = vocabulary.resource("claim/")

Row = Mapping[str, Any]
R = TypeVar("R", bound=Mapping[str, Any])


#: Gives the characters of the values of a record by their pointers; empty where its file is not here.
FindSpans = Callable[[], Mapping[str, tuple[int, int]]]


def place_address(document: str, start: int) -> str:
    """Return the address of the characters from ``start`` on in the page of the document ``document`` (its id)."""
    return f"/documents/{quote(document)}?at={start}#c{start}"


def pointer_address(document: str, pointer: str) -> str:
    """Return the address of what stands at ``pointer`` in the page of the registry record ``document`` (its id)."""
    return f"/documents/{quote(document)}?at={quote(pointer)}#at"


@dataclass(frozen=True, slots=True)
class FigureReading:
    """One figure of the graph at a place: its role, what it is a number of, and what states it."""

    figure: str
    node: str
    node_type: str
    role: str
    printed: str
    unit: str
    estimand: tuple[str, ...]
    restates: str

    @property
    def name(self) -> str:
        """The name of the figure, as in addresses."""
        return self.figure.removeprefix(vocabulary.resource("figure/"))

    @property
    def stated(self) -> str:
        """The figure that states the same number in its most exact place; the figure itself, if that is it."""
        return self.restates or self.figure


@dataclass(frozen=True, slots=True)
class PrintedPlace:
    """Characters ``start`` to ``end`` of a document, which print a figure; what they are, and their surroundings in the quote.

    ``inner`` are the first characters of figures that are printed within: the year of a date. ``pointer`` is where it stands in a registry
    record. Without the file of the record, the characters of its rows are not known: then they count from :data:`UNKNOWN` on.
    """

    document: str
    start: int
    end: int
    exact: str
    prefix: str
    suffix: str
    readings: tuple[FigureReading, ...]
    inner: tuple[int, ...] = ()
    pointer: str = ""

    @property
    def anchor(self) -> str:
        """The name of the place within its page."""
        return f"c{self.start}"

    @property
    def is_located(self) -> bool:
        """Whether its characters are known."""
        return self.start < UNKNOWN

    @property
    def at(self) -> int | str:
        """What names the place in an address: its first character, or its pointer."""
        return self.start if self.is_located else self.pointer

    @property
    def where(self) -> str:
        """Where it is, in words."""
        return f"characters {self.start}–{self.end}" if self.is_located else f"at {self.pointer}"

    @property
    def address(self) -> str:
        """The address of the place: the page of its document, with the place marked."""
        return place_address(self.document, self.start) if self.is_located else pointer_address(self.document, self.pointer)


@dataclass(frozen=True, slots=True)
class ClaimQuote:
    """Words of a document that a claim or definition rests on."""

    start: int
    end: int
    exact: str
    claims: tuple[Row, ...]


@dataclass(frozen=True)
class Places:
    """All places of a document in the order of its characters; none overlaps another."""

    document: str
    places: tuple[PrintedPlace, ...]
    quotes: tuple[ClaimQuote, ...]
    checks: Mapping[str, tuple[Row, ...]] = field(repr=False)
    disagreements: tuple[tuple[Row, ...], ...] = field(repr=False)

    @cached_property
    def _starts(self) -> list[int]:
        return [place.start for place in self.places]

    @cached_property
    def by_figure(self) -> Mapping[str, tuple[PrintedPlace, ...]]:
        """The places of each figure and of the figures that restate it, by the IRI of the most exact one."""
        same: dict[str, list[PrintedPlace]] = {}
        for place in self.places:
            for reading in place.readings:
                same.setdefault(reading.stated, []).append(place)
        return {name: tuple(dict.fromkeys(several)) for name, several in same.items()}

    @cached_property
    def claims(self) -> Mapping[str, Row]:
        """The claims and definitions of the document by their IRIs."""
        return {str(claim["claim"]): claim for quote in self.quotes for claim in quote.claims}

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """What the figures of the document measure, in the order of the alphabet."""
        return tuple(sorted({reading.estimand[0] for place in self.places for reading in place.readings if reading.estimand}))

    def index(self, start: int) -> int | None:
        """Return the number of the place that begins at ``start``, or in which a figure does; none if no place does."""
        number = bisect_right(self._starts, start) - 1
        return number if number >= 0 and start in {self._starts[number], *self.places[number].inner} else None

    @cached_property
    def by_pointer(self) -> Mapping[str, PrintedPlace]:
        """The places of a registry record by their pointers."""
        return {place.pointer: place for place in self.places if place.pointer}

    def within(self, start: int, end: int) -> Sequence[PrintedPlace]:
        """Return the places that begin between characters ``start`` and ``end``."""
        return self.places[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def quote(self, start: int) -> ClaimQuote | None:
        """Return the longest quote that begins at ``start``; none if no quote does."""
        return max((each for each in self.quotes if each.start == start), key=lambda each: each.end, default=None)

    def nearest(self, start: int) -> PrintedPlace | None:
        """Return the place nearest to the character ``start``; none if the document has no place."""
        return min(self.places, key=lambda place: abs(place.start - start), default=None)

    def disagreements_at(self, start: int) -> list[tuple[Row, ...]]:
        """Return the discrepancies of which a side is printed at ``start``, each with the rows of all its sides."""
        return [rows for rows in self.disagreements if any(row["start"] == start for row in rows)]


def gather(catalogue: Catalogue, document: str, find_spans: FindSpans | None = None) -> Places:
    """Return the places of the document ``document`` (its id); six questions, whatever their number.

    ``find_spans`` gives the characters of the numbers of a registry record by their pointers, where its file is here.

    What states its figures is asked first, and its discrepancies by name: the questions about these then read nothing of other documents.
    """
    asked = {"document": document}
    checks: dict[str, list[Row]] = {}
    for row in catalogue.ask("checks", asked):
        checks.setdefault(str(row["estimate"]), []).append(row)
    nodes = [str(row["node"]) for row in catalogue.ask("figure-nodes", asked)]
    figures = [row for row in catalogue.ask("figures", {"node": nodes}) if row["document"] == document] if nodes else []
    return Places(
        document,
        tuple(_merge(document, _with_characters(figures, find_spans))),
        tuple(_quotes(sorted(catalogue.ask("quotes", asked), key=lambda row: not str(row["claim"]).startswith(_CLAIM)))),
        {name: tuple(rows) for name, rows in checks.items()},
        tuple(map(tuple, group_disagreements(catalogue, document))),
    )


def group_disagreements(catalogue: Catalogue, document: str) -> list[list[Row]]:
    """Return the discrepancies of a document, each with the rows of its sides; two questions, one where there is none."""
    named = [str(row["id"]) for row in catalogue.ask("discrepancies-page", {"document": document})]
    rows: list[Row] = list(catalogue.ask("discrepancies", {"discrepancy": named})) if named else []
    return list(group_rows(rows, "discrepancy").values())


def _with_characters(rows: Sequence[Row], find_spans: FindSpans | None) -> Iterator[Row]:
    """Yield rows of figures with their characters; those that are known by pointer alone come last where the file is not here."""
    pointed = [row for row in rows if row["start"] is None]
    spans = find_spans() if pointed and find_spans else {}
    yield from (row for row in rows if row["start"] is not None)
    unknown = {pointer: UNKNOWN + 2 * number for number, pointer in enumerate(dict.fromkeys(str(row["pointer"]) for row in pointed))}
    for row in pointed:
        pointer = str(row["pointer"])
        start, end = spans.get(pointer, (unknown[pointer], unknown[pointer] + 1))
        yield {**row, "start": start, "end": end}


def _merge(document: str, rows: Iterable[Row]) -> Iterator[PrintedPlace]:
    """Yield one place for all figures of which the characters overlap: those of the longest from the first on."""
    several: list[Row] = []
    for row in sorted(rows, key=lambda row: (int(row["start"]), -int(row["end"]))):
        if several and int(row["start"]) >= int(several[0]["end"]):
            yield _place(document, several)
            several = []
        several.append(row)
    if several:
        yield _place(document, several)


def _place(document: str, rows: Sequence[Row]) -> PrintedPlace:
    """Return the place of figures, of which the first begins first and ends last."""
    first = rows[0]
    start, end = int(first["start"]), int(first["end"])
    inner = tuple(dict.fromkeys(int(row["start"]) for row in rows if int(row["start"]) > start))
    exact, prefix, suffix = (str(first[name] or "") for name in ("exact", "prefix", "suffix"))
    return PrintedPlace(document, start, end, exact, prefix, suffix, tuple(map(_reading, rows)), inner, str(first["pointer"] or ""))


def _reading(row: Row) -> FigureReading:
    estimand = tuple(str(row[name]) for name in _DESCRIBES if row[name])
    figure, node, node_type, role, printed, unit, restates = (
        str(row[name] or "") for name in ("figure", "node", "node_type", "role", "printed", "unit", "restates")
    )
    return FigureReading(figure, node, node_type, role, printed, unit, estimand, restates)


def _quotes(rows: Iterable[Row]) -> Iterator[ClaimQuote]:
    """Yield the quotes of claims, definitions and terms of analyses by their characters, each with what rests on it."""
    by_place: dict[tuple[int, int], dict[str, Row]] = {}
    for row in rows:
        by_place.setdefault((int(row["start"]), int(row["end"])), {}).setdefault(str(row["claim"]), row)
    for (start, end), claims in sorted(by_place.items()):
        several = tuple(claims.values())
        yield ClaimQuote(start, end, str(several[0]["quote"]), several)


def group_rows(rows: Iterable[R], name: str) -> dict[str, list[R]]:
    """Return rows by the value of their column ``name``, in the order of the first of each."""
    groups: dict[str, list[R]] = {}
    for row in rows:
        groups.setdefault(str(row[name]), []).append(row)
    return groups
