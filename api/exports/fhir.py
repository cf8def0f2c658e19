"""FHIR resources of a comparison: an Evidence for each estimate, in an R5 Bundle, in the form of the EBM guide, or in a Composition.

Resources are drafts: certainty and risk of bias are not assessed, and empty elements are left out. They carry no date, because a dataset
has none. The IRI of an estimate is its ``url`` and its identifier; its place in the document is a fragment identifier (RFC 5147).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from mabgraph.graph.compare.evidence import EFFECT, Evidence
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import QuestionError
from mabgraph.ingest.visible import escape_invisible_in

from . import fhirballot, fhircodings, fhirstatistics
from .package import Package

FLAVOURS: Final = ("r5", "ebm")
UNASSESSED: Final = "Not assessed: a person fills this in. Empty does not mean low."
#: Prefix that marks a Decimal until its quotes are removed.
_MARK: Final = "\ue000"
_IRI: Final = "urn:ietf:rfc:3986"
_UNKNOWN: Final = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}

Resource = dict[str, Any]


@dataclass(frozen=True)
class FhirResources:
    """The resources of a package by id: Evidence of estimates and pooled effects, and the resources they refer to."""

    evidence: dict[str, Resource]
    others: dict[str, Resource]


def bundle(package: Package, flavour: str = "r5") -> bytes:
    """Return a Bundle (a collection) as JSON: an Evidence for each estimate and pooled effect, and the resources they refer to.

    ``flavour`` is ``r5``; or ``ebm``: Evidence alone, as in FHIR 6.0.0-ballot3, the basis of the EBM guide 1.0.0-ballot2.

    :raises QuestionError: for an unknown flavour, or when there is no estimate.
    """
    if flavour not in FLAVOURS:
        raise QuestionError(f"flavour {flavour[:80]!r}: choose from {', '.join(FLAVOURS)}")
    resources = _resources(package, full_url)
    included = {**resources.evidence, **resources.others}
    if flavour == "ebm":
        included = {key: fhirballot.evidence(each, resources.others) for key, each in resources.evidence.items()}
    about = " ".join([*(f"{key}: {value}." for key, value in package.about.items()), UNASSESSED])
    identifier = {"system": _IRI, "value": _identity(package, "bundle")}
    tag = [{"system": vocabulary.base() + "about", "code": "comparison", "display": about}]
    entries = [{"fullUrl": full_url(key), "resource": each} for key, each in included.items()]
    return resource_json({"resourceType": "Bundle", "meta": {"tag": tag}, "identifier": identifier, "type": "collection", "entry": entries})


def composition(package: Package) -> bytes:
    """Return a summary of findings as one Composition (R5): a section for each endpoint, with contained Evidence as entries.

    The sections on certainty and risk of bias are empty, with the reason ``notstarted``.

    :raises QuestionError: when there is no estimate.
    """
    resources = _resources(package, lambda key: f"#{key}")
    endpoints: dict[str, list[str]] = {}
    for row in package.comparison.rows:
        endpoints.setdefault(row.endpoint_label, []).append(_key(row.id))
    sections = [_section(label, [resources.evidence[key] for key in keys]) for label, keys in endpoints.items()]
    if pooled := [each for key, each in resources.evidence.items() if key.startswith("pooled-")]:
        sections.append(_section("pooled", pooled))
    about = "".join(f"<p>{escape(f'{key}: {value}')}</p>" for key, value in package.about.items())
    sections += [_empty_section("Risk of bias"), _narrative_section("About this file", about)]
    contained = [each | {"id": key} for key, each in {**resources.others, **resources.evidence}.items()]
    return resource_json({
        "resourceType": "Composition", "identifier": [{"system": _IRI, "value": _identity(package, "composition")}],
        "status": "preliminary",
        "type": fhircodings.concept("summary of findings"), "_date": _UNKNOWN, "author": [{"display": package.about["software"]}],
        "title": "Summary of findings", "note": _notes(package), "contained": contained, "section": sections,
    })  # fmt: skip


def full_url(key: str) -> str:
    """Return the full URL of a resource in a bundle: a name-based UUID, so it is reproducible."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, vocabulary.base() + 'fhir/' + key)}"


def resource_json(resource: Mapping[str, Any]) -> bytes:
    r"""Return a resource as JSON; a Decimal keeps its trailing zeros, because FHIR reads them as precision.

    >>> from decimal import Decimal
    >>> resource_json({"value": Decimal("0.70")}).decode()
    '{\n "value": 0.70\n}\n'
    """
    text = json.dumps(escape_invisible_in(dict(resource)), ensure_ascii=False, indent=1, default=lambda number: f"{_MARK}{number:f}")
    return (re.sub(rf'"{_MARK}(-?[0-9.]+)"', r"\1", text) + "\n").encode()


def _resources(package: Package, refer: Callable[[str], str]) -> FhirResources:
    """Return all resources; ``refer`` makes a reference from an id."""
    if not package.comparison.rows:
        raise QuestionError("no estimate meets the filters: there is no Evidence to write; csv and json are written without rows")
    others: dict[str, Resource] = {}
    for iri in dict.fromkeys(row.document for row in package.comparison.rows):
        others[_key(iri)] = _citation(iri, package.documents[iri])
    for row in package.comparison.rows:
        others |= dict(_referenced_resources(row))
    evidence = {_key(row.id): _evidence(package, row, package.rows_by_iri[row.id], refer) for row in package.comparison.rows}
    return FhirResources(evidence | dict(_pooled_evidence(package, refer)), others)


def _evidence(package: Package, row: Evidence, printed: Mapping[str, Any], refer: Callable[[str], str]) -> Resource:
    reasons = ", ".join(printed["reasons"])
    notes = [
        f"comparability: {printed['comparability']}",
        *([f"reasons against pooling: {reasons}"] if reasons else []),
        *([f"stated by the curator of the record, not printed: {by_curator}"] if (by_curator := _by_curator(printed)) else []),
        *([f"not reported: {'; '.join(printed['not_reported'])}"] if printed["not_reported"] else []),
        *(f"limitation: {each.text}" if each.kind == "limitation" else each.text for each in row.warnings),
    ]
    kind = "pooled analysis" if row.design in {"pooled-analysis", "studies-cited-together"} else "not a synthesis: from one study"
    codes = () if kind == "pooled analysis" else ((fhircodings.SYNTHESIS, "NotApplicable"),)
    return {
        "resourceType": "Evidence", "id": _key(row.id), "url": row.id, "identifier": [{"system": _IRI, "value": row.id}],
        "version": package.about["dataset"], "title": row.label, "status": "draft", "relatedArtifact": [_source(row, refer)],
        "description": f"{row.study_label}: {row.label}. {fhirstatistics.describe(printed)}.",
        "note": [*({"text": text} for text in notes), *_notes(package)], "variableDefinition": list(_variables(row, refer)),
        "synthesisType": fhircodings.concept(kind, codes), "studyDesign": [fhircodings.design(row.design)],
        "statistic": [fhirstatistics.statistic(row, printed)],
    }  # fmt: skip


def _by_curator(printed: Mapping[str, Any]) -> str:
    """Return which of population, method, test, censoring and adjustment the document does not state in words."""
    stated = (line.rpartition(": ") for line in printed["analysis_basis"])
    return ", ".join(name for name, _, basis in stated if not basis.startswith("printed"))


def _source(row: Evidence, refer: Callable[[str], str]) -> Resource:
    """Return the source of an estimate: the document, and the characters of its main number (RFC 5147)."""
    place = f"#char={row.anchor.replace('-', ',')}" if row.anchor else ""
    name = row.document.rpartition("/")[2]
    where = {"contentType": "text/plain", "url": row.document + place, "title": f"{name}, characters {row.anchor or 'not recorded'}"}
    return {
        "type": "derived-from",
        "display": where["title"],
        "document": where,
        "resourceReference": {"reference": refer(_key(row.document))},
    }


def _variables(row: Evidence, refer: Callable[[str], str]) -> Iterable[Resource]:
    """Yield the variables of an estimate: population, exposure, reference exposure and measured variable."""
    patients = " and ".join(row.conditions) or "condition not stated"
    roles = ("exposure", "referenceExposure") if row.kind == EFFECT else ("exposure",)
    group = {} if row.kind == EFFECT else {"observed": {"reference": refer(_key(row.sides[0].group)), "display": row.sides[0].label}}
    yield {"description": patients, "variableRole": fhircodings.role("population")} | group
    for side, role in zip(row.sides, roles, strict=True):
        observed = {"reference": refer(_key(side.group)), "display": side.label}
        yield {"description": side.name, "variableRole": fhircodings.role(role), "observed": observed}
    when = " ".join(filter(None, row.time))
    text = f"{row.endpoint_label} at {when}" if when else row.endpoint_label
    observed = {"reference": refer(_key(row.endpoint)), "display": row.endpoint_label}
    yield {"description": text, "variableRole": fhircodings.role("measuredVariable"), "observed": observed}


def _citation(iri: str, document: Mapping[str, Any]) -> Resource:
    """Return the Citation of a document."""
    artifact: Resource = {"title": [{"text": str(document["label"])}]}
    if document["doi"]:
        artifact["identifier"] = [{"system": "https://doi.org", "value": str(document["doi"])}]
    if document["citation"]:
        artifact["note"] = [{"text": str(document["citation"])}]
    about = {"url": iri, "status": "draft", "title": str(document["label"])}
    return _stub("Citation", iri) | about | {"citedArtifact": artifact}


def _referenced_resources(row: Evidence) -> Iterable[tuple[str, Resource]]:
    """Yield the groups and the endpoint of an estimate as resources."""
    for side in row.sides:
        yield _key(side.group), _stub("Group", side.group) | {"type": "person", "membership": "definitional", "name": side.label}
    yield (
        _key(row.endpoint),
        _stub("EvidenceVariable", row.endpoint) | {"url": row.endpoint, "status": "draft", "title": row.endpoint_label},
    )


def _stub(kind: str, iri: str) -> Resource:
    return {"resourceType": kind, "id": _key(iri), "identifier": [{"system": _IRI, "value": iri}]}


def _pooled_evidence(package: Package, refer: Callable[[str], str]) -> Iterable[tuple[str, Resource]]:
    """Yield an Evidence for each pooled effect: derived from those of its estimates, with the acknowledged codes."""
    if package.pooled is None:
        return
    synthesis, rows = package.pooled.synthesis, package.pooled.evidence.rows
    codes = (fhircodings.SYNTHESIS, "std-MA" if synthesis.kind == "pairwise" else "combined-NMA")
    audits = [{"text": f"{each.study}: {each.audit}"} for each in synthesis.contrasts]
    used = dict.fromkeys(iri for each in synthesis.contrasts for iri in each.row.split())
    endpoint = {
        "description": "; ".join(dict.fromkeys(row.endpoint_label for row in rows)),
        "variableRole": fhircodings.role("measuredVariable"),
    }
    patients = "; ".join(dict.fromkeys(" and ".join(row.conditions) or "condition not stated" for row in rows))
    for place, one in enumerate(synthesis.estimates, 1):
        key, remarks = f"pooled-{place}", [{"text": text} for text in (synthesis.orientation, *synthesis.notes, *synthesis.refused)]
        yield key, {
            "resourceType": "Evidence", "id": key, "identifier": [{"system": _IRI, "value": _identity(package, key)}],
            "version": package.about["dataset"], "title": f"{one.treatment} versus {one.comparator}, pooled", "status": "draft",
            "relatedArtifact": [_source_estimate(iri, refer) for iri in used],
            "note": [*remarks, *audits, *_notes(package)],
            "variableDefinition": [
                {"description": patients, "variableRole": fhircodings.role("population")},
                {"description": one.treatment, "variableRole": fhircodings.role("exposure")},
                {"description": one.comparator, "variableRole": fhircodings.role("referenceExposure")}, endpoint,
            ],
            "synthesisType": fhircodings.concept(f"{synthesis.kind} meta-analysis", (codes,)),
            "statistic": [fhirstatistics.pooled_statistic(synthesis, one)],
        }  # fmt: skip


def _source_estimate(iri: str, refer: Callable[[str], str]) -> Resource:
    return {"type": "derived-from", "display": iri, "resourceReference": {"reference": refer(_key(iri))}}


def _section(title: str, evidence: Iterable[Resource]) -> Resource:
    resources = list(evidence)
    rows = "".join(f"<li>{escape(str(each.get('description') or each['statistic'][0]['description']))}</li>" for each in resources)
    section = _narrative_section(title[0].upper() + title[1:], f"<ul>{rows}</ul>")
    entries = [{"reference": f"#{each['id']}", "type": "Evidence", "display": each["title"]} for each in resources]
    return section | {"entry": entries, "section": [_empty_section("Certainty of the evidence")]}


def _empty_section(title: str) -> Resource:
    reason = {"coding": [{"system": fhircodings.EMPTY, "code": "notstarted"}], "text": "not started"}
    return _narrative_section(title, f"<p>{UNASSESSED}</p>") | {"emptyReason": reason}


def _narrative_section(title: str, body: str) -> Resource:
    return {"title": title, "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div>'}}


def _notes(package: Package) -> list[Resource]:
    acknowledged = f"Acknowledged by the user for pooling: {', '.join(package.acknowledged)}." if package.acknowledged else ""
    return [{"text": text} for text in (f"Certainty and risk of bias: {UNASSESSED}", acknowledged) if text]


def _identity(package: Package, name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, ' '.join((package.about['dataset'], package.address, name)))}"


def _key(iri: str) -> str:
    """Return the resource id for an IRI: at most 64 letters, digits, hyphens and points.

    >>> _key(vocabulary.resource("estimate/tower.overall-survival"))
    'estimate-tower.overall-survival'
    """
    local = re.sub(r"[^A-Za-z0-9.-]", "-", iri.removeprefix(vocabulary.base()).removeprefix("id/"))
    return local if len(local) <= 64 else f"{local[:47]}-{sha256(iri.encode()).hexdigest()[:16]}"
