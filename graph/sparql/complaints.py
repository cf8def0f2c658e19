"""Syntax errors in SPARQL: what is wrong, where, and what to write instead, in words for the author of the text.

The engine reports that it refuses a text, and semantic errors. Where the text breaks the grammar is determined here
(:mod:`..syntax.grammar`), so that the position is that of the token itself, and the message does not show the parser's rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ..store import vocabulary
from ..syntax.grammar import AGGREGATES, FUNCTIONS, ParseOutcome, Token, parse, tokens
from ..syntax.guard import position
from . import remedies

#: Longer texts are not analysed (characters).
LONGEST: Final = 200_000
#: How much of a token or of a line is shown (characters).
_WORD: Final = 60
_LINE: Final = 200
#: Longer lists of expected tokens are not shown.
_LISTED: Final = 6
_BEGINNINGS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "PREFIX", "BASE")
_CHANGES: Final = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
#: Keywords that follow the group of a query.
_BEHIND: Final = frozenset({"GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET"})
_PLACE: Final = re.compile(r"error at (\d+):(\d+): ")


@dataclass(frozen=True, slots=True)
class FaultLocation:
    """The position of a syntax error: line and column from 1, the line itself, and what was expected there."""

    line: int
    column: int
    text: str
    expected: str


def locate_fault(message: str, text: str, *, update: bool = False) -> FaultLocation:
    """Return the position and description of the error in ``text``, which the engine refused with ``message``.

    >>> place = locate_fault("", "SELECT ?l { ?s rdfs:label ?l }")
    >>> place.line, place.column, place.expected.partition(": begin")[0]
    (1, 16, 'the prefix rdfs: is not declared')
    >>> locate_fault("", "SELEC ?s { ?s ?p ?o }").expected
    'SELEC begins no query: is SELECT meant?'
    """
    start, words = _fault(message, text, update) if len(text) <= LONGEST else (_engine_offset(message, text), "syntax error here")
    line = text.count("\n", 0, start) + 1
    begin = text.rfind("\n", 0, start) + 1
    column = start - begin + 1
    end = text.find("\n", start)
    shown = text[begin : end if end >= 0 else len(text)]
    first = max(0, column - _LINE // 2 - 1)
    return FaultLocation(line, column, shown[first : first + _LINE].rstrip("\r"), words)


def _fault(message: str, text: str, update: bool) -> tuple[int, str]:
    """Return the position of the first error in ``text``, and its description."""
    read = tokens(text)
    outcome = parse(read, "Update" if update else "Query")
    last = read[outcome.furthest].start if outcome.known and outcome.furthest < len(read) else len(text.rstrip())
    undeclared = _first_undeclared(read)
    if undeclared and (undeclared.start <= last or outcome.whole):
        return undeclared.start, _prefix_fault(undeclared)
    if outcome.known and not outcome.whole and not text.startswith("<<", last):
        return last, _grammar_fault(read, outcome, text, update)
    place = _token_start(read, _engine_offset(message, text))
    if meant := next((words for sentence, words in remedies.MEANINGS.items() if sentence in message), None):
        return (read[0].start if read else 0), meant
    if not outcome.known and (open_ := _open_bracket(read)) is not None:
        return last, f"the text ends too early: {_CLOSING[open_.text]} is missing"
    return place, remedies.SENSE if outcome.whole else remedies.VAGUE


def _first_undeclared(read: Sequence[Token]) -> Token | None:
    """Return the first name whose prefix is not declared before it."""
    declared = set()
    for before, token in zip([None, *read], read, strict=False):
        if token.kind == "NAME":
            if before is not None and before.text.upper() == "PREFIX":
                declared.add(token.text)
            elif token.text.partition(":")[0] + ":" not in declared:
                return token
    return None


def _prefix_fault(name: Token) -> str:
    prefix = name.text.partition(":")[0]
    namespace = vocabulary.prefixes().get(prefix) or remedies.PREFIXES.get(prefix, "…")
    return f"the prefix {_shorten(prefix)}: is not declared: begin with PREFIX {_shorten(prefix)}: <{namespace}>"


def _grammar_fault(read: Sequence[Token], outcome: ParseOutcome, text: str, update: bool) -> str:
    """Describe why the first unexpected token breaks the grammar."""
    place, expected = outcome.furthest, outcome.expected
    if place == len(read):
        return _ending_fault(read, expected)
    token = read[place]
    shown = _shorten(token.text)
    if place == _prologue_length(read):
        return _beginning_fault(token, update)
    if token.kind == "other" or token.text == "<":
        return _token_fault(token, text)
    if token.text in {")", "]", "}"} and (open_ := _open_bracket(read[:place])) is not None and _CLOSING[open_.text] != token.text:
        return f"{shown} does not close the {open_.text} at {position(text, open_.start)}: {_CLOSING[open_.text]} is missing before it"
    if token.text in _CLOSING.values() and _open_bracket(read[:place]) is None:
        return f"{shown} closes nothing: remove it, or open a bracket before it"
    if token.text.upper() in _BEHIND and (open_ := _open_bracket(read[:place])) is not None:
        return f"{shown} follows the group: {_CLOSING[open_.text]} is missing, for the {open_.text} at {position(text, open_.start)}"
    if token.kind == "VARIABLE" and "'AS'" in expected:
        return f"{shown} cannot stand here: AS is missing before it"
    if _is_function(token) and _is_in_select(read[:place]):
        return f"{shown} cannot stand here by itself: in SELECT it stands in brackets with a name, such as ({token.text.upper()}(?x) AS ?n)"
    if token.kind == "word" and not _is_function(token) and read[place + 1 : place + 2] and read[place + 1].text == "(":
        near = _nearest_keyword(token.text, [*FUNCTIONS, *AGGREGATES, "COUNT", "GROUP_CONCAT", "EXISTS"])
        return f"{shown} is no SPARQL function{near}"
    return f"{shown} cannot stand here{_suggestion(token, expected)}"


def _ending_fault(read: Sequence[Token], expected: Iterable[str]) -> str:
    """Describe what is missing at the end of a text."""
    if not read:
        return f"there is nothing to read: begin with {', '.join(_BEGINNINGS[:4])}"
    open_ = _open_bracket(read)
    missing = f": {_CLOSING[open_.text]} is missing" if open_ is not None else ""
    return f"the text ends too early{missing}{_suggestion(None, expected) if not missing else ''}"


def _prologue_length(read: Sequence[Token]) -> int:
    """Return the index of the first token after the prologue."""
    number = 0
    while number < len(read) and read[number].text.upper() in {"PREFIX", "BASE"}:
        number += 3 if read[number].text.upper() == "PREFIX" else 2
    return number


def _beginning_fault(token: Token, update: bool) -> str:
    shown, word = _shorten(token.text), token.text.upper()
    if not update and word in _CHANGES:
        return f"{shown} begins an update, not a query: send it as update= by POST, where updates are allowed"
    if update and word in _BEGINNINGS[:4]:
        return f"{shown} begins a query, not an update: send it as query="
    nearest = _nearest_keyword(token.text, _CHANGES if update else _BEGINNINGS, otherwise=True)
    return f"{shown} begins no {'update' if update else 'query'}{nearest}"


def _token_fault(token: Token, text: str) -> str:
    if token.text in {"'", '"'}:
        return f"the string that begins here does not end on its line: close it with {token.text}, or put {token.text * 3} around several"
    if token.text == "<":
        piece = re.match(r"<[^>\n]*>?", text[token.start :])
        return (
            f"{_shorten(piece[0] if piece else token.text)} is no IRI: it has no spaces, quotation marks or curly brackets, and ends with >"
        )
    return f"{token.text!r} starts no SPARQL token: does it belong in a string?"


def _suggestion(token: Token | None, expected: Iterable[str]) -> str:
    """Return a suggestion of what could stand there, if it is short enough to read."""
    left, words = set(expected), []
    for name, kinds in remedies.TOGETHER.items():
        if kinds <= left:
            words.append(name)
            left -= kinds
    words += sorted({remedies.KINDS.get(each, each.strip("'")) for each in left})
    if token is not None and token.kind == "word":
        near = process.extractOne(token.text.upper(), [each for each in words if each.isupper()], scorer=OSA.distance, score_cutoff=2)
        if near:
            return f": is {near[0]} meant?"
    if not words or len(words) > _LISTED:
        return ""
    *others, last = words
    listed = f"{', '.join(others)} or {last}" if others else last
    return f": {listed} could"


def _nearest_keyword(word: str, known: Iterable[str], *, otherwise: bool = False) -> str:
    names = sorted(known)
    near = process.extractOne(word.upper(), names, scorer=OSA.distance, score_cutoff=2)
    if near:
        return f": is {near[0]} meant?"
    return f": begin with {', '.join(names)}" if otherwise else ""


def _open_bracket(read: Iterable[Token]) -> Token | None:
    """Return the last bracket that is open at the end of ``read``."""
    opened: list[Token] = []
    for token in read:
        if token.kind == "sign" and token.text in _CLOSING:
            opened.append(token)
        elif token.kind == "sign" and token.text in _CLOSING.values() and opened:
            opened.pop()
    return opened[-1] if opened else None


def _is_function(token: Token) -> bool:
    word = token.text.upper()
    return token.kind == "word" and (word in FUNCTIONS or word in AGGREGATES or word in {"COUNT", "GROUP_CONCAT", "NOT", "EXISTS"})


def _is_in_select(before: Sequence[Token]) -> bool:
    """Whether the next token belongs to the SELECT clause."""
    for token in reversed(before):
        if token.text.upper() in {"SELECT", "DISTINCT", "REDUCED"}:
            return True
        if token.kind != "VARIABLE" and token.text not in {"(", ")", "*"}:
            return False
    return False


def _engine_offset(message: str, text: str) -> int:
    """Return the position that the engine reports, as a character offset."""
    match = _PLACE.match(message)
    if match is None:
        return 0
    start = 0
    for _ in range(int(match[1]) - 1):
        start = text.find("\n", start) + 1 or len(text)
    return min(start + int(match[2]) - 1, len(text))


def _token_start(read: Sequence[Token], place: int) -> int:
    """Return the start of the token at or before ``place``: the engine reports positions behind what it could not read."""
    return next((token.start for token in reversed(read) if token.start < place), 0)


def _shorten(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _WORD else flat[:_WORD] + "…"
