"""Security: what every answer says to browsers, errors and files too: read it as what it is, run nothing of it, tell nobody where from.

An answer that says one of these itself keeps what it says: the interface, a page that draws by a script, a text of a publisher. A fault
that nobody foresaw is answered here as a problem, so that it says all of this too, and goes on to the server, which logs it.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import answers, pages, problems

_STYLE: Final = b64encode(hashlib.sha256(pages.STYLE.encode()).digest()).decode()
#: Pages of ours: their one style, known by its digest, and nothing else.
PAGE: Final = f"default-src 'none'; style-src 'sha256-{_STYLE}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
#: Data: a picture may set its own styles; what a browser takes for a page runs nothing and is of no origin.
DATA: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
#: Browsers show a PDF by a page of their own, which is not let into a sandbox.
PDF: Final = "frame-ancestors 'none'"
#: What an answer says where it does not say otherwise. Data is for pages of any origin, as ``Access-Control-Allow-Origin`` says.
USUAL: Final = {
    "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cross-origin-resource-policy": "cross-origin",
    "x-frame-options": "DENY",
}  # fmt: skip

_USUAL: Final = tuple((name.encode(), value.encode()) for name, value in USUAL.items())
_POLICY: Final = b"content-security-policy"
_DATA: Final = (_POLICY, DATA.encode())
_POLICIES: Final = {b"text/html": (_POLICY, PAGE.encode()), b"application/pdf": (_POLICY, PDF.encode())}


class Security:
    """Adds to every answer what browsers are told, and answers where the application fails."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the application behind it."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message = {**message, "headers": _completed(list(message["headers"]))}
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception:
            if not begun:
                detail = "the service failed in a way nobody foresaw: its log says how; please tell whoever runs it"
                await problems.response(500, detail, answers.SHARED)(scope, receive, sent)
            raise


def _completed(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the fields of an answer with those that it does not have itself."""
    own = {name.lower(): value for name, value in headers}
    policy = _POLICIES.get(own.get(b"content-type", b"").partition(b";")[0].strip(), _DATA)
    return headers + [each for each in (*_USUAL, policy) if each[0] not in own]
