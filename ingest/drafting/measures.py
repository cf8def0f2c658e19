"""Measures: which kind of number a value is, by the words before it; and its unit, by the words behind it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from .nonvalues import TIME_UNITS
from .readings import ESTIMATES, TextReading
from .tokens import TextToken, tokenize

#: How many tokens before a value its measure may stand.
_FARTHEST: Final = 32
#: How far behind a value its unit is looked for (characters).
_BEHIND: Final = 40
#: Names of measures: words in small letters, or an abbreviation in capitals. None: a measure that is not known here.
_NAMES: Final[tuple[tuple[tuple[str, ...], str | None], ...]] = (
    (("hazard", "ratio"), "hazard-ratio"), (("hazard", "ratios"), "hazard-ratio"), (("hazards", "ratio"), "hazard-ratio"),
    (("odds", "ratio"), "odds-ratio"), (("odds", "ratios"), "odds-ratio"), (("relative", "risk"), "risk-ratio"),
    (("risk", "ratio"), "risk-ratio"), (("risk", "ratios"), "risk-ratio"), (("risk", "difference"), "risk-difference"),
    (("mean", "difference"), "mean-difference"), (("rate", "ratio"), None), (("mean", "ratio"), None), (("geometric", "mean"), None),
    (("ratio",), None), (("ratios",), None), (("difference",), "difference"), (("differences",), "difference"),
    (("reduction",), "relative-reduction"), (("lower", "risk"), "relative-reduction"), (("median",), "median"), (("medians",), "median"),
    (("mean",), "mean"), (("average",), "mean"),
)  # fmt: skip
_FIRST: Final = frozenset(words[0] for words, _ in _NAMES)
_ABBREVIATIONS: Final = {
    "HR": "hazard-ratio", "HRs": "hazard-ratio", "aHR": "hazard-ratio", "sHR": "hazard-ratio", "OR": "odds-ratio", "ORs": "odds-ratio",
    "aOR": "odds-ratio", "RR": "risk-ratio", "aRR": "risk-ratio", "RD": "risk-difference", "MD": "mean-difference",
}  # fmt: skip
#: Estimates that compare two groups, whatever they are called in the ontology.
EFFECTS: Final = frozenset(
    "hazard-ratio odds-ratio risk-ratio risk-difference mean-difference difference difference-in-proportions difference-in-medians "
    "relative-reduction".split()
)
RATIOS: Final = frozenset({"hazard-ratio", "odds-ratio", "risk-ratio"})
#: Units of what is counted, by the words that print them.
_COUNTED: Final = {
    "points": "points", "point": "points", "cycles": "cycles", "cycle": "cycles", "doses": "doses", "infusions": "infusions",
}  # fmt: skip


def name_at(tokens: Sequence[TextToken], index: int) -> tuple[str | None, int] | None:
    """Return the measure that is named at ``index`` (None for one that is not known) and how many words name it; none where none is."""
    token = tokens[index]
    if token.kind != "word":
        return None
    if token.text in _ABBREVIATIONS:
        return _ABBREVIATIONS[token.text], 1
    lower = token.lower
    for words, measure in _NAMES if lower in _FIRST else ():
        several = tokens[index : index + len(words)]
        if len(several) == len(words) and all(each.is_word(word) for each, word in zip(several, words, strict=True)):
            return measure, len(words)
    is_median = len(token.text) > 2 and token.text[0] == "m" and token.text[1:].isupper() and token.text[1] in "OPDETR"
    return ("median", 1) if is_median else None


def nearest_measure(tokens: Sequence[TextToken], value: int, taken: Collection[int] = ()) -> tuple[bool, str | None]:
    """Return whether a measure is named before the value at ``value`` in its clause, and the nearest one.

    What stands before another value, whose place is in ``taken``, is that value's. A measure of two words, the first of which names
    another (``mean difference``), counts whole.
    """
    index = value - 1
    while index >= 0 and value - index <= _FARTHEST:
        if tokens[index].is_sign(";", ".", "|") or index in taken:
            break
        named = name_at(tokens, index)
        if named is not None:
            before = name_at(tokens, index - 1) if index else None
            if before is not None and before[1] == 2:
                return True, before[0]
            return True, _refine(named[0], tokens, index, value)
        index -= 1
    return False, None


def _refine(measure: str | None, tokens: Sequence[TextToken], index: int, value: int) -> str | None:
    """Return which difference a difference is: of proportions where percentages or points follow, of medians where medians go before."""
    if measure != "difference":
        return measure
    behind = tokens[value + 1 : value + 3]
    if any(token.kind == "percent" for token in behind) or any(token.is_word("percentage") for token in behind):
        return "difference-in-proportions"
    if any(token.is_word("median", "medians") for token in tokens[max(0, index - 3) : value]):
        return "difference-in-medians"
    return "difference"


def unit_behind(tokens: Sequence[TextToken], value: int) -> str | None:
    """Return the unit that stands behind the value at ``value``, perhaps behind its bounds; none where none is printed."""
    for token in tokens[value + 1 : value + 3]:
        if token.kind == "percent":
            return "percent"
        if token.is_word(*TIME_UNITS):
            return TIME_UNITS[token.lower]
        if token.is_word("percentage"):
            return "percentage-points"
        if token.kind == "word" and token.lower in _COUNTED:
            return _COUNTED[token.lower]
    return None


def unit_of_reading(text: str, reading: TextReading) -> str | None:
    """Return the unit that is printed behind the value of ``reading``, or behind its bounds; none where none is."""
    roles = {*ESTIMATES, "upper", "dispersion"}
    for end in sorted(figure.end for figure in reading.figures if figure.role in roles):
        tokens = [tokenize(text, max(0, end - 1), end)[0], *tokenize(text, end, min(len(text), end + _BEHIND))]
        if unit := unit_behind([token for token in tokens if token.kind != "close"], 0):
            return unit
    return None
