"""Cues: the words that say which kind of bounds two numbers are, and the level of an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from .readings import Interval
from .tokens import TextToken, number_of

#: Levels of intervals that papers print, percent.
_LEVELS: Final = frozenset(map(Decimal, ("80", "90", "95", "95.0", "96", "97.5", "98", "99", "99.9")))
#: The last words of a cue, in small letters, and the kind of interval they name. Longer ones come first.
_NAMES: Final[tuple[tuple[tuple[str, ...], Interval], ...]] = (
    (("confidence", "interval"), "confidence-interval"), (("confidence", "intervals"), "confidence-interval"),
    (("confidence", "limits"), "confidence-interval"), (("credible", "interval"), "credible-interval"),
    (("credible", "intervals"), "credible-interval"), (("credibility", "interval"), "credible-interval"),
    (("inter-quartile", "range"), "interquartile-range"), (("interquartile", "range"), "interquartile-range"),
    (("interquartile", "ranges"), "interquartile-range"), (("interquartile", "interval"), "interquartile-range"),
    (("ci",), "confidence-interval"), (("c.i",), "confidence-interval"),
    (("cis",), "confidence-interval"), (("cl",), "confidence-interval"),
    (("cri",), "credible-interval"), (("crl",), "credible-interval"), (("crls",), "credible-interval"), (("hdi",), "credible-interval"),
    (("iqr",), "interquartile-range"), (("iqrs",), "interquartile-range"), (("range",), "range"), (("ranges",), "range"),
    (("min-max",), "range"),
)  # fmt: skip
#: Signs between the parts of a cue spelled with dashes or commas: min–max, Q1–Q3, 25th–75th percentile.
_PAIRS: Final[dict[tuple[str, str], Interval]] = {
    ("25th", "75th"): "interquartile-range",
    ("min", "max"): "range", ("minimum", "maximum"): "range", ("q1", "q3"): "interquartile-range", ("p25", "p75"): "interquartile-range",
}  # fmt: skip
#: The first words of cues.
_FIRST: Final = frozenset({words[0] for words, _ in _NAMES} | {first for first, _ in _PAIRS})
_LEVELLED: Final = frozenset({"confidence-interval", "credible-interval"})


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue: the kind of interval, its first token, the token behind its last, and the token of its level, or none."""

    kind: Interval
    start: int
    end: int
    level: int | None = None


def find_cues(tokens: Sequence[TextToken]) -> list[Cue]:
    """Return the cues of ``tokens`` in order; none overlaps another."""
    cues: list[Cue] = []
    index = 0
    while index < len(tokens):
        cue = _cue_at(tokens, index)
        if cue is None:
            index += 1
            continue
        cues.append(cue)
        index = cue.end
    return cues


def _cue_at(tokens: Sequence[TextToken], index: int) -> Cue | None:
    """Return the cue whose name begins at ``index``, with its level before or behind it."""
    token = tokens[index]
    if token.kind != "word" or (lower := token.lower) not in _FIRST:
        return None
    for words, kind in _NAMES:
        if words[0] == lower and _spells(tokens, index, words):
            return _complete(tokens, index, index + len(words), kind)
    for (first, last), kind in _PAIRS.items():
        is_joint = index + 2 < len(tokens) and (
            tokens[index + 1].kind == "dash" or tokens[index + 1].is_sign(",", "/") or tokens[index + 1].is_word("to")
        )
        if is_joint and tokens[index].is_word(first) and tokens[index + 2].is_word(last):
            behind = index + 3
            is_named = behind < len(tokens) and tokens[behind].is_word(
                "percentile", "percentiles", "quartile", "quartiles", "value", "values"
            )
            return Cue(kind, index, behind + is_named)
    return None


def _spells(tokens: Sequence[TextToken], index: int, words: tuple[str, ...]) -> bool:
    found_words = tokens[index : index + len(words)]
    return len(found_words) == len(words) and all(token.is_word(word) for token, word in zip(found_words, words, strict=True))


def _complete(tokens: Sequence[TextToken], start: int, end: int, kind: Interval) -> Cue | None:
    """Return the cue with its level and with an abbreviation behind it, ``(CI)`` or ``[IQR]``."""
    if end + 2 < len(tokens) and tokens[end].kind == "open" and tokens[end + 1].kind == "word" and tokens[end + 2].kind == "close":
        end += 3
    if kind not in _LEVELLED:
        return Cue(kind, start, end)
    if is_level(tokens, start - 2) and tokens[start - 1].kind == "percent":
        return Cue(kind, start - 2, end, start - 2)
    if start > 3 and tokens[start - 1].kind == "dash" and is_level(tokens, start - 3) and tokens[start - 2].kind == "percent":
        return Cue(kind, start - 3, end, start - 3)
    if is_level(tokens, end) and end + 1 < len(tokens) and tokens[end + 1].kind == "percent":
        return Cue(kind, start, end + 2, end)
    if is_level(tokens, end + 1) and tokens[end].kind in {"open", "sign"} and end + 2 < len(tokens) and tokens[end + 2].kind == "percent":
        stop = end + 4 if end + 3 < len(tokens) and tokens[end + 3].kind == "close" else end + 3
        return Cue(kind, start, stop, end + 1)
    return Cue(kind, start, end)


def is_level(tokens: Sequence[TextToken], index: int) -> bool:
    """Whether the token at ``index`` may be the level of an interval."""
    if not 0 <= index < len(tokens) or tokens[index].kind != "number":
        return False
    numeral = number_of(tokens[index])
    return numeral is not None and numeral.number in _LEVELS
