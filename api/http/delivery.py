"""Back-pressure: responses are sent in chunks with a timeout for each, and the bytes of long responses in progress are bounded.

The response of a client that does not read stays in memory. So a client that takes no chunk of a long response for a while is
disconnected, and a further long response is refused while those in progress hold too many bytes.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import problems

#: Length of a chunk (bytes).
PART: Final = 65_536
#: Shorter responses are not counted (bytes): the server's buffers hold them.
SHORT: Final = 1_000_000


class TooSlow(Exception):
    """Raised when a client does not read the next chunk in time; the server closes the connection."""


class Delivery:
    """Middleware that sends responses in chunks."""

    def __init__(self, app: ASGIApp, seconds: float, most: int) -> None:
        """Wrap ``app``; a chunk may take ``seconds``, and long responses in progress may hold ``most`` bytes."""
        self._app, self._seconds, self._most = app, seconds, most
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length, refused, parts = 0, False, False

        async def deliver(message: Message) -> None:
            nonlocal length, refused, parts
            if refused:
                return
            if message["type"] == "http.response.start":
                announced = _length(message)
                if announced >= SHORT and scope["method"] != "HEAD":
                    if self._under_way + announced > self._most:
                        refused = True
                        detail = "other long responses are being sent: ask again later, or for less"
                        await problems.response(503, detail, {"Retry-After": "5"})(scope, receive, send)
                        return
                    length = announced
                    self._under_way += length
                await send(message)
                return
            body = message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) <= PART:
                # The server's buffers take a short response at once.
                await (self._send_in_time(send, message) if more or parts else send(message))
                parts = True
                return
            for first in range(0, len(body), PART):
                last = first + PART >= len(body)
                part = {"type": message["type"], "body": body[first : first + PART], "more_body": more or not last}
                await self._send_in_time(send, part)

        try:
            await self._app(scope, receive, deliver)
        finally:
            self._under_way -= length

    async def _send_in_time(self, send: Send, message: Message) -> None:
        """Send one chunk.

        :raises TooSlow: when the client does not read it in time.
        """
        try:
            async with asyncio.timeout(self._seconds):
                await send(message)
        except TimeoutError:
            raise TooSlow from None


def _length(message: Message) -> int:
    return next((int(value) for name, value in message["headers"] if name.lower() == b"content-length"), 0)
