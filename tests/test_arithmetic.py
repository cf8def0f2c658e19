"""Seeded arithmetic mutations of the real records: a number that no longer fits the others is found by the checks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mabgraph.graph.store import vocabulary
from mabgraph.ingest import coherence, figures, numerals, record, results
from mabgraph.ingest.outcomes import INCONSISTENT
from mabgraph.ingest.record import Record
from mabgraph.ingest.results import Result

#: Long lists, or much that is written.
pytestmark = pytest.mark.slow

DOCUMENTS = sorted(path.stem for path in vocabulary.RECORDS.glob("*.yaml"))
SEED = 20261121


def reprinted(result: Result, role: str, printed: str) -> Result:
    """Return ``result`` with every figure of ``role`` printing something else."""
    changed = [replace(one, exact=printed, numeral=numerals.read(printed)) if one.role == role else one for one in result.figures]
    return replace(result, figures=tuple(changed))


def is_caught(record: Record, changed: Result, every: tuple[Result, ...]) -> bool:
    """Return whether a check of the changed record is inconsistent that names the changed result."""
    now = [changed if result.id == changed.id else result for result in every]
    return any(check.outcome == INCONSISTENT and changed.id in check.results for check in coherence.of_record(record, now))


def mutations(result: Result, chance: random.Random) -> Iterator[tuple[str, Result]]:
    """Yield mutations of one result that rounding cannot explain, each with its name."""
    stated = {role: figure.numeral for role, figure in figures.first_by_role(result.figures).items()}
    exact = {role: one.number for role, one in stated.items() if one.operator == "=" and one.number is not None}
    if result.is_masked:
        return
    if {"count", "total", "percent"} <= exact.keys():
        step = -1 if 100 * exact["count"] > exact["percent"] * exact["total"] else 1
        yield "percent off by one", reprinted(result, "percent", numerals.format_decimal(exact["percent"] + step))
        if exact["count"] >= 5:
            yield "wrong denominator", reprinted(result, "total", str(int(exact["total"] * 3)))
        yield "count off", reprinted(result, "count", str(int(exact["count"]) + int(exact["total"]) // 10 + chance.randint(3, 9)))
    if {"value", "lower", "upper"} <= exact.keys() and exact["lower"] < exact["value"] < exact["upper"]:
        yield "bounds swapped", reprinted(reprinted(result, "lower", stated["upper"].printed), "upper", stated["lower"].printed)
        yield "estimate outside", reprinted(result, "value", numerals.format_decimal(exact["upper"] * 2 + 1))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_arithmetic_mutation_is_found(document: str) -> None:
    typed, _ = record.load(vocabulary.RECORDS / f"{document}.yaml")
    every = tuple(results.expand_record(typed))
    chance = random.Random(SEED)
    already = {name for check in coherence.of_record(typed, every) if check.outcome == INCONSISTENT for name in check.results}
    outcomes = [
        (name, result.id, is_caught(typed, changed, every))
        for result in every
        if result.id not in already
        for name, changed in mutations(result, chance)
    ]
    assert [(name, result) for name, result, seen in outcomes if not seen] == []
    assert len(outcomes) >= (3 if document == "daratumumab-2016" else 300)
