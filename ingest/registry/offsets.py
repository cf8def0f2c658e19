"""Offsets: where each value of a record stands in the characters of its file, by its pointer.

A text is where its characters are, without the quotation marks. Offsets are counted in code points, as in papers.
"""

from __future__ import annotations

import json
import re
from typing import Final

from . import pointers

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_TOKEN: Final = re.compile(r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<sign>[\[\]{},:])|(?P<plain>[^\s\[\]{},:"]+))', re.DOTALL)

#: First character and the one after the last.
Span = tuple[int, int]


def offsets(text: str, below: str = "") -> dict[str, Span]:
    """Return the spans of the texts and numbers of a JSON text that was read before, by pointer; only those ``below`` one, if it is given.

    >>> offsets('{"a": ["x", 15], "b": {"c/d": "y"}}')
    {'/a/0': (8, 9), '/a/1': (12, 14), '/b/c~1d': (31, 32)}
    """
    spans: dict[str, Span] = {}
    #: Open objects and arrays: the pointer of each, and the index of the next item, or the name of the next value.
    path: list[str] = []
    indexes: list[int] = []
    name, steps = "", dict[str, str]()
    for match in _TOKEN.finditer(text):
        kind, sign = match.lastgroup, match["sign"]
        if kind == "sign":
            if sign in "{[":
                path.append(_here(path, indexes, name))
                indexes.append(0 if sign == "[" else -1)
                name = ""
            elif sign in "}]":
                path.pop()
                indexes.pop()
            elif sign == "," and indexes[-1] >= 0:
                indexes[-1] += 1
            elif sign == ",":
                name = ""
            continue
        start, end = match.span(str(kind))
        if indexes and indexes[-1] < 0 and not name:
            written = text[start + 1 : end - 1]
            name = steps.get(written) or steps.setdefault(written, pointers.join(_decode(written)))
            continue
        pointer = _here(path, indexes, name)
        name = ""
        if pointer.startswith(below):
            spans[pointer] = (start + 1, end - 1) if kind == "string" else (start, end)
    return spans


def _decode(written: str) -> str:
    """Return the name that is written, perhaps with escapes."""
    return str(json.loads(f'"{written}"')) if "\\" in written else written


def _here(path: list[str], indexes: list[int], name: str) -> str:
    """Return the pointer of the value that comes next."""
    if not path:
        return ""
    return f"{path[-1]}/{indexes[-1]}" if indexes[-1] >= 0 else f"{path[-1]}{name}"
