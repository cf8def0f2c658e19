"""A record states what its figures state: one node for each thing, every number with its figure, no number of our own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mabgraph.ingest import nodes, record, recordfile
from mabgraph.ingest.errors import RecordError

TEXT = (Path(__file__).parent / "data" / "records" / "example-2020.yaml").read_text("utf-8")
SHARED_TIME = """
  - id: survival-at-six-months
    variable: overall-survival
    measure: proportion
    effect: difference-in-proportions
    time_unit: months
    printed:
      - {quote: "At [6](time) months [54](examplimab.value) ([95](level)% CI, [50](examplimab.lower) to [60](examplimab.upper))", at: 9}
      - {quote: "and [39](standard-care.value)", at: 90}
"""


def read(*pairs: tuple[str, str]) -> dict[str, dict[str, Any]]:
    """Return every node of the example by its id, with each first text of a pair, which stands once, replaced by the second."""
    text = TEXT
    for old, new in pairs:
        assert text.count(old) == 1, f"{old!r} does not stand once in the example"
        text = text.replace(old, new)
    file = recordfile.parse(text, Path("example-2020.yaml"))
    listed = [node for node in nodes.flatten(nodes.of_record(record.validate(file), file)) if "id" in node]
    assert len({node["id"] for node in listed}) == len(listed), "two nodes share one id"
    return {node["id"]: node for node in listed}


def selectors(node: dict[str, Any]) -> tuple[int, int, str, str, str]:
    position, quote = node["selector"]
    return int(position["start"]), int(position["end"]), quote.get("prefix", ""), quote["exact"], quote.get("suffix", "")


def estimate(local: str) -> Callable[[dict[str, dict[str, Any]]], dict[str, Any]]:
    return lambda seen: seen[f"estimate/example-2020.{local}"]


def test_every_part_is_one_node_under_the_name_of_the_document() -> None:
    kinds = {name: node["type"] for name, node in read().items() if not name.startswith("figure/") and "#" not in name}
    assert kinds == {
        "document/example-2020": "Document", "study/example": "ClinicalTrial", "report/example-2020.example": "Report",
        "regimen/example-2020.examplimab-regimen": "Regimen",
        "dose/example-2020.single-dose": "Dose", "group/example-2020.examplimab": "Group", "group/example-2020.standard-care": "Group",
        "comparison/example-2020.versus-standard-care": "Comparison", "analysis/example-2020.survival-analysis": "Analysis",
            "statement/example-2020.survival-analysis.method": "AnalysisStatement",
            "statement/example-2020.survival-analysis.population": "AnalysisStatement",
        "claim/example-2020.small-numbers": "Claim", "fact/example-2020.example.enrolment-start": "Quantity",
        "estimate/example-2020.survival-median.examplimab": "ArmResult",
        "estimate/example-2020.survival-median.standard-care": "ArmResult",
        "estimate/example-2020.survival-hazard-ratio": "EffectEstimate",
        "estimate/example-2020.any-response.examplimab": "ArmResult",
        "estimate/example-2020.any-response.standard-care": "ArmResult",
        "estimate/example-2020.any-response.versus-standard-care": "EffectEstimate",
    }  # fmt: skip


def test_a_row_gives_one_result_for_each_column_with_the_figures_of_that_column() -> None:
    seen = read()
    numbers = {
        name.removeprefix("estimate/example-2020."): {key: node[key] for key in ("count", "total", "percent", "value") if key in node}
        for name, node in seen.items() if name.startswith("estimate/example-2020.any-response")
    }  # fmt: skip
    assert numbers == {
        "any-response.examplimab": {"count": "30", "total": "60", "percent": "50", "value": "50"},
        "any-response.standard-care": {"count": "9", "total": "30", "percent": "30", "value": "30"},
        "any-response.versus-standard-care": {"value": "20"},
    }
    effect = seen["estimate/example-2020.any-response.versus-standard-care"]
    assert (effect["measure"], effect["comparison"]) == ("difference-in-proportions", "comparison/example-2020.versus-standard-care")
    arm = seen["estimate/example-2020.any-response.standard-care"]
    assert (arm["measure"], arm["group"], arm["unit"]) == ("proportion", "group/example-2020.standard-care", "percent")
    assert (arm["study"], arm["analysis"]) == ("study/example", "analysis/example-2020.survival-analysis")


def test_unnamed_time_belongs_to_every_column_and_a_level_to_those_with_an_interval() -> None:
    seen = read(("tables:\n", SHARED_TIME.lstrip("\n") + "tables:\n"))
    arms = [seen[f"estimate/example-2020.survival-at-six-months.{arm}"] for arm in ("examplimab", "standard-care")]
    assert [(arm["timePoint"], arm["timeUnit"], arm.get("intervalLevel"), arm.get("intervalKind")) for arm in arms] == [
        ("6", "months", "95", "confidence-interval"), ("6", "months", None, None),
    ]  # fmt: skip


def test_numbers_of_an_estimate_come_with_operator_interval_and_level() -> None:
    node = estimate("survival-hazard-ratio")(read())
    expected = {"value": "0.7", "lower": "0.5", "upper": "0.98", "intervalLevel": "95", "intervalKind": "confidence-interval",
                "pValue": "0.05", "pOperator": "<"}  # fmt: skip
    assert {key: node[key] for key in expected} == expected


def test_each_figure_is_anchored_to_its_own_characters_and_named_after_its_place() -> None:
    seen = read()
    figures = {name: node for name, node in seen.items() if node.get("type") == "Figure"}
    text = (Path(__file__).parent / "data" / "documents" / "example-2020.txt").read_bytes().decode()
    assert len(figures) == 17
    for name, figure in figures.items():
        start, end, prefix, exact, suffix = selectors(figure["anchoredAt"])
        assert figure["anchoredAt"]["source"] == "document/example-2020"
        assert text[start:end] == exact == figure["printed"]
        assert text[:start].endswith(prefix)
        assert text[end:].startswith(suffix)
        assert name.endswith(f".{figure['role']}-{start}")
    first = figures["figure/example-2020.survival-hazard-ratio.upper-302"]
    assert selectors(first["anchoredAt"]) == (302, 306, "death, 0.70; 95% CI,\n0.50 to "[-32:], "0.98", "; P<0.05")


def test_later_printing_restates_the_first_figure_of_its_role() -> None:
    seen = read()
    restating = {name: node["restates"] for name, node in seen.items() if "restates" in node}
    first = "figure/example-2020.survival-hazard-ratio.value-280"
    assert restating == {"figure/example-2020.survival-hazard-ratio.value-354": first}
    assert (seen[first]["printed"], estimate("survival-hazard-ratio")(seen)["value"]) == ("0.70", "0.7")


def test_not_reached_is_an_absence_without_a_number() -> None:
    seen = read()
    node = estimate("survival-median.standard-care")(seen)
    assert (node["absence"], "value" in node) == ("not-reached", False)
    figure = seen["figure/example-2020.survival-median.standard-care.value-224"]
    assert (figure["printed"], figure["absence"], "number" in figure) == ("not reached", "not-reached", False)


def test_date_is_a_quantity_to_the_precision_printed() -> None:
    node = read()["fact/example-2020.example.enrolment-start"]
    assert (node["date"], node["describes"], "value" in node) == ("2019-01", "study/example", False)
    assert node["figure"][0]["printed"] == "January 2019"


def test_dose_and_identifiers_are_what_is_marked() -> None:
    seen = read()
    assert (seen["dose/example-2020.single-dose"]["amount"], seen["study/example"]["registration"]) == ("1500", ["NCT00000000"])
    assert seen["regimen/example-2020.examplimab-regimen"]["dose"] == ["dose/example-2020.single-dose"]


def test_claim_is_anchored_to_its_quote_and_says_what_it_is_about() -> None:
    seen = read(
        ('[survival-hazard-ratio, "drug:blinatumomab"]', "[survival-median, any-response.examplimab, examplimab, 'concept:caveat']")
    )
    claim = seen["claim/example-2020.small-numbers"]
    assert [selectors(anchor) for anchor in claim["anchoredAt"]] == [(434, 463, "", "Authors warn of small numbers", "")]
    assert claim["about"] == [
        "estimate/example-2020.survival-median.examplimab", "estimate/example-2020.survival-median.standard-care",
        "estimate/example-2020.any-response.examplimab", "group/example-2020.examplimab", "mabc:caveat",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[0.98](upper)", "[0.98](value)", "50: results[1] (survival-hazard-ratio): its value is '0.70' at 280 and '0.98' at 302 in one quote: "
         "these are not printings of one number; give the other its own part"),
        ("([standard-care.percent])", "([standard-care.count])", "71: tables[0].rows[0] (any-response): its count is '9' at 564 and '30.0' at 567 "
         "in one quote: these are not printings of one number; give the other its own part"),
        ("regimen: examplimab-regimen,", "regimen: nope,", "30: groups[0] (examplimab): regimen 'nope' is no regimen of this record; it has "
         "examplimab-regimen"),
        ("Standard care, group", "Standard care, parent: nope, group", "31: groups[1] (standard-care): parent 'nope' is no group of this record; "
         "it has examplimab, standard-care"),
        ("Standard care, group", "Standard care, study: nope, group", "31: groups[1] (standard-care): study 'nope' is no study of this record; "
         "it has example"),
        ("design: randomised", "shares_patients_with: [nope]\n    design: randomised", "9: studies[0] (example): shares_patients_with 'nope' is no "
         "study of this record; it has example"),
        ("intervention: examplimab,", "intervention: example,", "33: comparisons[0] (versus-standard-care): intervention 'example' is no group "
         "of this record; it has examplimab, standard-care"),
        ("(examplimab.value)", "(nope.value)", "41: results[0] (survival-median): group 'nope' is no group of this record; "
         "it has examplimab, standard-care"),
        ("analysis: survival-analysis\n    unit", "analysis: nope\n    unit", "41: results[0] (survival-median): analysis 'nope' is no analysis "
         "of this record; it has survival-analysis"),
        ("[survival-hazard-ratio,", "[nope,", "79: claims[0] (small-numbers): 'nope': no part of this record, nor drug:, target:, "
         "condition: or concept:"),
        ("of: example\n", "of: nope\n", "37: facts[0] (nope): facts of 'nope': no part of this record has that id"),
        ("id: small-numbers", "id: examplimab", "30: groups[0] (examplimab): this id is used twice in the record: give one of the two another"),
        ("id: any-response", "id: survival-median", "41: results[0] (survival-median): this id is used twice in the record: give one of the two "
         "another"),
        ("label: Examplimab,", "label: Examplimab of 12,", "30: groups[0] (examplimab): its label says 12, which no figure of this record prints: "
         "mark it, or leave it out"),
        ("analyses:", "definitions:\n  - {id: d, variable: overall-survival, definition: Death within 30 days}\nanalyses:", "35: definitions[0] (d): "
         "its definition says 30, which no figure of this part prints: mark it, or leave it out"),
        ("label: single dose\n", "label: single dose\n        schedule: every 3 days\n", "23: regimens[0].doses[0] (single-dose): its schedule "
         "says 3, which no figure of this part prints: mark it, or leave it out"),
        ("The trial was small.", "P was <0.05.", "79: claims[0] (small-numbers): its text says <0.05, which no figure of this part prints: "
         "mark it, or leave it out"),
        ("    design:", "    phase: phase-3\n    design:", "9: studies[0] (example): its phase says 3, which no figure of this part prints: "
         "mark it, or leave it out"),
        ('January 2019](enrolment-start.date)"', 'January 2019](enrolment-start.date) [3](enrolment-start.count)"', "9: studies[0] (example): "
         "the quantity 'enrolment-start' needs a name and one role, it has date, count: split it, or write a result"),
        ("(enrolment-start.date)", "(date)", "9: studies[0] (example): the quantity '' needs a name and one role, it has date: split it, or write "
         "a result"),
        ("results:\n", "  - {of: example, printed: [{quote: '[2](enrolment-start.quantity)', at: 7}]}\nresults:\n", "9: studies[0] (example): "
         "the quantity 'enrolment-start' is stated in two facts: put its quotes together"),
        ("(examplimab.value)", "(value)", "41: results[0] (survival-median): the mark [8·1](value) names no column: write [8·1](group.role), "
         "or give the row a group or comparison"),
        ("(value); [95]", "(examplimab.value); [95]", "50: results[1] (survival-hazard-ratio): it has a group or a comparison of its own: "
         "marks without names, and one of the two"),
        ("(examplimab.value)", "(examplimab.dose)", "41: results[0] (survival-median): [8·1](dose) is no figure of a result: write it in facts or "
         "in a dose"),
        (", at: 189", "", "41: results[0] (survival-median): the quote '8·1 months' has no place: run mabgraph anchor"),
        ("[8·1]", "[8,1]", "41: results[0] (survival-median): '8,1' is no numeral, or can be read in two ways: mark the digits of one number only"),
        ("[January 2019]", "[Januar 2019]", "9: studies[0] (example): 'Januar 2019' is no date of the form 'January 4, 2016' or 'January 2014'"),
        ("9 (30.0) |\"\n", "9 [30.0] |\"\n", "61: tables[0] (response-table): table 'response-table', row 'any-response': the row 'Any response | 30 "
         "(50.0) | 9 [30.0] |' does not end like the table's cells '| [examplimab.count] ([examplimab.percent]) | [standard-care.count] "
         "([standard-care.percent]) |': give the row its own cells"),
    ],
)  # fmt: skip
def test_record_that_contradicts_itself_is_refused_by_file_line_and_part(old: str, new: str, message: str) -> None:
    with pytest.raises(RecordError) as error:
        read((old, new))
    assert str(error.value) == f"example-2020.yaml:{message}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("label: single dose\n", "label: single dose of 1500 mg\n"),
        ("label: single dose\n", "label: CD19 dose\n"),
        (
            'text: The trial was small.\n    printed:\n      - {quote: "',
            'text: There were 90.\n    printed:\n      - {quote: "[90](quantity) ',
        ),
    ],
)
def test_number_in_our_own_words_that_a_figure_of_the_part_prints_is_let_through(old: str, new: str) -> None:
    assert read((old, new))


def test_figure_marked_in_a_claim_is_a_figure_of_the_claim() -> None:
    quote = 'quote: "Authors warn of small numbers", at: 434'
    seen = read((quote, 'quote: "9 [90](quantity) patients", at: 67'))
    assert seen["claim/example-2020.small-numbers"]["figure"] == [seen["figure/example-2020.small-numbers.quantity-69"]]


def test_what_is_printed_cannot_be_declared_missing() -> None:
    text = (Path(__file__).parent / "data" / "records" / "example-2020.yaml").read_text("utf-8")
    row = "    measure: hazard-ratio\n    analysis: survival-analysis\n"
    assert row in text
    file = recordfile.parse(text.replace(row, row + "    not_reported: [missing-p-value]\n"), Path("example-2020.yaml"))
    with pytest.raises(RecordError, match=r"survival-hazard-ratio has a pValue and says missing-p-value: take that out"):
        list(nodes.of_record(record.validate(file), file))
