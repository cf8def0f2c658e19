"""Placing: where the characters of a quote stand in its document, or why that cannot be said."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import yaml

from . import quotes, recordfile
from .errors import AnchorError, RecordError
from .nearest import nearest
from .recordfile import RecordFile


class PlacedQuote(NamedTuple):
    """A quote of a record file and its place: the YAML node of its text, its first character in the document, and its text there."""

    written: yaml.ScalarNode
    marked: quotes.MarkedQuote
    stated: int | None
    start: int
    exact: str


def find_place(node: yaml.MappingNode, text: str) -> PlacedQuote:
    """Return the place of the quote that ``node`` writes, in the document with this ``text``.

    :raises AnchorError: when it is absent, stands in several places, or not where its ``at`` says; nothing is guessed.
    :raises RecordError: when it is no quote, or begins or ends inside a number.
    """
    written = recordfile.value_of(node, "quote")
    if not isinstance(written, yaml.ScalarNode):
        raise RecordError("a quote is text")
    if written.style in {"|", ">"}:
        raise RecordError("a quote is no block of lines ('|', '>'): write it between double quotes")
    marked = quotes.read(written.value)
    stated = stated_start(node)
    start, exact = _choose_place(marked.text, stated, text)
    if quotes.cuts_number(text, start, start + len(exact)):
        raise RecordError(quotes.cut_number_fault(marked.text, text, start))
    return PlacedQuote(written, marked, stated, start, exact)


def place_all(file: RecordFile, text: str) -> tuple[RecordFile, list[str], list[str]]:
    """Return ``file`` with the place of every quote that has one, why the others have none, and which ones are still to be anchored.

    The values are those that anchoring would write; the text of the file, and so its lines, stay. Faults have file, line and key.
    """
    faults: list[str] = []
    waiting: list[str] = []
    data = copy.deepcopy(file.data)
    for place, node in file.mappings_with("quote"):
        try:
            placed = find_place(node, text)
        except (AnchorError, RecordError) as error:
            faults.append(f"{file.where((*place, 'quote'))}: {error}")
            continue
        if placed.stated is None:
            waiting.append(f"{file.where((*place, 'quote'))}: has no place: run mabgraph anchor")
        elif placed.exact != placed.marked.text:
            waiting.append(f"{file.where((*place, 'quote'))}: its white space is not that of the document: run mabgraph anchor")
        copied = replace(file, data=data)
        values = copied.value(place) if copied.has(place) else None
        if isinstance(values, dict):  # and not what took the place of a quote within a quote
            values |= {"quote": quotes.respace(placed.written.value, placed.exact), "at": str(placed.start)}
    return replace(file, data=data), faults, waiting


def explain_absence(quote: str, text: str) -> str:
    """Return where ``quote`` stands in ``text`` instead, or the passage that is nearest to it and how that differs; empty if neither."""
    if places := [start for start, _ in quotes.find(quote, text)]:
        return f"it stands at {', '.join(map(str, places))}: correct its 'at' or take it out"
    near = nearest(quote, text)
    return f"the nearest is {near.exact!r} at {near.start}: {near.difference}" if near else ""


def stated_start(node: yaml.MappingNode) -> int | None:
    """Return the place that a quote states, or none if it states none, or no number."""
    value = recordfile.value_of(node, "at")
    return int(value.value) if isinstance(value, yaml.ScalarNode) and value.value.isdecimal() else None


def _choose_place(quote: str, stated: int | None, text: str) -> tuple[int, str]:
    places = list(quotes.find(quote, text))
    if not places:
        hint = explain_absence(quote, text)
        raise AnchorError(f"the quote {quote!r} does not stand in the document{hint and f'; {hint}'}: copy its characters exactly")
    if stated is not None:
        for place in places:
            if place[0] == stated:
                return place
        known = ", ".join(str(start) for start, _ in places)
        raise AnchorError(f"the quote {quote!r} is not at {stated} but at {known}: correct its 'at' or take it out")
    if len(places) > 1:
        lines = "".join(_list_places(places, text))
        raise AnchorError(f"the quote {quote!r} stands in {len(places)} places: quote more words, or choose one:{lines}")
    return places[0]


def _list_places(places: list[tuple[int, str]], text: str) -> Iterator[str]:
    for start, exact in places:
        yield f"\n    at: {start}  …{quotes.show_around(text, start, exact)}…"
