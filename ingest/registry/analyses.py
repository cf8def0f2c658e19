"""Analyses: how outcomes were compared: method, test, hypothesis and population, and the estimate or the test result of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ..figures import Node
from . import contrasts, directions, wording
from .design import write_variable
from .directions import Direction, Effect, PrintedValue
from .groups import RegistryGroups
from .labelling import names_title
from .measures import dispersion_of
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
_HYPOTHESES: Final = {
    "SUPERIORITY": "superiority", "NON_INFERIORITY": "non-inferiority", "EQUIVALENCE": "equivalence", "OTHER": "other-hypothesis",
}  # fmt: skip
_ONE_SIDED, _TWO_SIDED = re.compile(r"(?i)\bone[- ]sided\b"), re.compile(r"(?i)\btwo[- ]sided\b")
#: Levels of intervals in percent: 0, 0.95 or 5 are something else.
_LEAST_LEVEL, _PERCENT = 50.0, 100.0


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
        own = variable if variable.startswith("mabid:") or not contrasts.is_of_part(table, analysis) else None
        compared = list(dict.fromkeys(table.groups[group] for group in analysis.group_ids))
        own = own or write_variable(writer, local, f"{table.title} (of one row of the table, or of some of the patients)")
        _write_result(writer, groups, table, analysis, pointer, local, own, rows, compared, name)


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
    measure = contrasts.measure_of(analysis, table) if analysis.param_value else None
    if measure and measure.endswith("ratio") and (fault := contrasts.fault_of_ratio(analysis, node)):
        writer.flag("impossible number", pointer, f"{tidy(analysis.param_type)!r} {fault}: it is no estimate")
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
        unit = contrasts.unit_of(measure, table, node, _printed_values(table, rows, compared))
        writer.add(
            "estimate", local,
            common | node | {
                "type": "EffectEstimate", "label": f"{table.title}: {label}", "measure": measure,
                "unitOfAnalysis": "not-stated" if table.counts_units else "patients",
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
        if "intervalLevel" in node and not _LEAST_LEVEL <= float(node["intervalLevel"]) < _PERCENT:
            text = f"{tidy(analysis.ci_pct_value)!r} is no level of an interval in percent: it is not stated"
            writer.flag("impossible number", f"{pointer}/ciPctValue", text)
            del node["intervalLevel"]
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
    if analysis.p_value_comment and _ONE_SIDED.search(analysis.p_value_comment) and not _TWO_SIDED.search(analysis.p_value_comment):
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
    others = {groups.labels[name] for name in table.groups.values()} - set(titles)
    if any(names_title(text, other, titles) for text in (*comments, *descriptions) for other in others):
        return None
    own = [[text for text in part if not contrasts.names_another(writer.names.endpoints, table, text)] for part in (comments, descriptions)]
    words = wording.by_words(titles, own[0], own[1], table.title, measure)
    arithmetic = None
    texts = [*comments, *descriptions]
    if (
        contrasts.tells(measure, table)
        and not (measure in contrasts.EVENTS and contrasts.may_be_contrary(table))
        and contrasts.is_of_table(writer.names.endpoints, table, texts)
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
        share = table.kind.measure in contrasts.SHARES
        shown.append(PrintedValue(value, _half(cells[0].value), whole if share else None))
    return shown[0], shown[1]


def _half(cell: FigureCell) -> float:
    return 0.5 * 10.0**-cell.numeral.decimals if cell.numeral else 0.0
