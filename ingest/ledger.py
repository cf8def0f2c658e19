"""The ledger: every numeral of a document is anchored by a figure, no evidence for a stated reason, or unaccounted.

Reasons are data of the record, by pattern or by region. An anchored numeral stays anchored even if a reason covers it.
"""

from __future__ import annotations

import re
import textwrap
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from . import nodes, numerals, quotes, recordfile
from .accounts import NotEvidence, SealedLedger, Unevidenced
from .documents import DocumentText
from .figures import Node
from .record import Document, Record, Study
from .recordfile import RecordFile

Status = Literal["anchored", "not evidence", "unaccounted"]

#: A numeral in a document: digits with separators, superscript digits, or a number word.
_NUMERAL: Final = re.compile(
    rf"\d+(?:[.,·]\d+)*|[⁰¹²³⁴-⁹]+|(?<![A-Za-z-])(?:{'|'.join(sorted(numerals.WORDS, key=len, reverse=True))})(?![A-Za-z])",
    re.IGNORECASE,
)


#: Length of a line of offsets in a record (characters).
_WIDTH: Final = 130


@dataclass(frozen=True, slots=True)
class Entry:
    """One numeral of the document, its place, and what accounts for it: the name of a figure, or a reason."""

    start: int
    end: int
    printed: str
    status: Status
    by: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The numerals of one document in order, and the reasons that account for none of them."""

    document: str
    entries: tuple[Entry, ...]
    idle: tuple[NotEvidence, ...]

    def count(self, status: Status) -> int:
        """Return the number of numerals with ``status``."""
        return sum(entry.status == status for entry in self.entries)

    def summarise(self) -> SealedLedger:
        """Return what a record keeps of the ledger, in the order of the reasons' names."""
        places: dict[str, list[int]] = {}
        for entry in self.entries:
            if entry.status == "not evidence":
                places.setdefault(entry.by, []).append(entry.start)
        reasons = tuple(Unevidenced(reason=reason, at=tuple(starts)) for reason, starts in sorted(places.items()))
        return SealedLedger(anchored=self.count("anchored"), unaccounted=self.count("unaccounted"), not_evidence=reasons)


def build_ledger(record: Record, file: RecordFile, document: DocumentText) -> Ledger:
    """Return the ledger of ``document`` for ``record``, whose quotes are anchored.

    :raises RecordError: when the record contradicts itself.
    """
    return of_nodes(record, nodes.of_record(record, file), document)


def of_nodes(record: Record, stated: Iterable[Node], document: DocumentText) -> Ledger:
    """Return the ledger of ``document`` for ``record``, of which ``stated`` are the nodes."""
    anchored = _Spans(_anchored_spans(record, stated))
    reasons = [(reason, _Spans(_reason_spans(reason, document.text))) for reason in record.not_evidence]
    used: set[int] = set()
    entries = []
    for match in _NUMERAL.finditer(document.text):
        start, end = match.span()
        by, status = anchored.find_cover(start, end), "anchored"
        if by is None:
            index = next((place for place, (_, spans) in enumerate(reasons) if spans.find_cover(start, end) is not None), None)
            by, status = (None, "unaccounted") if index is None else (reasons[index][0].reason, "not evidence")
            used |= set() if index is None else {index}
        entries.append(Entry(start, end, match[0], status, by or ""))  # type: ignore[arg-type]
    idle = tuple(reason for index, (reason, _) in enumerate(reasons) if index not in used)
    return Ledger(record.document.id, tuple(entries), idle)


def write_ledger(file: RecordFile, kept: SealedLedger) -> str:
    """Return the text of the record with ``kept`` as its ledger, above the seal.

    :raises RecordError: when the record is written between brackets.
    """
    lines = [f"  anchored: {kept.anchored}", f"  unaccounted: {kept.unaccounted}", *(["  not_evidence:"] if kept.not_evidence else [])]
    for each in kept.not_evidence:
        starts = textwrap.fill(", ".join(map(str, each.at)), _WIDTH, subsequent_indent="        ")
        lines += [f"    - reason: {each.reason}", f"      at: [{starts}]"]
    return recordfile.write_block(file, "ledger", "\n".join(lines) + "\n")


def sealed_faults(file: RecordFile, record: Record, account: Ledger) -> Iterator[str]:
    """Yield how the ledger under the seal of ``record`` differs from ``account``, which the text gives; nothing where it has none."""
    if record.ledger is None or record.ledger == (actual := account.summarise()):
        return
    where, remedy = file.where(("ledger",)), "run mabgraph anchor with the document at hand"
    for name in ("anchored", "unaccounted"):
        stated, counted = getattr(record.ledger, name), getattr(actual, name)
        if stated != counted:
            yield f"{where}.{name}: the record says {stated}, the text gives {counted}: {remedy}"
    stated_starts, actual_starts = ({each.reason: each.at for each in kept.not_evidence} for kept in (record.ledger, actual))
    for reason in sorted(stated_starts.keys() | actual_starts.keys()):
        stated_at, actual_at = stated_starts.get(reason, ()), actual_starts.get(reason, ())
        if stated_at != actual_at:
            differing = sorted({*stated_at} ^ {*actual_at})[:3]
            places = f" (first at {', '.join(map(str, differing))})" if differing else ""
            counts = f"the record names {len(stated_at)}, the text gives {len(actual_at)}"
            yield f"{where}.not_evidence: {reason}: {counts}{places}: {remedy}"


def numeral_at(text: str, start: int) -> str:
    """Return the numeral that begins at the character ``start`` of ``text``; empty if none does.

    >>> numeral_at("in 12 patients", 3), numeral_at("in 12 patients", 6)
    ('12', '')
    """
    match = _NUMERAL.match(text, start)
    return match[0] if match else ""


class _Spans:
    """Named spans of a document, searched by position."""

    def __init__(self, spans: Iterable[tuple[int, int, str]]) -> None:
        self._spans = sorted(spans)
        self._starts = [start for start, _, _ in self._spans]
        self._reach: list[int] = []
        for _, end, _ in self._spans:
            self._reach.append(max(end, self._reach[-1] if self._reach else 0))

    def find_cover(self, start: int, end: int) -> str | None:
        """Return the name of a span that contains all characters from ``start`` to ``end`` (the last to begin), or None."""
        place = bisect_right(self._starts, start) - 1
        while place >= 0 and self._reach[place] >= end:
            if self._spans[place][1] >= end:
                return self._spans[place][2]
            place -= 1
        return None


def _anchored_spans(record: Record, stated: Iterable[Node]) -> Iterator[tuple[int, int, str]]:
    for node in nodes.flatten(stated):
        if node.get("type") == "Figure":
            position = node["anchoredAt"]["selector"][0]
            yield int(position["start"]), int(position["end"]), node["id"]
    parts: list[Document | Study] = [record.document, *record.studies]
    for item in parts:
        for quote in item.printed:
            for mark in quotes.shift(quote.read_marks().marks, quote.at or 0):
                if not mark.is_figure:
                    yield mark.start, mark.end, f"{mark.role} of {item.id}"


def _reason_spans(reason: NotEvidence, text: str) -> Iterator[tuple[int, int, str]]:
    if reason.pattern is not None:
        for match in re.finditer(reason.pattern, text):
            yield match.start(), match.end(), reason.reason
    elif reason.start and reason.end:
        last = reason.end.read_marks().text
        yield reason.start.at or 0, (reason.end.at or 0) + len(last), reason.reason
