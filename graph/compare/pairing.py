"""Pairing: the same result of the group that a group is compared with, found for many results of one group at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..network.treatments import Groups, comparisons_of
from ..questions.catalogue import Catalogue
from ..questions.question import Row

#: The sides of a comparison: the side of a group, and that of the group which it is held against.
_SIDES: Final = (("intervention", "comparator"), ("comparator", "intervention"))
#: What is the same in both results.
_SAME: Final = ("study", "variable", "measure", "analysis", "time_point", "unit")


@dataclass(slots=True)
class _Counterparts:
    """The comparisons of a dataset by the groups that they hold against each other."""

    groups: Groups
    against: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    known: dict[tuple[str, str], tuple[tuple[str, str, str], ...]] = field(default_factory=dict)

    def add(self, comparison: Row) -> None:
        """Take in a comparison."""
        for side, other in _SIDES:
            several = self.against.setdefault(str(comparison[side]), [])
            several.append((str(comparison[other]), str(comparison["comparison"]), side))

    def of(self, group: str, other: str) -> tuple[tuple[str, str, str], ...]:
        """Return how ``group`` is compared with ``other``, directly first: true or false, the comparison, the side of ``group``."""
        if (pair := (group, other)) not in self.known:
            self.known[pair] = tuple(sorted(self._find(group, other), key=lambda each: (each[0] != "true", each[1])))
        return self.known[pair]

    def _find(self, group: str, other: str) -> Iterator[tuple[str, str, str]]:
        if group == other:
            return
        within = {other, *self.groups.ancestors(other)}
        for whole in (group, *self.groups.ancestors(group)):
            for against, comparison, side in self.against.get(whole, ()):
                if against in within:
                    yield "true" if whole == group and against == other else "false", comparison, side


def find(catalogue: Catalogue, groups: Groups, results: Sequence[Row]) -> list[Row]:
    """Return the rows that the question ``counterparts`` gives for ``results``, rows of ``comparability``; one question.

    It reads the results of their studies once, where ``counterparts`` looks for each result through all of its study.
    """
    arms = [row for row in results if row["group"]]
    if not arms:
        return []
    asked = {"trial": sorted({str(row["study"]) for row in arms}), "variable": sorted({str(row["endpoint"]) for row in arms})}
    alike: dict[tuple[str, ...], list[Row]] = {}
    own: dict[str, Row] = {}
    for row in catalogue.ask("group-results", {**asked, "exact": "true"}):
        alike.setdefault(_key(row), []).append(row)
        own[str(row["estimate"])] = row
    pairs = _Counterparts(groups)
    of_groups = {str(row["group"]) for rows in alike.values() for row in rows}
    near = of_groups.union(*(groups.ancestors(group) for group in of_groups))
    for comparison in catalogue.once("comparisons", comparisons_of):
        if str(comparison["intervention"]) in near and str(comparison["comparator"]) in near:
            pairs.add(comparison)
    return [each for row in arms for each in _counterparts(own[str(row["estimate"])], alike, pairs)]


def _key(row: Row) -> tuple[str, ...]:
    return tuple("" if row[name] is None else str(row[name]) for name in _SAME)


def _counterparts(row: Row, alike: dict[tuple[str, ...], list[Row]], pairs: _Counterparts) -> Iterable[Row]:
    """Return the counterparts of a result, those of groups that are compared themselves first, then by name."""
    several: list[Row] = [
        {"estimate": row["estimate"], "counterpart": other["estimate"], "comparison": comparison, "side": side, "direct": direct}
        for other in alike[_key(row)]
        for direct, comparison, side in pairs.of(str(row["group"]), str(other["group"]))
    ]
    return sorted(several, key=lambda each: (each["direct"] != "true", str(each["counterpart"]), str(each["comparison"])))
