"""Look-ups that one dictionary leads to: the same answers as the web application gives, and who waits for which."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.responses import Response

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.api.routes import direct, lookups
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store.store import Store
from mabgraph.ingest.errors import BuildError

GOOD = [
    "/v1/drugs", "/v1/drugs/", "/v1/drugs?page_size=1&page=2", "/v1/drugs/blinatumomab", "/v1/drugs/Blincyto?format=ttl", "/v1/drugs/blinatumomab.csv",
    "/v1/drugs/blinatumomab/targets", "/v1/targets/anti-CD20/drugs?format=xlsx", "/v1/estimates?measure=median&measure=hazard-ratio",
    "/v1/estimates?endpoint=overall-survival&include_narrower=true&value_min=0.5&sort=value", "/v1/estimates?fields=id,value",
    "/v1/vocab/measures", "/v1/trials", "/v1/documents/example-2020/figures?page_size=3",
]  # fmt: skip
BAD = [
    "/v1/drugs/nobody", "/v1/drugs/nobody/targets", "/v1/drugs?colour=red", "/v1/drugs?page=0", "/v1/drugs?page=one",
    "/v1/estimates?drug=nobody", "/v1/estimates?fields=colour", "/v1/drugs/blinatumomab?colour=red", "/v1/drugs?format=pdf",
    "/v1/estimates?value_min=much", "/v1/nothing", "/v1/drugs//targets", "/v1/", "/v1",
]  # fmt: skip
ACCEPTED = ["*/*", "text/csv", "application/ld+json", "image/png"]


@contextmanager
def service(opened: Catalogue, directory: Path, ways: dict[direct.Parts, direct.Route]) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lookups, "ROUTES", ways)
        settings = Settings(dataset=directory, cache_megabytes=0)
        with TestClient(create_app(settings, opened), follow_redirects=False, raise_server_exceptions=False) as client:
            yield client


@pytest.fixture(scope="module")
def with_ways(example: Catalogue, example_directory: Path) -> Iterator[TestClient]:
    with service(example, example_directory, lookups.ROUTES) as client:
        yield client


@pytest.fixture(scope="module")
def without(example: Catalogue, example_directory: Path) -> Iterator[TestClient]:
    with service(example, example_directory, {}) as client:
        yield client


def shown(answer: Any) -> dict[str, str]:
    """Return the headers of an answer; the layers of the web application name again what it varies by, and Origin, which it does not."""
    return {name: value for name, value in answer.headers.items() if name != "vary"}


def test_every_list_and_every_thing_that_is_described_has_its_way() -> None:
    described = {tuple(route.path.split("/")[2:]) for route in lookups.router.routes if isinstance(route, APIRoute)}
    assert set(lookups.ROUTES) == {parts for parts in described if parts not in {(), ("",), ("search",)}}


@pytest.mark.parametrize("accept", ACCEPTED)
@pytest.mark.parametrize("url", GOOD)
def test_an_answer_is_that_of_the_web_application(with_ways: TestClient, without: TestClient, url: str, accept: str) -> None:
    headers = {"Accept": accept, "Accept-Encoding": "identity"}
    for _ in range(direct.MEASUREMENTS + 2):
        mine, its = with_ways.get(url, headers=headers), without.get(url, headers=headers)
        assert (mine.status_code, mine.content) == (its.status_code, its.content)
        if its.status_code == 200:
            assert shown(mine) == shown(its)
            assert mine.headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize("url", BAD)
def test_a_refusal_is_that_of_the_web_application(with_ways: TestClient, without: TestClient, url: str) -> None:
    mine, its = with_ways.get(url), without.get(url)
    assert (mine.status_code, mine.content) == (its.status_code, its.content)
    assert its.status_code >= 300 or url in {"/v1", "/v1/", "/v1/drugs/"}


@pytest.mark.parametrize("headers", [{"Accept-Encoding": "gzip"}, {"Accept-Encoding": "gzip;q=0"}, {"Origin": "http://elsewhere.example"}])
def test_coding_and_other_origins_are_as_they_are_there(with_ways: TestClient, without: TestClient, headers: dict[str, str]) -> None:
    mine, its = with_ways.get("/v1/estimates", headers=headers), without.get("/v1/estimates", headers=headers)
    assert mine.content == its.content
    assert mine.headers["content-encoding" if headers.get("Accept-Encoding") == "gzip" else "etag"]
    assert mine.headers["access-control-allow-origin"] == "*"


def test_who_has_an_answer_is_told_so(with_ways: TestClient) -> None:
    tag = with_ways.get("/v1/drugs").headers["etag"]
    assert with_ways.get("/v1/drugs", headers={"If-None-Match": tag}).status_code == 304


def test_other_methods_and_addresses_go_on(with_ways: TestClient) -> None:
    assert (with_ways.head("/v1/drugs").content, with_ways.head("/v1/drugs").headers) == (b"", with_ways.get("/v1/drugs").headers)
    assert with_ways.options("/v1/drugs").status_code == 204
    assert with_ways.post("/v1/drugs").status_code == 405
    assert with_ways.get("/v1/drugs.csv").headers["content-type"].startswith("text/csv")
    assert with_ways.get("/health").status_code == 200


def answering(names: list[str]) -> Callable[..., Response]:
    def answer(**arguments: Any) -> Response:
        names.append(threading.current_thread().name)
        return Response(b"done")

    return answer


def test_what_was_short_is_answered_on_the_event_loop_and_what_was_not_is_not(
    example: Catalogue, example_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    with service(example, example_directory, {("drugs",): direct.Route(None, answering(names))}) as client:
        for _ in range(direct.MEASUREMENTS + 3):
            assert client.get("/v1/drugs").content == b"done"
        threads, loop = names[: direct.MEASUREMENTS], set(names[direct.MEASUREMENTS :])
        assert len(loop) == 1
        assert not loop & set(threads)
        monkeypatch.setattr(direct, "SHORT", -1.0)
        client.get("/v1/drugs")
        assert names[-1] not in loop
        monkeypatch.undo()
        for _ in range(direct.MEASUREMENTS):
            client.get("/v1/drugs?page=2")
        assert not set(names[-direct.MEASUREMENTS :]) & loop
        client.get("/v1/drugs?page=2")
        assert names[-1] in loop
        for other in ({"Accept": "text/csv"}, {"Accept": "application/ld+json"}):
            client.get("/v1/drugs?page=2", headers=other)
            assert names[-1] not in loop
        client.get("/v1/drugs?page=2&format=xlsx")
        assert names[-1] not in loop
        client.get("/v1/drugs?" + "&".join(["page=2"] * direct.LONGEST))
        assert names[-1] not in loop


class Elsewhere:
    """A store that is not the embedded engine."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def query(self, *arguments: Any) -> Any:
        return self._store.query(*arguments)

    def __len__(self) -> int:
        return len(self._store)


def test_what_another_engine_is_asked_goes_on_and_is_waited_for_once(example: Catalogue, example_directory: Path) -> None:
    names: list[str] = []
    elsewhere = replace(example, dataset=replace(example.dataset, store=Elsewhere(example.dataset.store)))
    with service(elsewhere, example_directory, {("drugs",): direct.Route(None, answering(names))}) as client:
        for _ in range(direct.MEASUREMENTS + 3):
            assert client.get("/v1/drugs").json()["items"]
        assert not names


def test_an_engine_that_does_not_answer_is_told_by_the_web_application(example: Catalogue, example_directory: Path) -> None:
    def gone(**arguments: Any) -> Response:
        raise BuildError("the engine is gone")

    with service(example, example_directory, {("drugs",): direct.Route(None, gone)}) as client:
        answer = client.get("/v1/drugs")
        assert answer.status_code == 200
        assert answer.json()["items"]


def test_a_pace_forgets_a_slow_time_little_by_little() -> None:
    pace = direct.Pace()
    assert not pace.is_short("a")
    for _ in range(direct.MEASUREMENTS):
        pace.note("a", direct.SHORT / 2)
    assert pace.is_short("a")
    assert not pace.is_short("b")
    pace.note("a", direct.SHORT * 5)
    times = 0
    while not pace.is_short("a"):
        pace.note("a", 0.0)
        times += 1
    assert 10 < times < 30
