"""A store on disk follows the version before: the same answers, nothing of that version changed, and loaded whenever anything is unsure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pyoxigraph as ox
import pytest

from benchmarks.build import copies
from mabgraph.graph.building import build, quads
from mabgraph.graph.building.build import Inputs
from mabgraph.graph.store import dataset, digests, following, store

RECORD = Path(__file__).parent / "data" / "records" / "example-2020.yaml"

Build = Callable[[], list[bool]]
pytestmark = [pytest.mark.sampled, pytest.mark.slow]


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_in_part: None) -> Path:
    """Return a folder of three records; every dataset has a store on disk, and validation and description are tried in the whole suite."""
    monkeypatch.setattr(dataset, "MEMORY_LIMIT", 10)
    folder = tmp_path / "records"
    folder.mkdir()
    assert len(list(copies(RECORD, folder, 3))) == 3
    return folder


@pytest.fixture
def rebuild(tmp_path: Path, records: Path) -> Iterator[Build]:
    """Return what builds the dataset of the records and returns whether its store was loaded, once for each time."""
    with mock.patch.object(store, "write_on_disk", side_effect=store.write_on_disk) as loading:

        def built() -> list[bool]:
            loading.reset_mock()
            build.build(Inputs(build.records_of(records)), tmp_path / "dataset")
            return [bool(call) for call in loading.call_args_list]

        yield built


def edit(record: Path) -> None:
    record.write_text(f"{record.read_text('utf-8')}# edited\n", "utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def check(directory: Path) -> None:
    """Hold the store of the current dataset against its dump."""
    opened = dataset.open_current(directory)
    engine = ox.Store()
    engine.bulk_load(path=str(opened.folder / dataset.DUMP), format=ox.RdfFormat.N_QUADS)
    on_disk = ox.Store.read_only(str(opened.folder / dataset.STORE))
    assert set(on_disk) == set(engine)
    assert set(on_disk.named_graphs()) == set(engine.named_graphs())
    assert len(on_disk) == opened.manifest.quads


def test_the_store_follows_edits_and_leaves_the_version_before_as_it_was(tmp_path: Path, records: Path, rebuild: Build) -> None:
    home = tmp_path / "dataset"
    assert rebuild() == [True]
    one, two, three = sorted(records.iterdir())
    for change in (
        lambda: edit(two),
        lambda: edit(one),
        lambda: three.rename(tmp_path / "away"),
        lambda: (tmp_path / "away").rename(three),
    ):
        before = dataset.current_folder(home)
        content = contents(before)
        change()
        assert rebuild() == [], "it was not loaded"
        assert contents(before) == content
        assert dataset.verify_version(before)
        check(home)
    linked = [path for path in (dataset.current_folder(home) / dataset.STORE).iterdir() if path.stat().st_nlink > 1]
    assert linked
    assert {path.suffix for path in linked} == {following.TABLE}, "what the engine writes to is a copy"


def test_a_graph_that_is_gone_is_no_empty_graph(tmp_path: Path, records: Path, rebuild: Build) -> None:
    rebuild()
    gone = max(records.iterdir())
    gone.unlink()
    assert rebuild() == []
    assert quads.graph(gone.stem) not in set(ox.Store.read_only(str(tmp_path / "dataset" / "current" / dataset.STORE)).named_graphs())


def spoil(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])


@pytest.mark.parametrize(
    "spoilt", ["*.sqlite", f"../current/{dataset.DUMP}", "../current/store/*.sst", "../current/store/CURRENT", "../current/manifest.json"]
)
def test_a_store_is_loaded_where_anything_of_the_version_before_was_changed(
    tmp_path: Path, records: Path, rebuild: Build, spoilt: str
) -> None:
    home = tmp_path / "dataset"
    rebuild()
    spoil(next((home / dataset.KEPT).glob(spoilt)))
    edit(min(records.iterdir()))
    assert rebuild() == [True]
    check(home)


@pytest.mark.parametrize("fault", [OSError("no room"), RuntimeError("corrupt"), ValueError("other quads")])
def test_a_store_is_loaded_where_it_cannot_be_followed(tmp_path: Path, records: Path, rebuild: Build, fault: Exception) -> None:
    rebuild()
    edit(min(records.iterdir()))
    with mock.patch.object(following, "_replace", side_effect=fault):
        assert rebuild() == [True]
    check(tmp_path / "dataset")


def test_a_store_that_does_not_have_what_the_dump_has_is_loaded(tmp_path: Path, records: Path, rebuild: Build) -> None:
    rebuild()
    edit(min(records.iterdir()))
    lines = following._lines
    with mock.patch.object(
        following,
        "_lines",
        side_effect=lambda dump, *rest, whole: set() if "building" not in str(dump) else lines(dump, *rest, whole=whole),
    ):
        assert rebuild() == [True], "nothing was removed, so its number of quads is another"
    check(tmp_path / "dataset")


def test_files_are_copied_where_they_cannot_be_linked_and_a_large_store_is_loaded(tmp_path: Path, records: Path, rebuild: Build) -> None:
    rebuild()
    edit(min(records.iterdir()))
    with mock.patch("os.link", side_effect=OSError("another file system")):
        assert rebuild() == []
    check(tmp_path / "dataset")
    edit(min(records.iterdir()))
    with mock.patch.multiple(following, LARGEST=0, SMALL=0):
        assert rebuild() == [True]
    check(tmp_path / "dataset")


def test_a_store_that_lacks_what_goes_or_has_what_comes_is_loaded(tmp_path: Path, records: Path, rebuild: Build) -> None:
    """It is not counted, so each statement is looked for before and after."""
    rebuild()
    folder = (tmp_path / "dataset" / "current" / dataset.STORE).resolve()
    quad = next(iter(ox.Store.read_only(str(folder))))
    line, other = (f"{each} .\n".encode() for each in (quad, ox.Quad(ox.NamedNode("urn:a"), *list(quad)[1:])))
    for removed, added in (({other}, set[bytes]()), (set[bytes](), {line})):
        with pytest.raises(ValueError, match="does not have the statements"):
            following._replace(folder, removed, added)


def test_tables_that_both_versions_share_are_read_once(tmp_path: Path, records: Path, rebuild: Build) -> None:
    rebuild()
    edit(min(records.iterdir()))
    with mock.patch.object(digests, "digest_file", side_effect=digests.digest_file) as reading:
        assert rebuild() == []
    names = [path.name for (path,) in (call.args for call in reading.call_args_list) if path.suffix == following.TABLE]
    assert names
    assert len(names) == len(set(names))
    assert dataset.verify_current(tmp_path / "dataset")
