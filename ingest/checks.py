"""Nodes for the arithmetic checks of a record, and a discrepancy for every inconsistency that no curator has described."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import coherence, discrepancies, figures, results
from .coherence import Check
from .figures import Node
from .record import Record
from .results import Result


def check_nodes(record: Record) -> Iterator[Node]:
    """Yield a node for each check of the record's results; derived by mabgraph, never in place of what is printed."""
    expanded = tuple(results.expand_record(record))
    by_id = {result.id: result for result in expanded}
    for check in coherence.of_record(record, expanded):
        yield _check_node(record.document.id, check)
        members = [by_id[name] for name in check.results]
        if check.outcome == coherence.INCONSISTENT and not any(_is_described(record, member, check.kind) for member in members):
            yield _discrepancy_node(record.document.id, check, members)


def _is_described(record: Record, result: Result, kind: str) -> bool:
    """Whether a discrepancy of the record names the result, or one of the figures that a check of this kind is about."""
    names = {result.id, result.row} | {f"{part}.{role}" for part in (result.id, result.row) for role in coherence.ROLES[kind]}
    return any(not names.isdisjoint(discrepancy.between) for discrepancy in record.discrepancies)


def _check_node(document: str, check: Check) -> Node:
    about = [f"estimate/{document}.{result}" for result in check.results]
    node: Node = {
        "id": f"check/{document}.{check.id}", "type": "Check", "checkKind": check.kind, "outcome": check.outcome, "about": about,
        "derivedFrom": about, "text": f"{check.text}.", "document": f"document/{document}",
    }  # fmt: skip
    if check.expected is not None:
        node |= {"expectedLower": f"{check.expected[0]:.8f}", "expectedUpper": f"{check.expected[1]:.8f}"}
    return node


def _discrepancy_node(document: str, check: Check, members: Sequence[Result]) -> Node:
    """Return the discrepancy of an inconsistent check, between the figures that it holds against each other."""
    sides = [
        discrepancies.Disagreeing({"id": f"estimate/{document}.{result.id}"}, _figures(document, result, check.kind)) for result in members
    ]
    own = {"id": f"discrepancy/{document}.{check.id}", "discrepancyKind": "arithmetic", "text": f"{check.text}."}
    return discrepancies.node(own, f"document/{document}", sides)


def _figures(document: str, result: Result, kind: str) -> tuple[Node, ...]:
    """Return the nodes of the figures of ``result`` that a check of this ``kind`` is about."""
    stated = figures.first_by_role(result.figures)
    return tuple(figures.node(stated[role], document, result.id, None) for role in coherence.ROLES[kind] if role in stated)
