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
