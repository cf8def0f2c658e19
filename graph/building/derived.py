"""Derived graphs: what the build computes from one registry record, in one graph of this record.

A registry has 100,000 records and more, and some of them change every day. What is computed from a record is therefore in a graph of its
own, ``id/graph/derived/nct…``: its checks, what its results concern, what its study shows, and what its graphs were made from. A changed
record changes its own two graphs. What several documents say together stays in the graphs of all (``checks``, ``links``, ``studies``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

import pyoxigraph as ox

from . import quads, studies
from .studies import Reported

#: What the names of derived graphs begin with.
PREFIX: Final = "derived/"


def graph_of(document: str) -> str:
    """Return the name of the graph of what is computed from the registry record ``document``.

    >>> graph_of("nct01234567")
    'derived/nct01234567'
    """
    return f"{PREFIX}{document}"


def documents_of(graphs: Iterable[str]) -> frozenset[str]:
    """Return the documents that are registry records, by the names of all graphs.

    >>> sorted(documents_of(["tower-2017", "nct01234567", "derived/nct01234567", "checks"]))
    ['nct01234567']
    """
    return frozenset(name.removeprefix(PREFIX) for name in graphs if name.startswith(PREFIX))


def graphs(
    reported: Reported, digest: str, checks: Sequence[ox.Quad], links: Sequence[ox.Quad], *, is_alone: bool
) -> list[tuple[str, Sequence[ox.Quad]]]:  # fmt: skip
    """Return what is computed from the registry record with this ``digest``, all in its derived graph, as parts of this graph.

    ``checks`` are in it; ``links`` are in the graph of all links, and are moved. Where the record ``is_alone`` with its study, what it
    reports of it is what the study shows.
    """
    name = graph_of(reported.document)
    graph = quads.graph(name)
    every = [(name, checks), (name, _move(links, graph)), (name, quads.of_registry_provenance(reported.document, digest, graph))]
    if is_alone:
        lines = sorted(chain.from_iterable([*reported.stated.values(), *reported.linked.values()]))
        every.append((name, _move(studies.quads_of(lines), graph)))
    return [(each, statements) for each, statements in every if statements]


def _move(statements: Iterable[ox.Quad], graph: ox.NamedNode) -> list[ox.Quad]:
    return [ox.Quad(each.subject, each.predicate, each.object, graph) for each in statements]


def count_registry(sizes: Mapping[str, int]) -> tuple[int, int]:
    """Return how many registry records there are, and how many quads their graphs have, by the names and sizes of all graphs."""
    documents = documents_of(sizes)
    return len(documents), sum(sizes.get(each, 0) + sizes[graph_of(each)] for each in documents)
