"""Treatments: the treatments of patient groups as combinations of drugs, by which different studies can be compared.

A treatment is of one of three kinds. ``drugs`` is a set of drugs, regardless of order, dose and schedule; ``choice`` is a regimen with
a choice between options, never equal to another choice or to one of its options; ``group`` is the treatment of one group of one study
without a recorded regimen: nothing, observation, or drugs that the source does not name. Treatments of the kinds ``group`` and
``choice`` belong to one group or regimen of the graph, and are never merged across studies. A group that a paper and a registry record of
one study call alike, in the same role, is one group.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from mabgraph.ingest.errors import UnknownName

from ..questions.catalogue import Catalogue
from ..questions.names import Names, shorten
from ..questions.question import Row
from ..questions.spelling import normalise
from ..store import vocabulary
from .declaration import Treatment

DRUGS: Final = "drugs"
CHOICE: Final = "choice"
GROUP: Final = "group"

#: Separators of drugs in the name of a combination; an unencoded plus sign in a URL is decoded as a space.
_BETWEEN: Final = re.compile(r"\s*[+,;/&]\s*|\s+with\s+|\s+and\s+|\s+")

#: The id of a registry record at the end of its IRI.
_REGISTERED: Final = re.compile(r"/nct[0-9]{8}$")


@dataclass(frozen=True, slots=True)
class TreatmentRegimen:
    """A regimen: its drugs (IRIs with names) and the regimens that are its options."""

    id: str
    label: str
    drugs: Mapping[str, str]
    options: tuple[TreatmentRegimen, ...] = ()

    @property
    def is_choice(self) -> bool:
        """Whether the options differ in drugs; dose levels of the same drugs are no choice.

        >>> one, other = TreatmentRegimen("r/1", "low", {"d/a": "a"}), TreatmentRegimen("r/2", "high", {"d/a": "a"})
        >>> TreatmentRegimen("r/0", "escalation", {"d/a": "a"}, (one, other)).is_choice
        False
        """
        return any(set(option.drugs) != set(self.drugs) for option in self.options)


@dataclass(frozen=True, slots=True)
class PatientGroup:
    """A group of patients: its study and document, its role (the local name of a concept), its parent group, its regimens."""

    id: str
    label: str
    study: str
    study_label: str
    document: str
    role: str
    parent: str
    regimens: tuple[str, ...]


def groups_of(catalogue: Catalogue) -> Groups:
    """Return all groups of a dataset with their treatments; they are worked out once."""
    return catalogue.once(
        "groups", lambda asked: Groups(asked.ask("arms"), asked.ask("regimens"), asked.once("comparisons", comparisons_of))
    )


def comparisons_of(catalogue: Catalogue) -> list[Row]:
    """Return the result rows of the question ``comparisons``, of the whole dataset."""
    return catalogue.ask("comparisons")


class Groups:
    """All groups of a dataset, and the treatment of each."""

    def __init__(self, arms: Iterable[Row], regimens: Iterable[Row], comparisons: Iterable[Row]) -> None:
        """Take the result rows of the questions ``arms``, ``regimens`` and ``comparisons``."""
        self.by_id = _groups(arms)
        self._regimens = _regimens(regimens)
        self._first = _first_of_same(self.by_id.values())
        against: defaultdict[str, set[str]] = defaultdict(set)
        compared = set()
        for row in comparisons:
            intervention, comparator = str(row["intervention"]), str(row["comparator"])
            compared |= {intervention, comparator}
            against[self._largest_container(comparator)].add(self._name(intervention))
        self._against = against
        self.treatments = self._treatments(compared)
        self.of = {group: treatment.id for treatment in self.treatments.values() for group in treatment.groups}

    def ancestors(self, group: str) -> list[str]:
        """Return the groups that contain ``group``, the nearest first."""
        ancestors: list[str] = []
        while (parent := self.by_id[group].parent) in self.by_id and parent not in [group, *ancestors]:
            ancestors.append(parent)
            group = parent
        return ancestors

    def roots(self, groups: Iterable[str]) -> tuple[str, ...]:
        """Return those of ``groups`` that no other of them contains: they are disjoint unless two arms share patients."""
        among = set(groups)
        return tuple(sorted(group for group in among if among.isdisjoint(self.ancestors(group))))

    def _regimens_of(self, group: str) -> tuple[str, ...]:
        """Return the regimens of ``group``: its own, or those of the arm that contains it; an arm does not inherit from the whole study."""
        for each in [group, *self.ancestors(group)]:
            if self.by_id[each].regimens or self.by_id[each].role != "subgroup":
                return self.by_id[each].regimens
        return ()

    def _largest_container(self, group: str) -> str:
        """Return the largest arm or cohort that contains ``group`` and also has no regimen."""
        largest = group
        for each in self.ancestors(group):
            if self.by_id[each].role in {"", "whole-study"} or self.by_id[each].regimens:
                break
            largest = each
        return largest

    def _key(self, group: str) -> str:
        regimens = self._regimens_of(group)
        choices = [regimen for regimen in regimens if self._regimens[regimen].is_choice]
        if choices:
            return f"{CHOICE}.{vocabulary.local_name(choices[0])}"
        drugs = {drug for regimen in regimens for drug in self._regimens[regimen].drugs}
        if drugs:
            return ".".join(sorted(map(vocabulary.local_name, drugs)))
        largest = self._largest_container(group)
        return f"{GROUP}.{vocabulary.local_name(self._first.get(largest, largest))}"

    def _name(self, group: str) -> str:
        """Return the name of the treatment of ``group`` from its regimens; empty without a regimen."""
        regimens = [self._regimens[regimen] for regimen in self._regimens_of(group)]
        if any(regimen.is_choice for regimen in regimens):
            return "choice of " + "; ".join(_options(next(regimen for regimen in regimens if regimen.is_choice)))
        return " + ".join(sorted({name for regimen in regimens for name in regimen.drugs.values()}))

    def _fallback_name(self, group: str) -> str:
        """Return the name for a group without a regimen: ``no`` with the compared treatment for an unexposed cohort; else its label."""
        known = self.by_id[self._largest_container(group)]
        others = self._against[known.id] - {""}
        if known.role == "unexposed-cohort" and len(others) == 1:
            return f"no {next(iter(others))}"
        return known.label

    def _treatments(self, compared: set[str]) -> dict[str, Treatment]:
        """Return the treatments by id: all combinations and choices, and groups without a regimen if they are compared."""
        members: defaultdict[str, list[str]] = defaultdict(list)
        for group, patient_group in self.by_id.items():
            key = self._key(group)
            if patient_group.role != "regimen-option" and (not key.startswith(f"{GROUP}.") or group in compared):
                members[key].append(group)
        treatments = [self._treatment(key, groups) for key, groups in sorted(members.items())]
        names = [treatment.name for treatment in treatments]
        return {each.id: each if names.count(each.name) == 1 else self._disambiguate(each) for each in treatments}

    def _treatment(self, key: str, groups: Sequence[str]) -> Treatment:
        regimens = sorted({regimen for group in groups for regimen in self._regimens_of(group)})
        components = [self._regimens[regimen] for regimen in regimens]
        kind = key.partition(".")[0] if key.startswith((f"{CHOICE}.", f"{GROUP}.")) else DRUGS
        options = [option for regimen in components if kind == CHOICE for option in _options(regimen)]
        drugs = {drug for regimen in components for each in (regimen, *regimen.options) for drug in each.drugs}
        name = self._name(groups[0]) or self._fallback_name(groups[0])
        roles = sorted({self.by_id[group].role for group in groups} - {""})
        return Treatment(
            id=key, name=name, kind=kind, drugs=tuple(sorted(drugs)), options=tuple(options), regimens=tuple(regimens),
            groups=tuple(sorted(groups)), roles=tuple(roles),
        )  # fmt: skip

    def _disambiguate(self, treatment: Treatment) -> Treatment:
        """Return ``treatment`` with its study added to its name."""
        return treatment.model_copy(update={"name": f"{treatment.name} ({self.by_id[treatment.groups[0]].study_label})"})


def find(treatments: Mapping[str, Treatment], names: Names, name: str) -> Treatment:
    """Return the treatment called ``name``: its id or name, or the names of its drugs in any order, including brands and codes.

    :raises UnknownName: when the name is unknown (with the nearest names), or ambiguous.
    """
    wanted = normalise(name)
    matches = {each.id: each for each in treatments.values() if wanted in {normalise(each.id), normalise(each.name)}} or {
        each.id: each for each in treatments.values() if each.kind == DRUGS and set(each.drugs) == _drugs(names, name)
    }
    if len(matches) > 1:
        raise UnknownName(
            f"{shorten(name)!r} is the name of several treatments: {', '.join(matches)}: ask for one by its id", choices=tuple(matches)
        )
    if not matches:
        called = {each.id: each.name for each in treatments.values()}
        near = tuple(key for _, _, key in process.extract(name[:200], called, scorer=fuzz.token_set_ratio, limit=5, score_cutoff=60))
        hint = f"; the nearest are {', '.join(near)}" if near else ""
        raise UnknownName(f"no treatment of the network is called {shorten(name)!r}{hint}", near)
    return next(iter(matches.values()))


def _drugs(names: Names, name: str) -> set[str]:
    """Return the drugs (IRIs) that ``name`` lists; empty when one of its parts is no drug name."""
    if len(name) > 400:
        return set()
    try:
        return {names.find("drug", part) for part in _BETWEEN.split(name.strip()) if part}
    except UnknownName:
        return set()


def _options(regimen: TreatmentRegimen) -> list[str]:
    return sorted(option.label for option in regimen.options)


def _first_of_same(groups: Iterable[PatientGroup]) -> dict[str, str]:
    """Return for each group that several documents of one study name alike which of them it is called by: that of a paper first."""
    alike: defaultdict[tuple[str, str, str], list[PatientGroup]] = defaultdict(list)
    for group in groups:
        alike[group.study, group.role, normalise(group.label)].append(group)
    first: dict[str, str] = {}
    for several in alike.values():
        documents = [each.document for each in several]
        if len(set(documents)) == len(documents) > 1:
            ordered = sorted(several, key=lambda each: (bool(_REGISTERED.search(each.document)), each.document))
            first |= dict.fromkeys((each.id for each in several), ordered[0].id)
    return first


def _groups(arms: Iterable[Row]) -> dict[str, PatientGroup]:
    groups: dict[str, PatientGroup] = {}
    for row in arms:
        fields = {name: "" if value is None else str(value) for name, value in row.items()}
        before = groups[fields["group"]].regimens if fields["group"] in groups else ()
        groups[fields["group"]] = PatientGroup(
            fields["group"], fields["label"], fields["study"], fields["study_label"], fields["document"],
            vocabulary.local_name(fields["role"]), fields["parent"], tuple(dict.fromkeys((*before, *filter(None, [fields["regimen"]])))),
        )  # fmt: skip
    return groups


def _regimens(rows: Iterable[Row]) -> dict[str, TreatmentRegimen]:
    """Return the regimens by IRI, with their options."""
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
    bare = {regimen: TreatmentRegimen(regimen, label, dict(drugs[regimen])) for regimen, label in labels.items()}
    return {
        regimen: TreatmentRegimen(
            regimen, each.label, each.drugs, tuple(bare[option] for option in sorted(options[regimen]) if option in bare)
        )
        for regimen, each in bare.items()
    }
