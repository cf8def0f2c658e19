"""Tables: the measurements of outcomes and of baseline measures, each a result of one group with its figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .. import numerals
from ..figures import Node
from .denominators import PARTICIPANTS, Totals, is_whole, totals_of
from .groups import RegistryGroups
from .measures import Dispersion, MeasureKind, dispersion_of, kind_of, time_of
from .resultstructs import Class, Denominators, Measurement, RegistryMeasure
from .writer import FigureCell, RegistryWriter, in_english, tidy

#: The value of a measurement that has none.
NOT_THERE: Final = FigureCell("", None, "not-reported")
_OF_PERCENT: Final = re.compile(r"(?i)%|percent|proportion|^$")


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One table: its pointer and local name, what it is called, its kind, its groups by id, and what all its results have."""

    pointer: str
    local: str
    title: str
    measure: RegistryMeasure
    groups: Mapping[str, str]
    kind: MeasureKind
    dispersion: Dispersion
    common: Node
    #: What is counted besides participants in all tables around it, where it says nothing itself.
    counted_units: str = ""

    @property
    def counted(self) -> str:
        """What its denominators count by its own words, or those around it; empty where nothing says it."""
        return tidy(self.measure.denom_units_selected) or tidy(self.measure.type_units_analyzed) or self.counted_units

    @property
    def counts_units(self) -> bool:
        """Whether it is of eyes, lesions or clinics, and not of participants."""
        return self.kind.measure == "count-of-units" or (bool(self.counted) and self.counted.casefold() not in PARTICIPANTS)


@dataclass(frozen=True, slots=True)
class CellValue:
    """A value of one group as it was written, for the arithmetic of analyses."""

    group: str
    result: str
    value: FigureCell
    total: FigureCell | None


def table_of(
    pointer: str, local: str, measure: RegistryMeasure, groups: Mapping[str, str], common: Node, counted_units: str | None = None
) -> ResultTable:
    """Return the table of ``measure`` at ``pointer``, whose results have ``common``; units are counted as well where ``counted_units``."""
    kind = kind_of(measure.param_type, measure.unit_of_measure, measure.title)
    return ResultTable(
        pointer, local, tidy(measure.title), measure, groups, kind, dispersion_of(measure.dispersion_type), common, tidy(counted_units)
    )


def write(
    writer: RegistryWriter,
    groups: RegistryGroups,
    table: ResultTable,
    variables: Mapping[tuple[int, int], str],
    denominators: Sequence[tuple[str, Denominators]],
) -> list[list[CellValue]]:
    """Write the results of ``table``; return the values of each row. ``denominators`` are those around it, with their pointers."""
    rows: list[list[CellValue]] = []
    around = totals_of(writer, table.groups, denominators)
    for index, part in enumerate(table.measure.classes):
        at = f"{table.pointer}/classes/{index}"
        own = [(f"{at}/denoms/{place}", each) for place, each in enumerate(part.denoms)]
        totals = totals_of(writer, table.groups, [*denominators, *own]) if own else around
        for place, category in enumerate(part.categories):
            row: list[CellValue] = []
            for number, cell in enumerate(category.measurements):
                pointer = f"{at}/categories/{place}/measurements/{number}"
                if cell.group_id not in table.groups:
                    text = f"{cell.group_id!r} is no group of its table: the measurement"
                    writer.leave_out(pointer, "unknown group", f"{pointer}/groupId", text)
                    continue
                local = f"{table.local}.{index}.{place}.{number}"
                label = ", ".join(filter(None, (table.title, tidy(part.title), tidy(category.title))))
                row.append(_write_cell(writer, groups, table, cell, pointer, local, label, variables[index, place], totals))
            rows.append(row)
    return rows


def write_without_data(
    writer: RegistryWriter, groups: RegistryGroups, table: ResultTable, variable: str, denominators: Sequence[tuple[str, Denominators]]
) -> None:
    """Write the denominators of a ``table`` without a measurement: how many were analysed of what is not reported."""
    totals, counted = totals_of(writer, table.groups, denominators), table.counted
    for index, key in enumerate(dict.fromkeys([*totals.participants, *totals.others])):
        group, total = table.groups[key], totals.participants.get(key)
        cells = [*([total] if total else []), *totals.others.get(key, {}).values()]
        node: Node = {
            "type": "ArmResult", "label": f"{table.title}: {groups.labels[group]}", "group": group, "study": writer.study,
            "variable": variable, "measure": table.kind.measure, "status": "reported", "absence": "not-reported",
            "unitOfAnalysis": "patients" if total else "not-stated", "document": f"document/{writer.document}",
        } | table.common | totals.of_units(key, counted)  # fmt: skip
        node |= {"total": total.number} if total and is_whole(total) else {}
        writer.add("estimate", f"{table.local}.without-data.{index}", node | _place_of(writer, cells, table.pointer))


def _place_of(writer: RegistryWriter, cells: Sequence[FigureCell], pointer: str) -> Node:
    """Return the figures of a result; without any, what stands at ``pointer`` is its place."""
    figures = [cell.name for cell in cells if cell.name]
    return {"figure": figures} if figures else {"anchoredAt": writer.place(pointer)}


def _write_cell(
    writer: RegistryWriter,
    groups: RegistryGroups,
    table: ResultTable,
    cell: Measurement,
    pointer: str,
    local: str,
    label: str,
    variable: str,
    totals: Totals,
) -> CellValue:
    kind, group = table.kind, table.groups[cell.group_id]
    total, counted = totals.participants.get(cell.group_id), table.counted
    node: Node = {
        "type": "ArmResult", "label": f"{label}: {groups.labels[group]}", "group": group, "study": writer.study, "variable": variable,
        "measure": kind.measure, "status": "reported", "unit": kind.unit if kind.role == "value" else None,
        "unitOfAnalysis": "patients" if total is not None and not table.counts_units else "not-stated",
        "document": f"document/{writer.document}",
    } | table.common  # fmt: skip
    node |= in_english(unitText=kind.unit_text, description=cell.comment)
    cells: list[FigureCell] = []
    value = NOT_THERE
    if cell.value is None:
        writer.flag("no value", pointer, "the measurement has no value: it is not reported")
        node["absence"] = "not-reported"
    else:
        value = writer.figure(kind.role, f"{pointer}/value", cell.value, "patients" if kind.role == "count" else kind.unit, cell.comment)
        cells.append(value)
        node |= _value_of(writer, kind, value, f"{pointer}/value")
    node |= _spread(writer, table.dispersion, cell, pointer, cells, kind.unit)
    if total is not None:
        cells.append(total)
        node |= {"total": total.number} if is_whole(total) else {}
    cells += totals.others.get(cell.group_id, {}).values()
    node |= totals.of_units(cell.group_id, counted)
    node |= _place_of(writer, cells, pointer)
    name = writer.add("estimate", local, node)
    return CellValue(group, name, value, total)


def _value_of(writer: RegistryWriter, kind: MeasureKind, value: FigureCell, pointer: str) -> Node:
    if value.numeral is None:
        return {"absence": value.absence}
    if kind.role == "count" and not is_whole(value):
        writer.flag("count that is none", pointer, f"{value.numeral.printed!r} is no whole number of participants: it is kept as printed")
        return {"absence": "unreadable"}
    if value.numeral.percent and kind.unit != "percent" and (kind.unit or not _OF_PERCENT.search(kind.unit_text)):
        writer.flag(
            "unreadable number", pointer, f"{value.numeral.printed!r} is a percentage, and the unit of its table is not: it is kept"
        )
        return {"absence": "unreadable"}
    node: Node = {kind.role: value.number}
    return node | ({"valueOperator": value.operator} if value.operator != "=" else {})


def _spread(
    writer: RegistryWriter, dispersion: Dispersion, cell: Measurement, pointer: str, cells: list[FigureCell], unit: str | None
) -> Node:
    """Return the limits and the spread of a measurement, whose figures are added to ``cells``."""
    node: Node = {}
    for key, role, printed in (("lowerLimit", "lower", cell.lower_limit), ("upperLimit", "upper", cell.upper_limit)):
        if printed is not None:
            limit = writer.figure(role, f"{pointer}/{key}", printed, unit, cell.comment)
            cells.append(limit)
            node |= {role: limit.number} if limit.numeral else {}
    if cell.lower_limit is not None or cell.upper_limit is not None:
        node["intervalKind"] = dispersion.interval or "interval-not-stated"
        if dispersion.level and dispersion.interval == "confidence-interval":
            level = level_of(writer, pointer, dispersion)
            cells.append(level)
            node["intervalLevel"] = level.number
        elif dispersion.interval == "confidence-interval":
            node["notReported"] = ["missing-level"]
        if not {"lower", "upper"} <= node.keys():
            node["notReported"] = [*node.get("notReported", []), "missing-interval"]
    if cell.spread is not None:
        spread = writer.figure("dispersion", f"{pointer}/spread", cell.spread, None, cell.comment)
        cells.append(spread)
        kind = dispersion.kind or "dispersion-not-stated"
        node["dispersionKind"] = kind
        if spread.numeral:
            node["dispersion" if kind == "standard-deviation" else "spread"] = spread.number
    return node


def level_of(writer: RegistryWriter, pointer: str, dispersion: Dispersion) -> FigureCell:
    """Return the figure of the level that the dispersion type of the table around ``pointer`` prints."""
    at = pointer.partition("/classes/")[0] + "/dispersionType"
    return writer.keep("level", at, dispersion.printed, numerals.read(str(dispersion.level)), unit="percent")


def time_node(writer: RegistryWriter, pointer: str, text: str | None) -> tuple[Node, list[FigureCell]]:
    """Return when a result was measured: a number with its unit where the time frame is one time, else its words."""
    if not (text and text.strip()):
        return {}, []
    if (time := time_of(text)) is None:
        return {"timeInWords": tidy(text)}, []
    number, unit = time
    cell = writer.keep("time", pointer, text, numerals.read(number), unit=unit)
    return {"timePoint": cell.number, "timeUnit": unit}, [cell]


def class_titles(classes: Sequence[Class]) -> list[tuple[int, int, str]]:
    """Return the rows of a table: index of class and category, and their titles as one text."""
    return [
        (index, place, ", ".join(filter(None, (tidy(part.title), tidy(category.title)))))
        for index, part in enumerate(classes) for place, category in enumerate(part.categories)
    ]  # fmt: skip
