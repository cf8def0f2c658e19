"""Digests of graphs: with them a publication knows what another engine has without reading it back.

``<id/graph/x> mab:sha256 "…"`` is the SHA-256 of the lines of a graph in the dump. The graphs of registry records have theirs in lots, the
graphs ``digests/…``, those of these lots and of all other graphs are in the description. So whoever compares two datasets compares the
description first, then the lots that differ, then the graphs that differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b

import pyoxigraph as ox

from ..store import vocabulary
from ..store.inventory import DIGESTS
from . import derived, quads


def of_registry(digests: Mapping[str, str]) -> Iterator[tuple[str, list[ox.Quad]]]:
    """Yield the graphs that say the digests of the graphs of registry records, by name; ``digests`` are those of all graphs.

    There are about as many lots as a lot has records: a change sends one lot and the list of lots. A record stays in its lot while the
    number of records has as many binary digits, or one more.
    """
    documents = derived.documents_of(digests)
    number = 1 << (len(documents).bit_length() // 2)
    lots: dict[int, list[str]] = {}
    for document in sorted(documents):
        place = int.from_bytes(blake2b(document.encode(), digest_size=4).digest(), "big") % number
        lots.setdefault(place, []).extend(name for name in (document, derived.graph_of(document)) if name in digests)
    along = ox.NamedNode(vocabulary.term("sha256"))
    for place, names in sorted(lots.items()):
        name = f"{DIGESTS}{place:04x}"
        graph = quads.graph(name)
        yield name, [ox.Quad(quads.graph(each), along, ox.Literal(digests[each]), graph) for each in names]
