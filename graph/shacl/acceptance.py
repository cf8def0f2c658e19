"""Acceptance: which nodes are as their shapes ask for, by what was seen of others before. It says yes, or nothing.

Most nodes of a graph have the properties that many others have, with values of the same kinds. What the number of values decides is worked
out once for all nodes with the same properties as often (their *profile*). What a value decides by its term alone, or by its class and
scheme in the ontology, is worked out once for each term. The rest is looked at each time. Where not everything is known to be right,
the closures look at the node from the beginning: they find the same as without this module, and a test holds both together.

It is about one ontology, and graphs that state no classes of classes themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from .shape import KnownCheck, Shape
from .triples import TYPE, Triples, Values

#: So many terms, and profiles, are remembered; longer terms are not.
KEPT: Final = 1 << 15
LONGEST: Final = 120

#: How many values a node has of each property.
Profile = tuple[tuple[str, int], ...]
#: Whether a node meets what is looked at each time; what each shape said of it is kept in the dictionary.
Test = Callable[[Triples, str, dict[Shape, bool]], bool]


class Acceptance:
    """What was seen before, by the shapes that were about it."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._acceptors: dict[tuple[Shape, ...], Acceptor] = {}

    def acceptor(self, shapes: tuple[Shape, ...]) -> Acceptor:
        """Return what accepts nodes that ``shapes`` are about."""
        if shapes not in self._acceptors:
            self._acceptors[shapes] = Acceptor(shapes)
        return self._acceptors[shapes]


class Acceptor:
    """Accepts nodes that some shapes are about."""

    def __init__(self, shapes: tuple[Shape, ...]) -> None:
        """Take the shapes."""
        self._shapes = shapes
        self._plans: dict[Profile, tuple[list[tuple[str, Value]], list[Test]] | None] = {}
        self._values: dict[tuple[KnownCheck, ...], Value] = {}

    def accepts(self, data: Triples, node: str) -> bool:
        """Whether ``node`` is known to meet the shapes; where it is not, it may meet them all the same."""
        properties = data.about[node]
        profile = tuple([(along, len(values)) for along, values in properties.items()])
        try:
            plan = self._plans[profile]
        except KeyError:
            if len(self._plans) >= KEPT:
                self._plans.clear()
            plan = self._plans[profile] = self._plan(dict(profile))
        if plan is None:
            return False
        for along, value in plan[0]:
            if not value.accepts(data, node, properties[along]):
                return False
        said: dict[Shape, bool] = {}
        return all(test(data, node, said) for test in plan[1])

    def _plan(self, counts: Mapping[str, int]) -> tuple[list[tuple[str, Value]], list[Test]] | None:
        """Return what is left to be looked at of nodes with so many values; nothing where they break a shape by these numbers alone."""
        by_property: dict[str, list[KnownCheck]] = {}
        tests: list[Test] = []
        for shape in self._shapes:
            # A shape of a property may be about nodes itself.
            for check in [KnownCheck(lambda *_: [], shapes=(shape,))] if shape.is_property else shape.known:
                if not self._add(check, counts, by_property, tests):
                    return None
        values = [(along, self._values.setdefault(tuple(checks), Value(checks))) for along, checks in by_property.items()]
        return values, tests

    def _add(self, check: KnownCheck, counts: Mapping[str, int], by_property: dict[str, list[KnownCheck]], tests: list[Test]) -> bool:
        """Add what is left of a check of a node itself; return whether it can be met."""
        if (decided := _decide(check, counts)) is not None:
            return decided
        if check.shapes is not None:
            for shape in check.shapes:
                if _decide_shape(shape, counts) is None:
                    if shape.predicate in counts:
                        by_property.setdefault(str(shape.predicate), []).extend(each for each in shape.known if each.fits is None)
                    else:
                        tests.append(_meets_any((shape,)))
        elif check.meets == "any":
            for listed in check.lists:
                decisions = [(shape, _decide_shape(shape, counts)) for shape in listed]
                if not any(decided for _, decided in decisions):
                    tests.append(_meets_any(tuple(shape for shape, decided in decisions if decided is None)))
        else:
            tests.append(lambda data, node, said: not check.find(data, node, {node: node}))
        return True


class Value:
    """Accepts the values of a property that have to pass some checks."""

    def __init__(self, checks: Iterable[KnownCheck]) -> None:
        """Take the checks."""
        listed = list(checks)
        self._passes = [check for check in listed if check.passes is not None]
        self._classes = [name for check in listed for name in check.classes or ()]
        self._lists = [check for check in listed if check.meets is not None]
        self._wanted = [term for check in listed for term in check.wanted or ()]
        known = (*self._passes, *self._lists, *(check for check in listed if check.classes is not None or check.wanted is not None))
        self._rest = [check for check in listed if check not in known]
        self._by_language = all(check.of_language for check in self._passes) and not (self._classes or self._lists)
        self._is_remembered = all(_is_shallow(shape) for check in self._lists for shapes in check.lists for shape in shapes)
        self._terms, self._languages, self._types = set[str](), set[str](), set[tuple[str, ...]]()

    def accepts(self, data: Triples, node: str, values: Values) -> bool:
        """Whether ``values`` of ``node`` are known to pass."""
        for term in values.values():
            if term in self._terms and term not in data.subjects:
                continue
            if not self._accepts_term(data, term):
                return False
        if self._wanted and not all(term in values for term in self._wanted):
            return False
        return not self._rest or not any(check.find(data, node, values) for check in self._rest)

    def _accepts_term(self, data: Triples, term: str) -> bool:
        language = term[term.rindex('"') :] if self._by_language and term[0] == '"' and term[-1] != '"' else ""
        if language and language in self._languages:
            return True
        for check in self._passes:
            if check.passes is not None and not check.passes(term):
                return False
        is_own = term in data.subjects
        if self._classes:
            types = tuple(data.values(term, TYPE))
            if not (is_own and types in self._types):
                if not all(data.is_instance(term, name) for name in self._classes):
                    return False
                self._types.add(types)
        if self._lists and any(check.find(data, term, {term: term}) for check in self._lists):
            return False
        if language.startswith('"@'):
            self._languages.add(language)
        elif self._is_remembered and not is_own and len(term) <= LONGEST:
            if len(self._terms) >= KEPT:
                self._terms.clear()
            self._terms.add(term)
        return True


def _meets_any(shapes: tuple[Shape, ...]) -> Test:
    """Return the test that a node meets one of ``shapes``."""

    def test(data: Triples, node: str, said: dict[Shape, bool]) -> bool:
        for shape in shapes:
            if shape not in said:
                said[shape] = shape.conforms(data, node)
            if said[shape]:
                return True
        return False

    return test


def _decide(check: KnownCheck, counts: Mapping[str, int]) -> bool | None:
    """Return whether a node with so many values of each property passes a check of itself, where that is decided by these numbers."""
    if check.fits is not None:
        return check.fits(1)
    if check.allowed is not None:
        return True if counts.keys() <= check.allowed else None
    if check.shapes is not None:
        return _all(_decide_shape(shape, counts) for shape in check.shapes)
    if check.meets is None:
        return None
    decisions = ([_decide_shape(shape, counts) for shape in shapes] for shapes in check.lists)
    if check.meets == "all":
        return _all(decided for each in decisions for decided in each)
    if check.meets == "none":
        return _all(None if decided is None else not decided for each in decisions for decided in each)
    return _all(True if True in each else None if None in each else False for each in decisions)


def _decide_shape(shape: Shape, counts: Mapping[str, int]) -> bool | None:
    """Return whether a node with so many values of each property meets ``shape``, where that is decided by these numbers."""
    if not shape.is_property:
        return _all(_decide(check, counts) for check in shape.known)
    if shape.first_step is None:
        return None
    if shape.first_step not in counts:
        return _all(_decide_number(check, 0) for check in shape.known_of_nothing)
    return _all(_decide_number(check, counts[shape.predicate]) for check in shape.known) if shape.predicate else None


def _decide_number(check: KnownCheck, number: int) -> bool | None:
    """Return whether so many values pass a check, where their number decides it."""
    if check.fits is not None:
        return check.fits(number)
    return not check.wanted if check.wanted is not None and not number else None


def _all(decisions: Iterable[bool | None]) -> bool | None:
    """Return whether all are so, where that is decided."""
    listed = list(decisions)
    return False if False in listed else None if None in listed else True


def _is_shallow(shape: Shape) -> bool:
    """Whether what a shape says of a thing of the ontology depends on its classes and own properties alone."""
    if shape.is_property:
        return shape.predicate is not None and all(
            check.passes is not None or check.fits is not None or check.wanted is not None for check in shape.known
        )
    return all(
        check.passes is not None
        or check.fits is not None
        or check.classes is not None
        or (check.shapes is not None and all(map(_is_shallow, check.shapes)))
        or (check.meets is not None and all(_is_shallow(each) for shapes in check.lists for each in shapes))
        for check in shape.known
    )
