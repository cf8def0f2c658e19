"""The cache of a process: responses as sent, for look-ups and ``/sparql`` together, with one bound on its bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cachetools import LRUCache
from starlette.types import Scope, Send

#: Requests from this length on are not cached (characters); upper bound of the memory of a cache entry beside its body (bytes).
LONGEST: Final = 10_000
OVERHEAD: Final = LONGEST + 2_000
#: A cached response: headers and body.
CachedAnswer = tuple[list[tuple[bytes, bytes]], bytes]


class AnswerCache(LRUCache[object, CachedAnswer]):
    """Responses by cache key, the least recently used removed first."""

    def __init__(self, most: int) -> None:
        """Take ``most`` bytes at most."""
        super().__init__(most, getsizeof=lambda answer: len(answer[1]) + OVERHEAD)

    def store(self, key: object, length: int, answer: CachedAnswer) -> None:
        """Store a response, unless it or its request, which has ``length`` characters, is too long."""
        headers, body = answer
        if length < LONGEST and length + length_of(headers) <= OVERHEAD and len(body) + OVERHEAD <= self.maxsize:
            self[key] = answer


def length_of(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Return the length of ``headers`` (bytes)."""
    return sum(len(name) + len(value) for name, value in headers)


async def send_answer(answer: CachedAnswer, scope: Scope, send: Send) -> None:
    """Send a cached response, without its body to a ``HEAD``."""
    headers, body = answer
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
