"""Questions as reviewers type them, through REST alone: each with how its filters are understood, and what the document prints.

An entry of ``data/competency/rest/`` has an address and its ``parameters`` as such a person types them. ``understood`` are words that the
reading of the filters has, ``empty`` words of the reason why nothing is listed. ``total`` is how many there are in all, where the
document decides it. The ``rows`` are those with ``where`` (a column's value, or any of several): all of them, or, with ``among``, some.
Each list of ``says`` are words that one thing of the answer has. ``items`` names the list of an answer that is no list itself, ``part``
the details of one thing. Numbers are written as the document prints them, and compared as numbers save in columns of printed characters.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import yaml
from starlette.testclient import TestClient

DATA = Path(__file__).parent / "data" / "competency" / "rest"
GUIDE = Path(__file__).parents[1] / "docs" / "questions.md"
#: Columns compared character by character.
AS_PRINTED = frozenset({"printed", "exact"})

Texts = str | list[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One question of a reviewer."""

    id: str
    topic: str
    question: str
    address: str
    parameters: dict[str, Texts] = field(default_factory=dict)
    understood: Texts = field(default_factory=list)
    empty: Texts = field(default_factory=list)
    total: str = ""
    where: dict[str, Texts] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] | None = None
    says: list[list[str]] = field(default_factory=list)
    among: str = ""
    distinct: str = ""
    items: str = "items"
    part: str = ""

    @property
    def url(self) -> str:
        """The address with its parameters."""
        pairs = [f"{name}={quote_plus(value, safe='/')}" for name, values in self.parameters.items() for value in listed(values)]
        return quote(self.address) + ("?" + "&".join(pairs) if pairs else "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answers: the rows, and what is said of them."""

    rows: list[Mapping[str, Any]]
    understood: str
    empty: str
    total: int
    text: str


def listed(texts: Texts) -> list[str]:
    return [texts] if isinstance(texts, str) else texts


def _read(path: Path) -> list[Entry]:
    fields = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    return [
        Entry(f"{path.stem}-{number:02}-{'-'.join(re.findall('[a-z0-9]+', each['question'].lower())[:8])}", path.stem, **each)
        for number, each in enumerate(fields, start=1)
    ]


ENTRIES = [entry for path in sorted(DATA.glob("*.yaml")) for entry in _read(path)]


def asked(service: TestClient, entry: Entry) -> Answer:
    """Return what ``service`` answers: the only place that knows how answers are laid out. Lists are read as CSV, which has every column."""
    reply = service.get(entry.url, headers={"accept": "application/json"})
    assert reply.status_code == 200, f"{entry.url}: {reply.text[:400]}"
    answer = reply.json()
    if entry.part:
        rows = answer["details"].get(entry.part, [])
    elif entry.items == "items" and "page_size" in answer:
        table = service.get(str(reply.request.url.raw_path, "ascii"), headers={"accept": "text/csv"})
        rows = list(csv.DictReader(io.StringIO(table.text)))
    else:
        rows = answer[entry.items]
    return Answer(rows, str(answer.get("understood", "")), str(answer.get("empty", "")), int(answer.get("total", len(rows))), reply.text)


def _written(value: object, column: str) -> str:
    text = "" if value is None else str(value)
    if column in AS_PRINTED:
        return text
    try:
        return format(Decimal(text).normalize(), "f")
    except InvalidOperation:
        return text


def _row(row: Mapping[str, Any], columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(_written(row.get(column), column) for column in columns)


def chosen(answer: Answer, entry: Entry) -> Counter[tuple[str, ...]]:
    """Return the rows of ``answer`` that count, with the columns of ``entry``."""
    wanted = {column: {_written(value, column) for value in listed(values)} for column, values in entry.where.items()}
    rows = [row for row in answer.rows if all(_written(row.get(column), column) in values for column, values in wanted.items())]
    kept = [_row(row, entry.columns) for row in rows]
    return Counter(set(kept) if entry.distinct else kept)


def faults(answer: Answer, entry: Entry) -> list[str]:
    """Return what is wrong with ``answer``, in words."""
    wrong = [f"not understood as {words!r}: {answer.understood}" for words in listed(entry.understood) if words not in answer.understood]
    wrong += [f"does not explain {words!r}: {answer.empty}" for words in listed(entry.empty) if words not in answer.empty]
    if entry.total and answer.total != int(entry.total):
        wrong.append(f"{answer.total} in all, not {entry.total}")
    if entry.rows is not None:
        expected = Counter(_row(dict(zip(entry.columns, row, strict=True)), entry.columns) for row in entry.rows)
        there = chosen(answer, entry)
        wrong += [f"missing: {row}" for row in (expected - there).elements()]
        wrong += [f"not expected: {row}" for row in (there - expected).elements() if not entry.among]
    things = (
        [json.dumps(row, ensure_ascii=False).casefold() for row in answer.rows] if entry.columns == ["label"] else [answer.text.casefold()]
    )
    wrong += [
        f"says nowhere {words}" for words in entry.says if not any(all(word.casefold() in thing for word in words) for thing in things)
    ]
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.id for entry in ENTRIES])
def test_a_reviewer_is_answered_what_the_document_prints(entry: Entry, real_client: TestClient) -> None:
    wrong = faults(asked(real_client, entry), entry)
    assert not wrong, f"{entry.question}\n{entry.url}\n" + "\n".join(wrong)


def test_a_wrong_answer_is_noticed(real_client: TestClient) -> None:
    entry = Entry(
        "", "", "?", "/v1/estimates", {"drug": "Blincyto", "endpoint": "EFS", "measure": "HR"}, "drug: daratumumab", "nothing", "2",
        columns=["printed"], rows=[["0.56"]], says=[["never printed"]],
    )  # fmt: skip
    assert len(faults(asked(real_client, entry), entry)) == 6


def test_there_are_enough_questions_of_each_kind() -> None:
    assert len(ENTRIES) >= 60
    assert len({entry.question for entry in ENTRIES}) == len(ENTRIES)
    assert len({entry.url for entry in ENTRIES}) >= 65, "few lists are asked for two things"
    for topic, least in {"empty": 5, "ambiguous": 5, "disputed": 5, "claims": 8, "not-reported": 4}.items():
        assert len([entry for entry in ENTRIES if entry.topic == topic]) >= least, topic
    assert all(entry.rows is not None or entry.says for entry in ENTRIES)


def test_the_guide_lists_each_question_with_its_address() -> None:
    """``python -m tests.test_competency_rest`` prints the section."""
    assert section() in GUIDE.read_text("utf-8"), "put what python -m tests.test_competency_rest prints into docs/questions.md"


def section() -> str:
    """Return the section of the guide: the questions by topic, each with its address."""
    lines = []
    for topic in dict.fromkeys(entry.topic for entry in ENTRIES):
        lines += ["", f"### {topic.replace('-', ' ').capitalize()}", ""]
        lines += [f"- {entry.question}  \n  `{entry.url}`" for entry in ENTRIES if entry.topic == topic]
    return "\n".join(lines).strip() + "\n"


if __name__ == "__main__":
    print(section(), end="")
