"""A build that is killed at any moment leaves the last good dataset, and nothing that the next build does not clear away.

This file is also a program: it waits for lines ``number<TAB>directory<TAB>ontology<TAB>records<TAB>limit``, forks a build for each that is
killed (kill -9) before its ``number``-th change of the directory, and answers ``killed`` or ``finished``; datasets of more quads than the
limit have a store on disk. A process of its own has no threads, so it can be forked, and everything is imported once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from mabgraph.graph.building import build
from mabgraph.graph.building.build import Inputs
from mabgraph.graph.questions import indexing
from mabgraph.graph.shacl.shapes import Shapes
from mabgraph.graph.store import dataset, vocabulary
from mabgraph.graph.store.dataset import Manifest

from .extent import number_of
from .quick import unvalidated

pytestmark = [pytest.mark.sampled, pytest.mark.slow]
ROOT = Path(__file__).parents[1]
RECORD = Path(__file__).parent / "data" / "records" / "example-2020.yaml"
#: What the interpreter announces before it changes a folder.
CHANGES = {"open", "os.chmod", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate", "shutil.rmtree"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

Killer = Callable[..., str]


def changes(event: str, arguments: tuple[Any, ...], directory: str) -> bool:
    """Whether one of :data:`CHANGES` is one below ``directory``."""
    below = any(isinstance(argument, str | Path) and str(argument).startswith(directory) for argument in arguments)
    if event == "open":
        return below and bool(arguments[2] & WRITING)
    return below or (event in {"os.remove", "os.rmdir"} and arguments[1] >= 0)  # relative to a folder that is being removed


def build_until(number: int, directory: Path, inputs: Inputs) -> None:
    """Build, and be killed before the ``number``-th change."""
    seen = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event in CHANGES and changes(event, arguments, str(directory)):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    build.build(inputs, directory)


def forked(number: int, directory: Path, ontology: Path, records: Path, limit: int) -> str:
    """Return how a build in a forked process ended."""
    child = os.fork()
    if not child:
        try:
            with mock.patch.object(dataset, "MEMORY_LIMIT", limit):
                build_until(number, directory, Inputs(build.records_of(records), ontology))
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {0: "finished", -signal.SIGKILL: "killed"}.get(status, f"ended with {status}")


def main() -> None:
    """Answer requests until the input ends."""
    with unvalidated():
        for line in sys.stdin:
            number, directory, ontology, records, limit = line.rstrip("\n").split("\t")
            print(forked(int(number), Path(directory), Path(ontology), Path(records), int(limit)), flush=True)


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    """Return what builds in a process that is killed before its n-th change of a directory."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.test_kill"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, answered = process.stdin, process.stdout

        def kill(number: int, directory: Path, ontology: Path, records: Path = RECORD.parent, limit: int = dataset.MEMORY_LIMIT) -> str:
            asked.write(f"{number}\t{directory}\t{ontology}\t{records}\t{limit}\n")
            asked.flush()
            return answered.readline().rstrip()

        yield kill


def ontology(folder: Path, number: int) -> Path:
    """Return an ontology that makes another dataset for each ``number``."""
    shutil.copytree(vocabulary.ONTOLOGY, folder)
    with (folder / "drugs.ttl").open("a", encoding="utf-8") as file:
        file.write(f'\n<id/drug/blinatumomab> <http://www.w3.org/2004/02/skos/core#altLabel> "name {number}"@en .\n')
    return folder


def whole(directory: Path) -> Manifest:
    """Return the manifest of the current dataset of ``directory``, which is what its manifest says to the byte."""
    current = dataset.open_current(directory)
    assert dataset.manifest(directory) == current.manifest
    assert hashlib.sha256((current.folder / dataset.DUMP).read_bytes()).hexdigest() == current.manifest.dump
    assert {path.name for path in current.folder.iterdir()} == {
        dataset.DUMP, dataset.GZIP, dataset.TRIG, dataset.REPORT, dataset.MANIFEST, indexing.NAMES,
    }  # fmt: skip
    return current.manifest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
def test_a_build_killed_at_any_moment_leaves_a_whole_dataset(tmp_path: Path, killer: Killer) -> None:
    with unvalidated():
        inputs = [Inputs((RECORD,), ontology(tmp_path / f"ontology{number}", number)) for number in range(3)]
        _, old = (build.build(each, tmp_path / "good")[0] for each in inputs[:2])
        new, _ = build.build(inputs[2], tmp_path / "other")
        seen: list[Manifest] = []
        for number in count(1, number_of(1, 4)):
            directory = tmp_path / f"killed{number}"
            shutil.copytree(tmp_path / "good", directory, symlinks=True)
            ended = killer(number, directory, inputs[2].ontology)
            assert ended in {"killed", "finished"}
            seen.append(whole(directory))
            assert seen[-1] in (old, new)
            assert build.build(inputs[2], directory)[0] == new == whole(directory)
            assert dataset.leftovers(directory) == []
            if len(list((directory / dataset.VERSIONS).iterdir())) > 2:
                assert seen[-1] == new, "it was killed while it removed old versions, and there was nothing to build"
                build.build(inputs[0], directory)
            assert len(list((directory / dataset.VERSIONS).iterdir())) == 2
            shutil.rmtree(directory)
            if ended == "finished":
                break
    assert len(seen) > number_of(15, 3)
    assert seen[0] == old
    assert seen[-1] == new
    assert seen == sorted(seen, key=[old, new].index), "once the new dataset is there it stays"


def files(directory: Path) -> dict[str, bytes]:
    """Return what the current dataset of ``directory`` hands out, and its dump."""
    return {name: (directory / dataset.CURRENT / name).read_bytes() for name in (dataset.DUMP, dataset.GZIP, dataset.TRIG, dataset.REPORT)}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
@pytest.mark.parametrize(
    "limit", [pytest.param(dataset.MEMORY_LIMIT, id="in memory"), pytest.param(10, id="on disk", marks=pytest.mark.whole)]
)
def test_a_build_from_kept_parts_killed_at_any_moment_leaves_a_whole_dataset(
    tmp_path: Path, killer: Killer, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    from benchmarks.build import copies  # not where this file is the program

    monkeypatch.setattr(dataset, "MEMORY_LIMIT", limit)
    monkeypatch.setattr(Shapes, "violations", lambda *_: [])
    records = tmp_path / "records"
    records.mkdir()
    _, two = copies(RECORD, records, 2)

    def edit(text: str) -> Inputs:
        two.write_text(two.read_text("utf-8") + text, "utf-8")
        return Inputs(build.records_of(records))

    _, old = (build.build(edit(f"# {number}\n"), tmp_path / "good")[0] for number in range(2))
    inputs = edit("# edited\n")
    new, _ = build.build(inputs, tmp_path / "other")
    expected, kept = files(tmp_path / "other"), {path.name for path in (tmp_path / "other" / dataset.KEPT).iterdir()}
    seen: list[Manifest] = []
    for number in count(1, number_of(1, 6) * (1 if limit > 10 else 4)):
        directory = tmp_path / "killed"
        shutil.copytree(tmp_path / "good", directory, symlinks=True)
        ended = killer(number, directory, inputs.ontology, records, limit)
        assert ended in {"killed", "finished"}
        left = dataset.verify_current(directory)
        assert dataset.open_current(directory).manifest == left
        assert left in (old, new)
        seen.append(left)
        assert build.build(inputs, directory)[0] == new == dataset.verify_current(directory)
        assert files(directory) == expected
        assert dataset.leftovers(directory) == []
        assert kept <= {path.name for path in (directory / dataset.KEPT).iterdir()}
        shutil.rmtree(directory)
        if ended == "finished":
            break
    assert len(seen) > number_of(20, 4) // (1 if limit > 10 else 2)
    assert (seen[0], seen[-1]) == (old, new)
    assert seen == sorted(seen, key=[old, new].index), "once the new dataset is there it stays"


if __name__ == "__main__":
    main()
