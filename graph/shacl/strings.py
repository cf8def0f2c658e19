"""Kinds of constraint on characters: how many a value has, what they match, and in which language they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from . import literals
from .constraints import Kind, Passes, check_each
from .literals import is_blank
from .parameters import Parameters
from .shape import Check, Finding, KnownCheck
from .triples import Triples, Values


def _length(term: str, component: str, fits: Callable[[int, int], bool]) -> Kind:
    """Return the kind of constraint that counts the characters of every value; a blank node has none."""

    def check_length(parameters: Parameters) -> KnownCheck:
        limit = parameters.number(term)
        anything = term == "minLength" and limit == 0
        return check_each(parameters, component, lambda value: anything or (not is_blank(value) and fits(len(literals.text(value)), limit)))

    return Kind((term,), check_length)


def check_pattern(parameters: Parameters) -> KnownCheck:
    """Return the check that the characters of every value match each regular expression somewhere."""
    flags = re.NOFLAG
    for flag in str(parameters.literal("flags", parameters.value("flags"))) if parameters.has("flags") else "":
        if flag not in "im":
            raise parameters.refusal("flags", f"{flag!r} is a flag that pySHACL does not follow: i and m it does")
        flags |= re.IGNORECASE if flag == "i" else re.MULTILINE
    try:
        patterns = [re.compile(str(parameters.literal("pattern", value)), flags) for value in parameters.values("pattern")]
    except re.error as error:
        raise parameters.refusal("pattern", f"is no regular expression of Python: {error}: correct it") from None
    report = parameters.reporter("PatternConstraintComponent")

    def predicate(pattern: re.Pattern[str]) -> Passes:
        return lambda value: not is_blank(value) and pattern.search(literals.text(value)) is not None

    every = [predicate(pattern) for pattern in patterns]
    return KnownCheck(
        lambda data, focus, values: [report(focus, value) for passes in every for value in values.values() if not passes(value)],
        passes=lambda value: all(passes(value) for passes in every),
    )


def check_language(parameters: Parameters) -> KnownCheck:
    """Return the check that every value is a text in one of the languages; ``en`` is any English."""
    members = parameters.members("languageIn", parameters.value("languageIn"))
    languages = {str(parameters.literal("languageIn", member)).lower() for member in members}

    def passes(term: str) -> bool:
        tag = literals.language(term)
        return bool(tag) and ("*" in languages or tag in languages or tag.partition("-")[0] in languages)

    return check_each(parameters, "LanguageInConstraintComponent", passes, of_language=True)


def check_unique_language(parameters: Parameters) -> Check:
    """Return the check that no two values are texts in the same language."""
    parameters.require_path("uniqueLang")
    wanted, report = parameters.flag("uniqueLang"), parameters.reporter("UniqueLangConstraintComponent")

    def check(data: Triples, focus: str, values: Values) -> list[Finding]:
        tags = [tag for tag in map(literals.language, values.values()) if tag] if wanted else []
        return [report(focus) for tag in set(tags) if tags.count(tag) > 1]

    return check


#: The kinds of constraint on characters.
KINDS: Final = (
    _length("minLength", "MinLengthConstraintComponent", lambda length, limit: length >= limit),
    _length("maxLength", "MaxLengthConstraintComponent", lambda length, limit: length <= limit),
    Kind(("pattern", "flags"), check_pattern),
    Kind(("languageIn",), check_language),
    Kind(("uniqueLang",), check_unique_language),
)
