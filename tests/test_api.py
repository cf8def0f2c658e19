"""The web interface: look-ups by any name, estimates by filters with their anchors, every error a problem."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

TEXT = (Path(__file__).parent / "data" / "documents" / "example-2020.txt").read_text("utf-8")


def problem(client: TestClient, url: str, status: int) -> dict[str, object]:
    answer = client.get(url)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body["status"] == status
    return body


def test_an_estimate_comes_with_its_anchors(client: TestClient) -> None:
    answer = client.get("/v1/estimates?target=CD19&endpoint=overall-survival&measure=hazard-ratio").json()
    assert answer["total"] == 1
    item = answer["items"][0]
    assert (item["value"], item["lower"], item["upper"], item["p_operator"], item["p_value"]) == (0.7, 0.5, 0.98, "<", 0.05)
    assert item["printed"] == "0.70"
    assert {figure["role"] for figure in item["figures"]} == {"value", "lower", "upper", "level", "p_value"}
    for figure in item["figures"]:
        assert figure["document"] == "example-2020"
        assert TEXT[figure["start"] : figure["end"]] == figure["printed"]


def test_a_caveat_reaches_every_answer_that_it_is_about(client: TestClient) -> None:
    answer = client.get("/v1/estimates").json()
    assert {tuple(item["caveats"]) for item in answer["items"] if item["measure_label"] == "hazard ratio"} == {("The trial was small.",)}
    assert all(item["caveats"] == [] for item in answer["items"] if item["measure_label"] != "hazard ratio")


def test_a_repeated_parameter_means_or(client: TestClient) -> None:
    both = client.get("/v1/estimates?measure=median&measure=hazard-ratio").json()["total"]
    assert both == sum(client.get(f"/v1/estimates?measure={name}").json()["total"] for name in ("median", "hazard-ratio"))


def test_pages_link_to_their_neighbours(client: TestClient) -> None:
    total = client.get("/v1/estimates").json()["total"]
    seen: list[str] = []
    url: str | None = "/v1/estimates?page_size=2"
    while url:
        answer = client.get(url)
        seen += [item["id"] for item in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url")
    assert len(seen) == len(set(seen)) == total


@pytest.mark.parametrize(
    ("url", "label", "detail", "value"),
    [
        ("/v1/drugs/blincyto", "blinatumomab", "target", "CD19"),
        ("/v1/targets/MS4A1", "CD20", "drug", "rituximab"),
        ("/v1/targets/P28907", "CD38", "drug", "daratumumab"),
        ("/v1/trials/NCT00000000", "EXAMPLE", "dose", "single dose"),
    ],
)
def test_a_resource_by_any_name(client: TestClient, url: str, label: str, detail: str, value: str) -> None:
    answer = client.get(url).json()
    assert answer["label"] == label
    assert value in [one.get("label") for one in answer["details"][detail]]


@pytest.mark.parametrize(("url", "near"), [("/v1/drugs/blinatumomap", "blinatumomab"), ("/v1/trials/EXAMPLES", "EXAMPLE")])
def test_an_unknown_name_is_404_with_the_nearest(client: TestClient, url: str, near: str) -> None:
    assert near in problem(client, url, 404)["near"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        ("/v1/estimates?drug=nothing-like-it", 422, "no drug is called"),
        ("/v1/estimates?dose=9", 422, "dose: unknown parameter; allowed are page, page_size, fields, format"),
        (
            "/v1/estimates?dose=9",
            422,
            "drug, target, trial, endpoint, measure, condition, document, source, kind, design, comparability, status, check",
        ),
        ("/v1/estimates?page=0", 422, "page"),
        ("/v1/estimates?page=x", 422, "page"),
        ("/v1/nothing", 404, "see /docs"),
        ("/v1/drugs/..%2f..%2fetc%2fpasswd", 404, ""),
        ("/v1/drugs/%00", 404, "no drug is called"),
    ],
)
def test_every_error_is_a_problem(client: TestClient, url: str, status: int, words: str) -> None:
    assert words in str(problem(client, url, status)["detail"])


def test_a_method_that_is_not_allowed_is_a_problem(client: TestClient) -> None:
    answer = client.delete("/v1/estimates")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


def test_health_names_the_dataset(client: TestClient) -> None:
    answer = client.get("/health").json()
    assert answer["status"] == "ok"
    assert answer["dataset"] == client.get("/v1/estimates").json()["dataset"]


def test_the_docs_need_no_other_host(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "http://" not in page
    assert "https://" not in page
    assert client.get("/docs/assets/swagger-ui-bundle.js").status_code == 200


def test_every_look_up_stands_in_one_group_and_every_group_has_some(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    groups = [each["name"] for each in described["tags"]]
    of_look_ups = {path: operation["tags"] for path, operations in described["paths"].items() for operation in operations.values()}
    assert {path: tags for path, tags in of_look_ups.items() if len(tags) != 1} == {}
    assert {tag for tags in of_look_ups.values() for tag in tags} == set(groups)
    assert all(each["description"] for each in described["tags"])
    assert max(map(list(of_look_ups.values()).count, of_look_ups.values())) < 8


def test_what_is_used_first_comes_first_and_texts_late(client: TestClient) -> None:
    groups = [each["name"] for each in client.get("/openapi.json").json()["tags"]]
    assert groups[:2] == ["Search", "Comparison"]
    assert groups[-2:] == ["Texts", "Service"]
    assert client.get("/openapi.json").json()["paths"]["/v1/documents/{name}/text"]["get"]["tags"] == ["Texts"]


def test_the_openapi_document_describes_errors_as_problems(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    responses = described["paths"]["/v1/drugs/{name}"]["get"]["responses"]
    assert "application/problem+json" in responses["404"]["content"]


def test_a_browser_elsewhere_may_read(client: TestClient) -> None:
    assert client.get("/health", headers={"Origin": "https://example.org"}).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(("accepted", "coded"), [("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False), ("identity", False)])
@pytest.mark.parametrize("url", ["/openapi.json", "/v1/estimates"])
def test_a_coding_is_given_to_who_takes_it(client: TestClient, url: str, accepted: str, coded: bool) -> None:
    answer = client.get(url, headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == ("gzip" if coded else None)
    assert "Accept-Encoding" in answer.headers["vary"]
