"""Pages over a dataset whose every text is hostile: the elements and attributes are those of the sound dataset, and nothing runs or leads away."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import html5lib
import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions import names, question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import store, vocabulary
from mabgraph.graph.store.dataset import DUMP, Dataset
from mabgraph.graph.store.inventory import Manifest

from .test_page_errors import BROWSER

#: What would end an element, an attribute or a data block, be evaluated by a template, or turn the text around; with signs that nobody sees.
HOSTILE: Final = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7001}}</title></textarea>\u202e\u200b\u2066"
#: Values that are made links: what they are instead.
LINKED: Final = {"doi": "javascript:alert(3)//", "registration": "data:text/html,<script>alert(4)</script>", "sha256": "<b>"}
#: Texts that are codes, by which programs decide; and the graph of example queries, which are no texts.
CODES: Final = {"operator", "versionInfo"}
MATCHES: Final = {"exactMatch", "closeMatch", "seeAlso", "source"}
HOSTS: Final = {"doi.org", "clinicaltrials.gov", "creativecommons.org", "w3id.org", "schema.org"}
pytestmark = pytest.mark.slow

ADDRESSES: Final = (
    "/", "/search?q=CD19", "/search?q=trial+small", "/drugs", "/targets", "/conditions", "/studies", "/endpoints", "/documents", "/drugs/blinatumomab",
    "/targets/CD19", "/conditions/acute-lymphoblastic-leukaemia", "/studies/example", "/endpoints/overall-survival", "/documents/example-2020",
    "/documents/example-2020?at=280", "/estimates/example-2020.survival-hazard-ratio", "/estimates/example-2020.survival-median.examplimab",
    "/estimates/example-2020.any-response.versus-standard-care", "/compare", "/compare?drug=blinatumomab",
    "/compare?trial=example&endpoint=overall-survival&synthesise=pool", "/network", "/discrepancies", "/query", "/about", "/drugs/nothing", "/compare?drug=nothing",
    "/data/id/drug/blinatumomab", "/data/id/study/example", "/data/id/document/example-2020", "/data/id/claim/example-2020.small-numbers",
    "/data/id/estimate/example-2020.survival-hazard-ratio", "/data/concept/overall-survival", "/data/id/claim/example-2020.small-numbers/434",
)  # fmt: skip


#: Pages that show no text of the dataset.
WITHOUT: Final = {"/discrepancies", "/query", "/drugs/nothing"}


def harmful(quad: ox.Quad) -> ox.Quad:
    """Return a statement with something hostile in its text, or in the address that it gives."""
    name, value = vocabulary.local_name(quad.predicate.value.replace("#", "/")), quad.object
    if str(quad.graph_name).endswith("graph/examples>"):
        return quad
    if isinstance(value, ox.NamedNode) and name in MATCHES and not value.value.startswith(vocabulary.base()):
        return ox.Quad(quad.subject, quad.predicate, ox.NamedNode("javascript:alert(5)"), quad.graph_name)
    if not isinstance(value, ox.Literal) or name in CODES or not (value.language or value.datatype.value.endswith("#string")):
        return quad
    text = LINKED.get(name, value.value + HOSTILE)
    changed = ox.Literal(text, language=value.language) if value.language else ox.Literal(text)
    return ox.Quad(quad.subject, quad.predicate, changed, quad.graph_name)


def harmful_manifest(catalogue: Catalogue) -> Manifest:
    """Return the manifest of a dataset of its own: what pages keep of the sound one is not this one's, nor the other way."""
    return dataclasses.replace(catalogue.dataset.manifest, version="hostile", dump="hostile")


@pytest.fixture(scope="module")
def hostile(example: Catalogue, example_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service over the small dataset with something hostile in every text."""
    quads = ox.parse(path=str(example_directory / "current" / DUMP))
    loaded = store.from_quads(map(harmful, quads))
    known = names.read(loaded, question.load("names").text, question.load("hierarchy").text)
    opened = Catalogue(Dataset(example.dataset.folder, harmful_manifest(example), loaded), known)
    with TestClient(create_app(Settings(dataset=example_directory), opened), follow_redirects=False) as client:
        yield client


def elements(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return each element of a page with the names of its attributes, in order; strict HTML alone."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    return [(str(each.tag), tuple(sorted(each.attrib))) for each in tree.iter()]


def hosts(page: str) -> set[str]:
    """Return the hosts that a page leads to, beside those that pages may lead to."""
    return {urlsplit(address).hostname or "" for address in re.findall(r'(?:href|src|action)="([^"]*)"', page)} - HOSTS


def check_harmless(page: str) -> None:
    """Hold that a page runs nothing and evaluates nothing, and that its data are data."""
    for each in html5lib.HTMLParser(namespaceHTMLElements=False).parse(page).iter():
        assert not [name for name in each.attrib if name.startswith("on")]
        assert each.tag not in {"img", "iframe", "object", "embed"}
        for name in ("href", "src", "action", "formaction"):
            assert urlsplit(each.attrib.get(name, "")).scheme in {"", "https", "http"}, each.attrib[name]
        if each.tag == "script" and "src" not in each.attrib:
            assert each.attrib == {"type": "application/ld+json"}
            assert json.loads(each.text or "")["@context"] == "https://schema.org/"
        elif each.tag == "script":
            assert each.attrib["src"].startswith("/static/")
    assert "49007" not in page
    assert not {"\u202e", "\u200b", "\u2066"} & set(page)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_text_of_a_dataset_becomes_a_part_of_a_page(client: TestClient, hostile: TestClient, address: str) -> None:
    sound, answer = client.get(address, headers=BROWSER), hostile.get(address, headers=BROWSER)
    assert answer.status_code == sound.status_code, answer.text[:400]
    assert answer.headers["content-security-policy"] == sound.headers["content-security-policy"]
    check_harmless(answer.text)
    assert hosts(answer.text) <= hosts(sound.text)
    assert ("alert(1)" in answer.text) == (address not in WITHOUT)
    kinds = set(elements(answer.text))
    assert kinds <= set(elements(sound.text)) | {("p", ()), ("small", ()), ("br", ()), ("li", ())}


@pytest.mark.parametrize(
    "page", ["<img src=x>", "<p onclick=a()>", "<script>a()</script>", '<a href="javascript:a()">', "49007", "<p>\u202e</p>"]
)
def test_a_text_that_became_a_part_of_a_page_is_seen(page: str) -> None:
    with pytest.raises(AssertionError):
        check_harmless(f"<!doctype html><title>a</title>{page}")


def test_disagreements_and_quotes_of_the_shipped_dataset_stay_texts(real: Catalogue, real_directory: Path) -> None:
    """The small dataset contradicts itself nowhere, and has no cautions."""
    loaded = store.from_quads(harmful(quad) for quad in ox.parse(path=str(real_directory / "current" / DUMP)))
    known = names.read(loaded, question.load("names").text, question.load("hierarchy").text)
    opened = Catalogue(Dataset(real.dataset.folder, harmful_manifest(real), loaded), known)
    with TestClient(create_app(Settings(dataset=real_directory), opened), follow_redirects=False) as client:
        for address in ("/discrepancies", "/studies/tower", "/drugs/daratumumab", "/documents/kantarjian-2017?at=16767", "/compare?drug=blinatumomab&measure=hazard-ratio",
                        "/estimates/kantarjian-2017.overall-survival-hazard-ratio", "/network"):  # fmt: skip
            answer = client.get(address, headers=BROWSER)
            assert answer.status_code == 200, address
            assert "alert(1)" in answer.text, address
            check_harmless(answer.text)
