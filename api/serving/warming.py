"""Warming: what the first page of a process would have to wait for is done before the process answers: templates, questions, routes."""

from __future__ import annotations

from typing import Any, Final

from starlette.types import ASGIApp

from mabgraph.graph.questions import question

from ..http import access
from ..pages import templating

#: An address that nothing has: finding no route for it, the framework prepares all of them, and the page of an error is written.
_NOWHERE: Final = "/-"
#: Pages that are asked for in the background: the start page works out comparisons once, and for the form of comparisons the framework
#: prepares its many filters, and their choices are named.
FIRST: Final = ("/", "/compare")


async def warm(app: ASGIApp) -> int:
    """Compile the templates, read the questions, and prepare the routes of ``app``; return the status of the request that does the last."""
    templating.compile_all()
    for name in question.list_names():
        question.load(name)
    return await ask(app, _NOWHERE)


async def ask_first(app: ASGIApp) -> list[int]:
    """Ask ``app``, which answers already, for the pages of :data:`FIRST`, one after another; return their statuses."""
    return [await ask(app, path) for path in FIRST]


async def ask(app: ASGIApp, path: str) -> int:
    """Ask ``app`` for the page at ``path`` as a browser would, and return its status: what the page works out once is kept then."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": b"", "headers": [(b"host", b"localhost"), (b"accept", b"text/html")],
        "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 80), "root_path": "", "state": {}, access.OWN: True,
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])
