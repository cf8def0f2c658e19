"""Pages of documents: every number is a link to its characters, the gate of texts holds, and a wrong address says what is near."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
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
from mabgraph.api.pages.blocks import Paragraph, TextTable
from mabgraph.api.pages.places import PrintedPlace
from mabgraph.graph.questions.question import Row

from .conftest import DATA, SHARED

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


def test_a_wrong_place_names_the_nearest(reader: TestClient) -> None:
    answer = reader.get(PAGE, params={"at": 1})
    assert answer.status_code == 404
    nearest = re.search(r"at=(\d+)", answer.json()["detail"])
    assert nearest
    assert reader.get(PAGE, params={"at": nearest[1]}).status_code == 200
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


@pytest.mark.parametrize(
    ("text", "kinds", "rows"),
    [
        ("One.\n\nTwo.", [Paragraph, Paragraph], []),
        ("Table 1. Ages.\n\n| Age | A | B |\n|---|:-:|---|\n| Mean | 40.8 | 41.1 |\n", [Paragraph, TextTable], [["Age", "A", "B"], ["Mean", "40.8", "41.1"]]),
        ("Age\tA\tB\nMean\t40.8\t\n\nEnd.", [TextTable, Paragraph], [["Age", "A", "B"], ["Mean", "40.8", ""]]),
        ("| alone |\n\nNo table.", [Paragraph, Paragraph], []),
        ("| a \\| b | c |\n| d | e |", [TextTable], [["a \\| b", "c"], ["d", "e"]]),
        ("", [], []),
        ("\n\n \n", [], []),
    ],
    ids=["paragraphs", "pipes", "tabs", "one line", "escaped pipe", "empty", "blank"],
)  # fmt: skip
def test_a_text_is_divided_into_paragraphs_and_tables(text: str, kinds: list[type], rows: list[list[str]]) -> None:
    divided = blocks.split(text)
    assert [type(block) for block in divided] == kinds
    tables = [block for block in divided if isinstance(block, TextTable)]
    assert [[text[cell.start : cell.end] for cell in row] for table in tables for row in table.rows] == rows


def test_a_cell_is_named_by_row_column_and_caption() -> None:
    text = "Table 1. Ages.\n\n| Age | A | B |\n|---|---|---|\n| Mean | 40.8 | 41.1 |\n"
    table = blocks.split(text)[1]
    assert isinstance(table, TextTable)
    label, head = table.locate(text.index("41.1"))
    assert label is not None
    assert head is not None
    assert table.caption is not None
    assert [text[slice(*span)] for span in (label, head, table.caption)] == ["Mean", "B", "Table 1. Ages."]


def test_lines_of_a_printed_column_are_one_paragraph() -> None:
    text = "The median overall survival of\n\npatients was 7.7 months in one\n\ngroup. It was shorter in the\n\nother group.\n\nNext paragraph begins here and\n\nends."
    assert [text[slice(*block.span)].count("\n\n") for block in blocks.split(text)] == [3, 1]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the documents are not here")
@pytest.mark.parametrize("name", ["kantarjian-2017", "thompson-2021", "daratumumab-2016"])
def test_every_place_of_the_documents_is_a_link(real_directory: Path, name: str) -> None:
    folder = SHARED / "documents"
    app = service(real_directory, folder)
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5000), headers=BEARER) as client:
        page = client.get(f"/documents/{name}").text
        text = client.get(f"/v1/documents/{name}/text").text
        starts = {row["start"] for row in client.get(f"/v1/figures?document={name}&page_size=1000&fields=all").json()["items"]}
    anchors = [int(each) for each in re.findall(r'id="c(\d+)"', page)]
    assert check_numbers(page, text) >= len(anchors) == len(set(anchors))
    assert starts <= set(anchors)
