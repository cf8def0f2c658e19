"""Answers to look-ups that are kept: the same to the last header, never those of another request or dataset, and bounded."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from pydantic import SecretStr

from mabgraph.api.app import create_app
from mabgraph.api.collections import tables
from mabgraph.api.http import answers, cache
from mabgraph.api.http.settings import Settings
from mabgraph.api.http.state import State
from mabgraph.api.routes import lookups
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue

#: Long lists, or much that is written.
pytestmark = pytest.mark.slow

LIST = "/v1/estimates?measure=median&page_size=1"
ONE = "/v1/drugs/blinatumomab"


@pytest.fixture(scope="module")
def begun(example: Catalogue, example_directory: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(dataset=example_directory), example), follow_redirects=False) as client:
        yield client


@pytest.fixture
def service(begun: TestClient, example: Catalogue) -> TestClient:
    """Return a client of a service over the invented dataset that has kept nothing yet."""
    service_state(begun).catalogue = example
    service_state(begun).cache.clear()
    return begun


def service_state(service: TestClient) -> State:
    state: State = service.app.state.service  # type: ignore[attr-defined]
    return state


def headers_of(answer: Response) -> dict[str, Any]:
    """Return the headers of an answer; what it varies by is a set."""
    return {**answer.headers, "vary": set(answer.headers["vary"].split(", "))}


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what makes every look-up that is not kept fail."""

    def fail(*_: object) -> None:
        raise AssertionError("the dataset is asked")

    def begin() -> None:
        for name in ("_list_response", "_item_response"):
            monkeypatch.setattr(lookups, name, fail)

    return begin


@pytest.mark.parametrize("origin", [{}, {"Origin": "https://example.org"}], ids=["here", "elsewhere"])
@pytest.mark.parametrize("coding", ["identity", "gzip", "gzip;q=0"])
@pytest.mark.parametrize("media", tables.FORMS.values())
@pytest.mark.parametrize("url", [LIST, ONE, f"{ONE}.csv", "/v1/vocab/designs", "/v1/drugs/blinatumomab/targets"])
def test_a_kept_answer_is_the_one_that_was_given(
    url: str, media: str, coding: str, origin: dict[str, str], service: TestClient, silent: Any
) -> None:
    headers = {"Accept": media, "Accept-Encoding": coding}
    first, head = service.get(url, headers=headers), service.head(url, headers=headers)
    unchanged = {"If-None-Match": first.headers["etag"]}
    service_state(service).cache.clear()
    not_modified = service.get(url, headers=headers | unchanged | origin)
    assert (first.status_code, not_modified.status_code, len(service_state(service).cache)) == (200, 304, 0)
    service.get(url, headers=headers)
    silent()
    again = service.get(url, headers=headers | origin)
    assert (again.status_code, again.content, again.headers) == (200, first.content, first.headers)
    asked = service.head(url, headers=headers | origin)
    assert (asked.status_code, asked.content, asked.headers) == (200, b"", head.headers)
    assert asked.headers["content-length"] == first.headers["content-length"]
    retold = service.get(url, headers=headers | unchanged | origin)
    assert (retold.status_code, retold.content, headers_of(retold)) == (304, b"", headers_of(not_modified))
    assert service.get(url, headers=headers | {"If-None-Match": '"another"'}).status_code == 200


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        (LIST, [("Accept", "text/csv")]),
        (LIST, [("Accept", "text/csv"), ("Accept", "application/json")]),
        (LIST, [("Accept-Encoding", "gzip")]),
        (f"{LIST}&page=2", []),
        (f"{LIST}&format=csv", []),
        (LIST.replace("?", ".csv?"), []),
        (LIST.replace("estimates", "estimates%2Ecsv"), []),
        (LIST.replace("median", "hazard-ratio"), []),
        ("/v1/estimates?page_size=1&measure=median", []),
    ],
)
def test_what_differs_in_the_request_is_kept_apart(url: str, headers: list[tuple[str, str]], service: TestClient) -> None:
    alone = service.get(url, headers=headers)
    service_state(service).cache.clear()
    for _ in range(2):
        service.get(LIST)
    for _ in range(2):
        answer = service.get(url, headers=headers)
        assert (answer.content, answer.headers) == (alone.content, alone.headers)
    assert len(service_state(service).cache) == 2


@pytest.mark.parametrize(
    "url",
    [
        "/v1", "/v1/search?q=CD19", "/v1/nothing", "/v1/drugs/nothing", "/v1/estimates?dose=1", "/v1/estimates?format=pdf", "/health", "/",
        "/v1/figures/nothing/context", "/v1/documents/example-2020/text", "/docs", "/openapi.json", "/ontology",
    ],
)  # fmt: skip
def test_what_the_dataset_alone_does_not_settle_is_not_kept(url: str, service: TestClient) -> None:
    service.get(url)
    assert url.partition("?")[0] not in {getattr(key, "path", "") for key in service_state(service).cache}


def test_texts_of_documents_are_not_kept(example: Catalogue, example_directory: Path) -> None:
    documents = Path(__file__).parent / "data" / "documents"
    settings = Settings(dataset=example_directory, documents=documents, texts_open=True, texts_token=SecretStr("a-secret-of-these-tests"))
    with TestClient(create_app(settings, example), headers={"Authorization": "Bearer a-secret-of-these-tests"}) as service:
        figure = service.get("/v1/figures?page_size=1").json()["items"][0]["url"]
        service_state(service).cache.clear()
        for url in ("/v1/documents/example-2020/text", f"{figure}/context"):
            assert [service.get(url).status_code, service.head(url).status_code] == [200, 200]
        assert len(service_state(service).cache) == 0


def test_head_alone_keeps_nothing(service: TestClient) -> None:
    assert service.head(LIST).status_code == 200
    assert len(service_state(service).cache) == 0


def test_what_is_kept_is_bounded(example_directory: Path, example: Catalogue) -> None:
    with TestClient(create_app(Settings(dataset=example_directory, cache_megabytes=1), example)) as service:
        cache = service_state(service).cache
        for number in range(1, 200):
            assert service.get(f"/v1/estimates?value_min={number}").status_code == 200
        assert 10 < len(cache) < 100
        assert cache.currsize <= 1 << 20
        longest = "fields=" + ",".join(["id"] * 4000)
        assert len(longest) > answers.LONGEST
        cache.clear()
        assert service.get(f"/v1/drugs?{longest}").status_code == 200
        assert service.get("/v1/drugs", headers={"Accept": "application/json" + ", a/b" * 2500}).status_code == 200
        assert len(cache) == 0
        for number, length in enumerate((801, 8001), start=1):
            answer = service.get(f"/v1/drugs?page_size=1&page=2&{longest[:length]}")
            assert answer.status_code == 200
            assert len(answer.headers["link"]) < 4200, "links to other pages are left out where they are too long"
            assert len(cache) == number


def test_nothing_is_kept_where_no_bytes_are_given(example_directory: Path, example: Catalogue) -> None:
    with TestClient(create_app(Settings(dataset=example_directory, cache_megabytes=0), example)) as service:
        assert [service.get(LIST).status_code for _ in range(2)] == [200, 200]
        assert len(service_state(service).cache) == 0


def other(example: Catalogue) -> Catalogue:
    """Return the same dataset under another version."""
    manifest = dataclasses.replace(example.dataset.manifest, version="another", dump="another")
    return Catalogue(dataclasses.replace(example.dataset, manifest=manifest), example.names)


def test_after_a_swap_nothing_older_is_given(service: TestClient, example: Catalogue) -> None:
    versions = []
    for served in (example, other(example), example):
        service_state(service).catalogue = served
        versions += [service.get(ONE).json()["dataset"] for _ in range(2)]
    assert versions == [example.version] * 2 + ["another"] * 2 + [example.version] * 2


def test_an_answer_during_which_the_dataset_is_swapped_is_not_kept(
    service: TestClient, example: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = lookups._item_response

    def swapping(*arguments: Any) -> Any:
        service_state(service).catalogue = other(example)
        return asked(*arguments)

    monkeypatch.setattr(lookups, "_item_response", swapping)
    assert service.get(ONE).json()["dataset"] == "another"
    assert len(service_state(service).cache) == 0
    service_state(service).catalogue = example
    monkeypatch.undo()
    assert service.get(ONE).json()["dataset"] == example.version


def test_answers_of_another_engine_are_not_kept(example_directory: Path) -> None:
    opened = catalogue.open_current(example_directory)
    with TestClient(create_app(Settings(dataset=example_directory, store="http://127.0.0.1:9/query"), opened)) as service:
        assert service.get(ONE).status_code == 200
        assert len(service_state(service).cache) == 0


def test_a_repeated_query_is_not_evaluated_again(service: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    query = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 3"
    sent = [service.get("/sparql", params={"query": query, "colour": "red"}), service.post("/sparql", data={"query": query})]

    async def fail(*_: object) -> None:
        raise AssertionError("the query is evaluated")

    monkeypatch.setattr(service_state(service).engine, "ask", fail)
    again = [service.get("/sparql", params={"query": query, "colour": "red"}), service.post("/sparql", data={"query": query})]
    assert [(each.status_code, each.content, headers_of(each)) for each in again] == [
        (each.status_code, each.content, headers_of(each)) for each in sent
    ]
    assert again[0].headers["mabgraph-unread"] == "colour"
    assert service.head("/sparql", params={"query": query, "colour": "red"}).headers == again[0].headers
    with pytest.raises(AssertionError, match="is evaluated"):
        service.get("/sparql", params={"query": query})


def test_what_an_evaluator_answered_is_stored_under_its_state(service: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update between request and answer: the answer is that of the new state, and no other request of the old one has it."""
    state, query = service_state(service), "SELECT * { ?s ?p ?o } LIMIT 1"
    ask = state.engine.ask

    async def ask_later(*arguments: Any) -> Any:
        return dataclasses.replace(await ask(*arguments), state="another state")

    monkeypatch.setattr(state.engine, "ask", ask_later)
    service.get("/sparql", params={"query": query})
    assert {key.state for key in state.cache if isinstance(key, cache.Key)} == {"another state"}
