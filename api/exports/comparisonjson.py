"""The JSON response of ``/v1/compare``, and its models for the OpenAPI document."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel, ConfigDict, create_model
from pydantic_core import to_json

from mabgraph.graph.compare.compare import EvidenceSet

from ..client.comparison import AbsentRow, ComparedEstimateRow, ComparedSetRow, ComparisonReply
from ..client.rows import EstimateRow
from ..collections import models, resources
from ..http import problems
from .package import Package

M = TypeVar("M", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _strict(name: str, model: type[M], **types: Any) -> type[M]:
    """Return ``model`` of the client as one of the service: it allows no further field, and the fields in ``types`` have these types."""
    fields: dict[str, Any] = {each: (kind, model.model_fields[each]) for each, kind in types.items()}
    return cast(type[M], create_model(name, __base__=(model, _Strict), __doc__=model.__doc__, **fields))


#: The fields that a comparison adds to an estimate.
_ADDED: Final[dict[str, Any]] = {
    name: (field.annotation, field) for name, field in ComparedEstimateRow.model_fields.items() if name not in EstimateRow.model_fields
}
_ROW: Final = create_model("ComparedRow", __base__=models.row_model(resources.ESTIMATES), **_ADDED)
_SET: Final = _strict("ComparedSetItem", ComparedSetRow, reasons=tuple[problems.ReasonItem, ...])
_ABSENT: Final = _strict("AbsentItem", AbsentRow)
#: The response of ``/v1/compare``.
ComparisonResponse: Final = _strict(
    "ComparisonResponse", ComparisonReply, sets=tuple[_SET, ...], cautions=tuple[problems.ReasonItem, ...],  # type: ignore[valid-type]
    absent=tuple[_ABSENT, ...], items=tuple[_ROW, ...], synthesis=dict[str, Any] | None,  # type: ignore[valid-type]
)  # fmt: skip


def comparison_json(package: Package) -> bytes:
    """Return the comparison as JSON, as :data:`ComparisonResponse` describes it."""
    comparison, pooled = package.comparison, package.pooled
    body = {
        **{name: package.about[name] for name in ("dataset", "software", "address")},
        "asked": {name: list(values) for name, values in package.asked.items()}, "understood": package.understood,
        **({} if package.empty is None else {"empty": package.empty}), "acknowledged": list(package.acknowledged),
        "effect": package.effect, "sets": [_set_item(each) for each in comparison.sets],
        "cautions": [problems.reason_item(each).model_dump() for each in comparison.cautions],
        "absent": [asdict(each) for each in comparison.absent],
        "items": [{name: value for name, value in row.items() if value is not None} for row in package.rows],
        "synthesis": {"action": pooled.action, **pooled.synthesis.as_json()} if pooled else None,
        "certainty": None, "risk_of_bias": None,
    }  # fmt: skip
    return to_json(body, inf_nan_mode="strings")


def _set_item(compared: EvidenceSet) -> dict[str, Any]:
    fields = {
        "name": compared.name,
        "kind": compared.kind,
        "measure": compared.measure,
        "unit": compared.unit,
        "comparability": compared.comparability.value,
    }
    return fields | {
        "reasons": [problems.reason_item(each).model_dump() for each in compared.reasons],
        "rows": [row.id for row in compared.rows],
    }
