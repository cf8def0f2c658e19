"""Versions: the version folders of a dataset's directory; the current one is switched atomically, and versions in use are locked."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final

from mabgraph.ingest.errors import BuildError

from . import digests
from .digests import REMEDY

CURRENT: Final = "current"
VERSIONS: Final = "versions"
#: Prefix of a version's folder while it is built.
BUILDING: Final = ".building-"
#: Prefix of the new name of something that obstructed a build.
ASIDE: Final = "set-aside-"
MANIFEST: Final = "manifest.json"
#: The folder of what is kept of sources.
KEPT: Final = "kept"

_log = logging.getLogger(__name__)


def current_folder(directory: Path) -> Path:
    """Return the folder of the current version of ``directory``.

    :raises BuildError: when there is none, or the link does not lead to a version of this directory.
    """
    link = directory / CURRENT
    if not os.path.lexists(link):
        raise BuildError(f"{directory}: holds no dataset: run mabgraph build")
    folder = Path(os.path.realpath(link))
    if not link.is_symlink() or folder.parent != Path(os.path.realpath(directory / VERSIONS)):
        raise BuildError(f"{link}: is no link to one of the {VERSIONS} of this directory, it leads to {folder}: {REMEDY}")
    return folder


def hold(folder: Path) -> BinaryIO:
    """Return an open file with a shared lock: until it is closed, :func:`publish` does not remove the version in ``folder``.

    Lock a version before opening it. On systems without such locks (Windows), nothing is locked.

    :raises BuildError: when the version does not exist (any more).
    """
    try:
        file = digests.open_regular(folder / MANIFEST)
    except OSError as error:
        raise BuildError(f"{folder / MANIFEST}: this is no version of a dataset: {error.strerror or error}: {REMEDY}") from None
    try:
        _lock(file, shared=True)
        (folder / MANIFEST).stat()
    except OSError as error:
        file.close()
        raise BuildError(f"{folder}: this version is being removed: {error}: take the current one") from None
    return file


def publish(directory: Path, folder: Path, version: str) -> None:
    """Make the finished ``folder`` the current version of ``directory`` atomically.

    The previous version and locked ones are kept; others are removed. Anything else with the name of the link to the current
    version is renamed.

    :raises OSError: when the directory cannot be written; the previous version stays current.
    """
    versions = directory / VERSIONS
    before = Path(os.path.realpath(directory / CURRENT)).name
    home = next(path for path in _homes(versions, version) if not os.path.lexists(path))
    os.replace(folder, home)
    synchronise(versions)
    link = directory / f".{CURRENT}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(VERSIONS) / home.name)
    if not (directory / CURRENT).is_symlink():
        set_aside(directory / CURRENT)
    os.replace(link, directory / CURRENT)
    synchronise(directory)
    for old in versions.iterdir():
        if old.name not in {home.name, before}:
            _remove(old)


def set_aside(path: Path) -> None:
    """Rename what is at ``path``, if anything, and log it: it is in the way, but may be wanted.

    :raises OSError: when it cannot be renamed.
    """
    if os.path.lexists(path):
        names = (path.with_name(f"{ASIDE}{path.name}-{number}") for number in count(1))
        other = next(name for name in names if not os.path.lexists(name))
        os.rename(path, other)
        _log.warning("%s: was not what a dataset has there: it is %s now, and can be removed", path, other.name)


def leftovers(directory: Path) -> list[Path]:
    """Return what builds have in ``directory`` that are not finished: while none runs, those that were killed left it."""
    return [*directory.glob(f".{CURRENT}-*"), *(directory / VERSIONS).glob(f"{BUILDING}*")]


def clean(directory: Path) -> None:
    """Remove the files that killed builds left in ``directory``; no build may run meanwhile."""
    for path in leftovers(directory):
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _homes(versions: Path, version: str) -> Iterator[Path]:
    """Yield candidate folders for a version: its own name, then with a number if that exists already."""
    yield versions / version
    yield from (versions / f"{version}.{number}" for number in count(1))


def _remove(folder: Path) -> None:
    """Remove the version in ``folder`` unless it is locked; what cannot be removed now is left for the next time."""
    if folder.is_symlink() or not folder.is_dir():
        with suppress(OSError):
            folder.unlink()
        return
    try:
        file = digests.open_regular(folder / MANIFEST, os.O_RDWR)
    except PermissionError:
        return
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        return
    with file, suppress(OSError):
        _lock(file, shared=False)
        shutil.rmtree(folder, ignore_errors=True)


if sys.platform == "win32":

    def _lock(file: BinaryIO, *, shared: bool) -> None:
        """Do nothing: there are no such locks."""

    def synchronise(path: Path) -> None:
        """Do nothing: folders cannot be opened."""

else:
    import fcntl

    def _lock(file: BinaryIO, *, shared: bool) -> None:
        """Lock ``file`` shared or exclusively, until it is closed.

        :raises OSError: when a conflicting lock exists.
        """
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)

    def synchronise(path: Path) -> None:
        """Flush the file or folder at ``path`` to disk (fsync)."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
