"""The review of proposals with scripted keys: each decision is in the record at once, passes the gates of ``check``, and loses nothing."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast
from unittest import mock

import pytest

from mabgraph.api.cli import passage
from mabgraph.graph.building import checking, choosing
from mabgraph.graph.building.checking import Checker
from mabgraph.graph.building.choosing import Choice, Choices, narrow
from mabgraph.graph.building.gating import RowGate
from mabgraph.ingest import locks, recordfile
from mabgraph.ingest.documents import DocumentText, open_library
from mabgraph.ingest.drafting import correcting, passages, reviewing
from mabgraph.ingest.drafting.proposals import Proposal, ProposedRow, read_proposals
from mabgraph.ingest.drafting.reviewing import Review, Verdict
from mabgraph.ingest.errors import MabgraphError, RecordError

from .commandline import run

#: What is tried here takes a second and more, each.
pytestmark = pytest.mark.slow

DATA = Path(__file__).parent / "data"
DOCUMENTS = DATA / "documents"
LIBRARY = open_library(DOCUMENTS)
DOCUMENT = cast(DocumentText, LIBRARY.text("example-2020"))
RATIO = r"death, [0.70](value); [95](level)% CI,\n[0.50](lower) to [0.98](upper); P[<0.05](p_value)"
PROPOSALS = f"""\
proposals:
  # of a colleague
  - state: open
    start: 108
    end: 345
    row:
      id: ratio
      variable: overall-survival
      measure: hazard-ratio
      printed:
        - {{quote: "{RATIO}", at: 273}}  # twice?
    undecided:
      - {{field: comparison, reason: the sentence names none, candidates: [versus-standard-care]}}
  - state: ready
    start: 537
    end: 594
    origin: model examplar
    row:
      id: responders
      variable: complete-remission
      group: examplimab
      measure: proportion
      analysis: survival-analysis
      printed:
        - {{quote: "Any response | [30](count) ([50.0](percent))", at: 537}}
  - {{state: skipped, start: 0, end: 28, reason: no number, row: {{id: nothing, printed: [{{quote: "[60](total) patients", at: 124}}]}}}}
"""


def without_results() -> str:
    """Return the example record without the results that are proposed, and without its seal."""
    text = (DATA / "records" / "example-2020.yaml").read_text("utf-8")
    begin, tables, end = (text.index(part) for part in ("  - id: survival-hazard-ratio", "tables:", "claims:"))
    text = text[:begin] + text[end:].replace("about: [survival-hazard-ratio, ", "about: [survival-median, ")
    assert begin < tables < end
    return text[: text.index("sealed:")] + "# the end\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a record with three proposals: an open, a ready and a skipped one."""
    record = tmp_path / "example-2020.yaml"
    record.write_text(without_results() + PROPOSALS, "utf-8")
    return record


def walk(path: Path, keys: str, *more: str, code: int = 0) -> str:
    """Return what ``mabgraph review`` printed, given ``keys``, a line each."""
    with mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(keys.encode()), "utf-8")):
        done = run("review", path, "--documents", DOCUMENTS, *more, code=code)
    return done.stdout + done.stderr


def read(path: Path) -> tuple[Proposal, ...]:
    return read_proposals(recordfile.load(path).data)


def rows_of(path: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in recordfile.load(path).data["results"]}


def review_of(path: Path, gate: Callable[..., Verdict] = lambda *_: Verdict()) -> Review:
    return Review(path, gate)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(LIBRARY)


@pytest.fixture(autouse=True)
def _read_once(checker: Checker) -> Iterator[None]:
    """Let all walks share what is read of the ontology."""
    choices = Choices(checker.ontology)
    with mock.patch.object(checking, "Checker", return_value=checker), mock.patch.object(choosing, "Choices", return_value=choices):
        yield


def test_what_is_accepted_passes_the_check_and_the_file_keeps_its_form(path: Path) -> None:
    before = path.read_text("utf-8")
    output = walk(path, "c comparison\n1\na\na\n")
    assert "ratio: accepted" in output
    assert "responders: accepted" in output
    assert "proposals: 0 ready, 0 open, 1 skipped; rows of the record: 3; accepted in this session: 2" in output
    assert f"next: mabgraph anchor {path}" in output
    rows = rows_of(path)
    assert rows["ratio"]["comparison"] == "versus-standard-care"
    assert rows["responders"]["printed"] == [{"quote": "Any response | [30](count) ([50.0](percent))", "at": "537"}]
    text = path.read_text("utf-8")
    assert [line for line in before.partition("proposals:")[0].splitlines() if line not in text.splitlines()] == []
    assert "  # of a colleague\n" in text
    assert "  # twice?\n" in text
    run("anchor", path, "--documents", DOCUMENTS)
    assert f"the record is sealed; next: mabgraph check {path}" in walk(path, "q\n", "--skipped")
    assert "verified at their places" in run("check", path, "--documents", DOCUMENTS).stdout


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            "a\n",
            "not accepted, it stays open:\n  to decide: comparison is undecided: the sentence names none (likely: versus-standard-care)",
        ),
        ("c comparison -\na\n", "the mark [0.70](value) names no column"),
        ("c comparison\n1\nc measure median\na\n", "measure: The measure describes one group and the estimate compares two"),
        ("c comparison\n1\nc id survival-median\na\n", "id: 'survival-median' is the id of something of this record already"),
        ("c comparison\n1\nc variable -\na\n", "variable: is missing: choose one"),
        ("c comparison\n1\nm\n5\nupper\na\n", "these are not printings of one number"),
    ],
)
def test_what_does_not_pass_says_why_and_stays_open(path: Path, keys: str, words: str) -> None:
    assert words in walk(path, keys)
    assert next(each.id for each in read(path) if each.state == "open") in {"ratio", "survival-median"}
    assert list(rows_of(path)) == ["survival-median"]


def row(**changes: Any) -> dict[str, Any]:
    """Return a sound row of the example with ``changes``; None takes a key out."""
    printed = [{"quote": "Any response | [30](count) ([50.0](percent))", "at": "537"}]
    sound = {"id": "new", "variable": "complete-remission", "group": "examplimab", "measure": "proportion", "printed": printed}
    return {key: value for key, value in (sound | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"printed": [{"quote": "Any response | [31](count)", "at": "537"}]}, "printed[0]: the document has 'Any response | 30' at 537"),
        ({"printed": [{"quote": "Any response | [30](count)", "at": "9999"}]}, "printed[0]: the document has '' at 9999"),
        ({"printed": [{"quote": "Any response | [30](count)"}]}, "has no place"),
        ({"printed": [{"quote": "[1](count)", "at": "402"}]}, "inside a number"),
        ({"printed": [{"quote": "Any response | [30](counts)", "at": "537"}]}, "is no role of a printed figure"),
        ({"printed": [{"quote": "[Any](count) response", "at": "537"}]}, "'Any'"),
        ({"variable": "complete-remision"}, "'complete-remision' is not a term: the nearest are complete-remission"),
        ({"measure": "hazard-ratio"}, "measure: The measure compares two groups and the result describes one"),
        ({"measure": None}, "measure"),
        ({"group": "examplimap"}, "group 'examplimap' is no group of this record; it has examplimab, standard-care"),
        ({"analysis": "survival"}, "analysis 'survival' is no analysis of this record"),
        ({"group": None}, "names no column"),
        ({"colour": "red"}, "colour: unknown key"),
        ({"time_unit": "fortnights", "printed": [{"quote": "Any response | [30](count) ([50.0](time)", "at": "537"}]}, "'fortnights' is not a term"),
        ({"not_reported": ["missing-count"]}, "'missing-count' is not a term"),
        ({"id": "example"}, "'example' is the id of something of this record already"),
    ],
)  # fmt: skip
def test_each_gate_refuses(path: Path, checker: Checker, changes: dict[str, Any], fault: str) -> None:
    gate, file = RowGate(checker, DOCUMENT), recordfile.load(path)
    assert gate(file, row()) == Verdict()
    faults = gate(file, row(**changes)).faults
    assert any(fault in each for each in faults), faults


def test_another_text_is_refused(path: Path, checker: Checker) -> None:
    path.write_text(path.read_text("utf-8").replace("dff33b8e", "aaaaaaaa"), "utf-8")
    assert "is not the one that the record was begun with" in RowGate(checker, DOCUMENT)(recordfile.load(path), row()).faults[0]


def test_numbers_that_do_not_fit_and_results_that_are_there_are_asked_about(path: Path, checker: Checker) -> None:
    gate = RowGate(checker, DOCUMENT)
    file = recordfile.load(path)
    wrong = row(printed=[{"quote": "[30](count) ([50.0](percent)) | 9 (30.0)", "at": "552"}, {"quote": "N=[90](total)", "at": "0"}])
    assert gate(file, wrong).faults
    wrong = row(printed=[{"quote": "[30](total) ([50.0](percent)) | [9](count) (30.0)", "at": "552"}])
    (doubt,) = gate(file, wrong).doubts
    assert doubt.startswith("the numbers do not fit each other: ")
    again = row(printed=[{"quote": "[8·1](value) months", "at": "189"}], measure="median", variable="overall-survival", unit="months")
    assert gate(file, again) == Verdict((), ("'8·1' at 189 is the value of 'survival-median' already",))
    path.write_text(without_results() + PROPOSALS.replace("[30](count)", "[30](total)").replace("Any response | [30]", "[30]").replace(
        "([50.0](percent))\", at: 537", "([50.0](percent)) | [9](count)\", at: 552"), "utf-8")  # fmt: skip
    output = walk(path, "n\na\nperhaps\nn\na\ny\n")
    assert "'perhaps' is neither y nor n" in output
    assert output.count("to look at: the numbers do not fit each other") == 3
    assert "responders" in rows_of(path)


def test_a_doubt_of_a_proposal_is_shown_and_asked_about_before_it_is_accepted(path: Path) -> None:
    doubted = "    origin: model examplar\n    doubts: [0.75 to 0.93 stands behind it like bounds]\n"
    path.write_text(path.read_text("utf-8").replace("    origin: model examplar\n", doubted), "utf-8")
    output = walk(path, "n\na\nn\nq\n")
    assert output.count("to look at: 0.75 to 0.93 stands behind it like bounds") >= 2
    assert "responders" not in rows_of(path)
    walk(path, "n\na\ny\nq\n")
    assert "doubts" not in rows_of(path)["responders"]


def test_an_unfinished_record_takes_rows_and_is_said_to_be_unfinished(path: Path) -> None:
    text = path.read_text("utf-8")
    text = text.replace("  rights: CC0-1.0, invented\n", '  rights: ""\n').replace("  title: An invented report for tests\n", "  title:\n")
    path.write_text(text, "utf-8")
    output = walk(path, "n\na\nq\n")
    assert "responders: accepted" in output
    assert "the record is not finished: " in output
    assert f"mabgraph check {path} lists what is missing" in output
    studies, groups = (text.index(part) for part in ("studies:", "regimens:"))
    path.write_text(text[:studies] + "studies: []\n" + text[groups:], "utf-8")
    assert "ratio: accepted" in walk(path, "c comparison 1\na\nq\n")


def test_skip_keeps_the_proposal_with_its_reason(path: Path) -> None:
    output = walk(path, "s of another trial\ns\n\ns\nnot  of  interest\n")
    assert "a skipped proposal needs a reason" in output
    assert [(each.state, each.reason) for each in read(path)[:2]] == [("skipped", "of another trial"), ("skipped", "not of interest")]
    assert "proposals: 0 ready, 0 open, 3 skipped" in output
    assert "to go on" not in output
    assert walk(path, "").count("That was the last proposal") == 1
    assert "skipped because: of another trial" in walk(path, "q\n", "--skipped")


def test_a_reason_with_invisible_characters_does_not_spoil_the_record(path: Path) -> None:
    walk(path, "s a\x1b[31m b\u202e\nq\n")
    assert read(path)[0].reason == "a⟨U+001B⟩[31m b⟨U+202E⟩"
    review = review_of(path)
    with pytest.raises(RecordError, match=r"U\+001B"):
        review.skip(review.proposals[1], "a\x1b")
    assert read(path)[1].state == "ready"


def test_undo_gives_back_the_file_as_it_was(path: Path) -> None:
    before = path.read_bytes()
    output = walk(path, "c comparison 1\na\na\ns none\nu\nu\nu\nu\nq\n")
    assert "undone: responders accepted" in output
    assert "undone: ratio accepted" in output
    assert "undone: comparison of ratio set" in output
    assert "there is nothing to take back" in output
    assert path.read_bytes() == before


def test_undo_takes_back_in_a_file_that_has_changed_since(path: Path) -> None:
    review = review_of(path)
    ready = review.proposals[1]
    assert review.accept(ready) == Verdict()
    path.write_text(path.read_text("utf-8").replace("# the end", "# the very end"), "utf-8")
    assert review.undo() == "responders accepted"
    assert review.has_changed
    assert read(path)[1] == ready
    assert list(rows_of(path)) == ["survival-median"]
    assert "# the very end" in path.read_text("utf-8")
    review.accept(ready)
    path.write_text(path.read_text("utf-8").replace("id: responders", "id: answered"), "utf-8")
    with pytest.raises(RecordError, match="no longer there as it was written"):
        review.undo()
    assert "answered" in rows_of(path)


def test_back_list_go_and_open_again(path: Path) -> None:
    output = walk(path, "b\nn\nb\nl\ng 3\no\ng 9\ng x\no\nq\n")
    assert "this is the first proposal" in output
    assert "> 1 open ratio\n  2 ready responders\n  3 skipped nothing: no number" in output
    assert "3 of 3: nothing, open" in output
    assert "'9' is no number from 1 to 3" in output
    assert "'x' is no number from 1 to 3" in output
    assert "nothing is not skipped" in output
    assert read(path)[2].state == "open"


def test_keys_that_are_none_and_help(path: Path) -> None:
    before = path.read_bytes()
    output = walk(path, "\nzz top\nhelp\nN\nn\na\n")
    assert "type a key and Enter: a accept" in output
    assert "'zz' is no key: a accept" in output
    assert "s REASON     skip with a reason" in output
    assert "there is no proposal here" in output
    assert path.read_bytes() == before


def test_a_pick_list_is_narrowed_by_letters_and_left_by_enter(path: Path) -> None:
    output = walk(
        path,
        "c variable\nprogress\n\nc variable event\n1\nc\nunit\n1\nmon\n1\nc comparison zzzz\n\nc cited_from\n\nc cited_from Somebody 2019\nq\n",
    )
    assert "1 progression-free-survival" in output
    assert "nothing of the 1 is like 'zzzz'; all of them:\n  1 versus-standard-care" in output
    (first, *_) = read(path)
    assert (first.row.variable, first.row.unit, first.row.cited_from) == ("event-free-survival", "months", "Somebody 2019")
    assert first.row.comparison is None


def test_group_and_comparison_exclude_each_other_and_several_are_not_reported(path: Path) -> None:
    walk(path, "c group examplimab\nc comparison versus-standard-care\nc not_reported missing-interval\nc not_reported missing-level\n"
               "c not_reported missing-interval\nc interval range\nc time_unit weeks\nq\n")  # fmt: skip
    (first, *_) = read(path)
    assert (first.row.group, first.row.comparison, first.row.not_reported) == (None, "versus-standard-care", ("missing-level",))
    assert (first.row.interval, first.row.time_unit, first.undecided) == ("range", "weeks", ())


def test_the_draft_says_why_it_chose_an_analysis_until_a_curator_chooses_another(path: Path) -> None:
    noted = read(path)[1].model_copy(update={"reason": "analysis survival-analysis: the only one"})
    assert reviewing.correct_row(noted, {"variable": "overall-response"}).reason == noted.reason
    assert reviewing.correct_row(noted, {"analysis": "survival-analysis"}).reason == noted.reason
    assert reviewing.correct_row(noted, {"analysis": "another"}).reason is None


def test_what_is_undecided_is_decided_one_after_another(path: Path) -> None:
    open_row = "variable: overall-survival\n      measure: hazard-ratio\n"
    text = path.read_text("utf-8").replace("id: ratio", "id: undecided-ratio").replace(open_row, "measure: hazard-ratio\n")
    also = "    undecided:\n      - {field: variable, reason: the event is named, candidates: [overall-survival, death]}\n"
    path.write_text(text.replace("    undecided:\n", also), "utf-8")
    output = walk(path, "d\n1\n\nd\n1\nd\na\n")
    assert "variable: the event is named\n  1 overall-survival\n  2 death\n" in output
    assert "names no column" not in output
    assert "nothing is undecided" in output
    assert rows_of(path)["overall-survival-ratio"]["comparison"] == "versus-standard-care"
    assert output.count("**0.70**") == 1
    path.write_text(text, "utf-8")
    walk(path, "c variable 1\nu\nc comparison 1\nq\n")
    assert read(path)[0].id == "undecided-ratio"
    assert read(path)[0].row.comparison == "versus-standard-care"


def test_marks_are_given_other_roles_or_none(path: Path) -> None:
    walk(path, "m\n5\n-\nm\n1\nupp\n1\nm\n\nm\n2\n\nq\n")
    assert read(path)[0].row.printed[0].quote == "death, [0.70](upper); [95](level)% CI,\n[0.50](lower) to [0.98](upper); P<0.05"


def test_a_further_number_of_the_passage_is_marked_where_it_stands(path: Path) -> None:
    output = walk(path, "m\n+\n0.7\nm\n+\n0.70\nm\n+\nseven hundred men\nm\n5\n-\nm\n+\n<0.05\np_value\nm\n+\n\nq\n")
    assert "'0.7' does not stand in the passage as a whole number" in output
    assert "'0.70' is marked already: change its role" in output
    assert read(path)[0].row.printed[0].quote.endswith("P[<0.05](p_value)")


def test_a_number_is_added_to_the_quote_that_has_it_or_to_one_more() -> None:
    row = ProposedRow.model_validate({"id": "a", "printed": [{"quote": "rate of [5](value) %", "at": "4"}]})
    text = "The rate of 5 % (P = 0.03), of 12 and 12 and 120."
    proposal = Proposal(state="open", start=0, end=len(text), row=row)
    printed = correcting.quotes_of(proposal)
    assert correcting.find_number(proposal, text, "0.03") == 21
    assert correcting.add_mark(printed, text, 21, "0.03", "p_value") == [*printed, {"quote": "[0.03](p_value)", "at": "21"}]
    bare = correcting.change_roles(proposal, {(0, 0): ""})
    assert correcting.add_mark(bare, text, 12, "5", "percent") == [{"quote": "rate of [5](percent) %", "at": "4"}]
    for number, words in {"12": "2 times", "5": "marked already", "20": "does not stand", "0.3": "does not stand", "x": "x"}.items():
        with pytest.raises(MabgraphError, match=words):
            correcting.find_number(proposal, text, number)


def test_a_new_group_comparison_and_analysis_are_added(path: Path) -> None:
    keys = "c group\n+\nElderly\n\nexamplimab\n\nc comparison\n+\nElderly against care\nelderly-care\nelderly\nstandard-care\n"
    keys += "c analysis\n+\nSurvival, as treated\n\nas-rep\n1\n\n\nc measure\n\na\n"
    output = walk(path, keys)
    assert "groups: elderly added to the record" in output
    assert "ratio: accepted" in output
    file = recordfile.load(path)
    assert file.data["groups"][-1] == {"id": "elderly", "label": "Elderly", "parent": "examplimab"}
    assert file.data["comparisons"][-1] == {
        "id": "elderly-care", "label": "Elderly against care", "intervention": "elderly", "comparator": "standard-care",
    }  # fmt: skip
    assert file.data["analyses"][-1] == {"id": "survival-as-treated", "label": "Survival, as treated", "population": "as-reported"}
    assert (rows_of(path)["ratio"]["comparison"], rows_of(path)["ratio"]["analysis"]) == ("elderly-care", "survival-as-treated")
    run("anchor", path, "--documents", DOCUMENTS)
    run("check", path, "--documents", DOCUMENTS)


def test_a_new_part_that_check_would_refuse_is_not_added(path: Path) -> None:
    before = recordfile.load(path).data["groups"]
    output = walk(
        path, "c group\n+\nAged 75 and over\n\n\n\nc group\n+\nOther\nexamplimab\n\n\nc group\n+\n\nc comparison\n+\nX\n\n\n\nq\n"
    )
    assert "label: says 75, which no figure of this record prints" in output
    assert "'examplimab' is the id of something of this record already" in output
    assert "no comparison without intervention: nothing was added" in output
    assert recordfile.load(path).data["groups"] == before


def test_the_passage_shows_its_numbers_without_colours_and_with(path: Path) -> None:
    review = review_of(path)
    ratio, responders, _ = review.proposals
    (line,) = passage.show_passage(ratio, DOCUMENT.text, plain=True)
    assert "hazard ratio for death, **0.70**; **95**% CI, **0.50** to **0.98**; P**<0.05**)" in line.plain
    heading, cells = passage.show_passage(responders, DOCUMENT.text, plain=False)
    assert heading.plain.startswith("| Response | Examplimab (N=60)")
    assert [cells.plain[span.start : span.end] for span in cells.spans] == ["30", "50.0"]
    moved = ratio.model_copy(update={"start": 9000, "end": 9001})
    assert "**0.70**" in passage.show_passage(moved, DOCUMENT.text, plain=True)[0].plain
    long = passage.show_passage(ratio.model_copy(update={"start": 0, "end": 10**9}), DOCUMENT.text + "x" * 10_000, plain=True)
    assert len(long[0].plain) < 2 * passages.LONGEST
    hidden = DOCUMENT.text[:270] + "\x1b" + DOCUMENT.text[271:]
    assert "⟨U+001B⟩" in passage.show_passage(ratio, hidden, plain=True)[0].plain
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb"), ("COLUMNS", "20")):
        with mock.patch.dict("os.environ", {name: value}):
            assert "**0.70**" in walk(path, "q\n")


def test_the_origin_of_a_proposal_is_shown_and_not_kept_by_the_row(path: Path) -> None:
    output = walk(path, "n\na\n")
    assert "2 of 3: responders, ready, proposed by model examplar" in output
    assert "examplar" not in path.read_text("utf-8")


@pytest.mark.parametrize("written", range(1, 8))
def test_what_was_decided_before_a_crash_is_in_the_file(path: Path, written: int) -> None:
    keys = "c comparison 1\na\nu\ns no\nb\no\nc group examplimab\na\ns other\n"
    count, real = 0, recordfile.replace
    texts = [path.read_text("utf-8")]

    def crash(target: Path, text: str) -> None:
        nonlocal count
        count += 1
        real(target, text)
        texts.append(text)
        if count == written:
            raise SystemExit(99)

    with mock.patch.object(recordfile, "replace", crash):
        walk(path, keys, code=99)
    assert count == written
    assert path.read_text("utf-8") == texts[-1] != texts[-2]
    read(path)
    assert "Every decision is written at once" in walk(path, "q\n")


def test_a_write_that_fails_loses_nothing_and_does_not_end_the_walk(path: Path) -> None:
    before = path.read_bytes()

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with mock.patch("os.replace", fail):
        output = walk(path, "s no\nn\nq\n")
    assert "cannot be written: No space left on device" in output
    assert "2 of 3: responders" in output
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir() if each.name != ".lock"] == [path.name]


def test_ctrl_c_ends_with_what_is_left(path: Path) -> None:
    class Interrupted(io.StringIO):
        def readline(self, *_: Any) -> str:  # type: ignore[override]
            raise KeyboardInterrupt

    with mock.patch.object(sys, "stdin", Interrupted()):
        done = run("review", path, "--documents", DOCUMENTS, code=130)
    assert "proposals: 1 ready, 1 open, 1 skipped" in done.stdout
    assert f"to go on: mabgraph review {path}" in done.stdout


def test_no_input_no_text_and_no_proposals_are_said(path: Path, tmp_path: Path) -> None:
    with mock.patch.object(sys, "stdin", None):
        assert "no standard input" in run("review", path, "--documents", DOCUMENTS, code=1).stderr
    assert "give --documents FOLDER with it" in run("review", path, code=1).stderr
    assert "cannot be read" in run("review", tmp_path / "none" / path.name, "--documents", DOCUMENTS, code=1).stderr
    path.write_text(without_results(), "utf-8")
    assert "has no proposals: mabgraph draft" in walk(path, "")


def test_undecodable_keys_are_no_keys(path: Path) -> None:
    with mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), "utf-8")):
        assert "is no key" in run("review", path, "--documents", DOCUMENTS).stdout


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("state: open", "state: opened", ":64: proposals[0].state"),
        ("start: 108", "start: many", ":65: proposals[0].start"),
        ("    row:\n      id: ratio", "    rows:\n      id: ratio", ":64: proposals[0].row"),
        ("  - state: ready", " - state: ready", ":75: not readable as YAML"),
    ],
)
def test_spoiled_proposals_are_named_with_their_place(path: Path, old: str, new: str, fault: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    before = path.read_bytes()
    with mock.patch.object(sys, "stdin", io.StringIO("a\nq\n")):
        done = run("review", path, "--documents", DOCUMENTS, code=1)
    assert done.stderr.startswith(f"mabgraph: {path}")
    assert fault in done.stderr
    assert path.read_bytes() == before


def test_marks_that_cannot_be_read_are_named_and_can_be_corrected(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("[0.70](value)", "[0.70](worth)"), "utf-8")
    output = walk(path, "a\nm\nn\ns never\nq\n")
    assert output.count("to decide: printed[0]: 'worth' is no role of a printed figure") == 2
    assert [each.state for each in read(path)] == ["open", "skipped", "skipped"]


def test_an_edit_of_another_program_is_read_and_not_written_over(path: Path) -> None:
    review = review_of(path)
    ratio, responders, _ = review.proposals
    path.write_text(path.read_text("utf-8").replace("# the end", "# an editor was here"), "utf-8")
    review.skip(responders, "no")
    assert review.has_changed
    assert "# an editor was here" in path.read_text("utf-8")
    assert read(path)[1].state == "skipped"
    path.write_text(path.read_text("utf-8").replace("id: ratio", "id: quotient"), "utf-8")
    before = path.read_bytes()
    with pytest.raises(RecordError, match="'ratio' is no longer there as it was shown: nothing was written"):
        review.accept(ratio)
    assert path.read_bytes() == before
    assert review.proposals[0].id == "quotient"
    path.write_text("document: [", "utf-8")
    with pytest.raises(RecordError, match="not readable as YAML"):
        review.skip(review.proposals[0], "no")
    assert path.read_text("utf-8") == "document: ["


def test_an_edit_while_a_decision_is_made_is_not_written_over(path: Path) -> None:
    times = iter(range(reviewing.ATTEMPTS - 1))

    def edit(*_: Any) -> Verdict:
        if (count := next(times, None)) is not None:
            path.write_text(f"{path.read_text('utf-8')}# edit {count}\n", "utf-8")
        return Verdict()

    review = review_of(path, edit)
    review.accept(review.proposals[1])
    assert [f"# edit {count}" in path.read_text("utf-8") for count in range(4)] == [True] * 4
    assert "responders" in rows_of(path)

    def always(*_: Any) -> Verdict:
        path.write_text(f"{path.read_text('utf-8')}# again\n", "utf-8")
        return Verdict()

    review = review_of(path, always)
    with pytest.raises(RecordError, match="again and again"):
        review.accept(review.proposals[0].decide("comparison", "versus-standard-care") and review.proposals[0])


def test_a_change_is_said_in_the_walk(path: Path) -> None:
    real = locks.lock_folder

    def edit(folder: Path) -> Any:
        path.write_text(path.read_text("utf-8") + "# late\n", "utf-8")
        return real(folder)

    with mock.patch.object(reviewing, "lock_folder", edit):
        output = walk(path, "s no\nq\n")
    assert "was changed by another program: it was read again" in output
    assert path.read_text("utf-8").endswith("# late\n")


def test_a_change_between_two_keys_is_read_before_the_next_is_shown(path: Path) -> None:
    class Keys(io.StringIO):
        def readline(self, *_: Any) -> str:  # type: ignore[override]
            key, edit = keys.pop(0)
            path.write_text(edit(path.read_text("utf-8")), "utf-8")
            return key

    keys: list[tuple[str, Callable[[str], str]]] = [
        ("h\n", lambda text: text.replace("proposals:\n", "proposals:\n" + before)),
        ("h\n", lambda text: text.replace("document:\n", "document: [\n")),
        ("s no\n", lambda text: text),
        ("h\n", lambda text: text.replace("document: [\n", "document:\n")),
        ("s no\n", lambda text: text),
        ("q\n", lambda text: text),
    ]
    before = "  - {state: open, start: 0, end: 5, row: {id: first, printed: [{quote: '[60](total) patients', at: 124}]}}\n"
    with mock.patch.object(sys, "stdin", Keys()):
        output = run("review", path, "--documents", DOCUMENTS).stdout
    assert output.count("was changed by another program: it was read again") == 1
    assert output.count("nothing is written until it can be read") >= 1
    assert [(each.id, each.state) for each in read(path)][:3] == [("first", "open"), ("ratio", "skipped"), ("responders", "ready")]


SMALL = """\
proposals:  # of the rules
  # before
  - state: open   # why
    start: 1
    end: 2
    row: {id: one, printed: [{quote: "a [1](value) # no
      comment", at: 0}]}  # row
    # inner
  # between
  - state: open
    start: 1
    end: 2
    row:
      id: two
      printed: [{quote: b, at: 0}]
# after
"""


@pytest.mark.parametrize(
    "results",
    [
        "",
        "results:\n",
        "results: []\n",
        "results:\n- id: x  # own\n",
        "results:\n    # first\n    - id: x\n",
        "results:  # empty\n",
        "results: []  # empty\n",
    ],
)
@pytest.mark.parametrize("end", ["claims: []\n", ""])
def test_comments_stay_in_records_of_any_form(tmp_path: Path, results: str, end: str) -> None:
    path = tmp_path / "paper.yaml"
    for text in (f"document: {{id: paper}}\n{results}{SMALL}{end}", f"document: {{id: paper}}\n{SMALL}{results}{end}"):
        path.write_text(text if end else text.rstrip("\n"), "utf-8")
        review = review_of(path)
        review.accept(review.proposals[0])
        once = path.read_text("utf-8")
        review.accept(review.proposals[0])
        rows = recordfile.load(path).data["results"]
        assert [each["id"] for each in rows][-2:] == ["one", "two"]
        assert rows[-2]["printed"] == [{"quote": "a [1](value) # no comment", "at": "0"}]
        comments = {line.partition("# ")[2] for line in text.splitlines() if "# " in line and "no" not in line}
        assert {each for each in comments if f"# {each}" not in path.read_text("utf-8")} == set()
        review.undo()
        assert path.read_text("utf-8") == once
        path.write_text(f"{once.rstrip()}\n# edited\n", "utf-8")
        review.undo()
        assert [each.id for each in read(path)] == ["one", "two"]


def test_a_list_between_brackets_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "paper.yaml"
    path.write_text(f"document: {{id: paper}}\nresults: [{{id: x}}]\n{SMALL}", "utf-8")
    before = path.read_bytes()
    review = review_of(path)
    with pytest.raises(RecordError, match="results: is written between brackets: write it as a block of lines"):
        review.accept(review.proposals[0])
    assert path.read_bytes() == before
    path.write_text(f"document: {{id: paper}}\nresults: mine\n{SMALL}", "utf-8")
    with pytest.raises(RecordError, match="results: is no list"):
        review_of(path).accept(review.proposals[0])


def test_line_ends_and_links_are_kept(path: Path, tmp_path: Path) -> None:
    text = path.read_text("utf-8")
    path.write_bytes(text.replace("\n", "\r\n").encode())
    walk(path, "s no\nn\nq\n")
    content = path.read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") > 50
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / path.name
    link.symlink_to(path)
    walk(link, "n\ns no\nq\n")
    assert link.is_symlink()
    assert [each.state for each in read(path)] == ["skipped", "ready", "skipped"]


def test_names_are_found_the_nearest_first(checker: Checker) -> None:
    choices = Choices(checker.ontology)
    variables = choices.terms("variable")
    for typed, first in {
        "overall surv": "overall-survival", "OS": "overall-survival", "neutrop": "neutropenia", "overal-survivl": "overall-survival",
        "death": "death", "CR": "complete-remission",
    }.items():  # fmt: skip
        assert narrow(variables, typed)[0].name == first, typed
    assert narrow([Choice("a", "A")], "zzzz") == []
    assert {choice.name for choice in choices.terms("time_unit")} == {"cycles", "days", "hours", "minutes", "months", "weeks", "years"}
    assert [choice.name for choice in choices.terms("interval")][:2] == ["confidence-interval", "range"]
    assert all(choices.terms(field) for field in ("measure", "unit", "unit_of_analysis", "not_reported", "population", "group_role"))


def test_likely_values_come_first(path: Path, checker: Checker) -> None:
    choices, file = Choices(checker.ontology), recordfile.load(path)
    ratio = read(path)[0]
    assert choices.values_of("variable", file, ratio)[0].name == "overall-survival"
    assert choices.values_of("measure", file)[0].name == "median"
    assert [choice.name for choice in choices.values_of("group", file)] == ["examplimab", "standard-care"]


def test_a_field_that_cannot_have_a_value_is_refused(path: Path) -> None:
    review = review_of(path)
    for field, value in (("group", "not an id"), ("colour", "red"), ("interval", "guess"), ("printed", [])):
        with pytest.raises(MabgraphError):
            review.correct(review.proposals[0], {field: value})
    assert review.proposals == read(path)
