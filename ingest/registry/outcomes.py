"""Outcomes and baseline: from the tables of a record to results, with the variable of each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..figures import Node
from . import analyses, tables
from .design import variable, write_variable
from .groups import RegistryGroups
from .measures import is_of_title, kind_of
from .names import fold
from .resultstructs import Outcome, OutcomeMeasures, RegistryBaseline
from .structs import RegistryProtocol
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
    planned = _planned_titles(protocol)
    for index, outcome in enumerate(module.outcome_measures):
        pointer, local = f"{_OUTCOMES}/{index}", f"outcome-{index}"
        named = _variable_of(writer, outcome, local, pointer)
        if fold(outcome.title) not in planned:
            _write_definition(writer, outcome, local, named, pointer)
        if not any(category.measurements for part in outcome.classes for category in part.categories):
            writer.flag("without data", pointer, f"{tidy(outcome.title)[:80]!r} has no number: it is not reported")
            if not outcome.analyses:
                continue
        common, cells = tables.time_node(writer, f"{pointer}/timeFrame", outcome.time_frame)
        ids = groups.of_table(outcome.groups, f"{pointer}/groups")
        table = tables.table_of(writer, pointer, local, outcome, ids, common)
        variables = _variables(writer, table, named)
        around = [(f"{pointer}/denoms/{place}", each) for place, each in enumerate(outcome.denoms)]
        before = len(writer.nodes)
        rows = tables.write(writer, groups, table, variables, around)
        for node in writer.nodes[before:]:
            if cells and node["type"] == "ArmResult":
                node["figure"] = [*node["figure"], *(cell.name for cell in cells)]
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
        | in_english(timeFrame=outcome.time_frame),
    )  # fmt: skip


def _planned_titles(protocol: RegistryProtocol) -> frozenset[str]:
    module = protocol.outcomes_module
    planned = (*module.primary_outcomes, *module.secondary_outcomes, *module.other_outcomes) if module else ()
    return frozenset(fold(each.measure) for each in planned)


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
    common: Node = {}
    for index, measure in enumerate(module.measures):
        pointer, local = f"{_BASE}/measures/{index}", f"baseline-{index}"
        table = tables.table_of(writer, pointer, local, measure, ids, common)
        own = [(f"{pointer}/denoms/{place}", each) for place, each in enumerate(measure.denoms)]
        tables.write(writer, groups, table, _baseline_variables(writer, table), [*around, *own])


def _baseline_variables(writer: RegistryWriter, table: tables.ResultTable) -> Mapping[tuple[int, int], str]:
    rows: dict[tuple[int, int], str] = {}
    for index, place, title in tables.class_titles(table.measure.classes):
        concept = _BASELINE.get((fold(table.title), fold(title)))
        label = ": ".join(filter(None, (table.title, title)))
        rows[index, place] = concept or write_variable(writer, f"{table.local}.{index}.{place}", f"{label} (baseline)")
    return rows
