"""Figures: from the marks in quotes to figure nodes, and to the numbers that a part of a record states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from . import numerals, quotes
from .errors import RecordError
from .parts import Quote

#: A node in JSON-LD form.
Node = dict[str, Any]

#: Units of roles that do not depend on the part.
_FIXED_UNITS: Final = {"percent": "percent", "level": "percent", "count": "patients", "total": "patients"}
_NO_UNIT: Final = frozenset({"p_value", "date"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed figure: its role, its name in the quote, its numeral or date, and its place in the document."""

    role: str
    name: str
    start: int
    end: int
    exact: str
    prefix: str
    suffix: str
    numeral: numerals.Numeral
    date: str | None = None
    #: Where its quote begins.
    quoted_at: int = 0

    @property
    def words(self) -> str:
        """The words that print a time instead of a number; empty for any other figure."""
        printed = self.date is None and self.numeral.number is None and self.numeral.absence is None
        return " ".join(self.exact.split()) if printed else ""

    @property
    def number(self) -> str:
        """The canonical decimal; empty for a date or an absent number."""
        return self.numeral.canonical


def read_quote(quote: Quote, marked: quotes.MarkedQuote | None = None) -> tuple[Figure, ...]:
    """Return the figures of an anchored quote; ``marked`` if the marks come from a table's cells.

    :raises RecordError: when the quote has no offset yet, or a figure cannot be read.
    """
    marked = marked or quote.read_marks()
    if quote.at is None:
        raise RecordError(f"the quote {marked.text!r} has no place: run mabgraph anchor")
    stating = next((mark for mark in marked.marks if mark.role in quotes.STATEMENT_ROLES), None)
    if stating is not None:
        raise RecordError(f"[{stating.printed}]({stating.role}) states how an analysis was done: mark it in a quote of the analysis")
    return tuple(_figure(quote.at, marked, mark) for mark in marked.marks if mark.is_figure)


def read_quotes(printed: Iterable[Quote]) -> tuple[Figure, ...]:
    """Return the figures of several quotes, in order."""
    return tuple(figure for quote in printed for figure in read_quote(quote))


def identifiers(printed: Iterable[Quote]) -> dict[str, list[str]]:
    """Return the texts marked as ``doi``, ``citation`` or ``registration``, by role."""
    by_role: dict[str, list[str]] = {}
    for quote in printed:
        for mark in quote.read_marks().marks:
            if mark.role in quotes.IDENTIFIER_ROLES:
                by_role.setdefault(mark.role, []).append(" ".join(mark.printed.split()))
    return by_role


def of_role(part: Node, role: str) -> Node | None:
    """Return the first figure of a part with this role, or none."""
    return next((figure for figure in part.get("figure", ()) if figure["role"] == role), None)


def first_by_role(figures: Iterable[Figure]) -> dict[str, Figure]:
    """Return the first figure of each role; a later quote may print another number, which is a contradiction of the document.

    :raises RecordError: when one quote prints two numbers for one role, which are not one number printed twice.
    """
    first: dict[str, Figure] = {}
    for figure in figures:
        known = first.setdefault(figure.role, figure)
        if known.quoted_at == figure.quoted_at and (known.date != figure.date or not known.numeral.agrees(figure.numeral)):
            raise RecordError(
                f"its {figure.role} is {known.exact!r} at {known.start} and {figure.exact!r} at {figure.start} in one quote: "
                "these are not printings of one number; give the other its own part"
            )
    return first


def units(unit: str | None, time_unit: str | None = None) -> Mapping[str, str | None]:
    """Return the unit of each role in a part with the given ``unit`` and ``time_unit``."""
    own = dict.fromkeys(quotes.FIGURE_ROLES - _NO_UNIT, unit)
    return own | _FIXED_UNITS | dict.fromkeys(_NO_UNIT) | {"time": time_unit}


def node(figure: Figure, document: str, owner: str, unit: str | None) -> Node:
    """Return the node of ``figure`` in the part with the local name ``owner``."""
    name = f"figure/{document}.{owner}.{figure.role}-{figure.start}"
    built: Node = {
        "id": name, "type": "Figure", "role": figure.role, "printed": figure.exact,
        "anchoredAt": target(name, document, figure.start, figure.end, figure.exact, figure.prefix, figure.suffix),
    }  # fmt: skip
    if figure.number:
        built |= {"number": figure.number, "operator": figure.numeral.operator}
    if figure.date:
        built["date"] = figure.date
    elif figure.words:
        built["timeInWords"] = figure.words
    if figure.numeral.absence:
        built["absence"] = figure.numeral.absence
    if unit:
        built["unit"] = unit
    return built


def all_nodes(
    figures: Iterable[Figure], document: str, owner: str, units: Mapping[str, str | None], named_units: Mapping[str, str] | None = None,
    *, is_one: bool = False,
) -> list[Node]:  # fmt: skip
    """Return the nodes of the figures of one part; a later figure with the number of the first of its role restates it.

    ``units`` are by role; ``named_units`` are the units of figures with a name and a unit of their own, or ``none``. In a part that
    ``is_one`` result or quantity, every later figure of a role restates the first, though it may print another number.
    """
    first: dict[tuple[str, str], tuple[str, Figure]] = {}
    nodes: dict[str, Node] = {}
    for figure in figures:
        unit = (named_units or {}).get(figure.name, units[figure.role])
        built = node(figure, document, owner, None if unit == "none" else unit)
        known, stated = first.setdefault((figure.role, figure.name), (built["id"], figure))
        agrees = is_one or (stated.date == figure.date and stated.numeral.agrees(figure.numeral))
        nodes.setdefault(built["id"], built | {"restates": known} if agrees and known != built["id"] else built)
    return list(nodes.values())


def target(name: str, document: str, start: int, end: int, exact: str, prefix: str = "", suffix: str = "") -> Node:
    """Return the Web Annotation target of ``name``: a position selector and a quote selector in the document."""
    quote = {"id": f"{name}#quote", "type": "oa:TextQuoteSelector", "exact": exact}
    quote |= {key: text for key, text in (("prefix", prefix), ("suffix", suffix)) if text}
    return {
        "id": f"{name}#target",
        "type": "oa:SpecificResource",
        "source": f"document/{document}",
        "selector": [
            {"id": f"{name}#position", "type": "oa:TextPositionSelector", "start": str(start), "end": str(end)},
            quote,
        ],
    }


def _figure(at: int, marked: quotes.MarkedQuote, mark: quotes.Mark) -> Figure:
    prefix, suffix = marked.context(mark)
    date = numerals.read_date(mark.printed) if mark.role == "date" else None
    worded = mark.role == "time" and numerals.is_worded_time(mark.printed)
    numeral = numerals.Numeral(mark.printed) if date or worded else numerals.read(mark.printed)
    return Figure(mark.role, mark.name, at + mark.start, at + mark.end, mark.printed, prefix, suffix, numeral, date, at)
