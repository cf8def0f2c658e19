"""The content of a forest plot of one set: rows with numbers as printed, axis, pooled effects and footnotes, as values.

A number that is not reported is never drawn, least of all as 0. What is computed here (a confidence interval of a proportion from its
counts, an effect whose direction was changed for pooling) is marked ``derived``; everything else is the text that a document prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mabgraph.graph.compare.comparability import Comparability, classify
from mabgraph.graph.compare.compare import Absent, EvidenceSet
from mabgraph.graph.compare.derived import proportion_interval
from mabgraph.graph.compare.evidence import ARM, Evidence
from mabgraph.graph.compare.pooling import PoolingOutcome
from mabgraph.graph.synthesis.contrasts import Contrast, back_transform
from mabgraph.ingest.errors import QuestionError

from . import axes, footnotes, wording
from .axes import Axis
from .footnotes import Footnotes
from .wording import CONFIDENCE, format_number

#: Units of percent; and measures that cannot be drawn: counts have no denominator, ranges of estimates no value.
_PERCENT: Final = frozenset({"percent", "percentage-points"})
_NOT_DRAWN: Final = frozenset({"count", "range-of-estimates"})


@dataclass(frozen=True, slots=True)
class ForestLine:
    """One row: its texts, its numbers on the printed scale (None: not drawn), and its source.

    ``estimates`` are IRIs, two where an effect was computed from the counts of two groups; ``document`` is an IRI, ``anchor`` the place
    there (``start-end``). ``weight`` is in percent. ``marks`` are the numbers of its footnotes.
    """

    estimates: tuple[str, ...]
    study: str
    group: str
    differs: str
    counts: str
    estimate: str
    interval: str
    value: float | None
    lower: float | None
    upper: float | None
    derived: bool
    comparability: Comparability
    document: str
    anchor: str
    weight: float | None = None
    marks: tuple[int, ...] = ()

    @property
    def is_drawn(self) -> bool:
        """Whether it has a number that can be drawn."""
        return self.value is not None or self.lower is not None


@dataclass(frozen=True, slots=True)
class Summary:
    """One pooled effect on the printed scale, with intervals at ``level`` percent; ``prediction`` is the prediction interval, if any."""

    label: str
    value: float
    lower: float
    upper: float
    level: float
    prediction: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Forest:
    """A forest plot as a value; ``differs`` is the heading of the column of differences between rows, empty if there are none."""

    title: str
    subtitle: str
    measure: str
    unit: str
    differs: str
    level: str
    lines: tuple[ForestLine, ...]
    axis: Axis
    summaries: tuple[Summary, ...]
    heterogeneity: str
    footnotes: Footnotes

    @property
    def percent(self) -> bool:
        """Whether its numbers are percentages or percentage points."""
        return self.unit in _PERCENT

    def format_number(self, number: float) -> str:
        """Return a pooled number as text."""
        return format_number(number, self.percent)

    @property
    def description(self) -> str:
        """A description of the plot, row by row, for accessibility."""
        sentences = [f"Forest plot. {self.title}. {self.subtitle}."]
        for line in self.lines:
            differs = f" ({line.differs})" if line.differs else ""
            sentences.append(f"{line.study}, {line.group}{differs}: {line.estimate}; interval {line.interval}; {line.comparability}.")
        sentences += [
            f"{each.label}: {self.format_number(each.value)}, {self.format_number(each.lower)} to {self.format_number(each.upper)}."
            for each in self.summaries
        ]
        return " ".join(filter(None, [*sentences, self.heterogeneity]))


def forest(
    compared: EvidenceSet, rows: Sequence[Mapping[str, Any]], about: Mapping[str, str], absent: Sequence[Absent] = (),
    pooled: PoolingOutcome | None = None,
) -> Forest:  # fmt: skip
    """Return the forest plot of a set; ``rows`` are the estimates as the REST look-up returns them, ``about`` describes dataset and query.

    ``absent`` are requested names without an estimate, listed in a footnote. With ``pooled`` the rows are the pooled
    contrasts, in their direction, with their weights.

    :raises QuestionError: when no row has a number that can be drawn.
    """
    printed = {str(row["estimate"]): row for row in rows}
    taken = {row.id: row for row in compared.rows}
    notes = footnotes.footnotes(compared, about, absent, pooled.acknowledged if pooled else ())
    level = _level(compared, printed)
    differing = _differing_facets(compared.rows)
    texts = {iri: "; ".join(filter(None, (facet(row) for facet in differing.values()))) for iri, row in taken.items()}
    lines = (
        _pooled_lines(pooled, taken, printed, texts, level, notes)
        if pooled
        else [_estimate_line(row, printed[row.id], texts, level, notes) for row in compared.rows]
    )
    if not any(line.is_drawn for line in lines):
        raise QuestionError(f"{compared.name}: no estimate has a number that can be drawn: take the table (csv or xlsx), it has every row")
    summaries = _summaries(pooled) if pooled else ()
    measure = pooled.synthesis.plan.measure if pooled else compared.measure
    ends = [number for line in lines for number in (line.lower, line.upper) if number is not None]
    ends += [number for each in summaries for number in (each.lower, each.upper, *(each.prediction or ()))]
    points = [line.value for line in lines if line.value is not None]
    weakest = max((line.comparability for line in lines), key=list(Comparability).index) if pooled else compared.comparability
    one = pooled.synthesis.estimates[0] if pooled and len(summaries) == 1 else None
    return Forest(
        _title(compared, measure), _subtitle(compared, lines, weakest, pooled), measure,
        "" if axes.is_ratio(measure) else compared.unit, ", ".join(differing), level, _group_by_study(lines),
        axes.axis(compared, measure, points, ends, one, weakest), summaries, _heterogeneity(pooled) if pooled else "", notes,
    )  # fmt: skip


def _estimate_line(row: Evidence, printed: Mapping[str, Any], texts: Mapping[str, str], level: str, notes: Footnotes) -> ForestLine:
    value, lower, upper, derived = _drawn_interval(row)
    estimate = wording.estimate(row, printed)
    interval = wording.interval(row, printed, level)
    if derived:
        estimate = estimate if row.row["value"] is not None else f"{format_number(value or 0, percent=True)} (derived)"
        interval = f"{format_number(lower or 0, percent=True)} to {format_number(upper or 0, percent=True)} (derived)"
    return ForestLine(
        (row.id,), row.study_label, wording.group_label(row), texts[row.id], wording.counts(row, printed), estimate, interval,
        value, lower, upper, derived,
        classify(row), row.document, row.anchor, marks=notes.marks(row.id),
    )  # fmt: skip


def _drawn_interval(row: Evidence) -> tuple[float | None, float | None, float | None, bool]:
    """Return value and bounds to draw, and whether they are derived. A number printed as "less than" or "more than" is not drawn."""
    if row.measure in _NOT_DRAWN or row.row["operator"] or row.row["absence"]:
        return None, None, None, False
    value, lower, upper = (None if row.number(name) is None else float(str(row.row[name])) for name in ("value", "lower", "upper"))
    if lower is not None or upper is not None:
        has_ends = row.row["interval_kind"] == CONFIDENCE and not row.is_upside_down
        return (value, lower, upper, False) if has_ends else (value, None, None, False)
    derived = proportion_interval(row)
    return (value, None, None, False) if derived is None else (*derived, True)


def _level(compared: EvidenceSet, printed: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the most frequent level of the confidence intervals in percent, the column heading; 95 if there are none."""
    levels = [own for row in compared.rows if (own := wording.own_level(printed[row.id]))]
    return max(sorted(set(levels)), key=levels.count, default="95")


def _differing_facets(rows: Sequence[Evidence]) -> dict[str, Any]:
    """Return the facets in which the rows differ, by heading, with the function that gives a row's text."""
    facets = {
        "endpoint": lambda row: row.endpoint_label,
        "time": lambda row: " ".join(filter(None, row.time)) or "time not stated",
        "population": lambda row: row.population[1] or "population not stated",
        "censoring": lambda row: row.censoring[1] or "censoring not stated",
        "analysis": _analysis,
    }
    return {name: facet for name, facet in facets.items() if len({facet(row) for row in rows}) > 1}


def _analysis(row: Evidence) -> str:
    many = len(row.factors)
    adjusted = f"adjusted for {many} factor{'s' * (many > 1)}" if many else ""
    return ", ".join(filter(None, (row.method[1], adjusted))) or "analysis not stated"


def _pooled_lines(
    pooled: PoolingOutcome, taken: Mapping[str, Evidence], printed: Mapping[str, Mapping[str, Any]], texts: Mapping[str, str], level: str,
    notes: Footnotes,
) -> list[ForestLine]:  # fmt: skip
    """Return a row for each pooled contrast: as printed, or derived if it is from counts or its direction was changed."""
    weights = pooled.synthesis.weights or {}
    return [_contrast_line(each, taken, printed, texts, level, notes, weights.get(each.study)) for each in pooled.synthesis.contrasts]


def _contrast_line(
    contrast: Contrast, taken: Mapping[str, Evidence], printed: Mapping[str, Mapping[str, Any]], texts: Mapping[str, str], level: str,
    notes: Footnotes, weight: float | None,
) -> ForestLine:  # fmt: skip
    from mabgraph.graph.synthesis.estimates import study_estimate

    ids = tuple(contrast.row.split())
    row = taken[ids[0]]
    kept = not contrast.arms and contrast.treatment == row.sides[0].name
    if kept:
        as_is = _estimate_line(row, printed[row.id], texts, level, notes)
        estimate, interval, value, lower, upper = as_is.estimate, as_is.interval, as_is.value, as_is.lower, as_is.upper
    else:
        own = study_estimate(contrast)
        value, lower, upper = _printed_scale(contrast.measure, row.unit, own.effect, own.lower, own.upper)
        shown = [format_number(each, _is_in_percent(contrast.measure, row.unit)) for each in (value, lower, upper)]
        differs = "" if f"{own.level:g}" == level else f", {own.level:g} % CI"
        estimate, interval = f"{shown[0]} (derived)", f"{shown[1]} to {shown[2]} (derived{differs})"
    counts = "; ".join(f"{arm.events}/{arm.total}" for arm in contrast.arms)
    group = wording.group_label(row) if kept else f"{contrast.treatment} versus {contrast.comparator}"
    return ForestLine(
        ids, contrast.study, group, texts[row.id], counts, estimate, interval, value, lower, upper, not kept,
        classify(row), contrast.document, contrast.anchor, weight, notes.marks(*ids),
    )  # fmt: skip


def _summaries(pooled: PoolingOutcome) -> tuple[Summary, ...]:
    plan, unit = pooled.synthesis.plan, pooled.evidence.unit
    summaries = []
    for one in pooled.synthesis.estimates:
        value, lower, upper = _printed_scale(one.measure, unit, one.effect, one.lower, one.upper)
        ends = _printed_scale(one.measure, unit, *one.prediction) if one.prediction else None
        label = f"{plan.model} effects ({plan.estimator}): {one.treatment} versus {one.comparator}"
        summaries.append(Summary(label[0].upper() + label[1:], value, lower, upper, one.level, (ends[0], ends[1]) if ends else None))
    return tuple(summaries)


def _is_in_percent(measure: str, unit: str) -> bool:
    """Whether a pooled risk difference, which is a share of one, is shown in percentage points, as its estimates are printed."""
    return measure == "RD" and unit in _PERCENT


def _printed_scale(measure: str, unit: str, *numbers: float) -> list[float]:
    """Return ``numbers`` from the scale of pooling on the scale and in the unit of print."""
    shares = 100 if _is_in_percent(measure, unit) else 1
    return [shares * back_transform(measure, number) for number in numbers]


def _heterogeneity(pooled: PoolingOutcome) -> str:
    estimated = pooled.synthesis.heterogeneity
    sentences = [f"Heterogeneity: Q {estimated.q:.2f} on {estimated.df} df" + ("" if estimated.p is None else f", P {estimated.p:.3f}")]
    if estimated.i2 is not None:
        around = "" if estimated.i2_lower is None else f" ({estimated.i2_lower:.0f} to {estimated.i2_upper or 0:.0f})"
        sentences.append(f"I² {estimated.i2:.0f} %{around}")
    if estimated.tau2 is not None:
        sentences.append(f"τ² {estimated.tau2:.3f} ({estimated.estimator})")
    return "; ".join(sentences)


def _group_by_study(lines: Iterable[ForestLine]) -> tuple[ForestLine, ...]:
    """Return the rows grouped by study, in order of first appearance."""
    studies: dict[str, list[ForestLine]] = {}
    for line in lines:
        studies.setdefault(line.study, []).append(line)
    return tuple(line for members in studies.values() for line in members)


def _title(compared: EvidenceSet, measure: str) -> str:
    endpoints = list(dict.fromkeys(row.endpoint_label for row in compared.rows))
    shown = endpoints[0] if len(endpoints) == 1 else f"{len(endpoints)} endpoints"
    return f"{shown[0].upper()}{shown[1:]}: {axes.measure_name(measure)}"


def _subtitle(compared: EvidenceSet, lines: Sequence[ForestLine], weakest: Comparability, pooled: PoolingOutcome | None) -> str:
    studies = len({row.study for row in compared.rows})
    unit = "contrast" if pooled else "estimate"
    many = f"{len(lines)} {unit}{'s' * (len(lines) != 1)} of {studies} {'study' if studies == 1 else 'studies'}"
    taken = "pooled" if pooled else "not pooled" if len(lines) > 1 else "shown by itself"
    kind = "results of single groups" if compared.kind == ARM and not pooled else "effects"
    return f"{many}, {kind}; {weakest}; {taken}"
