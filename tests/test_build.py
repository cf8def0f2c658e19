"""Building: the same inputs give the same bytes; a fault leaves the last good dataset; nothing is rebuilt in vain."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
from pathlib import Path

import filelock
import pyoxigraph as ox
import pytest

from mabgraph.graph.building import build, quads
from mabgraph.graph.building.build import Inputs
from mabgraph.graph.store import dataset, store, vocabulary
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import BuildError

if sys.platform != "win32":
    import fcntl

DATA = Path(__file__).parent / "data"
RECORD = DATA / "records" / "example-2020.yaml"


def inputs(record: Path = RECORD, *, with_text: bool = False) -> Inputs:
    return Inputs((record,), library=open_library(DATA / "documents") if with_text else None)


def test_same_inputs_same_bytes(tmp_path: Path) -> None:
    manifests = [build.build(inputs(), tmp_path / name)[0] for name in ("one", "two")]
    assert manifests[0] == manifests[1]
    for file in (dataset.DUMP, dataset.GZIP, dataset.TRIG, dataset.MANIFEST, dataset.REPORT):
        one, two = ((tmp_path / name / "current" / file).read_bytes() for name in ("one", "two"))
        assert one == two, file


def test_what_is_handed_out_is_the_dataset(example_directory: Path) -> None:
    folder = example_directory / "current"
    dump = (folder / dataset.DUMP).read_bytes()
    packed = (folder / dataset.GZIP).read_bytes()
    assert gzip.decompress(packed) == dump
    assert packed[3:8] == bytes(5), "neither a name nor a time is in it"
    trig = (folder / dataset.TRIG).read_text("utf-8")
    assert set(ox.parse(trig, ox.RdfFormat.TRIG)) == set(ox.parse(dump, ox.RdfFormat.N_QUADS))
    assert "\tmab:printed " in trig


def test_unchanged_inputs_are_not_built_again(tmp_path: Path) -> None:
    first, built = build.build(inputs(), tmp_path)
    before = (tmp_path / "current").resolve().stat().st_mtime_ns
    again, rebuilt = build.build(inputs(), tmp_path)
    assert (built, rebuilt) == (True, False)
    assert first == again
    assert (tmp_path / "current").resolve().stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.70", "0.71", "changed since it was last anchored"),
        ("label: EXAMPLE", "lable: EXAMPLE", "unknown key 'lable'"),
        ("group_role: intervention-arm", "group_role: overall-survival", "changed since it was last anchored"),
    ],
)
def test_a_broken_record_leaves_the_last_good_dataset(tmp_path: Path, old: str, new: str, message: str) -> None:
    good, _ = build.build(inputs(), tmp_path / "dataset")
    broken = tmp_path / RECORD.name
    broken.write_text(RECORD.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(BuildError, match=message):
        build.build(inputs(broken), tmp_path / "dataset", replacing=True)
    assert dataset.manifest(tmp_path / "dataset") == good
    assert dataset.open_current(tmp_path / "dataset").manifest == good
    assert [path.name for path in (tmp_path / "dataset" / dataset.VERSIONS).iterdir()] == [good.version]


def test_what_no_shape_allows_is_no_dataset(tmp_path: Path) -> None:
    from mabgraph.ingest import anchoring, recordfile

    record = tmp_path / RECORD.name
    wrong = RECORD.read_text("utf-8").replace("measure: hazard-ratio", "measure: overall-survival")
    record.write_text(anchoring.anchor(recordfile.parse(wrong, record), open_library(DATA / "documents")), "utf-8")
    with pytest.raises(BuildError, match=r"(?s)survival-hazard-ratio.*measure.*the last good dataset is untouched"):
        build.build(inputs(record), tmp_path / "dataset")
    assert dataset.manifest(tmp_path / "dataset") is None


def test_a_text_that_is_another_is_no_dataset(tmp_path: Path) -> None:
    shutil.copytree(DATA / "documents", tmp_path / "documents")
    text = tmp_path / "documents" / "example-2020.txt"
    text.write_text(text.read_text("utf-8").replace("0.70", "0.71"), "utf-8")
    changed_inputs = Inputs((RECORD,), library=open_library(tmp_path / "documents"))
    with pytest.raises(BuildError, match=r"(?s)not the text that was read.*0\.71"):
        build.build(changed_inputs, tmp_path / "dataset")


def test_the_report_says_which_texts_were_read(tmp_path: Path) -> None:
    build.build(inputs(with_text=True), tmp_path / "read")
    build.build(inputs(), tmp_path / "trusted")
    reports = [json.loads((tmp_path / name / "current" / dataset.REPORT).read_text("utf-8")) for name in ("read", "trusted")]
    assert [report["documents whose text was read"] for report in reports] == [["example-2020"], []]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BuildError, match=r"file.*cannot be written.*--dataset"):
        build.build(inputs(), tmp_path / "file")


def other_inputs(folder: Path, number: int) -> Inputs:
    """Return inputs that make another dataset for each ``number``; they are written to ``folder``."""
    ontology = folder / f"ontology{number}"
    shutil.copytree(vocabulary.ONTOLOGY, ontology)
    with (ontology / "drugs.ttl").open("a", encoding="utf-8") as file:
        file.write(f'\n<id/drug/blinatumomab> <http://www.w3.org/2004/02/skos/core#altLabel> "name {number}"@en .\n')
    return Inputs((RECORD,), ontology)


def kept(directory: Path) -> set[str]:
    return {path.name for path in (directory / dataset.VERSIONS).iterdir()}


@pytest.mark.usefixtures("quick")
def test_only_the_version_before_is_kept(tmp_path: Path) -> None:
    versions = [build.build(other_inputs(tmp_path, number), tmp_path / "dataset")[0].version for number in range(3)]
    assert kept(tmp_path / "dataset") == set(versions[1:])
    assert dataset.open_current(tmp_path / "dataset").manifest.version == versions[2]


@pytest.mark.usefixtures("quick")
@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be opened on Windows")
def test_a_version_is_on_the_disk_before_it_is_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []
    replace, synchronise = os.replace, os.fsync

    def replaced(source: Path, target: Path) -> None:
        done.append(target.name)
        replace(source, target)

    def synchronised(descriptor: int) -> None:
        done.append(os.fstat(descriptor).st_ino)
        synchronise(descriptor)

    monkeypatch.setattr(os, "replace", replaced)
    monkeypatch.setattr(os, "fsync", synchronised)
    manifest, _ = build.build(inputs(), tmp_path)
    home = tmp_path / dataset.VERSIONS / manifest.version
    first, second = done.index(manifest.version), done.index(dataset.CURRENT)
    assert {path.stat().st_ino for path in (home, *home.iterdir())} <= set(done[:first])
    assert home.parent.stat().st_ino in done[first:second]
    assert tmp_path.stat().st_ino in done[second:]


def published(directory: Path, version: str) -> Path:
    """Publish a version that holds nothing but its manifest, and return its folder."""
    folder = directory / dataset.VERSIONS / f"{dataset.BUILDING}{version}"
    folder.mkdir(parents=True)
    (folder / dataset.MANIFEST).write_text("{}")
    dataset.publish(directory, folder, version)
    return directory / dataset.VERSIONS / version


@pytest.mark.skipif(sys.platform == "win32", reason="no such locks on Windows")
def test_a_version_that_is_held_is_kept_until_it_is_let_go(tmp_path: Path) -> None:
    with dataset.hold(published(tmp_path, "a")), dataset.hold(tmp_path / dataset.CURRENT):
        published(tmp_path, "b")
        published(tmp_path, "c")
        assert kept(tmp_path) == {"a", "b", "c"}
    published(tmp_path, "d")
    assert kept(tmp_path) == {"c", "d"}


@pytest.mark.skipif(sys.platform == "win32", reason="no such locks on Windows")
def test_a_version_that_is_going_or_gone_cannot_be_held(tmp_path: Path) -> None:
    folder = published(tmp_path, "a")
    with (folder / dataset.MANIFEST).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(BuildError, match="being removed"):
            dataset.hold(folder)
    dataset.hold(folder).close()
    (folder / dataset.MANIFEST).unlink()
    with pytest.raises(BuildError, match="is no version of a dataset"):
        dataset.hold(folder)


@pytest.mark.usefixtures("quick")
def test_what_a_killed_build_left_goes_with_the_next_build(tmp_path: Path) -> None:
    build.build(inputs(), tmp_path)
    (tmp_path / dataset.VERSIONS / f"{dataset.BUILDING}dead" / "store").mkdir(parents=True)
    (tmp_path / f".{dataset.CURRENT}-1").symlink_to("versions/gone")
    with filelock.FileLock(tmp_path / ".lock"):
        _, built = build.build(inputs(), tmp_path)
        assert not built
        assert len(dataset.leftovers(tmp_path)) == 2, "a build that runs is left alone"
    _, built = build.build(inputs(), tmp_path)
    assert not built
    assert dataset.leftovers(tmp_path) == []
    assert dataset.open_current(tmp_path).manifest == dataset.manifest(tmp_path)


def test_every_source_has_its_graph_with_its_provenance(tmp_path: Path) -> None:
    build.build(inputs(), tmp_path)
    store = dataset.open_current(tmp_path).store
    graphs = {row["g"].value for row in store.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")}  # type: ignore[union-attr]
    assert graphs == {
        quads.graph(name).value for name in ("example-2020", "ontology", "links", "checks", "studies", "about", "description", "examples")
    }
    derived = "ASK { <id/graph/example-2020> <http://www.w3.org/ns/prov#wasDerivedFrom>+ <id/document/example-2020> }"
    assert bool(store.query(derived))


def test_no_node_is_blank(tmp_path: Path) -> None:
    build.build(inputs(), tmp_path)
    store = dataset.open_current(tmp_path).store
    assert not bool(store.query("ASK { GRAPH ?g { ?s ?p ?o } FILTER(ISBLANK(?s) || ISBLANK(?o)) }"))


@pytest.mark.slow
def test_a_dataset_on_disk_answers_like_one_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build.build(inputs(), tmp_path / "memory")
    monkeypatch.setattr(dataset, "MEMORY_LIMIT", 10)
    build.build(inputs(), tmp_path / "disk")
    assert (tmp_path / "disk" / "current" / dataset.STORE).is_dir()
    text = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o"
    answers = []
    for name in ("memory", "disk"):
        solutions = dataset.open_current(tmp_path / name).store.query(text)
        assert isinstance(solutions, ox.QuerySolutions)
        answers.append(solutions.serialize(format=ox.QueryResultsFormat.TSV))
    assert answers[0] == answers[1]


@pytest.mark.slow
def test_a_dataset_that_outgrows_memory_with_its_description_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest, _ = build.build(inputs(), tmp_path / "memory")
    monkeypatch.setattr(dataset, "MEMORY_LIMIT", manifest.quads - 1)
    assert build.build(inputs(), tmp_path / "disk")[0] == manifest
    assert dataset.open_current(tmp_path / "disk").manifest == manifest
    assert (tmp_path / "disk" / "current" / dataset.STORE).is_dir()


@pytest.mark.usefixtures("quick")
def test_a_dump_that_was_shortened_is_not_served(tmp_path: Path) -> None:
    build.build(inputs(), tmp_path)
    dump = tmp_path / "current" / dataset.DUMP
    dump.write_text("".join(dump.read_text("utf-8").splitlines(keepends=True)[1:]), "utf-8")
    with pytest.raises(BuildError, match="its manifest says"):
        dataset.open_current(tmp_path)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", [dataset.MANIFEST, dataset.DUMP])
def test_a_dataset_that_was_spoilt_is_built_again(tmp_path: Path, name: str) -> None:
    good, _ = build.build(inputs(), tmp_path)
    (tmp_path / "current" / name).write_text("")
    again, built = build.build(inputs(), tmp_path)
    assert built
    assert again == good == dataset.open_current(tmp_path).manifest


@pytest.mark.usefixtures("quick")
def test_a_version_built_again_never_leaves_the_directory_without_a_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, _ = build.build(inputs(), tmp_path)

    def refused(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(BuildError, match="no space left"):
        build.build(inputs(with_text=True), tmp_path)
    assert dataset.open_current(tmp_path).manifest == good


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("spoil", ["", "{", "[]"])
def test_a_spoilt_manifest_is_named(tmp_path: Path, spoil: str) -> None:
    build.build(inputs(), tmp_path)
    (tmp_path / "current" / dataset.MANIFEST).write_text(spoil)
    with pytest.raises(BuildError, match=r"manifest\.json: cannot be read"):
        dataset.open_current(tmp_path)


def test_a_store_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").write_text("broken")
    with pytest.raises(BuildError, match="the store cannot be opened"):
        store.open_on_disk(tmp_path)
