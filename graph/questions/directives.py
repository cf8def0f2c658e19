"""Directives of questions: comments that say which lines parameters add to a query, and which pattern decides what is listed.

========================== =================================================================
``#? drug: text``          the query has this line when the parameter ``drug`` is given
``#? check=a,b: text``     … when it is given with one of these choices
``#{ page`` and ``#}``     around the pattern that decides what is listed
========================== =================================================================

Engines skip comments, so a directive that is misspelt would be skipped too, and a filter be ignored: :func:`check` refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from mabgraph.ingest.errors import QuestionError

#: A line of the header begins so.
HEADER: Final = "#+"
#: The lines around the pattern that decides which things are listed.
BEGIN: Final = "#{ page"
END: Final = "#}"
_CONDITION: Final = re.compile(r"(?P<indent>\s*)#\?\s*(?P<name>\w+)(=(?P<choices>[\w,-]*))?: (?P<text>.*)")
_SLOT: Final = re.compile(r"\$(?P<name>\w+)")
#: What is meant as a directive: a comment with one of its signs, also behind other text or a space.
_MEANT: Final = re.compile(r"(^|\s)#\s*[?{}+]")
#: Literals and IRIs, in which a number sign begins no comment.
_QUOTED: Final = re.compile(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'|<[^<>\s]*>')


def suggest(name: str, known: Iterable[str]) -> str:
    """Return the remedy for an unknown name: the nearest of the ``known`` ones, or all of them.

    >>> suggest("colums", ["columns", "page"]), suggest("x", ["columns", "page"])
    ('is columns meant?', 'choose from columns, page')
    """
    names = sorted(known)
    near = process.extractOne(name, names, scorer=OSA.normalized_similarity, score_cutoff=0.6)
    if near:
        return f"is {near[0]} meant?"
    return f"choose from {', '.join(names)}" if names else "there are none"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a query, the parameter it depends on, and the choices of that parameter that it is for; None means any."""

    text: str
    parameter: str | None = None
    choices: tuple[str, ...] | None = None

    @classmethod
    def read(cls, text: str) -> Line:
        """Return the line that ``text`` writes."""
        match = _CONDITION.fullmatch(text)
        if match is None:
            return cls(text)
        choices = None if match["choices"] is None else tuple(filter(None, match["choices"].split(",")))
        return cls(match["indent"] + match["text"], match["name"], choices)

    def applies(self, choices: Mapping[str, frozenset[str]]) -> bool:
        """Whether the query has this line; ``choices`` maps each parameter with values to the choices among them."""
        if self.parameter is None:
            return True
        return self.parameter in choices and (self.choices is None or not choices[self.parameter].isdisjoint(self.choices))


def check(text: str, path: Path, parameters: Mapping[str, Collection[str]], *, paged: bool) -> None:
    """Refuse directives and slots in ``text``, the whole file ``path``, that no query would have.

    ``parameters`` maps each parameter to its choices, ``paged`` says whether the header has a page.

    :raises QuestionError: naming file and line of everything that is wrong, with the remedy.
    """
    faults = [f"{path}:{number}: {fault}" for number, fault in _faults(text, parameters, paged)]
    faults += [
        f"{path}: the parameter {name!r} has no line '#? {name}: …': it would be ignored" for name in parameters if not _is_read(name, text)
    ]
    if faults:
        raise QuestionError("\n".join(faults))


def _is_read(parameter: str, text: str) -> bool:
    """Whether a line of ``text`` depends on ``parameter``."""
    return any(Line.read(line).parameter == parameter for line in text.splitlines())


def _faults(text: str, parameters: Mapping[str, Collection[str]], paged: bool) -> Iterator[tuple[int, str]]:
    """Yield the number of a line and what is wrong in it."""
    marks = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip(" ") in {BEGIN, END}:
            marks.append((number, line.lstrip(" ")))
        elif not line.startswith(HEADER) and (fault := _line_fault(line, parameters)) is not None:
            yield number, fault
    if marks and not paged:
        yield marks[0][0], f"{marks[0][1]!r} marks the pattern of a page, and the header has none: add 'page', or remove the mark"
    elif paged and [mark for _, mark in marks] != [BEGIN, END]:
        last = marks[-1][0] if marks else 1
        yield last, f"a page needs {BEGIN!r} and {END!r} around the pattern that decides what is listed, once each and in this order"


def _line_fault(text: str, parameters: Mapping[str, Collection[str]]) -> str | None:
    """Return what is wrong with a line that is no mark of a page; none if nothing is."""
    line = Line.read(text)
    if _MEANT.search(_QUOTED.sub("", line.text)):
        return f"{text.strip()[:80]!r} is no directive: write '#? parameter: text', '#? parameter=choice: text', {BEGIN!r} or {END!r} alone"
    if line.parameter is not None and line.parameter not in parameters:
        return f"the parameter {line.parameter!r} is unknown: {suggest(line.parameter, parameters)}"
    for slot in _SLOT.finditer(line.text):
        if slot["name"] != line.parameter:
            return f"the slot ${slot['name']} is not filled: " + (
                f"write ${line.parameter}" if line.parameter else "a slot stands in a line of its parameter, '#? parameter: …'"
            )
    if line.parameter is None or line.choices is None:
        return None
    if not line.choices:
        return f"{text.strip()[:80]!r} names no choice: write one behind '='"
    unknown = [choice for choice in line.choices if choice not in parameters[line.parameter]]
    return f"{unknown[0]!r} is no choice of {line.parameter}: {suggest(unknown[0], parameters[line.parameter])}" if unknown else None
