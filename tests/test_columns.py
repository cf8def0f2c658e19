"""Two effects of one comparison in a row, and times in words: read as they are printed, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mabgraph.graph.building import quads
from mabgraph.graph.shacl.shapes import Shapes
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import checks, nodes, numerals, record, recordfile
from mabgraph.ingest.errors import RecordError

HEAD = """
document: {id: d, sha256: %s, characters: 9000, title: Invented, document_kind: primary-report, rights: CC0-1.0}
unit_of_analysis: patients
studies: [{id: s, type: ObservationalStudy, label: STUDY, design: retrospective-cohort-study, condition: [multiple-myeloma]}]
groups: [{id: arm, label: Arm}, {id: other, label: Other}]
comparisons: [{id: versus, label: Arm versus other, intervention: arm, comparator: other}]
analyses:
  - {id: crude-cox, label: Crude, method: cox-regression, population: as-reported}
  - {id: adjusted-cox, label: Adjusted, method: multivariable-cox-regression, population: as-reported}
""" % ("0" * 64)
TABLE = """
tables:
  - id: t
    label: Table two
    effect: hazard-ratio
    columns:
      crude: {comparison: versus, analysis: crude-cox}
      adjusted: {comparison: versus, analysis: adjusted-cox}
    cells: "| [crude.value] ([crude.lower]–[crude.upper]) | [crude.p_value] | [adjusted.value] ([adjusted.lower]–[adjusted.upper]) |"
    rows:
      - id: death
        variable: overall-survival
        not_reported: [missing-level]
        quote: "Death | 0.71 (.55–0.93) | <.001 | 1.40 (1.1–1.8) |"
        at: 100
"""
TIMED = """
results:
  - {{id: response, variable: overall-response, group: arm, measure: proportion, analysis: crude-cox, {more}printed: [{{quote: '{quote}', at: 10}}]}}
"""


def stated(text: str) -> dict[str, Any]:
    file = recordfile.parse(HEAD + text, Path("d.yaml"))
    typed_record = record.validate(file)
    by_name = nodes.by_name(typed_record, file)
    assert "inconsistent" not in {node.get("outcome") for node in checks.check_nodes(typed_record, by_name)}
    return by_name


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    return Shapes(vocabulary.ONTOLOGY / "shapes", quads.of_ontology(vocabulary.ONTOLOGY))


def test_two_effects_of_a_row_have_each_its_analysis(shapes: Shapes) -> None:
    by_name = stated(TABLE)
    crude, adjusted = (by_name[f"estimate/d.death.{name}"] for name in ("crude", "adjusted"))
    assert [(each["comparison"], each["analysis"], each["value"], each["lower"]) for each in (crude, adjusted)] == [
        ("comparison/d.versus", "analysis/d.crude-cox", "0.71", "0.55"),
        ("comparison/d.versus", "analysis/d.adjusted-cox", "1.4", "1.1"),
    ]
    assert (crude["pValue"], crude["pOperator"], "pValue" in adjusted) == ("0.001", "<", False)
    named = quads.of_nodes(by_name.values(), quads.graph("d"), vocabulary.context())
    assert shapes.violations(named) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("crude: {comparison: versus, analysis", "crude: {analysis", "the column 'crude' is of a group or of a comparison"),
        ("crude: {comparison: versus,", "crude: {comparison: versus, group: arm,", "the column 'crude' is of a group or of a comparison"),
        ("adjusted: {comparison: versus, ", "other: {comparison: versus, ", "group 'adjusted' is no group of this record"),
        ("analysis: adjusted-cox}", "analysis: cox}", "analysis 'cox' is no analysis of this record"),
    ],
)
def test_a_column_that_is_of_nothing_is_refused(old: str, new: str, message: str) -> None:
    assert TABLE.count(old) == 1
    with pytest.raises(RecordError, match=message):
        stated(TABLE.replace(old, new))


def test_a_time_in_words_is_kept_in_words(shapes: Shapes) -> None:
    by_name = stated(TIMED.format(more="", quote="at the [end of reinduction](time), [30](count) of [60](total) ([50](percent)%)"))
    node = by_name["estimate/d.response"]
    assert (node["timeInWords"], "timePoint" in node, "timeUnit" in node) == ("end of reinduction", False, False)
    [figure] = [each for each in node["figure"] if each["role"] == "time"]
    assert (figure["printed"], figure["timeInWords"], "number" in figure) == ("end of reinduction", "end of reinduction", False)
    assert shapes.violations(quads.of_nodes(by_name.values(), quads.graph("d"), vocabulary.context())) == []


@pytest.mark.parametrize(
    ("quote", "number", "unit"), [("day [100](time)", "100", "days"), ("after [two](time) years", "2", "years"), ("at [six](time) months", "6", "months")]
)  # fmt: skip
def test_a_number_in_a_time_is_its_number_with_a_unit(quote: str, number: str, unit: str) -> None:
    node = stated(TIMED.format(more=f"time_unit: {unit}, ", quote=f"{quote}, [30](count)"))["estimate/d.response"]
    assert (node["timePoint"], node["timeUnit"], "timeInWords" in node) == (number, unit, False)


@pytest.mark.parametrize("printed", ["day 100", "two years", "end of cycle 2", "the second year", "later", "5-year"])
def test_a_time_with_a_number_in_its_words_is_refused(printed: str) -> None:
    assert not numerals.is_worded_time(printed)
    with pytest.raises(RecordError, match="is no numeral, or can be read in two ways"):
        stated(TIMED.format(more="time_unit: days, ", quote=f"at [{printed}](time), [30](count)"))


def test_the_same_time_in_other_words_is_another_time() -> None:
    one, other = (
        stated(TIMED.format(more="", quote=f"at the [{words}](time), [30](count)"))["estimate/d.response"]
        for words in ("end of induction", "end of reinduction")
    )
    assert one["timeInWords"] != other["timeInWords"]
