"""Time points: the months or years after which a share of patients is alive or free of an event, in a sentence or in a row's label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from .nonvalues import TIME_UNITS, TIMES
from .readings import Placed, TextReading
from .tokens import TextToken

_SURVIVAL: Final = frozenset(
    "survival survived alive progression-free event-free relapse-free disease-free estimates estimate os pfs efs dfs rfs lfs dor".split()
)


@dataclass(frozen=True, slots=True)
class TimePoint:
    """A time point: its figure, its unit, and the first of its tokens."""

    figure: Placed
    unit: str
    index: int


def find_time_points(tokens: Sequence[TextToken]) -> list[TimePoint]:
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
        if word is not None and (is_joined or is_moment) and (unit := TIME_UNITS.get(word.lower)):
            points.append(TimePoint(Placed("time", token.start, token.end), unit, index))
    return points


def add_time_points(readings: list[TextReading], tokens: Sequence[TextToken]) -> None:
    """Make percentages that a sentence gives for a time point survival probabilities, and give them that time.

    It is the only time point of the sentence, or the last one before the percentage with no other value between.
    """
    points = find_time_points(tokens)
    values = sorted(figure.start for each in readings if (figure := each.of_role("value", "percent")))
    for number, each in enumerate(readings):
        share = each.of_role("percent")
        if share is None or each.measure != "proportion" or each.of_role("count"):
            continue
        before = [point for point in points if point.figure.start < share.start]
        point = points[0] if len(points) == 1 else before[-1] if before else None
        if point is None:
            continue
        first, last = sorted((point.figure.start, share.start))
        if (len(points) > 1 or first == share.start) and any(first < value < last for value in values):
            continue
        if any(token.is_word(*_SURVIVAL) and first - 40 <= token.start <= last for token in tokens):
            readings[number] = with_time(each, point)


def with_time(reading: TextReading, point: TimePoint) -> TextReading:
    """Return a reading as a survival probability at ``point``."""
    return replace(reading, figures=(*reading.figures, point.figure), measure="survival-probability", time_unit=point.unit)
