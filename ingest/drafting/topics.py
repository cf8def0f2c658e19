"""Topics: which variable, group, comparison and analysis a reading is about, where the text supports one, and else why not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz import process

from .measures import EFFECTS
from .outline import Outline
from .proposals import Undecided
from .reading import ReadSentence
from .readings import Placed, Reading
from .vocabulary import Match, Vocabulary

#: Names that are ordinary words as well: they name nothing for certain.
_ORDINARY: Final = frozenset(
    "treated treatment refractory response remission relapse sex race mm steroids discontinuation age male female died event".split()
)
_JOINT: Final = re.compile(r"\s*(?:,|and|or|/|,\s*and)\s*")
_BASELINE: Final = re.compile(r"(?i)\b(?:baseline|characteristic|demographic)")
#: How a clause ends.
_CLAUSE: Final = re.compile(r"(?<!\bvs)[;.]\s|\bwhereas\b|\bwhile\b")
#: How far "respectively" may stand behind the last value that it orders, and two values that are joined from each other (characters).
_BEHIND: Final = 40
_NEAR: Final = 24
#: Words of the ids or labels of analyses of these kinds of variable.
_KINDS: Final = {"adverse-events": "adverse", "baseline-characteristics": "baseline"}
_MOST: Final = 6
_METHODS: Final = {"median": "kaplan-meier", "survival-probability": "kaplan-meier", "hazard-ratio": "cox"}


@dataclass(slots=True)
class Topic:
    """What a reading is about; what is not decided, with the reason."""

    variable: str | None = None
    group: str | None = None
    comparison: str | None = None
    analysis: str | None = None
    undecided: list[Undecided] = field(default_factory=list)


class Topics:
    """Finds topics in one text, for one record."""

    def __init__(self, text: str, vocabulary: Vocabulary, outline: Outline) -> None:
        self.text, self.vocabulary, self.outline = text, vocabulary, outline

    def of_sentence(self, sentence: ReadSentence) -> list[Topic]:
        """Return the topic of each reading of ``sentence``, in order."""
        topics: list[Topic] = []
        for index, reading in enumerate(sentence.readings):
            topic = Topic()
            self._decide_variable(topic, sentence, index, topics)
            if reading.measure in EFFECTS:
                self._decide_comparison(topic, sentence)
            else:
                self._decide_group(topic, sentence, index)
            self._decide_analysis(topic, reading)
            topics.append(topic)
        return topics

    def _window(self, sentence: ReadSentence, index: int) -> tuple[int, int, int, int]:
        """Return where the words before a reading begin, where it begins and ends, and where the words behind it end."""
        readings = sorted(sentence.readings, key=_start)
        place = readings.index(sentence.readings[index])
        before = _end(readings[place - 1]) if place else sentence.sentence.start
        after = _start(readings[place + 1]) if place + 1 < len(readings) else sentence.sentence.end
        start, end = _start(readings[place]), _end(readings[place])
        return min(before, start), start, end, max(after, end)

    def _decide_variable(self, topic: Topic, sentence: ReadSentence, index: int, earlier: Sequence[Topic]) -> None:
        if sentence.row is not None and sentence.table is not None:
            self._choose_variable(topic, self._variables_of_row(sentence), "the labels of the row name no end point that is known")
            return
        first, start, end, last = self._window(sentence, index)
        before = list(self.vocabulary.variables.find(self.text, first, start))
        is_hazard = sentence.readings[index].measure == "hazard-ratio"
        if is_hazard and before and not any(local.endswith("-survival") for local in before[-1].ids):
            self._undecide_hazard(topic, before, earlier)
        elif not before and index and start - _end(sentence.readings[index - 1]) < _NEAR:
            topic.variable = earlier[index - 1].variable
            topic.undecided += [each for each in earlier[index - 1].undecided if each.field == "variable"]
        elif before and len(before) > 1 and _JOINT.fullmatch(self.text[before[-2].end : before[-1].start]):
            self._choose_joined(topic, sentence, index, before)
        elif before:
            self._choose_variable(topic, before[-1:], "")
        elif index and earlier[index - 1].variable and not _CLAUSE.search(self.text, _end(sentence.readings[index - 1]), start):
            topic.variable = earlier[index - 1].variable
        else:
            behind = list(self.vocabulary.variables.find(self.text, end, last))
            whole = list(self.vocabulary.variables.find(self.text, sentence.sentence.start, sentence.sentence.end))
            self._choose_variable(topic, behind[:1] or whole, "the sentence names no end point that is known")

    def _undecide_hazard(self, topic: Topic, before: list[Match], earlier: Sequence[Topic]) -> None:
        """Leave the end point of a hazard ratio open that is named by its event: "for death" is overall survival, or part of another."""
        known = [each.variable for each in reversed(earlier) if each.variable and each.variable.endswith("-survival")]
        named = [local for match in reversed(before) for local in match.ids]
        guessed = ["overall-survival"] if "death" in before[-1].ids else []
        candidates = tuple(dict.fromkeys((*known, *guessed, *named)))[:_MOST]
        topic.undecided.append(Undecided(field="variable", reason="the event is named, not the end point", candidates=candidates))

    def _choose_joined(self, topic: Topic, sentence: ReadSentence, index: int, before: list[Match]) -> None:
        """Choose of variables in a list: in their order where the sentence says "respectively" or has as many values as variables."""
        names = [before[-1]]
        for match in reversed(before[:-1]):
            if not _JOINT.fullmatch(self.text[match.end : names[0].start]):
                break
            names.insert(0, match)
        if len(sentence.readings) == len(names) and index == 0:
            self._choose_variable(topic, names[:1], "")
        else:
            self._undecide_variable(topic, names, "several end points are named together")

    def _variables_of_row(self, sentence: ReadSentence) -> list[Match]:
        assert sentence.row is not None
        for cell in (sentence.row.label, *sentence.row.above):
            named = list(self.vocabulary.variables.find(self.text, *cell))
            if named:
                return named[-1:] if len(named) == 1 else named
        return []

    def _choose_variable(self, topic: Topic, matches: list[Match], reason: str) -> None:
        """Set the variable that ``matches`` name, where they name one and it is not an ordinary word."""
        ids = list(dict.fromkeys(local for match in matches for local in match.ids))
        used = [local for local in ids if local in self.outline.variables]
        ids = used if len(used) == 1 else ids
        if len(ids) > 1:
            baseline = self.vocabulary.kinds
            ids = [local for local in ids if baseline.get(local) != "baseline-characteristics"] or ids
        is_ordinary = all(self.text[match.start : match.end].lower() in _ORDINARY for match in matches)
        if len(ids) == 1 and not is_ordinary:
            topic.variable = ids[0]
        elif ids:
            names = ", ".join(sorted({self.text[match.start : match.end] for match in matches}))
            word = "is an ordinary word, too" if is_ordinary else "may be several variables"
            topic.undecided.append(Undecided(field="variable", reason=f"{_plain(names)} {word}", candidates=tuple(ids[:_MOST])))
        else:
            topic.undecided.append(Undecided(field="variable", reason=reason or "no end point is named", candidates=()))

    def _undecide_variable(self, topic: Topic, matches: list[Match], reason: str) -> None:
        ids = dict.fromkeys(local for match in matches for local in match.ids)
        topic.undecided.append(Undecided(field="variable", reason=reason, candidates=tuple(ids)[:_MOST]))

    def _decide_group(self, topic: Topic, sentence: ReadSentence, index: int) -> None:
        if not self.outline.group_ids:
            topic.undecided.append(Undecided(field="group", reason="the record has no groups yet: write them, and draft again"))
            return
        near, reason = self._groups_near(sentence, index)
        if len(near) == 1:
            topic.group = near[0]
            return
        named = self._groups_in(sentence.sentence.start, sentence.sentence.end)
        candidates = near or named or list(self.outline.group_ids)
        topic.undecided.append(Undecided(field="group", reason=reason, candidates=tuple(candidates[:_MOST])))

    def _groups_near(self, sentence: ReadSentence, index: int) -> tuple[list[str], str]:
        """Return the groups that a reading may be of, by the words near it, and why it is not clear if they are not one."""
        if sentence.row is not None and sentence.table is not None:
            column = sentence.readings[index].cell or 0
            cells = sentence.table.headings_of(column, self.text)
            named = list(dict.fromkeys(local for cell in reversed(cells) for local in self._groups_in(*cell)))
            if not named:
                named = self._groups_in(*sentence.row.label)
            return named, "the headings of the column name no group of the record, or several"
        first, start, end, last = self._window(sentence, index)
        everywhere = self._groups_in(sentence.sentence.start, sentence.sentence.end)
        peers = [each for each in sentence.readings if each.measure == sentence.readings[index].measure]
        run = self._ordered_run(sentence, index)
        if run:
            is_ordered = len(everywhere) == len(run)
            named = [everywhere[run.index(sentence.readings[index])]] if is_ordered else everywhere
            return named, "the sentence does not give one value for each group that it names"
        clause = _CLAUSE.search(self.text, end, last)
        behind = self._groups_in(end, clause.start() if clause else last)
        if len(behind) == 1:
            return behind, ""
        before = self._groups_in(first, start)
        if not behind and (len(before) == 1 or (len(everywhere) == 1 and len(peers) == 1)):
            return (before if len(before) == 1 else everywhere), ""
        return behind or before, "the words around the value name no group of the record, or several"

    def _ordered_run(self, sentence: ReadSentence, index: int) -> list[Reading]:
        """Return the readings of one measure that "respectively" behind the last of them orders, where that at ``index`` is one of them."""
        readings = sorted(sentence.readings, key=_start)
        for place, last in enumerate(readings):
            if "respectively" not in self.text[_end(last) : min(_end(last) + _BEHIND, sentence.sentence.end)]:
                continue
            run = [last]
            for each in reversed(readings[:place]):
                if each.measure != last.measure:
                    break
                run.insert(0, each)
            if sentence.readings[index] in run and len(run) > 1:
                return run
        return []

    def _groups_in(self, start: int, end: int) -> list[str]:
        """Return the groups that the text names from ``start`` to ``end``, in order; a name of several groups counts as all of them."""
        return list(dict.fromkeys(local for match in self.outline.groups.find(self.text, start, end) for local in match.ids))

    def _decide_comparison(self, topic: Topic, sentence: ReadSentence) -> None:
        if not self.outline.comparisons:
            topic.undecided.append(Undecided(field="comparison", reason="the record has no comparisons yet: write them, and draft again"))
            return
        start, end = sentence.sentence.start, sentence.sentence.end
        named = set(self._groups_in(start, end))
        if sentence.table is not None:
            named |= {
                local
                for column in range(1, max((len(row) for row in sentence.table.headings), default=0))
                for cell in sentence.table.headings_of(column, self.text)
                for local in self._groups_in(*cell)
            }
        fitting = [local for local, arms in self.outline.comparisons.items() if set(arms) <= named]
        if len(fitting) == 1:
            topic.comparison = fitting[0]
            return
        half = [local for local, arms in self.outline.comparisons.items() if set(arms) & named]
        reason = "the sentence names both groups of no comparison of the record" if not fitting else "several comparisons fit"
        candidates = tuple(fitting or half or self.outline.comparisons)[:_MOST]
        topic.undecided.append(Undecided(field="comparison", reason=reason, candidates=candidates))

    def _decide_analysis(self, topic: Topic, reading: Reading) -> None:
        if not self.outline.analyses:
            topic.undecided.append(Undecided(field="analysis", reason="the record has no analyses yet: write them, and draft again"))
            return
        used = {local for local in self.outline.analyses_of.get(topic.variable or "", ()) if local in self.outline.analyses}
        kind = _KINDS.get(self.vocabulary.kinds.get(topic.variable or "", ""), (topic.variable or "?").replace("-", " "))
        named = {local for local, analysis in self.outline.analyses.items() if kind in analysis.words}
        method = _METHODS.get(reading.measure or "")
        fitting = sorted(local for local in used | named if method is None or method in self.outline.analyses[local].method)
        if len(fitting) == 1:
            topic.analysis = fitting[0]
            return
        near = [name for name, _, _ in process.extract(topic.variable or "", list(self.outline.analyses), limit=_MOST)]
        reason = "the text does not name the analysis" if not fitting else "several analyses of this variable fit"
        candidates = tuple(dict.fromkeys((*fitting, *near)))[:_MOST]
        topic.undecided.append(Undecided(field="analysis", reason=reason, candidates=candidates))


def _body(reading: Reading) -> list[Placed]:
    """Return the figures of a reading without those that may stand apart: time point, level, and N of a heading."""
    return [figure for figure in reading.figures if figure.role not in {"time", "level", "total"}] or list(reading.figures)


def _start(reading: Reading) -> int:
    return min(figure.start for figure in _body(reading))


def _end(reading: Reading) -> int:
    return max(figure.end for figure in _body(reading))


def _plain(names: str) -> str:
    return " ".join(names.split())
