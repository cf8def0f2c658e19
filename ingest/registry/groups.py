"""Groups: one for each title. The ids of groups are of one table only, and mean other groups in another one.

A title that is exactly that of an arm is that arm, also with the name of a population behind it ("Placebo (FAS)"). Two groups with one
title, or of one arm, in one table stay two, and two arms with one label are none of them. What only has the label of an arm in it is
suggested. A column "Total" is no arm.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..figures import Node
from . import resultstructs
from .names import fold
from .structs import Intervention, RegistryArm
from .writer import RegistryWriter, tidy

#: The key of a group that is all of the others together.
TOTAL: Final = "total"
#: Populations by their abbreviations, which may stand behind the label of an arm; these alone without brackets.
_SHORT: Final = "mITT|ITT|mFAS|FAS|PPS|SAF"
_SETS: Final = "PP|SS|SAS|RS"
_PHRASES: Final = (
    r"(?:modified |full )?(?:intent(?:ion)?[- ]to[- ]treat|ITT)|full analysis|safety(?: analysis)?|per[- ]protocol|"
    r"all[- ](?:treated|randomi[sz]ed)|randomi[sz]ed|treated|as[- ]treated"
)
_POPULATION: Final = re.compile(
    rf"(?P<arm>.+?)(?:\s*[-–,:]\s*(?:{_SHORT})|\s+(?:{_SHORT})|"
    rf"\s*[(\[]\s*(?:{_SHORT}|{_SETS}|(?i:(?:{_PHRASES})(?: set| population)?))\s*[)\]])"
)
#: Of a title or label so many words are looked at for suggestions.
_MOST: Final = 30
_SIGNS: Final = re.compile(r"[^\w+/.%&'-]+")
#: Between the descriptions that several tables have of one group.
_APART: Final = "\n\n"
#: Titles of so many characters may be cut off, and be those of two groups.
_LONG: Final = 60
_MINUS: Final = re.compile(r"(?<!\w)[-−–](?=\d)")
#: Between the drugs of a group; "A/B", "A, B" and "A and B" may be one after the other, or groups taken together.
_TOGETHER: Final = re.compile(r"(?i)/|,|;|&|\band\b")


class RegistryGroups:
    """The groups of one record by title."""

    def __init__(self, writer: RegistryWriter) -> None:
        """Begin with none."""
        self._writer = writer
        self._by_title: dict[str, str] = {}
        self._nodes: dict[str, Node] = {}
        #: What tables write of each group, by the words with single spaces.
        self._texts: dict[str, dict[str, str]] = {}
        #: The titles of arms.
        self._arms: set[str] = set()
        #: The labels of arms as words, and the number of words of the longest.
        self._words: dict[str, str] = {}
        self._longest = 0
        #: The titles of the groups of each table that name a population, too.
        self._titled: dict[str, list[str]] = {}
        #: The titles that two arms, or two groups of a table, have.
        self._doubled: set[str] = set()
        self.labels: dict[str, str] = {}

    def add_arm(
        self, index: int, arm: RegistryArm, role: str | None, drugs: tuple[str, ...], interventions: Sequence[Intervention]
    ) -> None:
        """Write a planned arm with its role and, as a regimen, what is given: ``drugs`` and the words of ``interventions``."""
        writer, label = self._writer, tidy(arm.label) or f"arm {index + 1}"
        node: Node = {"type": "Group", "label": label, "study": writer.study, "groupRole": role}
        if arm.intervention_names or drugs:
            regimen: Node = {
                "type": "Regimen", "label": "; ".join(map(tidy, arm.intervention_names)) or label, "drug": list(drugs),
                "interventionType": list(dict.fromkeys(each.type for each in interventions if each.type)),
                "description": "; ".join(_other_names(each) for each in interventions if each.other_names),
            }  # fmt: skip
            node["regimen"] = writer.add("regimen", f"arm-{index}", regimen)
        name = writer.add("group", f"arm-{index}", node)
        self.labels[name], self._nodes[name] = label, writer.nodes[-1]
        self._describe(name, arm.description)
        title = _key(label)
        if title in self._by_title or title in self._doubled:
            at = f"/protocolSection/armsInterventionsModule/armGroups/{index}/label"
            writer.flag("groups of one title", at, f"another arm is called {label[:60]!r}, too: no group of a table is one of them")
            self._doubled.add(title)
            self._by_title.pop(title, None)
        else:
            self._by_title[title] = name
        self._arms.add(title)
        words = _SIGNS.sub(" ", title).split()
        self._words[" ".join(words)], self._longest = title, max(self._longest, min(len(words), _MOST))

    def keep_apart(self, tables: Iterable[Sequence[resultstructs.RegistryGroup]]) -> None:
        """Take no long title for one group that two groups of any one of the ``tables`` have: it may be cut off."""
        for listed in tables:
            titles = Counter(_key(group.title or "") for group in listed)
            self._doubled |= {title for title, number in titles.items() if number > 1 and len(title) >= _LONG}

    def of_table(self, listed: Sequence[resultstructs.RegistryGroup], pointer: str) -> dict[str, str]:
        """Return the groups of the table at ``pointer`` by their ids there; those that are new are written."""
        titles = Counter(_key(group.title or "") for group in listed)
        arms = Counter(self._arm_of(group.title or "") or _key(group.title or "") for group in listed)
        ids: dict[str, str] = {}
        for index, group in enumerate(listed):
            at = f"{pointer}/{index}"
            if group.id in ids:
                self._writer.leave_out(at, "doubled group", at, f"the id {group.id!r} is in its table twice: the second one")
                continue
            title, arm = _key(group.title or ""), self._arm_of(group.title or "")
            if arm and arms[arm] == 1 and title not in self._by_title:
                self._titled.setdefault(pointer, []).append(tidy(group.title))
                ids[group.id] = self._describe(self._by_title[arm], group.description)
            else:
                is_alone = titles[title] == 1 and bool(title) and title not in self._doubled
                ids[group.id] = self._of_title(group, title, at, is_alone=is_alone)
        return ids

    def titles_with_population(self, pointer: str) -> str:
        """Return the titles of the groups of the table at ``pointer`` that name a population of their arm; empty where none does."""
        return f"Groups: {'; '.join(self._titled[pointer])}" if pointer in self._titled else ""

    def _arm_of(self, title: str) -> str:
        """Return the label of the one arm that a title is, with the name of a population behind it; empty where it is none."""
        match = _POPULATION.fullmatch(tidy(title))
        label = _key(match["arm"]) if match else ""
        return label if label in self._arms and label in self._by_title and label not in self._doubled else ""

    def _of_title(self, group: resultstructs.RegistryGroup, title: str, at: str, *, is_alone: bool) -> str:
        if is_alone and title in self._by_title:
            return self._describe(self._by_title[title], group.description)
        writer = self._writer
        local = "-".join(at.removeprefix("/resultsSection/").split("/"))
        label = tidy(group.title) or f"group {group.id} without a title"
        node: Node = {"type": "Group", "label": label, "study": writer.study}
        if title == TOTAL:
            node["groupRole"] = "whole-study"
        elif not _TOGETHER.search(label) and (drugs := writer.names.drugs.every_in_full(label)):
            node["regimen"] = writer.add("regimen", local, {"type": "Regimen", "label": label, "drug": list(drugs)})
        name = writer.add("group", local, node)
        self.labels[name], self._nodes[name] = label, writer.nodes[-1]
        self._describe(name, group.description)
        if near := self._find_within(title):
            writer.flag("unmatched group", at, f"{label[:80]!r} is the label of no arm exactly; in it: {', '.join(near)}")
        if is_alone:
            self._by_title[title] = name
        else:
            writer.flag("groups of one title", at, f"another group is called {label[:60]!r}, too: they stay apart")
        return name

    def _find_within(self, title: str) -> list[str]:
        """Return the labels of arms whose words are in ``title``."""
        words = _SIGNS.sub(" ", title).split()[:_MOST]
        spans = ((start, start + length) for start in range(len(words)) for length in range(1, self._longest + 1))
        near = (self._words.get(" ".join(words[start:end])) for start, end in spans if end <= len(words))
        return list(dict.fromkeys(label for label in near if label))

    def describe(self) -> None:
        """Write what all tables write of each group, when all are read."""
        for name, texts in self._texts.items():
            if texts:
                self._nodes[name]["description"] = _APART.join(texts.values())

    def _describe(self, name: str, words: str | None) -> str:
        """Keep what a table writes of the group ``name``, and return the name."""
        if tidy(words):
            self._texts.setdefault(name, {}).setdefault(tidy(words), str(words).strip())
        return name


def _other_names(intervention: Intervention) -> str:
    return f"{tidy(intervention.name)}: {', '.join(map(tidy, intervention.other_names))}"


def group_lists(results: resultstructs.Results) -> Iterator[Sequence[resultstructs.RegistryGroup]]:
    """Yield the groups of each table of the results."""
    if results.participant_flow_module:
        yield results.participant_flow_module.groups
    if results.baseline_characteristics_module:
        yield results.baseline_characteristics_module.groups
    if results.outcome_measures_module:
        yield from (outcome.groups for outcome in results.outcome_measures_module.outcome_measures)
    if results.adverse_events_module:
        yield results.adverse_events_module.event_groups


def _key(title: str) -> str:
    """Return what groups of one title have in common: "Dose Level -1" is not "Dose Level 1"."""
    return fold(_MINUS.sub("minus ", title))
