"""Disagreements as people read them: each with its sides, and each side in the sentences or cells that print it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mabgraph.graph.questions.catalogue import Catalogue

from . import passages, results
from .passages import PrintedPassage
from .results import PrintedNumber, Row


@dataclass(frozen=True)
class ShownSide:
    """One side of a discrepancy: whether it disagrees or shows it (``between``, ``beside``), what states it, and where it is printed."""

    side: str
    label: str
    passages: tuple[PrintedPassage, ...]


def find_sides(catalogue: Catalogue, groups: Iterable[Sequence[Row]], texts: Mapping[str, str]) -> dict[str, list[ShownSide]]:
    """Return the sides of discrepancies, by discrepancy, in sentences or cells of ``texts``, else in quotes; one question.

    ``groups`` are the rows of the question ``discrepancies``, by discrepancy.
    """
    several = [[row for row in rows if row["start"] is not None] for rows in groups]
    printed = results.find_numbers(catalogue, list(dict.fromkeys(str(row["part"]) for rows in several for row in rows if row["role"])))
    quoted = {(each.document, each.start, each.end): each for numbers in printed.values() for each in numbers}
    sides: dict[str, list[ShownSide]] = {}
    for rows in several:
        parts: dict[tuple[str, str], dict[tuple[str, int, int], PrintedNumber]] = {}
        for row in rows:
            place = (str(row["printed_in"]), int(row["start"]), int(row["end"]))
            parts.setdefault((str(row["side"]), _label(row)), {}).setdefault(place, quoted.get(place) or _words(row))
        for (side, label), numbers in parts.items():
            shown = ShownSide(side, label, tuple(passages.find_passages(numbers.values(), texts)))
            sides.setdefault(str(rows[0]["discrepancy"]), []).append(shown)
    return sides


def _label(row: Row) -> str:
    """Return what states a side, in words."""
    return ", ".join(filter(None, (str(row["part_label"] or ""), str(row["role"] or "").replace("_", " "))))


def _words(row: Row) -> PrintedNumber:
    """Return the printed words of a side that is no figure."""
    return PrintedNumber("", str(row["printed_in"]), int(row["start"]), int(row["end"]), str(row["printed"]), "", "", "", "")
