"""Decisions that a form asks for: check, save, accept, skip, open again, add a part, take back. The rules are those of the terminal.

A form says which state of the proposal its page showed. Where the file has another by now, nothing is written: the form is shown again,
with what the file says now and with everything that was entered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from mabgraph.graph.building.choosing import PARTS
from mabgraph.ingest.drafting.correcting import NEW_PARTS, list_undecided
from mabgraph.ingest.drafting.proposals import Proposal
from mabgraph.ingest.drafting.reviewing import Verdict, correct_row
from mabgraph.ingest.errors import MabgraphError, RecordError

from . import entries as forms
from .desk import Desk, Sitting, digest_of, digest_of_proposal
from .entries import Entries
from .sheet import LABELS, Sheet, sheet_of

_NEW: Final = "new-"
_NOT_ACCEPTED: Final = "Not accepted: nothing was written."
_LOOK: Final = (
    "Not accepted yet, nothing was written: look at what is noted beside the passage, tick what the document prints so, and accept again."
)


class StaleForm(Exception):
    """Raised when a decision is refused since the record is not as the page showed it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that was entered and is otherwise in the file: its label, what the file says now, and what was entered."""

    label: str
    now: str
    entered: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a form led to: the address to go to; or the form to show at ``place``, ``shown`` being the proposal in words."""

    place: int = 0
    address: str = ""
    status: int = 200
    shown: Proposal | None = None
    sheet: Sheet | None = None
    notice: str = ""
    conflict: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()


def decide(desk: Desk, sitting: Sitting, place: int, sent: Entries | None) -> Decision:
    """Return what the form of the proposal at ``place`` led to; without entries, the form as the record has it.

    :raises RecordError: when the file cannot be read or edited.
    :raises MabgraphError: when it cannot be written.
    """
    proposal = sitting.review.proposals[place]
    if sent is None:
        return _form(desk, sitting, place, proposal, sitting.review.judge(proposal), None)
    if sent.text("state") != digest_of_proposal(proposal):
        return _conflict(desk, sitting, place, sent, ["this proposal has changed in the file since the page was shown"])
    if changed := forms.changed_parts(sent, sitting):
        return _conflict(desk, sitting, place, sent, changed)
    try:
        return _act(desk, sitting, place, sent)
    except RecordError as error:
        sitting.review.refresh()
        if proposal not in sitting.review.proposals:
            now = next((at for at, each in enumerate(sitting.review.proposals) if each.id == proposal.id), None)
            if now is None:
                raise StaleForm(str(error)) from None
            return _conflict(desk, sitting, now, sent, [str(error)])
        sent.blame("", str(error))
        return _form(desk, sitting, sitting.review.proposals.index(proposal), proposal, Verdict(), sent, 422)
    except MabgraphError as error:
        sent.blame("", str(error))
        return _form(desk, sitting, place, proposal, Verdict(), sent, 503)


def undo(sitting: Sitting, sent: Entries) -> str:
    """Take back the last decision of this session, if it is the one that the page named; return the address of where it was made.

    :raises StaleForm: when it is not.
    :raises RecordError: when there is none, or what it wrote has been changed since.
    """
    decisions = sitting.review.decisions
    if sent.text("do") != "undo" or sent.text("decision") != digest_of(decisions):
        last = f"the last one now is: {decisions[-1]}" if decisions else "there is none to take back now"
        raise StaleForm(f"another decision was made since the page was shown: nothing was taken back; {last}")
    before = sitting.review.proposals
    sitting.review.undo()
    changed = next((at for at, each in enumerate(sitting.review.proposals) if each not in before), None)
    return sitting.address if changed is None else sitting.address_of(changed)


def _act(desk: Desk, sitting: Sitting, place: int, sent: Entries) -> Decision:
    """Do what the button of the form says."""
    proposal, what = sitting.review.proposals[place], sent.text("do")
    if what.removeprefix(_NEW) in NEW_PARTS:
        return _add_part(desk, sitting, place, sent, what.removeprefix(_NEW))
    changes = forms.read_changes(sent, sitting, proposal, desk.choices)
    reason = forms.read_reason(sent) if what == "skip" else ""
    if sent.faults:
        return _form(desk, sitting, place, proposal, Verdict(), sent, 422)
    corrected = correct_row(proposal, changes)
    if what == "accept":
        return _accept(desk, sitting, place, sent, changes)
    if what in {"save", "skip", "reopen"}:
        if changes:
            proposal = sitting.review.correct(proposal, changes)
        if what == "reopen":
            proposal = sitting.review.reopen(proposal)
        if what == "skip":
            proposal = sitting.review.skip(proposal, reason)
        place = sitting.review.proposals.index(proposal)
        return _go_on(sitting, place + 1) if what == "skip" else Decision(address=sitting.address_of(place))
    if what != "check":
        raise RecordError(f"{what[:40]!r} is no decision: use the buttons of the form")
    verdict = sitting.review.judge(corrected)
    notice = "" if verdict.faults else "Nothing speaks against this row." if not verdict.doubts else "Look at what is noted below."
    return _form(desk, sitting, place, corrected, verdict, sent, notice=notice)


def _accept(desk: Desk, sitting: Sitting, place: int, sent: Entries, changes: dict[str, Any]) -> Decision:
    """Accept the row with its changes, or show the form with what speaks against it; nothing is written then."""
    proposal = sitting.review.proposals[place]
    corrected = correct_row(proposal, changes)
    confirmed = set(sent.several.get("doubt", ()))
    doubts = sitting.review.judge(corrected).doubts if confirmed else ()
    seen = [doubt for doubt in doubts if digest_of(doubt) in confirmed]
    verdict = sitting.review.accept(proposal, changes, seen=seen)
    if verdict.faults or not set(verdict.doubts) <= set(seen):
        return _form(desk, sitting, place, corrected, verdict, sent, 422, notice=_NOT_ACCEPTED if verdict.faults else _LOOK)
    return _go_on(sitting, place)


def _add_part(desk: Desk, sitting: Sitting, place: int, sent: Entries, kind: str) -> Decision:
    """Add a group, comparison or analysis to the record and pick it for the row; what is entered stays."""
    proposal = sitting.review.proposals[place]
    part = forms.read_part(sent, kind, desk.choices, sitting)
    if not sent.faults:
        for fault in sitting.gate.judge_part(sitting.review.file, PARTS[kind], part):
            key, _, words = fault.partition(": ")
            sent.blame(f"new-{kind}-{key}" if key in LABELS else "", words if key in LABELS else fault)
    if sent.faults:
        return _form(desk, sitting, place, proposal, Verdict(), sent, 422)
    sitting.review.add_part(PARTS[kind], part)
    sent.texts = {name: text for name, text in sent.texts.items() if not name.startswith(f"new-{kind}-")} | {kind: str(part["id"])}
    if kind in {"group", "comparison"}:
        sent.texts["comparison" if kind == "group" else "group"] = ""
    notice = f"{part['id']} was added to {PARTS[kind]} of the record, and is picked below: save or accept the row."
    return _form(desk, sitting, place, proposal, Verdict(), sent, notice=notice)


def _go_on(sitting: Sitting, place: int) -> Decision:
    """Return the way to the next proposal that is to be decided, or to the record without one."""
    after = sitting.next_left(place)
    return Decision(address=sitting.address if after is None else sitting.address_of(after))


def _form(
    desk: Desk, sitting: Sitting, place: int, shown: Proposal, verdict: Verdict, sent: Entries | None, status: int = 200,
    notice: str = "",
) -> Decision:  # fmt: skip
    sheet = sheet_of(sitting, sitting.review.proposals[place], verdict, desk.choices, sent)
    return Decision(place, status=status, shown=shown, sheet=sheet, notice=notice)


def _conflict(desk: Desk, sitting: Sitting, place: int, sent: Entries, words: list[str]) -> Decision:
    """Return the form with what was entered, over what the file says now."""
    proposal = sitting.review.proposals[place]
    now = dict.fromkeys(list_undecided(proposal), "undecided")
    now |= {name: value for name, value in proposal.row_data().items() if isinstance(value, str)}
    entered = {name: "undecided" if text == forms.UNDECIDED else text.strip() for name, text in sent.texts.items()}
    entered |= {"variable": sent.text(forms.BY_NAME)} if sent.text(forms.BY_NAME) else {}
    differences = [
        Difference(label, now.get(name, "none"), entered[name] or "none")
        for name, label in LABELS.items()
        if name in entered and entered[name] != now.get(name, "")
    ]
    sheet = sheet_of(sitting, proposal, sitting.review.judge(proposal), desk.choices, sent)
    return Decision(place, status=409, shown=proposal, sheet=sheet, conflict=tuple(words), differences=tuple(differences))
