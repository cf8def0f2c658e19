"""Comparisons from the graph: builds the package that every response and file of a comparison is written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mabgraph.graph.compare import compare, pooling
from mabgraph.graph.compare.compare import EvidenceComparison
from mabgraph.graph.compare.pooling import Action, Refusal
from mabgraph.graph.questions.catalogue import Catalogue

from ..collections import resources
from ..collections.resources import Row
from .package import Package


def package(
    catalogue: Catalogue, asked: Mapping[str, Sequence[str]], address: str, action: Action | None = None,
    acknowledged: Sequence[str] = (), effect: str | None = None, better: str | None = None, hartung_knapp: bool = False,
    excluded: Sequence[str] = (),
) -> Package | Refusal:  # fmt: skip
    """Return the comparison of the estimates that meet the filters ``asked`` but those ``excluded``, or the refusal of the ``action``.

    :raises QuestionError: for an invalid filter.
    :raises UnknownName: when a name is unknown or ambiguous.
    """
    comparison = compare.compare(catalogue, asked, excluded)
    pooled = pooling.act(comparison, action, acknowledged, effect, better, hartung_knapp) if action else None
    if isinstance(pooled, Refusal):
        return pooled
    filters = {name: tuple(values) for name, values in asked.items()} | ({"exclude": tuple(excluded)} if excluded else {})
    used = tuple(dict.fromkeys(reason.code for reason in pooled.acknowledged)) if pooled else ()
    return Package(catalogue, comparison, rows(catalogue, comparison), filters, address, effect, pooled, used)


def rows(catalogue: Catalogue, comparison: EvidenceComparison) -> tuple[Row, ...]:
    """Return the estimates of a comparison in the form of look-ups, each with the reasons of its set and its treatments."""
    estimates = resources.estimates(catalogue, [row.id for row in comparison.rows])
    codes = {
        row.id: list(dict.fromkeys(reason.code for reason in each.reasons if row.id in reason.rows))
        for each in comparison.sets
        for row in each.rows
    }
    return tuple(
        estimates[row.id]
        | {
            "reasons": codes[row.id], "treatment": row.sides[0].name,
            "against": row.sides[1].name if len(row.sides) > 1 else None, "anchor": row.anchor,
        }
        for row in comparison.rows
    )  # fmt: skip
