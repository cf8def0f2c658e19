"""Preconditions on what there is: ``If-None-Match: *`` is answered once it is known that there is something (RFC 9110, 13.2.2).

A validator that a caller names was given with an answer, so resources compare it before they make one. ``*`` says nothing of the kind:
the request is answered as if it had no condition, and only an answer that is good and has a validator becomes 304.
"""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .cache import UNCHANGED

_METHODS: Final = frozenset({"GET", "HEAD"})
_CONDITION: Final = b"if-none-match"
_KEPT: Final = UNCHANGED | {b"cache-control"}


class Preconditions:
    """Answers 304 to a caller that wants nothing if there is anything; hands every other request on."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the application behind it."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not any(name == _CONDITION and value.strip() == b"*" for name, value in scope["headers"]):
            await self._app(scope, receive, send)
            return
        scope = {**scope, "headers": [each for each in scope["headers"] if each[0] != _CONDITION]}
        await self._app(scope, receive, _unless_there(send) if scope["method"] in _METHODS else send)


def _unless_there(send: Send) -> Send:
    """Return what sends an answer on, a good one with a validator as 304 without its body."""
    there = False

    async def sent(message: Message) -> None:
        nonlocal there
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            there = message["status"] == 200 and any(name.lower() == b"etag" for name, _ in headers)
            if there:
                message = {**message, "status": 304, "headers": [each for each in headers if each[0].lower() in _KEPT]}
        elif there:
            message = {**message, "body": b""}
        await send(message)

    return sent
