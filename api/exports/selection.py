"""Selection: what can be asked of a comparison (filters, synthesis, format), and the package that answers it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from mabgraph.graph.compare.pooling import BETTER, OF_COUNTS, Action, Refusal
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.synthesis.codes import CODES

from ..collections import models, resources
from . import comparing, takeaway
from .package import Package

_PATH: Final = "/v1/compare"
_CODES: Final = [code for code, (_, can) in CODES.items() if can]


class SynthesisParameters(BaseModel):
    """The parameters of a synthesis, beside the filters of the estimates."""

    model_config = ConfigDict(extra="forbid")

    synthesise: Action | None = Field(None, description="pool: one pair of treatments; indirect: a network of them; rank: P-scores too")
    acknowledge: list[Literal[tuple(_CODES)]] = Field(  # type: ignore[valid-type]
        [], description="codes of reasons against it, each of which you have weighed; every file lists them"
    )
    effect: Literal[OF_COUNTS] | None = Field(None, description="effect measure to compute from the counts of two compared groups")  # type: ignore[valid-type]
    better: Literal[BETTER] | None = Field(None, description="which values are better, for ranking")  # type: ignore[valid-type]
    hartung_knapp: bool = Field(False, description="Hartung-Knapp interval of a pooled estimate")
    exclude: list[str] = Field([], description="estimates to leave out of those that meet the filters, by name; every file lists them")
    format: str | None = Field(
        None, description=f"{', '.join(takeaway.FORMATS)}; precedes path suffix and Accept",
        json_schema_extra={"x-formats": {form.name: form.about for form in takeaway.FORMATS.values()}},
    )  # fmt: skip


Filters = models.filters(resources.ESTIMATES, (), SynthesisParameters)


def package(catalogue: Catalogue, asked: Any, parameters: Iterable[tuple[str, str]]) -> Package | Refusal:
    """Return the comparison for ``asked`` (a :data:`Filters`), or the refusal of its synthesis.

    ``parameters`` are the query parameters as sent; their order and the format do not change the comparison.
    """
    address = f"{_PATH}?{urlencode(canonical_parameters(parameters))}"
    filters = {name: sorted(values) for name, values in models.question_parameters(resources.ESTIMATES, asked, SynthesisParameters).items()}
    excluded = sorted({resources.ESTIMATES.iri(catalogue, name) for name in asked.exclude})
    more = (asked.synthesise, asked.acknowledge, asked.effect, asked.better, asked.hartung_knapp, excluded)
    return comparing.package(catalogue, filters, address, *more)


def canonical_parameters(parameters: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the parameters sorted, without the format.

    >>> canonical_parameters([("drug", "b"), ("format", "csv"), ("drug", "a")])
    [('drug', 'a'), ('drug', 'b')]
    """
    return sorted((name, value) for name, value in parameters if name != "format")
