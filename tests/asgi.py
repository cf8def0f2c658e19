"""Requests handed to an application itself: heads that no client sends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient

#: A field of a head.
Field = tuple[bytes, bytes]
HOST: Field = (b"host", b"testserver")


@dataclass(frozen=True)
class Reply:
    """What an application sent."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


def scope(
    path: str, query: bytes = b"", headers: Iterable[Field] = (HOST,), *, method: str = "GET", version: str = "1.1",
    client: tuple[str, int] | None = ("127.0.0.1", 1),
) -> dict[str, Any]:  # fmt: skip
    """Return a request as a server hands it to an application."""
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": version, "method": method, "scheme": "http", "path": path,
        "raw_path": path.encode("utf-8", "surrogatepass"), "query_string": query, "headers": list(headers), "client": client,
        "server": ("testserver", 80), "root_path": "", "state": {},
    }  # fmt: skip


async def answered(app: Any, request: dict[str, Any], body: bytes = b"") -> Reply:
    """Return the reply of ``app``."""
    sent: list[Any] = []
    received = [{"type": "http.request", "body": body, "more_body": False}]
    gone = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not received:
            await gone.wait()
            return {"type": "http.disconnect"}
        return received.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    await app(request, receive, send)
    gone.set()
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Reply(sent[0]["status"], {bytes(name): bytes(value) for name, value in sent[0]["headers"]}, body)


def through(client: TestClient, request: dict[str, Any]) -> Reply:
    """Return the reply of the application of an entered ``client``, on the loop that it lives on."""
    assert client.portal is not None
    reply: Reply = client.portal.call(answered, client.app, request)
    return reply


def asked(app: Any, path: str, query: bytes = b"", headers: Iterable[Field] = (HOST,), **more: Any) -> Reply:
    """Return the reply of ``app`` to one request, on a loop of its own."""
    return asyncio.run(answered(app, scope(path, query, headers, **more)))
