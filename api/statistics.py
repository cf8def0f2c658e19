"""Statistics: an estimate, or a pooled effect, as the statistic of a FHIR Evidence: numbers with the digits that are printed.

What is not reported is left out, and the description says in words what is printed instead of a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from mabgraph.graph.evidence import Evidence
from mabgraph.graph.pooling import MEASURES

from . import codings

if TYPE_CHECKING:
    from mabgraph.graph.estimates import Estimate
    from mabgraph.graph.synthesis import Synthesis

#: Relations that a Quantity can say; one that is only about right is in words alone.
_COMPARATORS: Final = frozenset({"<", "<=", ">", ">="})
#: The names of the measures of pooling as concepts.
POOLED: Final[Mapping[str, str]] = {short: name for name, short in MEASURES.items() if name != "difference-in-proportions"}


def statistic(row: Evidence, printed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the statistic of one estimate, nothing in it derived; ``printed`` is the estimate as look-ups give it."""
    made: dict[str, Any] = {"description": described(printed), "statisticType": codings.measure(row.measure)}
    quantity = _quantity(row, printed)
    if quantity:
        made["quantity"] = quantity
    if printed["count"] is not None and row.measure == "proportion":
        made["numberAffected"] = int(printed["count"])
    if printed["total"] is not None:
        made["sampleSize"] = {"knownDataCount": int(printed["total"])}
    attributes = [*_interval(row, printed), *_p(row, printed)]
    if attributes:
        made["attributeEstimate"] = attributes
    method = [row.method[1], row.population[1], row.censoring[1], *(f"adjusted for {factor}" for factor in row.factors)]
    if model := [{"code": codings.concept(each)} for each in method if each]:
        made["modelCharacteristic"] = model
    return made


def pooled(synthesis: Synthesis, estimate: Estimate) -> dict[str, Any]:
    """Return the statistic of a pooled effect on the scale that is printed, with its intervals and the heterogeneity."""
    from mabgraph.graph.contrasts import back_transform

    found = synthesis.heterogeneity
    numbers = {name: _derived(back_transform(estimate.measure, getattr(estimate, name))) for name in ("effect", "lower", "upper")}
    said = [_range("confidence interval", estimate.level, numbers["lower"], numbers["upper"]), _attribute("P value", _derived(estimate.p))]
    said.append(
        _attribute("z" if estimate.freedom is None else f"t on {estimate.freedom} degrees of freedom", _derived(estimate.statistic))
    )
    if estimate.prediction:
        low, high = (_derived(back_transform(estimate.measure, end)) for end in estimate.prediction)
        said.append(_range("prediction interval", estimate.level, low, high))
    said += [
        _attribute(name, _derived(number)) for name, number in (("I²", found.i2), ("τ²", found.tau2), ("Q", found.q)) if number is not None
    ]
    name = POOLED[estimate.measure]
    text = f"{name.replace('-', ' ')} of {estimate.treatment} versus {estimate.comparator}, {synthesis.plan.model} effects, derived"
    return {
        "description": text, "statisticType": codings.measure(name), "quantity": {"value": numbers["effect"]},
        "sampleSize": {"numberOfStudies": synthesis.studies}, "attributeEstimate": said,
        "modelCharacteristic": [{"code": codings.concept(f"{synthesis.plan.model} effects, τ² by {synthesis.plan.estimator}")}],
    }  # fmt: skip


def described(printed: Mapping[str, Any]) -> str:
    """Return an estimate in words, with the numbers as they are printed; what there is not is not reported."""
    from mabgraph.graph import wording

    value = " ".join(str(printed["printed"] or printed["absence"] or "").split()) or "not reported"
    bounds = [wording.text_of(printed, name) for name in ("lower", "upper")]
    level = "" if printed["interval_level"] is None else f"{float(printed['interval_level']):g} % "
    around = f"{level}{printed['interval_kind']} {' to '.join(bounds)}" if all(bounds) else "interval not reported"
    count, total = (wording.text_of(printed, name) for name in ("count", "total"))
    counts = f"; {count or 'number not reported'} of {total or 'number not reported'}" if count or total else ""
    unit = f" {printed['unit']}" if printed["unit"] and value != "not reported" else ""
    return f"{printed['measure_label']}: {value}{unit}; {around}{counts}"


def _quantity(row: Evidence, printed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value; nothing where it is not reported, stands for something else, or is only about right."""
    value, relation = row.number("count" if row.measure == "count" and printed["value"] is None else "value"), row.row["operator"]
    if value is None or row.row["absence"] or (relation and relation not in _COMPARATORS):
        return {}
    made = {"value": value} | ({"comparator": relation} if relation else {})
    if row.unit == "percent":
        return made | {"unit": "%", "system": codings.UNITS, "code": "%"}
    return made | ({"unit": row.unit.replace("-", " ")} if row.unit else {})


def _interval(row: Evidence, printed: Mapping[str, Any]) -> list[dict[str, Any]]:
    low, high = row.number("lower"), row.number("upper")
    if low is None or high is None:
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
    made: dict[str, Any] = {"type": codings.attribute(name), "range": {"low": {"value": low}, "high": {"value": high}}}
    return made if level is None else made | {"level": Decimal(f"{level:g}") / 100}


def _attribute(name: str, value: Decimal, relation: str | None = None) -> dict[str, Any]:
    return {"type": codings.attribute(name), "quantity": {"value": value} | ({"comparator": relation} if relation else {})}


def _derived(number: float) -> Decimal:
    """Return a number that was worked out, with six digits that count."""
    return Decimal(f"{number:.6g}")
