"""What many tests share: the invented dataset, the real one, and a client of a service over each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rdflib import Graph

from mabgraph.api.app import create_app
from mabgraph.api.settings import Settings
from mabgraph.graph import build, catalogue, vocabulary
from mabgraph.graph.catalogue import Catalogue

from . import trials

DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[2] / "shared"


@cache
def ontology() -> Graph:
    """Return the ontology, the shapes apart, as one graph."""
    graph = Graph()
    for path in sorted(vocabulary.ONTOLOGY.glob("*.ttl")):
        graph.parse(path, format="turtle", publicID=vocabulary.base())
    return graph


@pytest.fixture(scope="session")
def example_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a dataset built from the invented record."""
    directory = tmp_path_factory.mktemp("example") / "dataset"
    build.build(build.Inputs(build.records_of(DATA / "records")), directory)
    return directory


@pytest.fixture(scope="session")
def example(example_directory: Path) -> Catalogue:
    """Return the catalogue of the invented dataset."""
    return catalogue.open_current(example_directory)


@pytest.fixture(scope="session")
def real_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a dataset built from mabgraph's own records; the workers of a run share one, which the first of them builds.

    A build locks its directory, and does nothing where the inputs have the digests that the dataset there was built from.
    """
    root = tmp_path_factory.getbasetemp()
    directory = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "real" / "dataset"
    build.build(build.Inputs(build.records_of(vocabulary.RECORDS)), directory)
    return directory


@pytest.fixture(scope="session")
def real(real_directory: Path) -> Catalogue:
    """Return the catalogue of mabgraph's own dataset."""
    return catalogue.open_current(real_directory)


@pytest.fixture(scope="session")
def trials_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a dataset of the invented trials."""
    return trials.directory(tmp_path_factory.mktemp("trials"))


@pytest.fixture(scope="session")
def client(example_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service over the invented dataset, with a short time limit for queries."""
    settings = Settings(dataset=example_directory, query_seconds=3, query_seconds_most=6, query_bytes=20_000, result_bytes=3_000_000)
    with TestClient(create_app(settings), follow_redirects=False) as made:
        yield made


@pytest.fixture(scope="session")
def documents() -> Path:
    """Return the folder of the source documents, or skip where it is absent."""
    folder = SHARED / "documents"
    if not folder.exists():
        pytest.skip("the source documents are not beside the project (../shared/documents)")
    return folder
