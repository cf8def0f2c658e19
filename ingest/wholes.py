"""Wholes: counts and percentages of parts that add up to a whole, and the two arms of a comparison that are everybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from . import figures
from .accounts import Sum
from .outcomes import CONSISTENT, INCONSISTENT, NOT_CHECKABLE, TINY, Check, exact_of, numerals_of, range_of
from .record import Comparison, Group
from .results import Result

ARMS: Final = "arms-against-whole"


def sums(total: Sum, rows: Mapping[str, list[Result]]) -> Iterator[Check]:
    """Yield, for each group, the check of the parts against their whole (or against the group's denominator)."""
    parts: dict[str, list[Result]] = {}
    for name in total.parts:
        for result in rows.get(name, ()):
            if result.group:
                parts.setdefault(result.group, []).append(result)
    wholes = {result.group: result for result in rows.get(total.whole or "", ())}
    for group, members in parts.items():
        involved = tuple(result.id for result in members)
        stated = [figures.first_by_role(result.figures) for result in members]
        whole = figures.first_by_role(wholes[group].figures).get("count") if group in wholes else stated[0].get("total")
        counts = [one["count"].numeral for one in stated if "count" in one]
        if total.whole and group in wholes:
            involved += (wholes[group].id,)
        name, kind = f"{total.id}.{group}.parts-against-whole", "parts-against-whole"
        if whole is None or whole.numeral.number is None or len(counts) < len(members) or len(members) < len(total.parts):
            yield _of_percentages(total, name, members, wholes.get(group)) or Check(
                name, kind, NOT_CHECKABLE, involved, "a count is not printed"
            )
        elif any(count.number is None or count.operator != "=" for count in counts):
            yield Check(name, kind, NOT_CHECKABLE, involved, "a count is masked")
        else:
            added = sum(int(count.number or 0) for count in counts)
            outcome = CONSISTENT if added == whole.numeral.number else INCONSISTENT
            yield Check(name, kind, outcome, involved, f"the parts add up to {added}; {whole.exact} is printed", (added, added))


def _of_percentages(total: Sum, name: str, members: list[Result], whole: Result | None) -> Check | None:
    """Return whether percentages without counts can add up to their whole, each by rounding; what is over it is found by ``overlaps``."""
    percents = [numerals_of(each).get("percent") for each in members]
    bounds = [range_of(percent) for percent in percents]
    stated = numerals_of(whole).get("percent") if whole else None
    least = (range_of(stated) or (0.0, 0.0))[0] if total.whole else 100.0
    if len(members) < len(total.parts) or any(each is None for each in bounds) or (total.whole and range_of(stated) is None):
        return None
    most = sum(each[1] for each in bounds if each)
    added = sum((percent.number or Decimal(0) for percent in percents if percent), Decimal(0))
    involved = (*(each.id for each in members), *([whole.id] if whole else []))
    outcome = CONSISTENT if most >= least - TINY else INCONSISTENT
    text = f"the parts add up to {added} %; {stated.printed if stated else '100'} % is printed for the whole"
    return Check(name, "parts-against-whole", outcome, involved, text, (float(added), float(added)))


class Arms:
    """Two groups of a comparison and the group that both are of, where the printed denominators show that nobody else is in it."""

    def __init__(self, comparisons: Iterable[Comparison], groups: Iterable[Group]) -> None:
        self.pairs = [(each.intervention, each.comparator) for each in comparisons]
        self.parents = {group.id: group.parent for group in groups}

    def check(self, results: Iterable[Result]) -> Iterator[Check]:
        """Yield, for one variable by one analysis at one time, whether the counts of both arms are that of the whole."""
        subjects: dict[tuple[object, ...], dict[str, Result]] = {}
        for result in results:
            stated = numerals_of(result)
            if result.group and result.measure == "proportion" and not result.is_masked and {"count", "total"} <= stated.keys():
                settings, time = result.settings, stated.get("time")
                subject = result.variable, settings.analysis, settings.cited_from, settings.unit_of_analysis, time and time.canonical
                subjects.setdefault(subject, {}).setdefault(result.group, result)
        for members in subjects.values():
            for one, other in dict.fromkeys(self.pairs):
                for name, whole in members.items():
                    if one in members and other in members and name not in {one, other}:
                        yield from self._of(members[one], members[other], whole)

    def _of(self, one: Result, other: Result, whole: Result) -> Iterator[Check]:
        if self._root(one) != self._root(whole):
            return
        stated = [numerals_of(each) for each in (one, other, whole)]
        counts, totals = ([exact_of(each.get(role)) for each in stated] for role in ("count", "total"))
        if any(each is None for each in (*counts, *totals)):
            return
        (first, second, all_counted), (size, other_size, everybody) = (tuple(each or 0 for each in numbers) for numbers in (counts, totals))
        if size + other_size != everybody:
            return
        outcome = CONSISTENT if first + second == all_counted else INCONSISTENT
        text = f"the two groups add up to {first + second}, and are all {everybody}; {stated[2]['count'].printed} is printed"
        ids = (one.id, other.id, whole.id)
        yield Check(f"{whole.id}.{ARMS}-{one.id}", ARMS, outcome, ids, text, (first + second, first + second))

    def _root(self, result: Result) -> str | None:
        group = result.group
        while group and (parent := self.parents.get(group)):
            group = parent
        return group
