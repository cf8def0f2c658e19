"""Outcomes and baseline: from the tables of a record to results, with the variable of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ..figures import Node
from . import analyses, populations, tables
from .design import variable, write_variable
from .groups import RegistryGroups
from .measures import is_of_title, kind_of
from .names import fold
from .reading import DATE
from .resultstructs import Outcome, OutcomeMeasures, RegistryBaseline, RegistryMeasure
from .structs import PlannedOutcome, RegistryProtocol
from .writer import RegistryWriter, in_english, tidy

_RANKS: Final = {
    "PRIMARY": "primary-endpoint", "SECONDARY": "secondary-endpoint", "OTHER_PRE_SPECIFIED": "exploratory-endpoint",
    "POST_HOC": "post-hoc-endpoint",
}  # fmt: skip
#: The fixed baseline tables of the registry whose rows are concepts, by title and category.
_BASELINE: Final = {
    ("age, continuous", ""): "age", ("sex: female, male", "female"): "female-sex", ("sex: female, male", "male"): "male-sex",
    ("gender", "female"): "female-sex", ("gender", "male"): "male-sex",
}  # fmt: skip
_BASE: Final = "/resultsSection/baselineCharacteristicsModule"
_OUTCOMES: Final = "/resultsSection/outcomeMeasuresModule/outcomeMeasures"


def write_outcomes(writer: RegistryWriter, groups: RegistryGroups, module: OutcomeMeasures, protocol: RegistryProtocol) -> None:
    """Write the outcomes: their definition where it is no planned one, their results and their analyses."""
    planned = _planned_outcomes(protocol)
    for index, outcome in enumerate(module.outcome_measures):
        pointer, local = f"{_OUTCOMES}/{index}", f"outcome-{index}"
        named = _variable_of(writer, outcome, local, pointer)
        if not _is_planned(outcome, planned):
            _write_definition(writer, outcome, local, named, pointer)
        common, cells = tables.time_node(writer, f"{pointer}/timeFrame", outcome.time_frame)
        ids = groups.of_table(outcome.groups, f"{pointer}/groups")
        words = (outcome.population_description, groups.titles_with_population(f"{pointer}/groups"))
        common = common | populations.write(writer, local, tidy(outcome.title), *words)
        table = tables.table_of(pointer, local, outcome, ids, common)
        variables = _variables(writer, table, named)
        around = [(f"{pointer}/denoms/{place}", each) for place, each in enumerate(outcome.denoms)]
        before = len(writer.nodes)
        rows = tables.write(writer, groups, table, variables, around)
        if not any(category.measurements for part in outcome.classes for category in part.categories):
            writer.flag("without data", pointer, f"{tidy(outcome.title)[:80]!r} has no number: it is not reported")
            tables.write_without_data(writer, groups, table, named, around)
        for node in writer.nodes[before:]:
            if cells and node["type"] == "ArmResult":
                node["figure"] = [*node.get("figure", ()), *(cell.name for cell in cells)]
        analyses.write(writer, groups, table, outcome.analyses, named, rows, tidy(outcome.population_description))


def _variable_of(writer: RegistryWriter, outcome: Outcome, local: str, pointer: str) -> str:
    """Return what the title of an outcome names; a registered variable where its values may be of the contrary."""
    named = variable(writer, local, outcome.title, f"{pointer}/title")
    kind = kind_of(outcome.param_type, outcome.unit_of_measure, outcome.title)
    if named.startswith("mabid:") or is_of_title(kind, named, outcome.description or ""):
        return named
    text = f"{tidy(outcome.title)[:80]!r} is the name of {named}, and its values may be of something else, or of the contrary"
    writer.flag("unmatched end point", f"{pointer}/title", text)
    return write_variable(writer, local, outcome.title)


def _write_definition(writer: RegistryWriter, outcome: Outcome, local: str, named: str, pointer: str) -> None:
    text = ": ".join(filter(None, (tidy(outcome.title), (outcome.description or "").strip())))
    writer.add(
        "definition", local,
        {
            "type": "Definition", "study": writer.study, "definition": text, "endpointRole": _RANKS.get(outcome.type or ""),
            "definedVariable": named, "anchoredAt": [writer.place(f"{pointer}/title")],
        }
        | in_english(timeFrame=outcome.time_frame) | _posting_of(writer, outcome, pointer),
    )  # fmt: skip


def _posting_of(writer: RegistryWriter, outcome: Outcome, pointer: str) -> Node:
    """Return that the results of an outcome are not posted, and when they are expected."""
    date, at = tidy(outcome.anticipated_posting_date), f"{pointer}/anticipatedPostingDate"
    status = outcome.reporting_status if outcome.reporting_status != "POSTED" else None
    if date and not DATE.fullmatch(date):
        writer.flag("unreadable date", at, f"{date[:60]!r} is no date as in 2020-05: it is not stated")
        date = ""
    return in_english(reportingStatus=status, anticipatedPosting=date)


def _is_planned(outcome: Outcome, planned: Mapping[str, Sequence[PlannedOutcome]]) -> bool:
    """Whether the definition of an outcome is that of a planned one: its title, and its description and time frame where it has any."""
    if (outcome.reporting_status or "POSTED") != "POSTED" or outcome.anticipated_posting_date:
        return False
    return any(
        (not tidy(outcome.description) or tidy(outcome.description) == tidy(each.description))
        and (not tidy(outcome.time_frame) or tidy(outcome.time_frame) == tidy(each.time_frame))
        for each in planned.get(fold(outcome.title), ())
    )


def _planned_outcomes(protocol: RegistryProtocol) -> Mapping[str, Sequence[PlannedOutcome]]:
    """Return the planned outcomes by title."""
    module, planned = protocol.outcomes_module, dict[str, list[PlannedOutcome]]()
    for each in (*module.primary_outcomes, *module.secondary_outcomes, *module.other_outcomes) if module else ():
        planned.setdefault(fold(each.measure), []).append(each)
    return planned


def _variables(writer: RegistryWriter, table: tables.ResultTable, named: str) -> dict[tuple[int, int], str]:
    """Return the variable of each row: that of the outcome where the row has no title of its own, else a registered one."""
    rows: dict[tuple[int, int], str] = {}
    for index, place, title in tables.class_titles(table.measure.classes):
        local = f"{table.local}.{index}.{place}"
        rows[index, place] = write_variable(writer, local, f"{table.title}: {title}") if title else named
    return rows


def write_baseline(writer: RegistryWriter, groups: RegistryGroups, module: RegistryBaseline) -> None:
    """Write the baseline tables; their column of all patients is no arm."""
    ids = groups.of_table(module.groups, f"{_BASE}/groups")
    around = [(f"{_BASE}/denoms/{place}", each) for place, each in enumerate(module.denoms)]
    for index, measure in enumerate(module.measures):
        pointer, local = f"{_BASE}/measures/{index}", f"baseline-{index}"
        words = (module.population_description, measure.population_description, groups.titles_with_population(f"{_BASE}/groups"))
        people = populations.write(writer, local, tidy(measure.title), *words)
        table = tables.table_of(pointer, local, measure, ids, people, module.type_units_analyzed)
        own = [(f"{pointer}/denoms/{place}", each) for place, each in enumerate(measure.denoms)]
        variables = _baseline_variables(writer, table)
        _write_meaning(writer, table, variables)
        tables.write(writer, groups, table, variables, [*around, *own])
    if not module.measures:
        table = tables.table_of(_BASE, "baseline", RegistryMeasure("Baseline"), ids, {}, module.type_units_analyzed)
        if module.denoms:
            named = write_variable(writer, "baseline", "Baseline characteristics (baseline)")
            tables.write_without_data(writer, groups, table, named, around)


def _write_meaning(writer: RegistryWriter, table: tables.ResultTable, variables: Mapping[tuple[int, int], str]) -> None:
    """Write the description of a baseline measure as the definition of its variable; that of several rows is one of their own."""
    words = (table.measure.description or "").strip()
    if not words:
        return
    own = set(variables.values())
    named = own.pop() if len(own) == 1 else write_variable(writer, table.local, f"{table.title} (baseline)")
    node: Node = {
        "type": "Definition", "study": writer.study, "definition": f"{table.title}: {words}", "definedVariable": named,
        "anchoredAt": [writer.place(f"{table.pointer}/description")],
    }  # fmt: skip
    writer.add("definition", table.local, node)


def _baseline_variables(writer: RegistryWriter, table: tables.ResultTable) -> Mapping[tuple[int, int], str]:
    rows: dict[tuple[int, int], str] = {}
    for index, place, title in tables.class_titles(table.measure.classes):
        concept = _BASELINE.get((fold(table.title), fold(title)))
        label = ": ".join(filter(None, (table.title, title)))
        rows[index, place] = concept or write_variable(writer, f"{table.local}.{index}.{place}", f"{label} (baseline)")
    return rows
