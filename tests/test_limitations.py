"""Limitations that authors state reach results: each stands where its scope says, and in whatever is written from the rows."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from typing import Any

import openpyxl
import pytest
import rdflib

from mabgraph.api.collections import resources, tables
from mabgraph.api.exports import comparing, provenance, takeaway
from mabgraph.api.exports.package import Package
from mabgraph.api.plots import footnotes
from mabgraph.api.routes import representations
from mabgraph.graph.network import network
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

from .test_claims import objects

#: What a claim about it has the scope of, and how an estimate leads to it.
SCOPES = ("mab:ofComparison", "mab:ofGroup", "mab:producedBy")
KINDS = ("caveat", "limitation")
MATCHED = "thompson-2021.matched-hazard-ratio"


@pytest.fixture(scope="module")
def stated(real: Catalogue) -> dict[str, dict[str, set[str]]]:
    """Return the texts of claims of each kind by the IRI of what they are about."""
    texts: dict[str, dict[str, set[str]]] = {kind: defaultdict(set) for kind in KINDS}
    for kind in KINDS:
        rows, _ = resources.CLAIMS.find(real, {"kind": [kind]}, 1000, 0)
        for row in rows:
            for about in row["about"]:
                texts[kind][about].add(row["label"])
    return texts


@pytest.fixture(scope="module")
def estimates(real: Catalogue) -> list[dict[str, Any]]:
    """Return every estimate as a row."""
    return resources.ESTIMATES.find(real, {}, 1000, 0)[0]


@pytest.fixture(scope="module")
def package(real: Catalogue) -> Package:
    """Return the comparison of the hazard ratios of the plasma cohort."""
    answer = comparing.package(real, {"document": ["thompson-2021"], "measure": ["hazard-ratio"]}, "/v1/compare")
    assert isinstance(answer, Package)
    return answer


@pytest.mark.parametrize("kind", KINDS)
def test_an_estimate_has_exactly_what_is_about_it_its_analysis_group_or_comparison(
    kind: str, stated: dict[str, dict[str, set[str]]], estimates: list[dict[str, Any]], real: Catalogue
) -> None:
    with_some = 0
    for row in estimates:
        scope = {row["id"]}.union(*(objects(real, row["id"], step) for step in SCOPES))
        assert set(row[f"{kind}s"]) == set().union(*(stated[kind].get(thing, set()) for thing in scope))
        with_some += bool(row[f"{kind}s"])
    assert with_some > 100


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_about_a_study_is_on_the_study(kind: str, stated: dict[str, dict[str, set[str]]], real: Catalogue) -> None:
    studies = resources.TRIALS.find(real, {}, 1000, 0)[0]
    listed = {(str(row["study"]), str(row[kind])) for row in real.ask(f"study-{kind}s")}
    assert listed == {(study["id"], text) for study in studies for text in stated[kind].get(study["id"], ())} != set()
    for study in studies:
        detailed = resources.details(real.ask("trial", {"trial": study["id"]})).get(kind, [])
        assert {each["value"] for each in detailed} == stated[kind].get(study["id"], set())


def test_each_limitation_about_a_result_or_a_study_is_shown(
    stated: dict[str, dict[str, set[str]]], estimates: list[dict[str, Any]], real: Catalogue
) -> None:
    shown = {text for row in estimates for text in row["limitations"]} | {str(row["limitation"]) for row in real.ask("study-limitations")}
    reaching = {
        text for about, texts in stated["limitation"].items() if "/id/estimate/" in about or "/id/study/" in about for text in texts
    }
    assert reaching <= shown
    assert len(reaching) > 15


@pytest.fixture(scope="module")
def wanted(estimates: list[dict[str, Any]]) -> set[str]:
    """Return the limitations of the matched hazard ratio."""
    (row,) = (row for row in estimates if row["id"].endswith(MATCHED))
    assert len(row["limitations"]) > 5
    return set(row["limitations"])


def test_rows_of_a_comparison_carry_them_and_they_are_no_discrepancies(package: Package, wanted: set[str]) -> None:
    items = json.loads(takeaway.FORMATS["json"].write(package))
    (row,) = (row for row in items["items"] if row["id"].endswith(MATCHED))
    assert set(row["limitations"]) == wanted
    texts = {reason["text"] for each in items["sets"] for reason in each["reasons"] if reason["code"] == "unresolved-discrepancy"}
    assert not texts & wanted


@pytest.mark.parametrize("name", ["csv", "tsv", "sof"])
def test_tables_carry_them(name: str, package: Package, wanted: set[str]) -> None:
    body = takeaway.FORMATS[name].write(package).decode()
    rows = list(csv.DictReader(io.StringIO(body, newline=""), delimiter="\t" if name == "tsv" else ","))
    cells = [set(row["limitations"].split("\n")) for row in rows if MATCHED in row["estimate"]]
    assert cells
    assert all(wanted <= cell for cell in cells)


def test_the_workbook_names_them_once_with_their_estimates(package: Package, wanted: set[str]) -> None:
    header, *lines = openpyxl.load_workbook(io.BytesIO(takeaway.FORMATS["xlsx"].write(package)))["caveats"].iter_rows(values_only=True)
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    limiting = {row["text"]: row["estimates"] for row in rows if row["kind"] == "limitation"}
    assert len(limiting) == sum(row["kind"] == "limitation" for row in rows)
    assert all(MATCHED in limiting[text] for text in wanted)


def test_evidence_in_fhir_has_them_as_notes(package: Package, wanted: set[str]) -> None:
    bundle = json.loads(takeaway.FORMATS["fhir"].write(package))
    (evidence,) = (each["resource"] for each in bundle["entry"] if each["resource"].get("url", "").endswith(MATCHED))
    assert {f"limitation: {text}" for text in wanted} <= {note["text"] for note in evidence["note"]}


def test_footnotes_of_a_plot_name_or_count_them(package: Package, wanted: set[str]) -> None:
    for compared in package.comparison.sets:
        noted = footnotes.footnotes(compared, package.about)
        for kind in KINDS:
            notes = footnotes._notes_beside(kind, compared.rows)
            texts = {note.text for note in notes}
            assert (
                texts
                == {f"{kind}: {text.rstrip('.')}." for row in compared.rows for text in str(row.row[f"{kind}s"] or "").splitlines()}
                != set()
            )
            left = texts - {note.text for note in noted.numbered}
            assert not left or any(kind in line for line in noted.below)
            for note in notes:
                about = set(note.about) or {row.id for row in compared.rows}
                assert about == {row.id for row in compared.rows if note.text[len(kind) + 2 : -1] in str(row.row[f"{kind}s"])}


def test_links_of_the_network_carry_those_of_their_study(real: Catalogue, stated: dict[str, dict[str, set[str]]]) -> None:
    links = network.read(real).links
    assert any(link.limitations for link in links)
    for link in links:
        assert stated["limitation"].get(link.study, set()) <= set(link.limitations)


# --- what stands beside a number is beside it in every format

BESIDE = ("discrepancies", "caveats", "limitations")


@pytest.mark.parametrize("name", ["netmeta", "multinma", "gemtc", "bugsnet", "metafor"])
def test_files_of_analysis_tools_carry_what_stands_beside_each_number(name: str, package: Package) -> None:
    table = csv.DictReader(io.StringIO(takeaway.FORMATS[name].write(package).decode(), newline=""))
    read = 0
    for row in table:
        behind = [package.rows_by_iri[iri] for iri in row["estimate"].split()]
        for column in (*BESIDE, "not_reported"):
            assert set(filter(None, row[column].split(provenance.BETWEEN))) == {text for each in behind for text in each[column]}
            assert "\n" not in row[column]
        read += 1
    assert read >= len(package.rows)


def test_a_note_for_revman_and_a_summary_of_findings_carry_discrepancies(package: Package) -> None:
    texts = {text for row in package.rows for text in row["discrepancies"]}
    assert len(texts) > 1
    footnoted = csv.DictReader(io.StringIO(takeaway.FORMATS["revman"].write(package).decode(), newline=""))
    notes = "\n".join(row["Footnotes"] for row in footnoted)
    assert all(text in notes for text in texts)
    summary = csv.DictReader(io.StringIO(takeaway.FORMATS["sof"].write(package).decode(), newline=""))
    assert {text for row in summary for text in row["discrepancies"].split("\n")} == texts


def sentences(value: Any) -> set[str]:
    """Return every text in a JSON value."""
    if isinstance(value, dict | list):
        return set[str]().union(*(sentences(each) for each in (value.values() if isinstance(value, dict) else value)))
    return {value} if isinstance(value, str) else set()


def test_estimates_as_graphs_carry_discrepancies_caveats_and_limitations(estimates: list[dict[str, Any]], real: Catalogue) -> None:
    chosen = [row for row in estimates if all(row[name] for name in BESIDE)][:3] + [row for row in estimates if row["discrepancies"]][:20]
    iris, texts = [row["id"] for row in chosen], {text for row in chosen for name in BESIDE for text in row[name]}
    graph = rdflib.Graph()
    graph.parse(data=representations.graph(real, resources.ESTIMATES, iris, "text/turtle"), format="turtle")
    of = {str(part): str(text) for part, text in graph.subject_objects(rdflib.URIRef(vocabulary.term("text")))}
    assert set(of.values()) == texts
    for row in chosen:
        disputing = graph.subjects(rdflib.URIRef(vocabulary.term("disputes")), rdflib.URIRef(row["id"]))
        assert {of[str(each)] for each in disputing} == set(row["discrepancies"])
    assert texts <= sentences(json.loads(representations.graph(real, resources.ESTIMATES, iris, tables.JSONLD)))


def test_a_comparison_as_linked_data_carries_them(package: Package) -> None:
    texts = {text for row in package.rows for name in BESIDE for text in row[name]}
    assert texts <= sentences(json.loads(takeaway.FORMATS["jsonld"].write(package)))


# --- what is not reported

NOT_REPORTED = {"interval": 106, "P value": 14, "total": 160, "value": 9}


def test_an_estimate_says_what_its_document_does_not_report(estimates: list[dict[str, Any]], real: Catalogue) -> None:
    words: dict[str, None] = {}
    for row in estimates:
        missing = objects(real, row["id"], "mab:notReported")
        assert len(row["not_reported"]) == len(missing)
        words |= dict.fromkeys(row["not_reported"])
        for word, column in (("value", "value"), ("P value", "p_value"), ("interval", "interval_level"), ("total", "total")):
            assert word not in row["not_reported"] or row[column] is None
    assert set(words) == set(NOT_REPORTED)
    assert {word: sum(word in row["not_reported"] for row in estimates) for word in words} == NOT_REPORTED


def test_every_file_of_a_comparison_says_it(real: Catalogue) -> None:
    package = comparing.package(real, {"trial": ["TOWER"], "endpoint": ["overall survival"]}, "/v1/compare")
    assert isinstance(package, Package)
    wanted = {row["id"]: row["not_reported"] for row in package.rows}
    assert any(wanted.values())
    items = json.loads(takeaway.FORMATS["json"].write(package))["items"]
    assert {row["id"]: row["not_reported"] for row in items} == wanted
    table = csv.DictReader(io.StringIO(takeaway.FORMATS["csv"].write(package).decode(), newline=""))
    assert {row["id"]: row["not_reported"].splitlines() for row in table} == wanted
    summary = csv.DictReader(io.StringIO(takeaway.FORMATS["sof"].write(package).decode(), newline=""))
    lines = {pair for row in summary for pair in zip(row["estimate"].split("\n"), row["not_reported"].split("\n"), strict=True)}
    assert lines == {(iri, "; ".join(missing) or "none stated") for iri, missing in wanted.items()}
    header, *cells = openpyxl.load_workbook(io.BytesIO(takeaway.FORMATS["xlsx"].write(package)))["rows"].iter_rows(values_only=True)
    assert {line[header.index("id")]: str(line[header.index("not_reported")] or "").splitlines() for line in cells} == wanted
    for each in json.loads(takeaway.FORMATS["fhir"].write(package))["entry"]:
        if missing := wanted.get(each["resource"].get("url", ""), []):
            assert f"not reported: {'; '.join(missing)}" in {note["text"] for note in each["resource"]["note"]}
