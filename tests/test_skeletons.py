"""Skeletons: what adding a document begins is told apart from a record, left out of builds with a line, and a check lists what it lacks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mabgraph.graph.building.checking import Checker
from mabgraph.graph.building.unfinished import find_unfinished
from mabgraph.graph.questions import catalogue
from mabgraph.ingest import recordfile, skeletons

from .commandline import run
from .quick import quick_builds

DATA = Path(__file__).parent / "data"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace without the shipped evidence, with an added text and the skeleton of its record."""
    run("init", tmp_path)
    (tmp_path / "mabgraph.toml").write_text("shipped = false\n", "utf-8")
    (tmp_path / "paper.md").write_text("Examplimab\n\nSurvival was 8.1 months.\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    run("add", "paper.md")
    return tmp_path


def test_a_skeleton_guesses_nothing_and_a_check_lists_what_is_to_be_stated(root: Path) -> None:
    path = root / "records" / "paper.yaml"
    assert skeletons.is_skeleton(path)
    data = recordfile.load(path).data
    assert (data["document"]["document_kind"], data["document"]["rights"], data["unit_of_analysis"], data["studies"]) == ("", "", "", [])
    assert data["document"]["title"] == "Examplimab"
    stated = run("check", code=1)
    faults = [line.partition(": is to be stated: ")[0] for line in stated.stderr.splitlines()]
    keys = ["document.document_kind", "document.rights", "unit_of_analysis", "studies"]
    assert faults == [f"{path}:{line}: {key}" for line, key in zip((7, 8, 9, 10), keys, strict=True)]
    assert "paper: 0 figures, 4 faults" in stated.stdout


def test_a_build_leaves_a_skeleton_out_and_says_so(root: Path) -> None:
    path = root / "records" / "paper.yaml"
    left_out = f"{path}: states nothing yet and is left out of the dataset: mabgraph check says what it lacks"
    refused = run("build", code=1).stderr
    assert left_out in refused
    assert "there is no record that states anything" in refused
    shutil.copy(DATA / "records" / "example-2020.yaml", root / "records")
    with quick_builds():
        assert left_out in run("build").stderr
    documents = catalogue.open_current(root / "mabgraph-dataset").ask("documents", {})
    assert [str(row["id"]).rpartition("/")[2] for row in documents] == ["example-2020"]


@pytest.mark.parametrize(
    "begun", ["studies: [{id: a, type: Study, label: A, design: single-arm-trial}]", "groups: [{id: a, label: A}]", "sealed: x"]
)
def test_a_record_that_states_something_is_no_skeleton_and_is_refused_for_what_it_lacks(root: Path, begun: str) -> None:
    path = root / "records" / "paper.yaml"
    text = path.read_text("utf-8")
    key = begun.partition(":")[0]
    kept = "\n".join(line for line in text.splitlines() if not line.startswith(f"{key}:"))
    path.write_text(f"{kept}\n{begun}\n", "utf-8")
    assert not skeletons.is_skeleton(path)
    assert "document.document_kind: is empty: state it" in "".join(Checker(None).check(path).faults)
    assert "document.document_kind: is empty: state it" in run("build", code=1).stderr


def test_a_half_written_record_stops_no_build_of_the_others_and_what_is_left_to_do_is_said(root: Path) -> None:
    shutil.copy(DATA / "records" / "example-2020.yaml", root / "records")
    path, other = root / "records" / "paper.yaml", root / "records" / "example-2020.yaml"
    begun = path.read_text("utf-8").replace(
        "studies: []", 'studies: [{id: a, type: Study, label: A, design: single-arm-trial, printed: [{quote: "8.1"}]}]'
    )
    path.write_text(begun, "utf-8")
    with quick_builds():
        complaints = run("build").stderr
    assert f"{path}: was never anchored and is left out of the dataset: mabgraph check tells what is left to do" in complaints
    assert "document.document_kind: is empty: state it" in complaints
    assert [str(row["id"]).rpartition("/")[2] for row in catalogue.open_current(root / "mabgraph-dataset").ask("documents", {})] == [
        "example-2020"
    ]
    # Nothing that the dataset says goes by leaving a record out: not one that it has, nor one that was anchored and changed since.
    text = other.read_text("utf-8")
    for changed, fault in (
        (text[: text.index("sealed:")], "was never anchored"),
        (text.replace("was small", "was large"), "has changed since"),
    ):
        other.write_text(changed, "utf-8")
        refused = run("build", code=1).stderr
        assert f"{other}: the record {fault}" in refused
        assert f"{other}: was never anchored and is left out" not in refused


def test_no_record_over_a_shipped_one_is_left_out(root: Path) -> None:
    over = root / "records" / "thompson-2021.yaml"
    over.write_text((root / "records" / "paper.yaml").read_text("utf-8").replace("id: paper", "id: thompson-2021"), "utf-8")
    assert set(find_unfinished({path.stem: path for path in (root / "records").iterdir()}, root / "none", None)) == {"paper"}


def test_what_is_no_record_file_is_no_skeleton(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("[nonsense", "utf-8")
    assert not skeletons.is_skeleton(tmp_path / "a.yaml")
    assert not skeletons.is_skeleton(tmp_path / "absent.yaml")


def test_the_ledger_of_a_workspace_without_the_shipped_evidence_has_no_shipped_record(root: Path) -> None:
    document = root / "documents"
    manifest = document / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"paper"', '"kantarjian-2017"'), "utf-8")
    refused = run("ledger", "kantarjian-2017", code=1).stderr
    assert f"there is no record of kantarjian-2017 (searched: {root / 'records'})" in refused
    assert "accounts for nothing" in run("ledger", "kantarjian-2017", "--shipped", code=1).stdout
