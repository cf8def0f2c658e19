"""What a form of the review was sent with: read from its body, and turned into changes of a proposal, or into faults at their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from mabgraph.graph.building.choosing import PARTS, Choices, narrow
from mabgraph.ingest.drafting import correcting
from mabgraph.ingest.drafting.correcting import PICKED, TYPED, list_undecided
from mabgraph.ingest.drafting.proposals import Proposal
from mabgraph.ingest.errors import MabgraphError, RecordError
from mabgraph.ingest.quotes import FIGURE_ROLES
from mabgraph.ingest.visible import escape_invisible

from .desk import Sitting, digests_of_parts

#: The longest body of a form (bytes), the most fields of one, and the longest text of a field (characters).
LONGEST: Final = 65_536
FIELDS: Final = 500
TEXT: Final = 1_000
#: The value of a pick-list that leaves a field undecided.
UNDECIDED: Final = "?"
#: The field in which a term is typed that the pick-list does not show.
BY_NAME: Final = "variable-by-name"
#: How many of the nearest terms a message names.
NEAREST: Final = 5


@dataclass(slots=True)
class Entries:
    """The entries of a form: the first text of each field, and all texts of fields that can have several."""

    texts: dict[str, str]
    several: dict[str, list[str]]
    faults: dict[str, list[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the text of a field, without white space around it; empty if it was not sent."""
        return self.texts.get(name, "").strip()

    def blame(self, name: str, fault: str) -> None:
        """Note a fault of the field ``name``; of no field, if it is empty."""
        self.faults.setdefault(name, []).append(fault)

    @property
    def parts(self) -> dict[str, str]:
        """The digests of the parts of the record that the page showed, by their ids."""
        pairs = (each.partition("=") for each in self.text("parts").split())
        return {name: digest for name, _, digest in pairs}


def read_entries(body: bytes) -> Entries:
    """Return the entries of a form in ``body`` (application/x-www-form-urlencoded), invisible characters made visible.

    :raises RecordError: when it is not of this form, or has too many fields, or one that is too long.
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except ValueError:
        raise RecordError(f"the form is not as a browser sends it, in UTF-8 and with at most {FIELDS} fields: reload the page") from None
    texts: dict[str, str] = {}
    several: dict[str, list[str]] = {}
    for name, value in pairs:
        if len(value) > (LONGEST if name == "parts" else TEXT):
            raise RecordError(f"{name[:40]}: has {len(value)} characters, at most {TEXT} are read: shorten it")
        text = escape_invisible(value)
        texts.setdefault(name, text)
        several.setdefault(name, []).append(text)
    return Entries(texts, several)


def read_changes(entries: Entries, sitting: Sitting, proposal: Proposal, choices: Choices) -> dict[str, Any]:
    """Return the fields of ``proposal`` that ``entries`` change, and what follows from them; faults are noted in the entries."""
    changes: dict[str, Any] = {}
    undecided = list_undecided(proposal)
    for name in (*PICKED, *TYPED):
        if name == "not_reported":
            _read_several(entries, proposal, choices, changes)
            continue
        if name not in entries.texts and not (name == "variable" and entries.text(BY_NAME)):
            continue
        value = entries.text(name)
        if name == "variable" and (typed := entries.text(BY_NAME)):
            value = _resolve(entries, typed, choices)
        elif name in PICKED and value not in {"", UNDECIDED} and value != getattr(proposal.row, name):
            _check_value(entries, sitting, name, value, choices)
        if value == UNDECIDED:
            continue
        if value != (getattr(proposal.row, name) or "") or name in undecided:
            changes[name] = value or None
    if "id" in changes and changes["id"] is None:
        entries.blame("id", "a row needs an id: small letters, digits and hyphens")
        del changes["id"]
    _read_numbers(entries, sitting, proposal, changes)
    return correcting.complete_changes(sitting.review, proposal, changes)


def _read_several(entries: Entries, proposal: Proposal, choices: Choices, changes: dict[str, Any]) -> None:
    """Read what is not reported: boxes that are ticked; a form without these boxes changes nothing."""
    if "not_reported-shown" not in entries.texts:
        return
    picked = entries.several.get("not_reported", [])
    known = {choice.name for choice in choices.terms("not_reported")} | set(proposal.row.not_reported)
    for value in picked:
        if value not in known:
            entries.blame("not_reported", f"{value!r} is none of the statistics of this list")
    if sorted(picked) != sorted(proposal.row.not_reported):
        changes["not_reported"] = picked


def _resolve(entries: Entries, typed: str, choices: Choices) -> str:
    """Return the variable that is called ``typed``, by its name, its label, or another name that no other has; else note what is near."""
    several = choices.terms("variable")
    folded = typed.lower()
    for names in (lambda each: (each.name, each.label), lambda each: each.also):
        exact = [each.name for each in several if folded in {name.lower() for name in names(each)}]
        if len(exact) == 1:
            return exact[0]
    near = [f"{each.name} ({each.label})" for each in narrow(several, typed)[:NEAREST]]
    advice = f"the nearest are {', '.join(near)}" if near else "choose one of the list, or add it with mabgraph term"
    entries.blame("variable", f"{typed!r} is not a term: {advice}")
    return UNDECIDED


def _check_value(entries: Entries, sitting: Sitting, name: str, value: str, choices: Choices) -> None:
    """Note a value that is none of its list, with the nearest."""
    known = choices.values_of(name, sitting.review.file)
    if value not in {choice.name for choice in known}:
        near = ", ".join(choice.name for choice in (narrow(known, value) or known)[:NEAREST])
        entries.blame(name, f"{value!r} is none of the list" + (f"; the nearest are {near}" if near else ", which is empty: add one below"))


def changed_parts(entries: Entries, sitting: Sitting) -> list[str]:
    """Return what tells that a part of the record which ``entries`` name is not what the page showed by that name."""
    now, shown = digests_of_parts(sitting.review.file), entries.parts
    names = {name: entries.text(name) for name in PARTS} | {f"new-{name}": entries.text(f"new-{name}") for name in PARTS}
    return [
        f"{name.removeprefix('new-')}: {value!r} " + ("has changed in the record" if value in now else "is no longer in the record")
        for name, value in names.items()
        if value in shown and shown[value] != now.get(value)
    ]


def _read_numbers(entries: Entries, sitting: Sitting, proposal: Proposal, changes: dict[str, Any]) -> None:
    """Read the roles of numbers, and a further number of the passage."""
    try:
        marks = correcting.marks_by_quote(proposal)
    except RecordError as error:
        if entries.text("number"):
            entries.blame("number", str(error))
        return
    roles = {
        (index, place): entries.text(f"role-{index}-{place}")
        for index, place, mark in marks
        if f"role-{index}-{place}" in entries.texts and entries.text(f"role-{index}-{place}") != mark.role
    }
    for (index, place), role in roles.items():
        if role and role not in FIGURE_ROLES:
            entries.blame(f"role-{index}-{place}", f"{role!r} is no role of a number: choose one of the list")
    number, role = entries.text("number"), entries.text("number-role")
    if number and role not in FIGURE_ROLES:
        entries.blame("number", "say what the number is: choose its role")
    if any(name.startswith("role-") or name == "number" for name in entries.faults):
        return
    printed = correcting.change_roles(proposal, roles)
    if number:
        try:
            place = correcting.find_number(proposal, sitting.text.text, number)
            printed = correcting.add_mark(printed, sitting.text.text, place, number, role)
        except MabgraphError as error:
            entries.blame("number", str(error))
    if printed != correcting.quotes_of(proposal):
        changes["printed"] = printed


def read_reason(entries: Entries) -> str:
    """Return why a proposal is skipped: a reason of the list, words, or both; a missing one is noted in the entries."""
    reason = ": ".join(filter(None, (entries.text("reason"), entries.text("because"))))
    if not reason:
        entries.blame("reason", "a skipped proposal needs a reason: choose one, or write a few words")
    return reason


def read_part(entries: Entries, kind: str, choices: Choices, sitting: Sitting) -> dict[str, Any]:
    """Return the part of the record that ``entries`` describe: a new group, comparison or analysis; faults are noted in the entries."""
    label = entries.text(f"new-{kind}-label")
    if not label:
        entries.blame(f"new-{kind}-label", f"a {kind} needs a label, as the field writes it")
    part: dict[str, Any] = {"id": entries.text(f"new-{kind}-id") or correcting.name_part(label), "label": label}
    for name, needed in (("study", False), *correcting.NEW_PARTS[kind]):
        value = entries.text(f"new-{kind}-{name}")
        known = {choice.name for choice in choices.values_of(name, sitting.review.file)}
        if value and value not in known:
            entries.blame(f"new-{kind}-{name}", f"{value!r} is none of the list")
        elif value:
            part[name] = value
        elif needed:
            entries.blame(f"new-{kind}-{name}", f"a {kind} needs this: choose one")
    return part


def texts_to_keep(entries: Entries) -> Mapping[str, str]:
    """Return what was entered, for a page that cannot show the form again: the name of each field and its text."""
    hidden = {"csrf", "state", "parts", "do", "doubt", "not_reported-shown"}
    return {name: ", ".join(values) for name, values in entries.several.items() if name not in hidden and any(values)}
