"""Naming: which variable the words before a value name, in a sentence or in the label of a row, and when that is certain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from .outline import Outline
from .reading import ReadSentence
from .readings import TextReading
from .vocabulary import NameMatch, Vocabulary, fold_words
from .windows import QUALIFYING, end_of, is_plain, window_of

#: Names that are ordinary words as well: they name nothing for certain.
ORDINARY: Final = frozenset(
    "treated treatment refractory response remission relapse sex race mm steroids discontinuation age died event mortality".split()
)
_BASELINE: Final = re.compile(r"(?i)\b(?:baseline|characteristic|demographic)")
#: What a label has besides the name of its variable: what is counted, units, kinds of bounds, signs of notes.
_BESIDE: Final = re.compile(
    r"(?i)\b(?:no|n|number|of|patients?|median|mean|range|iqr|sd|ci|yr|years?|mo|months?|d|days?|wk|weeks?|percent|interquartile|confidence|interval|rates?"
    r"|the|any|in|at|estimated)\b|\d{1,2}(?:\.\d)?\s*%|[^\w\s-]|\^\w|±"
)
#: Signs of limits in a label, and what stands between a value and the name that follows it at once.
_LIMIT: Final = re.compile("[≥≤<>]")
_TOUCHING: Final = re.compile(r"[\s%)\]]*(?:\s\w+){0,4}\s*")
#: Words of the sentence before that may hold for this one, and how far back they are looked for (characters).
_GRADED: Final = re.compile(r"(?i)\b(?:grade|serious|severe|infusion)")
_EARLIER: Final = 200
#: What goes on after the end point of the value before: "8% had hepatic injury and 37".
_GOES_ON: Final = re.compile(r"^\W*(?:and|with|plus)\W*$")
_SHARED: Final = 24
#: How many variables are proposed by the likeness of their names to the labels of a row, and how like they are at least (0 to 100).
_LIKELY: Final = 4
_ALIKE: Final = 75


@dataclass(frozen=True, slots=True)
class Named:
    """The variable that is named for certain, or the likeliest ones with the reason why it is not."""

    decided: str | None
    candidates: tuple[str, ...] = ()
    reason: str = ""


class Naming:
    """Finds the variables of one text."""

    def __init__(self, text: str, vocabulary: Vocabulary, outline: Outline) -> None:
        self.text, self.variables, self.kinds, self.outline = text, vocabulary.variables, vocabulary.kinds, outline
        self._spelled = {local: " ".join(fold_words(local)) for local in vocabulary.variables.ids}

    def variable_of(self, sentence: ReadSentence, reading: TextReading, earlier: Sequence[Named]) -> Named:
        """Return the variable of ``reading``; ``earlier`` are those of the readings before it in the sentence."""
        if sentence.row is not None:
            return earlier[0] if earlier else self._of_row(sentence)
        first, start, _, last = window_of(sentence, reading)
        before = list(self.variables.find(self.text, first, start))
        if not before:
            return self._of_neighbour(sentence, reading, earlier, last)
        nearest = before[-1]
        named = self._choose([nearest])
        candidates = tuple(dict.fromkeys(local for match in reversed(before) for local in match.ids))
        if reading.measure == "hazard-ratio" and not any(local.endswith("-survival") for local in nearest.ids):
            return self._of_hazard(nearest, candidates, earlier)
        if len({match.ids for match in before}) > 1:
            return Named(None, candidates, "several end points are named before the value")
        if named.decided is None:
            return named
        if not is_plain(self.text, nearest.end, start, self.outline.group_words):
            return Named(None, (*named.candidates, *candidates), "other words stand between the end point and the value")
        if earlier and (_TOUCHING.fullmatch(self.text, first, nearest.start) or _GOES_ON.search(self.text[nearest.end : start])):
            return Named(None, candidates, "the end point that is named may be that of the value before")
        follower = next(iter(self.variables.find(self.text, end_of(reading), min(last, end_of(reading) + _SHARED))), None)
        if follower is not None and _TOUCHING.fullmatch(self.text, end_of(reading), follower.start):
            return Named(None, (*follower.ids, *candidates), "an end point is named on both sides of the value")
        if self._is_qualified(named.decided, sentence, max(first, nearest.start - 40), min(last, end_of(reading) + 40)):
            return Named(None, self._narrower(named.decided), "the words around it may make it a narrower one")
        return named

    def _is_qualified(self, local: str, sentence: ReadSentence, first: int, last: int) -> bool:
        """Whether words around a value, or for an adverse event of its whole sentence, may make the variable a narrower one."""
        if local.endswith("-survival"):
            return False
        if self.kinds.get(local) == "adverse-events":
            first, last = sentence.sentence.start, sentence.sentence.end
            if _GRADED.search(self.text, max(0, first - _EARLIER), first):
                return True
        return QUALIFYING.search(self.text, first, last) is not None

    def _of_neighbour(self, sentence: ReadSentence, reading: TextReading, earlier: Sequence[Named], last: int) -> Named:
        """Return the variable of the value that this one is compared with, or what the words behind it name."""
        first, start, end, _ = window_of(sentence, reading)
        if earlier and start - first < _SHARED + 40 and is_plain(self.text, first, start, self.outline.group_words | _JOINING):
            return earlier[-1]
        behind = list(self.variables.find(self.text, end, last))
        whole = list(self.variables.find(self.text, sentence.sentence.start, sentence.sentence.end))
        candidates = tuple(dict.fromkeys(local for match in (*behind[:1], *whole) for local in match.ids))
        reason = "no end point is named before the value" if candidates else "the sentence names no end point that the ontology has"
        return Named(None, candidates, reason)

    def _of_hazard(self, nearest: NameMatch, candidates: tuple[str, ...], earlier: Sequence[Named]) -> Named:
        """Leave the end point of a hazard ratio open that is named by its event: "for death" is overall survival, or part of another."""
        known = [each.decided for each in reversed(earlier) if each.decided and each.decided.endswith("-survival")]
        guessed = ["overall-survival"] if "death" in nearest.ids else []
        return Named(None, tuple(dict.fromkeys((*known, *guessed, *candidates))), "the event is named, not the end point")

    def _of_row(self, sentence: ReadSentence) -> Named:
        """Return the variable that the label of a row names whole; what it or the labels above name in part are candidates.

        Under a label that makes it a narrower one, such as a grade, nothing is certain.
        """
        assert sentence.row is not None
        caption = [sentence.table.caption] if sentence.table and sentence.table.caption else []
        label, above = sentence.row.label, sentence.row.above
        is_baseline = any(_BASELINE.search(self.text, *cell) for cell in caption)
        matches = list(self.variables.find(self.text, *label))
        is_clear = not _LIMIT.search(self.text, *label) and not any(QUALIFYING.search(self.text, *cell) for cell in (*above, *caption))
        if is_clear and len(matches) == 1 and self._is_whole(matches[0], label):
            return self._choose(matches, is_baseline)
        labels = " ".join(self.text[start:end] for start, end in (label, *above))
        candidates = [local for cell in (label, *above) for match in self.variables.find(self.text, *cell) for local in match.ids]
        likely = process.extract(
            " ".join(fold_words(labels)), self._spelled, scorer=fuzz.token_set_ratio, limit=_LIKELY, score_cutoff=_ALIKE
        )
        candidates = [*dict.fromkeys([*(local for _, _, local in likely[:2]), *candidates, *(local for _, _, local in likely)])]
        text = " ".join(self.text[label[0] : label[1]].split())[:60]
        return Named(None, tuple(candidates), f"{text!r} does not name one variable whole")

    def _is_whole(self, match: NameMatch, cell: tuple[int, int]) -> bool:
        """Whether a label is a name and nothing else but what is counted, units and signs."""
        beside = self.text[cell[0] : match.start] + " " + self.text[match.end : cell[1]]
        return not fold_words(_BESIDE.sub(" ", beside))

    def _choose(self, matches: list[NameMatch], is_baseline: bool = False) -> Named:
        """Return the one variable that ``matches`` name, where it is one and no ordinary word."""
        ids = list(dict.fromkeys(local for match in matches for local in match.ids))
        used = [local for local in ids if local in self.outline.variables]
        kinds = [local for local in ids if (self.kinds.get(local) == "baseline-characteristics") == is_baseline]
        ids = used if len(used) == 1 else kinds if len(kinds) == 1 and is_baseline else ids
        text = " ".join(self.text[matches[0].start : matches[0].end].split())
        if len(ids) > 1:
            return Named(None, tuple(ids), f"{text!r} may be several variables")
        if text.lower() in ORDINARY:
            return Named(None, tuple(ids), f"{text!r} is an ordinary word, too")
        return Named(ids[0])

    def _narrower(self, local: str) -> tuple[str, ...]:
        """Return a variable and those whose ids go on from its own."""
        return (local, *sorted(name for name in self.kinds if name.startswith(f"{local}-")))


_JOINING: Final = frozenset({"and", "vs", "versus", "compared", "than"})
