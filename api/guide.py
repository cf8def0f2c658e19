"""Guide: an Evidence of R5 in the form of FHIR 6.0.0-ballot3, on which the guide "Evidence Based Medicine on FHIR" 1.0.0-ballot2 is built.

What differs, by the pages of that ballot and an example of the guide: ``relatesTo`` stands for ``relatedArtifact``; a variable has a role
by code (population, exposure, outcome), and what an exposure is compared with is its ``comparatorCategory``; there may be several types of
synthesis. Other resources are not written in this form: groups, endpoints and documents are named by their IRIs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

_ROLES: Final = {"population": "population", "exposure": "exposure", "measuredVariable": "outcome"}


def evidence(resource: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return an Evidence of R5 in the form of the guide; ``others`` are the resources that it refers to, by their id."""
    named = {each["identifier"][0]["value"]: each for each in others.values()}
    made = {key: value for key, value in resource.items() if key not in {"relatedArtifact", "variableDefinition"}}
    return made | {
        "relatesTo": [_related(each, named) for each in resource["relatedArtifact"]],
        "synthesisType": [resource["synthesisType"]], "variableDefinition": list(_variables(resource["variableDefinition"])),
    }  # fmt: skip


def _related(artifact: Mapping[str, Any], named: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return where an Evidence is from: a place in a document with the title of it, or another Evidence."""
    if "document" not in artifact:
        return {"type": artifact["type"], "targetReference": artifact["resourceReference"] | {"display": artifact["display"]}}
    document = artifact["document"]
    title = named.get(document["url"].partition("#")[0], {}).get("title", "")
    return {"type": artifact["type"], "targetAttachment": document | {"title": ": ".join(filter(None, (title, document["title"])))}}


def _variables(variables: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    held = {each["variableRole"]["coding"][0]["code"]: each for each in variables}
    for role, each in held.items():
        if role not in _ROLES:
            continue
        made: dict[str, Any] = {"description": each["description"], "variableRole": _ROLES[role]}
        if role == "exposure" and "referenceExposure" in held:
            made["comparatorCategory"] = held["referenceExposure"]["description"]
        if "observed" in each:
            made["observed"] = {"display": each["observed"]["display"]}
        yield made
