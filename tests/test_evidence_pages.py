"""Pages of results, studies, comparisons, things, the network and disagreements: what a reviewer reads, and the files that say the same."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from mabgraph.api.app import create_app
from mabgraph.api.exports import gallery
from mabgraph.api.http.settings import Settings
from mabgraph.api.pages import passages, templating
from mabgraph.api.pages.results import PrintedNumber
from mabgraph.graph.questions.catalogue import Catalogue

from .conftest import SHARED

pytestmark = pytest.mark.slow

SECRET = "a-secret-of-these-tests"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
READER = BROWSER | {"Authorization": f"Bearer {SECRET}"}
RATIO = "/estimates/kantarjian-2017.overall-survival-hazard-ratio"
SURVIVAL = "/compare?drug=blinatumomab&endpoint=overall+survival&trial=TOWER&measure=hazard-ratio"
_NUMBER = re.compile(r'<a class="n[^"]*"[^>]*>(.*?)</a>', re.DOTALL)
_CELL = re.compile(r"<td\b[^>]*>(.*?)</td>", re.DOTALL)


@pytest.fixture(scope="module")
def pages(real_directory: Path) -> Iterator[TestClient]:
    """Return a client of the shipped dataset, with the texts if they are here."""
    folders = [SHARED / "documents"] if SHARED.is_dir() else []
    app = create_app(Settings(dataset=real_directory, documents=folders, texts_token=SecretStr(SECRET)))
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 5000), headers=BROWSER) as client:
        yield client


#: Pages that were read, by client and address: several tests read the same.
_read: dict[tuple[int, str], str] = {}


def read(client: TestClient, address: str) -> str:
    """Return the page at ``address``, asked for once."""
    key = (id(client), address)
    if key not in _read:
        _read[key] = client.get(address).text
    return _read[key]


def words(page: str) -> str:
    """Return the words of the main part of a page."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(
        unescape(re.sub(r"<[^>]*>", " ", re.sub(r"</(a|span|small)>", "", re.sub(r"<(a|span|small)\b[^>]*>", "", main)))).split()
    )


def shown_rows(page: str) -> list[str]:
    """Return the names of the results that a comparison shows, set by set, in the order of the screen."""
    return re.findall(r'<tr id="s\d+r\d+">.*?<a href="/estimates/([^"]+)"', page, re.DOTALL)


def test_a_result_is_a_sentence_with_its_quote_its_arithmetic_and_its_citation(pages: TestClient) -> None:
    page = read(pages, RATIO)
    text = words(page)
    assert "Overall survival, blinatumomab versus chemotherapy: hazard ratio 0.71 (95 % CI 0.55 to 0.93), P = 0.01" in text
    quote = "…hazard ratio for death, 0.71; 95% CI, 0.55 to 0.93; $P=0.01$…"
    assert quote in text
    assert "the geometric middle of 0.55 and 0.93 is 0.71 to 0.72" in text
    assert "Nothing in the documents read." in text
    assert re.search(r"Cite this number .* Characters 16767–16771, .* dataset [0-9a-f]{64}", text)
    assert 'href="https://clinicaltrials.gov/study/NCT02013167"' in page
    disputed = words(read(pages, "/estimates/thompson-2021.acute-kidney-injury-text"))
    assert "What contradicts it CCC19 cohort, acute kidney injury" in disputed


@pytest.mark.skipif(not SHARED.is_dir(), reason="the documents are not here")
def test_the_sentence_of_the_paper_is_for_readers_of_the_text_alone(pages: TestClient) -> None:
    stranger, reader = pages.get(RATIO), pages.get(RATIO, headers=READER)
    sentence = "which crossed the prespecified stopping boundary"
    assert sentence in reader.text
    assert reader.headers["cache-control"] == "no-store"
    assert sentence not in stranger.text
    assert "Authorization" in stranger.headers["vary"]
    again = pages.get(RATIO, headers=READER | {"If-None-Match": stranger.headers["etag"]})
    assert again.status_code == 200
    for address in ("/discrepancies", "/studies/tower"):
        read, unread = pages.get(address, headers=READER), pages.get(address)
        assert read.headers["cache-control"] == "no-store"
        assert len(read.text) > len(unread.text)


def test_a_number_is_read_with_the_sign_that_is_printed_once(pages: TestClient) -> None:
    text = words(read(pages, "/studies/tower"))
    assert "P <0.001" in text
    assert "< <" not in text
    assert "not reached months" not in words(read(pages, "/drugs/daratumumab"))


def test_a_study_has_groups_as_columns_with_their_comparison_and_what_they_are_given(pages: TestClient) -> None:
    page = read(pages, "/studies/tower")
    text = words(page)
    assert re.search(r"End point Blinatumomab Chemotherapy Blinatumomab versus chemotherapy Population Check", text)
    row = re.search(r"overall survival median 7\.7 months .{1,300}?not censored at transplantation (\w+)", text)
    assert row
    assert "4.0 months" in row[0]
    assert "hazard ratio 0.71 (95 % CI 0.55 to 0.93), P = 0.01" in row[0]
    assert row[1] == "consistent"
    for part in ("Efficacy and other results", "Adverse events", "At baseline"):
        assert part in text
    assert "patients randomised: 271 patients" in text
    assert re.search(r"blinatumomab, full dose: 28 micrograms per day", text)
    assert 'href="https://clinicaltrials.gov/study/NCT02013167"' in page
    for form in ("csv", "xlsx", "fhir", "zip"):
        assert f'href="/v1/compare.{form}?trial=tower"' in page


def test_all_results_of_a_study_are_in_its_tables_once(pages: TestClient, real: Catalogue) -> None:
    for study in ("tower", "convalescent-plasma-cohort", "gen501"):
        page = read(pages, f"/studies/{study}")
        tables = "".join(re.findall(r'<table class="results">.*?</table>', page, re.DOTALL))
        listed = re.findall(r'href="/estimates/([^"]+)"', tables)
        expected = {str(row["estimate"]).rpartition("/")[2] for row in real.ask("estimates", {"trial": study})}
        assert Counter(listed) == Counter(expected), study


def test_what_is_planned_and_not_reported_is_said(pages: TestClient) -> None:
    study, drug = words(read(pages, "/studies/pollux")), words(read(pages, "/drugs/daratumumab"))
    assert "progression-free survival: not reported in the documents read" in study
    assert "No result of this study is reported" in study
    assert re.search(r"POLLUX NCT02076009 randomised controlled trial planned or defined, not reported: progression-free survival", drug)
    # What is defined in general and reported in parts is not called missing.
    assert "remission: not reported" not in words(read(pages, "/studies/tower"))


def test_pages_of_things_begin_with_end_points_and_group_claims(pages: TestClient) -> None:
    drug, target = read(pages, "/drugs/daratumumab"), words(read(pages, "/targets/CD38"))
    assert drug.index("Adverse events (") < drug.index("<h3>")
    assert "infusion-related reaction</a>" not in drug[drug.index('id="results"') : drug.index('id="studies"')]
    assert words(drug).index("Results") < words(drug).index("Studies (") + 400
    assert "Interference with laboratory tests" in target
    assert target.index("antiglobulin test") < target.index("End points (")
    assert "daratumumab" in target[:600]
    baseline = words(read(pages, "/drugs/daratumumab?kind=baseline"))
    assert "20 of" not in baseline
    assert pages.get("/drugs/daratumumab?kind=nothing").status_code == 422
    for address in ("/conditions/multiple-myeloma", "/endpoints/overall-survival"):
        assert "Results" in words(read(pages, address))


def test_no_number_of_a_result_is_printed_beside_its_link(pages: TestClient) -> None:
    """In the tables of results every digit of a value is within a link to its characters; other digits are names and times."""
    for address in ("/studies/tower", "/drugs/daratumumab", SURVIVAL, "/estimates?drug=blinatumomab"):
        page = read(pages, address)
        cells = [cell for cell in _CELL.findall(page) if '<a class="n' in cell]
        assert cells, address
        for cell in cells:
            rest = re.sub(r"<[^>]*>", "", re.sub(r'<a href="/estimates/.*?</a>', "", _NUMBER.sub("", cell)))
            assert not re.search(r"\d", re.sub(r"at \d+ \w+|per \d+ patient-years", "", rest)), (address, cell)


def test_templates_print_numbers_of_results_by_the_macro_alone() -> None:
    folder = Path(templating.__file__).parent / "templates"
    fields = re.compile(r"\{\{[^}]*\brow\.(value|printed|lower|upper|p_value|count|total|dispersion)\b[^}]*\}\}")
    for path in folder.glob("*.html"):
        text = path.read_text("utf-8")
        # What is worked out is marked as such; the label of a picture says what the numbers beside it say; sides of a discrepancy are links.
        text = re.sub(r'<span class="derived">.*?</span>|aria-label="\{\{ row\.value.*?"|<a class="n".*?</a>', "", text)
        assert not fields.search(text), path.name
    assert fields.search("{{ r.row.value }}")


@pytest.mark.parametrize("worked", gallery.EXAMPLES, ids=lambda worked: worked.name)
def test_what_is_on_the_screen_is_what_is_in_the_file(pages: TestClient, worked: gallery.WorkedComparison) -> None:
    """The rows of the page are those of the JSON and the CSV of the same query, also when a row is left out."""
    query = worked.query
    for _ in range(2 if worked.name in {"death-plasma", "survival-blinatumomab"} else 1):
        page = read(pages, f"/compare?{query}")
        names = shown_rows(page)
        body = pages.get(f"/v1/compare.json?{query}", headers={"Accept": "*/*"}).json()
        table = list(csv.DictReader(io.StringIO(read(pages, f"/v1/compare.csv?{query}"))))
        in_sets = [iri.rpartition("/")[2] for each in body["sets"] for iri in each["rows"]]
        assert names == in_sets
        assert Counter(names) == Counter(row["id"].rpartition("/")[2] for row in table)
        printed = [unescape(number[1]) for number in re.finditer(r'<tr id="s\d+r\d+">(.*?)</tr>', page, re.DOTALL)]
        by_name = {row["id"].rpartition("/")[2]: row for row in table}
        for name, row in zip(names, printed, strict=True):
            assert by_name[name]["printed"] in re.sub(r"<[^>]*>", "", row)
        query = re.sub(r"&amp;", "&", re.search(r'href="/compare\?([^"]*exclude=[^"]*)"', page)[1])  # type: ignore[index]


def test_a_row_that_is_left_out_can_be_brought_back(pages: TestClient) -> None:
    whole = read(pages, SURVIVAL)
    first = shown_rows(whole)[0]
    without = read(pages, f"{SURVIVAL}&exclude={first}")
    assert first not in shown_rows(without)
    back = re.search(r'<a href="([^"]+)">bring back</a>', without)
    assert back
    assert shown_rows(pages.get(unescape(back[1])).text) == shown_rows(whole)
    refused = pages.get("/compare?drug=blinatumomab&endpoint=overall+survival&exclude=nothing-of-this-name")
    assert refused.status_code == 422
    assert "nothing-of-this-name ×" in refused.text


def test_the_guard_is_a_form_and_its_acknowledgement_is_in_the_address_and_in_files(pages: TestClient) -> None:
    refused = read(pages, f"{SURVIVAL}&synthesise=pool")
    codes = re.findall(r'<input type="checkbox" name="acknowledge" value="([^"]+)"', refused)
    assert set(codes) == {"different-censoring", "overlapping-patients"}
    assert "Why this is not one question" in refused
    assert "(all rows)" in words(refused)
    address = SURVIVAL + "&synthesise=pool" + "".join(f"&acknowledge={code}" for code in codes)
    pooled = read(pages, address)
    assert 'class="derived"' in pooled
    assert "Acknowledged, here and in every file: different-censoring" in words(pooled)
    files = re.findall(r'<li><a href="(/v1/compare\.(?:json|csv|metafor)\?[^"]+)"', pooled)
    assert len(files) == 3
    for file in files:
        query = parse_qs(urlsplit(unescape(file)).query)
        assert set(query["acknowledge"]) == set(codes)
    body = pages.get(unescape(files[0]), headers={"Accept": "*/*"}).json()
    assert set(body["acknowledged"]) == set(codes)
    # Another selection has to be weighed anew.
    for chip in re.findall(r'<a href="([^"]+)" aria-label="(?:Take away|Leave out)', pooled):
        assert "acknowledge" not in chip


def test_the_builder_adds_names_and_names_what_is_near(pages: TestClient) -> None:
    empty = pages.get("/compare?drug=blinatumomab&target=&measure=&endpoint=", follow_redirects=False)
    assert (empty.status_code, empty.headers["location"]) == (303, "/compare?drug=blinatumomab")
    wrong = pages.get("/compare?drug=blinatumomabb&endpoint=overall+survival")
    assert wrong.status_code == 422
    near = re.search(r'Nearest: <a href="([^"]+)">blinatumomab</a>', wrong.text)
    assert near
    assert shown_rows(pages.get(unescape(near[1])).text)
    assert pages.get("/compare?drug=blinatumomabb", headers={"Accept": "application/json"}).json()["near"]
    for name in ("drug", "target", "trial", "endpoint", "condition", "measure", "comparability"):
        assert f'name="{name}"' in wrong.text
    narrowed = re.search(
        r'<a href="(/compare\?[^"]*measure=hazard-ratio[^"]*)">hazard ratio</a> \(2\)', pages.get(SURVIVAL.rpartition("&")[0]).text
    )
    assert narrowed
    assert len(shown_rows(pages.get(unescape(narrowed[1])).text)) == 2


def test_formats_that_cannot_carry_the_rows_are_named_with_the_reason(pages: TestClient) -> None:
    """A format is a link where it answers, and a reason where it is refused."""
    for address in (SURVIVAL, "/compare?drug=daratumumab&endpoint=overall+response"):
        page = read(pages, address)
        refused = re.findall(r"<li>([\w-]+): [^<]+</li>", page[page.index("formats cannot carry") :])
        assert ("network-graphml" in refused) == (address == SURVIVAL)
        links = {unescape(link) for link in re.findall(r'<li><a href="(/v1/compare\.[^"]+)"', page)}
        tried = {link for link in links if re.match(r"/v1/compare\.(netmeta|metafor|revman|metainsight|sof|ris)\?", link)}
        assert all(pages.get(link).status_code == 200 for link in tried)
        assert not {name for name in refused if any(link.startswith(f"/v1/compare.{name}?") for link in links)}
        assert pages.get(f"/v1/compare.{refused[0]}?{urlsplit(address).query}").status_code == 409
    assert "/v1/compare.metafor?" in read(pages, SURVIVAL)


def test_a_forest_has_the_axis_of_the_files_and_says_which_side_favours_whom(pages: TestClient) -> None:
    text = words(read(pages, SURVIVAL))
    assert "0.5 1 2" in text
    assert "← favours Blinatumomab" in text
    assert "not censored at transplantation" in text
    absent = words(read(pages, "/compare?drug=daratumumab&endpoint=progression-free+survival"))
    assert "Studies of what is asked for without such a result in the documents read" in absent
    assert "POLLUX" in absent


def test_a_search_reads_several_names_and_says_what_it_did_not_understand(pages: TestClient) -> None:
    page = read(pages, "/search?q=blinatumomab+overall+survival")
    assert "8 results, compared" in words(page)
    assert 'href="/compare?drug=blinatumomab&amp;endpoint=overall+survival' in page
    assert "is no name; the nearest overall survival" in words(read(pages, "/search?q=blinatumomab+overal+survivl"))
    assert "Not understood: “zzzzqq”" in words(read(pages, "/search?q=blinatumomab+zzzzqq"))
    assert "40 results, compared: drug: daratumumab; endpoint: infusion-related reaction" in words(
        read(pages, "/search?q=daratumumab+infusion+reactions")
    )


def test_the_start_page_says_what_worked_comparisons_come_to(pages: TestClient) -> None:
    text = words(read(pages, "/"))
    assert "633 results" in text
    assert re.search(r"The same, hazard ratios alone 2 within-trial randomised after weighing 2 reasons", text)
    assert "For programs" in text


def test_lists_are_filtered_by_several_names_and_put_in_order(pages: TestClient) -> None:
    page = read(pages, "/estimates?drug=daratumumab&endpoint=overall+response&sort=-value")
    assert "Drug: daratumumab ×" in words(page)
    values = [float(each) for each in re.findall(r'<td><a class="n"[^>]*>([\d.]+)</a> %', page)]
    assert values == sorted(values, reverse=True)
    assert len(values) > 5
    page = read(pages, "/studies?drug=daratumumab&design=randomised+controlled+trial")
    assert "POLLUX" in page
    assert "GEN501" not in page[page.index("<tbody") :]
    redirected = pages.get("/studies?drug=daratumumab&condition=&page=1", follow_redirects=False)
    assert redirected.headers["location"] == "/studies?drug=daratumumab"
    for address in ("/drugs?nothing=1", "/drugs?page=x", "/drugs?target=nothing", "/estimates?sort=nothing", "/estimates?kind=nothing"):
        assert pages.get(address).status_code == 422, address
    assert "None in the documents read meets this" in words(read(pages, "/studies?drug=rituximab&target=CD19"))


def test_the_network_is_a_picture_with_links_and_the_same_as_a_table(pages: TestClient) -> None:
    page = read(pages, "/network")
    picture, table = page[page.index("<svg") : page.index("</svg>")], page[page.index("</svg>") :]
    leads = re.findall(r'<a href="([^"]+)" aria-label="[^"]+">', picture)
    assert "/studies/tower" in leads
    assert "/drugs/blinatumomab" in leads
    for address in leads:
        assert f'id="{address[1:]}"' in page if address.startswith("#") else f'href="{address}"' in table, address
    few = read(pages, "/network?drug=daratumumab")
    assert "TOWER" not in few
    assert "Drug: daratumumab ×" in words(few)
    chain = words(read(pages, "/network/path?from=convalescent+plasma&to=no+convalescent+plasma"))
    assert "CCC19" in chain


def test_disagreements_show_both_sides_in_their_passages(pages: TestClient) -> None:
    page = read(pages, "/discrepancies?document=thompson-2021")
    text = words(page)
    assert "Disagrees" in text
    assert page.count("<blockquote>") >= 2
    number = re.match(r"(\d+) disagreement", text)
    assert number
    assert int(number[1]) < int(re.match(r"(\d+)", words(read(pages, "/discrepancies")))[1])  # type: ignore[index]
    assert "SIRIUS" in read(pages, "/discrepancies?trial=SIRIUS")
    assert pages.get("/discrepancies?kind=nothing").status_code == 422


def test_sparql_has_examples_by_topic_and_says_the_line_of_an_error(pages: TestClient) -> None:
    page = read(pages, "/query")
    assert len(re.findall(r"<summary>", page)) == 5
    example = read(pages, "/query?example=estimates-1")
    assert 'href="/id/estimate/kantarjian-2017.overall-survival-hazard-ratio"' in example
    for form in ("csv", "json", "xml"):
        assert f"/sparql.{form}?query=" in example
    wrong = pages.get("/query", params={"query": "SELECT * WHERE {\n FILTER(\n}"})
    assert wrong.status_code == 400
    assert "line 3" in words(wrong.text)
    assert pages.get("/query?example=nothing").status_code == 404
    bare = pages.get("/sparql", follow_redirects=False)
    assert (bare.status_code, bare.headers["location"]) == (303, "/query")
    for accept in ("*/*", "text/turtle", "text/turtle, text/html;q=0.5"):
        assert pages.get("/sparql", headers={"Accept": accept}).headers["content-type"].startswith("text/turtle")


def test_the_dataset_is_described_with_how_to_cite_it(pages: TestClient, real: Catalogue) -> None:
    text = words(read(pages, "/about"))
    for part in (real.version, "How numbers are read", "CC0 1.0", "How to cite", "Results 633", "Documents 3"):
        assert part in text


def test_links_within_a_page_lead_somewhere(pages: TestClient) -> None:
    for address in (SURVIVAL, "/studies/tower", "/drugs/daratumumab", "/network", RATIO):
        page = read(pages, address)
        names = re.findall(r'\bid="([^"]+)"', page)
        assert len(names) == len(set(names)), address
        assert set(re.findall(r'href="#([^"]+)"', page)) <= set(names), address


#: Pages, and the most questions that each asks, whatever the number of its rows (docs/decisions/0035-pages.md).
QUESTIONS = {
    RATIO: 9, "/studies/tower": 16, "/studies/sirius": 16, "/drugs/daratumumab": 19, "/drugs/blinatumomab": 19, "/estimates": 3,
    "/drugs": 1, "/studies": 1, "/discrepancies": 4, "/about": 9,
}  # fmt: skip


def test_the_number_of_questions_does_not_grow_with_the_rows(pages: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: Counter[str] = Counter()
    ask, page = Catalogue.ask, Catalogue.page

    def counting_ask(self: Catalogue, name: str, *rest: Any) -> Any:
        counted[name] += 1
        return ask(self, name, *rest)

    def counting_page(self: Catalogue, name: str, *rest: Any) -> Any:
        counted[name] += 1
        return page(self, name, *rest)

    monkeypatch.setattr(Catalogue, "ask", counting_ask)
    monkeypatch.setattr(Catalogue, "page", counting_page)
    for address, most in QUESTIONS.items():
        assert pages.get(address).status_code == 200  # What is kept for the dataset is asked for once.
        pages.app.state.service.cache.clear()  # type: ignore[attr-defined]
        counted.clear()
        assert pages.get(address).status_code == 200
        assert counted.total() <= most, (address, counted)


def number(text: str, exact: str, restates: str = "") -> PrintedNumber:
    """Return the number ``exact`` of a text, with a quote of eight characters on either side."""
    start = text.index(exact)
    end = start + len(exact)
    return PrintedNumber("value", "paper", start, end, exact, text[max(0, start - 8) : start], text[end : end + 8], restates, "f")


def test_numbers_of_one_sentence_stand_in_one_passage() -> None:
    text = "Before. The ratio was 0.70 (0.50 to 0.90) here. After 12.\n\nTable 1. Ages.\n\n| Age | A |\n|---|---|\n| Mean | 40.8 (2) |\n"
    numbers = [number(text, each) for each in ("0.70", "0.50", "0.90", "40.8")]
    sentence, cell = passages.find_passages(numbers, {"paper": text})
    assert "".join(each if isinstance(each, str) else each.exact for each in sentence.pieces) == "The ratio was 0.70 (0.50 to 0.90) here."
    assert [each.exact for each in sentence.numbers] == ["0.70", "0.50", "0.90"]
    assert (cell.row, cell.column, cell.caption, cell.cut) == ("Mean", "A", "Table 1. Ages.", False)
    assert "".join(each if isinstance(each, str) else each.exact for each in cell.pieces) == "40.8 (2)"


def test_without_the_text_quotes_that_overlap_are_joined() -> None:
    text = "Before. The ratio was 0.70 (0.50 to 0.90) here. After 12."
    numbers = [number(text, each) for each in ("0.70", "0.50", "12")]
    for texts in ({}, {"paper": "another text, longer than the place of the numbers is, by quite some characters"}):
        first, second = passages.find_passages(numbers, texts)
        assert "".join(each if isinstance(each, str) else each.exact for each in first.pieces) == text[first.start : first.end]
        assert first.cut
        assert [each.exact for each in second.numbers] == ["12"]


def test_a_passage_that_only_repeats_numbers_comes_last() -> None:
    text = "The ratio was 0.70 here. Again the ratio 0.71 is told."
    again, exact = number(text, "0.70", "f0"), number(text, "0.71")
    assert [each.restates for each in passages.find_passages([again, exact], {"paper": text})] == [False, True]
