"""The order in which the parts of a group are read: of triples that stand together the best known first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from .tree import Filter, GroupPattern, InlineTable, Optional, Part, Triple, Union, Values, Variable

#: So many properties of one subject are read together.
TOGETHER: Final = 2
#: How well a triple is known (:func:`rank`): the subject, and neither of its ends.
SUBJECT, NEITHER = 1, 4


def in_order(group: GroupPattern, bound: frozenset[str]) -> Iterator[Part]:
    """Yield the parts of a group but its filters: of triples that stand together the best known first."""
    waiting: list[Triple] = []
    for part in group.parts:
        if isinstance(part, Triple):
            waiting.append(part)
        elif not isinstance(part, Filter):
            yield from (ordered := _order(waiting, bound))
            bound |= variables_bound_by(ordered)
            waiting = []
            yield part
            bound |= variables_bound_by([part])
    yield from _order(waiting, bound)


def _order(triples: list[Triple], bound: frozenset[str]) -> list[Triple]:
    rest, ordered = list(triples), list[Triple]()
    while rest:
        best = min(rest, key=lambda each: rank(each, bound | variables_bound_by(ordered)))
        rest.remove(best)
        ordered.append(best)
    return ordered


def rank(triple: Triple, bound: frozenset[str]) -> int:
    """Return how well a triple is known: both ends, the subject, the object by a variable, the object as it stands, or nothing."""
    subject, term = (not isinstance(end, Variable) or end.name in bound for end in (triple.subject, triple.object))
    if subject:
        return 1 if not term else 0
    return 4 if not term else 2 if isinstance(triple.object, Variable) else 3


def variables_bound_by(parts: Iterable[Part]) -> frozenset[str]:
    """Return the names that parts bind for certain."""
    names: set[str] = set()
    for part in parts:
        if isinstance(part, Triple):
            names |= {end.name for end in (part.subject, part.object, part.path) if isinstance(end, Variable)}
        elif isinstance(part, Values):
            names.add(part.variable.name)
        elif isinstance(part, InlineTable):
            names |= {variable.name for variable in part.variables}
        elif isinstance(part, GroupPattern):
            names |= variables_bound_by(part.parts)
        elif isinstance(part, Union):
            names |= frozenset.intersection(*(variables_bound_by(each.parts) for each in part.groups))
    return frozenset(names)


def together(group: GroupPattern) -> frozenset[str]:
    """Return the variables of which a group asks so many properties that all are read together."""
    counts: dict[str, int] = {}

    def count(parts: Iterable[Part]) -> None:
        for part in parts:
            if isinstance(part, Triple) and isinstance(part.subject, Variable):
                counts[part.subject.name] = counts.get(part.subject.name, 0) + 1
            elif isinstance(part, Optional):
                count(part.group.parts)

    count(group.parts)
    return frozenset(name for name, number in counts.items() if number >= TOGETHER)
