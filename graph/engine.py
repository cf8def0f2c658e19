"""The engine room: strangers' queries in threads, each with a limit of time, memory and length of answer.

The evaluation runs outside the interpreter's lock, so the event loop stays alive beside it: it answers for a query that
is past its limit before a byte was sent. A thread cannot be stopped; when one goes on all the same, the process has to
end and be replaced, which gives back what it held. Whoever made the engine room is asked to see to that (``retire``).
"""

from __future__ import annotations

import asyncio
import io
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import psutil
import pyoxigraph as ox

from mabgraph.ingest.errors import MabgraphError

from . import formats, guard
from .store import Store
from .threads import Threads

#: Stack of a thread that evaluates (bytes of address space): nested and long queries are read by recursion.
STACK: Final = 1 << 30
#: How long a thread that should stop by itself is given before the process has to end (seconds).
PATIENCE: Final = 0.25
#: How long before its end a process answers for what is left (seconds).
FLUSH: Final = 0.1
#: How often memory is looked at while queries run (seconds).
WATCH: Final = 0.05
#: How long a query may hold up those behind it before another thread takes them (seconds).
HELD: Final = 0.005

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process allows: queries at once, queries that wait, memory that they use (bytes), length of an answer (bytes).

    ``held`` is how long a query may hold up those behind it before another thread takes them (seconds); 0 where evaluation is waiting.
    """

    threads: int = 4
    waiting: int = 256
    memory: int = 1 << 30
    answer: int = 100_000_000
    held: float = HELD


@dataclass(frozen=True, slots=True)
class Query:
    """A query: its text, the media types it may be answered in (of rows, of graphs), its graphs, and where it may go."""

    text: str
    solutions: str | None
    graphs: str | None
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered: a media type and body, or the kind of error, its detail and the place it is at."""

    media: str = ""
    body: bytes = b""
    error: str = ""
    detail: str = ""
    place: guard.Place | None = None


class Sink(io.RawIOBase):
    """Takes the bytes of an answer up to a length; ends the writer when that is passed or nobody waits any more."""

    def __init__(self, longest: int) -> None:
        """Take how many bytes it holds at most."""
        self._chunks: list[bytes] = []
        self._left = longest
        self.stopped = False

    def writable(self) -> bool:
        """Whether bytes may be written."""
        return True

    def write(self, chunk: Any) -> int:
        """Take ``chunk`` whole.

        :raises OverflowError: when the answer is too long.
        :raises TimeoutError: when it was stopped.
        """
        if self.stopped:
            raise TimeoutError("stopped")
        self._left -= len(chunk)
        if self._left < 0:
            raise OverflowError("too long")
        self._chunks.append(bytes(chunk))
        return len(chunk)

    def taken(self) -> bytes:
        """Return everything that was written."""
        return b"".join(self._chunks)


#: Ends this process in favour of another for a reason; returns after how many seconds.
Retire = Callable[[str], float]
Work = Callable[[Sink], Answered]


@dataclass(slots=True, eq=False)
class _Job:
    work: Work
    sink: Sink
    answer: asyncio.Future[Answered]
    seconds: float
    begun: float = 0.0
    ended: bool = False
    limit: asyncio.TimerHandle | None = field(default=None)


class Engine:
    """Threads of one process that evaluate; ask it from its event loop."""

    def __init__(self, limits: Limits, retire: Retire | None = None) -> None:
        """Take the limits, and what ends this process in favour of another; none where nothing replaces it."""
        self._limits, self._retire = limits, retire
        self._jobs: set[_Job] = set()
        self._watched = False
        self._process = psutil.Process()
        self.rest()
        self._relieved = False
        self._threads = Threads(limits.threads, limits.held, STACK)

    def rest(self) -> None:
        """Take the memory that the process has now as what it holds at rest: its dataset and nothing of a query."""
        self._first = self._rest = self._process.memory_info().rss

    def close(self) -> None:
        """Take no more work; what runs goes on to its end."""
        self._threads.close()

    async def ask(self, store: Store, query: Query, seconds: float) -> Answered:
        """Return the answer of ``store`` to ``query``, or the error ``late`` when it takes longer than ``seconds``."""
        return await self.run(lambda sink: answered(store, query, sink), seconds)

    async def run(self, work: Work, seconds: float) -> Answered:
        """Return what ``work`` answers, or the error ``late``, ``busy`` or ``exhausted``."""
        if len(self._jobs) >= self._limits.threads + self._limits.waiting:
            return Answered(error="busy", detail=f"{self._limits.waiting} queries are waiting already: ask again later")
        loop = asyncio.get_running_loop()
        job = _Job(work, Sink(self._limits.answer), loop.create_future(), seconds)
        job.limit = loop.call_later(seconds, self._late, job)
        self._jobs.add(job)
        if not self._watched:
            self._watched = True
            loop.call_later(WATCH, self._watch, loop)
        try:
            waits = self._threads.submit(partial(self._evaluate, job, loop))
        except RuntimeError:
            self._jobs.discard(job)
            return Answered(error="busy", detail="the service is ending: ask again")
        if waits and not self._relieved:
            self._relieved = True
            loop.call_later(self._limits.held, self._relieve, loop)
        return await job.answer

    def _relieve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have another thread take what waits behind a query that takes long, as long as something waits."""
        self._relieved = self._threads.relieve()
        if self._relieved:
            loop.call_later(max(self._limits.held, HELD), self._relieve, loop)

    def _evaluate(self, job: _Job, loop: asyncio.AbstractEventLoop) -> None:
        job.begun = time.monotonic()
        try:
            outcome = Answered() if job.sink.stopped else job.work(job.sink)
        except Exception as error:  # noqa: BLE001 - whatever it is, its caller is answered and the thread goes on
            _log.exception("a query ended in an error that nobody foresaw")
            outcome = Answered(error="failed", detail=f"{type(error).__name__}: {error}"[:500])
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self._done, job, outcome)

    def _done(self, job: _Job, outcome: Answered) -> None:
        job.ended = True
        self._jobs.discard(job)
        self._give(job, outcome)

    def _give(self, job: _Job, outcome: Answered) -> None:
        if job.limit is not None:
            job.limit.cancel()
        if not job.answer.done():
            job.answer.set_result(outcome)

    def _late(self, job: _Job) -> None:
        why = "it was ended" if job.begun else "no thread was free"
        self._stop(job, Answered(error="late", detail=f"not answered within {job.seconds:g} s, {why}: ask for less, or give it more time"))

    def _stop(self, job: _Job, outcome: Answered) -> None:
        job.sink.stopped = True
        self._give(job, outcome)
        asyncio.get_running_loop().call_later(PATIENCE, self._insist, job, outcome.error)

    def _insist(self, job: _Job, reason: str) -> None:
        if job.begun and not job.ended and self._retire is not None:
            grace = self._retire(reason)
            asyncio.get_running_loop().call_later(max(0.0, grace - FLUSH), self._abandon)

    def _abandon(self) -> None:
        """Answer for everything that is still asked: the process ends now."""
        for job in self._jobs:
            job.sink.stopped = True
            self._give(job, Answered(error="busy", detail="the process that answered had to end: ask again"))

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look how much memory the process has taken since it was at rest; the query that has run longest answers for it."""
        self._threads.relieve()
        running = [job for job in self._jobs if job.begun and not job.ended]
        used: int = self._process.memory_info().rss
        if not running:
            self._rest = min(used, self._first + self._limits.memory)
        elif used - self._rest > self._limits.memory:
            self._exceeded(running)
        if self._jobs:
            loop.call_later(WATCH, self._watch, loop)
        else:
            self._watched = False

    def _exceeded(self, running: list[_Job]) -> None:
        """Stop the query that has run longest; one that was stopped before and goes on is to blame, then the process has to end now."""
        stopped = next((job for job in running if job.answer.done()), None)
        if stopped is not None:
            self._insist(stopped, "exhausted")
            return
        detail = f"the query needed more than {self._limits.memory >> 20} MiB and was ended: ask for less"
        self._stop(min(running, key=lambda job: job.begun), Answered(error="exhausted", detail=detail))


def answered(store: Store, query: Query, sink: Sink) -> Answered:
    """Return the answer of ``store`` to ``query``, written to ``sink``, or the error that a caller can mend."""
    refused = guard.refused(query.text, query.services)
    if refused:
        return Answered(error="refused", detail=refused)
    try:
        graphs = [None if given is None else [ox.NamedNode(iri) for iri in given] for given in (query.default_graphs, query.named_graphs)]
    except ValueError as error:
        return Answered(error="malformed", detail=f"a graph is named by an absolute IRI: {error}")
    try:
        found = store.query(query.text, *graphs)
        rows = isinstance(found, ox.QuerySolutions | ox.QueryBoolean)
        media = query.solutions if rows else query.graphs
        if media is None:
            kinds = ", ".join(formats.SOLUTIONS if rows else formats.GRAPHS)
            return Answered(error="unacceptable", detail=f"this query answers as {kinds}")
        formats.write(found, media, sink)  # type: ignore[arg-type]
        return Answered(media, sink.taken())
    except SyntaxError as error:
        return malformed(error, query.text)
    except OverflowError:
        return Answered(error="too-long", detail="the answer is longer than this service gives at once: ask with LIMIT and OFFSET")
    except TimeoutError:
        return Answered(error="late", detail="stopped")
    except (MabgraphError, OSError, ValueError, RuntimeError, MemoryError) as error:
        return Answered(error="failed", detail=str(error)[:500])


def malformed(error: SyntaxError, text: str) -> Answered:
    """Return the error of a text that is not SPARQL, with the place that the parser names."""
    place = guard.place(str(error), text)
    if place is None:
        return Answered(error="malformed", detail=str(error)[:500])
    return Answered(error="malformed", detail=f"line {place.line}, column {place.column}: {place.expected}", place=place)
