"""What every answer tells browsers: each route, error, file and fault of the service."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.exports import standalone
from mabgraph.api.http import security, webpages
from mabgraph.api.http.settings import Settings
from mabgraph.api.pages import templating
from mabgraph.api.routes import comparisons, interface, linked, lookups, networks, overview, texts
from mabgraph.graph.questions.catalogue import Catalogue

from . import asgi

BESIDE = [
    "/nothing", "/v1/nothing", "/v1/drugs/nobody", "/v1/drugs?colour=red", "/v1/drugs?format=pdf", "/sparql", "/sparql?query=ASK%7B%7D",
    "/sparql?query=nonsense", "/sparql.csv?query=ASK%7B%7D", "/docs/assets/swagger-ui.css", "/docs/assets/swagger-ui-bundle.js",
    "/docs/assets/nothing", "/docs/assets/", "/dataset.nq.gz", "/dataset.nothing", "/data/nothing", "/ontology.ttl", "/ontology.html",
    "/id/drug/blinatumomab", "/v1/drugs?" + "a" * 20_000,
]  # fmt: skip


@pytest.fixture(scope="module")
def failing(example: Catalogue, example_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service one of whose answers is a fault that nobody foresaw."""
    app = create_app(Settings(dataset=example_directory), example)

    @app.get("/fault")
    def fault() -> None:
        raise ZeroDivisionError("no such thing as <script>")

    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


def assert_safe(headers: Any, where: str) -> None:
    assert headers["x-content-type-options"] == "nosniff", where
    assert headers["referrer-policy"] == "no-referrer", where
    assert headers["cross-origin-resource-policy"] in {"cross-origin", "same-origin"}, where
    policy = headers["content-security-policy"]
    script = re.search(r"script-src ([^;]*)", policy)
    assert "'unsafe-inline'" not in (script[1] if script else ""), where
    assert "default-src 'none'" in policy or policy in {standalone.SANDBOX, security.PDF}, where
    assert len(headers.get_list("content-security-policy")) == 1, where


@pytest.mark.slow
def test_every_route_says_so(client: TestClient) -> None:
    app: Any = client.app
    routers = (
        app,
        interface.router,
        linked.router,
        lookups.router,
        lookups.lists,
        lookups.others,
        comparisons.router,
        networks.router,
        overview.router,
        texts.router,
    )
    paths = {route.path for each in routers for route in each.routes if hasattr(route, "path")}
    assert {"/docs", "/health", "/v1/drugs", "/v1/compare", "/v1/network", "/data/{path:path}", "/v1/documents/{name}/text"} <= paths
    urls = [re.sub(r"\{suffix\}", "csv", re.sub(r"\{[a-z]+(:path)?\}", "blinatumomab", path)) for path in sorted(paths)] + BESIDE
    asked = [("GET", {}), ("GET", {"Accept": "text/html"}), ("GET", {"If-None-Match": "*"}), ("HEAD", {}), ("OPTIONS", {}), ("POST", {})]
    for url in dict.fromkeys(urls):
        for method, headers in asked:
            assert_safe(client.request(method, url, headers=headers).headers, f"{method} {url} {headers}")


@pytest.mark.slow
def test_formats_of_a_comparison_say_so(real_client: TestClient) -> None:
    for form in ("json", "csv", "xlsx", "forest", "forest-pdf", "forest-html", "network", "zip", "fhir"):
        answer = real_client.get(f"/v1/compare.{form}?drug=blinatumomab&endpoint=OS&measure=hazard-ratio")
        assert_safe(answer.headers, form)
        if form == "forest-html":
            assert answer.headers["content-security-policy"] == standalone.SANDBOX
            assert "allow-same-origin" not in standalone.SANDBOX


def test_a_fault_of_the_service_is_a_problem_that_says_nothing_of_it(failing: TestClient) -> None:
    answer = failing.get("/fault")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert_safe(answer.headers, "/fault")
    assert "such thing" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_head_that_is_refused_says_so(client: TestClient) -> None:
    reply = asgi.asked(client.app, "/v1/drugs", headers=[(b"host", b"a b")])
    assert reply.headers[b"x-content-type-options"] == b"nosniff"
    assert b"default-src 'none'" in reply.headers[b"content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/ontology", "/data/concept/median", "/docs"])
def test_a_page_has_no_script_of_its_own_and_the_style_that_its_policy_names(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    if answer.status_code == 404:
        pytest.skip("there is no such page in the invented dataset")
    assert answer.headers["content-type"].startswith("text/html")
    for attributes, text in re.findall(r"<script([^>]*)>(.*?)</script>", answer.text, re.DOTALL):
        if attributes == ' type="application/ld+json"':  # data, which no browser runs
            assert json.loads(text)
            continue
        assert path in {"/", "/docs"}
        assert "src=" in attributes
        assert not text.strip()
    if path == "/docs":
        assert answer.headers["content-security-policy"] == interface.POLICY
        for address in re.findall(r'(?:src|href)="([^"]*)"', answer.text):
            assert client.get(address).status_code == 200
        return
    if path == "/":
        assert answer.headers["content-security-policy"] == templating.POLICY
        assert "<style" not in answer.text
        assert " style=" not in answer.text
        return
    assert f"<style>{webpages.STYLE}</style>" in answer.text
    assert " style=" not in answer.text
    assert answer.headers["content-security-policy"] == security.PAGE
