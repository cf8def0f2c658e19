"""Counting: how many results there are of each kind of variable, and one page of them, in the order of the list of results."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

from . import results
from .results import Row, ShownResult

#: The kinds of variables by the kinds of results that look-ups filter by: local names of classes.
CLASSES: Final = {"endpoint": "Endpoint", "adverse-event": "AdverseEvent", "other": "Variable", "baseline": "BaselineCharacteristic"}
#: The kinds of variables of registry records, which have no such class, by the module of the record that has their results.
SECTIONS: Final = {"adverseEventsModule": "adverse-event", "participantFlowModule": "flow", "baselineCharacteristicsModule": "baseline"}
_KINDS: Final = {name: kind for kind, name in CLASSES.items()}


@dataclass(frozen=True)
class CountedResults:
    """The results that meet ``filters``, counted by variable: rows of the question ``result-counts``.

    ``filters`` name things by IRI; what is narrower is meant too, unless they are ``exact``.
    """

    catalogue: Catalogue
    filters: Mapping[str, str]
    rows: Sequence[Row]

    def total(self, kinds: Collection[str]) -> int:
        """Return how many results are of ``kinds`` (those of :data:`CLASSES` and :data:`SECTIONS`)."""
        return sum(int(row["results"]) for row in self._of(kinds))

    def variables(self, kinds: Collection[str]) -> set[str]:
        """Return the variables of ``kinds`` that have results, by IRI."""
        return {str(row["variable"]) for row in self._of(kinds)}

    def page(self, kinds: Collection[str], size: int, offset: int) -> list[ShownResult]:
        """Return at most ``size`` results of ``kinds`` from ``offset`` on, by variable; only variables on the page are asked about.

        Variables of one name stand together in that order: which of their results are on a page is known of all of them only.
        """
        labels: dict[str, list[Row]] = {}
        for row in self._of(kinds):
            labels.setdefault(str(row["label"]), []).append(row)
        before, skipped, variables = 0, 0, list[str]()
        for rows in labels.values():
            behind = before + sum(int(row["results"]) for row in rows)
            if behind > offset and before < offset + size:
                skipped = skipped if variables else offset - before
                variables += [str(row["variable"]) for row in rows]
            before = behind
        if not variables:
            return []
        return results.load_page(
            self.catalogue, {**self._things(), "endpoint": variables, "exact": "true", "sort": "endpoint"}, size, skipped
        )[0]

    def _of(self, kinds: Collection[str]) -> list[Row]:
        return [row for row in self.rows if _kind_of(row) in kinds]

    def _things(self) -> dict[str, list[str]]:
        """Return the filters with everything that they mean: variables are asked for exactly."""
        exact, names = "exact" in self.filters, self.catalogue.names
        things = {name: iri for name, iri in self.filters.items() if name not in {"exact", "endpoint"}}
        return {name: names.expand(name, [iri], exact=exact) for name, iri in things.items()}


def _kind_of(row: Row) -> str:
    """Return the kind of a variable: by the part of a registry record that it is of, or else by its class."""
    return SECTIONS.get(str(row["section"] or "")) or _KINDS.get(vocabulary.local_name(str(row["kind"])), "other")


def count(catalogue: Catalogue, filters: Mapping[str, str]) -> CountedResults:
    """Return the results that meet ``filters``, counted; one question."""
    return CountedResults(catalogue, filters, catalogue.ask("result-counts", filters))
