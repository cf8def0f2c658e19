"""Error messages for invalid values, in our wording, from pydantic's validation errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

#: Longest excerpt of a value in a message (characters).
SHOWN: Final = 80
_KINDS: Final = {"int": "a whole number", "float": "a number", "decimal": "a number", "bool": "true or false", "string": "a text",
                 "list": "a list of texts", "dict": "an object of names and values"}  # fmt: skip
_WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "missing": lambda _: "is needed",
    "extra_forbidden": lambda _: "unknown parameter",
    "literal_error": lambda of: f"choose from {str(of['expected']).replace(' or ', ', ')}",
    "enum": lambda of: f"choose from {str(of['expected']).replace(' or ', ', ')}",
    "greater_than": lambda of: f"give a number above {of['gt']}",
    "greater_than_equal": lambda of: f"give a number from {of['ge']} on",
    "less_than": lambda of: f"give a number below {of['lt']}",
    "less_than_equal": lambda of: f"give a number up to {of['le']}",
    "too_short": lambda of: f"give {of['min_length']} at least",
    "too_long": lambda of: f"give {of['max_length']} at most",
    "string_too_short": lambda of: f"give {of['min_length']} characters at least",
    "string_too_long": lambda of: f"give {of['max_length']} characters at most",
    "finite_number": lambda _: "give a finite number",
    "int_from_float": lambda _: "give a whole number",
}


def describe(errors: Iterable[Mapping[str, Any]]) -> str:
    """Return a message for each error: location, value and remedy.

    >>> describe([{"type": "less_than_equal", "loc": ("page",), "input": 0, "ctx": {"le": 9}}])
    'page: 0: give a number up to 9'
    """
    return "; ".join(describe_one(each) for each in errors)


def describe_one(error: Mapping[str, Any]) -> str:
    """Return the message for one error."""
    place = ".".join(str(part) for part in error["loc"])
    advice = remedy(error)
    shown = "" if error["type"] in {"missing", "extra_forbidden", "too_short", "too_long"} else f" {_shorten(error.get('input'))}:"
    return f"{place}:{shown} {advice}"


def remedy(error: Mapping[str, Any]) -> str:
    """Return the remedy for one error."""
    kind = str(error["type"])
    if kind in {"value_error", "assertion_error"}:
        return str(error["ctx"]["error"])
    if kind in _WORDS:
        return _WORDS[kind](error.get("ctx", {}))
    return f"give {_KINDS.get(kind.partition('_')[0], 'another value')}"


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
