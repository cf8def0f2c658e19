"""The guard: refuses untrusted SPARQL that could reach other hosts or files, or exhaust the stack; in doubt it refuses.

The engine can access other hosts (``SERVICE``) and files (``LOAD``), and parses nested and long texts recursively. The lexer
reads a text in every way that a parser may read it, both as it stands and with its code point escapes decoded (the standard decodes
them first, the engine only within strings and IRIs). What holds in one reading and not in another is refused: see decision 19.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final

from . import lexer
from .readings import Readings, Word, WordKind

#: Deeper nesting of brackets is refused: each level takes at most 12 kB of the engine's stack.
DEEPEST: Final = 1000
#: The most stack that a text may need (bytes): half of the stack of the engine's threads.
STACK: Final = 1 << 29
#: Stack per element at most (bytes): a bracket, or a name outside brackets; an operator, a punctuation mark or a list item.
BRACKET: Final = 3500
SIGN: Final = 2100
#: Readings of texts up to this length are cached (characters); they take a few ms to compute.
KEPT: Final = 20_000

_WORDS: Final = re.compile("service|load|from|now|rand|uuid|bnode", re.IGNORECASE | re.ASCII)
_CHANGING: Final = re.compile("now|rand|uuid|bnode", re.IGNORECASE | re.ASCII)
#: FROM in lower case with what can follow it: an IRI, NAMED, a prefixed name (its first 60 characters), a comment.
_FROM: Final = re.compile(r"from[ \t\r\n]*+(?:[#<:]|named|[a-z\x80-\U0010ffff](?:[\w.\-\x80-\U0010ffff]{60}|[\w.\-\x80-\U0010ffff]*+:))")
_PRAGMA: Final = re.compile("define|option(?!al)", re.IGNORECASE | re.ASCII)
_OPTION: Final = re.compile("option", re.IGNORECASE | re.ASCII)
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_CAST: Final = re.compile(rf"xsd:[A-Za-z]+|<{re.escape(_XSD)}[A-Za-z]+>")
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
#: A namespace IRI to which any plain local name can be appended: its path, query or fragment has begun.
_BEGUN: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?://[^/?#]*[/?#]|(?!//)).*|(?!//)[^:]*[/#]", re.DOTALL)
#: A local name that the engine then reads whole: at most one group of dots, no escapes, no character that IRIs cannot have.
_PLAIN: Final = re.compile(r"[^.%\\\ufff0-\U0010ffff]*+(?:\.++[^.%\\\ufff0-\U0010ffff]++)?+")


def refusal(text: str, services: Collection[str] = ()) -> str | None:
    """Return why ``text`` must not be run, or None if it may; ``services`` are the IRIs that ``SERVICE`` may name.

    >>> refusal("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }")
    'SERVICE is not allowed here: no query leaves this dataset'
    >>> refusal("SELECT ?service { ?service a sd:Service, 'SERVICE' } # SERVICE")
    """
    forms = tuple(_forms(text))
    if not any(_is_suspect(form) for form in forms):
        return None
    readings = []
    for form in forms:
        readings.append(_read(form))
        reason = _reason(form, readings[-1], services)
        if reason:
            return reason if form is text else f"with its code point escapes (\\u…) read: {reason}"
    chosen, *chosen_else = (set(_dataset_clauses(each)) for each in readings)
    if len((chosen or {False}).union(*chosen_else)) > 1:
        return "whether FROM is a keyword here is ambiguous: name no prefix so, put a space behind each <, and write no escapes (\\u…)"
    return None


def extension_fault(text: str) -> str | None:
    """Return why ``text`` must not be sent to another engine, or None: it uses, or may use, what that engine adds to SPARQL.

    Engines have functions that open connections (Virtuoso's ``bif:http_get``) and pragmas that load pages (its ``DEFINE`` and ``OPTION``).
    The only functions that SPARQL itself calls by IRI are casts to XML Schema types; other names before a round bracket are refused,
    those of a property before a list too, since the reading of another parser is not known.

    :raises SyntaxError: when the text has no reading to its end.

    >>> extension_fault("SELECT (bif:http_get('http://example.org/') AS ?x) {}")
    'bif:http_get(…) may be a function of the engine: only those of SPARQL and casts such as xsd:integer(…) are called here'
    >>> extension_fault("SELECT (xsd:integer(?value) AS ?x) { ?s ?p ?value }")
    """
    for form in _forms(text):
        readings = lexer.read(form, _PRAGMA, DEEPEST, STACK // SIGN)
        if readings.crowded:
            return "this text can be read in many ways: put a space behind each <"
        if readings.end is not None and form is text:
            raise SyntaxError(f"syntax error at {position(form, readings.end)}")
        if readings.end is not None:
            return f"with its code point escapes (\\u…) read, a syntax error at {position(form, readings.end)}: write no escapes"
        for word in readings.words:
            option = _OPTION.search(word.text)
            if word.kind is WordKind.WORD and (word.outside or option):
                return f"{'OPTION' if option else 'DEFINE'} at {position(form, word.start)} is not of SPARQL: leave it out"
        redeclared = any(prefix == "xsd" and namespace != _XSD for prefix, namespace in readings.namespaces)
        for name in sorted(readings.calls):
            if redeclared or not _CAST.fullmatch(name):
                return f"{name}(…) may be a function of the engine: only those of SPARQL and casts such as xsd:integer(…) are called here"
    return None


def names_graphs(text: str) -> bool:
    """Whether a query names its own dataset with ``FROM`` or ``FROM NAMED``; :func:`refusal` refuses ambiguous texts.

    >>> names_graphs("SELECT * FROM <a:b> {}"), names_graphs("PREFIX from: <a:> SELECT ?from { ?from from:x 'FROM' }")
    (True, False)
    """
    return _FROM.search(text.lower()) is not None and any(_dataset_clauses(_read(text)))


def names_services(text: str) -> bool:
    """Whether a text may call another service; true in doubt.

    >>> names_services("SELECT * { SERVICE <a:b> {} }"), names_services("SELECT ?service { ?service a sd:Service }")
    (True, False)
    """
    return any("service" in form.lower() and _may_contain(form, re.compile("service", re.IGNORECASE)) for form in _forms(text))


def is_volatile(text: str) -> bool:
    """Whether a query may answer differently each time: by clock, random numbers, or new blank nodes; true in doubt.

    A long text is only searched, not read, because the event loop may call this.

    >>> is_volatile("SELECT (NOW() AS ?t) {}"), is_volatile("SELECT ?now {}")
    (True, False)
    """
    return any(
        (_CHANGING.search(form) is not None or "[" in form or "_:" in form)
        and (len(form) > KEPT or _may_contain(form, _CHANGING) or _read(form).blank)
        for form in _forms(text)
    )


def _forms(text: str) -> Iterator[str]:
    """Yield the text as it stands and with code point escapes decoded: an engine may see either."""
    yield text
    if "\\u" in text or "\\U" in text:
        yield _ESCAPE.sub(lambda match: chr(min(int(match[1] or match[2], 16), 0x10FFFF)), text)


def _is_suspect(form: str) -> bool:
    """Whether the text needs a closer look: it contains a keyword, or more brackets or characters than allowed."""
    small = form.lower()
    brackets = form.count("{") + form.count("(") + form.count("[") + form.count("<<")
    return (
        "service" in small or "load" in small or _FROM.search(small) is not None or brackets > DEEPEST or len(form) > STACK // BRACKET
    )  # fmt: skip


def _read(form: str) -> Readings:
    return _read_cached(form) if len(form) <= KEPT else _read_cached.__wrapped__(form)


@lru_cache(maxsize=8)
def _read_cached(form: str) -> Readings:
    return lexer.read(form, _WORDS, DEEPEST, STACK // SIGN)


def _reason(form: str, readings: Readings, services: Collection[str]) -> str | None:
    """Return why one form of a text is refused, or None."""
    if readings.deepest > DEEPEST:
        return f"brackets are nested more than {DEEPEST} deep: write it flatter"
    if BRACKET * (readings.opened + readings.outside) + SIGN * (readings.signs + readings.listed) > STACK:
        counted = f"{readings.opened} brackets, {readings.signs} signs and {readings.listed + readings.outside} names in lists"
        return f"{counted} are too many for one text: split the query"
    small = form.lower()
    for word in ("service", "load"):
        if word not in small:
            continue
        if readings.crowded:
            return f"whether {word.upper()} is a keyword here is ambiguous, the text can be read in many ways: put a space behind each <"
        for each in _live_words(readings, re.compile(word, re.IGNORECASE)):
            reason = _keyword_fault(each, form, word, services)
            if reason:
                return reason
        if readings.end is not None:
            return (
                f"syntax error at {position(form, readings.end)}, and the text contains {word.upper()}: correct the error, or remove that"
            )
    return None


def _keyword_fault(word: Word, form: str, keyword: str, services: Collection[str]) -> str | None:
    """Return why a word is refused that may be, or contain, the keyword SERVICE or LOAD."""
    if keyword == "load":
        return _ambiguity(word, form, keyword) or "LOAD is not allowed here: nothing is read from elsewhere" if word.outside else None
    if word.names in services and word.text.lower() == "service":
        return None
    allowed = f": allowed are {', '.join(services)}" if services else ": no query leaves this dataset"
    return _ambiguity(word, form, keyword) or f"SERVICE is not allowed here{allowed}"


def _ambiguity(word: Word, form: str, keyword: str) -> str | None:
    """Return why it is ambiguous whether a word is a keyword, with the remedy, or None if it is one in every reading."""
    remedies = {
        WordKind.PREFIX: "give the prefix another name",
        WordKind.LOCAL: "write the IRI in full",
        WordKind.WORD: "put a space behind each <, and write no \\u… that names no character",
    }
    if word.kind is WordKind.WORD and word.sure:
        return None
    return f"whether {keyword.upper()} is a keyword at {position(form, word.start)} is ambiguous: {remedies[word.kind]}"


def _live_words(readings: Readings, sought: re.Pattern[str]) -> Iterator[Word]:
    """Yield the words matching ``sought`` that may be keywords: all but local names that are certainly read whole."""
    begun = all(_BEGUN.fullmatch(iri) for iri in readings.prefixes)
    for word in readings.words:
        if sought.search(word.text) and not (begun and word.kind is WordKind.LOCAL and _PLAIN.fullmatch(word.text)):
            yield word


def _may_contain(form: str, sought: re.Pattern[str]) -> bool:
    readings = _read(form)
    return not readings.complete or any(True for _ in _live_words(readings, sought))


def _dataset_clauses(readings: Readings) -> Iterator[bool]:
    """Yield for every complete reading whether it has a FROM clause; both values where that is ambiguous."""
    live = {(word.start, word.kind): word for word in _live_words(readings, re.compile("from", re.IGNORECASE))}
    for outer in readings.outer:
        words = [word for word in outer if (word.start, word.kind) in live]
        yield any(word.kind is WordKind.WORD for word in words)
        if words and not any(word.kind is WordKind.WORD for word in words):
            yield True


def position(text: str, start: int) -> str:
    r"""Return the line and the column of the character ``start`` of ``text`` in words, both counted from 1.

    >>> position("ASK {\n  }", 8)
    'line 2, column 3'
    """
    return f"line {text.count(chr(10), 0, start) + 1}, column {start - text.rfind(chr(10), 0, start)}"
