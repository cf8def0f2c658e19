"""The answers of ``/v1/network`` and of ``/v1/network/path``; what they list is declared in :mod:`mabgraph.graph.network.declaration`.

The service writes its answers and their OpenAPI schemas from these models, and the client reads them. The answer of a chain has no field
that does not apply to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ConfigDict, Field

from mabgraph.graph.network.declaration import AnnouncedTrial, Component, Gap, Link, NetworkValue, Step, TreatmentItem, Trial

from .rows import Rows, nested_fields

if TYPE_CHECKING:
    from pandas import DataFrame


class NetworkResponse(NetworkValue):
    """An evidence network: treatments, the links of studies between them, and its connected components."""

    dataset: str = Field(description="version of the dataset")
    understood: str = Field("", description="how the filters were read")
    empty: str | None = Field(None, description="why no comparison meets the filters, and what has some")
    treatments: tuple[TreatmentItem, ...]
    links: tuple[Link, ...] = Field(description="two treatments in one study, with their evidence: estimates, arms, none or planned")
    within: tuple[Link, ...] = Field(description="comparisons within one treatment, such as of doses")
    trials: tuple[Trial, ...] = Field(description="studies as hyper-edges: all treatments that one study compares")
    announced: tuple[AnnouncedTrial, ...] = Field(description="trials that documents mention without results and arms")
    parts: tuple[Component, ...] = Field(description="connected components over comparisons with results")
    gaps: tuple[Gap, ...] = Field(description="why components of several treatments are not connected")
    names: dict[str, str] = Field(description="labels of the drugs, targets, conditions and studies, by IRI")

    def to_pandas(self) -> DataFrame:
        """Return the links as a data frame, a row each; its ``attrs`` name the dataset.

        :raises NotInstalled: when pandas is not installed.
        """
        return Rows(self.links, self.dataset, Link.model_fields, nested_fields(Link)).to_pandas()


class ChainResponse(NetworkValue):
    """The shortest chain of comparisons between two treatments, or why there is none."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    dataset: str = Field(description="version of the dataset")
    start: str = Field(validation_alias="from", serialization_alias="from", description="id of the first treatment")
    to: str = Field(description="id of the last treatment")
    connected: bool
    treatments: tuple[str, ...] = Field(default=(), description="ids, from the first to the last")
    steps: tuple[Step, ...] = Field(default=(), description="each with every link between its two treatments")
    gap: Gap | None = Field(
        default=None, description="if they are not connected: why, the nearest treatments, and planned studies that would connect them"
    )
