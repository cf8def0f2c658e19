"""Parts: what one source became, whole: the lines of its graphs, the same as handed out, and what is counted and looked up of them.

The dump is part after part, and so are the files that are handed out: no part depends on another.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from urllib.parse import urljoin

import pyoxigraph as ox

from . import question, statements, vocabulary
from .statements import TYPE, Statements

#: How hard the dump that is handed out is compressed.
LEVEL: Final = 6
#: The lines at the beginning of TriG.
_PREFIXES: Final = re.compile(rb"(?:@prefix [^\n]*\n)*")
#: IRIs and prefixed names in a query.
_IRI: Final = re.compile(r"<([^<>\s]*)>|\b([a-z]+:[\w-]+)")
_TYPE: Final = f"<{TYPE}>".encode()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a dataset.

    ``lines`` are N-Quads: the graphs in their order, each sorted, each statement once. ``packed`` is the same as deflate that more can
    follow, ``trig`` the same as TriG without prefixes. ``graphs`` are numbers of statements, ``figures`` that
    of the statements that print a figure; ``named`` are the lines that names are looked for in.
    """

    graphs: dict[str, int]
    figures: int
    lines: bytes = field(repr=False)
    packed: bytes = field(repr=False)
    trig: bytes = field(repr=False)
    named: bytes = field(repr=False)
    statements: Statements = field(repr=False)


def of(graphs: Iterable[tuple[str, Iterable[ox.Quad]]]) -> Part:
    """Return the part that holds the quads of ``graphs``, which are given with their names."""
    sizes, every = dict[str, int](), list[bytes]()
    for name, quads in graphs:
        written = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
        lines = sorted(set(written.splitlines(keepends=True)))
        sizes[name] = sizes.get(name, 0) + len(lines)
        every += lines
    whole = b"".join(every)
    printed = str(ox.NamedNode(vocabulary.term("printed"))).encode()
    figures = sum(line.split(b" ", 2)[1] == printed for line in every)
    named = b"".join(line for line in every if _may_name(line))
    return Part(sizes, figures, whole, _packed(whole), _as_trig(whole), named, statements.of_lines(every))


@cache
def trig_prefixes() -> bytes:
    """Return what a file of TriG begins with."""
    name = ox.NamedNode("urn:x")
    return _PREFIXES.match(_trig([ox.Quad(name, name, name, name)]))[0]  # type: ignore[index]


def _packed(content: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)


def unpacked(content: bytes) -> bytes:
    """Return the lines that ``content``, which is :attr:`Part.packed`, was made of.

    :raises zlib.error: when it is nothing of that kind.
    """
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content)


def _as_trig(lines: bytes) -> bytes:
    written = _trig(ox.parse(lines, format=ox.RdfFormat.N_QUADS))
    return written[_PREFIXES.match(written).end() :]  # type: ignore[union-attr]


def _trig(quads: Iterable[ox.Quad]) -> bytes:
    return ox.serialize(quads, format=ox.RdfFormat.TRIG, prefixes=vocabulary.prefixes()) or b""


def _may_name(line: bytes) -> bool:
    """Whether the question ``names`` can see the statement on ``line``: of classes it sees only those that it writes."""
    _, along, rest = line.split(b" ", 2)
    known = _iris_of_names()
    return along in known and (along != _TYPE or rest[:-3].rpartition(b" ")[0] in known)


@cache
def _iris_of_names() -> frozenset[bytes]:
    """Return the IRIs in the question ``names``, as N-Quads have them."""
    text = "\n".join(line for line in question.load("names").text.splitlines() if not line.startswith("#"))
    spaces = dict(re.findall(r"PREFIX\s+(\w+):\s*<([^>]*)>", text))
    written = [iri or spaces[name.partition(":")[0]] + name.partition(":")[2] for iri, name in _IRI.findall(text)]
    return frozenset(f"<{urljoin(vocabulary.base(), iri)}>".encode() for iri in written) | {_TYPE}
