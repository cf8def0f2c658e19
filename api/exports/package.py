"""The package of one comparison for its exports: rows, query, dataset and acknowledged codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from mabgraph.graph.compare.compare import EvidenceComparison
from mabgraph.graph.compare.pooling import PoolingOutcome
from mabgraph.graph.questions import understanding
from mabgraph.graph.questions.catalogue import Catalogue

from ..collections import resources

Part = TypeVar("Part")


@dataclass(frozen=True)
class Package:
    """The source of every file of a comparison.

    ``rows`` are the estimates in the order of the comparison, each with every field of a row of ``/v1/estimates`` and, beside them,
    ``comparability`` (the class), ``reasons`` (codes of its set that concern it), ``treatment`` and ``against`` (names of treatments;
    ``against`` for an effect only) and ``anchor`` (``start-end`` of its main number in the document). ``asked`` are the filters,
    ``address`` the path and query string, ``effect`` the measure computed from counts (OR, RR, RD), if any. ``pooled`` is the requested
    synthesis; ``acknowledged`` the codes that the user acknowledged for it: every file lists them.
    """

    catalogue: Catalogue
    comparison: EvidenceComparison
    rows: tuple[Mapping[str, Any], ...]
    asked: Mapping[str, tuple[str, ...]]
    address: str
    effect: str | None = None
    pooled: PoolingOutcome | None = None
    acknowledged: tuple[str, ...] = ()
    _parts: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def keep(self, name: object, make: Callable[[], Part]) -> Part:
        """Return the result of ``make``, cached by ``name``: several files of one comparison need the same part."""
        if name not in self._parts:
            self._parts[name] = make()
        part: Part = self._parts[name]
        return part

    @cached_property
    def rows_by_iri(self) -> Mapping[str, Mapping[str, Any]]:
        """The rows by the IRIs of their estimates."""
        return {str(row["estimate"]): row for row in self.rows}

    @cached_property
    def documents(self) -> Mapping[str, Mapping[str, Any]]:
        """The documents that print the estimates, by their IRIs in alphabetical order."""
        behind = sorted({row.document for row in self.comparison.rows})
        documents = self.catalogue.ask("documents", {"document": behind}) if behind else ()
        return {str(row["id"]): row for row in sorted(documents, key=lambda row: str(row["id"]))}

    @cached_property
    def understood(self) -> str:
        """How the filters were read, in words."""
        return understanding.describe(understanding.read(self.catalogue, resources.ESTIMATES.asks, self.asked))

    @cached_property
    def empty(self) -> str | None:
        """Why no estimate meets the filters, and what has some; none if estimates meet them."""
        emptiness = None if self.rows else understanding.explain_empty(self.catalogue, resources.ESTIMATES.asks, self.asked)
        return None if emptiness is None else str(emptiness)

    @property
    def about(self) -> dict[str, str]:
        """The provenance in every file: dataset, software, query, acknowledged codes."""
        manifest = self.catalogue.dataset.manifest
        source = {"dataset": manifest.version, "software": f"mabgraph {manifest.software}", "address": self.address}
        parameters = {f"parameter {name}": ", ".join(values) for name, values in self.asked.items()}
        acknowledged = {"acknowledged": ", ".join(self.acknowledged)} if self.acknowledged else {}
        return source | parameters | acknowledged
