"""What a drafted row is about: decided where the words allow one choice, else open with the likeliest candidates."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from mabgraph.graph.building import drafts
from mabgraph.ingest import recordfile
from mabgraph.ingest.drafting import draft as drafting
from mabgraph.ingest.drafting.proposals import Proposal

RECORD = """\
document: {id: paper}
groups:
  - {id: arm-a, label: Examplimab, group_role: intervention-arm}
  - {id: arm-b, label: Chemotherapy, group_role: comparator-arm}
comparisons:
  - {id: a-versus-b, label: Examplimab versus chemotherapy, intervention: arm-a, comparator: arm-b}
analyses:
  - {id: overall-survival-cox, label: Overall survival, method: cox-regression, population: intention-to-treat}
"""


@cache
def lexicon() -> drafts.Lexicon:
    return drafts.read_lexicon([])


def draft(text: str, record: str = RECORD) -> list[Proposal]:
    """Return the proposals for ``text``."""
    names = lexicon()
    return list(drafting.draft(text, recordfile.parse(record, Path("paper.yaml")), names.vocabulary, names.drugs).proposals)


def variables(text: str) -> list[str | None]:
    return [each.row.variable for each in draft(text)]


def candidates(proposal: Proposal, field: str) -> tuple[str, ...]:
    return next(each.candidates for each in proposal.undecided if each.field == field)


@pytest.mark.parametrize(
    ("text", "decided"),
    [
        ("Median progression-free survival was 8.9 months (95% CI, 7 to 10).", ["progression-free-survival"]),
        ("PFS was 8.9 months (95% CI, 7 to 10) with A and 4.0 months (95% CI, 3 to 5) with B.", ["progression-free-survival"] * 2),
        ("An overall response occurred in 12 of 40 patients (30%).", ["overall-response"]),
        # nearly so
        ("Neutropenia of grade 3 or higher occurred in 12 of 40 patients (30%).", [None]),
        ("The hazard ratio for death was 0.70 (95% CI, 0.5 to 0.9).", [None]),
        ("The treated patients had 8.9 points (95% CI, 7 to 10).", [None]),
        ("The median follow-up for overall survival was 8.9 months (95% CI, 7 to 10).", [None]),
        ("The rate was 30% PR, 20% VGPR and 10% SD.", [None, None, None]),
        ("8 of 40 patients (20%) had neutropenia and 12 of 40 (30%) did not.", [None, None]),
    ],
)
def test_an_end_point_is_decided_only_where_nothing_else_may_be_meant(text: str, decided: list[str | None]) -> None:
    assert variables(text) == decided


def test_the_likeliest_candidate_comes_first() -> None:
    text = "Median overall survival was 7.7 months (95% CI, 5 to 9) (hazard ratio for death, 0.70; 95% CI, 0.5 to 0.9)."
    assert candidates(draft(text)[1], "variable")[0] == "overall-survival"
    assert candidates(draft("Neutropenia of grade 3 occurred in 12 of 40 patients (30%).")[0], "variable")[0] == "neutropenia-grade-three"


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        (
            "OS was 7.7 months (95% CI, 5 to 9) in the examplimab group and 4.0 months (95% CI, 2 to 5) in the control group.",
            ["arm-a", "arm-b"],
        ),
        ("With examplimab and chemotherapy, median OS was 7.7 and 4.0 months, respectively.", ["arm-a", "arm-b"]),
        ("| End point | Examplimab | Control |\n| Overall survival (95% CI), months | 7.7 (5–9) | 4.0 (2–5) |", ["arm-a", "arm-b"]),
        # nearly so
        ("Overall survival was 7.7 months (95% CI, 5 to 9).", [None]),
        ("The overall response was better with examplimab (30% vs. 12%).", [None, None]),
        ("In a previous trial, OS was 7.7 months (95% CI, 5 to 9) in the examplimab group.", [None]),
    ],
)
def test_a_group_is_decided_only_where_the_words_give_the_value_to_it(text: str, groups: list[str | None]) -> None:
    assert [each.row.group for each in draft(text)] == groups


def test_an_arm_of_which_the_record_knows_parts_is_a_candidate() -> None:
    parts = RECORD.replace("comparisons:", "  - {id: arm-a-treated, label: Treated, parent: arm-a}\ncomparisons:")
    [proposal] = draft("An overall response occurred in 12 of 40 patients (30%) in the examplimab group.", parts)
    assert proposal.row.group is None
    assert candidates(proposal, "group") == ("arm-a", "arm-a-treated")


ONE = RECORD.replace("{id: overall-survival-cox, label: Overall survival, method: cox-regression,", "{id: assigned, label: All patients,")
OVERALL = "overall survival was 7.7 months (95% CI, 5 to 9) in the examplimab group."


@pytest.mark.parametrize(
    ("text", "record", "analysis"),
    [
        (f"Median {OVERALL}", ONE, "assigned"),
        ("An overall response occurred in 12 of 40 patients (30%) in the examplimab group.", ONE, "assigned"),
        (f"Median {OVERALL}", RECORD.replace("cox-regression", "kaplan-meier"), "overall-survival-cox"),
        # The record has another one that it may be by, the measure comes from no such method, or the sentence may speak of another.
        (f"Median {OVERALL}", ONE + "  - {id: treated, label: Treated patients, population: as-treated}\n", None),
        (f"Median {OVERALL}", RECORD, None),
        (f"Median {OVERALL}", ONE.replace("All patients", "Event-free survival"), None),
        (
            f"Median {OVERALL}",
            ONE.replace("All patients", "All patients, study: earlier").replace("groups:", "studies: [{id: own}]\ngroups:"),
            None,
        ),
        (f"In the per-protocol population, median {OVERALL}", ONE, None),
        (f"In the updated analysis, median {OVERALL}", ONE, None),
        ("Neutropenia occurred in 12 of 40 patients (30%) in the examplimab group.", ONE, None),
        ("Median overall survival was 7.7 months (95% CI, 5 to 9).", ONE, None),
    ],
)
def test_the_only_analysis_that_a_value_can_be_by_is_decided_with_the_reason(text: str, record: str, analysis: str | None) -> None:
    proposals = draft(text, record)
    assert {each.row.analysis for each in proposals} == {analysis}
    assert all(("only one of the record" in (each.reason or "")) == (each.row.analysis == "assigned") for each in proposals)


def test_one_result_that_is_printed_twice_is_one_row_with_both_quotes() -> None:
    sentence = "Median overall survival was 7.7 months (95% CI, 5 to 9) in the examplimab group."
    [proposal] = draft(f"{sentence}\n\nDiscussion. {sentence}")
    assert len(proposal.row.printed) == 2
    assert len(draft(f"{sentence}\n\n{sentence.replace('7.7', '7.8')}")) == 2


def test_a_percentage_without_an_end_point_makes_no_row() -> None:
    assert draft("It was seen in 30% of the samples.") == []
