"""Answers to look-ups that are kept: given again on the event loop, before the web application looks at the request.

What is kept is what the web application sent, header by header, under everything of a request that it goes by: the state of the dataset,
path and query as they were sent, and every ``Accept`` and ``Accept-Encoding``. It is the web application that says what may be kept:
an answer that it gave a validator (:func:`.answers.settled`), which are the answers that the dataset alone settles. So errors, searches
and the texts of documents are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mabgraph.graph.catalogue import Catalogue

from . import answers
from .state import LONGEST, OVERHEAD, State

#: Where look-ups are.
PATH: Final = "/v1/"

_METHODS: Final = frozenset({"GET", "HEAD"})
_TOLD: Final = frozenset({b"accept", b"accept-encoding"})
#: What an answer to a caller that has it already still says (RFC 9110, 15.4.5), as :func:`.answers.unchanged` does.
UNCHANGED: Final = frozenset({b"etag", b"vary", b"mabgraph-dataset", b"access-control-allow-origin", b"access-control-expose-headers"})


class Key(NamedTuple):
    """What settles an answer: the dataset's state, the path, the query as it was sent, and the headers that say what the caller takes."""

    state: str
    path: str
    query: bytes
    told: tuple[tuple[bytes, bytes], ...]

    @property
    def length(self) -> int:
        """What of it the caller has chosen (bytes, about)."""
        return len(self.path) + len(self.query) + _length(self.told)


class Cache:
    """Gives answers to look-ups that were given before; hands every other request on, and keeps what may be kept of what comes back.

    Answers are kept beside those of ``/sparql``, within the same number of bytes.
    """

    def __init__(self, app: ASGIApp, state: State) -> None:
        """Take the application behind it, and what this process serves."""
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        key = self._key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        kept = self._state.cache.get(key)
        if kept is None:
            await self._app(scope, receive, self._keeping(key, send) if scope["method"] == "GET" else send)
            return
        headers, body = kept
        given = next((value for name, value in scope["headers"] if name == b"if-none-match"), None)
        if given is not None and answers.matches(given, dict(headers)[b"etag"].decode()):
            headers, body, status = [each for each in headers if each[0] in UNCHANGED], b"", 304
        else:
            status = 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _key(self, scope: Scope) -> Key | None:
        """Return what settles the answer to a request; none where it is no look-up, too long, or of a dataset that is another engine's."""
        if scope["type"] != "http" or not scope["path"].startswith(PATH) or scope["method"] not in _METHODS or self._state.settings.store:
            return None
        told = tuple([each for each in scope["headers"] if each[0] in _TOLD])
        key = Key(self._state.catalogue.state, scope["path"], scope["query_string"], told)
        return key if key.length < LONGEST else None

    def _keeping(self, key: Key, send: Send) -> Send:
        """Return what sends on an answer to a GET, and keeps it."""
        held = self._state.catalogue
        started: dict[str, Any] = {}
        parts: list[bytes] = []

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            elif _may_be_kept(started, self._state.cache.maxsize):
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    self._keep(key, held, started, b"".join(parts))
            await send(message)

        return sent

    def _keep(self, key: Key, held: Catalogue, started: Message, body: bytes) -> None:
        """Keep an answer, unless the dataset was swapped while it was made: it may be of either."""
        cache, headers = self._state.cache, [(name, value) for name, value in started["headers"]]
        bounded = key.length + _length(headers) <= OVERHEAD and len(body) + OVERHEAD <= cache.maxsize
        if bounded and held is self._state.catalogue:
            cache[key] = headers, body


def _length(headers: Iterable[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) for name, value in headers)


def _may_be_kept(started: Message, most: float) -> bool:
    """Whether an answer that has begun is one that the dataset settles, whoever asks, and no longer than an eighth of all that is kept."""
    headers = dict(started["headers"])
    settled = started["status"] == 200 and b"etag" in headers and headers.get(b"cache-control") == b"no-cache"
    return settled and b"content-length" in headers and int(headers[b"content-length"]) <= most / 8
