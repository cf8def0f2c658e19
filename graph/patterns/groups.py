"""Groups of patterns as steps from solutions to solutions: each looks up what is known of a solution in the index.

The steps go from left to right with what is bound already. That gives the solutions of SPARQL for patterns as the questions have them,
where a variable within OPTIONAL, UNION or EXISTS that stands outside as well is bound outside already; anything else is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from . import expressions, ordering, paths, steps, tree
from .expressions import Solution
from .steps import Apply
from .tree import GroupPattern, Part, Triple, UnsupportedError, Variable

#: Makes the steps of a subquery: it is given the names that are bound outside, and gives those that it binds.
Nested = Callable[[tree.Select, "Scope", frozenset[str]], tuple[Apply, frozenset[str]]]


@dataclass(slots=True)
class Scope:
    """The variables of a query or subquery, each with its place in a solution, and how its subqueries are made."""

    nested: Nested
    places: dict[str, int] = field(default_factory=dict)
    #: The parameter whose values a variable has, by the name of the variable.
    parameters: dict[str, str] = field(default_factory=dict)
    #: Variables that were reached from an object, before anything else was asked of them: most may turn out to be of no use.
    reached: set[str] = field(default_factory=set)

    def place(self, name: str) -> int:
        """Return the place of the variable ``name``."""
        return self.places.setdefault(name, len(self.places))

    def create_solution(self) -> Solution:
        """Return a solution that binds nothing."""
        return [None] * len(self.places)


def compile_group(group: GroupPattern, scope: Scope, bound: frozenset[str]) -> tuple[Apply, frozenset[str]]:
    """Return the steps of ``group`` after solutions that bind the names ``bound``, and the names bound behind it.

    :raises UnsupportedError: for what is not read by patterns.
    """
    done: list[Apply] = []
    filters = [part for part in group.parts if isinstance(part, tree.Filter)]
    for part in ordering.in_order(group, bound):
        step, bound = _compile_part(part, scope, bound, ordering.together(group))
        done += [step] if step else []
        for each in [each for each in filters if not _has_exists(each) and expressions.variables(each.condition) <= bound]:
            filters.remove(each)
            done.append(_filter(each, scope, bound))
    done += [_filter(each, scope, bound) for each in filters]
    return steps.chain(tuple(done)), bound


def _compile_part(part: Part, scope: Scope, bound: frozenset[str], together: frozenset[str]) -> tuple[Apply | None, frozenset[str]]:
    if isinstance(part, Triple):
        return _compile_triple(part, scope, bound, together), bound | ordering.variables_bound_by([part])
    if isinstance(part, tree.Values):
        name = part.variable.name
        if name in bound and scope.parameters.get(name) == part.parameter:
            return None, bound
        scope.parameters[name] = part.parameter
        return steps.insert(scope.place(name), part.parameter), bound | {name}
    if isinstance(part, tree.InlineTable):
        if any(variable.name in bound for variable in part.variables):
            raise UnsupportedError("VALUES of a variable that is bound already is not read by patterns")
        return steps.table([scope.place(variable.name) for variable in part.variables], part.rows), bound | ordering.variables_bound_by(
            [part]
        )
    if isinstance(part, tree.Optional):
        if simple := _compile_simple(part.group, scope, bound, together):
            return simple, bound
        return steps.optional(compile_group(part.group, scope, bound)[0]), bound
    if isinstance(part, tree.Union):
        branches = [compile_group(each, scope, bound) for each in part.groups]
        return steps.union(tuple(apply for apply, _ in branches)), frozenset.intersection(*(names for _, names in branches))
    if isinstance(part, GroupPattern):
        return compile_group(part, scope, bound)
    if isinstance(part, tree.Select):
        return scope.nested(part, scope, bound)
    assert isinstance(part, tree.Bind)
    if part.variable.name in bound:
        raise UnsupportedError("BIND to a variable that is bound already is not read by patterns")
    return steps.bind(scope.place(part.variable.name), expressions.read(part.expression, scope.place)), bound


def _compile_simple(group: GroupPattern, scope: Scope, bound: frozenset[str], together: frozenset[str]) -> Apply | None:
    """Return the step of an OPTIONAL that is one path from a variable that is bound to one that nothing binds for certain."""
    triple = group.parts[0] if len(group.parts) == 1 else None
    if not isinstance(triple, Triple) or isinstance(triple.path, Variable):
        return None
    if not isinstance(triple.subject, Variable) or not isinstance(triple.object, Variable):
        return None
    if triple.subject.name not in bound or triple.object.name in bound or triple.subject.name in scope.reached:
        return None
    walk = paths.forward(triple.path, triple.subject.name in together)
    return steps.optional_walk(walk, scope.place(triple.subject.name), scope.place(triple.object.name))


def _compile_triple(triple: Triple, scope: Scope, bound: frozenset[str], together: frozenset[str]) -> Apply:
    rank = ordering.rank(triple, bound)
    if rank == ordering.NEITHER:
        raise UnsupportedError("a triple of which neither end is known is not read by patterns")
    end, start = (triple.object, triple.subject) if rank <= ordering.SUBJECT else (triple.subject, triple.object)
    known = None if isinstance(start, Variable) else start
    begins = scope.place(start.name) if isinstance(start, Variable) else -1
    ends = scope.place(end.name) if isinstance(end, Variable) else -1
    wanted = None if isinstance(end, Variable) else end
    if isinstance(triple.path, Variable):
        if triple.path.name not in bound or rank > ordering.SUBJECT:
            raise UnsupportedError("a property that is not known is not read by patterns")
        return steps.read_property(scope.place(triple.path.name), begins, ends, known, wanted)
    whole = isinstance(start, Variable) and start.name in together and rank <= ordering.SUBJECT and start.name not in scope.reached
    if isinstance(start, Variable):
        scope.reached.discard(start.name)
    if isinstance(end, Variable) and rank > ordering.SUBJECT:
        scope.reached.add(end.name)
    walk = paths.forward(triple.path if rank <= ordering.SUBJECT else paths.invert(triple.path), whole)
    return steps.walk(walk, begins, ends, known, wanted)


def _has_exists(part: tree.Filter) -> bool:
    return isinstance(part.condition, tree.Exists)


def _filter(part: tree.Filter, scope: Scope, bound: frozenset[str]) -> Apply:
    if isinstance(part.condition, tree.Exists):
        inner, _ = compile_group(part.condition.group, scope, bound)
        negated = part.condition.negated
        return lambda run, solutions: [each for each in solutions if bool(inner(run, [each.copy()])) is not negated]
    condition = expressions.read(part.condition, scope.place)
    return lambda run, solutions: [each for each in solutions if condition(each) is True]
