"""What is wrong with a request for a page: refused by name, as a page in a browser and as a problem elsewhere, with the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from unittest import mock
from urllib.parse import quote

import html5lib
import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from pydantic import SecretStr

from mabgraph.api.app import create_app
from mabgraph.api.http import admission, problems
from mabgraph.api.http.problems import ProblemError
from mabgraph.api.http.settings import Settings
from mabgraph.ingest.errors import Unavailable

from .conftest import DATA

#: Long lists, or much that is written.
pytestmark = pytest.mark.slow

ADDRESS = "http://127.0.0.1:8000"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
#: A browser sends a longer head.
_LENGTH = re.compile(r"\d+ bytes")
PROGRAM = {"Accept": "application/json"}
PAGES = (
    "/", "/search", "/drugs", "/targets", "/conditions", "/studies", "/endpoints", "/documents", "/drugs/blinatumomab", "/targets/CD19",
    "/conditions/acute-lymphoblastic-leukaemia", "/studies/example", "/endpoints/overall-survival", "/documents/example-2020",
    "/estimates/example-2020.survival-hazard-ratio", "/compare", "/network", "/network/path?from=blinatumomab&to=standard+care",
    "/discrepancies", "/query", "/about", "/sign-in",
)  # fmt: skip


@pytest.fixture(scope="module")
def client(example_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service with the texts of the small dataset, and with addresses that fail."""
    app = create_app(Settings(dataset=example_directory, documents=[DATA / "documents"], texts_token=SecretStr("a-secret-of-these-tests")))
    _add_failures(app)
    with TestClient(app, base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


def _add_failures(app: FastAPI) -> None:
    def fail() -> None:
        raise RuntimeError("not for anyone to read")

    def be_late() -> None:
        raise Unavailable("the picture cannot be drawn now: ask again later")

    def be_too_large() -> None:
        raise ProblemError(problems.response(413, "the body is longer than 10 bytes: make it shorter", {"Connection": "close"}))

    def be_asked_too_often() -> None:
        raise HTTPException(429, "this address asked 100 times in a minute: ask again later", {"Retry-After": "7"})

    app.add_api_route("/large", be_too_large)
    app.add_api_route("/often", be_asked_too_often)
    app.add_api_route("/fails", fail)
    app.add_api_route("/late", be_late)


def assert_same_words(client: TestClient, address: str, status: int, method: str = "GET", **headers: str) -> str:
    """Hold that a browser gets a page with the words of the problem that a program gets, and return the page."""
    problem = client.request(method, address, headers=PROGRAM | headers)
    page = client.request(method, address, headers=BROWSER | headers)
    assert (problem.status_code, page.status_code) == (status, status), address
    assert problem.headers["content-type"] == "application/problem+json"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    shown = _LENGTH.sub("", unescape(page.text))
    assert problem.json()["title"] in shown
    assert _LENGTH.sub("", problem.json()["detail"]) in shown
    assert f"status {status}" in shown
    assert "'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    for name in ("allow", "retry-after", "www-authenticate", "connection"):
        assert page.headers.get(name) == problem.headers.get(name)
    html5lib.HTMLParser(strict=True).parse(page.text)
    return page.text


@pytest.mark.parametrize(
    ("address", "status", "method", "headers"),
    [
        (f"/?{'&'.join('a' * 1001)}", 400, "GET", {}),
        ("/drugs", 400, "GET", {"Host": "user@example.org"}),
        ("/sign-in", 401, "GET", {}),
        ("/nothing", 404, "GET", {}),
        ("/drugs/nothing", 404, "GET", {}),
        ("/id/nothing/at/all/", 303, "GET", {}),
        ("/data/id/drug/nothing", 404, "GET", {}),
        ("/ontology.png", 404, "GET", {}),
        ("/static/pages.css", 404, "GET", {}),
        ("/documents/example-2020?at=1", 404, "GET", {}),
        ("/drugs", 405, "POST", {}),
        ("/documents/example-2020", 405, "DELETE", {}),
        ("/ontology?format=png", 406, "GET", {}),
        ("/data/id/drug/blinatumomab?format=csv", 406, "GET", {}),
        ("/large", 413, "GET", {}),
        ("/drugs/" + "a" * 17_000, 414, "GET", {}),
        ("/network?drug=nothing", 422, "GET", {}),
        ("/compare?level=", 422, "GET", {}),
        ("/drugs?page=0", 422, "GET", {}),
        ("/often", 429, "GET", {}),
        ("/drugs", 431, "GET", {"X-Long": "a" * 17_000}),
        ("/fails", 500, "GET", {}),
        ("/late", 503, "GET", {}),
    ],
)
def test_every_status_has_a_page_with_the_words_of_the_problem(
    client: TestClient, address: str, status: int, method: str, headers: dict[str, str]
) -> None:
    if status == 303:
        address, status = client.get(address, headers=BROWSER).headers["location"], 404
    page = assert_same_words(client, address, status, method, **headers)
    assert "not for anyone to read" not in page


@pytest.mark.parametrize("address", PAGES)
def test_every_page_refuses_what_it_does_not_read(client: TestClient, address: str) -> None:
    """An unknown parameter is named; one that is read once has one value; what no page is asked by is named with what it may be."""
    beside = f"{address}{'&' if '?' in address else '?'}"
    page = assert_same_words(client, f"{beside}unknown_name=1", 422)
    assert "unknown_name" in page
    assert_same_words(client, f"{beside}%00=1", 422)
    assert_same_words(client, address, 405, "POST")
    with mock.patch.object(admission.Gate, "enter", side_effect=admission.Busy):
        assert_same_words(client, address, 503)


HOSTILE = (
    "%00",
    "%ED%A0%80",
    "%FF%FE",
    "-1",
    "0",
    "1e9",
    "9" * 400,
    "a" * 3000,
    "%E2%80%AE%E2%80%8B",
    "%7B%7B7*7001%7D%7D",
    "<script>",
    "",
)
READ = (
    "/drugs?page=", "/studies?page=", "/drugs/blinatumomab?page=", "/documents/example-2020?at=", "/documents/example-2020?endpoint=", "/search?q=",
    "/compare?drug=", "/compare?measure=", "/compare?exclude=", "/compare?synthesise=", "/network?drug=", "/network?condition=",
    "/network/path?from=blinatumomab&to=", "/discrepancies?document=", "/discrepancies?page=", "/query?query=", "/sign-in?document=",
    "/drugs/", "/targets/", "/conditions/", "/studies/", "/endpoints/", "/documents/", "/estimates/", "/id/drug/", "/id/claim/", "/data/id/claim/", "/static/",
)  # fmt: skip


@pytest.mark.parametrize("begun", READ)
def test_no_value_makes_a_page_fail(client: TestClient, begun: str) -> None:
    for value in HOSTILE:
        answer = client.get(begun + value, headers=BROWSER)
        assert answer.status_code < 500, value
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "text/html; charset=utf-8", value
            assert "<h1>" in answer.text
        assert "<script>" not in answer.text
        assert "49007" not in answer.text


@pytest.mark.parametrize(
    "address", ["/drugs?page=1&page=2", "/documents/example-2020?at=1&at=2", "/search?q=a&q=b", "/compare?effect=OR&effect=RR"]
)
def test_two_values_of_what_is_read_once_are_refused(client: TestClient, address: str) -> None:
    assert "takes one value, not" in assert_same_words(client, address, 422)


@pytest.mark.parametrize(
    "address",
    ["/v1", "/v1/drugs", "/v1/drugs/blinatumomab", "/v1/drugs/nothing", "/v1/nothing", "/v1/drugs?page=0", "/v1/drugs?a=1", "/v1/search?q=CD19", "/v1/search?q=CD19&a=1",
     "/v1/network", "/v1/estimates.csv", "/v1/compare.json?drug=blinatumomab", "/v1/documents/example-2020/text", "/sparql?query=x",
     "/sparql.csv?query=SELECT%20(1%20AS%20%3Fa)%20{}", "/dataset.zip", "/health?a=1", "/.well-known/nothing"],
)  # fmt: skip
def test_programs_get_the_same_bytes_with_the_accept_of_a_browser(client: TestClient, address: str) -> None:
    plain, browsed = client.get(address), client.get(address, headers=BROWSER)
    assert (plain.status_code, plain.content) == (browsed.status_code, browsed.content)
    assert plain.headers["content-type"] == browsed.headers["content-type"]


@pytest.mark.parametrize(
    "address",
    [*PAGES, "/docs", "/health", "/ontology", "/data/id/drug/blinatumomab", "/id/drug/blinatumomab"],
)
def test_what_may_be_asked_of_an_address(client: TestClient, address: str) -> None:
    """GET, HEAD and OPTIONS; HEAD has the head of GET and no body; what has a validator is not sent twice."""
    allowed = client.options(address)
    assert (allowed.status_code, allowed.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert client.put(address).headers["allow"] == "GET, HEAD, OPTIONS"
    page, head = client.get(address, headers=BROWSER), client.head(address, headers=BROWSER)
    assert (head.status_code, head.content) == (page.status_code, b"")
    for name in ("content-type", "etag", "cache-control", "link", *(["vary"] if page.status_code < 300 else [])):
        assert head.headers.get(name) == page.headers.get(name)
    if page.headers.get("etag"):
        again = client.get(address, headers=BROWSER | {"If-None-Match": page.headers["etag"]})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", page.headers["etag"])
        assert again.headers.get_list("content-security-policy") == page.headers.get_list("content-security-policy")
    if address in PAGES and page.status_code == 200:
        assert {"Accept", "Accept-Encoding"} <= set(page.headers["vary"].split(", "))
        assert page.headers["cache-control"] == ("no-store" if address.startswith("/query") else "no-cache")


def test_the_nearest_names_are_links_to_a_search(client: TestClient) -> None:
    page = assert_same_words(client, "/drugs/blinatumomb", 404)
    near = client.get("/drugs/blinatumomb", headers=PROGRAM).json()["near"]
    assert near
    for name in near:
        address = f"/search?q={quote(name)}"
        assert f'<a href="{address}">' in page
        assert client.get(address, headers=BROWSER).status_code == 200
