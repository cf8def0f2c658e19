"""Numbers that are no estimate: P values, levels, sizes, doses, time points, grades, limits. They are passed over on the way to a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .cues import Cue
from .tokens import TextToken

#: Units of doses, concentrations and laboratory limits.
_DOSES: Final = frozenset("mg g µg μg mcg ng kg ml l iu u gy mgkg".split())
#: Units of time by the words that print them.
TIME_UNITS: Final = {
    word: unit
    for unit, words in {
        "months": "month months mo mos mth", "years": "year years yr yrs y", "weeks": "week weeks wk wks w", "days": "day days d",
        "hours": "hour hours hr hrs h", "minutes": "minute minutes min mins",
    }.items()
    for word in words.split()
}  # fmt: skip
TIMES: Final = frozenset(TIME_UNITS)
#: Words before a number that is a limit.
_LIMITS: Final = frozenset("than least most above below under exceeding exceeds".split())
#: Words before a number that is a name or a moment; further numbers may be joined to it (grade 3/4, cycles 1 and 2).
_NAMING: Final = frozenset(
    "grade grades gr phase stage stages table tables figure figures fig figs cycle cycles day days week weeks month months visit year "
    "years chapter ref refs reference references appendix supplement type level arm cohort part version score scores".split()
)
_MOMENTS: Final = frozenset("at within by after through until beyond over".split())
_SIZES: Final = frozenset({"n", "no", "number"})
_JUDGED: Final = frozenset("considered significance significant threshold level alpha deemed regarded boundary".split())


def find_p_values(tokens: Sequence[TextToken]) -> list[int]:
    """Return the places of the numbers that are P values of a result; limits of significance are none of them."""
    places = []
    for index, token in enumerate(tokens):
        if not (token.is_word("p", "p-value", "p-values") or (token.kind == "word" and token.text in {"P", "Pvalue"})):
            continue
        number = _number_behind(tokens, index)
        if number is not None and not _is_limit(tokens, index, number):
            places.append(number)
    return places


def _number_behind(tokens: Sequence[TextToken], index: int) -> int | None:
    """Return the place of the number of the P at ``index``: behind ``value`` and a sign."""
    step, is_signed = index + 1, False
    while step < len(tokens) and step <= index + 4:
        token = tokens[step]
        if token.kind == "number":
            return step if is_signed and _may_be_p(token.text) else None
        if token.kind == "operator" or token.is_sign(":") or token.is_word("of", "was", "is"):
            is_signed = True
        elif not (token.is_word("value", "values", "for", "trend", "interaction") or token.kind in {"dash", "open", "close"}):
            return None
        step += 1
    return None


def _may_be_p(text: str) -> bool:
    digits = text.replace("·", ".")
    return digits.replace(".", "", 1).isdigit() and float(digits) <= 1


def _is_limit(tokens: Sequence[TextToken], index: int, number: int) -> bool:
    around = [*tokens[max(0, index - 4) : index], *tokens[number + 1 : number + 7]]
    return any(token.is_word(*_JUDGED) for token in around)


def find_nonvalues(tokens: Sequence[TextToken], cues: Sequence[Cue], p_values: Sequence[int]) -> set[int]:
    """Return the places of numbers that are no estimate."""
    places = set(p_values) | {cue.level for cue in cues if cue.level is not None}
    for index, token in enumerate(tokens):
        if token.kind in {"number", "numberword", "bad"} and (_is_nonvalue(tokens, index) or _is_chained(tokens, index, places)):
            places.add(index)
    return places


def _is_chained(tokens: Sequence[TextToken], index: int, places: set[int]) -> bool:
    """Whether a number is joined to a grade, a cycle or another name before it: the 4 of ``grade 3/4``, the 2 of ``grade 1 or 2``."""
    if index < 3 or index - 2 not in places or not tokens[index].text.isdigit():
        return False
    joint, step = tokens[index - 1], index - 2
    if not (joint.is_sign("/", ",") or joint.kind == "dash" or joint.is_word("or", "and", "to")):
        return False
    while step >= 2 and step - 2 in places:
        step -= 2
    return tokens[step - 1].is_word(*_NAMING)


def _is_nonvalue(tokens: Sequence[TextToken], index: int) -> bool:
    before = tokens[index - 1] if index else None
    earlier = tokens[index - 2] if index > 1 else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    later = tokens[index + 2] if index + 2 < len(tokens) else None
    if tokens[index].kind == "bad":
        return True
    if before is not None and before.kind == "operator" and earlier is not None and earlier.is_word(*_SIZES):
        return True
    if before is not None and (before.is_word(*_NAMING) and not _is_median_of(tokens, index)):
        return True
    if before is not None and before.is_word(*_LIMITS):
        return True
    if after is not None and after.is_word(*_DOSES):
        return True
    if after is not None and after.kind == "dash" and later is not None and later.is_word(*TIMES):
        return True
    if before is not None and before.is_word(*_MOMENTS) and after is not None and after.is_word(*TIMES):
        return True
    return is_total(tokens, index) or is_count(tokens, index)


def _is_median_of(tokens: Sequence[TextToken], index: int) -> bool:
    return any(token.is_word("median", "mean") for token in tokens[max(0, index - 3) : index])


def is_count(tokens: Sequence[TextToken], index: int) -> bool:
    """Whether the number at ``index`` is the n of ``n of N`` or ``n/N``."""
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if after is None or tokens[index].kind not in {"number", "numberword"}:
        return False
    if index and tokens[index - 1].is_word(*_NAMING):
        return False
    step = index + 2
    if after.is_word("patients", "participants", "subjects", "people") and step < len(tokens) and tokens[step].is_word("of"):
        after, step = tokens[step], step + 1
    if not (after.is_word("of") or after.is_sign("/")):
        return False
    while step < len(tokens) and step < index + 5 and tokens[step].is_word("the", "all", "evaluable", "these", "those"):
        step += 1
    return step < len(tokens) and tokens[step].kind == "number" and _is_whole(tokens[index]) and _is_whole(tokens[step])


def is_total(tokens: Sequence[TextToken], index: int) -> bool:
    """Whether the number at ``index`` is the N of ``n of N`` or ``n/N``."""
    if tokens[index].kind != "number":
        return False
    return any(is_count(tokens, step) and total_of(tokens, step) == index for step in range(max(0, index - 6), index))


def total_of(tokens: Sequence[TextToken], index: int) -> int:
    """Return the place of the N that belongs to the n at ``index``."""
    return next(step for step in range(index + 1, len(tokens)) if tokens[step].kind == "number")


def _is_whole(token: TextToken) -> bool:
    return token.kind == "numberword" or token.text.replace(",", "").isdigit()
