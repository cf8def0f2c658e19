"""The engine: evaluates untrusted queries in confined processes, separate from the process that serves requests.

A fork server (:mod:`.forkserver`) loads the dataset and forks evaluators. A query that exceeds its time or memory limit ends
only its evaluator; the next one is forked in a few milliseconds. Slots are shared fairly among clients (:mod:`.shares`).
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from mabgraph.ingest.errors import BuildError

from ..store.store import Store
from ..syntax import guard
from . import frames
from .evaluation import Query, QueryOutcome, Sink, evaluate, malformed_outcome
from .evaluators import NOTICING, Evaluator, Host, HostEndedError, Limits, Source
from .shares import Full, Shares

#: An evaluator whose memory has grown by more than this since its fork is replaced after its answer (KiB).
GROWN: Final = 64 << 10

__all__ = ["Engine", "Limits", "QueryEngine", "RemoteEngine", "Source"]

_log = logging.getLogger(__name__)
#: Exit statuses of an evaluator that ran out of memory or stack.
_BY_SIGNAL: Final = frozenset({-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGKILL, -signal.SIGBUS})


class QueryEngine(Protocol):
    """Evaluates untrusted queries: :class:`Engine`, or :class:`RemoteEngine` where a remote engine holds the dataset."""

    @property
    def state(self) -> str:
        """The state that answers depend on now."""
        ...

    async def ask(self, query: Query, seconds: float, client: str = "") -> QueryOutcome:
        """Return the outcome of ``query``, which may be the error ``late``, ``busy`` or ``exhausted``."""
        ...

    async def close(self) -> None:
        """Accept no more queries."""
        ...


class Engine:
    """Evaluates queries in confined processes; use it from one event loop."""

    def __init__(self, limits: Limits, source: Source) -> None:
        """Take the limits and the source; processes are started by :meth:`start`, or at the first query."""
        self._limits, self._source = limits, source
        self._shares = Shares(limits.places, limits.waiting)
        self._host: Host | None = None
        self._starting = asyncio.Lock()
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> str:
        """The state that answers depend on now."""
        return self._host.label if self._host is not None else self._source.label()

    @property
    def process(self) -> int | None:
        """The process id of the fork server, None if there is none."""
        return self._host.process if self._host is not None else None

    async def start(self) -> None:
        """Start the processes before the first query.

        :raises BuildError: when they cannot open the dataset.
        """
        host = await self._running_host()
        for _ in range(self._limits.places):
            host.idle.append(await host.fork())

    async def replace(self, source: Source) -> None:
        """Answer from ``source`` from now on; running queries finish on the source they started with.

        :raises BuildError: when it cannot be opened; the engine keeps serving the previous source.
        """
        host = Host(source, self._limits)
        await host.start()
        before, self._host, self._source = self._host, host, source
        if before is not None:
            self._schedule(self._retire(before))

    def refresh(self) -> None:
        """Answer from the current update graphs."""
        if self._host is not None:
            self._host.refresh()

    async def close(self) -> None:
        """Accept no more queries and end running ones."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._host is not None:
            await self._host.close()

    async def ask(self, query: Query, seconds: float, client: str = "") -> QueryOutcome:
        """Return the outcome of ``query``: its answer, or the error ``late`` after ``seconds``, ``busy`` or ``exhausted``.

        ``client`` identifies the client: slots are shared fairly among clients. A query waits for a slot for at most ``seconds``.
        """
        header = {
            "solutions": query.solutions, "graphs": query.graphs, "default_graphs": query.default_graphs,
            "named_graphs": query.named_graphs, "services": query.services,
        }  # fmt: skip
        confined = not query.services or not await asyncio.to_thread(guard.names_services, query.text)
        return await self._run(header, query.text, seconds, client, confined=confined)

    async def update(
        self, text: str, published: frozenset[str], using: tuple[str, ...] | None, using_named: tuple[str, ...] | None, seconds: float
    ) -> QueryOutcome:
        """Return the quads of the update graphs after an update, as N-Quads, or its error; nothing is stored."""
        header = {"published": sorted(published), "default_graphs": using, "named_graphs": using_named}
        return await self._run(header, text, seconds, "", confined=True)

    async def _run(self, header: frames.Header, text: str, seconds: float, client: str, *, confined: bool) -> QueryOutcome:
        if self._closed:
            return QueryOutcome(error="busy", detail="the service is ending: ask again")
        try:
            async with asyncio.timeout(seconds):
                await self._shares.enter(client)
        except Full:
            return QueryOutcome(error="busy", detail="too many queries are waiting already: ask again later")
        except TimeoutError:
            return QueryOutcome(error="busy", detail=f"no place was free within {seconds:g} s: ask again later")
        began = time.monotonic()
        try:
            work = partial(self._evaluate, header, text.encode(errors="replace"), seconds, confined=confined)
            try:
                return await work()
            except HostEndedError:
                return await work()  # queries have no side effects, so one retry on the restarted fork server is safe
        except BuildError as error:
            _log.error("a query could not be evaluated: %s", error)
            return QueryOutcome(error="busy", detail=f"{error}: ask again later")
        finally:
            self._shares.leave(client, time.monotonic() - began)

    async def _evaluate(self, header: frames.Header, text: bytes, seconds: float, *, confined: bool) -> QueryOutcome:
        host = await self._running_host()
        evaluator = host.idle.pop() if host.idle and confined else await host.fork(confined=confined)
        reusable = False
        host.busy += 1
        try:
            async with asyncio.timeout(seconds):
                answer, body = await evaluator.ask(header, text, self._limits.answer)
            reusable = int(answer.get("grown", 0)) < GROWN
            outcome = QueryOutcome.from_header(answer, body)
            return replace(outcome, state=evaluator.label, version=host.source.version)
        except TimeoutError:
            detail = f"not answered within {seconds:g} s, it was ended: ask for less, or give it more time"
            return QueryOutcome(error="late", detail=detail)
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            return await self._ended_outcome(evaluator)
        finally:
            host.busy -= 1
            if reusable and confined and host is self._host and host.alive and evaluator.label == host.label:
                host.idle.append(evaluator)
            else:
                evaluator.close()
                if confined and host is self._host and host.alive and not self._closed:
                    self._schedule(self._restock(host))

    async def _ended_outcome(self, evaluator: Evaluator) -> QueryOutcome:
        """Return the outcome of a query whose evaluator ended by itself.

        :raises HostEndedError: when its fork server has ended as well.
        """
        status: int | None = None
        with suppress(TimeoutError):
            async with asyncio.timeout(NOTICING):
                status = await asyncio.shield(evaluator.status)
        if not evaluator.host.alive:
            raise HostEndedError
        if status in _BY_SIGNAL:
            limit = f"the query needed more than {self._limits.memory >> 20} MiB, or nested deeper than can be read"
            return QueryOutcome(error="exhausted", detail=f"{limit}, and was ended: ask for less")
        _log.error("an evaluator ended with status %s", status)
        return QueryOutcome(error="failed", detail="the process that evaluated the query ended")

    async def _running_host(self) -> Host:
        """Return the fork server, restarted if it has ended.

        :raises BuildError: when it cannot be started, or the engine is closed.
        """
        async with self._starting:
            if self._closed:
                raise BuildError("the service is ending")
            if self._host is None or not self._host.alive:
                if self._host is not None:
                    await self._host.close()
                self._host = Host(self._source, self._limits)
                await self._host.start()
            return self._host

    async def _restock(self, host: Host) -> None:
        """Fork an idle evaluator for the next query."""
        with suppress(BuildError):
            evaluator = await host.fork()
            if host is self._host and host.alive and len(host.idle) < self._limits.places:
                host.idle.append(evaluator)
            else:
                evaluator.close()

    async def _retire(self, host: Host) -> None:
        """Close a fork server after its last query."""
        host.discard_idle()
        try:
            while host.busy:
                await asyncio.sleep(0.1)
        finally:
            await host.close()

    def _schedule(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class RemoteEngine:
    """Sends queries to a remote engine, which has its own limits; threads wait for the replies."""

    def __init__(self, limits: Limits, store: Store, state: str) -> None:
        """Take the limits, the remote store, and the state of its dataset."""
        self._limits, self._store, self.state = limits, store, state
        self._shares = Shares(4 * limits.places, limits.waiting)
        self._threads = ThreadPoolExecutor(4 * limits.places, "remote")

    async def ask(self, query: Query, seconds: float, client: str = "") -> QueryOutcome:
        """Return the outcome of ``query``, as :meth:`Engine.ask` does."""
        sink = Sink(self._limits.answer)
        work = partial(self._evaluate, query, sink)
        try:
            async with asyncio.timeout(seconds):
                await self._shares.enter(client)
                began = time.monotonic()
                try:
                    return await asyncio.get_running_loop().run_in_executor(self._threads, work)
                finally:
                    self._shares.leave(client, time.monotonic() - began)
        except Full:
            return QueryOutcome(error="busy", detail="too many queries are waiting already: ask again later")
        except TimeoutError:
            sink.stopped = True
            return QueryOutcome(error="late", detail=f"not answered within {seconds:g} s: ask for less, or give it more time")

    def _evaluate(self, query: Query, sink: Sink) -> QueryOutcome:
        """Return the outcome of ``query``; a text with extensions of the engine is not sent, since nothing confines that engine."""
        try:
            refused = guard.refusal(query.text, query.services) or guard.extension_fault(query.text)
        except SyntaxError as error:
            return malformed_outcome(error, query.text)
        return QueryOutcome(error="refused", detail=refused) if refused else evaluate(self._store, query, sink)

    async def close(self) -> None:
        """Accept no more queries; running ones finish."""
        self._threads.shutdown(wait=False, cancel_futures=True)
