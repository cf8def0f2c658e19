"""Rows of lists in brief: each says what its number is and where it is printed, nothing is lost, and they stay small."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.agents import brevity
from mabgraph.api.app import create_app
from mabgraph.api.client.rows import EstimateRow, complete
from mabgraph.api.collections import brief, resources
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

#: What the first page of a study may have at most (bytes): a third of what it had before rows were brief.
THIRD = 135_800
#: The first page of each list over mabgraph's own dataset, in JSON, not compressed, and how many bytes a row of it has at most, with its
#: share of the page. Raise a bound only for more that every reader of the list needs: see docs/decisions/0032-rows-of-lists.md.
BOUNDS = {
    "/v1/drugs": 300, "/v1/targets": 300, "/v1/conditions": 400, "/v1/trials": 400, "/v1/endpoints": 360, "/v1/estimates": 1550,
    "/v1/figures": 480, "/v1/documents": 600, "/v1/vocab": 270, "/v1/vocab/designs": 400,
    "/v1/trials/TOWER/estimates": THIRD // 100, "/v1/trials/convalescent-plasma-cohort/estimates": 1550, "/v1/targets/CD19/estimates": 1400,
    "/v1/documents/kantarjian-2017/figures": 480, "/v1/trials/TOWER/endpoints": 400, "/v1/drugs/daratumumab/trials": 420,
}  # fmt: skip
#: The fields that every brief row of an estimate has, where whole rows have them: a number is never apart from them.
BY_ITSELF = frozenset({
    "id", "url", "study_label", "group", "comparison", "intervention", "comparator", "endpoint", "endpoint_label", "measure_label",
    "value", "printed", "operator", "absence", "lower", "upper", "interval_kind", "interval_level", "p_value", "p_operator", "count", "total",
    "dispersion", "unit", "time_point", "time_unit", "analysis", "population", "censoring", "comparability", "status", "check_status",
    "discrepancies", "cited_from",
})  # fmt: skip
#: The fields that only whole rows have.
ONLY_WHOLE = frozenset({"estimate", "estimate_label", "checks", "dataset"})
PLACE = frozenset({"role", "printed", "document", "start", "end"})


@pytest.fixture(scope="module")
def service(real: Catalogue, real_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service over mabgraph's own dataset."""
    with TestClient(create_app(Settings(dataset=real_directory), real), follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def both(service: TestClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return all estimates in one page: in brief, and whole."""
    brief_page, whole_page = (service.get(f"/v1/estimates?page_size=1000{more}").json() for more in ("", "&fields=all"))
    assert brief_page["total"] == len(brief_page["items"]) == len(whole_page["items"]) > 600
    return brief_page, whole_page


def length(service: TestClient, path: str) -> tuple[int, int]:
    """Return the bytes of an answer in JSON, and the number of its rows."""
    answer = service.get(path, headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200, answer.text
    return len(answer.content), len(answer.json()["items"])


@pytest.mark.parametrize(("path", "most"), BOUNDS.items(), ids=BOUNDS)
def test_a_row_of_a_default_page_has_few_bytes(path: str, most: int, service: TestClient) -> None:
    size, count = length(service, path)
    assert count
    assert size <= most * count, f"{path}: {size / count:.0f} bytes for each row; {most} are allowed"


def test_the_page_of_a_study_is_a_third_of_what_it_was(service: TestClient) -> None:
    size, count = length(service, "/v1/trials/TOWER/estimates")
    whole, _ = length(service, "/v1/trials/TOWER/estimates?fields=all")
    assert count == 100
    assert size <= THIRD < whole


def test_a_brief_row_says_what_its_number_is_and_where_it_stands(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    brief_page, whole_page = both
    for short, whole in zip(brief_page["items"], whole_page["items"], strict=True):
        assert whole["id"] == short["id"]
        assert {name: whole.get(name) for name in BY_ITSELF} == {name: short.get(name) for name in BY_ITSELF}
        assert len(short["caveats"]) == len(whole["caveats"])
        assert len(short["figures"]) == len(whole["figures"])
        for figure, every in zip(short["figures"], whole["figures"], strict=True):
            assert {name: figure[name] for name in PLACE} == {name: every[name] for name in PLACE}


def test_nothing_is_lost_but_what_is_asked_for_by_itself(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """With what the page says once, and what follows from the row, a brief row has all fields of the whole one but the named few."""
    brief_page, whole_page = both
    for short, whole in zip(brief_page["items"], whole_page["items"], strict=True):
        completed = complete(short, brief_page["included"], brief_page["texts"])
        expected = {name: value for name, value in whole.items() if name not in ONLY_WHOLE}
        expected["figures"] = [
            {name: value for name, value in figure.items() if name not in {"prefix", "suffix"}} for figure in whole["figures"]
        ]
        if "check_reason" not in short:
            reason = expected.pop("check_reason")
            assert whole["check_status"] == "consistent" or reason in {resources.NOT_CHECKED, "; ".join(whole["discrepancies"])}
        assert completed == expected
        assert EstimateRow.model_validate(completed).estimate == whole["estimate"]


def test_a_number_that_fails_its_arithmetic_says_why_in_brief_too(service: TestClient) -> None:
    rows = service.get("/v1/estimates?check=inconsistent").json()["items"]
    assert rows
    assert all(row["check_reason"] for row in rows)


def test_the_template_leads_to_every_figure(service: TestClient) -> None:
    page = service.get("/v1/estimates?page_size=40&endpoint=overall-survival").json()
    figures = [(row, figure) for row in page["items"] for figure in row["figures"]]
    assert len(figures) > 40
    for row, figure in figures[::4]:
        name = {"name": row["url"].rsplit("/", 1)[1], **figure}
        one = service.get(page["templates"]["figure"].format(**name)).json()
        assert (one["start"], one["end"], one["exact"]) == (figure["start"], figure["end"], figure["printed"])
        assert one["document"].endswith(f"/{figure['document']}")
        assert {"prefix", "suffix"} & one.keys(), "one figure has the words around it"


def test_whole_rows_are_a_parameter_away_and_the_answer_names_it(service: TestClient) -> None:
    page = service.get("/v1/estimates?page_size=2&drug=blinatumomab").json()
    assert page["whole"] == {"fields": brief.WHOLE}
    assert f"fields={brief.WHOLE}" in page["rows"]
    whole = service.get(f"/v1/estimates?page_size=2&drug=blinatumomab&fields={page['whole']['fields']}")
    assert {"rows", "whole", "included", "templates"} & whole.json().keys() == set()
    assert [row["id"] for row in whole.json()["items"]] == [row["id"] for row in page["items"]]
    assert {"checks", "estimate_label", "dataset"} <= whole.json()["items"][0].keys()
    assert f"fields={brief.WHOLE}" in whole.links["next"]["url"]


def test_other_formats_and_named_fields_have_what_whole_rows_have(service: TestClient) -> None:
    whole = service.get("/v1/estimates?page_size=5&fields=all").json()["items"]
    assert [json.loads(line) for line in service.get("/v1/estimates.ndjson?page_size=5").text.splitlines()] == whole
    assert service.get("/v1/estimates.csv?page_size=5").content == service.get("/v1/estimates.csv?page_size=5&fields=all").content
    named = service.get("/v1/estimates?page_size=5&fields=study,checks,figures").json()["items"]
    assert named == [{name: row[name] for name in ("study", "checks", "figures")} for row in whole]


def test_all_beside_a_field_is_refused(service: TestClient) -> None:
    answer = service.get("/v1/estimates?fields=id,all")
    assert (answer.status_code, "'all' is none of" in answer.json()["detail"]) == (422, True)


def test_parts_of_one_thing_are_whole(service: TestClient) -> None:
    page = service.get("/v1/estimates/kantarjian-2017.overall-survival-hazard-ratio/figures").json()
    assert "rows" not in page
    assert all({"prefix", "suffix"} & row.keys() for row in page["items"])
    assert not any({"prefix", "suffix"} & row.keys() for row in service.get("/v1/figures").json()["items"])


def row(name: str, **more: Any) -> dict[str, Any]:
    """Return an estimate of two invented fields and whatever else."""
    iri = vocabulary.resource(f"estimate/{name}")
    return {"id": iri, "url": f"/v1/estimates/{name}", "study_label": "A", "design": "trial", "registration": None, "figures": [], **more}


def test_what_a_value_does_not_determine_stays_in_the_rows() -> None:
    """Two studies of one name, or a study with two designs, are never given the design of the other."""
    for designs in (("trial", "cohort", "trial"), ("trial", None, "trial"), (None, "trial", "trial")):
        rows = [row(str(number), design=design, study="s") for number, design in enumerate(designs)]
        short, included, _ = brief.shorten(resources.ESTIMATES, rows)
        assert included == {"study_label": {"A": {"study": "s"}}}
        assert [each.get("design") for each in short] == [*designs]
    short, included, _ = brief.shorten(resources.ESTIMATES, [row("1"), row("2")])
    assert included == {"study_label": {"A": {"design": "trial"}}}
    assert not any("design" in each for each in short)


def test_a_caveat_that_many_rows_have_is_marked_in_them_and_said_once() -> None:
    rows = [row(str(number), caveats=["common", f"own of {number}"], discrepancies=["common"]) for number in range(brief.MANY)]
    short, included, texts = brief.shorten(resources.ESTIMATES, rows)
    assert texts == {"#1": "common"}
    assert [each["caveats"] for each in short] == [["#1", f"own of {number}"] for number in range(brief.MANY)]
    assert {each["discrepancies"][0] for each in short} == {"common"}, "a disputed number says so where it stands"
    assert [complete(each, included, texts)["caveats"] for each in short] == [each["caveats"] for each in rows]
    assert brief.shorten(resources.ESTIMATES, rows[1:]).texts == {}, "a short answer has words alone"


FIGURE = {
    "figure": vocabulary.resource("figure/a.value-3"), "role": "value", "printed": "28.0", "number": "28", "document": "d", "start": 3,
    "end": 7, "exact": "28.0", "prefix": "(", "suffix": ")", "restates": vocabulary.resource("figure/a.value-1"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({}, {}),
        ({"number": "28.0"}, {"number": ...}),
        ({"figure": vocabulary.resource("figure/b.value-3")}, {"figure": vocabulary.resource("figure/b.value-3")}),
        ({"exact": "28·0"}, {"exact": "28·0"}),
        ({"restates": vocabulary.resource("figure/b.value-1")}, {"restates": vocabulary.resource("figure/b.value-1")}),
    ],
    ids=",".join,
)
def test_a_figure_keeps_what_does_not_follow(changed: dict[str, Any], kept: dict[str, Any]) -> None:
    figure = FIGURE | changed
    (short,), included, _ = brief.shorten(resources.ESTIMATES, [row("a", figures=[figure])])
    expected = {"role": "value", "printed": "28.0", "number": "28", "document": "d", "start": 3, "end": 7, "restates": "value-1"} | kept
    assert short["figures"] == [{name: value for name, value in expected.items() if value is not ...}]
    (completed,) = complete(short, included)["figures"]
    assert completed == {name: value for name, value in figure.items() if name not in {"prefix", "suffix"}}


def test_an_agent_is_given_what_its_items_share_and_no_more(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    brief_page, _ = both
    answer = brevity.shorten({**brief_page, "page": 1, "page_size": 600, "total": 633})
    assert (
        answer["texts"].keys()
        == {
            text
            for item in answer["items"]
            for field in ("caveats", "limitations")
            for text in item.get(field, ())
            if text in brief_page["texts"]
        }
        > set()
    )
    assert answer["texts"].keys() < brief_page["texts"].keys()
    assert 0 < len(answer["items"]) < 100
    for field, of in answer["included"].items():
        assert {item[field] for item in answer["items"] if field in item} >= of.keys() > set()
    assert [complete(item, answer["included"], answer["texts"]) for item in answer["items"]] == [
        complete(item, brief_page["included"], brief_page["texts"]) for item in brief_page["items"][: len(answer["items"])]
    ]


@pytest.mark.parametrize("edit", [lambda item: item.pop("included"), lambda item: item["items"][0].pop("study_label")])
def test_a_row_without_what_it_refers_to_is_not_taken_for_an_estimate(edit: Callable[[dict[str, Any]], Any], service: TestClient) -> None:
    page = service.get("/v1/estimates?page_size=1").json()
    edit(page)
    with pytest.raises(ValueError, match="study"):
        EstimateRow.model_validate(complete(page["items"][0], page.get("included", {})))
