"""Client models of comparisons with their reasons, of the evidence network, and of chains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, Field

from .rows import EstimateRow, Estimates, ReplyRow, Rows

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


class TreatmentRow(ReplyRow):
    """A treatment of the network: a combination of drugs, a choice of regimens, or a group without a recorded regimen."""

    id: str
    name: str
    kind: str = Field(description="drugs, choice or group")
    drugs: tuple[str, ...] = Field(description="IRIs")
    options: tuple[str, ...] = Field(description="names of the regimens to choose from")
    regimens: tuple[str, ...] = Field(description="IRIs")
    groups: tuple[str, ...] = Field(description="IRIs of the groups that receive it")
    roles: tuple[str, ...]
    studies: tuple[str, ...] = Field(description="IRIs")
    conditions: tuple[str, ...] = Field(description="IRIs")
    patients: int | None = Field(None, description="patients who received it in comparisons with results; none if not reported")


class LinkRow(ReplyRow):
    """A comparison of two treatments in one study; ``evidence`` is its basis: estimates, arms, none or planned."""

    study: str
    study_name: str
    registration: str
    intervention: str = Field(description="id of the treatment")
    comparator: str = Field(description="id of the treatment")
    design: str
    randomised: bool
    reported_by: str
    evidence: str
    comparisons: tuple[str, ...]
    estimates: tuple[str, ...]
    arm_results: tuple[str, ...]
    endpoints: tuple[str, ...]
    checks: dict[str, int]
    patients: int | None = None
    patients_counted: str
    planned_enrolment: str
    conditions: tuple[str, ...]
    documents: tuple[str, ...]
    overlapping: tuple[str, ...]
    caveats: tuple[str, ...]


class TrialRow(ReplyRow):
    """The treatments (ids) that one study compares: more than two in a multi-arm study."""

    study: str
    study_name: str
    treatments: tuple[str, ...]
    evidence: str


class AnnouncedTrialRow(ReplyRow):
    """A trial that documents mention without results and arms."""

    study: str
    study_name: str
    registration: str
    design: str
    drugs: tuple[str, ...]
    conditions: tuple[str, ...]
    documents: tuple[str, ...]


class ComponentRow(ReplyRow):
    """A connected component: treatments (ids) linked by comparisons with results; ``critical`` are its articulation points."""

    number: int
    treatments: tuple[str, ...]
    studies: tuple[str, ...]
    critical: tuple[str, ...]
    reasons: tuple[str, ...]


class NearestPairRow(ReplyRow):
    """Two treatments of different components that share drugs (IRIs)."""

    one: str
    other: str
    drugs: tuple[str, ...]


class GapRow(ReplyRow):
    """Why two treatments are not connected, the nearest treatments, and planned studies that would connect them."""

    one: str
    other: str
    reasons: tuple[str, ...]
    nearest: tuple[NearestPairRow, ...]
    conditions: tuple[str, ...]
    planned: tuple[LinkRow, ...]
    text: str


class NetworkReply(ReplyRow):
    """An evidence network: treatments, the links of studies between them, and its connected components; ``dataset`` is its version."""

    dataset: str = Field(description="version of the dataset")
    treatments: tuple[TreatmentRow, ...]
    links: tuple[LinkRow, ...]
    within: tuple[LinkRow, ...] = Field(description="comparisons within one treatment, such as of doses")
    trials: tuple[TrialRow, ...]
    announced: tuple[AnnouncedTrialRow, ...]
    parts: tuple[ComponentRow, ...]
    gaps: tuple[GapRow, ...]
    names: dict[str, str] = Field(description="names by IRI")

    def to_pandas(self) -> DataFrame:
        """Return the links as a data frame, a row each; its ``attrs`` name the dataset.

        :raises NotInstalled: when pandas is not installed.
        """
        return Rows(self.links, self.dataset, LinkRow.model_fields).to_pandas()


class StepRow(ReplyRow):
    """Two adjacent treatments of a chain, and every link with results between them; ``implied``: both are arms of ``trials``."""

    one: str
    other: str
    links: tuple[LinkRow, ...]
    implied: bool
    trials: tuple[str, ...]


class ChainReply(ReplyRow):
    """The shortest chain of comparisons with results from ``start`` to ``to`` (ids of treatments), or the ``gap`` between the two."""

    model_config = ConfigDict(populate_by_name=True)

    dataset: str = Field(description="version of the dataset")
    start: str = Field(alias="from")
    to: str
    connected: bool
    treatments: tuple[str, ...] = ()
    steps: tuple[StepRow, ...] = ()
    gap: GapRow | None = None
