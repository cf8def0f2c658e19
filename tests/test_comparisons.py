"""Comparisons by REST: every row with its class, refusals that name reasons and rows, files in every format that can carry them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.exports import selection, takeaway
from mabgraph.api.exports.comparisonjson import ComparisonResponse
from mabgraph.api.http.settings import Settings
from mabgraph.graph.compare.comparability import Comparability
from mabgraph.graph.synthesis.codes import CODES

from . import trials

SURVIVAL = "/v1/compare?drug=blinatumomab&endpoint=overall-survival&measure=hazard-ratio"
PAIR = "/v1/compare?trial=ALPHA&trial=BETA&endpoint=progression-free-survival&measure=hazard-ratio"
LOOP = "/v1/compare?trial=ALPHA&trial=DELTA&trial=EPSILON&endpoint=progression-free-survival&measure=hazard-ratio"
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def service(real_client: TestClient) -> TestClient:
    """Return a client of a service over mabgraph's own dataset."""
    return real_client


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Return a client of a service over the invented trials."""
    with TestClient(create_app(Settings(dataset=trials.directory(tmp_path_factory.mktemp("trials"))))) as client:
        yield client


def get_json(client: TestClient, address: str, status: int = 200) -> Any:
    answer = client.get(address)
    assert answer.status_code == status, answer.text[:500]
    return answer.json()


def test_every_row_of_a_comparison_is_a_row_of_the_look_up_and_more(service: TestClient) -> None:
    answer = get_json(service, SURVIVAL)
    ComparisonResponse.model_validate(answer)
    looked_up = get_json(service, SURVIVAL.replace("compare", "estimates") + "&fields=all")["items"]
    assert len(answer["items"]) == len(looked_up) == 2
    for row in answer["items"]:
        [plain] = [each for each in looked_up if each["id"] == row["id"]]
        assert {key: row[key] for key in plain if plain[key] is not None} == {
            key: value for key, value in plain.items() if value is not None
        }
        assert row["comparability"] == Comparability.randomised
        assert row["reasons"] == ["different-censoring", "overlapping-patients"]
        assert row["treatment"] == "blinatumomab"
    assert answer["certainty"] is None
    assert answer["synthesis"] is None


def test_a_refusal_names_reasons_rows_and_what_to_acknowledge(service: TestClient) -> None:
    answer = service.get(f"{SURVIVAL}&synthesise=pool")
    assert (answer.status_code, answer.headers["content-type"]) == (409, PROBLEM)
    problem = answer.json()
    assert problem["acknowledge"] == ["different-censoring", "overlapping-patients"] == [each["code"] for each in problem["reasons"]]
    assert {iri for each in problem["reasons"] for iri in each["rows"]} == {row["id"] for row in get_json(service, SURVIVAL)["items"]}


def test_what_nobody_can_acknowledge_stays_refused(service: TestClient) -> None:
    address = "/v1/compare?drug=daratumumab&endpoint=overall-response&synthesise=pool"
    codes = get_json(service, address, 409)["reasons"]
    acknowledgements = "".join(f"&acknowledge={each['code']}" for each in codes if each["acknowledgeable"])
    assert [each["code"] for each in get_json(service, address + acknowledgements, 409)["reasons"]] == ["single-arm-results"]
    assert "acknowledge" not in get_json(service, address, 409)


@pytest.mark.slow
def test_who_goes_on_is_written_into_every_file(service: TestClient) -> None:
    codes = ("different-censoring", "overlapping-patients")
    address = f"{SURVIVAL}&synthesise=pool" + "".join(f"&acknowledge={code}" for code in codes)
    body = get_json(service, address)
    assert body["acknowledged"] == list(codes)
    assert body["synthesis"]["estimates"][0]["measure"] == "HR"
    packed = service.get(f"{address}&format=zip")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        query = json.loads(archive.read(next(name for name in archive.namelist() if name.endswith("query.json"))))
        assert set(codes) <= set(json.dumps(query).replace('"', " ").replace(",", " ").split())
        lines = csv.DictReader(io.StringIO(archive.read(next(name for name in archive.namelist() if "metafor" in name)).decode()))
        assert {line["acknowledged"] for line in lines} == {"; ".join(codes)}


def test_a_pair_is_pooled_and_a_loop_is_joined(invented: TestClient) -> None:
    pooled = get_json(invented, f"{PAIR}&synthesise=pool&hartung_knapp=true")["synthesis"]
    assert (pooled["action"], pooled["kind"], pooled["studies"]) == ("pool", "pairwise", 2)
    joined = get_json(invented, f"{LOOP}&synthesise=indirect")["synthesis"]
    assert (joined["kind"], joined["p_scores"]) == ("network", None)
    assert get_json(invented, f"{LOOP}&synthesise=rank&better=lower-is-better")["synthesis"]["p_scores"]
    assert get_json(invented, f"{LOOP}&synthesise=pool", 409)["acknowledge"] == ["different-treatments", "different-comparators"]


@pytest.mark.slow
@pytest.mark.parametrize("name", takeaway.FORMATS)
def test_every_format_is_given_or_refused_with_a_reason(name: str, service: TestClient) -> None:
    answer = service.get(f"{SURVIVAL}&format={name}")
    if answer.status_code == 200:
        assert answer.headers["content-type"].partition(";")[0] == takeaway.FORMATS[name].media
        again = service.get(SURVIVAL.replace("compare?", f"compare.{name}?")).content
        assert again == answer.content or not takeaway.FORMATS[name].repeatable
        assert takeaway.FORMATS[name].file in answer.headers["content-disposition"]
    else:
        assert (answer.status_code, answer.headers["content-type"]) == (409, PROBLEM)
        assert any(other in answer.json()["detail"].lower() for other in takeaway.FORMATS)


@pytest.mark.slow
def test_the_same_bytes_come_again_and_are_not_sent_twice(service: TestClient) -> None:
    first = service.get(f"{SURVIVAL}&format=zip")
    assert service.get(f"{SURVIVAL}&format=zip", headers={"Cache-Control": "no-cache"}).content == first.content
    assert service.get(f"{SURVIVAL}&format=zip", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert service.get(f"{SURVIVAL}&format=csv").headers["etag"] != service.get(f"{SURVIVAL}&format=sof").headers["etag"]
    assert service.head(SURVIVAL).headers["etag"] == service.get(SURVIVAL).headers["etag"]


def test_the_order_of_parameters_changes_nothing(service: TestClient) -> None:
    names = ["drug=blinatumomab", "drug=daratumumab", "endpoint=overall-survival"]
    one, other = (service.get("/v1/compare?" + "&".join(order)) for order in (names, names[::-1]))
    assert (one.content, one.headers["etag"]) == (other.content, other.headers["etag"])


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("drug=nope", 422, "no drug is called 'nope'"),
        ("nope=1", 422, "nope: unknown parameter; allowed are"),
        ("comparability=good", 422, "comparability"),
        ("synthesise=average", 422, "synthesise"),
        ("trial=TOWER&synthesise=pool&acknowledge=everything", 422, "acknowledge"),
        ("trial=TOWER&synthesise=pool&acknowledge=no-standard-error", 422, "acknowledge"),
        ("trial=TOWER&endpoint=overall-survival&measure=hazard-ratio&synthesise=rank", 422, "better: say which values are better"),
        ("effect=HR&trial=TOWER", 422, "effect"),
        ("", 422, "at most 500 are compared"),
        ("trial=TOWER&format=doc", 406, "format 'doc' is not offered; there are json"),
    ],
)
def test_what_cannot_be_asked_is_said(query: str, status: int, message: str, service: TestClient) -> None:
    answer = service.get(f"/v1/compare?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert message in answer.json()["detail"]


def test_an_unknown_suffix_names_those_there_are(service: TestClient) -> None:
    answer = service.get("/v1/compare.doc?trial=TOWER")
    assert answer.status_code == 404
    assert "netmeta" in answer.json()["detail"]


def test_only_rows_of_a_class(service: TestClient) -> None:
    address = "/v1/compare?endpoint=death-within-thirty-days&measure=hazard-ratio"
    rows = get_json(service, f"{address}&comparability=within-study-adjusted-observational")["items"]
    assert len(rows) == 6
    assert {row["comparability"] for row in rows} == {Comparability.adjusted}


def test_the_authors_caveat_comes_and_nothing_is_pooled(service: TestClient) -> None:
    drugs = "drug=blinatumomab&drug=inotuzumab+ozogamicin"
    address = f"/v1/compare?{drugs}&endpoint=remission&include_narrower=true&kind=arm-result"
    body = get_json(service, address)
    assert any("should not be compared" in caution["text"] for caution in body["cautions"])
    assert [each["name"] for each in body["absent"]] == ["inotuzumab ozogamicin"]
    assert "authors-caveat" in {each["code"] for each in get_json(service, f"{address}&synthesise=indirect", 409)["reasons"]}


def test_codes_that_can_be_acknowledged_are_those_of_the_interface() -> None:
    codes = selection.Filters.model_json_schema()["properties"]["acknowledge"]["items"]["enum"]
    assert codes == [code for code, (_, can) in CODES.items() if can]
