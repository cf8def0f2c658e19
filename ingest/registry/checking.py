"""Checking: the arithmetic of papers over the results of a registry record; what does not fit is a discrepancy, never a refusal.

A check that finds something wrong is stated for every result, one that finds nothing wrong for estimates of analyses only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from .. import coherence, possible
from ..figures import Figure, Node
from ..numerals import Numeral, read
from ..outcomes import INCONSISTENT, Check
from ..record import ResultSettings
from ..results import Result
from .writer import FigureCell

_EFFECTS: Final = frozenset({"EffectEstimate", "UndirectedResult"})
#: Measures that are checked as another one.
_AS: Final = {"least-squares-mean-difference": "mean-difference"}
_INTERVALS: Final = frozenset({"confidence-interval", "range", "interquartile-range"})
#: The milestones that the registry adds up.
_WHOLE, _PARTS = "STARTED", ("COMPLETED", "NOT COMPLETED")


def check_nodes(nodes: Sequence[Node], cells: Mapping[str, FigureCell], document: str) -> Iterator[Node]:
    """Yield the checks of the results in ``nodes``, and a discrepancy for each that fails; ``cells`` are the figures by their names."""
    figures = {str(node["id"]): node for node in nodes if node["type"] == "Figure"}
    labels = {str(node["id"]): str(node.get("prefLabel", "")) for node in nodes if node["type"] == "RegisteredVariable"}
    for node in nodes:
        if node["type"] in _EFFECTS or node["type"] == "ArmResult":
            for check in _checks(node, figures, cells):
                if check.outcome == INCONSISTENT or node["type"] in _EFFECTS:
                    yield _check_node(check, node, document)
                if check.outcome == INCONSISTENT:
                    yield _discrepancy(check, [node], _between(check, node, figures), document)
    for check, members in _flow_sums(nodes, labels):
        yield _check_node(check, members[0], document)
        yield _discrepancy(check, members, [str(each["id"]) for each in members], document)


def _checks(node: Node, figures: Mapping[str, Node], cells: Mapping[str, FigureCell]) -> Iterator[Check]:
    if "figure" in node:
        yield from coherence.of_result(_result_of(node, figures, cells))
    elif fault := possible.find_impossible(_row_numerals(node)):
        local = _local(node)
        yield Check(f"{local}.possible-numbers", "possible-numbers", INCONSISTENT, (local,), fault)


def _local(node: Node) -> str:
    return str(node["id"]).partition(".")[2]


def _row_numerals(node: Node) -> dict[str, Numeral]:
    return {role: read(str(node[role])) for role in ("count", "total") if role in node}


def _result_of(node: Node, figures: Mapping[str, Node], cells: Mapping[str, FigureCell]) -> Result:
    """Return a result as checks read it: its numerals by role, and how it was measured."""
    kind = str(node.get("intervalKind", ""))
    leaves_out = {"dispersion"} if node.get("dispersionKind") != "standard-deviation" else set[str]()
    leaves_out |= {"lower", "upper", "level"} if node.get("intervalSides") == "one" or not kind else set()
    printed = tuple(
        Figure(str(figures[name]["role"]), "", 0, 0, str(figures[name]["printed"]), "", "", numeral)
        for name in node.get("figure", ())
        if figures[name]["role"] not in leaves_out | {"time", "quantity"} and (numeral := cells[name].numeral) is not None
    )
    is_effect = node["type"] in _EFFECTS
    measure = _AS.get(str(node.get("measure")), str(node.get("measure")))
    interval = None if not kind else kind if kind in _INTERVALS else "interquartile-range"
    settings = _settings(
        measure, node.get("unit"), node.get("unitOfAnalysis", "not-stated"), node.get("sides"), interval, is_effect=is_effect
    )
    local = _local(node)
    comparison, group = (str(node["id"]), None) if is_effect else (None, str(node["group"]))
    return Result(local, local, settings, str(node["variable"]), group, comparison, (), printed)


@lru_cache(1_000)
def _settings(measure: str, unit: object, unit_of_analysis: object, sides: object, interval: object, *, is_effect: bool) -> ResultSettings:
    """Return how a result was measured, as checks read it."""
    whole: Any = ResultSettings.model_construct(
        measure=None if is_effect else measure, effect=measure if is_effect else None, unit=unit, effect_unit=unit,
        unit_of_analysis=unit_of_analysis, sides=sides, masked=(), interval=interval,
    )  # fmt: skip
    return whole  # type: ignore[no-any-return]


def _check_node(check: Check, node: Node, document: str) -> Node:
    checked: Node = {
        "id": f"check/{document}.{check.id}", "type": "Check", "checkKind": check.kind, "outcome": check.outcome, "about": [node["id"]],
        "derivedFrom": [node["id"]], "text": f"{check.text}.", "document": f"document/{document}",
    }  # fmt: skip
    if check.expected is not None:
        checked |= {"expectedLower": f"{check.expected[0]:.8f}", "expectedUpper": f"{check.expected[1]:.8f}"}
    return checked


def _between(check: Check, node: Node, figures: Mapping[str, Node]) -> list[str]:
    """Return the figures that a check holds against each other; the whole result where it is a row."""
    roles = coherence.ROLES[check.kind]
    return [name for name in node.get("figure", ()) if figures[name]["role"] in roles] or [str(node["id"])]


def _discrepancy(check: Check, members: Sequence[Node], between: list[str], document: str) -> Node:
    label = str(members[0]["label"])
    text = f"{check.text[:1].upper()}{check.text[1:]}."
    return {
        "id": f"discrepancy/{document}.{check.id}", "type": "Discrepancy", "discrepancyKind": "arithmetic", "origin": ["computed"],
        "computation": text, "label": f"{label}: {check.text}", "text": f"{label}: {text} Document: {document}.", "between": between,
        "disputes": [str(each["id"]) for each in members], "document": f"document/{document}",
    }  # fmt: skip


def _flow_sums(nodes: Sequence[Node], labels: Mapping[str, str]) -> Iterator[tuple[Check, list[Node]]]:
    """Yield the periods and groups in which those who completed and those who did not are not all who started."""
    cells: dict[tuple[str, str], dict[str, Node]] = {}
    for node in nodes:
        title = labels.get(str(node.get("variable", "")).removeprefix("mabid:"), "")
        period, colon, milestone = title.rpartition(": ")
        if colon and ".flow-" in str(node["id"]) and milestone in (_WHOLE, *_PARTS) and "count" in node:
            cells.setdefault((period, str(node["group"])), {})[milestone] = node
    for stated in cells.values():
        if not {_WHOLE, *_PARTS} <= stated.keys():
            continue
        whole, parts = int(stated[_WHOLE]["count"]), [int(stated[name]["count"]) for name in _PARTS]
        if sum(parts) != whole:
            local = str(stated[_WHOLE]["id"]).partition(".")[2]
            text = f"{parts[0]} completed and {parts[1]} did not, which are {sum(parts)}; {whole} started"
            members = [stated[name] for name in (_WHOLE, *_PARTS)]
            yield Check(f"{local}.parts-against-whole", "parts-against-whole", INCONSISTENT, (local,), text), members
