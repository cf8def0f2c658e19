"""Rules: one recommendation that a document gives in two places, with another dose or limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from .contradictions import Candidate, Stated
from .figures import Node
from .sides import Disagreeing, form

#: Figures that two statements share so that they are one rule, and the least share of all their figures.
SHARED: Final = 4
LIKENESS: Final = 0.7
#: Roles whose figures are doses and limits.
_LIMITS: Final = frozenset({"dose", "time", "percent", "quantity"})


def find(stated: Stated) -> Iterator[Candidate]:
    """Yield each pair of recommendations about one thing that share most of their numbers, and differ in a dose or a limit."""
    claims = [
        node for node in stated.nodes.values() if node["type"] == "Claim" and node["claimKind"] == "recommendation" and "figure" in node
    ]
    for one, other in combinations(claims, 2):
        if set(one["about"]).isdisjoint(other["about"]):
            continue
        numbers = [_numbers(claim) for claim in (one, other)]
        shared = numbers[0].keys() & numbers[1].keys()
        every = numbers[0].keys() | numbers[1].keys()
        if len(shared) >= SHARED and len(shared) >= LIKENESS * len(every):
            sides = [[numbers[place][key] for key in sorted(numbers[place].keys() - shared)] for place in (0, 1)]
            doses = Counter(role for side in sides for figure in side if (role := str(figure["role"])) in _LIMITS)
            if "dose" in doses or (sides[0] and sides[1] and doses):
                yield _candidate(one, other, sides)


def _numbers(claim: Node) -> dict[tuple[str, str, str], Node]:
    numbers: dict[tuple[str, str, str], Node] = {}
    for figure in claim["figure"]:
        if figure["role"] in _LIMITS and "number" in figure:
            numbers.setdefault((str(figure["role"]), str(figure["number"]), str(figure.get("unit", ""))), figure)
    return numbers


def _candidate(one: Node, other: Node, sides: list[list[Node]]) -> Candidate:
    printed = [", ".join(form({str(figure["role"]): figure}) for figure in side) or "no such number" for side in sides]
    thing = str(next(iter(dict.fromkeys(one["about"]).keys() & dict.fromkeys(other["about"]).keys()))).rpartition("/")[2]
    local = str(other["id"]).partition(".")[2]
    text = f"one rule is stated twice, with {printed[0]} in one place and {printed[1]} in the other"
    between = tuple(Disagreeing(claim, tuple(side)) for claim, side in zip((one, other), sides, strict=True))
    return Candidate(
        f"{local}.stated-twice", "other-rule", f"{thing.rpartition('.')[2].replace('-', ' ').capitalize()}, recommendation", text, between
    )
