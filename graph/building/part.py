"""Parts: what one source became, whole: the lines of its graphs, the same as handed out, and what is counted and looked up of them.

The dump is part after part, and so are the files that are handed out: no part depends on another.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import pyoxigraph as ox

from ..shacl.triples import GroupedQuads
from ..store import vocabulary
from ..store.garbage import pause_collection
from . import sight, statements
from .statements import TYPE, Statements

#: How hard the dump that is handed out is compressed.
LEVEL: Final = 6
#: The lines at the beginning of TriG.
_PREFIXES: Final = re.compile(rb"(?:@prefix [^\n]*\n)*")
_TYPE: Final = f"<{TYPE}>".encode()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a dataset.

    ``lines`` are N-Quads: the graphs in their order, each sorted, each statement once; ``digest`` is their SHA-256. ``packed`` is the same
    as deflate that more can follow, ``trig`` the same as TriG without prefixes. ``graphs`` are numbers of statements, ``figures`` that of
    the statements that print a figure; ``named`` are the lines that names are looked for in.
    ``reported`` is what the source says of studies (:class:`.studies.Reported`), and no part of ``lines``: what of it a study shows, other
    sources decide.
    """

    graphs: dict[str, int]
    figures: int
    digest: str
    lines: bytes = field(repr=False)
    packed: bytes = field(repr=False)
    trig: bytes = field(repr=False)
    named: bytes = field(repr=False)
    statements: Statements = field(repr=False)
    reported: bytes = field(default=b"", repr=False)


@pause_collection()
def of(graphs: Iterable[tuple[str, Iterable[ox.Quad]]], reported: bytes = b"") -> Part:
    """Return the part that holds the quads of ``graphs``, which are given with their names; it says of studies what is ``reported``."""
    sizes, every, ordered = dict[str, int](), list[bytes](), list[ox.Quad]()
    columns: statements.Columns = [], [], []
    for name, of_graph in graphs:
        quads = of_graph if isinstance(of_graph, GroupedQuads) else list(of_graph)
        written = quads.lines if isinstance(quads, GroupedQuads) else ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
        by_line = dict(zip(written.splitlines(keepends=True), quads, strict=True))
        lines = sorted(by_line)
        sizes[name] = sizes.get(name, 0) + len(lines)
        every += lines
        for column, more in zip(columns, statements.columns_of(lines), strict=True):
            column.extend(more)
        ordered += map(by_line.__getitem__, lines)
    whole = b"".join(every)
    iris = {f"<{iri}>".encode() for iri in sight.of_questions("names", "hierarchy")}
    named = (line for line, _, along, value in zip(every, *columns, strict=True) if along in iris and (along != _TYPE or value in iris))
    figures = columns[1].count(str(ox.NamedNode(vocabulary.term("printed"))).encode())
    return Part(
        sizes,
        figures,
        hashlib.sha256(whole).hexdigest(),
        whole,
        _pack(whole),
        _as_trig(ordered),
        b"".join(named),
        statements.of_columns(columns),
        reported,
    )


def by_graph(added: Part) -> Iterator[tuple[str, memoryview]]:
    """Yield the graphs of a part by name, each with its lines, which stand together."""
    lines, start = memoryview(added.lines), 0
    for name, size in added.graphs.items():
        if size:
            first = added.lines[start : added.lines.index(b"\n", start) + 1]
            last = first[first.rindex(b" <") :]  # the graph, which no text ends like: its line breaks are escaped
            end = added.lines.rindex(last, start) + len(last)
            yield name, lines[start:end]
            start = end


@cache
def trig_prefixes() -> bytes:
    """Return what a file of TriG begins with."""
    name = ox.NamedNode("urn:x")
    return _PREFIXES.match(_trig([ox.Quad(name, name, name, name)]))[0]  # type: ignore[index]


def _pack(content: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)


def unpack(content: bytes) -> bytes:
    """Return the lines that ``content``, which is :attr:`Part.packed`, was made of.

    :raises zlib.error: when it is nothing of that kind.
    """
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content)


def _as_trig(quads: Iterable[ox.Quad]) -> bytes:
    written = _trig(quads)
    return written[_PREFIXES.match(written).end() :]  # type: ignore[union-attr]


def _trig(quads: Iterable[ox.Quad]) -> bytes:
    return ox.serialize(quads, format=ox.RdfFormat.TRIG, prefixes=vocabulary.prefixes()) or b""
