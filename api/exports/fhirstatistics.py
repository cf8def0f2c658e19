"""The statistic of a FHIR Evidence for an estimate or a pooled effect, with the printed digits of numbers.

Unreported values are left out; the description states in words what is printed instead of a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from mabgraph.graph.compare.evidence import Evidence
from mabgraph.graph.compare.pooling import MEASURES
from mabgraph.graph.synthesis.contrasts import back_transform

from ..plots import wording
from . import fhircodings

if TYPE_CHECKING:
    from mabgraph.graph.synthesis.estimates import Estimate
    from mabgraph.graph.synthesis.synthesis import Synthesis

#: Comparators of a Quantity; an approximate value is stated in words only.
_COMPARATORS: Final = frozenset({"<", "<=", ">", ">="})
#: The concept of each measure of pooling.
POOLED: Final[Mapping[str, str]] = {short: name for name, short in MEASURES.items() if name != "difference-in-proportions"}


def statistic(row: Evidence, printed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the statistic of one estimate without derived numbers; ``printed`` is its row of look-ups."""
    fields: dict[str, Any] = {"description": describe(printed), "statisticType": fhircodings.measure(row.measure)}
    quantity = _quantity(row, printed)
    if quantity:
        fields["quantity"] = quantity
    if printed["count"] is not None and row.measure == "proportion":
        fields["numberAffected"] = int(printed["count"])
    if printed["total"] is not None:
        fields["sampleSize"] = {"knownDataCount": int(printed["total"])}
    attributes = [*_interval(row, printed), *_p(row, printed)]
    if attributes:
        fields["attributeEstimate"] = attributes
    method = [row.method[1], row.population[1], row.censoring[1], *(f"adjusted for {factor}" for factor in row.factors)]
    if model := [{"code": fhircodings.concept(each)} for each in method if each]:
        fields["modelCharacteristic"] = model
    return fields


def pooled_statistic(synthesis: Synthesis, estimate: Estimate) -> dict[str, Any]:
    """Return the statistic of a pooled effect on the natural scale, with its intervals and the heterogeneity."""
    heterogeneity = synthesis.heterogeneity
    numbers = {name: _round(back_transform(estimate.measure, getattr(estimate, name))) for name in ("effect", "lower", "upper")}
    attributes = [
        _range("confidence interval", estimate.level, numbers["lower"], numbers["upper"]),
        _attribute("P value", _round(estimate.p)),
    ]
    attributes.append(
        _attribute("z" if estimate.freedom is None else f"t on {estimate.freedom} degrees of freedom", _round(estimate.statistic))
    )
    if estimate.prediction:
        low, high = (_round(back_transform(estimate.measure, end)) for end in estimate.prediction)
        attributes.append(_range("prediction interval", estimate.level, low, high))
    attributes += [
        _attribute(name, _round(number))
        for name, number in (("I²", heterogeneity.i2), ("τ²", heterogeneity.tau2), ("Q", heterogeneity.q))
        if number is not None
    ]
    name = POOLED[estimate.measure]
    text = f"{name.replace('-', ' ')} of {estimate.treatment} versus {estimate.comparator}, {synthesis.plan.model} effects, derived"
    return {
        "description": text, "statisticType": fhircodings.measure(name), "quantity": {"value": numbers["effect"]},
        "sampleSize": {"numberOfStudies": synthesis.studies}, "attributeEstimate": attributes,
        "modelCharacteristic": [{"code": fhircodings.concept(f"{synthesis.plan.model} effects, τ² by {synthesis.plan.estimator}")}],
    }  # fmt: skip


def describe(printed: Mapping[str, Any]) -> str:
    """Return an estimate in words, with the printed numbers; missing values are "not reported"."""
    value = " ".join(str(printed["printed"] or printed["absence"] or "").split()) or wording.NOT_REPORTED
    bounds = [wording.text_of(printed, name) for name in ("lower", "upper")]
    level = wording.own_level(printed)
    interval = f"{printed['interval_kind']} {' to '.join(bounds)}{wording.order_note(printed)}"
    around = f"{f'{level} % ' if level else ''}{interval}" if all(bounds) else "interval not reported"
    count, total = (wording.text_of(printed, name) for name in ("count", "total"))
    counts = f"; {count or 'number not reported'} of {total or 'number not reported'}" if count or total else ""
    unit = f" {printed['unit']}" if printed["unit"] and value != wording.NOT_REPORTED else ""
    return f"{printed['measure_label']}: {value}{unit}; {around}{counts}"


def _quantity(row: Evidence, printed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value; empty if it is not reported, not numeric, or approximate."""
    value, relation = row.number("count" if row.measure == "count" and printed["value"] is None else "value"), row.row["operator"]
    if value is None or row.row["absence"] or (relation and relation not in _COMPARATORS):
        return {}
    quantity = {"value": value} | ({"comparator": relation} if relation else {})
    if row.unit == "percent":
        return quantity | {"unit": "%", "system": fhircodings.UNITS, "code": "%"}
    return quantity | ({"unit": row.unit.replace("-", " ")} if row.unit else {})


def _interval(row: Evidence, printed: Mapping[str, Any]) -> list[dict[str, Any]]:
    low, high = row.number("lower"), row.number("upper")
    if low is None or high is None or row.is_upside_down:  # a Range has its low end first, and which bound is which is not known
        return []
    kind = str(row.row["interval_kind"] or "interval")
    level = printed["interval_level"]
    return [_range(kind, None if level is None else float(level), low, high)]


def _p(row: Evidence, printed: Mapping[str, Any]) -> list[dict[str, Any]]:
    value = row.number("p_value")
    if value is None:
        return []
    relation = printed["p_operator"]
    return [_attribute("P value", value) if relation in {None, "="} else _attribute("P value", value, relation)]


def _range(name: str, level: float | None, low: Decimal, high: Decimal) -> dict[str, Any]:
    attribute: dict[str, Any] = {"type": fhircodings.attribute(name), "range": {"low": {"value": low}, "high": {"value": high}}}
    return attribute if level is None else attribute | {"level": Decimal(f"{level:g}") / 100}


def _attribute(name: str, value: Decimal, relation: str | None = None) -> dict[str, Any]:
    return {"type": fhircodings.attribute(name), "quantity": {"value": value} | ({"comparator": relation} if relation else {})}


def _round(number: float) -> Decimal:
    """Return a derived number with six significant digits."""
    return Decimal(f"{number:.6g}")
