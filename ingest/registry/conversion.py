"""Conversion: from a registry record to the nodes that it states, and what is odd in it, flagged."""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import reports
from ..figures import Node
from . import checking, design, events, ledger, outcomes
from .groups import group_lists
from .names import RegistryNames
from .reading import ReadRecord
from .writer import RESULTS, Flag, RegistryWriter

_CAVEATS = f"{RESULTS}/moreInfoModule/limitationsAndCaveats/description"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a record states, as nodes, what was flagged in it, and what arithmetic says of it."""

    nodes: tuple[Node, ...]
    flags: tuple[Flag, ...]
    #: Checks of arithmetic, and the discrepancies of those that fail.
    checks: tuple[Node, ...] = ()
    #: What accounts for each number of the results.
    ledger: ledger.RegistryLedger = field(default_factory=lambda: ledger.RegistryLedger(()))


def convert(record: ReadRecord, names: RegistryNames, study: str = "") -> Conversion:
    """Return what ``record`` states; ``study`` is the name of its study where another document reports it, such as ``study/tower``."""
    writer = RegistryWriter(record.number, study or f"study/{record.number.lower()}", names, record.content.decode())
    groups = design.write(writer, record)
    results, protocol = record.study.results_section, record.study.protocol_section
    if results is not None:
        groups.keep_apart(group_lists(results))
        if results.participant_flow_module:
            events.write_flow(writer, groups, results.participant_flow_module)
        if results.baseline_characteristics_module:
            outcomes.write_baseline(writer, groups, results.baseline_characteristics_module)
        if results.outcome_measures_module:
            outcomes.write_outcomes(writer, groups, results.outcome_measures_module, protocol)
        if results.adverse_events_module:
            events.write_adverse(writer, groups, results.adverse_events_module)
        caveats = results.more_info_module.limitations_and_caveats if results.more_info_module else None
        if caveats and caveats.description and caveats.description.strip():
            claim: Node = {
                "type": "Claim", "claimKind": "limitation", "about": [writer.study], "text": caveats.description.strip(),
                "anchoredAt": [writer.place(_CAVEATS)], "document": f"document/{writer.document}",
            }  # fmt: skip
            writer.add("claim", "limitations-and-caveats", claim)
    groups.describe()
    account = ledger.account(record.content.decode(), writer.spans(RESULTS), writer.nodes, writer.left_out)
    for entry in account.entries:
        if entry.status == "unaccounted":
            writer.flag(
                "unaccounted number", entry.pointer, "it is neither a figure nor a member of a row: mabgraph does not read this field"
            )
    writer.nodes[0] |= {
        "numerals": str(len(account.entries)), "anchoredNumerals": str(account.count("figure", "member of a row")),
        "unaccountedNumerals": str(account.count("unaccounted")),
    }  # fmt: skip
    cells = {cell.name: cell for cell in writer.figures.values()}
    checks = tuple(checking.check_nodes(writer.nodes, cells, writer.document))
    return Conversion(tuple(reports.state(writer.nodes, writer.document)), tuple(writer.flags), checks, account)
