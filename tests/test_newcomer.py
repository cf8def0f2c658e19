"""A newcomer's hour: from the first page to a figure's characters and a spreadsheet, each step by what an answer before it says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

import openpyxl
import pytest
from fastapi.testclient import TestClient

from mabgraph.graph.store import vocabulary
from mabgraph.ingest.documents import open_library

START = "/"


class Links(HTMLParser):
    """The addresses that a page links to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value for name, value in attrs if tag == "a" and name == "href" and value]


class Newcomer:
    """Someone who knows the first address alone: goes nowhere that no answer has named, and fills templates with what answers said."""

    def __init__(self, service: TestClient) -> None:
        self._service = service
        self._named: set[Any] = {START}
        self.steps = 0

    def page(self, url: str) -> list[str]:
        """Return the links of a page, as a browser shows it."""
        answer = self._get(url, "text/html,application/xhtml+xml,*/*;q=0.8")
        assert answer.headers["content-type"].startswith("text/html")
        addresses = Links(answer.text).addresses
        self._named |= set(addresses)
        return addresses

    def go(self, url: str) -> Any:
        """Return what is at ``url`` as data."""
        return self._data(url)[0]

    def rows(self, url: str) -> list[dict[str, Any]]:
        """Return the rows of all pages from ``url`` on."""
        following: str | None = url
        items: list[dict[str, Any]] = []
        while following:
            page, links = self._data(following)
            items += page["items"]
            following = links.get("next", {}).get("url")
        return items

    def one(self, url: str, label: str) -> dict[str, Any]:
        """Return the thing called ``label`` of the list at ``url``."""
        (row,) = [row for row in self.rows(url) if row["label"] == label]
        body: dict[str, Any] = self.go(row["url"])
        return body

    def filled(self, template: str, values: Mapping[str, str | list[str]]) -> str:
        """Return the address that a template (RFC 6570) gives, of what was said: parameters that it has, and known values."""
        match = re.fullmatch(r"([^{]*)\{\?([\w*,]+)\}", template)
        assert match, template
        several = {name.removesuffix("*"): name.endswith("*") for name in match[2].split(",")}
        assert template in self._named
        assert values.keys() <= several.keys()
        pairs = [(name, each) for name, value in values.items() for each in ([value] if isinstance(value, str) else value)]
        assert all(each in self._named for _, each in pairs), "a value that no answer has named"
        assert all(several[name] or isinstance(value, str) for name, value in values.items())
        url = f"{match[1]}?{urlencode(pairs)}"
        self._named.add(url)
        return url

    def file(self, url: str) -> bytes:
        """Return what is at ``url`` as it is saved."""
        return bytes(self._get(url, "*/*").content)

    def _data(self, url: str) -> tuple[Any, dict[str, Any]]:
        answer = self._get(url, "application/json")
        self._named |= set(strings(answer.json())) | {link["url"] for link in answer.links.values()}
        return answer.json(), answer.links

    def _get(self, url: str, accept: str) -> Any:
        assert url in self._named, f"{url}: no answer has named it"
        answer = self._service.get(url, headers={"Accept": accept})
        assert answer.status_code == 200, url
        self.steps += 1
        return answer


def strings(value: Any) -> Iterator[str]:
    """Yield every text in an answer, keys included."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


@pytest.fixture(scope="module")
def service(real_client: TestClient) -> TestClient:
    """Return a client of a service over mabgraph's own dataset."""
    return real_client


def test_a_newcomers_hour(service: TestClient) -> None:
    newcomer = Newcomer(service)
    page = newcomer.page(START)
    collections = newcomer.go(START)["v1"]
    assert collections in page
    start = newcomer.go(collections)
    assert set(start["links"].values()) - {start["links"]["search"]} <= set(page), "the page names every collection"

    drug = newcomer.one(start["links"]["drugs"], "daratumumab")
    (row,) = newcomer.rows(drug["links"]["targets"])
    target = newcomer.go(row["url"])
    assert (row["label"], target["label"]) == ("CD38", "CD38")

    response = newcomer.one(start["links"]["endpoints"], "overall response")
    of_drug = newcomer.rows(newcomer.filled(start["templates"]["estimates"], {"drug": drug["iri"], "endpoint": response["id"]}))
    every = newcomer.rows(response["links"]["estimates"])
    assert set() < {row["id"] for row in of_drug} <= {row["id"] for row in every}
    narrower = {row["endpoint"] for row in every} - {response["id"]}
    below = [row for row in newcomer.rows(start["links"]["endpoints"]) if row["id"] in narrower]
    assert [row["broader"] for row in below] == [["overall response"]] * len(narrower)
    assert len({row["study_label"] for row in every}) > 5
    every_field = newcomer.go(response["links"]["estimates"])["whole"]
    for row in every:
        for name in ("count", "total"):
            printed = {float(each.get("number", each["printed"])) for each in row["figures"] if each["role"] == name}
            assert printed == ({row[name]} if name in row else set()), f"{row['id']}: {name} is what is printed, and absent where it is not"
    assert any("total" in row for row in every)
    assert any("count" in row and "total" in row for row in every)
    counted = [row for row in every if "total" in row and "value" in row]

    estimate = newcomer.go(next(row["url"] for row in counted if row["id"] in {each["id"] for each in of_drug}))
    figures = newcomer.rows(estimate["links"]["figures"])
    figure = newcomer.go(next(figure["url"] for figure in figures if figure.get("number") == estimate["total"]))
    assert figure["end"] - figure["start"] == len(figure["exact"]) > 0
    assert figure["label"] in figure["exact"]
    document = newcomer.go(figure["links"]["document"])
    assert document["id"] == figure["document"] == estimate["document"]

    asked = {"endpoint": response["id"], "target": target["iri"]}
    shown = newcomer.rows(newcomer.filled(start["templates"]["estimates"], asked | every_field))
    for name in ("csv", "xlsx"):
        assert name in start["formats"]
        saved = newcomer.file(newcomer.filled(start["templates"]["estimates"], asked | {"format": name}))
        same_values(shown, (read_csv if name == "csv" else read_workbook)(saved))
    assert newcomer.steps < 60, "an hour"


def read_csv(saved: bytes) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(saved.decode(), newline="")))


def read_workbook(saved: bytes) -> list[dict[str, Any]]:
    header, *lines = openpyxl.load_workbook(io.BytesIO(saved))["rows"].iter_rows(values_only=True)
    return [dict(zip(header, line, strict=True)) for line in lines]


def same_values(shown: list[dict[str, Any]], saved: list[dict[str, Any]]) -> None:
    """Hold the cells of a table against the rows that were shown: the same rows, values and gaps."""
    nested = {"figures", "checks"}
    assert [row["id"] for row in saved] == [row["id"] for row in shown]
    assert {"count", "total", "value", "printed", "unit", "document"} <= saved[0].keys()
    for row, cells in zip(shown, saved, strict=True):
        assert row.keys() - nested <= cells.keys()
        for name, cell in cells.items():
            value = row.get(name)
            if isinstance(value, int | float):
                assert float(cell) == value, (row["id"], name)
            else:
                assert (cell or "") == ("\n".join(value) if isinstance(value, list) else value or ""), (row["id"], name)


@pytest.mark.parametrize("change", [{"count": "1"}, {"total": ""}, {"study_label": "another"}, {"caveats": "a"}])
def test_a_cell_that_differs_is_seen(change: dict[str, str]) -> None:
    shown = [{"id": "a", "count": 2, "total": 4, "value": 50.0, "printed": "50", "unit": "percent", "document": "d", "caveats": ["b", "c"]}]
    cells = {"id": "a", "count": "2", "total": "4", "value": "50", "printed": "50", "unit": "percent", "document": "d", "study_label": ""}
    same_values(shown, [cells | {"caveats": "b\nc"}])
    with pytest.raises((AssertionError, ValueError)):
        same_values(shown, [cells | {"caveats": "b\nc"} | change])


def test_nobody_goes_where_no_answer_led(service: TestClient) -> None:
    newcomer = Newcomer(service)
    with pytest.raises(AssertionError, match="no answer has named it"):
        newcomer.go("/v1/drugs/daratumumab")
    start = newcomer.go(newcomer.go(START)["v1"])
    with pytest.raises(AssertionError, match="a value that no answer has named"):
        newcomer.filled(start["templates"]["estimates"], {"endpoint": "overall-response"})


def test_the_characters_of_a_figure_are_in_the_text(service: TestClient, documents: Path) -> None:
    library = open_library(documents)
    newcomer = Newcomer(service)
    start = newcomer.go(newcomer.go(START)["v1"])
    response = newcomer.one(start["links"]["endpoints"], "overall response")
    figure_count = 0
    for row in newcomer.go(response["links"]["estimates"])["items"][:20]:
        for figure in newcomer.rows(newcomer.go(row["url"])["links"]["figures"]):
            text = library.text(vocabulary.local_name(figure["document"]))
            assert text is not None
            assert text.text[figure["start"] : figure["end"]] == figure["exact"]
            figure_count += 1
    assert figure_count > 20


def test_the_first_page_is_for_whoever_asks(service: TestClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    page, data = service.get(START, headers=browser), service.get(START)
    assert (page.headers["content-type"], data.headers["content-type"]) == ("text/html; charset=utf-8", "application/json")
    assert all("Accept" in answer.headers["vary"] for answer in (page, data))
    assert service.head(START).status_code == 200
    for url in Links(page.text).addresses:
        if url.startswith("#"):
            assert f'id="{url[1:]}"' in page.text
            continue
        assert urljoin(START, url) == url
        answer = service.get(url, headers=browser)
        if url == "/sparql":  # without a query, a browser is led to the form
            assert (answer.status_code, answer.headers["location"]) == (303, "/query")
            continue
        assert answer.status_code == 200, url
