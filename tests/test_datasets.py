"""Datasets that tests share are built once, whatever happens in between, and are always those of their inputs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import filelock
import pytest

from mabgraph.graph.building import build
from mabgraph.graph.building.build import Inputs
from mabgraph.graph.building.reader import SourceReader
from mabgraph.graph.shacl.shapes import Shapes
from mabgraph.graph.store import dataset, vocabulary

from . import datasets, quick
from .conftest import DATA
from .quick import compiled_once, quick_builds

RECORD = DATA / "records" / "example-2020.yaml"


@pytest.fixture
def inputs() -> Inputs:
    return Inputs(build.records_of(DATA / "records"))


@pytest.fixture(autouse=True)
def builds() -> Iterator[mock.Mock]:
    """Return what counts the builds."""
    with quick_builds(), mock.patch.object(build, "build", wraps=build.build) as counted:
        yield counted


def test_a_dataset_is_built_once_and_each_copy_is_whole(inputs: Inputs, tmp_path: Path, builds: mock.Mock) -> None:
    copies = [datasets.copy_of(inputs, tmp_path / name, tmp_path / "kept") for name in ("one", "other")]
    assert builds.call_count == 1
    assert dataset.verify_current(copies[0]) == dataset.verify_current(copies[1])
    assert not build.build(inputs, copies[0])[1]


def test_another_record_is_another_dataset(inputs: Inputs, tmp_path: Path, builds: mock.Mock) -> None:
    record = tmp_path / RECORD.name
    record.write_text(RECORD.read_text("utf-8") + "# read again\n", "utf-8")
    others = replace(inputs, records=(record,))
    assert datasets.digest_of(inputs) != datasets.digest_of(others)
    for name, each in (("one", inputs), ("other", others)):
        assert dataset.verify_current(datasets.copy_of(each, tmp_path / name, tmp_path / "kept")).inputs == each.digests()
    assert builds.call_count == 2


def test_a_copy_that_is_changed_changes_no_other(inputs: Inputs, tmp_path: Path, builds: mock.Mock) -> None:
    """A build in a copy puts another version beside the one there; what is kept stays."""
    changed = datasets.copy_of(inputs, tmp_path / "changed", tmp_path / "kept")
    record = tmp_path / RECORD.name
    record.write_text(RECORD.read_text("utf-8") + "# read again\n", "utf-8")
    build.build(replace(inputs, records=(record,)), changed, replacing=True)
    (changed / "more").write_text("more")
    other = datasets.copy_of(inputs, tmp_path / "other", tmp_path / "kept")
    assert builds.call_count == 2
    assert dataset.verify_current(other).inputs == inputs.digests()
    assert not (other / "more").exists()


def test_what_is_damaged_or_was_killed_is_built_again(inputs: Inputs, tmp_path: Path, builds: mock.Mock) -> None:
    kept = tmp_path / "kept"
    datasets.copy_of(inputs, tmp_path / "one", kept)
    folder = kept / datasets.digest_of(inputs)
    dump = (folder / dataset.CURRENT).resolve() / dataset.DUMP
    dump.unlink()
    dump.write_text("")
    (folder / dataset.VERSIONS / ".building-of-a-killed-build").mkdir()
    assert dataset.verify_current(datasets.copy_of(inputs, tmp_path / "other", kept)).inputs == inputs.digests()
    assert builds.call_count == 2
    assert not (folder / dataset.VERSIONS / ".building-of-a-killed-build").exists()
    assert dataset.verify_current(tmp_path / "one")


def test_where_nothing_can_be_kept_it_is_built_in_place(inputs: Inputs, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")
    assert dataset.verify_current(datasets.copy_of(inputs, tmp_path / "dataset", tmp_path / "kept")).inputs == inputs.digests()


def test_of_what_is_no_longer_used_the_oldest_goes_unless_it_is_in_use(tmp_path: Path) -> None:
    for age in range(5):
        (tmp_path / f"{age}{age}-digest").mkdir()
        os.utime(tmp_path / f"{age}{age}-digest", (1e9 - age, 1e9 - age))
    with filelock.FileLock(tmp_path / "33.lock", thread_local=False):
        datasets.remove_old(tmp_path, 2)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"00-digest", "11-digest", "33-digest"}


def test_the_shapes_of_one_ontology_are_compiled_once_and_those_of_another_are_others(tmp_path: Path) -> None:
    ontology = shutil.copytree(vocabulary.ONTOLOGY, tmp_path / "ontology")

    def read(folder: Path) -> Shapes:
        return SourceReader((folder,)).shapes

    with mock.patch.object(Shapes, "__init__", quick.READ), compiled_once():
        first = read(vocabulary.ONTOLOGY)
        assert read(ontology) is first
        with (ontology / "shapes" / "document.ttl").open("a", encoding="utf-8") as file:
            file.write("\n# edited\n")
        other = read(ontology)
        assert other is not first
        with mock.patch.object(Shapes, "__init__", return_value=None):
            assert read(ontology) is not other, "what a test has put in the place of the reading is used, and not kept"
        assert read(ontology) is other
