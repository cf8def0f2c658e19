"""Reporting: a registry record as one report of a study among others, so that its numbers are held against those of papers.

Papers print words for a missing number, and percentages as such; the registry prints ``NA`` with a comment, and a unit. Here both look as
in papers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ..conflicts import Report
from ..figures import Node
from ..record import Document, Record

#: The figures that are held against those of another document.
_ROLES: Final = frozenset({"value", "count", "total", "lower", "upper", "p_value"})
#: Missing numbers that papers print, and their words.
_ABSENCES: Final = {"not-reached": "not reached", "not-estimable": "not estimable"}


def report_of(nodes: Sequence[Node], document: str) -> Report:
    """Return what a registry record says, by its ``nodes``, as a report."""
    figures = {str(node["id"]): node for node in nodes if node["type"] == "Figure"}
    named = {str(node["id"]): _as_in_papers(node, figures) for node in nodes if node["type"] != "Figure"}
    record: Any = Record.model_construct(document=Document.model_construct(id=document))
    return Report(record, named)


def _as_in_papers(node: Node, figures: dict[str, Node]) -> Node:
    own = [figures[name] for name in node.get("figure", ()) if isinstance(name, str)]
    is_share = node.get("measure") == "proportion"
    printed = [
        figure
        | {"role": "percent" if is_share and figure["role"] == "value" else figure["role"], "printed": words, "anchoredAt": _place(figure)}
        for figure in own
        if figure["role"] in _ROLES and (words := figure["printed"] if "number" in figure else _ABSENCES.get(str(figure.get("absence"))))
    ]
    return node | {"figure": printed}


def _place(figure: Node) -> Node:
    place: Node = figure["anchoredAt"]
    return {"id": place["id"], "selector": [{"start": place["start"], "end": place["end"]}]}
