"""Groups: one for each title. The ids of groups are of one table only, and mean other groups in another one.

A title that is exactly that of an arm is that arm. Two groups with one title in one table stay two. A column "Total" is no arm.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..figures import Node
from . import resultstructs
from .names import fold
from .structs import RegistryArm
from .writer import RegistryWriter, in_english, tidy

#: The key of a group that is all of the others together.
TOTAL: Final = "total"
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
        self._doubled: set[str] = set()
        self.labels: dict[str, str] = {}

    def add_arm(self, index: int, arm: RegistryArm, role: str | None, drugs: tuple[str, ...]) -> None:
        """Write a planned arm with its role and, as a regimen, what is given."""
        writer, label = self._writer, tidy(arm.label) or f"arm {index + 1}"
        node: Node = {"type": "Group", "label": label, "study": writer.study, "groupRole": role} | in_english(description=arm.description)
        if arm.intervention_names or drugs:
            regimen: Node = {"type": "Regimen", "label": "; ".join(map(tidy, arm.intervention_names)) or label, "drug": list(drugs)}
            node["regimen"] = writer.add("regimen", f"arm-{index}", regimen)
        name = writer.add("group", f"arm-{index}", node)
        self.labels[name] = label
        title = _key(label)
        if title in self._by_title or title in self._doubled:
            self._doubled.add(title)
            self._by_title.pop(title, None)
        else:
            self._by_title[title] = name

    def keep_apart(self, tables: Iterable[Sequence[resultstructs.RegistryGroup]]) -> None:
        """Take no long title for one group that two groups of any one of the ``tables`` have: it may be cut off."""
        for listed in tables:
            titles = Counter(_key(group.title or "") for group in listed)
            self._doubled |= {title for title, number in titles.items() if number > 1 and len(title) >= _LONG}

    def of_table(self, listed: Sequence[resultstructs.RegistryGroup], pointer: str) -> dict[str, str]:
        """Return the groups of the table at ``pointer`` by their ids there; those that are new are written."""
        titles = Counter(_key(group.title or "") for group in listed)
        ids: dict[str, str] = {}
        for index, group in enumerate(listed):
            at = f"{pointer}/{index}"
            if group.id in ids:
                self._writer.flag("doubled group", at, f"the id {group.id!r} is in its table twice: the first counts")
                continue
            title = _key(group.title or "")
            is_alone = titles[title] == 1 and bool(title) and title not in self._doubled
            ids[group.id] = self._of_title(group, title, at, is_alone=is_alone)
        return ids

    def _of_title(self, group: resultstructs.RegistryGroup, title: str, at: str, *, is_alone: bool) -> str:
        if is_alone and title in self._by_title:
            return self._by_title[title]
        writer = self._writer
        local = "-".join(at.removeprefix("/resultsSection/").split("/"))
        label = tidy(group.title) or f"group {group.id} without a title"
        node: Node = {"type": "Group", "label": label, "study": writer.study} | in_english(description=group.description)
        if title == TOTAL:
            node["groupRole"] = "whole-study"
        elif not _TOGETHER.search(label) and (drugs := writer.names.drugs.every_in_full(label)):
            node["regimen"] = writer.add("regimen", local, {"type": "Regimen", "label": label, "drug": list(drugs)})
        name = writer.add("group", local, node)
        self.labels[name] = label
        if is_alone:
            self._by_title[title] = name
        else:
            writer.flag("groups of one title", at, f"another group is called {label[:60]!r}, too: they stay apart")
        return name


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
