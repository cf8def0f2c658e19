"""The engine: strangers' queries, each evaluated in a confined process apart from the one that answers requests.

A fork server (:mod:`.forkserver`) holds the dataset and forks evaluators. A query that passes its limit of time or memory is ended with
its evaluator, and nothing else; the next one is forked in a few milliseconds. Places are shared fairly by clients (:mod:`.shares`).
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from mabgraph.ingest.errors import BuildError

from . import confinement, frames, updates
from .evaluation import Answered, Query, Sink, answered
from .frames import COMMAND
from .shares import Full, Shares
from .store import Store

#: An evaluator whose memory has grown by more than this since it was forked is replaced after its answer (KiB).
GROWN: Final = 64 << 10
#: How long a fork server may take until it has loaded its dataset (seconds); large ones take minutes on a busy machine.
LOADING: Final = 600.0

_log = logging.getLogger(__name__)
_BY_SIGNAL: Final = {
    -signal.SIGABRT: "exhausted", -signal.SIGSEGV: "exhausted", -signal.SIGKILL: "exhausted", -signal.SIGBUS: "exhausted",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed: queries at once, queries that wait, memory of each (bytes), length of an answer (bytes)."""

    places: int = 3
    waiting: int = 256
    memory: int = 1 << 30
    answer: int = 100_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """What evaluators answer from.

    ``folder`` is that of a dataset's version, ``version`` and ``state`` name it in answers; ``updates`` is the directory that keeps the
    graphs of updates, if there are any.
    """

    folder: Path
    version: str = ""
    state: str = ""
    updates: Path | None = None

    def label(self) -> str:
        """Return what settles answers from it now: its state, and the SHA-256 of the graphs of updates where it has some."""
        return f"{self.state}+{updates.digest(self.updates)}" if self.updates else self.state


class Asked(Protocol):
    """What answers strangers' queries: :class:`Engine`, or :class:`RemoteEngine` where another engine holds the dataset."""

    @property
    def state(self) -> str:
        """What settles the answers that are given now."""
        ...

    async def ask(self, query: Query, seconds: float, client: str = "") -> Answered:
        """Return the answer to ``query``, or the error ``late``, ``busy`` or ``exhausted``."""
        ...

    async def close(self) -> None:
        """Take no more work."""
        ...


class Evaluator:
    """One evaluator as the serving process sees it."""

    def __init__(self, number: int, host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take its number, its fork server, and the way to it."""
        self.number, self.host, self.label = number, host, host.label
        self._reader, self._writer = reader, writer
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def ask(self, header: frames.Header, text: bytes, longest: int) -> tuple[frames.Header, bytes]:
        """Return its answer to a frame.

        :raises asyncio.IncompleteReadError: when it has ended.
        """
        self._writer.write(frames.packed(header, text))
        self._writer.write(text)
        await self._writer.drain()
        return await frames.read(self._reader, longest)

    async def greeting(self) -> frames.Header:
        """Return what it says first."""
        return (await frames.read(self._reader, 0))[0]

    def close(self) -> None:
        """Let it end: it does when nobody asks it any more; what runs on is ended."""
        self._writer.close()
        self.host.end(self.number)

    async def closed(self) -> None:
        """Return when the way to it is closed."""
        with suppress(OSError):
            await self._writer.wait_closed()


class Host:
    """A fork server as the serving process sees it."""

    def __init__(self, source: Source, limits: Limits) -> None:
        """Take what it serves; :meth:`start` begins it."""
        self.source, self._limits = source, limits
        self._numbers = itertools.count(1)
        self._evaluators: dict[int, Evaluator] = {}
        self.idle: list[Evaluator] = []
        self.alive = False
        self.busy = 0
        self.label = source.label()
        self._process: subprocess.Popen[bytes] | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def process(self) -> int | None:
        """The number of the process, none where it has not begun."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Begin the process and wait until it has opened the dataset.

        :raises BuildError: when it cannot.
        """
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-m", "mabgraph.graph.forkserver", str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        theirs.close()
        self._control.setblocking(False)
        reader, self._writer = await asyncio.open_unix_connection(sock=self._control.dup())
        settings = {
            "folder": str(self.source.folder), "updates": str(self.source.updates) if self.source.updates else None,
            "memory": self._limits.memory, "answer": self._limits.answer,
        }  # fmt: skip
        self._writer.write(frames.packed(settings))
        try:
            async with asyncio.timeout(LOADING):
                first, _ = await frames.read(reader, 0)
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            await self.close()
            raise BuildError("the process that evaluates queries ended before it had opened the dataset: is there enough memory?") from None
        if "failed" in first:
            await self.close()
            raise BuildError(first["failed"])
        self.alive = True
        self._watching = asyncio.create_task(self._watch(reader))

    async def fork(self, *, confined: bool = True) -> Evaluator:
        """Return a new evaluator; one that is not ``confined`` may reach other hosts.

        :raises BuildError: when the process has ended, or what the system promises does not hold in the new one.
        """
        ours, theirs = socket.socketpair()
        number = next(self._numbers)
        try:
            socket.send_fds(self._control, [COMMAND.pack(b"F" if confined else b"S", number)], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise BuildError(f"the process that evaluates queries has ended: {error}") from None
        finally:
            theirs.close()
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=1 << 20)
        evaluator = self._evaluators[number] = Evaluator(number, self, reader, writer)
        try:
            greeting = await evaluator.greeting()
        except (asyncio.IncompleteReadError, ConnectionError):
            evaluator.close()
            raise BuildError("a process that evaluates queries could not be begun: is there enough memory?") from None
        promised = confinement.promised(on_disk=self.source.folder.joinpath("store").exists())
        if broken := promised.intersection(greeting["broken"]):
            evaluator.close()
            raise BuildError(f"a process that evaluates queries can still open {', '.join(sorted(broken))}: it is not used")
        return evaluator

    def end(self, number: int) -> None:
        """End an evaluator, whatever it does."""
        with suppress(OSError):
            self._control.send(COMMAND.pack(b"K", number))

    def refresh(self) -> None:
        """Have the graphs of updates read again: evaluators forked from now on answer from them."""
        with suppress(OSError):
            self._control.send(COMMAND.pack(b"R", 0))
        self.label = self.source.label()
        self.rest()

    def rest(self) -> None:
        """Let go of the evaluators that wait for a query."""
        for evaluator in self.idle:
            evaluator.close()
        self.idle.clear()

    async def close(self) -> None:
        """End the process and every evaluator of it."""
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
        self._writer.close()
        for evaluator in evaluators:
            await evaluator.closed()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _watch(self, reader: asyncio.StreamReader) -> None:
        """Note which evaluators have ended, until the process itself ends."""
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


class Engine:
    """Evaluates queries in confined processes; ask it from one event loop."""

    def __init__(self, limits: Limits, source: Source) -> None:
        """Take the limits and what to answer from; processes are begun by :meth:`start`, or at the first query."""
        self._limits, self._source = limits, source
        self._shares = Shares(limits.places, limits.waiting)
        self._host: Host | None = None
        self._starting = asyncio.Lock()
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> str:
        """What settles the answers that are given now."""
        return self._host.label if self._host is not None else self._source.label()

    @property
    def process(self) -> int | None:
        """The number of the fork server's process, none where there is none."""
        return self._host.process if self._host is not None else None

    async def start(self) -> None:
        """Begin the processes, so that the first query finds them.

        :raises BuildError: when they cannot open the dataset.
        """
        host = await self._hosted()
        for _ in range(self._limits.places):
            host.idle.append(await host.fork())

    async def replace(self, source: Source) -> None:
        """Answer from ``source`` from now on; queries that run go on to their end on what they were asked of.

        :raises BuildError: when it cannot be opened; what was served before is served on.
        """
        host = Host(source, self._limits)
        await host.start()
        before, self._host, self._source = self._host, host, source
        if before is not None:
            self._later(self._retire(before))

    def refresh(self) -> None:
        """Answer from the graphs of updates as they are kept now."""
        if self._host is not None:
            self._host.refresh()

    async def close(self) -> None:
        """Take no more work; what runs is ended."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._host is not None:
            await self._host.close()

    async def ask(self, query: Query, seconds: float, client: str = "") -> Answered:
        """Return the answer to ``query``, or the error ``late`` when it takes longer than ``seconds``, ``busy`` or ``exhausted``.

        ``client`` says whose it is: places are shared fairly by clients. A query waits for its place at most as long as it may take.
        """
        header = {
            "solutions": query.solutions, "graphs": query.graphs, "default_graphs": query.default_graphs,
            "named_graphs": query.named_graphs, "services": query.services,
        }  # fmt: skip
        return await self._run(header, query.text, seconds, client, confined=not query.services)

    async def update(
        self, text: str, published: frozenset[str], using: tuple[str, ...] | None, using_named: tuple[str, ...] | None, seconds: float
    ) -> Answered:
        """Return the quads that the graphs of updates hold after an update, as N-Quads, or its error; nothing is kept."""
        header = {"published": sorted(published), "default_graphs": using, "named_graphs": using_named}
        return await self._run(header, text, seconds, "", confined=True)

    async def _run(self, header: frames.Header, text: str, seconds: float, client: str, *, confined: bool) -> Answered:
        if self._closed:
            return Answered(error="busy", detail="the service is ending: ask again")
        try:
            async with asyncio.timeout(seconds):
                await self._shares.enter(client)
        except Full:
            return Answered(error="busy", detail="too many queries are waiting already: ask again later")
        except TimeoutError:
            return Answered(error="busy", detail=f"no place was free within {seconds:g} s: ask again later")
        began = time.monotonic()
        try:
            return await self._evaluated(header, text.encode(errors="replace"), seconds, confined=confined)
        except BuildError as error:
            _log.error("a query could not be evaluated: %s", error)
            return Answered(error="busy", detail=f"{error}: ask again later")
        finally:
            self._shares.leave(client, time.monotonic() - began)

    async def _evaluated(self, header: frames.Header, text: bytes, seconds: float, *, confined: bool) -> Answered:
        host = await self._hosted()
        evaluator = host.idle.pop() if host.idle and confined else await host.fork(confined=confined)
        reusable = False
        host.busy += 1
        try:
            async with asyncio.timeout(seconds):
                answer, body = await evaluator.ask(header, text, self._limits.answer)
            reusable = int(answer.get("grown", 0)) < GROWN
            outcome = Answered.of_header(answer, body)
            return replace(outcome, state=evaluator.label, version=host.source.version)
        except TimeoutError:
            detail = f"not answered within {seconds:g} s, it was ended: ask for less, or give it more time"
            return Answered(error="late", detail=detail)
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            return await self._ended(evaluator)
        finally:
            host.busy -= 1
            if reusable and confined and host is self._host and host.alive and evaluator.label == host.label:
                host.idle.append(evaluator)
            else:
                evaluator.close()
                if confined and host is self._host and host.alive and not self._closed:
                    self._later(self._restock(host))

    async def _ended(self, evaluator: Evaluator) -> Answered:
        """Return what is said of a query whose evaluator has ended by itself."""
        status = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                status = await asyncio.shield(evaluator.status)
        if status in _BY_SIGNAL or status == 0:
            limit = f"the query needed more than {self._limits.memory >> 20} MiB, or nested deeper than can be read"
            return Answered(error="exhausted", detail=f"{limit}, and was ended: ask for less")
        _log.error("an evaluator ended with status %d", status)
        return Answered(error="failed", detail="the process that evaluated the query ended")

    async def _hosted(self) -> Host:
        """Return the fork server, begun anew where it has ended.

        :raises BuildError: when it cannot be begun.
        """
        async with self._starting:
            if self._host is None or not self._host.alive:
                if self._host is not None:
                    await self._host.close()
                self._host = Host(self._source, self._limits)
                await self._host.start()
            return self._host

    async def _restock(self, host: Host) -> None:
        """Have an evaluator ready for the next query."""
        with suppress(BuildError):
            evaluator = await host.fork()
            if host is self._host and host.alive and len(host.idle) < self._limits.places:
                host.idle.append(evaluator)
            else:
                evaluator.close()

    async def _retire(self, host: Host) -> None:
        """Close a fork server when its last query is answered."""
        host.rest()
        try:
            while host.busy:
                await asyncio.sleep(0.1)
        finally:
            await host.close()

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class RemoteEngine:
    """Asks another engine, which has limits of its own; waiting for it is done in threads."""

    def __init__(self, limits: Limits, store: Store, state: str) -> None:
        """Take the limits, the store that is asked, and what settles its answers."""
        self._limits, self._store, self.state = limits, store, state
        self._shares = Shares(4 * limits.places, limits.waiting)
        self._threads = ThreadPoolExecutor(4 * limits.places, "remote")

    async def ask(self, query: Query, seconds: float, client: str = "") -> Answered:
        """Return the answer to ``query``, as :meth:`Engine.ask` does."""
        sink = Sink(self._limits.answer)
        work = partial(answered, self._store, query, sink)
        try:
            async with asyncio.timeout(seconds):
                await self._shares.enter(client)
                began = time.monotonic()
                try:
                    return await asyncio.get_running_loop().run_in_executor(self._threads, work)
                finally:
                    self._shares.leave(client, time.monotonic() - began)
        except Full:
            return Answered(error="busy", detail="too many queries are waiting already: ask again later")
        except TimeoutError:
            sink.stopped = True
            return Answered(error="late", detail=f"not answered within {seconds:g} s: ask for less, or give it more time")

    async def close(self) -> None:
        """Take no more work; what runs goes on to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
