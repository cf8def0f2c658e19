"""Conflicts: one result that two documents print with different numbers, and the likely reason.

Both numbers are kept, and none is chosen. What another cut-off, other patients or rounding explains is recorded and disputes nothing: both
documents may be right. Only what nothing explains disputes both results. ``docs/discrepancies.md`` has the rules.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from . import counterparts, figures
from .contradictions import Stated
from .figures import Node
from .numerals import Numeral
from .record import Record
from .sides import Disagreeing, SideWriter, numeral_of, words_of

ROUNDING: Final = "rounding"
POPULATION: Final = "other-population"
#: What stands for a population that the document does not name: it is another one than none.
_UNNAMED: Final = "as-reported"
CUTOFF: Final = "other-cut-off"
UNEXPLAINED: Final = "unexplained"

#: What must be the same for two results to be of one thing, besides their groups.
_SAME: Final = ("variable", "measure", "unit", "timePoint", "timeUnit", "unitOfAnalysis")
_COMPARED: Final = ("value", "percent", "count", "total", "lower", "upper", "p_value")
#: Bounds are only held against each other where they are of one kind and level.
_BOUNDS: Final = frozenset({"lower", "upper"})
_FOLLOWED: Final = "follow-up-time"
_CUT: Final = "data-cutoff"
_MASKED: Final = "masked"

#: Figures of one role that differ.
Pair = tuple[Node, Node]


@dataclass(frozen=True, slots=True)
class Report:
    """What one document says: its record and its nodes by name."""

    record: Record
    nodes: Mapping[str, Node]

    @property
    def document(self) -> str:
        """The id of the document."""
        return self.record.document.id

    def results(self, study: str) -> Iterator[Node]:
        """Yield the results of ``study``."""
        return (node for node in self.nodes.values() if node.get("study") == study and "measure" in node)

    def cutoffs(self, study: str) -> frozenset[str]:
        """Return the dates at which the data of ``study`` were cut off, as far as the document says."""
        stated = (node for node in self.nodes.values() if node.get("quantityKind") == _CUT and node.get("date"))
        return frozenset(str(node["date"]) for node in stated if _study_of(str(node["describes"]), self.nodes) == study)

    def follow_up_times(self, study: str) -> frozenset[tuple[str, str]]:
        """Return the follow-up times of ``study`` with their units, as far as the document says."""
        times = (node for node in self.results(study) if node["variable"] == _FOLLOWED and "value" in node)
        return frozenset((str(node["value"]), str(node.get("unit"))) for node in times)


def find(study: str, earlier: Report, later: Report) -> Iterator[Node]:
    """Yield a discrepancy for each result of ``study`` that both documents print, in different numbers."""
    names = counterparts.match(study, earlier.nodes, later.nodes)
    there: dict[tuple[object, ...], list[Node]] = {}
    for node in later.results(study):
        there.setdefault(_key(node, _place(node), later), []).append(node)
    here: dict[tuple[object, ...], list[Node]] = {}
    for node in earlier.results(study):
        if place := names.get(_place(node)):
            here.setdefault(_key(node, place, earlier), []).append(node)
    for key, members in here.items():
        for one, other in _pair_unsettled(members, there.get(key, ()), earlier, later):
            yield _discrepancy(study, earlier, later, one, other)


def _pair_unsettled(ones: Sequence[Node], others: Sequence[Node], earlier: Report, later: Report) -> Iterator[tuple[Node, Node]]:
    """Yield the pairs of results that can only be each other's counterpart and differ: of the same patients, else of others."""
    agreed = [
        (one, other) for one in ones for other in others if _can_be_one(one, other, earlier, later) and not find_differences(one, other)
    ]
    left = [one for one in ones if all(one is not each for each, _ in agreed)]
    left_there = [other for other in others if all(other is not each for _, each in agreed)]
    for is_alike in (str.__eq__, lambda one, other: not one or not other, lambda one, other: True):
        pairs = [
            (one, other) for one in left for other in left_there
            if is_alike(_population(one, earlier), _population(other, later)) and _can_be_one(one, other, earlier, later)
        ]  # fmt: skip
        for one, other in pairs:
            if sum(one is each for each, _ in pairs) == 1 == sum(other is each for _, each in pairs):
                yield one, other
        left = [one for one in left if all(one is not each for each, _ in pairs)]
        left_there = [other for other in left_there if all(other is not each for _, each in pairs)]


def find_differences(one: Node, other: Node) -> list[Pair]:
    """Return the figures of the same role in which two results print different numbers, rounded or not."""
    pairs = []
    is_one_kind = all(one.get(key) == other.get(key) for key in ("intervalKind", "intervalLevel"))
    for role in _COMPARED:
        first, second = figures.of_role(one, role), figures.of_role(other, role)
        if first is None or second is None or (role in _BOUNDS and not is_one_kind):
            continue
        if _differ(role, numeral_of(first), numeral_of(second)):
            pairs.append((first, second))
    return pairs


def _differ(role: str, one: Numeral, other: Numeral) -> bool:
    """Whether two numerals are no one number; of P values also whether one is beyond the bound that the other is."""
    if one.absence or other.absence:
        return one.absence != other.absence and _MASKED not in {one.absence, other.absence}
    if one.operator == other.operator == "=":
        return one.number != other.number
    if role != "p_value" or "=" not in {one.operator, other.operator} or one.number is None or other.number is None:
        return False
    bound, number = (one, other.number) if other.operator == "=" else (other, one.number)
    is_within = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}.get(bound.operator)
    return is_within is not None and bound.number is not None and not is_within(number, bound.number)


def explain(study: str, earlier: Report, later: Report, one: Node, other: Node, pairs: Sequence[Pair]) -> tuple[str, str]:
    """Return the likely kind of a conflict, and why, in words."""
    beyond = [pair for pair in pairs if not numeral_of(pair[0]).agrees(numeral_of(pair[1]))]
    if not beyond:
        return ROUNDING, "the numbers are rounded differently"
    populations = _population(one, earlier), _population(other, later)
    if all(populations) and populations[0] != populations[1]:
        return POPULATION, f"the analyses are of other patients: {words_of(populations[0])}, {words_of(populations[1])}"
    if cut := _other_cutoff(study, earlier, later):
        return CUTOFF, cut
    if any(first["role"] == "total" for first, _ in beyond):
        return POPULATION, "the numbers of patients are not the same"
    return UNEXPLAINED, f"nothing that the documents state explains the difference{_say_silent(study, earlier, later)}"


def _other_cutoff(study: str, earlier: Report, later: Report) -> str:
    """Return in words why two reports may be of different cut-offs; empty where nothing says so."""
    dates = earlier.cutoffs(study), later.cutoffs(study)
    if all(dates):
        if any(one.startswith(other) or other.startswith(one) for one in dates[0] for other in dates[1]):
            return ""
        return f"the data were cut off at different times: {_list(dates[0])}, {_list(dates[1])}"
    times = earlier.follow_up_times(study), later.follow_up_times(study)
    if all(times) and times[0].isdisjoint(times[1]):
        words = (_list(f"{value} {words_of(unit)}" for value, unit in each) for each in times)
        return f"patients were followed for different times: {'; '.join(words)}"
    return ""


def _say_silent(study: str, earlier: Report, later: Report) -> str:
    """Return in words that only one of two reports says when its data were cut off, which explains nothing; empty where not so."""
    dates = earlier.cutoffs(study), later.cutoffs(study)
    if any(dates) == all(dates):
        return ""
    stating, silent, stated = (earlier, later, dates[0]) if dates[0] else (later, earlier, dates[1])
    return f": the data of {stating.document} were cut off at {_list(stated)}, and {silent.document} does not say when"


def _discrepancy(study: str, earlier: Report, later: Report, one: Node, other: Node) -> Node:
    pairs = find_differences(one, other)
    kind, why = explain(study, earlier, later, one, other, pairs)
    sides = [(earlier, one, [first for first, _ in pairs]), (later, other, [second for _, second in pairs])]
    subject = Stated(earlier.nodes).subject_of(one)
    short, full = ("; ".join(_show_printed(report, part, has_places=has) for report, part, _ in sides) for has in (False, True))
    local, between = str(other["id"]).partition(".")[2], [str(figure["id"]) for _, _, differ in sides for figure in differ]
    results = [str(one["id"]), str(other["id"])]
    text = f"{subject}: {full}. {why[:1].upper()}{why[1:]}. Documents: {earlier.document}, {later.document}."
    node: Node = {
        "id": f"discrepancy/{later.document}.{local}.against-{earlier.document}", "type": "Discrepancy", "discrepancyKind": kind,
        "origin": ["computed"], "computation": f"{why[:1].upper()}{why[1:]}.", "label": f"{subject}: {short}", "text": text,
        "document": f"document/{later.document}", "against": f"document/{earlier.document}", "between": between, "compares": results,
    }  # fmt: skip
    return node | ({"disputes": results} if kind == UNEXPLAINED else {})


def _show_printed(report: Report, part: Node, *, has_places: bool) -> str:
    shown = tuple(figure for figure in part["figure"] if figure["role"] in _COMPARED and "restates" not in figure)
    sentence = SideWriter(report.record, report.nodes).sentence([Disagreeing(part, shown)], has_places=has_places)
    return f"in {report.document} {sentence}"


def _key(node: Node, place: str, report: Report) -> tuple[object, ...]:
    """Return what results of one thing have alike; follow-up that is not cut is as if nothing were said of it."""
    analysis = report.nodes.get(str(node.get("analysis")), {})
    censoring = str(analysis.get("censoring", ""))
    return (
        place, *(str(node.get(key)) for key in _SAME), "" if censoring.startswith("not-censored") else censoring,
        tuple(sorted(map(str, analysis.get("adjustedFor", ())))),
    )  # fmt: skip


def _can_be_one(one: Node, other: Node, earlier: Report, later: Report) -> bool:
    """Whether two results of one thing may be the same: by one statistical model, as far as both documents say by which.

    One may say less: Cox regression may be stratified Cox regression.
    """
    first, second = (
        str(report.nodes.get(str(node.get("analysis")), {}).get("method", "")) for node, report in ((one, earlier), (other, later))
    )
    return first.endswith(second) or second.endswith(first)


def _population(node: Node, report: Report) -> str:
    """Return the population of the analysis of a result, as far as the document names one."""
    stated = str(report.nodes.get(str(node.get("analysis")), {}).get("population", ""))
    return "" if stated == _UNNAMED else stated


def _place(node: Node) -> str:
    return str(node.get("comparison") or node.get("group"))


def _study_of(name: str, nodes: Mapping[str, Node]) -> str:
    return name if name.startswith("study/") else str(nodes.get(name, {}).get("study", ""))


def _list(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))
