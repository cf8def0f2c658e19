"""Parts: what one source became, whole: the lines of its graphs, the same as handed out, and what is counted and looked up of them.

The dump is part after part, and so are the files that are handed out: no part depends on another.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import pyoxigraph as ox

from ..shacl.triples import GroupedQuads
from ..store import vocabulary
from ..store.garbage import pause_collection
from . import sight, statements, trig
from .statements import TYPE, Statements

#: How hard the dump that is handed out is compressed.
LEVEL: Final = 6
_TYPE: Final = f"<{TYPE}>"
_PRINTED: Final = f"<{vocabulary.term('printed')}>"
_TRIG: Final = trig.Abbreviations()


@cache
def _of_names() -> frozenset[str]:
    """Return the properties and classes that names are looked for by."""
    return frozenset(f"<{iri}>" for iri in sight.of_questions("names", "hierarchy"))


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
    writer = _PartWriter()
    sizes = dict[str, int]()
    for name, quads in graphs:
        sizes[name] = sizes.get(name, 0) + writer.add(quads if isinstance(quads, GroupedQuads) else GroupedQuads.of(quads))
    whole = writer.lines.getvalue()
    return Part(
        sizes,
        writer.terms.count(_PRINTED),
        hashlib.sha256(whole).hexdigest(),
        whole,
        _pack(whole),
        writer.trig(),
        "".join(writer.named).encode(),
        writer.terms.statements(),
        reported,
    )


class _PartWriter:
    """Writes graph after graph: each sorted, each statement once, as N-Quads, as TriG, and as numbers."""

    def __init__(self) -> None:
        """Begin with nothing."""
        #: Bytes from the first on: nearly all that a part has, so it is in memory once.
        self.lines = io.BytesIO()
        self.named, self._trig = list[str](), list[str]()
        self.terms, self._graph = statements.TermColumns(), ""

    def add(self, quads: GroupedQuads) -> int:
        """Write the ``quads`` of a graph, and return how many different ones there are.

        It is one loop, since it is what a build does most often.
        """
        size, end, iris = 0, f" <{quads.graph}> .\n", _of_names()
        write, trig, terms, short_of, type_ = self.lines.write, self._trig, self.terms, _TRIG, _TYPE
        if quads.pairs and quads.graph != self._graph:
            trig.append(("}\n" if self._graph else "") + f"{_TRIG[f'<{quads.graph}>']} {{\n")
            self._graph = quads.graph
        for subject in sorted(quads.pairs):
            pairs = sorted(set(quads.pairs[subject]))
            write(f"{subject} {f'{end}{subject} '.join(map(' '.join, pairs))}{end}".encode())
            last, between = "", f"\t{short_of[subject]} "
            for along, value in pairs:
                if along in iris and (along != type_ or value in iris):
                    self.named.append(f"{subject} {along} {value}{end}")
                short = value if value[0] == '"' and value[-1] != ">" else short_of[value]
                if along == last:
                    trig.append(f" , {short}")
                else:
                    trig.append(f"{between}{'a' if along == type_ else short_of[along]} {short}")
                    last, between = along, " ;\n\t\t"
            trig.append(" .\n")
            terms.add(subject, pairs)
            size += len(pairs)
        return size

    def trig(self) -> bytes:
        """Return what was written as TriG, without prefixes."""
        return "".join([*self._trig, "}\n"] if self._graph else []).encode()


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


def _pack(content: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)


def unpack(content: bytes) -> bytes:
    """Return the lines that ``content``, which is :attr:`Part.packed`, was made of.

    :raises zlib.error: when it is nothing of that kind.
    """
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content)
