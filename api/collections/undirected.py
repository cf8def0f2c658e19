"""Analyses without a stated direction beside a list of estimates: they are none of its rows, so the list says that they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from mabgraph.graph.questions.catalogue import Catalogue

from . import resources

#: Filters of estimates that analyses have, too; a list that is about none of these is about everything.
_SHARED: Final = ("trial", "drug", "endpoint", "document")
#: Filters of one thing, whose list says what it does not have.
_OF_ONE: Final = ("trial", "document")
#: Filters that leave out registry records, which alone have such analyses, or that only an estimate meets.
_OTHERS: Final = ("estimate", "check", "comparability", "grade")


def find_beside(catalogue: Catalogue, filters: Mapping[str, Sequence[str]], total: int) -> dict[str, Any] | None:
    """Return how many analyses without a direction a list of estimates leaves out, their address, and a sentence; none without any.

    It is asked of lists of a study or document, and of lists without a row.
    """
    shared = {name: filters[name] for name in _SHARED if filters.get(name)}
    papers = "paper" in filters.get("source", ()) and "registry" not in filters.get("source", ())
    if not shared or papers or any(filters.get(name) for name in _OTHERS) or (total and not any(name in shared for name in _OF_ONE)):
        return None
    count = int(str(catalogue.ask("analyses-count", shared)[0]["analyses"]))
    if not count:
        return None
    address = f"/v1/{resources.ANALYSES.name}?{urlencode(shared, doseq=True)}"
    return {"total": count, "url": address, "note": describe(count)}


def describe(count: int) -> str:
    """Return in words that ``count`` analyses are shown elsewhere.

    >>> describe(1)[:42]
    '1 analysis without a stated direction is n'
    """
    several = "1 analysis without a stated direction is" if count == 1 else f"{count} analyses without a stated direction are"
    return f"{several} not among these: see analyses; never compared or pooled"
