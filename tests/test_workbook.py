"""The spreadsheet of a comparison: sheets, typed cells, headers and filters; texts that are no formulas; the same bytes again."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from mabgraph.api.exports import comparing, takeaway, workbook
from mabgraph.api.exports.comparisonjson import ComparisonResponse
from mabgraph.api.exports.package import Package
from mabgraph.graph.questions.catalogue import Catalogue

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.fixture(scope="module")
def package(real: Catalogue) -> Package:
    """Return a comparison of real estimates of several measures."""
    comparison = comparing.package(real, {"drug": ["blinatumomab"], "endpoint": ["OS"]}, "/v1/compare?drug=blinatumomab&endpoint=OS")
    assert isinstance(comparison, Package)
    return comparison


def opened(body: bytes) -> Any:
    """Return the workbook as openpyxl reads it."""
    return openpyxl.load_workbook(io.BytesIO(body))


def lines(sheet: Any) -> list[dict[str, Any]]:
    """Return the rows of a sheet by the names in its header."""
    names, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_there_are_five_sheets_each_with_a_frozen_header_and_a_filter(package: Package) -> None:
    book = opened(workbook.workbook(package))
    assert tuple(book.sheetnames) == workbook.SHEETS
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert all(cell.font.bold for cell in sheet[1])


def test_rows_are_all_estimates_with_typed_cells(package: Package) -> None:
    rows = lines(opened(workbook.workbook(package))["rows"])
    assert [row["estimate"] for row in rows] == [each.id for each in package.comparison.rows]
    for row, estimate in zip(rows, package.rows, strict=True):
        assert row["value"] == estimate["value"]
        assert isinstance(row["value"], float | int)
        assert (row["document"], row["anchor"]) == (estimate["document"], estimate["anchor"])
        assert isinstance(row["anchor"], str)
        assert row["query"] == package.address
    assert {row["unit"] for row in rows if row["measure_label"] == "survival probability"} == {"percent"}
    assert {row["value"] for row in rows if row["measure_label"] == "survival probability"} == {54}, "as printed, not 0.54"


def test_studies_caveats_and_checks_have_a_row_each(package: Package) -> None:
    book = opened(workbook.workbook(package))
    studies = {row["name"]: row for row in lines(book["studies"])}
    assert set(studies) == {each.study_label for each in package.comparison.rows}
    assert studies["TOWER"]["registration"] == "NCT02013167"
    assert studies["TOWER"]["risk_of_bias"] is None
    caveats = lines(book["caveats"])
    sources = {warned.id for each in package.comparison.rows for warned in each.warnings}
    assert {row["source"] for row in caveats} >= sources
    assert len({row["source"] for row in caveats}) == len(caveats) > 3
    assert all("/id/estimate/" in row["estimates"] for row in caveats if row["source"] in sources)
    checks = lines(book["checks"])
    assert len(checks) == sum(len(row["checks"]) for row in package.rows) > 3
    assert all(row["estimate"] and row["outcome"] and row["text"] for row in checks)


def test_the_last_sheet_says_what_was_asked_what_speaks_against_and_what_a_person_fills(package: Package) -> None:
    about = [
        (row["what"], row["value"]) for row in lines(opened(workbook.workbook(replace(package, acknowledged=("cited-figures",))))["about"])
    ]
    assert ("dataset", package.catalogue.version) in about
    assert ("address", package.address) in about
    assert ("parameter drug", "blinatumomab") in about
    assert ("acknowledged", "cited-figures") in about
    assert any(name == "reason against hazard ratio" and value.startswith("overlapping-patients: ") for name, value in about)
    assert [name for name, value in about if "fills it" in value] == ["certainty", "risk of bias"]


def test_a_text_is_never_a_formula(package: Package) -> None:
    risky = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://example.org")', "http://example.org/", "0.70"]
    first = package.rows[0]
    changed = replace(package, rows=tuple({**first, "estimate_label": text} for text in risky))
    sheet = opened(workbook.workbook(changed))["rows"]
    place = workbook.columns().index("estimate_label") + 1
    cells = [sheet.cell(line, place) for line in range(2, 2 + len(risky))]
    assert [(cell.value, cell.data_type, cell.hyperlink) for cell in cells] == [(text, "s", None) for text in risky]


def test_the_same_comparison_has_the_same_bytes(package: Package) -> None:
    assert workbook.workbook(package) == workbook.workbook(package)


def test_a_comparison_without_estimates_is_a_workbook_too(real: Catalogue) -> None:
    comparison = comparing.package(real, {"drug": ["blinatumomab"], "endpoint": ["OS"], "measure": ["odds-ratio"]}, "/v1/compare")
    assert isinstance(comparison, Package)
    assert lines(opened(workbook.workbook(comparison))["rows"]) == []


@pytest.mark.parametrize(("name", "separator"), [("csv", ","), ("tsv", "\t")])
def test_text_tables_have_the_same_rows(name: str, separator: str, package: Package) -> None:
    import csv

    body = takeaway.FORMATS[name].write(package).decode()
    rows = list(csv.DictReader(io.StringIO(body, newline=""), delimiter=separator))
    assert tuple(rows[0]) == workbook.columns()
    assert [row["estimate"] for row in rows] == [each.id for each in package.comparison.rows]
    assert all(row["document"] and row["anchor"] and row["dataset"] and row["query"] for row in rows)


def test_json_is_what_its_model_describes(package: Package) -> None:
    response = ComparisonResponse.model_validate_json(takeaway.FORMATS["json"].write(package))
    assert (response.certainty, response.risk_of_bias, response.synthesis) == (None, None, None)
    assert [each.name for each in response.sets] == [each.name for each in package.comparison.sets]
    assert {iri for each in response.sets for iri in each.rows} == {row["estimate"] for row in package.rows}
    assert all(reason.acknowledgeable for each in response.sets for reason in each.reasons)


@pytest.mark.engines
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed (Debian: libreoffice-calc)")
def test_libreoffice_opens_it(package: Package, tmp_path: Path) -> None:
    (tmp_path / "comparison.xlsx").write_bytes(workbook.workbook(package))
    asked = [
        str(OFFICE),
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76",  # commas, quotation marks, UTF-8
        "--outdir",
        str(tmp_path),
    ]
    done = subprocess.run([*asked, str(tmp_path / "comparison.xlsx")], capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "comparison.csv").read_text("utf-8").count("/id/estimate/") >= len(package.rows)
