"""What an evidence network is made of: every field of it once, with its type and what it means.

:mod:`.treatments`, :mod:`.edges`, :mod:`.network` and :mod:`.reach` build these values. REST answers and their OpenAPI schemas, rows of
the Python client, answers of agents and graphs in GraphML, Cytoscape and node-link JSON take their fields from here. A new field is one
line here, and its value where the class is built. The module imports pydantic alone: the client has nothing else of ``graph``.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

#: Marks a field whose list grows with the dataset: agents are given the beginning of it.
GROWING: Final = "growing"

_Texts = tuple[str, ...]
_Growing = Annotated[tuple[str, ...], GROWING]


def _allow_any_field(schema: JsonDict) -> None:
    """Leave ``additionalProperties`` out of a JSON schema, which then allows further fields just as well."""
    schema.pop("additionalProperties", None)


class NetworkValue(BaseModel):
    """The base of all values of a network: they do not change, and a client keeps the fields that a newer service adds."""

    model_config = ConfigDict(frozen=True, extra="allow", json_schema_extra=_allow_any_field)


class Treatment(NetworkValue):
    """One treatment: a combination of drugs, a choice of regimens, or a group without a recorded regimen."""

    id: str
    name: str
    kind: str = Field(description="drugs, choice or group")
    drugs: _Texts = Field(description="IRIs")
    options: _Texts = Field(description="names of the regimens to choose from")
    regimens: _Growing = Field(description="IRIs of all regimens of this treatment, with any dose")
    groups: _Growing = Field(description="IRIs of the groups that receive it")
    roles: _Texts = Field(description="roles of these groups in their studies")


class TreatmentItem(Treatment):
    """One treatment: a combination of drugs, a choice of regimens, or a group without a recorded regimen."""

    studies: _Growing = Field(description="IRIs")
    conditions: _Texts = Field(description="IRIs")
    patients: int | None = Field(
        None, description="patients who received it in comparisons with results; absent if not reported",
        exclude_if=lambda number: number is None,
    )  # fmt: skip


class Link(NetworkValue):
    """What one study says of two treatments: its comparisons of them, their results, and how far they can be trusted."""

    study: str = Field(description="IRI")
    study_name: str
    registration: str = Field(description="registration number; empty if there is none")
    intervention: str = Field(description="id of a treatment, in the direction of the first comparison")
    comparator: str = Field(description="id of the treatment it is compared with")
    design: str
    randomised: bool = Field(description="false where only parts of the arms are compared that were formed after randomisation")
    reported_by: str = Field(description="whether a document reports its own study or cites another")
    evidence: str = Field(description="what it rests on: estimates, arms, none or planned")
    comparisons: _Growing = Field(description="IRIs")
    estimates: _Growing = Field(description="IRIs of results of the comparison")
    arm_results: _Growing = Field(description="IRIs of results that both sides have of one end point")
    endpoints: _Texts = Field(description="names of what was measured, or of what a planned study defines")
    checks: dict[str, int] = Field(description="how many of its results have each outcome of arithmetic")
    patients: int | None = Field(description="patients of both sides; null where one is not reported")
    patients_counted: str = Field(description="what these numbers count, or why there is none")
    planned_enrolment: str = Field(description="patients that a planned study intends to enrol, as the source bounds them")
    conditions: _Texts = Field(description="IRIs")
    documents: _Texts = Field(description="IRIs")
    overlapping: _Texts = Field(description="IRIs of other studies that some of its patients are in too")
    caveats: _Texts
    limitations: _Texts

    @property
    def pair(self) -> frozenset[str]:
        """The two treatments, in no order."""
        return frozenset((self.intervention, self.comparator))


class Trial(NetworkValue):
    """The treatments that one study compares with one another, unordered: more than two in a multi-arm trial."""

    study: str = Field(description="IRI")
    study_name: str
    treatments: _Texts = Field(description="ids")
    evidence: str = Field(description="the best of its links")


class AnnouncedTrial(NetworkValue):
    """A trial registered without results and without arms: planned evidence that cannot be shown as a link."""

    study: str = Field(description="IRI")
    study_name: str
    registration: str = Field(description="registration number; empty if there is none")
    design: str
    drugs: _Texts = Field(description="IRIs")
    conditions: _Texts = Field(description="IRIs")
    documents: _Texts = Field(description="IRIs")


class Component(NetworkValue):
    """A connected component over comparisons with results; components are numbered from 1, the largest first."""

    number: int
    treatments: _Texts = Field(description="ids")
    studies: _Growing = Field(description="IRIs")
    critical: _Texts = Field(description="articulation points: treatments without which it would be disconnected")
    reasons: _Texts = Field(description="why a treatment is alone in it")


class NearestPair(NetworkValue):
    """Two treatments of different components that share drugs."""

    one: str = Field(description="id of a treatment")
    other: str = Field(description="id of a treatment")
    drugs: _Texts = Field(description="IRIs")


class Gap(NetworkValue):
    """Why ``one`` and ``other`` are not connected."""

    one: str = Field(description="id of a treatment")
    other: str = Field(description="id of a treatment")
    reasons: _Texts = Field(description="codes")
    nearest: tuple[NearestPair, ...] = Field(description="the pairs that share most of their drugs")
    conditions: _Texts = Field(description="IRIs of conditions that studies of both components share")
    planned: Annotated[tuple[Link, ...], GROWING] = Field(description="planned links on a path that would connect them")
    text: str = Field(description="the reasons in words")


class Step(NetworkValue):
    """Two adjacent treatments of a chain, and every link with results between them."""

    one: str = Field(description="id of a treatment")
    other: str = Field(description="id of a treatment")
    links: Annotated[tuple[Link, ...], GROWING]
    implied: bool = Field(description="there is no link, but both are arms of its trials, which compare each with a third")
    trials: _Texts = Field(description="IRIs of studies")


class Chain(NetworkValue):
    """The shortest chain of comparisons with results between two treatments."""

    treatments: _Texts = Field(description="ids, from the first to the last")
    steps: tuple[Step, ...] = Field(description="each with every link between its two treatments")
