"""Figures in their sentences: given on this machine where the texts are held, and to nobody else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mabgraph.api import texts
from mabgraph.api.app import create_app
from mabgraph.api.settings import Settings

from .conftest import DATA

TEXT = (DATA / "documents" / "example-2020.txt").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def reader(example_directory: Path) -> Iterator[TestClient]:
    """Return a client on the machine of a service that holds the texts."""
    app = create_app(Settings(dataset=example_directory, documents=DATA / "documents"))
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5000)) as made:
        yield made


def figures(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/figures?page_size=1000").json()["items"]
    return found


def test_every_figure_stands_in_its_sentence(reader: TestClient) -> None:
    shown = figures(reader)
    assert shown
    for figure in shown:
        said = reader.get(f"{figure['url']}/context").json()
        assert said["exact"] == figure["exact"] == TEXT[said["start"] : said["end"]]
        assert said["before"] + said["exact"] + said["after"] == TEXT[said["sentence_start"] : said["sentence_end"]]
        assert len(said["before"]) <= texts.AROUND >= len(said["after"])


def test_the_text_of_a_document_and_a_part_of_it(reader: TestClient) -> None:
    whole = reader.get("/v1/documents/example-2020/text")
    assert whole.text == TEXT
    figure = figures(reader)[0]
    assert reader.get("/v1/documents/example-2020/text", params={"start": figure["start"], "end": figure["end"]}).text == figure["exact"]
    assert reader.get("/v1/documents/example-2020/text", headers={"If-None-Match": whole.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "10.0.0.1"},
        {"Forwarded": "for=10.0.0.1"},
        {"Host": "mabgraph.example.org"},
        {"Origin": "https://example.org"},
        {"Origin": "null"},
    ],
)
def test_what_comes_from_elsewhere_gets_no_text(reader: TestClient, headers: dict[str, str]) -> None:
    for path in ("/v1/documents/example-2020/text", f"{figures(reader)[0]['url']}/context"):
        answer = reader.get(path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
        assert "MABGRAPH_TEXTS_OPEN" in answer.json()["detail"]


def test_a_caller_on_another_machine_gets_no_text_unless_they_are_open(example_directory: Path) -> None:
    for opened, status in ((False, 403), (True, 200)):
        app = create_app(Settings(dataset=example_directory, documents=DATA / "documents", texts_open=opened))
        with TestClient(app, base_url=ADDRESS, client=("10.0.0.1", 5000)) as client:
            assert client.get("/v1/documents/example-2020/text").status_code == status


def test_without_the_texts_the_remedy_is_named(example_directory: Path) -> None:
    with TestClient(create_app(Settings(dataset=example_directory)), base_url=ADDRESS, client=("127.0.0.1", 5000)) as client:
        answer = client.get("/v1/documents/example-2020/text")
        assert answer.status_code == 404
        assert "--documents FOLDER" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/documents/nothing/text", 404), ("/v1/figures/nothing/context", 404), ("/v1/documents/example-2020/text?start=-1", 422)],
)
def test_what_is_not_there_is_a_problem(reader: TestClient, path: str, status: int) -> None:
    answer = reader.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_another_text_is_not_shown_as_this_one(example_directory: Path, tmp_path: Path) -> None:
    shutil.copytree(DATA / "documents", tmp_path / "documents")
    (tmp_path / "documents" / "example-2020.txt").write_text(TEXT.replace("0.70", "0.71"), "utf-8")
    app = create_app(Settings(dataset=example_directory, documents=tmp_path / "documents"))
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5000)) as client:
        for path in ("/v1/documents/example-2020/text", f"{figures(client)[0]['url']}/context"):
            assert client.get(path).status_code == 409


def test_the_sentence_of_a_figure_ends_where_it_ends() -> None:
    text = "First 1.5 part. The ratio was 0.70 (P<0.05) here. Next one.\n\nA paragraph 9"
    start = text.index("0.70")
    assert text[slice(*texts.sentence(text, start, start + 4))] == "The ratio was 0.70 (P<0.05) here."
    start = text.index("9")
    assert text[slice(*texts.sentence(text, start, start + 1))] == "A paragraph 9"
