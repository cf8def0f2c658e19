"""Client side of the fork server: controls it and the confined evaluators that it forks."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mabgraph.ingest.errors import BuildError

from ..store import dataset
from . import confinement, frames, updates
from .frames import COMMAND

#: Timeout for a fork server to load its dataset (seconds); large ones take minutes on a busy machine.
LOADING: Final = 600.0
#: How long to wait for the exit status of an evaluator that ended (seconds); on a busy machine more than one.
NOTICING: Final = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits: concurrent queries, waiting queries, memory per query (bytes), length of an answer (bytes)."""

    places: int = 3
    waiting: int = 256
    memory: int = 1 << 30
    answer: int = 100_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """The data that evaluators answer from.

    ``folder`` is the folder of a dataset version, ``version`` and ``state`` identify it in answers; ``updates`` is the directory of the
    update graphs, if there are any.
    """

    folder: Path
    version: str = ""
    state: str = ""
    updates: Path | None = None

    def label(self) -> str:
        """Return the state that answers depend on: the dataset state, and the SHA-256 of the update graphs if there are any."""
        return f"{self.state}+{updates.digest(self.updates)}" if self.updates else self.state


class HostEndedError(BuildError):
    """The fork server has ended; the engine starts another."""

    def __init__(self) -> None:
        """Take the fixed message."""
        super().__init__("the process that evaluates queries has ended")


class Evaluator:
    """Client side of one evaluator."""

    def __init__(self, number: int, host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take its number, its fork server, and the streams to it."""
        self.number, self.host, self.label = number, host, host.label
        self._reader, self._writer = reader, writer
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def ask(self, header: frames.Header, text: bytes, longest: int) -> tuple[frames.Header, bytes]:
        """Return its answer to one frame.

        :raises asyncio.IncompleteReadError: when it has ended.
        """
        self._writer.write(frames.pack(header, text))
        self._writer.write(text)
        await self._writer.drain()
        return await frames.read(self._reader, longest)

    async def greeting(self) -> frames.Header:
        """Return its first message."""
        return (await frames.read(self._reader, 0))[0]

    def close(self) -> None:
        """Close the connection and end the evaluator, including a running query."""
        self._writer.close()
        self.host.end(self.number)

    async def wait_closed(self) -> None:
        """Wait until the connection is closed."""
        with suppress(OSError):
            await self._writer.wait_closed()


class Host:
    """Client side of a fork server."""

    def __init__(self, source: Source, limits: Limits) -> None:
        """Take the source and the limits; :meth:`start` starts the process."""
        self.source, self._limits = source, limits
        self._promised = confinement.supported_promises(dataset.is_on_disk(source.folder))
        self._numbers = itertools.count(1)
        self._evaluators: dict[int, Evaluator] = {}
        self.idle: list[Evaluator] = []
        self.alive = False
        self.busy = 0
        self.label = source.label()
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def process(self) -> int | None:
        """The process id, None before the start."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start the process and wait until it has opened the dataset.

        :raises BuildError: when it cannot.
        """
        self._control, theirs = socket.socketpair()
        # The child imports nothing from the current directory and gets no secrets in its environment.
        command = [sys.executable, "-P", "-m", "mabgraph.graph.sparql.forkserver", str(theirs.fileno())]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MABGRAPH_")}
        self._process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment
        )
        theirs.close()
        self._control.setblocking(False)
        try:
            reader, self._writer = await asyncio.open_unix_connection(sock=self._control.dup())
            await self._open(reader, self._writer)
        except BaseException:  # including cancellation of the caller
            await self.close()
            raise
        self.alive = True
        self._watching = asyncio.create_task(self._watch(reader))

    async def _open(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send the settings and wait until the dataset is open.

        :raises BuildError: when it cannot be opened.
        """
        settings = {
            "folder": str(self.source.folder), "updates": str(self.source.updates) if self.source.updates else None,
            "memory": self._limits.memory, "answer": self._limits.answer,
        }  # fmt: skip
        writer.write(frames.pack(settings))
        try:
            async with asyncio.timeout(LOADING):
                first, _ = await frames.read(reader, 0)
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            raise BuildError("the process that evaluates queries ended before it had opened the dataset: is there enough memory?") from None
        if "failed" in first:
            raise BuildError(first["failed"])

    async def fork(self, *, confined: bool = True) -> Evaluator:
        """Return a new evaluator; one that is not ``confined`` may connect to other hosts.

        :raises HostEndedError: when the process has ended.
        :raises BuildError: when no process can be started, or its confinement does not hold.
        """
        ours, theirs = socket.socketpair()
        number = next(self._numbers)
        try:
            socket.send_fds(self._control, [COMMAND.pack(b"F" if confined else b"S", number)], [theirs.fileno()])
        except OSError:
            ours.close()
            self.alive = False
            raise HostEndedError from None
        finally:
            theirs.close()
        try:
            reader, writer = await asyncio.open_unix_connection(sock=ours, limit=1 << 20)
        except BaseException:
            ours.close()
            raise
        evaluator = self._evaluators[number] = Evaluator(number, self, reader, writer)
        try:
            greeting = await self._read_greeting(evaluator)
            if broken := self._promised.intersection(greeting["broken"]):
                raise BuildError(f"a process that evaluates queries can still open {', '.join(sorted(broken))}: it is not used")
        except BaseException:
            evaluator.close()
            raise
        return evaluator

    async def _read_greeting(self, evaluator: Evaluator) -> frames.Header:
        """Return the first message of a new evaluator.

        :raises HostEndedError: when the fork server has ended.
        :raises BuildError: when the evaluator could not be started.
        """
        try:
            return await evaluator.greeting()
        except (asyncio.IncompleteReadError, ConnectionError):
            with suppress(TimeoutError):
                async with asyncio.timeout(NOTICING):
                    await asyncio.shield(evaluator.status)
            if not self.alive:
                raise HostEndedError from None
            raise BuildError("a process that evaluates queries could not be begun: is there enough memory?") from None

    def end(self, number: int) -> None:
        """Kill an evaluator."""
        with suppress(OSError):
            self._control.send(COMMAND.pack(b"K", number))

    def refresh(self) -> None:
        """Have the fork server reload the update graphs; evaluators forked from now on use them."""
        with suppress(OSError):
            self._control.send(COMMAND.pack(b"R", 0))
        self.label = self.source.label()
        self.discard_idle()

    def discard_idle(self) -> None:
        """Close the idle evaluators."""
        for evaluator in self.idle:
            evaluator.close()
        self.idle.clear()

    async def close(self) -> None:
        """End the process and all its evaluators."""
        self.alive = False
        self.idle.clear()
        evaluators = list(self._evaluators.values())
        for evaluator in evaluators:
            evaluator.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._watching is not None:
            await self._watching
        self._control.close()
        for evaluator in evaluators:
            await evaluator.wait_closed()
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    async def _watch(self, reader: asyncio.StreamReader) -> None:
        """Record the exit statuses of evaluators until the process itself ends."""
        with suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            while True:
                event, _ = await frames.read(reader, 0)
                evaluator = self._evaluators.pop(int(event["ended"]), None)
                if evaluator is not None:
                    evaluator.status.set_result(int(event["status"]))
                    if evaluator in self.idle:
                        self.idle.remove(evaluator)
                        evaluator.close()
        if self.alive:
            _log.warning("the process that evaluates queries has ended: another is begun at the next query")
        self.alive = False
        for evaluator in self._evaluators.values():
            if not evaluator.status.done():
                evaluator.status.set_result(-signal.SIGKILL)
