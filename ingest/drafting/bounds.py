"""Values with bounds: an estimate with its interval or range, and its level.

Two numbers are bounds where a cue names them (``95% CI, 0.55 to 0.93``), or where they stand alone in brackets behind a value and the
sentence has said what such brackets hold. The value is the nearest number before them that may be one and lies between them.
Whatever is not clear is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .cues import Cue, find_cues
from .estimates import CENTRES, FILLING, Pair, ValueFinder
from .nonvalues import TIMES, find_nonvalues, find_p_values, is_count, total_of
from .readings import Interval, LeftOut, Placed, TextReading, Unit
from .tokens import TextToken, number_of

#: How many tokens may stand between a cue and its bounds.
_NEAR: Final = 4
#: Words of measures whose interval is a confidence interval by custom.
EFFECTS: Final = frozenset(
    "HR HRs aHR sHR csHR OR ORs aOR RR RRs aRR IRR RMST SMD MD ratio ratios difference reduction risk odds hazard".split()
)


@dataclass(slots=True)
class Context:
    """What is known before a unit is read: the kind of bounds in its brackets, whether it is a cell, whether its label names a median."""

    declared: Interval | None = None
    is_cell: bool = False


def read_bounds(unit: Unit, context: Context) -> None:
    """Add the values with bounds of ``unit`` to its readings, and what looks like one and is not read to what is left out."""
    _Reader(unit, context).read()


class _Reader:
    """One pass over the tokens of a unit, from left to right."""

    def __init__(self, unit: Unit, context: Context) -> None:
        self.unit, self.tokens, self.context = unit, unit.tokens, context
        self.cues = find_cues(unit.tokens)
        self.p_values = find_p_values(unit.tokens)
        self.finder = ValueFinder(unit, find_nonvalues(unit.tokens, self.cues, self.p_values))
        self.declared: Cue | None = None
        self.kind: Interval | None = context.declared

    def read(self) -> None:
        index = 0
        cues = {cue.start: cue for cue in self.cues}
        while index < len(self.tokens):
            cue = cues.get(index)
            if cue is not None:
                index = self.read_cued(cue)
                continue
            index = self.read_bare(index) if self.tokens[index].kind == "open" else index + 1

    def read_cued(self, cue: Cue) -> int:
        """Read the bounds behind ``cue``; return where to go on."""
        start = cue.end
        while start < len(self.tokens) and start - cue.end < _NEAR and self._is_filling(self.tokens[start]):
            start += 1
        pairs = self._pairs_at(start)
        if not pairs:
            if self._is_declaration(cue):
                self.declared, self.kind = cue, cue.kind
            return cue.end
        values = self.finder.find_before(cue.start, pairs, cue)
        if values is None:
            self._leave_out(pairs, "no value before the bounds is clearly theirs")
        else:
            for value, pair in zip(values, pairs, strict=True):
                self._take(value, pair, cue.kind, cue.level)
        return pairs[-1].end

    def read_bare(self, index: int) -> int:
        """Read bounds that stand alone in the brackets that open at ``index``; return where to go on."""
        first = index + 1
        share = self.tokens[first] if first < len(self.tokens) else None
        inner = self._share_before_pair(first)
        pair = self._pair_at(inner if inner is not None else first)
        if share is None or pair is None or not self._closes(pair):
            return index + 1
        trailing = self._cue_behind(pair)
        value = first if inner is not None else self.finder.find_touching(index)
        kind, level = (trailing.kind, trailing.level) if trailing else self._kind_of_brackets(value)
        if value is None or not self.finder.fits(value, pair):
            if value is not None and (trailing or self._is_explained(value, pair)) and self._is_printed_alike(value, pair):
                self._leave_out([pair], "the value before these bounds is not between them")
            return index + 1
        if trailing is None and not self._is_explained(value, pair):
            self._leave_out([pair], "two numbers in brackets, and the text does not say which kind of bounds they are")
            return pair.end
        self._take(value, pair, kind, level)
        return pair.end

    def _kind_of_brackets(self, value: int | None) -> tuple[Interval | None, int | None]:
        """Return the kind of bounds that brackets behind a value hold as declared, or as those before them, and the level."""
        if self.declared is not None:
            return self.declared.kind, self.declared.level
        after = self.unit.at(value + 1) if value is not None else None
        if after is not None and after.kind == "percent" and self.kind in {"range", "interquartile-range"} and not self.context.is_cell:
            return None, None
        return self.kind, None

    def _share_before_pair(self, first: int) -> int | None:
        """Return where the pair begins in ``(68%, 60–75)``, or none where the brackets hold no percentage first."""
        percent, sign = self.unit.at(first + 1), self.unit.at(first + 2)
        is_share = self.tokens[first : first + 1] and self.tokens[first].kind == "number" and percent and percent.kind == "percent"
        return first + 3 if is_share and sign is not None and sign.is_sign(",", ";") else None

    def _is_filling(self, token: TextToken) -> bool:
        return token.is_sign(",", ":", ";") or token.is_word(*FILLING) or token.kind in {"open", "operator"}

    def _is_declaration(self, cue: Cue) -> bool:
        """Whether a cue stands alone in brackets or behind a comma, as in ``median (IQR)``."""
        before, after = self.unit.at(cue.start - 1), self.unit.at(cue.end)
        if before is None:
            return self.context.is_cell or (after is not None and after.kind == "close")
        return before.kind == "open" or (before.is_sign(",", ";") and (after is None or after.kind == "close"))

    def _pairs_at(self, start: int) -> list[Pair]:
        """Return the pairs of bounds that begin at ``start``, several where they are joined by "and" or "versus"."""
        pairs: list[Pair] = []
        while (pair := self._pair_at(start)) is not None:
            pairs.append(pair)
            after = self.unit.at(pair.end)
            if after is None or not (after.is_word("and", "vs", "versus") or after.is_sign(";", ",")):
                break
            start = pair.end + 1
        return pairs

    def _pair_at(self, lower: int) -> Pair | None:
        """Return the two bounds that begin at ``lower``: ``5.6 to 9.6``, ``60%–75%``, ``1.3 months to not reached``, ``0.6, 1.8``."""
        if not self._is_bound(lower):
            return None
        joint = self._skip_unit(lower + 1)
        sign = self.unit.at(joint)
        if sign is None or not self._is_bound(joint + 1):
            return None
        before = self.unit.at(lower - 1)
        is_between = before is not None and before.is_word("between")
        if not (
            sign.kind == "dash" or sign.is_word("to") or sign.is_sign(",") or sign.is_sign(";") or (sign.is_word("and") and is_between)
        ):
            return None
        return Pair(lower, joint + 1, self._skip_unit(joint + 2), sign.lower)

    def _is_bound(self, index: int) -> bool:
        token = self.unit.at(index)
        if token is None or token.kind not in {"number", "absent", "numberword"} or index in self.unit.taken:
            return False
        return not any(cue.level == index for cue in self.cues) and index not in self.p_values

    def _skip_unit(self, index: int) -> int:
        """Return the place behind a percent sign or one unit of time at ``index``."""
        token = self.unit.at(index)
        return index + 1 if token is not None and (token.kind == "percent" or token.is_word(*TIMES)) else index

    def _closes(self, pair: Pair) -> bool:
        """Whether the brackets end behind a pair, or hold a sign and more."""
        after = self.unit.at(pair.end)
        if pair.joint in {",", ";"} and not (after is not None and after.kind == "close"):
            return False
        return after is not None and (after.kind == "close" or after.is_sign(",", ";"))

    def _cue_behind(self, pair: Pair) -> Cue | None:
        """Return the cue in ``(0.55–0.93, 95% CI)``."""
        cue = next((cue for cue in self.cues if cue.start in {pair.end, pair.end + 1}), None)
        after = self.unit.at(cue.end) if cue else None
        return cue if after is not None and after.kind == "close" else None

    def _is_explained(self, value: int, pair: Pair) -> bool:
        """Whether the text says that the brackets behind a value hold bounds."""
        if self.kind is not None or (self.context.is_cell and pair.joint not in {",", ";"}):
            return True
        words = [token for token in self.tokens[max(0, value - 10) : value] if token.kind == "word"]
        near = [token for token in self.tokens[max(0, value - 5) : value] if token.kind == "word"]
        if any(token.text in EFFECTS for token in near):
            return True
        return pair.joint not in {",", ";"} and any(token.is_word(*CENTRES) for token in words)

    def _is_printed_alike(self, value: int, pair: Pair) -> bool:
        """Whether a value and its bounds have the same decimals; what is in brackets behind a value may be notes or years."""
        numerals = [number_of(self.tokens[place]) for place in (value, pair.lower, pair.upper)]
        return len({each.decimals for each in numerals if each and each.number is not None}) == 1

    def _take(self, value: int, pair: Pair, kind: Interval | None, level: int | None) -> None:
        after = self.unit.at(value + 1)
        is_share = after is not None and after.kind == "percent"
        figures = [self.unit.place("percent" if is_share else "value", value)]
        if level is not None:
            figures.append(self.unit.place("level", level))
        figures += [self.unit.place("lower", pair.lower), self.unit.place("upper", pair.upper)]
        places = [value, pair.lower, pair.upper]
        self.unit.taken.update(places)
        start = min(value, pair.lower)
        reading = TextReading(tuple(figures + self._counts(value)), start, pair.end, kind)
        self.unit.readings.append(reading)
        self.kind = self.kind if self.declared or self.context.declared else kind or self.kind

    def _counts(self, value: int) -> list[Placed]:
        """Return n and N of a percentage where they stand just before it or just behind it."""
        for place in range(max(0, value - 7), min(len(self.tokens) - 1, value + 5)):
            if is_count(self.tokens, place) and place not in self.unit.taken:
                total = total_of(self.tokens, place)
                between = self.tokens[min(total, value) + 1 : max(place, value)] if place > value else self.tokens[total + 1 : value]
                if all(token.kind in {"open", "percent"} or token.is_word("patients", "participants", "subjects") for token in between):
                    self.unit.taken.update({place, total})
                    return [self.unit.place("count", place), self.unit.place("total", total)]
        return []

    def _leave_out(self, pairs: list[Pair], reason: str) -> None:
        start, end = self.tokens[pairs[0].lower].start, self.tokens[pairs[-1].upper].end
        self.unit.left_out.append(LeftOut(start, end, reason, is_bounds=True))
