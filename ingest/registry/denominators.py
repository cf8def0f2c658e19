"""Denominators: how many participants, or units of another kind, each group of a table has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .. import possible
from ..figures import Node
from .resultstructs import Denominators
from .writer import FigureCell, RegistryWriter, tidy

PARTICIPANTS: Final = frozenset({"participants", "participant", "subjects", "patients"})


@dataclass(frozen=True, slots=True)
class Totals:
    """Denominators by group: of participants, and of another unit with its name."""

    participants: Mapping[str, FigureCell]
    others: Mapping[str, Mapping[str, FigureCell]]

    def of_units(self, group: str, counted: str) -> Node:
        """Return the unit and the denominator of ``group`` in the unit that is ``counted``; in the only other one, where none is said."""
        others = self.others.get(group, {})
        is_of_units = bool(counted) and counted.casefold() not in PARTICIPANTS
        unit = counted if is_of_units else next(iter(others), "")
        cell = next((cell for name, cell in others.items() if name.casefold() == unit.casefold()), None)
        node: Node = {"totalUnit": unit} if is_of_units or len(others) == 1 else {}
        return node | ({"unitsTotal": cell.number} if node and cell and is_whole(cell) else {})


def totals_of(writer: RegistryWriter, groups: Mapping[str, str], listed: Sequence[tuple[str, Denominators]]) -> Totals:
    """Return the denominators of each of the ``groups``, by ids; those of a class come after, and instead of, those of its table."""
    participants: dict[str, FigureCell] = {}
    others: dict[str, dict[str, FigureCell]] = {}
    for pointer, each in listed:
        units = tidy(each.units) or "Participants"
        is_people = units.casefold() in PARTICIPANTS
        for index, count in enumerate(each.counts):
            at = f"{pointer}/counts/{index}"
            if count.group_id not in groups:
                text = f"{count.group_id!r} is no group of its table: the denominator"
                writer.leave_out(at, "unknown group", f"{at}/groupId", text)
                continue
            if not count.value.strip():
                continue
            cell = writer.figure("total" if is_people else "quantity", f"{at}/value", count.value, "patients" if is_people else None)
            if is_people:
                participants[count.group_id] = cell
            else:
                others.setdefault(count.group_id, {})[units] = cell
    return Totals(participants, others)


def is_whole(cell: FigureCell) -> bool:
    """Whether a cell has a whole number that is printed as exact."""
    return cell.numeral is not None and cell.operator == "=" and possible.is_whole(cell.numeral)
