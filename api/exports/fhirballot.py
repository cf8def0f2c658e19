"""Conversion of an R5 Evidence to FHIR 6.0.0-ballot3, the basis of the guide "Evidence Based Medicine on FHIR" 1.0.0-ballot2.

Differences, by the pages of that ballot and an example of the guide: ``relatesTo`` replaces ``relatedArtifact``; a variable has a role code
(population, exposure, outcome), and the comparator of an exposure is its ``comparatorCategory``; there may be several synthesis types.
Other resources are not converted: groups, endpoints and documents are named by their IRIs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

_ROLES: Final = {"population": "population", "exposure": "exposure", "measuredVariable": "outcome"}


def evidence(resource: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return an Evidence of R5 in the form of the guide; ``others`` are the resources that it refers to, by their id."""
    named = {each["identifier"][0]["value"]: each for each in others.values()}
    fields = {key: value for key, value in resource.items() if key not in {"relatedArtifact", "variableDefinition"}}
    return fields | {
        "relatesTo": [_related_artifact(each, named) for each in resource["relatedArtifact"]],
        "synthesisType": [resource["synthesisType"]], "variableDefinition": list(_variables(resource["variableDefinition"])),
    }  # fmt: skip


def _related_artifact(artifact: Mapping[str, Any], named: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the source of an Evidence: a place in a document with its title, or another Evidence."""
    if "document" not in artifact:
        return {"type": artifact["type"], "targetReference": artifact["resourceReference"] | {"display": artifact["display"]}}
    document = artifact["document"]
    title = named.get(document["url"].partition("#")[0], {}).get("title", "")
    return {"type": artifact["type"], "targetAttachment": document | {"title": ": ".join(filter(None, (title, document["title"])))}}


def _variables(variables: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    by_role = {each["variableRole"]["coding"][0]["code"]: each for each in variables}
    for role, each in by_role.items():
        if role not in _ROLES:
            continue
        variable: dict[str, Any] = {"description": each["description"], "variableRole": _ROLES[role]}
        if role == "exposure" and "referenceExposure" in by_role:
            variable["comparatorCategory"] = by_role["referenceExposure"]["description"]
        if "observed" in each:
            variable["observed"] = {"display": each["observed"]["display"]}
        yield variable
