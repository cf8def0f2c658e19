"""Values of bounds: which number before two bounds is the one that they belong to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from .cues import Cue
from .measures import EFFECTS as COMPARING
from .measures import nearest_measure
from .nonvalues import TIMES
from .readings import Unit
from .tokens import number_of

#: How many tokens may stand between a value and its bounds, and between a value and the brackets that hold them.
_FARTHEST: Final = 16
_NEAR: Final = 4
#: Words that may stand between a value, a cue and its bounds.
FILLING: Final = frozenset("of was is were are from between ranging with a an and the its corresponding associated where being".split())
#: Words that name a middle of a distribution.
CENTRES: Final = frozenset("median medians mean means average mos mpfs mdor mefs mdfs mttnt".split())
#: Words that begin another part of a sentence: no value beyond them belongs to bounds behind them.
_PARTING: Final = frozenset("whereas while but".split())
_VERSUS: Final = frozenset({"vs", "versus", "and", "or", "compared"})


@dataclass(frozen=True, slots=True)
class Pair:
    """Two bounds: the places of both, of the token behind them, and the sign or word between them."""

    lower: int
    upper: int
    end: int
    joint: str


class ValueFinder:
    """Finds the values of bounds among the tokens of a unit; ``nonvalues`` are the places of numbers that are none."""

    def __init__(self, unit: Unit, nonvalues: Collection[int]) -> None:
        self.unit, self.tokens, self.nonvalues = unit, unit.tokens, nonvalues

    def find_touching(self, index: int) -> int | None:
        """Return the place of the value just before the brackets at ``index``: units may stand between."""
        place = index - 1
        while place >= max(0, index - _NEAR) and self.tokens[place].kind in {"percent", "word", "sign"}:
            if self.tokens[place].is_sign(".", ";", ",", "|", ":"):
                return None
            place -= 1
        token = self.unit.at(place)
        is_value = token is not None and token.kind in {"number", "absent"} and place not in self.nonvalues and place not in self.unit.taken
        return place if is_value else None

    def find_before(self, start: int, pairs: list[Pair], cue: Cue) -> list[int] | None:
        """Return the places of the values that belong to ``pairs``, the last one nearest before ``start``; none where it is not clear."""
        place: int | None = self._nearest_value(start, cue)
        values: list[int] = []
        for pair in reversed(pairs):
            if place is None or not self.fits(place, pair):
                return None
            values.insert(0, place)
            place = self._joined_before(place)
        if place is not None or (cue.kind in {"range", "interquartile-range"} and not self._has_centre(values[0])):
            return None
        return values

    def _nearest_value(self, start: int, cue: Cue) -> int | None:
        """Return the place of the nearest number before ``start`` that may be a value."""
        place, passed_words = start - 1, 0
        is_inside = is_parted = False
        while place >= 0 and start - place <= _FARTHEST:
            token = self.tokens[place]
            if token.kind in {"number", "absent", "numberword"} and place not in self.nonvalues:
                if place in self.unit.taken or (token.kind == "numberword" and cue.kind not in {"range", "interquartile-range"}):
                    return None
                return place if not is_parted or nearest_measure(self.tokens, place, self.unit.taken)[1] in COMPARING else None
            if token.kind == "close":
                opening = self._opening_of(place)
                inner = self._lone_share(opening, place) if passed_words == 0 else None
                if inner is not None:
                    return inner
                if opening is None or any(step in self.unit.taken for step in range(opening, place)):
                    return None
                place = opening - 1
                continue
            if token.kind == "open":
                if passed_words and is_inside is False and self._has_words(place, start):
                    return None
                is_inside = True
            elif token.is_word("vs", "versus", "compared"):
                is_parted = True
            elif token.is_sign(".", "|", "?") or token.is_word(*_PARTING) or (token.is_sign(";") and passed_words):
                return None
            elif token.kind == "word" and not token.is_word(*FILLING, "p"):
                passed_words += 1
            place -= 1
        return None

    def _has_centre(self, value: int) -> bool:
        """Whether a median or mean is named before a value."""
        return any(token.is_word(*CENTRES) for token in self.tokens[max(0, value - 24) : value])

    def _joined_before(self, value: int) -> int | None:
        """Return the place of the value that is joined to that at ``value`` by "and" or "versus", with nothing but units between."""
        place = value - 1
        if place >= 0 and self.tokens[place].kind == "operator":
            place -= 1
        if place < 1 or not self.tokens[place].is_word(*_VERSUS):
            return None
        place -= 1
        while place > max(0, value - 6) and (self.tokens[place].kind == "percent" or self.tokens[place].is_word(*TIMES, "points")):
            place -= 1
        token = self.tokens[place]
        is_value = token.kind in {"number", "absent"} and place not in self.nonvalues and place not in self.unit.taken
        return place if is_value else None

    def _has_words(self, opening: int, start: int) -> bool:
        """Whether words that name something stand between brackets that open and a cue; counts and sizes name nothing."""
        words = [token for token in self.tokens[opening + 1 : start] if token.kind == "word"]
        return any(not token.is_word(*FILLING, "n", "no", "patients", "participants", "subjects", "events") for token in words)

    def _opening_of(self, close: int) -> int | None:
        depth = 0
        for place in range(close, max(-1, close - 4 * _FARTHEST), -1):
            depth += (self.tokens[place].kind == "close") - (self.tokens[place].kind == "open")
            if depth == 0:
                return place
        return None

    def _lone_share(self, opening: int | None, close: int) -> int | None:
        """Return the place of the percentage that stands alone between two brackets."""
        if opening is None or close - opening != 3 or self.tokens[close - 1].kind != "percent":
            return None
        return opening + 1 if self.tokens[opening + 1].kind == "number" and opening + 1 not in self.unit.taken else None

    def fits(self, value: int, pair: Pair) -> bool:
        """Whether the value lies between the bounds; absent ones are beyond every number."""
        estimate, low, high = (number_of(self.tokens[place]) for place in (value, pair.lower, pair.upper))
        if estimate is None or low is None or high is None:
            return False
        if low.number is None:
            return high.number is None and estimate.number is None
        if high.number is not None and not low.number <= high.number:
            return False
        if estimate.number is None:
            return high.number is None
        return low.number <= estimate.number and (high.number is None or estimate.number <= high.number)
