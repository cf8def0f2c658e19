"""Corrections of a proposal in a terminal: a field gets another value, a number another role, the record a new group."""

from __future__ import annotations

from typing import Any

from mabgraph.graph.building.choosing import PARTS, Choice, Choices
from mabgraph.graph.building.gating import RowGate
from mabgraph.ingest.drafting import correcting, passages
from mabgraph.ingest.drafting.correcting import NEW_PARTS, PICKED, TYPED, list_undecided, name_part
from mabgraph.ingest.drafting.proposals import Proposal
from mabgraph.ingest.drafting.reviewing import Review
from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.quotes import FIGURE_ROLES

from .picking import NEW, NONE, Screen


class Corrector:
    """Asks for corrections of proposals and has them written."""

    def __init__(self, review: Review, gate: RowGate, choices: Choices, screen: Screen, text: str) -> None:
        """Correct proposals of ``review``, which are of the document ``text``; new parts of the record pass ``gate``."""
        self.review, self.gate, self.choices, self.screen, self.text = review, gate, choices, screen, text

    def correct(self, proposal: Proposal, rest: str) -> None:
        """Give a field another value."""
        name, _, typed = rest.partition(" ")
        undecided = list_undecided(proposal)
        fields = [*undecided, *(field for field in (*PICKED, *TYPED) if field not in undecided)]
        if name not in fields:
            options = [Choice(field, self._describe(proposal, field)) for field in fields]
            name = self.screen.pick("field", options, name, can_be_none=False) or ""
        if not name:
            return
        if name in TYPED:
            answer = typed or self.screen.ask(f"{name} (now {getattr(proposal.row, name) or 'none'}), Enter to leave it")
            if answer:
                self.review.correct(proposal, {name: answer})
            return
        can_be_new = name in NEW_PARTS and name in PARTS
        options = self.choices.values_of(name, self.review.file, proposal)
        value = self.screen.pick(name, options, typed.strip(), can_be_new=can_be_new)
        if value == NEW and can_be_new:
            value = self._add_part(name)
        if value is None:
            return
        self._set(proposal, name, None if value == NONE else value)

    def _set(self, proposal: Proposal, name: str, value: str | None) -> None:
        """Write the value of a field, and what follows from it; of what is not reported there can be several."""
        changes: dict[str, Any] = {name: value}
        if name == "not_reported" and value is not None:
            known = proposal.row.not_reported
            changes[name] = [each for each in known if each != value] if value in known else [*known, value]
        changes = correcting.complete_changes(self.review, proposal, changes)
        self.review.correct(proposal, changes)
        for field in changes.keys() - {name}:
            self.screen.say(f"{field}: {changes[field] or 'left out, since a row has a group or a comparison'}")

    def decide(self, proposal: Proposal) -> None:
        """Ask for each undecided field in turn, until one is left."""
        if not proposal.undecided:
            raise RecordError("nothing is undecided: c corrects a field")
        place, asked = self.review.proposals.index(proposal), set[str]()
        while waiting := [field for field in list_undecided(proposal) if field not in asked]:
            asked.add(waiting[0])
            reason = next(each.reason for each in proposal.undecided if each.field == waiting[0])
            self.screen.say(f"{waiting[0]}: {reason}")
            self.correct(proposal, waiting[0])
            proposal = self.review.proposals[min(place, len(self.review.proposals) - 1)]
            if waiting[0] in list_undecided(proposal):
                return

    def mark(self, proposal: Proposal) -> None:
        """Give a marked number another role, or none, or mark a further number of the passage."""
        several = correcting.marks_by_quote(proposal)
        options = [Choice(f"number-{count}", passages.name_marks([mark])) for count, (_, _, mark) in enumerate(several, 1)]
        picked = self.screen.pick("number", options, can_be_none=False, can_be_new=True)
        if picked is None:
            return
        if picked == NEW:
            self._mark_further(proposal)
            return
        index, place, _ = several[int(picked.rpartition("-")[2]) - 1]
        role = self.screen.pick("role", [Choice(role, role) for role in sorted(FIGURE_ROLES)])
        if role is None:
            return
        printed = correcting.change_roles(proposal, {(index, place): "" if role == NONE else role})
        self.review.correct(proposal, {"printed": printed})

    def _mark_further(self, proposal: Proposal) -> None:
        number = self.screen.ask("the number as the document prints it, Enter to leave it")
        if not number:
            return
        place = correcting.find_number(proposal, self.text, number)
        role = self.screen.pick("role", [Choice(role, role) for role in sorted(FIGURE_ROLES)], can_be_none=False)
        if role is not None:
            printed = correcting.add_mark(correcting.quotes_of(proposal), self.text, place, number, role)
            self.review.correct(proposal, {"printed": printed})

    def _add_part(self, name: str) -> str | None:
        """Ask for a new group, comparison or analysis and add it to the record; return its id, or None."""
        label = self.screen.ask(f"label of the new {name}, as the field writes it, Enter to leave it")
        if not label:
            return None
        part: dict[str, Any] = {"id": self.screen.ask(f"its id, Enter for {name_part(label)}") or name_part(label), "label": label}
        if len(self.review.file.data.get("studies") or ()) > 1:
            part |= self._ask_field(name, "study", needed=False)
        for field, needed in NEW_PARTS[name]:
            answer = self._ask_field(name, field, needed=needed)
            if needed and not answer:
                self.screen.say(f"no {name} without {field}: nothing was added")
                return None
            part |= {key: value for key, value in answer.items() if value != NONE}
        faults = self.gate.judge_part(self.review.file, PARTS[name], part)
        if faults:
            raise RecordError("\n".join((f"the {name} was not added:", *(f"  {fault}" for fault in faults))))
        self.review.add_part(PARTS[name], part)
        self.screen.say(f"{PARTS[name]}: {part['id']} added to the record")
        return str(part["id"])

    def _ask_field(self, name: str, field: str, *, needed: bool) -> dict[str, str]:
        options = self.choices.values_of(field, self.review.file)
        if not options:
            return {}
        value = self.screen.pick(f"{field} of the {name}", options, can_be_none=not needed)
        return {field: value} if value and value != NONE else {}

    def _describe(self, proposal: Proposal, field: str) -> str:
        value = getattr(proposal.row, field)
        if any(each.field == field for each in proposal.undecided):
            return "undecided"
        return ", ".join(value) if isinstance(value, tuple) else str(value or "none")
