"""The content of a graph in canonical form, to compare what was sent with what an engine holds, triple by triple.

Engines keep the value of a numeral but not its digits (``0.70`` becomes ``0.7``), and some drop the subtype of integers; everything
else must come back as it was sent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyoxigraph as ox

#: Bytes of a dump that are read at once.
BLOCK: Final = 65_536
#: How many differing triples are shown per side.
SHOWN: Final = 3

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_WHOLE: Final = frozenset(
    """integer nonNegativeInteger positiveInteger nonPositiveInteger negativeInteger long int short byte unsignedLong unsignedInt
    unsignedShort unsignedByte""".split()
)
_NUMERAL: Final = re.compile(r"(?P<sign>[+-]?)0*(?P<whole>\d*?)(?:\.(?P<fraction>\d*?)0*)?")


@dataclass(slots=True)
class GraphPart:
    """One graph of a dump: byte ranges of the file, read as N-Triples when needed and never held in memory as a whole.

    ``length`` is the size of its N-Triples in bytes.
    """

    path: Path
    graph: str
    runs: list[tuple[int, int]] = field(default_factory=list)
    triples: int = 0
    length: int = 0

    def lines(self) -> Iterator[bytes]:
        """Yield the triples, one line of N-Triples each."""
        with self.path.open("rb") as file:
            for start, end in self.runs:
                file.seek(start)
                left = end - start
                while left:
                    line = file.readline()
                    left -= len(line)
                    yield _split_line(line)[0]

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines in blocks of at least :data:`BLOCK` bytes."""
        block = bytearray()
        for line in self.lines():
            block += line
            if len(block) >= BLOCK:
                yield bytes(block)
                block.clear()
        if block:
            yield bytes(block)

    def read_triples(self) -> Iterator[ox.Triple]:
        """Yield the triples."""
        return (quad.triple for block in self for quad in ox.parse(block, ox.RdfFormat.N_TRIPLES))

    def content(self) -> frozenset[str]:
        """Return the triples in canonical form."""
        return canonical_triples(self.read_triples())

    def digest(self) -> str:
        """Return the SHA-256 of the lines of the graph in the dump."""
        sha256 = hashlib.sha256()
        with self.path.open("rb") as file:
            for start, end in self.runs:
                file.seek(start)
                for place in range(start, end, BLOCK):
                    sha256.update(file.read(min(BLOCK, end - place)))
        return sha256.hexdigest()


@dataclass(frozen=True, slots=True)
class GraphLines:
    """A small graph, as lines of N-Triples in memory."""

    graph: str
    triples_as_lines: list[bytes]

    @property
    def length(self) -> int:
        """The size in bytes."""
        return sum(map(len, self.triples_as_lines))

    def lines(self) -> Iterator[bytes]:
        """Yield the triples, one line each."""
        return iter(self.triples_as_lines)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines in one block."""
        return iter([b"".join(self.triples_as_lines)])


def graph_parts(dump: Path) -> dict[str, GraphPart]:
    """Return the graphs of the N-Quads file ``dump`` by IRI, in order of first appearance."""
    by_graph: dict[str, GraphPart] = {}
    place = start = lines = 0
    part, end = GraphPart(dump, ""), b"none\n"
    with dump.open("rb") as file:
        for line in file:
            if not line.endswith(end):
                _add_run(part, start, place, lines, end)
                triple, graph = _split_line(line)
                part, end = by_graph.setdefault(graph, GraphPart(dump, graph)), line[len(triple) - 3 :]
                start, lines = place, 0
            place += len(line)
            lines += 1
    _add_run(part, start, place, lines, end)
    return by_graph


def _add_run(part: GraphPart, start: int, end: int, lines: int, suffix: bytes) -> None:
    """Add to ``part`` so many lines between two places of its file; each ends with ``suffix``, which as a triple is 3 bytes."""
    if lines:
        part.runs.append((start, end))
        part.triples += lines
        part.length += end - start - lines * (len(suffix) - 3)


def _split_line(line: bytes) -> tuple[bytes, str]:
    """Return the triple of an N-Quads line as an N-Triples line, and its graph; IRIs contain neither spaces nor brackets."""
    triple, _, graph = line.rpartition(b" <")
    return triple + b" .\n", graph.partition(b">")[0].decode()


def canonical_triples(triples: Iterable[ox.Triple]) -> frozenset[str]:
    """Return ``triples`` in canonical form."""
    return frozenset(map(canonicalise, triples))


def describe_difference(sent: frozenset[str], there: frozenset[str]) -> str:
    """Describe how the triples ``there`` differ from those ``sent``, with the first examples of each kind; empty if they do not."""
    kinds = (("missing", sent - there), ("not of the dataset", there - sent))
    return "; ".join(f"{len(which)} {kind}: {' , '.join(sorted(which)[:SHOWN])}" for kind, which in kinds if which)


def canonicalise(triple: ox.Triple) -> str:
    """Return ``triple`` in canonical form: numerals by value, language tags in lower case.

    >>> number = ox.Literal("0.70", datatype=ox.NamedNode(_XSD + "decimal"))
    >>> canonicalise(ox.Triple(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), number))
    '<urn:s> <urn:p> "0.7"^^decimal'
    """
    value = triple.object
    return f"{triple.subject} {triple.predicate} {_literal(value) if isinstance(value, ox.Literal) else value}"


def _literal(literal: ox.Literal) -> str:
    if literal.language:
        return f"{ox.Literal(literal.value)}@{literal.language.lower()}"
    kind = literal.datatype.value.removeprefix(_XSD)
    kind = "integer" if kind in _WHOLE else kind
    try:
        return f'"{_FORMS[kind](literal.value)}"^^{kind}'
    except (KeyError, ValueError):
        return str(literal)


def _number(written: str) -> str:
    """Return the shortest form of a decimal numeral, with any number of digits.

    >>> _number("+007.10"), _number("-0.0"), _number(".5")
    ('7.1', '0', '0.5')
    """
    match = _NUMERAL.fullmatch(written)
    if match is None or not re.search(r"\d", written):
        raise ValueError(written)
    value = (match["whole"] or "0") + (f".{match['fraction']}" if match["fraction"] else "")
    return f"-{value}" if match["sign"] == "-" and value != "0" else value


def _truth(written: str) -> str:
    return {"1": "true", "0": "false"}.get(written, written)


_FORMS: Final[dict[str, Callable[[str], str]]] = {
    "integer": _number,
    "decimal": _number,
    "boolean": _truth,
    "double": lambda written: repr(float(written)),
    "float": lambda written: repr(float(written)),
}
