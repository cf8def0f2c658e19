"""Graphs of updates: never mixed with what a dataset publishes later, never lost, never a changed number served."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.graph.sparql import updates
from mabgraph.graph.sparql.evaluation import QueryOutcome
from mabgraph.graph.sparql.updates import Scratch
from mabgraph.graph.store import sealed, store, vocabulary
from mabgraph.graph.store.store import EngineStore
from mabgraph.ingest.errors import BuildError

LATER, OTHER = "urn:graph:later", "urn:graph:other"
INSERT = "INSERT DATA { GRAPH <%s> { <urn:a> <urn:value> %s } }"


def published(*graphs: str) -> EngineStore:
    """Return a published dataset with these graphs, one statement in each."""
    return store.from_quads(
        ox.Quad(ox.NamedNode("urn:published"), ox.NamedNode("urn:value"), ox.Literal("0.71"), ox.NamedNode(graph)) for graph in graphs
    )


def update(scratch: Scratch, text: str, graphs: frozenset[str] = frozenset()) -> QueryOutcome:
    outcome = scratch.apply(text, graphs, None, None)
    return outcome if outcome.error else scratch.keep(outcome.body, outcome.detail)


def lines(whole: EngineStore) -> set[str]:
    return {str(quad) for quad in whole.engine}


def aside(directory: Path) -> list[Path]:
    return sorted(directory.glob(f"{updates.ASIDE}*"))


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """Return graphs of updates: one that will be published, one that will not, and some statements in no graph."""
    scratch = Scratch(tmp_path)
    for text in (INSERT % (LATER, "1"), INSERT % (OTHER, "2"), "INSERT DATA { <urn:a> <urn:value> 3 }"):
        assert not update(scratch, text).error
    return scratch


def restarted(scratch: Scratch, directory: Path) -> Scratch:
    """Return the graphs of updates as a service that starts later reads them."""
    return Scratch(directory)


def going_on(scratch: Scratch, directory: Path) -> Scratch:
    """Return the graphs of updates as a service that swaps in a dataset has them."""
    scratch.combine_with(published())
    return scratch


@pytest.mark.parametrize("way", [restarted, going_on])
def test_a_graph_that_is_published_later_is_set_aside(
    scratch: Scratch, tmp_path: Path, way: Callable[[Scratch, Path], Scratch], caplog: pytest.LogCaptureFixture
) -> None:
    scratch = way(scratch, tmp_path)
    caplog.set_level(logging.WARNING)
    whole = scratch.combine_with(published(LATER))
    assert [str(quad) for quad in whole.engine.quads_for_pattern(None, None, None, ox.NamedNode(LATER))] == [
        f'<urn:published> <urn:value> "0.71" <{LATER}>'
    ]
    assert len(whole) == 3
    (path,) = aside(tmp_path)
    kept, _ = sealed.read(path)
    assert [str(quad.subject) for quad in kept] == ["<urn:a>"]
    assert LATER in caplog.text
    assert path.name in caplog.text
    assert "another name" in caplog.text
    for again in (scratch, Scratch(tmp_path)):
        assert lines(again.combine_with(published(LATER))) == lines(whole)
    assert aside(tmp_path) == [path]
    assert len(Scratch(tmp_path).combine_with(published())) == 2, "the dataset of before has no such graph, and it stays aside"


def test_what_was_set_aside_can_be_had_back_under_another_name(scratch: Scratch, tmp_path: Path) -> None:
    scratch.combine_with(published(LATER))
    (path,) = aside(tmp_path)
    quad = sealed.read(path)[0][0]
    assert not update(scratch, f"INSERT DATA {{ GRAPH <urn:mine> {{ {quad.triple} }} }}").error
    assert any("urn:mine" in line for line in lines(scratch.combine_with(published(LATER))))


def test_several_graphs_are_set_aside_together_and_later_ones_beside_them(scratch: Scratch, tmp_path: Path) -> None:
    scratch.combine_with(published(LATER, OTHER))
    assert len(aside(tmp_path)) == 1
    assert len(sealed.read(aside(tmp_path)[0])[0]) == 2
    assert not update(scratch, INSERT % ("urn:third", "4")).error
    scratch.combine_with(published(LATER, OTHER, "urn:third"))
    assert len(aside(tmp_path)) == 2
    assert len(scratch.combine_with(published())) == 1


def test_a_published_graph_without_statements_is_published_too(scratch: Scratch, tmp_path: Path) -> None:
    assert len(scratch.combine_with(published(), [LATER])) == 2
    assert len(aside(tmp_path)) == 1


def test_blank_nodes_keep_their_names_in_both_files(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    text = f"INSERT DATA {{ GRAPH <{LATER}> {{ _:b <urn:value> 1 }} GRAPH <{OTHER}> {{ _:b <urn:value> 2 }} }}"
    assert not update(scratch, text).error
    whole = Scratch(tmp_path).combine_with(published(LATER))
    (moved,) = sealed.read(aside(tmp_path)[0])[0]
    (left,) = whole.engine.quads_for_pattern(None, None, None, ox.NamedNode(OTHER))
    assert isinstance(left.subject, ox.BlankNode)
    assert moved.subject == left.subject


def test_graphs_named_by_blank_nodes_and_the_default_graph_are_of_no_dataset(tmp_path: Path) -> None:
    (tmp_path / updates.FILE).write_text("_:a <urn:value> _:b _:g .\n<urn:a> <urn:value> <urn:b> .\n")
    assert len(Scratch(tmp_path).combine_with(published(LATER))) == 3
    assert aside(tmp_path) == []


def test_a_graph_that_cannot_be_set_aside_is_not_served(scratch: Scratch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = (tmp_path / updates.FILE).read_bytes()

    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(BuildError, match=rf"<{LATER}>.*No space left"):
        scratch.combine_with(published(LATER))
    monkeypatch.undo()
    assert (tmp_path / updates.FILE).read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {updates.FILE}
    assert len(scratch.combine_with(published(LATER))) == 3


def test_an_end_between_setting_aside_and_taking_away_loses_and_mixes_nothing(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scratch, "_keep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        scratch.combine_with(published(LATER))
    monkeypatch.undo()
    assert len(aside(tmp_path)) == 1
    assert len(Scratch(tmp_path).combine_with(published(LATER))) == 3
    assert len(aside(tmp_path)) == 1


def test_an_update_under_way_while_a_dataset_is_swapped_in_does_not_touch_it(scratch: Scratch, tmp_path: Path) -> None:
    """The update was let in when its graph was not published yet: the graphs that it was told of are those of before."""
    scratch.combine_with(published(LATER))
    refused = update(scratch, INSERT % (LATER, "9"))
    assert refused.error == "refused"
    assert LATER in refused.detail


def test_an_update_of_graphs_that_another_service_changed_is_asked_again(scratch: Scratch, tmp_path: Path) -> None:
    other = Scratch(tmp_path)
    assert not update(other, INSERT % ("urn:theirs", "5")).error
    first = update(scratch, INSERT % ("urn:ours", "6"))
    assert first.error == "conflict"
    assert not update(scratch, INSERT % ("urn:ours", "6")).error
    assert {name.value for name in Scratch(tmp_path).combine_with(published()).engine.named_graphs()} >= {"urn:theirs", "urn:ours"}


def test_an_update_that_cannot_be_kept_says_so_and_leaves_nothing(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lines(scratch.combine_with(published()))

    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refused)
    answered = update(scratch, INSERT % (OTHER, "9"))
    assert (answered.error, "No space left" in answered.detail) == ("failed", True)
    assert lines(scratch.combine_with(published())) == before
    assert {path.name for path in tmp_path.iterdir()} == {updates.FILE}


# --- the file


def alter(path: Path) -> None:
    path.write_text(path.read_text().replace('"2"', '"7"'))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def truncate_within_the_seal(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def make_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to("other")


DAMAGES = (alter, truncate, truncate_within_the_seal, empty, make_directory, link, *(() if sys.platform == "win32" else (make_fifo,)))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_by_name(scratch: Scratch, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    path = tmp_path / updates.FILE
    damage(path)
    with pytest.raises(BuildError, match=r"updates\.nq: .*remove|updates\.nq: .*take out its first line"):
        Scratch(tmp_path)


def test_a_file_changed_on_purpose_is_taken_without_its_first_line(scratch: Scratch, tmp_path: Path) -> None:
    path = tmp_path / updates.FILE
    alter(path)
    path.write_text(path.read_text().partition("\n")[2])
    assert any('"7"' in line for line in lines(Scratch(tmp_path).combine_with(published())))


def test_a_file_written_by_hand_that_is_no_n_quads_is_refused(tmp_path: Path) -> None:
    (tmp_path / updates.FILE).write_text("<a> nothing\n")
    with pytest.raises(BuildError, match=r"updates\.nq: cannot be read"):
        Scratch(tmp_path)


@pytest.mark.slow
def test_a_service_over_a_dataset_that_publishes_the_graph_of_an_update(example_directory: Path, tmp_path: Path) -> None:
    """From the outside: the answer is that of the published graph alone."""
    directory = tmp_path / "dataset"
    shutil.copytree(example_directory, directory, symlinks=True)
    graph = "id/graph/example-2020"
    (directory / updates.FILE).write_text(f"<urn:a> <urn:b> <urn:c> <{vocabulary.base()}{graph}> .\n")
    query = {"query": f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"}
    with TestClient(create_app(Settings(dataset=directory))) as plain:
        expected = plain.get("/sparql.csv", params=query).text
    with TestClient(create_app(Settings(dataset=directory, update_token=SecretStr("a" * 32)))) as service:
        assert service.get("/sparql.csv", params=query).text == expected
    assert len(aside(directory)) == 1
