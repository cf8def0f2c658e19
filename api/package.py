"""A package: one comparison as it is taken away, with what was asked, from which dataset, and what a person acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mabgraph.graph.catalogue import Catalogue
from mabgraph.graph.compare import EvidenceComparison
from mabgraph.graph.pooling import PoolingOutcome

Part = TypeVar("Part")


@dataclass(frozen=True)
class Package:
    """What every file of a comparison is made from.

    ``rows`` are the estimates in the order of the comparison, each with every field of a row of ``/v1/estimates`` and, beside them,
    ``comparability`` (the class), ``reasons`` (codes of its set that are about it), ``treatment`` and ``against`` (names of treatments;
    the latter of an effect alone) and ``anchor`` (``start-end`` of its main number in the document). ``asked`` are the filters,
    ``address`` the whole query as a path below the service, ``effect`` what counts were made into (OR, RR, RD) if anything. ``pooled``
    is the synthesis that was asked for and not refused; ``acknowledged`` the codes that a person acknowledged for it: every file
    says them.
    """

    held: Catalogue
    comparison: EvidenceComparison
    rows: tuple[Mapping[str, Any], ...]
    asked: Mapping[str, tuple[str, ...]]
    address: str
    effect: str | None = None
    pooled: PoolingOutcome | None = None
    acknowledged: tuple[str, ...] = ()
    _parts: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def keep(self, name: object, make: Callable[[], Part]) -> Part:
        """Return what ``make`` gives, which is called once for each name: several files of one comparison need the same part."""
        if name not in self._parts:
            self._parts[name] = make()
        part: Part = self._parts[name]
        return part

    @property
    def about(self) -> dict[str, str]:
        """What every file says of itself: dataset, software, query, acknowledgements."""
        made = self.held.dataset.manifest
        said = {"dataset": made.version, "software": f"mabgraph {made.software}", "address": self.address}
        told = {f"parameter {name}": ", ".join(values) for name, values in self.asked.items()}
        gone_on = {"acknowledged": ", ".join(self.acknowledged)} if self.acknowledged else {}
        return said | told | gone_on
