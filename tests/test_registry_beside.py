"""Questions about the papers give the same answers with registry records beside them: every example, every competency question."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from benchmarks import beside as beside_papers
from benchmarks.registrystudies import RegistryStudies, nct
from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.graph.building import build
from mabgraph.graph.questions import catalogue, question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.registry import files
from mabgraph.ingest.registry.shelf import Shelf

from . import datasets
from . import test_competency as competency
from . import test_competency_rest as rest
from .conftest import shipped_records
from .test_competency import ENTRIES, Entry

pytestmark = pytest.mark.slow

#: Invented studies with drugs of the ontology, of which twelve have results.
STUDIES = (
    10, 15, 20, 22, 23, 31, 34, 37, 42, 49, 52, 63, 78, 81, 100, 114, 119, 130, 131, 140, 151, 152, 161, 162, 163, 168, 173, 174, 191, 212, 251,
    267, 421, 472, 555, 687, 714, 747, 797, 971,
)  # fmt: skip
NAMED = re.compile(r"/(?:trials|documents|estimates|figures|claims)/[^?]|[?&](?:trial|document|estimate|claim)=")
#: Questions by REST that name no study or document: their filters alone keep registry records out.
BROAD = [entry for entry in rest.ENTRIES if not NAMED.search(entry.url)]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a dataset of the shipped papers and of 40 registry records."""
    home, invented = tmp_path_factory.mktemp("beside"), RegistryStudies()
    paths = [home / f"{nct(number)}.json" for number in STUDIES]
    for number, path in zip(STUDIES, paths, strict=True):
        path.write_text(json.dumps(invented.study(number)), encoding="utf-8")
    Shelf(home / "registry").add(files.units(paths))
    return datasets.copy_of(build.Inputs(shipped_records(), registry=home / "registry"), home / "dataset")


@pytest.fixture(scope="module")
def beside(directory: Path) -> Catalogue:
    return catalogue.open_current(directory)


@pytest.fixture(scope="module")
def service(directory: Path, beside: Catalogue) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(dataset=directory), beside), follow_redirects=False) as client:
        yield client


def test_the_dataset_has_the_records(beside: Catalogue) -> None:
    documents = {str(row["id"]).rpartition("/")[2] for row in beside.ask("documents", {})}
    assert len(documents) == len(STUDIES) + 3
    assert len(beside.ask("estimates-page", {"source": "registry"})) > 1000
    assert len(list(beside_papers.asked())) > 200
    assert len(BROAD) > 20


def test_every_example_has_the_same_answer(real: Catalogue, beside: Catalogue) -> None:
    asked = list(beside_papers.examples())
    different = [words for name, arguments in asked if (words := beside_papers.difference(real, beside, name, arguments))]
    assert not different, "\n".join(different)


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.id for entry in ENTRIES])
def test_every_competency_question_has_the_same_answer(entry: Entry, beside: Catalogue) -> None:
    assert competency.answer(entry, beside) == competency.expected(entry), entry.question


def test_an_answer_that_differs_is_noticed(real: Catalogue, beside: Catalogue) -> None:
    assert beside_papers.difference(beside, real, "trials", {"drug": "daratumumab"})
    assert set(beside_papers.GROWING | beside_papers.COUNTING) <= set(question.list_names())


@pytest.mark.parametrize("entry", BROAD, ids=[entry.id for entry in BROAD])
def test_a_reviewer_is_answered_the_same(entry: rest.Entry, service: TestClient) -> None:
    if entry.address in {"/v1/trials", "/v1/claims", "/v1/estimates"}:
        entry = replace(entry, parameters={**entry.parameters, "source": "paper"}, empty=[])  # the source is one more filter to explain
    wrong = rest.faults(rest.asked(service, entry), entry)
    assert not wrong, f"{entry.question}\n{entry.url}\n" + "\n".join(wrong)
