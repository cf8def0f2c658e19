"""Who may ask the review: the browser of whoever has the token that was printed at the start, on this machine, from its own pages.

A request is refused if it names another host (DNS rebinding), comes from another origin (RFC 6454; cross-site request forgery), or has
neither the token nor the cookie that the token was exchanged for. Cookies do not know ports, and a page of another port of this machine is
of the same site, so a cookie alone never suffices to change something: a form carries a token of its own, and must come from our pages.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qs, quote, urlencode

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..pages.templating import POLICY

#: Headers of every response: nothing is kept, framed, sniffed or told to others.
HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store", "content-security-policy": POLICY, "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}  # fmt: skip
#: The parameter of the first address that carries the token.
PARAMETER: Final = "token"
_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
#: Longest address (bytes), and longest cookies that are read: those of other services of this machine come, too.
_LONGEST: Final = 8_192
_COOKIES: Final = 16_384
#: Paths that everybody on this machine may read: style sheets.
_OPEN: Final = "/static/"

#: Returns the page of a refusal, from its status and what it says.
Refuse = Callable[[int, str], Response]


class Session:
    """What is derived from the token: the cookie of the browser, and the token of forms. Neither tells the token."""

    def __init__(self, token: str, port: int) -> None:
        """Take the ``token`` that is printed; the cookie's name has the ``port``, since cookies are shared by all ports of a host."""
        self._token = token
        self.cookie = f"mabgraph-review-{port}"
        self.browser, self.form = (self._derive(purpose) for purpose in ("browser", "form"))

    def knows(self, token: str) -> bool:
        """Whether ``token`` is the one that was printed, compared in constant time."""
        return hmac.compare_digest(token.encode(), self._token.encode())

    def is_of_browser(self, cookies: bytes) -> bool:
        """Whether a field ``Cookie`` has the cookie of this session, compared in constant time."""
        pairs = (pair.strip().partition(b"=") for pair in cookies[:_COOKIES].split(b";"))
        values = [value for name, _, value in pairs if name == self.cookie.encode()]
        return any(hmac.compare_digest(value, self.browser.encode()) for value in values)

    def is_of_form(self, token: str) -> bool:
        """Whether ``token`` is the one that our forms carry, compared in constant time."""
        return hmac.compare_digest(token.encode(), self.form.encode())

    def _derive(self, purpose: str) -> str:
        return hmac.new(self._token.encode(), purpose.encode(), hashlib.sha256).hexdigest()


class Guard:
    """Middleware that answers only the owner, and puts :data:`HEADERS` on every response."""

    def __init__(self, app: ASGIApp, session: Session, port: int, refuse: Refuse) -> None:
        """Wrap ``app``, which is served on ``port`` of the loopback addresses; refusals are the pages of ``refuse``."""
        self._app, self._session, self._refuse = app, session, refuse
        names = ("127.0.0.1", "localhost", "[::1]")
        self._hosts = {f"{name}:{port}" for name in names} | ({*names} if port == 80 else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(name, value) for name, value in message["headers"] if name.lower().decode("latin-1") not in HEADERS]
                message = {**message, "headers": [*own, *((name.encode(), value.encode()) for name, value in HEADERS.items())]}
            await send(message)

        answer = self._answer(scope)
        await (answer or self._app)(scope, receive, send_with_headers)

    def _answer(self, scope: Scope) -> Response | None:
        """Return the refusal of a request, or the exchange of the token for a cookie; none for a request that the application answers."""
        fields = _Fields(scope)
        if scope["method"] not in _METHODS:
            return self._refuse(405, f"{scope['method'][:20]} is not allowed: pages are read by GET, and decisions sent by POST")
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > _LONGEST:
            return self._refuse(414, f"the address is longer than {_LONGEST} bytes: go back, and follow a link of a page")
        if fields.several("host") or fields.text("host").lower() not in self._hosts:
            return self._refuse(421, "this review answers to the address that it printed at its start, and to no other name")
        if fault := self._origin_fault(fields, scope["method"] == "POST"):
            return self._refuse(403, fault)
        if scope["path"].startswith(_OPEN):
            return None
        token, rest = _split_token(scope["query_string"])
        if token is not None and scope["method"] != "POST":
            return self._exchange(scope["path"], token, rest)
        if not self._session.is_of_browser(b";".join(fields.values("cookie"))):
            return self._refuse(403, "this browser has not opened the review: open the address with the token that mabgraph review printed")
        return None

    def _origin_fault(self, fields: _Fields, changes: bool) -> str:
        """Return why a request from another page is refused; nothing for one of our pages, or of no page.

        Without a referrer, browsers send ``Origin: null`` from our own forms, too: then only ``Sec-Fetch-Site`` tells (Fetch, 3.1; Fetch
        Metadata). A program that sends neither field is no browser, and its form must carry the token of forms.
        """
        origin, site = fields.text("origin").lower(), fields.text("sec-fetch-site").lower()
        other = "a page of another address sent this: nothing was written; use the pages of the review"
        if fields.several("origin") or fields.several("sec-fetch-site"):
            return other
        if origin == "null":
            return "" if site == "same-origin" else other
        if origin and origin != f"http://{fields.text('host').lower()}":
            return other
        return other if changes and site not in {"", "same-origin"} else ""

    def _exchange(self, path: str, token: str, rest: str) -> Response:
        if not self._session.knows(token):
            return self._refuse(403, "this is not the token of this review: open the address that mabgraph review printed last")
        address = quote("/" + path.lstrip("/\\")) + (f"?{rest}" if rest else "")
        response = RedirectResponse(address, 303)
        response.set_cookie(self._session.cookie, self._session.browser, path="/", httponly=True, samesite="strict")
        return response


class _Fields:
    """The fields of a head by their names."""

    def __init__(self, scope: Scope) -> None:
        self._headers = [(name.lower(), value) for name, value in scope["headers"]]

    def values(self, name: str) -> list[bytes]:
        return [value for each, value in self._headers if each == name.encode()]

    def text(self, name: str) -> str:
        return b"".join(self.values(name)[:1]).decode("latin-1").strip()

    def several(self, name: str) -> bool:
        return len(self.values(name)) > 1


def _split_token(query: bytes) -> tuple[str | None, str]:
    """Return the token of a query string (none if it has none), and the rest of the query."""
    parameters = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    token = parameters.pop(PARAMETER, None)
    return None if token is None else token[0], urlencode(parameters, doseq=True)
