"""Design: what a registry record says of its study before there are results: arms, facts, and planned end points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..figures import Node
from . import arms, facts, names, pointers, study
from .groups import RegistryGroups
from .reading import ReadRecord
from .structs import PlannedOutcome, RegistryProtocol
from .writer import RegistryWriter, in_english, tidy

#: Names of end points that are those of other things, too: residual disease or its absence, progressive disease or pharmacodynamics, ...
_UNSURE: Final = frozenset(
    {"MRD", "PD", "SD", "MR", "PR", "CMR", "PMR", "TTP", "TTR", "TTF", "FFS", "CIR", "CBR", "ICU", "RFS", "ASCT", "HSCT", "SCT",
     "insomnia", "insomnia score", "recurrence", "stem cell transplantation"}
)  # fmt: skip
_RANKS: Final = (
    ("primary", "primaryOutcomes", "primary-endpoint"), ("secondary", "secondaryOutcomes", "secondary-endpoint"),
    ("other", "otherOutcomes", "exploratory-endpoint"),
)  # fmt: skip


def write(writer: RegistryWriter, record: ReadRecord) -> RegistryGroups:
    """Write what the protocol section says, and return the groups that it plans."""
    protocol, groups = record.study.protocol_section, RegistryGroups(writer)
    study.write_document(writer, record)
    drugs, words = arms.write(writer, groups, protocol)
    # where a study has drugs of its own, they are those of each group that names none: they are stated where nothing has results
    study.write(writer, record, () if record.has_results else drugs, words)
    _write_outcomes(writer, protocol)
    facts.write(writer, protocol)
    return groups


def _write_outcomes(writer: RegistryWriter, protocol: RegistryProtocol) -> None:
    for rank, key, rank_concept, index, outcome in _planned_outcomes(protocol):
        at = pointers.join("protocolSection", "outcomesModule", key, index, "measure")
        local = f"{rank}-{index}"
        text = tidy(outcome.measure) + (f": {outcome.description.strip()}" if outcome.description and outcome.description.strip() else "")
        writer.add(
            "definition", local,
            {
                "type": "Definition", "study": writer.study, "definition": text, "endpointRole": rank_concept,
                "definedVariable": variable(writer, f"planned-{local}", outcome.measure, at), "anchoredAt": [writer.place(at)],
            }
            | in_english(timeFrame=outcome.time_frame),
        )  # fmt: skip


def _planned_outcomes(protocol: RegistryProtocol) -> Iterator[tuple[str, str, str, int, PlannedOutcome]]:
    module = protocol.outcomes_module
    if module is None:
        return
    listed = (module.primary_outcomes, module.secondary_outcomes, module.other_outcomes)
    for (rank, key, concept), outcomes in zip(_RANKS, listed, strict=True):
        for index, outcome in enumerate(outcomes):
            yield rank, key, concept, index, outcome


def variable(writer: RegistryWriter, local: str, title: str, pointer: str) -> str:
    """Return what ``title`` names: a concept where it is a name of one exactly, else a registered variable, which is written."""
    concept = writer.names.endpoints.exact(title)
    if concept and names.fold(title) not in _UNSURE:
        return concept
    if near := writer.names.endpoints.find_within(title):
        writer.flag("unmatched end point", pointer, f"{tidy(title)[:80]!r} names no end point exactly; in it: {', '.join(near)}")
    return write_variable(writer, local, title)


def write_variable(writer: RegistryWriter, local: str, title: str, more: Node | None = None) -> str:
    """Write a registered variable of this title, and return its name as results have it."""
    node: Node = {
        "type": "RegisteredVariable", "prefLabel": tidy(title) or "without a title", "inScheme": "registered-variables",
    }  # fmt: skip
    return f"mabid:{writer.add('variable', local, node | (more or {}))}"
