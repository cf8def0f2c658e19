"""A pool of worker processes: a query that runs past its limit is ended with its process, and another takes the place."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LINE = 65_536
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a worker answered: a media type and body, or the kind of error and its detail."""

    media: str = ""
    body: bytes = b""
    error: str = ""
    detail: str = ""


class Workers:
    """Worker processes that share one dataset folder; each answers one query at a time."""

    def __init__(self, folder: Path, count: int, megabytes: int) -> None:
        """Take the dataset's folder, how many processes to run, and how much memory one query may use (MiB)."""
        self._folder, self._count, self._megabytes = folder, count, megabytes
        self._idle: asyncio.Queue[asyncio.subprocess.Process | None] = asyncio.Queue()
        self._all: set[asyncio.subprocess.Process] = set()
        self._starting: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start the processes; the first query waits for the first of them."""
        for _ in range(self._count):
            self._replace()

    async def stop(self) -> None:
        """End every process."""
        for task in self._starting:
            task.cancel()
        for process in self._all:
            await _end(process)

    async def ask(
        self, query: bytes, accept: Sequence[str], seconds: float,
        default_graphs: Sequence[str] | None = None, named_graphs: Sequence[str] | None = None,
    ) -> Answered:  # fmt: skip
        """Return the answer to ``query`` in the first of ``accept`` that fits it.

        :raises TimeoutError: when it took longer than ``seconds``; its process is ended and its memory returned.

        A process that could not start answers for itself, and is started anew for the next query.
        """
        request = {"accept": list(accept), "default_graphs": default_graphs, "named_graphs": named_graphs, "bytes": len(query)}
        process: asyncio.subprocess.Process | None = None
        finished = False
        try:
            async with asyncio.timeout(seconds):
                process = await self._idle.get()
                if process is None:
                    self._replace()
                    return Answered(error="exhausted", detail="no process to answer queries could be started: see the service's log")
                answered = await _exchange(process, json.dumps(request).encode() + b"\n" + query)
            finished = True
            return answered
        except TimeoutError:
            why = "no worker was free" if process is None else "it was ended"
            raise TimeoutError(f"the query was not answered within {seconds:g} s: {why}; make it smaller or ask for less") from None
        except (asyncio.IncompleteReadError, OSError, ValueError):
            return Answered(error="exhausted", detail="the query needed more memory than it may have, and was ended")
        finally:
            if process is not None:
                if finished:
                    self._idle.put_nowait(process)
                else:
                    self._all.discard(process)
                    await _end(process)
                    self._replace()

    def _replace(self) -> None:
        task = asyncio.create_task(self._launch())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _launch(self) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "mabgraph.graph.worker", str(self._folder), str(self._megabytes),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LINE,
            )  # fmt: skip
        except OSError as error:
            _log.error("a process to answer queries could not be started: %s", error)
            self._idle.put_nowait(None)
            return
        self._all.add(process)
        try:
            await _exchange(process, b"")
            self._idle.put_nowait(process)
        except (asyncio.IncompleteReadError, ValueError):
            _log.error("a process to answer queries ended while it was starting")
            self._all.discard(process)
            await _end(process)
            self._idle.put_nowait(None)


async def _exchange(process: asyncio.subprocess.Process, message: bytes) -> Answered:
    assert process.stdin is not None
    assert process.stdout is not None
    if message:
        process.stdin.write(message)
        await process.stdin.drain()
    header: dict[str, Any] = json.loads(await process.stdout.readline() or b"x")
    body = await process.stdout.readexactly(header["bytes"])
    return Answered(header.get("media", ""), body, header.get("error", ""), header.get("detail", ""))


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
