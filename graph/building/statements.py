"""Statements: the lines of N-Quads as columns of numbers, from which the statements of many sources are counted without a store.

A term is the first eight bytes of its BLAKE2b, so two different terms are one in a dataset of ten million with a chance of 1 to 300,000.
Literals are taken as the engine keeps them, which writes some numbers its own way: what it counts as one value counts once here.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

# NumPy takes a while to import, and where nothing has changed nothing is counted.
if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ..shacl.triples import Pair

    Numbers = npt.NDArray[np.uint64]
    Places = npt.NDArray[np.uint32]

TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LANGUAGE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
#: Columns of a row: subject, property, value, and the datatype of the value (0 where it is no literal).
WIDTH: Final = 4

_TYPE: Final = f"<{TYPE}>"
#: What the engine makes of literals: the same numbers and dates stand in many sources. It is emptied when it holds more than this many.
REMEMBERED: Final = 1 << 16
_WRITTEN: Final[dict[str, str]] = {}
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_WHOLE: Final = re.compile('"(?:0|-?[1-9][0-9]{0,16})"')
#: Numerals whose characters the engine keeps, by their datatypes, and the datatype that it writes for that one.
_CANONICAL: Final = {
    f"<{_XSD}integer>": (_WHOLE, f"<{_XSD}integer>"),
    f"<{_XSD}nonNegativeInteger>": (_WHOLE, f"<{_XSD}integer>"),
    f"<{_XSD}decimal>": (re.compile('"(?:0|-?(?:0(?=[.])|[1-9][0-9]{0,8})(?:[.][0-9]{0,8}[1-9])?)"'), f"<{_XSD}decimal>"),
}


@dataclass(frozen=True, slots=True)
class Statements:
    """Statements as numbers, and the IRIs of their properties, classes and datatypes, which the counts name.

    ``terms`` are the numbers of the different terms, ``datatypes`` that of the datatype of each (0 where it is no literal); ``places`` are
    for each statement those of its subject, property and value in ``terms``.
    """

    terms: Numbers
    datatypes: Numbers
    places: Places
    iris: frozenset[str]

    @property
    def rows(self) -> Numbers:
        """The rows of the statements."""
        import numpy as np

        return np.column_stack([*(self.terms[column] for column in self.places), self.datatypes[self.places[2]]])

    def serialise(self) -> bytes:
        """Return the statements as bytes: a line with the IRIs and the number of terms as JSON, then the numbers."""
        head = json.dumps([len(self.terms), *sorted(self.iris)]).encode()
        return head + b"\n" + b"".join(
            column.tobytes() for column in (self.terms.astype("<u8"), self.datatypes.astype("<u8"), self.places.astype("<u4"))
        )  # fmt: skip

    @classmethod
    def read(cls, content: bytes) -> Statements:
        """Return the statements that :meth:`serialise` gave.

        :raises ValueError: when ``content`` is nothing that it gives.
        """
        import numpy as np

        head, _, columns = content.partition(b"\n")
        match json.loads(head):
            case [int(size), *names] if 0 <= 16 * size <= len(columns):
                terms, datatypes = np.frombuffer(columns[: 16 * size], "<u8").reshape(2, size)
                places = np.frombuffer(columns[16 * size :], "<u4").reshape(3, -1)
            case _:
                raise ValueError("its first line is no list of IRIs")
        if places.size and places.max() >= size:
            raise ValueError("a statement names a term that is not there")
        return cls(terms, datatypes, places, frozenset(map(str, names)))


class TermColumns:
    """The statements of one source, thing after thing, on their way to numbers."""

    def __init__(self) -> None:
        """Begin with none."""
        #: Each term with its number, which it gets when it is first looked up.
        self._terms: dict[str, int] = defaultdict(count().__next__)
        self._subjects, self._sizes = list[int](), list[int]()
        self._pairs: list[Pair] = []

    def add(self, subject: str, pairs: Sequence[Pair]) -> None:
        """Take the statements about ``subject``: pairs of property and value, all as N-Quads writes them."""
        self._subjects.append(self._terms[subject])
        self._sizes.append(len(pairs))
        self._pairs += pairs

    def count(self, property_: str) -> int:
        """Return how many statements have this property."""
        return [along for along, _ in self._pairs].count(property_)

    def statements(self) -> Statements:
        """Return all statements so far."""
        import numpy as np

        properties, values = ([self._terms[pair[place]] for pair in self._pairs] for place in (0, 1))
        names = list(self._terms)
        written = as_the_engine_writes([term for term in names if term[0] == '"' and term[-1] == ">"])
        terms = [written.get(term, term) if term[-1] == ">" else term for term in names]
        datatypes = [datatype_of(term) if term[0] == '"' else "" for term in terms]
        kinds = {datatype: number_of(datatype) for datatype in set(datatypes)} | {"": 0}
        digests = b"".join(map(_digest, terms))
        places = np.array([np.repeat(self._subjects, self._sizes), properties, values], "<u4").reshape(3, -1)
        named = {along for along, _ in self._pairs}.union(value for along, value in self._pairs if along == _TYPE)
        return Statements(
            np.frombuffer(digests, "<u8"),
            np.fromiter(map(kinds.__getitem__, datatypes), "<u8", len(datatypes)),
            places,
            frozenset(iri[1:-1] for iri in named if iri.startswith("<")).union(kinds) - {""},
        )


def number_of(iri: str) -> int:
    """Return the number that ``iri`` has in a column."""
    return int.from_bytes(_digest(f"<{iri}>"), "little")


def datatype_of(term: str) -> str:
    """Return the IRI of the datatype of a literal as N-Quads have it; empty for any other term.

    >>> datatype_of('"1"^^<http://www.w3.org/2001/XMLSchema#integer>'), datatype_of("<urn:x>")
    ('http://www.w3.org/2001/XMLSchema#integer', '')
    """
    if not term.startswith('"'):
        return ""
    if term.endswith('"'):
        return STRING
    return term[term.rindex("^^<") + 3 : -1] if term.endswith(">") else LANGUAGE


def as_the_engine_writes(literals: Iterable[str]) -> dict[str, str]:
    """Return what the engine makes of each of ``literals`` that it keeps in another form, and of others that were looked up before."""
    if len(_WRITTEN) > REMEMBERED:
        _WRITTEN.clear()
    unknown = list[str]()
    for literal in literals:
        if literal in _WRITTEN:
            continue
        characters, _, datatype = literal.rpartition("^^")
        numeral, kept = _CANONICAL.get(datatype, (None, ""))
        if numeral is None or not numeral.fullmatch(characters):
            unknown.append(literal)
        else:
            _WRITTEN[literal] = f"{characters}^^{kept}"
    if unknown:
        engine = ox.Store()
        lines = (f"<urn:x:{place}> <urn:x:of> {literal} .\n" for place, literal in enumerate(unknown))
        engine.bulk_load("".join(lines).encode(), format=ox.RdfFormat.N_TRIPLES)
        _WRITTEN.update((unknown[int(quad.subject.value[6:])], str(quad.object)) for quad in engine)
    return _WRITTEN


def _digest(term: str) -> bytes:
    return blake2b(term.encode(), digest_size=8).digest()
