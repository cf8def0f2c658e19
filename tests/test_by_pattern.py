"""Questions that are read by pattern from the index of the embedded engine: the rows, and the bytes of answers, are those of the query."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.graph.building import build
from mabgraph.graph.patterns import parser
from mabgraph.graph.patterns.plan import QueryPlan
from mabgraph.graph.patterns.tree import UnsupportedError
from mabgraph.graph.questions import catalogue, question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.graph.store.store import EngineStore
from mabgraph.ingest.errors import QuestionError
from mabgraph.ingest.registry import files
from mabgraph.ingest.registry.shelf import Shelf

from . import bothways, quick, registryrecords, reports

NAMES = bothways.read_by_pattern()


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_those_of_the_query(real: Catalogue, name: str) -> None:
    assert not bothways.differing(real, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_rows_of_several_reports_of_a_study_are_those_of_the_query(reported: Catalogue, name: str) -> None:
    assert not bothways.differing(reported, name)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
def test_rows_of_quads_that_no_record_makes_are_those_of_the_query(example: Catalogue, seed: int) -> None:
    """Several labels, values and texts of one thing, triples in two graphs, blank nodes and texts where IRIs are expected."""
    spoilt = bothways.over(example, bothways.spoil(quads_of(example), seed, 4_000))
    assert sum(len(spoilt.ask("estimates", each)) for each in bothways.lots(spoilt, "estimates", 1)) > len(example.ask("estimates"))
    for name in NAMES:
        if name not in {"endpoints", "conditions"}:  # what is in a list has no name in the index of the names of the sound dataset
            assert not bothways.differing(spoilt, name, 5, in_order=False), name


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_rows_of_registry_records_are_those_of_the_query(registered: Catalogue, name: str) -> None:
    assert not bothways.differing(registered, name)


def test_a_difference_is_seen(example: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QueryPlan, "rows", lambda self, engine, values: [])
    assert bothways.differing(example, "labels")


def test_the_questions_of_look_ups_are_read_by_pattern() -> None:
    assert {"estimates", "anchors", "checks", "trial", "trials", "drugs", "targets", "labels"} <= set(NAMES)


def test_what_is_reached_through_all_results_of_a_thing_is_asked_of_the_engine() -> None:
    """A drug, target or study may have thousands of results, of which these questions want few: Rust joins faster than Python."""
    assert {"drug", "target", "outcomes", "doses"}.isdisjoint(NAMES)


def test_what_is_read_by_pattern_asks_no_query(example: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    iri = str(example.ask("estimates-page", {"size": "1"})[0]["estimate"])
    expected = example.ask("estimates", {"estimate": iri})
    monkeypatch.setattr(EngineStore, "query", lambda *asked: pytest.fail(f"a query: {asked[1]}"))
    assert example.ask("estimates", {"estimate": iri}) == expected
    assert example.ask("anchors", {"node": iri})


@pytest.mark.parametrize("arguments", [{"drug": "blinatumomab"}, {"estimate": "id/estimate/x", "kind": "effect"}, {}])
def test_other_parameters_are_asked_of_the_engine(example: Catalogue, monkeypatch: pytest.MonkeyPatch, arguments: dict[str, str]) -> None:
    monkeypatch.setattr(QueryPlan, "rows", lambda self, engine, values: pytest.fail("read by pattern"))
    example.ask("estimates", arguments)


@pytest.mark.parametrize(("size", "offset"), [(100, 0), (1, 0), (1, 1), (100, 1), (0, 0)])
def test_a_page_is_that_of_the_query(real: Catalogue, size: int, offset: int) -> None:
    """Names of several things, and of wider ones: a page that has them all is read by pattern, any other is asked for."""
    for listed, parameter in (("drugs", "drug"), ("conditions", "condition"), ("endpoints", "endpoint"), ("trials", "trial")):
        named = bothways.things(real, listed, parameter)[:3]
        arguments = {parameter: named}
        assert real.page(listed, arguments, size, offset) == bothways.by_query(real).page(listed, arguments, size, offset)


@pytest.mark.parametrize(
    "pattern",
    [
        "?s ?p ?o", "VALUES ?s { $thing } ?s ?p ?o", "VALUES ?s { $thing } ?s a ?o FILTER(?o > 1)", "VALUES ?s { $thing } MINUS { ?s a ?o }",
        "VALUES ?s { $thing } ?s a ?o FILTER(REGEX(STR(?o), 'a'))", "VALUES ?s { $thing } ?s a ?o BIND(1 AS ?o)", "GRAPH ?g { ?s a ?o }",
        "VALUES ?s { $thing } ?s a ?o FILTER(?o = 1)", "VALUES ?s { $thing } ?s !a ?o", "VALUES ?s { $thing } ?s a/^(a/a) ?o",
        "VALUES ?s { $thing } { SELECT ?s WHERE { ?s a ?o } LIMIT 1 }", "VALUES ?s { $thing } ?s a ?o . ?s unknown:p ?o", "§",
    ],
)  # fmt: skip
def test_what_cannot_be_read_by_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(UnsupportedError, match=r"."):
        QueryPlan(parser.parse(f"SELECT ?s ?o WHERE {{ {pattern} }}"))


def test_a_question_that_cannot_be_read_by_pattern_says_so(tmp_path: Path, example: Catalogue) -> None:
    text = (vocabulary.QUERIES / "labels.rq").read_text(encoding="utf-8").replace("?label .\n}", "?label .\n  MINUS { ?thing a ?label }\n}")
    (tmp_path / "labels.rq").write_text(text, encoding="utf-8")
    with pytest.raises(QuestionError, match=r"MINUS.*take thing out of by_pattern"):
        question.load("labels", tmp_path).ask(example.dataset.store, example.names, {"thing": "id/drug/blinatumomab"})


PATHS = (
    "/v1/estimates", "/v1/estimates?fields=all&page_size=20", "/v1/estimates.csv?page_size=30", "/v1/estimates.ndjson?page_size=10",
    "/v1/drugs/blinatumomab", "/v1/drugs/blinatumomab/estimates", "/v1/drugs/blinatumomab/targets", "/v1/targets/CD19", "/v1/trials/TOWER",
    "/v1/trials/TOWER/estimates?page=2", "/v1/conditions", "/v1/endpoints/overall-survival", "/v1/compare?drug=blinatumomab&endpoint=OS",
    "/estimates?drug=blinatumomab", "/studies/TOWER", "/drugs/blinatumomab",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_answers_are_those_of_queries(clients: tuple[TestClient, TestClient], path: str) -> None:
    """Twice: the second time from what is kept."""
    queried = clients[1].get(path)
    for _ in range(2):
        read = clients[0].get(path)
        assert read.status_code == queried.status_code == 200
        assert read.content == queried.content
        assert dict(read.headers) == dict(queried.headers)


def test_answers_about_each_estimate_are_those_of_queries(clients: tuple[TestClient, TestClient], real: Catalogue) -> None:
    for iri in bothways.things(real, "estimates", "estimate")[::25]:
        path = f"/v1/estimates/{vocabulary.local_name(iri)}"
        read, queried = (client.get(path).content for client in clients)
        assert read == queried


def quads_of(opened: Catalogue) -> list[ox.Quad]:
    store = opened.dataset.store
    assert isinstance(store, EngineStore)
    return sorted(store.engine, key=str)


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Return the catalogue of mabgraph's own records with ten more laid over them, further reports of their studies among these."""
    folder = tmp_path_factory.mktemp("reported")
    with quick.quick_builds():
        build.build(reports.laid_over(folder / "workspace", reports.ten(), vocabulary.RECORDS), folder / "dataset")
    return catalogue.open_current(folder / "dataset")


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Return the catalogue of mabgraph's own records with the real registry records beside them."""
    folder = tmp_path_factory.mktemp("registered")
    Shelf(folder / "registry").add(files.units(registryrecords.sound_paths()))
    with quick.quick_builds():
        build.build(build.Inputs(build.records_of(vocabulary.RECORDS), registry=folder / "registry"), folder / "dataset")
    return catalogue.open_current(folder / "dataset")


@pytest.fixture(scope="module")
def clients(real: Catalogue, real_directory: Path) -> Iterator[tuple[TestClient, TestClient]]:
    """Return clients of two services: one over the embedded engine, one over the same that answers queries alone."""
    settings = Settings(dataset=real_directory, cache_megabytes=0)
    with (
        TestClient(create_app(settings, Catalogue(real.dataset, real.names)), follow_redirects=False) as read,
        TestClient(create_app(settings, bothways.by_query(real)), follow_redirects=False) as queried,
    ):
        yield read, queried
