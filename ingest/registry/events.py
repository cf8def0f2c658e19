"""Adverse events and participant flow: results of one place each, the row of JSON, whose members are told by their role.

A count is ``numAffected`` (of totals ``deathsNumAffected`` …) or ``numSubjects``, a total is ``numAtRisk``; events are no patients. What
is missing is not reported, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .. import possible
from ..figures import Node
from .design import write_variable
from .groups import RegistryGroups
from .printed import read_printed
from .resultstructs import Adverse, Event, EventCell, EventGroup, Flow, FlowCell, Milestone, Withdrawal
from .writer import RegistryWriter, in_english, tidy

_ADVERSE: Final = "/resultsSection/adverseEventsModule"
_FLOW: Final = "/resultsSection/participantFlowModule"


def write_adverse(writer: RegistryWriter, groups: RegistryGroups, module: Adverse) -> None:
    """Write the tables of adverse events, and the totals of each group."""
    ids = groups.of_table(module.event_groups, f"{_ADVERSE}/eventGroups")
    analysis = _write_analysis(writer, module, groups.titles_with_population(f"{_ADVERSE}/eventGroups"))
    other = write_variable(writer, "other-adverse-events", "Participants with other (not serious) adverse events above the threshold")
    for index, group in enumerate(module.event_groups):
        if f"{_ADVERSE}/eventGroups/{index}" not in writer.left_out:
            _write_totals(writer, groups, group, ids[group.id], f"{_ADVERSE}/eventGroups/{index}", index, analysis, other)
    for key, kind, events in (("seriousEvents", "serious", module.serious_events), ("otherEvents", "other", module.other_events)):
        for index, event in enumerate(events):
            _write_event(writer, groups, event, ids, f"{_ADVERSE}/{key}/{index}", f"{kind}-event-{index}", kind, analysis)


def _write_analysis(writer: RegistryWriter, module: Adverse, populations: str) -> str:
    at = f"{_ADVERSE}/frequencyThreshold"
    statement: Node = {
        "type": "AnalysisStatement", "statedProperty": "population", "statedTerm": ["as-reported"], "basis": "read-by-rule",
        "label": "population: by the fields of the registry",
    }  # fmt: skip
    node: Node = {
        "type": "Analysis", "label": "adverse events", "study": writer.study, "population": "as-reported",
        "statement": [writer.add("statement", "adverse-events.population", statement)],
    } | in_english(timeFrame=module.time_frame)  # fmt: skip
    words = [text.strip() for text in (module.description, module.all_cause_mortality_comment, populations) if text and text.strip()]
    node |= {"description": "\n".join(words)} if words else {}
    if not tidy(module.time_frame):
        writer.flag("not reported", _ADVERSE, "timeFrame is not there: how long adverse events were looked for is not reported")
    if module.frequency_threshold is not None:
        cell = writer.figure("percent", at, module.frequency_threshold, "percent")
        node |= {"frequencyThreshold": cell.number} if cell.numeral else {}
    return writer.add("analysis", "adverse-events", node)


def _write_totals(
    writer: RegistryWriter, groups: RegistryGroups, group: EventGroup, name: str, pointer: str, index: int, analysis: str, other: str
) -> None:  # fmt: skip
    listed = [
        ("deaths", "death", "deaths of any cause", group.deaths_num_affected, group.deaths_num_at_risk),
        ("serious", "serious-adverse-event", "serious adverse events", group.serious_num_affected, group.serious_num_at_risk),
        ("other", other, "other adverse events", group.other_num_affected, group.other_num_at_risk),
    ]
    for kind, variable, label, affected, at_risk in listed:
        if affected is None:
            writer.flag("not reported", pointer, f"{kind}NumAffected is not there: {label} are not reported, which is not 0")
            if at_risk is None:
                continue
        node = _row(writer, groups, name, variable, label, pointer, affected, at_risk) | {"analysis": analysis}
        writer.add("estimate", f"event-group-{index}.{kind}", node)


def _write_event(
    writer: RegistryWriter, groups: RegistryGroups, event: Event, ids: Mapping[str, str], pointer: str, local: str, kind: str, analysis: str
) -> None:
    label = f"{tidy(event.term)} ({kind})"
    exact = writer.names.events.exact(event.term)
    more = in_english(
        organSystem=event.organ_system, vocabulary=event.source_vocabulary, assessment=event.assessment_type, description=event.notes
    ) | ({"broader": [exact]} if exact else {})  # fmt: skip
    variable = write_variable(writer, local, label, more | {"eventTable": kind})
    for index, cell in enumerate(event.stats):
        at = f"{pointer}/stats/{index}"
        if cell.group_id not in ids:
            writer.leave_out(at, "unknown group", f"{at}/groupId", f"{cell.group_id!r} is no group of adverse events: the row")
            continue
        if cell.num_affected is None and cell.num_events is None:
            writer.flag("not reported", at, "neither participants nor events are there: not reported, which is not 0")
        if cell.num_affected is not None or cell.num_events is not None or cell.num_at_risk is not None:
            node = _row(writer, groups, ids[cell.group_id], variable, label, at, cell.num_affected, cell.num_at_risk)
            writer.add("estimate", f"{local}.{index}", node | {"analysis": analysis} | _events(cell))


def _events(cell: EventCell) -> Node:
    return {"events": str(cell.num_events)} if cell.num_events is not None else {}


def _row(
    writer: RegistryWriter, groups: RegistryGroups, group: str, variable: str, label: str, place: str, count: int | None, total: int | None
) -> Node:  # fmt: skip
    node: Node = {
        "type": "ArmResult", "label": f"{label}: {groups.labels[group]}", "group": group, "study": writer.study, "variable": variable,
        "measure": "count", "status": "reported", "unitOfAnalysis": "patients", "document": f"document/{writer.document}",
        "anchoredAt": writer.place(place),
    }  # fmt: skip
    node |= {"count": str(count)} if count is not None else {"absence": "not-reported"}
    return node | ({"total": str(total)} if total is not None else {})


def write_flow(writer: RegistryWriter, groups: RegistryGroups, module: Flow) -> None:
    """Write who reached each milestone of each period, and why others left."""
    ids = groups.of_table(module.groups, f"{_FLOW}/groups")
    for number, period in enumerate(module.periods):
        at, title = f"{_FLOW}/periods/{number}", tidy(period.title)
        for index, milestone in enumerate(period.milestones):
            row = FlowRow(f"{at}/milestones/{index}/achievements", f"flow-{number}.{index}", f"{title}: {tidy(milestone.type)}", milestone)
            _write_flow_row(writer, groups, ids, row, milestone.achievements, module.type_units_analyzed)
        for index, reason in enumerate(period.drop_withdraws):
            words = f"{title}: left because of {tidy(reason.type)}"
            row = FlowRow(f"{at}/dropWithdraws/{index}/reasons", f"left-{number}.{index}", words, reason)
            _write_flow_row(writer, groups, ids, row, reason.reasons, module.type_units_analyzed)


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A row of participant flow: where its cells are, its local name, its title, and what was registered."""

    pointer: str
    local: str
    title: str
    registered: Milestone | Withdrawal


def _write_flow_row(
    writer: RegistryWriter, groups: RegistryGroups, ids: Mapping[str, str], row: FlowRow, cells: Sequence[FlowCell], units: str | None
) -> None:  # fmt: skip
    variable = ""
    for place, cell in enumerate(cells):
        at = f"{row.pointer}/{place}"
        if cell.group_id not in ids:
            writer.leave_out(at, "unknown group", f"{at}/groupId", f"{cell.group_id!r} is no group of the flow: the row")
            continue
        if cell.num_subjects is None:
            writer.flag("not reported", at, "numSubjects is not there: not reported, which is not 0")
        if cell.num_subjects is not None or cell.num_units is not None:
            variable = variable or write_variable(writer, row.local, row.title)
            node = _row(writer, groups, ids[cell.group_id], variable, row.title, at, None, None)
            words = [text.strip() for text in (row.registered.comment, cell.comment) if text and text.strip()]
            node |= {"description": "\n".join(words)} if words else {}
            writer.add("estimate", f"{row.local}.{place}", node | _counts(writer, cell, at, units))


def _counts(writer: RegistryWriter, cell: FlowCell, pointer: str, units: str | None) -> Node:
    """Return how many participants, and how many of other units, a cell of the flow counts; what cannot be read is flagged."""
    node: Node = {"absence": "not-reported"}
    if cell.num_subjects is not None:
        count = _whole_number(cell.num_subjects)
        node = {"absence": "unreadable"} if count is None else {"count": count, "absence": None}
        if count is None:
            writer.flag("unreadable number", f"{pointer}/numSubjects", f"{cell.num_subjects[:60]!r} is no whole number of participants")
    if cell.num_units is not None:
        number = _whole_number(cell.num_units)
        node |= {"unitsCount": number} | in_english(unitText=units)
        if number is None:
            at, text = f"{pointer}/numUnits", f"{cell.num_units[:60]!r} is no whole number of units: it"
            writer.leave_out(at, "unreadable number", at, text)
    return node


def _whole_number(printed: str) -> str | None:
    numeral, _ = read_printed(printed, role="count")
    return numeral.canonical if numeral and numeral.operator == "=" and possible.is_whole(numeral) else None
