"""Redefinitions: a variable that one study defines in two places, with other numbers, or for another setting."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from . import figures
from .contradictions import Candidate, Stated
from .record import Definition, Record
from .sides import Disagreeing, words_of

#: Words for where or when something counts, of which one excludes or narrows another.
SETTINGS: Final = (
    ("in hospital", "hospitalization", "hospitalisation", "inpatient"),
    ("of the illness", "of the disease"),
    ("outpatient", "at home"),
    ("in intensive care",),
    ("in the first cycle",),
    ("during treatment", "on treatment"),
)


def find(stated: Stated, record: Record) -> Iterator[Candidate]:
    """Yield each pair of definitions of one variable in one study that do not say the same."""
    for definition in record.definitions:
        yield from _printed_twice(stated, record, definition)
    for one, other in combinations(record.definitions, 2):
        if one.variable == other.variable and one.study == other.study:
            text = _other_numbers(one, other) or _other_setting(one, other)
            if text:
                yield _candidate(stated, record, one, other, text)


def _printed_twice(stated: Stated, record: Record, definition: Definition) -> Iterator[Candidate]:
    """Yield a number that one definition rests on and that two of its quotes print differently, under one name."""
    node = stated.nodes.get(f"definition/{record.document.id}.{definition.id}")
    by_name: dict[tuple[str, str], tuple[int, figures.Figure]] = {}
    for place, quote in enumerate(definition.printed):
        for figure in figures.read_quote(quote) if node else ():
            first_place, first = by_name.setdefault((figure.name, figure.role), (place, figure))
            if (
                figure.name
                and place != first_place
                and first.numeral.operator == figure.numeral.operator
                and not first.numeral.agrees(figure.numeral)
            ):
                text = f"the {words_of(figure.name)} is printed as {first.exact} and as {figure.exact}"
                starts = {str(first.start), str(figure.start)}
                printed = tuple(each for each in (node or {}).get("figure", ()) if str(each["id"]).rpartition("-")[2] in starts)
                sides = (Disagreeing(node or {}, printed),)
                yield Candidate(f"{definition.id}.printed-twice", "unexplained", stated.subject_of(node or {}), text, sides)
                return


def _other_numbers(one: Definition, other: Definition) -> str:
    """Describe a number that both definitions print under the same name, and differently; empty if there is none."""
    named = [{figure.name: figure for figure in figures.read_quotes(each.printed) if figure.name} for each in (one, other)]
    for name in named[0].keys() & named[1].keys():
        first, second = named[0][name], named[1][name]
        if first.numeral.operator == second.numeral.operator and not first.numeral.agrees(second.numeral):
            return f"one place has the {words_of(name)} {first.exact}, the other {second.exact}"
    return ""


def _other_setting(one: Definition, other: Definition) -> str:
    """Describe the two settings that two definitions without numbers name; empty if they name none, or the same."""
    settings = [
        next((words for words in SETTINGS if any(word in each.definition.casefold() for word in words)), None) for each in (one, other)
    ]
    if settings[0] is None or settings[1] is None or settings[0] == settings[1]:
        return ""
    return f"one place counts what is {settings[0][0]}, the other what is {settings[1][0]}"


def _candidate(stated: Stated, record: Record, one: Definition, other: Definition, text: str) -> Candidate:
    nodes = [stated.nodes[f"definition/{record.document.id}.{each.id}"] for each in (one, other)]
    return Candidate(f"{other.id}.redefined", "other-definition", stated.subject_of(nodes[0]), text, tuple(map(Disagreeing, nodes)))
