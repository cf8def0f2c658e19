"""Kinds of constraint on the order of values: bounds, and other properties whose values have to be larger.

Values are compared as RDFLib compares literals, for pySHACL does so.
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, time
from functools import lru_cache
from typing import Final

import rdflib

from .constraints import Kind, Passes, remember
from .literals import KEPT, is_blank, is_literal, read, silence_rdflib
from .parameters import Parameters
from .shape import Check, Finding, KnownCheck
from .triples import Triples, Values


def compare(literal: rdflib.Literal, other: rdflib.Literal) -> int | None:
    """Return whether ``literal`` is below (-1), equal to (0) or above (1) ``other``, or none where they cannot be compared.

    Times of day and moments are compared as such: with a time zone and without one they have no order.
    """
    if isinstance(literal.value, str) != isinstance(other.value, str):
        return None
    try:
        with nullcontext() if _is_known(literal) else silence_rdflib():
            if literal.eq(other):
                return 0
            if type(literal.value) in {datetime, time}:
                return 0 if literal.value == other.value else 1 if literal.value > other.value else -1
            return 1 if literal > other else -1
    except (TypeError, NotImplementedError, ArithmeticError):
        return None


def _range(term: str, component: str, allowed: set[int]) -> Kind:
    """Return the kind of constraint that compares every value with a bound."""

    def check_range(parameters: Parameters) -> KnownCheck:
        bounds = [parameters.literal(term, value) for value in parameters.values(term)]
        report = parameters.reporter(component)

        def predicate(bound: rdflib.Literal) -> Passes:
            return remember(lambda value: is_literal(value) and compare(read(value), bound) in allowed)

        every = [predicate(bound) for bound in bounds]
        return KnownCheck(
            lambda data, focus, values: [report(focus, value) for passes in every for value in values.values() if not passes(value)],
            passes=lambda value: all(passes(value) for passes in every),
        )

    return Kind((term,), check_range)


def is_ordered(term: str, other: str, *, or_equal: bool) -> bool:
    """Whether ``term`` is less than ``other`` (or equal, where that is allowed); what has no order is not.

    IRIs are compared by their characters, as texts are; anything else as RDFLib orders literals, which is by value where there is one.
    """
    if is_blank(term) or is_blank(other):
        return False
    one, two = (_comparison_value(each) for each in (term, other))
    if isinstance(one, rdflib.Literal) != isinstance(two, rdflib.Literal):
        return False
    try:
        with nullcontext() if _is_known(one) and _is_known(two) else silence_rdflib():
            return bool(one <= two if or_equal else one < two)
    except (TypeError, ArithmeticError):
        return False


def _is_known(each: str | rdflib.Literal) -> bool:
    """Whether RDFLib compares ``each`` by its value, without a warning of its own."""
    return not isinstance(each, rdflib.Literal) or each.ill_typed is False


def _comparison_value(term: str) -> str | rdflib.Literal:
    if not is_literal(term):
        return term
    literal = read(term)
    return literal.value if isinstance(literal.value, str) else literal


def _pair(term: str, component: str, *, or_equal: bool) -> Kind:
    """Return the kind of constraint that compares every value with every value of another property of the node."""

    def check_pair(parameters: Parameters) -> Check:
        parameters.require_path(term)
        others, report = parameters.iris(term), parameters.reporter(component)
        passes = lru_cache(maxsize=KEPT)(lambda one, two: is_ordered(one, two, or_equal=or_equal))

        def check(data: Triples, focus: str, values: Values) -> list[Finding]:
            return [
                report(focus, one)
                for other in others
                for two in data.values(focus, other).values()
                for one in values.values()
                if not passes(one, two)
            ]

        return check

    return Kind((term,), check_pair)


#: The kinds of constraint on the order of values.
KINDS: Final = (
    _range("minExclusive", "MinExclusiveConstraintComponent", {1}),
    _range("minInclusive", "MinInclusiveConstraintComponent", {0, 1}),
    _range("maxExclusive", "MaxExclusiveConstraintComponent", {-1}),
    _range("maxInclusive", "MaxInclusiveConstraintComponent", {-1, 0}),
    _pair("lessThan", "LessThanConstraintComponent", or_equal=False),
    _pair("lessThanOrEquals", "LessThanOrEqualsConstraintComponent", or_equal=True),
)
