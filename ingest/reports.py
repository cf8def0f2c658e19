"""Reports: what one document says of one study. A study may have many; its name and design belong to each of them.

Cochrane reviews keep reports and studies apart in the same way (Handbook, chapter 4: several reports of one study are one study).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from .figures import Node

#: What is of the study itself, or of its figures, and not a statement of a document about it.
_OF_STUDY: Final = frozenset({"id", "type", "figure", "sharesPatientsWith"})
#: What a document states of a study has properties of its own, so that nobody who asks for a study by these gets its reports as well.
_STATED: Final = {
    "acronym": "statedAcronym", "condition": "statedCondition", "design": "statedDesign", "drug": "statedDrug", "masking": "statedMasking",
    "phase": "statedPhase", "registration": "statedRegistration", "stratifiedBy": "statedStratification", "reportedBy": "reportedAs",
}  # fmt: skip
_STUDY: Final = "study/"


def state(nodes: Iterable[Node], document: str) -> Iterator[Node]:
    """Yield the ``nodes`` of a record, each with the report that it is from, and after each study the report of it by ``document``."""
    for node in nodes:
        if study := node.get("study"):
            yield node | {"report": _name(str(study), document)}
            continue
        yield node
        if str(node["id"]).startswith(_STUDY):
            yield _report(node, document)


def _report(study: Node, document: str) -> Node:
    stated = {_STATED.get(key, key): value for key, value in study.items() if key not in _OF_STUDY}
    name = str(study["id"])
    return {"id": _name(name, document), "type": "Report", "reportOf": name} | stated


def _name(study: str, document: str) -> str:
    return f"report/{document}.{study.removeprefix(_STUDY)}"
