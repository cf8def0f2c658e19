"""The wheel: built from a clean copy it holds exactly the rooms, and serves from an empty environment."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
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
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "-w", str(built), str(source)]
    subprocess.run(command, check=True, timeout=300)
    return next(built.glob("*.whl"))


def test_the_wheel_holds_exactly_the_rooms(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == {f"mabgraph/{name}" for name in tracked()}


def test_the_wheel_serves_from_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel], check=True, timeout=600)
    program = """
import pathlib
from fastapi import FastAPI
from mabgraph.api.app import create_app
from mabgraph.api.settings import Settings
from mabgraph.graph import build, vocabulary
made, built = build.build(build.Inputs(build.records_of(vocabulary.RECORDS)), pathlib.Path("dataset"))
assert built and made.figures > 0
assert isinstance(create_app(Settings(dataset=pathlib.Path("dataset"))), FastAPI)
print("serves", made.figures)
"""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([python, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=300, env=environment, check=False)
    assert done.stdout.startswith("serves"), done.stderr
