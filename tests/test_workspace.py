"""Workspaces: one's own records, documents and terms over the shipped ones, found from below, and never replaced by others without a word."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions import catalogue
from mabgraph.graph.store import inventory, vocabulary
from mabgraph.ingest import workspace
from mabgraph.ingest.errors import MabgraphError

from .commandline import run

DATA = Path(__file__).parent / "data"
RECORD = DATA / "records" / "example-2020.yaml"
TERM = """
PREFIX mab: <https://w3id.org/mabgraph/ontology/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
<https://w3id.org/mabgraph/id/drug/examplimab> a mab:Drug ; rdfs:label "examplimab"@en ;
  skos:definition "An invented monoclonal antibody."@en ; mab:drugClass <https://w3id.org/mabgraph/concept/monoclonal-antibody> ;
  rdfs:isDefinedBy <https://w3id.org/mabgraph/ontology/> .
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace with the invented record and its document, in whose folder of records the commands run."""
    folder = tmp_path / "review"
    run("init", folder)
    shutil.copy(RECORD, folder / "records")
    shutil.copytree(DATA / "documents", folder / "documents", dirs_exist_ok=True)
    monkeypatch.chdir(folder / "records")
    return folder


def documents_of(directory: Path) -> list[str]:
    return [str(row["id"]).rpartition("/")[2] for row in catalogue.open_current(directory).ask("documents", {})]


@pytest.mark.slow
def test_init_makes_a_workspace_that_commands_find_from_below(root: Path) -> None:
    assert run("check", RECORD).stdout == "example-2020: 17 figures, verified at their places in the text\n"
    run("build")
    assert (root / "mabgraph-dataset" / "current").is_symlink()
    assert "example-2020" in documents_of(root / "mabgraph-dataset")
    assert "kantarjian-2017" in documents_of(root / "mabgraph-dataset")
    assert "17 anchored" in run("ledger", "example-2020", code=1).stdout
    assert "nothing to change" in run("anchor", root / "records" / RECORD.name).stdout


def test_init_leaves_what_is_there_and_refuses_a_second_time(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "manifest.json").write_text('[{"id": "a", "file": "a.txt"}]', "utf-8")
    run("init", tmp_path)
    assert json.loads((tmp_path / "documents" / "manifest.json").read_text("utf-8"))[0]["id"] == "a"
    assert f"{tmp_path} is a workspace" in run("init", tmp_path, code=1).stderr
    (tmp_path / "file").write_text("")
    assert "no workspace can be created" in run("init", tmp_path / "file" / "below", code=1).stderr


def test_records_alone_where_the_workspace_says_so(root: Path) -> None:
    (root / workspace.FILE).write_text("shipped = false\n", "utf-8")
    run("build")
    assert documents_of(root / "mabgraph-dataset") == ["example-2020"]


@pytest.mark.slow
def test_a_record_of_the_name_of_a_shipped_one_lies_over_it_and_that_is_said(root: Path) -> None:
    shipped = vocabulary.RECORDS / "kantarjian-2017.yaml"
    shutil.copy(shipped, root / "records")
    assert f"{root / 'records' / shipped.name} lies over the record of this name" in run("build").stderr


def test_terms_of_a_workspace_are_in_the_dataset(root: Path) -> None:
    (root / workspace.FILE).write_text("shipped = false\n", "utf-8")
    (root / "ontology" / "drugs.ttl").write_text(TERM, "utf-8")
    run("build")
    built = root / "mabgraph-dataset"
    assert "terms/0/drugs.ttl" in inventory.read(built / "current" / "manifest.json").inputs
    assert run("ask", "drug", "drug=examplimab", "--format", "csv").stdout.count("examplimab")
    (root / "ontology" / "drugs.ttl").write_text("nonsense", "utf-8")
    assert "drugs.ttl: not readable as Turtle" in run("build", code=1).stderr


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("build",), ("serve", "--port", "0")])
def test_a_dataset_of_other_sources_is_not_replaced_without_a_word(
    root: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("build")
    before = (root / "mabgraph-dataset" / "current").readlink()
    monkeypatch.chdir(root.parent)
    words = [sys.executable, "-m", "mabgraph.api.cli.command", *arguments, "--dataset", str(root / "mabgraph-dataset")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    refused = done.stderr
    assert done.returncode == 1
    assert "holds a dataset made from ../ontology, ../records, which this build does not read; it would lose example-2020.yaml" in refused
    assert "give --replace" in refused
    assert (root / "mabgraph-dataset" / "current").readlink() == before
    run("build", "--replace", "--dataset", root / "mabgraph-dataset")
    assert "example-2020" not in documents_of(root / "mabgraph-dataset")


@pytest.mark.slow
def test_what_is_edited_added_or_removed_in_its_own_sources_is_built(root: Path) -> None:
    (root / workspace.FILE).write_text("shipped = false\n", "utf-8")
    run("build")
    shutil.copy(vocabulary.RECORDS / "kantarjian-2017.yaml", root / "records")
    run("build")
    (root / "records" / RECORD.name).unlink()
    run("build")
    assert documents_of(root / "mabgraph-dataset") == ["kantarjian-2017"]


@pytest.mark.slow
def test_a_workspace_that_was_moved_is_built_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("build")
    moved = root.rename(root.parent / "moved")
    monkeypatch.chdir(moved)
    (moved / "records" / RECORD.name).unlink()
    run("build")
    assert "example-2020" not in documents_of(moved / "mabgraph-dataset")


def test_environment_overrides_the_workspace_and_options_override_both(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    assert Settings().records == (root / "records",)
    assert Settings().dataset == root / "mabgraph-dataset"
    monkeypatch.setenv("MABGRAPH_RECORDS", f"{first}:{second}")
    monkeypatch.setenv("MABGRAPH_SHIPPED", "0")
    assert (Settings().records, Settings().shipped) == ((first, second), False)
    assert Settings(records=[second]).records == (second,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("record = 'records'\n", "record: is not a key: the nearest is records"),
        ("port = 8000\n", "port: is not a key"),
        ("shipped = 'yes'\n", "shipped: 'yes' cannot be used: give true or false"),
        ("records = 3\n", "records: 3 cannot be used: give a folder in quotation marks"),
        ("records = []\n", "records: [] cannot be used"),
        ("dataset = ['a']\n", "dataset: ['a'] cannot be used: give a path in quotation marks"),
        ("documents = ['documents', 'absent']\n", "absent is not a folder: make it, or name another"),
        ("records = \n", "is not TOML"),
        ("[" * 100_000, "is not TOML"),
        ("\x00", "is not TOML"),
        ("#" * 2_000_000, "is longer than"),
    ],
    ids=lambda value: value[:12],
)
def test_a_workspace_file_that_cannot_be_used_is_refused_by_place_and_remedy(root: Path, text: str, words: str) -> None:
    (root / workspace.FILE).write_text(text, "utf-8")
    with pytest.raises(MabgraphError) as refused:
        Settings()
    assert str(root / workspace.FILE) in str(refused.value)
    assert words in str(refused.value)
    assert words in run("build", code=1).stderr


def test_without_a_workspace_nothing_is_read_from_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert workspace.find_workspace(tmp_path) is None
    assert Settings().dataset == Path("mabgraph-dataset")
    assert Settings().records == ()
