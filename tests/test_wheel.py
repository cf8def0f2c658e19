"""The wheel: built from a clean copy it holds exactly the rooms, and serves from an environment of what its extra ``serve`` requires and no more."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from .libraries import BASE, ROOT, installed, lines_of

ROOMS = ("ontology", "ingest", "graph", "queries", "api")


def tracked() -> set[str]:
    """Return the files that git tracks in the rooms, or skip where this is no git checkout."""
    listed = subprocess.run(["git", "ls-files", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode or not listed.stdout:
        pytest.skip("not a git checkout: what the rooms hold is not known")
    return set(listed.stdout.splitlines())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel built from a copy of the tracked files alone."""
    source = tmp_path_factory.mktemp("source")
    for name in tracked() | {"pyproject.toml", "README.md", "LICENSE", "LICENSE-DATA"}:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    built = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", str(built), str(source)], check=True, timeout=300)
    return next(built.glob("*.whl"))


def link(library: metadata.Distribution, packages: Path) -> None:
    """Put the files of ``library`` into the folder ``packages`` of another environment, but no commands."""
    for file in library.files or ():
        if ".." not in file.parts:
            (packages / file).parent.mkdir(parents=True, exist_ok=True)
            if not (packages / file).exists():
                (packages / file).symlink_to(Path(str(library.locate_file(file))).resolve())


@pytest.mark.slow
def test_the_wheel_holds_exactly_the_rooms(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == {f"mabgraph/{name}" for name in tracked()}


@pytest.mark.whole
def test_the_wheel_serves_with_what_its_extra_requires_and_no_more(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", *options, wheel], check=True, timeout=300)
    (packages,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    for library in installed([*BASE, *lines_of("serve")]).values():
        link(library, packages)
    program = """
import pathlib
from fastapi import FastAPI
from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.graph.building import build
from mabgraph.graph.store import vocabulary
made, built = build.build(build.Inputs(build.records_of(vocabulary.RECORDS)), pathlib.Path("dataset"))
assert built and made.figures > 0
assert isinstance(create_app(Settings(dataset=pathlib.Path("dataset"))), FastAPI)
print("serves", made.figures)
"""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([python, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=300, env=environment, check=False)
    assert done.stdout.startswith("serves"), done.stderr
