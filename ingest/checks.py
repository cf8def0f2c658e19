"""Nodes for the arithmetic checks of a record, and for the contradictions that are computed from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from . import (
    coherence,
    contradictions,
    doses,
    figures,
    limits,
    outcomes,
    overlaps,
    possible,
    quantities,
    redefinitions,
    repetitions,
    results,
    rules,
    schedules,
    shares,
    spellings,
    wordings,
)
from .contradictions import Candidate, Stated
from .figures import Node
from .outcomes import Check
from .record import Record
from .results import Result
from .sides import Disagreeing, SideWriter, numeral_of


def check_nodes(record: Record, nodes: Mapping[str, Node]) -> Iterator[Node]:
    """Yield a node for each check of the record's results, and for each contradiction that is computed.

    ``nodes`` are those of the record by their names. All is derived by mabgraph, never in place of what is printed.
    """
    expanded = tuple(results.expand_record(record))
    by_id = {result.id: result for result in expanded}
    stated, candidates = Stated.of(nodes), list[Candidate]()
    for check in coherence.of_record(record, expanded):
        yield _check_node(record.document.id, check)
        if check.outcome == outcomes.INCONSISTENT:
            candidates.append(_candidate(record.document.id, check, [by_id[name] for name in check.results], stated))
    writer = SideWriter(record, nodes)
    candidates += compute(record, stated, writer)
    yield from contradictions.nodes(candidates, stated, record.document.id, writer)


def compute(record: Record, stated: Stated, writer: SideWriter) -> list[Candidate]:
    """Return the contradictions between what the record states in several places; those within one result are checks."""
    candidates = [
        *repetitions.find(stated, writer),
        *doses.find(stated, record, writer),
        *overlaps.find(stated, record),
        *redefinitions.find(stated, record),
        *limits.find(stated, record),
    ]
    for module in (quantities, shares, schedules, rules, spellings, wordings):
        candidates += module.find(stated)
    return candidates


def _check_node(document: str, check: Check) -> Node:
    about = [f"estimate/{document}.{result}" for result in check.results]
    node: Node = {
        "id": f"check/{document}.{check.id}", "type": "Check", "checkKind": check.kind, "outcome": check.outcome, "about": about,
        "derivedFrom": about, "text": f"{check.text}.", "document": f"document/{document}",
    }  # fmt: skip
    if check.expected is not None:
        node |= {"expectedLower": f"{check.expected[0]:.8f}", "expectedUpper": f"{check.expected[1]:.8f}"}
    return node


def _candidate(document: str, check: Check, members: Sequence[Result], stated: Stated) -> Candidate:
    """Return the contradiction of an inconsistent check, between the figures that it holds against each other."""
    sides = []
    for result in members:
        part = stated.nodes[f"estimate/{document}.{result.id}"]
        sides.append(Disagreeing(part, _figures(part, check.kind)))
    return Candidate(check.id, "arithmetic", stated.subject_of(sides[0].part) or check.id, check.text, tuple(sides))


def _figures(part: Node, kind: str) -> tuple[Node, ...]:
    """Return the figures of ``part`` that a check of this ``kind`` is about, the first of each role."""
    stated = {role: figure for role in coherence.ROLES[kind] if (figure := figures.of_role(part, role)) is not None}
    if kind == "possible-numbers":
        faulty = possible.roles_at_fault({role: numeral_of(figure) for role, figure in stated.items()})
        stated = {role: figure for role, figure in stated.items() if role in faulty} or stated
    return tuple(stated.values())
