"""Results of a dataset: the row of each estimate, its figures and its checks; of our own engine they are kept once they were read.

What is kept is JSON of the values without the names of columns, about 2 kB an estimate; reading it takes a hundredth of what the questions
take. Lists, single things, pages, comparisons, exports and tools for agents share it. Nothing is kept of another engine, whose data may be
replaced without our knowing (docs/decisions/0013).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

from pydantic_core import from_json, to_json

from . import question
from .kept import KeptAnswers
from .question import Row

#: How many estimates are asked for at once.
LOT: Final = 100
#: The questions for what a result has, and the column of each that names the estimate.
ESTIMATES, ANCHORS, CHECKS = "estimates", "anchors", "checks"
Ask = Callable[[str, Mapping[str, Sequence[str]]], list[Row]]


@dataclass(frozen=True, slots=True)
class ReadResult:
    """An estimate: its row of the question ``estimates``, its rows of ``anchors``, and of ``checks``, where these were asked for."""

    row: Row
    figures: list[Row]
    checks: list[Row]


def read(ask: Ask, iris: Sequence[str], kept: KeptAnswers | None, *, checks: bool = True) -> list[ReadResult]:
    """Return the results ``iris`` in the order of the question ``estimates``; what is no estimate is left out.

    ``ask`` asks a question; ``kept`` is what was read before, None where nothing may be kept. ``checks`` says whether checks are needed.
    """
    wanted = list(dict.fromkeys(iris))
    results: list[ReadResult] = []
    missing = []
    for iri in wanted:
        if kept is not None and (packed := kept.get((ESTIMATES, iri))) is not None:
            results.append(_unpack(packed))
        else:
            missing.append(iri)
    for start in range(0, len(missing), LOT):
        lot = missing[start : start + LOT]
        fresh = _ask(ask, lot, checks=checks or kept is not None)
        if kept is not None:
            _keep(kept, fresh)
        results += fresh
    return sorted(results, key=_order)


def _ask(ask: Ask, iris: Sequence[str], *, checks: bool) -> list[ReadResult]:
    rows = ask(ESTIMATES, {"estimate": iris})
    figures = _by_thing(ask(ANCHORS, {"node": iris}), "node")
    judged = _by_thing(ask(CHECKS, {"estimate": iris}), "estimate") if checks else {}
    return [ReadResult(row, figures.get(str(row["estimate"]), []), judged.get(str(row["estimate"]), [])) for row in rows]


def _keep(kept: KeptAnswers, results: Sequence[ReadResult]) -> None:
    """Keep those of which the question has one row."""
    times: dict[str, int] = {}
    for result in results:
        times[str(result.row["estimate"])] = times.get(str(result.row["estimate"]), 0) + 1
    for result in results:
        if times[iri := str(result.row["estimate"])] == 1:
            packed = _pack(result)
            kept.put((ESTIMATES, iri), packed, len(packed) + 2 * len(iri))


def _by_thing(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    by_thing: dict[str, list[Row]] = {}
    for row in rows:
        by_thing.setdefault(str(row[column]), []).append(row)
    return by_thing


def _order(result: ReadResult) -> tuple[str, ...]:
    """Return what the question ``estimates`` orders its rows by."""
    return tuple(str(result.row[name] or "") for name in ("study_label", "endpoint_label", "estimate", "printed"))


def _pack(result: ReadResult) -> bytes:
    """Return a result as JSON: the values of its rows, and where among them a decimal stands, which JSON writes as a text."""
    parts = (ESTIMATES, [result.row]), (ANCHORS, result.figures), (CHECKS, result.checks)
    return to_json([_values(_columns(name), rows) for name, rows in parts])


def _values(columns: Sequence[str], rows: Sequence[Row]) -> list[Any]:
    values = [[row[name] for name in columns] for row in rows]
    decimals = [[line, place] for line, row in enumerate(values) for place, value in enumerate(row) if isinstance(value, Decimal)]
    return [values, decimals]


def _unpack(packed: bytes) -> ReadResult:
    names = (ESTIMATES, ANCHORS, CHECKS)
    (row,), figures, checks = (_rows(name, *part) for name, part in zip(names, from_json(packed), strict=True))
    return ReadResult(row, figures, checks)


def _rows(name: str, values: list[list[Any]], decimals: list[list[int]]) -> list[Row]:
    for line, place in decimals:
        values[line][place] = Decimal(values[line][place])
    columns = _columns(name)
    return [dict(zip(columns, row, strict=True)) for row in values]


@cache
def _columns(name: str) -> tuple[str, ...]:
    return tuple(question.load(name).columns)
