"""Repetitions: one result or quantity that a document prints twice, with numbers that rounding does not reconcile."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from . import figures
from .contradictions import Candidate, Stated
from .figures import Node
from .sides import Disagreeing, SideWriter, is_other, numeral_of, place_kind

#: What must be the same for two nodes to state one result; an other population, time or analysis is another result.
_SAME: Final = (
    "study", "group", "comparison", "variable", "measure", "analysis", "unit", "timePoint", "timeInWords", "timeUnit", "intervalKind",
    "citedFrom", "unitOfAnalysis",
)  # fmt: skip
_COMPARED: Final = ("value", "percent", "count")


def find(stated: Stated, writer: SideWriter) -> Iterator[Candidate]:
    """Yield each pair of results that are one by all that they state, and differ in a number; and parts that are printed in two ways."""
    alike: dict[tuple[object, ...], list[Node]] = {}
    for node in stated.nodes.values():
        if node["type"] in {"ArmResult", "EffectEstimate"}:
            alike.setdefault(tuple(str(node.get(key)) for key in _SAME), []).append(node)
    for members in alike.values():
        for one, other in combinations(members, 2):
            if pairs := _differing(one, other):
                yield _candidate(stated, writer, one, other, pairs)
    for node in stated.nodes.values():
        yield from _printed_otherwise(stated, writer, node)


def _printed_otherwise(stated: Stated, writer: SideWriter, node: Node) -> Iterator[Candidate]:
    """Yield each figure of a result or quantity that restates another one with another number."""
    by_name = {str(figure["id"]): figure for figure in node.get("figure", ())}
    for figure in by_name.values():
        first = by_name.get(str(figure.get("restates")))
        if first is not None and is_other(first, figure):
            sides = (Disagreeing(node, (first,)), Disagreeing(node, (figure,)))
            text = _describe(f"{first['printed']} and {figure['printed']}")
            local = f"{str(node['id']).partition('.')[2]}.{figure['role']}-{_start(figure)}"
            yield Candidate(f"{local}.printed-twice", place_kind(writer, first, figure), stated.subject_of(node), text, sides)


def _differing(one: Node, other: Node) -> list[tuple[Node, Node]]:
    """Return the figures of the same role in which two results differ beyond rounding."""
    pairs = []
    for role in _COMPARED:
        first, second = figures.of_role(one, role), figures.of_role(other, role)
        if first is not None and second is not None and not numeral_of(first).agrees(numeral_of(second)):
            pairs.append((first, second))
    return pairs


def _start(figure: Node) -> str:
    return str(figure["anchoredAt"]["selector"][0]["start"])


def _candidate(stated: Stated, writer: SideWriter, one: Node, other: Node, pairs: list[tuple[Node, Node]]) -> Candidate:
    sides = (Disagreeing(one, tuple(pair[0] for pair in pairs)), Disagreeing(other, tuple(pair[1] for pair in pairs)))
    text = _describe(" and ".join(f"{first['printed']} and {second['printed']}" for first, second in pairs))
    local = str(other["id"]).partition(".")[2]
    return Candidate(f"{local}.printed-twice", place_kind(writer, *pairs[0]), stated.subject_of(one), text, sides)


def _describe(numbers: str) -> str:
    return f"the same result is printed as {numbers}, which no rounding makes one number"
