"""Discrepancies belong to figures: a result is disputed by what disagrees with a figure of its own, not with one that it shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import nodes, record, recordfile
from mabgraph.ingest.errors import RecordError

TEXT = (Path(__file__).parent / "data" / "records" / "example-2020.yaml").read_text("utf-8")
ARM = "estimate/example-2020.any-response.examplimab"
OTHER = "estimate/example-2020.any-response.standard-care"


def discrepancy(between: str, beside: str = "[]") -> dict[str, Any]:
    """Return the node of a discrepancy of the example that is ``between`` and ``beside`` these references."""
    written = f"{{id: d, discrepancy_kind: arithmetic, between: {between}, beside: {beside}, text: They differ.}}"
    file = recordfile.parse(f"{TEXT}discrepancies:\n  - {written}\n", Path("example-2020.yaml"))
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
    assert discrepancy("[any-response.examplimab]") | {"id": ""} == {
        "id": "", "type": "Discrepancy", "discrepancyKind": "arithmetic", "text": "They differ.", "document": "document/example-2020",
        "between": [ARM], "disputes": [ARM],
    }  # fmt: skip
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
    written = "{id: d, discrepancy_kind: arithmetic, between: [any-response], text: It prints 17 where it means more.}"
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
