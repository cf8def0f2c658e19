"""Offsets: where each value of a record stands in the characters of its file, by its pointer.

A text is where its characters are, without the quotation marks. Offsets are counted in code points, as in papers.
"""

from __future__ import annotations

import json
import re
from typing import Final

from . import pointers

#: The next value, with its name where it stands in an object: a text, the begin or end of an object or array, or a number or word.
_TOKEN: Final = re.compile(
    r"""[\s,]*+(?:"(?P<name>[^"\\]*+(?:\\.[^"\\]*+)*+)"\s*:\s*)?"""
    r"""(?:"(?P<string>[^"\\]*+(?:\\.[^"\\]*+)*+)"|(?P<opening>[\[{])|(?P<closing>[\]}])|(?P<plain>[^\s\[\]{},:"]++))""",
    re.DOTALL,
)

#: First character and the one after the last.
Span = tuple[int, int]


def offsets(text: str, below: str = "") -> dict[str, Span]:
    """Return the spans of the texts and numbers of a JSON text that was read before, by pointer; only those ``below`` one, if it is given.

    >>> offsets('{"a": ["x", 15], "b": {"c/d": "y"}}')
    {'/a/0': (8, 9), '/a/1': (12, 14), '/b/c~1d': (31, 32)}
    """
    spans: dict[str, Span] = {}
    #: Open objects and arrays: the pointer of each, and the index of its last item (of an array).
    path: list[str] = []
    indexes: list[int] = []
    steps: dict[str, str] = {}
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "closing":
            path.pop()
            indexes.pop()
            continue
        if (name := match["name"]) is not None:
            pointer = path[-1] + (steps.get(name) or steps.setdefault(name, pointers.join(_decode(name))))
        elif path:
            indexes[-1] += 1
            pointer = f"{path[-1]}/{indexes[-1]}"
        else:
            pointer = ""
        if kind == "opening":
            path.append(pointer)
            indexes.append(-1)
        elif pointer.startswith(below):
            spans[pointer] = match.span(str(kind))
    return spans


def _decode(written: str) -> str:
    """Return the name that is written, perhaps with escapes."""
    return str(json.loads(f'"{written}"')) if "\\" in written else written
