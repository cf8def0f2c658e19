"""Shares: a percentage that no whole number of its group's patients gives, where the number of patients is a fact of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import ceil, floor
from typing import Final

from . import figures, numerals
from .contradictions import Candidate, Stated
from .figures import Node
from .sides import Disagreeing

_KINDS: Final = ("patients-treated", "patients-in-group")
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
    for node in stated.nodes.values():
        if node["type"] != "ArmResult" or node.get("unitOfAnalysis") != "patients":
            continue
        if node.get("measure") == "proportion" and not {"count", "total"} & node.keys():
            for kind in () if _study(stated, str(node["group"])) in assessed else _KINDS:
                if fact := sizes[kind].get(str(node["group"])):
                    yield from _of_result(stated, node, fact)


def _study(stated: Stated, group: str) -> str:
    """Return the study of a group."""
    return str(stated.nodes.get(group, {}).get("study", ""))


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
