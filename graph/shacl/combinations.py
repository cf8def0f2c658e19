"""Kinds of constraint that are made of other shapes: what each value must meet, one of several shapes, none, or so many times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from rdflib.namespace import SH
from rdflib.term import Node

from .constraints import Kind
from .literals import term_of
from .parameters import Parameters
from .shape import Check, Finding, KnownCheck, Shape
from .triples import NOTHING, Triples, Values


def check_property(parameters: Parameters) -> KnownCheck:
    """Return the check that every value meets the property shapes; their results are those of the shape.

    Shapes about a single property are kept by it: a node has fewer properties than its shapes speak of.
    """
    shapes = [_kind_of(parameters, "property", node, is_property=True) for node in parameters.values("property")]
    by_predicate: dict[str, list[Check]] = {}
    without: list[tuple[str, Check]] = []
    for shape in shapes:
        if shape.predicate is not None:
            by_predicate.setdefault(shape.predicate, []).extend(shape.checks)
            without += [(shape.predicate, check) for check in shape.checks_of_nothing]
    wanted = frozenset(predicate for predicate, _ in without)
    others = [shape for shape in shapes if shape.predicate is None]

    def check(data: Triples, focus: str, values: Values) -> list[Finding]:
        results: list[Finding] = []
        for term in values.values():
            properties = data.properties(term)
            for predicate, own in properties.items():
                for each in by_predicate.get(predicate, ()):
                    results += each(data, term, own)
            if not wanted <= properties.keys():
                for predicate, each in without:
                    if predicate not in properties:
                        results += each(data, term, NOTHING)
            for shape in others:
                results += shape.findings(data, term)
        return results

    return KnownCheck(check, shapes=tuple(shapes))


def check_node(parameters: Parameters) -> KnownCheck:
    """Return the check that every value meets each node shape."""
    shapes = [_kind_of(parameters, "node", node, is_property=False) for node in parameters.values("node")]
    report = parameters.reporter("NodeConstraintComponent")

    def check(data: Triples, focus: str, values: Values) -> list[Finding]:
        return [report(focus, term) for shape in shapes for term in values.values() if not shape.conforms(data, term)]

    return KnownCheck(check, meets="all", lists=(tuple(shapes),))


def check_not(parameters: Parameters) -> KnownCheck:
    """Return the check that no value meets any of the shapes."""
    shapes, report = [parameters.shape(node) for node in parameters.values("not")], parameters.reporter("NotConstraintComponent")

    def check(data: Triples, focus: str, values: Values) -> list[Finding]:
        return [report(focus, term) for shape in shapes for term in values.values() if shape.conforms(data, term)]

    return KnownCheck(check, meets="none", lists=(tuple(shapes),))


def _kind_of(parameters: Parameters, term: str, node: Node, *, is_property: bool) -> Shape:
    """Return the shape ``node``, a value of ``sh:term``.

    :raises BuildError: when it is of the other kind of shapes.
    """
    shape = parameters.shape(node)
    if shape.is_property != is_property:
        raise parameters.refusal(term, f"must name {'property' if is_property else 'node'} shapes, {term_of(node)} is none: correct it")
    return shape


def _list_kind(term: str, component: str, meets: Callable[[list[Shape], Triples, str], bool], *, each_once: bool = True) -> Kind:
    """Return the kind of constraint that holds every value against a list of shapes."""

    def check_listed(parameters: Parameters) -> Check | KnownCheck:
        heads, report = parameters.values(term), parameters.reporter(component)
        members = [parameters.members(term, head) for head in heads]
        lists = [[parameters.shape(node) for node in (dict.fromkeys(nodes) if each_once else nodes)] for nodes in members]

        def check(data: Triples, focus: str, values: Values) -> list[Finding]:
            return [report(focus, value) for shapes in lists for value in values.values() if not meets(shapes, data, value)]

        return KnownCheck(check, meets=_NAMES.get(meets), lists=tuple(map(tuple, lists))) if meets in _NAMES else check

    return Kind((term,), check_listed)


def check_qualified(parameters: Parameters) -> Check:
    """Return the check that so many values, and no more, meet each shape and, where that is asked for, none of its siblings."""
    parameters.require_path("qualifiedValueShape")
    least, most = (parameters.number(term) if parameters.has(term) else None for term in ("qualifiedMinCount", "qualifiedMaxCount"))
    if least is None and most is None:
        raise parameters.refusal("qualifiedValueShape", "has no count: add sh:qualifiedMinCount or sh:qualifiedMaxCount")
    disjoint = parameters.has("qualifiedValueShapesDisjoint") and parameters.flag("qualifiedValueShapesDisjoint")
    wanted = [
        (parameters.shape(node), _siblings(parameters, node) if disjoint else []) for node in parameters.values("qualifiedValueShape")
    ]
    too_few, too_many = (parameters.reporter(f"Qualified{which}CountConstraintComponent") for which in ("Min", "Max"))

    def check(data: Triples, focus: str, values: Values) -> list[Finding]:
        results: list[Finding] = []
        for shape, siblings in wanted:
            meeting = [term for term in values.values() if shape.conforms(data, term)]
            count = sum(not any(sibling.conforms(data, term) for sibling in siblings) for term in meeting)
            if most is not None and count > most:
                results.append(too_many(focus))
            if least is not None and count < least:
                results.append(too_few(focus))
        return results

    return check


def _siblings(parameters: Parameters, node: Node) -> list[Shape]:
    """Return the shapes that the holders of the shape want other values of theirs to meet."""
    graph, holders = parameters.graph, parameters.graph.subjects(SH.property, parameters.node)
    beside = {each for holder in holders for each in graph.objects(holder, SH.property / SH.qualifiedValueShape)}
    return [parameters.shape(each) for each in sorted(beside - {node}, key=term_of)]


def _meets_all(shapes: list[Shape], data: Triples, term: str) -> bool:
    return all(shape.conforms(data, term) for shape in shapes)


def _meets_any(shapes: list[Shape], data: Triples, term: str) -> bool:
    for shape in shapes:  # noqa: SIM110 - a third quicker than any(), and most of the work
        if shape.conforms(data, term):
            return True
    return False


def _meets_one(shapes: list[Shape], data: Triples, term: str) -> bool:
    return sum(shape.conforms(data, term) for shape in shapes) == 1


#: What of a list has to be met.
_NAMES: Final[dict[Callable[[list[Shape], Triples, str], bool], Literal["all", "any"]]] = {_meets_all: "all", _meets_any: "any"}
#: The kinds of constraint that are made of other shapes.
KINDS: Final = (
    Kind(("property",), check_property),
    Kind(("node",), check_node),
    Kind(("not",), check_not),
    _list_kind("and", "AndConstraintComponent", _meets_all),
    _list_kind("or", "OrConstraintComponent", _meets_any),
    _list_kind("xone", "XoneConstraintComponent", _meets_one, each_once=False),
    Kind(
        ("qualifiedValueShape", "qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShapesDisjoint"), check_qualified, of_nothing=True
    ),
)
