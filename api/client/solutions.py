"""Results of SPARQL queries as rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from .rows import Rows, Solution

_NUMBERS: Final[dict[str, Callable[[str], int | float]]] = {
    "integer": int, "nonNegativeInteger": int, "positiveInteger": int, "int": int, "long": int,
    "decimal": float, "double": float, "float": float,
}  # fmt: skip


def solutions(results: Mapping[str, Any], dataset: str) -> Rows[Solution]:
    """Return the rows of results in the SPARQL 1.1 Query Results JSON Format; for ASK one row with ``boolean``."""
    if "boolean" in results:
        return Rows([{"boolean": bool(results["boolean"])}], dataset, ["boolean"])
    names = list(results["head"]["vars"])
    return Rows([{name: _value(row.get(name)) for name in names} for row in results["results"]["bindings"]], dataset, names)


def _value(term: Mapping[str, str] | None) -> str | int | float | bool | None:
    """Return a term of the SPARQL results format as a value; a number that does not parse stays text.

    >>> _value({"type": "literal", "value": "0.71", "datatype": "http://www.w3.org/2001/XMLSchema#decimal"})
    0.71
    """
    if term is None:
        return None
    datatype = term.get("datatype", "").rpartition("#")[2]
    if datatype == "boolean":
        return term["value"] in {"true", "1"}
    try:
        return _NUMBERS.get(datatype, str)(term["value"])
    except ValueError:
        return term["value"]
