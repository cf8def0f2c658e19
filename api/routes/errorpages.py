"""Errors in a browser as pages, with the same words as the problem that a program gets."""

from __future__ import annotations

import json
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..http import media, problems, security
from ..pages import templating
from .pageresponse import HEADERS, SECTIONS

#: Paths of programs, each with all below it and its formats: what is wrong is a problem there, whoever asks.
_DATA: Final = ("/v1", "/sparql", "/dataset", "/.well-known", "/health", "/openapi.json")
_HTML: Final = "text/html"
#: Fields of a problem that its page has too.
_KEPT: Final = frozenset({
    b"www-authenticate", b"retry-after", b"allow", b"link", b"cache-control", b"mabgraph-dataset", b"connection",
    *(name.encode() for name in security.USUAL),
})  # fmt: skip


class ErrorPages:
    """Middleware that sends a problem as a page to whoever prefers HTML, outside the paths of programs.

    It stands twice: around the routes, before anything is compressed, and around the outer layers, which refuse requests themselves.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not prefers_page(scope):
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def send_page(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_problem(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    await _send_page(start, b"" if scope["method"] == "HEAD" else body, send)

        await self._app(scope, receive, send_page)


def prefers_page(scope: Scope) -> bool:
    """Whether a request outside the paths of programs prefers HTML to JSON."""
    path: str = scope["path"]
    if any(path == each or path.startswith((f"{each}/", f"{each}.")) for each in _DATA):
        return False
    accept = b", ".join(value for name, value in scope["headers"] if name == b"accept").decode("latin-1")
    return bool(accept) and media.acceptable_types(accept, (problems.MEDIA, _HTML))[:1] == [_HTML]


def _is_problem(message: Message) -> bool:
    return any(name == b"content-type" and value.startswith(problems.MEDIA.encode()) for name, value in message["headers"])


async def _send_page(start: Message, body: bytes, send: Send) -> None:
    """Send the page of a problem; of one without a body (HEAD), its head alone."""
    problem: dict[str, Any] = {"near": [], "choices": []} | (json.loads(body) if body else {})
    values = {"problem": problem, "sections": SECTIONS, "here": "", "version": "", "data": (), "head": ""}
    page = templating.render("error.html", **values).encode() if body else b""
    length = {"content-length": str(len(page))} if body else {}
    own = [(name, value) for name, value in start["headers"] if name.lower() in _KEPT]
    added = {"content-type": "text/html; charset=utf-8", "vary": "Accept", **length, **HEADERS}
    headers = [*own, *((name.lower().encode(), value.encode()) for name, value in added.items())]
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": page})
