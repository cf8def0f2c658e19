"""Readers: processes that read registry records side by side, each with the ontology and the shapes of its own.

What a record becomes is the same in any process, so a dataset has the same bytes however many there are. Chunks of records go out in the
order of the records, and come back in it; a few chunks wait, so memory does not grow with the registry.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final, Self

from mabgraph.ingest import workers
from mabgraph.ingest.errors import BuildError

from . import entries
from .reader import RegistryTask, SourceReader
from .snapshot import LOADED

#: So many records go to a process at a time.
CHUNK: Final = 32
#: For fewer records no other process is worth its start: a second, in which one process reads a hundred records or more.
FEWEST: Final = 500
#: What a process may need (bytes); half of the machine's memory is for other things.
MEMORY: Final = 400 << 20

#: What a record became: its part as an entry of the database of kept parts, or why it is left out.
Written = bytes | str

_reader: SourceReader | None = None


def default_jobs() -> int:
    """Return how many processes read at most: as many as there are processors for this one, and as the memory allows."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return processors
    return max(1, min(processors, memory // 2 // MEMORY))


class Readers:
    """Processes that read; they start with the first records, and end with the block."""

    def __init__(self, folders: Sequence[Path], jobs: int) -> None:
        """Read with the ontology in ``folders``, in ``jobs`` processes."""
        self._folders, self._jobs = tuple(folders), jobs
        self._pool: ProcessPoolExecutor | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Return the readers."""
        return self

    def __exit__(self, *raised: object) -> None:
        """End the processes; what they were not asked for yet is given up."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def write_each(self, tasks: Iterable[RegistryTask]) -> Iterator[Written]:
        """Yield what the records of ``tasks`` became, in their order.

        :raises BuildError: when the ontology or the shapes cannot be read, the two validators differ, or a process ended.
        """
        left, waiting = iter(tasks), deque[Future[list[Written]]]()
        try:
            while True:
                while len(waiting) <= 2 * self._jobs and (chunk := list(islice(left, CHUNK))):
                    waiting.append(self._start().submit(_write_chunk, chunk))
                if not waiting:
                    return
                yield from waiting.popleft().result()
        except BrokenProcessPool:
            raise BuildError(
                "a process that read registry records was ended, perhaps for want of memory: give fewer with --jobs (MABGRAPH_JOBS); "
                "what was read so far is kept"
            ) from None

    def _start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = workers.start_pool(self._jobs, _begin, self._folders, _software())
        return self._pool


def _software() -> str:
    """Return a digest of the software as this process has it."""
    return sha256(repr(sorted(LOADED.items())).encode()).hexdigest()


def _begin(folders: tuple[Path, ...], software: str) -> None:
    """Make the reader of this process ready, if it has the software of the process that started it."""
    global _reader  # noqa: PLW0603 - a process of a pool has no other place
    _reader = SourceReader(folders) if software == _software() else None


def _write_chunk(tasks: list[RegistryTask]) -> list[Written]:
    if _reader is None:
        raise BuildError("mabgraph was changed since this process began: build the dataset again")
    became = [(task, _reader.registry_part(task)) for task in tasks]
    return [each if isinstance(each, str) else entries.serialise(task.key, each) for task, each in became]
