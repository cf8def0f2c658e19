"""Refusals that no other test runs: each names the thing and its place, and what to do."""

from __future__ import annotations

from pathlib import Path

import filelock
import numpy as np
import pytest
from fastapi.testclient import TestClient

from mabgraph.graph.building import build, quads, terms
from mabgraph.graph.building.knownterms import Known
from mabgraph.graph.store import vocabulary
from mabgraph.graph.syntax import guard
from mabgraph.graph.synthesis import matrices, studies
from mabgraph.ingest import locks, workspace
from mabgraph.ingest.errors import AnchorError, BuildError, MabgraphError
from mabgraph.ingest.texts import adding, plain

from .commandline import run
from .conftest import DATA

#: Data rows as RevMan exports them.
ROWS = """Analysis name,Study,GIV Mean,GIV SE
{first},A,-0.35,0.13
{second},B,-0.20,0.10
"""
ONE = "overall survival: ln HR of blinatumomab versus chemotherapy"


def test_a_folder_that_another_command_holds_is_waited_for_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0)
    with (
        filelock.FileLock(tmp_path / locks.FILE),
        pytest.raises(MabgraphError, match="another command has written there") as refused,
        locks.lock_folder(tmp_path),
    ):
        pass
    assert str(refused.value).startswith(str(tmp_path))
    with locks.lock_folder(tmp_path):
        pass


def test_a_folder_that_is_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MabgraphError, match="cannot be written"), locks.lock_folder(tmp_path / "file"):
        pass


def test_what_is_no_file_or_not_there_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(AnchorError, match=f"{tmp_path}: is not a file"):
        adding.read_file(tmp_path)
    for read in (adding.read_file, plain.read_plain):
        with pytest.raises(AnchorError, match=r"absent\.txt: cannot be read"):
            read(tmp_path / "absent.txt")


def test_a_text_that_is_too_long_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "LONGEST", 5)
    (tmp_path / "a.txt").write_text("12345", "utf-8")
    (tmp_path / "b.txt").write_text("123456", "utf-8")
    assert plain.read_plain(tmp_path / "a.txt").text == "12345"
    with pytest.raises(AnchorError, match=r"b\.txt: has more than 5 characters of text: add its parts one by one"):
        plain.read_plain(tmp_path / "b.txt")


def test_a_workspace_file_that_is_a_folder_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / workspace.FILE).mkdir()
    with pytest.raises(MabgraphError, match=f"{workspace.FILE}: cannot be read"):
        workspace.open_workspace(tmp_path)


def test_folders_without_records_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="absent: is not a folder of records"):
        build.records_of(tmp_path / "absent")
    with pytest.raises(BuildError, match=f"{tmp_path}: holds no record"):
        build.records_of(tmp_path)


def test_a_name_of_several_terms_is_refused_with_all_of_them() -> None:
    known = Known(
        [
            *quads.of_ontology(vocabulary.ONTOLOGY),
            *quads.of_turtle(
                b'@prefix s: <http://www.w3.org/2004/02/skos/core#> . <id/drug/other> a <ontology/Drug> ; s:altLabel "Blincyto" .',
                Path("a.ttl"),
            ),
        ]
    )
    with pytest.raises(BuildError, match="'Blincyto' is the name of several drug: blinatumomab, other: name one"):
        known.find("drug", "Blincyto")
    assert known.find("drug", "AMG 103") == vocabulary.resource("drug/blinatumomab")


def test_a_file_of_terms_that_is_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "drugs.ttl").mkdir()
    with pytest.raises(BuildError, match=r"drugs\.ttl: cannot be read"):
        quads.of_ontology(tmp_path)


def test_a_term_that_cannot_be_written_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "FILE", "absent/terms.ttl")
    with pytest.raises(BuildError, match=r"terms\.ttl: cannot be written"):
        terms.write_term(terms.Term("endpoint", "time to b", "One."), tmp_path)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("overall survival", "RevMan's rows name no treatments"),
        ("overall survival: ln MD of A versus B", "RevMan's rows name no treatments"),
        ("overall survival: HR of A versus B", "RevMan's rows name no treatments"),
        ("overall survival: ln HR of A versus B versus C", "RevMan's rows name no treatments"),
        ("overall survival: ln OR of A versus B", "HR is asked for, and one measure is never made into another"),
        ("event-free survival: ln HR of A versus B", "another end point than 'overall survival'"),
    ],
)
def test_rows_of_revman_that_are_not_of_one_question_are_refused_by_line(tmp_path: Path, second: str, message: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS.format(first=ONE, second=ONE), "utf-8")
    assert [row.treatment for row in studies.read(path, "HR").contrasts] == ["blinatumomab"] * 2
    path.write_text(ROWS.format(first=ONE, second=second), "utf-8")
    with pytest.raises(MabgraphError, match=message) as refused:
        studies.read(path, "HR")
    assert "line 3" in str(refused.value)


def test_equations_without_a_solution_are_refused() -> None:
    assert matrices.solve(np.linalg.solve, np.eye(2), np.ones(2)).tolist() == [1, 1]
    for system in (np.zeros((2, 2)), np.full((2, 2), np.nan)):
        with pytest.raises(MabgraphError, match="cannot be pooled"):
            matrices.solve(np.linalg.solve, system, np.ones(2))


@pytest.mark.parametrize("escape", ["0022", "000A", "005C"])
def test_a_query_that_its_escapes_make_another_is_not_sent_to_another_engine(escape: str) -> None:
    query = 'ASK {{ <a:b> <a:c> "\\u{}" }}'
    assert guard.extension_fault(query.format("0041")) is None
    assert "write no escapes" in str(guard.extension_fault(query.format(escape)))


def test_a_query_longer_than_the_service_reads_is_refused(client: TestClient) -> None:
    short, long = ({"query": f"ASK {{ ?s ?p {'1' * length} }}"} for length in (5, 21_000))
    assert client.post("/sparql", data=short).status_code == 200
    answer = client.post("/sparql", data=long)
    assert (answer.status_code, answer.json()["detail"]) == (413, "the text is longer than 20000 bytes: make it shorter")


def test_a_ledger_needs_the_text_and_lists_every_numeral(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[]", "utf-8")
    common = ("ledger", "example-2020", "--records", DATA / "records", "--documents")
    assert "the text of example-2020 is not in the folders of documents: name the folder" in run(*common, tmp_path, code=1).stderr
    lines = run(*common, DATA / "documents", "--all", code=1).stdout.splitlines()
    assert sum("anchored" in line for line in lines) == 17


def test_a_reload_without_a_service_says_how_to_start_one(example_directory: Path) -> None:
    assert "no service over it is running: start one with mabgraph serve" in run("reload", "--dataset", example_directory, code=1).stderr
