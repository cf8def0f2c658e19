"""Overlaps: categories that are added although their limits nest, and parts that are more than their whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Final

from . import figures, numerals
from .accounts import Sum
from .contradictions import Candidate, Stated
from .figures import Node
from .numerals import Numeral
from .record import Definition, Record
from .sides import Disagreeing, words_of

_ABOVE: Final = frozenset({">", ">="})
_EITHER: Final = re.compile(r"\bor\b")
#: The name of the mark of a percentage that all kinds of something add up to.
_TOTAL: Final = "percentage-total"
_WHOLE: Final = Decimal(100)
#: How the names of the ends of a band begin, and the signs that each can be printed with.
_ENDS: Final = {"lowest": ("minimum", "lower-limit"), "highest": ("maximum", "upper-limit")}
_COUNTED: Final = ("minimum", "maximum")
_SIGNS: Final = {"lowest": frozenset({"=", ">=", ">"}), "highest": frozenset({"=", "<=", "<"})}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a definition asks for: least values by the names of their marks, all of them or, where ``either``, one of them."""

    definition: str
    least: Mapping[str, Decimal]
    either: bool

    def implies(self, other: Thresholds) -> bool:
        """Whether everything that meets these limits meets ``other``."""
        met = {name for name, number in other.least.items() if name in self.least and self.least[name] >= number}
        if self.either:
            return other.either and bool(met) and met == self.least.keys()
        return bool(met) if other.either else bool(met) and met == other.least.keys()


def find(stated: Stated, record: Record) -> Iterator[Candidate]:
    """Yield the categories of each sum of the record that overlap by their definitions, and the sums of percentages over their whole."""
    limits = {definition.variable: read for definition in record.definitions if (read := read_limits(definition))}
    defining: dict[str, list[Definition]] = {}
    for each in record.definitions:
        defining.setdefault(each.variable, []).append(each)
    variables = {row.id: row.variable for row in record.results} | {row.id: row.variable for table in record.tables for row in table.rows}
    for total in record.sums:
        known = [(part, limits[variables[part]]) for part in total.parts if variables.get(part) in limits]
        pairs = [(one, other) for one, other in combinations(known, 2) if one[1].implies(other[1]) or other[1].implies(one[1])]
        if pairs:
            yield _candidate(stated, record, total, pairs)
        yield from _over_whole(stated, record, total)
        yield from _bands(stated, record, total, [each for part in total.parts for each in defining.get(variables.get(part, ""), ())])
    for definition in record.definitions:
        yield from _below_stated_total(stated, record, definition)


def read_limits(definition: Definition) -> Thresholds | None:
    """Return the least values that a definition prints under names of their own; none if it prints another kind of limit, or no number."""
    least: dict[str, Decimal] = {}
    for figure in figures.read_quotes(definition.printed):
        if figure.numeral.number is None or figure.numeral.operator not in _ABOVE or not figure.name:
            return None
        least.setdefault(figure.name, figure.numeral.number)
    texts = " ".join(quote.read_marks().text for quote in definition.printed)
    return Thresholds(definition.id, least, bool(_EITHER.search(texts))) if len(least) > 1 else None


def _candidate(
    stated: Stated, record: Record, total: Sum, pairs: Sequence[tuple[tuple[str, Thresholds], tuple[str, Thresholds]]]
) -> Candidate:
    document = record.document.id
    involved = {part: limits for pair in pairs for part, limits in pair}
    definitions = [Disagreeing(stated.nodes[f"definition/{document}.{limits.definition}"]) for limits in involved.values()]
    wholes = [Disagreeing(node) for node in _results(stated, document, total.whole)]
    named = "; ".join(f"{words_of(_inner(*pair))} is within {words_of(_outer(*pair))}" for pair in pairs)
    subject = next((stated.study_of(side.part) for side in definitions), "")
    text = f"by the printed limits {named}, and the table adds them up as separate"
    return Candidate(f"{total.id}.overlap", "overlapping-categories", f"{subject}, {words_of(total.id)}", text, (*definitions, *wholes))


def _bands(stated: Stated, record: Record, total: Sum, definitions: Sequence[Definition]) -> Iterator[Candidate]:
    """Yield bands of numbers, such as ages, that are added up although one begins before the one below it ends, or leaves a gap."""
    bands = sorted(((band, each.id) for each in definitions if (band := _read_band(each))), key=lambda pair: pair[0].lowest)
    for (lower, lower_name), (upper, upper_name) in pairwise(bands):
        apart = _measure_gap(lower, upper)
        if lower.highest is None or not apart or lower == upper:  # what tells bands with the same ends apart is something else
            continue
        is_overlap = apart < 0
        begins = f"a band ends at {lower.highest}, the next begins at {upper.lowest}"
        text = f"{begins}, and the table adds them up as {'separate' if is_overlap else 'all'}"
        sides = tuple(Disagreeing(stated.nodes[f"definition/{record.document.id}.{name}"]) for name in (lower_name, upper_name))
        subject = f"{stated.study_of(sides[0].part)}, {words_of(total.id)}"
        yield Candidate(f"{upper_name}.band", "overlapping-categories" if is_overlap else "arithmetic", subject, text, sides)


@dataclass(frozen=True, slots=True)
class _Band:
    """The numbers between two ends, each included or not; without a highest one all from the lowest on."""

    lowest: Decimal
    includes_lowest: bool
    highest: Decimal | None
    includes_highest: bool
    is_counted: bool


def _measure_gap(lower: _Band, upper: _Band) -> Decimal | None:
    """Return how far ``upper`` begins above the end of ``lower``, 0 where the one follows the other; none where that cannot be told.

    Bands with both ends included are of whole numbers where these are named minimum and maximum, and the next begins with the next one.
    Limits of what is measured may be shared, or apart by the unit of the last digit.
    """
    if lower.highest is None:
        return None
    gap = upper.lowest - lower.highest
    if not (lower.includes_highest and upper.includes_lowest):
        return gap if abs(gap) >= 1 or not gap else None
    if lower.is_counted and upper.is_counted:
        return gap - 1
    return gap if gap < 0 or gap > 1 else None


def _read_band(definition: Definition) -> _Band | None:
    """Return the numbers between which a band lies; none if it prints no lower end, or an end that it cannot have."""
    ends: dict[str, Numeral] = {}
    is_counted = True
    for figure in figures.read_quotes(definition.printed):
        side = next((side for side, names in _ENDS.items() if figure.name.startswith(names)), None)
        if side and (figure.numeral.number is None or figure.numeral.operator not in _SIGNS[side]):
            return None
        if side and figure.numeral.number is not None:
            ends.setdefault(side, figure.numeral)
            is_counted &= figure.name.startswith(_COUNTED) and figure.numeral.number == figure.numeral.number.to_integral_value()
    lowest, highest = ends.get("lowest"), ends.get("highest")
    if lowest is None or lowest.number is None:
        return None
    included = lowest.operator != ">", highest is not None and highest.operator != "<"
    return _Band(lowest.number, included[0], highest.number if highest else None, included[1], is_counted)


def _inner(one: tuple[str, Thresholds], other: tuple[str, Thresholds]) -> str:
    return one[0] if one[1].implies(other[1]) else other[0]


def _outer(one: tuple[str, Thresholds], other: tuple[str, Thresholds]) -> str:
    return other[0] if one[1].implies(other[1]) else one[0]


def _below_stated_total(stated: Stated, record: Record, definition: Definition) -> Iterator[Candidate]:
    """Yield the groups whose kinds of something add up to less than the percentage that a footnote says they exceed."""
    total = next((figure for figure in figures.read_quotes(definition.printed) if figure.name == _TOTAL), None)
    if total is None or total.numeral.operator not in _ABOVE or total.numeral.number is None:
        return
    kind = re.compile(rf"[a-z]+-{re.escape(definition.variable.removesuffix('-type'))}")
    by_group: dict[str, list[tuple[Node, Node]]] = {}
    for node in stated.nodes.values():
        if node["type"] == "ArmResult" and kind.fullmatch(str(node["variable"])):
            by_group.setdefault(str(node["group"]), []).extend((node, each) for each in node["figure"] if each["role"] == "percent")
    for group, members in by_group.items():
        bounds = [numerals.read(str(percent["printed"])).bounds for _, percent in members]
        most = sum((each[1] for each in bounds if each), Decimal(0))
        if len(members) > 1 and all(bounds) and most < total.numeral.number:
            added = sum((Decimal(str(percent["number"])) for _, percent in members), Decimal(0))
            text = f"the kinds add up to {added} %, which is not {total.exact} %"
            sides = [Disagreeing(stated.nodes[f"definition/{record.document.id}.{definition.id}"])]
            sides += [Disagreeing(node, (percent,)) for node, percent in members]
            name = f"{definition.id}.{group.partition('.')[2]}.below-total"
            yield Candidate(name, "arithmetic", stated.subject_of(members[0][0]), text, tuple(sides))


def _over_whole(stated: Stated, record: Record, total: Sum) -> Iterator[Candidate]:
    """Yield the groups whose percentages add up to more than their whole, whatever their rounding."""
    document = record.document.id
    by_group: dict[str, list[tuple[Node, Node]]] = {}
    for part in total.parts:
        for node in _results(stated, document, part):
            percent = figures.of_role(node, "percent")
            if percent is not None and "group" in node:
                by_group.setdefault(str(node["group"]), []).append((node, percent))
    wholes = {str(node.get("group")): node for node in _results(stated, document, total.whole)}
    for group, members in by_group.items():
        whole = figures.of_role(wholes.get(group, {}), "percent")
        bounds = [numerals.read(str(percent["printed"])).bounds for _, percent in members]
        most = _WHOLE if total.whole is None else (numerals.read(str(whole["printed"])).bounds or (0, None))[1] if whole else None
        if most is None or len(members) < len(total.parts) or any(each is None for each in bounds):
            continue
        least = sum((each[0] for each in bounds if each), Decimal(0))
        if least > most:
            sides = [Disagreeing(node, (percent,)) for node, percent in members]
            sides += [Disagreeing(wholes[group], (whole,))] if whole else []
            added = sum((Decimal(str(percent["number"])) for _, percent in members), Decimal(0))
            text = f"the parts add up to {added} %, more than {whole['printed'] if whole else '100'} %, whatever their rounding"
            local = group.partition(".")[2]
            yield Candidate(f"{total.id}.{local}.over-whole", "arithmetic", stated.subject_of(members[0][0]), text, tuple(sides))


def _results(stated: Stated, document: str, row: str | None) -> Iterator[Node]:
    prefix = f"estimate/{document}.{row}"
    yield from (node for name, node in stated.nodes.items() if row and (name == prefix or name.startswith(f"{prefix}.")))
