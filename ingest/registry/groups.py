"""Groups: one for each title. The ids of groups are of one table only, and mean other groups in another one.

A title that is exactly that of an arm is that arm. Two groups with one title in one table stay two. A column "Total" is no arm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from ..figures import Node
from . import resultstructs
from .names import fold
from .structs import Intervention, RegistryArm
from .writer import RegistryWriter, in_english, tidy

#: The key of a group that is all of the others together.
TOTAL: Final = "total"
#: Between the descriptions that several tables have of one group.
_APART: Final = "\n\n"


class RegistryGroups:
    """The groups of one record by title."""

    def __init__(self, writer: RegistryWriter) -> None:
        """Begin with none."""
        self._writer = writer
        self._by_title: dict[str, str] = {}
        self._nodes: dict[str, Node] = {}
        self.labels: dict[str, str] = {}

    def add_arm(
        self, index: int, arm: RegistryArm, role: str | None, drugs: tuple[str, ...], interventions: Sequence[Intervention]
    ) -> None:
        """Write a planned arm with its role and, as a regimen, what is given: ``drugs`` and the words of ``interventions``."""
        writer, label = self._writer, tidy(arm.label) or f"arm {index + 1}"
        node: Node = {"type": "Group", "label": label, "study": writer.study, "groupRole": role} | in_english(description=arm.description)
        if arm.intervention_names or drugs:
            regimen: Node = {
                "type": "Regimen", "label": "; ".join(map(tidy, arm.intervention_names)) or label, "drug": list(drugs),
                "interventionType": list(dict.fromkeys(each.type for each in interventions if each.type)),
                "description": "; ".join(_other_names(each) for each in interventions if each.other_names),
            }  # fmt: skip
            node["regimen"] = writer.add("regimen", f"arm-{index}", regimen)
        name = writer.add("group", f"arm-{index}", node)
        self.labels[name], self._nodes[name] = label, writer.nodes[-1]
        self._by_title.setdefault(fold(label), name)

    def of_table(self, listed: Sequence[resultstructs.RegistryGroup], pointer: str) -> dict[str, str]:
        """Return the groups of the table at ``pointer`` by their ids there; those that are new are written."""
        titles = Counter(fold(group.title or "") for group in listed)
        ids: dict[str, str] = {}
        for index, group in enumerate(listed):
            at = f"{pointer}/{index}"
            if group.id in ids:
                self._writer.leave_out(at, "doubled group", at, f"the id {group.id!r} is in its table twice: the second one")
                continue
            title = fold(group.title or "")
            ids[group.id] = self._of_title(group, title, at, is_alone=titles[title] == 1 and bool(title))
        return ids

    def _of_title(self, group: resultstructs.RegistryGroup, title: str, at: str, *, is_alone: bool) -> str:
        if is_alone and title in self._by_title:
            return self._describe(self._by_title[title], group.description)
        writer = self._writer
        local = "-".join(at.removeprefix("/resultsSection/").split("/"))
        label = tidy(group.title) or f"group {group.id} without a title"
        node: Node = {"type": "Group", "label": label, "study": writer.study} | in_english(description=group.description)
        if title == TOTAL:
            node["groupRole"] = "whole-study"
        elif drugs := writer.names.drugs.every(label):
            node["regimen"] = writer.add("regimen", local, {"type": "Regimen", "label": label, "drug": list(drugs)})
        name = writer.add("group", local, node)
        self.labels[name], self._nodes[name] = label, writer.nodes[-1]
        if is_alone:
            self._by_title[title] = name
        else:
            writer.flag("groups of one title", at, f"another group of the table is called {label[:60]!r}, too: they stay apart")
        return name

    def _describe(self, name: str, words: str | None) -> str:
        """Add what a table writes of the group ``name``, where no table before wrote it, and return the name."""
        node = self._nodes[name]
        texts = str(node.get("description", "")).split(_APART)
        if tidy(words) and tidy(words) not in map(tidy, texts):
            node["description"] = _APART.join(filter(None, [*texts, str(words).strip()]))
        return name


def _other_names(intervention: Intervention) -> str:
    return f"{tidy(intervention.name)}: {', '.join(map(tidy, intervention.other_names))}"
