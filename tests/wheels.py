"""The wheel, built from a clean copy of what git tracks, and installed into an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Final

import pytest

from .libraries import BASE, ROOT, installed, lines_of

ROOMS: Final = ("docs", "ontology", "ingest", "graph", "queries", "api")
_PIP: Final = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index")


def tracked() -> set[str]:
    """Return the files that git tracks in the rooms, or skip where this is no git checkout."""
    listed = subprocess.run(["git", "ls-files", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode or not listed.stdout:
        pytest.skip("not a git checkout: what the rooms hold is not known")
    return set(listed.stdout.splitlines())


def build(folder: Path) -> Path:
    """Return a wheel in ``folder``, built from a copy of the tracked files alone."""
    source = folder / "source"
    for name in tracked() | {"pyproject.toml", "README.md", "LICENSE", "LICENSE-DATA"}:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    words = [sys.executable, "-m", "pip", "wheel", *_PIP, "--no-build-isolation", "-w", str(folder), str(source)]
    subprocess.run(words, check=True, timeout=300)
    return next(folder.glob("*.whl"))


def install(wheel: Path, folder: Path, extras: Iterable[str]) -> Path:
    """Install ``wheel`` into a new environment in ``folder``, with what its ``extras`` require and no more; return its Python."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", *_PIP, wheel], check=True, timeout=300)
    for library in installed([*BASE, *(line for extra in extras for line in lines_of(extra))]).values():
        _link(library, packages_of(folder))
    return python


def packages_of(folder: Path) -> Path:
    """Return where the libraries of the environment in ``folder`` are."""
    (packages,) = (folder / "lib").glob("python*/site-packages")
    return packages


def _link(library: metadata.Distribution, packages: Path) -> None:
    """Put the files of ``library`` into the folder ``packages`` of another environment, but no commands."""
    for file in library.files or ():
        if ".." not in file.parts:
            (packages / file).parent.mkdir(parents=True, exist_ok=True)
            if not (packages / file).exists():
                (packages / file).symlink_to(Path(str(library.locate_file(file))).resolve())
