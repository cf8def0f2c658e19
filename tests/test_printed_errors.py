"""Printed errors are evidence: for each kind of check a document with that error is built, and its contradiction is at every way out."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.cli import report
from mabgraph.api.http.settings import Settings
from mabgraph.graph.building import build
from mabgraph.graph.building.checking import Checker
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import anchoring, coherence, figures, numerals, record, recordfile, results
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import BuildError
from mabgraph.ingest.results import Result

from . import trials

#: What is tried here takes a second and more, each.
pytestmark = pytest.mark.slow

RATIO = {"variable": "overall-survival", "measure": "hazard-ratio", "comparison": "versus"}
SHARE = {"variable": "overall-response", "measure": "proportion"}


@dataclass(frozen=True)
class Case:
    """A printed error: the quotes that print it, what the row says, words of the contradiction, its kind of check (none: not a check)."""

    quotes: tuple[str, ...]
    row: dict[str, Any]
    words: str
    check: str | None = None
    #: Of these results the error is; the row itself by default.
    results: tuple[str, ...] = field(default=("",))


def ratio(value: str, lower: str, upper: str, p_value: str = "", level: str = "95") -> tuple[str]:
    end = f"; P[{p_value}](p_value)" if p_value else ""
    return (f"ratio [{value}](value) ([{level}](level)% CI, [{lower}](lower) to [{upper}](upper){end})",)


CASES = {
    "upside-down": Case(ratio("0.60", "0.80", "0.45"), RATIO, "0.80 is above the value 0.60", "order"),
    "outside": Case(ratio("0.90", "0.45", "0.80"), RATIO, "0.90 is above the upper 0.80", "order"),
    "range-upside-down": Case(
        ("age [54](value) ([81](lower)–[23](upper))",), {"variable": "age", "measure": "median", "group": "arm", "unit": "years", "interval": "range"},
        "81 is above", "order",
    ),
    "off-the-middle": Case(ratio("0.50", "0.48", "0.98"), RATIO, "geometric middle", "geometric-middle"),
    "p-value": Case(ratio("0.60", "0.45", "0.80", "=0.60"), RATIO, "imply P of", "p-value-against-interval"),
    "percent": Case(("[30](count) of [60](total) ([60.0](percent)%)",), SHARE | {"group": "arm"}, "30 of 60 is 50 %", "percent-against-count"),
    "no-whole-count": Case(("[51.0](percent)% of [60](total)",), SHARE | {"group": "arm"}, "o whole number of 60", "whole-count"),
    "difference": Case(
        ("[50.0](arm.percent)% and [30.0](other.percent)%, a difference of [30.0](versus.value)",), SHARE | {"effect": "difference-in-proportions"},
        "he groups differ by", "difference-of-groups", (".arm", ".other", ".versus"),
    ),
    "part": Case(("first [30](count)",), SHARE | {"group": "arm"}, "he parts add up to 39; 41 is printed", "parts-against-whole"),
    "above-hundred": Case(("an increase to [130.0](percent)%",), SHARE | {"group": "arm"}, "percentage is from 0 to 100", "possible-numbers"),
    "p-above-one": Case(ratio("1.00", "0.50", "2.00", "=1.2"), RATIO, "a P value is from 0 to 1", "possible-numbers"),
    "level": Case(ratio("0.60", "0.45", "0.80", level="100"), RATIO, "the level of an interval is above 0 and below 100", "possible-numbers"),
    "above-total": Case(("in [70](count) of [60](total)",), SHARE | {"group": "arm"}, "he count 70 is above the total 60", "possible-numbers"),
    "half-a-patient": Case(
        ("in [12.5](count) of [60](total)",), SHARE | {"group": "arm", "not_reported": ["missing-value"]}, "a count is a whole number",
        "possible-numbers",
    ),
    "negative-spread": Case(
        ("weight [71](value) (SD [−12](dispersion))",), {"variable": "age", "measure": "mean", "group": "arm", "unit": "years"},
        "a standard deviation is not below zero", "possible-numbers",
    ),
    "interval-of-count": Case(
        ("[30](count) of [60](total) ([50.0](percent)%; [95](level)% CI, [20.0](lower) to [80.0](upper))",),
        SHARE | {"group": "arm", "interval": "confidence-interval"}, "which no method gives", "interval-against-count",
    ),
    "skewed-difference": Case(
        ("means differ by [9.0](value) years ([95](level)% CI, [0.0](lower) to [10.0](upper))",),
        {"variable": "age", "measure": "mean-difference", "comparison": "versus", "unit": "years", "not_reported": ["missing-p-value"]},
        "he middle of 0.0 and 10.0", "middle-of-difference",
    ),
    "wide-difference": Case(
        ("[30](arm.count) of [60](arm.total) and [18](other.count) of [60](other.total), a difference of [20.0](versus.value)"
         " ([95](versus.level)% CI, [−25.0](versus.lower) to [65.0](versus.upper))",),
        SHARE | {"effect": "difference-in-proportions", "not_reported": ["missing-p-value"]}, "he counts give an interval",
        "width-of-difference", (".versus",),
    ),
    "odds": Case(
        ("[30](arm.count) of [60](arm.total) and [18](other.count) of [60](other.total), odds ratio [9.00](versus.value)"
         " ([95](versus.level)% CI, [6.00](versus.lower) to [13.50](versus.upper))",),
        SHARE | {"effect": "odds-ratio", "not_reported": ["missing-p-value"]}, "he counts of the groups give 2.33", "ratio-of-groups",
        (".arm", ".other", ".versus"),
    ),
    "reduction": Case(
        ("a hazard lower by [49](value)%",),
        {"variable": "relapse-free-survival", "measure": "relative-reduction", "comparison": "versus", "unit": "percent",
         "analysis": "of-reduced", "not_reported": ["missing-interval", "missing-p-value"]},
        "he ratio is a reduction by", "reduction-against-ratio",
    ),
    "wide-spread": Case(
        ("mean age [50](value) (SD [50](dispersion); range, [20](lower)–[80](upper))",),
        {"variable": "age", "measure": "mean", "group": "arm", "unit": "years", "interval": "range"}, "he standard deviation is at most", "spread",
    ),
    "rising": Case(
        ("alive at [12](time) months were [70](value)%",),
        {"variable": "overall-survival", "measure": "survival-probability", "group": "arm", "unit": "percent", "time_unit": "months",
         "analysis": "of-earlier", "not_reported": ["missing-interval"]},
        "70 is above 54, which is of an earlier time", "survival-over-time",
    ),
    "kinds": Case(
        ("[40.0](percent)% in very good response",),
        {"variable": "very-good-partial-response", "measure": "proportion", "group": "arm", "analysis": "of-any"},
        "any response", "responses-against-overall",
    ),
    "everybody": Case(
        ("[55](count) of [120](total) in all",), {"variable": "partial-response", "measure": "proportion", "group": "both", "analysis": "of-halves"},
        "he two groups add up to 48, and are all 120", "arms-against-whole",
    ),
    "count-of-nobody": Case(("[7](count) ([93.0](percent)%)",), SHARE | {"group": "arm"}, "of no whole number of patients", "count-against-percent"),
    "levels": Case(
        ("median [7.0](arm.value) months ([95](arm.level)% CI, [5.0](arm.lower) to [9.0](arm.upper)) and [6.0](other.value) months"
         " ([90](other.level)% CI, [4.0](other.lower) to [8.0](other.upper))",),
        {"variable": "time-to-response", "measure": "median", "unit": "months"}, "he intervals of the groups are of levels 95, 90", "level-of-row",
        (".arm", ".other"),
    ),
    "two-printings": Case(
        ("abstract: ratio [0.71](value) for event-free survival", "text: ratio [0.77](value) for event-free survival"),
        {"variable": "event-free-survival", "measure": "hazard-ratio", "comparison": "versus", "not_reported": ["missing-interval", "missing-p-value"]},
        "printed as 0.71 and 0.77",
    ),
    "number-and-none": Case(
        ("abstract: median not yet [not reached](value)", "text: median of [8.1](value) months"),
        {"variable": "event-free-survival", "measure": "median", "group": "arm", "unit": "months", "not_reported": ["missing-interval"]},
        "printed as not reached and 8.1",
    ),
}  # fmt: skip
#: Rows that rows of :data:`CASES` are held against.
BESIDE = {
    "any": Case(("in [31.0](percent)% any response",), SHARE | {"group": "arm"}, ""),
    "reduced": Case(ratio("0.70", "0.55", "0.89"), RATIO | {"variable": "relapse-free-survival"}, ""),
    "earlier": Case(("alive at [6](time) months were [54](value)%",), CASES["rising"].row | {"not_reported": ["missing-interval"]}, ""),
    "halves": Case(("[30](arm.count) of [60](arm.total) and [18](other.count) of [60](other.total)",),
                   {"variable": "partial-response", "measure": "proportion", "analysis": "of-halves"}, ""),
}  # fmt: skip
#: Rows with no error: what is printed twice and agrees, by rounding or by its sign, and a bound that is printed alone.
SOUND = {
    "sound-ratio": Case(("abstract: ratio [0.62](value), P[<0.001](p_value)", *ratio("0.615", "0.50", "0.76", "=0.0004")), RATIO, ""),
    "one-bound": Case(("at least [3.1](lower) months (one-sided)",), {
        "variable": "progression-free-survival", "measure": "median", "group": "arm", "unit": "months",
        "not_reported": ["missing-value", "missing-interval", "missing-level"],
    }, ""),
}  # fmt: skip


def written(folder: Path, cases: dict[str, Case] = CASES | BESIDE | SOUND) -> tuple[Path, build.Inputs]:
    """Write document and record of ``cases``; every row has an analysis of its own, so that no two are one result."""
    lines = [
        "An invented report.",
        "second 9 patients.",
        "whole 41 patients.",
        "Enrolment began in May 2015.",
        "later: began in June 2015.",
    ]
    lines += [f"Row {name}: {trials._bare(quote)}." for name, case in cases.items() for quote in case.quotes]
    text = "\n".join(lines) + "\n"
    rows = [
        {"id": name, "analysis": f"of-{name}", **({"not_reported": ["missing-p-value"]} if case.row is RATIO else {}), **case.row,
         "printed": [{"quote": f"Row {name}: {quote}"} for quote in case.quotes]}
        for name, case in cases.items()
    ]  # fmt: skip
    for row in rows:
        if "p_value" in str(row["printed"]) and row["not_reported"] == ["missing-p-value"]:
            row["not_reported"] = []
        if row.get("effect") and "not_reported" not in cases[str(row["id"])].row:
            row["not_reported"] = ["missing-p-value", "missing-interval"]
    counted = [("second", "9"), ("whole", "41")] if "part" in cases else []
    rows += [
        SHARE | {"id": name, "group": "arm", "analysis": f"of-{name}", "printed": [{"quote": f"{name} [{number}](count) patients"}]}
        for name, number in counted
    ]
    written_record: dict[str, Any] = {
        "document": {"id": "errors-2020", "sha256": hashlib.sha256(text.encode()).hexdigest(), "characters": str(len(text)), "title": "Invented",
                     "document_kind": "primary-report", "rights": "CC0-1.0"},
        "unit_of_analysis": "patients",
        "studies": [{"id": "errors", "type": "ClinicalTrial", "label": "ERRORS", "design": "randomised-controlled-trial",
                     "condition": ["multiple-myeloma"], "drug": ["daratumumab"]}],
        "groups": [{"id": "arm", "label": "Arm", "parent": "both", "group_role": "intervention-arm"}, {"id": "other", "label": "Other", "parent": "both", "group_role": "comparator-arm"},
                   {"id": "both", "label": "All patients", "group_role": "whole-study"}],
        "comparisons": [{"id": "versus", "label": "Arm versus other", "intervention": "arm", "comparator": "other"}],
        "analyses": [{"id": f"of-{row['id']}", "label": f"Analysis of {row['id']}", "population": "as-reported"} for row in rows],
        "facts": [{"of": "errors", "printed": [{"quote": "began in [May 2015](enrolment-start.date)"}, {"quote": "later: began in [June 2015](enrolment-start.date)"}]}],
        "results": rows,
    }  # fmt: skip
    if counted:
        written_record["sums"] = [{"id": "all", "parts": ["part", "second"], "whole": "whole"}]
    for part in (folder / "records", folder / "documents"):
        part.mkdir(parents=True)
    (folder / "documents" / "manifest.json").write_text(json.dumps([{"id": "errors-2020", "file": "errors-2020.txt"}]), encoding="utf-8")
    (folder / "documents" / "errors-2020.txt").write_text(text, encoding="utf-8")
    path = folder / "records" / "errors-2020.yaml"
    path.write_text(yaml.safe_dump(written_record, allow_unicode=True, sort_keys=False, width=1000), encoding="utf-8")
    library = open_library(folder / "documents")
    path.write_text(anchoring.anchor(recordfile.load(path), library), encoding="utf-8")
    return path, build.Inputs((path,), library=library)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Catalogue]:
    """Return the record of all errors, and the catalogue of the dataset that is built from it."""
    folder = tmp_path_factory.mktemp("errors")
    path, inputs = written(folder)
    build.build(inputs, folder / "dataset")
    return path, catalogue.open_current(folder / "dataset")


@pytest.fixture(scope="module")
def service(opened: tuple[Path, Catalogue]) -> TestClient:
    """Return a client of a service over that dataset."""
    return TestClient(create_app(Settings(dataset=opened[0].parents[1] / "dataset"), opened[1]))


def iri(local: str) -> str:
    return f"/id/estimate/errors-2020.{local}"


def test_every_kind_of_check_is_tried() -> None:
    assert {case.check for case in CASES.values()} - {None} == set(coherence.ROLES), "a new kind of check needs a printed error here"


def test_a_check_of_the_record_has_no_fault(opened: tuple[Path, Catalogue]) -> None:
    path, _ = opened
    assert Checker(open_library(path.parents[1] / "documents")).check(path).faults == ()


@pytest.mark.parametrize("name", CASES)
def test_an_error_is_on_the_estimate_and_in_the_list_as_json_and_csv(service: TestClient, name: str) -> None:
    case = CASES[name]
    items = service.get("/v1/discrepancies", params={"page_size": 100}).json()["items"]
    table = list(csv.DictReader(io.StringIO(service.get("/v1/estimates", params={"format": "csv", "page_size": 100}).text)))
    for part in case.results:
        local = f"{name}{part}"
        row = service.get(f"/v1/estimates/errors-2020.{local}").json()
        assert row["check_status"] == ("inconsistent" if case.check else "disputed")
        assert any(case.words in text for text in row["discrepancies"]), row["discrepancies"]
        about = [item for item in items if any(each.endswith(iri(local)) for each in item["disputes"])]
        assert [item["origin"] for item in about if case.words in item["text"]] == ["computed"]
        assert {side["printed"] for item in about for side in item["sides"]} & set(case.words.split()) or case.check
        [line] = [line for line in table if line["id"].endswith(iri(local))]
        assert line["check_status"] == row["check_status"]
        assert case.words in line["discrepancies"]


def test_what_is_sound_is_not_accused(service: TestClient) -> None:
    for name in SOUND:
        row = service.get(f"/v1/estimates/errors-2020.{name}").json()
        assert (row["check_status"] in {"consistent", "not checkable"}, row["discrepancies"]) == (True, []), name


def test_a_quantity_that_is_printed_in_two_ways_is_kept_with_both(service: TestClient) -> None:
    [item] = [each for each in service.get("/v1/discrepancies", params={"page_size": 100}).json()["items"] if "enrolment" in each["label"]]
    assert [side["printed"] for side in item["sides"]] == ["May 2015", "June 2015"]
    assert "May 2015" in item["label"]
    assert "June 2015" in item["label"]


def test_an_interval_upside_down_is_served_as_printed(service: TestClient) -> None:
    row = service.get("/v1/estimates/errors-2020.upside-down").json()
    assert (row["value"], row["lower"], row["upper"]) == (0.6, 0.8, 0.45)
    assert {(each["role"], each["printed"]) for each in row["figures"]} >= {("lower", "0.80"), ("upper", "0.45")}


def test_the_report_names_every_error(opened: tuple[Path, Catalogue]) -> None:
    _, current = opened
    text = report.markdown(current.ask("checks", {}), current.ask("discrepancies", {}), current.version)
    for case in CASES.values():
        assert case.words in text.replace("\\", ""), case.words


@pytest.mark.parametrize("format", ["fhir", "fhir-ebm", "sof-fhir", "forest-vega-lite", "sof", "json"])
def test_a_file_of_a_comparison_says_that_an_interval_is_upside_down(service: TestClient, format: str) -> None:
    answer = service.get("/v1/compare", params={"measure": "hazard-ratio", "endpoint": "overall-survival", "format": format})
    assert answer.status_code == 200
    if format == "json":
        [row] = [each for each in answer.json()["items"] if each["id"].endswith(iri("upside-down"))]
        assert (row["check_status"], row["lower"], row["upper"]) == ("inconsistent", 0.8, 0.45)
        assert "inconsistent-numbers" in row["reasons"]
        return
    assert "upside down as printed" in answer.text
    assert "0.80 to 0.45" in answer.text
    if "fhir" in format:
        ranges = [each for each in _inside(answer.json()) if {"low", "high"} <= each.keys()]
        assert ranges
        assert all(each["low"]["value"] <= each["high"]["value"] for each in ranges)


@pytest.mark.parametrize("format", ["netmeta", "metafor", "revman", "gemtc"])
def test_a_file_for_analysis_is_refused_with_the_reason(service: TestClient, format: str) -> None:
    answer = service.get("/v1/compare", params={"measure": "hazard-ratio", "endpoint": "overall-survival", "format": format})
    assert answer.status_code == 409
    assert "0.60 is not inside its interval 0.80 to 0.45" in answer.json()["detail"]


@pytest.mark.parametrize("acknowledged", [(), ("inconsistent-numbers", "unresolved-discrepancy", "overlapping-patients")])
def test_printed_errors_are_never_pooled(service: TestClient, acknowledged: tuple[str, ...]) -> None:
    asked = {"measure": "hazard-ratio", "endpoint": "overall-survival", "synthesise": "pool", "acknowledge": list(acknowledged)}
    answer = service.get("/v1/compare", params=asked)
    codes = {reason["code"]: reason for reason in answer.json()["reasons"]}
    assert answer.status_code == 409
    assert "0.60 is not inside its interval 0.80 to 0.45" in codes["no-standard-error"]["text"]
    assert not codes["no-standard-error"]["acknowledgeable"]
    assert ("inconsistent-numbers" in codes) is not bool(acknowledged)


def test_one_quote_with_two_numbers_for_one_role_is_no_printed_error(tmp_path: Path) -> None:
    twice = Case(("ratio [0.71](value) | 0.012 | [1.40](value)",), RATIO, "")
    with pytest.raises(BuildError, match="in one quote"):
        build.build(written(tmp_path, {"two-effects": twice})[1], tmp_path / "dataset")


def slipped(result: Result, kind: str) -> dict[str, str]:
    """Return what a result would print with a slip of ``kind``, by role; nothing where it gives no occasion for one."""
    stated = figures.first_by_role(result.figures)
    numbers = {role: figure.numeral.number for role, figure in stated.items() if figure.numeral.number is not None}
    plain = {role for role in numbers if stated[role].numeral.operator == "="} - ({"count", "percent"} if result.is_masked else set())
    if kind == "bounds exchanged" and {"lower", "upper"} <= plain and numbers["lower"] < numbers["upper"]:
        return {"lower": stated["upper"].exact, "upper": stated["lower"].exact}
    if kind == "outside the interval" and {"value", "lower", "upper"} <= plain:
        return {"value": str(numbers["upper"] + 2)}
    if kind == "above the total" and {"count", "total"} <= plain:
        return {"count": str(int(numbers["total"]) + 3)}
    if kind == "above one hundred" and "percent" in plain:
        return {"percent": "133.6"}
    return {"p_value": "1.2"} if kind == "above one" and "p_value" in numbers else {}


@pytest.mark.parametrize("kind", ["bounds exchanged", "outside the interval", "above the total", "above one hundred", "above one"])
def test_such_a_slip_is_noticed_in_every_result_of_the_shipped_records(kind: str) -> None:
    """Wherever it is made: no shape refuses it, so arithmetic has to see it."""
    tried = 0
    for path in sorted(vocabulary.RECORDS.glob("*.yaml")):
        for result in results.expand_record(record.load(path)[0]):
            if printed := slipped(result, kind):
                tried += 1
                changed = tuple(
                    replace(figure, exact=printed[figure.role], numeral=numerals.read(printed[figure.role]))
                    if figure.role in printed
                    else figure
                    for figure in result.figures
                )
                outcomes = {check.kind: check.outcome for check in coherence.of_result(replace(result, figures=changed))}
                assert "inconsistent" in {outcomes.get("order"), outcomes.get("possible-numbers")}, (path.stem, result.id, printed)
    assert tried > (5 if kind == "above one" else 30)


def _inside(value: Any) -> list[dict[str, Any]]:
    """Return every mapping within ``value``."""
    if isinstance(value, dict):
        return [value, *(each for inner in value.values() for each in _inside(inner))]
    return [each for inner in value for each in _inside(inner)] if isinstance(value, list) else []
