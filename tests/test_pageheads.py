"""Heads of pages: typed links that lead to what they say, the same in the field and in the page, and markup that states what the graph holds."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from mabgraph.graph.building.description import LICENCE
from mabgraph.graph.store import vocabulary

from .test_page_errors import BROWSER, PAGES
from .test_signposts import Page, of, targets

BASE = vocabulary.base()
#: An address of each kind of page, with what it holds, and the schema.org type of what it is about, or of the page.
KINDS = {
    "/": "Dataset", "/search?q=CD19": "SearchResultsPage", "/drugs": "CollectionPage", "/studies": "CollectionPage", "/drugs/blinatumomab": "Drug",
    "/targets/CD19": "BioChemEntity", "/conditions/acute-lymphoblastic-leukaemia": "MedicalCondition", "/studies/example": "MedicalTrial",
    "/endpoints/overall-survival": "DefinedTerm", "/documents/example-2020": "ScholarlyArticle", "/compare": "WebPage",
    "/estimates/example-2020.survival-hazard-ratio": "Dataset", "/compare?drug=blinatumomab&endpoint=overall-survival": "WebPage", "/network": "WebPage",
    "/network/path?from=blinatumomab&to=Blincyto": "WebPage", "/discrepancies": "CollectionPage", "/query": "WebPage", "/query?query=SELECT+%3Fa+WHERE+%7B+VALUES+%3Fa+%7B+1+2+%7D+%7D": "WebPage", "/about": "AboutPage",
}  # fmt: skip


@pytest.mark.parametrize("address", KINDS)
def test_every_page_has_the_links_of_fair_signposting(client: TestClient, address: str) -> None:
    """https://signposting.org/FAIR/: cite-as, type, license, author, describedby and item; in the field as many as fit, in the head all."""
    answer = client.get(address, headers=BROWSER)
    links, page = of(answer), Page(answer.text)
    assert page.links[: len(links)] == links
    assert len(answer.headers["link"]) <= 4000
    assert len(targets(links, "cite-as")) == len(targets(links, "license")) == len(targets(links, "author")) == 1
    assert targets(links, "license") == [LICENCE]
    assert targets(links, "cite-as")[0].startswith(BASE)
    assert targets(links, "type")
    assert targets(links, "describedby")
    if address not in {"/compare", "/query"}:
        assert targets(page.links, "item")
        assert targets(page.links, "alternate")
    assert len(set(page.links)) == len(page.links)


def test_every_other_format_of_every_page_is_there_in_the_type_that_is_said(client: TestClient) -> None:
    followed = set()
    for address in KINDS:
        page = Page(client.get(address, headers=BROWSER).text)
        followed |= {(link.target, link.media) for link in page.links if link.relation in {"alternate", "item", "describedby"}}
    assert len(followed) > 60
    for target, media in followed:
        answer = client.get(target)
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media), target


@pytest.mark.parametrize(("address", "kind"), KINDS.items())
def test_every_page_says_what_it_is_in_words_of_search_engines(client: TestClient, address: str, kind: str) -> None:
    [data] = Page(client.get(address, headers=BROWSER).text).data
    about = data.get("mainEntity", data)
    page = data if kind in {"AboutPage", "WebPage", "CollectionPage", "SearchResultsPage"} else about
    assert (data["@context"], page["@type"], data["license"]) == ("https://schema.org/", kind, LICENCE)
    if "mainEntity" in data and kind != "AboutPage":
        assert about["@id"].startswith((f"{BASE}id/", f"{BASE}concept/"))
        assert client.get(f"/data/{about['@id'].removeprefix(BASE)}.nt").status_code == 200
        assert "license" not in about
    elif address != "/":
        assert data["url"] == BASE + address.removeprefix("/").replace(",", "%2C")
        assert data["isPartOf"]["@id"] == f"{BASE}id/dataset/mabgraph"


def test_the_kinds_are_those_of_all_pages() -> None:
    assert {address.split("?")[0].split("/")[1] for address in KINDS} | {"sign-in"} == {
        address.split("?")[0].split("/")[1] for address in PAGES
    }


def test_an_error_is_no_page_of_the_dataset(client: TestClient) -> None:
    answer = client.get("/drugs/nothing", headers=BROWSER)
    assert "link" not in answer.headers
    assert (Page(answer.text).data, Page(answer.text).links) == ([], [])


def test_a_question_that_would_end_the_block_stays_in_it(client: TestClient) -> None:
    [data] = Page(client.get("/search", params={"q": "</script><script>alert(1)</script>"}, headers=BROWSER).text).data
    assert data["url"] == f"{BASE}search?q=%3C%2Fscript%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E"
