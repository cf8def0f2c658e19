"""Look-ups that the index leads to: the same answers as by matching routes, each evaluated once, and who waits for which."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.responses import Response

from mabgraph.api.app import create_app
from mabgraph.api.http import pace
from mabgraph.api.http.settings import Settings
from mabgraph.api.routes import index, lookups
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store.store import Store
from mabgraph.ingest.errors import BuildError

GOOD = [
    "/v1/drugs", "/v1/drugs/", "/v1/drugs?page_size=1&page=2", "/v1/drugs/blinatumomab", "/v1/drugs/Blincyto?format=ttl", "/v1/drugs/blinatumomab.csv",
    "/v1/drugs/blinatumomab/targets", "/v1/targets/anti-CD20/drugs?format=xlsx", "/v1/estimates?measure=median&measure=hazard-ratio",
    "/v1/estimates?endpoint=overall-survival&include_narrower=true&value_min=0.5&sort=value", "/v1/estimates?fields=id,value",
    "/v1/vocab/measures", "/v1/trials", "/v1/documents/example-2020/figures?page_size=3", "/v1/search?q=CD19", "/v1/network", "/v1",
]  # fmt: skip
BAD = [
    "/v1/drugs/nobody", "/v1/drugs/nobody/targets", "/v1/drugs?colour=red", "/v1/drugs?page=0", "/v1/drugs?page=one", "/v1/drugs?page=0&colour=red",
    "/v1/estimates?drug=nobody", "/v1/estimates?fields=colour", "/v1/drugs/blinatumomab?colour=red", "/v1/drugs?format=pdf",
    "/v1/estimates?value_min=much", "/v1/estimates?sort=colour", "/v1/nothing", "/v1/drugs//targets", "/v1/search", "/v1/network?colour=red",
    "/v1/estimates/nothing", "/v1/estimates/nothing/figures", "/v1/estimates/nothing/figures?format=pdf", "/v1/drugs/nobody/targets?format=pdf",
]  # fmt: skip
ACCEPTED = ["*/*", "text/csv", "application/ld+json", "image/png"]


@contextmanager
def serving(opened: Catalogue, directory: Path, change: Callable[[FastAPI], None] = lambda app: None) -> Iterator[TestClient]:
    app = create_app(Settings(dataset=directory, cache_megabytes=0), opened)
    change(app)
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


def without_index(app: FastAPI) -> None:
    app.router.routes[:] = [route for route in app.router.routes if not isinstance(route, index.Index)]


@pytest.fixture(scope="module")
def indexed(example: Catalogue, example_directory: Path) -> Iterator[TestClient]:
    with serving(example, example_directory) as client:
        yield client


@pytest.fixture(scope="module")
def matched(example: Catalogue, example_directory: Path) -> Iterator[TestClient]:
    with serving(example, example_directory, without_index) as client:
        yield client


def answers(client: TestClient) -> index.Index:
    app: Any = client.app
    return next(route for route in app.router.routes if isinstance(route, index.Index))


def test_every_list_and_every_thing_that_is_described_is_in_the_index(indexed: TestClient) -> None:
    described = {tuple(route.path.split("/")[2:]) for route in lookups.lists.routes if isinstance(route, APIRoute)}
    assert len(described) > 30
    assert described <= answers(indexed).paths


@pytest.mark.slow
@pytest.mark.parametrize("accept", ACCEPTED)
@pytest.mark.parametrize("url", GOOD)
def test_an_answer_is_the_one_of_the_route_that_matches(indexed: TestClient, matched: TestClient, url: str, accept: str) -> None:
    headers = {"Accept": accept, "Accept-Encoding": "identity"}
    for _ in range(pace.MEASUREMENTS + 2):
        mine, its = indexed.get(url, headers=headers), matched.get(url, headers=headers)
        assert (mine.status_code, mine.content, mine.headers) == (its.status_code, its.content, its.headers)


@pytest.mark.parametrize("url", BAD)
def test_a_refusal_is_the_one_of_the_route_that_matches(indexed: TestClient, matched: TestClient, url: str) -> None:
    mine, its = indexed.get(url), matched.get(url)
    assert (mine.status_code, mine.content, mine.headers) == (its.status_code, its.content, its.headers)
    assert its.status_code >= 300


@pytest.mark.parametrize(
    "url", ["/v1/drugs", "/v1/estimates", "/v1/compare?drug=blinatumomab&format=csv", "/v1/network", "/ontology", "/openapi.json"]
)
@pytest.mark.parametrize(
    "headers", [{}, {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "gzip;q=0"}, {"Origin": "http://elsewhere.example"}]
)
def test_what_varies_is_named_once_and_the_origin_changes_nothing(indexed: TestClient, url: str, headers: dict[str, str]) -> None:
    answer = indexed.get(url, headers={"Accept-Encoding": "identity"} | headers)
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert ("content-encoding" in answer.headers) == (headers == {"Accept-Encoding": "gzip"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Mabgraph-Total" in answer.headers["access-control-expose-headers"]


def test_other_methods_and_addresses_are_matched(indexed: TestClient) -> None:
    assert (indexed.head("/v1/drugs").content, indexed.head("/v1/drugs").headers) == (b"", indexed.get("/v1/drugs").headers)
    assert indexed.options("/v1/drugs").status_code == 204
    assert indexed.post("/v1/drugs").status_code == 405
    assert indexed.get("/v1/drugs.csv").headers["content-type"].startswith("text/csv")
    assert indexed.get("/health").status_code == 200


def evaluated(monkeypatch: pytest.MonkeyPatch, fault: Exception | None = None) -> list[str]:
    """Return the names of the threads in which lists are evaluated from now on, each of which is ``done`` or raises ``fault``."""
    names: list[str] = []

    def evaluate(*_: object) -> Response:
        names.append(threading.current_thread().name)
        if fault is not None:
            raise fault
        return Response(b"done")

    monkeypatch.setattr(lookups, "_list_response", evaluate)
    return names


@pytest.mark.parametrize("url", ["/v1/drugs", "/v1/drugs.csv", "/v1/drugs/blinatumomab/targets"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_request_is_evaluated_once_whatever_comes_of_it(
    example: Catalogue, example_directory: Path, monkeypatch: pytest.MonkeyPatch, url: str, method: str
) -> None:
    for fault, status in ((None, 200), (BuildError("the engine is gone"), 502), (TimeoutError("late"), 504), (KeyError("a fault"), 500)):
        names = evaluated(monkeypatch, fault)
        with serving(example, example_directory) as client:
            assert client.request(method, url).status_code == status
        assert len(names) == 1, fault


def test_a_parameter_is_read_once_where_it_is_refused(example: Catalogue, example_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names, reads, read = evaluated(monkeypatch), [], index.read_parameters

    def count(*request_and_model: Any) -> Any:
        reads.append(request_and_model)
        return read(*request_and_model)

    monkeypatch.setattr(index, "read_parameters", count)
    with serving(example, example_directory) as client:
        assert client.get("/v1/drugs?colour=red").status_code == 422
    assert (len(reads), names) == (1, [])


def test_what_was_short_is_answered_on_the_event_loop_and_what_was_not_is_not(
    example: Catalogue, example_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = evaluated(monkeypatch)
    with serving(example, example_directory) as client:
        for _ in range(pace.MEASUREMENTS + 3):
            assert client.get("/v1/drugs").content == b"done"
        threads, loop = names[: pace.MEASUREMENTS], set(names[pace.MEASUREMENTS :])
        assert len(loop) == 1
        assert not loop & set(threads)
        with monkeypatch.context() as patched:
            patched.setattr(pace, "SHORT", -1.0)
            client.get("/v1/drugs")
            assert names[-1] not in loop
        for _ in range(pace.MEASUREMENTS):
            client.get("/v1/drugs?page=2")
        assert not set(names[-pace.MEASUREMENTS :]) & loop
        client.get("/v1/drugs?page=2")
        assert names[-1] in loop
        for other in ({"Accept": "text/csv"}, {"Accept": "application/ld+json"}):
            client.get("/v1/drugs?page=2", headers=other)
            assert names[-1] not in loop
        client.get("/v1/drugs?page=2&format=xlsx")
        assert names[-1] not in loop
        client.get("/v1/drugs?" + "&".join(["page=2"] * index.LONGEST))
        assert names[-1] not in loop


class Elsewhere:
    """A store that is not the embedded engine."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def query(self, *arguments: Any) -> Any:
        return self._store.query(*arguments)

    def __len__(self) -> int:
        return len(self._store)


def test_another_engine_is_waited_for_in_a_thread(example: Catalogue, example_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = evaluated(monkeypatch)
    with serving(example, example_directory) as client:
        for _ in range(pace.MEASUREMENTS + 1):
            client.get("/v1/drugs")
        loop = names[-1]
    elsewhere = replace(example, dataset=replace(example.dataset, store=Elsewhere(example.dataset.store)))
    names.clear()
    with serving(elsewhere, example_directory) as client:
        for _ in range(pace.MEASUREMENTS + 3):
            assert client.get("/v1/drugs").content == b"done"
    assert len(names) == pace.MEASUREMENTS + 3
    assert all(("worker" in name) != ("worker" in loop) for name in names)


def test_a_pace_forgets_a_slow_time_little_by_little() -> None:
    measured = pace.Pace()
    assert not measured.is_short("a")
    for _ in range(pace.MEASUREMENTS):
        measured.note("a", pace.SHORT / 2)
    assert measured.is_short("a")
    assert not measured.is_short("b")
    measured.note("a", pace.SHORT * 5)
    times = 0
    while not measured.is_short("a"):
        measured.note("a", 0.0)
        times += 1
    assert 10 < times < 30


def test_no_layer_before_the_router_answers_a_path_by_itself(example: Catalogue, example_directory: Path) -> None:
    def forget_routes(app: FastAPI) -> None:
        app.router.routes.clear()

    paths = ("/sparql", "/sparql.csv?query=ASK%7B%7D", "/v1/drugs", "/data/id/drug/blinatumomab", "/openapi.json", "/health")
    with serving(example, example_directory, forget_routes) as client:
        assert {client.get(path).status_code for path in paths} == {404}
