"""A shape as functions: the way to its values, the checks of them, and what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from .triples import NOTHING, Triples, Values, of_node


class Finding(NamedTuple):
    """One result of validation: what breaks which constraint of which shape, as terms of the data.

    ``path`` is written as in SPARQL, or empty; ``value`` is empty where the constraint is not about one value; ``message`` is empty where
    the shape has none.
    """

    focus: str
    path: str
    value: str
    component: str
    shape: str
    message: str


#: What a constraint finds wrong with the values of a node.
Check = Callable[[Triples, str, Values], Sequence[Finding]]
#: Leads from a node to its values.
Follow = Callable[[Triples, str], Values]


class Shape:
    """One shape. ``predicate`` is its path where that is a single property, else nothing.

    ``checks`` are made where there is a value, ``checks_of_nothing`` where there is none.
    """

    def __init__(self, path: str, follow: Follow | None, checks: Iterable[tuple[Check, bool]]) -> None:
        """Take the ``path`` as SPARQL writes it, what follows it, and each check, with whether it is one of nothing too.

        A node shape has an empty path and no ``follow``: it is about the node itself.
        """
        self.is_property = bool(path)
        self.predicate = path if path and "<" not in path else None
        self.checks = tuple(check for check, _ in checks)
        self.checks_of_nothing = tuple(check for check, of_nothing in checks if of_nothing)
        self._follow = follow or _stay

    def values(self, data: Triples, focus: str) -> Values:
        """Return what the shape is about, of the node ``focus``."""
        if self.predicate is None:
            return self._follow(data, focus)
        properties = data.about.get(focus)
        return properties.get(self.predicate, NOTHING) if properties else NOTHING

    def findings(self, data: Triples, focus: str) -> list[Finding]:
        """Return everything in ``data`` by which ``focus`` breaks the shape."""
        results: list[Finding] = []
        values = self.values(data, focus)
        for check in self.checks if values else self.checks_of_nothing:
            results += check(data, focus, values)
        return results

    def conforms(self, data: Triples, focus: str) -> bool:
        """Whether ``focus`` meets the shape."""
        values = self.values(data, focus)
        for check in self.checks if values else self.checks_of_nothing:  # noqa: SIM110 - a third quicker than any(), and most of the work
            if check(data, focus, values):
                return False
        return True


def _stay(data: Triples, node: str) -> Values:
    return of_node(node)
