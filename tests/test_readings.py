"""Extracted twice: every figure of an independent second reading is in the records at its place with its number, or settled.

The second readings hold offsets, numbers and roles alone. What the two readings did not have in common was settled against the
text, each with its reason.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from mabgraph.graph.questions.catalogue import Catalogue

READINGS = Path(__file__).parent / "data" / "readings"
DOCUMENTS = ("daratumumab-2016", "kantarjian-2017", "thompson-2021")


def reading(document: str) -> list[dict[str, str]]:
    """Return the rows of the second reading of ``document``."""
    with (READINGS / f"{document}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def absent(rows: list[dict[str, str]], figures: list[tuple[int, int, str]]) -> list[dict[str, str]]:
    """Return the rows that no figure shares a place and a number with, and that are not settled."""
    numbers: dict[int, set[str]] = {}
    for start, end, number in figures:
        for place in range(start, end):
            numbers.setdefault(place, set()).add(number)
    return [row for row in rows if not row["settled"] and row["number"] not in numbers.get(int(row["start"]), set())]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_second_reader_found_is_recorded_with_the_same_number(document: str, real: Catalogue) -> None:
    figures = [(int(str(row["start"])), int(str(row["end"])), str(row["number"])) for row in real.ask("figures", {"document": document})]
    assert absent(reading(document), figures) == [], "record the figure, or settle it against the text with a reason"


def test_a_figure_that_is_missing_or_differs_is_seen() -> None:
    rows = [{"start": "5", "end": "9", "number": "0.71", "role": "value", "settled": ""}]
    assert absent(rows, [(5, 9, "0.71")]) == []
    assert absent(rows, [(5, 9, "0.77")]) == rows
    assert absent(rows, [(15, 19, "0.71")]) == rows
    assert absent([{**rows[0], "settled": "wording"}], []) == []


@pytest.mark.parametrize(("document", "least"), [("daratumumab-2016", 0.8), ("kantarjian-2017", 0.99), ("thompson-2021", 0.99)])
def test_little_was_left_to_settle(document: str, least: float) -> None:
    rows = reading(document)
    assert sum(not row["settled"] for row in rows) / len(rows) >= least
