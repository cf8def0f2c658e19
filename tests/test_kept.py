"""What is kept of validated sources: used where nothing it depends on has changed, as good as none where a byte of it has, never a fault."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from benchmarks.build import copies
from mabgraph.graph.building import build, kept, snapshot
from mabgraph.graph.building.build import Inputs
from mabgraph.graph.store import dataset, vocabulary
from mabgraph.graph.store.dataset import Manifest
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import BuildError

from .extent import part_of

pytestmark = pytest.mark.slow

DATA = Path(__file__).parent / "data"
RECORD = DATA / "records" / "example-2020.yaml"

Built = Callable[..., list[str]]


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Return a folder of three records."""
    folder = tmp_path / "records"
    folder.mkdir()
    assert len(list(copies(RECORD, folder, 3))) == 3
    return folder


@pytest.fixture
def read() -> Iterator[Built]:
    """Return what builds a dataset and returns the names of the records that were read for it, not taken from what was kept."""
    with mock.patch.object(build, "of_source", side_effect=build.of_source) as reading:

        def built(inputs: Path | Inputs, directory: Path) -> list[str]:
            reading.reset_mock()
            chosen = Inputs(build.records_of(inputs)) if isinstance(inputs, Path) else inputs
            build.build(chosen, directory)
            return [call.args[0].stem[-1] for call in reading.call_args_list]

        yield built


def edit(record: Path, number: int = 1) -> None:
    """Change ``record`` but nothing that it says."""
    record.write_text(f"{record.read_text('utf-8')}# edit {number}\n", "utf-8")


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (directory / dataset.CURRENT).iterdir()}


def database(directory: Path) -> Path:
    return directory / dataset.KEPT / kept.DATABASE


def asked(directory: Path, text: str, *values: object) -> list[Any]:
    """Return the rows of a query of what is kept, after it was committed."""
    with closing(sqlite3.connect(database(directory))) as connection:
        rows = connection.execute(text, values).fetchall()
        connection.commit()
    return rows


def parts(directory: Path) -> dict[str, bytes]:
    """Return the entries of parts by their keys."""
    return dict(asked(directory, "SELECT key, entry FROM part"))


def put(directory: Path, key: str, entry: object) -> None:
    asked(directory, "UPDATE part SET entry = ? WHERE key = ?", entry, key)


def from_nothing(inputs: Path | Inputs, directory: Path) -> dict[str, bytes]:
    """Return the files of a dataset built in the new ``directory``."""
    build.build(Inputs(build.records_of(inputs)) if isinstance(inputs, Path) else inputs, directory)
    return files(directory)


def test_the_same_inputs_give_the_same_bytes_with_and_without_what_is_kept(tmp_path: Path, records: Path, read: Built) -> None:
    assert read(records, tmp_path / "dataset") == ["1", "2", "3"]
    first = files(tmp_path / "dataset")
    (tmp_path / "dataset" / dataset.CURRENT).unlink()
    assert read(records, tmp_path / "dataset") == []
    assert files(tmp_path / "dataset") == first == from_nothing(records, tmp_path / "other")


@pytest.mark.sampled
@pytest.mark.usefixtures("quick_in_part")
def test_only_records_that_are_new_are_read(tmp_path: Path, records: Path, read: Built) -> None:
    home = tmp_path / "dataset"
    read(records, home)
    one, two, three = sorted(records.iterdir())

    edit(two)
    assert read(records, home) == ["2"]
    assert files(home) == from_nothing(records, tmp_path / "edited")
    three.rename(tmp_path / three.name)
    assert read(records, home) == []
    assert files(home) == from_nothing(records, tmp_path / "removed")
    (tmp_path / three.name).rename(three)
    assert read(records, home) == [], "what the version before consists of is still kept"
    assert files(home) == from_nothing(records, tmp_path / "added")

    other = one.with_name("renamed-4.yaml")
    one.rename(other)
    with pytest.raises(BuildError, match="must be the file's name 'renamed-4'"):
        read(records, home)
    other.rename(one)
    assert read(records, home) == []


@pytest.mark.sampled
@pytest.mark.usefixtures("quick_in_part")
def test_a_record_that_was_undone_is_not_read_again(tmp_path: Path, records: Path, read: Built) -> None:
    read(records, tmp_path / "dataset")
    record = min(records.iterdir())
    before = record.read_bytes()
    edit(record)
    assert read(records, tmp_path / "dataset") == ["1"]
    record.write_bytes(before)
    assert read(records, tmp_path / "dataset") == []


@pytest.mark.sampled
@pytest.mark.usefixtures("quick_in_part")
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content + b"\n",
        lambda content: b"0" + content[1:] if content[:1] != b"0" else b"1" + content[1:],
        lambda content: content[:64] + b" " + content[65:],
        lambda content: content[:100] + bytes([content[100] ^ 1]) + content[101:],
        lambda content: content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 128]) + content[len(content) // 2 + 1 :],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    ],
)
def test_a_damaged_part_is_made_anew(
    tmp_path: Path, records: Path, read: Built, caplog: pytest.LogCaptureFixture, damage: Callable[[bytes], bytes]
) -> None:
    home = tmp_path / "dataset"
    read(records, home)
    good, contents = files(home), parts(home)
    for key, content in contents.items():
        put(home, key, damage(content))
    (home / dataset.CURRENT).unlink()
    with caplog.at_level(logging.WARNING):
        assert read(records, home) == ["1", "2", "3"]
    warned = {record.message for record in caplog.records}
    assert {f"{database(home)}: the part {key} was changed: its source is read again" for key in contents} <= warned
    assert files(home) == good
    assert parts(home) == contents


@pytest.mark.sampled
@pytest.mark.usefixtures("quick_in_part")
@pytest.mark.parametrize("entry", ["text", 1, 1.5])
def test_an_entry_that_is_no_bytes_is_made_anew(tmp_path: Path, records: Path, read: Built, entry: object) -> None:
    home = tmp_path / "dataset"
    read(records, home)
    good, contents = files(home), parts(home)
    for key in contents:
        put(home, key, entry)
    (home / dataset.CURRENT).unlink()
    assert read(records, home) == ["1", "2", "3"]
    assert (files(home), parts(home)) == (good, contents)


@pytest.mark.sampled
@pytest.mark.usefixtures("quick_in_part")
def test_a_part_with_the_key_of_another_is_made_anew(tmp_path: Path, records: Path, read: Built) -> None:
    home = tmp_path / "dataset"
    read(records, home)
    good, ((_, first), *others) = files(home), parts(home).items()
    for key, _ in others:
        put(home, key, first)
    (home / dataset.CURRENT).unlink()
    assert len(read(records, home)) in {2, 3}, "one of the four parts is whole, and may be the ontology"
    assert files(home) == good


@pytest.mark.sampled
@pytest.mark.usefixtures("quick_in_part")
@pytest.mark.sampled
@pytest.mark.parametrize("place", part_of(["nothing", "text", "head", "middle", "end", "tables", "directory", "link"], 3, 2))
def test_what_is_no_database_is_begun_anew(tmp_path: Path, records: Path, read: Built, place: str) -> None:
    """Pages are SQLite's own: whatever of them is overwritten, no part that was changed is taken for a whole one."""
    home = tmp_path / "dataset"
    read(records, home)
    good, path = files(home), database(home)
    content = path.read_bytes()
    damaged = {
        "nothing": b"", "text": b"somebody's", "head": bytes(100) + content[100:], "end": content[: len(content) // 2],
        "middle": content[:4096] + b"".join(bytes(64) + content[at + 64 : at + 4096] for at in range(4096, len(content), 4096)),
    }  # fmt: skip
    if place in damaged:
        path.write_bytes(damaged[place])
    elif place == "tables":
        asked(home, "ALTER TABLE part RENAME TO other")
        asked(home, "CREATE TABLE part (name)")
    else:
        path.rename(tmp_path / "elsewhere")
        path.mkdir() if place == "directory" else path.symlink_to(tmp_path / "elsewhere")
    (home / dataset.CURRENT).unlink()
    read(records, home)
    assert files(home) == good
    edit(min(records.iterdir()))
    read(records, home)
    (home / dataset.CURRENT).unlink()
    assert read(records, home) == [], "what was begun anew is kept"
    assert not path.is_symlink()


@pytest.mark.sampled
@pytest.mark.usefixtures("quick_in_part")
def test_files_of_the_form_before_are_removed(tmp_path: Path, records: Path, read: Built) -> None:
    folder = tmp_path / "dataset" / dataset.KEPT
    folder.mkdir(parents=True)
    for name in ("1a.part", "1a.list", ".keeping-x", "notes.txt"):
        (folder / name).touch()
    read(records, tmp_path / "dataset")
    assert {path.name for path in folder.iterdir()} == {kept.DATABASE, "notes.txt"}


@pytest.mark.sampled
@pytest.mark.usefixtures("quick_in_part")
def test_a_file_in_the_place_of_the_folder_is_set_aside(tmp_path: Path, records: Path, read: Built) -> None:
    home = tmp_path / "dataset"
    home.mkdir()
    (home / dataset.KEPT).write_text("somebody's")
    read(records, home)
    assert (home / "set-aside-kept-1").read_text() == "somebody's"
    assert len(parts(home)) == 5, "the ontology, three records, and what their studies show"


def test_an_edited_shape_validates_every_source_anew(tmp_path: Path, records: Path, read: Built) -> None:
    ontology = shutil.copytree(vocabulary.ONTOLOGY, tmp_path / "ontology")
    inputs, home = Inputs(build.records_of(records), ontology), tmp_path / "dataset"
    assert read(inputs, home) == ["1", "2", "3"]
    good = files(home)
    with (ontology / "shapes" / "document.ttl").open("a", encoding="utf-8") as file:
        file.write("\n# a shape edited\n")
    assert read(inputs, home) == ["1", "2", "3"]
    with (ontology / "shapes" / "document.ttl").open("a", encoding="utf-8") as file:
        file.write("\n<urn:x:shape> a sh:NodeShape ; sh:targetClass mab:Document ; sh:property [ sh:path mab:nowhere ; sh:minCount 1 ] .\n")
    with pytest.raises(BuildError, match=r"(?s)copy-000001.*copy-000003.*the last good dataset is untouched"):
        read(inputs, home)
    assert files(home)[dataset.DUMP] == good[dataset.DUMP]


def test_an_edited_ontology_and_other_software_read_every_source_anew(tmp_path: Path, records: Path, read: Built) -> None:
    ontology = shutil.copytree(vocabulary.ONTOLOGY, tmp_path / "ontology")
    inputs, home = Inputs(build.records_of(records), ontology), tmp_path / "dataset"
    read(inputs, home)
    with (ontology / "drugs.ttl").open("a", encoding="utf-8") as file:
        file.write('\n<id/drug/blinatumomab> <http://www.w3.org/2004/02/skos/core#altLabel> "another name"@en .\n')
    assert read(inputs, home) == ["1", "2", "3"]
    assert files(home) == from_nothing(inputs, tmp_path / "other")
    module = "software/graph/building/quads.py"
    assert module in snapshot.LOADED
    with mock.patch.dict(snapshot.LOADED, {module: "0" * 64}):
        assert read(inputs, home) == ["1", "2", "3"]
    with mock.patch.object(kept, "FORM", 0):
        (home / dataset.CURRENT).unlink()
        assert read(inputs, home) == ["1", "2", "3"]


def test_what_was_trusted_by_its_seal_is_not_taken_for_what_was_read(tmp_path: Path, read: Built) -> None:
    documents, home = shutil.copytree(DATA / "documents", tmp_path / "documents"), tmp_path / "dataset"
    trusted = Inputs((RECORD,))
    verified = replace(trusted, library=open_library(documents))
    assert read(trusted, home) == ["0"]
    assert read(verified, home) == ["0"], "its document is here now"
    assert read(verified, home) == [], "neither record nor document changed"
    text = documents / "example-2020.txt"
    content = text.read_bytes()
    text.write_bytes(content.replace(b"0.70", b"0.71"))
    with pytest.raises(BuildError, match="not the text that was read"):
        read(verified, home)
    text.write_bytes(content)
    assert read(verified, home) == []
    text.unlink()
    assert read(verified, home) == ["0"], "it is trusted by its seal again"


def test_sources_without_a_fault_are_kept_though_another_has_one(tmp_path: Path, records: Path, read: Built) -> None:
    record, home = min(records.iterdir()), tmp_path / "dataset"
    good = record.read_text("utf-8")
    record.write_text(good.replace("label: EXAMPLE", "lable: EXAMPLE"), "utf-8")
    for expected in (["1", "2", "3"], ["1"]):
        with mock.patch.object(build, "of_source", side_effect=build.of_source) as reading, pytest.raises(BuildError, match="lable"):
            build.build(Inputs(build.records_of(records)), home)
        assert [call.args[0].stem[-1] for call in reading.call_args_list] == expected
    record.write_text(good, "utf-8")
    assert read(records, home) == ["1"]
    assert files(home) == from_nothing(records, tmp_path / "other")


@pytest.mark.sampled
@pytest.mark.usefixtures("quick_in_part")
def test_what_is_read_while_it_is_written_is_not_kept(tmp_path: Path, records: Path) -> None:
    first, *_ = chosen = build.records_of(records)
    before, home = first.read_bytes(), tmp_path / "dataset"
    edits = iter(range(build.ATTEMPTS))

    def write(name: str, done: int, total: int) -> None:
        if done == 1:
            edit(first, next(edits))

    with pytest.raises(BuildError, match="written to whenever"):
        build.build(Inputs(chosen), home, write)
    assert not parts(home)
    first.write_bytes(before)
    build.build(Inputs(chosen), home)
    assert files(home) == from_nothing(records, tmp_path / "other")


@pytest.mark.sampled
@pytest.mark.usefixtures("quick_in_part")
def test_no_more_is_kept_than_the_versions_and_the_last_attempt_need(tmp_path: Path, records: Path, read: Built) -> None:
    home, record = tmp_path / "dataset", min(records.iterdir())
    for number in range(4):
        edit(record, number)
        read(records, home)
        assert len(parts(home)) == min(5 + number, 6)
    text = record.read_text("utf-8")
    for number in range(3):
        other = max(records.iterdir())
        edit(other, number)
        record.write_text(text.replace("label: EXAMPLE", f"lable{number}: EXAMPLE"), "utf-8")
        with pytest.raises(BuildError, match=f"lable{number}"):
            read(records, home)
        assert len(parts(home)) == 7, "a build that fails keeps what it validated, and forgets what the one before did"
    noted = {name for (name,) in asked(home, "SELECT name FROM version")}
    assert noted == {path.name for path in (home / dataset.VERSIONS).iterdir()}


@pytest.mark.sampled
@pytest.mark.usefixtures("quick_in_part")
def test_a_folder_that_cannot_be_written_keeps_nothing_and_stops_nothing(
    tmp_path: Path, records: Path, read: Built, caplog: pytest.LogCaptureFixture
) -> None:
    home = tmp_path / "dataset"
    connect = sqlite3.connect

    def full(path: Path, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(path, **options)
        if Path(path).name == kept.DATABASE:  # not the index of names
            connection.execute("PRAGMA max_page_count = 8")
        return connection

    with mock.patch("mabgraph.graph.building.kept.sqlite3.connect", full), caplog.at_level(logging.WARNING):
        assert read(records, home) == ["1", "2", "3"]
    assert any("a part of the dataset cannot be kept" in record.message for record in caplog.records)
    good = from_nothing(records, tmp_path / "other")
    assert files(home) == good
    (home / dataset.CURRENT).unlink()
    caplog.clear()
    refused = [sqlite3.OperationalError("unable to open"), connect(":memory:")]
    with mock.patch("mabgraph.graph.building.kept._connect", side_effect=refused), caplog.at_level(logging.WARNING):
        assert read(records, home) == ["1", "2", "3"]
    assert any("every source is read, and nothing is kept" in record.message for record in caplog.records)
    assert files(home) == good


def test_nothing_changed_is_no_work(tmp_path: Path, records: Path) -> None:
    inputs, home = Inputs(build.records_of(records)), tmp_path / "dataset"
    build.build(inputs, home)
    with mock.patch.object(build, "_attempt", side_effect=AssertionError("nothing is to be built")):
        unchanged: tuple[Manifest, bool] = build.build(inputs, home)
    assert unchanged == (dataset.manifest(home), False)
