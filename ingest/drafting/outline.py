"""The outline of a record: which groups, comparisons and analyses it has, and by which names a text may call them.

It is read from the values of the file, so that a record that is only begun has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .vocabulary import NameIndex, fold_words

#: Names that papers give to groups of these roles, where a record has one such group.
_ROLES: Final = {
    "comparator-arm": ("control", "control group", "control arm", "comparator", "placebo", "placebo group"),
    "intervention-arm": ("experimental group", "intervention group"),
}
#: Words that name no group by themselves.
_EMPTY: Final = frozenset({"patient", "group", "arm", "cohort", "all", "treated", "the"})


@dataclass(frozen=True, slots=True)
class AnalysisOutline:
    """The method of an analysis, the words of its id and label in small letters, its population, and whether it is of another study."""

    method: str
    words: str
    population: str = ""
    is_cited: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """Groups by their names, comparisons and analyses by their ids, and the variables and ids that the record uses.

    ``parts_of`` has the groups that are part of a group, ``group_words`` the words of
    all names of groups, ``cited`` the groups of other studies than the first.
    """

    groups: NameIndex
    group_words: frozenset[str]
    parts_of: Mapping[str, tuple[str, ...]]
    group_ids: tuple[str, ...]
    cited: frozenset[str]
    comparisons: Mapping[str, tuple[str, str]]
    analyses: Mapping[str, AnalysisOutline]
    analyses_of: Mapping[str, frozenset[str]]
    variables: frozenset[str]
    ids: frozenset[str]


def read_outline(data: Mapping[str, Any], drug_names: Mapping[str, Iterable[str]]) -> Outline:
    """Return the outline of a record's values; ``drug_names`` are the names of drugs by their ids, for groups called by their drug."""
    groups = _mappings(data, "groups")
    rows = [*_mappings(data, "results"), *(row for table in _mappings(data, "tables") for row in _mappings(table, "rows"))]
    variables = {str(row["variable"]) for row in [*rows, *_mappings(data, "definitions")] if "variable" in row}
    analyses_of: dict[str, set[str]] = {}
    for row in rows:
        if "analysis" in row and "variable" in row:
            analyses_of.setdefault(str(row["variable"]), set()).add(str(row["analysis"]))
    first = next((str(each["id"]) for each in _mappings(data, "studies")), "")
    comparisons = {
        str(each["id"]): (str(each.get("intervention", "")), str(each.get("comparator", ""))) for each in _mappings(data, "comparisons")
    }
    analyses = {
        str(each["id"]): AnalysisOutline(
            str(each.get("method", "")), f"{str(each['id']).replace('-', ' ')} {each.get('label', '')}".lower().replace("-", " "),
            str(each.get("population", "")), str(each.get("study", first)) != first,
        )
        for each in _mappings(data, "analyses")
    }  # fmt: skip
    names = tuple(_names_of(groups, _mappings(data, "regimens"), drug_names))
    parts_of: dict[str, tuple[str, ...]] = {}
    for each in groups:
        whole = str(each.get("parent", ""))
        parts_of[whole] = (*parts_of.get(whole, ()), str(each["id"]))
    cited = frozenset(str(each["id"]) for each in groups if str(each.get("study", first)) != first)
    words = frozenset(word.lower() for _, name in names for word in re.findall(r"[^\W\d_]+", name))
    return Outline(
        NameIndex(names), words, parts_of, tuple(str(each["id"]) for each in groups), cited, comparisons, analyses,
        {variable: frozenset(ids) for variable, ids in analyses_of.items()}, frozenset(variables), frozenset(_ids(data)),
    )  # fmt: skip


def _mappings(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = data.get(key)
    several = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    return [each for each in several if key in {"rows", "results", "tables", "definitions"} or "id" in each]


def _names_of(
    groups: list[dict[str, Any]], regimens: list[dict[str, Any]], drug_names: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, str]]:
    """Yield pairs of a group and a name: its label, its id, its drug where no other group has it, what its role is called."""
    drugs = {str(each["id"]): tuple(map(str, each.get("drug") or ())) for each in regimens}
    for group in groups:
        local = str(group["id"])
        for name in (str(group.get("label", "")), local):
            if set(fold_words(name)) - _EMPTY:
                yield local, name
        main = not group.get("parent") or str(group.get("group_role")) in _ROLES
        own = drugs.get(str(group.get("regimen")), ())
        if main and len(own) == 1:
            yield from ((local, name) for name in (own[0], *drug_names.get(own[0], ())))
    for role, names in _ROLES.items():
        members = [str(group["id"]) for group in groups if group.get("group_role") == role and not group.get("study")]
        if len(members) == 1:
            yield from ((members[0], name) for name in names)


def _ids(value: Any) -> Iterator[str]:
    """Yield every id in the values of a record."""
    if isinstance(value, dict):
        if isinstance(value.get("id"), str):
            yield value["id"]
        for each in value.values():
            yield from _ids(each)
    elif isinstance(value, list):
        for each in value:
            yield from _ids(each)
