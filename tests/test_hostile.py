"""Look-ups under hostile callers: what is said in a name, a filter or a path stays a value, however long or odd it is."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.collections import resources

from . import asgi

#: What would end a string, an IRI, a clause or a path, if it were ever spliced into one.
INJECTIONS = (
    '" } DROP ALL #', "> } INSERT DATA { <a:b> <a:c> 1 } #", "' OR 1=1", "\\u0022 }", "UNDEF } UNION { ?s ?p ?o", "#? drug", "?drug",
    "${jndi:ldap://127.0.0.1/a}", "{{7*7}}", "%00", "\x00", "\r\nSet-Cookie: a=b", "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd",
    "file:///etc/passwd", "http://127.0.0.1:9/", "<script>alert(1)</script>", "=1+1", "blinаtumomab", "blinatumomab\u202ebamumo", "C\u0131D19", "\ud7ff",
)  # fmt: skip
LISTS = [f"/v1/{collection.name}" for collection in resources.COLLECTIONS]
FILTERS = ("drug", "target", "condition", "trial", "endpoint", "measure", "document", "estimate", "kind", "sort", "fields", "page", "n_min")


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_filter_stays_a_value(client: TestClient, text: str) -> None:
    total = client.get("/v1/estimates").json()["total"]
    for name in FILTERS:
        answer = client.get("/v1/estimates", params={name: text})
        assert answer.status_code in {200, 422}
        assert answer.status_code == 422 or answer.json()["total"] == 0
        assert "set-cookie" not in answer.headers
    assert client.get("/v1/estimates").json()["total"] == total


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("path", LISTS)
def test_a_name_stays_a_name(client: TestClient, path: str, text: str) -> None:
    answer = client.get(f"{path}/{quote(text, safe='')}")
    assert answer.status_code in {300, 404, 422}, answer.text[:200]
    assert answer.headers["content-type"] == "application/problem+json"
    assert "root:" not in answer.text


@pytest.mark.parametrize("name", [*FILTERS, "format", "q", "nothing"])
def test_a_megabyte_is_answered_shortly(client: TestClient, name: str) -> None:
    for length, statuses in ((1_000_000, {414}), (15_000, {406, 422})):
        reply = asgi.asked(client.app, "/v1/search" if name == "q" else "/v1/estimates", f"{name}={'x' * length}".encode())
        assert reply.status in statuses
        assert len(reply.body) < 5_000


@pytest.mark.parametrize("path", LISTS)
def test_a_name_of_a_megabyte_is_no_name(client: TestClient, path: str) -> None:
    for length, statuses in ((1_000_000, {414}), (15_000, {404, 422})):
        reply = asgi.asked(client.app, f"{path}/{'x' * length}")
        assert reply.status in statuses
        assert len(reply.body) < 5_000


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "a/b;q=" + "9" * 10_000},
        {"Accept": "," * 10_000},
        {"If-None-Match": '"' * 10_001},
        {"Accept-Encoding": "gzip;q=x, " * 1_000},
    ],
)
def test_headers_without_sense_do_no_harm(client: TestClient, headers: dict[str, str]) -> None:
    for path in ("/v1/estimates", "/v1/drugs/blinatumomab", "/sparql?query=ASK%20%7B%7D", "/ontology"):
        assert client.get(path, headers=headers).status_code in {200, 406}


def test_a_thousand_filters_are_bounded(client: TestClient) -> None:
    for times, status in ((50, 422), (200, 422), (300, 414)):
        answer = client.get(
            "/v1/estimates?" + "&".join(f"drug=blinatumomab&measure=median&trial=EXAMPLE&endpoint=OS&n={n}" for n in range(times))
        )
        assert answer.status_code == status
        assert len(answer.content) < 20_000
    assert client.get("/v1/estimates?" + "&".join("n=1" for _ in range(1001))).status_code == 400


def test_bytes_that_are_no_text_are_answered(client: TestClient) -> None:
    for path in ("/v1/drugs/%ff%fe", "/v1/estimates?drug=%ff", "/v1/search?q=%c3%28"):
        assert client.get(path).status_code in {200, 404, 422}
