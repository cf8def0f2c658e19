"""Tools for agents: each is called through the protocol; names that fail stand beside, faults are told, runaways are ended."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.server.mcpserver import MCPServer
from mcp_types import TextContent, Tool
from pydantic_core import to_json

from mabgraph.api.agents import brevity, mcp, tools
from mabgraph.api.agents.worker import Worker
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.sparql.evaluation import Query
from mabgraph.ingest.errors import MabgraphError

#: Long lists, or much that is written.
pytestmark = pytest.mark.slow

TEXT = (Path(__file__).parent / "data" / "documents" / "example-2020.txt").read_text("utf-8")
#: A query without end in sight.
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }"
JSON = "application/sparql-results+json"
NAMES = {
    "search",
    "drugs",
    "targets",
    "trials",
    "estimates",
    "analyses",
    "claims",
    "compare",
    "network",
    "chain",
    "questions",
    "ask",
    "sparql",
}


def settings(directory: Path, **more: Any) -> Settings:
    small: dict[str, Any] = {"query_seconds": 20, "query_seconds_most": 30, "query_bytes": 20_000, "result_bytes": 500_000}
    return Settings(dataset=directory, **small | more)


@pytest.fixture(scope="module")
def worker(example_directory: Path) -> Iterator[Worker]:
    """Return what evaluates SPARQL over the invented dataset."""
    with closing(Worker(settings(example_directory), catalogue.open_current(example_directory))) as evaluating:
        yield evaluating


@pytest.fixture(scope="module")
def server(example_directory: Path, example: Catalogue, worker: Worker) -> MCPServer:
    """Return the server of the tools over the invented dataset."""
    return mcp.server(settings(example_directory), example, worker)


async def listed(server: Any) -> dict[str, Tool]:
    async with Client(server, mode="legacy") as client:
        return {tool.name: tool for tool in (await client.list_tools()).tools}


async def asked(server: Any, name: str, **arguments: Any) -> tuple[bool, dict[str, Any], str]:
    """Return whether a tool failed, its structured answer, and its text, through the whole protocol."""
    async with Client(server, mode="legacy") as client:
        result = await client.call_tool(name, arguments)
        text = result.content[0]
        assert isinstance(text, TextContent)
        return bool(result.is_error), result.structured_content or {}, text.text


def call(server: Any, name: str, **arguments: Any) -> dict[str, Any]:
    """Return the structured answer of a tool, which is its text too."""
    failed, answer, text = asyncio.run(asked(server, name, **arguments))
    assert not failed, text
    assert json.loads(text) == answer
    assert text == to_json(answer).decode(), "no spaces that an agent pays for"
    return answer


def fault(server: Any, name: str, **arguments: Any) -> str:
    failed, _, text = asyncio.run(asked(server, name, **arguments))
    assert failed
    return text


def test_every_tool_says_what_it_returns(server: MCPServer) -> None:
    tools = asyncio.run(listed(server))
    assert set(tools) == NAMES
    for name, tool in tools.items():
        assert re.search(r'Returns \{"dataset": str, ', tool.description or ""), name
        assert tool.output_schema is not None
        described = set(re.findall(r'"(\w+)"', (tool.description or "").partition("Returns ")[2]))
        assert set(tool.output_schema["properties"]) <= described, name
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint


def test_the_guide_names_every_tool_and_what_it_takes(server: MCPServer) -> None:
    guide = (Path(__file__).parents[1] / "docs" / "agents.md").read_text("utf-8")
    for name, tool in asyncio.run(listed(server)).items():
        (line,) = [line for line in guide.splitlines() if line.startswith("|") and f"`{name}`" in line.split("|")[1]]
        assert set(re.findall(r"`(\w+)`", line.split("|")[3])) == set(tool.input_schema["properties"])


def test_search_finds_any_kind_and_tells_what_is_near(server: MCPServer, example: Catalogue) -> None:
    answer = call(server, "search", names=["MT103", "anti-CD19", "NCT00000000", "blinatumomap"])
    assert answer["dataset"] == example.version
    kinds = [{match["kind"] for match in item["found"]} for item in answer["items"]]
    assert kinds == [{"drug"}, {"target"}, {"trial"}, set()]
    assert "blinatumomab" in answer["items"][3]["near"]["drug"]
    assert answer["items"][0]["found"][0]["iri"].endswith("id/drug/blinatumomab")
    assert answer["items"][0]["near"] == {}


@pytest.mark.parametrize(
    ("tool", "names", "labels", "detail", "value"),
    [
        ("drugs", ["blincyto", "nothing like it", "rituximab"], ["blinatumomab", "rituximab"], "target", "CD19"),
        ("targets", ["MS4A1", "nothing like it"], ["CD20"], "drug", "rituximab"),
        ("trials", ["nothing like it", "NCT00000000"], ["EXAMPLE"], "dose", "single dose"),
    ],
)
def test_a_batch_reports_what_is_unknown_beside(
    server: MCPServer, tool: str, names: list[str], labels: list[str], detail: str, value: str
) -> None:
    answer = call(server, tool, names=names)
    assert [item["label"] for item in answer["items"]] == labels
    assert all(item["iri"].startswith("http") for item in answer["items"])
    assert value in [one.get("label") for one in answer["items"][0]["details"][detail]]
    (unknown,) = answer["unknown"]
    assert unknown["name"] == "nothing like it"
    assert "is called 'nothing like it'" in unknown["message"]


def test_an_estimate_carries_anchors_and_caveats(server: MCPServer, example: Catalogue) -> None:
    answer = call(server, "estimates", target=["CD19"], endpoint=["overall-survival"], measure=["hazard-ratio"])
    assert (answer["dataset"], answer["total"], answer["page"]) == (example.version, 1, 1)
    (item,) = answer["items"]
    assert (item["value"], item["lower"], item["upper"], item["p_operator"], item["p_value"]) == (0.7, 0.5, 0.98, "<", 0.05)
    assert (item["printed"], item["caveats"]) == ("0.70", ["The trial was small."])
    assert {figure["role"] for figure in item["figures"]} == {"value", "lower", "upper", "level", "p_value"}
    for figure in item["figures"]:
        assert figure["document"] == "example-2020"
        assert TEXT[figure["start"] : figure["end"]] == figure["printed"]
    assert answer["included"]["study_label"][item["study_label"]]["registration"] == "NCT00000000"


def test_a_claim_carries_its_subjects_and_quotes(server: MCPServer) -> None:
    (item,) = call(server, "claims", document=["example-2020"], kind=["caveat"])["items"]
    assert (item["label"], item["kind"]) == ("The trial was small.", "caveat")
    assert len(item["about"]) == len(item["about_labels"]) > 0
    for quote in item["quotes"]:
        assert TEXT[quote["start"] : quote["end"]] == quote["exact"]
    (same,) = call(server, "claims", claim=[item["id"].rpartition("/")[2]])["items"]
    assert same == item
    assert call(server, "claims", kind=["interference"])["empty"]


def test_estimates_by_every_filter(server: MCPServer) -> None:
    everything = call(server, "estimates", page_size=100)
    one = everything["items"][0]
    document = one["figures"][0]["document"]
    same = call(server, "estimates", trial=["EXAMPLE"], document=[document], condition=[], page_size=100)
    assert same["total"] == everything["total"] == len(everything["items"]) > 2
    both = call(server, "estimates", measure=["median", "hazard-ratio"])["total"]
    assert both == sum(call(server, "estimates", measure=[name])["total"] for name in ("median", "hazard-ratio"))


def test_pages_of_estimates_make_up_the_whole(server: MCPServer) -> None:
    everything = call(server, "estimates", page_size=100)
    pages = [call(server, "estimates", page=page, page_size=2) for page in range(1, -(-everything["total"] // 2) + 1)]
    assert [item for page in pages for item in page["items"]] == everything["items"]
    assert call(server, "estimates", page=1000)["items"] == []


def test_every_listed_question_can_be_asked(server: MCPServer, example: Catalogue) -> None:
    answer = call(server, "questions")
    listed = {item["question"]: item for item in answer["items"]}
    assert {"estimates", "anchors", "claims", "discrepancies"} <= set(listed)
    assert "triples" not in listed
    assert {"name", "type", "description", "required", "many"} == set(listed["drug"]["parameters"][0])
    resource = call(server, "ask", question="drug", parameters={"drug": "MT103"})
    assert set(resource["columns"]) == set(listed["drug"]["columns"])
    assert resource["total"] == len(resource["items"]) == len(example.ask("drug", {"drug": "MT103"}))
    assert resource["dataset"] == example.version


def test_an_answer_has_pages(server: MCPServer) -> None:
    everything = call(server, "ask", question="figures", page_size=100)
    second = call(server, "ask", question="figures", page=2, page_size=3)
    assert second["items"] == everything["items"][3:6]
    assert second["total"] == everything["total"]
    assert TEXT[second["items"][0]["start"] : second["items"][0]["end"]] == second["items"][0]["exact"]


def test_sparql_answers_rows(server: MCPServer, example: Catalogue) -> None:
    answer = call(server, "sparql", query="SELECT ?n ?none { VALUES ?n { 3 0.5 'a' true } }")
    assert answer == {
        "dataset": example.version, "columns": ["n", "none"], "total": 4, "page": 1, "page_size": 100, "truncated": False, "more": None,
        "items": [{"n": value, "none": None} for value in (3, 0.5, "a", True)],
    }  # fmt: skip
    assert call(server, "sparql", query="ASK {}")["items"] == [{"boolean": True}]
    assert call(server, "sparql", query="SELECT ?d { ?d a <ontology/Drug> } LIMIT 1", seconds=5)["items"][0]["d"].startswith("http")


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("sparql", {"query": "SELECT nothing"}, "line 1, column 8: nothing cannot stand here"),
        ("sparql", {"query": "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"}, "use SELECT for rows"),
        ("sparql", {"query": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}, "SERVICE is not allowed"),
        ("sparql", {"query": "LOAD <file:///etc/passwd>"}, "LOAD is not allowed"),
        ("sparql", {"query": "SELECT * { ?s ?p ?o . ?a ?b ?c }"}, "ask with LIMIT"),
        ("sparql", {"query": "ASK {} #" + "x" * 20_000}, "longer than 20000 bytes"),
        ("sparql", {"query": "ASK {}", "seconds": 31}, "at most 30 s are allowed"),
        ("sparql", {"query": "ASK {}", "seconds": 0}, "seconds"),
        ("ask", {"question": "nothing"}, "there is no question 'nothing'; there are analyses"),
        ("ask", {"question": "drug"}, "the question drug needs drug"),
        ("ask", {"question": "drug", "parameters": {"dose": "9"}}, "has no parameter 'dose'; it takes drug"),
        ("ask", {"question": "drug", "parameters": {"drug": "blinatumomap"}}, "the nearest are blinatumomab"),
        ("ask", {"question": "triples", "parameters": {"graph": "graph/about"}}, "returns a graph"),
        ("estimates", {"drug": ["blinatumomap"]}, "the nearest are blinatumomab"),
        ("estimates", {"page": 0}, "page"),
        ("drugs", {"names": []}, "names"),
        ("search", {"names": ["x"] * (tools.MOST + 1)}, "names"),
    ],
)
def test_a_fault_is_told_in_the_words_of_the_house(server: MCPServer, tool: str, arguments: dict[str, Any], words: str) -> None:
    assert words in fault(server, tool, **arguments)


def test_an_argument_that_no_tool_takes_is_refused(server: MCPServer) -> None:
    tools = asyncio.run(listed(server))
    assert all(tool.input_schema["additionalProperties"] is False for tool in tools.values())
    for name in tools:
        message = fault(server, name, drgu="blinatumomab")
        assert message.startswith(f"drgu: {name} takes no such argument")
        assert all(each in message for each in tools[name].input_schema.get("properties", ()))


@pytest.mark.parametrize(
    ("tool", "arguments", "same"),
    [
        ("drugs", {"names": "Blincyto"}, {"names": ["Blincyto"]}), ("search", {"names": '["CD19"]'}, {"names": ["CD19"]}),
        ("estimates", {"drug": "blinatumomab", "target": None, "page": None}, {"drug": ["blinatumomab"]}),
        ("estimates", {"drug": "", "endpoint": [], "measure": ["", None], "page": ""}, {}),
        ("estimates", {"drug": "null", "page_size": "2"}, {"page_size": 2}), ("estimates", {"page_size": 2.0}, {"page_size": 2}),
        ("estimates", {"page_size": "null", "page": "None"}, {}), ("sparql", {"query": "```sparql\nASK {}\n```"}, {"query": "ASK {}"}),
        ("ask", {"question": "drug", "parameters": '{"drug": "MT103"}'}, {"question": "drug", "parameters": {"drug": "MT103"}}),
        ("ask", {"question": "drug", "parameters": {"drug": ["MT103"], "x": None}}, {"question": "drug", "parameters": {"drug": "MT103"}}),
        ("ask", {"question": "drugs", "parameters": None}, {"question": "drugs"}),
        ("compare", {"drug": "blinatumomab", "synthesise": None, "grade": "", "n_min": None}, {"drug": ["blinatumomab"]}),
        ("network", {"drug": "blinatumomab", "items": None}, {"drug": ["blinatumomab"]}),
        ("sparql", {"query": "ASK {}", "seconds": None, "page": None}, {"query": "ASK {}"}), ("questions", {}, {}),
    ],
)  # fmt: skip
def test_arguments_are_taken_as_agents_send_them(server: MCPServer, tool: str, arguments: dict[str, Any], same: dict[str, Any]) -> None:
    assert call(server, tool, **arguments) == call(server, tool, **same)


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("drugs", {"names": []}, "names: give 1 at least"), ("drugs", {"names": None}, "names: give 1 at least"), ("drugs", {}, "names: is needed"),
        ("drugs", {"names": {"drug": "x"}}, "give a list of texts"), ("estimates", {"page": 0}, "page: 0: give a number from 1 on"),
        ("estimates", {"page": "two"}, "page: 'two': give a whole number"), ("estimates", {"page_size": 101}, "give a number up to 100"),
        ("search", {"names": ["x"] * 101}, "names: give 100 at most"), ("sparql", {"query": "ASK {}", "seconds": -1}, "give a number above 0"),
        ("network", {"items": "nothing"}, "choose from 'links', 'within'"), ("compare", {"synthesise": "all"}, "choose from 'pool'"),
        ("ask", {"question": None}, "question: is needed"), ("nothing", {}, "there is no tool 'nothing'; there are search"),
        ("sparql", {"query": "SELECT ?l { ?s rdfs:label ?l }"}, "line 1, column 16: the prefix rdfs: is not declared"),
    ],
)  # fmt: skip
def test_no_fault_is_told_in_the_words_of_a_library(server: MCPServer, tool: str, arguments: dict[str, Any], words: str) -> None:
    message = fault(server, tool, **arguments)
    assert words in message
    assert not re.search(r"pydantic|type=|Input should|Field required|validation error|Traceback|Error executing", message)


def pages(server: Any, tool: str, **arguments: Any) -> list[dict[str, Any]]:
    """Return the pages of an answer, asked for as each says how to go on."""
    answers = [call(server, tool, **arguments)]
    while answers[-1]["truncated"]:
        following = re.search(r"go on with page=(\d+), page_size=(\d+)", answers[-1]["more"])
        assert following is not None
        answers.append(call(server, tool, **arguments | {"page": int(following[1]), "page_size": int(following[2])}))
    return answers


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("sparql", {"query": "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 350"}),
        ("sparql", {"query": f"SELECT ?n (CONCAT('{'x' * 900}', STR(?n)) AS ?t) {{ VALUES ?n {{ {' '.join(map(str, range(130)))} }} }}"}),
        ("estimates", {"page_size": 7}), ("ask", {"question": "figures", "page_size": 10}), ("network", {"page_size": 1}),
        ("compare", {"page_size": 2}),
    ],
)  # fmt: skip
def test_what_is_cut_is_told_and_can_be_had(server: MCPServer, tool: str, arguments: dict[str, Any]) -> None:
    answers = pages(server, tool, **arguments)
    items = [item for page in answers for item in page["items"]]
    assert len(items) == answers[0]["total"] == len({json.dumps(item) for item in items})
    assert all(len(json.dumps(page, separators=(",", ":"), ensure_ascii=False)) <= brevity.LONGEST for page in answers)
    assert all(len(page["items"]) <= 100 for page in answers)
    assert [page["truncated"] for page in answers] == [True] * (len(answers) - 1) + [False]
    assert answers[-1]["more"] is None


@pytest.mark.slow
def test_every_tool_is_cut_at_what_an_agent_reads(real: Catalogue, real_directory: Path) -> None:
    with closing(Worker(settings(real_directory, result_bytes=100_000_000), real)) as worker:
        server = mcp.server(settings(real_directory), real, worker)
        everything = call(server, "sparql", query="SELECT * { ?s ?p ?o } LIMIT 5000")
        assert (everything["total"], everything["truncated"]) == (5000, True)
        names = [item["label"] for item in call(server, "ask", question="trials", page_size=100)["items"]][:100]
        for tool, arguments in (
            ("estimates", {"page_size": 100}), ("compare", {"drug": "blinatumomab", "page_size": 100}), ("network", {"page_size": 100}),
            ("ask", {"question": "estimates", "page_size": 100}), ("trials", {"names": ["TOWER"] * 20}), ("search", {"names": ["CD"] * 100}),
            ("questions", {}), ("trials", {"names": names or ["TOWER"]}),
            ("sparql", {"query": "SELECT (GROUP_CONCAT(STR(?s)) AS ?all) { ?s ?p ?o }"}),
        ):  # fmt: skip
            answer = call(server, tool, **arguments)
            assert len(json.dumps(answer, separators=(",", ":"), ensure_ascii=False)) <= brevity.LONGEST, tool
            assert answer["truncated"] == (answer["more"] is not None)
            assert answer["items"]
        left = call(server, "trials", names=["TOWER"] * 20)
        assert re.fullmatch(r"\d+ items are left out: ask for these by themselves: TOWER(, TOWER)*", left["more"])


def test_a_query_past_its_time_is_ended_and_others_go_on(server: MCPServer, worker: Worker) -> None:
    assert call(server, "sparql", query="ASK {}")["items"] == [{"boolean": True}]
    before = worker.number
    assert "not answered within 0.5 s" in fault(server, "sparql", query=RUNAWAY, seconds=0.5)
    assert call(server, "sparql", query="ASK {}")["items"] == [{"boolean": True}]
    assert worker.number == before != os.getpid()
    assert not any(process.cpu_percent() for process in psutil.Process(worker.number).children())


def test_a_question_has_the_same_limits(example_directory: Path, example: Catalogue) -> None:
    limited = settings(example_directory, query_seconds=0.001)
    with closing(Worker(limited, example)) as worker:
        assert "not answered within 0.001 s" in fault(mcp.server(limited, example, worker), "ask", question="figures")


def test_a_query_that_takes_too_much_memory_is_ended(example_directory: Path, example: Catalogue) -> None:
    wide = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a ?d ?g"
    with closing(Worker(settings(example_directory, query_megabytes=16), example)) as worker:
        answered = worker.ask(Query(wide, JSON, None), 60)[1]
        assert (answered.error, "needed more than 16 MiB" in answered.detail) == ("exhausted", True)
        assert worker.ask(Query("ASK {}", JSON, None), 60)[1].body.startswith(b"{")


def test_a_process_that_ends_by_itself_is_replaced(worker: Worker) -> None:
    worker.ask(Query("ASK {}", JSON, None), 20)
    assert worker.number is not None
    os.kill(worker.number, 9)
    assert worker.ask(Query("ASK {}", JSON, None), 20)[1].body.startswith(b"{")


def test_a_dataset_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MabgraphError, match=str(tmp_path)):
        mcp.serve(settings(tmp_path), None)


@pytest.mark.slow
def test_over_standard_input_and_output(example_directory: Path, example: Catalogue) -> None:
    arguments = ["-m", "mabgraph.api.cli.command", "mcp", "--dataset", str(example_directory)]
    environment = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    command = StdioServerParameters(command=sys.executable, args=arguments, env=environment)

    async def session() -> None:
        async with Client(stdio_client(command)) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == NAMES
            result = await client.call_tool("drugs", {"names": ["MT103"]})
            assert result.structured_content is not None
            assert result.structured_content["dataset"] == example.version
            late = await client.call_tool("sparql", {"query": RUNAWAY, "seconds": 0.5})
            assert late.is_error
            counted = await client.call_tool("sparql", {"query": "ASK {}"})
            assert counted.structured_content is not None
            assert counted.structured_content["items"] == [{"boolean": True}]

    asyncio.run(session())


@pytest.mark.whole  # as over standard input and output
def test_over_streamable_http_on_the_loopback(example_directory: Path, example: Catalogue) -> None:
    arguments = ["-m", "mabgraph.api.cli.command", "mcp", "--http", "--port", "0", "--dataset", str(example_directory)]
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        address = process.stdout.readline().split()[0]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/mcp", address)
        assert call(address, "drugs", names=["MT103"])["dataset"] == example.version
        assert call(address, "sparql", query="ASK {}")["items"] == [{"boolean": True}]
        assert "blinatumomab" in fault(address, "estimates", drug=["blinatumomap"])
        assert httpx.post(address, json={}, headers={"Host": "elsewhere.test"}).status_code == 421
    finally:
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()
    assert process.returncode == 0


@pytest.mark.slow
def test_without_the_sdk_the_remedy_is_told(example_directory: Path) -> None:
    asked = "import sys; sys.modules['mcp'] = None; from mabgraph.api.cli.command import main; sys.argv = ['mabgraph', 'mcp']; main()"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "pip install 'mabgraph[agents]'" in done.stderr
    assert "Traceback" not in done.stderr
