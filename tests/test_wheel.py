"""The wheel: built from a clean copy it holds exactly the rooms, and serves from an environment of what its extra ``serve`` requires and no more."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from . import wheels


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel built from a copy of the tracked files alone."""
    return wheels.build(tmp_path_factory.mktemp("wheel"))


@pytest.mark.slow
def test_the_wheel_holds_exactly_the_rooms(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == {f"mabgraph/{name}" for name in wheels.tracked()}


@pytest.mark.whole
def test_the_wheel_serves_with_what_its_extra_requires_and_no_more(wheel: Path, tmp_path: Path) -> None:
    python = wheels.install(wheel, tmp_path / "venv", ["serve"])
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
