"""A compiled SHACL shape: functions for its path and its checks, and their findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from .triples import NOTHING, Triples, Values, of_node

#: A path of properties one behind the other, as SPARQL writes it.
_SEQUENCE: Final = re.compile("<([^<>]*)>(?:/<[^<>]*>)+")


class Finding(NamedTuple):
    """One validation result: the focus node, value, constraint and shape, as RDF terms.

    ``path`` is in SPARQL syntax, or empty; ``value`` is empty where the constraint is not about one value; ``message`` is empty where
    the shape has none.
    """

    focus: str
    path: str
    value: str
    component: str
    shape: str
    message: str


#: Checks the values of a focus node and returns findings.
Check = Callable[[Triples, str, Values], Sequence[Finding]]


@dataclass(frozen=True, slots=True, eq=False)
class KnownCheck:
    """A check with what its outcome depends on, one of these: then it need not run where that was the same before (:mod:`.acceptance`).

    ``passes`` judges each value by its term alone, of a text with a language tag by the tag alone where it is ``of_language``; ``fits``
    judges how many values there are; ``wanted`` are terms that have to be among them; ``classes`` are those of each value; ``allowed`` are
    the properties that each value may have; ``shapes`` are about the properties of each value; of each of the ``lists`` a value meets all
    shapes, none, or one at least, as ``meets`` says.
    """

    find: Check
    passes: Callable[[str], bool] | None = None
    of_language: bool = False
    fits: Callable[[int], bool] | None = None
    wanted: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None
    allowed: frozenset[str] | None = None
    shapes: tuple[Shape, ...] | None = None
    meets: Literal["all", "none", "any"] | None = None
    lists: tuple[tuple[Shape, ...], ...] = ()


#: Returns the values of a path from a node.
Follow = Callable[[Triples, str], Values]


class Shape:
    """One shape. ``predicate`` is its path if that is a single property, else None.

    ``checks`` run where there are values, ``checks_of_nothing`` where there are none.
    """

    def __init__(self, path: str, follow: Follow | None, checks: Sequence[tuple[Check | KnownCheck, bool]]) -> None:
        """Take the ``path`` in SPARQL syntax, its function, and each check, with whether it also runs without values.

        A node shape has an empty path and no ``follow``: its only value is the focus node.
        """
        self.is_property = bool(path)
        self.predicate = path if path and "<" not in path else None
        #: The property without which the path leads to nothing; none where it may lead somewhere all the same.
        self.first_step = self.predicate or (match[1] if (match := _SEQUENCE.fullmatch(path)) else None)
        self.known = tuple(check if isinstance(check, KnownCheck) else KnownCheck(check) for check, _ in checks)
        self.known_of_nothing = tuple(check for check, (_, of_nothing) in zip(self.known, checks, strict=True) if of_nothing)
        self.checks = tuple(check.find for check in self.known)
        self.checks_of_nothing = tuple(check.find for check in self.known_of_nothing)
        self._follow = follow or _stay

    def values(self, data: Triples, focus: str) -> Values:
        """Return the value nodes of the focus node."""
        if self.predicate is None:
            return self._follow(data, focus)
        properties = data.about.get(focus)
        return properties.get(self.predicate, NOTHING) if properties else NOTHING

    def findings(self, data: Triples, focus: str) -> list[Finding]:
        """Return all violations of the shape by ``focus`` in ``data``."""
        results: list[Finding] = []
        values = self.values(data, focus)
        for check in self.checks if values else self.checks_of_nothing:
            results += check(data, focus, values)
        return results

    def conforms(self, data: Triples, focus: str) -> bool:
        """Whether ``focus`` conforms to the shape."""
        values = self.values(data, focus)
        for check in self.checks if values else self.checks_of_nothing:  # noqa: SIM110 - a third faster than any(), in the hottest loop
            if check(data, focus, values):
                return False
        return True


def _stay(data: Triples, node: str) -> Values:
    return of_node(node)
