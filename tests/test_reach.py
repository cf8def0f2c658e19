"""No caller reaches another host: forms that hide SERVICE, LOAD and nesting, by every way in that takes a text, against a listener."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from mcp import Client
from mcp_types import TextContent
from pydantic import SecretStr

from benchmarks import strangers
from benchmarks.strangers import Listener
from mabgraph.api.agents import mcp
from mabgraph.api.agents.worker import Worker
from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions import catalogue
from mabgraph.graph.sparql import updates

TOKEN = "a-token-of-many-characters"
#: A call in the open, and behind what a filter of text takes for a comment, a string, an IRI or a number.
HIDDEN = (
    "{call}",
    "?a ex:p ex:a\\#b . {call}",
    "?a ex:p ex:a\\'b . {call} ?a ex:p 'z'",
    "FILTER(1<'>'||true) {call} FILTER('z'='z')",
    "VALUES ?v {{ '''a' }} {call} #\\uD800'''\n",
    "?a ex:p 1{call}",
)
DEEP = "{" * 480_000 + "}" * 480_000
#: As much as an address can have.
SHORT = "{" * 2000 + "}" * 2000
PREFIX = "PREFIX ex: <http://example.org/> "
Ask = Callable[[str], tuple[bool, str]]


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """Return a listener that counts what it hears."""
    with strangers.listening() as heard:
        yield heard


@pytest.fixture(scope="module")
def client(example_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service that takes updates."""
    with TestClient(create_app(Settings(dataset=example_directory, update_token=SecretStr(TOKEN)))) as client:
        yield client
    (example_directory / updates.FILE).unlink(missing_ok=True)


@pytest.fixture(scope="module", params=["GET", "form", "POST", "update", "agents"])
def ask(request: pytest.FixtureRequest, client: TestClient, example_directory: Path) -> Iterator[Ask]:
    """Return what sends a text by one way in, and returns whether it was refused, and the answer."""

    def by_http(text: str) -> tuple[bool, str]:
        if request.param == "GET":
            answer = client.get("/sparql", params={"query": text.replace(DEEP, SHORT)})
        elif request.param == "form":
            answer = client.post("/sparql", data={"query": text})
        elif request.param == "POST":
            answer = client.post("/sparql", content=text, headers={"Content-Type": "application/sparql-query"})
        else:
            update = text.replace("SELECT *", "INSERT { GRAPH <a:b> { ?s ?p ?o } } WHERE")
            headers = {"Content-Type": "application/sparql-update", "Authorization": f"Bearer {TOKEN}"}
            answer = client.post("/sparql", content=update, headers=headers)
        return answer.status_code == 403, answer.text

    if request.param != "agents":
        yield by_http
        return
    settings = Settings(dataset=example_directory)
    current = catalogue.open_current(example_directory)
    with closing(Worker(settings, current)) as worker:
        server = mcp.server(settings, current, worker)

        async def call(text: str) -> tuple[bool, str]:
            async with Client(server, mode="legacy") as agent:
                result = await agent.call_tool("sparql", {"query": text})
                assert isinstance(result.content[0], TextContent)
                return bool(result.is_error), result.content[0].text

        yield lambda text: asyncio.run(call(text))


@pytest.mark.parametrize("form", HIDDEN)
def test_a_hidden_call_is_refused_and_nothing_is_heard(ask: Ask, form: str, listener: Listener) -> None:
    before = listener.heard
    refused, answer = ask(f"{PREFIX}SELECT * {{ {form.format(call=f'SERVICE <{listener.url}> {{ ?s ?p ?o }}')} }}")
    assert refused, answer
    assert "SERVICE" in answer
    assert listener.heard == before


@pytest.mark.parametrize("hiding", ["", "?a ex:p ex:a\\#b . ", "FILTER(1<'>'||true) "])
def test_deep_nesting_ends_nothing(ask: Ask, hiding: str) -> None:
    refused, answer = ask(f"{PREFIX}SELECT * {{ {hiding}{DEEP} }}")
    assert refused, answer[:300]
    assert "nested more than 1000 deep" in answer
    assert not ask("SELECT * { ?s ?p 'nowhere' }")[0]


@pytest.mark.parametrize(
    "update", ["LOAD <{url}>", "INSERT DATA {{ GRAPH <a:b> {{ <a:b> <a:b> ex:a\\#b }} }} ; LOAD SILENT <{url}> INTO GRAPH <a:c>"]
)
def test_an_update_loads_nothing(client: TestClient, update: str, listener: Listener) -> None:
    before = listener.heard
    headers = {"Content-Type": "application/sparql-update", "Authorization": f"Bearer {TOKEN}"}
    answer = client.post("/sparql", content=PREFIX + update.format(url=listener.url), headers=headers)
    assert (answer.status_code, "LOAD" in answer.text) == (403, True)
    assert listener.heard == before
