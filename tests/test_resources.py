"""The resources under ``/v1``: every collection and what is below it, identity, filters, order, pages, and the way by links alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from mabgraph.api.app import create_app
from mabgraph.api.client import rows
from mabgraph.api.collections import models, resources, tables
from mabgraph.api.collections.resources import ADDED_COLUMNS, Collection
from mabgraph.api.http.settings import Settings
from mabgraph.api.routes import lookups
from mabgraph.graph.questions import names, question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import QuestionError

QUERIES = Path(__file__).parents[1] / "queries"
TOWER = "kantarjian-2017.overall-survival-hazard-ratio"
EVERY = resources.COLLECTIONS
#: The shipped papers state every direction: tests/test_registry_analyses.py has rows of this collection.
EMPTY = resources.ANALYSES


@pytest.fixture(scope="module")
def service(real: Catalogue, real_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service over mabgraph's own dataset."""
    with TestClient(create_app(Settings(dataset=real_directory), real), follow_redirects=False) as client:
        yield client


def items(client: TestClient, url: str) -> list[dict[str, Any]]:
    """Return the rows of all pages from ``url`` on."""
    rows: list[dict[str, Any]] = []
    following: str | None = url
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["items"]
        following = answer.links.get("next", {}).get("url")
    assert len(rows) == answer.json()["total"]
    return rows


def iris(client: TestClient, url: str) -> list[str]:
    """Return the ids of the rows of all pages, which are all different."""
    ids = [str(row["id"]) for row in items(client, url)]
    assert len(ids) == len(set(ids))
    return ids


# --- questions


@pytest.mark.parametrize("collection", EVERY, ids=lambda each: each.name)
def test_a_page_and_its_total_are_of_one_pattern(collection: Collection, real: Catalogue) -> None:
    """Whatever it is filtered by, there are as many rows as the total says."""
    asked = collection.question
    assert asked.examples
    for example in asked.examples:
        arguments = {name: value for name, value in example.items() if name not in {"size", "offset"}}
        listed, total = real.page(asked.name, arguments, 1000)
        assert len({row[collection.key] for row in listed}) == total
        assert real.page(asked.name, arguments, 1, 10_000) == ([], total), "behind the last page the total is still known"


def test_an_estimate_of_the_client_has_the_columns_of_the_question() -> None:
    """The header of the question declares an estimate; editors want the client's classes written out, so this holds them together."""
    declared = {**question.load("estimates").columns, **ADDED_COLUMNS}
    own = rows.EstimateRow.model_fields
    assert {*own} - {"id", "url"} == {*declared}
    kinds: dict[str, set[Any]] = {"integer": {int, int | None}, "decimal": {float, float | None}, "lines": {tuple[str, ...]}}
    types = question.load("estimates").types
    text: set[Any] = {str, str | None}
    assert [
        name
        for name, field in own.items()
        if name not in {*ADDED_COLUMNS, "id", "url"} and field.annotation not in kinds.get(types.get(name, ""), text)
    ] == []


@pytest.mark.parametrize(("model", "asked"), [(rows.FigureRow, "anchors"), (rows.CheckRow, "checks")])
def test_what_is_nested_in_an_estimate_has_the_columns_of_its_question(model: type[rows.ReplyRow], asked: str) -> None:
    declared = question.load(asked)
    kinds: dict[str, set[Any]] = {"integer": {int, int | None}, "decimal": {float, float | None}}
    assert {*model.model_fields} <= {*declared.columns}
    assert model is rows.CheckRow or {*declared.columns} - {*model.model_fields} == {"node"}
    text: set[Any] = {str, str | None}
    assert [
        name for name, field in model.model_fields.items() if field.annotation not in kinds.get(declared.types.get(name, ""), text)
    ] == []


def test_a_number_is_written_into_its_slot(real: Catalogue) -> None:
    asked = question.load("estimates-page")
    text = asked.fill(asked.terms(real.names, {"size": "7", "offset": "3", "value_min": "-0.5", "sort": "-value"}))
    assert re.search(r"^LIMIT 7$", text, re.MULTILINE)
    assert re.search(r"^OFFSET 3$", text, re.MULTILINE)
    assert text.count("FILTER(?number >= -0.5)") == 2, "the total and the page"
    assert "DESC(BOUND(?key)) DESC(?key)" in text
    assert "DESC(BOUND(?key)) ASC(?key)" not in text
    assert "mab:lower ?key" not in text


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("size", "-1", "whole number from 0"), ("size", "1.5", "whole number"), ("size", "1} #", "digits"), ("size", "٣", "digits 0 to 9"),
        ("size", "1" * 40, "to 1,000"), ("value_min", "NaN", "a number"), ("value_min", "1e999999", "a number"), ("value_min", "", "digits"),
        ("sort", "value desc", "none of study, -study"), ("kind", "effect> }", "none of effect, arm-result"),
    ],
)  # fmt: skip
def test_what_is_no_number_or_choice_is_refused(name: str, value: str, message: str, real: Catalogue) -> None:
    with pytest.raises(QuestionError, match=message):
        real.ask("estimates-page", {name: value})


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("-705265357209670.0", "-705265357209670"), ("999999999999999.123456789012345", "999999999999999.123456789012345"),
        ("0.0000000000000001", "0.000000000000000"), ("1E-400", "0.000000000000000"), ("1e3", "1000"),
    ],
)  # fmt: skip
def test_a_number_of_any_length_is_written_with_its_digits(value: str, written: str, real: Catalogue) -> None:
    asked = question.load("estimates-page")
    text = asked.fill(asked.terms(real.names, {"value_min": value}))
    [line] = {line.strip() for line in text.splitlines() if "?number >=" in line}
    assert Decimal(line.partition(">=")[2].strip(" )")) == Decimal(written)
    assert "E" not in line.partition(">=")[2]


# --- collections


@pytest.mark.slow
@pytest.mark.parametrize("collection", EVERY, ids=lambda each: each.name)
def test_every_collection_can_be_walked_page_by_page(collection: Collection, service: TestClient) -> None:
    url = f"/v1/{collection.name}"
    whole = iris(service, f"{url}?page_size=1000")
    assert bool(whole) == (collection is not resources.ANALYSES)  # which only registry records have
    size = max(2, len(whole) // 3)
    assert iris(service, f"{url}?page_size={size}") == whole
    beyond = service.get(f"{url}?page=999&page_size=1000").json()
    assert (beyond["items"], beyond["total"]) == ([], len(whole))


@pytest.mark.parametrize("collection", [each for each in EVERY if each is not EMPTY], ids=lambda each: each.name)
def test_every_row_leads_to_one_thing_with_links_that_answer(collection: Collection, service: TestClient) -> None:
    row = service.get(f"/v1/{collection.name}?page_size=1").json()["items"][0]
    answer = service.get(row["url"])
    assert answer.status_code == 200, answer.text
    body = answer.json()
    if collection is not resources.SCHEMES:
        assert row["id"] in {body.get("id"), body.get("iri")}
        assert all(service.get(url).status_code == 200 for url in body["links"].values())


@pytest.mark.parametrize("collection", [*EVERY, resources.CONCEPTS, resources.CHECKS], ids=lambda each: each.name)
def test_rows_are_as_the_description_says(collection: Collection, service: TestClient) -> None:
    urls = {"concepts": "/v1/vocab/designs", "checks": f"/v1/estimates/{TOWER}/checks"}
    page = service.get(urls.get(collection.name, f"/v1/{collection.name}")).json()
    checked: BaseModel = models.page_model(collection).model_validate(page)
    assert checked.model_dump()["total"] == page["total"]


@pytest.mark.parametrize("collection", [each for each in EVERY if each is not resources.SCHEMES], ids=lambda each: each.name)
def test_one_thing_is_as_the_description_says(collection: Collection, service: TestClient) -> None:
    for row in service.get(f"/v1/{collection.name}?page_size=10").json()["items"]:
        models.one_model(collection).model_validate(service.get(row["url"]).json())


def test_every_way_on_from_an_estimate_leads_somewhere(service: TestClient) -> None:
    rows = items(service, "/v1/estimates?page_size=1000&fields=study,endpoint,document")
    for collection, column in ((resources.TRIALS, "study"), (resources.ENDPOINTS, "endpoint"), (resources.DOCUMENTS, "document")):
        assert {row[column] for row in rows} <= set(iris(service, f"/v1/{collection.name}?page_size=1000"))


@pytest.mark.parametrize(("above", "below", "parameter"), resources.NESTED, ids=lambda each: getattr(each, "name", ""))
def test_what_is_below_a_thing_is_its_collection_filtered(
    above: Collection, below: Collection, parameter: str, service: TestClient
) -> None:
    names_of = {"drugs": "blinatumomab", "targets": "CD19", "trials": "NCT02013167", "endpoints": "OS", "documents": "thompson-2021"}
    names_of["claims"] = "kantarjian-2017.longer-survival"
    row = service.get(f"/v1/{above.name}").json()["items"][-1]
    estimate = "thompson-2021.acute-kidney-injury-text" if below is resources.DISCREPANCIES else TOWER
    name = names_of.get(above.name, estimate if above is resources.ESTIMATES else row["url"].rpartition("/")[2])
    nested = iris(service, f"/v1/{above.name}/{name}/{below.name}?page_size=1000")
    if below is not resources.CHECKS:
        assert nested == iris(service, f"/v1/{below.name}?page_size=1000&{parameter}={quote(name)}")
    assert nested or above is resources.CONDITIONS or below is EMPTY
    assert service.get(f"/v1/{above.name}/no-such-thing-here/{below.name}").status_code == 404


@pytest.mark.parametrize(
    ("url", "labels"),
    [
        ("/v1/targets/CD38/drugs", {"daratumumab", "isatuximab", "MOR202"}),
        ("/v1/drugs/blinatumomab/targets", {"CD19", "CD3"}),
        ("/v1/trials?design=randomised-controlled-trial&drug=blinatumomab", {"TOWER"}),
        ("/v1/conditions?trial=TOWER", {"relapsed or refractory Philadelphia-negative B-cell precursor acute lymphoblastic leukaemia"}),
        ("/v1/discrepancies?kind=unexplained&document=kantarjian-2017", None),
    ],
)
def test_lists_by_filters(url: str, labels: set[str] | None, service: TestClient) -> None:
    listed = {row["label"] for row in items(service, url)}
    assert listed == labels if labels is not None else listed < {row["label"] for row in items(service, "/v1/discrepancies")}


def test_kinds_of_claims_and_endpoints_are_kept_apart(service: TestClient) -> None:
    assert {row["kind"] for row in items(service, "/v1/claims?kind=caveat&kind=mechanism&page_size=1000")} == {"caveat", "mechanism"}
    assert {row["kind"] for row in items(service, "/v1/endpoints?kind=adverse-event&page_size=1000")} == {"adverse event"}


# --- estimates


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "field", "holds"),
    [
        ("kind=effect", "kind", lambda value: value == "effect estimate"),
        ("kind=arm-result", "kind", lambda value: value == "arm result"),
        ("design=retrospective cohort study", "design", lambda value: value == "retrospective cohort study"),
        ("status=reported", "status", lambda value: value == "reported"),
        ("check=inconsistent", "check_status", lambda value: value == "inconsistent"),
        ("check=consistent", "check_status", lambda value: value == "consistent"),
        ("check=not-checkable", "check_status", lambda value: value == "not checkable"),
        ("value_min=0.5&value_max=0.9", "value", lambda value: 0.5 <= value <= 0.9),
        ("n_min=100&n_max=150", "total", lambda value: 100 <= value <= 150),
        ("grade=4", "endpoint_label", lambda value: value.endswith(("grade 4", "3 or 4", "3 or higher"))),
        ("comparability=within-study-crude", "comparability", lambda value: value == "within-study crude"),
        ("document=thompson-2021", "document", lambda value: value.endswith("thompson-2021")),
        ("measure=HR&measure=median", "measure_label", lambda value: value in {"hazard ratio", "median"}),
    ],
)  # fmt: skip
def test_a_filter_keeps_what_it_says_and_all_of_it(query: str, field: str, holds: Any, service: TestClient) -> None:
    kept = {row["estimate"] for row in items(service, f"/v1/estimates?page_size=1000&fields=estimate,{field}&{query}")}
    every = items(service, f"/v1/estimates?page_size=1000&fields=estimate,{field}")
    assert kept == {row["estimate"] for row in every if field in row and holds(row[field])}
    assert kept if "status" not in query else len(kept) == len(every)
    assert len(kept) < len(every) or query == "status=reported"


@pytest.mark.parametrize(("kind", "scheme"), [("adverse-event", "adverse-events"), ("baseline", "baseline-characteristics")])
def test_a_kind_of_variable_is_a_filter(kind: str, scheme: str, service: TestClient) -> None:
    of_scheme = set(iris(service, f"/v1/vocab/{scheme}?page_size=1000"))
    rows = items(service, f"/v1/estimates?page_size=1000&fields=endpoint&kind={kind}")
    assert rows
    assert {row["endpoint"] for row in rows} <= of_scheme


def test_narrower_endpoints_are_included_unless_exact(service: TestClient) -> None:
    wide = {row["endpoint"] for row in items(service, "/v1/estimates?endpoint=infection")}
    for address in ("exact=true", "include_narrower=false"):
        alone = {row["endpoint"] for row in items(service, f"/v1/estimates?endpoint=infection&{address}")}
        assert alone == {vocabulary.concept("infection")}
        assert alone < wide
    for address in ("exact=false", "include_narrower=true"):
        assert {row["endpoint"] for row in items(service, f"/v1/estimates?endpoint=infection&{address}")} == wide
    refused = service.get("/v1/estimates?endpoint=infection&exact=perhaps")
    assert (refused.status_code, "exact" in refused.json()["detail"]) == (422, True)


def test_two_filters_must_both_be_met(service: TestClient) -> None:
    one, other = (set(iris(service, f"/v1/estimates?page_size=1000&{each}")) for each in ("drug=blinatumomab", "kind=adverse-event"))
    assert set(iris(service, "/v1/estimates?page_size=1000&drug=blinatumomab&kind=adverse-event")) == one & other != set()


@pytest.mark.slow
@pytest.mark.parametrize("key", ["value", "total", "p_value", "lower"])
def test_an_order_goes_up_and_down_and_what_has_no_number_is_last(key: str, service: TestClient) -> None:
    for sign in ("", "-"):
        values = [row.get(key) for row in items(service, f"/v1/estimates?page_size=150&fields={key}&sort={sign}{key}")]
        numbers = [value for value in values if value is not None]
        assert numbers == sorted(numbers, reverse=bool(sign))
        assert values == numbers + [None] * (len(values) - len(numbers))


def test_ties_are_settled_by_study_endpoint_and_iri(service: TestClient) -> None:
    rows = [
        (row["document"], row["study_label"], row["endpoint_label"], row["id"])
        for row in items(service, "/v1/estimates?sort=-document&fields=all")
    ]
    assert all(one[0] > other[0] or (one[0] == other[0] and one[1:] < other[1:]) for one, other in pairwise(rows))


def test_an_estimate_says_what_settles_its_check(service: TestClient) -> None:
    row = service.get("/v1/estimates?check=inconsistent&page_size=1&fields=all").json()["items"][0]
    assert row["check_reason"] in [check["text"] for check in row["checks"] if check["outcome"] == "inconsistent"]
    none = service.get("/v1/estimates?check=not-checkable&page_size=1&fields=all").json()["items"][0]
    assert none["check_reason"] == "no arithmetic applies to what is printed" or none["checks"]


def test_an_estimate_names_its_dataset_and_where_to_go_on(service: TestClient) -> None:
    estimate = service.get(f"/v1/estimates/{TOWER}").json()
    assert estimate["dataset"] == service.get("/health").json()["dataset"]
    assert {"study", "document", "endpoint", "figures", "checks"} <= estimate["links"].keys()
    assert estimate["links"]["study"] == "/v1/trials/tower"


def test_only_the_fields_asked_for_are_given(service: TestClient) -> None:
    rows = service.get("/v1/estimates?fields=estimate,value&measure=HR").json()["items"]
    assert {tuple(row) for row in rows} == {("estimate", "value"), ("estimate",)}, "what has no value is left out"


# --- identity


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("targets/anti-CD20", "CD20"), ("targets/cd20", "CD20"), ("targets/MS4A1", "CD20"), ("targets/uniprot:P11836", "CD20"),
        ("targets/p11836", "CD20"), ("targets/hgnc:7315", "CD20"), ("drugs/CHEMBL1742992", "blinatumomab"), ("drugs/C62528", "blinatumomab"),
        ("drugs/NCIT:C62528", "blinatumomab"), ("drugs/L01FX07", "blinatumomab"), ("drugs/BLINCYTO", "blinatumomab"),
        (f"drugs/{vocabulary.resource('drug/blinatumomab')}", "blinatumomab"), ("trials/nct02013167", "tower"),
        ("documents/10.1056/NEJMoa1609783", "kantarjian-2017"), ("endpoints/mabc:overall-survival", "overall-survival"),
        (f"estimates/{TOWER}", TOWER), (f"estimates/{quote(vocabulary.resource('estimate/' + TOWER), safe='')}", TOWER),
    ],
)  # fmt: skip
def test_a_thing_is_found_by_any_of_its_names(url: str, local: str, service: TestClient) -> None:
    answer = service.get(f"/v1/{url}")
    assert answer.status_code == 200, answer.text
    thing = answer.json()
    assert vocabulary.local_name(thing.get("iri") or thing["id"]) == local


def test_a_name_of_several_things_is_answered_with_their_addresses(
    service: TestClient, real: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins = names.Names([("drug", vocabulary.resource(f"drug/{name}"), "Twin") for name in ("rituximab", "daratumumab")])
    monkeypatch.setattr(service.app.state.service, "catalogue", Catalogue(real.dataset, twins))  # type: ignore[attr-defined]
    answer = service.get("/v1/drugs/TWIN")
    assert (answer.status_code, answer.headers["content-type"]) == (300, "application/problem+json")
    assert answer.json()["choices"] == ["/v1/drugs/daratumumab", "/v1/drugs/rituximab"]
    assert '</v1/drugs/daratumumab>; rel="alternate"' in answer.headers["link"]


def test_a_search_gives_the_same_name_first_then_what_begins_with_it_then_what_is_like_it(service: TestClient) -> None:
    matches = service.get("/v1/search?q=CD3").json()["items"]
    assert (matches[0]["name"], {row["name"] for row in matches[1:5]}) == ("CD3", {"CD30", "CD33", "CD37", "CD38"})
    assert service.get("/v1/search?q=blinatumomap").json()["items"][0]["url"] == "/v1/drugs/blinatumomab"
    assert {row["name"][:2].casefold() for row in service.get("/v1/search?q=bl").json()["items"]} == {"bl"}
    assert service.get("/v1/search?q=zzzzzzzz").json()["items"] == []
    assert len(service.get("/v1/search?q=a&limit=3").json()["items"]) == 3


@pytest.mark.parametrize("query", ["", "?q=", "?q=a&limit=0", "?q=a&limit=1000"])
def test_a_search_for_nothing_is_refused(query: str, service: TestClient) -> None:
    assert service.get(f"/v1/search{query}").status_code == 422


# --- refusals


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        ("/v1/estimates?kind=x", 422, "kind: "),
        ("/v1/estimates?sort=x", 422, "'-value'"),
        ("/v1/estimates?fields=estimate,x", 422, "'x' is none of id, url, estimate"),
        ("/v1/estimates?value_min=x", 422, "value_min"),
        ("/v1/estimates?n_min=-1", 422, "n_min"),
        ("/v1/estimates?design=retrospectiv", 422, "the nearest are retrospective cohort,"),
        ("/v1/estimates.csv?dose=1", 422, "dose: unknown parameter; allowed are page"),
        ("/v1/estimates?estimate=a%20b", 422, "is no iri"),
        ("/v1/drugs/daratumumab?dose=1", 422, "allowed are format"),
        ("/v1/drugs/daratumumab/estimates?drug=blinatumomab", 422, "drug: unknown parameter"),
        ("/v1/drugs/daratumumab/estimates?endpoint=xyzzy", 422, "no endpoint is called"),
        ("/v1/claims/nothing", 404, "no claim is called 'nothing'"),
        ("/v1/estimates/a%20b", 404, "no estimate is called"),
        ("/v1/vocab/nothing", 404, "no scheme is called"),
        ("/v1/drugs/daratumumob/targets", 404, "the nearest are daratumumab"),
    ],
)
def test_what_cannot_be_answered_is_said(url: str, status: int, words: str, service: TestClient) -> None:
    answer = service.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("value", ["x> } #", '" }', "\x00", "a" * 5000, "ＣＤ２０ＤＲＯＰ", "}{", "*", "%", "\r\nX: 1"])
@pytest.mark.parametrize("parameter", ["drug", "target", "trial", "endpoint", "measure", "design", "document", "condition"])
def test_no_value_of_a_filter_becomes_query_text(parameter: str, value: str, service: TestClient) -> None:
    assert service.get("/v1/estimates", params={parameter: value}).status_code == 422


# --- links


def test_every_collection_is_named_at_the_start_and_in_the_documentation(service: TestClient) -> None:
    start = service.get("/v1").json()
    links = start["links"]
    assert links == lookups.links()
    assert start["formats"] == tables.FORMS
    text = (QUERIES.parent / "docs" / "rest.md").read_text("utf-8")
    for collection in EVERY:
        assert service.get("/").json()[collection.name] == links[collection.name]
        assert f"`/v1/{collection.name}`" in text
        for parameter in collection.parameters:
            assert f"`{parameter.name}`" in text, f"describe {parameter.name} of {collection.name} in docs/rest.md"


@pytest.mark.parametrize("collection", EVERY, ids=lambda each: each.name)
def test_a_template_names_what_may_be_asked(collection: Collection, service: TestClient) -> None:
    template = service.get("/v1").json()["templates"][collection.name]
    match = re.fullmatch(r"(/v1/[a-z]+)\{\?([a-z_*,]+)\}", template)
    assert match, template
    described = service.get("/openapi.json").json()["paths"][match[1]]["get"]["parameters"]
    several = {each["name"]: each["schema"].get("type") == "array" for each in described if each["in"] == "query"}
    assert {name.removesuffix("*"): name.endswith("*") for name in match[2].split(",")} == several


@pytest.mark.parametrize(
    "url",
    [
        "/v1", "/v1/search", "/v1/drugs", "/v1/estimates.csv", "/v1/drugs/daratumumab", "/v1/drugs/daratumumab.ttl", "/v1/targets/CD38/drugs",
        "/v1/targets/CD38/drugs.csv", "/v1/vocab/designs", f"/v1/estimates/{quote(vocabulary.resource('estimate/' + TOWER), safe='')}/figures",
        "/v1/documents/kantarjian-2017/text", f"/v1/figures/{TOWER}/context", "/v1/compare", "/v1/compare.csv", "/v1/network",
        "/v1/network.svg", "/v1/network/path",
    ],
)  # fmt: skip
def test_options_name_what_may_be_asked(url: str, service: TestClient) -> None:
    for headers in ({}, {"Origin": "https://example.org"}):
        answer = service.options(url, headers=headers)
        assert (answer.status_code, answer.content, answer.headers["allow"]) == (204, b"", "GET, HEAD, OPTIONS")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["mabgraph-dataset"] == service.get("/health").json()["dataset"]
    asked = service.options(url, headers={"Origin": "https://example.org", "Access-Control-Request-Method": "GET"})
    assert (asked.status_code, asked.headers["access-control-allow-methods"]) == (200, "GET, HEAD, POST")
    assert service.head(url).status_code != 405
    refused = service.delete(url)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert "GET, HEAD, OPTIONS" in refused.json()["detail"]


@pytest.mark.parametrize(
    "url", ["/", "/health", "/docs", "/openapi.json", "/dataset.nq", "/ontology", "/id/drug/daratumumab", "/.well-known/void"]
)
def test_a_refused_method_is_answered_with_all_that_work(url: str, service: TestClient) -> None:
    """Whatever ``Allow`` lists is not refused, and whatever is not refused is listed."""
    allowed = service.delete(url).headers["allow"].split(", ")
    for method in ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH"):
        answer = service.request(method, url, follow_redirects=False)
        assert (answer.status_code != 405) == (method in allowed), (method, url)


@pytest.mark.parametrize(
    "url",
    [
        "/v1?x=1",
        "/v1/search?q=CD19&x=1",
        "/v1/drugs?x=1",
        "/v1/drugs/daratumumab?x=1",
        "/v1/network?x=1",
        "/v1/network/path?from=a&to=b&x=1",
        "/v1/compare?drug=blinatumomab&x=1",
        "/v1/vocab/designs?x=1",
    ],
)
def test_an_unknown_parameter_is_refused_everywhere(url: str, service: TestClient) -> None:
    refused = service.get(url)
    assert refused.status_code == 422
    assert "x: unknown parameter" in refused.json()["detail"]


def test_options_of_what_is_no_look_up_are_refused(service: TestClient) -> None:
    assert service.options("/v1/nothing").status_code == 404


def test_every_parameter_is_described_and_filters_have_an_example(service: TestClient) -> None:
    paths = service.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        for parameter in operations["get"].get("parameters", ()):
            if path.startswith("/v1") and parameter["in"] == "query":
                assert parameter.get("description"), (path, parameter["name"])
    drug = next(each for each in paths["/v1/estimates"]["get"]["parameters"] if each["name"] == "drug")
    assert drug["schema"]["examples"] == [["blinatumomab"]]
    assert paths["/v1/estimates"]["get"]["responses"]["200"]["content"].keys() >= {"application/json", "text/csv", "text/turtle"}


def test_every_error_is_described_as_the_problem_that_it_is(service: TestClient) -> None:
    document = service.get("/openapi.json").json()
    described = [
        answer["content"] for operations in document["paths"].values() for operation in operations.values()
        for status, answer in operation["responses"].items() if int(status) >= 300
    ]  # fmt: skip
    assert len(described) > 100
    assert all(content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}} for content in described)
    assert {"type", "title", "status", "detail"} <= document["components"]["schemas"]["Problem"]["properties"].keys()
    answer = service.get("/v1/estimates", params={"drug": "nobody"})
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("form", ["csv", "ttl"])
@pytest.mark.parametrize(
    "url", ["/v1/vocab/measures", "/v1/vocab", "/v1/drugs/blinatumomab", "/v1/drugs/blinatumomab/targets", "/v1/trials"]
)
def test_every_address_takes_a_suffix(service: TestClient, url: str, form: str) -> None:
    asked = service.get(url, params={"format": form})
    assert asked.status_code == 200
    assert service.get(f"{url}.{form}").content == asked.content
    assert service.get(f"{url}.pdf").status_code == 404
