"""Repetitions: one result that a document prints twice, with numbers that rounding does not reconcile."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from . import figures, numerals
from .contradictions import Candidate, Stated
from .figures import Node
from .sides import Disagreeing, SideWriter

#: What must be the same for two nodes to state one result; an other population, time or analysis is another result.
_SAME: Final = (
    "study", "group", "comparison", "variable", "measure", "analysis", "unit", "timePoint", "timeUnit", "intervalKind", "citedFrom",
    "unitOfAnalysis",
)  # fmt: skip
_COMPARED: Final = ("value", "percent", "count")


def find(stated: Stated, writer: SideWriter) -> Iterator[Candidate]:
    """Yield each pair of results that are one by all that they state, and differ in a number."""
    alike: dict[tuple[object, ...], list[Node]] = {}
    for node in stated.nodes.values():
        if node["type"] in {"ArmResult", "EffectEstimate"}:
            alike.setdefault(tuple(str(node.get(key)) for key in _SAME), []).append(node)
    for members in alike.values():
        for one, other in combinations(members, 2):
            if pairs := _differing(one, other):
                yield _candidate(stated, writer, one, other, pairs)


def _differing(one: Node, other: Node) -> list[tuple[Node, Node]]:
    """Return the figures of the same role in which two results differ beyond rounding."""
    pairs = []
    for role in _COMPARED:
        first, second = figures.of_role(one, role), figures.of_role(other, role)
        if first is not None and second is not None and not _agree(first, second):
            pairs.append((first, second))
    return pairs


def _agree(one: Node, other: Node) -> bool:
    return numerals.read(str(one["printed"])).agrees(numerals.read(str(other["printed"])))


def _candidate(stated: Stated, writer: SideWriter, one: Node, other: Node, pairs: list[tuple[Node, Node]]) -> Candidate:
    sides = (Disagreeing(one, tuple(pair[0] for pair in pairs)), Disagreeing(other, tuple(pair[1] for pair in pairs)))
    places = {writer.section_of(side.figures[0]) for side in sides}
    is_table = len(places) == 2 and any(place.startswith("table") for place in places)
    numbers = " and ".join(f"{first['printed']} and {second['printed']}" for first, second in pairs)
    text = f"the same result is printed as {numbers}, which no rounding makes one number"
    local = str(other["id"]).partition(".")[2]
    return Candidate(f"{local}.printed-twice", "text-against-table" if is_table else "unexplained", stated.subject_of(one), text, sides)
