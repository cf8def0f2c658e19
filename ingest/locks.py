"""Locks of folders: commands that read a folder and write into it do so one after another."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from .errors import MabgraphError
from .extras import require

with require("build", __name__):
    import filelock

#: How long a command waits for another that writes into the same folder (seconds).
PATIENCE: Final = 60.0
#: The file that is locked.
FILE: Final = ".lock"


def lock_folder(folder: Path) -> AbstractContextManager[object]:
    """Return a lock on ``folder``, which this process holds until the end of the block.

    :raises MabgraphError: when another command holds it for a minute, or the folder cannot be written.
    """
    try:
        return filelock.FileLock(folder / FILE, timeout=PATIENCE).acquire()
    except filelock.Timeout:
        raise MabgraphError(f"{folder}: another command has written there for {PATIENCE:.0f} s: wait for it or end it") from None
    except OSError as error:
        raise MabgraphError(f"{folder}: cannot be written: {error.strerror or error}") from None
