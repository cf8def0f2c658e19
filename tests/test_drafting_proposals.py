"""Proposals in record files: their form, and edits that leave a curator's comments and formatting as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from mabgraph.ingest import recordfile
from mabgraph.ingest.drafting import writing
from mabgraph.ingest.drafting.proposals import Proposal, ProposedRow, Undecided, read_proposals
from mabgraph.ingest.drafting.readings import Placed, TextReading
from mabgraph.ingest.drafting.rows import propose
from mabgraph.ingest.drafting.sentences import Sentence
from mabgraph.ingest.drafting.topics import Topic
from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.parts import Quote
from mabgraph.ingest.record import Row
from mabgraph.ingest.seals import seal

TEXT = """\
# mine
document:
  id: paper  # the file's name
results:
  # the first row
  - {id: one, variable: overall-survival, printed: [{quote: "[1](value)", at: 0}]}

# after the rows
claims: []
sealed: abc
"""


QUOTES = (Quote(quote="was [0.71](value)", at=0),)


def proposal(name: str = "two") -> Proposal:
    """Return an open proposal with one undecided field."""
    undecided = Undecided(field="group", reason="the sentence names none", candidates=("arm-a", "arm-b"))
    row = ProposedRow.model_validate(
        {"id": name, "variable": "overall-survival", "printed": [{"quote": "was [7.7](value) months", "at": "12"}]}
    )
    return Proposal(state="open", start=5, end=60, row=row, undecided=(undecided,))


def parse(text: str) -> recordfile.RecordFile:
    return recordfile.parse(text, Path("paper.yaml"))


def test_a_doubted_value_is_never_ready_and_says_of_no_interval_that_it_is_missing() -> None:
    figures = (Placed("value", 4, 8),)
    topic = Topic("overall-survival", None, "versus", "analysis")
    sound, doubted = (
        propose(TextReading(figures, 0, 1, measure="hazard-ratio", doubt=doubt), topic, Sentence(0, 40), QUOTES, None, ())
        for doubt in (None, "0.75 to 0.93 stands behind it")
    )
    assert (sound.state, sound.doubts, sound.row.not_reported) == ("ready", (), ("missing-interval", "missing-p-value"))
    assert (doubted.state, doubted.doubts) == ("open", ("0.75 to 0.93 stands behind it",))
    assert doubted.row.not_reported == ("missing-p-value",)


def test_a_proposed_row_has_the_fields_of_a_row() -> None:
    assert set(ProposedRow.model_fields) == set(Row.model_fields)


def test_proposals_are_written_and_read_again() -> None:
    text = writing.append_proposals(parse(TEXT), [proposal(), proposal("three")])
    assert text.startswith(TEXT.removesuffix("sealed: abc\n"))
    assert text.endswith("\nsealed: abc\n")
    assert read_proposals(parse(text).data) == (proposal(), proposal("three"))
    again = writing.append_proposals(parse(text), [proposal("four")])
    assert [each.id for each in read_proposals(parse(again).data)] == ["two", "three", "four"]


def test_a_proposal_is_decided_skipped_replaced_and_taken_out() -> None:
    decided = proposal().decide("group", "arm-a")
    assert (decided.row.group, decided.undecided) == ("arm-a", ())
    with pytest.raises(ValidationError):
        proposal().decide("group", "not an id")
    text = writing.append_proposals(parse(TEXT), [proposal(), proposal("three")])
    skipped = writing.replace_proposal(parse(text), 0, proposal().skip("of another trial"))
    assert read_proposals(parse(skipped).data) == (proposal().skip("of another trial"), proposal("three"))
    shorter = writing.replace_proposal(parse(skipped), 0, None)
    assert read_proposals(parse(shorter).data) == (proposal("three"),)
    assert writing.replace_proposal(parse(shorter), 0, None) == TEXT
    with pytest.raises(RecordError, match="not there"):
        writing.replace_proposal(parse(TEXT), 0, None)


@pytest.mark.parametrize(
    "results", ["", "results: []\n", "results:\n", "results:\n- {id: one}\n", "results:\n    - id: one\n      # end\n"]
)
def test_a_row_is_appended_to_results_in_any_form(results: str) -> None:
    text = writing.append_row(parse(f"document: {{id: paper}}\n{results}claims: []\n"), proposal().row_data())
    rows = parse(text).data["results"]
    assert [row["id"] for row in rows] == ["one", "two"][-len(rows) :]
    assert rows[-1] == {"id": "two", "variable": "overall-survival", "printed": [{"quote": "was [7.7](value) months", "at": "12"}]}
    assert parse(text).data["claims"] == []


@pytest.mark.parametrize("text", ["{document: {id: paper}}", "document: {id: paper}\nproposals: [{state: open}]\n"])
def test_what_is_written_between_brackets_is_refused(text: str) -> None:
    with pytest.raises(RecordError, match="between brackets"):
        writing.append_proposals(parse(text), [proposal()])


def test_proposals_belong_to_no_seal() -> None:
    text = writing.append_proposals(parse(TEXT), [proposal()])
    assert seal(parse(text).data) == seal(parse(TEXT).data)
    assert seal(parse(writing.append_row(parse(TEXT), proposal().row_data())).data) != seal(parse(TEXT).data)
