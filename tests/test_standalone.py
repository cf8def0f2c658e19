"""Pages that hold what data says: whatever a label, a title or a remark is, it stays text, in every page that is written."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import html5lib
import pytest

from mabgraph.api.cli import report
from mabgraph.api.exports import gallery, pictures, standalone
from mabgraph.api.exports.package import Package
from mabgraph.api.http import webpages
from mabgraph.api.pages import templating
from mabgraph.api.pages.worked import WorkedOut
from mabgraph.api.plots import drawing
from mabgraph.graph.network import network
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.visible import escape_invisible

from .test_forest import asked

#: What would end an element, begin another, or end a line of a script.
HOSTILE = "</script><script>alert(1)</script><!--<svg/onload=alert(2)>\"'\u2028\u2029&lt;]]>`${alert(3)}`</title></style></details>"


class Page(HTMLParser):
    """The elements of a page, the texts of its scripts, and whether one has what runs."""

    def __init__(self, text: str) -> None:
        """Read ``text``."""
        super().__init__()
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.running: list[str] = []
        self.texts: list[str] = []
        self._inside: dict[str, str | None] | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what runs: a handler of an event, an address that is a script."""
        self._inside = dict(attrs) if tag == "script" else None
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        self.running += [
            f"{tag} {name}" for name, value in attrs if name.startswith("on") or str(value).strip().lower().startswith("javascript:")
        ]

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        if self._inside is not None:
            attributes, text = self.scripts.pop()
            self.scripts.append((attributes, text + data))
        self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._inside = None


def hostile(value: Any) -> Any:
    """Return ``value`` with something hostile behind every text that is no identifier."""
    if isinstance(value, str):
        return value if "://" in value or not value else value + HOSTILE
    if isinstance(value, dict):
        return {key: hostile(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(hostile(each) for each in value)
    return value


@pytest.fixture(scope="module")
def package(real: Catalogue) -> Package:
    """Return a comparison whose rows, and what is said of it, are hostile in every field that is no number or fixed word."""
    comparison = asked(real, drug=["blinatumomab"], endpoint=["OS"], measure=["hazard-ratio"])
    fields = {
        "study_label",
        "endpoint_label",
        "population",
        "method",
        "treatment",
        "against",
        "citation",
        "analysis_label",
        "comparison_label",
    }
    rows = [{name: hostile(value) if name in fields else value for name, value in row.items()} for row in comparison.rows]
    return dataclasses.replace(comparison, rows=tuple(rows), address=comparison.address + HOSTILE)


@pytest.mark.slow
def test_a_forest_plot_runs_nothing_but_its_two_scripts(package: Package, real: Catalogue) -> None:
    page = Page(pictures.html(package).decode())
    usual = Page(pictures.html(asked(real, drug=["blinatumomab"], endpoint=["OS"], measure=["hazard-ratio"])).decode())
    assert len(page.scripts) == 3
    assert not page.running
    programs = [text for attributes, text in page.scripts if not attributes]
    assert programs == [text for attributes, text in usual.scripts if not attributes]
    (specification,) = [text for attributes, text in page.scripts if attributes.get("type") == "application/json"]
    assert not {"<", ">", "&", "\u2028", "\u2029"} & set(specification)
    values = json.loads(specification)
    assert escape_invisible(HOSTILE) in json.dumps(values, ensure_ascii=False).replace('\\"', '"')


def test_the_policy_names_the_two_scripts(package: Package) -> None:
    text = pictures.html(package).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    digests = re.findall("sha256-[A-Za-z0-9+/=]+", policy[1])
    programs = [text for attributes, text in Page(text).scripts if not attributes]
    assert digests == ["sha256-" + b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in programs]
    assert "'unsafe-inline'" not in policy[1].partition("style-src")[0]


def test_a_drawing_stays_xml(package: Package) -> None:
    root = ElementTree.fromstring(pictures.svg(package))
    assert not [each for each in root.iter() if each.tag.endswith("}script") or any(name.startswith("on") for name in each.attrib)]


@pytest.mark.parametrize("field", ["property", "property_label", "value", "value_label", "direction", "label"])
def test_a_page_of_a_thing_runs_nothing(field: str) -> None:
    row: dict[str, Any] = {
        "direction": "of", "property": "http://a.example/b#label", "property_label": "label", "value": "a", "value_label": "b", "label": "c",
    }  # fmt: skip
    for value in (HOSTILE, "http://a.example/" + HOSTILE, "javascript://%0aalert(1)", "data://text/html,<script>alert(1)</script>"):
        page = Page(webpages.resource("https://w3id.org/mabgraph/id/a" + HOSTILE, [cast(Any, {**row, field: value})]))
        assert not page.scripts
        assert not page.running


@pytest.mark.parametrize("field", ["term", "label", "definition", "kind"])
def test_the_page_of_the_vocabulary_runs_nothing(field: str) -> None:
    row = {"term": "http://a.example/b", "label": "a", "definition": "b", "kind": "c"}
    page = Page(webpages.ontology([cast(Any, {**row, field: value}) for value in (HOSTILE, "javascript:alert(1)")]))
    assert (page.scripts, page.running) == ([], [])


def test_the_first_page_runs_nothing() -> None:
    pairs = [("/" + HOSTILE, HOSTILE)]
    comparison = WorkedOut("/" + HOSTILE, HOSTILE, 1, (HOSTILE,), HOSTILE)
    counts = [("/" + HOSTILE, HOSTILE, HOSTILE)]
    values = {"about": HOSTILE, "tries": [HOSTILE], "counts": counts, "worked": [comparison], "documents": pairs, "more_documents": True}
    common = {"version": HOSTILE, "sections": pairs, "here": "/", "data": pairs, "head": ""}
    page = Page(templating.render("home.html", ways={"/" + HOSTILE: HOSTILE}, **values, **common))
    assert [content for _, content in page.scripts if content.strip()] == []
    assert page.running == []


def test_the_coherence_report_runs_nothing(real: Catalogue) -> None:
    checks = [dict(row) | {"document": "a" + HOSTILE, "kind": HOSTILE, "outcome": "consistent"} for row in real.ask("checks", {})[:3]]
    disagreements = [
        {name: value if name in {"start", "end"} else str(value) + HOSTILE + "\n\n<script>alert(1)</script>\n[a](javascript:alert(1))" for name, value in row.items()}
        for row in real.ask("discrepancies", {})[:5]
    ]  # fmt: skip
    page = Page(report.html(report.markdown(cast(Any, checks), cast(Any, disagreements), HOSTILE)))
    assert (page.scripts, page.running) == ([], [])


@pytest.mark.slow
def test_the_gallery_runs_nothing(real: Catalogue, tmp_path: Path) -> None:
    example = dataclasses.replace(gallery.EXAMPLES[2], question=HOSTILE)
    page = Page(gallery.write(real, tmp_path, [example])[0].read_text("utf-8"))
    assert (page.scripts, page.running) == ([], [])
    assert any("alert(1)" in text for text in page.texts)


def test_the_picture_of_a_network_stays_xml(real: Catalogue) -> None:
    evidence = network.read(real)
    named = {iri: name + HOSTILE for iri, name in evidence.names.items()}
    root = ElementTree.fromstring(drawing.svg(dataclasses.replace(evidence, names=named, about={"dataset": HOSTILE})))
    assert not [each for each in root.iter() if each.tag.endswith("}script")]


def test_what_is_embedded_has_the_same_values() -> None:
    value = {"a": HOSTILE, "b": [1, None, "\\u003c", "\x00\ud7ff"]}
    for ascii_only in (True, False):
        text = standalone.embed(json.dumps(value, ensure_ascii=ascii_only))
        assert json.loads(text) == value
        assert not {"<", ">", "&", "\u2028", "\u2029"} & set(text)


@pytest.mark.slow
def test_the_same_in_words_is_shown_in_the_body() -> None:
    """The bundled scripts hold ``</body>`` themselves: what is put before the first of them becomes a part of a script."""
    words = ["Forest plot. TOWER: 0.71.", HOSTILE]
    page = standalone.page("a title", "{}", words)
    assert page.count("</body>") > 1
    shown = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page).findall("./body/details")
    assert [each.attrib for each in shown] == [{"open": ""}]
    assert [each.text for each in shown[0].findall("p")] == words


def test_a_page_stays_whole_whatever_it_is_made_of() -> None:
    page = Page(standalone.page(HOSTILE, json.dumps({HOSTILE: [HOSTILE, {"title": HOSTILE}]}, ensure_ascii=False), [HOSTILE, HOSTILE]))
    assert len(page.scripts) == 3
    assert not page.running
    (specification,) = [text for attributes, text in page.scripts if attributes.get("type") == "application/json"]
    assert json.loads(specification) == {HOSTILE: [HOSTILE, {"title": HOSTILE}]}
