"""The registry of running services in a dataset's directory, by which ``mabgraph reload`` notifies them.

Each service holds a lock file of its own in ``serving/`` with a random name: a process id means nothing to another container that shares
the directory, and may be reused. A service is notified by a file beside its lock file, which it removes.
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

#: The folder of lock files in a dataset's directory.
SERVICES: Final = "serving"
#: Suffix of the file with the process id; the lock file itself may be truncated by an attempt to lock it.
NUMBER: Final = ".process"
#: Longest wait for a service to take the notification (seconds).
NOTICE: Final = 10.0

_log = logging.getLogger(__name__)


class Registration:
    """A context manager that registers a service in a dataset's directory; a read-only directory only logs a warning."""

    def __init__(self, directory: Path) -> None:
        """Prepare the registration in the dataset's ``directory``."""
        name = secrets.token_hex(8)
        self._path = directory / SERVICES / f"{name}.lock"
        self._call, self._number = self._path.with_suffix(".reload"), self._path.with_suffix(NUMBER)
        self._lock = filelock.FileLock(self._path)

    def __enter__(self) -> Self:
        """Register the service."""
        try:
            self._path.parent.mkdir(exist_ok=True)
            self._lock.acquire(timeout=NOTICE)
            self._number.write_text(f"{os.getpid()}\n", encoding="ascii")
        except OSError as error:
            _log.warning("mabgraph reload will not find this service: %s", error)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Remove the registration."""
        if self._lock.is_locked:
            self._lock.release()
        for path in (self._path, self._call, self._number):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def take_reload_request(self) -> bool:
        """Whether a reload was requested since the last call; clears the request."""
        try:
            self._call.unlink()
        except OSError:
            return False
        return True


def call(directory: Path) -> list[int]:
    """Notify every service over ``directory`` to load its current dataset; return their process ids, each in its own namespace.

    :raises MabgraphError: when none is running, or one does not react.
    """
    services = [path for path in sorted((directory / SERVICES).glob("*.lock")) if _is_locked(path)]
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
            raise MabgraphError(f"{waiting[0].with_suffix('.lock')}: the service has not reacted within {NOTICE:g} s: is it stopped?")
        time.sleep(0.02)
    numbers = [path.with_suffix(NUMBER) for path in services]
    return [int(path.read_text(encoding="ascii")) for path in numbers if path.exists()]


def _is_locked(path: Path) -> bool:
    """Whether a service holds the lock at ``path``; stale files of an ended service are removed."""
    lock = filelock.FileLock(path, timeout=0)
    try:
        with lock:
            for left in (path, path.with_suffix(".reload"), path.with_suffix(NUMBER)):
                left.unlink(missing_ok=True)
    except filelock.Timeout:
        return True
    return False
