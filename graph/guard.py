"""The guard: what a stranger's SPARQL may not do, seen in its text before the engine sees it; unsure means no.

The engine can reach other hosts (``SERVICE``) and files (``LOAD``), and it reads nested text by recursion. All of this is
found on the *bare* text: the same characters with strings, IRIs, comments, variables and local names blanked out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

#: Deeper brackets than these are refused: the stack of a thread holds many times as many.
DEEPEST: Final = 1000

_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
#: What may hold a keyword without meaning it.
_HARMLESS: Final = re.compile(
    r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
    r"|<[^<>\"{}|^`\\\x00-\x20]*>|#[^\n\r]*|[?$]\w+|:[\w.%:-]+",
    re.DOTALL,
)
#: Without one of these there is nothing to look for.
_SUSPECT: Final = ("service", "load")
_NAMED_SERVICE: Final = re.compile(r"service\s+(?:silent\s+)?<([^<>]*)>", re.IGNORECASE)
_VOLATILE: Final = re.compile(r"\b(?:now|rand|uuid|struuid|bnode)\b|_:|\[", re.IGNORECASE)
#: Without one of these no text matches that.
_CHANGING: Final = ("now", "rand", "uuid", "bnode", "_:", "[")
_FROM: Final = re.compile(r"\bfrom\b", re.IGNORECASE)
#: The same in small letters, written so that it begins with the word: ten times as fast on the long texts of our own questions.
_SMALL_FROM: Final = re.compile(r"from(?<!\wfrom)\b")
_BRACKETS: Final = re.compile(r"[\[\](){}]")
_PLACE: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text cannot be read: line and column from 1, the line itself, and what was expected there."""

    line: int
    column: int
    text: str
    expected: str


def bare(text: str) -> str:
    """Return ``text`` with everything blanked out that is no keyword, name or sign, at its own length.

    >>> bare("ASK { ?s a 'SERVICE' } # LOAD")
    'ASK {    a           }       '
    """
    return _HARMLESS.sub(lambda match: " " * len(match[0]), text)


def refused(text: str, services: Collection[str] = ()) -> str | None:
    """Return why ``text`` may not be run, or none when it may; ``services`` are the IRIs that ``SERVICE`` may name.

    >>> refused("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }")
    'SERVICE is not allowed here: no query leaves this dataset'
    >>> refused("SELECT ?service {}")
    """
    for form in _forms(text):
        if not _holds(form, _SUSPECT) and form.count("{") + form.count("(") + form.count("[") <= DEEPEST:
            continue
        plain = bare(form)
        found = len(re.findall("service", plain, re.IGNORECASE))
        named = [match[1] for match in _NAMED_SERVICE.finditer(form) if "service" in plain[match.start() : match.start() + 7].lower()]
        if found > len(named) or not set(named) <= set(services):
            allowed = f": allowed are {', '.join(services)}" if services else ": no query leaves this dataset"
            return f"SERVICE is not allowed here{allowed}"
        if re.search(r"\bload\b", plain, re.IGNORECASE):
            return "LOAD is not allowed here: nothing is read from elsewhere"
        if _depth(plain) > DEEPEST:
            return f"brackets are nested more than {DEEPEST} deep: write it flatter"
    return None


def names_graphs(text: str) -> bool:
    """Whether a query gives its own dataset, by ``FROM`` or ``FROM NAMED``.

    >>> names_graphs("SELECT * FROM <a:b> {}"), names_graphs("PREFIX from: <a:> SELECT ?from { ?from from:x 'FROM' }")
    (True, False)
    """
    if "from" not in (small := text.lower()) or not _SMALL_FROM.search(small):
        return False
    return any(not text[match.end() :].startswith(":") for match in _FROM.finditer(bare(text)))


def volatile(text: str) -> bool:
    """Whether a query may answer differently each time: by clock, chance, or blank nodes it makes.

    >>> volatile("SELECT (NOW() AS ?t) {}"), volatile("SELECT ?now {}")
    (True, False)
    """
    return _holds(text, _CHANGING) and _VOLATILE.search(bare(text)) is not None


def place(message: str, text: str) -> Place | None:
    """Return the place that the parser's ``message`` names in ``text``, or none when it names none."""
    match = _PLACE.match(message)
    if match is None:
        return None
    number, column = int(match[1]), int(match[2])
    lines = text.split("\n", number)
    return Place(number, column, _around(lines[number - 1] if number <= len(lines) else "", column), " ".join(match[3].split())[:300])


def _holds(text: str, words: Collection[str]) -> bool:
    """Whether ``text`` may hold one of ``words`` in any case; one that is not ASCII may: letters fold in other ways there."""
    small = text.lower()
    return not text.isascii() or any(word in small for word in words)


def _around(line: str, column: int) -> str:
    """Return the offending line, or 200 characters of it around the column."""
    first = max(0, column - 101)
    return line[first : first + 200].rstrip("\r")


def _forms(text: str) -> Iterator[str]:
    """Yield the text as it stands and with its code point escapes read: the engine may see either."""
    yield text
    if "\\u" in text or "\\U" in text:
        yield _ESCAPE.sub(lambda match: chr(min(int(match[1] or match[2], 16), 0x10FFFF)), text)


def _depth(plain: str) -> int:
    deepest = depth = 0
    for bracket in _BRACKETS.findall(plain):
        depth += 1 if bracket in "[({" else -1
        deepest = max(deepest, depth)
    return deepest
