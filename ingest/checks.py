"""Nodes for the arithmetic checks of a record, and a discrepancy for every inconsistency that no curator has described."""

from __future__ import annotations

from collections.abc import Iterator

from . import coherence, results
from .coherence import Check
from .figures import Node
from .record import Record


def check_nodes(record: Record) -> Iterator[Node]:
    """Yield a node for each check of the record's results; derived by mabgraph, never in place of what is printed."""
    expanded = tuple(results.expand_record(record))
    rows = {result.id: result.row for result in expanded}
    described = {reference for discrepancy in record.discrepancies for reference in discrepancy.between}
    for check in coherence.of_record(record, expanded):
        yield _check_node(record.document.id, check)
        named = {*check.results, *(rows[result] for result in check.results)}
        if check.outcome == coherence.INCONSISTENT and not named & described:
            yield _discrepancy_node(record.document.id, check)


def _check_node(document: str, check: Check) -> Node:
    about = [f"estimate/{document}.{result}" for result in check.results]
    node: Node = {
        "id": f"check/{document}.{check.id}", "type": "Check", "checkKind": check.kind, "outcome": check.outcome, "about": about,
        "derivedFrom": about, "text": f"{check.text}.", "document": f"document/{document}",
    }  # fmt: skip
    if check.expected is not None:
        node |= {"expectedLower": f"{check.expected[0]:.8f}", "expectedUpper": f"{check.expected[1]:.8f}"}
    return node


def _discrepancy_node(document: str, check: Check) -> Node:
    return {
        "id": f"discrepancy/{document}.{check.id}", "type": "Discrepancy", "discrepancyKind": "arithmetic",
        "between": [f"estimate/{document}.{result}" for result in check.results], "text": f"{check.text}.",
        "document": f"document/{document}",
    }  # fmt: skip
