"""Normalisation of the arguments that agents send to tools.

Strict function calling fills in every argument, with null or an empty string where there is no value. Many agents send one name as a
string instead of a list, a list as JSON text, or a number instead of a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from pydantic_core import from_json

_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {})
#: What stands for nothing where a number or one of some words is wanted.
_ABSENT: Final = frozenset({"null", "none", "undefined"})


def normalise(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``arguments`` in the types of ``schema``: a string becomes a list of one, empty values are left out.

    >>> schema = {"properties": {"drug": {"type": "array", "items": {"type": "string"}}, "page": {"type": "integer"}}}
    >>> normalise(schema, {"drug": "blinatumomab", "page": None})
    {'drug': ['blinatumomab']}
    """
    needed = schema.get("required", ())
    values = {name: _value(schema["properties"][name], value) for name, value in arguments.items()}
    return {name: value for name, value in values.items() if value not in _NOTHING or (name in needed and value is not None)}


def _value(schema: Mapping[str, Any], value: Any) -> Any:
    kinds = [schema, *schema.get("anyOf", ())]
    several = next((each for each in kinds if each.get("type") == "array"), None)
    if isinstance(value, str) and (several is not None or any(each.get("type") == "object" for each in kinds)):
        value = _parse(value)
    if several is not None:
        return _as_list(value, several.get("items", {}))
    if isinstance(value, Mapping):
        return {name: _text(each) for name, each in value.items() if each not in _NOTHING}
    if isinstance(value, str) and any(each.get("type", "string") != "string" for each in kinds):
        return None if value.strip().lower() in _ABSENT else value.strip()
    return value


def _as_list(value: Any, items: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return value
    values = value if isinstance(value, list) else [value]
    kept = [each for each in values if each not in _NOTHING and not (isinstance(each, str) and not each.strip())]
    return [_text(each) for each in kept] if items.get("type") == "string" else kept


def _text(value: Any) -> Any:
    """Return a value as a name or parameter: numbers and booleans as text, in lists too."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return [_text(each) for each in value if each not in _NOTHING]
    return str(value) if isinstance(value, int | float) else value


def _parse(text: str) -> Any:
    """Return the parsed JSON of ``text`` if it is a list, an object or null, else ``text``."""
    with suppress(ValueError):
        if text.strip()[:1] in {"[", "{"} or text.strip() == "null":
            return from_json(text)
    return text
