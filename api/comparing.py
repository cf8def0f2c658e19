"""Comparing: a comparison asked of the graph, made into the package that every answer and file is written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mabgraph.graph import compare, pooling
from mabgraph.graph.catalogue import Catalogue
from mabgraph.graph.compare import EvidenceComparison
from mabgraph.graph.pooling import Action, Refusal

from . import resources
from .package import Package
from .resources import Found


def package(
    held: Catalogue, asked: Mapping[str, Sequence[str]], address: str, action: Action | None = None,
    acknowledged: Sequence[str] = (), effect: str | None = None, better: str | None = None, hartung_knapp: bool = False,
) -> Package | Refusal:  # fmt: skip
    """Return the comparison of the estimates that meet the filters ``asked``, or why the ``action`` on them is refused.

    :raises QuestionError: for what cannot be asked.
    :raises UnknownName: when a name is not known, or is that of several things.
    """
    found = compare.compare(held, asked)
    pooled = pooling.act(found, action, acknowledged, effect, better, hartung_knapp) if action else None
    if isinstance(pooled, Refusal):
        return pooled
    said = {name: tuple(values) for name, values in asked.items()}
    used = tuple(dict.fromkeys(reason.code for reason in pooled.acknowledged)) if pooled else ()
    return Package(held, found, rows(held, found), said, address, effect, pooled, used)


def rows(held: Catalogue, found: EvidenceComparison) -> tuple[Found, ...]:
    """Return the estimates of a comparison as look-ups give them, each with the reasons of its set and its treatments."""
    given = resources.assembled(held, [row.row for row in found.rows], [figure for row in found.rows for figure in row.figures])
    codes = {
        row.id: list(dict.fromkeys(reason.code for reason in each.reasons if row.id in reason.rows))
        for each in found.sets
        for row in each.rows
    }
    return tuple(
        given[row.id]
        | {
            "reasons": codes[row.id], "treatment": row.sides[0].name,
            "against": row.sides[1].name if len(row.sides) > 1 else None, "anchor": row.anchor,
        }
        for row in found.rows
    )  # fmt: skip
