"""Expansion: nodes in the words of our JSON-LD context become statements, by functions compiled from that context once.

It is no JSON-LD processor. It reads the parts of JSON-LD 1.1 that ``ontology/context.jsonld`` is made of, and stops at any other; the
engine's JSON-LD parser reads whatever has another context, and a test holds both together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from mabgraph.ingest.errors import BuildError
from mabgraph.ingest.figures import Node

from ..shacl import literals
from ..shacl.triples import TYPE, GroupedQuads, Pair, Properties
from ..store import vocabulary
from .statements import STRING

#: So many values of each key are kept as they were read, where they come again; longer texts do not.
_KEPT: Final = 8_192
_LONGEST: Final = 100
#: What the context may state about a term.
_KNOWN: Final = frozenset({"@id", "@type", "@language", "@context"})
#: Entries of the context that are no terms of their own.
_FIXED: Final = frozenset({("@version", 1.1), ("id", "@id"), ("type", "@type")})
#: The part of an IRI behind its base or prefix, where both together are the IRI that RFC 3986 (section 5.2) makes of them: no step
#: up (``..``), no character that is encoded, no colon.
_LOCAL: Final = re.compile(
    "[A-Za-z0-9_-][A-Za-z0-9._-]*+(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*+)*+(?:#(?:[A-Za-z0-9._-]+|(?:/[A-Za-z0-9._-]+)++))?"
)
#: Characters that the canonical form of N-Quads (RDF 1.2) writes as escapes, and their escapes.
_ESCAPED: Final = re.compile('[\x00-\x1f"\\\\\x7f\ufffe\uffff]')
#: Those of them that no prose has; the others are escaped one by one, which takes a tenth of the time.
_RARE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_ESCAPES: Final = {ord(sign): f"\\u{ord(sign):04X}" for sign in map(chr, (*range(32), 127, 0xFFFE, 0xFFFF))} | str.maketrans(
    {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
)

#: The object of a statement: its identity (:func:`.literals.written`), the term as a validator reads it, and as N-Quads writes it.
Object = tuple[str, str, str]
#: What reads a value of a term.
Reader = Callable[[str], Object]


class _Known(dict[str, Object]):
    """The values that were read last: what is looked up and not there is read."""

    def __init__(self, read: Reader) -> None:
        """Read values with ``read``."""
        super().__init__()
        self._read = read

    def __missing__(self, written: str) -> Object:
        """Return what ``written`` is, and keep it."""
        there = self._read(written)
        if len(written) <= _LONGEST:
            if len(self) >= _KEPT:
                self.clear()
            self[written] = there
        return there


class Expansion:
    """A JSON-LD context, compiled."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        """Compile every term of ``context``.

        :raises BuildError: naming the term, when it states what is not known here.
        """
        self._base, self._vocabulary = _folder("@base", context.get("@base")), _folder("@vocab", context.get("@vocab"))
        self._prefixes = vocabulary.prefixes_of(context)
        #: What each key is: its property, the same as N-Quads writes it, and what its values are.
        self._terms: dict[str, tuple[str, str, _Known]] = {}
        self._names = _Known(self._read)
        for key, stated in context.items():
            if isinstance(stated, dict):
                iri = self._expand_prefix(key, stated.get("@id"))
                self._terms[key] = (iri, f"<{iri}>", self._reader(key, stated))
            elif key not in {"@base", "@vocab", *self._prefixes} and (key, stated) not in _FIXED:
                raise _unknown_error(key, f"is {stated!r}")
        self._terms["type"] = (TYPE, f"<{TYPE}>", _Known(self._class))

    def statements(self, nodes: Iterable[Node], graph: str) -> GroupedQuads:
        """Return what ``nodes`` and the nodes inside them state, in the graph named ``graph``.

        :raises BuildError: naming the key, when a node says what the context does not know.
        """
        about: dict[str, Properties] = {}
        pairs: dict[str, list[Pair]] = {}
        for node in nodes:
            self._add(node, about, pairs)
        if not all(pairs.values()):  # a name, and nothing else
            about = {name: properties for name, properties in about.items() if properties}
            pairs = {name: stated for name, stated in pairs.items() if stated}
        return GroupedQuads(graph, pairs, about)

    def _add(self, node: Node, about: dict[str, Properties], pairs: dict[str, list[Pair]]) -> Object:
        """Add the statements of ``node``, and return its name."""
        own = self._name(node)
        name, _, subject = own
        properties, stated, terms = about.setdefault(name, {}), pairs.setdefault(subject, []), self._terms
        for key, value in node.items():
            if key == "id":
                continue
            try:
                predicate, written, known = terms[key]
                values = properties.get(predicate)
                if values is None:
                    values = properties[predicate] = {}
                for each in value if isinstance(value, list) else (value,):
                    if isinstance(each, str):
                        identity, term, there = known[each]
                    elif isinstance(each, dict) and known is self._names:
                        identity, term, there = self._add(each, about, pairs)
                    else:
                        raise ValueError(each)
                    values.setdefault(identity, term)
                    stated.append((written, there))
            except (KeyError, ValueError):
                raise BuildError(f"{name}: {key} {value!r} is nothing that the JSON-LD context knows: add the key to it") from None
            if not values:
                del properties[predicate]
        return own

    def _name(self, node: Node) -> Object:
        """Return the name of ``node``."""
        try:
            if ":" in (name := node["id"]):
                raise ValueError(name)
            return self._names[name]
        except (KeyError, TypeError, ValueError):
            raise BuildError(f"the node {node!r} has no name below {self._base}: give it an id") from None

    def _reader(self, key: str, stated: Mapping[str, Any]) -> _Known:
        """Return what the values of the term ``key`` are."""
        if more := sorted(stated.keys() - _KNOWN) or sorted(stated.keys() & {"@type", "@language"})[1:]:
            raise _unknown_error(key, f"states {more[0]}")
        if stated.get("@type") == "@id":
            return self._names if "@context" not in stated else _Known(self._list_reader(key, stated["@context"]))
        datatype, language = self._expand_prefix(key, stated["@type"]) if "@type" in stated else "", stated.get("@language", "")
        if "@context" in stated or not isinstance(language, str) or not re.fullmatch("(?:[a-z]{2})?", language):
            raise _unknown_error(key, "is a text with a context of its own" if "@context" in stated else f"is in the language {language!r}")
        return _Known(partial(_literal, language=language, datatype=datatype))

    def _list_reader(self, key: str, context: object) -> Reader:
        """Return what reads one of the names that stand below the base of a ``context`` of the term's own."""
        if not isinstance(context, dict) or context.keys() != {"@base"}:
            raise _unknown_error(key, "has a context of its own with more than a base")
        base = _folder(key, context["@base"])
        return lambda name: self._read(name, base)

    def _read(self, name: str, base: str = "") -> Object:
        """Return the IRI that ``name`` is, below ``base`` or with a prefix."""
        prefix, colon, local = name.partition(":")
        return _iri(self._prefixes[prefix], local) if colon else _iri(base or self._base, name)

    def _class(self, name: str) -> Object:
        """Return a value of ``type``: a class of the vocabulary, or one with a prefix."""
        if name in self._terms:
            raise KeyError(name)
        return self._read(name, self._vocabulary)

    def _expand_prefix(self, key: str, name: object) -> str:
        """Return the IRI ``name``, which the term ``key`` states with a prefix."""
        prefix, _, local = name.partition(":") if isinstance(name, str) else ("", "", "")
        if prefix not in self._prefixes or not _LOCAL.fullmatch(local):
            raise _unknown_error(key, f"names {name!r}, which has no prefix of the context")
        return self._prefixes[prefix] + local


def _iri(base: str, local: str) -> Object:
    """Return the IRI ``local`` below ``base``.

    :raises ValueError: when it has to be resolved, or is none.
    """
    if not _LOCAL.fullmatch(local):
        raise ValueError(local)
    iri = base + local
    return iri, iri, f"<{iri}>"


def _literal(characters: str, language: str, datatype: str) -> Object:
    """Return a literal of a language, of a datatype, or plain."""
    identity, term = literals.terms_of_parts(characters, language, datatype)
    if _ESCAPED.search(characters):
        characters = _escape(characters)
    if language:
        return identity, term, f'"{characters}"@{language}'
    return identity, term, f'"{characters}"^^<{datatype}>' if datatype and datatype != STRING else f'"{characters}"'


def _escape(characters: str) -> str:
    """Return ``characters`` as N-Quads writes them."""
    if _RARE.search(characters):
        return characters.translate(_ESCAPES)
    written = characters.replace("\\", "\\\\").replace('"', '\\"')
    return written.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _folder(key: str, iri: object) -> str:
    """Return ``iri``, below which names stand: names are added to its end."""
    if not isinstance(iri, str) or not re.fullmatch("https?://[a-z0-9./-]+/", iri):
        raise _unknown_error(key, f"has the base {iri!r}, which is no IRI that ends with a slash")
    return iri


def _unknown_error(key: str, what: str) -> BuildError:
    return BuildError(f"ontology/context.jsonld: {key} {what}: write it otherwise, or teach graph/building/expansion.py to read it")
