"""The records that are reviewed in a browser: one review of each, whose only state is the record file, and one decision at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Final
from urllib.parse import quote

from mabgraph.graph.building.choosing import PARTS, Choices
from mabgraph.graph.building.gating import RowGate
from mabgraph.ingest.documents import DocumentText, Library
from mabgraph.ingest.drafting.proposals import Proposal
from mabgraph.ingest.drafting.reviewing import Gate, Review, Verdict
from mabgraph.ingest.errors import MabgraphError, UnknownName
from mabgraph.ingest.recordfile import RecordFile

from .rules import Rules

#: The states of a proposal that is to be decided.
LEFT: Final = ("ready", "open")
#: The lists of a record whose parts a form offers by their labels.
_LISTS: Final = tuple(sorted(set(PARTS.values())))


class Sitting:
    """The review of one record, with the text of its document."""

    def __init__(self, name: str, review: Review, gate: RowGate, text: DocumentText) -> None:
        """Take the ``review`` of the record ``name``; its rows and new parts pass ``gate``."""
        self.name, self.review, self.gate, self.text = name, review, gate, text

    @property
    def address(self) -> str:
        """The address of the page of the record."""
        return f"/records/{quote(self.name, safe='')}"

    @property
    def text_address(self) -> str:
        """The address of the whole text of its document."""
        return f"/texts/{quote(self.name, safe='')}"

    @property
    def accepted(self) -> int:
        """How many proposals were accepted in this session, and not taken back."""
        return sum(words.endswith(" accepted") for words in self.review.decisions)

    @property
    def rows(self) -> int:
        """The number of rows under ``results`` of the record."""
        rows = self.review.file.data.get("results")
        return len(rows) if isinstance(rows, list) else 0

    def key_of(self, place: int) -> str:
        """Return what the proposal at ``place`` is called in addresses: its id, numbered where several have it."""
        several = self.review.proposals
        before = sum(each.id == several[place].id for each in several[:place])
        return several[place].id + (f"~{before + 1}" if before else "")

    def address_of(self, place: int) -> str:
        """Return the address of the page of the proposal at ``place``."""
        return f"{self.address}/{quote(self.key_of(place), safe='~')}"

    def place_of(self, key: str) -> int | None:
        """Return the place of the proposal that is called ``key`` in addresses; none if there is none."""
        return next((place for place in range(len(self.review.proposals)) if self.key_of(place) == key), None)

    def next_left(self, place: int) -> int | None:
        """Return the place of the first proposal from ``place`` on that is to be decided, or else of the first of all; none without one."""
        left = [each for each, proposal in enumerate(self.review.proposals) if proposal.state in LEFT]
        return next((each for each in left if each >= place), left[0] if left else None)

    def neighbours(self, place: int) -> tuple[int | None, int | None]:
        """Return the places of the nearest proposals before and behind ``place`` that are to be decided."""
        left = [each for each, proposal in enumerate(self.review.proposals) if proposal.state in LEFT]
        return max((each for each in left if each < place), default=None), min((each for each in left if each > place), default=None)


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A record in the list of all: its sitting, or the fault for which it cannot be reviewed."""

    name: str
    path: Path
    sitting: Sitting | None
    fault: str = ""


class Desk:
    """The records of a workspace, or one of one's own; ``lock`` is held while one of them is read or decided on."""

    def __init__(self, list_records: Callable[[], Mapping[str, Path]], open_library: Callable[[], Library], rules: Rules) -> None:
        """Review the records that ``list_records`` names, with the texts of ``open_library``, by ``rules``: as they are at each page."""
        self._list_records, self._open_library, self._rules = list_records, open_library, rules
        self._reviews: dict[str, Review] = {}
        self.lock = RLock()

    @property
    def choices(self) -> Choices:
        """The values that fields may have."""
        return self._rules.choices

    def lines(self) -> list[RecordLine]:
        """Return a line for each record, in the order of their names."""
        lines = []
        for name, path in sorted(self._list_records().items()):
            try:
                lines.append(RecordLine(name, path, self.open(name)))
            except MabgraphError as error:
                lines.append(RecordLine(name, path, None, str(error)))
        return lines

    def open(self, name: str) -> Sitting:
        """Return the review of a record, read anew where its file has changed.

        :raises UnknownName: when there is no such record.
        :raises MabgraphError: when its file cannot be read, or the text of its document is not there.
        """
        path = self._list_records().get(name)
        if path is None:
            raise UnknownName(f"there is no record {name[:80]!r} here: the list of records has those that there are")
        text = self._text_of(name)
        if name not in self._reviews or self._reviews[name].path != path:
            self._reviews[name] = Review(path, self._gate_of(name))
        self._reviews[name].refresh()
        return Sitting(name, self._reviews[name], RowGate(self._rules.checker, text), text)

    def _gate_of(self, name: str) -> Gate:
        """Return the gate of the rows of a record, by the rules and the text as they are when a row is judged."""

        def judge(file: RecordFile, row: dict[str, Any]) -> Verdict:
            return RowGate(self._rules.checker, self._text_of(name))(file, row)

        return judge

    def _text_of(self, name: str) -> DocumentText:
        """Return the text of the document of a record, as it is now.

        :raises MabgraphError: when it is not there.
        """
        text = self._open_library().text(name)
        if text is None:
            raise MabgraphError(
                f"the text of {name} is not in the folders of documents: add it (mabgraph add), or start the review with --documents FOLDER"
            )
        return text


def digest_of(value: Any) -> str:
    """Return a digest of what a page shows, by which a form says what its reader has seen."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]


def digests_of_parts(file: RecordFile) -> dict[str, str]:
    """Return a digest of each part of the record that a form offers by its label, by the id of the part."""
    lists = (several for key in _LISTS if isinstance(several := file.data.get(key), list))
    parts = (part for several in lists for part in several if isinstance(part, dict) and isinstance(part.get("id"), str))
    return {part["id"]: digest_of(part)[:12] for part in parts}


def digest_of_proposal(proposal: Proposal) -> str:
    """Return the digest of a proposal as the file has it."""
    return digest_of(proposal.data())
