"""Drafting: from the text of a document and what its record has to proposed rows, and a list of what was read and is not proposed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from .. import numerals, quotes
from ..placing import stated_start
from ..recordfile import RecordFile
from .measures import unit_of_reading
from .nonvalues import TIME_UNITS
from .outline import read_outline
from .proposals import Proposal, Undecided, read_proposals
from .quoting import quote_figures
from .reading import ReadSentence, read_text
from .readings import ESTIMATES, TextReading
from .rows import figures_of, propose
from .tokens import tokenize
from .topics import Topic, Topics
from .vocabulary import Vocabulary

#: Roles of the figure by which a reading is known again.
_MAIN: Final = (*sorted(ESTIMATES), "count", "p_value")


@dataclass(frozen=True, slots=True)
class Rejected:
    """What was read and is not proposed: its place in the document, its characters, and why."""

    start: int
    end: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Proposed rows in the order of the document, what is not proposed, and how many readings the record has already.

    ``renewed`` are open proposals of the record, by their place in its list, of which more is decided now.
    """

    proposals: tuple[Proposal, ...]
    rejected: tuple[Rejected, ...]
    known: int
    renewed: Mapping[int, Proposal] = field(default_factory=dict)


def draft(text: str, file: RecordFile, vocabulary: Vocabulary, drug_names: Mapping[str, Iterable[str]]) -> Draft:
    """Return rows for what ``text`` prints and the record in ``file`` has not: neither as evidence nor as a proposal."""
    outline = read_outline(file.data, drug_names)
    topics = Topics(text, vocabulary, outline)
    covered = _Covered(covered_places(file))
    taken = set(outline.ids)
    proposals: list[Proposal] = []
    rejected: list[Rejected] = []
    known = 0
    renewal = _Renewal(read_proposals(file.data))
    for sentence in sorted(read_text(text), key=lambda each: each.sentence.start):
        rejected += [Rejected(each.start, each.end, text[each.start : each.end], each.reason) for each in sentence.left_out]
        for reading, topic in zip(sentence.readings, topics.of_sentence(sentence), strict=True):
            main = reading.of_role(*_MAIN) or reading.figures[0]
            if covered.has(main.start, main.end):
                known += 1
                renewal.renew(main.start, topic)
                continue
            reason = _unfit(reading, topic.variable, topic.undecided)
            sources = quote_figures(text, figures_of(reading), sentence.sentence.start, sentence.sentence.end)
            if reason or sources is None:
                rejected.append(Rejected(main.start, main.end, text[main.start : main.end], reason or "it cannot be quoted without a cut"))
                continue
            proposal = propose(reading, topic, sentence.sentence, sources, _unit_of(text, sentence, reading), taken)
            twin = next((place for place, each in enumerate(proposals) if _is_same(each, proposal)), None)
            if twin is not None:
                proposals[twin] = _join(proposals[twin], proposal)
                continue
            taken.add(proposal.id)
            proposals.append(proposal)
    return Draft(tuple(proposals), tuple(rejected), known, renewal.renewed)


def covered_places(file: RecordFile) -> Iterator[tuple[int, int]]:
    """Yield the places of figures in the quotes of a record, its proposals too; of a row without marks, all of its quote."""
    for place, node in file.mappings_with("quote"):
        at = stated_start(node)
        value = file.value(place).get("quote")
        if at is None or not isinstance(value, str):
            continue
        try:
            marked = quotes.read(value)
        except ValueError:
            continue
        if marked.marks:
            yield from ((mark.start, mark.end) for mark in quotes.shift(marked.marks, at))
        elif "rows" in place or (len(place) == 2 and place[0] == "results"):
            yield at, at + len(marked.text)


class _Covered:
    """Places that are covered, searched by position."""

    def __init__(self, places: Iterable[tuple[int, int]]) -> None:
        self._characters: set[int] = set()
        for start, end in places:
            self._characters.update(range(start, end))

    def has(self, start: int, end: int) -> bool:
        """Whether a covered place shares a character with that from ``start`` to ``end``."""
        return not self._characters.isdisjoint(range(start, end))


class _Renewal:
    """Decides more of the open proposals of a record, where its groups, comparisons and analyses were written since."""

    def __init__(self, proposals: Sequence[Proposal]) -> None:
        self._open = {
            quote.at + mark.start: place
            for place, each in enumerate(proposals)
            if each.state == "open"
            for quote in each.row.printed
            if quote.at is not None
            for mark in quote.read_marks().marks
            if mark.role in _MAIN
        }
        self._proposals = proposals
        self.renewed: dict[int, Proposal] = {}

    def renew(self, start: int, topic: Topic) -> None:
        """Decide what is undecided of the open proposal whose value stands at ``start`` and what ``topic`` decides."""
        place = self._open.get(start)
        if place is None:
            return
        proposal = self.renewed.get(place, self._proposals[place])
        for each in proposal.undecided:
            value = getattr(topic, each.field, None)
            if value is not None:
                proposal = proposal.decide(each.field, value)
        if proposal is not self._proposals[place]:
            proposal = proposal.model_copy(update={"reason": topic.note or proposal.reason})
            self.renewed[place] = proposal


def _unfit(reading: TextReading, variable: str | None, undecided: Iterable[Undecided]) -> str | None:
    """Return why a reading makes no row: a P value alone, or figures without bounds whose end point nothing names."""
    if {figure.role for figure in reading.figures} <= {"p_value"}:
        return "a P value without the estimate that it tests"
    if reading.has_bounds or variable is not None or any(each.field == "variable" and each.candidates for each in undecided):
        return None
    return "no end point that the ontology has is named: add one with mabgraph term, or write the row"


def _unit_of(text: str, sentence: ReadSentence, reading: TextReading) -> str | None:
    """Return the unit that is printed behind the value, or behind its bounds, or in the label of the row."""
    if reading.of_role(*ESTIMATES) is None:
        return None
    if unit := unit_of_reading(text, reading):
        return unit
    cells = [sentence.row.label, *sentence.row.above] if sentence.row else []
    words = [token.lower for cell in cells for token in tokenize(text, *cell)]
    return next((TIME_UNITS[word] for word in reversed(words) if word in TIME_UNITS and len(word) > 1), None)


def _is_same(one: Proposal, other: Proposal) -> bool:
    """Whether two proposals state one result: all is decided, of the same, with the same numbers."""
    fields = ("variable", "group", "comparison", "measure", "time_unit", "interval", "unit")
    if any(getattr(one.row, name) != getattr(other.row, name) for name in fields) or not (one.row.group or one.row.comparison):
        return False
    return bool(one.row.variable and one.row.measure) and _numbers(one) == _numbers(other)


def _numbers(proposal: Proposal) -> dict[str, str]:
    marks = [mark for quote in proposal.row.printed for mark in quote.read_marks().marks]
    return {mark.role: numerals.read(mark.printed).canonical for mark in reversed(marks) if mark.role != "level"}


def _join(one: Proposal, other: Proposal) -> Proposal:
    """Return the first of two proposals of one result with the quotes of both."""
    return one.model_copy(update={"row": one.row.model_copy(update={"printed": (*one.row.printed, *other.row.printed)})})
