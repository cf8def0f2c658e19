"""Nested lists: as many queries as the plain list with the same filter, and one more at most; nothing is asked for a 304."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.collections import resources
from mabgraph.api.collections.resources import Collection
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.names import KINDS
from mabgraph.graph.store.store import Store

#: Every nested list: of what, of which things, by which filter.
LISTS = [*resources.NESTED, (resources.SCHEMES, resources.CONCEPTS, "scheme")]


@dataclass
class CountingStore:
    """A store that counts the queries it is asked."""

    store: Store
    queries: int = 0

    def query(self, *arguments: Any) -> Any:
        self.queries += 1
        return self.store.query(*arguments)

    def __len__(self) -> int:
        return len(self.store)


@dataclass
class CountingService:
    """A service over a store that counts, which caches nothing."""

    catalogue: Catalogue
    store: CountingStore
    client: TestClient

    def count(self, path: str, **headers: str) -> int:
        """Return how many queries a look-up asks; it must be answered."""
        self.store.queries = 0
        answer = self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        assert answer.status_code in {200, 304}, f"{path}: {answer.text}"
        return self.store.queries


@pytest.fixture(scope="module")
def service(example: Catalogue, example_directory: Path) -> Iterator[CountingService]:
    store = CountingStore(example.dataset.store)
    counting = replace(example, dataset=replace(example.dataset, store=store))
    with TestClient(create_app(Settings(dataset=example_directory, cache_megabytes=0), counting)) as client:
        yield CountingService(counting, store, client)


def name_of(path: tuple[Collection, Collection, str]) -> str:
    return f"{path[0].name}-{path[1].name}"


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "csv", "ttl"])
@pytest.mark.parametrize(("above", "below", "parameter"), LISTS, ids=map(name_of, LISTS))
def test_a_nested_list_asks_one_query_more_than_the_plain_one_at_most(
    service: CountingService, above: Collection, below: Collection, parameter: str, form: str
) -> None:
    things, _ = above.find(service.catalogue, {}, 1000, 0)
    assert things
    filled = 0
    known = [thing for thing in things if thing["id"].endswith("/overall-survival")]  # of the end points, few have estimates here
    for thing in [*things[:: max(1, len(things) // 20)], *known]:
        service.store.queries = 0
        _, total = below.find(service.catalogue, {parameter: [thing["id"]]}, 100, 0)
        plain = service.store.queries + (form == "ttl" and total > 0)
        if below in resources.COLLECTIONS:  # the plain list says how its filter was read, and why it is empty, as the nested one does
            plain = service.count(f"/v1/{below.name}?{urlencode({parameter: thing['id'], 'format': form})}")
        path = thing["url"] if above is resources.SCHEMES else f"{thing['url']}/{below.name}"
        more = service.count(f"{path}?format={form}") - plain
        assert more <= (above.one not in KINDS), f"{path}: {more} more than {plain}"
        filled += total > 0
    # The invented claims print no number, and analyses are of registry records (tests/test_registry_analyses.py).
    assert filled or below in {resources.DISCREPANCIES, resources.ANALYSES} or above is resources.CLAIMS


def test_things_with_a_name_are_those_that_are_listed(example: Catalogue, real: Catalogue) -> None:
    """Nested lists rely on this: whether a thing with a name exists is not asked."""
    for catalogue in (example, real):
        for collection in resources.COLLECTIONS:
            if collection.one in KINDS:
                rows, total = collection.find(catalogue, {}, 100_000, 0)
                assert total == len(rows)
                assert {row["id"] for row in rows} == catalogue.names.iris(collection.one)


@pytest.mark.parametrize(
    "path",
    ["/v1/drugs", "/v1/drugs/blinatumomab", "/v1/drugs/blinatumomab/estimates", "/v1/vocab/measures",
     "/data/id/drug/blinatumomab", "/data/id/drug/blinatumomab.ttl", "/data/id/drug/blinatumomab.jsonld"],
)  # fmt: skip
def test_who_has_an_answer_already_costs_no_query(service: CountingService, path: str) -> None:
    assert service.count(path) > 0
    assert service.count(path, If_None_Match=service.client.get(path).headers["etag"]) == 0


@pytest.mark.parametrize(
    "path", ["/v1/estimates/nothing/figures", "/v1/estimates/nothing/checks", "/v1/vocab/nothing", "/v1/estimates/nothing"]
)
def test_what_does_not_exist_is_not_found_in_any_format(service: CountingService, path: str) -> None:
    for query in ("", "?format=csv", "?format=ttl"):
        service.store.queries = 0
        answer = service.client.get(path + query)
        assert (answer.status_code, service.store.queries) == (404, 1)
        assert "nothing" in answer.json()["detail"]
    claim = service.client.get("/v1/claims?page_size=1").json()["items"][0]["id"]
    assert service.client.get(f"/v1/estimates/{claim}/figures").status_code == 404
