"""TriG: how terms are written in the files that are handed out, which are the bytes that the engine writes.

The engine decides how a term is abbreviated. It is asked once for each kind of IRI that comes again; names below the base of our
identifiers, of which there are as many as things, are written by the rule that it follows.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import pyoxigraph as ox

from ..store import vocabulary

#: So many terms are kept as they were written.
KEPT: Final = 1 << 16
#: Behind the base: names that the engine writes with its prefix, slashes and number signs as escapes.
_SIMPLE: Final = re.compile("[A-Za-z0-9](?:[A-Za-z0-9._/#-]*[A-Za-z0-9])?")
#: Datatypes of literals that may stand without quotation marks, and those that do: a decimal needs its point.
_INTEGER, _DECIMAL, *_OTHERS = (f"<http://www.w3.org/2001/XMLSchema#{name}>" for name in ("integer", "decimal", "boolean", "double"))
_BARE: Final = frozenset({_INTEGER, _DECIMAL, *_OTHERS})
_DIGITS: Final = re.compile("-?[0-9]+")
_FRACTION: Final = re.compile("-?[0-9]+[.][0-9]+")


class Abbreviations(dict[str, str]):
    """The terms of N-Quads that were written last, each as TriG has it; what is looked up and not there is worked out."""

    def __missing__(self, term: str) -> str:
        """Return ``term`` as TriG has it."""
        base, prefix = _base()
        if term.startswith(base) and _SIMPLE.fullmatch(local := term[len(base) : -1]):
            written = prefix + local.replace("/", "\\/").replace("#", "\\#")
        else:
            written = _abbreviate(term)
        if len(self) >= KEPT:
            self.clear()
        self[term] = written
        return written


def prefixes() -> bytes:
    """Return what a file of TriG begins with."""
    return _split(_write("<urn:x>"))[0]


@cache
def _base() -> tuple[str, str]:
    """Return the beginning of IRIs of ours, as N-Quads has it, and its prefix."""
    base = vocabulary.resource("")
    return f"<{base}", next(f"{prefix}:" for prefix, iri in vocabulary.prefixes().items() if iri == base)


def _abbreviate(term: str) -> str:
    """Return a term as TriG has it that is no simple name of ours."""
    if term.startswith('"'):
        if not term.endswith(">"):
            return term
        characters, _, datatype = term.rpartition("^^")
        if datatype not in _BARE:
            return f"{characters}^^{_abbreviate(datatype)}"
        bare = characters[1:-1]
        if (datatype == _INTEGER and _DIGITS.fullmatch(bare)) or (datatype == _DECIMAL and _FRACTION.fullmatch(bare)):
            return bare
        return f"{characters}^^{_abbreviate(datatype)}" if _DIGITS.fullmatch(bare) and datatype == _DECIMAL else _split(_write(term))[1]
    return _split(_write(term))[1]


@cache
def _splitter() -> re.Pattern[bytes]:
    return re.compile(rb"((?:@prefix [^\n]*\n)*)<urn:g> \{\n\t<urn:s> <urn:p> (.*) \.\n\}\n", re.DOTALL)


def _write(term: str) -> bytes:
    """Return a file of TriG with one statement, of the value ``term``."""
    quads = ox.parse(f"<urn:s> <urn:p> {term} <urn:g> .\n".encode(), ox.RdfFormat.N_QUADS, lenient=True)
    return ox.serialize(quads, format=ox.RdfFormat.TRIG, prefixes=vocabulary.prefixes()) or b""


def _split(written: bytes) -> tuple[bytes, str]:
    match = _splitter().fullmatch(written)
    assert match is not None
    return match[1], match[2].decode()
