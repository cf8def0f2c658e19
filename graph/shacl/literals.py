"""Literals as RDFLib reads them, since pySHACL judges by its reading: which are equal, what their values are, how values compare.

A literal is a text here: its characters in quotation marks, then ``@`` and its language or ``^^`` and its datatype. Nothing is escaped,
since no language and no datatype holds a quotation mark.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from typing import Final

import pyoxigraph as ox
import rdflib

#: So many literals are kept as they were read.
KEPT: Final = 65_536

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_STRING: Final = _XSD + "string"
#: Numerals that RDFLib keeps as they are: most of all, and quicker seen than read.
_PLAIN: Final = {
    f"{_XSD}decimal": re.compile("-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?"),
    **{f"{_XSD}{name}": re.compile("0|-?[1-9][0-9]*") for name in ("integer", "nonNegativeInteger", "positiveInteger")},
}
#: Where RDFLib says, with a traceback, that it cannot read a number; a shape says so in words.
_LOG: Final = logging.getLogger("rdflib.term")


@contextmanager
def silence_rdflib() -> Iterator[None]:
    """Keep RDFLib from logging, and warning of, literals whose characters are none of their datatype."""
    before = _LOG.level
    _LOG.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        _LOG.setLevel(before)


def rdflib_literal(literal: ox.Literal) -> rdflib.Literal:
    """Return ``literal`` as RDFLib reads it: a plain text has no datatype, and a value its own characters where there are several."""
    if literal.language:
        return rdflib.Literal(literal.value, lang=literal.language)
    datatype = literal.datatype.value
    with silence_rdflib():
        return rdflib.Literal(literal.value, datatype=None if datatype == _STRING else rdflib.URIRef(datatype))


def _is_plain(characters: str, datatype: str) -> bool:
    return datatype in _PLAIN and _PLAIN[datatype].fullmatch(characters) is not None


@lru_cache(maxsize=KEPT)
def terms(literal: ox.Literal) -> tuple[str, str]:
    """Return the identity of ``literal``, and the literal itself: two have one identity where RDFLib gives them the same characters.

    >>> terms(ox.Literal("01", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")))
    ('"1"^^http://www.w3.org/2001/XMLSchema#integer', '"01"^^http://www.w3.org/2001/XMLSchema#integer')
    >>> terms(ox.Literal("Arm", language="en"))
    ('"Arm"@en', '"Arm"@en')
    """
    return terms_of_parts(literal.value, literal.language or "", literal.datatype.value)


def terms_of_parts(characters: str, language: str, datatype: str) -> tuple[str, str]:
    """Return the same as :func:`terms` for a literal of these characters, and of a language or a datatype where it has one.

    >>> terms_of_parts("0.70", "", "http://www.w3.org/2001/XMLSchema#decimal")[1]
    '"0.70"^^http://www.w3.org/2001/XMLSchema#decimal'
    """
    if language:
        return (term := f'"{characters}"@{language.lower()}'), term
    if datatype in {"", _STRING}:
        return (term := f'"{characters}"'), term
    term = f'"{characters}"^^{datatype}'
    if _is_plain(characters, datatype):
        return term, term
    with silence_rdflib():
        return f'"{rdflib.Literal(characters, datatype=rdflib.URIRef(datatype))}"^^{datatype}', term


def term_of(node: rdflib.term.Node) -> str:
    """Return a node of an RDFLib graph as it stands in an index of triples; a literal as its identity.

    >>> term_of(rdflib.URIRef("urn:a")), term_of(rdflib.BNode("b")), term_of(rdflib.Literal("Arm", lang="EN"))
    ('urn:a', '_:b', '"Arm"@en')
    """
    if isinstance(node, rdflib.Literal):
        kind = f"@{node.language.lower()}" if node.language else f"^^{node.datatype}" if node.datatype is not None else ""
        return f'"{node}"{kind}'
    return f"_:{node}" if isinstance(node, rdflib.BNode) else str(node)


def is_literal(term: str) -> bool:
    """Whether ``term`` is a literal."""
    return term[0] == '"'


def is_blank(term: str) -> bool:
    """Whether ``term`` is a blank node."""
    return term[0] == "_"


def language(term: str) -> str:
    """Return the language of ``term`` in lower case, or nothing.

    >>> language('"Arm"@en-gb'), language('"Arm"'), language("urn:a@en")
    ('en-gb', '', '')
    """
    tail = term[term.rindex('"') + 1 :] if is_literal(term) else ""
    return tail[1:] if tail.startswith("@") else ""


@lru_cache(maxsize=KEPT)
def read(term: str) -> rdflib.Literal:
    """Return the literal ``term`` as RDFLib reads it, with its value.

    >>> read('"0.70"^^http://www.w3.org/2001/XMLSchema#decimal').value
    Decimal('0.70')
    """
    end = term.rindex('"')
    characters, tail = term[1:end], term[end + 1 :]
    if tail.startswith("@"):
        return rdflib.Literal(characters, lang=tail[1:])
    with nullcontext() if _is_plain(characters, tail[2:]) else silence_rdflib():
        return rdflib.Literal(characters, datatype=rdflib.URIRef(tail[2:]) if tail else None)


def text(term: str) -> str:
    """Return the characters of ``term`` as a report shows them: an IRI, a literal's characters as RDFLib keeps them, or ``_:`` and a name.

    >>> text('"0"^^http://www.w3.org/2001/XMLSchema#integer'), text("urn:a")
    ('0', 'urn:a')
    """
    if not is_literal(term):
        return term
    end = term.rindex('"')
    return str(read(term)) if term.startswith("^^", end + 1) else term[1:end]
