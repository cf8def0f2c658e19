"""Delivery: answers are sent in parts, each of which the caller has to take in time, and a bounded number of bytes is under way.

A caller that does not read holds its answer in memory. So whoever takes no part of a long answer for a while is cut off, and when the long
answers under way hold too many bytes together, the next one is refused until some have been taken.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import problems

#: Length of the parts (bytes).
PART: Final = 65_536
#: Answers shorter than this are not counted (bytes): the server's buffers hold them.
SHORT: Final = 1_000_000


class TooSlow(Exception):
    """Raised when a caller has not taken the next part of its answer in time; the server closes the connection."""


class Delivery:
    """Sends the answers of an application in parts."""

    def __init__(self, app: ASGIApp, seconds: float, most: int) -> None:
        """Take the application, how long a caller may take for the next part (seconds), and the bytes of long answers under way."""
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
                        detail = "answers of many bytes are being sent to others: ask again later, or for less"
                        await problems.response(503, detail, {"Retry-After": "5"})(scope, receive, send)
                        return
                    length = announced
                    self._under_way += length
                await send(message)
                return
            body = message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) <= PART:
                # A short answer is taken by the server's buffers at once, whoever reads it.
                await (self._in_time(send, message) if more or parts else send(message))
                parts = True
                return
            for first in range(0, len(body), PART):
                last = first + PART >= len(body)
                part = {"type": message["type"], "body": body[first : first + PART], "more_body": more or not last}
                await self._in_time(send, part)

        try:
            await self._app(scope, receive, deliver)
        finally:
            self._under_way -= length

    async def _in_time(self, send: Send, message: Message) -> None:
        """Send one part.

        :raises TooSlow: when the caller does not take it in time.
        """
        try:
            async with asyncio.timeout(self._seconds):
                await send(message)
        except TimeoutError:
            raise TooSlow from None


def _length(message: Message) -> int:
    return next((int(value) for name, value in message["headers"] if name.lower() == b"content-length"), 0)
