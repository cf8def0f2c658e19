"""The form of one proposal: its fields with their pick-lists, what was entered, and what the gates say at each field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mabgraph.graph.building.choosing import PARTS, Choice, Choices
from mabgraph.ingest.drafting import correcting
from mabgraph.ingest.drafting.correcting import NEW_PARTS, PICKED, TYPED
from mabgraph.ingest.drafting.proposals import Proposal
from mabgraph.ingest.drafting.reviewing import Verdict
from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.quotes import FIGURE_ROLES

from .desk import Sitting
from .entries import BY_NAME, UNDECIDED, Entries
from .words import anchor_of

#: What the fields are called.
LABELS: Final[Mapping[str, str]] = {
    "variable": "End point", "group": "Group", "comparison": "Comparison", "measure": "Measure", "effect": "Second measure",
    "analysis": "Analysis", "unit": "Unit", "effect_unit": "Unit of the second measure", "time_unit": "Unit of time",
    "interval": "Kind of interval", "unit_of_analysis": "What is counted", "not_reported": "Not reported", "id": "Id of the row",
    "cited_from": "Cited from", "label": "Label", "parent": "Part of the group", "group_role": "Role of the group", "study": "Study",
    "intervention": "Intervention", "comparator": "Comparator", "population": "Population", "method": "Method", "test": "Test",
}  # fmt: skip
#: Fields that few rows need: they are folded away where nothing is entered or wrong there.
_RARE: Final = frozenset({"effect", "effect_unit", "time_unit", "interval", "unit_of_analysis", "cited_from"})
#: A pick-list that is longer shows what is likely and what the record uses; all else is typed by name.
_LONGEST: Final = 60
_FIELD: Final = re.compile(r"(?P<name>[a-z_]+)(?:\[\d+\])?(?: is undecided: (?P<reason>.*)|: (?P<fault>.*))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Input:
    """One field of the form: what is entered, the lists of choices (heading, choices), and what is wrong or undecided."""

    name: str
    label: str
    value: str
    lists: tuple[tuple[str, tuple[Choice, ...]], ...] = ()
    faults: tuple[str, ...] = ()
    undecided: str = ""
    none: str = "none"

    @property
    def waits(self) -> bool:
        """Whether the field is to be decided, and nothing is entered."""
        return bool(self.undecided) and self.value == UNDECIDED

    @property
    def folded(self) -> bool:
        """Whether the field is folded away."""
        return self.name in _RARE and not (self.value or self.undecided or self.faults)

    @property
    def notes(self) -> str:
        """The ids of what describes the field; empty without any."""
        return " ".join([*([f"{self.name}-undecided"] if self.undecided else []), *([f"{self.name}-fault"] if self.faults else [])])


@dataclass(frozen=True, slots=True)
class Number:
    """One marked number: its field, characters, anchor in the passage, whose it is, and the role that is entered."""

    name: str
    printed: str
    anchor: str
    whose: str
    role: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form of one proposal."""

    picked: tuple[Input, ...]
    typed: tuple[Input, ...]
    by_name: Input
    terms: tuple[Choice, ...]
    ticked: Input
    numbers: tuple[Number, ...]
    number: Input
    number_role: str
    reason: str
    because: str
    reason_faults: tuple[str, ...]
    parts: tuple[tuple[str, bool, tuple[Input, ...]], ...]
    doubts: tuple[str, ...]
    seen: tuple[str, ...]
    faults: tuple[str, ...]
    roles: tuple[str, ...] = tuple(sorted(FIGURE_ROLES))
    reasons: tuple[str, ...] = correcting.REASONS

    @property
    def fields(self) -> tuple[Input, ...]:
        """The fields in the order in which they are shown: those to be decided first."""
        return tuple(sorted((*self.picked, *self.typed), key=lambda each: not each.undecided))

    @property
    def blamed(self) -> list[tuple[str, str, str]]:
        """Every fault at a field: the id of the field, its label, and what is wrong; for the summary at the top of the form."""
        inputs = [*self.picked, *self.typed, self.ticked, self.number, *(each for _, _, several in self.parts for each in several)]
        listed = [(each.name, each.label, fault) for each in inputs for fault in each.faults]
        listed += [(each.name, f"Role of {each.printed}", fault) for each in self.numbers for fault in each.faults]
        listed += [("reason", "Reason", fault) for fault in self.reason_faults]
        return [(each.name, each.label, f"undecided: {each.undecided}") for each in inputs if each.waits] + listed


def sheet_of(sitting: Sitting, proposal: Proposal, verdict: Verdict, choices: Choices, entries: Entries | None = None) -> Sheet:
    """Return the form of ``proposal``: with what ``entries`` say, if it was sent, else with what the record has."""
    sent = entries or Entries({}, {})
    faults = _sort_faults(verdict, sent)
    inputs = [_pick(sitting, proposal, name, choices, sent, faults) for name in PICKED if name != "not_reported"]
    typed = [
        Input(name, LABELS[name], _entry_of(sent, name, getattr(proposal.row, name) or ""), faults=tuple(faults.pop(name, ())))
        for name in TYPED
    ]
    shown = "not_reported-shown" in sent.texts
    ticked = sent.several.get("not_reported", []) if shown else list(proposal.row.not_reported)
    boxes = Input(
        "not_reported", LABELS["not_reported"], "\n".join(ticked), (("", choices.terms("not_reported")),),
        tuple(faults.pop("not_reported", ())),
    )  # fmt: skip
    number = Input("number", "A further number of the passage", sent.text("number"), faults=tuple(faults.pop("number", ())))
    numbers = tuple(_numbers(proposal, sent, faults))
    parts = tuple(_new_part(sitting, kind, choices, sent, faults) for kind in NEW_PARTS)
    reason = tuple(faults.pop("reason", ()))
    return Sheet(
        tuple(inputs), tuple(typed), Input(BY_NAME, "or by name", sent.text(BY_NAME)), choices.terms("variable"), boxes, numbers,
        number, sent.text("number-role"), sent.text("reason"), sent.text("because"), reason, parts,
        verdict.doubts, tuple(sent.several.get("doubt", ())), tuple(fault for several in faults.values() for fault in several),
    )  # fmt: skip


def _sort_faults(verdict: Verdict, entries: Entries) -> dict[str, list[str]]:
    """Return the faults of entries and gates by the field that they are about; those of no field as a whole sentence.

    That a field is undecided stands at the field anyway.
    """
    sorted_faults = {name: list(several) for name, several in entries.faults.items()}
    for fault in verdict.faults:
        match = _FIELD.fullmatch(fault)
        name = match["name"] if match and match["name"] in LABELS else ""
        if match and match["reason"] is not None:
            continue
        sorted_faults.setdefault(name, []).append(str(match["fault"]) if match and name else fault)
    return sorted_faults


def _entry_of(entries: Entries, name: str, now: str) -> str:
    return entries.texts.get(name, now)


def _pick(
    sitting: Sitting, proposal: Proposal, name: str, choices: Choices, entries: Entries, faults: dict[str, list[str]]
) -> Input:  # fmt: skip
    """Return a field with a pick-list: candidates of the draft first, then what the record uses, then all others."""
    undecided = next((each for each in proposal.undecided if each.field == name), None)
    now = getattr(proposal.row, name) or ""
    value = _entry_of(entries, name, UNDECIDED if undecided and not now else now)
    several = choices.values_of(name, sitting.review.file, proposal)
    likely = tuple(each for candidate in (undecided.candidates if undecided else ()) for each in several if each.name == candidate)
    rest = tuple(each for each in several if each not in likely)
    if len(several) > _LONGEST:
        used = {row.get(name) for row in _rows(sitting)} | {now, value}
        rest = tuple(each for each in rest if each.name in used)
    lists = [("likely", likely), ("of the record" if name in PARTS else "others" if likely else "", rest)]
    known = {each.name for each in (*likely, *rest)} | {"", UNDECIDED}
    if value not in known:
        lists.append(("not in the list", (Choice(value, value),)))
    reason = undecided.reason if undecided else ""
    return Input(name, LABELS[name], value, tuple(each for each in lists if each[1]), tuple(faults.pop(name, ())), reason)


def _rows(sitting: Sitting) -> Sequence[Mapping[str, object]]:
    rows = sitting.review.file.data.get("results")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _numbers(proposal: Proposal, entries: Entries, faults: dict[str, list[str]]) -> list[Number]:
    try:
        marks = correcting.marks_by_quote(proposal)
    except RecordError:
        return []
    numbers = []
    for index, place, mark in marks:
        name, at = f"role-{index}-{place}", proposal.row.printed[index].at or 0
        anchor = anchor_of(replace(mark, start=mark.start + at))
        printed = " ".join(mark.printed.split())
        numbers.append(Number(name, printed, anchor, mark.name, _entry_of(entries, name, mark.role), tuple(faults.pop(name, ()))))
    return numbers


def _new_part(
    sitting: Sitting, kind: str, choices: Choices, entries: Entries, faults: dict[str, list[str]]
) -> tuple[str, bool, tuple[Input, ...]]:
    """Return the fields of a new part of the record, and whether they are shown unfolded: something is entered or wrong there."""
    start = f"new-{kind}-"
    inputs = [Input(f"{start}label", LABELS["label"], entries.text(f"{start}label")), Input(f"{start}id", "Id", entries.text(f"{start}id"))]
    studies = sitting.review.file.data.get("studies")
    own = (("study", False),) if isinstance(studies, list) and len(studies) > 1 else ()
    for name, needed in (*own, *NEW_PARTS[kind]):
        several, value = tuple(choices.values_of(name, sitting.review.file)), entries.text(f"{start}{name}")
        strange = (("not in the list", (Choice(value, value),)),) if value not in {"", *(each.name for each in several)} else ()
        lists = (("", several), *strange)
        inputs.append(Input(f"{start}{name}", LABELS[name], value, lists, none="choose one" if needed else "not stated"))
    shown = tuple(replace(each, faults=tuple(faults.pop(each.name, ()))) for each in inputs)
    return kind, any(each.value or each.faults for each in shown), shown
