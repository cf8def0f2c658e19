"""A dataset: one directory with the dump, the reports and a manifest; a symbolic link says which one is current.

::

    mabgraph-dataset/
      current -> versions/1a2b3c…         replaced in one step
      versions/1a2b3c…/
        dataset.nq                        every quad, graph by graph, sorted
        store/                            the same on disk, above a size
        report.json                       what was checked
        manifest.json                     SHA-256 of every input and of the dump
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Final

from mabgraph.ingest.errors import BuildError

from . import store

CURRENT: Final = "current"
VERSIONS: Final = "versions"
DUMP: Final = "dataset.nq"
MANIFEST: Final = "manifest.json"
REPORT: Final = "report.json"
STORE: Final = "store"
#: Datasets with more quads than this are served from disk.
MEMORY_LIMIT: Final = 5_000_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a dataset is made of: its version (SHA-256 of the dump), its inputs by SHA-256, and its size.

    ``bytes`` is the length of the dump, ``graphs`` the number of quads of each named graph.
    """

    version: str
    software: str
    inputs: dict[str, str]
    bytes: int
    quads: int
    figures: int
    graphs: dict[str, int]


@dataclass(frozen=True, slots=True)
class Dataset:
    """An opened dataset: its manifest and a store to ask."""

    folder: Path
    manifest: Manifest
    store: store.Store


def manifest(directory: Path) -> Manifest | None:
    """Return the manifest of the current dataset of ``directory``, or none where there is no whole one."""
    try:
        found = _manifest(directory / CURRENT)
        return found if (directory / CURRENT / DUMP).stat().st_size == found.bytes else None
    except (BuildError, OSError):
        return None


def opened(directory: Path) -> Dataset:
    """Return the current dataset of ``directory``: in memory, or on disk above five million quads.

    :raises BuildError: when there is none, or it cannot be opened.
    """
    if not (directory / CURRENT / MANIFEST).exists():
        raise BuildError(f"{directory}: holds no dataset: run mabgraph build")
    return opened_at((directory / CURRENT).resolve())


def opened_at(folder: Path) -> Dataset:
    """Return the dataset in ``folder``, one version that stays as it is.

    :raises BuildError: when it cannot be opened, or does not hold what its manifest says.
    """
    found = _manifest(folder)
    held = store.on_disk(folder / STORE) if (folder / STORE).exists() else store.from_dump(folder / DUMP)
    if len(held) != found.quads:
        raise BuildError(f"{folder}: holds {len(held)} quads, its manifest says {found.quads}: build the dataset again")
    return Dataset(folder, found, held)


def finish(folder: Path, made: Manifest, report: dict[str, object]) -> None:
    """Complete the new ``folder``, which holds the dump: the store on disk where it is large, report and manifest."""
    if made.quads > MEMORY_LIMIT:
        store.write_on_disk(folder / DUMP, folder / STORE)
    (folder / REPORT).write_text(_json(report), encoding="utf-8")
    (folder / MANIFEST).write_text(_json(asdict(made)), encoding="utf-8")


def publish(directory: Path, folder: Path, version: str) -> None:
    """Make the finished ``folder`` the current dataset of ``directory``, in one step; keep the one before it.

    :raises OSError: when the directory cannot be written; the dataset before stays current.
    """
    versions = directory / VERSIONS
    before = (directory / CURRENT).resolve().name
    home = next(path for path in _homes(versions, version) if not path.exists())
    os.replace(folder, home)
    link = directory / f".{CURRENT}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(VERSIONS) / home.name)
    os.replace(link, directory / CURRENT)
    for old in versions.iterdir():
        if old.name not in {home.name, before}:
            shutil.rmtree(old, ignore_errors=True)


def _homes(versions: Path, version: str) -> Iterator[Path]:
    """Yield the folders that a version can have: its own name, then that with a number, should one of it be there already."""
    yield versions / version
    yield from (versions / f"{version}.{number}" for number in count(1))


def _manifest(folder: Path) -> Manifest:
    try:
        return Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BuildError(f"{folder / MANIFEST}: cannot be read: {error}: build the dataset again") from None


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
