"""Steps from solutions to solutions: each returns its input solutions joined with more, and may change them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import expressions
from .expressions import Solution
from .index import QuadIndex
from .paths import Walk
from .tree import Term


@dataclass(frozen=True, slots=True)
class Run:
    """One asking of a question: the index, and the terms of each parameter."""

    index: QuadIndex
    values: Mapping[str, list[Term]]


Apply = Callable[[Run, list[Solution]], list[Solution]]


def walk(walk: Walk, begins: int, ends: int, known: Term | None, wanted: Term | None) -> Apply:
    """Return the step from one end of a path, at the place ``begins`` or ``known``, to the other, at ``ends`` or ``wanted``."""

    def apply(run: Run, solutions: list[Solution]) -> list[Solution]:
        reached: list[Solution] = []
        for solution in solutions:
            terms = walk(run.index, solution[begins] if known is None else known)
            _add(reached, solution, terms, ends, wanted)
        return reached

    return apply


def read_property(named: int, begins: int, ends: int, known: Term | None, wanted: Term | None) -> Apply:
    """Return the step along the property at the place ``named``."""

    def apply(run: Run, solutions: list[Solution]) -> list[Solution]:
        reached: list[Solution] = []
        for solution in solutions:
            terms = run.index.objects(solution[begins] if known is None else known, solution[named], solution[named].value)
            _add(reached, solution, terms, ends, wanted)
        return reached

    return apply


def _add(reached: list[Solution], solution: Solution, terms: list[Any], ends: int, wanted: Term | None) -> None:
    """Add the solutions that ``terms`` make of one: with the term at ``ends`` where it binds nothing, else where they are the same."""
    expected = solution[ends] if wanted is None else wanted
    if expected is not None:
        reached += [solution if number == 0 else solution.copy() for number in range(terms.count(expected))] if terms else []
        return
    for term in terms[1:]:
        other = solution.copy()
        other[ends] = term
        reached.append(other)
    if terms:
        solution[ends] = terms[0]
        reached.append(solution)


def chain(steps: tuple[Apply, ...]) -> Apply:
    def apply(run: Run, solutions: list[Solution]) -> list[Solution]:
        for step in steps:
            if not solutions:
                break
            solutions = step(run, solutions)
        return solutions

    return apply


def insert(place: int, parameter: str) -> Apply:
    def apply(run: Run, solutions: list[Solution]) -> list[Solution]:
        terms = run.values[parameter]
        return [_with(solution, place, term) for solution in solutions for term in terms if solution[place] in (None, term)]

    return apply


def _with(solution: Solution, place: int, term: Any) -> Solution:
    other = solution.copy()
    other[place] = term
    return other


def table(places: list[int], rows: tuple[tuple[Term, ...], ...]) -> Apply:
    def apply(run: Run, solutions: list[Solution]) -> list[Solution]:
        joined = []
        for solution in solutions:
            for row in rows:
                other = solution.copy()
                for place, term in zip(places, row, strict=True):
                    other[place] = term
                joined.append(other)
        return joined

    return apply


def optional(inner: Apply) -> Apply:
    def apply(run: Run, solutions: list[Solution]) -> list[Solution]:
        joined: list[Solution] = []
        for solution in solutions:
            joined += inner(run, [solution.copy()]) or [solution]
        return joined

    return apply


def optional_walk(walk: Walk, begins: int, ends: int) -> Apply:
    """Return the step of an OPTIONAL of one triple, from a place that is bound: the commonest one, without copies of what is not joined."""

    def apply(run: Run, solutions: list[Solution]) -> list[Solution]:
        index, joined = run.index, solutions
        for number, solution in enumerate(solutions):
            terms = walk(index, solution[begins])
            if len(terms) == 1 and solution[ends] is None:
                solution[ends] = terms[0]
            elif terms:
                joined = solutions[:number] if joined is solutions else joined
                others: list[Solution] = []
                _add(others, solution.copy(), terms, ends, None)
                joined += others or [solution]
                continue
            if joined is not solutions:
                joined.append(solution)
        return joined

    return apply


def union(branches: tuple[Apply, ...]) -> Apply:
    def apply(run: Run, solutions: list[Solution]) -> list[Solution]:
        return [each for branch in branches for each in branch(run, [solution.copy() for solution in solutions])]

    return apply


def bind(place: int, value: expressions.Read) -> Apply:
    def apply(run: Run, solutions: list[Solution]) -> list[Solution]:
        for solution in solutions:
            solution[place] = expressions.as_term(value(solution))
        return solutions

    return apply
