"""Pictures and archives as the service gives them: what cannot be made now is 503, look-ups go on, and nothing is made twice."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from threading import Event
from typing import IO
from unittest import mock
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from mabgraph.api import app as app_module
from mabgraph.api.app import create_app
from mabgraph.api.exports import archive
from mabgraph.api.exports.pictures import limit
from mabgraph.api.http import spool
from mabgraph.api.http.settings import Settings
from mabgraph.api.plots import renderer
from mabgraph.api.plots.renderer import SHARED, Renderer
from mabgraph.api.routes import comparisons
from mabgraph.graph.questions.catalogue import Catalogue

pytestmark = pytest.mark.slow

SURVIVAL = "/v1/compare?drug=blinatumomab&endpoint=overall-survival&measure=hazard-ratio"
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def service(real_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service over mabgraph's own dataset."""
    with TestClient(create_app(Settings(dataset=real_directory, cache_megabytes=0)), follow_redirects=False) as client:
        yield client


@pytest.fixture
def limited(service: TestClient) -> Iterator[Settings]:
    """Return the settings of the service; its limits are what they were when the test is over."""
    state = service.app.state.service  # type: ignore[attr-defined]
    yield state.settings
    limit(state.settings)
    archive.limit(state.settings)


def hang(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the drawing process hang where it should draw an SVG."""
    run = Renderer.run

    def hanging(self: Renderer, function: str, *arguments: object) -> bytes:
        return run(self, "signal:pause") if function == renderer.SVG else run(self, function, *arguments)

    monkeypatch.setattr(Renderer, "run", hanging)


def refused(response: Response, detail: str) -> None:
    """Hold ``response`` to be a problem that says when to ask again."""
    assert response.status_code == 503
    assert response.headers["content-type"] == PROBLEM
    assert int(response.headers["retry-after"]) > 0
    assert detail in response.json()["detail"]


def test_look_ups_are_answered_while_a_drawing_hangs(service: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = Event()
    ask = renderer._Running.ask

    def asking(self: renderer._Running, body: bytes, seconds: float) -> bytes | None:
        begun.set()
        return ask(self, body, seconds)

    SHARED.run("builtins:bytes", 1)
    hang(monkeypatch)
    monkeypatch.setattr(renderer._Running, "ask", asking)
    with ThreadPoolExecutor(1) as threads:
        hanging = threads.submit(service.get, "/v1/network.svg")
        assert service.get("/v1/drugs").status_code == 200
        assert service.get(f"{SURVIVAL}&format=csv").status_code == 200
        assert not hanging.done()
        begun.wait()
        while not hanging.done():  # a process that ended before it took the request is replaced, and hangs as well
            SHARED.close()
            wait([hanging], 1)
        refused(hanging.result(), "the picture was not drawn")


@pytest.mark.parametrize(
    "address",
    [
        "/v1/network.svg",
        pytest.param(f"{SURVIVAL}&format=forest", marks=pytest.mark.whole),
        pytest.param(f"{SURVIVAL}&format=zip", marks=pytest.mark.whole),
    ],
)
def test_a_drawing_past_its_limit_is_503(address: str, service: TestClient, limited: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive too: one without a picture that belongs in it would be taken for whole."""
    hang(monkeypatch)
    limit(limited.model_copy(update={"picture_seconds": 2}))
    refused(service.get(address), "longer than 2 s")


def test_pictures_past_the_bound_are_503(service: TestClient, limited: Settings) -> None:
    limit(limited.model_copy(update={"picture_waiting": 0}))
    with SHARED._turns.turn():
        refused(service.get("/v1/network.svg"), "too many pictures are waiting already")
        assert service.get("/v1/network").status_code == 200


def test_archives_past_the_bound_are_503(service: TestClient, limited: Settings) -> None:
    archive.limit(limited.model_copy(update={"archives": 1, "archives_waiting": 0}))
    with archive._bounds[0].turn():
        refused(service.get(f"{SURVIVAL}&format=zip"), "too many archives are waiting already")
    assert service.get(f"{SURVIVAL}&format=zip").status_code == 200


def test_an_archive_that_takes_too_long_is_503(service: TestClient, limited: Settings) -> None:
    archive.limit(limited.model_copy(update={"archive_seconds": 1e-9}))
    refused(service.get(f"{SURVIVAL}&format=zip"), "not written within")


def test_each_picture_of_an_archive_is_drawn_once(service: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    run = Renderer.run

    def counting(self: Renderer, function: str, *arguments: object) -> bytes:
        drawn.append(function)
        return run(self, function, *arguments)

    monkeypatch.setattr(Renderer, "run", counting)
    assert service.get(f"{SURVIVAL}&format=zip").status_code == 200
    one_of_the_plot_one_of_the_page = {renderer.SPECIFICATION: 2}
    assert Counter(drawn) == {renderer.SVG: 1, renderer.PNG: 1} | one_of_the_plot_one_of_the_page


def test_a_long_archive_is_sent_piece_by_piece(service: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = {"Accept-Encoding": "identity"}
    whole = service.get(f"{SURVIVAL}&format=zip", headers=plain)
    monkeypatch.setattr(comparisons, "Spool", partial(spool.Spool, 1000))
    long = service.get(f"{SURVIVAL}&format=zip", headers=plain)
    assert long.content == whole.content
    assert dict(long.headers) == dict(whole.headers)
    assert service.get(f"{SURVIVAL}&format=zip").content == whole.content
    head = service.head(f"{SURVIVAL}&format=zip", headers=plain)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(whole.content)))
    seen = {**plain, "If-None-Match": long.headers["etag"]}
    assert service.get(f"{SURVIVAL}&format=zip", headers=seen).status_code == 304


def test_what_cannot_be_written_leaves_no_file_open() -> None:
    files: list[IO[bytes]] = []

    def broken(file: IO[bytes]) -> None:
        files.append(file)
        file.write(b"more than is short")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spool.Spool(1).write(broken, {})
    assert files[0].closed


def test_an_archive_of_a_long_answer_is_not_kept_in_memory(real_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(dataset=real_directory, cache_megabytes=1))
    with TestClient(app) as client:
        body = client.get(f"{SURVIVAL}&format=zip", headers={"Accept-Encoding": "identity"}).content
        assert not app.state.service.cache
        client.get(f"{SURVIVAL}&format=csv")
        assert app.state.service.cache
    assert ZipFile(io.BytesIO(body)).testzip() is None


def test_the_drawing_process_ends_with_the_service(real: Catalogue, real_directory: Path) -> None:
    with mock.patch.object(app_module, "SHARED") as shared:
        with TestClient(create_app(Settings(dataset=real_directory), real)):
            shared.close.assert_not_called()
        shared.close.assert_called_once_with()
