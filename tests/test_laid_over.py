"""Tests of the shipped evidence ask the shipped documents alone, and their answers hold with ten more records laid over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mabgraph.graph.building import build
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import workspace

from . import quick, reports
from .conftest import SHIPPED, shipped_records
from .test_competency import ENTRIES, Entry, shown

#: What is tried here takes a second and more, each.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Return the catalogue of mabgraph's own records with ten more laid over them."""
    folder = tmp_path_factory.mktemp("ten")
    with quick.quick_builds():
        build.build(reports.laid_over(folder / "workspace", reports.ten(), vocabulary.RECORDS), folder / "dataset")
    return catalogue.open_current(folder / "dataset")


def test_the_dataset_of_tests_is_that_of_the_shipped_documents(real: Catalogue) -> None:
    assert {vocabulary.local_name(str(row["id"])) for row in real.ask("documents")} == set(SHIPPED)
    assert {name for name in real.dataset.manifest.inputs if name.startswith("records/")} == {
        f"records/{path.name}" for path in shipped_records()
    }


def test_settings_of_whoever_runs_the_tests_are_not_theirs(tmp_path: Path) -> None:
    assert not [name for name in os.environ if name.upper().startswith("MABGRAPH_")]
    workspace.create_workspace(tmp_path)
    assert workspace.find_workspace(tmp_path) is not None, "a workspace that a test creates is found"


def test_ten_records_lie_over_the_shipped_ones(laid: Catalogue) -> None:
    documents = {vocabulary.local_name(str(row["id"])) for row in laid.ask("documents")}
    assert len(documents) == len(SHIPPED) + 10
    reported = [row for row in laid.ask("trials") if len(str(row["documents"]).split()) > 1]
    assert {vocabulary.local_name(str(row["id"])) for row in reported} >= {"tower", "sirius", "gen501", "aurora"}


@pytest.mark.whole
@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.id for entry in ENTRIES])
def test_what_the_shipped_documents_answer_holds_with_ten_records_laid_over(entry: Entry, real: Catalogue, laid: Catalogue) -> None:
    """Rows of a shipped document are the same; a row of a study, drug or target may have company, and is still there."""
    before, after = shown(entry, real), shown(entry, laid)
    own = [row for document, row in after if document in SHIPPED]
    assert own == [row for document, row in before if document]
    assert {row for document, row in before if not document} <= {row for document, row in after if not document}
