"""Figures in their sentences: given on this machine where the texts are held, and to nobody else."""

from __future__ import annotations

import shutil
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.api.pages import passages

from .conftest import DATA
from .service import running

TEXT = (DATA / "documents" / "example-2020.txt").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8000"
SECRET = "a-secret-of-these-tests"
TOKEN = SecretStr(SECRET)
BEARER = {"Authorization": f"Bearer {SECRET}"}
TEXTS = ("/v1/documents/example-2020/text", "/v1/figures/nothing/context")


@pytest.fixture(scope="module")
def reader(example_directory: Path) -> Iterator[TestClient]:
    """Return a client on the machine of a service that holds the texts."""
    app = create_app(Settings(dataset=example_directory, documents=DATA / "documents", texts_token=TOKEN))
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5000), headers=BEARER) as client:
        yield client


def figures(client: TestClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get("/v1/figures?page_size=1000").json()["items"]
    return rows


def test_every_figure_stands_in_its_sentence(reader: TestClient) -> None:
    shown = figures(reader)
    assert shown
    for figure in shown:
        context = reader.get(f"{figure['url']}/context").json()
        assert context["exact"] == figure["exact"] == TEXT[context["start"] : context["end"]]
        assert context["before"] + context["exact"] + context["after"] == TEXT[context["sentence_start"] : context["sentence_end"]]
        assert len(context["before"]) <= passages.AROUND >= len(context["after"])


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
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:8001"},
        {"X-Forwarded-Host": "mabgraph.example.org"},
    ],
)
def test_what_comes_from_elsewhere_gets_no_text(reader: TestClient, headers: dict[str, str]) -> None:
    for path in ("/v1/documents/example-2020/text", f"{figures(reader)[0]['url']}/context"):
        answer = reader.get(path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
        assert "MABGRAPH_TEXTS_OPEN" in answer.json()["detail"]


def test_a_caller_on_another_machine_gets_no_text_unless_they_are_open(example_directory: Path) -> None:
    for opened, status in ((False, 403), (True, 200)):
        app = create_app(Settings(dataset=example_directory, documents=DATA / "documents", texts_open=opened, texts_token=TOKEN))
        with TestClient(app, base_url=ADDRESS, client=("10.0.0.1", 5000)) as client:
            assert client.get("/v1/documents/example-2020/text", headers=BEARER).status_code == status
            assert client.get("/v1/documents/example-2020/text").status_code == 401


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
    app = create_app(Settings(dataset=example_directory, documents=tmp_path / "documents", texts_token=TOKEN))
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5000), headers=BEARER) as client:
        for path in ("/v1/documents/example-2020/text", f"{figures(client)[0]['url']}/context"):
            assert client.get(path).status_code == 409


def test_the_sentence_of_a_figure_ends_where_it_ends() -> None:
    text = "First 1.5 part. The ratio was 0.70 (P<0.05) here. Next one.\n\nA paragraph 9"
    start = text.index("0.70")
    assert text[slice(*passages.find_sentence(text, start, start + 4))] == "The ratio was 0.70 (P<0.05) here."
    start = text.index("9")
    assert text[slice(*passages.find_sentence(text, start, start + 1))] == "A paragraph 9"


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "authorization",
    [
        None, "", "Bearer", "Bearer ", f"Bearer {SECRET}x", f"Bearer {SECRET[:-1]}", f"Bearer {SECRET.upper()}", SECRET, f"Token {SECRET}",
        f"Bearer {SECRET} {SECRET}", "Bearer \xe9", basic("texts", ""), basic("texts", "another"), basic(SECRET, ""), "Basic",
        "Basic " + b64encode(SECRET.encode()).decode(), "Basic !", "Basic " + "=" * 9000, f"Basic {SECRET}", "Bearer " + "a" * 9000,
    ],
)  # fmt: skip
def test_without_the_secret_there_is_no_text(reader: TestClient, authorization: str | None) -> None:
    headers = [] if authorization is None else [(b"Authorization", authorization.encode("latin-1"))]
    for path in (*TEXTS, f"{figures(reader)[0]['url']}/context"):
        with TestClient(reader.app, base_url=ADDRESS, client=("127.0.0.1", 5000)) as caller:
            answer = caller.get(path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert "Bearer" in answer.headers["www-authenticate"]
        assert "Basic" in answer.headers["www-authenticate"]
        assert SECRET not in answer.text
        assert TEXT[:20] not in answer.text


@pytest.mark.parametrize(
    "authorization", [f"Bearer {SECRET}", f"bearer  {SECRET} ", basic("texts", SECRET), basic("", SECRET), basic("é", SECRET)]
)
def test_the_secret_is_a_token_or_a_password(reader: TestClient, authorization: str) -> None:
    answer = reader.get("/v1/documents/example-2020/text", headers={"Authorization": authorization})
    assert answer.text == TEXT
    assert SECRET not in str(answer.headers)


def test_a_secret_in_an_address_is_none(reader: TestClient) -> None:
    with TestClient(reader.app, base_url=ADDRESS, client=("127.0.0.1", 5000)) as caller:
        assert caller.get(f"/v1/documents/example-2020/text?token={SECRET}").status_code == 401
        assert caller.get("/v1/documents/example-2020/text", headers={"Cookie": f"token={SECRET}"}).status_code == 401


def test_a_text_stays_with_whom_it_is_given_to(reader: TestClient) -> None:
    for path in ("/v1/documents/example-2020/text", f"{figures(reader)[0]['url']}/context", *TEXTS):
        for headers in ({}, {"Authorization": "Bearer another"}, {"Origin": "null"}):
            answer = reader.get(path, headers=headers)
            if answer.status_code != 404:
                assert answer.headers["cache-control"] == "no-store"
                assert answer.headers["referrer-policy"] == "no-referrer"
                assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_texts_that_have_no_secret_are_given_to_nobody(example_directory: Path) -> None:
    app = create_app(Settings(dataset=example_directory, documents=DATA / "documents", texts_open=True))
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5000)) as client:
        answer = client.get("/v1/documents/example-2020/text", headers={"Authorization": "Bearer None"})
        assert answer.status_code == 403
        assert "MABGRAPH_TEXTS_TOKEN" in answer.json()["detail"]


@pytest.mark.slow
def test_serve_prints_a_secret_that_opens_the_texts(example_directory: Path) -> None:
    with running(example_directory, processes=1, documents=DATA / "documents") as service:
        assert service.process.stdout is not None
        lines = [service.process.stdout.readline() for _ in range(5)]
        address, token = lines[3].split()[0], lines[4].split()[2]
        assert len(token) >= 43
        with service.client() as client:
            assert client.get("/v1/documents/example-2020/text").status_code == 401
            assert client.get("/v1/documents/example-2020/text", headers={"Host": "127.0.0.1"}).status_code == 401
            assert client.get("/v1/documents/example-2020/text", headers={"Authorization": f"Bearer {token}"}).text == TEXT
            assert client.get(address).text == TEXT
            assert client.get("/openapi.json").text.count(token) == 0


@pytest.mark.whole  # as the test above
def test_serve_does_not_print_a_secret_that_is_set(example_directory: Path) -> None:
    with running(example_directory, processes=1, documents=DATA / "documents", texts_token=SECRET) as service:
        assert service.process.stdout is not None
        lines = [service.process.stdout.readline() for _ in range(4)]
        assert "MABGRAPH_TEXTS_TOKEN" in lines[3]
        assert SECRET not in "".join(lines)
        with service.client() as client:
            assert client.get("/v1/documents/example-2020/text", headers=BEARER).text == TEXT
