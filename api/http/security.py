"""Headers of every response, also of errors and files: readable by pages of any origin; no sniffing, no script execution, no referrer.

A response may set its own value of such a header: the documentation page, a page with a plot, a document text. An unexpected exception is
answered here as a problem, so it carries these headers too; then it is raised again for the server, which logs it.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import problems, webpages

_STYLE: Final = b64encode(hashlib.sha256(webpages.STYLE.encode()).digest()).decode()
#: Content security policy of our pages: their style sheet by its digest, and nothing else.
PAGE: Final = f"default-src 'none'; style-src 'sha256-{_STYLE}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
#: Policy of data: a picture may have inline styles; nothing runs, and the origin is opaque (sandbox).
DATA: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
#: Policy of PDF: the viewers of browsers do not work in a sandbox.
PDF: Final = "frame-ancestors 'none'"
#: Response headers that a page of another origin may read (CORS).
EXPOSED: Final = ("ETag", "Link", "Mabgraph-Dataset", "Mabgraph-Total", "Mabgraph-Understood", "Mabgraph-Unread", "Retry-After")
#: Default headers. Data is public for pages of any origin, and the same for all, so no response varies by ``Origin``.
USUAL: Final = {
    "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cross-origin-resource-policy": "cross-origin",
    "x-frame-options": "DENY", "access-control-allow-origin": "*", "access-control-expose-headers": ", ".join(EXPOSED),
}  # fmt: skip

_USUAL: Final = tuple((name.encode(), value.encode()) for name, value in USUAL.items())
_POLICY: Final = b"content-security-policy"
_POLICIES: Final = {"text/html": PAGE, "application/pdf": PDF}


def content_policy(media: str) -> str:
    """Return the content security policy of a response in the media type ``media`` that states none itself."""
    return _POLICIES.get(media, DATA)


class Security:
    """Middleware that adds security headers to every response, and reports unexpected exceptions as problems."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_with_policies(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message = {**message, "headers": _complete(list(message["headers"]))}
            await send(message)

        try:
            await self._app(scope, receive, send_with_policies)
        except Exception:
            if not begun:
                detail = "the service failed unexpectedly: the log has the error; please report this to the operator"
                await problems.response(500, detail)(scope, receive, send_with_policies)
            raise


def _complete(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers of a response with the missing security headers."""
    own = {name.lower(): value for name, value in headers}
    media = own.get(b"content-type", b"").partition(b";")[0].strip().decode("latin-1")
    return headers + [each for each in (*_USUAL, (_POLICY, content_policy(media).encode())) if each[0] not in own]
