"""The JSON response of ``/v1/compare``, and its models for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic_core import to_json

from mabgraph.graph.compare.compare import EvidenceSet

from ..collections import models, resources
from ..http import problems
from .package import Package

_STRICT: Final = ConfigDict(extra="forbid")


class ComparedSetItem(BaseModel):
    """Estimates of one kind, measure and unit."""

    model_config = _STRICT

    name: str = Field(description="measure and unit in words")
    kind: str = Field(description="effect: of one group versus another; arm: of one group")
    measure: str
    unit: str = Field(description="empty if there is none")
    comparability: str = Field(description="the weakest class of its estimates")
    reasons: list[problems.ReasonItem] = Field(description="reasons against pooling them; empty: the graph knows of none")
    rows: list[str] = Field(description="IRIs of the estimates")


class AbsentItem(BaseModel):
    """A requested drug, target or trial without estimates."""

    model_config = _STRICT

    kind: str = Field(description="drug, target or trial")
    name: str
    text: str


_ROW: Final = create_model(
    "ComparedRow", __base__=models.row_model(resources.ESTIMATES),
    reasons=(list[str], Field(description="codes of the reasons of its set that concern it")),
    treatment=(str, Field(description="the treatment; the group if no treatment is known")),
    against=(str | None, Field(None, description="the comparator of an effect")),
    anchor=(str, Field(description="start and end of its main number in the document (characters)")),
)  # fmt: skip


class ComparisonResponse(BaseModel):
    """Estimates side by side. Nothing is pooled or ranked without a request; certainty and risk of bias are left to the appraiser."""

    model_config = _STRICT

    dataset: str = Field(description="version of the dataset")
    software: str
    address: str = Field(description="path and query string of the request")
    asked: dict[str, list[str]] = Field(description="the filters")
    acknowledged: list[str] = Field(description="codes of the reasons that the user acknowledged for the synthesis")
    effect: str | None = Field(description="effect measure computed from counts (OR, RR or RD)")
    sets: list[ComparedSetItem]
    cautions: list[problems.ReasonItem] = Field(description="caveats of authors that concern the studies or drugs as a whole")
    absent: list[AbsentItem]
    items: list[_ROW] = Field(description="the estimates, without empty fields")  # type: ignore[valid-type]
    synthesis: dict[str, Any] | None = Field(description="outcome of the requested synthesis")
    certainty: None = Field(None, description="empty: the appraiser fills it in; empty does not mean low")
    risk_of_bias: None = Field(None, description="empty: the appraiser fills it in; empty does not mean low")


def comparison_json(package: Package) -> bytes:
    """Return the comparison as JSON, as :class:`ComparisonResponse` describes it."""
    comparison, pooled = package.comparison, package.pooled
    body = {
        **{name: package.about[name] for name in ("dataset", "software", "address")},
        "asked": {name: list(values) for name, values in package.asked.items()}, "acknowledged": list(package.acknowledged),
        "effect": package.effect, "sets": [_set_item(each) for each in comparison.sets],
        "cautions": [problems.reason_item(each).model_dump() for each in comparison.cautions],
        "absent": [{"kind": each.kind, "name": each.name, "text": each.text} for each in comparison.absent],
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
