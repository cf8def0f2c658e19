"""Response cache: repeated look-ups, pages and queries are answered on the event loop, before the router.

The cache key is dataset state, path, query string and the headers ``Accept`` and ``Accept-Encoding``; the value is the response as sent.
A look-up or page is cacheable if the web application gave it a validator (:func:`.conditional.respond`): then it depends on the dataset
and the key alone. Errors and the texts of documents have none and are not cached, and where this service has texts, neither is a page
that is another one for who may read them (``Vary: Authorization``). Responses to queries are stored by the
endpoint (:mod:`mabgraph.api.routes.sparql`), which knows the state that an evaluator had, with updates.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mabgraph.graph.questions.catalogue import Catalogue

from .answers import LONGEST, length_of, send_answer
from .state import State

#: Path prefix of look-ups, and of the SPARQL endpoint; first segments of pages.
PATH: Final = "/v1/"
SPARQL: Final = "/sparql"
PAGES: Final = frozenset({
    "drugs", "targets", "conditions", "studies", "endpoints", "documents", "estimates", "compare", "network", "discrepancies", "search",
    "about",
})  # fmt: skip

_METHODS: Final = frozenset({"GET", "HEAD"})
_VARYING: Final = frozenset({b"accept", b"accept-encoding"})


class Key(NamedTuple):
    """A cache key: dataset state, path, raw query string, and the headers for content negotiation."""

    state: str
    path: str
    query: bytes
    accept_headers: tuple[tuple[bytes, bytes], ...]

    @property
    def length(self) -> int:
        """Approximate length of the parts that the client controls (bytes)."""
        return len(self.path) + len(self.query) + length_of(self.accept_headers)


def request_key(scope: Scope, state: str) -> Key:
    """Return the cache key of a request to a dataset in ``state``."""
    accept_headers = tuple([each for each in scope["headers"] if each[0] in _VARYING])
    return Key(state, scope["path"], scope["query_string"], accept_headers)


class Cache:
    """Middleware that serves cached responses, passes other requests on, and caches those of look-ups where possible."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        """Wrap ``app``; the cache and the catalogue are those of ``state``."""
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        key = self._key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        cached = self._state.cache.get(key)
        if cached is None:
            stores = scope["method"] == "GET" and not key.path.startswith(SPARQL)
            await self._app(scope, receive, self._storing_send(key, send) if stores else send)
            return
        await send_answer(cached, scope, send)

    def _key(self, scope: Scope) -> Key | None:
        """Return the cache key of a request; none if it is no look-up, page or query, too long, or another engine answers look-ups."""
        if scope["type"] != "http" or scope["method"] not in _METHODS:
            return None
        path: str = scope["path"]
        if path.startswith(SPARQL):
            state = self._state.engine.state
        elif (path.startswith(PATH) or path[1:].partition("/")[0] in PAGES) and not self._state.settings.store:
            state = self._state.catalogue.state
        else:
            return None
        key = request_key(scope, state)
        return key if key.length < LONGEST else None

    def _storing_send(self, key: Key, send: Send) -> Send:
        """Return a ``send`` that passes on the response to a GET and caches it."""
        catalogue = self._state.catalogue
        started: dict[str, Any] = {}
        parts: list[bytes] = []

        async def store_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            elif _is_cacheable(started, self._state.cache.maxsize, self._state.library is not None):
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    self._store(key, catalogue, started, b"".join(parts))
            await send(message)

        return store_and_send

    def _store(self, key: Key, catalogue: Catalogue, started: Message, body: bytes) -> None:
        """Cache a response, unless the dataset was swapped meanwhile: then its version is uncertain."""
        if catalogue is self._state.catalogue:
            self._state.cache.store(key, key.length, ([(name, value) for name, value in started["headers"]], body))


def _is_cacheable(started: Message, most: float, has_texts: bool) -> bool:
    """Whether a response depends on dataset and key alone, and takes at most an eighth of the cache."""
    headers = dict(started["headers"])
    if has_texts and b"authorization" in headers.get(b"vary", b"").lower():
        return False
    settled = started["status"] == 200 and b"etag" in headers and headers.get(b"cache-control") == b"no-cache"
    return settled and b"content-length" in headers and int(headers[b"content-length"]) <= most / 8
