"""Discrepancies belong to figures: a result is disputed by what disagrees with a figure of its own, not with one that it shares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import nodes, record, recordfile
from mabgraph.ingest.errors import RecordError

TEXT = (Path(__file__).parent / "data" / "records" / "example-2020.yaml").read_text("utf-8")
ARM = "estimate/example-2020.any-response.examplimab"
OTHER = "estimate/example-2020.any-response.standard-care"


def discrepancy(between: str, beside: str = "[]", sections: str = "") -> dict[str, Any]:
    """Return the node of a discrepancy of the example that is ``between`` and ``beside`` these references."""
    written = f"{{id: d, discrepancy_kind: arithmetic, between: {between}, beside: {beside}, subject: EXAMPLE, text: they differ.}}"
    file = recordfile.parse(f"{TEXT}{sections}discrepancies:\n  - {written}\n", Path("example-2020.yaml"))
    return next(node for node in nodes.of_record(record.validate(file), file) if node["type"] == "Discrepancy")


def figures(node: dict[str, Any], key: str = "between") -> list[str]:
    return [name.removeprefix("figure/example-2020.").rpartition("-")[0] for name in node[key]]


@pytest.mark.parametrize(
    ("between", "named", "disputed"),
    [
        ("[any-response.examplimab.count]", ["any-response.examplimab.count"], [ARM]),
        ("[any-response.percent]", ["any-response.examplimab.percent", "any-response.standard-care.percent"], [ARM, OTHER]),
        ("[survival-hazard-ratio.value]", ["survival-hazard-ratio.value"] * 2, ["estimate/example-2020.survival-hazard-ratio"]),
        ("[single-dose.dose, any-response.examplimab.total]", ["single-dose.dose", "any-response.examplimab.total"], [ARM]),
    ],
)
def test_a_discrepancy_names_figures(between: str, named: list[str], disputed: list[str]) -> None:
    node = discrepancy(between)
    assert figures(node) == named
    assert node["disputes"] == disputed


def test_what_shows_a_discrepancy_is_not_disputed() -> None:
    node = discrepancy("[any-response.examplimab.percent]", "[any-response.standard-care.percent, example.enrolment-start]")
    assert figures(node, "beside")[0] == "any-response.standard-care.percent"
    assert node["beside"][1] == "fact/example-2020.example.enrolment-start"
    assert node["disputes"] == [ARM]


def test_a_whole_part_and_a_fact_can_disagree() -> None:
    node = discrepancy("[any-response.examplimab]")
    assert (node["between"], node["disputes"], node["origin"]) == ([ARM], [ARM], ["read"])
    assert "disputes" not in discrepancy("[small-numbers, example.enrolment-start]")


@pytest.mark.parametrize(
    ("between", "message"),
    [
        ("[any-response.examplimab.p_value]", r"example-2020.yaml:\d+: .*\(d\): 'any-response.examplimab.p_value': .* it has count, "),
        ("[nothing.value]", r"example-2020.yaml:\d+: .*\(d\): 'nothing.value': no part of this record"),
        ("[nothing]", r"example-2020.yaml:\d+: .*\(d\): 'nothing': no part of this record"),
        ("[small-numbers.percent]", r"small-numbers has no figure 'percent'"),
    ],
)
def test_a_figure_that_is_not_there_is_refused_by_name(between: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        discrepancy(between)


def test_a_numeral_in_our_own_words_is_refused() -> None:
    written = "{id: d, discrepancy_kind: arithmetic, between: [any-response], subject: EXAMPLE, text: It prints 17 where it means more.}"
    file = recordfile.parse(f"{TEXT}discrepancies:\n  - {written}\n", Path("example-2020.yaml"))
    with pytest.raises(RecordError, match="its text says 17"):
        list(nodes.of_record(record.validate(file), file))


def test_every_side_of_the_dataset_has_a_place_and_only_results_that_disagree_are_disputed(real: Catalogue) -> None:
    rows = real.ask("discrepancies")
    listed = {str(row["id"]) for row in real.page("discrepancies-page", {}, 1000)[0]}
    assert {str(row["discrepancy"]) for row in rows} == listed
    assert all(row["printed"] and row["start"] < row["end"] for row in rows)  # type: ignore[operator]
    assert {str(row["side"]) for row in rows} == {"between", "beside"}
    root = vocabulary.resource("estimate/")
    parts = {(row["discrepancy"], row["part"], row["side"]) for row in rows if str(row["part"]).startswith(root)}
    disputed = {(str(row["estimate"]), line) for row in real.ask("estimates") for line in str(row["discrepancies"] or "").splitlines()}
    texts = {row["discrepancy"]: str(row["text"]) for row in rows}
    assert disputed == {(str(part), texts[name]) for name, part, side in parts if side == "between"}
    assert any(side == "beside" and (str(part), texts[name]) not in disputed for name, part, side in parts)


def test_a_discrepancy_is_named_by_its_study_and_the_numbers_of_both_sides() -> None:
    node = discrepancy("[any-response.percent, single-dose.dose]")
    label = "EXAMPLE: the text prints {} % (complete remission, Examplimab), {} % (complete remission, Standard care), 1,500 mg (single dose); they differ"
    numbers = [printed for printed, _ in places("any-response.examplimab.percent", "any-response.standard-care.percent")]
    assert node["label"] == label.format(*numbers).removesuffix("; they differ")
    for _, (start, end) in places("any-response.examplimab.percent"):
        stretches = re.findall(r"(\d+)–(\d+)", node["text"])
        assert any(int(first) <= int(start) < int(end) <= int(last) for first, last in stretches)
    assert node["text"].endswith(". They differ. Document: example-2020.")
    alone = discrepancy("[any-response.examplimab.percent]")
    assert alone["label"] == f"EXAMPLE: the text prints {numbers[0]} %; they differ"
    words = discrepancy("[small-numbers]")
    assert words["label"] == "EXAMPLE: they differ"
    assert re.fullmatch(r"EXAMPLE: they differ. Words: the text, characters \d+–\d+. Document: example-2020.", words["text"])


def places(*references: str) -> list[tuple[str, tuple[str, str]]]:
    """Return what these figures print, and where."""
    file = recordfile.parse(TEXT, Path("example-2020.yaml"))
    listed = [node for node in nodes.flatten(nodes.of_record(record.validate(file), file)) if node.get("type") == "Figure"]
    printed = []
    for reference in references:
        figure = next(node for node in listed if str(node["id"]).startswith(f"figure/example-2020.{reference}-"))
        position = figure["anchoredAt"]["selector"][0]
        printed.append((str(figure["printed"]), (str(position["start"]), str(position["end"]))))
    return printed


def test_a_side_is_placed_in_a_table_or_another_section_of_the_document() -> None:
    section = 'sections:\n  - {label: table 9, start: {quote: "A dose of", at: 392}, end: {quote: "mg", at: 408}}\n'
    node = discrepancy("[single-dose.dose, any-response.examplimab.percent]", sections=section)
    assert "table 9 prints 1,500 mg (single dose), the text" in node["label"]
    legend = discrepancy("[single-dose.dose]", sections=section.replace("table 9", "legend of figure 9"))
    assert legend["label"].startswith("EXAMPLE: the legend of figure 9 prints 1,500 mg")


def test_every_discrepancy_of_the_dataset_names_a_study_or_a_drug_and_both_sides(real: Catalogue) -> None:
    subjects = {str(row["name"]) for row in real.ask("names") if row["kind"] in {"trial", "drug"}}
    known = {name.casefold() for name in subjects} | {"ccc19 cohort", "combined analysis of", "trial with several", "refractory myeloma"}
    for row in real.page("discrepancies-page", {}, 1000)[0]:
        label, text = str(row["label"]), str(row["text"])
        assert any(label.casefold().startswith(name) for name in known), label
        assert ": " in label
        assert text.startswith(label.partition(": ")[0])
        assert "characters " in text
        for place in re.findall(r"(\d+)–(\d+)", re.sub(r"\(.*?%.*?\)", "", text)):
            assert int(place[0]) < int(place[1])
    for row in real.ask("discrepancies"):
        if row["side"] == "between" and row["role"] and str(row["part"]).startswith(vocabulary.resource("estimate/")):
            assert " ".join(str(row["printed"]).split()) in str(row["text"]) or row["role"] in {"time", "level", "lower", "upper"}


@pytest.fixture(scope="module")
def service(real: Catalogue, real_directory: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(dataset=real_directory), real)) as client:
        yield client


def test_a_discrepancy_has_its_sides_with_places_in_every_format(service: TestClient) -> None:
    name = "/v1/discrepancies/thompson-2021.kidney-injury-percentage"
    listed = service.get("/v1/discrepancies?document=thompson-2021&page_size=100").json()["items"]
    row = next(each for each in listed if each["url"] == name)
    one = service.get(name).json()
    assert one["sides"] == row["sides"]
    between = [side for side in row["sides"] if side["side"] == "between"]
    assert {side["printed"] for side in between} == {"27.5", "27.3"}
    assert all(side["document"] == "thompson-2021" and side["end"] - side["start"] == 4 and side["role"] == "percent" for side in between)
    assert row["label"] == "CCC19 cohort, acute kidney injury in matched controls: the text prints 27.5 %, table 2 27.3 %"
    [below] = service.get("/v1/estimates/thompson-2021.acute-kidney-injury-text/discrepancies").json()["items"]
    assert below == row
    for suffix in ("csv", "tsv", "ndjson", "ttl"):
        text = service.get(f"{name}.{suffix}").text
        for side in between:
            assert f"{side['start']}–{side['end']}" in text, suffix


def test_an_estimate_and_a_comparison_carry_both_sides_with_places(service: TestClient) -> None:
    [row] = service.get(
        "/v1/estimates?check=disputed&trial=tower&endpoint=complete remission with partial recovery&page_size=1&fields=all"
    ).json()["items"]
    assert "table 2 prints 24 " in row["discrepancies"][0]
    assert "characters " in row["check_reason"]
    compared = service.get("/v1/compare?trial=tower&endpoint=complete remission any recovery&measure=difference-in-proportions").json()
    reasons = [reason["text"] for each in compared["sets"] for reason in each["reasons"] if reason["code"] == "unresolved-discrepancy"]
    assert any("119 of 271 (43.9 %" in text and "characters " in text for text in reasons)


def shared_figures(real: Catalogue) -> Iterator[tuple[str, set[str]]]:
    """Yield each place of a denominator that several results of a table share, and these results."""
    places: dict[tuple[object, object], set[str]] = {}
    iris = [str(row["estimate"]) for row in real.ask("estimates")]
    for row in real.ask("anchors", {"node": iris}):
        if row["role"] == "total":
            places.setdefault((row["document"], row["start"]), set()).add(str(row["node"]))
    yield from ((f"{document}:{start}", results) for (document, start), results in places.items() if len(results) > 4)


def test_a_denominator_that_a_table_shares_disputes_none_of_its_other_results(real: Catalogue) -> None:
    disputed = {str(row["estimate"]) for row in real.ask("estimates") if row["discrepancies"]}
    shared = list(shared_figures(real))
    assert any(results & disputed for _, results in shared), "no such table is left: try another figure"
    assert all(results - disputed for _, results in shared)


def test_a_claim_says_which_discrepancies_it_is_part_of(real: Catalogue) -> None:
    claims = {str(row["id"]): set(str(row["discrepancies"] or "").splitlines()) for row in real.page("claims-page", {}, 1000)[0]}
    expected: dict[str, set[str]] = {iri: set() for iri in claims}
    for row in real.ask("discrepancies"):
        if str(row["part"]) in claims:
            expected[str(row["part"])].add(str(row["text"]))
    assert claims == expected
    assert sum(map(bool, expected.values())) > 30


def test_a_study_lists_every_discrepancy_about_it(real: Catalogue) -> None:
    """Those that dispute a result of the study, and those about its doses, quantities and definitions, or claims about it."""
    study_of = {str(row["estimate"]): str(row["study"]) for row in real.ask("estimates")}
    listed = {
        study: {str(row["id"]) for row in real.page("discrepancies-page", {"trial": study}, 100)[0]}
        for study in real.names.iris("trial") if study.startswith(vocabulary.resource("study/"))
    }  # fmt: skip
    rows = real.page("discrepancies-page", {}, 100)[0]
    for row in rows:
        for result in str(row["disputes"] or "").splitlines():
            assert str(row["id"]) in listed[study_of[result]], row["label"]
        subject = str(row["label"]).partition(",")[0]
        if subject in {"TOWER", "SIRIUS", "GEN501", "CCC19 cohort"}:
            assert str(row["id"]) in listed[real.names.find("trial", subject.removesuffix(" cohort"))], row["label"]
    assert len(set().union(*listed.values())) > 25
    assert set().union(*listed.values()) <= {str(row["id"]) for row in rows}
