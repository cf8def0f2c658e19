"""Kinds of constraint on what values are: each reads its parameters from a shape and becomes a closure that says what breaks it.

Every kind follows SHACL (https://www.w3.org/TR/shacl/#core-components) where pySHACL does, and pySHACL where they differ: it is the judge.
Constraints on the order of values stand in :mod:`.bounds`, on characters in :mod:`.strings`, on other shapes in :mod:`.combinations`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Final

import rdflib
from rdflib.namespace import RDF, RDFS, SH, XSD

from .literals import KEPT, is_blank, is_literal, read, term_of
from .parameters import Parameters
from .shape import Check, Finding, KnownCheck
from .triples import TYPE, Triples, Values, of_node

#: Whether a value is as it should be.
Passes = Callable[[str], bool]

_PYTHON: Final = {
    XSD.string: str, RDF.langString: str, XSD.integer: int, XSD.float: float, XSD.decimal: Decimal, XSD.boolean: bool, XSD.date: date,
    XSD.time: time, XSD.dateTime: datetime,
}  # fmt: skip
_KINDS_OF_NODE: Final = {
    SH.IRI: "i", SH.BlankNode: "b", SH.Literal: "l", SH.BlankNodeOrIRI: "bi", SH.BlankNodeOrLiteral: "bl", SH.IRIOrLiteral: "il",
}  # fmt: skip
_RESOURCE: Final = str(RDFS.Resource)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of constraint: the terms of SHACL that state it, the first of them always, and what reads it from a shape.

    ``of_nothing`` is whether it can be broken where there is no value at all.
    """

    terms: tuple[str, ...]
    read: Callable[[Parameters], Check | KnownCheck]
    of_nothing: bool = False


def check_each(parameters: Parameters, component: str, passes: Passes, *, of_language: bool = False) -> KnownCheck:
    """Return the check that every value passes; ``of_language`` says that of texts with a language tag the tag alone decides."""
    report = parameters.reporter(component)
    find: Check = lambda data, focus, values: [report(focus, term) for term in values.values() if not passes(term)]  # noqa: E731 - as others
    return KnownCheck(find, passes=passes, of_language=of_language)


def remember(passes: Passes) -> Passes:
    """Return ``passes``, which keeps what it returned of the last values."""
    return lru_cache(maxsize=KEPT)(passes)


def check_class(parameters: Parameters) -> KnownCheck:
    """Return the check that every value is an instance of each class."""
    report, names = parameters.reporter("ClassConstraintComponent"), parameters.iris("class")

    def check(data: Triples, focus: str, values: Values) -> list[Finding]:
        return [report(focus, term) for name in names for term in values.values() if not data.is_instance(term, name)]

    return KnownCheck(check, classes=tuple(names))


def check_datatype(parameters: Parameters) -> KnownCheck:
    """Return the check that every value is a literal of the datatype, with characters that are allowed in it."""
    parameters.value("datatype")
    wanted = rdflib.URIRef(parameters.iris("datatype")[0])
    python = _PYTHON.get(wanted, object)

    def passes(term: str) -> bool:
        if not is_literal(term):
            return False
        literal = read(term)
        if literal.datatype == wanted:
            return not literal.ill_typed and isinstance(literal.value, python)
        if literal.language:
            return wanted in {RDF.langString, RDFS.Literal}
        return wanted in {RDFS.Literal, XSD.string if literal.datatype is None else RDFS.Datatype}

    return check_each(parameters, "DatatypeConstraintComponent", remember(passes), of_language=True)


def check_node_kind(parameters: Parameters) -> KnownCheck:
    """Return the check that every value is an IRI, a blank node or a literal, as the kind says."""
    wanted = parameters.value("nodeKind")
    if not isinstance(wanted, rdflib.URIRef) or wanted not in _KINDS_OF_NODE:
        raise parameters.refusal("nodeKind", f"must be sh:IRI, sh:BlankNode, sh:Literal or two of them, not {term_of(wanted)}: choose one")
    letters = _KINDS_OF_NODE[wanted]

    def passes(term: str) -> bool:
        return ("l" if is_literal(term) else "b" if is_blank(term) else "i") in letters

    return check_each(parameters, "NodeKindConstraintComponent", passes, of_language=True)


def check_min_count(parameters: Parameters) -> KnownCheck:
    """Return the check that there are so many values at least."""
    parameters.require_path("minCount")
    least, report = parameters.number("minCount"), parameters.reporter("MinCountConstraintComponent")
    return KnownCheck(lambda data, focus, values: [report(focus)] if len(values) < least else [], fits=lambda number: number >= least)


def check_max_count(parameters: Parameters) -> KnownCheck:
    """Return the check that there are so many values at most."""
    parameters.require_path("maxCount")
    most, report = parameters.number("maxCount"), parameters.reporter("MaxCountConstraintComponent")
    return KnownCheck(lambda data, focus, values: [report(focus)] if len(values) > most else [], fits=lambda number: number <= most)


def check_in(parameters: Parameters) -> KnownCheck:
    """Return the check that every value is one of a list."""
    allowed, report = set(map(term_of, parameters.members("in", parameters.value("in")))), parameters.reporter("InConstraintComponent")
    return KnownCheck(
        lambda data, focus, values: [report(focus, term) for identity, term in values.items() if identity not in allowed],
        passes=lambda term: next(iter(of_node(term))) in allowed,
    )


def check_has_value(parameters: Parameters) -> KnownCheck:
    """Return the check that each wanted value is there."""
    wanted, report = list(map(term_of, parameters.values("hasValue"))), parameters.reporter("HasValueConstraintComponent")
    return KnownCheck(lambda data, focus, values: [report(focus) for each in wanted if each not in values], wanted=tuple(wanted))


def check_closed(parameters: Parameters) -> KnownCheck | Check:
    """Return the check that the values have no other properties than those of the property shapes, and those ignored."""
    graph, report = parameters.graph, parameters.reporter("ClosedConstraintComponent")
    allowed = {term_of(path) for each in parameters.values("property") for path in graph.objects(each, SH.path)}
    if parameters.has("ignoredProperties"):
        allowed |= set(map(term_of, parameters.members("ignoredProperties", parameters.value("ignoredProperties"))))
    if not parameters.flag("closed"):
        return lambda data, focus, values: []

    def check(data: Triples, focus: str, values: Values) -> list[Finding]:
        return [
            report(focus, value, predicate)
            for node in values.values()
            for predicate, others in data.properties(node).items()
            if predicate not in allowed
            for identity, value in others.items()
            if not (predicate == TYPE and identity == _RESOURCE)
        ]

    return KnownCheck(check, allowed=frozenset(allowed))


def check_equals(parameters: Parameters) -> Check:
    """Return the check that the values are those of each other property."""
    others, report = parameters.iris("equals"), parameters.reporter("EqualsConstraintComponent")

    def check(data: Triples, focus: str, values: Values) -> list[Finding]:
        pairs = [(one, two) for other in others for one, two in ((values, data.values(focus, other)), (data.values(focus, other), values))]
        return [report(focus, one[identity]) for one, two in pairs for identity in one.keys() - two.keys()]

    return check


def check_disjoint(parameters: Parameters) -> Check:
    """Return the check that no value is one of another property."""
    others, report = parameters.iris("disjoint"), parameters.reporter("DisjointConstraintComponent")

    def check(data: Triples, focus: str, values: Values) -> list[Finding]:
        return [report(focus, values[each]) for other in others for each in values.keys() & data.values(focus, other).keys()]

    return check


#: The kinds of constraint on what values are, and how many there are.
KINDS: Final = (
    Kind(("class",), check_class),
    Kind(("datatype",), check_datatype),
    Kind(("nodeKind",), check_node_kind),
    Kind(("minCount",), check_min_count, of_nothing=True),
    Kind(("maxCount",), check_max_count),
    Kind(("in",), check_in),
    Kind(("hasValue",), check_has_value, of_nothing=True),
    Kind(("closed", "ignoredProperties"), check_closed),
    Kind(("equals",), check_equals, of_nothing=True),
    Kind(("disjoint",), check_disjoint),
)
