"""Comparisons with their reasons, as the client reads them; the models of the service are made from these, and allow no further field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from .rows import EstimateRow, Estimates, ReplyRow, nested_fields

if TYPE_CHECKING:
    from pandas import DataFrame


class ReasonRow(ReplyRow):
    """A reason against pooling estimates: code, text, whether it can be acknowledged, and the estimates that it concerns."""

    code: str
    text: str
    acknowledgeable: bool = Field(description="whether acknowledge=code allows the synthesis")
    rows: tuple[str, ...] = Field(description="IRIs of the estimates")
    sources: tuple[str, ...] = Field(description="IRIs of the claims or discrepancies behind it")


class ComparedEstimateRow(EstimateRow):
    """An estimate of a comparison: its class is ``comparability``."""

    reasons: tuple[str, ...] = Field(description="codes of the reasons of its set that concern it")
    treatment: str = Field(description="the treatment; the group if no treatment is known")
    against: str | None = Field(None, description="the comparator of an effect")
    anchor: str = Field(description="start and end of its main number in the document (characters)")


class ComparedSetRow(ReplyRow):
    """Estimates of one kind, measure and unit."""

    name: str = Field(description="measure and unit in words")
    kind: str = Field(description="effect: of one group versus another; arm: of one group")
    measure: str
    unit: str = Field(description="empty if there is none")
    comparability: str = Field(description="the weakest class of its estimates")
    reasons: tuple[ReasonRow, ...] = Field(description="reasons against pooling them; empty: the graph knows of none")
    rows: tuple[str, ...] = Field(description="IRIs of the estimates")


class AbsentRow(ReplyRow):
    """A requested drug, target or trial without estimates."""

    kind: str = Field(description="drug, target or trial")
    name: str
    text: str


class NaturalScaleRow(ReplyRow):
    """An effect and its intervals on the natural scale (as a ratio, if the measure is one); none for a number beyond floating point."""

    effect: float | None
    lower: float | None
    upper: float | None
    prediction: tuple[float | None, float | None] | None = None


class PooledEstimateRow(ReplyRow):
    """The pooled effect of one treatment versus another on the scale of pooling; ``natural`` is on the natural scale."""

    treatment: str
    comparator: str
    measure: str
    scale: str
    effect: float
    error: float = Field(description="standard error")
    lower: float
    upper: float
    level: float = Field(description="of the interval, percent")
    statistic: float
    p: float
    prediction: tuple[float, float] | None = None
    natural: NaturalScaleRow


class SynthesisRow(ReplyRow):
    """The outcome of pooling, indirect comparison or ranking; ``contrasts`` name their rows; further fields are kept."""

    action: str = Field(description="pool, indirect or rank")
    kind: str = Field(description="pairwise or network")
    treatments: tuple[str, ...]
    studies: int
    orientation: str
    estimates: tuple[PooledEstimateRow, ...]
    heterogeneity: dict[str, Any]
    weights: dict[str, float] | None = Field(None, description="percent, by study")
    p_scores: dict[str, float] | None = None
    contrasts: tuple[dict[str, Any], ...] = ()


class ComparisonReply(ReplyRow):
    """Estimates side by side. Nothing is pooled or ranked without a request; certainty and risk of bias are left to the appraiser."""

    dataset: str = Field(description="version of the dataset")
    software: str
    address: str = Field(description="path and query string of the request")
    asked: dict[str, tuple[str, ...]] = Field(description="the filters")
    understood: str = Field("", description="how the filters were read")
    empty: str | None = Field(None, description="why no estimate meets the filters, and what has some")
    acknowledged: tuple[str, ...] = Field(description="codes of the reasons that the user acknowledged for the synthesis")
    effect: str | None = Field(description="effect measure computed from counts (OR, RR or RD)")
    sets: tuple[ComparedSetRow, ...]
    cautions: tuple[ReasonRow, ...] = Field(description="caveats of authors that concern the studies or drugs as a whole")
    absent: tuple[AbsentRow, ...]
    items: tuple[ComparedEstimateRow, ...] = Field(description="the estimates, without empty fields")
    synthesis: SynthesisRow | None = Field(description="outcome of the requested synthesis")
    certainty: None = Field(None, description="empty: the appraiser fills it in; empty does not mean low")
    risk_of_bias: None = Field(None, description="empty: the appraiser fills it in; empty does not mean low")

    @property
    def estimates(self) -> Estimates[ComparedEstimateRow]:
        """All estimates as rows, with their figures."""
        return Estimates(self.items, self.dataset, ComparedEstimateRow.model_fields, nested_fields(ComparedEstimateRow))

    def to_pandas(self) -> DataFrame:
        """Return the estimates as a data frame, as :meth:`Rows.to_pandas` does; its ``attrs`` name the dataset.

        :raises NotInstalled: when pandas is not installed.
        """
        return self.estimates.to_pandas()
