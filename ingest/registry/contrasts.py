"""Contrasts: which measure the estimate of an analysis is of, and whether the values of its table may be held against it.

The registered words of the parameter name the measure; a difference is one of what its table holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..figures import Node
from . import wording
from .directions import PrintedValue
from .measures import NUMBER, time_of
from .names import RegistryLexicon, fold
from .resultstructs import RegistryAnalysis
from .tables import ResultTable
from .writer import tidy

#: What compares two groups, by the registered words of the parameter.
_EFFECTS: Final = {
    "hazard ratio (hr)": "hazard-ratio", "hazard ratio": "hazard-ratio", "cox proportional hazard": "hazard-ratio",
    "odds ratio (or)": "odds-ratio", "odds ratio": "odds-ratio", "risk ratio (rr)": "risk-ratio", "risk ratio": "risk-ratio",
    "relative risk": "risk-ratio", "risk difference (rd)": "risk-difference", "risk difference": "risk-difference",
    "mean difference (net)": "mean-difference", "mean difference (final values)": "mean-difference", "mean difference": "mean-difference",
    "ls mean difference": "least-squares-mean-difference", "least squares mean difference": "least-squares-mean-difference",
    "difference in ls means": "least-squares-mean-difference", "median difference (net)": "difference-in-medians",
    "median difference (final values)": "difference-in-medians", "percentage difference": "difference-in-proportions",
    "difference in percentage": "difference-in-proportions", "difference in percentages": "difference-in-proportions",
    "rate ratio": "rate-ratio", "geometric mean ratio": "geometric-mean-ratio", "ratio of geometric means": "geometric-mean-ratio",
}  # fmt: skip
#: What a difference of the values of a table is, by their measure.
_DIFFERENCES: Final = {
    "mean": "mean-difference", "least-squares-mean": "least-squares-mean-difference", "median": "difference-in-medians",
    "proportion": "difference-in-proportions",
}  # fmt: skip
_SHARE: Final = re.compile(r"(?i)^(?:percent(?:age)?|%|proportion)\s+of\b(?!.*\b(?:change|reduction|increase|decrease|difference)\b)")
#: Measures of events, of which a table may count the contrary.
EVENTS: Final = frozenset({"odds-ratio", "risk-ratio", "risk-difference", "difference-in-proportions"})
#: End points whose names are parts of others.
_GENERAL: Final = frozenset({"response", "remission", "relapse", "death", "progressive-disease", "survival-endpoint", "disease-assessment"})
_TIMES: Final = frozenset({"days", "weeks", "months", "years"})
#: What the values of a table are that a difference may be of.
_LIKE: Final = {
    "mean-difference": {"mean", "least-squares-mean", NUMBER}, "least-squares-mean-difference": {"mean", "least-squares-mean"},
    "difference-in-medians": {"median"}, "risk-difference": {"proportion", "count", "survival-probability"},
    "difference-in-proportions": {"proportion", "count", "survival-probability", NUMBER},
}  # fmt: skip
SHARES: Final = frozenset({"proportion", "count", "survival-probability"})
#: Differences of shares are of tables that may hold shares: "percentage difference" of a mean is a percentage of it.
_OF_SHARES: Final = {
    "risk-difference": SHARES | {NUMBER, "count-of-units"}, "difference-in-proportions": SHARES | {"count-of-units"},
}  # fmt: skip


def measure_of(analysis: RegistryAnalysis, table: ResultTable) -> str | None:
    """Return the measure of the estimate by its registered words; a "difference" is that of what the table holds."""
    words = fold(analysis.param_type or "")
    if words in {"difference", "treatment difference", "estimated difference", "difference (final values)", "difference (net)"}:
        return _DIFFERENCES.get(table.kind.measure)
    measure = _EFFECTS.get(words)
    if measure == "difference-in-proportions" and table.kind.measure == NUMBER and _SHARE.search(table.kind.unit_text):
        return measure
    return measure if measure and table.kind.measure in _OF_SHARES.get(measure, {table.kind.measure}) else None


def fault_of_ratio(analysis: RegistryAnalysis, node: Node) -> str:
    """Return why the numbers of a ratio are none of a ratio; empty if they are."""
    if any(float(node[key]) < 0 for key in ("value", "lower", "upper") if key in node):
        return "below 0 is no ratio, but perhaps its logarithm"
    return "in percent is no ratio" if "%" in (analysis.param_value or "") else ""


def tells(measure: str, table: ResultTable) -> bool:
    """Whether the values of a table can say which way an estimate is: of a hazard only median times, of a difference only their like."""
    if measure == "hazard-ratio":
        return table.kind.measure == "median" and table.kind.unit in _TIMES
    return measure not in _LIKE or table.kind.measure in _LIKE[measure]


def may_be_contrary(table: ResultTable) -> bool:
    """Whether a table may count the contrary of what its shares are compared by: "no response", survivors, or one row of several."""
    titles = [tidy(title) for part in table.measure.classes for title in (part.title, *(each.title for each in part.categories)) if title]
    rows = {fold(tidy(each.title)) for part in table.measure.classes for each in part.categories} - {"", "Yes", "yes", fold(table.title)}
    return bool(rows) or any(wording.CONTRARY.search(text) for text in (table.title, table.kind.unit_text, *titles))


def is_of_table(endpoints: RegistryLexicon, table: ResultTable, texts: Sequence[str]) -> bool:
    """Whether no text says that an estimate is of other patients, of the contrary, or of another end point than its table."""
    own = {*endpoints.names_in(table.title), endpoints.exact(table.title)}
    return wording.is_of_table(texts) and not any(set(endpoints.names_in(text)) - own for text in texts)


def names_another(endpoints: RegistryLexicon, table: ResultTable, text: str) -> bool:
    """Whether a text names an end point of its own kind that is not that of the table: "response" may be any of several."""
    own = {*endpoints.names_in(table.title), endpoints.exact(table.title)}
    return bool(set(endpoints.names_in(text)) - own - _GENERAL)


def is_of_part(table: ResultTable, analysis: RegistryAnalysis) -> bool:
    """Whether an estimate may be of one of several rows of its table, such as a subgroup, or of some of the patients.

    Rows of times have one hazard ratio.
    """
    titles = {tidy(part.title) for part in table.measure.classes}
    if _EFFECTS.get(fold(analysis.param_type or "")) == "hazard-ratio" and all(map(time_of, titles)):
        titles.clear()
    texts = (analysis.group_description, analysis.statistical_comment, analysis.estimate_comment, analysis.other_analysis_description)
    return len(titles) > 1 or wording.is_of_part(text for text in texts if text)


def unit_of(measure: str, table: ResultTable, node: Mapping[str, Any], shown: tuple[PrintedValue, PrintedValue] | None) -> str | None:
    """Return the unit of an estimate; a difference that may be one of fractions, of values that are percentages, has none."""
    if measure in {"difference-in-proportions", "risk-difference"}:
        may_be_fraction = all(abs(float(node[key])) <= 1 for key in ("value", "lower", "upper") if key in node)
        is_small = shown is not None and abs(shown[0].value - shown[1].value) <= 1
        return "percentage-points" if table.kind.unit == "percent" and (is_small or not may_be_fraction) else None
    return table.kind.unit if measure.endswith(("difference", "difference-in-medians")) and table.kind.role == "value" else None
