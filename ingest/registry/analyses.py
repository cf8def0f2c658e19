"""Analyses: how outcomes were compared: method, test, hypothesis and population, and the estimate or the test result of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..figures import Node
from . import directions, wording
from .directions import Direction, Effect, PrintedValue
from .groups import RegistryGroups
from .measures import NUMBER, dispersion_of
from .names import fold
from .resultstructs import RegistryAnalysis
from .tables import CellValue, ResultTable
from .writer import FigureCell, RegistryWriter, in_english, tidy

_TESTS: Final = {
    "log rank": "log-rank-test", "logrank": "log-rank-test", "stratified log rank": "stratified-log-rank-test",
    "log rank, stratified": "stratified-log-rank-test", "chi squared": "chi-square-test", "chi square": "chi-square-test",
    "cochran mantel haenszel": "cochran-mantel-haenszel-test", "fisher exact": "fisher-exact-test",
    "fisher's exact test": "fisher-exact-test",
    "wilcoxon (mann whitney)": "mann-whitney-test", "t test, 2 sided": "t-test", "likelihood ratio": "likelihood-ratio-test",
}  # fmt: skip
_METHODS: Final = {
    "regression, cox": "cox-regression",
    "regression, logistic": "logistic-regression",
    "mixed models analysis": "mixed-effects-model",
}
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
_HYPOTHESES: Final = {
    "SUPERIORITY": "superiority", "NON_INFERIORITY": "non-inferiority", "EQUIVALENCE": "equivalence", "OTHER": "other-hypothesis",
}  # fmt: skip
_TIMES: Final = frozenset({"days", "weeks", "months", "years"})
#: What the values of a table are that a difference may be of.
_LIKE: Final = {
    "mean-difference": {"mean", "least-squares-mean", NUMBER}, "least-squares-mean-difference": {"mean", "least-squares-mean"},
    "difference-in-medians": {"median"}, "risk-difference": {"proportion", "count", "survival-probability"},
    "difference-in-proportions": {"proportion", "count", "survival-probability", NUMBER},
}  # fmt: skip
_SHARES: Final = frozenset({"proportion", "count", "survival-probability"})


def write(
    writer: RegistryWriter,
    groups: RegistryGroups,
    table: ResultTable,
    analyses: Sequence[RegistryAnalysis],
    variable: str,
    rows: list[list[CellValue]],
    population: str,
) -> None:
    """Write the analyses of the outcome ``table``, of whose results ``rows`` has the values; ``population`` is as registered."""
    for index, analysis in enumerate(analyses):
        pointer, local = f"{table.pointer}/analyses/{index}", f"{table.local}.analysis-{index}"
        unknown = next(((place, group) for place, group in enumerate(analysis.group_ids) if group not in table.groups), None)
        if unknown:
            place, group = unknown
            writer.leave_out(pointer, "unknown group", f"{pointer}/groupIds/{place}", f"{group!r} is no group of its table: the analysis")
            continue
        name = _write_analysis(writer, table, analysis, pointer, local, population)
        compared = list(dict.fromkeys(table.groups[group] for group in analysis.group_ids))
        _write_result(writer, groups, table, analysis, pointer, local, variable, rows, compared, name)


def _write_analysis(
    writer: RegistryWriter, table: ResultTable, analysis: RegistryAnalysis, pointer: str, local: str, population: str
) -> str:
    method = fold(analysis.statistical_method or "")
    comments = (
        analysis.group_description, analysis.statistical_comment, analysis.p_value_comment, analysis.estimate_comment,
        analysis.other_analysis_description, analysis.ci_lower_limit_comment and f"Lower limit: {analysis.ci_lower_limit_comment}",
        analysis.ci_upper_limit_comment and f"Upper limit: {analysis.ci_upper_limit_comment}", population and f"Population: {population}",
    )  # fmt: skip
    terms: Node = {"population": "as-reported", "test": _TESTS.get(method), "method": _METHODS.get(method)}
    statements = [
        writer.add(
            "statement", f"{local}.{key}",
            {
                "type": "AnalysisStatement", "statedProperty": key, "statedTerm": [term], "label": f"{key}: by the fields of the registry",
                "basis": "printed-in-document" if key != "population" else "read-by-rule",
                "anchoredAt": [writer.place(f"{pointer}/statisticalMethod")] if key != "population" else None,
            },
        )
        for key, term in terms.items() if term
    ]  # fmt: skip
    node: Node = {
        "type": "Analysis", "label": f"{table.title}: {tidy(analysis.statistical_method) or 'analysis'}", "study": writer.study,
        "statement": statements, "description": "\n".join(text for text in comments if text),
        "hypothesis": _hypothesis_of(analysis),
    } | terms  # fmt: skip
    node |= in_english(methodText=analysis.statistical_method, hypothesisText=analysis.non_inferiority_comment)
    return writer.add("analysis", local, node)


def _hypothesis_of(analysis: RegistryAnalysis) -> str | None:
    """Return the kind of hypothesis; that of two kinds, or of an older record, is not decided."""
    stated = analysis.non_inferiority_type
    if stated is None:
        return "hypothesis-not-decided" if analysis.tested_non_inferiority else None
    return _HYPOTHESES.get(stated, "hypothesis-not-decided")


def _write_result(
    writer: RegistryWriter, groups: RegistryGroups, table: ResultTable, analysis: RegistryAnalysis, pointer: str, local: str, variable: str,
    rows: list[list[CellValue]], compared: list[str], name: str,
) -> None:  # fmt: skip
    """Write the estimate of an analysis, directed or not, or its test result."""
    cells, node = _numbers(writer, analysis, pointer)
    if not cells:
        writer.flag("analysis without a number", pointer, "it has neither an estimate nor a P value: its words are kept")
        return
    measure = _measure_of(analysis, table) if analysis.param_value else None
    if measure and measure.endswith("ratio") and any(float(node[key]) < 0 for key in ("value", "lower", "upper") if key in node):
        writer.flag(
            "impossible number", pointer, f"{tidy(analysis.param_type)!r} below 0 is no ratio, but perhaps its logarithm: it is no estimate"
        )
        measure = None
    direction = None
    if measure and len(compared) == 2:
        direction = _direction(writer, groups, table, analysis, rows, compared, measure, node, pointer)
    labels = [groups.labels[each] for each in compared]
    common: Node = {
        "study": writer.study, "variable": variable, "analysis": name, "status": "reported", "document": f"document/{writer.document}",
        "figure": [cell.name for cell in cells], "parameterText": tidy(analysis.param_type) or None,
    }  # fmt: skip
    if direction and measure:
        ordered = compared[direction.intervention], compared[direction.comparator]
        label = f"{groups.labels[ordered[0]]} versus {groups.labels[ordered[1]]}"
        comparison: Node = {
            "type": "Comparison", "label": label, "study": writer.study, "intervention": ordered[0], "comparator": ordered[1],
            "directionBasis": direction.basis,
        }  # fmt: skip
        node = {"notReported": [], **node}
        if "pValue" not in node and not {"lower", "upper"} <= node.keys():
            node["notReported"] = list(dict.fromkeys([*node["notReported"], "missing-interval", "missing-p-value"]))
        unit = _unit_of(measure, table, node, _printed_values(table, rows, compared))
        writer.add(
            "estimate", local,
            common | node | {
                "type": "EffectEstimate", "label": f"{table.title}: {label}", "measure": measure, "unitOfAnalysis": "patients",
                "comparison": writer.add("comparison", local, comparison), "unit": unit,
            },
        )  # fmt: skip
        return
    members: Node = {"type": "GroupSet", "label": " and ".join(labels) or "no group", "study": writer.study, "member": compared}
    node.pop("notReported", None)
    kind = "UndirectedResult" if measure else "TestResult"
    own = {"type": kind, "label": f"{table.title}: {members['label']}", "groupSet": writer.add("groups", local, members)}
    writer.add("result", local, common | node | own | ({"measure": measure} if kind == "UndirectedResult" else {}))
    if kind == "UndirectedResult":
        many = f"{len(compared)} groups" if len(compared) != 2 else "neither words nor arithmetic settle which group is compared"
        writer.flag("direction not stated", pointer, f"{many}: it is shown, and never compared or pooled")


def _measure_of(analysis: RegistryAnalysis, table: ResultTable) -> str | None:
    """Return the measure of the estimate by its registered words; a "difference" is that of what the table holds."""
    words = fold(analysis.param_type or "")
    if words in {"difference", "treatment difference", "estimated difference", "difference (final values)", "difference (net)"}:
        return _DIFFERENCES.get(table.kind.measure)
    return _EFFECTS.get(words)


def _numbers(writer: RegistryWriter, analysis: RegistryAnalysis, pointer: str) -> tuple[list[FigureCell], Node]:
    """Return the figures of an analysis and what they state."""
    cells: list[FigureCell] = []
    node: Node = {}

    def take(
        role: str, key: str, printed: str | None, stated: str, comment: str | None = None, unit: str | None = None
    ) -> FigureCell | None:
        if printed is None:
            return None
        cell = writer.figure(role, f"{pointer}/{key}", printed, unit, comment)
        if not cell.name:
            return None
        cells.append(cell)
        node.update({stated: cell.number} if cell.numeral else {})
        return cell

    value = take("value", "paramValue", analysis.param_value, "value", analysis.estimate_comment)
    if value and value.numeral is None:
        node["absence"] = value.absence
    elif value and value.operator != "=":
        node["valueOperator"] = value.operator
    take("lower", "ciLowerLimit", analysis.ci_lower_limit, "lower", analysis.ci_lower_limit_comment)
    take("upper", "ciUpperLimit", analysis.ci_upper_limit, "upper", analysis.ci_upper_limit_comment)
    level, bounded = None, analysis.ci_lower_limit is not None or analysis.ci_upper_limit is not None
    if bounded:
        node["intervalKind"] = "confidence-interval"
        node["notReported"] = [] if {"lower", "upper"} <= node.keys() else ["missing-interval"]
        take("level", "ciPctValue", analysis.ci_pct_value, "intervalLevel", unit="percent")
        if "intervalLevel" not in node:
            node["notReported"].append("missing-level")
        node |= {"intervalSides": "one" if analysis.ci_num_sides == "ONE_SIDED" else "two"} if analysis.ci_num_sides else {}
    elif analysis.ci_pct_value is not None:
        writer.flag(
            "level without limits", f"{pointer}/ciPctValue", f"{analysis.ci_pct_value[:60]!r} % and no limit: no interval is reported"
        )
        level = writer.figure("level", f"{pointer}/ciPctValue", analysis.ci_pct_value, "percent")
    p_value = take("p_value", "pValue", analysis.p_value, "pValue", analysis.p_value_comment)
    if p_value and p_value.numeral:
        node["pOperator"] = p_value.operator
    if analysis.dispersion_value is not None:
        kind = dispersion_of(analysis.dispersion_type).kind or "dispersion-not-stated"
        take("dispersion", "dispersionValue", analysis.dispersion_value, "dispersion" if kind == "standard-deviation" else "spread")
        node["dispersionKind"] = kind
    if analysis.p_value_comment and re.search(r"(?i)\bone[- ]sided\b", analysis.p_value_comment):
        node["sides"] = "one"
    return [*cells, *([level] if level and level.name and cells else [])], node


def _direction(
    writer: RegistryWriter, groups: RegistryGroups, table: ResultTable, analysis: RegistryAnalysis, rows: list[list[CellValue]],
    compared: list[str], measure: str, node: Node, pointer: str,
) -> Direction | None:  # fmt: skip
    titles = (groups.labels[compared[0]], groups.labels[compared[1]])
    comments = [text for text in (analysis.estimate_comment,) if text]
    descriptions = [
        text for text in (analysis.group_description, analysis.statistical_comment, analysis.other_analysis_description) if text
    ]
    words = wording.by_words(titles, comments, descriptions, table.title, measure)
    arithmetic = None
    texts = [*comments, *descriptions]
    if (
        _tells(measure, table)
        and _is_of_table(writer, table, texts)
        and (shown := _printed_values(table, rows, compared))
        and "value" in node
    ):
        arithmetic = directions.by_arithmetic(_effect(measure, node, writer, pointer), shown, table.title)
    if words is not None and arithmetic is not None and words != arithmetic:
        writer.flag(
            "direction disagrees",
            pointer,
            f"words say {titles[words]!r} is compared, arithmetic says {titles[arithmetic]!r}: none is stated",
        )
    return directions.settle(words, arithmetic)


def _tells(measure: str, table: ResultTable) -> bool:
    """Whether the values of a table can say which way an estimate is: of a hazard only median times, of a difference only their like."""
    if measure == "hazard-ratio":
        return table.kind.measure == "median" and table.kind.unit in _TIMES
    return measure not in _LIKE or table.kind.measure in _LIKE[measure]


def _is_of_table(writer: RegistryWriter, table: ResultTable, texts: Sequence[str]) -> bool:
    """Whether no text says that an estimate is of other patients, of the contrary, or of another end point than its table."""
    endpoints = writer.names.endpoints
    own = {*endpoints.find_within(table.title), endpoints.exact(table.title)}
    return wording.is_of_table(texts) and not any(set(endpoints.find_within(text)) - own for text in texts)


def _effect(measure: str, node: Mapping[str, str], writer: RegistryWriter, pointer: str) -> Effect:
    cell = writer.figures[f"{pointer}/paramValue"]
    bounds = [float(node[key]) if key in node else None for key in ("lower", "upper")]
    family = "mean-difference" if measure == "least-squares-mean-difference" else measure
    return Effect(family, float(node["value"]), bounds[0], bounds[1], _half(cell))


def _printed_values(table: ResultTable, rows: list[list[CellValue]], compared: list[str]) -> tuple[PrintedValue, PrintedValue] | None:
    """Return the values of the two groups, where the table has one row and both are numbers."""
    if len(rows) != 1:
        return None
    shown: list[PrintedValue] = []
    for group in compared:
        cells = [cell for cell in rows[0] if cell.group == group]
        if len(cells) != 1 or cells[0].value.numeral is None or cells[0].value.operator != "=":
            return None
        value, total = float(cells[0].value.number), cells[0].total
        whole = (
            100.0
            if table.kind.unit == "percent" and table.kind.role == "value"
            else float(total.number)
            if total and total.number
            else None
        )
        share = table.kind.measure in _SHARES
        shown.append(PrintedValue(value, _half(cells[0].value), whole if share else None))
    return shown[0], shown[1]


def _half(cell: FigureCell) -> float:
    return 0.5 * 10.0**-cell.numeral.decimals if cell.numeral else 0.0


def _unit_of(measure: str, table: ResultTable, node: Mapping[str, Any], shown: tuple[PrintedValue, PrintedValue] | None) -> str | None:
    """Return the unit of an estimate; a difference that may be one of fractions, of values that are percentages, has none."""
    if measure in {"difference-in-proportions", "risk-difference"}:
        may_be_fraction = all(abs(float(node[key])) <= 1 for key in ("value", "lower", "upper") if key in node)
        is_small = shown is not None and abs(shown[0].value - shown[1].value) <= 1
        return "percentage-points" if table.kind.unit == "percent" and (is_small or not may_be_fraction) else None
    return table.kind.unit if measure.endswith(("difference", "difference-in-medians")) and table.kind.role == "value" else None
