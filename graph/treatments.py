"""Treatments: what groups of patients are given, as combinations of drugs, so that groups of different studies can meet.

A treatment is one of three kinds. ``drugs`` is a set of drugs, whatever their order, dose and schedule; ``choice`` is a regimen that leaves
a choice between options, never the same as another choice or as one of its options; ``group`` is what one group of one study had where no
regimen is recorded for it: nothing, observation, or drugs that the source does not name. Treatments of the kind ``group`` and ``choice``
are those of one regimen or group of the graph, and are never merged across studies.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rapidfuzz import fuzz, process

from mabgraph.ingest.errors import UnknownName

from . import vocabulary
from .names import Names, plain
from .question import Row

DRUGS: Final = "drugs"
CHOICE: Final = "choice"
GROUP: Final = "group"

#: What separates drugs in the name of a combination; a plus sign that is not coded in an address arrives as a space.
_BETWEEN: Final = re.compile(r"\s*[+,;/&]\s*|\s+with\s+|\s+and\s+|\s+")


@dataclass(frozen=True, slots=True)
class Regimen:
    """A regimen: its drugs (IRIs and their names) and the regimens that it leaves a choice between."""

    id: str
    label: str
    drugs: Mapping[str, str]
    options: tuple[Regimen, ...] = ()

    @property
    def is_choice(self) -> bool:
        """Whether the options differ in drugs; dose levels of the same drugs are no choice.

        >>> one, other = Regimen("r/1", "low", {"d/a": "a"}), Regimen("r/2", "high", {"d/a": "a"})
        >>> Regimen("r/0", "escalation", {"d/a": "a"}, (one, other)).is_choice
        False
        """
        return any(set(option.drugs) != set(self.drugs) for option in self.options)


@dataclass(frozen=True, slots=True)
class Treatment:
    """One treatment: its id and name, its kind, its drugs (IRIs), the names of its options, the regimens and groups that it is of (IRIs).

    ``roles`` are those of its groups, as local names of concepts, such as ``comparator-arm``.
    """

    id: str
    name: str
    kind: str
    drugs: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    regimens: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A group of patients: its study and document, its role (the local name of a concept), the group that it is part of, its regimens."""

    id: str
    label: str
    study: str
    study_label: str
    document: str
    role: str
    parent: str
    regimens: tuple[str, ...]


class Groups:
    """All groups of a dataset, and the treatment of each."""

    def __init__(self, arms: Iterable[Row], regimens: Iterable[Row], comparisons: Iterable[Row]) -> None:
        """Take the rows of the questions ``arms``, ``regimens`` and ``comparisons``."""
        self.held = _groups(arms)
        self._regimens = _regimens(regimens)
        against: defaultdict[str, set[str]] = defaultdict(set)
        compared = set()
        for row in comparisons:
            intervention, comparator = str(row["intervention"]), str(row["comparator"])
            compared |= {intervention, comparator}
            against[self._known(comparator)].add(self._name(intervention))
        self._against = against
        self.treatments = self._treatments(compared)
        self.of = {group: treatment.id for treatment in self.treatments.values() for group in treatment.groups}

    def ancestors(self, group: str) -> list[str]:
        """Return the groups that ``group`` is part of, the nearest first."""
        found: list[str] = []
        while (parent := self.held[group].parent) in self.held and parent not in [group, *found]:
            found.append(parent)
            group = parent
        return found

    def roots(self, groups: Iterable[str]) -> tuple[str, ...]:
        """Return those of ``groups`` that are part of no other of them: no patient is in two of these unless two arms share patients."""
        among = set(groups)
        return tuple(sorted(group for group in among if among.isdisjoint(self.ancestors(group))))

    def _given(self, group: str) -> tuple[str, ...]:
        """Return the regimens of ``group``: its own, or those of the arm that it is a part of; an arm does not take those of the whole."""
        for each in [group, *self.ancestors(group)]:
            if self.held[each].regimens or self.held[each].role != "subgroup":
                return self.held[each].regimens
        return ()

    def _known(self, group: str) -> str:
        """Return the widest arm or cohort that ``group`` is a part of, and that is given as little as it."""
        found = group
        for each in self.ancestors(group):
            if self.held[each].role in {"", "whole-study"} or self.held[each].regimens:
                break
            found = each
        return found

    def _key(self, group: str) -> str:
        given = self._given(group)
        choices = [regimen for regimen in given if self._regimens[regimen].is_choice]
        if choices:
            return f"{CHOICE}.{vocabulary.local(choices[0])}"
        drugs = {drug for regimen in given for drug in self._regimens[regimen].drugs}
        return ".".join(sorted(map(vocabulary.local, drugs))) or f"{GROUP}.{vocabulary.local(self._known(group))}"

    def _name(self, group: str) -> str:
        """Return the name of what ``group`` is given, where a regimen says it; else nothing."""
        given = [self._regimens[regimen] for regimen in self._given(group)]
        if any(regimen.is_choice for regimen in given):
            return "choice of " + "; ".join(_options(next(regimen for regimen in given if regimen.is_choice)))
        return " + ".join(sorted({name for regimen in given for name in regimen.drugs.values()}))

    def _bare(self, group: str) -> str:
        """Return the name of a group without a regimen: ``no`` with what it is compared with, for an unexposed cohort; else its label."""
        known = self.held[self._known(group)]
        others = self._against[known.id] - {""}
        if known.role == "unexposed-cohort" and len(others) == 1:
            return f"no {next(iter(others))}"
        return known.label

    def _treatments(self, compared: set[str]) -> dict[str, Treatment]:
        """Return the treatments by id: all combinations and choices, and groups without a regimen where they are compared."""
        members: defaultdict[str, list[str]] = defaultdict(list)
        for group, held in self.held.items():
            key = self._key(group)
            if held.role != "regimen-option" and (not key.startswith(f"{GROUP}.") or group in compared):
                members[key].append(group)
        made = [self._treatment(key, groups) for key, groups in sorted(members.items())]
        names = [treatment.name for treatment in made]
        return {each.id: each if names.count(each.name) == 1 else self._told_apart(each) for each in made}

    def _treatment(self, key: str, groups: Sequence[str]) -> Treatment:
        regimens = sorted({regimen for group in groups for regimen in self._given(group)})
        held = [self._regimens[regimen] for regimen in regimens]
        kind = key.partition(".")[0] if key.startswith((f"{CHOICE}.", f"{GROUP}.")) else DRUGS
        options = [option for regimen in held if kind == CHOICE for option in _options(regimen)]
        drugs = {drug for regimen in held for each in (regimen, *regimen.options) for drug in each.drugs}
        name = self._name(groups[0]) or self._bare(groups[0])
        roles = sorted({self.held[group].role for group in groups} - {""})
        return Treatment(key, name, kind, tuple(sorted(drugs)), tuple(options), tuple(regimens), tuple(sorted(groups)), tuple(roles))

    def _told_apart(self, treatment: Treatment) -> Treatment:
        """Return ``treatment`` with its study in its name."""
        return replace(treatment, name=f"{treatment.name} ({self.held[treatment.groups[0]].study_label})")


def find(treatments: Mapping[str, Treatment], names: Names, name: str) -> Treatment:
    """Return the one treatment that ``name`` names: its id or name, or names of its drugs in any order, brands and codes too.

    :raises UnknownName: when no treatment, or more than one, is called so; with the nearest names.
    """
    wanted = plain(name)
    found = {each.id: each for each in treatments.values() if wanted in {plain(each.id), plain(each.name)}} or {
        each.id: each for each in treatments.values() if each.kind == DRUGS and set(each.drugs) == _drugs(names, name)
    }
    shown = name if len(name) <= 80 else name[:80] + "…"
    if len(found) > 1:
        raise UnknownName(f"{shown!r} is the name of several treatments: {', '.join(found)}: ask for one by its id", choices=tuple(found))
    if not found:
        called = {each.id: each.name for each in treatments.values()}
        near = tuple(key for _, _, key in process.extract(name[:200], called, scorer=fuzz.token_set_ratio, limit=5, score_cutoff=60))
        hint = f"; the nearest are {', '.join(near)}" if near else ""
        raise UnknownName(f"no treatment of the network is called {shown!r}{hint}", near)
    return next(iter(found.values()))


def _drugs(names: Names, name: str) -> set[str]:
    """Return the drugs (IRIs) that ``name`` lists, or none when one of its parts names no drug."""
    if len(name) > 400:
        return set()
    try:
        return {names.find("drug", part) for part in _BETWEEN.split(name.strip()) if part}
    except UnknownName:
        return set()


def _options(regimen: Regimen) -> list[str]:
    return sorted(option.label for option in regimen.options)


def _groups(arms: Iterable[Row]) -> dict[str, Group]:
    made: dict[str, Group] = {}
    for row in arms:
        said = {name: "" if value is None else str(value) for name, value in row.items()}
        before = made[said["group"]].regimens if said["group"] in made else ()
        made[said["group"]] = Group(
            said["group"], said["label"], said["study"], said["study_label"], said["document"], vocabulary.local(said["role"]),
            said["parent"], tuple(dict.fromkeys((*before, *filter(None, [said["regimen"]])))),
        )  # fmt: skip
    return made


def _regimens(rows: Iterable[Row]) -> dict[str, Regimen]:
    """Return the regimens by IRI, each with its options."""
    labels: dict[str, str] = {}
    drugs: defaultdict[str, dict[str, str]] = defaultdict(dict)
    options: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        regimen = str(row["regimen"])
        labels[regimen] = str(row["label"])
        if row["drug"] is not None:
            drugs[regimen][str(row["drug"])] = str(row["drug_label"])
        if row["option_of"] is not None:
            options[str(row["option_of"])].add(regimen)
    bare = {regimen: Regimen(regimen, label, dict(drugs[regimen])) for regimen, label in labels.items()}
    return {
        regimen: Regimen(regimen, each.label, each.drugs, tuple(bare[option] for option in sorted(options[regimen]) if option in bare))
        for regimen, each in bare.items()
    }
