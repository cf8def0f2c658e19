"""Shares: n, N and percentages that belong together."""

from __future__ import annotations

from typing import Final

from .cues import find_cues
from .nonvalues import is_count, total_of
from .readings import TextReading, Unit

#: Words before a percentage that is a limit, or not exact.
_LIMITING: Final = frozenset(
    "least most than about approximately between from over nearly almost roughly around under below above exceeding".split()
)
_PEOPLE: Final = frozenset("patients participants subjects pts patient people persons men women".split())


def read_shares(unit: Unit, barred: set[int], is_planned: bool) -> None:
    """Read counts, totals and percentages that belong together; a number with a sign such as ``≥`` is a limit.

    A percentage alone is none of a result where the sentence says what was planned.
    """
    for index, token in enumerate(unit.tokens):
        if token.kind not in {"number", "numberword"} or index in unit.taken or has_sign(unit, index):
            continue
        if index in barred and not is_count(unit.tokens, index):
            continue
        if is_count(unit.tokens, index):
            _take_count(unit, index)
        elif _is_share(unit, index):
            _take_share(unit, index, is_planned)
        elif not is_planned and len(members := _list_of_shares(unit, index)) > 1:
            for member in members:
                take(unit, {"percent": member})


def _take_count(unit: Unit, index: int) -> None:
    """Take ``n of N patients (33%)`` or ``n (33%) of N``, with the percentage where it is there."""
    total = total_of(unit.tokens, index)
    if total in unit.taken:
        return
    step = total + 1
    while (token := unit.at(step)) is not None and (token.is_word(*_PEOPLE) or token.kind in {"open"} or token.is_sign(",")):
        step += 1
    places = {"count": index, "total": total} | ({"percent": step} if _is_share(unit, step) else {})
    take(unit, places)


def _take_share(unit: Unit, index: int, is_planned: bool) -> None:
    """Take a percentage with the count before it (``49 (29%) of 170``) or behind it (``29% (49 of 170)``)."""
    places = {"percent": index}
    before, earlier = unit.at(index - 1), unit.at(index - 2)
    counted = index - 3 if earlier is not None and earlier.is_word(*_PEOPLE) else index - 2
    if before is not None and before.kind == "open" and _is_whole(unit, counted):
        places = {"count": counted} | places
        closing, of, total = unit.at(index + 2), unit.at(index + 3), unit.at(index + 4)
        if closing and closing.kind == "close" and of and of.is_word("of") and total and _is_whole(unit, index + 4):
            places["total"] = index + 4
    elif (behind := unit.at(index + 2)) is not None and behind.kind == "open" and _is_free_count(unit, index + 3):
        places |= {"count": index + 3, "total": total_of(unit.tokens, index + 3)}
    if not (is_planned and len(places) == 1):
        take(unit, places)


def _is_free_count(unit: Unit, index: int) -> bool:
    return unit.at(index) is not None and index not in unit.taken and is_count(unit.tokens, index)


def _list_of_shares(unit: Unit, index: int) -> list[int]:
    """Return the places of the numbers that share one percent sign: ``72 and 90 %, respectively``, ``53, 1, and 0 %``; else none."""
    members, step = [index], index + 1
    while (joint := unit.at(step)) is not None and (joint.is_sign(",") or joint.is_word("and", "vs", "versus")):
        step += 1
        if (token := unit.at(step)) is not None and token.is_word("and"):
            step += 1
        token = unit.at(step)
        if token is None or token.kind != "number" or step in unit.taken:
            return []
        members.append(step)
        step += 1
    sign = unit.at(step)
    if len(members) < 2 or sign is None or sign.kind != "percent":
        return []
    is_stated = len(members) > 2 or any(token.is_word("respectively", "vs", "versus") for token in unit.tokens[index : step + 12])
    before = unit.at(index - 1)
    is_name = before is not None and (before.kind in {"dash", "operator"} or before.is_word("to", "between", "from", "cycle", "grade"))
    return members if is_stated and not is_name else []


def _is_whole(unit: Unit, index: int) -> bool:
    token = unit.at(index)
    if token is None or index in unit.taken or has_sign(unit, index):
        return False
    return token.kind == "numberword" or (token.kind == "number" and token.text.replace(",", "").isdigit())


def _is_share(unit: Unit, index: int) -> bool:
    """Whether the number at ``index`` is a percentage that is not taken, nor part of a range or of a level."""
    token, after = unit.at(index), unit.at(index + 1)
    if token is None or token.kind != "number" or index in unit.taken or after is None or after.kind != "percent":
        return False
    before, behind, word = unit.at(index - 1), unit.at(index + 2), unit.at(index + 3)
    if before is not None and before.is_sign("=") and (named := unit.at(index - 2)) is not None and named.is_word("i", "i2", "i²"):
        return False
    if before is not None and (before.kind == "dash" or before.is_word(*_LIMITING)):
        return False
    earlier = unit.at(index - 2)
    if before is not None and before.is_word("to", "mately") and (earlier is None or earlier.kind != "word" or earlier.is_word("up")):
        return False
    if behind is not None and (behind.kind == "dash" or (behind.is_word("to", "or") and word is not None and word.kind == "number")):
        return False
    levels = {cue.level for cue in find_cues(unit.tokens[max(0, index - 3) : index + 5])}
    return min(3, index) not in levels


def has_sign(unit: Unit, index: int) -> bool:
    """Whether a comparison sign stands before the number at ``index``."""
    before = unit.at(index - 1)
    return before is not None and before.kind == "operator" and before.text != "="


def take(unit: Unit, places: dict[str, int], measure: str | None = None) -> None:
    """Add a reading of the figures at ``places``, by role; without ``measure``, a percentage or a total make it a proportion."""
    unit.taken.update(places.values())
    figures = tuple(unit.place(role, index) for role, index in sorted(places.items(), key=lambda each: each[1]))
    if measure is None:
        measure = "proportion" if "percent" in places or "total" in places else None
    unit.readings.append(TextReading(figures, min(places.values()), max(places.values()) + 1, None, measure))
