"""Salvage: what can be read of a record that breaks the format, so that a check finds its other faults in the same run."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from . import shortrows
from .record import Record, first_causes
from .recordfile import RecordFile

#: What stands for a part of the document or of the record itself that cannot be read.
_PLACEHOLDERS: Final[dict[str, Any]] = {
    "sha256": "0" * 64,
    "characters": "0",
    "title": "-",
    "document_kind": "primary-report",
    "rights": "-",
}
_UNIT: Final = "patients"
#: How often parts are left out before it is given up.
_ROUNDS: Final = 20


@dataclass(frozen=True, slots=True)
class Salvaged:
    """The readable part of a record, and the local ids that its other parts had: what names one of them follows from their faults."""

    record: Record
    lost: frozenset[str]

    def follows(self, fault: str) -> bool:
        """Whether ``fault`` is one because a part was left out."""
        return " of this record prints" in fault or any(f"'{name}'" in fault or f"'{name}." in fault for name in self.lost)


def salvage(file: RecordFile) -> Salvaged | None:
    """Return what can be read of ``file`` when the keys, values and parts that break the format are left out; none if nothing can."""
    data = shortrows.expand_values(copy.deepcopy(file.data))[0]
    document = data.get("document")
    data["document"] = _PLACEHOLDERS | (document if isinstance(document, dict) else {}) | {"id": file.path.stem}
    data.setdefault("unit_of_analysis", _UNIT)
    lost: set[str] = set()
    for _ in range(_ROUNDS):
        try:
            return Salvaged(Record.model_validate(data), frozenset(lost))
        except ValidationError as error:
            places = {_part_at_fault(data, fault["type"], tuple(fault["loc"])) for fault in first_causes(error.errors())}
            for place in sorted(places, key=_order, reverse=True):
                lost |= set(_leave_out(data, place))
    return None


def _part_at_fault(data: dict[str, Any], kind: str, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return what to leave out: an unknown key alone, else the innermost member of a list, else the whole value at the top."""
    if kind == "extra_forbidden" or loc[:1] == ("document",):
        return loc
    members = [place for place, step in enumerate(loc) if isinstance(step, int)]
    return loc[: members[-1] + 1] if members else loc[:1]


def _order(place: tuple[str | int, ...]) -> tuple[tuple[bool, int, str], ...]:
    """Sort key: later members of a list before earlier ones, when reversed."""
    return tuple((isinstance(step, int), step if isinstance(step, int) else 0, str(step)) for step in place)


def _leave_out(data: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[str]:
    """Take out the part at ``place``, and yield the ids in it; a part of the document, or the unit, has a placeholder instead."""
    if place == ("unit_of_analysis",):
        data["unit_of_analysis"] = _UNIT
        return
    around: Any = data
    for step in place[:-1]:
        try:
            around = around[step]
        except (LookupError, TypeError):
            return
    last = place[-1]
    if isinstance(around, dict) and last in around:
        yield from _ids(around.pop(last))
        if place[0] == "document" and last in _PLACEHOLDERS:
            around[last] = _PLACEHOLDERS[str(last)]
    elif isinstance(around, list) and isinstance(last, int) and last < len(around):
        yield from _ids(around.pop(last))


def _ids(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (str(part[key]) for key in ("id", "of") if isinstance(part.get(key), str))
        for inner in part.values():
            yield from _ids(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _ids(inner)
