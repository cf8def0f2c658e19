"""Rows that are worked out of several solutions: GROUP BY with COUNT, MAX and GROUP_CONCAT (SPARQL 1.1 Query, 11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pyoxigraph as ox

from . import expressions
from .expressions import Read, Solution
from .groups import Scope
from .steps import Apply, Run
from .tree import Call, Expression, Select, UnsupportedError, Variable

_INTEGER: Final = ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")
#: Works out one value of the solutions of a group.
Aggregate = Callable[[list[Solution]], Any]


def collect(query: Select, scope: Scope, steps: Apply) -> tuple[Apply, Scope]:
    """Return ``steps`` and the grouping of ``query`` after them, and the scope of the rows.

    :raises UnsupportedError: without GROUP BY, or for an aggregate that the questions do not have.
    """
    if not query.grouped_by:
        raise UnsupportedError("an aggregate without GROUP BY is not read by patterns")
    keys = [scope.place(variable.name) for variable in query.grouped_by]
    rows = Scope(scope.nested)
    kept = [(keys[number], rows.place(variable.name)) for number, variable in enumerate(query.grouped_by)]
    worked_out = [
        (_aggregate(expression, scope), rows.place(variable.name)) for variable, expression in query.columns if expression is not None
    ]
    if any(expression is None and variable not in query.grouped_by for variable, expression in query.columns):
        raise UnsupportedError("a column that is neither grouped by nor worked out is not read by patterns")

    def apply(run: Run, solutions: list[Solution]) -> list[Solution]:
        grouped: dict[tuple[Any, ...], list[Solution]] = {}
        for solution in steps(run, solutions):
            grouped.setdefault(tuple([solution[key] for key in keys]), []).append(solution)
        return [_row(several, rows, kept, worked_out) for several in grouped.values()]

    return apply, rows


def _row(several: list[Solution], rows: Scope, kept: list[tuple[int, int]], worked_out: list[tuple[Aggregate, int]]) -> Solution:
    row = rows.create_solution()
    for source, target in kept:
        row[target] = several[0][source]
    for aggregate, target in worked_out:
        row[target] = expressions.as_term(aggregate(several))
    return row


def _aggregate(expression: Expression, scope: Scope) -> Aggregate:
    if not isinstance(expression, Call) or expression.name not in _AGGREGATES or len(expression.arguments) != 1:
        raise UnsupportedError("a column that is worked out is read by patterns as COUNT, MAX or GROUP_CONCAT")
    return _AGGREGATES[expression.name](expression, expressions.read(expression.arguments[0], scope.place))


def _texts(read: Read, several: list[Solution]) -> list[str] | None:
    """Return the texts of a group; None where one of them is an error."""
    texts = [expressions.text_of(read(solution)) for solution in several]
    return None if None in texts else [text for text in texts if text is not None]


def _greatest(call: Call, read: Read) -> Aggregate:
    if not isinstance(call.arguments[0], Call) or call.arguments[0].name != "STR":
        raise UnsupportedError("MAX is read by patterns of STR")
    return lambda several: max(texts) if (texts := _texts(read, several)) else None


def _join(call: Call, read: Read) -> Aggregate:
    if not call.distinct:
        raise UnsupportedError("GROUP_CONCAT is read by patterns with DISTINCT")
    return lambda several: None if (texts := _texts(read, several)) is None else call.separator.join(sorted(set(texts)))


def _count(call: Call, read: Read) -> Aggregate:
    if not call.distinct or not isinstance(call.arguments[0], Variable):
        raise UnsupportedError("COUNT is read by patterns as COUNT(DISTINCT ?name)")

    def count(several: list[Solution]) -> ox.Literal:
        return ox.Literal(str(len({term for solution in several if (term := read(solution)) is not None})), datatype=_INTEGER)

    return count


_AGGREGATES: Final = {"MAX": _greatest, "GROUP_CONCAT": _join, "COUNT": _count}
