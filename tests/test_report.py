"""The coherence report: counts by kind, both sides of each discrepancy with their places, as Markdown and as a page."""

from __future__ import annotations

from mabgraph.api.cli import report
from mabgraph.graph.questions.catalogue import Catalogue


def write_report(real: Catalogue, document: str) -> str:
    parameters = {"document": document}
    return report.markdown(real.ask("checks", parameters), real.ask("discrepancies", parameters), real.version)


def test_the_known_errors_of_the_cohort_are_found_by_arithmetic(real: Catalogue) -> None:
    rows = [row for row in real.ask("checks", {"document": "thompson-2021"}) if row["outcome"] == "inconsistent"]
    assert sorted({str(row["text"]) for row in rows}) == [
        "25 of 143 is 17.48 %; 16.9 is printed.",
        "34 of 143 is 23.78 %; 23.9 is printed.",
        "79 of 143 is 55.24 %; 55.6 is printed.",
        "the geometric middle of 0.16 and 0.49 is 0.274 to 0.286; 0.24 is printed.",
    ]


def test_that_causality_cannot_be_inferred_reaches_every_estimate_of_the_cohort(real: Catalogue) -> None:
    rows = [
        row for row in real.ask("estimates", {"document": "thompson-2021", "measure": "hazard-ratio"}) if row["reported_by"] != "citation"
    ]
    assert len(rows) == 9
    assert all("observational; it does not show that plasma caused" in str(row["caveats"]) for row in rows)


def test_the_trial_has_no_false_alarm(real: Catalogue) -> None:
    assert {row["outcome"] for row in real.ask("checks", {"document": "kantarjian-2017"})} == {"consistent", "not checkable"}


def test_both_sides_of_a_discrepancy_stand_with_their_places(real: Catalogue) -> None:
    text = write_report(real, "thompson-2021")
    assert "### CCC19 cohort, acute kidney injury in matched controls: the text prints 27.5 %, table 2 27.3 %" in text
    assert "27.5 (percent, " in text
    assert "27.3 (percent, " in text
    assert "- beside it: " in text
    assert "arithmetic; computed and read. " in text
    assert "arithmetic: the geometric middle of 0.16 and 0.49 is 0.274 to 0.286; 0.24 is printed." in text


def test_a_page_is_html_without_scripts_or_foreign_marks(real: Catalogue) -> None:
    page = report.html(write_report(real, "kantarjian-2017"))
    assert page.startswith("<!doctype html>")
    assert "<table>" in page
    assert "<script" not in page
    hostile = report.html(report.markdown([], [{"discrepancy": "x.y", "document": "d", "kind": "k", "origin": "read", "label": "<b>", "side": "between", "computation": "<i>", "text": "<script>alert(1)</script>|",
        "part": "p", "part_label": "`[a](javascript:b)`", "role": "r", "printed": None, "start": None, "end": None, "arithmetic": None}], "v"))  # fmt: skip
    assert "<script" not in hostile
    assert "href" not in hostile
