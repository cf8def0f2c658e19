"""FHIR resources: valid as R5, with the digits that are printed; what is not reported or assessed is not there; the form of the EBM guide."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.bundle import Bundle
from fhir.resources.composition import Composition
from pydantic import ValidationError

from mabgraph.api.exports import fhir
from mabgraph.api.exports.package import Package
from mabgraph.graph.compare.pooling import Action
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import QuestionError

from . import trials
from .extent import part_of
from .test_forest import FIVE, asked

#: The elements of Evidence in FHIR 6.0.0-ballot3 that may be written, below each element; none: anything.
BALLOT: Mapping[str, Any] = {
    "resourceType": None, "id": None, "url": None, "identifier": None, "version": None, "title": None, "status": None, "description": None,
    "note": None, "relatesTo": {"type": None, "targetAttachment": None, "targetReference": None}, "synthesisType": None, "studyDesign": None,
    "variableDefinition": {"description": None, "variableRole": None, "comparatorCategory": None, "observed": None},
    "statistic": {
        "description": None, "statisticType": None, "quantity": None, "numberAffected": None,
        "sampleSize": {"numberOfStudies": None, "numberOfParticipants": None, "knownDataCount": None},
        "attributeEstimate": {"type": None, "quantity": None, "level": None, "range": None}, "modelCharacteristic": {"code": None},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def survival(real: Catalogue) -> Package:
    """Return overall survival under blinatumomab."""
    return asked(real, drug=["blinatumomab"], endpoint=["OS"], measure=["hazard-ratio"])


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Return two trials of different patients, pooled by someone who acknowledged it."""
    catalogue = trials.opened(tmp_path_factory.mktemp("pooled"), (FIVE[0], trials.TRIALS[2]))
    return asked(catalogue, Action.pool, measure=["hazard-ratio"])


def entries(body: bytes, kind: str = "Evidence") -> list[dict[str, Any]]:
    """Return the resources of one kind in a bundle, numbers as decimals."""
    bundle = json.loads(body, parse_float=Decimal)
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def unknown(resource: Mapping[str, Any], allowed: Mapping[str, Any], path: str = "") -> list[str]:
    """Return the elements of a resource that its form does not have."""
    paths = []
    for key, value in resource.items():
        if key not in allowed:
            paths.append(f"{path}{key}")
        elif allowed[key] is not None:
            for each in value if isinstance(value, list) else [value]:
                paths += unknown(each, allowed[key], f"{path}{key}.")
    return paths


@pytest.mark.slow
@pytest.mark.sampled
@pytest.mark.parametrize(
    "query",
    part_of([
        {"drug": ["blinatumomab"]}, {"drug": ["daratumumab"], "endpoint": ["ORR"]}, {"measure": ["median"]}, {"trial": ["TOWER"]},
        {"measure": ["hazard-ratio"]}, {"measure": ["range-of-estimates"]},
    ], 3),
    ids=str,
)  # fmt: skip
def test_every_resource_is_valid(query: dict[str, Any], real: Catalogue) -> None:
    package = asked(real, **query)
    body = fhir.bundle(package)
    Bundle.model_validate_json(body)
    Composition.model_validate_json(fhir.composition(package))
    bundle = json.loads(body)
    names = {entry["fullUrl"] for entry in bundle["entry"]}
    assert len(names) == len(bundle["entry"])
    assert set(_references(bundle)) <= names
    assert len(entries(body)) == len(package.rows)
    assert fhir.bundle(package) == body
    assert fhir.composition(package) == fhir.composition(package)


@pytest.mark.slow
def test_every_estimate_of_the_dataset_is_a_valid_resource(real: Catalogue) -> None:
    """Resources are not validated while they are written, which would take longer than writing them: so they all are here."""
    count = 0
    for document in real.ask("documents", {}):
        package = asked(real, document=[str(document["id"])])
        count += len(package.rows)
        Bundle.model_validate_json(fhir.bundle(package))
        Composition.model_validate_json(fhir.composition(package))
    assert count == len(real.ask("estimates", {})) > 600


def _references(element: Any) -> list[str]:
    if isinstance(element, list):
        return [name for each in element for name in _references(each)]
    if isinstance(element, dict):
        return ([element["reference"]] if "reference" in element else []) + [
            name for each in element.values() for name in _references(each)
        ]
    return []


def test_the_library_refuses_what_is_not_valid(survival: Package) -> None:
    bundle = json.loads(fhir.bundle(survival))
    bundle["entry"][0]["resource"].pop("variableDefinition")
    with pytest.raises(ValidationError):
        Bundle.model_validate(bundle)


def test_an_estimate_has_its_numbers_with_their_digits_its_codes_and_its_place(survival: Package) -> None:
    first, second = entries(fhir.bundle(survival))
    [statistic] = first["statistic"]
    assert statistic["quantity"] == {"value": Decimal("0.71")}
    codes = {(each["system"], each["code"]) for each in statistic["statisticType"]["coding"]}
    assert ("https://fevir.net/sevco", "STATO:0000677") in codes
    interval, p = statistic["attributeEstimate"]
    assert (interval["level"], interval["range"]["low"]["value"], interval["range"]["high"]["value"]) == (
        Decimal("0.95"),
        Decimal("0.55"),
        Decimal("0.93"),
    )
    assert p["quantity"]["value"] == Decimal("0.01")
    assert str(second["statistic"][0]["attributeEstimate"][0]["range"]["low"]["value"]) == "0.50"
    assert first["url"] == first["identifier"][0]["value"] == survival.rows[0]["estimate"]
    [source] = first["relatedArtifact"]
    assert source["document"]["url"].endswith("/kantarjian-2017#char=16767,16771")
    assert [each["variableRole"]["coding"][0]["code"] for each in first["variableDefinition"]] == [
        "population", "exposure", "referenceExposure", "measuredVariable",
    ]  # fmt: skip
    [citation] = entries(fhir.bundle(survival), "Citation")
    assert citation["citedArtifact"]["identifier"][0]["value"] == "10.1056/NEJMoa1609783"


def test_shares_have_counts_and_a_unit(real: Catalogue) -> None:
    package = asked(real, drug=["blinatumomab"], endpoint=["CR"], measure=["proportion"], trial=["TOWER"])
    statistic = next(each for each in entries(fhir.bundle(package)) if "numberAffected" in each["statistic"][0])["statistic"][0]
    assert (statistic["numberAffected"], statistic["sampleSize"]["knownDataCount"]) == (91, 271)
    assert statistic["quantity"] == {"value": Decimal("33.6"), "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}


def test_what_is_masked_or_only_about_right_has_no_quantity(real: Catalogue) -> None:
    package = asked(real, endpoint=["arrhythmia"])
    masked = [each for each, row in zip(entries(fhir.bundle(package)), package.rows, strict=True) if row["absence"]]
    assert masked
    assert all("quantity" not in each["statistic"][0] and "masked" not in str(each["statistic"][0].get("quantity")) for each in masked)
    assert all("<3.5" in each["statistic"][0]["description"] for each in masked)


def test_nothing_is_said_of_certainty_but_that_nobody_has(survival: Package) -> None:
    for flavour in fhir.FLAVOURS:
        for each in entries(fhir.bundle(survival, flavour)):
            assert "certainty" not in each
            assert each["status"] == "draft"
            assert any("Not assessed" in note["text"] for note in each["note"])


def test_a_pooled_effect_is_evidence_derived_from_the_others(pooled: Package) -> None:
    body = fhir.bundle(pooled)
    Bundle.model_validate_json(body)
    *rows, one = entries(body)
    assert len(rows) == len(one["relatedArtifact"]) == one["statistic"][0]["sampleSize"]["numberOfStudies"] == 2
    assert one["synthesisType"]["coding"][0]["code"] == "std-MA"
    assert any("different-populations" in note["text"] for note in one["note"])
    assert all(any("different-populations" in note["text"] for note in each["note"]) for each in rows)
    assert pooled.pooled is not None
    [estimate] = pooled.pooled.synthesis.estimates
    assert float(one["statistic"][0]["quantity"]["value"]) == pytest.approx(estimate.as_json()["natural"]["effect"], rel=1e-5)


def test_a_summary_of_findings_has_empty_sections_for_what_a_person_fills(pooled: Package) -> None:
    composition = json.loads(fhir.composition(pooled))
    Composition.model_validate(composition)
    assert composition["resourceType"] == "Composition"
    assert composition["status"] == "preliminary"
    assert "date" not in composition
    endpoint, together, bias, about = composition["section"]
    assert endpoint["title"] == "Progression-free survival"
    ids = {each["id"] for each in composition["contained"]}
    assert all(name.removeprefix("#") in ids for name in _references(composition))
    for empty in (endpoint["section"][0], together["section"][0], bias):
        assert "entry" not in empty
        assert empty["emptyReason"]["coding"][0]["code"] == "notstarted"
        assert "a person fills this in" in empty["text"]["div"]
    assert "different-populations" in about["text"]["div"]


@pytest.mark.parametrize("of", ["survival", "pooled"])
def test_the_guide_has_no_element_that_its_ballot_has_not(of: str, request: pytest.FixtureRequest) -> None:
    package: Package = request.getfixturevalue(of)
    for each in entries(fhir.bundle(package, "ebm")):
        assert unknown(each, BALLOT) == []
        roles = [variable["variableRole"] for variable in each["variableDefinition"]]
        assert roles == ["population", "exposure", "outcome"]
        assert each["variableDefinition"][1]["comparatorCategory"]
        assert isinstance(each["synthesisType"], list)
    assert unknown(entries(fhir.bundle(package))[0], BALLOT) == ["relatedArtifact"]


def test_the_guide_is_no_release_five(survival: Package) -> None:
    with pytest.raises(ValidationError):
        Bundle.model_validate_json(fhir.bundle(survival, "ebm"))


def test_an_unknown_flavour_and_no_estimate_are_refused(survival: Package, real: Catalogue) -> None:
    with pytest.raises(QuestionError, match="choose from r5, ebm"):
        fhir.bundle(survival, "r4")
    nothing = asked(real, drug=["inotuzumab ozogamicin"], endpoint=["CR"])
    for make in (fhir.bundle, fhir.composition):
        with pytest.raises(QuestionError, match="no estimate"):
            make(nothing)


def test_every_code_is_one_that_was_seen(documents: Path) -> None:
    terms = (documents.parent / "terms" / "terms.csv").read_text("utf-8")
    from mabgraph.api.exports import fhircodings

    sevco = [
        code
        for codes in (*fhircodings.MEASURES.values(), *fhircodings.DESIGNS.values())
        for system, code in codes
        if system == fhircodings.SEVCO
    ]
    assert all(f"https://fevir.net/sevco#{code}," in terms for code in (*sevco, *fhircodings.ATTRIBUTES.values()))
