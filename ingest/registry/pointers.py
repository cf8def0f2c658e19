"""JSON Pointers (RFC 6901): where a value stands in a registry record, and what stands there.

Every number of a registry record has its pointer as its place. The pointer leads into the file as it is kept, so that any library that
knows RFC 6901 finds the printed text.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ..errors import RecordError

#: A step of a path as msgspec writes it: ``.name`` or ``[0]``.
_STEP: Final = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")
#: What ends a line, commands a terminal, or turns the direction of writing.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
#: An index of an array: no leading zeros (RFC 6901, section 4).
_INDEX: Final = re.compile(r"0|[1-9][0-9]*")


def join(*steps: str | int) -> str:
    """Return the pointer of ``steps``, each a name or an index, escaped.

    >>> join("resultsSection", "a/b", 0, "m~n")
    '/resultsSection/a~1b/0/m~0n'
    """
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def in_words(text: str) -> str:
    """Return a place or a fault as it can be kept, and written on one line: half a character and a control character as their escapes.

    >>> in_words("/a/" + chr(0xDC00)) == "/a/" + chr(92) + "udc00", in_words("a" + chr(27)) == "a" + chr(92) + "x1b"
    (True, True)
    """
    whole = text.encode("utf-8", "backslashreplace").decode()
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), whole)


def of_path(message: str) -> str:
    """Return the pointer of the path at the end of a message of msgspec; empty where it names none.

    >>> of_path("Expected `array`, got `str` - at `$.protocolSection.conditionsModule.conditions`")
    '/protocolSection/conditionsModule/conditions'
    >>> of_path("Expected `str`, got `int` - at `$.resultsSection.groups[3].value`")
    '/resultsSection/groups/3/value'
    """
    _, at, path = message.partition(" - at `$")
    return join(*(name or index for name, index in _STEP.findall(path))) if at else ""


def resolve(content: Any, pointer: str) -> Any:
    """Return what stands at ``pointer`` in parsed JSON.

    :raises RecordError: when nothing stands there, naming the step that leads nowhere.

    >>> resolve({"a/b": [{"m~n": 5}]}, "/a~1b/0/m~0n")
    5
    """
    if pointer and not pointer.startswith("/"):
        raise RecordError(f"{pointer!r} is no JSON Pointer: begin it with a slash, as in /protocolSection")
    at = ""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(content, dict) and name in content:
            content = content[name]
        elif isinstance(content, list) and _INDEX.fullmatch(name) and int(name) < len(content):
            content = content[int(name)]
        else:
            raise RecordError(f"{pointer}: nothing stands there: {at or 'the record'} {_describe(content)}")
        at = f"{at}/{step}"
    return content


def _describe(content: Any) -> str:
    if isinstance(content, dict):
        return f"has {', '.join(content) or 'nothing'}"
    return f"has {len(content)} items" if isinstance(content, list) else "is a value"
