"""Evidence that a service answered side by side: comparisons with their reasons, the evidence network, chains; as a notebook wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, Field

from .rows import Estimate, Estimates, Row, Rows

if TYPE_CHECKING:
    from pandas import DataFrame


class Reason(Row):
    """A reason against taking estimates together; ``code`` is what acknowledges it, where that can be done."""

    code: str
    text: str
    acknowledgeable: bool = Field(description="whether to acknowledge the code lets one go on")
    rows: tuple[str, ...] = Field((), description="IRIs of the estimates that it is about")
    sources: tuple[str, ...] = Field((), description="IRIs of the claims or discrepancies behind it")


class ComparedEstimate(Estimate):
    """An estimate of a comparison: its class is ``comparability``, and ``reasons`` are the codes of its set that are about it."""

    reasons: tuple[str, ...] = ()
    treatment: str = Field(description="the treatment, or the group where none is known")
    against: str | None = Field(None, description="what it is compared with, of an effect")
    anchor: str = Field(description="start and end of its main number in the document")


class ComparedSet(Row):
    """Estimates of one kind, measure and unit, with what speaks against taking them together."""

    name: str = Field(description="measure and unit in words")
    kind: str = Field(description="effect: of one group against another; arm: of one group")
    measure: str
    unit: str = Field(description="empty where there is none")
    comparability: str = Field(description="the weakest class of its estimates")
    reasons: tuple[Reason, ...]
    rows: tuple[str, ...] = Field(description="IRIs of the estimates")


class Absent(Row):
    """Something asked for that no estimate is of."""

    kind: str = Field(description="drug, target or trial")
    name: str
    text: str


class Natural(Row):
    """An effect and its intervals as a ratio, where the measure is one; none where a number is beyond what a computer holds."""

    effect: float | None
    lower: float | None
    upper: float | None
    prediction: tuple[float | None, float | None] | None = None


class PooledEstimate(Row):
    """One treatment against another in all studies together, on the scale on which it was pooled; ``natural`` is the ratio."""

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
    natural: Natural


class Synthesis(Row):
    """What came of pooling, indirect comparison or ranking; ``contrasts`` say from which rows, and more is kept as it came."""

    action: str = Field(description="pool, indirect or rank")
    kind: str = Field(description="pairwise or network")
    treatments: tuple[str, ...]
    studies: int
    orientation: str
    estimates: tuple[PooledEstimate, ...]
    heterogeneity: dict[str, Any]
    weights: dict[str, float] | None = Field(None, description="percent, by study")
    p_scores: dict[str, float] | None = None
    contrasts: tuple[dict[str, Any], ...] = ()


class Comparison(Row):
    """Estimates side by side, in sets of one measure with the reasons against taking them together.

    ``dataset`` is the version that answered; ``certainty`` and ``risk_of_bias`` are empty: for a person to fill.
    """

    dataset: str = Field(description="version of the dataset")
    software: str
    address: str = Field(description="the query, below the service")
    asked: dict[str, tuple[str, ...]] = Field(description="the filters")
    acknowledged: tuple[str, ...] = Field(description="codes of the reasons that were acknowledged for the synthesis")
    effect: str | None = Field(None, description="what counts were made into")
    sets: tuple[ComparedSet, ...]
    cautions: tuple[Reason, ...] = Field(description="what authors say of the studies and drugs together")
    absent: tuple[Absent, ...]
    items: tuple[ComparedEstimate, ...]
    synthesis: Synthesis | None = Field(None, description="what came of the action that was asked for")
    certainty: None = None
    risk_of_bias: None = None

    @property
    def estimates(self) -> Estimates[ComparedEstimate]:
        """The estimates as rows, none left out, with their figures at hand."""
        return Estimates(self.items, self.dataset, ComparedEstimate.model_fields)

    def to_pandas(self) -> DataFrame:
        """Return the estimates as a data frame, as :meth:`Rows.to_pandas` does; its ``attrs`` name the dataset.

        :raises NotInstalled: when pandas is not installed.
        """
        return self.estimates.to_pandas()


class Treatment(Row):
    """A treatment of the network: drugs together, a choice of regimens, or what one group had for which no regimen is recorded."""

    id: str
    name: str
    kind: str = Field(description="drugs, choice or group")
    drugs: tuple[str, ...] = Field(description="IRIs")
    options: tuple[str, ...] = Field(description="names of the regimens that there is a choice of")
    regimens: tuple[str, ...] = Field(description="IRIs")
    groups: tuple[str, ...] = Field(description="IRIs of the groups that are given it")
    roles: tuple[str, ...]
    studies: tuple[str, ...] = Field(description="IRIs")
    conditions: tuple[str, ...] = Field(description="IRIs")
    patients: int | None = Field(None, description="given it in comparisons with results; none where not reported")


class Link(Row):
    """Two treatments in one study, and what that rests on: ``evidence`` is estimates, arms, none or planned."""

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


class Trial(Row):
    """The treatments (ids) that one study compares with one another: more than two where it has several arms."""

    study: str
    study_name: str
    treatments: tuple[str, ...]
    evidence: str


class Announced(Row):
    """A trial that is named without results and without arms."""

    study: str
    study_name: str
    registration: str
    design: str
    drugs: tuple[str, ...]
    conditions: tuple[str, ...]
    documents: tuple[str, ...]


class Part(Row):
    """Treatments (ids) that meet by comparisons with results; each of ``critical`` holds it together alone."""

    number: int
    treatments: tuple[str, ...]
    studies: tuple[str, ...]
    critical: tuple[str, ...]
    reasons: tuple[str, ...]


class Near(Row):
    """Two treatments of different parts that share drugs (IRIs)."""

    one: str
    other: str
    drugs: tuple[str, ...]


class Gap(Row):
    """Why two treatments do not meet, what is nearest, and which planned studies would join them."""

    one: str
    other: str
    reasons: tuple[str, ...]
    nearest: tuple[Near, ...]
    conditions: tuple[str, ...]
    planned: tuple[Link, ...]
    text: str


class Network(Row):
    """An evidence network: treatments, the links of studies between them, and how far these reach; ``dataset`` is its version."""

    dataset: str = Field(description="version of the dataset")
    treatments: tuple[Treatment, ...]
    links: tuple[Link, ...]
    within: tuple[Link, ...] = Field(description="comparisons within one treatment, of its doses for instance")
    trials: tuple[Trial, ...]
    announced: tuple[Announced, ...]
    parts: tuple[Part, ...]
    gaps: tuple[Gap, ...]
    names: dict[str, str] = Field(description="names by IRI")

    def to_pandas(self) -> DataFrame:
        """Return the links as a data frame, a row each; its ``attrs`` name the dataset.

        :raises NotInstalled: when pandas is not installed.
        """
        return Rows(self.links, self.dataset, Link.model_fields).to_pandas()


class Step(Row):
    """Two treatments next to each other in a chain, and every link with results between them; ``implied``: both are arms of ``trials``."""

    one: str
    other: str
    links: tuple[Link, ...]
    implied: bool
    trials: tuple[str, ...]


class Chain(Row):
    """The shortest chain of comparisons with results from ``start`` to ``to`` (ids of treatments), or the ``gap`` between the two."""

    model_config = ConfigDict(populate_by_name=True)

    dataset: str = Field(description="version of the dataset")
    start: str = Field(alias="from")
    to: str
    connected: bool
    treatments: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    gap: Gap | None = None
