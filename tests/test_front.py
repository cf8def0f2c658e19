"""The front: heads that are too long, or name no host, are refused with a problem; what is not read is taken off."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.http import front

from . import asgi

HOSTS = [
    b"a b", b"a\tb", b"user@localhost", b"user:word@localhost", b"localhost:port", b"localhost:99999999", b"localhost:65536", b"localhost:-1",
    b"[", b"]", b"[]", b"[::1", b"[::1]x", b"[::g]", b"[v1.a]", b"[fe80::1%25eth0]", b"::1", b"a/b", b"a?b", b"a#b", b"a\\b", b"a,b", b"a;b", b"<a>",
    b'"', b"\xe9.example", "bücher.example".encode(), b"\x00", b"\x1b", b"%41", b"a" * 256, b"a" * 10_000, b":80", b"http://localhost",
]  # fmt: skip
GOOD = [
    b"localhost",
    b"LOCALHOST:80",
    b"127.0.0.1:8000",
    b"[::1]",
    b"[2001:db8::1]:8000",
    b"a_b.example.",
    b"xn--bcher-kva.example",
    b"a" * 255,
    b"a:",
]
#: Addresses that read the host, and some that do not.
PATHS = [
    "/health",
    "/v1/drugs",
    "/v1/estimates?page_size=1",
    "/sparql",
    "/sparql?query=ASK%7B%7D",
    "/",
    "/ontology",
    "/v1/documents/example-2020/text",
]


def reply(client: TestClient, url: str, *headers: asgi.Field, version: str = "1.1") -> asgi.Reply:
    path, _, query = url.partition("?")
    return asgi.through(client, asgi.scope(path, query.encode(), headers, version=version))


def refusal(answer: asgi.Reply) -> str:
    assert answer.headers[b"content-type"] == b"application/problem+json"
    problem = json.loads(answer.body)
    assert problem["status"] == answer.status
    assert len(problem["detail"]) < 1000
    return str(problem["detail"])


@pytest.mark.parametrize("url", PATHS)
@pytest.mark.parametrize("host", HOSTS)
def test_what_is_no_host_is_refused(client: TestClient, host: bytes, url: str) -> None:
    answer = reply(client, url, (b"host", host))
    assert answer.status == 400
    assert "Host" in refusal(answer)


@pytest.mark.parametrize("url", PATHS[:-1])
def test_hosts_and_their_absence(client: TestClient, url: str) -> None:
    usual = reply(client, url, asgi.HOST).status
    assert usual < 500
    for host in (*GOOD, b"", b" "):
        assert reply(client, url, (b"host", host)).status == usual, host
    assert reply(client, url, version="1.0").status == usual
    assert "0 times" in refusal(reply(client, url))
    assert "2 times" in refusal(reply(client, url, asgi.HOST, asgi.HOST))
    assert "2 times" in refusal(reply(client, url, asgi.HOST, (b"host", b"other"), version="1.0"))


@pytest.mark.parametrize(
    ("url", "headers", "status", "words"),
    [
        ("/v1/drugs?drug=" + "a" * front.LONGEST, [], 414, "at most 16384"),
        ("/v1/drugs/" + "a" * front.LONGEST, [], 414, "at most 16384"),
        ("/v1/drugs?" + "a&" * front.PARAMETERS, [], 400, "at most 1000"),
        ("/v1/drugs", [(b"accept", b"\t" * front.LONGEST)], 431, "at most 16384"),
        ("/v1/drugs", [(b"a", b"b" * 1000)] * 17, 431, "at most 16384"),
        ("/v1/drugs", [(b"a", b"b")] * front.FIELDS, 431, "at most 100"),
        ("/sparql?query=ASK%7B%7D", [(b"accept", b"x" + b"\t" * 60_000 + b"y")], 431, "at most 16384"),
        ("/sparql?query=" + "a" * front.LONGEST, [], 414, "by POST"),
    ],
)  # fmt: skip
def test_a_head_is_bounded(client: TestClient, url: str, headers: list[asgi.Field], status: int, words: str) -> None:
    answer = reply(client, url, asgi.HOST, *headers)
    assert answer.status == status
    assert words in refusal(answer)
    assert answer.headers[b"access-control-allow-origin"] == b"*"


def test_a_head_within_the_bounds_is_read(client: TestClient) -> None:
    for headers in ([(b"x-long", b"b" * (front.LONGEST - 1000))], [(b"a", b"b")] * (front.FIELDS - 1)):
        assert reply(client, "/v1/drugs", asgi.HOST, *headers).status == 200
    assert reply(client, "/v1/drugs?page_size=1&page_size=1", asgi.HOST).status == 200


def test_a_range_that_is_none_is_ignored(client: TestClient) -> None:
    whole = reply(client, "/dataset.nq.gz", asgi.HOST)
    for value in (
        b"",
        b"bytes",
        b"bytes=",
        b"bytes=-",
        b"bytes=0-1,3-4",
        b"lines=0-1",
        b"\t" * 9000,
        b"bytes=" + b"0-," * 3000,
        b"bytes=" + b"9" * 9000,
    ):
        assert reply(client, "/dataset.nq.gz", asgi.HOST, (b"range", value)).body == whole.body, value
    part = reply(client, "/dataset.nq.gz", asgi.HOST, (b"range", b"bytes=1-3"))
    assert (part.status, part.body) == (206, whole.body[1:4])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/sparql?query=nonsense", 400), ("/sparql?query=ASK%7B%7D&timeout=0", 400), ("/sparql?query=ASK%7B%7D&format=pdf", 400),
        ("/sparql?query=ASK%7B%7D", 304), ("/sparql?query=SELECT(NOW()AS%3Fn)%7B%7D", 200), ("/v1/drugs", 304), ("/v1/drugs?colour=red", 422),
        ("/v1/drugs/nobody", 404), ("/v1/drugs/blinatumomab", 304), ("/v1/estimates?drug=nobody", 422), ("/v1/drugs?format=pdf", 406),
        ("/v1/compare?drug=nobody&endpoint=OS", 422), ("/v1/network?drug=nobody", 422), ("/v1/nothing", 404), ("/data/nothing", 404),
        ("/ontology", 304), ("/ontology.pdf", 404), ("/dataset.nq.gz", 304), ("/dataset.pdf", 404), ("/docs/assets/favicon.png", 304),
        ("/docs/assets/nothing", 404), ("/openapi.json", 304),
    ],
)  # fmt: skip
def test_a_condition_holds_of_what_is_there(client: TestClient, url: str, status: int, method: str) -> None:
    for value in ("*", " * "):
        for _ in range(2):
            answer = client.request(method, url, headers={"If-None-Match": value})
            assert answer.status_code == status
            assert (status == 304) <= (answer.content == b"" and "etag" in answer.headers and "content-length" not in answer.headers)


def test_a_validator_that_was_given_is_known_again(client: TestClient) -> None:
    tag = client.get("/v1/drugs").headers["etag"]
    for value in (tag, f"W/{tag}", f'"a", {tag}', tag.strip('"'), f'"a,b",W/{tag} , "c'):
        assert client.get("/v1/drugs", headers={"If-None-Match": value}).status_code == 304
    for value in ('"*"', "**", f'"{tag}"x', "", ","):
        assert client.get("/v1/drugs", headers={"If-None-Match": value}).status_code == 200


def test_cookies_change_nothing(client: TestClient) -> None:
    usual = client.get("/v1/drugs")
    assert client.get("/v1/drugs", headers={"Cookie": 'a="' + "\\" * 10_000}).content == usual.content
    assert "set-cookie" not in usual.headers


@pytest.mark.parametrize(
    "url",
    [
        "/v1", "/v1/drugs", "/v1/estimates", "/v1/drugs/blinatumomab", "/v1/drugs/blinatumomab/estimates", "/v1/drugs.csv", "/v1/vocab/measures",
        "/v1/search?q=CD19", "/v1/network", "/v1/nothing", "/sparql?query=ASK%7B%7D", "/sparql", "/ontology", "/docs", "/health", "/openapi.json",
        "/.well-known/void", "/data/id/drug/blinatumomab", "/id/drug/blinatumomab", "/dataset.nq.gz",
    ],
)  # fmt: skip
def test_a_slash_behind_an_address_changes_nothing(client: TestClient, url: str) -> None:
    path, mark, query = url.partition("?")
    usual, slash, slashes = (client.get(path + behind + mark + query) for behind in ("", "/", "//"))
    assert usual.status_code < 400 or "nothing" in usual.text
    for answer in (slash, slashes):
        assert (answer.status_code, answer.content) == (usual.status_code, usual.content)
        assert {**answer.headers, "date": ""} == {**usual.headers, "date": ""}


def test_an_address_that_is_nothing_is_no_way_round_in_a_circle(client: TestClient) -> None:
    for url in ("/id", "/id/", "/data/", "/v1/nothing/"):
        assert client.get(url, follow_redirects=False).status_code == 404


def test_health_is_answered_by_head(client: TestClient) -> None:
    assert client.head("/health").status_code == client.head("/health/").status_code == 200
