"""Readers of registry records: what an ended build kept, what is not confirmed, and the same dataset by several processes."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from unittest import mock

import pytest

from mabgraph.graph.building import build, reader, readers, sources
from mabgraph.graph.building.build import Inputs
from mabgraph.graph.building.reader import RegistryTask, SourceReader
from mabgraph.graph.store import dataset, vocabulary
from mabgraph.graph.store.dataset import Manifest
from mabgraph.ingest import workers
from mabgraph.ingest.errors import BuildError
from mabgraph.ingest.registry.shelf import Shelf

from . import quick, registryrecords

EXAMPLE = Path(__file__).parent / "data" / "records" / "example-2020.yaml"
NUMBERS = [f"NCT0999000{number}" for number in range(1, 7)]


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Return a paper and six registry records."""
    shelf = Shelf(tmp_path / "registry")
    for number in NUMBERS:
        shelf.path(number).parent.mkdir(parents=True, exist_ok=True)
        registryrecords.write(shelf.path(number).parent, registryrecords.invented(number))
    return Inputs((EXAMPLE,), registry=shelf.folder)


@pytest.fixture
def read() -> Iterator[list[str]]:
    """Return the numbers of the registry records that were read, in turn; builds take less time meanwhile."""
    numbers = list[str]()
    own = SourceReader.registry_part

    def note(self: SourceReader, task: RegistryTask) -> object:
        numbers.append(task.path.stem)
        return own(self, task)

    with quick.quick_builds(), mock.patch.object(SourceReader, "registry_part", note), mock.patch.object(sources, "PORTION", 2):
        yield numbers


def interrupt(inputs: Inputs, directory: Path, at: str) -> None:
    """Begin a build that is interrupted before the record ``at`` is read."""
    own = SourceReader.registry_part

    def end(self: SourceReader, task: RegistryTask) -> object:
        if task.path.stem == at:
            raise KeyboardInterrupt
        return own(self, task)

    with mock.patch.object(SourceReader, "registry_part", end), pytest.raises(KeyboardInterrupt):
        build.build(inputs, directory, jobs=1)


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (directory / dataset.CURRENT).iterdir() if path.name.startswith("dataset.")}


def build_once(inputs: Inputs, directory: Path, jobs: int = 1) -> Manifest:
    return build.build(inputs, directory, jobs=jobs)[0]


def test_a_build_that_was_interrupted_goes_on_where_it_was(inputs: Inputs, tmp_path: Path, read: list[str]) -> None:
    interrupt(inputs, tmp_path / "a", NUMBERS[5])
    assert read == NUMBERS[:5]
    read.clear()
    build_once(inputs, tmp_path / "a")
    assert read == NUMBERS[4:], "two portions were kept"
    build_once(inputs, tmp_path / "b")
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_a_portion_is_not_kept_where_the_ontology_was_written_to(inputs: Inputs, tmp_path: Path, read: list[str]) -> None:
    terms = tmp_path / "terms"
    terms.mkdir()
    file = terms / "terms.ttl"
    file.write_text("# one\n")
    own = Inputs(inputs.records, registry=inputs.registry, terms=(terms,))
    untouched = SourceReader.registry_part

    def touch(self: SourceReader, task: RegistryTask) -> object:
        file.write_text(f"# {task.path.stem}\n")
        return untouched(self, task)

    with mock.patch.object(SourceReader, "registry_part", touch):
        interrupt(own, tmp_path / "a", NUMBERS[5])
    file.write_text("# one\n")
    read.clear()
    build_once(own, tmp_path / "a")
    assert read == NUMBERS


def test_a_record_that_is_not_what_it_was_is_no_part(inputs: Inputs, tmp_path: Path, read: list[str]) -> None:
    """A new version that comes while the dataset is built is in the dataset that the build ends with."""
    path = Shelf(tmp_path / "registry").path(NUMBERS[0])
    assert SourceReader((vocabulary.ONTOLOGY,)).registry_part(RegistryTask(path, "0" * 64, "", "key")) == (
        "was written to while the dataset was built"
    )
    own, changed = SourceReader.registry_part, list[Path]()

    def change(self: SourceReader, task: RegistryTask) -> object:
        if not changed:
            changed.append(path)
            path.write_bytes(path.read_bytes().replace(b"EXAMPLE-R", b"EXAMPLE-S"))
        return own(self, task)

    with mock.patch.object(SourceReader, "registry_part", change):
        build_once(inputs, tmp_path / "a")
    assert b"EXAMPLE-S" in files(tmp_path / "a")["dataset.nq"]
    assert read.count(NUMBERS[0]) == 3
    assert read.count(NUMBERS[1]) == 1


def test_a_record_that_cannot_be_read_for_once_is_not_left_out(inputs: Inputs, tmp_path: Path, read: list[str]) -> None:
    """A dataset without it would be of the same inputs, and would stay the current one."""
    path, own = Shelf(tmp_path / "registry").path(NUMBERS[0]), Path.read_bytes

    def fail(self: Path) -> bytes:
        if self == path:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), str(self))
        return own(self)

    with mock.patch.object(Path, "read_bytes", fail), pytest.raises(BuildError, match=f"{NUMBERS[0]}.json: the input cannot be read: "):
        build_once(inputs, tmp_path / "a")
    assert not (tmp_path / "a" / dataset.CURRENT).exists()
    build_once(inputs, tmp_path / "a")
    assert NUMBERS[0].encode() in files(tmp_path / "a")["dataset.nq"]


@pytest.mark.slow
def test_several_processes_build_the_same_dataset(
    inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    registryrecords.write(Shelf(tmp_path / "registry").path(NUMBERS[2]).parent, {"a": 1}, NUMBERS[2])
    monkeypatch.setattr(readers, "FEWEST", 1)
    monkeypatch.setattr(readers, "CHUNK", 2)
    with mock.patch.object(build, "describe"):
        one, two = build_once(inputs, tmp_path / "a"), build_once(inputs, tmp_path / "b", 2)
    assert one.version == two.version
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert sum(NUMBERS[2] in line for line in caplog.messages) == 2, "left out by both"


def test_few_records_are_read_by_this_process(inputs: Inputs, tmp_path: Path, read: list[str]) -> None:
    with mock.patch.object(workers, "ProcessPoolExecutor", side_effect=AssertionError):
        build_once(inputs, tmp_path / "a", 8)
    assert read == NUMBERS


def test_a_process_that_ended_is_a_fault_with_a_remedy(
    inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: list[str]
) -> None:
    monkeypatch.setattr(readers, "FEWEST", 1)
    pool = mock.Mock()
    pool.return_value.submit.side_effect = BrokenProcessPool
    monkeypatch.setattr(workers, "ProcessPoolExecutor", pool)
    with pytest.raises(BuildError, match="--jobs"):
        build_once(inputs, tmp_path / "a", 2)
    assert read == []


def test_a_process_with_other_software_reads_nothing() -> None:
    with mock.patch.object(readers, "_reader", None):
        readers._begin((vocabulary.ONTOLOGY,), "another")
        with pytest.raises(BuildError, match="was changed"):
            readers._write_chunk([])
        readers._begin((vocabulary.ONTOLOGY,), readers._software())
        assert readers._write_chunk([]) == []


@pytest.mark.parametrize(("gibibytes", "processors", "jobs"), [(64, 2, 2), (64, 16, 16), (2, 16, 2), (0, 16, 1)])
def test_as_many_processes_read_as_fit(gibibytes: int, processors: int, jobs: int) -> None:
    pages = {"SC_PHYS_PAGES": gibibytes << 18, "SC_PAGE_SIZE": 4096}
    with (
        mock.patch.object(os, "sysconf", side_effect=pages.__getitem__),
        mock.patch.object(os, "sched_getaffinity", return_value=set(range(processors)), create=True),
    ):
        assert readers.default_jobs() == jobs


def test_the_sample_is_judged(inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A difference between the closures and pySHACL stops the build, in whichever process it is."""
    monkeypatch.setattr(reader, "SAMPLED", 1)
    with (
        quick.quick_builds(),
        mock.patch("mabgraph.graph.shacl.shapes.Shapes.judge", return_value=["a finding"]),
        pytest.raises(BuildError, match="a finding"),
    ):
        build_once(inputs, tmp_path / "a")
