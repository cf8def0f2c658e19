"""What many tests share: the invented dataset, the real one, and a client of a service over each."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from playwright.sync_api import Browser
    from rdflib import Graph

    from mabgraph.graph.questions.catalogue import Catalogue

# What a fixture needs is imported by it: a run of a few tests of numerals loads no web application.

DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[2] / "shared"
#: The documents whose evidence tests ask for. Whatever records lie beside or over theirs changes nothing of what the tests see.
SHIPPED = ("daratumumab-2016", "kantarjian-2017", "thompson-2021")


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests: their workspace, dataset and service are not what is tested."""
    for name in [name for name in os.environ if name.upper().startswith("MABGRAPH_")]:
        del os.environ[name]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Have Python's collector wait while tests are collected, and pass over what was: thousands of tests that stay until the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Have a worker write what it measured: the process that began it waits for this, and ten seconds later ends it, written or not."""
    if hasattr(session.config, "workerinput") and (coverage := sys.modules.get("coverage")) and (measured := coverage.Coverage.current()):
        measured.stop()
        measured.save()


@cache
def ontology() -> Graph:
    """Return the ontology, the shapes apart, as one graph."""
    from rdflib import Graph

    from mabgraph.graph.store import vocabulary

    graph = Graph()
    for path in sorted(vocabulary.ONTOLOGY.glob("*.ttl")):
        graph.parse(path, format="turtle", publicID=vocabulary.base())
    return graph


def shipped_records() -> tuple[Path, ...]:
    """Return the record files of the documents whose evidence tests ask for."""
    from mabgraph.graph.store import vocabulary

    return tuple(vocabulary.RECORDS / f"{name}.yaml" for name in SHIPPED)


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Have builds of the session compile the shapes of an ontology once."""
    if "mabgraph.graph.building.build" not in sys.modules:
        yield  # a run of a few tests that build nothing
        return
    from .quick import compiled_once

    with compiled_once():
        yield


@pytest.fixture(scope="session", autouse=True)
def _outside_of_workspaces() -> Iterator[None]:
    """Have commands not find a workspace that this checkout lies in."""
    if "mabgraph.ingest.workspace" not in sys.modules:
        yield  # a run of a few tests that read no settings
        return
    from mabgraph.ingest import workspace

    find = workspace.find_workspace
    here = {Path(__file__).parents[1].resolve(), *Path(__file__).resolve().parents[1].parents}

    def find_below(start: Path) -> workspace.Workspace | None:
        inside = next((each for each in (start, *start.parents) if (each / workspace.FILE).is_file()), None)
        return None if inside is None or inside.resolve() in here else find(start)

    with mock.patch.object(workspace, "find_workspace", find_below):
        yield


@pytest.fixture(scope="session", autouse=True)
def _drawn_by_one_process() -> Iterator[None]:
    """Have all applications of the session share the drawing process, which takes a second and a half to start."""
    if "mabgraph.api.app" not in sys.modules:
        yield  # a run of a few tests that serve nothing
        return
    from mabgraph.api import app
    from mabgraph.api.plots.renderer import SHARED

    with mock.patch.object(app, "SHARED"):
        yield
    SHARED.close()


@pytest.fixture(scope="session")
def example_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a dataset built from the invented record."""
    from mabgraph.graph.building import build

    from . import datasets

    return datasets.copy_of(build.Inputs(build.records_of(DATA / "records")), tmp_path_factory.mktemp("example") / "dataset")


@pytest.fixture(scope="session")
def example(example_directory: Path) -> Catalogue:
    """Return the catalogue of the invented dataset."""
    from mabgraph.graph.questions import catalogue

    return catalogue.open_current(example_directory)


@pytest.fixture(scope="session")
def real_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a dataset built from mabgraph's own records, and of no other."""
    from mabgraph.graph.building import build

    from . import datasets

    return datasets.copy_of(build.Inputs(shipped_records()), tmp_path_factory.mktemp("real") / "dataset")


@pytest.fixture(scope="session")
def real(real_directory: Path) -> Catalogue:
    """Return the catalogue of mabgraph's own dataset."""
    from mabgraph.graph.questions import catalogue

    return catalogue.open_current(real_directory)


@pytest.fixture(scope="session")
def trials_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a dataset of the invented trials."""
    from . import trials

    return trials.directory(tmp_path_factory.mktemp("trials"))


@pytest.fixture(scope="session")
def registry_trials(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the folder of invented registry records, and the directory of a dataset of them and of the invented paper about one of them."""
    from mabgraph.graph.building import build

    from . import datasets, registrytrials
    from .registryrecords import NUMBER

    home = tmp_path_factory.mktemp("registry-trials")
    registry = registrytrials.fill(home, NUMBER, registrytrials.PAPER)
    inputs = build.Inputs(build.records_of(DATA / "records"), registry=registry)
    return registry, datasets.copy_of(inputs, home / "dataset")


@pytest.fixture(scope="session")
def registry_catalogue(registry_trials: tuple[Path, Path]) -> Catalogue:
    """Return the catalogue of the invented dataset with registry records."""
    from mabgraph.graph.questions import catalogue

    return catalogue.open_current(registry_trials[1])


@pytest.fixture(scope="session")
def registry_client(registry_trials: tuple[Path, Path]) -> Iterator[TestClient]:
    """Return a client, with the secret of the texts, of a service that has the files of the invented registry records."""
    from fastapi.testclient import TestClient

    from mabgraph.api.app import create_app
    from mabgraph.api.http.settings import Settings

    token = "x" * 43
    app = create_app(Settings(dataset=registry_trials[1], registry=registry_trials[0], texts_token=token))
    with TestClient(app, client=("127.0.0.1", 1), base_url="http://localhost", follow_redirects=False) as asked:
        asked.headers["Authorization"] = f"Bearer {token}"
        yield asked


@pytest.fixture(scope="session")
def client(example_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service over the invented dataset, with a short time limit for queries."""
    from fastapi.testclient import TestClient

    from mabgraph.api.app import create_app
    from mabgraph.api.http.settings import Settings

    settings = Settings(dataset=example_directory, query_seconds=3, query_seconds_most=6, query_bytes=20_000, result_bytes=3_000_000)
    with TestClient(create_app(settings), follow_redirects=False) as asked:
        yield asked


@pytest.fixture(scope="session")
def real_client(real: Catalogue, real_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service over mabgraph's own dataset, for what changes nothing of the service."""
    from fastapi.testclient import TestClient

    from mabgraph.api.app import create_app
    from mabgraph.api.http.settings import Settings

    with TestClient(create_app(Settings(dataset=real_directory), real), follow_redirects=False) as asked:
        yield asked


@pytest.fixture
def quick() -> Iterator[None]:
    """Have builds leave out shapes and description, for a test of files."""
    from .quick import quick_builds

    with quick_builds():
        yield


@pytest.fixture
def quick_in_part() -> Iterator[None]:
    """Have builds leave out shapes and description as ``quick`` does; nothing is left out where the whole suite is tried."""
    from .extent import WHOLE
    from .quick import quick_builds

    with nullcontext() if WHOLE else quick_builds():
        yield


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Return a dataset's directory and two folders of the ontology that make different datasets; builds are quick meanwhile."""
    from mabgraph.graph.building import build
    from mabgraph.graph.store import vocabulary

    from .quick import quick_builds

    folders = []
    for number in range(2):
        folder = tmp_path / f"ontology{number}"
        shutil.copytree(vocabulary.ONTOLOGY, folder)
        with (folder / "drugs.ttl").open("a", encoding="utf-8") as file:
            lines = (
                f'<id/drug/blinatumomab> <http://www.w3.org/2004/02/skos/core#altLabel> "name {n}"@en .\n' for n in range(number * 100)
            )
            file.writelines(lines)
        folders.append(folder)
    with quick_builds():
        build.build(build.Inputs(build.records_of(DATA / "records"), folders[0]), tmp_path / "dataset")
        yield tmp_path / "dataset", folders


@pytest.fixture(scope="session")
def documents() -> Path:
    """Return the folder of the source documents, or skip where it is absent."""
    folder = SHARED / "documents"
    if not folder.exists():
        pytest.skip("the source documents are not beside the project (../shared/documents)")
    return folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return a browser, or skip where there is none."""
    from .browsing import browser

    with browser() as started:
        yield started
