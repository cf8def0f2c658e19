"""A damaged dataset: every file in every state is refused by name and mended by a build, and never a changed number served."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pyoxigraph as ox
import pytest

from mabgraph.graph.building import build
from mabgraph.graph.building.build import Inputs
from mabgraph.graph.publish import remote
from mabgraph.graph.publish.remote import RemoteStore
from mabgraph.graph.store import dataset, digests, inventory, store
from mabgraph.graph.store.dataset import Manifest
from mabgraph.graph.store.digests import Digest
from mabgraph.ingest.errors import BuildError, MabgraphError

from .extent import is_tried
from .quick import quick_builds

pytestmark = [pytest.mark.sampled, pytest.mark.slow]

RECORDS = Path(__file__).parent / "data" / "records"
RECORD = RECORDS / "example-2020.yaml"
NUMBER = "SELECT ?v { <id/estimate/example-2020.survival-hazard-ratio> <ontology/value> ?v }"
FILES = (dataset.DUMP, dataset.GZIP, dataset.TRIG, dataset.REPORT, dataset.MANIFEST)
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


def inputs() -> Inputs:
    return Inputs(build.records_of(RECORDS))


def number(directory: Path) -> str:
    """Return the hazard ratio that the dataset in ``directory`` answers."""
    answered = dataset.open_current(directory).store.query(NUMBER)
    assert isinstance(answered, ox.QuerySolutions)
    return "".join(row[0].value for row in answered)


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with quick_builds():
        yield


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a dataset that is not to be changed."""
    directory = tmp_path_factory.mktemp("good") / "dataset"
    with quick_builds():
        build.build(inputs(), directory)
    return directory


@pytest.fixture
def directory(good: Path, tmp_path: Path) -> Path:
    """Return the directory of a dataset to damage."""
    shutil.copytree(good, tmp_path / "dataset", symlinks=True)
    return tmp_path / "dataset"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a dataset that is served from disk, not to be changed."""
    directory = tmp_path_factory.mktemp("large") / "dataset"
    with quick_builds(), mock.patch.object(dataset, "MEMORY_LIMIT", 10):
        build.build(inputs(), directory)
    return directory


# --- the ways a file can be damaged


def alter(path: Path) -> None:
    """Change one digit, or, where there is none, one byte in the middle."""
    content = bytearray(path.read_bytes())
    place = content.find(b"0.7", len(content) // 4)
    place = place + 2 if place >= 0 else next((at for at in range(len(content) // 2, len(content)) if chr(content[at]).isdigit()), -1)
    if place < 0 and content:
        place = len(content) // 2
    if content:
        content[place] = ord("1") if content[place] != ord("1") else ord("2")
    else:
        content += b"1"
    path.write_bytes(content)


def truncate(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] if content else b"1")


def empty(path: Path) -> None:
    path.write_bytes(b"" if path.stat().st_size else b"\0")


def lengthen(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\n")


def make_directory(path: Path) -> None:
    path.unlink()
    (path / "inner").mkdir(parents=True)
    (path / "inner" / "file").write_text("")


def link(path: Path) -> None:
    """Put a link to the same content in its place."""
    other = path.parents[2] / f"elsewhere-{path.name}"
    shutil.move(path, other)
    path.symlink_to(other)


def make_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    path.unlink()
    with socket.socket(socket.AF_UNIX) as bound:
        here = Path.cwd()
        os.chdir(path.parent)
        try:
            bound.bind(path.name)
        finally:
            os.chdir(here)


def replace_by_other(path: Path) -> None:
    """Put another file of the version in its place."""
    other = path.with_name(dataset.REPORT if path.name != dataset.REPORT else dataset.TRIG)
    path.write_bytes(other.read_bytes())


Damage = Callable[[Path], None]
DAMAGES: tuple[Damage, ...] = (
    alter, truncate, empty, lengthen, Path.unlink, make_directory, replace_by_other, link, *((make_fifo, make_socket) if sys.platform != "win32" else ()),
)  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_refused_by_name_and_mended_by_a_build(
    directory: Path, name: str, damage: Damage, caplog: pytest.LogCaptureFixture
) -> None:
    """Every case is refused; of the builds that mend it one of three is run, so that each file and each damage has some."""
    path = (directory / dataset.CURRENT).resolve() / name
    version = dataset.verify_current(directory).version
    expected = dataset.verify_current(directory).files.get(name)
    damage(path)
    for refused in (dataset.open_current, dataset.verify_current):
        with pytest.raises(BuildError) as error:
            refused(directory)
        assert str(path) in str(error.value)
        assert "run mabgraph build" in str(error.value)
        assert expected is None or expected.sha256 in str(error.value)
    assert dataset.manifest(directory) is None
    assert any(str(path) in fault for fault in dataset.verify(path.parent))
    if not is_tried(FILES.index(name) + DAMAGES.index(damage), 3):
        return
    again, built = build.build(inputs(), directory)
    assert built
    assert any(str(path) in record.getMessage() for record in caplog.records), "what was wrong is said"
    assert again.version == version == dataset.open_current(directory).manifest.version
    assert number(directory) == "0.7"
    assert not build.build(inputs(), directory)[1]
    assert dataset.verify((directory / dataset.CURRENT).resolve()) == []


def test_the_actual_digest_of_what_was_changed_is_named(directory: Path) -> None:
    path = (directory / dataset.CURRENT).resolve() / dataset.DUMP
    alter(path)
    actual = digests.digest_file(path)
    assert path.stat().st_size == inventory.read(path.with_name(dataset.MANIFEST)).bytes
    with pytest.raises(BuildError, match=actual.sha256):
        dataset.open_current(directory)


def test_a_file_that_is_of_no_version_is_refused(directory: Path) -> None:
    folder = (directory / dataset.CURRENT).resolve()
    (folder / "more").mkdir()
    (folder / "more" / "file.nq").write_text("")
    with pytest.raises(BuildError, match=r"more/file\.nq: is no file of this version"):
        dataset.open_current(directory)
    assert build.build(inputs(), directory)[1]
    assert number(directory) == "0.7"


@posix
@pytest.mark.parametrize("name", ["\x1b[2Ja\nb", os.fsdecode(b"\xff"), "x/" * 1200])
def test_a_further_file_of_any_name_is_shown_in_characters_that_can_be(directory: Path, name: str) -> None:
    here, folder = Path.cwd(), (directory / dataset.CURRENT).resolve()
    os.chdir(folder)
    try:
        for part in name.split("/")[:-1]:
            os.mkdir(part)
            os.chdir(part)
        Path(name.rpartition("/")[2] or "file").write_text("")
    finally:
        os.chdir(here)
    try:
        with pytest.raises(BuildError, match=r"is no file of this version") as error:
            dataset.open_current(directory)
        assert str(error.value).replace("\n", "").isprintable()
        assert build.build(inputs(), directory)[1]
    finally:
        # Too deep for what clears folders of tests away.
        subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="whoever may do everything is denied nothing")
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_may_not_be_read_is_refused_and_mended(directory: Path, name: str) -> None:
    ((directory / dataset.CURRENT).resolve() / name).chmod(0)
    with pytest.raises(BuildError, match="Permission denied"):
        dataset.open_current(directory)
    assert build.build(inputs(), directory)[1]
    assert number(directory) == "0.7"


@pytest.mark.parametrize("name", [dataset.DUMP, dataset.GZIP, dataset.MANIFEST])
def test_what_the_system_denies_is_named(directory: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = os.open

    def denied(path: Any, flags: int, *more: Any, **others: Any) -> int:
        if str(path).endswith(name):
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path, flags, *more, **others)

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(BuildError, match=rf"{name}.*Permission denied"):
        dataset.open_current(directory)


def test_a_damaged_version_that_goes_makes_room(directory: Path) -> None:
    for _ in range(3):
        make_directory((directory / dataset.CURRENT).resolve() / dataset.MANIFEST)
        build.build(inputs(), directory)
    assert len(list((directory / dataset.VERSIONS).iterdir())) == 2
    assert number(directory) == "0.7"


# --- what is called current


def lead_outside(directory: Path, link: Path) -> None:
    shutil.copytree(link.resolve(), directory / "outside")
    link.unlink()
    link.symlink_to("outside")


def lead_to_itself(_: Path, link: Path) -> None:
    link.unlink()
    link.symlink_to(dataset.CURRENT)


def lead_nowhere(_: Path, link: Path) -> None:
    link.unlink()
    link.symlink_to(f"{dataset.VERSIONS}/gone")


def lead_to_all_versions(_: Path, link: Path) -> None:
    link.unlink()
    link.symlink_to(dataset.VERSIONS)


def lead_into_a_version(_: Path, link: Path) -> None:
    home = link.resolve()
    (home / "inner").mkdir()
    link.unlink()
    link.symlink_to(home / "inner")


def lead_to_another_name(directory: Path, link: Path) -> None:
    home = link.resolve()
    home.rename(home.with_name("f" * 64))
    link.unlink()
    link.symlink_to(f"{dataset.VERSIONS}/{'f' * 64}")


def lead_to_a_link(directory: Path, link: Path) -> None:
    home = link.resolve()
    shutil.move(home, directory / "outside")
    home.symlink_to(directory / "outside")


def be_a_directory(_: Path, link: Path) -> None:
    home = link.resolve()
    link.unlink()
    shutil.copytree(home, link)


def be_a_file(_: Path, link: Path) -> None:
    link.unlink()
    link.write_text("")


def lose_versions(directory: Path, _: Path) -> None:
    shutil.rmtree(directory / dataset.VERSIONS)


def make_versions_a_file(directory: Path, _: Path) -> None:
    shutil.rmtree(directory / dataset.VERSIONS)
    (directory / dataset.VERSIONS).write_text("")


@pytest.mark.parametrize(
    "damage",
    [
        lead_outside, lead_to_itself, lead_nowhere, lead_to_all_versions, lead_into_a_version, lead_to_another_name, lead_to_a_link,
        be_a_directory, be_a_file, lose_versions, make_versions_a_file,
    ],
    ids=lambda damage: damage.__name__,
)  # fmt: skip
def test_what_is_called_current_and_is_no_version_is_refused_and_mended(directory: Path, damage: Callable[[Path, Path], None]) -> None:
    kept = number(directory)
    damage(directory, directory / dataset.CURRENT)
    with pytest.raises(BuildError, match="run mabgraph build"):
        dataset.open_current(directory)
    assert dataset.manifest(directory) is None
    assert build.build(inputs(), directory)[1]
    assert number(directory) == kept
    assert not build.build(inputs(), directory)[1]


def test_what_stood_in_the_way_is_kept_under_another_name(directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    for count in (1, 2):
        be_a_file(directory, directory / dataset.CURRENT)
        (directory / dataset.CURRENT).write_text(f"somebody's {count}")
        build.build(inputs(), directory)
        assert (directory / f"set-aside-current-{count}").read_text() == f"somebody's {count}"
    assert "set-aside-current-2" in caplog.text


# --- the manifest


def spoil(directory: Path, change: Callable[[dict[str, Any]], object], *, seal: bool = True) -> None:
    """Change the values of the manifest as an attacker would: with a seal that holds."""
    path = (directory / dataset.CURRENT).resolve() / dataset.MANIFEST
    values = json.loads(path.read_text("utf-8"))
    change(values)
    sealed = values.pop("sealed", None)
    if seal:
        sealed = hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    path.write_text(json.dumps(values | {"sealed": sealed}, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


SPOILT: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    (key, lambda values, key=key, value=value: values.update({key: value}))  # type: ignore[misc]
    for key, value in (
        ("version", "../../elsewhere"), ("version", "a\r\nSet-Cookie: b"), ("version", "0" * 63), ("version", "A" * 64), ("version", 1),
        ("version", "0" * 64 + "\n"), ("software", ""), ("software", "1\n"), ("software", "0" * 65), ("software", "a b"), ("bytes", -1), ("bytes", "1"),
        ("bytes", 1.0), ("bytes", True), ("bytes", 2**70), ("quads", -1), ("quads", None), ("figures", -1), ("dump", "0" * 64), ("dump", 1),
        ("graphs", {"a\nb": 1}), ("graphs", {"../a": 1}), ("graphs", {"/a": 1}), ("graphs", {"": 1}), ("graphs", {"a b": 1}), ("graphs", {"a>": 1}),
        ("graphs", {"http://elsewhere/": 1}), ("graphs", {"a\u202eb": 1}), ("graphs", {"a": -1}), ("graphs", []), ("graphs", {}),
        ("inputs", {"/etc/passwd": "0" * 64}), ("inputs", {"a/../b": "0" * 64}), ("inputs", {"a": "0"}), ("inputs", {"a\\b": "0" * 64}),
        ("inputs", {"a\0b": "0" * 64}), ("inputs", {"C:/a": "0" * 64}), ("inputs", {"a" * 1001: "0" * 64}), ("inputs", None),
        ("files", {}), ("files", {"../a": {"sha256": "0" * 64, "bytes": 1}}), ("files", {"a": {"sha256": "0", "bytes": 1}}),
        ("files", {"a": {"sha256": "0" * 64, "bytes": -1}}), ("files", {"a": {"sha256": "0" * 64, "bytes": 1, "more": 1}}), ("files", {"a": "0" * 64}),
        ("unknown", 1),
    )
]  # fmt: skip


@pytest.mark.parametrize(("key", "change"), SPOILT, ids=[str(place) for place in range(len(SPOILT))])
def test_a_manifest_is_read_as_data_from_outside(directory: Path, key: str, change: Callable[[dict[str, Any]], object]) -> None:
    spoil(directory, change)
    with pytest.raises(BuildError, match=r"manifest\.json: cannot be read") as error:
        dataset.open_current(directory)
    assert not any(ord(character) < 32 for character in str(error.value))
    assert dataset.manifest(directory) is None


@pytest.mark.parametrize("key", ["version", "software", "inputs", "bytes", "quads", "figures", "graphs", "dump", "files"])
def test_a_manifest_of_before_is_built_again(directory: Path, key: str) -> None:
    spoil(directory, lambda values: values.pop(key))
    with pytest.raises(BuildError, match=r"(?s)manifest\.json: cannot be read.*build the dataset again"):
        dataset.open_current(directory)
    if key == "files":
        assert build.build(inputs(), directory)[1]
        assert number(directory) == "0.7"


@pytest.mark.parametrize("key", ["figures", "software"])
def test_a_changed_manifest_breaks_its_seal(directory: Path, key: str) -> None:
    spoil(directory, lambda values: values.update({key: {"figures": values["figures"] + 1, "software": "9"}[key]}), seal=False)
    with pytest.raises(BuildError, match="the seal"):
        dataset.open_current(directory)


def test_a_manifest_has_a_longest_length_and_depth(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = (directory / dataset.CURRENT).resolve() / dataset.MANIFEST
    path.write_text("[" * 1_000_000)
    with pytest.raises(BuildError, match="cannot be read"):
        dataset.open_current(directory)
    monkeypatch.setattr(inventory, "MOST", 999_999)
    with pytest.raises(BuildError, match="longer than 999999 bytes"):
        dataset.open_current(directory)


def test_a_version_under_the_name_of_another_is_refused(directory: Path) -> None:
    lead_to_another_name(directory, directory / dataset.CURRENT)
    with pytest.raises(BuildError, match="its manifest is that of version"):
        dataset.open_current(directory)


@posix
@pytest.mark.parametrize("name", ["odd\nname.ttl", os.fsdecode(b"odd\xff.ttl")])
def test_no_manifest_is_written_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "ontology"
    shutil.copytree(Inputs(()).ontology, folder)
    (folder / name).write_text("")
    with pytest.raises(BuildError, match="give the input another"):
        build.build(replace(inputs(), ontology=folder), tmp_path / "dataset")
    assert not (tmp_path / "dataset" / dataset.CURRENT).exists()


@pytest.mark.parametrize("version", ["../up", "a\r\nb: c", "", "0" * 63])
def test_the_version_of_another_engine_is_data_from_outside(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"version": "0" * 64, "software": "0.1.0", "figures": "1"}
    monkeypatch.setattr(RemoteStore, "sizes", lambda self: {})
    monkeypatch.setattr(RemoteStore, "rows", lambda self, name: [row])
    assert remote.open_dataset("http://127.0.0.1:9/").manifest.version == "0" * 64
    row["version"] = version
    with pytest.raises(BuildError, match=r"http://127\.0\.0\.1:9/: .*no valid version"):
        remote.open_dataset("http://127.0.0.1:9/")


# --- what is served from disk


def store_files(directory: Path) -> list[Path]:
    return sorted((directory / dataset.CURRENT / dataset.STORE).resolve().iterdir())


def test_a_large_dataset_can_be_verified_while_it_is_served(large: Path, tmp_path: Path) -> None:
    shutil.copytree(large, tmp_path / "dataset", symlinks=True)
    directory = tmp_path / "dataset"
    served = dataset.open_current(directory, unverified=True)
    assert (served.verified, dataset.open_current(directory).verified) == (False, True)
    assert dataset.verify(served.folder) == []
    alter(served.folder / dataset.TRIG)
    assert not dataset.open_current(directory, unverified=True).verified
    assert len(dataset.verify(served.folder)) == 1
    with pytest.raises(BuildError, match=dataset.TRIG):
        dataset.open_current(directory)


def test_a_dataset_in_memory_is_verified_whether_asked_or_not(directory: Path) -> None:
    assert dataset.open_current(directory, unverified=True).verified
    alter((directory / dataset.CURRENT).resolve() / dataset.DUMP)
    with pytest.raises(BuildError, match="was changed"):
        dataset.open_current(directory, unverified=True)


@pytest.mark.parametrize("damage", [alter, truncate, empty, Path.unlink, make_directory], ids=lambda damage: damage.__name__)
def test_every_file_of_a_store_is_verified(large: Path, tmp_path: Path, damage: Damage) -> None:
    for path in store_files(large):
        directory = tmp_path / path.name
        shutil.copytree(large, directory, symlinks=True)
        damage((directory / dataset.CURRENT / dataset.STORE / path.name).resolve())
        with pytest.raises(BuildError, match=path.name):
            dataset.open_current(directory)
        assert dataset.manifest(directory) is None


def test_a_damaged_store_is_mended_by_a_build(large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "MEMORY_LIMIT", 10)
    damages: tuple[Damage, ...] = (alter, make_directory, Path.unlink)
    for number_of, damage in enumerate(damages):
        directory = tmp_path / str(number_of)
        shutil.copytree(large, directory, symlinks=True)
        damage(max(store_files(directory), key=lambda path: path.stat().st_size))
        assert build.build(inputs(), directory)[1]
        assert number(directory) == "0.7"


def test_a_store_read_from_is_what_was_built(large: Path) -> None:
    opened = [dataset.open_current(large) for _ in range(2)]
    assert all(len(each.store) for each in opened)
    assert dataset.verify(opened[0].folder) == []


def test_verifying_says_how_far_it_is_and_can_be_stopped(good: Path) -> None:
    folder = (good / dataset.CURRENT).resolve()
    seen: list[tuple[str, int, int]] = []
    assert dataset.verify(folder, lambda *step: seen.append(step)) == []
    total = sum(digest.bytes for digest in dataset.verify_current(good).files.values())
    assert {name for name, _, _ in seen} == set(FILES) - {dataset.MANIFEST}
    assert (seen[-1][1], {whole for _, _, whole in seen}) == (total, {total})
    with pytest.raises(BuildError, match="was not verified"):
        dataset.verify(folder, stopped=lambda: True)


# --- what is handed out


def test_a_file_is_verified_when_it_is_handed_out_and_after_every_change(directory: Path) -> None:
    opened = dataset.open_current(directory)
    path = dataset.file_of(opened, dataset.GZIP)
    assert path == opened.folder / dataset.GZIP
    assert dataset.file_of(opened, dataset.GZIP) == path
    before = path.read_bytes()
    for damage in DAMAGES:
        damage(path)
        with pytest.raises(BuildError, match=dataset.GZIP):
            dataset.file_of(opened, dataset.GZIP)
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        path.write_bytes(before)
        assert dataset.file_of(opened, dataset.GZIP) == path
    assert dataset.file_of(opened, "passwd") is None
    assert dataset.file_of(replace(opened, manifest=replace(opened.manifest, files={})), dataset.GZIP) is None


def test_an_unchanged_file_is_read_once(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = dataset.open_current(directory)
    dataset.file_of(opened, dataset.TRIG)
    monkeypatch.setattr(digests, "Reading", None)
    assert dataset.file_of(opened, dataset.TRIG)


# --- what is loaded is what is digested


def test_a_dump_changed_between_digest_and_load_is_not_loaded(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is opened once: whatever comes to stand under its name, or in it, what was loaded is what was digested."""
    path = (directory / dataset.CURRENT).resolve() / dataset.DUMP
    opened = digests.open_regular
    names: list[str] = []

    def swapped(opening: Path, *more: Any, **others: Any) -> Any:
        names.append(opening.name)
        file = opened(opening, *more, **others)
        if opening.name == dataset.DUMP:
            alter(path)
        return file

    monkeypatch.setattr(digests, "open_regular", swapped)
    with pytest.raises(BuildError, match="was changed"):
        dataset.open_current(directory)
    assert names.count(dataset.DUMP) == 1


@pytest.mark.parametrize("size", [1, 7, 100, 1 << 20])
def test_a_dump_read_in_blocks_of_any_size_is_loaded_whole(good: Path, size: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = (good / "current" / dataset.DUMP).read_bytes().splitlines(keepends=True)[:200]
    path = tmp_path / "part.nq"
    path.write_bytes(b"".join(lines).rstrip(b"\n"))
    monkeypatch.setattr(store, "BLOCK", size)
    engine = ox.Store()
    engine.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)
    loaded = store.from_dump(path, digests.digest_file(path))
    assert set(loaded.engine) == set(engine)


def test_a_blank_node_is_one_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "dump.nq"
    path.write_text("_:a <urn:p> <urn:o> <urn:g> .\n<urn:s> <urn:p> _:a <urn:g> .\n")
    monkeypatch.setattr(store, "BLOCK", 30)
    (answered,) = store.from_dump(path).engine.query("SELECT ?s { GRAPH ?g { ?b <urn:p> <urn:o> . ?s <urn:p> ?b } }")  # type: ignore[misc]
    assert str(answered[0]) == "<urn:s>"


def test_a_dump_that_is_no_n_quads_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dump.nq"
    path.write_text("<a> nothing\n")
    with pytest.raises(BuildError, match="cannot be loaded"):
        store.from_dump(path, digests.digest_file(path))
    with pytest.raises(BuildError, match=r"was changed.*" + "0" * 64):
        store.from_dump(path, Digest("0" * 64, 12))


def test_a_file_that_has_grown_is_read_only_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sparse"
    path.write_bytes(b"")
    os.truncate(path, 1 << 40)
    monkeypatch.setattr(digests, "BEYOND", 1000)
    assert "and more" in digests.fault(path, Digest("0" * 64, 10))
    (fault,) = digests.faults(tmp_path, {"sparse": Digest("0" * 64, 10)})
    assert "and more" in fault


# --- inputs that do not stay as they are


def records(folder: Path) -> Path:
    shutil.copytree(RECORDS, folder)
    return folder / RECORD.name


def test_a_record_edited_during_a_build_is_read_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = records(tmp_path / "records")
    changed = path.read_text("utf-8") + "\n# a remark\n"
    steps: list[str] = []

    def edit(what: str, done: int, total: int) -> None:
        steps.append(what)
        if what == "dataset" and steps.count("dataset") == 1:
            path.write_text(changed, "utf-8")

    built, _ = build.build(Inputs((path,)), tmp_path / "dataset", edit)
    assert steps.count("dataset") == 2
    assert "records/example-2020.yaml: written to" in caplog.text
    assert built.inputs["records/example-2020.yaml"] == digests.digest_file(path).sha256
    digest = f'ASK {{ GRAPH <id/graph/about> {{ ?r <ontology/sha256> "{digests.digest_file(path).sha256}" }} }}'
    assert bool(dataset.open_current(tmp_path / "dataset").store.query(digest))
    assert not build.build(Inputs((path,)), tmp_path / "dataset")[1]


@pytest.mark.parametrize("where", ["records", "ontology", "shapes"])
def test_inputs_that_are_written_to_all_the_time_are_no_dataset(tmp_path: Path, where: str) -> None:
    path = records(tmp_path / "records")
    shutil.copytree(Inputs(()).ontology, tmp_path / "ontology")
    edited = {"records": path, "ontology": tmp_path / "ontology/drugs.ttl", "shapes": tmp_path / "ontology/shapes/figure.ttl"}[where]

    def edit(what: str, done: int, total: int) -> None:
        edited.write_bytes(edited.read_bytes())  # the same again: what was read between is not known

    with pytest.raises(BuildError, match=rf"{edited.name}: written to whenever"):
        build.build(Inputs((path,), tmp_path / "ontology"), tmp_path / "dataset", edit)
    assert not (tmp_path / "dataset" / dataset.CURRENT).exists()


def test_an_input_that_comes_or_goes_during_a_build_is_seen(tmp_path: Path) -> None:
    path = records(tmp_path / "records")
    shutil.copytree(Inputs(()).ontology, tmp_path / "ontology")
    steps: list[str] = []

    def come(what: str, done: int, total: int) -> None:
        steps.append(what)
        if len(steps) == 1:
            (tmp_path / "ontology" / "more.ttl").write_text("")

    built, _ = build.build(Inputs((path,), tmp_path / "ontology"), tmp_path / "dataset", come)
    assert "ontology/more.ttl" in built.inputs
    with pytest.raises(BuildError, match=r"example-2020\.yaml: the input cannot be read"):
        build.build(Inputs((path,), tmp_path / "ontology"), tmp_path / "other", lambda *_: path.unlink(missing_ok=True))


def test_a_fault_of_a_record_that_is_being_written_is_not_the_answer(tmp_path: Path) -> None:
    path = records(tmp_path / "records")
    whole = path.read_text("utf-8")
    steps: list[str] = []

    def write(what: str, done: int, total: int) -> None:
        steps.append(what)
        path.write_text(whole[:100] if len(steps) == 1 else whole, "utf-8") if len(steps) < 3 else None

    assert build.build(Inputs((path,)), tmp_path / "dataset", write)[1]


def test_software_changed_since_it_was_read_makes_no_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "find_outdated", lambda: ["software/queries/links.rq"])
    with pytest.raises(BuildError, match=r"links\.rq: changed since this process began"):
        build.build(inputs(), tmp_path / "dataset")


@posix
def test_an_input_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(MabgraphError, match=r"pipe\.yaml.*is a FIFO"):
        build.build(Inputs((tmp_path / "pipe.yaml",)), tmp_path / "dataset")


def test_a_manifest_knows_its_files_and_is_the_same_without_them(good: Path) -> None:
    known: Manifest = dataset.verify_current(good)
    assert set(known.files) == set(FILES) - {dataset.MANIFEST}
    assert known.files[dataset.DUMP] == Digest(known.dump, known.bytes)
    assert known == replace(known, files={})


@pytest.mark.parametrize("damage", [truncate, empty, Path.unlink, make_directory], ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", ["*.sst", "CURRENT", "MANIFEST-*"])
def test_what_is_not_read_when_a_store_is_opened_has_its_length(large: Path, tmp_path: Path, damage: Damage, name: str) -> None:
    shutil.copytree(large, tmp_path / "dataset", symlinks=True)
    path = next((tmp_path / "dataset" / dataset.CURRENT / dataset.STORE).resolve().glob(name))
    damage(path)
    with pytest.raises(BuildError, match=re.escape(path.name)):
        dataset.open_current(tmp_path / "dataset", unverified=True)


def test_the_files_by_which_a_store_knows_its_tables_are_read_when_it_is_opened(large: Path, tmp_path: Path) -> None:
    shutil.copytree(large, tmp_path / "dataset", symlinks=True)
    alter(next((tmp_path / "dataset" / dataset.CURRENT / dataset.STORE).resolve().glob("MANIFEST-*")))
    with pytest.raises(BuildError, match="MANIFEST"):
        dataset.open_current(tmp_path / "dataset", unverified=True)


def test_a_store_on_disk_is_counted_when_it_is_built_and_not_when_it_is_opened(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.EngineStore, "__len__", lambda _: 7)
    assert dataset.open_current(large).manifest.quads > 7
    monkeypatch.setattr(dataset, "MEMORY_LIMIT", 10)
    with quick_builds(), pytest.raises(BuildError, match="holds 7 quads, its manifest says"):
        build.build(inputs(), tmp_path / "dataset")
