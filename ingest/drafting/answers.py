"""Answers of a language model: their form, and the numbers that they name, each a place in a quote."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from .. import numerals, quotes
from ..errors import RecordError
from .endpoint import BadAnswer

#: The roles that a model may give a number.
ROLES: Final = quotes.FIGURE_ROLES - {"dose", "quantity", "date"}
_P_BEFORE: Final = re.compile(r"(?<!\w)[Pp](?:[- ]?values?)?\s*(?:[=:<>≤≥]|of|was|is)?\s*\$?$")
_CI_BEHIND: Final = re.compile(r"\s*(?:%|percent|per cent)?[\s-]*(?:C\.?I\b|CrI\b|(?:confidence|credible|credibility)\s)", re.IGNORECASE)
_CI: Final = re.compile(r"\bC\.?I\b|\bCrI\b|confidence|credib|interval", re.IGNORECASE)


class AnsweredNumber(BaseModel):
    """A number of a quote as a model names it."""

    model_config = ConfigDict(strict=True)

    printed: str = Field(min_length=1, max_length=60)
    role: str = Field(max_length=60)


class AnsweredRow(BaseModel):
    """A proposal as a model answers it."""

    model_config = ConfigDict(strict=True)

    quote: str = Field(min_length=1, max_length=2000)
    numbers: list[AnsweredNumber] = Field(min_length=1, max_length=40)
    variable: str | None = None
    group: str | None = None
    comparison: str | None = None
    measure: str | None = None
    analysis: str | None = None
    unit: str | None = None
    time_unit: str | None = None
    interval: str | None = None


def rows_of(answer: str) -> list[Any]:
    """Return the proposals of an answer, in any form that JSON has.

    :raises BadAnswer: when it is no JSON, or has none.
    """
    fenced = re.fullmatch(r"\s*```(?:json)?\s*\n(.*)\n\s*```\s*", answer, re.DOTALL)
    try:
        data = json.loads(fenced[1] if fenced else answer)
    except (ValueError, RecursionError):
        raise BadAnswer("it is no JSON") from None
    rows = data.get("proposals") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise BadAnswer("it has no list 'proposals'")
    return rows


def place_numbers(numbers: list[AnsweredNumber], quote: str) -> list[tuple[int, int, str]]:
    """Return start, end and role of each number in its quote, in reading order.

    :raises RecordError: when a number is not there, is part of a longer one or there several times, or cannot be read.
    """
    places: list[tuple[int, int, str]] = []
    for number in numbers:
        printed = number.printed.strip()
        if number.role not in ROLES:
            raise RecordError(f"{number.role!r} is no role of a number")
        free = [
            match.span()
            for match in re.finditer(re.escape(printed), quote)
            if printed and not quotes.cuts_number(quote, *match.span()) and not _is_in_word(quote, *match.span())
        ]
        if not free:
            raise RecordError(f"the number {printed!r} is not in the quote")
        if len(free) > 1:
            raise RecordError(f"the number {printed!r} stands {len(free)} times in the quote: a shorter quote is needed")
        numerals.read(printed)
        _check_role(quote, *free[0], number.role)
        places.append((*free[0], number.role))
    places.sort()
    if any(one[1] > other[0] for one, other in pairwise(places)):
        raise RecordError("one number is given two roles")
    return places


def _check_role(quote: str, start: int, end: int, role: str) -> None:
    """Check that a number has the role that the characters beside it give it.

    :raises RecordError: when it is behind a P and no P value, before "% CI" and no level, or a level where no interval is named.
    """
    if role != "p_value" and _P_BEFORE.search(quote[:start]):
        raise RecordError(f"{quote[start:end]!r} stands behind a P and is no {role}")
    if role != "level" and _CI_BEHIND.match(quote[end:]):
        raise RecordError(f"{quote[start:end]!r} is the level of an interval, no {role}")
    if role == "level" and not _CI.search(quote):
        raise RecordError(f"{quote[start:end]!r} is no level: the quote names no interval")


def _is_in_word(quote: str, start: int, end: int) -> bool:
    """Whether the characters stand within a word or name, as the 19 of CD19 does."""
    before, after = quote[:start][-1:], quote[end:][:1]
    return (before.isalpha() and quote[start].isalnum()) or (after.isalpha() and quote[end - 1].isalpha())


def mark_numbers(quote: str, places: list[tuple[int, int, str]]) -> str:
    """Return ``quote`` with its numbers marked.

    :raises RecordError: when the quote cannot hold marks: it is too long, or has brackets that would be read as marks.
    """
    marked, last = "", 0
    for start, end, role in places:
        marked += f"{quote[last:start]}[{quote[start:end]}]({role})"
        last = end
    marked += quote[last:]
    reading = quotes.read(marked)
    if reading.text != quote or [(mark.start, mark.end, mark.role) for mark in reading.marks] != places:
        raise RecordError("the quote has brackets that would be read as marks: quote other words")
    return marked
