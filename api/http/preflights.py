"""CORS preflights, which ask what a page of another origin may send; what it may read is in every response (:mod:`.security`)."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send


class Preflights(CORSMiddleware):
    """Middleware that answers preflights, and passes other requests on: their responses are the same for every origin."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await (super().__call__ if scope["type"] == "http" and scope["method"] == "OPTIONS" else self.app)(scope, receive, send)

    async def simple_response(self, scope: Scope, receive: Receive, send: Send, request_headers: Headers) -> None:
        """Pass on a request that is no preflight."""
        await self.app(scope, receive, send)
