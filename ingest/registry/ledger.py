"""The ledger of a registry record: every number of its results is a figure, a member of a row, no evidence for a reason, or unaccounted.

It counts the values of JSON below flow, baseline, outcomes and adverse events that are a number or have a digit in them. What is
unaccounted is flagged: a field that the registry added since, or a fault of this reader.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ..figures import Node
from .offsets import Span

Status = Literal["figure", "member of a row", "no evidence", "unaccounted"]

MODULES: Final = tuple(
    f"/resultsSection/{name}/"
    for name in ("participantFlowModule", "baselineCharacteristicsModule", "outcomeMeasuresModule", "adverseEventsModule")
)
#: The role of each member of a row of flow or of adverse events.
MEMBERS: Final = {
    "numAffected": "count", "deathsNumAffected": "count", "seriousNumAffected": "count", "otherNumAffected": "count",
    "numSubjects": "count",
    "numAtRisk": "total", "deathsNumAtRisk": "total", "seriousNumAtRisk": "total", "otherNumAtRisk": "total", "numEvents": "events",
    "numUnits": "unitsCount",
}  # fmt: skip
#: Why the numbers in a field are no evidence of their own.
DATES: Final = "date of a posting to come, which is kept"
NAMES: Final = "name of a group in its table"
WORDS: Final = "in words, which are kept"
LEFT_OUT: Final = "part that is left out, and flagged"
_REASONS: Final = dict.fromkeys(("id", "groupId", "groupIds"), NAMES) | {"anticipatedPostingDate": DATES} | dict.fromkeys(
    (
        "allCauseMortalityComment", "ciLowerLimitComment", "ciUpperLimitComment", "comment", "denomUnitsSelected", "description",
        "dispersionType", "estimateComment", "groupDescription", "nonInferiorityComment", "notes", "organSystem",
        "otherAnalysisDescription", "pValueComment", "paramType", "populationDescription", "preAssignmentDetails", "recruitmentDetails",
        "sourceVocabulary", "statisticalComment", "statisticalMethod", "term", "timeFrame", "title", "type", "typeUnitsAnalyzed",
        "unitOfMeasure", "units",
    ),
    WORDS,
)  # fmt: skip
_DIGIT: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """A number of a record: its pointer, its status, and the reason of what is no evidence."""

    pointer: str
    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RegistryLedger:
    """The numbers of one record, in its order."""

    entries: tuple[RegistryEntry, ...]

    def count(self, *statuses: Status) -> int:
        """Return how many numbers have one of ``statuses``."""
        return sum(entry.status in statuses for entry in self.entries)

    def count_reasons(self) -> dict[str, int]:
        """Return how many numbers are no evidence, by reason."""
        return dict(Counter(entry.reason for entry in self.entries if entry.reason))


def account(text: str, spans: Mapping[str, Span], nodes: Sequence[Node], left_out: set[str]) -> RegistryLedger:
    """Return the ledger of the record ``text`` with ``spans``, of which ``nodes`` are what it states, and parts are ``left_out``."""
    figures = {_pointer_of(node["anchoredAt"]["id"]) for node in nodes if node["type"] == "Figure"}
    rows: dict[str, list[Node]] = {}
    for node in nodes:
        if node["type"] == "ArmResult" and "anchoredAt" in node:
            rows.setdefault(_pointer_of(node["anchoredAt"]), []).append(node)
    return RegistryLedger(tuple(_entries(text, spans, figures, rows, left_out)))


def _pointer_of(place: str) -> str:
    return place.partition("#")[2]


def _entries(
    text: str, spans: Mapping[str, Span], figures: set[str], rows: Mapping[str, Sequence[Node]], left_out: set[str]
) -> Iterator[RegistryEntry]:
    for pointer, (start, end) in spans.items():
        if not pointer.startswith(MODULES) or not _DIGIT.search(text, start, end):
            continue
        row, _, name = pointer.rpartition("/")
        if name.isdecimal():  # an item of an array of texts
            row, _, name = row.rpartition("/")
        if pointer in figures:
            yield RegistryEntry(pointer, "figure")
        elif name in MEMBERS and _is_stated(rows.get(row, ()), MEMBERS[name], text[start:end]):
            yield RegistryEntry(pointer, "member of a row")
        elif left_out and _is_below(pointer, left_out):
            yield RegistryEntry(pointer, "no evidence", LEFT_OUT)
        elif name in _REASONS:
            yield RegistryEntry(pointer, "no evidence", _REASONS[name])
        else:
            yield RegistryEntry(pointer, "unaccounted")


def _is_stated(row: Sequence[Node], role: str, printed: str) -> bool:
    """Whether a result of a row states what is printed in this role, or that it cannot be read."""
    return any(str(node.get(role)) == printed or node.get("absence") == "unreadable" or (role in node and len(row) == 1) for node in row)


def _is_below(pointer: str, parts: set[str]) -> bool:
    while pointer:
        if pointer in parts:
            return True
        pointer = pointer.rpartition("/")[0]
    return False
