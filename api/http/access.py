"""The access log: one line for each request, if the setting ``access_log`` is on.

A line holds neither the query string nor any header, so it holds no secret and no query text. It is written by ``logging``, under the name
of this module, when the response has been sent or was aborted.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mabgraph.ingest.visible import escape_invisible

from .front import caller

_log = logging.getLogger(__name__)
#: Longest path in a line (characters).
SHOWN: Final = 500
#: The key of the scope of a request that a process asks itself at its start: it has no line.
OWN: Final = "mabgraph.own"
#: Placeholder for the status when no response was started, and for an unknown client.
_NONE: Final = "-"


class Access:
    """Middleware that logs one line for each request."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or OWN in scope:
            await self._app(scope, receive, send)
            return
        begin, status, length = time.perf_counter(), _NONE, 0

        async def count_and_send(message: Message) -> None:
            nonlocal status, length
            if message["type"] == "http.response.start":
                status = str(message["status"])
            length += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, count_and_send)
        finally:
            _log.info("%s", line(scope, status, length, time.perf_counter() - begin))


def line(scope: Scope, status: str, length: int, seconds: float) -> str:
    """Return the log line of a request: client, method, path, status, body length (bytes), duration (ms), separated by spaces.

    >>> line({"client": ("127.0.0.1", 1), "method": "GET", "path": "/v1/drugs"}, "200", 10, 0.0012)
    '127.0.0.1 GET /v1/drugs 200 10 1.2'
    """
    client = caller(scope) or _NONE
    path = _as_word(scope["path"])
    return f"{_as_word(client)} {_as_word(scope['method'])} {path} {status} {length} {seconds * 1000:.1f}"


def _as_word(text: str) -> str:
    """Return ``text`` without spaces or line breaks: they are percent-encoded."""
    return escape_invisible(text[:SHOWN]).translate({ord(" "): "%20", ord("\t"): "%09", ord("\n"): "%0A", ord("\r"): "%0D"})


def begin() -> None:
    """Write the log to standard error, each line after its time (UTC), unless the process has configured a handler for it."""
    if _log.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    _log.propagate = False
