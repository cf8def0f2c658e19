"""``mabgraph draft`` in a workspace: what it proposes, writes and leaves, again and again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from benchmarks import drafting as benchmark
from mabgraph.graph.building import drafts
from mabgraph.ingest import quotes, record, recordfile
from mabgraph.ingest.documents import Library, open_library
from mabgraph.ingest.drafting import draft as drafting
from mabgraph.ingest.drafting.proposals import read_proposals

from .commandline import run

#: What is tried here takes a second and more, each.
pytestmark = pytest.mark.slow

TEXT = """\
A trial of examplimab (invented)

Results. Median overall survival was 15.8 months (95% CI, 13.1 to 18.0) in the examplimab group and 11.9 months (95% CI, 9.6 to 13.5) in the
chemotherapy group (hazard ratio for death, 0.73; 95% CI, 0.58 to 0.92; P=0.007). Median event-free survival was 5.6 months in the examplimab
group. Neutropenia occurred in 49 of 170 patients (29%).

| End point | Examplimab (N=170) | Chemotherapy (N=169) |
| Overall response, n (%) | 98 (57.6) | 66 (39.1) |

The overall response rate was 150% in the examplimab group.
"""
HEAD = """\
# mine: a comment
document:
  id: trial
  sha256: {digest}
  characters: {length}
  title: "A trial of examplimab (invented)"
  document_kind: primary-report
  rights: "none stated"
unit_of_analysis: patients
studies:
  - {{id: trial-one, type: ClinicalTrial, label: Trial one, design: randomised-controlled-trial, condition: [acute-lymphoblastic-leukaemia], drug: [blinatumomab]}}
"""
PARTS = """\
groups:
  - {id: examplimab, label: Examplimab, group_role: intervention-arm}
  - {id: chemotherapy, label: Chemotherapy, group_role: comparator-arm}
comparisons:
  - {id: versus-chemotherapy, label: Examplimab versus chemotherapy, intervention: examplimab, comparator: chemotherapy}
analyses:
  - {id: overall-survival-kaplan-meier, label: Overall survival of all patients, method: kaplan-meier, population: intention-to-treat}
  - {id: event-free-survival-kaplan-meier, label: Event-free survival of all patients, method: kaplan-meier, population: intention-to-treat}
  - {id: overall-response-descriptive, label: Overall response of all patients, method: descriptive, population: intention-to-treat}
results: []  # none yet
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a workspace with one document and the beginning of its record."""
    run("init", str(tmp_path))
    write_document(tmp_path, TEXT)
    return tmp_path


def write_document(tmp_path: Path, text: str) -> None:
    """Write the document of a workspace, and the beginning of its record."""
    content = text.encode()
    (tmp_path / "documents" / "trial.txt").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    entry = {"id": "trial", "file": "trial.txt", "sha256": digest, "code_points": len(text), "title": "A trial"}
    (tmp_path / "documents" / "manifest.json").write_text(json.dumps([entry]), encoding="utf-8")
    write(tmp_path, HEAD.format(digest=digest, length=len(text)) + PARTS)


def write(workspace: Path, text: str) -> None:
    (workspace / "records" / "trial.yaml").write_text(text, encoding="utf-8")


def draft(workspace: Path, *words: str) -> str:
    """Return what ``mabgraph draft`` prints for the record of the workspace."""
    done = run("draft", str(workspace / "records" / "trial.yaml"), "--documents", str(workspace / "documents"), *words)
    return str(done.stdout)


def load(workspace: Path) -> recordfile.RecordFile:
    return recordfile.load(workspace / "records" / "trial.yaml")


def library(workspace: Path) -> Library:
    return open_library(workspace / "documents")


def test_rows_are_proposed_written_once_and_pass_the_checks_of_a_curators_row(workspace: Path) -> None:
    before = load(workspace).text
    assert "nothing is written without --write" in draft(workspace)
    assert load(workspace).text == before
    assert "written: go through them" in draft(workspace, "--write")
    file = load(workspace)
    assert file.text.startswith(before.rstrip("\n"))
    proposals = {each.id: each for each in read_proposals(file.data)}
    ready = sorted(name for name, each in proposals.items() if each.state == "ready")
    assert ready == [
        "event-free-survival-median-examplimab", "overall-response-chemotherapy", "overall-response-examplimab",
        "overall-survival-median-chemotherapy", "overall-survival-median-examplimab",
    ]  # fmt: skip
    median = proposals["overall-survival-median-examplimab"].row
    assert (median.variable, median.group, median.analysis, median.unit) == (
        "overall-survival", "examplimab", "overall-survival-kaplan-meier", "months",
    )  # fmt: skip
    hazard = next(each for each in proposals.values() if each.row.measure == "hazard-ratio")
    assert {each.field: each.candidates[0] for each in hazard.undecided if each.field == "variable"} == {"variable": "overall-survival"}
    assert hazard.row.comparison == "versus-chemotherapy"
    assert "nothing new: 0 ready, 0 open" in draft(workspace, "--write")
    assert load(workspace).text == file.text


def test_what_fails_a_check_is_listed_and_not_written(workspace: Path) -> None:
    listed = draft(workspace, "--left-out")
    assert "the percentage 150 is printed, and a percentage is from 0 to 100" in " ".join(listed.split())
    draft(workspace, "--write")
    assert not [each for each in read_proposals(load(workspace).data) if "150" in each.row.printed[0].quote]


@pytest.mark.parametrize(
    ("printed", "misprinted", "row"),
    [
        ("98 (57.6)", "98 (75.6)", "overall-response-examplimab"),
        ("66 (39.1)", "66 (93.1)", "overall-response-chemotherapy"),
    ],
)
def test_a_row_whose_numbers_do_not_fit_each_other_is_listed_and_not_written(
    workspace: Path, printed: str, misprinted: str, row: str
) -> None:
    write_document(workspace, TEXT.replace(printed, misprinted))
    listed = draft(workspace, "--left-out", "--format", "json")
    reasons = [each["reason"] for each in json.loads(listed) if misprinted in each["text"]]
    assert any("the numbers do not fit each other" in reason for reason in reasons)
    draft(workspace, "--write")
    proposals = read_proposals(load(workspace).data)
    assert proposals
    assert row not in {each.id for each in proposals}


def test_a_record_that_is_only_begun_is_drafted_and_decided_further_later(workspace: Path) -> None:
    begun = load(workspace).text.split("groups:")[0]
    write(workspace, begun)
    assert "0 ready" in draft(workspace, "--write")
    first = read_proposals(load(workspace).data)
    assert all("no groups yet" in each.undecided[0].reason for each in first if each.undecided[0].field == "group")
    write(workspace, load(workspace).text.replace("proposals:", PARTS + "proposals:"))
    assert "further decided" in draft(workspace, "--write")
    later = {each.id: each for each in read_proposals(load(workspace).data)}
    assert set(later) == {each.id for each in first}
    assert any(each.row.group == "examplimab" and each.row.analysis for each in later.values())


def test_a_skipped_row_and_a_row_of_the_record_are_not_proposed_again(workspace: Path) -> None:
    from mabgraph.ingest.drafting import writing

    draft(workspace, "--write")
    file = load(workspace)
    skipped = writing.replace_proposal(file, 0, read_proposals(file.data)[0].skip("of another trial"))
    taken = writing.append_row(recordfile.parse(skipped, file.path), read_proposals(file.data)[1].row_data())
    write(workspace, writing.replace_proposal(recordfile.parse(taken, file.path), 1, None))
    assert "nothing new" in draft(workspace, "--write")
    assert next(each.state for each in read_proposals(load(workspace).data)) == "skipped"


def test_a_record_with_ready_rows_is_checked_without_fault_when_they_are_taken(workspace: Path) -> None:
    from mabgraph.ingest.drafting import writing

    draft(workspace, "--write")
    file = load(workspace)
    rows = [each.row_data() for each in read_proposals(file.data) if each.state == "ready"]
    write(workspace, writing.append_rows(file, rows))
    path = str(workspace / "records" / "trial.yaml")
    documents = ["--documents", str(workspace / "documents")]
    run("anchor", path, *documents)
    run("check", path, *documents)


def test_a_document_that_is_not_at_hand_is_named(workspace: Path) -> None:
    (workspace / "documents" / "manifest.json").write_text("[]", encoding="utf-8")
    done = run("draft", str(workspace / "records" / "trial.yaml"), "--documents", str(workspace / "documents"), code=1)
    assert "the text of trial is not in the folders of documents" in done.stderr


@pytest.mark.parametrize("case", list(benchmark.cases(None, [])), ids=lambda case: case.name)
def test_every_drafted_quote_stands_in_the_text_and_reads_as_its_row(case: benchmark.Case) -> None:
    lexicon = drafts.read_lexicon([])
    file = recordfile.parse("document: {id: paper}\n", Path("paper.yaml"))
    drafted = drafting.draft(case.text, file, lexicon.vocabulary, lexicon.drugs)
    assert drafted.proposals
    assert len({each.id for each in drafted.proposals}) == len(drafted.proposals)
    for proposal in drafted.proposals:
        assert proposal.state == "open"
        for quote in proposal.row.printed:
            marked, at = quote.read_marks(), quote.at or 0
            assert case.text[at : at + len(marked.text)] == marked.text
            assert len(marked.text) <= quotes.LONGEST_QUOTE
            assert not quotes.cuts_number(case.text, at, at + len(marked.text))


def test_the_shipped_records_have_no_proposals() -> None:
    for path in sorted((Path(__file__).parents[1] / "ingest" / "records").glob("*.yaml")):
        assert record.load(path)[0].proposals == ()


def test_a_record_that_cannot_be_read_is_named_and_stays(workspace: Path) -> None:
    write(workspace, "document: [\n")
    done = run("draft", str(workspace / "records" / "trial.yaml"), "--documents", str(workspace / "documents"), "--write", code=1)
    assert "trial.yaml:2: not readable as YAML" in done.stderr
    assert (workspace / "records" / "trial.yaml").read_text("utf-8") == "document: [\n"
