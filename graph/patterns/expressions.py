"""Expressions over a solution (SPARQL 1.1 Query, 17): a term, a text or a truth value; None where it is an error."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import pyoxigraph as ox

from .tree import Call, Exists, Expression, UnsupportedError, Variable

Solution = list[Any]
Read = Callable[[Solution], Any]
#: Signs that would mean something in a replacement.
_MEANT: Final = re.compile(r"[\\$]")


def read(expression: Expression, slot: Callable[[str], int]) -> Read:
    """Return how to work out ``expression``; ``slot`` says where the term of a variable stands in a solution.

    :raises UnsupportedError: for a function, or a use of it, that the questions do not have.
    """
    if isinstance(expression, Variable):
        place = slot(expression.name)
        return lambda solution: solution[place]
    if isinstance(expression, Exists):
        raise UnsupportedError("EXISTS is no part of an expression here")
    if not isinstance(expression, Call):
        constant = expression.value if isinstance(expression, ox.Literal) and _is_text(expression) else expression
        return lambda solution: constant
    if expression.name not in _FUNCTIONS:
        raise UnsupportedError(f"the function {expression.name} is not read by patterns")
    return _FUNCTIONS[expression.name](expression, [read(each, slot) for each in expression.arguments])


def as_term(value: Any) -> Any:
    """Return what a variable is bound to."""
    return ox.Literal(value) if isinstance(value, str | bool) else value


def text_of(value: Any) -> str | None:
    """Return the text of a term (STR); None of a blank node or an error."""
    if isinstance(value, str):
        return value
    return value.value if isinstance(value, ox.NamedNode | ox.Literal) else None


def variables(expression: Expression) -> set[str]:
    """Return the names of the variables of an expression."""
    if isinstance(expression, Variable):
        return {expression.name}
    return set().union(*map(variables, expression.arguments)) if isinstance(expression, Call) else set()


def _is_text(literal: ox.Literal) -> bool:
    return literal.language is None and literal.datatype.value.endswith("#string")


def _plain_text(value: Any) -> str | None:
    """Return the text of a plain literal; None of anything else.

    :raises UnsupportedError: of a text with a language, which functions of texts keep.
    """
    if isinstance(value, ox.Literal) and value.language is not None:
        raise UnsupportedError("functions of texts are read by patterns of plain texts: take STR of it")
    return value if isinstance(value, str) else value.value if isinstance(value, ox.Literal) and _is_text(value) else None


def _string(call: Call, reads: list[Read]) -> Read:
    (value,) = reads
    return lambda solution: text_of(value(solution))


def _is_bound(call: Call, reads: list[Read]) -> Read:
    (value,) = reads
    return lambda solution: value(solution) is not None


def _coalesce(call: Call, reads: list[Read]) -> Read:
    return lambda solution: next((each for value in reads if (each := value(solution)) is not None), None)


def _either(call: Call, reads: list[Read]) -> Read:
    condition, then, otherwise = reads

    def choose(solution: Solution) -> Any:
        truth = condition(solution)
        return None if truth is None else then(solution) if truth is True else otherwise(solution)

    return choose


def _contains(call: Call, reads: list[Read]) -> Read:
    whole, part = reads

    def contains(solution: Solution) -> bool | None:
        text, wanted = text_of(whole(solution)), text_of(part(solution))
        return None if text is None or wanted is None else wanted in text

    return contains


def _replace(call: Call, reads: list[Read]) -> Read:
    pattern, replacement = call.arguments[1:]
    if not isinstance(pattern, ox.Literal) or not isinstance(replacement, ox.Literal) or _MEANT.search(replacement.value):
        raise UnsupportedError("REPLACE is read by patterns with a constant pattern and text")
    compiled, by = re.compile(pattern.value), replacement.value

    def replace(solution: Solution) -> str | None:
        text = _plain_text(reads[0](solution))
        return None if text is None else compiled.sub(by, text)

    return replace


def _starts(call: Call, reads: list[Read]) -> Read:
    whole, part = reads

    def starts(solution: Solution) -> bool | None:
        text, wanted = _plain_text(whole(solution)), _plain_text(part(solution))
        return None if text is None or wanted is None else text.startswith(wanted)

    return starts


def _after(call: Call, reads: list[Read]) -> Read:
    whole, part = reads

    def after(solution: Solution) -> str | None:
        text, wanted = _plain_text(whole(solution)), _plain_text(part(solution))
        return None if text is None or wanted is None else text.partition(wanted)[2] if wanted else text

    return after


def _concatenate(call: Call, reads: list[Read]) -> Read:
    def concatenate(solution: Solution) -> str | None:
        texts = [_plain_text(value(solution)) for value in reads]
        return None if None in texts else "".join(map(str, texts))

    return concatenate


def _iri(call: Call, reads: list[Read]) -> Read:
    """Return how to make an IRI of an absolute one."""
    (value,) = reads

    def name(solution: Solution) -> ox.NamedNode | None:
        text = _plain_text(value(solution))
        try:
            return None if text is None else ox.NamedNode(text)
        except ValueError:
            return None

    return name


def _equal(call: Call, reads: list[Read]) -> Read:
    """Return how to compare with an IRI; equality of literals is that of their values, and is left to the engine."""
    if not any(isinstance(each, ox.NamedNode) for each in call.arguments):
        raise UnsupportedError("= is read by patterns where one side is an IRI")
    (left, right), same = reads, call.name == "="

    def compare(solution: Solution) -> bool | None:
        one, other = left(solution), right(solution)
        return None if one is None or other is None else (one == other) is same

    return compare


def _among(call: Call, reads: list[Read]) -> Read:
    if not all(isinstance(each, ox.NamedNode) for each in call.arguments[1:]):
        raise UnsupportedError("IN is read by patterns among IRIs")
    known, value = frozenset(call.arguments[1:]), reads[0]
    return lambda solution: None if (term := value(solution)) is None else term in known


def _any(call: Call, reads: list[Read]) -> Read:
    def some(solution: Solution) -> bool | None:
        truths = [_truth(value(solution)) for value in reads]
        return True if True in truths else None if None in truths else False

    return some


def _all(call: Call, reads: list[Read]) -> Read:
    def every(solution: Solution) -> bool | None:
        truths = [_truth(value(solution)) for value in reads]
        return False if False in truths else None if None in truths else True

    return every


def _not(call: Call, reads: list[Read]) -> Read:
    (value,) = reads
    return lambda solution: None if (truth := _truth(value(solution))) is None else not truth


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


_FUNCTIONS: Final[dict[str, Callable[[Call, list[Read]], Read]]] = {
    "STR": _string, "BOUND": _is_bound, "COALESCE": _coalesce, "IF": _either, "CONTAINS": _contains, "REPLACE": _replace,
    "STRSTARTS": _starts, "STRAFTER": _after, "CONCAT": _concatenate, "IRI": _iri, "=": _equal, "!=": _equal, "IN": _among, "||": _any,
    "&&": _all, "!": _not,
}  # fmt: skip
