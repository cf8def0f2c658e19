"""Datasets that many tests ask: each built once for all workers and all runs, and kept by the digest of everything it is built from.

What is kept lies in a folder for each digest, under a lock while it is built or copied; a test session works with copies. A build puts a
version in place in one step, so that one that is killed leaves nothing that would be taken for a dataset; and before each use every byte
is held against its digest, so that what is damaged is built again. Of the digests that are no longer used the oldest are removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Final

import filelock

from mabgraph.graph.building import build, sources
from mabgraph.graph.building.build import Inputs
from mabgraph.graph.store import dataset

#: Where datasets are kept; beside what pytest keeps.
FOLDER: Final = Path(__file__).parents[1] / ".pytest_cache" / "datasets"
#: So many digests are kept, those that were used last.
MOST: Final = 24


def copy_of(inputs: Inputs, directory: Path, kept: Path = FOLDER) -> Path:
    """Put a copy of the dataset of ``inputs`` into ``directory``, built where ``kept`` has none, and return ``directory``.

    Files are hard links where that can be, for no dataset is written to in place; where nothing can be kept, it is built in ``directory``.
    """
    digest = digest_of(inputs)
    try:
        kept.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(_lock_of(kept, digest)).acquire()
    except OSError:
        build.build(inputs, directory)
        return directory
    with lock:
        if dataset.manifest(kept / digest) is None:
            build.build(inputs, kept / digest)
        os.utime(kept / digest)
        shutil.copytree(kept / digest, directory, symlinks=True, copy_function=_link, ignore=shutil.ignore_patterns(".lock"))
    remove_old(kept)
    return directory


def digest_of(inputs: Inputs) -> str:
    """Return the digest of all that decides what is built: records, ontology, software, Python and libraries, and which texts are read."""
    texts = {} if inputs.library is None else {path.stem: inputs.library.holds(path.stem) for path in inputs.records}
    versions = {name: metadata.version(name) for name in sources.LIBRARIES} | {"python": sys.version}
    text = json.dumps([inputs.digests(), versions, texts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def remove_old(kept: Path, most: int = MOST) -> None:
    """Remove all but the ``most`` datasets that were used last; one that is being built or copied stays."""
    folders = [path for path in kept.iterdir() if path.is_dir()]
    for folder in sorted(folders, key=_last_used, reverse=True)[most:]:
        with suppress(filelock.Timeout), filelock.FileLock(_lock_of(kept, folder.name), timeout=0):
            shutil.rmtree(folder, ignore_errors=True)


def _last_used(folder: Path) -> float:
    """Return when ``folder`` was used last; of one that another process removes meanwhile, long ago."""
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _lock_of(kept: Path, digest: str) -> Path:
    """Return the lock of a digest: one of 256, which are never removed."""
    return kept / f"{digest[:2]}.lock"


def _link(source: str, target: str) -> None:
    """Link a file, but the manifest, which is locked while a version is used: each copy has its own."""
    if Path(source).name != dataset.MANIFEST:
        with suppress(OSError):
            os.link(source, target)
            return
    shutil.copy2(source, target)
