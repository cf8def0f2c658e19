"""Reviewing: a curator's decisions on the proposals of a record, each written into its file at once. The file is the only state.

A record may be edited at the same time by another program. Before a decision is written, the file is read again; where it has changed, the
decision is made on what it says now, or refused. Nothing is written over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ValidationError

from .. import recordfile
from ..errors import RecordError
from ..locks import lock_folder
from ..recordfile import RecordFile
from . import writing
from .proposals import Proposal, ProposedRow, read_proposals
from .replacing import normalise_ends, read_raw, replace_text, restore_ends

#: How often a decision is made again because the file changed meanwhile.
ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gates say of a row: faults, with which no check passes; doubts, with which a curator accepts it as it is printed."""

    faults: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


#: Says of a row whether it may stand under ``results`` of a record file.
Gate = Callable[[RecordFile, dict[str, Any]], Verdict]
_Edit = Callable[[RecordFile], str]


@dataclass(frozen=True, slots=True)
class _Step:
    """A decision that was written: its words, the file before and after, and how it is taken back where the file has changed since."""

    words: str
    before: str
    after: str
    take_back: _Edit


class Review:
    """The proposals of one record, and decisions on them.

    ``has_changed`` is whether the file turned out to have been changed by another program since it was read, at the last decision.
    """

    def __init__(self, path: Path, gate: Gate) -> None:
        """Read the record at ``path``; rows pass ``gate`` before they are accepted.

        :raises RecordError: when it cannot be read, or a proposal is not of the form.
        """
        self.path, self._gate, self._steps, self.has_changed = path, gate, list[_Step](), False
        self._raw, self.file, self._proposals = self._read()

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """The proposals as the file has them."""
        return self._proposals

    def count(self, *states: str) -> int:
        """Return how many proposals are in one of ``states``."""
        return sum(each.state in states for each in self._proposals)

    @property
    def decisions(self) -> tuple[str, ...]:
        """The decisions of this session that can be taken back, in words, the last one last."""
        return tuple(step.words for step in self._steps)

    def refresh(self) -> bool:
        """Read the file again; return whether it has changed.

        :raises RecordError: when it cannot be read.
        """
        self.has_changed = False
        self._read_changed()
        return self.has_changed

    def judge(self, proposal: Proposal) -> Verdict:
        """Return what the gates say of the row of ``proposal``, and what is undecided."""
        return self._judge(self.file, proposal)

    def accept(self, proposal: Proposal, changes: Mapping[str, Any] | None = None, *, seen: Collection[str] = ()) -> Verdict:
        """Move the row of ``proposal``, with ``changes`` of its fields, to ``results`` if it passes the gates; return what they say.

        With faults nothing is written, nor with a doubt that is not among those ``seen``, of which the curator says that the document
        prints it so.

        :raises RecordError: when the proposal is no longer in the file, a field cannot have its value, or the file cannot be edited.
        :raises MabgraphError: when the file cannot be written.
        """
        corrected = correct_row(proposal, changes or {})
        row, verdicts, places = corrected.row_data(), list[Verdict](), list[int]()

        def edit(file: RecordFile) -> str:
            place = self._place_of(file, proposal)
            verdict = self._judge(file, corrected)
            verdicts.append(verdict)
            if verdict.faults or not set(verdict.doubts) <= set(seen):
                return file.text
            places.append(place)
            comments = writing.comments_of(file, place)
            return writing.append_row(self._parse(writing.replace_proposal(file, place, None)), row, comments)

        def take_back(file: RecordFile) -> str:
            return writing.insert_proposal(self._parse(writing.remove_row(file, row)), places[-1], proposal)

        self._write(f"{corrected.id} accepted", edit, take_back)
        return verdicts[-1]

    def skip(self, proposal: Proposal, reason: str) -> Proposal:
        """Mark ``proposal`` as skipped for ``reason``; return it as it is now.

        :raises RecordError: without a reason; and as :meth:`accept`.
        """
        if not reason.strip():
            raise RecordError("a skipped proposal needs a reason, in a few words")
        return self._replace(proposal, proposal.skip(" ".join(reason.split())), f"{proposal.id} skipped")

    def reopen(self, proposal: Proposal) -> Proposal:
        """Mark a skipped ``proposal`` as open again; return it as it is now.

        :raises RecordError: as :meth:`accept`.
        """
        return self._replace(proposal, proposal.model_copy(update={"state": "open", "reason": None}), f"{proposal.id} open again")

    def correct(self, proposal: Proposal, changes: Mapping[str, Any]) -> Proposal:
        """Set fields of the row of ``proposal`` (None: left out); return it as it is now, with these fields decided.

        :raises RecordError: when a field cannot have its value; and as :meth:`accept`.
        """
        return self._replace(proposal, correct_row(proposal, changes), f"{', '.join(changes)} of {proposal.id} set")

    def add_part(self, key: str, part: dict[str, Any]) -> None:
        """Add ``part`` to the list under ``key`` of the record: a group, comparison, analysis or study.

        :raises RecordError: when something of the record has its id; and as :meth:`accept`.
        """

        def edit(file: RecordFile) -> str:
            if part["id"] in ids_of(file):
                raise RecordError(f"{part['id']!r} is the id of something of this record already: give another")
            return writing.append_part(file, key, part)

        def take_back(file: RecordFile) -> str:
            raise RecordError(f"{file.path}: {key}: the file has changed since {part['id']!r} was added: take it out by hand")

        self._write(f"{part['id']} added to {key}", edit, take_back)

    def undo(self) -> str:
        """Take back the last decision of this session; return which it was.

        :raises RecordError: when there is none, or what it wrote has been changed since.
        """
        if not self._steps:
            raise RecordError("there is nothing to take back: decisions of earlier sessions are taken back in the file")
        step = self._steps[-1]
        self._write("", lambda file: normalise_ends(step.before) if self._raw == step.after else step.take_back(file), None)
        self._steps.pop()
        return step.words

    def _judge(self, file: RecordFile, proposal: Proposal) -> Verdict:
        undecided = tuple(
            f"{each.field} is undecided: {each.reason}" + (f" (likely: {', '.join(each.candidates)})" if each.candidates else "")
            for each in proposal.undecided
        )
        verdict = self._gate(file, proposal.row_data())
        fields = {each.field for each in proposal.undecided}
        decided = tuple(fault for fault in verdict.faults if not _is_of(fault, fields))
        return Verdict((*undecided, *decided), (*proposal.doubts, *verdict.doubts))

    def _replace(self, proposal: Proposal, new: Proposal, words: str) -> Proposal:
        if new == proposal:
            return proposal

        def edit(file: RecordFile) -> str:
            return writing.replace_proposal(file, self._place_of(file, proposal), new)

        def take_back(file: RecordFile) -> str:
            return writing.replace_proposal(file, self._place_of(file, new), proposal)

        self._write(words, edit, take_back)
        return new

    def _place_of(self, file: RecordFile, proposal: Proposal) -> int:
        """Return where ``proposal`` stands among those of ``file``.

        :raises RecordError: when it is not there as it was shown.
        """
        known = _read_checked(file)
        if proposal not in known:
            raise RecordError(f"{file.path}: the proposal {proposal.id!r} is no longer there as it was shown: nothing was written")
        return known.index(proposal)

    def _write(self, words: str, edit: _Edit, take_back: _Edit | None) -> None:
        """Write what ``edit`` makes of the file, read anew; where it changed while the edit was made, make it again."""
        self.has_changed = False
        target = self.path.resolve()
        with lock_folder(target.parent):
            for _ in range(ATTEMPTS):
                self._read_changed()
                before = self._raw
                new = self._parse(edit(self.file))
                proposals = _read_checked(new)
                after = restore_ends(before, self.file.text, new.text)
                if read_raw(self.path) != before:
                    continue
                if after != before:
                    replace_text(target, after)
                self._raw, self.file, self._proposals = after, new, proposals
                if after != before and take_back:
                    self._steps.append(_Step(words, before, after, take_back))
                return
        raise RecordError(f"{self.path}: is being changed by another program again and again: nothing was written; try again")

    def _read(self) -> tuple[str, RecordFile, tuple[Proposal, ...]]:
        raw = read_raw(self.path)
        file = self._parse(normalise_ends(raw))
        return raw, file, _read_checked(file)

    def _read_changed(self) -> None:
        """Read the file again if it has changed."""
        if read_raw(self.path) != self._raw:
            self._raw, self.file, self._proposals = self._read()
            self.has_changed = True

    def _parse(self, text: str) -> RecordFile:
        return recordfile.parse(text, self.path)


def correct_row(proposal: Proposal, changes: Mapping[str, Any]) -> Proposal:
    """Return ``proposal`` with fields of its row set (None: left out), these decided; nothing is written.

    :raises RecordError: when a field cannot have its value.
    """
    if not changes:
        return proposal
    values = {field: () if value is None and field in _LISTS else value for field, value in changes.items()}
    try:
        row = ProposedRow.model_validate(proposal.row_data() | values)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_url=False)]
        raise RecordError("; ".join(faults)) from None
    left = tuple(each for each in proposal.undecided if each.field not in changes)
    state: Literal["open", "skipped"] = "skipped" if proposal.state == "skipped" else "open"
    # Why the draft chose an analysis is said no longer where a curator chose another.
    is_other = state == "open" and row.analysis != proposal.row.analysis
    return proposal.model_copy(update={"row": row, "undecided": left, "state": state, "reason": None if is_other else proposal.reason})


def _is_of(fault: str, fields: Collection[str]) -> bool:
    """Whether a fault is only that one of ``fields`` is not decided."""
    return fault.partition(":")[0] in fields or ("names no column" in fault and not {"group", "comparison"}.isdisjoint(fields))


#: Fields of a row that are lists.
_LISTS: Final = frozenset({"not_reported", "masked"})


def ids_of(file: RecordFile) -> frozenset[str]:
    """Return the ids of everything in the record but proposals."""
    places = (place for place, _ in file.mappings_with("id") if place[:1] != ("proposals",))
    return frozenset(str(file.value((*place, "id"))) for place in places)


def _read_checked(file: RecordFile) -> tuple[Proposal, ...]:
    """Return the proposals of ``file``.

    :raises RecordError: naming file, line and key of every fault of form in them.
    """
    try:
        return read_proposals(file.data)
    except ValidationError as error:
        faults = (f"{file.where(tuple(fault['loc']))}: {fault['msg']}" for fault in error.errors(include_url=False))
        raise RecordError("\n".join(faults)) from None
