"""Look-ups by a client that accepts HTML alone: the page of the same, or JSON, at every address; whatever else is accepted decides as ever."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import QueryParams

from mabgraph.api.routes.browsing import find_page

PAGE = {"Accept": "text/html, application/xhtml+xml"}
#: What look-ups are asked by, for paths that have a name or need parameters.
NAMES = {
    "drugs": "blinatumomab", "targets": "CD19", "conditions": "acute-lymphoblastic-leukaemia", "trials": "example", "endpoints": "overall-survival",
    "documents": "example-2020", "estimates": "example-2020.survival-hazard-ratio", "claims": "example-2020.small-numbers", "vocab": "measure",
}  # fmt: skip
NEEDED = {"/v1/search": "?q=CD19", "/v1/network/path": "?from=blinatumomab&to=Blincyto"}


def addresses(client: TestClient) -> list[str]:
    """Return an address of each look-up of the OpenAPI document, whose thing there is."""
    figure = client.get("/v1/figures").json()["items"][0]["id"].rpartition("/")[2]
    names = NAMES | {"figures": figure, "discrepancies": ""}
    paths = [
        path for path in client.get("/openapi.json").json()["paths"] if path.startswith("/v1") and not path.endswith(("/text", "/context"))
    ]
    named = [path.replace("{name}", names.get(path.split("/")[2], "")) + NEEDED.get(path, "") for path in paths if path != "/v1"]
    return ["/v1", *(address for address in named if not address.endswith("/") and client.get(address).status_code == 200)]


@pytest.mark.slow
def test_every_look_up_has_a_page_or_json_for_who_accepts_html_alone(client: TestClient) -> None:
    asked = [address for address in addresses(client) if not address.startswith("/v1/compare")]
    assert len(asked) > 35
    led = {}
    for address in asked:
        answer = client.get(address, headers=PAGE)
        if answer.status_code == 303:
            assert answer.headers["vary"] == "Accept"
            led[address] = answer.headers["location"]
            continue
        assert answer.content == client.get(address).content, address
        assert answer.headers["content-type"] == "application/json"
    filtered = {
        "/v1/drugs?target=CD19": "/drugs",
        "/v1/estimates?drug=blinatumomab&measure=hazard-ratio": "/estimates",
        "/v1/discrepancies?document=example-2020": "/discrepancies",
    }
    for address, path in filtered.items():
        led[address] = client.get(address, headers=PAGE).headers["location"]
        assert led[address] == f"{path}?{address.partition('?')[2]}"
    for target in set(led.values()):
        page = client.get(target, headers=PAGE)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8"), target
    assert led["/v1/trials/example"] == "/studies/example"
    assert led["/v1/search?q=CD19"] == "/search?q=CD19"
    assert {"/", "/drugs", "/network", "/discrepancies", "/estimates/example-2020.survival-hazard-ratio"} <= set(led.values())


@pytest.mark.parametrize(
    ("address", "accept", "media"),
    [
        ("/v1/drugs", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("/v1/drugs", "text/html, text/csv", "text/csv"),
        ("/v1/drugs", "application/json, text/html", "application/json"),
        ("/v1/drugs.csv", "text/html", "text/csv"),
        ("/v1/drugs/blinatumomab.ttl", "text/html", "text/turtle"),
        ("/v1/drugs?format=tsv", "text/html", "text/tab-separated-values"),
        ("/v1/drugs?page_size=1", "text/html", "application/json"),
        ("/v1/claims", "text/html", "application/json"),
        ("/v1/drugs/blinatumomab/targets", "text/html", "application/json"),
        ("/v1/search?q=CD19&limit=3", "text/html", "application/json"),
    ],
)
def test_what_else_is_accepted_or_named_decides(client: TestClient, address: str, accept: str, media: str) -> None:
    answer = client.get(address, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media)


def test_what_is_neither_a_page_nor_a_format_stays_refused(client: TestClient) -> None:
    assert client.get("/v1/drugs", headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/v1/drugs?format=png", headers=PAGE).status_code == 406
    assert client.get("/v1/drugs?unknown=1", headers=PAGE).status_code == 422
    nothing = client.get("/v1/drugs/nothing", headers=PAGE)
    assert client.get(nothing.headers["location"], headers=PAGE).status_code == 404


def test_a_name_stays_one_segment_of_the_page() -> None:
    assert find_page("/v1/drugs/a?b#c%", QueryParams("")) == "/drugs/a%3Fb%23c%25"
    assert find_page("/v1/drugs/a/b", QueryParams("")) is None
    assert find_page("/v1x", QueryParams("")) is None
