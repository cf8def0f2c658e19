"""Signposts: what a program that knows one address finds by typed links, for every page, every format and every method.

The requests are those that the clients ``signposting`` 0.9.9 and ``extruct`` 0.18 of PyPI make, and what they look for, read from their
sources: HEAD without ``Accept``, redirects followed, the field ``Link``; GET of a page, ``link`` in its head; elements ``script`` of the
type ``application/ld+json``, whole as JSON.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import quote, urljoin

import httpx2
import pytest
import yaml
from fastapi.testclient import TestClient

from mabgraph.api.http import signposts, webpages
from mabgraph.api.routes import markup
from mabgraph.graph.building.description import AUTHORS, LICENCE, TITLE
from mabgraph.graph.store import vocabulary

from . import asgi

ROOT = Path(__file__).parents[1]
BASE = vocabulary.base()
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9"}
DOCUMENT, DOI = "id/document/kantarjian-2017", "https://doi.org/10.1056/NEJMoa1609783"
STUDY, REGISTERED = "id/study/tower", "https://clinicaltrials.gov/study/NCT02013167"
#: A thing of each kind that people link to, and its type.
THINGS = {
    "id/drug/blinatumomab": "Drug", "id/target/CD19": "BioChemEntity", "id/condition/acute-lymphoblastic-leukaemia": "MedicalCondition",
    STUDY: "MedicalStudy", DOCUMENT: "Dataset", "id/estimate/kantarjian-2017.overall-survival-hazard-ratio": "Dataset",
    "id/graph/kantarjian-2017": "Dataset", "id/dataset/mabgraph": "Dataset", "concept/hazard-ratio": "DefinedTerm",
    "ontology/Figure": "DefinedTerm",
}  # fmt: skip
#: A link as RFC 8288 has it: an address without blanks and brackets, then parameters that are tokens or quoted strings.
LINK = re.compile(r'<(?P<target>[^<>"\s]*)>(?P<parameters>(?:; [a-z-]+="(?:[^"\\]|\\.)*")*)(?:, |$)')
PARAMETER = re.compile(r'; ([a-z-]+)="((?:[^"\\]|\\.)*)"')
HOSTILE = '</script><!--"\'>, <b>; rel="item"\u202e\u2028'


class Link(NamedTuple):
    """One link: its relation, where it leads, and the media type that it says is there."""

    relation: str
    target: str
    media: str = ""


def read(value: str) -> list[Link]:
    """Return the links of a field, all of which has to be links."""
    links, place = [], 0
    while place < len(value):
        match = LINK.match(value, place)
        assert match is not None, value[place:]
        parameters = {name: re.sub(r"\\(.)", r"\1", text) for name, text in PARAMETER.findall(match["parameters"])}
        links.append(Link(parameters["rel"], match["target"], parameters.get("type", "")))
        place = match.end()
    return links


def of(answer: httpx2.Response) -> list[Link]:
    """Return the links of an answer."""
    return read(answer.headers.get("link", ""))


def targets(links: list[Link], relation: str) -> list[str]:
    """Return where the links of a relation lead."""
    return [link.target for link in links if link.relation == relation]


class Page(HTMLParser):
    """The links in the head of a page, and the data in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[Link] = []
        self.data: list[Any] = []
        self._open = False
        self.feed(text.partition("</head>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a link, or begin to take data."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "link" and attributes["rel"] not in {"stylesheet", "icon"}:
            self.links.append(Link(attributes["rel"], attributes["href"], attributes.get("type", "")))
        self._open = tag == "script" and attributes == {"type": "application/ld+json"}

    def handle_data(self, data: str) -> None:
        """Take data."""
        if self._open:
            self.data.append(json.loads(data))
            self._open = False


@pytest.fixture(scope="module")
def service(real_client: TestClient) -> TestClient:
    """Return a client of a service over mabgraph's own dataset."""
    return real_client


def assert_answered(service: TestClient, link: Link) -> httpx2.Response:
    """Hold that there is what a link says, and return it."""
    answer = service.get(link.target, headers={"Accept": link.media})
    assert answer.status_code == 200, link
    assert answer.headers["content-type"].partition(";")[0] == link.media, link
    return answer


@pytest.mark.slow
@pytest.mark.parametrize("headers", [{}, BROWSER], ids=["data", "page"])
def test_the_page_of_the_dataset_leads_to_all_of_it(service: TestClient, headers: dict[str, str]) -> None:
    links = of(service.head("/", headers=headers))
    assert links == of(service.get("/", headers=headers))
    assert targets(links, "license") == [LICENCE]
    assert targets(links, "cite-as") == [BASE]
    assert targets(links, "type") == ["https://schema.org/AboutPage", "https://schema.org/Dataset"]
    assert targets(links, "item") == ["/dataset.nq.gz", "/dataset.nq", "/dataset.trig"]
    assert {link.media for link in links if link.relation == "describedby"} == {*signposts.FORMS.values()}
    for link in links:
        if link.relation in {"describedby", "item"}:
            back = of(assert_answered(service, link))
            assert Link("describes" if link.relation == "describedby" else "collection", "/", "text/html") in back
            assert targets(back, "license") == [LICENCE]
            assert targets(back, "cite-as") == [BASE]


def test_the_author_is_the_one_of_the_citation(service: TestClient) -> None:
    [author] = targets(of(service.get("/")), "author")
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert AUTHORS in service.get(f"/data/{author.removeprefix(BASE)}.nt").text
    assert [each["name"] for each in cited["authors"]] == [AUTHORS]


@pytest.mark.parametrize("local", THINGS)
def test_every_name_leads_to_what_is_said_of_it_before_and_after_the_redirect(service: TestClient, local: str) -> None:
    redirect = service.head(f"/{local}")
    page = service.head(redirect.headers["location"])
    assert (redirect.status_code, page.status_code) == (303, 200)
    for links in (of(redirect), of(page)):
        assert targets(links, "license") == [LICENCE]
        assert targets(links, "cite-as") == [BASE if local == "id/dataset/mabgraph" else BASE + local]
        assert targets(links, "type") == ["https://schema.org/AboutPage", f"https://schema.org/{THINGS[local]}"]
        assert Link("collection", "/", "text/html") in links
        assert bool(targets(links, "item")) == (local == "id/dataset/mabgraph")
        assert targets(links, "describedby") == targets(links, "alternate") == [f"/data/{local}.{suffix}" for suffix in signposts.FORMS]
    for link in of(page):
        if link.relation == "describedby":
            back = of(assert_answered(service, link))
            assert Link("describes", f"/data/{local}", "text/html") in back
            assert targets(back, "describedby") == []


@pytest.mark.parametrize("local", THINGS)
@pytest.mark.parametrize("accept", ["*/*", "text/html", *signposts.FORMS.values()])
def test_a_page_says_the_same_in_every_format_and_by_every_method(service: TestClient, local: str, accept: str) -> None:
    head, get = (ask(f"/data/{local}", headers={"Accept": accept}) for ask in (service.head, service.get))
    assert of(head) == of(get) == of(service.head(f"/data/{local}"))


@pytest.mark.parametrize("path", ["/", "/ontology", *(f"/data/{local}" for local in THINGS)])
def test_the_head_of_a_page_has_the_links_of_the_field(service: TestClient, path: str) -> None:
    answer = service.get(path, headers=BROWSER)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert Page(answer.text).links == of(answer)


def test_the_vocabulary_leads_to_itself_as_data(service: TestClient) -> None:
    links = of(service.head("/ontology"))
    assert targets(links, "cite-as") == [f"{BASE}ontology/"]
    assert targets(links, "type")[-1] == "https://schema.org/DefinedTermSet"
    for link in links:
        if link.relation == "describedby":
            assert Link("describes", "/ontology", "text/html") in of(assert_answered(service, link))


def test_examples_of_queries_describe_the_dataset(service: TestClient) -> None:
    links = of(service.head("/.well-known/sparql-examples"))
    assert Link("describes", "/", "text/html") in links
    assert targets(links, "alternate")[0] == "/.well-known/sparql-examples?format=ttl"


@pytest.mark.parametrize(("local", "elsewhere"), [(DOCUMENT, DOI), (STUDY, REGISTERED)])
def test_what_others_have_of_a_thing_is_related_and_never_ours_to_cite_or_to_license(
    service: TestClient, local: str, elsewhere: str
) -> None:
    """A page that is cited by the DOI of an article, or is an article by its type, would give the article away by our licence."""
    for path in (
        f"/data/{local}",
        f"/data/{local}.ttl",
        f"/v1/{'documents' if local == DOCUMENT else 'trials'}/{local.rpartition('/')[2]}",
    ):
        links = of(service.get(path))
        assert targets(links, "related") == [elsewhere]
        assert targets(links, "cite-as") == [BASE + local]
        assert "https://schema.org/ScholarlyArticle" not in targets(links, "type")


def test_a_page_says_what_it_is_about_in_words_of_search_engines(service: TestClient) -> None:
    kinds = THINGS | {DOCUMENT: "ScholarlyArticle", STUDY: "MedicalTrial"}
    for local, kind in kinds.items():
        [data] = Page(service.get(f"/data/{local}", headers=BROWSER).text).data
        assert (data["@context"], data["@type"], data["license"]) == ("https://schema.org/", "AboutPage", LICENCE)
        about = data["mainEntity"]
        assert (about["@id"], about["@type"]) == (BASE + local, kind)
        assert "license" not in about
        assert ("name" in about) == (kind != "Dataset")
    [document] = Page(service.get(f"/data/{DOCUMENT}", headers=BROWSER).text).data
    assert document["mainEntity"]["sameAs"] == DOI
    assert "all rights reserved" in document["mainEntity"]["copyrightNotice"]
    [study] = Page(service.get(f"/data/{STUDY}", headers=BROWSER).text).data
    assert (study["mainEntity"]["identifier"], study["mainEntity"]["sameAs"]) == ("NCT02013167", REGISTERED)


def test_the_first_page_says_what_the_dataset_is(service: TestClient) -> None:
    [data] = Page(service.get("/", headers=BROWSER).text).data
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert (data["@type"], data["name"], data["license"]) == ("Dataset", TITLE, LICENCE)
    assert data["version"] == service.get("/health").json()["dataset"]
    assert data["datePublished"] == str(cited["date-released"])
    assert [each["contentUrl"] for each in data["distribution"]] == [BASE + name for name in signposts.FILES]
    [terms] = Page(service.get("/ontology", headers=BROWSER).text).data
    assert (terms["@type"], terms["@id"]) == ("DefinedTermSet", f"{BASE}ontology/")


def test_entries_of_registers_are_no_articles_and_numbers_of_unknown_registers_lead_nowhere() -> None:
    row = {"direction": "of", "property_label": None, "value_label": None}
    rows = [
        {**row, "property": f"{BASE}ontology/documentKind", "value": f"{BASE}concept/registry-record"},
        {**row, "property": f"{BASE}ontology/registration", "value": "ISRCTN00000000"},
        {**row, "direction": "to", "property": f"{BASE}ontology/doi", "value": "10.1/of-another"},
    ]
    [data] = Page(markup.thing(f"{BASE}id/document/a", cast(Any, rows))).data
    assert data["mainEntity"] == {"@id": f"{BASE}id/document/a", "@type": "CreativeWork", "identifier": "ISRCTN00000000"}
    assert markup.addresses(cast(Any, rows)) == ()


def test_links_between_pages_go_first(service: TestClient) -> None:
    links = of(service.get("/v1/drugs?page_size=2"))
    assert [link.relation for link in links] == ["next", "first", "last", "license", "cite-as", "describedby", "describedby", "collection"]
    assert targets(links, "cite-as") == [BASE]
    for link in links:
        if link.media:
            assert_answered(service, link)


def test_the_start_of_the_look_ups_leads_to_the_dataset(service: TestClient) -> None:
    links = of(service.head("/v1"))
    assert links == of(service.get("/v1"))
    assert [link.relation for link in links] == ["license", "cite-as", "describedby", "describedby", "collection"]


@pytest.mark.parametrize("form", ["json", "ndjson", "csv", "tsv", "xlsx", "jsonld", "ttl"])
def test_a_look_up_says_how_its_thing_is_cited_in_every_format(service: TestClient, form: str) -> None:
    path = f"/v1/drugs/Blincyto.{form}"
    links = of(service.get(path))
    assert links == of(service.head(path)) == of(service.get(path))
    assert targets(links, "cite-as") == [f"{BASE}id/drug/blinatumomab"]
    assert targets(links, "license") == [LICENCE]
    assert Link("collection", "/v1/drugs", "application/json") in links
    for link in links:
        if link.media:
            assert_answered(service, link)


@pytest.mark.parametrize(
    "path", ["/dataset.nq.gz", "/.well-known/void", "/ontology", f"/data/{STUDY}", "/v1/drugs", "/v1/drugs/blinatumomab"]
)
def test_a_caller_that_has_it_is_not_told_again(service: TestClient, path: str) -> None:
    """A 304 updates what the caller has kept; what does not guide that is left out (RFC 9110, 15.4.5)."""
    first = service.get(path)
    assert of(first)
    for condition in (first.headers["etag"], "*"):
        again = service.get(path, headers={"If-None-Match": condition})
        assert (again.status_code, of(again)) == (304, [])


@pytest.mark.parametrize(
    "path", ["/data/id/drug/nothing", "/dataset.zip", "/ontology.csv", "/v1/drugs/nothing", "/v1/drugs?x=1", "/data/%3E%20%7B"]
)
def test_an_error_has_no_signposts(service: TestClient, path: str) -> None:
    answer = service.get(path)
    assert answer.status_code >= 400
    assert targets(of(answer), "license") == []


@pytest.mark.parametrize("name", [HOSTILE, "a?b#c", "50%", "Ⅽ\u200bD19", "a, <b>", "\\", "x" * 1000, "é" * 2000, "<" * 4000])
def test_a_name_ends_no_link_and_links_are_no_longer_than_a_proxy_takes(service: TestClient, name: str) -> None:
    answer = service.head(f"/id/{quote(name, safe='')}")
    assert answer.status_code == 303
    assert answer.headers["link"].isascii()
    assert len(answer.headers["link"]) <= signposts.LONGEST
    links = of(answer)
    assert targets(links, "license") == [LICENCE]
    assert targets(links, "item") == []
    if len(quote(name)) < 500:
        assert targets(links, "cite-as") == [BASE + "id/" + signposts.escape_path(name)]
        assert (
            urljoin("http://testserver/", targets(links, "describedby")[0])
            == f"http://testserver/data/id/{signposts.escape_path(name)}.ttl"
        )
    assert answer.headers["location"] == f"/data/id/{signposts.escape_path(name)}"


def test_a_name_that_is_no_text_is_sent_on_too(service: TestClient) -> None:
    """What stands for no character is one that says so, in an address as in a link."""
    reply = asgi.through(service, asgi.scope("/id/drug/a\udc80"))
    assert (reply.status, reply.headers[b"location"]) == (303, b"/data/id/drug/a%3F")
    assert targets(read(reply.headers[b"link"].decode("ascii")), "cite-as") == [f"{BASE}id/drug/a%3F"]


def test_a_media_type_is_quoted() -> None:
    for media in ('text/csv; header="present"', "a/b, c/d", "a\\b"):
        assert read(signposts.field([signposts.Signpost("/a", "item", media)])) == [Link("item", "/a", media)]


def test_a_page_of_a_hostile_name_has_its_links_and_data_and_nothing_else() -> None:
    row = {"direction": "of", "property": f"{BASE}ontology/label", "property_label": None, "value": HOSTILE, "value_label": None}
    iri = f"{BASE}id/drug/{HOSTILE}"
    links = signposts.resource(f"id/drug/{HOSTILE}")
    page = Page(webpages.resource(iri, [cast(Any, row)], signposts.elements(links) + markup.thing(iri, [cast(Any, row)])))
    assert page.links == read(signposts.field(links))
    [data] = page.data
    assert data["mainEntity"]["name"].startswith("</script><!--")
    assert "\u202e" not in data["mainEntity"]["name"]


def test_files_that_are_not_there_are_no_items() -> None:
    links = read(signposts.field(signposts.landing(())))
    assert targets(links, "item") == []
    assert targets(links, "describedby")
