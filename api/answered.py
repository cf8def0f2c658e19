"""Answered: what a comparison answers as JSON, as models that the description of the interface names."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic_core import to_json

from mabgraph.graph.compare import EvidenceSet

from . import models, problems, resources
from .package import Package

_STRICT: Final = ConfigDict(extra="forbid")


class Together(BaseModel):
    """Estimates of one kind, measure and unit."""

    model_config = _STRICT

    name: str = Field(description="measure and unit in words")
    kind: str = Field(description="effect: of one group against another; arm: of one group")
    measure: str
    unit: str = Field(description="empty where there is none")
    comparability: str = Field(description="the weakest class of its estimates")
    reasons: list[problems.Against] = Field(description="what speaks against taking them together; none: nothing that the graph knows")
    rows: list[str] = Field(description="IRIs of the estimates")


class Missing(BaseModel):
    """Something asked for that no estimate is of."""

    model_config = _STRICT

    kind: str = Field(description="drug, target or trial")
    name: str
    text: str


_ROW: Final = create_model(
    "ComparedRow", __base__=models.row_model(resources.ESTIMATES),
    reasons=(list[str], Field(description="codes of the reasons of its set that are about it")),
    treatment=(str, Field(description="the treatment, or the group where none is known")),
    against=(str | None, Field(None, description="what it is compared with, of an effect")),
    anchor=(str, Field(description="start and end of its main number in the document")),
)  # fmt: skip


class Answered(BaseModel):
    """Estimates side by side: nothing is pooled or ranked that was not asked for; certainty and risk of bias are for a person to fill."""

    model_config = _STRICT

    dataset: str = Field(description="version of the dataset")
    software: str
    address: str = Field(description="the query, below this service")
    asked: dict[str, list[str]] = Field(description="the filters")
    acknowledged: list[str] = Field(description="codes of the reasons that a person acknowledged for the synthesis")
    effect: str | None = Field(description="what counts were made into")
    sets: list[Together]
    cautions: list[problems.Against] = Field(description="what authors say of the studies and drugs together")
    absent: list[Missing]
    items: list[_ROW] = Field(description="the estimates; fields without a value are left out")  # type: ignore[valid-type]
    synthesis: dict[str, Any] | None = Field(description="what came of the action that was asked for")
    certainty: None = Field(None, description="empty: for a person to fill; empty is not low")
    risk_of_bias: None = Field(None, description="empty: for a person to fill; empty is not low")


def answered(package: Package) -> bytes:
    """Return the comparison as JSON, as :class:`Answered` describes it."""
    found, pooled = package.comparison, package.pooled
    said = {
        **{name: package.about[name] for name in ("dataset", "software", "address")},
        "asked": {name: list(values) for name, values in package.asked.items()}, "acknowledged": list(package.acknowledged),
        "effect": package.effect, "sets": [_together(each) for each in found.sets],
        "cautions": [problems.against(each).model_dump() for each in found.cautions],
        "absent": [{"kind": each.kind, "name": each.name, "text": each.text} for each in found.absent],
        "items": [{name: value for name, value in row.items() if value is not None} for row in package.rows],
        "synthesis": {"action": pooled.action, **pooled.synthesis.as_json()} if pooled else None,
        "certainty": None, "risk_of_bias": None,
    }  # fmt: skip
    return to_json(said, inf_nan_mode="strings")


def _together(of: EvidenceSet) -> dict[str, Any]:
    said = {"name": of.name, "kind": of.kind, "measure": of.measure, "unit": of.unit, "comparability": of.comparability.value}
    return said | {"reasons": [problems.against(each).model_dump() for each in of.reasons], "rows": [row.id for row in of.rows]}
