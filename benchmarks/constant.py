"""A server of constant bodies, the most that the same web server can do: the path says how many bytes the body has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

Message = dict[str, Any]

_bodies: Final[dict[str, bytes]] = {}


async def application(scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
    """Answer ``/1234`` with 1,234 bytes, whatever else is asked."""
    if scope["type"] != "http":
        return
    path: str = scope["path"]
    body = _bodies.get(path)
    if body is None:
        body = _bodies[path] = b"." * int(path.removeprefix("/"))
    headers = [(b"content-type", b"application/sparql-results+json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
