"""Tools for agents that appraise evidence: comparisons whose refusals are data, the network list by list, chains; all bounded."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mcp.server.mcpserver import MCPServer

from mabgraph.api.agents import appraisal, mcp
from mabgraph.api.agents.worker import Worker
from mabgraph.api.exports import selection
from mabgraph.api.routes import networks
from mabgraph.graph.compare import compare
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.synthesis.codes import CODES

from .test_mcp import call, fault, listed, settings

RATIOS: dict[str, Any] = {"endpoint": ["progression-free-survival"], "measure": ["hazard-ratio"]}
PAIR: dict[str, Any] = RATIOS | {"trial": ["ALPHA", "BETA"]}
APART: dict[str, Any] = RATIOS | {"trial": ["ALPHA", "GAMMA"]}
BARE: dict[str, Any] = RATIOS | {"trial": ["ALPHA", "KAPPA"]}
LOOP: dict[str, Any] = RATIOS | {"trial": ["ALPHA", "DELTA", "EPSILON"]}


@pytest.fixture(scope="module")
def invented(trials_directory: Path) -> Catalogue:
    """Return the catalogue of the invented trials."""
    return catalogue.open_current(trials_directory)


@pytest.fixture(scope="module")
def server(trials_directory: Path, invented: Catalogue) -> Iterator[MCPServer]:
    """Return the server of the tools over the invented trials."""
    with closing(Worker(settings(trials_directory), invented)) as worker:
        yield mcp.server(settings(trials_directory), invented, worker)


def test_estimates_stand_side_by_side_with_reasons(server: MCPServer, invented: Catalogue) -> None:
    answer = call(server, "compare", **APART)
    assert (answer["dataset"], answer["total"], answer["synthesis"], answer["refused"]) == (invented.version, 2, None, None)
    (together,) = answer["sets"]
    assert (together["set"], together["kind"], together["measure"], together["estimates"]) == (0, "effect", "hazard-ratio", 2)
    (reason,) = together["reasons"]
    assert (reason["code"], reason["acknowledgeable"], reason["estimates"]) == ("different-populations", True, 2)
    for item, value in zip(answer["items"], (0.6, 0.55), strict=True):
        assert (item["value"], item["treatment"], item["against"], item["set"]) == (value, "daratumumab", "dexamethasone", 0)
        assert item["reasons"] == ["different-populations"]
        assert {figure["role"] for figure in item["figures"]} == {"value", "lower", "upper", "level"}
    asked = "endpoint=progression-free-survival&measure=hazard-ratio&trial=ALPHA&trial=GAMMA"
    assert answer["address"] == f"/v1/compare?{asked}"


def test_pages_make_up_the_whole_and_say_the_same_of_it(server: MCPServer) -> None:
    everything = call(server, "compare", **RATIOS, page_size=100)
    pages = [call(server, "compare", **RATIOS, page=page, page_size=5) for page in (1, 2, 3)]
    assert [item for page in pages for item in page["items"]] == everything["items"]
    assert len(everything["items"]) == everything["total"] > 10
    assert all(page["sets"] == everything["sets"] for page in pages)
    assert call(server, "compare", **RATIOS)["items"] == everything["items"][:10]


def test_a_refusal_is_data_beside_the_estimates(server: MCPServer) -> None:
    answer = call(server, "compare", **APART, synthesise="pool")
    assert answer["synthesis"] is None
    assert len(answer["items"]) == 2
    refused = answer["refused"]
    assert refused["acknowledge"] == ["different-populations"]
    assert "to pool these estimates is refused" in refused["text"]
    (reason,) = refused["reasons"]
    assert reason["acknowledgeable"] is True
    assert "newly diagnosed" in reason["text"]
    gone_on = call(server, "compare", **APART, synthesise="pool", acknowledge=refused["acknowledge"])
    assert (gone_on["refused"], gone_on["acknowledged"]) == (None, ["different-populations"])
    assert gone_on["synthesis"]["action"] == "pool"
    assert gone_on["synthesis"]["estimates"][0]["natural"]["effect"] == pytest.approx(0.58, abs=0.01)


def test_what_nobody_can_acknowledge_says_so_and_names_its_rows(server: MCPServer) -> None:
    refused = call(server, "compare", **BARE, synthesise="pool")["refused"]
    assert refused["acknowledge"] == []
    reasons = {each["code"]: each for each in refused["reasons"]}
    bare = reasons["no-standard-error"]
    assert (bare["acknowledgeable"], bare["estimates"]) == (False, 1)
    assert bare["rows"][0].endswith("/estimate/trials-2020.kappa-ratio-1")


def test_a_network_is_joined_and_ranked(server: MCPServer) -> None:
    ranking = call(server, "compare", **LOOP, synthesise="rank", better="lower-is-better")["synthesis"]
    assert (ranking["kind"], len(ranking["estimates"]), len(ranking["contrasts"])) == ("network", 3, 3)
    assert set(ranking["p_scores"]) == {"daratumumab", "dexamethasone", "lenalidomide"}
    assert "league" not in ranking
    assert "left_out" not in ranking


def test_a_number_that_json_has_not_is_a_text() -> None:
    synthesis = SimpleNamespace(as_json=lambda: {"weights": {"ALPHA": float("inf")}})
    package: Any = SimpleNamespace(pooled=SimpleNamespace(action=SimpleNamespace(value="pool"), synthesis=synthesis))
    assert appraisal._synthesis(package) == {"action": "pool", "weights": {"ALPHA": "Infinity"}}


def test_what_grows_is_cut_and_says_of_how_much(server: MCPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appraisal, "MOST", 2)
    monkeypatch.setattr(appraisal, "LONGEST", 30)
    answer = call(server, "compare", **LOOP, synthesise="indirect")
    assert len(answer["synthesis"]["contrasts"]) == 2
    assert answer["synthesis"]["left_out"]["contrasts"] == 1
    text = call(server, "compare", **APART)["sets"][0]["reasons"][0]["text"]
    assert text == "the studies are of patients wi…"


def test_the_parameters_are_those_of_the_interface(server: MCPServer) -> None:
    parameters = asyncio.run(listed(server))["compare"].input_schema["properties"]
    fields = selection.Filters.model_json_schema()["properties"]
    assert set(parameters) == set(fields) - {"format"} | {"page", "page_size"}
    for name in set(fields) - {"format"}:
        assert parameters[name]["description"] == fields[name]["description"], name
    assert parameters["acknowledge"]["items"]["enum"] == [code for code, (_, can) in CODES.items() if can]
    assert {name for name, schema in parameters.items() if schema.get("type") == "array" and schema.get("maxItems") != 100} == set()
    network = asyncio.run(listed(server))["network"].input_schema["properties"]
    assert set(network) == set(networks.NetworkFilters.model_fields) - {"format"} | {"items", "page", "page_size"}


def test_the_network_list_by_list(server: MCPServer, invented: Catalogue) -> None:
    answer = call(server, "network", page_size=100)
    assert answer["dataset"] == invented.version
    assert answer["counts"]["links"] == answer["total"] == len(answer["items"])
    link = next(item for item in answer["items"] if item["study_name"] == "EPSILON")
    assert (link["intervention"], link["comparator"], link["evidence"]) == ("daratumumab", "lenalidomide", "estimates")
    assert answer["names"][link["study"]] == "EPSILON"
    assert "relapsed or refractory multiple myeloma" in {answer["names"][iri] for iri in link["conditions"]}
    for name, count in answer["counts"].items():
        page = call(server, "network", items=name, page_size=2)
        assert (page["total"], page["counts"]) == (count, answer["counts"])
        assert len(page["items"]) == min(2, count)
    parts = call(server, "network", items="parts")["items"]
    assert [part["treatments"] for part in parts] == [["daratumumab", "dexamethasone", "lenalidomide"], ["bortezomib", "thalidomide"]]
    assert call(server, "network", drug=["lenalidomide"], condition=["multiple myeloma"])["counts"]["links"] == 2


def test_long_lists_of_links_are_cut(server: MCPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appraisal, "NAMED", 1)
    link = next(item for item in call(server, "network", page_size=100)["items"] if item["study_name"] == "ALPHA")
    assert len(link["arm_results"]) == 1
    assert link["left_out"] == {"arm_results": 1}
    step = call(server, "chain", start="daratumumab", to="dexamethasone")["items"][0]
    assert len(step["links"]) == 1
    assert step["left_out"]["links"] > 5


def test_a_chain_or_why_there_is_none(server: MCPServer, invented: Catalogue) -> None:
    answer = call(server, "chain", start="Darzalex", to="lenalidomide")
    assert (answer["dataset"], answer["start"], answer["connected"], answer["gap"]) == (invented.version, "daratumumab", True, None)
    assert [[link["study_name"] for link in step["links"]] for step in answer["items"]] == [["EPSILON"]]
    apart = call(server, "chain", start="daratumumab", to="bortezomib")
    assert (apart["connected"], apart["items"], apart["treatments"]) == (False, [], [])
    assert "no-shared-treatment" in apart["gap"]["reasons"]
    assert "do not meet" in apart["gap"]["text"]


def test_the_guide_shows_a_refusal_as_it_is(real_directory: Path, real: Catalogue) -> None:
    guide = (Path(__file__).parents[1] / "docs" / "agents.md").read_text("utf-8").partition("## Comparing")[2]
    arguments, refused = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", guide, re.DOTALL))
    with closing(Worker(settings(real_directory), real)) as worker:
        answer = call(mcp.server(settings(real_directory), real, worker), "compare", **arguments)
    assert answer["refused"] == refused
    assert answer["items"]


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("compare", {"drug": ["daratumumap"]}, "the nearest are daratumumab"),
        ("compare", {"trial": ["ALPHA"], "synthesise": "average"}, "synthesise"),
        ("compare", {"trial": ["ALPHA"], "acknowledge": ["everything"]}, "acknowledge"),
        ("compare", {"trial": ["ALPHA"], "acknowledge": ["no-standard-error"]}, "acknowledge"),
        ("compare", {"trial": ["ALPHA"], "effect": "HR"}, "effect"),
        ("compare", {"trial": ["ALPHA"], "kind": ["good"]}, "kind"),
        ("compare", {"trial": ["ALPHA"] * 101}, "give 100 at most"),
        ("compare", {"trial": ["ALPHA"], "grade": -1}, "grade"),
        ("compare", {"trial": ["ALPHA"], "page_size": 101}, "page_size"),
        ("compare", LOOP | {"synthesise": "rank"}, "better: say which values are better"),
        ("network", {"drug": ["daratumumap"]}, "the nearest are daratumumab"),
        ("network", {"items": "everything"}, "items"),
        ("network", {"drug": ["daratumumab"] * 51}, "give 50 at most"),
        ("chain", {"start": "daratumumap", "to": "bortezomib"}, "the nearest are daratumumab"),
        ("chain", {"start": "", "to": "bortezomib"}, "start"),
    ],
)
def test_a_fault_is_told_in_the_words_of_the_house(server: MCPServer, tool: str, arguments: dict[str, Any], words: str) -> None:
    assert words in fault(server, tool, **arguments)


def test_more_estimates_than_are_compared_is_a_fault(server: MCPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "MOST", 2)
    assert "and at most 2 are compared" in fault(server, "compare", **RATIOS)
