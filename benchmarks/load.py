"""A client that asks one server over and over on open connections, and says how fast and how well it was answered.

It is meant to cost little beside the server: requests are bytes made beforehand, an answer is looked at only as far as its status and
the length of its body, and there is one request under way on each connection. No request is sent after the time is over.
"""

from __future__ import annotations

import asyncio
import gc
import math
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

import uvloop

#: How long an answer may take before the connection is given up (seconds).
PATIENCE: Final = 60.0
#: Time between the openings of two connections, so that not one process of a server takes them all (seconds).
APART: Final = 0.001
HEAD_END: Final = b"\r\n\r\n"
LAST_CHUNK: Final = b"\r\n0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it goes over the wire; ``key`` says which answer it must get, whatever else is varied in it."""

    key: int
    sent: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status and body."""

    status: int
    body: bytes


@dataclass(slots=True)
class Round:
    """One round on one server: how many answers, failures among them, wall-clock seconds, and each answer's seconds."""

    answers: int = 0
    failures: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Good answers in a second."""
        return (self.answers - self.failures) / self.seconds

    def latency(self, share: float) -> float:
        """Return the seconds within which this share of the answers came.

        >>> Round(latencies=[4.0, 1.0, 2.0, 3.0]).latency(0.5)
        2.0
        """
        return sorted(self.latencies)[math.ceil(share * len(self.latencies)) - 1] if self.latencies else math.nan


def head(data: bytes | bytearray) -> tuple[int, int, int | None] | None:
    r"""Return status, where the body begins, and its length (none where it comes in chunks); none while the head is not whole.

    >>> head(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")
    (200, 38, 2)
    """
    end = data.find(HEAD_END)
    if end < 0:
        return None
    lines = bytes(data[:end]).lower()
    at = lines.find(b"\r\ncontent-length:")
    length = None if at < 0 else int(lines[at + 17 :].partition(b"\r\n")[0])
    return int(lines[9:12]), end + len(HEAD_END), length


def joined(data: bytes) -> bytes:
    r"""Return the body that came in the chunks ``data``.

    >>> joined(b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n")
    b'abcd'
    """
    parts: list[bytes] = []
    at = 0
    while True:
        end = data.index(b"\r\n", at)
        size = int(data[at:end].partition(b";")[0], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(data[end + 2 : end + 2 + size])
        at = end + size + 4


#: Whom to tell of an answer: its request, the answer (none where the connection was lost), and its seconds.
OnAnswer = Callable[[Request, Answer | None, float], None]


class Connection(asyncio.Protocol):
    """One connection: sends a request, waits for its whole answer, sends the next, until there is none."""

    def __init__(self, requests: Iterator[Request], on_answer: OnAnswer) -> None:
        """Take what to send, and whom to tell of each answer."""
        self._requests, self._on_answer = requests, on_answer
        self._data = bytearray()
        self._request: Request | None = None
        self._began = 0.0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer, and go on when it is whole."""
        self._data += data
        header = head(self._data)
        if header is None:
            return
        status, start, length = header
        if length is None:
            if not self._data.endswith(LAST_CHUNK):
                return
            body = joined(bytes(self._data[start:]))
        elif len(self._data) < start + length:
            return
        else:
            body = bytes(self._data[start:])
        self._data.clear()
        self._tell(Answer(status, body))
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell of a request that was under way, and end."""
        self._tell(None)
        if not self.ended.done():
            self.ended.set_result(None)

    def _next(self) -> None:
        self._request = next(self._requests, None)
        if self._request is None:
            self._transport.close()
            return
        self._began = time.perf_counter()
        self._transport.write(self._request.sent)

    def _tell(self, answer: Answer | None) -> None:
        if self._request is not None:
            request, self._request = self._request, None
            self._on_answer(request, answer, time.perf_counter() - self._began)


def run(port: int, requests: Iterator[Request], on_answer: OnAnswer, concurrency: int, seconds: float) -> float:
    """Send ``requests`` to ``port`` of this machine on so many connections until the time is over; return the seconds it took.

    Answers that are under way when the time is over are waited for, up to :data:`PATIENCE`.
    """

    async def all_connections() -> float:
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        timely = _until(requests, began + seconds)
        connections = []
        for _ in range(concurrency):
            connections.append(await loop.create_connection(lambda: Connection(timely, on_answer), "127.0.0.1", port))
            await asyncio.sleep(APART)
        await asyncio.wait([connection.ended for _, connection in connections], timeout=seconds + PATIENCE)
        took = time.perf_counter() - began
        for transport, connection in connections:
            transport.abort()
            await connection.ended
        return took

    return _quietly(all_connections())


def measured(port: int, requests: Iterator[Request], concurrency: int, seconds: float, sizes: dict[int, int]) -> Round:
    """Return one round. An answer is good when its status is 200 and its body as long as ``sizes`` says for its key.

    A key that ``sizes`` does not have yet gets the length of its first good answer.
    """
    result = Round()

    def count(request: Request, answer: Answer | None, took: float) -> None:
        result.answers += 1
        if answer is not None and answer.status == 200 and sizes.setdefault(request.key, len(answer.body)) == len(answer.body):
            result.latencies.append(took)
        else:
            result.failures += 1

    result.seconds = run(port, requests, count, concurrency, seconds)
    return result


def collected(port: int, requests: Iterator[Request], seconds: float) -> dict[int, Answer]:
    """Return the answers to as many of ``requests`` as are answered one after another in that time (at least one), by key."""
    answers: dict[int, Answer] = {}

    def keep(request: Request, answer: Answer | None, took: float) -> None:
        answers[request.key] = answer or Answer(0, b"")

    run(port, requests, keep, 1, seconds)
    return answers


def _until(requests: Iterator[Request], end: float) -> Iterator[Request]:
    """Yield requests until the end, and one at least."""
    for request in requests:
        yield request
        if time.perf_counter() >= end:
            return


def _quietly(work: Coroutine[Any, Any, float]) -> float:
    """Run ``work`` in the fastest event loop there is, without a collection of garbage in its midst."""
    gc.collect()
    gc.disable()
    try:
        return uvloop.run(work)
    finally:
        gc.enable()
