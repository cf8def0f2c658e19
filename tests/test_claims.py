"""Claims whole: text, kind, subjects by name, short quotes, figures and places, in every format and way in, over the whole dataset."""

from __future__ import annotations

import csv
import io
import json
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

WHOLE = "/v1/claims?page_size=1000"
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
def test_a_graph_of_a_claim_has_its_places_and_figures(
    form: str, parsed: ox.RdfFormat, items: list[dict[str, Any]], service: TestClient, real: Catalogue
) -> None:
    for item in items[::40]:
        triples = list(ox.parse(service.get(f"{item['url']}?format={form}").content, parsed))
        places = [(), ("mab:figure",), ("mab:anchoredAt",), ("mab:anchoredAt", "oa:hasSelector"), ("mab:figure", "mab:anchoredAt")]
        wanted = {
            node for path in (*places, ("mab:figure", "mab:anchoredAt", "oa:hasSelector")) for node in objects(real, item["id"], *path)
        }
        assert {triple.subject.value for triple in triples} == wanted
        exact = {triple.object.value for triple in triples if triple.predicate.value.endswith("oa#exact")}
        assert {each["exact"] for each in (*item["quotes"], *item["figures"])} == exact


def test_the_client_gives_typed_claims(items: list[dict[str, Any]], service: TestClient) -> None:
    with client_of(through(service)) as client:
        rows = client.claims(document="kantarjian-2017", kind=["limitation", "recommendation"])
    wanted = [item for item in items if item["document"].endswith("kantarjian-2017") and item["kind"] in {"limitation", "recommendation"}]
    assert [row.id for row in rows] == [item["id"] for item in wanted]
    assert [row.figures[0].printed for row in rows if row.figures] == [item["figures"][0]["printed"] for item in wanted if item["figures"]]
    assert "quotes" in rows.nested
