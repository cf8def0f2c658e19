"""The access log: off unless it is asked for, a line for each request, and nothing in it of what was said."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.http import access
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.sparql import updates

from . import asgi
from .conftest import DATA
from .service import running

SECRET = "a-secret-of-these-tests"
LINE = re.compile(r"(\S+) ([A-Z]+) (/\S*) (\d{3}|-) (\d+) (\d+\.\d)")


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(access, "begin", lambda: None)
    caplog.set_level(logging.INFO, access.__name__)
    return caplog


@pytest.fixture
def client(logged: pytest.LogCaptureFixture, example: Catalogue, example_directory: Path) -> Iterator[TestClient]:
    settings = Settings(dataset=example_directory, access_log=True, documents=DATA / "documents", texts_token=SECRET, update_token=SECRET)
    with TestClient(create_app(settings, example), client=("127.0.0.1", 5000), raise_server_exceptions=False) as client:
        yield client
    (example_directory / updates.FILE).unlink(missing_ok=True)  # the directory is shared: others count what is in it


def test_each_request_is_a_line(client: TestClient, logged: pytest.LogCaptureFixture) -> None:
    answer = client.get("/v1/drugs", headers={"Accept-Encoding": "identity"})
    (message,) = logged.messages
    match = LINE.fullmatch(message)
    assert match is not None
    assert match.groups()[:5] == ("127.0.0.1", "GET", "/v1/drugs", "200", str(len(answer.content)))
    for path, status in (("/nothing", "404"), ("/v1/drugs?colour=red", "422"), ("/v1/drugs?" + "a" * 20_000, "414")):
        client.get(path)
        assert LINE.fullmatch(logged.messages[-1]), logged.messages[-1]
        assert logged.messages[-1].split()[3] == status
    assert len(logged.messages) == 4


def test_nothing_that_was_said_is_in_it(client: TestClient, logged: pytest.LogCaptureFixture) -> None:
    headers = {"Authorization": f"Bearer {SECRET}", "Cookie": SECRET, "Referer": f"http://localhost/{SECRET}", "User-Agent": SECRET}
    client.get(f"/v1/documents/example-2020/text?token={SECRET}", headers=headers)
    client.get("/sparql", params={"query": f"ASK {{ ?s ?p '{SECRET}' }}"}, headers=headers)
    client.post("/sparql", data={"query": f"ASK {{ ?s ?p '{SECRET}' }}"}, headers=headers)
    client.post("/sparql", data={"update": f"INSERT DATA {{ <a:b> <a:c> '{SECRET}' }}"}, headers=headers)
    assert len(logged.messages) == 4
    assert SECRET not in logged.text


@pytest.mark.parametrize(
    "path", ["/a b", "/a\nb", "/a\r\n127.0.0.1 GET /forged 200 0 0.0", "/\x1b[2J", "/\u202e", "/\x00", "/" + "a" * 9000, "/é", "/\u2028"]
)
def test_a_path_is_one_word_of_a_line(client: TestClient, logged: pytest.LogCaptureFixture, path: str) -> None:
    asgi.asked(client.app, path)
    (message,) = logged.messages
    assert LINE.fullmatch(message), message
    assert message.isprintable()
    assert len(message) < 700


def test_it_is_off_unless_it_is_asked_for(example: Catalogue, example_directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with TestClient(create_app(Settings(dataset=example_directory), example)) as client:
        client.get("/v1/drugs")
    assert not [record for record in caplog.records if record.name == access.__name__]


@pytest.mark.whole  # each line is tried in process
def test_serve_writes_it_with_the_time(example_directory: Path) -> None:
    with running(example_directory, processes=1, access_log=1) as service, service.client() as client:
        client.get("/v1/drugs?drug=blinatumomab")
        assert service.process.stderr is not None
        lines = [service.process.stderr.readline() for _ in range(2)]
    for written, path in zip(lines, ("/health", "/v1/drugs"), strict=True):
        moment, _, rest = written.strip().partition(" ")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment)
        match = LINE.fullmatch(rest)
        assert match is not None
        assert match[3] == path
