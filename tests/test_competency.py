"""Competency questions: what a reviewer asks of each document, with the answer that the document prints.

An entry names a question of ``queries/`` (``ask``), its parameters (``given``), the rows that count (``where``: a column's
value, or any of several; empty where nothing is bound), the columns to show, and the rows expected, in any order. Numbers are
written as the document prints them and compared as numbers, save in the columns that hold the printed form. An empty cell is a figure that
the document does not print, an empty list a result that it does not report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest
import yaml

from mabgraph.graph.questions import question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

DATA = Path(__file__).parent / "data" / "competency"
#: Columns compared character by character.
AS_PRINTED = frozenset({"printed", "exact"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One competency question."""

    id: str
    document: str
    question: str
    ask: str
    parameters: dict[str, str | list[str]]
    where: dict[str, str | list[str]]
    columns: list[str]
    expected: list[list[str]]

    @property
    def asked(self) -> str:
        """What is asked, without the words it is asked in."""
        return repr((self.ask, sorted(self.parameters.items()), sorted(self.where.items()), sorted(self.columns)))


def _read(path: Path) -> Iterable[Entry]:
    for number, fields in enumerate(yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader), start=1):
        entry = {"parameters": {}, "where": {}, **fields}
        yield Entry(f"{path.stem}-{number:02}-{'-'.join(re.findall('[a-z0-9]+', entry['question'].lower())[:10])}", path.stem, **entry)


ENTRIES = [entry for path in sorted(DATA.glob("*.yaml")) for entry in _read(path)]


def _written(value: object, column: str) -> str:
    text = "" if value is None else str(value)
    if column in AS_PRINTED:
        return text
    try:
        return format(Decimal(text).normalize(), "f")
    except InvalidOperation:
        return text.removeprefix(vocabulary.resource("")).removeprefix(vocabulary.base())


def _row(row: Mapping[str, object], columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(_written(row[column], column) for column in columns)


def answer(entry: Entry, catalogue: Catalogue) -> list[tuple[str, ...]]:
    """Return the rows that count of the answer to an entry."""
    wanted = {
        column: [_written(value, column) for value in ([texts] if isinstance(texts, str) else texts)]
        for column, texts in entry.where.items()
    }
    rows = catalogue.ask(entry.ask, entry.parameters)
    kept = [_row(row, entry.columns) for row in rows if all(_written(row[column], column) in values for column, values in wanted.items())]
    # A claim that rests on several places, or is about several things, is one answer.
    return sorted(set(kept) if entry.ask == "claims" else kept)


def shown(entry: Entry, catalogue: Catalogue) -> list[tuple[str, tuple[str, ...]]]:
    """Return every row of an answer, what counts or not, with the id of its document where it has one, in order."""
    rows = catalogue.ask(entry.ask, entry.parameters)
    return sorted((vocabulary.local_name(str(row.get("document") or "")), _row(row, entry.columns)) for row in rows)


def expected(entry: Entry) -> list[tuple[str, ...]]:
    """Return the rows that the document prints."""
    return sorted(_row(dict(zip(entry.columns, row, strict=True)), entry.columns) for row in entry.expected)


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.id for entry in ENTRIES])
def test_the_graph_answers_what_the_document_prints(entry: Entry, real: Catalogue) -> None:
    assert answer(entry, real) == expected(entry), entry.question


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.id for entry in ENTRIES])
def test_an_entry_asks_for_columns_that_exist(entry: Entry) -> None:
    assert {*entry.columns, *entry.where} <= set(question.load(entry.ask).columns)


@pytest.mark.parametrize("document", ["daratumumab-2016", "kantarjian-2017", "thompson-2021"])
def test_each_document_is_asked_at_least_twenty_questions(document: str) -> None:
    assert len([entry for entry in ENTRIES if entry.document == document]) >= 20


def test_at_least_ten_answers_are_that_nothing_is_reported() -> None:
    assert len([entry for entry in ENTRIES if not entry.expected]) >= 10


def test_no_two_entries_ask_the_same() -> None:
    assert len({entry.asked for entry in ENTRIES}) == len(ENTRIES)
    assert len({entry.question for entry in ENTRIES}) == len(ENTRIES)
