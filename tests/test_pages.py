"""Pages of documents: every number is a link to its characters, the gate of texts holds, and a wrong address says what is near."""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.api.pages import blocks, templating
from mabgraph.api.pages.blocks import Paragraph
from mabgraph.api.pages.places import PrintedPlace
from mabgraph.api.pages.texttables import TextTable
from mabgraph.api.routes import texts
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import Row

from .conftest import DATA, SHARED, SHIPPED

TEXT = (DATA / "documents" / "example-2020.txt").read_text("utf-8")
ADDRESS, SECRET, PAGE = "http://127.0.0.1:8000", "a-secret-of-these-tests", "/documents/example-2020"
#: Words of the text that no quote holds.
WORDS = "AN INVENTED REPORT FOR TESTS"
BEARER = {"Authorization": f"Bearer {SECRET}"}


class Numbers(HTMLParser):
    """The links of a page that print numbers: their text and address; and all text of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._address: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "a" and "n" in (named.get("class") or "").split():
            self._address = named["href"] or ""
            self.links.append(("", self._address))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._address = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._address is not None:
            text, address = self.links[-1]
            self.links[-1] = (text + data, address)


def service(directory: Path, documents: Path | None) -> FastAPI:
    return create_app(Settings(dataset=directory, documents=[documents] if documents else [], texts_token=SecretStr(SECRET)))


@pytest.fixture(scope="module")
def reader(example_directory: Path) -> Iterator[TestClient]:
    """Return a client that may read the texts."""
    app = service(example_directory, DATA / "documents")
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5000), headers=BEARER) as client:
        yield client


def figures_of(client: TestClient) -> list[Row]:
    """Return the rows of all figures."""
    app = client.app
    assert isinstance(app, FastAPI)
    rows: list[Row] = app.state.service.catalogue.ask("figures")
    return rows


def start_of(address: str) -> int:
    """Return the character that the address of a number leads to: the same in its query and its fragment."""
    parts = urlsplit(address)
    start = int(parse_qs(parts.query)["at"][0])
    assert parts.fragment == f"c{start}"
    return start


def check_numbers(page: str, text: str) -> int:
    """Check that every link of a number prints the characters where it leads; return how many there are."""
    links = Numbers(page).links
    for printed, address in links:
        start = start_of(address)
        assert text[start : start + len(printed)] == printed
    return len(links)


def test_every_number_of_a_text_leads_to_its_characters(reader: TestClient) -> None:
    page = reader.get(PAGE).text
    figures = figures_of(reader)
    starts = {figure["start"] for figure in figures}
    assert check_numbers(page, TEXT) >= len(starts)
    assert {int(name) for name in re.findall(r'id="c(\d+)"', page)} == starts
    shown = " ".join("".join(Numbers(page).words).split())
    for line in TEXT.replace("|", "\t").splitlines():
        for part in line.split("\t"):
            if not set(part.strip()) <= {"-", ":", " "}:
                assert " ".join(part.split()) in shown


def test_the_panel_says_what_a_number_was_read_as(reader: TestClient) -> None:
    figure = next(each for each in figures_of(reader) if each["measure"])
    page = reader.get(PAGE, params={"at": str(figure["start"])}).text
    panel = page[page.index("<aside") :]
    for words in (figure["role"], figure["measure"], figure["variable"], f"characters {figure['start']}–{figure['end']}", "Cite these"):
        assert str(words) in panel
    assert check_numbers(page, TEXT) > 1
    assert '<a class="n here"' in page


def test_neighbours_lead_from_number_to_number(reader: TestClient) -> None:
    """Following rel=next from the start visits every place once, in order; each place's rel=prev leads back."""
    page, visited = reader.get(PAGE).text, [-1]
    while match := re.search(r'<a rel="next" href="([^"]+)"', page):
        start = start_of(match[1].replace("&amp;", "&"))
        page = reader.get(PAGE, params={"at": start}).text
        back = re.search(r'<a rel="prev" href="([^"]+)"', page)
        assert (start_of(back[1].replace("&amp;", "&")) if back else -1) == visited[-1]
        visited.append(start)
    assert len(visited) - 1 == len(set(re.findall(r'id="c(\d+)"', reader.get(PAGE).text)))


def test_only_numbers_of_one_end_point(reader: TestClient) -> None:
    figures = [each for each in figures_of(reader) if each["variable"]]
    variable = str(figures[0]["variable"])
    links = Numbers(reader.get(PAGE, params={"endpoint": variable}).text).links
    starts = {start_of(address) for _, address in links if "endpoint=" in address}
    assert starts == {each["start"] for each in figures if each["variable"] == variable}
    assert reader.get(PAGE, params={"endpoint": "nothing of this kind"}).status_code == 404


def test_a_caller_without_the_secret_gets_the_quotes_alone(example_directory: Path, reader: TestClient) -> None:
    assert WORDS in reader.get(PAGE).text
    with TestClient(service(example_directory, DATA / "documents"), base_url=ADDRESS, client=("127.0.0.1", 5000)) as stranger:
        answer = stranger.get(PAGE)
        assert answer.status_code == 200
        assert WORDS not in answer.text
        assert "Sign in" in answer.text
        assert "Bearer" in answer.text
        assert check_numbers(answer.text, TEXT) > 0
        assert "no-store" not in answer.headers["cache-control"]
        assert stranger.get(PAGE, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
        asked = stranger.get("/sign-in", params={"document": "example-2020"}, follow_redirects=False)
        assert (asked.status_code, "Basic" in asked.headers["www-authenticate"]) == (401, True)
    back = reader.get("/sign-in", params={"document": "example-2020"}, follow_redirects=False)
    assert (back.status_code, back.headers["location"]) == (303, PAGE)


@pytest.mark.parametrize("target", ["https://example.org/", "//example.org", "/../v1", "a\r\nX-Injected: 1"])
def test_signing_in_leads_to_this_service_alone(reader: TestClient, target: str) -> None:
    location = reader.get("/sign-in", params={"document": target}, follow_redirects=False).headers["location"]
    assert location.startswith("/documents/")
    assert "/" not in location.removeprefix("/documents/")


def test_a_text_is_never_stored_and_refused_to_other_hosts(reader: TestClient) -> None:
    assert reader.get(PAGE).headers["cache-control"] == "no-store"
    answer = reader.get(PAGE, headers={"X-Forwarded-For": "10.0.0.1"})
    assert answer.status_code == 200
    assert WORDS not in answer.text
    assert "MABGRAPH_TEXTS_OPEN" in answer.text


def test_another_text_than_the_one_read_is_refused(example_directory: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA / "documents", tmp_path / "documents"))
    (folder / "example-2020.txt").write_text(TEXT + "one more sentence", "utf-8")
    with TestClient(service(example_directory, folder), base_url=ADDRESS, client=("127.0.0.1", 5000), headers=BEARER) as client:
        answer = client.get(PAGE)
        assert answer.status_code == 409
        assert "one more sentence" not in answer.text
        hashes = [hashlib.sha256(each.encode()).hexdigest() for each in (TEXT, TEXT + "one more sentence")]
        assert all(each in answer.json()["detail"] for each in hashes)


def test_a_wrong_place_names_the_nearest(reader: TestClient) -> None:
    answer = reader.get(PAGE, params={"at": 1})
    assert answer.status_code == 404
    nearest = re.search(r"at=(\d+)", answer.json()["detail"])
    assert nearest
    assert reader.get(PAGE, params={"at": nearest[1]}).status_code == 200
    page = reader.get(PAGE, params={"at": 1}, headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert f'<a href="{PAGE}?at={nearest[1]}#c{nearest[1]}">' in page.text
    assert reader.get(PAGE, params={"at": "x"}).status_code == 422
    assert reader.get("/documents/nothing").status_code == 404


def test_what_a_record_says_is_never_markup(example_directory: Path) -> None:
    """A variable of the address, which the page would print, is refused; what records print is escaped as everything is."""
    hostile = "<script>alert(1)</script>"
    with TestClient(service(example_directory, DATA / "documents"), base_url=ADDRESS, headers=BEARER) as client:
        assert client.get(PAGE, params={"endpoint": hostile}).headers["content-type"] == "application/problem+json"
    place = PrintedPlace("example-2020", 1, 2, hostile, hostile, hostile, ())
    values = {"place": place, "document": {"label": hostile}}
    page = templating.render_text("{% from 'macros.html' import number %}{{ number(place) }}{{ document.label }}", **values)
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") == 2


def test_pages_run_no_foreign_script_and_nothing_inline(reader: TestClient) -> None:
    answer = reader.get(PAGE)
    assert answer.headers["content-security-policy"] == templating.POLICY
    assert not re.findall(r"<script(?! src=\"/static/| type=\"application/ld\+json\")|<style|\son\w+=|style=", answer.text)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text):
        file = reader.get(address)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    assert reader.get("/static/pages.000000000000.css").status_code == 404


def test_static_files_stay_small() -> None:
    sizes = {name: len(asset.content) for name, asset in templating.assets().items()}
    assert sizes["pages.css"] < 8000
    assert sizes["keys.js"] < 2000


def covering(style: str) -> list[str]:
    """Return the rules for numbers and marks in a text that draw over, or push away, the characters beside them."""
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL))
    marks = [(selector, body) for selector, body in rules if re.search(r"(^|[\s,])(mark\b|a?\.n\b)[^\s,]*(,|$)", selector.strip())]
    draws = r"(?:padding|margin|border|box-shadow|letter-spacing|transform)[^:;]*:|outline(?!-offset)[^:;]*:(?!0)"
    return [
        selector.strip() for selector, body in marks
        if re.search(draws, body) and not ("outline:2px" in body and "outline-offset:-2px" in body and not re.search(draws, body.replace("outline:2px", "")))
    ]  # fmt: skip


def test_no_mark_covers_the_character_beside_it() -> None:
    style = templating.assets()["pages.css"].content.decode()
    assert ".n:focus-visible{" in style
    assert covering(style) == []
    for rule in (".n:focus-visible{outline:3px solid red;outline-offset:2px}", ".n.here{padding:0 .2em}", "mark{box-shadow:0 0 3px}"):
        assert len(covering(style + rule)) == 1


@pytest.mark.parametrize(
    ("text", "kinds", "rows"),
    [
        ("One.\n\nTwo.", [Paragraph, Paragraph], []),
        ("Table 1. Ages.\n\n| Age | A | B |\n|---|:-:|---|\n| Mean | 40.8 | 41.1 |\n", [TextTable], [["Age", "A", "B"], ["Mean", "40.8", "41.1"]]),
        ("Group | A | B\nAge, mean | 40.8 | 41.1\nThe end.", [TextTable, Paragraph], [["Group", "A", "B"], ["Age, mean", "40.8", "41.1"]]),
        ("Age\tA\tB\nYears\nMean\t40.8\t41.1", [TextTable], [["Age", "A", "B"], ["Years"], ["Mean", "40.8", "41.1"]]),
        ("\tOne line.\n\tAnother line.", [Paragraph], []),
        ("The risk P(A|B) rose.\nSo did P(B|A).", [Paragraph], []),
        ("Age\tA\tB\nMean\t40.8\t\n\nEnd.", [TextTable, Paragraph], [["Age", "A", "B"], ["Mean", "40.8", ""]]),
        ("| alone |\n\nNo table.", [Paragraph, Paragraph], []),
        ("| a \\| b | c |\n| d | e |", [TextTable], [["a \\| b", "c"], ["d", "e"]]),
        ("", [], []),
        ("\n\n \n", [], []),
    ],
    ids=[
        "paragraphs", "pipes", "pipes between cells", "a label among tabs", "indented lines", "pipes in words", "tabs", "one line", "escaped pipe", "empty", "blank",
    ],
)  # fmt: skip
def test_a_text_is_divided_into_paragraphs_and_tables(text: str, kinds: list[type], rows: list[list[str]]) -> None:
    divided = blocks.split(text)
    assert [type(block) for block in divided] == kinds
    tables = [block for block in divided if isinstance(block, TextTable)]
    assert [[text[cell.start : cell.end] for cell in row] for table in tables for row in table.rows] == rows


def test_a_cell_is_named_by_row_column_and_caption() -> None:
    text = "Table 1. Ages.\n\n| Age | A | B |\n|---|---|---|\n| Mean | 40.8 | 41.1 |\n"
    assert cell_of(text, "41.1") == ("cell", "Mean", None, "B", "Table 1. Ages.")


#: A table with a heading that spans columns, a label above others, and one that spans rows.
SPANNING = """Table 2. Events.*

| Event | Examplimab (N=60) |  | Control (N=30) |  |
|  | Any grade | Grade >=3 | Any grade | Grade >=3 |
| Blood |  |  |  |  |
| Anaemia | 11 | 12 | 13 | 14 |
|  | 21 (%) | 22 | 23 | 24 |
"""


@pytest.mark.parametrize(
    ("text", "printed", "expected"),
    [
        (SPANNING, "13", ("cell", "Anaemia", "Blood", "Control (N=30), Any grade", "Table 2. Events.*")),
        (SPANNING, "22", ("cell", "Anaemia, 21 (%)", "Blood", "Examplimab (N=60), Grade >=3", "Table 2. Events.*")),
        (SPANNING, "60", ("column heading", None, None, None, "Table 2. Events.*")),
        (SPANNING, "3 | Any", ("column heading", None, None, "Examplimab (N=60)", "Table 2. Events.*")),
        (SPANNING, "2. Ev", ("caption", None, None, None, "Table 2. Events.*")),
        ("Table 1\n\nResponses\n\nGroup\tA\nAny\t5", "5", ("cell", "Any", None, "A", "Table 1 Responses")),
        ("Words.\nTable 1. Of a page\nwith two lines\nGroup | A\nAny | 5", "5", ("cell", "Any", None, "A", "Table 1. Of a page with two lines")),
        ("Table 3 shows them.\n\nGroup\tA\nAny\t5", "5", ("cell", "Any", None, "A", None)),
        ("Median\t7.7\t4.0\nRange\t5.6\t2.9", "2.9", ("cell", "Range", None, None, None)),
        ("Group\tA\tB\nAny\t\t5\t6", "5", ("cell", "Any", None, None, None)),
        ("A\tB\nAny\t5\t6", "5", ("cell", "Any", None, None, None)),
        ("Group\tA\tB\nAny\t5", "5", ("cell", "Any", None, "A", None)),
        ("| Dose | 8 mg | 16 mg |\n|---|---|---|\n| Any | 5 | 7 |", "7", ("cell", "Any", None, "16 mg", None)),
        ("Result\tHR (95% CI) by day 30\nDeath\t0.47", "0.47", ("cell", "Death", None, "HR (95% CI) by day 30", None)),
    ],
    ids=[
        "a heading that spans columns", "a label that spans rows", "a heading", "a lower heading", "a caption", "a caption in two paragraphs",
        "a caption below words", "a sentence is no caption", "a value is no heading", "more cells than headings", "headings without that of the labels", "fewer cells than headings", "a ruled heading of numbers", "a heading with numbers",
    ],
)  # fmt: skip
def test_a_cell_is_called_what_the_text_says_and_nothing_else(text: str, printed: str, expected: tuple[str | None, ...]) -> None:
    assert cell_of(text, printed) == expected


def cell_of(text: str, printed: str) -> tuple[str | None, ...]:
    """Return what the cell in which ``printed`` begins is called: part, row, label above, column, caption."""
    start = text.index(printed)
    first, last, cell = texts.surroundings(text, start, start + 1)
    assert cell is not None
    assert first <= start < last
    assert "\n" not in text[first:last] or cell.part == "caption"
    return cell.part, cell.row, cell.below, cell.column, cell.caption


def test_lines_of_a_printed_column_are_one_paragraph() -> None:
    text = "The median overall survival of\n\npatients was 7.7 months in one\n\ngroup. It was shorter in the\n\nother group.\n\nNext paragraph begins here and\n\nends."
    assert [text[slice(*block.span)].count("\n\n") for block in blocks.split(text)] == [3, 1]


@pytest.fixture(scope="module")
def real_reader(real: Catalogue, real_directory: Path) -> Iterator[TestClient]:
    """Return a client that may read the texts of the shipped documents; skip where they are not."""
    if not SHARED.is_dir():
        pytest.skip("the documents are not here")
    settings = Settings(dataset=real_directory, documents=[SHARED / "documents"], texts_token=SecretStr(SECRET))
    with TestClient(create_app(settings, real), base_url=ADDRESS, client=("127.0.0.1", 5000), headers=BEARER) as client:
        yield client


@pytest.mark.parametrize("name", SHIPPED)
def test_every_place_of_the_documents_is_a_link(real_reader: TestClient, name: str) -> None:
    page = real_reader.get(f"/documents/{name}").text
    text = real_reader.get(f"/v1/documents/{name}/text").text
    starts = {row["start"] for row in real_reader.get(f"/v1/figures?document={name}&page_size=1000&fields=all").json()["items"]}
    anchors = [int(each) for each in re.findall(r'id="c(\d+)"', page)]
    assert check_numbers(page, text) >= len(anchors) == len(set(anchors))
    assert starts <= set(anchors)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_page_of_a_document_stays_small(real_reader: TestClient, name: str) -> None:
    """With the text, and with the panel of the place that has the most readings: at most 40 kB compressed."""
    figures = real_reader.get(f"/v1/figures?document={name}&page_size=1000&fields=all").json()["items"]
    most = max((row["start"] for row in figures), key=[row["start"] for row in figures].count)
    for query in ({}, {"at": most}, {"reason": "citation-mark"}):
        page = real_reader.get(f"/documents/{name}", params=query).content
        assert len(gzip.compress(page, 6)) <= 40_000


@pytest.mark.parametrize("name", SHIPPED)
def test_every_figure_of_a_table_is_named_by_row_column_and_caption(real_reader: TestClient, name: str) -> None:
    """In pipes and in tabs: the row and column that its context states are those of the text; the panel says the same."""
    text = real_reader.get(f"/v1/documents/{name}/text").text
    tables = [block for block in blocks.split(text) if isinstance(block, TextTable)]
    figures = real_reader.get(f"/v1/figures?document={name}&page_size=1000&fields=all").json()["items"]
    in_cells = [
        (figure, table, row, column) for figure in figures for table in tables for row in table.body for column, cell in enumerate(row)
        if cell.start <= figure["start"] < cell.end
    ]  # fmt: skip
    assert (len(in_cells) > 200) == bool(tables)
    for figure, table, row, column in in_cells:
        first, last, cell = texts.surroundings(text, figure["start"], figure["end"])
        assert cell is not None
        assert (first, last) == (row[0].start, max(row[-1].end, figure["end"]))
        assert cell.part == ("cell" if column else "row label")
        assert cell.row is not None
        assert cell.row.startswith(" ".join(text[slice(*row[0])].split()))
        assert cell.column is not None
        assert all(heading in text[table.span.start : table.span.end] for heading in cell.column.split(", ")[-1:])
        assert (cell.caption or "Table").startswith("Table")
    for figure, _, _, _ in in_cells[:: max(1, len(in_cells) // 5)]:
        context = real_reader.get(f"{figure['url']}/context").json()
        assert context["before"] + context["exact"] + context["after"] == text[context["sentence_start"] : context["sentence_end"]]
        panel = unescape(real_reader.get(f"/documents/{name}", params={"at": figure["start"]}).text)
        for words in (context["cell"]["row"], context["cell"]["column"]):
            assert f"<dd>{words}" in panel


def test_a_page_says_its_ledger(reader: TestClient, real_reader: TestClient) -> None:
    ledger = real_reader.get("/v1/documents/kantarjian-2017").json()["ledger"]
    counts = {row["status"]: 0 for row in ledger}
    for row in ledger:
        counts[row["status"]] += row["numerals"]
    line = f"{sum(counts.values())} numerals: {counts['anchored']} anchored, {counts['not evidence']} no evidence, {counts['unaccounted']} unaccounted"
    reason = next(row for row in ledger if row["status"] == "not evidence")
    for address in ("/documents/kantarjian-2017", "/about"):
        page = " ".join(re.sub("<[^>]+>", " ", real_reader.get(address).text).split())
        assert line in page
        assert re.search(rf"{reason['reason']}:? {reason['numerals']} ", page)
    assert "it may miss something" in reader.get(PAGE).text
    assert "it may miss something" not in real_reader.get("/documents/kantarjian-2017").text


def test_numerals_that_are_no_evidence_are_marked_by_their_reason(real_reader: TestClient) -> None:
    text = real_reader.get("/v1/documents/kantarjian-2017/text").text
    reasons = {
        row["reason_id"].rpartition("/")[2]: row["numerals"]
        for row in real_reader.get("/v1/documents/kantarjian-2017").json()["ledger"]
        if "reason_id" in row
    }
    for reason, count in reasons.items():
        page = real_reader.get("/documents/kantarjian-2017", params={"reason": reason}).text
        marks = re.findall(r'<mark class="out" id="e(\d+)">([^<]*)</mark>', page)
        assert len(marks) == count
        assert all(text[int(start) : int(start) + len(printed)] == printed != "" for start, printed in marks)
        assert [start for start, _ in marks] == re.findall(r'href="#e(\d+)"', page)
    refused = real_reader.get("/documents/kantarjian-2017", params={"reason": "tick-mark"})
    assert refused.status_code == 404
    assert "citation-mark" in refused.json()["detail"]


def test_several_end_points_are_marked_and_each_can_be_taken_away(reader: TestClient) -> None:
    variables = sorted({str(each["variable"]) for each in figures_of(reader) if each["variable"]})[:2]
    page = reader.get(PAGE, params={"endpoint": ["", *variables]}).text
    starts = {each["start"] for each in figures_of(reader) if each["variable"] in variables}
    assert {start_of(address) for _, address in Numbers(page).links if "endpoint=" in address} == starts
    chips = [parse_qs(urlsplit(unescape(each)).query) for each in re.findall(r'<li><a href="(\?[^"]*)" aria-label', page)]
    assert chips == [{"endpoint": [variables[1]]}, {"endpoint": [variables[0]]}]
    first = re.search(r'<a rel="next" href="([^"]+)"', page)
    assert first
    assert parse_qs(urlsplit(unescape(first[1])).query)["endpoint"] == variables


def test_the_panel_follows_its_number(reader: TestClient) -> None:
    """In the paragraph, the row of the table or the quote of the number, so that it is next to it on a phone and in print."""
    for figure in figures_of(reader):
        page = reader.get(PAGE, params={"at": str(figure["start"])}).text
        number = page.index('aria-current="true"')
        panel = page.index("<aside", number)
        between = page[number:panel]
        assert page.count("<aside") == 1
        assert between.count("<p>") + between.count("<tr>") + between.count("<li>") == 0
