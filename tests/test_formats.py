"""Formats of look-ups: the same rows in each, negotiated, validated, and harmless to a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl
import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.collections import resources, tables
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import Question
from mabgraph.graph.store import vocabulary
from mabgraph.graph.store.store import EngineStore
from mabgraph.graph.synthesis import studies

LIST = "/v1/estimates?measure=HR&page_size=5"
ONE = "/v1/estimates/kantarjian-2017.overall-survival-hazard-ratio"
#: What stands behind the links between pages (tests/test_signposts.py).
SIGNPOSTS = {"license", "cite-as", "describedby", "collection"}
GRAPHS = {"jsonld": ox.RdfFormat.JSON_LD, "ttl": ox.RdfFormat.TURTLE}
#: The shipped papers state every direction: tests/test_registry_analyses.py has this collection in every format.
EMPTY = resources.ANALYSES


@pytest.fixture(scope="module")
def service(real: Catalogue, real_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service over mabgraph's own dataset."""
    with TestClient(create_app(Settings(dataset=real_directory), real), follow_redirects=False) as client:
        yield client


def as_(url: str, name: str) -> str:
    """Return ``url`` with the parameter ``format``."""
    return f"{url}{'&' if '?' in url else '?'}format={name}"


def book(body: bytes) -> Any:
    """Return a spreadsheet as another library reads it."""
    return openpyxl.load_workbook(io.BytesIO(body))


@pytest.mark.parametrize("name", tables.FORMS)
def test_a_format_is_chosen_by_parameter_suffix_and_accept(name: str, service: TestClient) -> None:
    path, _, query = LIST.partition("?")
    media = tables.FORMS[name]
    answers = [
        service.get(as_(LIST, name)),
        service.get(f"{path}.{name}?{query}"),
        service.get(LIST, headers={"Accept": f"{media}, text/html;q=0.9"}),
        service.get(as_(f"{path}.json?{query}", name), headers={"Accept": "text/csv"}),
    ]
    assert {answer.headers["content-type"].partition(";")[0] for answer in answers} == {media}
    assert all("Accept" in answer.headers["vary"] for answer in answers)
    if name != "xlsx":
        assert len({answer.content for answer in answers}) == 1
    for url in (as_(ONE, name), f"{ONE}.{name}"):
        assert service.get(url).headers["content-type"].partition(";")[0] == media


@pytest.mark.parametrize("url", [LIST, ONE, "/v1/targets/CD38/drugs", "/v1/vocab/designs"])
def test_nothing_acceptable_is_406(url: str, service: TestClient) -> None:
    for answer in (service.get(url, headers={"Accept": "image/png"}), service.get(as_(url, "pdf"))):
        assert (answer.status_code, answer.headers["content-type"]) == (406, "application/problem+json")


def test_every_format_of_a_table_holds_the_same_rows(service: TestClient) -> None:
    rows = service.get(f"{LIST}&fields=all").json()["items"]
    ids = [row["id"] for row in rows]
    assert [json.loads(line)["id"] for line in service.get(as_(LIST, "ndjson")).text.splitlines()] == ids
    for name, separator in (("csv", ","), ("tsv", "\t")):
        read = list(csv.DictReader(io.StringIO(service.get(as_(LIST, name)).text, newline=""), delimiter=separator))
        assert [row["id"] for row in read] == ids
        assert [float(row["value"]) for row in read] == [row["value"] for row in rows]
        assert [row["caveats"].split("\n") for row in read] == [row["caveats"] for row in rows]
    sheet = book(service.get(as_(LIST, "xlsx")).content)["rows"]
    header, *lines = sheet.iter_rows(values_only=True)
    assert [line[header.index("id")] for line in lines] == ids
    assert [line[header.index("value")] for line in lines] == [row["value"] for row in rows]


def test_a_spreadsheet_has_types_a_header_that_stays_and_says_what_it_is_of(service: TestClient) -> None:
    workbook = book(service.get(as_(LIST, "xlsx")).content)
    assert workbook.sheetnames == ["rows", "about"]
    sheet = workbook["rows"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref
    header = [cell.value for cell in sheet[1]]
    types = {name: sheet.cell(2, place).data_type for place, name in enumerate(header, 1)}
    assert (types["value"], types["estimate_label"]) == ("n", "s")
    about = dict(workbook["about"].iter_rows(values_only=True))
    assert about["dataset"] == service.get("/health").json()["dataset"]
    assert about["address"] == as_(LIST, "xlsx")
    assert about["parameter measure"] == "HR"


RISKY = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://example.org")', "http://example.org/", "0.70", "a\tb", 'a"b', "a\nb", "{=1}"]


def test_a_cell_is_what_the_data_says_and_never_a_formula() -> None:
    rows = [{"text": text} for text in RISKY]
    for media, separator in ((tables.CSV, ","), (tables.TSV, "\t")):
        body = tables.write(rows, ["text"], media, {}, {}).decode()
        assert [line[0] for line in csv.reader(io.StringIO(body, newline=""), delimiter=separator)][1:] == RISKY
    sheet = book(tables.write(rows, ["text"], tables.XLSX, {}, {}))["rows"]
    cells = [sheet.cell(line, 1) for line in range(2, 2 + len(RISKY))]
    assert [cell.value for cell in cells] == RISKY
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.hyperlink for cell in cells] == [None] * len(RISKY)


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("collection", [each for each in resources.COLLECTIONS if each is not EMPTY], ids=lambda each: each.name)
def test_a_graph_is_what_the_dataset_says_of_the_things_on_the_page(
    name: str, collection: resources.Collection, service: TestClient, real: Catalogue
) -> None:
    url = f"/v1/{collection.name}?page_size=20"
    ids = {row["id"] for row in service.get(url).json()["items"]}
    parsed = list(ox.parse(service.get(as_(url, name)).content, GRAPHS[name]))
    assert isinstance(real.dataset.store, EngineStore)
    if collection is resources.CLAIMS:  # with their places and figures: tests/test_claims.py
        ids |= {triple.subject.value for triple in (quad.triple for quad in parsed)}
    if collection is resources.ESTIMATES:  # with what contradicts or limits them: tests/test_limitations.py
        beside = {quad.subject.value for quad in parsed} - ids
        assert all("/discrepancy/" in iri or "/claim/" in iri for iri in beside)
        ids |= beside
    quads = [quad for iri in ids for quad in real.dataset.store.engine.quads_for_pattern(ox.NamedNode(iri), None, None, None)]
    assert {quad.triple for quad in parsed} == {quad.triple for quad in quads}
    assert bool(parsed) == (collection is not resources.ANALYSES)  # which the shipped dataset has none of


def test_json_ld_speaks_the_words_of_the_one_context(service: TestClient) -> None:
    document = service.get(f"{ONE}.jsonld").json()
    assert document["@context"] == vocabulary.context()
    assert (document["type"], document["value"], document["pOperator"]) == ("EffectEstimate", "0.71", "=")


@pytest.mark.parametrize("name", tables.FORMS)
def test_a_page_without_rows_can_be_read_in_every_format(name: str, service: TestClient) -> None:
    answer = service.get(as_("/v1/estimates?value_min=1000000", name))
    assert answer.status_code == 200
    if name in GRAPHS:
        assert list(ox.parse(answer.content, GRAPHS[name])) == []
    elif name == "json":
        assert answer.json()["items"] == []
    elif name == "xlsx":
        assert book(answer.content)["rows"].max_row == 1
    else:
        assert len(answer.text.splitlines()) == (0 if name == "ndjson" else 1)


@pytest.mark.parametrize("name", tables.FORMS)
@pytest.mark.parametrize("url", [LIST, ONE])
def test_a_caller_that_has_it_is_not_sent_it_again(name: str, url: str, service: TestClient) -> None:
    answer = service.get(as_(url, name))
    assert not answer.headers["etag"].startswith("W/")
    assert answer.headers["mabgraph-dataset"] == service.get("/health").json()["dataset"]
    again = service.get(as_(url, name), headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    assert service.get(as_(url, name)).content == answer.content, "a strong validator is of the same bytes"


def test_validators_tell_representations_apart(service: TestClient) -> None:
    urls = [*(as_(LIST, name) for name in tables.FORMS), f"{LIST}&page=2", f"{LIST}&fields=value", ONE, "/v1/drugs"]
    tags = [service.get(url, headers={"Accept-Encoding": coding}).headers["etag"] for url in urls for coding in ("identity", "gzip")]
    assert len(set(tags)) == len(tags)


def test_an_answer_is_coded_once_when_it_is_wanted_so(service: TestClient) -> None:
    coded = service.get(LIST, headers={"Accept-Encoding": "gzip"})
    assert coded.headers["content-encoding"] == "gzip"
    assert coded.json() == service.get(LIST, headers={"Accept-Encoding": "identity"}).json()
    assert "content-encoding" not in service.get(LIST, headers={"Accept-Encoding": "identity"}).headers


@pytest.mark.parametrize("url", [LIST, ONE, "/v1/drugs.csv", "/v1/targets/CD38/drugs", "/v1/vocab/designs"])
def test_head_says_what_get_would(url: str, service: TestClient) -> None:
    kept = ("etag", "content-type", "content-length", "link", "mabgraph-dataset", "vary")
    head, get = service.head(url), service.get(url)
    assert head.status_code == 200
    assert [head.headers.get(name) for name in kept] == [get.headers.get(name) for name in kept]


@pytest.mark.parametrize("url", ["/v1", "/v1/search?q=CD19"])
def test_head_is_answered_where_get_is(url: str, service: TestClient) -> None:
    assert service.head(url).status_code == service.get(url).status_code == 200


def test_links_keep_the_format_and_the_last_page_has_no_next(service: TestClient) -> None:
    answer = service.get("/v1/estimates.csv?page_size=300&kind=arm-result&kind=effect")
    assert set(answer.links) == {"first", "next", "last"} | SIGNPOSTS
    following = service.get(answer.links["next"]["url"])
    assert following.headers["content-type"].startswith("text/csv")
    last = service.get(answer.links["last"]["url"])
    assert set(last.links) == {"first", "prev", "last"} | SIGNPOSTS
    assert "kind=arm-result&kind=effect" in last.links["prev"]["url"]
    assert answer.headers["mabgraph-total"] == str(service.get("/v1/estimates?kind=arm-result&kind=effect").json()["total"])


@pytest.mark.parametrize("number", [1, 20, 40, 60, 120])
def test_links_are_no_longer_than_a_proxy_takes(service: TestClient, number: int) -> None:
    rows = service.get("/v1/estimates", params={"page_size": number, "fields": "id"}).json()["items"]
    address = "/v1/estimates?page_size=7&" + "&".join("estimate=" + quote(row["id"], safe="") for row in rows)
    answer = service.get(address)
    assert (answer.status_code, answer.json()["total"], len(answer.json()["items"])) == (200, number, min(number, 7))
    assert len(answer.headers["link"]) < 4200
    assert sum(len(name) + len(value) for name, value in answer.headers.items()) < 6000
    between = answer.links.keys() - SIGNPOSTS
    assert between <= {"next", "first", "last", "service-desc"}
    assert ("service-desc" in between) == (len(between) < 3 and number > 1)
    if "next" in answer.links:
        assert service.get(answer.links["next"]["url"]).json()["page"] == 2


def test_equal_values_of_a_filter_count_once(service: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    plain = Question.fill

    def noted(self: Question, terms: Any) -> str:
        written.append(plain(self, terms))
        return written[-1]

    monkeypatch.setattr(Question, "fill", noted)
    once, times = (
        f"/v1/estimates?page_size=3&n_min=3&n_max=97531&{many}"
        for many in ("drug=blinatumomab", "&".join(["drug=blinatumomab", "drug=Blincyto", "drug=MT103"] * 50))
    )
    bodies, texts = [], []
    service.get("/v1/trials?drug=blinatumomab")  # the name of the drug is asked for once, and then known
    for address in (once, times):
        written.clear()
        bodies.append(service.get(address).json())
        texts.append(list(written))
    assert bodies[0] == bodies[1]
    assert texts[0]
    assert texts[1] == []  # the same list, which is kept
    assert len(service.get("/v1/estimates?page_size=3&" + "&".join(["drug=blinatumomab"] * 150)).links["next"]["url"]) < 100


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("application/json; charset=utf-8", "application/json"), ("text/json", "application/json"), ("application/x-jsonlines", "application/x-ndjson"),
        ("text/csv;charset=UTF-8", "text/csv"), ("text/plain", "text/csv"), ('application/ld+json;profile="a:b"', "application/ld+json"),
        ("application/json, text/csv", "application/json"), ("text/csv, */*", "text/csv"),
    ],
)  # fmt: skip
def test_accept_is_read_with_its_parameters(service: TestClient, accept: str, media: str) -> None:
    answer = service.get(LIST, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media)


@pytest.mark.parametrize("names", [["text/csv"], ["csv", "text/csv"], ["CSV", "csv"], ["text/csv; charset=utf-8"], ["", "csv"]])
def test_names_of_one_format_are_one_format(service: TestClient, names: list[str]) -> None:
    for path in ("/v1/drugs", "/v1/drugs/blinatumomab", "/v1/drugs/blinatumomab/estimates"):
        answer = service.get(path, params={"format": names})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")


def test_two_formats_are_not_one(service: TestClient) -> None:
    answer = service.get("/v1/drugs", params={"format": ["csv", "tsv"]})
    assert (answer.status_code, answer.json()["detail"]) == (406, "several formats are given: give one of them")


@pytest.mark.parametrize("all_at_once", [False, True])
def test_the_last_page_has_rows_where_the_total_divides_evenly(all_at_once: bool, service: TestClient) -> None:
    total = service.get("/v1/drugs").json()["total"]
    size, pages = (total, 1) if all_at_once else (1, total)
    last = service.get(service.get(f"/v1/drugs?page_size={size}").links["last"]["url"])
    assert (last.json()["page"], len(last.json()["items"])) == (pages, size)
    assert "next" not in last.links


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (["text/csv", "application/json;q=0.5"], "text/csv"), (["application/json;q=0.5", "text/csv"], "text/csv"),
        (["image/png", "text/turtle;charset=utf-8"], "text/turtle"), (["text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"], "application/json"),
        (["*"], "application/json"), (["text/csv;q=.5, application/json;q=.4"], "text/csv"), ([",,"], "application/json"),
        (["application/trig"], "text/turtle"),
    ],
)  # fmt: skip
def test_accept_in_several_fields_and_as_java_sends_it(service: TestClient, accept: list[str], media: str) -> None:
    answer = service.get(LIST, headers=[("Accept", each) for each in accept])
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media)


@pytest.mark.parametrize("form", ["netmeta", "metafor", "multinma", "gemtc", "bugsnet", "revman"])
def test_files_for_analysis_tools_are_read_again_with_the_names_of_real_arms(service: TestClient, tmp_path: Path, form: str) -> None:
    asked = {"drug": "blinatumomab", "endpoint": "overall-survival", "measure": "hazard-ratio", "format": form}
    path = tmp_path / "studies.csv"
    path.write_bytes(service.get("/v1/compare", params=asked).content)
    read = studies.read(path, "HR")
    assert [round(row.error, 4) for row in read.contrasts] == [0.134, 0.1442]
    assert [reason.partition(" ")[0] for reason in read.against] == ["different-censoring", "overlapping-patients"]
