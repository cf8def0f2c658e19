"""Disagreements as people read them: each with its sides, and each side in the sentence or cell that prints it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mabgraph.graph.questions.catalogue import Catalogue

from . import passages, results
from .passages import Passage
from .results import PrintedNumber, Row

#: Where a side is printed: document and first character.
Side = tuple[str, int]


def find_passages(catalogue: Catalogue, groups: Iterable[Sequence[Row]], texts: Mapping[str, str]) -> dict[Side, Passage]:
    """Return the passage that prints each side of discrepancies: a sentence or cell of ``texts``, else the quote; one question."""
    rows = [row for several in groups for row in several if row["start"] is not None]
    printed = results.find_numbers(catalogue, list(dict.fromkeys(str(row["part"]) for row in rows if row["role"])))
    quoted = {(each.document, each.start, each.end): each for several in printed.values() for each in several}
    places: dict[Side, Passage] = {}
    for row in rows:
        side = (str(row["printed_in"]), int(row["start"]))
        if side not in places:
            number = quoted.get((*side, int(row["end"]))) or _words(row)
            places[side] = passages.find_passages([number], texts)[0]
    return places


def _words(row: Row) -> PrintedNumber:
    """Return the printed words of a side that is no figure."""
    return PrintedNumber("", str(row["printed_in"]), int(row["start"]), int(row["end"]), str(row["printed"]), "", "", "", "")
