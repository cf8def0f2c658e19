"""Access: one line in the log for each request, where whoever runs the service wants it: what was asked for and how it went.

A line holds no query and no field of the head, and so no secret and no text of a query. It is written by ``logging``, under the name of
this module, when the answer has been sent or broken off.
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
#: The longest path that is shown (characters).
SHOWN: Final = 500
#: What stands for the status where no answer was begun.
_NONE: Final = "-"


class Access:
    """Writes a line for each request, and hands it on."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the application behind it."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin, status, length = time.perf_counter(), _NONE, 0

        async def sent(message: Message) -> None:
            nonlocal status, length
            if message["type"] == "http.response.start":
                status = str(message["status"])
            length += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            _log.info("%s", line(scope, status, length, time.perf_counter() - begin))


def line(scope: Scope, status: str, length: int, seconds: float) -> str:
    """Return what is written of a request: client, method, path, status, bytes of the body, milliseconds, with spaces between.

    >>> line({"client": ("127.0.0.1", 1), "method": "GET", "path": "/v1/drugs"}, "200", 10, 0.0012)
    '127.0.0.1 GET /v1/drugs 200 10 1.2'
    """
    client = caller(scope) or _NONE
    path = _shown(scope["path"])
    return f"{_shown(client)} {_shown(scope['method'])} {path} {status} {length} {seconds * 1000:.1f}"


def _shown(text: str) -> str:
    """Return a text as one word of a line."""
    return escape_invisible(text[:SHOWN]).translate({ord(" "): "%20", ord("\t"): "%09", ord("\n"): "%0A", ord("\r"): "%0D"})


def begin() -> None:
    """Let lines be written to standard error, with the time before them, unless the process has its own way for this log."""
    if _log.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    _log.propagate = False
