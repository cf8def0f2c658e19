"""Offsets: where each value of a record stands in the characters of its file, by its pointer.

A text is where its characters are, without the quotation marks. Offsets are counted in code points, as in papers.
"""

from __future__ import annotations

import json
import re
from json import JSONDecoder
from typing import Final

from . import pointers

#: The name of a member of an object.
_NAME: Final = re.compile(r'[\s,]*+"([^"\\]*+(?:\\.[^"\\]*+)*+)"\s*:\s*', re.DOTALL)
#: The next value, with its name where it stands in an object: a text, the begin or end of an object or array, or a number or word.
_VALUE: Final = re.compile(
    r"""[\s,]*+(?:"(?P<name>[^"\\]*+(?:\\.[^"\\]*+)*+)"\s*:\s*)?"""
    r"""(?:"(?P<string>[^"\\]*+(?:\\.[^"\\]*+)*+)"|(?P<open>[\[{])|(?P<close>[\]}])|(?P<plain>[^\s\[\]{},:"]++))""",
    re.DOTALL,
)
#: How deep parts of a record are told apart before their values are looked for: sections, modules, and what these have.
DEPTH: Final = 3
_DECODER: Final = JSONDecoder()

#: First character and the one after the last.
Span = tuple[int, int]


class Offsets:
    """The spans of the values of a JSON text that was read before, part after part: only parts that are asked about are read again."""

    def __init__(self, text: str) -> None:
        """Take the text of the record."""
        self._text = text
        self._spans: dict[str, Span] = {}
        self._parts: dict[str, int] = {}
        _parts(text, "", text.index("{"), DEPTH, self._parts)

    def span(self, pointer: str) -> Span:
        """Return where the text or number at ``pointer`` stands.

        :raises KeyError: when there is none.

        >>> spans = Offsets('{"a": ["x", 15], "b": {"c/d": "y"}}')
        >>> spans.span("/a/0"), spans.span("/a/1"), spans.span("/b/c~1d")
        ((8, 9), (12, 14), (31, 32))
        """
        if pointer not in self._spans:
            steps = pointer.split("/")
            around = ("/".join(steps[: depth + 1]) for depth in range(DEPTH, 0, -1))
            part = next((part for part in around if part in self._parts), pointer)
            self._spans |= _spans(self._text, part, self._parts.pop(part))
        return self._spans[pointer]

    def below(self, pointer: str) -> dict[str, Span]:
        """Return where each text and number below the object at ``pointer`` stands, by pointer, in the order of the record.

        >>> Offsets('{"a": {"x": ["y"], "z": 15}, "b": 1}').below("/a")
        {'/a/x/0': (14, 15), '/a/z': (24, 26)}
        """
        for part in [part for part in self._parts if part.startswith(f"{pointer}/")]:
            self._spans |= _spans(self._text, part, self._parts.pop(part))
        own = (each for each in self._spans.items() if each[0].startswith(f"{pointer}/"))
        return dict(sorted(own, key=lambda each: each[1]))


def _parts(text: str, pointer: str, start: int, depth: int, parts: dict[str, int]) -> int:
    """Add to ``parts`` where the values begin that stand ``depth`` objects below the object at ``start``, by pointer; return its end."""
    at = start + 1
    while member := _NAME.match(text, at):
        below, at = pointer + pointers.join(_decode(member[1])), member.end()
        if depth > 1 and text[at] == "{":
            at = _parts(text, below, at, depth - 1, parts)
        else:
            parts[below] = at
            at = _DECODER.raw_decode(text, at)[1]
    return text.index("}", at) + 1


def _spans(text: str, pointer: str, start: int) -> dict[str, Span]:
    """Return the spans of the texts and numbers in the value at ``pointer``, which begins at ``start``."""
    spans: dict[str, Span] = {}
    #: Open objects and arrays around the next value: the pointer of each, and the index of the next item (below 0 in an object).
    path: list[tuple[str, int]] = []
    here, index = pointer, -1
    steps: dict[str, str] = {}
    for match in _VALUE.finditer(text, start):
        kind = match.lastgroup
        if kind == "close":
            here, index = path.pop()
            if not path:
                break
            continue
        if (name := match["name"]) is not None:
            at = here + (steps.get(name) or steps.setdefault(name, pointers.join(_decode(name))))
        elif path:
            at = f"{here}/{index}"
            index += 1
        else:
            at = here
        if kind == "open":
            path.append((here, index))
            here, index = at, 0
        else:
            spans[at] = match.span(str(kind))
            if not path:
                break
    return spans


def _decode(written: str) -> str:
    """Return the name that is written, perhaps with escapes."""
    return str(json.loads(f'"{written}"')) if "\\" in written else written
