"""The precondition ``If-None-Match: *``, evaluated after the request was handled (RFC 9110, 13.2.2).

Resources compare a specific validator before they write a body. ``*`` matches any representation, so the request is handled without the
condition, and a 200 response with a validator becomes 304.
"""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .cache import UNCHANGED

_METHODS: Final = frozenset({"GET", "HEAD"})
_CONDITION: Final = b"if-none-match"
_RETAINED: Final = UNCHANGED | {b"cache-control"}


class Preconditions:
    """Middleware for ``If-None-Match: *``; passes other requests on."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not any(name == _CONDITION and value.strip() == b"*" for name, value in scope["headers"]):
            await self._app(scope, receive, send)
            return
        scope = {**scope, "headers": [each for each in scope["headers"] if each[0] != _CONDITION]}
        await self._app(scope, receive, _not_modified_send(send) if scope["method"] in _METHODS else send)


def _not_modified_send(send: Send) -> Send:
    """Return a ``send`` that turns a 200 response with a validator into 304 without a body."""
    present = False

    async def send_not_modified(message: Message) -> None:
        nonlocal present
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            present = message["status"] == 200 and any(name.lower() == b"etag" for name, _ in headers)
            if present:
                message = {**message, "status": 304, "headers": [each for each in headers if each[0].lower() in _RETAINED]}
        elif present:
            message = {**message, "body": b""}
        await send(message)

    return send_not_modified
