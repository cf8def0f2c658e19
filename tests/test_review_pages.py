"""The review in a browser, without scripts: each decision is in the record at once, by the rules of the terminal, and nothing entered is lost."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import html5lib
import pytest
from fastapi.testclient import TestClient

from mabgraph.api.cli import passage
from mabgraph.api.reviewing import service
from mabgraph.api.reviewing.application import create_review
from mabgraph.api.reviewing.desk import Desk
from mabgraph.api.reviewing.rules import Rules
from mabgraph.ingest import recordfile
from mabgraph.ingest.drafting.proposals import Proposal, read_proposals
from mabgraph.ingest.errors import BuildError

from .commandline import run
from .forms import Form, last_form
from .test_review import DOCUMENT, LIBRARY, PROPOSALS, without_results

#: What is tried here needs the whole ontology and its shapes.
pytestmark = pytest.mark.slow

TOKEN, PORT, RECORD = "a-token-of-these-tests", 8402, "/records/example-2020"
#: The desks of browsers.
DESKS: dict[int, Desk] = {}
RATIO, RESPONDERS = f"{RECORD}/ratio", f"{RECORD}/responders"


@pytest.fixture(scope="module")
def rules() -> Rules:
    """Return what is read of the ontology, once for all."""
    return Rules([])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a record with three proposals: an open, a ready and a skipped one."""
    record = tmp_path / "example-2020.yaml"
    record.write_text(without_results() + PROPOSALS, "utf-8")
    return record


def browser_of(path: Path, rules: Rules) -> TestClient:
    """Return a browser with the review of the folder of ``path`` open; another one is a review of its own, as another process has."""
    desk = Desk(lambda: {each.stem: each for each in path.parent.glob("*.yaml")}, lambda: LIBRARY, rules)
    client = TestClient(create_review(desk, TOKEN, PORT), base_url=f"http://127.0.0.1:{PORT}", client=("127.0.0.1", 5000))
    assert client.get(f"/?token={TOKEN}").status_code == 200
    DESKS[id(client)] = desk
    return client


@pytest.fixture
def browser(path: Path, rules: Rules) -> Iterator[TestClient]:
    with browser_of(path, rules) as client:
        yield client


def open_form(browser: TestClient, address: str = RATIO) -> Form:
    page = browser.get(address)
    assert page.status_code == 200
    return last_form(page.text)


def press(browser: TestClient, form: Form, button: str, status: int = 200) -> str:
    """Send a form by a button; return the page that it leads to, which is valid HTML."""
    answer = browser.post(form.action, data=form.data(button), headers={"origin": "null", "sec-fetch-site": "same-origin"})
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def read(path: Path) -> tuple[Proposal, ...]:
    return read_proposals(recordfile.load(path).data)


def rows_of(path: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in recordfile.load(path).data["results"]}


def test_a_record_is_reviewed_from_the_list_to_its_end(browser: TestClient, path: Path) -> None:
    assert re.search(rf'href="{RECORD}">example-2020</a></th><td>2</td><td>0</td><td>1</td><td>1</td>', browser.get("/").text)
    page = browser.get(RECORD).text
    assert f'href="{RATIO}" rel="next"' in page
    form = open_form(browser)
    assert dict(form.fields)["comparison"] == "?"
    page = press(browser, form.fill(comparison="versus-standard-care"), "accept")
    assert " <small>responders</small></h1>" in page
    assert "proposed by model examplar" in page
    assert "Last decision: ratio accepted." in page
    page = press(browser, last_form(browser.get(RESPONDERS).text), "accept")
    assert "<h1>example-2020</h1>" in page
    assert "0 left (0 ready), 2 accepted now, 1 skipped; 3 rows of the record" in page
    assert "mabgraph anchor" in page
    assert rows_of(path)["ratio"]["comparison"] == "versus-standard-care"
    assert rows_of(path)["responders"]["printed"] == [{"quote": "Any response | [30](count) ([50.0](percent))", "at": "537"}]
    assert "  # of a colleague\n" in path.read_text("utf-8")
    (line,) = service.sum_up(DESKS[id(browser)])
    assert line.startswith("example-2020: 2 accepted in this session, 0 left; every decision is in ")


def test_the_passage_has_its_numbers_marked_at_their_characters(browser: TestClient) -> None:
    page = browser.get(RATIO).text
    marks = re.findall(r'<mark id="c(\d+)">(.*?)</mark>', page)
    assert [html.unescape(text) for _, text in marks] == ["0.70", "95", "0.50", "0.98", "<0.05"]
    for start, text in marks:
        printed = html.unescape(text)
        assert DOCUMENT.text[int(start) : int(start) + len(printed)] == printed
    linked = re.findall(r'<a class="n" href="#c(\d+)">(.*?)</a>', page)
    assert linked
    assert set(linked) <= set(marks), "a number in words leads to its characters"
    passage = re.search(r'<p class="passage">(.*?)</p>', page)
    assert passage is not None
    plain = html.unescape(re.sub(r"<small.*?</small>|<[^>]+>", "", passage[1]))
    assert plain.strip() in " ".join(DOCUMENT.text.split())


def test_a_number_from_elsewhere_is_shown_in_its_quote(browser: TestClient, path: Path) -> None:
    place = DOCUMENT.text.index("60 patients")
    more = f'at: 537}}\n        - {{quote: "[60](total) patients", at: {place}}}\n        - {{quote: "[60](total) patients", at: {place}}}'
    path.write_text(path.read_text("utf-8").replace("at: 537}", more), "utf-8")
    page = browser.get(RESPONDERS).text
    html5lib.HTMLParser(strict=True).parse(page)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert f'<mark id="c{place}">60</mark>' in page
    assert set(re.findall(r'<a class="n" href="#([^"]+)"', page)) == set(re.findall(r'<mark id="([^"]+)"', page))
    lines = [line.plain for line in passage.show_passage(read(path)[1], DOCUMENT.text, plain=True)]
    assert lines[-1] == "  elsewhere: **60** patients"


def test_what_does_not_pass_is_shown_at_its_field_and_nothing_is_written(browser: TestClient, path: Path) -> None:
    before = path.read_bytes()
    page = press(browser, open_form(browser), "accept", 422)
    assert "Not accepted: nothing was written." in page
    assert 'id="comparison-undecided">undecided: the sentence names none' in page
    form = open_form(browser).fill(comparison="versus-standard-care", measure="median")
    page = press(browser, form, "accept", 422)
    assert "The measure describes one group and the estimate compares two" in page
    again = last_form(page.replace("<0.05", "&lt;0.05"))
    assert {"comparison": "versus-standard-care", "measure": "median"}.items() <= dict(again.fields).items()
    assert path.read_bytes() == before


def test_a_check_says_what_the_gates_say_and_writes_nothing(browser: TestClient, path: Path) -> None:
    before = path.read_bytes()
    form = open_form(browser).fill(comparison="versus-standard-care")
    assert "Nothing speaks against this row." in press(browser, form, "check")
    form.fill(id="survival-median")
    assert "'survival-median' is the id of something of this record already" in press(browser, form, "check")
    assert path.read_bytes() == before


#: What is entered wrongly, and what the page says of it.
BAD_INPUT: tuple[tuple[dict[str, str], str], ...] = (
    ({"variable-by-name": "overal survivl"}, "'overal survivl' is not a term: the nearest are overall-survival (overall survival)"),
    ({"variable-by-name": "zzzzzz"}, "choose one of the list, or add it with mabgraph term"),
    ({"variable": "nothing"}, "'nothing' is none of the list"),
    ({"comparison": "versus-nothing"}, "'versus-nothing' is none of the list; the nearest are versus-standard-care"),
    ({"measure": "<script>alert(1)</script>"}, "'<script>alert(1)</script>' is none of the list"),
    ({"not_reported": "nothing"}, "'nothing' is none of the statistics of this list"),
    ({"id": ""}, "a row needs an id"),
    ({"id": "No Id!"}, "id: "),
    ({"role-0-0": "colour"}, "'colour' is no role of a number"),
    ({"number": "9.99", "number-role": "value"}, "'9.99' does not stand in the passage as a whole number"),
    ({"number": "0.7", "number-role": "value"}, "'0.7' does not stand in the passage as a whole number"),
    ({"number": "0.70", "number-role": "value"}, "'0.70' is marked already: change its role"),
    ({"number": "many", "number-role": "value"}, "'many'"),
    ({"number": "0.70"}, "say what the number is: choose its role"),
    ({"do": "burn"}, "'burn' is no decision"),
    ({"do": "skip"}, "a skipped proposal needs a reason"),
    ({"do": "skip", "because": "  \t "}, "a skipped proposal needs a reason"),
    ({"do": "new-group"}, "a group needs a label"),
    ({"do": "new-group", "new-group-label": "Placebo", "new-group-id": "examplimab"}, "'examplimab' is the id of something of this record"),
    ({"do": "new-comparison", "new-comparison-label": "A versus B"}, "a comparison needs this: choose one"),
    ({"do": "new-analysis", "new-analysis-label": "X", "new-analysis-population": "all"}, "'all' is none of the list"),
)  # fmt: skip


def test_bad_input_is_shown_again_with_the_message(browser: TestClient, path: Path) -> None:
    before, form = path.read_bytes(), open_form(browser)
    for changes, words in BAD_INPUT:
        answer = browser.post(form.action, data=form.data(changes.get("do", "save")) | changes)
        assert answer.status_code == 422, changes
        html5lib.HTMLParser(strict=True).parse(answer.text)
        assert words in html.unescape(answer.text)
        assert "<script>alert" not in answer.text
        kept = {name: value.strip() for name, value in changes.items() if name not in {"do", "not_reported"}}
        entered = dict(last_form(answer.text).fields)
        assert {name: entered[name].strip() for name in kept} == kept
    assert path.read_bytes() == before


def test_corrections_are_saved_and_taken_back(browser: TestClient, path: Path) -> None:
    before = path.read_bytes()
    form = open_form(browser).fill(comparison="versus-standard-care", variable_by_name="EFS", role_0_4="value", id="other")
    form.fields = [(name, "" if name == "role-0-1" else value) for name, value in form.fields]
    page = press(browser, form, "save")
    assert " <small>other</small></h1>" in page
    row = read(path)[0].row
    assert (row.id, row.variable, row.comparison) == ("other", "event-free-survival", "versus-standard-care")
    assert "95%" in row.printed[0].quote
    assert "[<0.05](value)" in row.printed[0].quote
    undo = Form("", RECORD, [("csrf", dict(form.fields)["csrf"]), ("decision", decision_of(page))])
    press(browser, undo, "undo")
    assert path.read_bytes() == before
    assert "another decision was made since" in press(browser, undo, "undo", 409)


def decision_of(page: str) -> str:
    """Return the digest of the decisions that a page shows."""
    match = re.search(r'name="decision" value="(\w+)"', page)
    assert match is not None
    return match[1]


def test_a_number_of_the_passage_is_added(browser: TestClient, path: Path) -> None:
    record = path.read_text("utf-8").replace(r"P[<0.05](value)", "P<0.05").replace(r"P[<0.05](p_value)", "P<0.05")
    path.write_text(record, "utf-8")
    form = open_form(browser).fill(comparison="versus-standard-care", number="<0.05", number_role="p_value")
    press(browser, form, "save")
    assert "P[<0.05](p_value)" in read(path)[0].row.printed[0].quote
    assert " <small>responders</small></h1>" in press(browser, open_form(browser), "accept")
    assert "ratio" in rows_of(path)


def test_group_and_comparison_exclude_each_other(browser: TestClient, path: Path) -> None:
    press(browser, open_form(browser, RESPONDERS).fill(comparison="versus-standard-care"), "save")
    assert (read(path)[1].row.group, read(path)[1].row.comparison) == (None, "versus-standard-care")


def test_skipping_and_opening_again(browser: TestClient, path: Path) -> None:
    form = open_form(browser).fill(reason="written as a table", because="row 3 <b>", comparison="versus-standard-care")
    page = press(browser, form, "skip")
    assert " <small>responders</small></h1>" in page
    assert (read(path)[0].state, read(path)[0].reason) == ("skipped", "written as a table: row 3 <b>")
    assert read(path)[0].row.comparison == "versus-standard-care", "what was entered beside the reason is not lost"
    assert "row 3 &lt;b&gt;" in browser.get(RECORD).text
    press(browser, open_form(browser), "reopen")
    assert read(path)[0].state == "open"


def test_doubts_are_accepted_only_if_they_were_seen(browser: TestClient, path: Path) -> None:
    doubt = "the numbers do not fit each other: invented"
    with mock.patch("mabgraph.graph.building.gating.arithmetic_doubts", return_value=iter([doubt])) as doubts:
        doubts.side_effect = lambda _: iter([doubt])
        page = press(browser, open_form(browser, RESPONDERS), "accept", 422)
        assert doubt in page
        assert "Not accepted yet, nothing was written: look at what is noted" in page
        form = last_form(browser.get(RESPONDERS).text)
        assert "responders" not in rows_of(path)
        doubts.side_effect = lambda _: iter([f"{doubt} otherwise"])
        assert "otherwise" in press(browser, form.tick("doubt"), "accept", 422)
        assert "responders" not in rows_of(path), "another doubt than the one that was seen"
        press(browser, open_form(browser, RESPONDERS).tick("doubt"), "accept")
    assert "responders" in rows_of(path)


def test_a_new_part_is_added_and_what_was_entered_stays(browser: TestClient, path: Path) -> None:
    form = open_form(browser).fill(because="half a thought", new_group_label="Placebo <i>")
    page = press(browser, form, "new-group")
    assert "placebo-i was added to groups of the record" in page
    answer = last_form(browser.post(form.action, data=form.data("check") | {"group": "placebo-i"}).text)
    assert dict(answer.fields)["because"] == "half a thought"
    assert recordfile.load(path).data["groups"][-1] == {"id": "placebo-i", "label": "Placebo <i>"}
    assert "Placebo &lt;i&gt;" in browser.get(RATIO).text


# ---- who else writes


def test_two_tabs_and_the_second_is_told(browser: TestClient, path: Path) -> None:
    one, two = open_form(browser).fill(comparison="versus-standard-care"), open_form(browser)
    two.fill(measure="odds-ratio", because="mine", variable_by_name="EFS")
    press(browser, one, "save")
    before = path.read_bytes()
    page = press(browser, two, "save", 409)
    assert "this proposal has changed in the file since the page was shown" in page
    assert re.search(r"<th scope=\"row\">Measure</th><td>hazard-ratio</td><td>odds-ratio</td>", page)
    assert path.read_bytes() == before
    again = last_form(browser.post(two.action, data=two.data("save")).text)
    assert dict(again.fields)["because"] == "mine"
    assert dict(again.fields)["variable-by-name"] == "EFS"
    press(browser, again, "save")
    assert (read(path)[0].row.measure, read(path)[0].row.variable) == ("odds-ratio", "event-free-survival")


def test_a_proposal_that_another_accepted_is_not_accepted_again(browser: TestClient, path: Path, rules: Rules) -> None:
    form = open_form(browser, RESPONDERS).fill(because="not mine <b>")
    with browser_of(path, rules) as other:
        press(other, open_form(other, RESPONDERS), "accept")
    before = path.read_bytes()
    for button in ("accept", "save", "skip"):
        page = press(browser, form, button, 409)
        assert "'responders' is among the rows of the record already: nothing was written" in page
        assert "not mine <b>" in page
    assert path.read_bytes() == before
    assert browser.get(RESPONDERS).status_code == 409
    assert browser.get(f"{RECORD}/elsewhere").status_code == 404


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ("reason: the sentence names none", "reason: edited", 409),
        ("label: Examplimab versus standard care", "label: Standard care versus examplimab", 409),
        ("# the end\n", "# the end, edited\n", 200),
        ("reason: no number", "reason: another", 200),
    ],
)
def test_an_edit_counts_if_it_touches_what_was_shown(browser: TestClient, path: Path, before: str, after: str, status: int) -> None:
    form = open_form(browser).fill(comparison="versus-standard-care")
    edited = path.read_text("utf-8")
    assert before in edited
    edited = edited.replace(before, after, 1)
    path.write_text(edited, "utf-8")
    page = press(browser, form, "accept", status)
    if status == 409:
        assert path.read_text("utf-8") == edited
        assert "Nothing was written: the record has changed" in page
        assert dict(last_form(browser.post(form.action, data=form.data("accept")).text).fields)["comparison"] == "versus-standard-care"
    else:
        assert after in path.read_text("utf-8")
        assert "ratio" in rows_of(path)


def test_a_file_that_cannot_be_read_is_said_and_nothing_is_lost(browser: TestClient, path: Path) -> None:
    form, text = open_form(browser).fill(because="words of mine"), path.read_text("utf-8")
    path.write_text(text + "  - {half an edit\n", "utf-8")
    page = press(browser, form, "save", 409)
    assert "example-2020.yaml" in page
    assert "words of mine" in page
    assert browser.get(RATIO).status_code == 409
    assert "half an edit" in path.read_text("utf-8")
    assert "Not to be read" in browser.get("/").text
    path.write_text(text, "utf-8")
    assert browser.get(RATIO).status_code == 200
    path.unlink()
    assert press(browser, form, "save", 404)
    path.write_text(text, "utf-8")
    press(browser, form, "save")


def test_a_file_that_cannot_be_written_is_said_and_the_entries_stay(browser: TestClient, path: Path) -> None:
    form = open_form(browser).fill(comparison="versus-standard-care", because="words of mine")
    with mock.patch.object(recordfile, "replace", side_effect=OSError(28, "No space left on device")):
        page = press(browser, form, "save", 503)
    assert ": nothing was lost; what was there stays" in page
    assert "words of mine" in page
    assert "versus-standard-care" not in str(read(path)[0].row)
    press(browser, form, "save")


def test_an_edit_between_the_form_and_the_writing_is_not_written_over(browser: TestClient, path: Path) -> None:
    form = open_form(browser, RESPONDERS)
    edited = path.read_text("utf-8").replace("at: 537}", "at: 538}", 1)
    write = recordfile.parse
    calls: list[int] = []

    def parse(text: str, of: Path) -> Any:
        if "results" in text and not calls and path.read_text("utf-8") != edited:
            calls.append(path.write_text(edited, "utf-8"))
        return write(text, of)

    with mock.patch.object(recordfile, "parse", parse):
        page = press(browser, form, "accept", 409)
    assert "the record has changed" in page
    assert path.read_text("utf-8") == edited


def test_many_tabs_at_once_lose_no_decision(browser: TestClient, path: Path) -> None:
    forms = [open_form(browser).fill(because=f"tab {number}", reason="read wrongly") for number in range(4)]
    forms += [open_form(browser, RESPONDERS).fill(because=f"tab {number}", reason="read wrongly") for number in range(4)]
    with ThreadPoolExecutor(8) as several:
        answers = list(
            several.map(lambda form: browser.post(form.action, data=form.data("skip"), follow_redirects=False).status_code, forms)
        )
    assert sorted(answers) == [303, 303, *[409] * 6]
    assert [each.state for each in read(path)] == ["skipped"] * 3


# ---- what others wrote


def test_hostile_words_are_words(browser: TestClient, path: Path) -> None:
    bad = "</option></select><script>alert(1)</script>\\\"'&"
    text = path.read_text("utf-8").replace("the sentence names none", f'"{bad}"'.replace("'", ""), 1)
    text = text.replace("model examplar", '"<img src=x>"').replace("label: Examplimab versus standard care", 'label: "<b>\\u202e&\\""')
    path.write_text(text.replace("no number", '"<u>"'), "utf-8")
    for address in ("/", RECORD, RATIO, RESPONDERS, f"{RECORD}/nothing", f"{RECORD}/elsewhere"):
        page = browser.get(address)
        html5lib.HTMLParser(strict=True).parse(page.text)
        assert not re.findall(r"<script(?! src)|<img|<u>|<b>|\son\w+=|style=|\u202e", page.text)
    for address in (f"{RECORD}/%3Cscript%3E", "/records/%3Cscript%3E"):
        assert "<script>" not in browser.get(address).text


def test_proposals_of_one_id_are_told_apart(browser: TestClient, path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("id: responders", "id: ratio"), "utf-8")
    assert "Any response" in browser.get(f"{RATIO}~2").text
    press(browser, open_form(browser, f"{RATIO}~2").fill(reason="read wrongly"), "skip")
    assert [each.state for each in read(path)] == ["open", "skipped", "skipped"]


def test_every_field_has_a_label_and_every_description_is_there(browser: TestClient) -> None:
    answer = browser.post(RATIO, data=open_form(browser).data("skip") | {"variable-by-name": "zzz", "number": "9"})
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.text)
    ids = [each.get("id") for each in tree.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    labels = {each.get("for") for each in tree.iter("label")}
    wrapped = {id(field) for label in tree.iter("label") for field in label.iter("input")}
    for each in [*tree.iter("input"), *tree.iter("select")]:
        assert each.get("type") == "hidden" or each.get("id") in labels or id(each) in wrapped, each.get("name")
        assert set((each.get("aria-describedby") or "").split()) <= set(ids)
        assert each.get("autofocus") is None
    assert {link.removeprefix("#") for each in tree.iter("a") if (link := each.get("href") or "").startswith("#")} <= set(ids)
    assert len([each for each in tree.iter() if each.get("aria-invalid") == "true"]) == 3


def test_the_whole_text_leads_from_each_number_to_its_form(browser: TestClient, path: Path) -> None:
    press(browser, open_form(browser, RESPONDERS), "accept")
    page = browser.get("/texts/example-2020").text
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    (whole,) = [each for each in tree.iter("div") if each.get("class") == "whole"]
    assert "".join(whole.itertext()) == DOCUMENT.text
    places = [each for each in whole.iter() if each.get("id")]
    for each in places:
        start = int((each.get("id") or "")[1:])
        assert DOCUMENT.text[start:].startswith("".join(each.itertext()))
    links = {each.get("href"): each for each in places if each.tag == "a"}
    assert "0.70" in {"".join(each.itertext()) for address, each in links.items() if (address or "").startswith(f"{RATIO}#")}
    assert "count of responders" in {each.get("title") for each in places if each.tag == "mark"}
    assert (
        f'href="/texts/example-2020#c{sorted(int((a or "").partition("#c")[2]) for a in links if RATIO in (a or ""))[0]}"'
        in browser.get(RATIO).text
    )


def test_numbers_are_marked_in_no_other_text(browser: TestClient, path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("dff33b8e", "aaaaaaaa"), "utf-8")
    for address in (RATIO, "/texts/example-2020"):
        page = browser.get(address).text
        assert "is not the one that the record was begun with" in page
        assert "<mark" not in page
    form = open_form(browser, RESPONDERS)
    assert "is not the one that the record was begun with" in press(browser, form, "accept", 422)


def test_a_term_that_is_added_meanwhile_is_known(tmp_path: Path) -> None:
    rules = Rules([tmp_path])
    checker = rules.checker
    assert rules.checker is checker
    run("term", "endpoint", "time to next thing", "--definition", "The time from start to the next thing.", "--broader", "survival-endpoint",
        "--event-is", "harm", "--ontology", tmp_path)  # fmt: skip
    assert "time-to-next-thing" in {choice.name for choice in rules.choices.terms("variable")}
    assert rules.checker is not checker
    (tmp_path / "terms.ttl").write_text("no Turtle", "utf-8")
    with pytest.raises(BuildError):
        assert rules.choices
