"""The package of one comparison for its exports: rows, query, dataset and acknowledged codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mabgraph.graph.compare.compare import EvidenceComparison
from mabgraph.graph.compare.pooling import PoolingOutcome
from mabgraph.graph.questions.catalogue import Catalogue

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

    @property
    def about(self) -> dict[str, str]:
        """The provenance in every file: dataset, software, query, acknowledged codes."""
        manifest = self.catalogue.dataset.manifest
        source = {"dataset": manifest.version, "software": f"mabgraph {manifest.software}", "address": self.address}
        parameters = {f"parameter {name}": ", ".join(values) for name, values in self.asked.items()}
        acknowledged = {"acknowledged": ", ".join(self.acknowledged)} if self.acknowledged else {}
        return source | parameters | acknowledged
