"""Rows from readings: measure, units, quotes and an id; what the text does not decide is left open with its reason."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from ..parts import Quote
from .measures import EFFECTS
from .proposals import Proposal, ProposedRow, State, Undecided
from .readings import Interval, Placed, TextReading
from .sentences import Sentence
from .topics import Topic

#: Units of measures that always have the same.
_UNITS: Final = {"survival-probability": "percent", "difference-in-proportions": "percentage-points", "relative-reduction": "percent"}
_SINGLE: Final = frozenset({"proportion", "count", "hazard-ratio", "odds-ratio", "risk-ratio"})
_DIFFERENCES: Final = ("mean-difference", "difference-in-medians", "risk-difference", "difference-in-proportions")
_INTERVALS: Final[tuple[Interval, ...]] = ("confidence-interval", "range", "interquartile-range")


def propose(
    reading: TextReading, topic: Topic, sentence: Sentence, quotes: tuple[Quote, ...], unit: str | None, taken: Collection[str]
) -> Proposal:
    """Return the proposal of a row for ``reading``: open where something is undecided, else ready for its checks.

    ``unit`` is that printed behind the value; ids in ``taken`` are not used again.
    """
    undecided = list(topic.undecided)
    measure = _measure(reading, undecided)
    row: dict[str, Any] = {
        "variable": topic.variable, "group": topic.group, "comparison": topic.comparison, "measure": measure, "analysis": topic.analysis,
        "unit": _unit(measure, unit, undecided), "time_unit": reading.time_unit, "interval": _interval(reading, undecided),
        "not_reported": _not_reported(reading), "printed": quotes,
    }  # fmt: skip
    row["id"] = _name(topic, measure, reading, taken)
    stated = {key: value for key, value in row.items() if value is not None}
    place = next((figure for figure in reading.figures if figure.role in {"value", "percent", "count"}), reading.figures[0])
    start, end = (sentence.start, sentence.end) if sentence.start <= place.start < sentence.end else (place.start, place.end)
    doubts = (reading.doubt,) if reading.doubt else ()
    state: State = "open" if undecided or doubts else "ready"
    return Proposal(
        state=state, start=start, end=end, row=ProposedRow(**stated), undecided=tuple(undecided), doubts=doubts, reason=topic.note
    )


def figures_of(reading: TextReading) -> tuple[Placed, ...]:
    """Return the figures of a reading in the roles that its measure gives them: a percentage is the value where it is no proportion."""
    if reading.measure in {"proportion", None}:
        return reading.figures
    return tuple(Placed("value" if figure.role == "percent" else figure.role, figure.start, figure.end) for figure in reading.figures)


def _measure(reading: TextReading, undecided: list[Undecided]) -> str | None:
    if reading.measure == "difference":
        undecided.append(Undecided(field="measure", reason="the text does not say of what it is the difference", candidates=_DIFFERENCES))
        return None
    if reading.measure is None and reading.of_role("count") and not reading.of_role("value"):
        if reading.cell is None:
            return "count"
        undecided.append(Undecided(field="measure", reason="a count alone", candidates=("proportion", "count")))
        return None
    if reading.measure is None:
        undecided.append(
            Undecided(field="measure", reason="the text names no measure that is known", candidates=("median", "mean", "rate"))
        )
    return reading.measure


def _unit(measure: str | None, printed: str | None, undecided: list[Undecided]) -> str | None:
    if measure in _SINGLE:
        return None
    unit = _UNITS.get(measure or "") or printed
    if unit is None and measure is not None:
        undecided.append(Undecided(field="unit", reason="no unit stands behind the value", candidates=("months", "years", "days")))
    return unit


def _interval(reading: TextReading, undecided: list[Undecided]) -> Interval | None:
    """Return the kind of bounds where it is none of a confidence interval, which is what a row means without one."""
    if not reading.has_bounds or reading.interval == "confidence-interval":
        return None
    if reading.interval is None:
        undecided.append(Undecided(field="interval", reason="the text does not say which kind of bounds they are", candidates=_INTERVALS))
    return reading.interval


def _not_reported(reading: TextReading) -> tuple[str, ...]:
    """Return what a row must say that it lacks: the level of an interval; interval and P value of an estimate of a comparison.

    Where bounds stand behind a value and may be its own, no interval is said to be missing.
    """
    missing = []
    if reading.has_bounds and reading.interval in {"confidence-interval", "credible-interval"} and reading.of_role("level") is None:
        missing.append("missing-level")
    if reading.measure in EFFECTS and not reading.has_bounds and reading.of_role("p_value") is None:
        missing += ["missing-p-value"] if reading.doubt else ["missing-interval", "missing-p-value"]
    return tuple(missing)


def _name(topic: Topic, measure: str | None, reading: TextReading, taken: Collection[str]) -> str:
    column = topic.group or topic.comparison
    parts = [topic.variable or "undecided", "" if measure in {"proportion", None} else measure, column or ""]
    name = "-".join(filter(None, parts))[:80].strip("-")
    if name not in taken:
        return name
    return next(candidate for number in range(2, len(taken) + 3) if (candidate := f"{name}-{number}") not in taken)
