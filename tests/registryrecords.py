"""Invented registry records of the tests: small, of the form of the API, about nothing that exists; and where the real ones are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from mabgraph.ingest.registry import files
from mabgraph.ingest.registry.shelf import Shelf

SHARED: Final = Path(__file__).parents[2] / "shared" / "registry" / "v2"
NUMBER: Final = "NCT09990001"
#: Records that another program changed on its way: arrays of one item became the item.
CHANGED: Final = ("NCT01483820", "NCT01505608")


def shared_paths() -> list[Path]:
    """Return the real records; the test is skipped where they are not."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here: real registry records are read in place and not kept in this repository")
    return sorted(SHARED.glob("*.json"))


def sound_paths() -> list[Path]:
    """Return the real records that are as the registry gave them."""
    return [path for path in shared_paths() if path.stem not in CHANGED]


def invented(number: str = NUMBER, **changes: Any) -> dict[str, Any]:
    """Return an invented record of a trial of two arms; ``changes`` replace modules of the protocol section, or ``results``."""
    protocol: dict[str, Any] = {
        "identificationModule": {
            "nctId": number, "briefTitle": "Examplimab in an Invented Lymphoma", "acronym": "EXAMPLE-R",
            "orgStudyIdInfo": {"id": "EX-1"},
        },
        "statusModule": {
            "overallStatus": "COMPLETED", "startDateStruct": {"date": "2015-03"},
            "lastUpdatePostDateStruct": {"date": "2020-05-07", "type": "ACTUAL"},
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Example Group", "class": "OTHER"}},
        "conditionsModule": {"conditions": ["Multiple Myeloma", "An Invented Illness"], "keywords": ["invented"]},
        "designModule": {
            "studyType": "INTERVENTIONAL", "phases": ["PHASE3"],
            "designInfo": {"allocation": "RANDOMIZED", "interventionModel": "PARALLEL", "maskingInfo": {"masking": "NONE"}},
            "enrollmentInfo": {"count": 200, "type": "ACTUAL"},
        },
        "armsInterventionsModule": {
            "armGroups": [
                {"label": "Daratumumab", "type": "EXPERIMENTAL", "interventionNames": ["Drug: Daratumumab"]},
                {"label": "Control", "type": "ACTIVE_COMPARATOR", "interventionNames": ["Drug: Lenalidomide"]},
            ],
            "interventions": [
                {"type": "DRUG", "name": "Daratumumab", "armGroupLabels": ["Daratumumab"], "otherNames": ["Darzalex"]},
                {"type": "DRUG", "name": "Lenalidomide", "armGroupLabels": ["Control"]},
            ],
        },
        "outcomesModule": {
            "primaryOutcomes": [{"measure": "Overall Survival", "timeFrame": "Up to 5 years"}],
            "secondaryOutcomes": [{"measure": "Invented Score", "timeFrame": "18 months"}],
        },
        "eligibilityModule": {"eligibilityCriteria": "* Age 18 or older", "minimumAge": "18 Years", "sex": "ALL"},
    }  # fmt: skip
    results = changes.pop("results", {})
    protocol.update(changes)
    return {"protocolSection": protocol, "resultsSection": results, "hasResults": bool(results)}


def shelve(home: Path, *numbers: str, measure: Any = None, **changes: Any) -> Path:
    """Return the shelf in ``home`` after invented records with these numbers were added, each with the outcome ``measure``."""
    results = {"outcomeMeasuresModule": {"outcomeMeasures": [measure]}} if measure else {}
    paths = [write(home, invented(number, results=results, **changes)) for number in numbers]
    Shelf(home / "registry").add(files.units(paths))
    return home / "registry"


def write(folder: Path, record: dict[str, Any], name: str = "") -> Path:
    """Return the file in ``folder`` that ``record`` was written to."""
    path = folder / f"{name or record['protocolSection']['identificationModule']['nctId']}.json"
    path.write_text(json.dumps(record, indent=1), encoding="utf-8")
    return path


def _group(name: str, title: str) -> dict[str, str]:
    return {"id": name, "title": title, "description": f"Participants of {title}"}


def _denominators(prefix: str, units: str, *values: str) -> dict[str, Any]:
    return {"units": units, "counts": [{"groupId": f"{prefix}00{index}", "value": value} for index, value in enumerate(values)]}


def _table(prefix: str, cells: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    """Return what a measure of baseline and an outcome have in common: one class with denominators of its own and one category."""
    measurements = [{"groupId": f"{prefix}00{index}", **cell} for index, cell in enumerate(cells)]
    part = {
        "title": "Week 12", "denoms": [_denominators(prefix, "Participants", "90", "88")],
        "categories": [{"title": "Worse", "measurements": measurements}],
    }  # fmt: skip
    return {
        "description": "How it was measured", "populationDescription": "All who had 1 dose", "calculatePct": False,
        "denomUnitsSelected": "Eyes", "classes": [part], **more,
    }  # fmt: skip


_SPREAD: Final = {"value": "7.5", "spread": "2.25", "comment": "Measured once"}
_LIMITED: Final = {"value": "NA", "lowerLimit": "1.5", "upperLimit": "NA", "comment": "The median and its upper limit were not reached"}


def _outcomes() -> list[dict[str, Any]]:
    """Return an outcome with an analysis that has every field, one with other spreads, one without data and one that is not posted."""
    analysis = {
        "groupIds": ["OG000", "OG001"], "groupDescription": "Compared once", "testedNonInferiority": True,
        "nonInferiorityType": "NON_INFERIORITY", "nonInferiorityComment": "The margin is 1.25", "pValue": "<0.001",
        "pValueComment": "One-sided at 0.025", "statisticalMethod": "Log Rank", "statisticalComment": "Alpha of 0.05",
        "paramType": "Hazard Ratio (HR)", "paramValue": "0.71", "dispersionType": "STANDARD_ERROR_OF_MEAN", "dispersionValue": "0.12",
        "ciNumSides": "TWO_SIDED", "ciPctValue": "95", "ciLowerLimit": "0.55", "ciUpperLimit": "0.93",
        "ciLowerLimitComment": "Exact", "ciUpperLimitComment": "Exact, too", "estimateComment": "Daratumumab versus Control",
        "otherAnalysisDescription": "None other",
    }  # fmt: skip
    level = {"groupIds": ["OG000", "OG001"], "pValue": "0.04", "ciPctValue": "0", "testedNonInferiority": True}
    groups = [_group("OG000", "Daratumumab"), _group("OG001", "Control (FAS)")]
    people, eyes = _denominators("OG", "Participants", "99", "98"), _denominators("OG", "Eyes", "190", "188")
    common = {"groups": groups, "denoms": [people, eyes], "typeUnitsAnalyzed": "Eyes", "timeFrame": "18 months", "type": "PRIMARY"}
    return [
        common | _table("OG", [_LIMITED, _LIMITED], title="Overall Survival", paramType="MEDIAN", unitOfMeasure="months",
                        dispersionType="95% Confidence Interval", reportingStatus="POSTED", analyses=[analysis, level]),
        common | _table("OG", [_SPREAD, _SPREAD], title="Invented Score", paramType="MEAN", unitOfMeasure="points",
                        dispersionType="Standard Deviation", type="POST_HOC", denomUnitsSelected=None),
        {"title": "Of 2 Visits", "type": "SECONDARY", "timeFrame": "Up to 2 years", "groups": groups, "denoms": [people, eyes]},
        {"title": "Not Yet", "type": "SECONDARY", "reportingStatus": "NOT_POSTED", "anticipatedPostingDate": "2027-05"},
    ]  # fmt: skip


def _adverse() -> dict[str, Any]:
    cells = [{"groupId": "EG000", "numEvents": 7, "numAffected": 3, "numAtRisk": 99}, {"groupId": "EG001", "numAtRisk": 97}]
    event = {
        "term": "Pneumonia", "organSystem": "Infections", "sourceVocabulary": "MedDRA 20.1", "assessmentType": "SYSTEMATIC_ASSESSMENT",
        "notes": "Of grade 3", "stats": cells,
    }  # fmt: skip
    totals = {f"{kind}Num{member}": number for kind, numbers in {"deaths": (17, 99), "serious": (21, 98), "other": (33, 97)}.items()
              for member, number in zip(("Affected", "AtRisk"), numbers, strict=True)}  # fmt: skip
    return {
        "frequencyThreshold": "5", "timeFrame": "2 years", "description": "By visits", "allCauseMortalityComment": "Of all who began",
        "eventGroups": [_group("EG000", "Daratumumab") | totals, _group("EG001", "Control") | {"deathsNumAtRisk": 96}],
        "seriousEvents": [event], "otherEvents": [event | {"term": "Invented Rash"}],
    }  # fmt: skip


def full(number: str = NUMBER) -> dict[str, Any]:
    """Return an invented record that has every field of the registry that is read, with texts and numbers of no other field."""
    record = invented(number)
    protocol: dict[str, Any] = record["protocolSection"]
    protocol["identificationModule"] |= {
        "nctIdAliases": ["NCT09990009"], "officialTitle": "A Study of Examplimab", "secondaryIdInfos": [
            {"id": "2015-001894-41", "type": "EUDRACT_NUMBER"}, {"id": "U10CA000000", "type": "NIH"}, {"id": "EX-2", "type": "OTHER"},
        ],
    }  # fmt: skip
    protocol["statusModule"] |= {
        "overallStatus": "ACTIVE_NOT_RECRUITING", "whyStopped": "For an invented reason",
        "startDateStruct": {"date": "2015-03", "type": "ACTUAL"},
        "primaryCompletionDateStruct": {"date": "2029-01-31", "type": "ESTIMATED"},
        "completionDateStruct": {"date": "2031", "type": "ESTIMATED"},
        "studyFirstPostDateStruct": {"date": "2014-12-24", "type": "ESTIMATED"},
        "resultsFirstPostDateStruct": {"date": "2019-11-05", "type": "ACTUAL"},
    }  # fmt: skip
    protocol["eligibilityModule"] |= {"maximumAge": "75 Years", "healthyVolunteers": False}
    protocol["outcomesModule"]["otherOutcomes"] = [{"measure": "Another Score", "timeFrame": "1 year"}]
    arms = protocol["armsInterventionsModule"]
    arms["armGroups"][0]["description"] = "16 mg/kg each week"
    arms["interventions"].append({"type": "BIOLOGICAL", "name": "Blinatumomab", "armGroupLabels": ["Control"], "otherNames": ["MT103"]})
    protocol["referencesModule"] = {"references": [
        {"pmid": "20000001", "type": "RESULT", "citation": "One"}, {"pmid": "20000002", "type": "DERIVED", "citation": "Two"},
    ]}  # fmt: skip
    age = _table("BG", [_SPREAD, _SPREAD], title="Age, Continuous", paramType="MEAN", unitOfMeasure="years",
                 dispersionType="STANDARD_DEVIATION", denoms=[_denominators("BG", "Eyes", "186", "184")])  # fmt: skip
    stage = _table(
        "BG",
        [_LIMITED, _LIMITED],
        title="Invented Stage",
        denomUnitsSelected=None,
        paramType="MEDIAN",
        unitOfMeasure="points",
        dispersionType="CONFIDENCE_95",
    )
    cell = {"groupId": "FG000", "numSubjects": "100", "numUnits": "6", "comment": "Of 6 clinics"}
    left = {"groupId": "FG000", "numSubjects": "4", "comment": "Moved"}
    record["resultsSection"] = {
        "participantFlowModule": {
            "preAssignmentDetails": "After a washout", "recruitmentDetails": "By letters", "typeUnitsAnalyzed": "Clinics",
            "groups": [_group("FG000", "Daratumumab")],
            "periods": [{
                "title": "First Period", "milestones": [{"type": "STARTED", "comment": "On day 1", "achievements": [cell]}],
                "dropWithdraws": [{"type": "Lack of Interest", "comment": "As they said", "reasons": [left]}],
            }],
        },
        "baselineCharacteristicsModule": {
            "populationDescription": "All who began", "typeUnitsAnalyzed": "Eyes", "groups": [_group("BG000", "Daratumumab"), _group("BG001", "Total")],
            "denoms": [_denominators("BG", "Participants", "95", "193")], "measures": [age, stage],
        },
        "outcomeMeasuresModule": {"outcomeMeasures": _outcomes()}, "adverseEventsModule": _adverse(),
        "moreInfoModule": {"limitationsAndCaveats": {"description": "It ended early"}},
    }  # fmt: skip
    record["documentSection"] = {"largeDocumentModule": {"largeDocs": [
        {"typeAbbrev": "Prot_SAP", "hasProtocol": True, "hasSap": True, "filename": "Prot_SAP_000.pdf", "label": "Study Protocol", "size": 1330752},
    ]}}  # fmt: skip
    record["derivedSection"] = {"miscInfoModule": {"versionHolder": "2026-03-06"}}
    record["hasResults"] = True
    return json.loads(json.dumps(record))  # type: ignore[no-any-return]  # whose parts are no longer shared
