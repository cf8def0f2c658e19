"""Filters as the client takes them: one value, several that mean any of them, or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from mabgraph.ingest.errors import QuestionError

_RESERVED: Final = frozenset({"page", "page_size", "fields", "format"})

Scalar = str | int | float | bool
Filter = Scalar | Iterable[Scalar] | None


def parameters_of(filters: Mapping[str, Filter]) -> dict[str, list[str]]:
    """Return filters as query parameters, each value as text; filters without a value are left out.

    >>> parameters_of({"drug": ["a", "b"], "exact": True, "target": None})
    {'drug': ['a', 'b'], 'exact': ['true']}

    :raises QuestionError: for a parameter that the client sets itself.
    """
    for name in sorted(_RESERVED & filters.keys()):
        raise QuestionError(f"{name}: the client sets page, page size, fields and format itself: leave it out")
    return {name: _values(value) for name, value in filters.items() if value is not None}


def _values(filter_value: Scalar | Iterable[Scalar]) -> list[str]:
    several = [filter_value] if isinstance(filter_value, str | int | float) else list(filter_value)
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in several]
