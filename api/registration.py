"""Registration: how ``mabgraph reload`` finds the services over a dataset's directory, and tells them.

Each service holds a lock on a file of its own in ``serving/``, named at random: numbers of processes mean nothing to another container
that shares the directory, and may belong to another process later. A service is told by a file beside its lock, which it takes away.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import filelock

from mabgraph.ingest.errors import MabgraphError

#: The folder of a dataset's directory in which services are known.
SERVICES: Final = "serving"
#: The file beside a lock that says the number of the service's process; who tries a lock may empty the lock's own file.
NUMBER: Final = ".process"
#: How long a service is waited for until it has taken notice (seconds).
NOTICE: Final = 10.0

_log = logging.getLogger(__name__)


class Registration:
    """A service known in a dataset's directory while it is entered; a directory that is read-only goes without."""

    def __init__(self, directory: Path) -> None:
        """Take the dataset's directory."""
        name = secrets.token_hex(8)
        self._path = directory / SERVICES / f"{name}.lock"
        self._call, self._number = self._path.with_suffix(".reload"), self._path.with_suffix(NUMBER)
        self._lock = filelock.FileLock(self._path)

    def __enter__(self) -> Self:
        """Be known."""
        try:
            self._path.parent.mkdir(exist_ok=True)
            self._lock.acquire(timeout=NOTICE)
            self._number.write_text(f"{os.getpid()}\n", encoding="ascii")
        except OSError as error:
            _log.warning("mabgraph reload will not find this service: %s", error)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Be known no longer."""
        if self._lock.is_locked:
            self._lock.release()
        for path in (self._path, self._call, self._number):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def reload_asked(self) -> bool:
        """Whether the service was asked to reload since this was asked last."""
        try:
            self._call.unlink()
        except OSError:
            return False
        return True


def call(directory: Path) -> list[int]:
    """Tell every service over ``directory`` to swap in its current dataset; return their process numbers, as each knows its own.

    :raises MabgraphError: when none is running, or one does not take notice.
    """
    services = [path for path in sorted((directory / SERVICES).glob("*.lock")) if _is_held(path)]
    if not services:
        raise MabgraphError(f"{directory}: no service over it is running: start one with mabgraph serve")
    calls = [path.with_suffix(".reload") for path in services]
    for each in calls:
        each.touch()
    deadline = time.monotonic() + NOTICE
    while waiting := [each for each in calls if each.exists()]:
        if time.monotonic() > deadline:
            for each in waiting:
                each.unlink(missing_ok=True)
            raise MabgraphError(f"{waiting[0].with_suffix('.lock')}: the service has not taken notice for {NOTICE:g} s: is it stopped?")
        time.sleep(0.02)
    numbers = [path.with_suffix(NUMBER) for path in services]
    return [int(path.read_text(encoding="ascii")) for path in numbers if path.exists()]


def _is_held(path: Path) -> bool:
    """Whether a service holds the lock at ``path``; what an ended one has left is removed."""
    lock = filelock.FileLock(path, timeout=0)
    try:
        with lock:
            for left in (path, path.with_suffix(".reload"), path.with_suffix(NUMBER)):
                left.unlink(missing_ok=True)
    except filelock.Timeout:
        return True
    return False
