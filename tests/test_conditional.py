"""Conditional requests: 304 where the client has what there is, never instead of an error, and with the fields that update what it has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.responses import Response

from mabgraph.api.app import create_app
from mabgraph.api.http import security
from mabgraph.api.http.conditional import Conditional
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions.catalogue import Catalogue


@pytest.mark.parametrize("condition", ["*", '"one"', 'W/"two", W/"one"'])
@pytest.mark.parametrize(("status", "answered"), [(200, 304), (404, 404), (422, 422), (503, 503)])
def test_only_what_is_there_is_unchanged(status: int, answered: int, condition: str) -> None:
    """An error stays one, even with a validator."""
    client = TestClient(Conditional(Response("body", status, {"ETag": '"one"'})))
    answer = client.get("/", headers={"If-None-Match": condition})
    assert (answer.status_code, answer.text) == (answered, "" if answered == 304 else "body")
    assert client.get("/").status_code == status
    assert client.get("/", headers={"If-None-Match": '"two"'}).status_code == status


def test_what_has_no_validator_is_sent() -> None:
    assert TestClient(Conditional(Response("body"))).get("/", headers={"If-None-Match": "*"}).status_code == 200


@pytest.mark.parametrize("condition", ["*", '"one"'])
def test_only_a_get_or_head_is_answered_that_nothing_changed(condition: str) -> None:
    """RFC 9110, 15.4.5: 304 is an answer to a conditional GET or HEAD."""
    client = TestClient(Conditional(Response("body", headers={"ETag": '"one"'})))
    assert [client.request(each, "/", headers={"If-None-Match": condition}).status_code for each in ("GET", "HEAD", "POST")] == [
        304,
        304,
        200,
    ]


@pytest.fixture(scope="module", params=[0, 16], ids=["nothing is cached", "cached"])
def service(request: pytest.FixtureRequest, example: Catalogue, example_directory: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(dataset=example_directory, cache_megabytes=request.param), example)) as client:
        yield client


VALIDATED = [
    "/v1/drugs", "/v1/drugs.csv", "/v1/drugs/blinatumomab", "/v1/drugs/blinatumomab/targets", "/v1/documents/example-2020/figures?format=xlsx",
    "/v1/network", "/v1/network/path?from=blinatumomab&to=Blincyto", "/v1/compare?drug=blinatumomab&format=csv", "/ontology", "/ontology.ttl",
    "/data/id/drug/blinatumomab.ttl", "/.well-known/void", "/dataset.nq.gz", "/openapi.json", "/sparql", "/sparql.csv?query=SELECT*%7B%7D&foo=1",
    "/v1/compare?drug=blinatumomab&format=forest-html", "/about", "/drugs/blinatumomab", "/documents/example-2020", "/compare?drug=blinatumomab",
    "/search?q=blinatumomab", "/network",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize("url", VALIDATED)
def test_a_304_has_the_fields_by_which_the_client_updates_what_it_has(service: TestClient, url: str, accept: str) -> None:
    """RFC 9110, 15.4.5: cache-control, etag and vary as in a 200; also the policy of a page, which the client would replace (RFC 9111, 3.2)."""
    whole = service.get(url, headers={"Accept": accept})
    if whole.status_code == 406 or whole.url.path == "/query":
        pytest.skip("there is no page of it, or one that is answered anew each time")
    assert whole.status_code == 200
    for method in ("GET", "HEAD"):
        for condition in (whole.headers["etag"], "*", f'"another", W/{whole.headers["etag"]}'):
            answer = service.request(method, url, headers={"Accept": accept, "If-None-Match": condition})
            assert (answer.status_code, answer.content) == (304, b"")
            for name in ("etag", "cache-control", "mabgraph-dataset", "mabgraph-unread", *security.USUAL, "content-security-policy"):
                assert answer.headers.get(name) == whole.headers.get(name), name
            assert set(whole.headers.get("vary", "").split(", ")) <= {"", *answer.headers.get("vary", "").split(", ")}
            assert not {"link", "content-type", "content-length", "content-encoding"} & answer.headers.keys()
    assert service.get(url, headers={"Accept": accept, "If-None-Match": '"another"'}).content == whole.content
