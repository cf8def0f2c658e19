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

from ..shacl.triples import GroupedQuads, Pair
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
    every = [checks, _move(graph, links), quads.of_registry_provenance(reported.document, digest, graph)]
    if is_alone:
        shown = (studies.quads_of(chain.from_iterable(lines.values())) for lines in (reported.stated, reported.linked))
        every.append(_move(graph, *shown))
    return [(name, statements) for statements in every if statements]


def _move(graph: ox.NamedNode, *every: Sequence[ox.Quad]) -> GroupedQuads:
    """Return the statements of ``every`` graph in one."""
    pairs: dict[str, list[Pair]] = {}
    for each in every:
        for subject, stated in (each if isinstance(each, GroupedQuads) else GroupedQuads.of(each)).pairs.items():
            pairs.setdefault(subject, []).extend(stated)
    return GroupedQuads(graph.value, pairs, {})


def count_registry(sizes: Mapping[str, int]) -> tuple[int, int]:
    """Return how many registry records there are, and how many quads their graphs have, by the names and sizes of all graphs."""
    documents = documents_of(sizes)
    return len(documents), sum(sizes.get(each, 0) + sizes[graph_of(each)] for each in documents)
