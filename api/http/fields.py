"""Header fields, parsed in one pass: lists, parameters and quality values (RFC 9110, 5.6 and 12.4.2).

No backtracking regular expression is used, so parsing takes linear time.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

#: White space of HTTP.
_BLANK: Final = " \t"
#: Longest quality value accepted (characters); RFC 9110 allows five, some clients send every digit of a fraction, Java sends ``.2``.
_WEIGHT: Final = 20


def members(text: str, separator: str = ",") -> list[str]:
    """Return the non-empty members of a list, stripped; separators inside quoted strings do not count.

    >>> members('a, "b, c" ;x="d",, f')
    ['a', '"b, c" ;x="d"', 'f']
    """
    parts = text.split(separator) if '"' not in text else _split_quoted(text, separator)
    return [part for each in parts if (part := each.strip(_BLANK))]


def _split_quoted(text: str, separator: str) -> list[str]:
    parts: list[str] = []
    begin, quoted, escaped = 0, False, False
    for place, sign in enumerate(text):
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = quoted
        elif sign == '"':
            quoted = not quoted
        elif sign == separator and not quoted:
            parts.append(text[begin:place])
            begin = place + 1
    return [*parts, text[begin:]]


def split_parameters(text: str) -> tuple[str, dict[str, str]]:
    """Return a value and its parameters: names in lower case, values unquoted; anything malformed is left out.

    >>> split_parameters('text/turtle ; Charset="utf-8"; q=0.5; x')
    ('text/turtle', {'charset': 'utf-8', 'q': '0.5'})
    """
    first, *others = members(text, ";") or [""]
    if text.lstrip(_BLANK).startswith(";"):
        first, others = "", [first, *others]
    parameters: dict[str, str] = {}
    for other in others:
        name, sign, value = other.partition("=")
        if sign and (name := name.strip(_BLANK)):
            parameters[name.lower()] = unquote(value.strip(_BLANK))
    return first, parameters


def unquote(text: str) -> str:
    r"""Return the content of a quoted string (RFC 9110, 5.6.4); any other text is unchanged.

    >>> unquote(r'"a\"b"'), unquote('a"b')
    ('a"b', 'a"b')
    """
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    parts = text[1:-1].split("\\\\")
    return "\\".join(part.replace("\\", "") for part in parts)


@lru_cache(maxsize=200)
def qualities(header: str) -> Mapping[str, float]:
    """Return the quality value of each member of an ``Accept…`` field, in lower case; the highest value of a repeated member.

    A member keeps the parameters before ``q``, which make it another member; ``charset=utf-8`` is dropped, because all text is UTF-8.

    >>> dict(qualities("text/csv;q=0.5, */*;q=0.1, text/html;level=1, text/turtle;charset=UTF-8, a/b;q=much"))
    {'text/csv': 0.5, '*/*': 0.1, 'text/html;level=1': 1.0, 'text/turtle': 1.0}
    """
    weights: dict[str, float] = {}
    for member in members(header):
        value, parameters = split_parameters(member)
        weight = _weight(parameters.get("q", "1"))
        if weight is None:
            continue
        kept = []
        for name, of in parameters.items():
            if name == "q":
                break
            if (name, of.lower()) != ("charset", "utf-8"):
                kept.append(f";{name}={of}")
        whole = value.lower() + "".join(kept)
        weights[whole] = max(weight, weights.get(whole, 0.0))
    return MappingProxyType(weights)


def _weight(text: str) -> float | None:
    """Return a quality value; none if it is malformed."""
    if len(text) > _WEIGHT or not text.isascii() or not text.replace(".", "", 1).isdigit():
        return None
    weight = float(text)
    return weight if weight <= 1 else None
