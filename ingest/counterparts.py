"""Counterparts: which group and which comparison of one report of a study is which of another report of it.

Documents name groups as they like. Two groups are one where their role and their drugs are the same, and no other group is as like; parts
of groups only where their names are the same, too. What could be two is none: a guess would accuse sound numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from .figures import Node

#: Roles of which a study may have any number of groups, which only their names tell apart.
_PARTS: Final = frozenset({"subgroup", "regimen-option", ""})


def match(study: str, one: Mapping[str, Node], other: Mapping[str, Node]) -> dict[str, str]:
    """Return the groups and comparisons of ``study`` in the nodes ``one``, and which of the nodes ``other`` each is."""
    groups = _match_groups(study, one, other)
    compared = {(str(node["intervention"]), str(node["comparator"])): name for name, node in _parts(study, other, "Comparison")}
    pairs = {
        name: compared.get((groups.get(str(node["intervention"]), ""), groups.get(str(node["comparator"]), "")), "")
        for name, node in _parts(study, one, "Comparison")
    }
    return groups | {name: matched for name, matched in pairs.items() if matched}


def _match_groups(study: str, one: Mapping[str, Node], other: Mapping[str, Node]) -> dict[str, str]:
    """Return which group is which: of those that are alike first what has the same name, then the same drugs, then what is left."""
    ones, others = dict(_parts(study, one, "Group")), dict(_parts(study, other, "Group"))
    left = {(name, each) for name, group in ones.items() for each, node in others.items() if _are_alike(group, one, node, other)}
    is_named = {pair for pair in left if _fold_label(ones[pair[0]]) == _fold_label(others[pair[1]])}
    is_given = {pair for pair in left if drugs_of(ones[pair[0]], one) == drugs_of(others[pair[1]], other) != frozenset()}
    matched: dict[str, str] = {}
    for alike in (is_named, is_given, frozenset(left)):
        pairs = left & alike
        names, places = Counter(name for name, _ in pairs), Counter(each for _, each in pairs)
        matched |= {name: each for name, each in pairs if names[name] == places[each] == 1}
        left = {pair for pair in left if pair[0] not in names and pair[1] not in places}
    return matched


def _are_alike(group: Node, nodes: Mapping[str, Node], other: Node, others: Mapping[str, Node]) -> bool:
    role = str(group.get("groupRole", ""))
    parts = _is_part(group, nodes), _is_part(other, others)
    if role != str(other.get("groupRole", "")) or parts[0] != parts[1]:
        return False
    if role in _PARTS or parts[0]:
        return _fold_label(group) == _fold_label(other)
    drugs, drugs_there = drugs_of(group, nodes), drugs_of(other, others)
    return drugs <= drugs_there or drugs_there <= drugs  # one may leave out what is given beside, or all


def _is_part(group: Node, nodes: Mapping[str, Node]) -> bool:
    """Whether a group is part of another one, and not only of all patients of the study."""
    return "parent" in group and nodes.get(str(group["parent"]), {}).get("groupRole") != "whole-study"


def drugs_of(group: Node, nodes: Mapping[str, Node]) -> frozenset[str]:
    """Return the drugs that a group is given by its regimen, its options and doses; none where the record does not say."""
    regimen = str(group.get("regimen", ""))
    options = [node for node in nodes.values() if node["type"] == "Regimen" and node.get("optionOf") == regimen]
    drugs: set[str] = set()
    for node in [nodes.get(regimen, {}), *options]:
        drugs.update(map(str, node.get("drug", ())))
        drugs.update(str(nodes[dose]["drug"]) for dose in node.get("dose", ()) if dose in nodes)
    return frozenset(drugs)


def _parts(study: str, nodes: Mapping[str, Node], kind: str) -> Iterator[tuple[str, Node]]:
    return ((name, node) for name, node in nodes.items() if node["type"] == kind and node.get("study") == study)


def _fold_label(node: Node) -> str:
    return " ".join(str(node.get("label", "")).casefold().replace("-", " ").split())
