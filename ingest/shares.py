"""Shares: a percentage that no whole number of its group's patients gives, where the number of patients is a fact of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import ceil, floor
from typing import Final

from . import figures, numerals
from .contradictions import Candidate, Stated
from .figures import Node
from .sides import Disagreeing

_KINDS: Final = ("patients-treated", "patients-in-group")
#: Populations in which patients are of the group that they were assigned to; in others, a few may have been treated as another group.
_AS_ASSIGNED: Final = frozenset({"intention-to-treat"})
_CROSSED: Final = Decimal("1.1")
#: Numbers of a group as a whole.
_WHOLE: Final = ("patients-randomised", "patients-in-group")
_ASSESSED: Final = "patients-assessed"
_RESPONDERS: Final = re.compile(r"\bresponders\b")
#: From this number of patients on, some whole number gives any percentage without decimals.
MANY: Final = 100


def find(stated: Stated) -> Iterator[Candidate]:
    """Yield the results without count and total whose percentage no whole number of their group's patients gives.

    None in a study of which a number of assessed patients is printed: its percentages may be of these. None that is less than one
    unit of its last digit from the percentage of a whole number: it may have been cut off, or rounded twice.
    """
    sizes = {kind: {str(node["describes"]): node for node in stated.nodes.values() if node.get("quantityKind") == kind} for kind in _KINDS}
    for size in sizes.values():
        yield from _responders(stated, size)
    assessed = {_study(stated, str(node["describes"])) for node in stated.nodes.values() if node.get("quantityKind") == _ASSESSED}
    whole, printed = _wholes(stated), _printed_sizes(stated)
    for node in stated.nodes.values():
        if node["type"] != "ArmResult" or node.get("unitOfAnalysis") != "patients":
            continue
        beyond = list(_beyond_group(stated, node, whole))
        yield from beyond
        if not beyond and (study := _study(stated, str(node["group"]))) not in assessed:
            yield from _of_no_size(stated, node, printed.get(study, frozenset()))
        if node.get("measure") == "proportion" and not {"count", "total"} & node.keys():
            for kind in () if _study(stated, str(node["group"])) in assessed else _KINDS:
                if fact := sizes[kind].get(str(node["group"])):
                    yield from _of_result(stated, node, fact)


def _study(stated: Stated, group: str) -> str:
    """Return the study of a group."""
    return str(stated.nodes.get(group, {}).get("study", ""))


def _wholes(stated: Stated) -> dict[str, Node]:
    """Return the largest number of patients that is printed of each group as a whole, not of those of it who were treated."""
    largest: dict[str, Node] = {}
    for node in stated.nodes.values():
        number = _exact(node) if node.get("quantityKind") in _WHOLE else None
        group = str(node.get("describes"))
        if number is not None and (group not in largest or number > (_exact(largest[group]) or 0)):
            largest[group] = node
    return largest


def _beyond_group(stated: Stated, result: Node, wholes: Mapping[str, Node]) -> Iterator[Candidate]:
    """Yield a result of more patients than its group has, or the group of which that is part: by its denominator, its count, or both
    its count and its percentage, which together say of how many patients they are.
    """
    group, analysis = str(result["group"]), stated.nodes.get(str(result.get("analysis", "")), {})
    while group and group not in wholes:
        group = str(stated.nodes.get(group, {}).get("parent", ""))
    if not group or "absence" in result:
        return
    size = _exact(wholes[group]) or Decimal(0)
    limit = size if analysis.get("population") in _AS_ASSIGNED else size * _CROSSED
    roles = {role: figures.of_role(result, role) for role in ("total", "count", "percent")}
    printed = {role: numerals.read(str(figure["printed"])) for role, figure in roles.items() if figure}
    numbers = {role: each.number for role, each in printed.items() if each.operator == "=" and each.number is not None}
    named: tuple[str, ...]
    if numbers.get("total", Decimal(0)) > limit:
        text, named = f"{numbers['total']} patients are more than the {size} of the whole group", ("total",)
    elif "total" not in printed and numbers.get("count", Decimal(0)) > limit:
        text, named = f"{numbers['count']} patients are more than the {size} of the whole group", ("count",)
    elif "total" not in printed and numbers.get("count") and "percent" in numbers and (bounds := printed["percent"].bounds):
        unit = bounds[1] - bounds[0]
        if 100 * numbers["count"] / (numbers["percent"] + unit) <= limit:
            return
        text = f"{numbers['count']} patients are {numbers['percent']} % of more than the {size} of the whole group"
        named = ("count", "percent")
    else:
        return
    sides = (Disagreeing(result, tuple(figure for role in named if (figure := roles[role]))),)
    local = str(result["id"]).partition(".")[2]
    yield Candidate(f"{local}.beyond-group", "arithmetic", stated.subject_of(result), text, sides, (Disagreeing(wholes[group]),))


def _printed_sizes(stated: Stated) -> dict[str, frozenset[int]]:
    """Return all numbers of patients that are printed of each study: sizes of groups, denominators, counts."""
    sizes: dict[str, set[int]] = {}
    for node in stated.nodes.values():
        owner = node.get("describes") if str(node.get("quantityKind", "")).startswith("patients") else node.get("group")
        study = _study(stated, str(owner)) or str(owner)
        for figure in node.get("figure", ()) if owner else ():
            number = numerals.read(str(figure["printed"])).number if figure["role"] in {"quantity", "total", "count"} else None
            if number is not None and number == int(number):
                sizes.setdefault(study, set()).add(int(number))
    return {study: frozenset(numbers) for study, numbers in sizes.items()}


def _of_no_size(stated: Stated, result: Node, sizes: frozenset[int]) -> Iterator[Candidate]:
    """Yield a result whose count and percentage, printed without denominator, are of no number of patients that the document prints."""
    roles = {role: figures.of_role(result, role) for role in ("count", "percent")}
    if roles["count"] is None or roles["percent"] is None or {"total", "absence"} & result.keys() or result.get("measure") != "proportion":
        return
    count, percent = (numerals.read(str(figure["printed"])) for figure in roles.values() if figure)
    if not count.number or not percent.number or percent.bounds is None or {count.operator, percent.operator} != {"="}:
        return
    unit = percent.bounds[1] - percent.bounds[0]
    if not sizes or any(size >= count.number and abs(100 * count.number / size - percent.number) < unit for size in sizes):
        return
    text = f"{count.number} patients are {percent.number} % of none of the numbers of patients that are printed"
    sides = (Disagreeing(result, tuple(figure for figure in roles.values() if figure)),)
    local = str(result["id"]).partition(".")[2]
    yield Candidate(f"{local}.no-size", "other-population", stated.subject_of(result), text, sides)


def _exact(fact: Node) -> Decimal | None:
    counted = numerals.read(str(fact["figure"][0]["printed"]))
    return counted.number if counted.operator == "=" else None


def _responders(stated: Stated, sizes: Mapping[str, Node]) -> Iterator[Candidate]:
    """Yield the groups of responders whose number is not the share of overall response of the whole group."""
    rates = {str(node["group"]): node for node in stated.nodes.values() if node.get("variable") == "overall-response" and "percent" in node}
    for node in stated.nodes.values():
        group = stated.nodes.get(str(node.get("group")), {})
        whole = str(group.get("parent", ""))
        if "total" not in node or not _RESPONDERS.search(str(group.get("label", ""))) or whole not in rates or whole not in sizes:
            continue
        rate = next(figure for figure in rates[whole]["figure"] if figure["role"] == "percent")
        total = next(figure for figure in node["figure"] if figure["role"] == "total")
        size, printed = numerals.read(str(sizes[whole]["figure"][0]["printed"])), numerals.read(str(rate["printed"]))
        if size.number is None or size.operator != "=" or printed.bounds is None or printed.operator != "=":
            continue
        low, high = (bound * size.number / 100 for bound in printed.bounds)
        if not low <= int(node["total"]) <= high:
            text = (
                f"{rate['printed']} % of {size.number} patients is {ceil(low)} to {floor(high)} responders; {total['printed']} are printed"
            )
            sides = (Disagreeing(rates[whole], (rate,)), Disagreeing(node, (total,)), Disagreeing(sizes[whole]))
            local = str(node["id"]).partition(".")[2]
            yield Candidate(f"{local}.responders", "other-population", stated.subject_of(rates[whole]), text, sides)


def _of_result(stated: Stated, result: Node, fact: Node) -> Iterator[Candidate]:
    percent = figures.of_role(result, "percent")
    counted = numerals.read(str(fact["figure"][0]["printed"]))
    if percent is None or counted.number is None or counted.operator != "=":
        return
    printed, total = numerals.read(str(percent["printed"])), counted.number
    if printed.bounds is None or printed.operator != "=" or total >= MANY:
        return
    unit = printed.bounds[1] - printed.bounds[0]
    least, most = printed.bounds[0] - unit / 2, printed.bounds[1] + unit / 2
    if floor(least * total / 100) + 1 > ceil(most * total / 100) - 1:
        text = f"no whole number of {total} patients is {percent['printed']} %"
        local = str(result["id"]).partition(".")[2]
        yield Candidate(
            f"{local}.share",
            "arithmetic",
            stated.subject_of(result),
            text,
            (Disagreeing(result, (percent,)),),
            (Disagreeing(fact),),
        )
