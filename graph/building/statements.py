"""Statements: the lines of N-Quads as columns of numbers, from which the statements of many sources are counted without a store.

A term is the first eight bytes of its BLAKE2b, so two different terms are one in a dataset of ten million with a chance of 1 to 300,000.
Literals are taken as the engine keeps them, which writes some numbers its own way: what it counts as one value counts once here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

# NumPy takes a while to import, and where nothing has changed nothing is counted.
if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.uint64]

TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LANGUAGE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
#: Columns of a row: subject, property, value, and the datatype of the value (0 where it is no literal).
WIDTH: Final = 4

_TYPE: Final = f"<{TYPE}>".encode()
#: What the engine makes of literals: the same numbers and dates stand in many sources. It is emptied when it holds more than this many.
REMEMBERED: Final = 1 << 16
_WRITTEN: Final[dict[bytes, bytes]] = {}

#: Subjects, properties and values of statements, as N-Quads have them.
Columns = tuple[list[bytes], list[bytes], list[bytes]]


@dataclass(frozen=True, slots=True)
class Statements:
    """Rows of statements, and the IRIs of their properties, classes and datatypes, which the counts name."""

    rows: Numbers
    iris: frozenset[str]

    def serialise(self) -> bytes:
        """Return the statements as bytes: a line with the IRIs as JSON, then the numbers column after column."""
        return json.dumps(sorted(self.iris)).encode() + b"\n" + self.rows.T.astype("<u8").tobytes()

    @classmethod
    def read(cls, content: bytes) -> Statements:
        """Return the statements that :meth:`written` gave.

        :raises ValueError: when ``content`` is nothing that it gives.
        """
        import numpy as np

        head, _, columns = content.partition(b"\n")
        names = json.loads(head)
        if not isinstance(names, list):
            raise ValueError("its first line is no list of IRIs")
        return cls(np.frombuffer(columns, "<u8").reshape(WIDTH, -1).T, frozenset(names))


def number_of(iri: str) -> int:
    """Return the number that ``iri`` has in a column."""
    return int.from_bytes(_digest(f"<{iri}>".encode()), "little")


def columns_of(lines: Sequence[bytes]) -> Columns:
    """Return the subjects, the properties and the values of ``lines``: those of quads in one named graph, as the engine writes them."""
    if not lines:
        return [], [], []
    end = lines[0].rindex(b" <") - len(lines[0])
    subjects, properties, values = zip(*(line[:end].split(b" ", 2) for line in lines), strict=True)
    return list(subjects), list(properties), list(values)


def of_columns(columns: Columns) -> Statements:
    """Return the statements with these terms, as :func:`columns_of` gives them."""
    import numpy as np

    different = list(set[bytes]().union(*columns))
    written = _as_the_engine_writes([term for term in different if term.startswith(b'"') and not term.endswith(b'"')])
    known = [written.get(term, term) for term in different]
    digests, datatypes = zip(*map(_digest_and_datatype, known), strict=True) if known else ((), ())
    kinds = {datatype: _digest(f"<{datatype}>".encode()) for datatype in set(datatypes)} | {"": bytes(8)}
    number = {term: place for place, term in enumerate(different)}
    places = [np.fromiter(map(number.__getitem__, column), np.int64, len(column)) for column in columns]
    hashes = np.frombuffer(b"".join(digests), "<u8")
    kind = np.frombuffer(b"".join(kinds[datatype] for datatype in datatypes), "<u8")
    rows = np.column_stack([*(hashes[place] for place in places), kind[places[2]]])
    named = {*columns[1], *(value for along, value in zip(*columns[1:], strict=True) if along == _TYPE)}
    return Statements(rows, frozenset(iri[1:-1].decode() for iri in named if iri.startswith(b"<")).union(kinds) - {""})


def datatype_of(term: bytes) -> str:
    """Return the IRI of the datatype of a literal as N-Quads have it; empty for any other term.

    >>> datatype_of(b'"1"^^<http://www.w3.org/2001/XMLSchema#integer>'), datatype_of(b"<urn:x>")
    ('http://www.w3.org/2001/XMLSchema#integer', '')
    """
    if not term.startswith(b'"'):
        return ""
    if term.endswith(b'"'):
        return STRING
    return term[term.rindex(b"^^<") + 3 : -1].decode() if term.endswith(b">") else LANGUAGE


def _as_the_engine_writes(literals: Iterable[bytes]) -> dict[bytes, bytes]:
    """Return what each of ``literals`` is when it comes out of the engine's store, and others that were looked up before."""
    if len(_WRITTEN) > REMEMBERED:
        _WRITTEN.clear()
    unknown = [literal for literal in literals if literal not in _WRITTEN]
    if not unknown:
        return _WRITTEN
    engine = ox.Store()
    lines = (b"<urn:x:%d> <urn:x:of> %b .\n" % each for each in enumerate(unknown))
    engine.bulk_load(b"".join(lines), format=ox.RdfFormat.N_TRIPLES)
    _WRITTEN.update((unknown[int(quad.subject.value[6:])], str(quad.object).encode()) for quad in engine)
    return _WRITTEN


@lru_cache(REMEMBERED)
def _digest_and_datatype(term: bytes) -> tuple[bytes, str]:
    return _digest(term), datatype_of(term)


def _digest(term: bytes) -> bytes:
    return hashlib.blake2b(term, digest_size=8).digest()
