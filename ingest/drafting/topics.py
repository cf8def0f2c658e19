"""Topics: which variable, group, comparison and analysis a reading is about.

A field is decided only where the words allow one reading. Else it stays open, with the reason and the nearest candidates: a curator
chooses faster than one finds a wrong choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz import process

from . import naming
from .analyses import Possible
from .measures import EFFECTS
from .naming import Named
from .outline import Outline
from .proposals import Undecided
from .reading import ReadSentence
from .readings import TextReading
from .vocabulary import Vocabulary
from .windows import CITING, is_compared, ordered_run, part_before, part_behind, window_of

_MOST: Final = 6
_METHODS: Final = {"median": "kaplan-meier", "survival-probability": "kaplan-meier", "hazard-ratio": "cox"}
#: Words of the ids or labels of analyses of these kinds of variable.
_KINDS: Final = {"adverse-events": "adverse", "baseline-characteristics": "baseline"}
#: Measures that are given for whole arms as a rule, even where a record knows parts of them.
_WHOLE: Final = frozenset({"median", "survival-probability"})


@dataclass(slots=True)
class Topic:
    """What a reading is about; what is not decided, with the reason. ``note`` says why what the text does not say is decided."""

    variable: str | None = None
    group: str | None = None
    comparison: str | None = None
    analysis: str | None = None
    undecided: list[Undecided] = field(default_factory=list)
    note: str | None = None

    def leave(self, name: str, reason: str, candidates: Sequence[str] = ()) -> None:
        """Leave a field undecided."""
        several = tuple(dict.fromkeys(candidates))[:_MOST]
        self.undecided.append(Undecided.model_validate({"field": name, "reason": reason, "candidates": several}))


class Topics:
    """Finds topics in one text, for one record."""

    def __init__(self, text: str, vocabulary: Vocabulary, outline: Outline) -> None:
        self.text, self.outline = text, outline
        self.naming = naming.Naming(text, vocabulary, outline)
        self.kinds = vocabulary.kinds
        self.possible = Possible(vocabulary, outline)

    def of_sentence(self, sentence: ReadSentence) -> list[Topic]:
        """Return the topic of each reading of ``sentence``, in order."""
        topics: list[Topic] = []
        earlier: list[Named] = []
        for reading in sentence.readings:
            topic = Topic()
            named = self.naming.variable_of(sentence, reading, earlier)
            earlier.append(named)
            topic.variable = named.decided
            if named.decided is None:
                topic.leave("variable", named.reason, named.candidates)
            if reading.measure in EFFECTS:
                self._decide_comparison(topic, sentence)
            else:
                self._decide_group(topic, sentence, reading)
            self._decide_analysis(topic, sentence, reading)
            topics.append(topic)
        return topics

    def _decide_group(self, topic: Topic, sentence: ReadSentence, reading: TextReading) -> None:
        if not self.outline.group_ids:
            topic.leave("group", "the record has no groups yet: write them, and draft again")
            return
        near, reason = self._groups_near(sentence, reading)
        if len(near) == 1:
            parts = self.outline.parts_of.get(near[0], ())
            is_whole = reading.measure in _WHOLE and (topic.variable or "").endswith("-survival")
            if near[0] in self.outline.cited:
                topic.leave("group", "it is a group of a cited study", near)
            elif not parts or is_whole:
                topic.group = near[0]
            else:
                topic.leave("group", "it may be a part of the group that is named", (near[0], *parts))
            return
        named = self._groups_in(sentence.sentence.start, sentence.sentence.end)
        topic.leave("group", reason, near or named or self.outline.group_ids)

    def _groups_near(self, sentence: ReadSentence, reading: TextReading) -> tuple[list[str], str]:
        """Return the groups that a reading may be of, by the words near it, and why it is not clear if they are not one."""
        if sentence.row is not None and sentence.table is not None:
            return self._groups_of_cell(sentence, reading), "the headings of the column name no group of the record, or several"
        everywhere = self._groups_in(sentence.sentence.start, sentence.sentence.end)
        if CITING.search(self.text, sentence.sentence.start, sentence.sentence.end):
            return [], "the sentence seems to be about another study"
        run = ordered_run(self.text, sentence, reading)
        if run:
            named = [everywhere[run.index(reading)]] if len(everywhere) == len(run) else everywhere
            return named if len(named) == 1 else [], "the sentence does not give one value for each group that it names"
        if is_compared(self.text, sentence, reading):
            return [], "two values are compared, and no words say of which group each is"
        first, start, end, last = window_of(sentence, reading)
        behind = self._groups_in(end, part_behind(self.text, end, last))
        if len(behind) == 1:
            return behind, ""
        before = self._groups_in(part_before(self.text, first, start), start)
        if not behind and len(before) == 1:
            return before, ""
        return [], "the words around the value name no group of the record, or several"

    def _groups_of_cell(self, sentence: ReadSentence, reading: TextReading) -> list[str]:
        """Return the groups that the lowest heading of a cell's column names."""
        if sentence.table is None:
            return []
        for cell in reversed(sentence.table.headings_of(reading.cell or 0, self.text)):
            named = self._groups_in(*cell)
            if named:
                return named
        return []

    def _groups_in(self, start: int, end: int) -> list[str]:
        """Return the groups that the text names from ``start`` to ``end``, in order; a name of several groups counts as all of them."""
        return list(dict.fromkeys(local for match in self.outline.groups.find(self.text, start, end) for local in match.ids))

    def _decide_comparison(self, topic: Topic, sentence: ReadSentence) -> None:
        if not self.outline.comparisons:
            topic.leave("comparison", "the record has no comparisons yet: write them, and draft again")
            return
        cells = [(sentence.sentence.start, sentence.sentence.end)]
        if sentence.table is not None:
            widest = max((len(row) for row in sentence.table.headings), default=0)
            cells += [cell for column in range(1, widest) for cell in sentence.table.headings_of(column, self.text)]
        named = {local for cell in cells for local in self._groups_in(*cell)}
        fitting = [local for local, arms in self.outline.comparisons.items() if set(arms) <= named]
        half = [local for local, arms in self.outline.comparisons.items() if set(arms) & named]
        if len(fitting) == 1 and len(self.outline.comparisons) == 1 and not CITING.search(self.text, *cells[0]):
            topic.comparison = fitting[0]
        elif fitting:
            topic.leave("comparison", "the record has more than one comparison that it may be", (*fitting, *self.outline.comparisons))
        else:
            topic.leave("comparison", "the sentence names both groups of no comparison", half or tuple(self.outline.comparisons))

    def _decide_analysis(self, topic: Topic, sentence: ReadSentence, reading: TextReading) -> None:
        if not self.outline.analyses:
            topic.leave("analysis", "the record has no analyses yet: write them, and draft again")
            return
        used = {local for local in self.outline.analyses_of.get(topic.variable or "", ()) if local in self.outline.analyses}
        kind = _KINDS.get(self.kinds.get(topic.variable or "", ""), (topic.variable or "?").replace("-", " "))
        named = {local for local, analysis in self.outline.analyses.items() if kind in analysis.words}
        method = _METHODS.get(reading.measure or "")
        fitting = sorted(local for local in used | named if method is None or method in self.outline.analyses[local].method)
        if len(fitting) == 1 and topic.variable and (topic.group or topic.comparison):
            topic.analysis = fitting[0]
            return
        words = self.text[sentence.sentence.start : sentence.sentence.end]
        possible = self.possible.find(topic.variable, reading.measure, words) if topic.variable and not fitting else []
        if len(possible) == 1 and (topic.group or topic.comparison):
            topic.analysis = possible[0]
            topic.note = f"analysis {possible[0]}: the text names none, and it is the only one of the record that this can be by"
            return
        near = [name for name, _, _ in process.extract(topic.variable or "", list(self.outline.analyses), limit=_MOST)]
        reason = "the text does not name the analysis" if len(fitting) < 2 else "several analyses of this variable fit"
        topic.leave("analysis", reason, (*fitting, *near))
