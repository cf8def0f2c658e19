"""A dataset: one directory with the dump, the reports and a manifest; a symbolic link says which one is current.

::

    mabgraph-dataset/
      current -> versions/1a2b3c…         replaced in one step
      versions/1a2b3c…/
        dataset.nq                        every quad, graph by graph, sorted; last the graphs that describe the others
        dataset.nq.gz, dataset.trig       the same to hand out
        store/                            the same on disk, above a size
        report.json                       what was checked
        manifest.json                     SHA-256 of every input and of the dump; who serves the version holds a lock on it
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final

import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from . import dump, store

CURRENT: Final = "current"
VERSIONS: Final = "versions"
#: What the folder of a version begins with while it is built.
BUILDING: Final = ".building-"
DUMP: Final = "dataset.nq"
GZIP: Final = "dataset.nq.gz"
TRIG: Final = "dataset.trig"
MANIFEST: Final = "manifest.json"
REPORT: Final = "report.json"
STORE: Final = "store"
#: Datasets with more quads than this are served from disk.
MEMORY_LIMIT: Final = 5_000_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a dataset is made of: its version, its inputs by SHA-256, and its size.

    ``version`` is the SHA-256 of the data: of all lines of the dump before the graphs ``examples`` and ``description``, which
    name the version. ``dump`` is the SHA-256 of the whole dump, ``bytes`` its length, ``graphs`` the number of quads of each
    named graph.
    """

    version: str
    software: str
    inputs: dict[str, str]
    bytes: int
    quads: int
    figures: int
    graphs: dict[str, int]
    dump: str = ""


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


def hold(folder: Path) -> BinaryIO:
    """Return an open file: until it is closed, :func:`publish` does not remove the version in ``folder``.

    Take hold of a version before opening it. Where the system has no such locks (Windows), nothing is held.

    :raises BuildError: when the version is not there (any more).
    """
    try:
        file = (folder / MANIFEST).open("rb")
    except OSError as error:
        raise BuildError(f"{folder}: is no version of a dataset: {error}") from None
    try:
        _lock(file, shared=True)
        (folder / MANIFEST).stat()
    except OSError as error:
        file.close()
        raise BuildError(f"{folder}: this version is being removed: {error}: take the current one") from None
    return file


def unfinished(folder: Path, quads: int) -> store.Store:
    """Return a store of the ``quads`` that the dump in the new ``folder`` holds so far.

    It is in memory, or, where they are many, the store on disk that the finished version will have.
    """
    if quads <= MEMORY_LIMIT:
        return store.from_dump(folder / DUMP)
    store.write_on_disk(folder / DUMP, folder / STORE)
    return store.on_disk(folder / STORE)


def extend(folder: Path, quads: Iterable[ox.Quad]) -> None:
    """Add what was added to the dump in the new ``folder`` to the store on disk, where there is one; nobody may have it open."""
    if (folder / STORE).exists():
        engine = ox.Store(str(folder / STORE))
        engine.bulk_extend(quads)
        engine.flush()


def finish(folder: Path, made: Manifest, report: dict[str, object]) -> None:
    """Complete the new ``folder``, which holds the dump: its other forms, report and manifest, all of it safe on the disk.

    A store on disk is written where the dataset is large and has none yet.
    """
    if made.quads > MEMORY_LIMIT and not (folder / STORE).exists():
        store.write_on_disk(folder / DUMP, folder / STORE)
    dump.compress(folder / DUMP, folder / GZIP)
    dump.write_trig(folder / DUMP, folder / TRIG)
    (folder / REPORT).write_text(_json(report), encoding="utf-8")
    (folder / MANIFEST).write_text(_json(asdict(made)), encoding="utf-8")
    for path in (*folder.rglob("*"), folder):
        _synchronise(path)


def publish(directory: Path, folder: Path, version: str) -> None:
    """Make the finished ``folder`` the current dataset of ``directory``, in one step.

    The version before it is kept, and those that somebody holds; others are removed.

    :raises OSError: when the directory cannot be written; the dataset before stays current.
    """
    versions = directory / VERSIONS
    before = (directory / CURRENT).resolve().name
    home = next(path for path in _homes(versions, version) if not path.exists())
    os.replace(folder, home)
    _synchronise(versions)
    link = directory / f".{CURRENT}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(VERSIONS) / home.name)
    os.replace(link, directory / CURRENT)
    _synchronise(directory)
    for old in versions.iterdir():
        if old.name not in {home.name, before}:
            _remove(old)


def leftovers(directory: Path) -> list[Path]:
    """Return what builds have in ``directory`` that are not finished: while none runs, those that were killed left it."""
    return [*directory.glob(f".{CURRENT}-*"), *(directory / VERSIONS).glob(f"{BUILDING}*")]


def clean(directory: Path) -> None:
    """Remove what builds left in ``directory`` that were killed; no build may run there."""
    for path in leftovers(directory):
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path, ignore_errors=True)


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


def _remove(folder: Path) -> None:
    """Remove the version in ``folder`` unless somebody holds it; what cannot be removed now is left for the next time."""
    try:
        with (folder / MANIFEST).open("r+b") as file:
            _lock(file, shared=False)
            shutil.rmtree(folder, ignore_errors=True)
    except FileNotFoundError:
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return


if sys.platform == "win32":

    def _lock(file: BinaryIO, *, shared: bool) -> None:
        """There are no such locks."""

    def _synchronise(path: Path) -> None:
        """Folders cannot be opened."""

else:
    import fcntl

    def _lock(file: BinaryIO, *, shared: bool) -> None:
        """Lock ``file`` for readers (``shared``) or alone, until it is closed.

        :raises OSError: when somebody else has a lock that stands against it.
        """
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)

    def _synchronise(path: Path) -> None:
        """Wait until the file or folder at ``path`` is on the disk, as it is now."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
