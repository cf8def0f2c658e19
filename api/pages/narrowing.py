"""Narrowing a comparison: what its rows differ in, links to parts of it, and the names that a form suggests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from mabgraph.graph.questions import question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

from .results import Row, ShownResult

Parameters = Sequence[tuple[str, str]]

#: What tells results of one measure apart: the column, and what its value is called where it is empty.
_ESTIMAND: Final = (
    ("population", "population"), ("censoring", "censoring"), ("adjusted_for", "adjustment"), ("method", "method"),
    ("test", "test"), ("reported_by", ""),
)  # fmt: skip
#: Links to parts: heading, parameter, column with the name of a value, and column with its IRI (empty: the words of a choice).
_FACETS: Final = (
    ("Measure", "measure", "measure_label", "measure"), ("End point", "endpoint", "endpoint_label", "endpoint"),
    ("Study", "trial", "study_label", "study"), ("What it tells", "comparability", "comparability", ""),
)  # fmt: skip
#: Most links under one heading, and most names that a field suggests.
_LINKS: Final = 12
_NAMES: Final = 400
#: Most factors of an adjustment that a row names.
_FACTORS: Final = 3


def address(parameters: Parameters) -> str:
    """Return the address of a comparison."""
    return f"/compare?{urlencode(sorted(parameters))}" if parameters else "/compare"


def differences(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Return for each of ``rows`` what tells it from others of them, in words; what all have in common is left out."""
    columns = [(name, what) for name, what in _ESTIMAND if len({str(row[name] or "") for row in rows}) > 1]
    several = []
    for row in rows:
        words = [_words(name, str(row[name])) if row[name] else what and f"{what} not reported" for name, what in columns]
        several.append(tuple(filter(None, words)))
    return several


def _words(name: str, value: str) -> str:
    r"""Return a value in words; of a long adjustment the number of its factors: the page of the result names them.

    >>> _words("adjusted_for", "age\nsex"), _words("adjusted_for", "age\nsex\nrace\nstage"), _words("censoring", "as defined")
    ('adjusted for age, sex', 'adjusted for 4 factors', 'as defined')
    """
    if name != "adjusted_for":
        return value
    factors = value.split("\n")
    return f"adjusted for {len(factors)} factors" if len(factors) > _FACTORS else f"adjusted for {', '.join(factors)}"


def facets(shown: Sequence[ShownResult], excluded: Sequence[ShownResult], parameters: Parameters) -> list[dict[str, Any]]:
    """Return links to parts of a comparison by heading: name, number of results, and address; where all are alike there is none.

    What is left out of the comparison stays left out of the parts that it would be in.
    """
    groups = []
    for heading, parameter, label, key in _FACETS:
        counts: dict[tuple[str, str], int] = {}
        for each in shown:
            value = _value(each.row, label, key)
            counts[value] = counts.get(value, 0) + 1
        if len(counts) > 1:
            ordered = sorted(counts.items(), key=lambda item: -item[1])[:_LINKS]
            links = [
                (name, number, address(_narrow(parameters, parameter, value, [_is_within(each, label, key, value) for each in excluded])))
                for (name, value), number in ordered
            ]
            groups.append({"heading": heading, "links": links, "more": len(counts) - len(links)})
    return groups


def _value(row: Row, label: str, key: str) -> tuple[str, str]:
    name = str(row[label] or "not reported")
    return name, vocabulary.local_name(str(row[key])) if key else name.replace(" ", "-")


def _is_within(shown: ShownResult, label: str, key: str, value: str) -> tuple[str, bool]:
    return shown.name, _value(shown.row, label, key)[1] == value


def _narrow(parameters: Parameters, name: str, value: str, excluded: Sequence[tuple[str, bool]]) -> list[tuple[str, str]]:
    outside = {other for other, within in excluded if not within}
    return [each for each in parameters if each[0] != name and not (each[0] == "exclude" and each[1] in outside)] + [(name, value)]


def suggestions(catalogue: Catalogue, kind: str) -> tuple[str, ...]:
    """Return names of the ``kind`` that a field suggests, in alphabetical order; they are kept for the state of the dataset."""

    def name_all(asked: Catalogue) -> tuple[str, ...]:
        return tuple(sorted(set(asked.labels(asked.names.first_iris(kind, _NAMES)).values()), key=str.casefold))

    return catalogue.once(f"names of the kind {kind}", name_all)


def choices(catalogue: Catalogue, parameter: str) -> list[tuple[str, str]]:
    """Return the values that a parameter of a comparison may have, and their words."""
    if parameter == "measure":
        return [(each, each) for each in suggestions(catalogue, "measure")]
    described = next(each for each in question.load("estimates-page").parameters if each.name == parameter)
    return [(each, each.replace("-", " ")) for each in described.choices]
