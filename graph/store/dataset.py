"""A dataset: one directory with the dump, the reports and a manifest; a symbolic link says which one is current.

::

    mabgraph-dataset/
      current -> versions/1a2b3c…         replaced in one step
      versions/1a2b3c…/
        dataset.nq                        every quad, graph by graph, sorted; last the graphs that describe the others
        dataset.nq.gz, dataset.trig       the same to hand out
        store/                            the same on disk, above a size
        names.sqlite                      the index of its names (:mod:`..questions.nameindex`)
        texts.sqlite                      that of its texts, beside a store on disk
        report.json                       what was checked
        manifest.json                     SHA-256 of every input and file, sealed; who serves the version holds a lock on it
      kept/                               what unchanged sources became, for the next build (:mod:`..building.kept`)

A version is opened only when every byte of it is what was built (docs/decisions/0021-every-file-by-its-digest.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mabgraph.ingest.errors import BuildError

from . import digests, inventory, store
from .digests import REMEDY, Digest, Progress
from .following import STORE, TABLE
from .inventory import DUMP, GZIP, REPORT, TRIG, Manifest
from .versions import BUILDING, CURRENT, KEPT, MANIFEST, VERSIONS, clean, current_folder, hold, leftovers, publish, set_aside, synchronise

__all__ = [
    "BUILDING", "CURRENT", "DUMP", "GZIP", "KEPT", "MANIFEST", "MEMORY_LIMIT", "REPORT", "STORE", "TRIG", "VERSIONS", "Dataset", "Manifest",
    "clean", "current_folder", "file_of", "finish", "hold", "leftovers", "manifest", "open_current", "open_version",
    "publish", "set_aside", "verify", "verify_current", "verify_version",
]  # fmt: skip

#: At most this many faults of a version are shown at once.
SHOWN: Final = 20
#: Datasets with more quads than this are served from disk.
MEMORY_LIMIT: Final = 5_000_000


@dataclass(frozen=True, slots=True)
class Dataset:
    """An opened dataset: its manifest, a store to ask, and whether every file was held against its digest."""

    folder: Path
    manifest: Manifest
    store: store.Store
    verified: bool = True


def manifest(directory: Path) -> Manifest | None:
    """Return the manifest of the current dataset of ``directory``, or none where there is none every byte of which is what was built."""
    try:
        return verify_current(directory)
    except BuildError:
        return None


def verify_current(directory: Path) -> Manifest:
    """Return the manifest of the current dataset of ``directory`` after every file was held against its digest.

    :raises BuildError: as :func:`current_folder` and :func:`verify_version`.
    """
    return verify_version(current_folder(directory))


def verify_version(folder: Path) -> Manifest:
    """Return the manifest of the version in ``folder`` after every file was held against its digest.

    :raises BuildError: when a file is not what was built: naming it, with the expected and the actual digest.
    """
    with hold(folder):
        known = _manifest(folder)
        _refuse(digests.faults(folder, known.files, {MANIFEST}))
    return known


def open_current(directory: Path, *, unverified: bool = False) -> Dataset:
    """Return the current dataset of ``directory``: in memory, or on disk above five million quads.

    :raises BuildError: as :func:`current_folder` and :func:`open_version`.
    """
    return open_version(current_folder(directory), unverified=unverified)


def open_version(folder: Path, *, unverified: bool = False) -> Dataset:
    """Return the dataset in ``folder``, one version that stays as it is.

    Every file is held against its digest first. With ``unverified`` the large ones of a dataset that is served from disk are not read,
    since that takes long: only their lengths are compared. Whoever asks for it serves with :attr:`Dataset.verified` false, and calls
    :func:`verify` meanwhile. A store on disk is not counted, which takes seconds: a build has done so, and its digests say that it is
    the same.

    :raises BuildError: when it cannot be opened, or a file is not what was built.
    """
    with hold(folder):
        known = _manifest(folder)
        on_disk = any(name.startswith(f"{STORE}/") for name in known.files)
        if on_disk:
            besides = {MANIFEST}
            _refuse(
                digests.apparent_faults(folder, known.files, besides, _is_verified_later)
                if unverified else digests.faults(folder, known.files, besides)
            )  # fmt: skip
            loaded = store.open_on_disk(folder / STORE)
        else:
            loaded = store.from_dump(folder / DUMP, known.files[DUMP])
            handed_out = {name: digest for name, digest in known.files.items() if name != DUMP}
            _refuse(digests.faults(folder, handed_out, {MANIFEST, DUMP}))
            _refuse_other_size(folder, loaded, known.quads)
    return Dataset(folder, known, loaded, verified=not (on_disk and unverified))


def verify(
    folder: Path, progress: Progress = lambda what, done, total: None, stopped: Callable[[], bool] = lambda: False
) -> list[str]:  # fmt: skip
    """Return how the version in ``folder`` differs from what was built, in words; none when every byte of every file is the same.

    It may run in a thread of its own: ``progress`` is called with a file, how many bytes are read, and how many there are (at least
    once for each four megabytes), and ``stopped`` is asked as often whether to end.

    :raises BuildError: when it was stopped before the end.
    """
    try:
        known = _manifest(folder)
    except BuildError as error:
        return [str(error)]
    return digests.faults(folder, known.files, {MANIFEST}, progress, stopped)


def file_of(dataset: Dataset, name: str) -> Path | None:
    """Return the file ``name`` of an opened dataset, to be handed out, or none where the dataset has no such file.

    It is held against its digest when it is asked for first, and again whenever it was touched.

    :raises BuildError: when it is not what was built.
    """
    expected = dataset.manifest.files.get(name)
    if expected is None:
        return None
    _refuse([fault] if (fault := digests.fault(dataset.folder / name, expected)) else [])
    return dataset.folder / name


def is_on_disk(folder: Path) -> bool:
    """Whether the version in ``folder`` is served from a store on disk, not from memory."""
    return (folder / STORE).exists()


def finish(
    folder: Path, begun: Manifest, report: dict[str, object], follow: Callable[[], Mapping[str, Digest] | None] = lambda: None,
    index: Callable[[store.Store], None] = lambda loaded: None,
) -> Manifest:  # fmt: skip
    """Complete the new ``folder``, which holds the dump and its other forms: report, store and manifest, all of it safe on the disk.

    Where the dataset is large, ``follow`` is called, which may write a store on disk, and returns the digests of those of its files that
    it has compared already; where it returns none, the store is loaded from the dump. Then ``index`` may write
    more from the store. The manifest is returned: ``begun`` with all digests.

    :raises BuildError: when the dump is no longer what was written, or an input has a name that no manifest takes.
    """
    followed = follow() if begun.quads > MEMORY_LIMIT else None
    if begun.quads > MEMORY_LIMIT and followed is None:
        _refuse_other_size(folder, store.write_on_disk(folder / DUMP, folder / STORE), begun.quads)
    if begun.quads > MEMORY_LIMIT:
        index(store.open_on_disk(folder / STORE))
    (folder / REPORT).write_text(_json(report), encoding="utf-8")
    whole = replace(begun, files=digests.digest_folder(folder, followed or {}))
    (folder / MANIFEST).write_bytes(inventory.serialise(whole))
    for path in (*folder.rglob("*"), folder):
        synchronise(path)
    return whole


def _manifest(folder: Path) -> Manifest:
    known = inventory.read(folder / MANIFEST)
    if folder.name.partition(".")[0] != known.version:
        raise BuildError(f"{folder}: its manifest is that of version {known.version}: {REMEDY}")
    return known


def _is_verified_later(name: str) -> bool:
    """Whether ``name`` is that of a large file of a version that is served from disk: of those it says which belong to it by small ones."""
    return name.endswith(TABLE) if name.startswith(f"{STORE}/") else name != REPORT


def _refuse_other_size(folder: Path, loaded: store.Store, quads: int) -> None:
    """Refuse a version whose store has another number of quads."""
    if len(loaded) != quads:
        raise BuildError(f"{folder}: holds {len(loaded)} quads, its manifest says {quads}: {REMEDY}")


def _refuse(faults: list[str]) -> None:
    """Refuse a version with ``faults``."""
    if faults:
        raise BuildError(
            "\n".join([*faults[:SHOWN], *([f"… and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else [])]) + f": {REMEDY}"
        )


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
