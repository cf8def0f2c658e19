"""Time points: the months or years after which a share of patients is alive or free of an event, in a sentence or in a row's label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from .measures import UNITS
from .nonvalues import TIMES
from .readings import Placed, Reading
from .tokens import Token

_SURVIVAL: Final = frozenset(
    "survival survived alive progression-free event-free relapse-free disease-free estimates estimate os pfs efs dfs rfs lfs dor".split()
)


@dataclass(frozen=True, slots=True)
class TimePoint:
    """A time point: its figure, its unit, and the first of its tokens."""

    figure: Placed
    unit: str
    index: int


def find_time_points(tokens: Sequence[Token]) -> list[TimePoint]:
    """Return the time points of ``tokens``: ``at 24 months``, ``18-month overall survival``."""
    points = []
    for index, token in enumerate(tokens):
        if token.kind != "number" or not token.text.isdigit():
            continue
        before = tokens[index - 1] if index else None
        after, later = (tokens[step] if step < len(tokens) else None for step in (index + 1, index + 2))
        is_joined = after is not None and after.kind == "dash" and later is not None and later.is_word(*TIMES)
        is_moment = before is not None and before.is_word("at") and after is not None and after.is_word(*TIMES)
        word = later if is_joined else after
        if word is not None and (is_joined or is_moment) and (unit := UNITS.get(word.lower)):
            points.append(TimePoint(Placed("time", token.start, token.end), unit, index))
    return points


def add_time_points(readings: list[Reading], tokens: Sequence[Token]) -> None:
    """Make percentages that a sentence gives for one time point survival probabilities, and give them that time."""
    points = find_time_points(tokens)
    if len({(point.unit, point.figure.start) for point in points}) != 1 or not any(token.is_word(*_SURVIVAL) for token in tokens):
        return
    point = points[0]
    for number, each in enumerate(readings):
        share = each.of_role("percent")
        if share is None or each.measure != "proportion" or share.start < point.figure.start or each.of_role("count"):
            continue
        if _names_survival(tokens, point.figure.start, share.start):
            readings[number] = with_time(each, point)


def with_time(reading: Reading, point: TimePoint) -> Reading:
    """Return a reading as a survival probability at ``point``."""
    return replace(reading, figures=(*reading.figures, point.figure), measure="survival-probability", time_unit=point.unit)


def _names_survival(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether survival is named close to a time point or between it and a percentage."""
    return any(token.is_word(*_SURVIVAL) and start - 40 <= token.start <= end for token in tokens)
