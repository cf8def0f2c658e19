"""The axis of a forest plot: its range, its ticks, the line of no effect, and the treatment that each side favours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, log10
from typing import TYPE_CHECKING, Final

from mabgraph.graph.compare.comparability import Comparability
from mabgraph.graph.compare.compare import EvidenceSet
from mabgraph.graph.compare.evidence import EFFECT, Evidence
from mabgraph.graph.synthesis.contrasts import RATIOS

if TYPE_CHECKING:
    from mabgraph.graph.synthesis.estimates import Estimate

#: The names of the pooled measures.
NAMES: Final[Mapping[str, str]] = {
    "HR": "hazard ratio", "OR": "odds ratio", "RR": "risk ratio", "RD": "risk difference", "MD": "mean difference",
}  # fmt: skip
#: The measures under the concepts ratio-measure and difference-measure, and the abbreviations of pooled ones.
RATIO_MEASURES: Final = frozenset({"geometric-mean-ratio", "hazard-ratio", "odds-ratio", "rate-ratio", "risk-ratio", *RATIOS})
DIFFERENCES: Final = frozenset(
    {
        "difference-in-medians", "difference-in-proportions", "least-squares-mean-difference", "mean-difference", "risk-difference",
        "RD", "MD",
    }
)  # fmt: skip
_SHARES: Final = frozenset({"proportion", "survival-probability"})
#: Differences of the share of patients with an event.
_OF_SHARES: Final = frozenset({"RD", "risk-difference", "difference-in-proportions"})
#: An interval of a ratio is drawn up to this many times beyond the outermost point; an arrow stands for the rest.
REACH: Final = 8.0
#: The longest treatment name printed under an axis (characters).
_SHORT: Final = 44


@dataclass(frozen=True, slots=True)
class Axis:
    """The axis from ``low`` to ``high``; ``log`` is true for ratios.

    ``reference`` is the value of no effect; ``favours`` are the labels of the side below it and of the side above it.
    """

    title: str
    log: bool
    low: float
    high: float
    ticks: tuple[float, ...]
    reference: float | None = None
    favours: tuple[str, str] | None = None

    def clip(self, number: float | None) -> float | None:
        """Return ``number`` clipped to the axis; None stays None."""
        return None if number is None else min(max(number, self.low), self.high)


def axis(
    compared: EvidenceSet, measure: str, points: Sequence[float], ends: Sequence[float], pooled: Estimate | None = None,
    comparability: Comparability | None = None,
) -> Axis:  # fmt: skip
    """Return an axis that shows all ``points``, and the interval ``ends`` as far as they do not squeeze the points.

    ``measure`` is the measure of the set, or the pooled one (HR, OR, RR, RD, MD). ``pooled`` is the pooled effect of two treatments, if
    there is one; all rows have its direction. ``comparability`` is the weakest class of the rows.
    """
    title = measure_name(measure)
    unit = compared.unit.replace("-", " ")
    if measure == "RD":
        unit = "percentage points" if compared.unit else ""
    with_unit = f"{title} ({unit})" if unit and not is_ratio(measure) else title
    if is_ratio(measure):
        low, high, ticks = _logarithmic_range([*points, 1.0], ends)
        return Axis(f"{title} (log scale)", True, low, high, ticks, 1.0, side_labels(compared, measure, pooled, comparability))
    if measure in _SHARES and compared.unit == "percent":
        return Axis(with_unit, False, 0.0, 100.0, (0.0, 20.0, 40.0, 60.0, 80.0, 100.0))
    if measure in DIFFERENCES:
        low, high, ticks = _linear_range([*points, *ends, 0.0])
        return Axis(with_unit, False, low, high, ticks, 0.0, side_labels(compared, measure, pooled, comparability))
    low, high, ticks = _linear_range([*points, *ends, 0.0] if min([*points, *ends]) >= 0 else [*points, *ends])
    return Axis(with_unit, False, low, high, ticks)


def measure_name(measure: str) -> str:
    """Return the name of a measure.

    >>> measure_name("HR"), measure_name("survival-probability")
    ('hazard ratio', 'survival probability')
    """
    return NAMES.get(measure, measure.replace("-", " "))


def is_ratio(measure: str) -> bool:
    """Whether a measure is a ratio, which has a logarithmic axis.

    >>> is_ratio("hazard-ratio"), is_ratio("HR"), is_ratio("proportion")
    (True, True, False)
    """
    return measure in RATIO_MEASURES


def side_labels(
    compared: EvidenceSet, measure: str, pooled: Estimate | None = None, comparability: Comparability | None = None
) -> tuple[str, str] | None:  # fmt: skip
    """Return the labels of the two sides of the line of no effect, or None where they do not apply to all rows.

    They apply where every row compares the same two treatments and every endpoint is a harm, or every one a benefit. A risk difference
    is labelled for benefits only: under the endpoint survival, the proportion may be of patients alive or of patients dead. Where the
    groups were not randomised, the label says "association".
    """
    known = is_ratio(measure) or measure in _OF_SHARES
    events = {row.event for row in compared.rows}
    alone = [_side_name(compared.rows, place) for place in (0, 1)] if compared.kind == EFFECT else ["", ""]
    sides = [name if len(name) <= _SHORT else "" for name in ((pooled.treatment, pooled.comparator) if pooled else alone)]
    if not known or len(events) != 1 or not all(sides) or events - ({"harm", "benefit"} if is_ratio(measure) else {"benefit"}):
        return None
    word = "favours" if (comparability or compared.comparability) is Comparability.randomised else "association favours"
    below, above = sides if events == {"harm"} else reversed(sides)
    return f"{word} {below}", f"{word} {above}"


def _side_name(rows: Sequence[Evidence], place: int) -> str:
    """Return the name of one side if it is the same treatment in all rows: the group label that studies use, else the treatment name."""
    treatments = {treatment.id if (treatment := row.sides[place].treatment) else row.sides[place].group for row in rows}
    labels = {row.sides[place].label for row in rows}
    if len(treatments) != 1:
        return ""
    return labels.pop() if len(labels) == 1 else rows[0].sides[place].name


def _logarithmic_range(points: Sequence[float], ends: Sequence[float]) -> tuple[float, float, tuple[float, ...]]:
    """Return ends and ticks at 1, 2 and 5 times powers of ten, with at least one tick to each side of 1."""
    some = [number for number in points if number > 0]
    low = max(min([*some, *(end for end in ends if end > 0)]), min(some) / REACH)
    high = min(max([*some, *(end for end in ends if end < inf)]), max(some) * REACH)
    marks = [round(step * 10.0**power, 9) for power in range(floor(log10(low)) - 1, ceil(log10(high)) + 2) for step in (1, 2, 5)]
    first = max(mark for mark in marks if mark <= low and mark < 1)
    last = min(mark for mark in marks if mark >= high and mark > 1)
    return first, last, tuple(mark for mark in marks if first <= mark <= last)


def _linear_range(numbers: Sequence[float]) -> tuple[float, float, tuple[float, ...]]:
    """Return ends and at most eight ticks at round numbers.

    >>> _linear_range([0.0, 17.9, 26.2])
    (0.0, 30.0, (0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0))
    """
    finite = [number for number in numbers if -inf < number < inf]
    low, high = min(finite), max(finite)
    span = (high - low) or max(abs(high), 1.0)
    power = 10.0 ** floor(log10(span))
    step = next(size * power / 10 for size in (1, 2, 5, 10, 20) if span / (size * power / 10) <= 7)
    first, last = floor(low / step), max(ceil(high / step), floor(low / step) + 1)
    ticks = tuple(round(place * step, 9) for place in range(first, last + 1))
    return ticks[0], ticks[-1], ticks
