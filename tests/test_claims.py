"""Claims whole: text, kind, subjects by name, short quotes, figures and places, in every format and way in, over the whole dataset."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.collections import claims, resources
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.graph.store.store import EngineStore

from .test_client import client_of, through

WHOLE = "/v1/claims?page_size=1000&fields=all"
PLACE = {"document", "start", "end", "exact"}


@pytest.fixture(scope="module")
def service(real: Catalogue, real_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service over mabgraph's own dataset."""
    with TestClient(create_app(Settings(dataset=real_directory), real)) as client:
        yield client


@pytest.fixture(scope="module")
def items(service: TestClient) -> list[dict[str, Any]]:
    """Return every claim, as REST gives it."""
    answer = service.get(WHOLE).json()
    assert answer["total"] == len(answer["items"]) > 400
    return list(answer["items"])


def objects(catalogue: Catalogue, subject: str, *properties: str) -> set[str]:
    """Return what a path of properties leads to from ``subject``, by the quads."""
    assert isinstance(catalogue.dataset.store, EngineStore)
    nodes = {subject}
    for name in properties:
        iri = ox.NamedNode(vocabulary.expand_curie(name))
        quads = [quad for node in nodes for quad in catalogue.dataset.store.engine.quads_for_pattern(ox.NamedNode(node), iri, None)]
        nodes = {quad.object.value for quad in quads if isinstance(quad.object, ox.NamedNode)}
    return nodes


def test_a_claim_has_its_text_kind_subjects_quotes_places_and_figures(items: list[dict[str, Any]], real: Catalogue) -> None:
    for item in items:
        assert item["label"]
        assert item["kind"]
        assert item["document"].endswith(item["quotes"][0]["document"])
        assert set(item["about"]) == objects(real, item["id"], "mab:about") != set()
        assert len(item["about_labels"]) == len(item["about"])
        assert all(item["about_labels"])
        assert all(set(quote) == PLACE and quote["end"] - quote["start"] == len(quote["exact"]) <= 120 for quote in item["quotes"])
        assert (item["start"], item["end"]) == (item["quotes"][0]["start"], item["quotes"][0]["end"])
        assert {figure["figure"] for figure in item["figures"]} == objects(real, item["id"], "mab:figure")
        for figure in item["figures"]:
            assert PLACE | {"role", "printed", "number"} <= set(figure)
            assert any(quote["start"] <= figure["start"] < figure["end"] <= quote["end"] for quote in item["quotes"])
    assert sum(len(item["figures"]) for item in items) > 700
    assert {"weeks", "percent"} <= {figure.get("unit") for item in items for figure in item["figures"]}


def test_each_format_gives_the_same_claims_with_quotes_and_figures(items: list[dict[str, Any]], service: TestClient) -> None:
    assert [json.loads(line) for line in service.get(f"{WHOLE}&format=ndjson").text.splitlines()] == items
    wanted = [{name: "\n".join(claims.flatten(item)[name]) for name in ("quotes", "figures", "about", "about_labels")} for item in items]
    for form, separator in (("csv", ","), ("tsv", "\t")):
        rows = list(csv.DictReader(io.StringIO(service.get(f"{WHOLE}&format={form}").text, newline=""), delimiter=separator))
        assert [{name: row[name] for name in wanted[0]} for row in rows] == wanted
        assert [int(row["start"]) for row in rows] == [item["start"] for item in items]
    sheet = openpyxl.load_workbook(io.BytesIO(service.get(f"{WHOLE}&format=xlsx").content))["rows"]
    header, *lines = sheet.iter_rows(values_only=True)
    assert [{name: line[header.index(name)] or "" for name in wanted[0]} for line in lines] == wanted


def test_the_question_gives_the_same_lines_as_the_tables(items: list[dict[str, Any]], real: Catalogue) -> None:
    for item, row in zip(items, real.ask("claims-page"), strict=True):
        assert (row["id"], row["start"], row["end"]) == (item["id"], item["start"], item["end"])
        for name in ("quotes", "figures"):
            assert sorted(str(row[name] or "").splitlines()) == sorted(claims.flatten(item)[name])


@pytest.mark.slow
@pytest.mark.parametrize("asked", [{}, {"drug": "daratumumab"}, {"target": "CD19", "kind": "limitation"}, {"trial": "TOWER"}])
def test_a_page_of_claims_has_the_rows_of_the_question(asked: dict[str, str], real: Catalogue) -> None:
    paged = {**asked, "size": "30", "offset": "1"}
    rows, total = real.page("claims-page", asked, 30, 1)
    assert rows == real.ask("claims-page", paged)
    assert total == len({row["id"] for row in real.ask("claims-page", asked)}) > 1


def test_one_claim_and_the_list_of_its_figures(items: list[dict[str, Any]], service: TestClient, real: Catalogue) -> None:
    for item in items:
        rows, total = resources.FIGURES.find(real, {"claim": [item["id"]]}, 100, 0)
        assert total == len(item["figures"])
        assert {(row["id"], row["label"], row["start"], row["end"], row["unit"]) for row in rows} == {
            (each["figure"], each["printed"], each["start"], each["end"], each.get("unit")) for each in item["figures"]
        }
    whole = next(item for item in items if len(item["figures"]) > 10)
    one = service.get(whole["url"]).json()
    assert {name: value for name, value in one.items() if name not in {"dataset", "links"}} == whole
    listed = service.get(one["links"]["figures"]).json()
    assert listed["total"] == len(whole["figures"])
    assert service.get("/v1/claims/nothing/figures").status_code == 404


@pytest.mark.parametrize(("form", "parsed"), [("jsonld", ox.RdfFormat.JSON_LD), ("ttl", ox.RdfFormat.TURTLE)])
def test_a_graph_of_a_claim_has_its_places_figures_and_discrepancies(
    form: str, parsed: ox.RdfFormat, items: list[dict[str, Any]], service: TestClient, real: Catalogue
) -> None:
    for item in [*items[::40], *[item for item in items if item["discrepancies"]][::15]]:
        triples = list(ox.parse(service.get(f"{item['url']}?format={form}").content, parsed))
        places = [(), ("mab:figure",), ("mab:anchoredAt",), ("mab:anchoredAt", "oa:hasSelector"), ("mab:figure", "mab:anchoredAt")]
        wanted = {
            node for path in (*places, ("mab:figure", "mab:anchoredAt", "oa:hasSelector")) for node in objects(real, item["id"], *path)
        }
        texts = {triple.object.value for triple in triples if triple.predicate.value.endswith("ontology/text")}
        contradictions = {triple.subject.value for triple in triples if triple.predicate.value.endswith("ontology/discrepancyKind")}
        assert {triple.subject.value for triple in triples} == wanted | contradictions
        assert texts == {item["label"], *item["discrepancies"]}
        exact = {triple.object.value for triple in triples if triple.predicate.value.endswith("oa#exact")}
        assert {each["exact"] for each in (*item["quotes"], *item["figures"])} == exact


def test_the_client_gives_typed_claims(items: list[dict[str, Any]], service: TestClient) -> None:
    with client_of(through(service)) as client:
        rows = client.claims(document="kantarjian-2017", kind=["limitation", "recommendation"])
    wanted = [item for item in items if item["document"].endswith("kantarjian-2017") and item["kind"] in {"limitation", "recommendation"}]
    assert [row.id for row in rows] == [item["id"] for item in wanted]
    assert [row.figures[0].printed for row in rows if row.figures] == [item["figures"][0]["printed"] for item in wanted if item["figures"]]
    assert "quotes" in rows.nested


# --- a claim stands alone

#: Words that point to something before them: at the beginning of a claim nothing is before them.
LEADING = re.compile(
    r"(Reading note: )?(such|the same|this|these|those|they|it(?! has been)|its|their|both|also|here|there|the latter|the former)\b", re.I
)
#: Words that point to something that the claim need not name.
POINTING = re.compile(
    r"\b(such (?!as\b)|the same\b|this\b|these\b|the latter\b|the former\b|(?:those patients|those cases|that (?:time|case|patient|group|dose|rate|trial|study))\b)",
    re.I,
)


def points_outside(text: str) -> str:
    """Return the word of a claim that points to what it need not name; empty when the claim stands alone."""
    match = LEADING.match(text) or POINTING.search(text)
    return match.group() if match else ""


@pytest.mark.parametrize(
    "text",
    [
        "Such patients need care.", "Reading note: this is not printed.", "Stop if it eases in that time.", "Give the same dose again.",
        "They were treated.", "Admit these patients.", "In such patients test the lung.", "The drug is stopped for this.",
    ],
)  # fmt: skip
def test_a_claim_that_points_outside_itself_is_seen(text: str) -> None:
    assert points_outside(text)


@pytest.mark.parametrize(
    "text", ["It has been described that antibodies persist.", "Drugs such as rituximab.", "Rates exceed those of controls."]
)
def test_a_claim_that_names_its_nouns_stands_alone(text: str) -> None:
    assert not points_outside(text)


def test_no_claim_points_outside_itself(items: list[dict[str, Any]]) -> None:
    assert {item["id"]: item["label"] for item in items if points_outside(item["label"])} == {}


#: What a reader looks for in a document, as words of the claims that say it; the review prints no disclosures, and a claim says so.
TOPICS = {
    "conflicts of interest of authors": {
        "kantarjian-2017": "employees of Amgen", "thompson-2021": "personal fees", "daratumumab-2016": "no conflicts of interest",
    },
    "what the sponsor did": {"kantarjian-2017": "designed it together", "thompson-2021": "had no part in design"},
    "limits of the registry's temporality": {"thompson-2021": "times are collected for very limited events"},
    "laboratory interference beyond blood typing": {"daratumumab-2016": "HLA typing|immunoassays|Paraproteins"},
    "medication after discharge": {"daratumumab-2016": "after discharge"},
    "key messages": {
        "thompson-2021": "key message", "daratumumab-2016": "hope that CD38 antibodies", "kantarjian-2017": "The authors conclude",
    },
    "prior evidence": {
        "thompson-2021": "prospective randomised trial", "daratumumab-2016": "Four early studies", "kantarjian-2017": "pivotal multicentre",
    },
    "contraindications": {"daratumumab-2016": "persistent asthma"},
    "exclusions": {"kantarjian-2017": "excluded", "thompson-2021": "excluded patients", "daratumumab-2016": "excluded patients"},
    "premedication": {"kantarjian-2017": "dexamethasone before the dose", "daratumumab-2016": "methylprednisolone 100 mg"},
    "monitoring": {"kantarjian-2017": "lumbar puncture", "daratumumab-2016": "monitoring up to 2 nights"},
}  # fmt: skip


@pytest.mark.parametrize("topic", TOPICS)
def test_each_document_has_claims_about_what_readers_look_for(topic: str, items: list[dict[str, Any]]) -> None:
    for document, words in TOPICS[topic].items():
        texts = [item["label"] for item in items if item["document"].endswith(f"/{document}")]
        assert any(re.search(words, text) for text in texts), f"{document} has no claim on {topic}"
