"""All pages that the start page leads to: strict HTML, working links, no other host, and every number at its characters."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import html5lib
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.api.pages import templating

from .conftest import DATA, SHARED

pytestmark = pytest.mark.slow

ADDRESS, SECRET = "http://127.0.0.1:8000", "a-secret-of-these-tests"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Authorization": f"Bearer {SECRET}"}
#: Hosts that pages may lead to: documents by DOI, registries, the licence, the identifiers of this dataset.
HOSTS = {"doi.org", "clinicaltrials.gov", "creativecommons.org", "w3id.org"}
#: What is data or a file: it is asked for once, and its own links are not followed.
FILES = ("/v1", "/data", "/sparql", "/dataset.", "/ontology", "/.well-known", "/docs", "/health", "/static", "/id/", "/concept/")
#: Formats that are drawn, or hold those that are: tests of pictures and archives ask for them.
DRAWN = ("forest", "forest-png", "forest-pdf", "forest-html", "zip")
_ANCHOR = re.compile(r'<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_NUMBER = re.compile(r'<a class="n[^"]*" href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


@dataclass(frozen=True)
class Crawl:
    """What a crawl came by: each page by its address, and the status of every address that was asked for."""

    pages: dict[str, str]
    statuses: dict[str, int]
    foreign: set[str]


def crawl(client: TestClient, most: int) -> Crawl:
    """Follow every link from the start page, at most ``most`` pages; of files and data only the status is taken."""
    waiting, pages, statuses, foreign = deque(["/"]), dict[str, str](), dict[str, int](), set[str]()
    while waiting and len(pages) < most:
        address = waiting.popleft()
        if address in statuses or _is_asked_elsewhere(address, statuses):
            continue
        answer = client.get(address, headers=BROWSER, follow_redirects=False)
        statuses[address] = answer.status_code
        if answer.status_code == 303:
            waiting.append(answer.headers["location"].partition("#")[0])
        if not answer.headers.get("content-type", "").startswith("text/html") or address.startswith(FILES):
            continue
        assert answer.headers["content-security-policy"] == templating.POLICY, address
        pages[address] = answer.text
        for link, _ in _ANCHOR.findall(answer.text):
            target = urljoin(ADDRESS + address, unescape(link)).partition("#")[0]
            if target.startswith(ADDRESS):
                waiting.append(target.removeprefix(ADDRESS))
            elif target:
                foreign.add(target)
    return Crawl(pages, statuses, foreign)


def _is_asked_elsewhere(address: str, statuses: dict[str, int]) -> bool:
    """Whether an address is one of many of its kind: of files of comparisons one of each format, of places every fiftieth is enough."""
    path, _, query = address.partition("?")
    if path.startswith("/v1/compare."):
        return path.endswith(DRAWN) or any(other.startswith(f"{path}?") for other in statuses)
    place = re.fullmatch(r"at=(\d+)", query)
    return place is not None and path.startswith("/documents/") and int(place[1]) % 50 != 0


@pytest.fixture(scope="module")
def crawled(example_directory: Path) -> Iterator[Crawl]:
    """Return a crawl over the small dataset, by a reader who may see the text."""
    app = create_app(Settings(dataset=example_directory, documents=[DATA / "documents"], texts_token=SecretStr(SECRET)))
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5000)) as client:
        yield crawl(client, 400)


def check(crawled: Crawl, texts: dict[str, str]) -> None:
    """Check statuses, hosts, HTML, and that every number is what its document has at its place."""
    # A file format that cannot hold a comparison is refused with the reason (docs/exports.md).
    refused = {address for address, status in crawled.statuses.items() if status == 409 and address.startswith("/v1/compare.")}
    assert {address: status for address, status in crawled.statuses.items() if status not in {200, 303} and address not in refused} == {}
    assert {urlsplit(target).hostname for target in crawled.foreign} <= HOSTS
    for address, page in crawled.pages.items():
        parser = html5lib.HTMLParser(strict=True)
        parser.parse(page)
        assert not re.search(r"<script(?! src=\"/static/| type=\"application/ld\+json\")|<style|\son\w+=|\sstyle=", page), address
        for link, printed in _NUMBER.findall(page):
            target = urljoin(ADDRESS + address, unescape(link))
            place = re.fullmatch(r".*/documents/([\w.-]+)\?at=(\d+)(?:&endpoint=[^#]*)?#c(\d+)", target)
            assert place is not None, (address, target)
            assert place[2] == place[3]
            text, start = texts[place[1]], int(place[2])
            shown = unescape(printed)
            assert text[start : start + len(shown)] == shown, (address, target)


def test_every_page_of_a_small_dataset(crawled: Crawl) -> None:
    check(crawled, {"example-2020": (DATA / "documents" / "example-2020.txt").read_text("utf-8")})
    kinds = {address.split("/")[1].partition("?")[0] for address in crawled.pages}
    assert {"", "drugs", "studies", "endpoints", "documents", "estimates", "compare", "network", "discrepancies", "query", "about"} <= kinds


def test_a_page_of_each_kind_has_one_heading_and_a_title_of_its_own(crawled: Crawl) -> None:
    titles: dict[str, str] = {}
    for address, page in crawled.pages.items():
        assert len(re.findall(r"<h1[ >]", page)) == 1, address
        title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
        assert title, address
        titles[address] = title[1]
    assert len(set(titles.values())) > len(titles) / 3


def test_a_number_that_is_at_another_place_is_seen(crawled: Crawl) -> None:
    """The check fails when a page prints a number that its document does not have at the place."""
    address, page = next((address, page) for address, page in crawled.pages.items() if _NUMBER.search(page))
    wrong = _NUMBER.sub(lambda match: match[0].replace(f">{match[2]}<", ">0.123<"), page, count=1)
    with pytest.raises(AssertionError):
        check(Crawl({address: wrong}, {}, set()), {"example-2020": (DATA / "documents" / "example-2020.txt").read_text("utf-8")})


@pytest.mark.whole
@pytest.mark.skipif(not SHARED.is_dir(), reason="the documents are not here")
def test_every_page_of_the_shipped_dataset(real_directory: Path) -> None:
    folder = SHARED / "documents"
    app = create_app(Settings(dataset=real_directory, documents=[folder], texts_token=SecretStr(SECRET)))
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5000)) as client:
        whole = crawl(client, 320)
        texts = {
            name: client.get(f"/v1/documents/{name}/text", headers=BROWSER).text
            for name in ("kantarjian-2017", "thompson-2021", "daratumumab-2016")
        }
    check(whole, texts)
    assert len(whole.pages) == 320


def test_an_error_is_a_page_in_a_browser_and_a_problem_elsewhere(example_directory: Path) -> None:
    app = create_app(Settings(dataset=example_directory))
    with TestClient(app, base_url=ADDRESS) as client:
        for address in (
            "/nothing",
            "/drugs/nothing",
            "/documents/example-2020?at=1",
            "/compare?drug=nothing",
            "/compare?unknown=1",
            "/drugs?page=0",
        ):
            page, problem = client.get(address, headers=BROWSER), client.get(address, headers={"Accept": "application/json"})
            assert page.status_code == problem.status_code >= 400, address
            assert problem.headers["content-type"] == "application/problem+json"
            assert page.headers["content-type"].startswith("text/html")
            assert problem.json()["detail"] in unescape(page.text), address
            html5lib.HTMLParser(strict=True).parse(page.text)
        assert client.get("/v1/nothing", headers=BROWSER).headers["content-type"] == "application/problem+json"
        assert client.head("/nothing", headers=BROWSER).status_code == 404


def test_chains_of_the_network_and_names_that_it_does_not_have(real_directory: Path) -> None:
    with TestClient(create_app(Settings(dataset=real_directory)), base_url=ADDRESS) as client:
        joined = client.get("/network/path", params={"from": "blinatumomab", "to": "inotuzumab ozogamicin"}, headers=BROWSER)
        assert joined.status_code == 200
        assert "do not meet" in joined.text
        network = client.get("/v1/network").json()
        link = network["links"][0]
        chain = client.get("/network/path", params={"from": link["intervention"], "to": link["comparator"]}, headers=BROWSER)
        assert link["study_name"] in unescape(chain.text)
        for address in ("/network?drug=nothing-of-this-name", "/network/path?from=nothing-of-this-name&to=blinatumomab"):
            answer = client.get(address, headers=BROWSER)
            assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
        for page in (joined, chain):
            html5lib.HTMLParser(strict=True).parse(page.text)
