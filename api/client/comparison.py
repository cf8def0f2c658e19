"""Client models of comparisons with their reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from .rows import EstimateRow, Estimates, ReplyRow

if TYPE_CHECKING:
    from pandas import DataFrame


class ReasonRow(ReplyRow):
    """A reason against pooling estimates; its ``code`` acknowledges it, if it is acknowledgeable."""

    code: str
    text: str
    acknowledgeable: bool = Field(description="whether acknowledging the code allows the synthesis")
    rows: tuple[str, ...] = Field((), description="IRIs of the estimates that it concerns")
    sources: tuple[str, ...] = Field((), description="IRIs of the claims or discrepancies behind it")


class ComparedEstimateRow(EstimateRow):
    """An estimate of a comparison: its class is ``comparability``, and ``reasons`` are the codes of its set that concern it."""

    reasons: tuple[str, ...] = ()
    treatment: str = Field(description="the treatment; the group if no treatment is known")
    against: str | None = Field(None, description="the comparator of an effect")
    anchor: str = Field(description="start and end of its main number in the document")


class ComparedSetRow(ReplyRow):
    """Estimates of one kind, measure and unit, with the reasons against pooling them."""

    name: str = Field(description="measure and unit in words")
    kind: str = Field(description="effect: of one group versus another; arm: of one group")
    measure: str
    unit: str = Field(description="empty if there is none")
    comparability: str = Field(description="the weakest class of its estimates")
    reasons: tuple[ReasonRow, ...]
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
    """Estimates side by side, in sets of one measure with the reasons against pooling them.

    ``dataset`` is the dataset version; ``certainty`` and ``risk_of_bias`` are empty: the appraiser fills them in.
    """

    dataset: str = Field(description="version of the dataset")
    software: str
    address: str = Field(description="path and query string of the request")
    asked: dict[str, tuple[str, ...]] = Field(description="the filters")
    acknowledged: tuple[str, ...] = Field(description="codes of the reasons acknowledged for the synthesis")
    effect: str | None = Field(None, description="effect measure computed from counts (OR, RR or RD)")
    sets: tuple[ComparedSetRow, ...]
    cautions: tuple[ReasonRow, ...] = Field(description="caveats of authors that concern the studies or drugs as a whole")
    absent: tuple[AbsentRow, ...]
    items: tuple[ComparedEstimateRow, ...]
    synthesis: SynthesisRow | None = Field(None, description="outcome of the requested synthesis")
    certainty: None = None
    risk_of_bias: None = None

    @property
    def estimates(self) -> Estimates[ComparedEstimateRow]:
        """All estimates as rows, with their figures."""
        return Estimates(self.items, self.dataset, ComparedEstimateRow.model_fields)

    def to_pandas(self) -> DataFrame:
        """Return the estimates as a data frame, as :meth:`Rows.to_pandas` does; its ``attrs`` name the dataset.

        :raises NotInstalled: when pandas is not installed.
        """
        return self.estimates.to_pandas()
