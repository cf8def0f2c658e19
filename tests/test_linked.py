"""Linked data: the dataset to take away, its description, the vocabulary, and every IRI as something to look at."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.collections import resources
from mabgraph.api.http.settings import Settings
from mabgraph.api.pages.places import Places, gather
from mabgraph.api.routes import linked
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import Row
from mabgraph.graph.store import dataset, formats, vocabulary

LISTS_OF = {
    "drugs": resources.DRUGS, "targets": resources.TARGETS, "conditions": resources.CONDITIONS, "studies": resources.TRIALS,
    "documents": resources.DOCUMENTS, "estimates": resources.ESTIMATES,
}  # fmt: skip
SUFFIXES = {"ttl": "text/turtle", "nt": "application/n-triples", "rdf": "application/rdf+xml", "jsonld": "application/ld+json"}


def triples(content: bytes, media: str) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(content, formats.GRAPHS[media])}


def test_the_dataset_can_be_taken_away_whole(client: TestClient, example_directory: Path) -> None:
    plain = (example_directory / "current" / dataset.DUMP).read_bytes()
    assert gzip.decompress(client.get("/dataset.nq.gz").content) == plain
    assert client.get("/dataset.nq").content == plain
    trig = client.get("/dataset.trig")
    assert trig.headers["content-type"] == "application/trig"
    assert set(ox.parse(trig.content, ox.RdfFormat.TRIG)) == set(ox.parse(plain, ox.RdfFormat.N_QUADS))


@pytest.mark.parametrize(
    "path", ["/dataset.nq.gz", "/dataset.trig", "/ontology.ttl", "/.well-known/void", "/data/id/drug/blinatumomab.ttl"]
)
def test_what_a_version_settles_has_a_validator(client: TestClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["mabgraph-dataset"] == client.get("/health").json()["dataset"]
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == first.headers["etag"]


def test_a_file_that_is_none_is_404(client: TestClient) -> None:
    for path in ("/dataset.zip", "/dataset.manifest.json", "/dataset...%2fmanifest.json"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("media", formats.GRAPHS)
@pytest.mark.parametrize(
    ("path", "about"), [("/.well-known/void", "dcat"), ("/.well-known/sparql-examples", "shacl"), ("/ontology", "ontology/Figure")]
)
def test_a_graph_is_given_in_every_format(client: TestClient, path: str, about: str, media: str) -> None:
    answer = client.get(path, headers={"Accept": media})
    assert answer.headers["content-type"].partition(";")[0] == media
    assert any(about in str(triple) for triple in triples(answer.content, media))


def test_the_description_and_the_endpoint_say_the_same(client: TestClient) -> None:
    described = triples(client.get("/.well-known/void").content, "text/turtle")
    query = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <id/graph/description> { ?s ?p ?o } }"
    assert described == triples(client.get("/sparql.nt", params={"query": query}).content, "application/n-triples")
    assert described


def test_the_vocabulary_is_a_page_for_a_person(client: TestClient) -> None:
    page = client.get("/ontology", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<a href="/ontology/Figure">' in page.text
    assert client.get("/ontology.html").text == page.text


@pytest.mark.parametrize("local", ["id/drug/blinatumomab", "ontology/Figure", "concept/hazard-ratio", "id/graph/links"])
def test_every_name_of_ours_leads_to_what_is_said_of_it(client: TestClient, local: str) -> None:
    answer = client.get(f"/{local}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/data/{local}")
    page = client.get(answer.headers["location"], headers={"Accept": "text/html"})
    assert vocabulary.base() + local in page.text
    for suffix, media in SUFFIXES.items():
        statements = triples(client.get(f"/data/{local}.{suffix}").content, media)
        assert any(triple.subject == ox.NamedNode(vocabulary.base() + local) for triple in statements)


def test_a_figure_leads_to_its_characters(client: TestClient) -> None:
    """From an estimate's figure by its IRI to the page that names document, start and end: one step."""
    row = client.get("/v1/estimates?measure=hazard-ratio&fields=all").json()["items"][0]
    figure = row["figures"][0]
    page = client.get("/data/" + figure["figure"].removeprefix(vocabulary.base()), headers={"Accept": "text/html"}).text
    assert figure["printed"] in page
    estimate = row["estimate"].removeprefix(vocabulary.base())
    above = client.get(f"/data/{estimate}", headers={"Accept": "text/html"}).text
    assert f'<a href="/{figure["figure"].removeprefix(vocabulary.base())}">{figure["printed"]}</a>' in above


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/data/id/drug/nothing", 404),
        ("/data/id/drug/blinatumomab.png", 404),
        ("/data/id/drug/blinatumomab?format=png", 406),
        ("/data/%3E%20%7B", 422),
        ("/ontology.csv", 404),
    ],
)
def test_what_is_not_there_is_a_problem(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_what_is_not_offered_is_406(client: TestClient) -> None:
    assert client.get("/ontology", headers={"Accept": "image/png"}).status_code == 406


def test_a_page_shows_text_as_text(client: TestClient) -> None:
    from mabgraph.api.http import webpages

    row: Row = {"direction": "of", "property": "a:label", "property_label": None, "value": "<script>alert(1)</script>", "value_label": None}
    assert "<script>" not in webpages.resource(vocabulary.base() + "id/x<y>", [row])


def test_json_ld_is_json(client: TestClient) -> None:
    assert json.loads(client.get("/data/id/drug/blinatumomab.jsonld").content)


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def locals_of_real(real_directory: Path) -> list[str]:
    """Return what of our IRIs a client asks for, of every IRI of the dataset: relative to the base, without fragments."""
    return _locals((real_directory / "current" / dataset.DUMP).read_text("utf-8"), "<")


def _locals(dump: str, before: str) -> list[str]:
    """Return our IRIs behind ``before``, relative to the base, without fragments."""
    return sorted({iri.partition("#")[0] for iri in re.findall(f"{before}{vocabulary.base()}([^>]*)>", dump)})


def find_place(address: str, gathered: Mapping[str, Places]) -> bool:
    """Whether the page of a document has the place that ``address`` asks for."""
    places, at = gathered[urlsplit(address).path.rpartition("/")[2]], int(parse_qs(urlsplit(address).query)["at"][0])
    return places.index(at) is not None or places.quote(at) is not None


@pytest.mark.slow
def test_every_iri_of_the_dataset_leads_somewhere(real: Catalogue, real_directory: Path, locals_of_real: list[str]) -> None:
    """What is described is the subject of statements; the page of a thing is found by its name; a place is one of the page of its document."""
    described = set(_locals((real_directory / "current" / dataset.DUMP).read_text("utf-8"), "(?m)^<"))
    gathered = {vocabulary.local_name(str(row["id"])): gather(real, vocabulary.local_name(str(row["id"]))) for row in real.ask("documents")}
    things = [local for local in locals_of_real if local.startswith(("id/", "concept/", "ontology/")) and not local.endswith("/")]
    addresses = {local: linked.find_page(real, local) for local in things}
    places = {local: address for local, address in addresses.items() if "?at=" in address}
    assert {local.split("/")[1] for local in places} == {"figure", "claim", "definition", "statement"}
    assert [local for local, address in places.items() if not find_place(address, gathered)] == []
    data = [local for local, address in addresses.items() if address.startswith("/data/")]
    assert [local for local in data if local not in described] == []
    pages = {local: address.split("/") for local, address in addresses.items() if local not in places and local not in set(data)}
    assert [local for local, (_, kind, name) in pages.items() if LISTS_OF[kind].iri(real, name) != vocabulary.base() + local] == []
    assert len(places) > 4000
    assert len(data) > 3000
    assert len(pages) > 800
    assert not find_place("/documents/kantarjian-2017?at=1", gathered)


@pytest.mark.slow
def test_a_few_iris_of_each_kind_are_answered(real_client: TestClient, locals_of_real: list[str]) -> None:
    kinds: dict[str, list[str]] = {}
    for local in locals_of_real:
        kinds.setdefault("/".join(local.split("/")[:2]) if local.startswith("id/") else local.partition("/")[0], []).append(local)
    for local in (each for several in kinds.values() for each in (several[0], several[-1])):
        for headers in (BROWSER, {}):
            answer = real_client.get(f"/{local}", headers=headers)
            while answer.status_code == 303:
                answer = real_client.get(answer.headers["location"], headers=headers)
            assert answer.status_code == 200, (local, headers)


def test_what_is_anchored_leads_to_its_characters(real_client: TestClient, real: Catalogue) -> None:
    """In the page of a figure, a quote or a definition the place is a link that a browser follows to the characters."""
    for kind, name in (("figure", "kantarjian-2017.overall-survival-hazard-ratio.value-16767"), ("claim", _quote(real, "claim")),
                       ("definition", _quote(real, "definition of a variable")), ("statement", _quote(real, "statement of an analysis"))):  # fmt: skip
        start = int(re.findall(r"\d+", name)[-1])
        page = real_client.get(f"/data/id/{kind}/{name}", headers=BROWSER)
        for fragment in ("target", "quote", "position"):
            assert f'<h2 id="{fragment}">' in page.text
        owner = name if kind == "figure" else name.rpartition("/")[0]
        anchored = re.search(r'href="(/id/[^"]*#target)"', real_client.get(f"/data/id/{kind}/{owner}", headers=BROWSER).text)
        assert anchored
        answer = real_client.get(f"/id/{kind}/{name}", headers=BROWSER)
        assert re.fullmatch(rf"/documents/[\w-]+\?at={start}#c{start}", answer.headers["location"])
        assert (
            f'id="c{start}"' in real_client.get(answer.headers["location"]).text
            or "Quoted words" in real_client.get(answer.headers["location"]).text
        )
        statements = triples(real_client.get(f"/data/id/{kind}/{name}.nt").content, "application/n-triples")
        assert statements


def _quote(catalogue: Catalogue, kind: str) -> str:
    """Return the name of the first quote of a thing of one kind, without its fragment."""
    row = next(row for row in catalogue.ask("quotes", {"document": "kantarjian-2017"}) if row["kind"] == kind)
    return f"{str(row['claim']).rpartition('/')[2]}/{row['start']}"


def test_a_file_that_was_changed_since_it_was_built_is_not_given(example_directory: Path, tmp_path: Path) -> None:
    shutil.copytree(example_directory, tmp_path / "dataset", symlinks=True)
    with TestClient(create_app(Settings(dataset=tmp_path / "dataset"))) as client:
        assert client.get("/dataset.trig").status_code == 200
        path = tmp_path / "dataset" / "current" / "dataset.trig"
        path.write_bytes(path.read_bytes().replace(b"0.71", b"0.11") + b"\n")
        answer = client.get("/dataset.trig")
        assert answer.status_code == 500
        assert "dataset.trig" in answer.json()["detail"]
        assert client.get("/dataset.nq.gz").status_code == 200
        assert client.get("/health").json()["verified"] == "yes"
