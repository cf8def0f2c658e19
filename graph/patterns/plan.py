"""Plans: a query as steps over the index. The rows are those of the engine; texts that are joined stand in order, where it has any."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import pyoxigraph as ox

from . import expressions, groups
from .aggregates import collect
from .expressions import Read, Solution
from .groups import Scope
from .index import QuadIndex
from .steps import Apply, Run
from .tree import Select, Term, UnsupportedError

_NUMBERS: Final = frozenset(f"http://www.w3.org/2001/XMLSchema#{name}" for name in ("integer", "decimal", "nonNegativeInteger"))


class QueryPlan:
    """The steps of one query; ``columns`` are the names of its columns."""

    def __init__(self, query: Select) -> None:
        """Take a query.

        :raises UnsupportedError: when it has something that is not read by patterns.
        """
        self.columns = tuple(variable.name for variable, _ in query.columns)
        self._distinct = query.distinct
        self._first = Scope(_compile_subquery)
        self._steps, last = _compile(query, self._first, frozenset())
        self._keys: list[tuple[Read, bool]] = [(expressions.read(each, last.place), descending) for each, descending in query.order]
        self._places = [last.place(name) for name in self.columns]

    def rows(self, engine: ox.Store, values: Mapping[str, list[Term]]) -> list[tuple[Any, ...]]:
        """Return the rows, a term or None for each column, where the parameters have the terms ``values``."""
        solutions = self._steps(Run(QuadIndex(engine), values), [self._first.create_solution()])
        if len(solutions) > 1:
            for key, descending in reversed(self._keys):
                solutions.sort(key=lambda solution, key=key: _rank(key(solution)), reverse=descending)  # type: ignore[misc]
        rows = [tuple([solution[place] for place in self._places]) for solution in solutions]
        return list(dict.fromkeys(rows)) if self._distinct and len(rows) > 1 else rows


def _compile(query: Select, scope: Scope, bound: frozenset[str]) -> tuple[Apply, Scope]:
    """Return the steps of a query, and the scope of the solutions that they give."""
    steps, _ = groups.compile_group(query.group, scope, bound)
    for variable, expression in query.columns:
        if expression is None:
            scope.place(variable.name)
    return collect(query, scope, steps) if query.is_grouped else (steps, scope)


def _compile_subquery(query: Select, outside: Scope, bound: frozenset[str]) -> tuple[Apply, frozenset[str]]:
    """Return the steps of a subquery for each solution outside: what both have in common is known from outside."""
    if query.order:
        raise UnsupportedError("a subquery with an order is not read by patterns")
    plain = [variable.name for variable, expression in query.columns if expression is None]
    shared = frozenset(plain) & bound
    inside = Scope(_compile_subquery, parameters={name: of for name, of in outside.parameters.items() if name in shared})
    into = [(outside.place(name), inside.place(name)) for name in sorted(shared)]
    steps, last = _compile(query, inside, shared)
    names = [variable.name for variable, _ in query.columns]
    out = [(last.place(name), outside.place(name)) for name in names]

    def apply(run: Run, solutions: list[Solution]) -> list[Solution]:
        joined: list[Solution] = []
        for solution in solutions:
            begun = inside.create_solution()
            for source, target in into:
                begun[target] = solution[source]
            rows = {tuple([each[place] for place, _ in out]): None for each in steps(run, [begun])}
            joined += [other for row in rows if (other := _join(solution, row, out)) is not None]
        return joined

    if not query.distinct and not query.is_grouped:
        raise UnsupportedError("a subquery that neither groups nor has DISTINCT is not read by patterns")
    return apply, bound


def _join(solution: Solution, row: tuple[Any, ...], places: list[tuple[int, int]]) -> Solution | None:
    """Return a solution with what a row of a subquery binds; None where they differ."""
    other = solution.copy()
    for term, (_, place) in zip(row, places, strict=True):
        if term is None:
            continue
        if other[place] not in (None, term):
            return None
        other[place] = term
    return other


def _rank(value: Any) -> tuple[Any, ...]:
    """Return what a term is ordered by (SPARQL 1.1 Query, 15.1): nothing, blank nodes, IRIs, then numbers and texts."""
    if value is None:
        return (0,)
    if isinstance(value, str):
        return (4, value)
    if isinstance(value, ox.Literal):
        return (3, Decimal(value.value)) if value.datatype.value in _NUMBERS else (4, value.value)
    return (2 if isinstance(value, ox.NamedNode) else 1, value.value)
