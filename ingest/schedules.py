"""Schedules: one dose at two intervals that are nearly the same, and a dose for every infusion beside another one for some of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from .contradictions import Candidate, Stated
from .figures import Node
from .numerals import ORDINALS, WORD_NUMBERS
from .sides import Disagreeing

_ORDINALS: Final = {"other": 2} | ORDINALS | WORD_NUMBERS
_EVERY: Final = re.compile(r"\bevery (?:(?P<number>\d+|[a-z]+) )?(?P<unit>day|week|month)s?\b")
_ONCE: Final = re.compile(r"\b(?:(?P<word>daily|weekly|fortnightly|monthly)|once (?:a|per|every) (?P<unit>day|week|month))\b")
_DAYS: Final = {"day": 1.0, "week": 7.0, "month": 30.4}
_ADVERBS: Final = {"daily": ("day", 1), "weekly": ("week", 1), "fortnightly": ("week", 2), "monthly": ("month", 1)}
#: Intervals of which one is at most so much longer, in another unit, are the same one stated in two ways; others are phases.
NEARLY: Final = 1.2
_ALL: Final = re.compile(r"\bevery (?:infusion|dose|cycle|course|administration)\b")


@dataclass(frozen=True, slots=True)
class Interval:
    """How often a dose is given: once in a number of units of time."""

    unit: str
    number: int

    @property
    def days(self) -> float:
        """Its length."""
        return _DAYS[self.unit] * self.number

    def __str__(self) -> str:
        """Return it in words, such as "every 4 weeks"."""
        return f"every {self.number} {self.unit}s" if self.number > 1 else f"every {self.unit}"


def find(stated: Stated) -> Iterator[Candidate]:
    """Yield the doses that are stated in two ways."""
    regimens = [node for node in stated.nodes.values() if node["type"] == "Regimen"]
    studies: dict[str, set[str]] = {}
    for node in stated.nodes.values():
        if node["type"] == "Group" and "regimen" in node:
            studies.setdefault(str(node["regimen"]), set()).add(str(node["study"]))
    doses = [(stated.nodes[name], regimen) for regimen in regimens for name in regimen.get("dose", ())]
    for (one, of), (other, in_other) in combinations(doses, 2):
        if one["drug"] == other["drug"] and one.get("unit") == other.get("unit"):
            if _is_comparable(studies, of, in_other) and one.get("amount") == other.get("amount"):
                yield from _intervals(stated, one, other)
            if of is in_other and one.get("amount") and other.get("amount") and one["amount"] != other["amount"]:
                yield from _amounts(stated, one, other)


def interval(text: str) -> Interval | None:
    """Return the interval that a schedule states in words; none if it states none.

    >>> print(interval("then every fourth week"), interval("monthly, until progression"), interval("weekly in the first weeks"))
    every 4 weeks every month every week
    """
    if match := _EVERY.search(text):
        number = match["number"] or "1"
        count = int(number) if number.isdigit() else _ORDINALS.get(number)
        return Interval(match["unit"], count) if count else None
    if match := _ONCE.search(text):
        unit, count = _ADVERBS[match["word"]] if match["word"] else (match["unit"], 1)
        return Interval(unit, count)
    return None


def _intervals(stated: Stated, one: Node, other: Node) -> Iterator[Candidate]:
    first, second = (interval(str(dose.get("schedule", ""))) for dose in (one, other))
    if first is None or second is None or first.unit == second.unit:
        return
    if first.days != second.days and max(first.days, second.days) / min(first.days, second.days) <= NEARLY:
        yield _candidate(
            stated, "other-schedule", one, other, f"one place has the dose {first}, the other {second}, which is not the same interval"
        )


def _amounts(stated: Stated, one: Node, other: Node) -> Iterator[Candidate]:
    for dose, part in ((one, other), (other, one)):
        every, some = str(dose.get("schedule", "")), str(part.get("schedule", ""))
        if _ALL.search(every) and some and not _ALL.search(some) and dose.get("route") == part.get("route") and "optional" not in some:
            text = f"the dose of {dose['amount']} is for every infusion, that of {part['amount']} for some of the same infusions"
            yield _candidate(stated, "other-rule", one, other, text)


def _is_comparable(studies: Mapping[str, set[str]], one: Node, other: Node) -> bool:
    """Whether two regimens are of one study, or one of them is no study's own: a recommendation."""
    of = [studies.get(str(regimen["id"]), set()) for regimen in (one, other)]
    return not of[0] or not of[1] or not of[0].isdisjoint(of[1])


def _candidate(stated: Stated, kind: str, one: Node, other: Node, text: str) -> Candidate:
    sides = tuple(
        Disagreeing(dose, tuple(each for each in dose.get("figure", ()) if each["role"] in {"dose", "time"})) for dose in (one, other)
    )
    local = str(other["id"]).partition(".")[2]
    return Candidate(f"{local}.{kind}", kind, f"{str(one['drug']).replace('-', ' ').capitalize()}, {one['label']}", text, sides)
