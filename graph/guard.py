"""The guard: what a stranger's SPARQL may not do, seen by its tokens before the engine sees it; unsure means no.

The engine can reach other hosts (``SERVICE``) and files (``LOAD``), and it works on nested and long texts by recursion. A text is read by
the lexer in every way that a parser may read it, as it stands and with its code point escapes read (the standard reads these first, the
engine only within strings and IRIs). What holds in one way and not in another is refused: see decision 19.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final

from . import lexer
from .readings import Kind, Readings, Word

#: Deeper brackets than these are refused: each takes 12 kB of the engine's stack at most.
DEEPEST: Final = 1000
#: What a text may need of the engine's stack at most (bytes): half of what its threads have.
STACK: Final = 1 << 29
#: What one of them needs of it at most (bytes): a bracket or a name outside brackets; an operator, a punctuation mark or a list's item.
BRACKET: Final = 3500
SIGN: Final = 2100
#: Readings of texts up to this length are kept for the next question about the same text (characters): a few ms to read.
KEPT: Final = 20_000

_WORDS: Final = re.compile("service|load|from|now|rand|uuid|bnode", re.IGNORECASE | re.ASCII)
_CHANGING: Final = re.compile("now|rand|uuid|bnode", re.IGNORECASE | re.ASCII)
#: FROM in small letters with what can follow it: an IRI, NAMED, a prefixed name (its first 60 characters), a comment.
_FROM: Final = re.compile(r"from[ \t\r\n]*+(?:[#<:]|named|[a-z\x80-\U0010ffff](?:[\w.\-\x80-\U0010ffff]{60}|[\w.\-\x80-\U0010ffff]*+:))")
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
#: The IRI of a prefix that makes an IRI with every plain local name: its path, query or fragment has begun.
_BEGUN: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?://[^/?#]*[/?#]|(?!//)).*|(?!//)[^:]*[/#]", re.DOTALL)
#: A local name that is then read whole: at most one group of dots, nothing escaped, no character that no IRI has.
_PLAIN: Final = re.compile(r"[^.%\\\ufff0-\U0010ffff]*+(?:\.++[^.%\\\ufff0-\U0010ffff]++)?+")


def refused(text: str, services: Collection[str] = ()) -> str | None:
    """Return why ``text`` may not be run, or none when it may; ``services`` are the IRIs that ``SERVICE`` may name.

    >>> refused("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }")
    'SERVICE is not allowed here: no query leaves this dataset'
    >>> refused("SELECT ?service { ?service a sd:Service, 'SERVICE' } # SERVICE")
    """
    forms = tuple(_forms(text))
    if not any(_suspect(form) for form in forms):
        return None
    for form in forms:
        reason = _reason(form, services)
        if reason:
            return reason if form is text else f"with its code point escapes (\\u…) read: {reason}"
    chosen, *chosen_else = (set(_chosen(_read(form))) for form in forms)
    if len((chosen or {False}).union(*chosen_else)) > 1:
        return "whether FROM is a keyword here is not sure: name no prefix so, put a space behind each <, and write no escapes (\\u…)"
    return None


def names_graphs(text: str) -> bool:
    """Whether a query gives its own dataset, by ``FROM`` or ``FROM NAMED``; where that is not sure, :func:`refused` refuses.

    >>> names_graphs("SELECT * FROM <a:b> {}"), names_graphs("PREFIX from: <a:> SELECT ?from { ?from from:x 'FROM' }")
    (True, False)
    """
    return _FROM.search(text.lower()) is not None and any(_chosen(_read(text)))


def names_services(text: str) -> bool:
    """Whether a text may ask another service; unsure means yes.

    >>> names_services("SELECT * { SERVICE <a:b> {} }"), names_services("SELECT ?service { ?service a sd:Service }")
    (True, False)
    """
    return any("service" in form.lower() and _may_hold(form, re.compile("service", re.IGNORECASE)) for form in _forms(text))


def volatile(text: str) -> bool:
    """Whether a query may answer differently each time: by clock, chance, or blank nodes it makes; unsure means yes.

    A long text is not read for it, only searched: whoever answers others meanwhile may ask.

    >>> volatile("SELECT (NOW() AS ?t) {}"), volatile("SELECT ?now {}")
    (True, False)
    """
    return any(
        (_CHANGING.search(form) is not None or "[" in form or "_:" in form)
        and (len(form) > KEPT or _may_hold(form, _CHANGING) or _read(form).blank)
        for form in _forms(text)
    )


def _forms(text: str) -> Iterator[str]:
    """Yield the text as it stands and with its code point escapes read: an engine may see either."""
    yield text
    if "\\u" in text or "\\U" in text:
        yield _ESCAPE.sub(lambda match: chr(min(int(match[1] or match[2], 16), 0x10FFFF)), text)


def _suspect(form: str) -> bool:
    """Whether there is anything to look for: a word, or more brackets or characters than are allowed whatever they are."""
    small = form.lower()
    brackets = form.count("{") + form.count("(") + form.count("[") + form.count("<<")
    return (
        "service" in small or "load" in small or _FROM.search(small) is not None or brackets > DEEPEST or len(form) > STACK // BRACKET
    )  # fmt: skip


def _read(form: str) -> Readings:
    return _kept(form) if len(form) <= KEPT else _kept.__wrapped__(form)


@lru_cache(maxsize=8)
def _kept(form: str) -> Readings:
    return lexer.read(form, _WORDS, DEEPEST, STACK // SIGN)


def _reason(form: str, services: Collection[str]) -> str | None:
    """Return what is wrong with one form of a text, or none."""
    readings = _read(form)
    if readings.deepest > DEEPEST:
        return f"brackets are nested more than {DEEPEST} deep: write it flatter"
    if BRACKET * (readings.opened + readings.outside) + SIGN * (readings.signs + readings.listed) > STACK:
        counted = f"{readings.opened} brackets, {readings.signs} signs and {readings.listed + readings.outside} names in lists"
        return f"{counted} are too many for one text: ask in parts"
    small = form.lower()
    for word in ("service", "load"):
        if word not in small:
            continue
        if readings.crowded:
            return f"whether {word.upper()} is a keyword here is not sure, the text can be read in many ways: put a space behind each <"
        for each in _live(readings, re.compile(word, re.IGNORECASE)):
            reason = _against(each, form, word, services)
            if reason:
                return reason
        if readings.end is not None:
            return f"no SPARQL can be read at {_where(form, readings.end)}, and the text holds {word.upper()}: mend that, or leave this out"
    return None


def _against(word: Word, form: str, keyword: str, services: Collection[str]) -> str | None:
    """Return what is wrong with a word that may be, or hold, the keyword SERVICE or LOAD."""
    if keyword == "load":
        return _unsure(word, form, keyword) or "LOAD is not allowed here: nothing is read from elsewhere" if word.outside else None
    if word.names in services and word.text.lower() == "service":
        return None
    allowed = f": allowed are {', '.join(services)}" if services else ": no query leaves this dataset"
    return _unsure(word, form, keyword) or f"SERVICE is not allowed here{allowed}"


def _unsure(word: Word, form: str, keyword: str) -> str | None:
    """Return why it is not sure that a word is a keyword and how to write it else, or none where every reading has it."""
    remedies = {
        Kind.PREFIX: "give the prefix another name",
        Kind.LOCAL: "write the IRI in full",
        Kind.WORD: "put a space behind each <, and write no \\u… that names no character",
    }
    if word.kind is Kind.WORD and word.sure:
        return None
    return f"whether {keyword.upper()} is a keyword at {_where(form, word.start)} is not sure: {remedies[word.kind]}"


def _live(readings: Readings, sought: re.Pattern[str]) -> Iterator[Word]:
    """Yield the words with ``sought`` that may be keywords: not the local names that are surely read whole."""
    begun = all(_BEGUN.fullmatch(iri) for iri in readings.prefixes)
    for word in readings.words:
        if sought.search(word.text) and not (begun and word.kind is Kind.LOCAL and _PLAIN.fullmatch(word.text)):
            yield word


def _may_hold(form: str, sought: re.Pattern[str]) -> bool:
    readings = _read(form)
    return not readings.complete or any(True for _ in _live(readings, sought))


def _chosen(readings: Readings) -> Iterator[bool]:
    """Yield for every whole reading whether FROM is among its words; both where that is not sure."""
    live = {(word.start, word.kind): word for word in _live(readings, re.compile("from", re.IGNORECASE))}
    for outer in readings.outer:
        words = [word for word in outer if (word.start, word.kind) in live]
        yield any(word.kind is Kind.WORD for word in words)
        if words and not any(word.kind is Kind.WORD for word in words):
            yield True


def _where(form: str, start: int) -> str:
    return f"line {form.count(chr(10), 0, start) + 1}, column {start - form.rfind(chr(10), 0, start)}"
