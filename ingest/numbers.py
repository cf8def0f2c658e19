"""The numbers of a result or a quantity as keys of its node, from its figures."""

from __future__ import annotations

from typing import Final

from . import figures, possible
from .errors import RecordError
from .figures import Figure, Node
from .results import Result

#: Roles that are numbers of a result, and the key of each.
_NUMBERS: Final = {
    "value": "value", "lower": "lower", "upper": "upper", "level": "intervalLevel", "p_value": "pValue", "count": "count",
    "total": "total", "percent": "percent", "dispersion": "dispersion", "time": "timePoint",
}  # fmt: skip


def of_result(result: Result) -> Node:
    """Return the numbers a result states, from its figures.

    :raises RecordError: when a figure has a role that no result has.
    """
    stated = figures.first_by_role(result.figures)
    node: Node = {}
    for role, figure in stated.items():
        key = _NUMBERS.get(role)
        if key is None:
            raise RecordError(f"[{figure.exact}]({role}) is no figure of a result: write it in facts or in a dose")
        if role not in possible.WHOLE or figure.numeral.number is None or possible.is_whole(figure.numeral):
            node |= of_figure(key, figure)
    if result.measure == "proportion" and "value" not in stated and "percent" in stated:
        node |= of_figure("value", stated["percent"])
    if result.is_masked:
        node = {key: value for key, value in node.items() if key not in {"count", "percent", "value", "valueOperator"}} | {
            "absence": "masked"
        }
    if "lower" in stated or "upper" in stated:
        node["intervalKind"] = result.settings.interval or "confidence-interval"
    if "time" in stated:
        words = stated["time"].words
        node |= {"timeInWords": words} if words else {"timeUnit": result.settings.time_unit}
    return node


def of_figure(key: str, figure: Figure) -> Node:
    """Return the number of ``figure`` under ``key`` with its comparison sign, or, for a value, the reason why there is none."""
    numeral = figure.numeral
    if figure.words:
        return {}
    if numeral.absence:
        return {"absence": numeral.absence} if key == "value" else {}
    node: Node = {key: figure.number}
    if key == "pValue":
        node["pOperator"] = numeral.operator
    elif key in {"value", "count"} and numeral.operator != "=":
        node["valueOperator"] = numeral.operator
    return node
