"""Conditional requests (RFC 9110, 13): the one place that makes validators, compares ``If-None-Match`` with them, and answers 304.

A resource gives its response a validator (``ETag``), and :class:`Conditional` turns a 200 response that the client has already into 304.
Where the body takes work, :func:`respond` compares first, so that nothing is done for a 304. ``*`` means any representation, and whether
there is one is known after the request was handled (13.2.2), so it is left to the middleware.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import fields, responses, security

#: A body, and the headers specific to it.
BodyAndHeaders = tuple[bytes, dict[str, str]]

_METHODS: Final = frozenset({"GET", "HEAD"})
_CONDITION: Final = b"if-none-match"
_POLICY: Final = "content-security-policy"
#: Fields of a response that its 304 response has too: they update what the client has stored (RFC 9110, 15.4.5).
_RETAINED: Final = frozenset({
    b"etag", b"vary", b"cache-control", b"mabgraph-dataset", b"mabgraph-unread", b"referrer-policy", b"cross-origin-resource-policy",
    _POLICY.encode(),
})  # fmt: skip


def tag(*settled: object) -> str:
    """Return the strong validator (ETag) of a response that ``settled`` determines: dataset version, request, format and coding.

    >>> tag("1a2b", "query") == tag("1a2b", "query"), tag("1a2b", "query") == tag("1a2c", "query")
    (True, False)
    """
    return f'"{hashlib.blake2b(repr(settled).encode(), digest_size=16).hexdigest()}"'


def matches(header: bytes | str | None, validator: str) -> bool:
    """Whether the ``If-None-Match`` of a request names ``validator`` (RFC 9110, 13.1.2).

    ``*`` names none: see :class:`Conditional`.

    >>> matches('W/"a", "b"', '"b"'), matches("*", '"b"'), matches(None, '"b"')
    (True, False, False)
    """
    if not header:
        return False
    text = header.decode("latin-1") if isinstance(header, bytes) else header
    return validator.strip('"') in {each.removeprefix("W/").strip('"') for each in fields.members(text)}


def validators(version: str, validator: str) -> dict[str, str]:
    """Return the headers by which a response is stored and compared; one without a validator may differ each time: ``no-store``."""
    values = {"cache-control": "no-cache" if validator else "no-store", "mabgraph-dataset": version, "etag": validator}
    return {name: value for name, value in values.items() if value}


def headers(media: str, coding: str, body: bytes, version: str, validator: str) -> dict[str, str]:
    """Return the headers of a response with ``body`` in the content coding ``coding`` (empty: none)."""
    charset = "; charset=utf-8" if media.startswith("text/") else ""
    values = {"content-type": media + charset, "content-length": str(len(body)), "vary": responses.VARY, "content-encoding": coding}
    return {name: value for name, value in values.items() if value} | validators(version, validator)


def respond_unchanged(
    request: Request, version: str, validator: str, media: str, known: Mapping[str, str] | None = None
) -> Response | None:
    """Return the 304 response, if the request names ``validator``: before any work for the response is done; else none.

    ``known`` are headers of the response that are known before its body.
    """
    if not matches(request.headers.get(_CONDITION.decode()), validator):
        return None
    # Names in one case: a field that stands twice is two policies, and a browser that has the page takes its style away.
    policy = {_POLICY: security.content_policy(media)}
    retained = {name.lower(): value for name, value in (known or {}).items() if name.lower().encode() in _RETAINED}
    return Response(status_code=304, headers={**policy, "vary": responses.VARY, **retained, **validators(version, validator)})


def respond(
    request: Request, version: str, by: Sequence[object], media: str, write_body: Callable[[], BodyAndHeaders],
    known: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """Return the response with the body and headers of ``write_body``, compressed if the client accepts it; or 304.

    ``by`` determines the representation together with path, media type and coding; they make the validator. ``known`` are headers that do
    not depend on the body. ``write_body`` is not called for a 304.
    """
    wanted = responses.wants_coding(request.headers.get("accept-encoding", "").encode("latin-1"))
    validator = tag(*by, request.url.path, media, wanted)
    unchanged = respond_unchanged(request, version, validator, media, known)
    if unchanged is not None:
        return unchanged
    body, more = write_body()
    coding, body = responses.compress(body, wanted)
    return Response(body, headers={**headers(media, coding, body, version, validator), **(known or {}), **more})


class Conditional:
    """Middleware that answers GET and HEAD with 304 instead of 200, where ``If-None-Match`` names the validator or is ``*``."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] in _METHODS:
            condition = next((value for name, value in scope["headers"] if name == _CONDITION), None)
            if condition is not None:
                send = _not_modified_send(send, condition, anything=condition.strip() == b"*")
        await self._app(scope, receive, send)


def _not_modified_send(send: Send, condition: bytes, anything: bool) -> Send:
    """Return a ``send`` that turns a 200 response with a validator of ``condition`` into 304; with any validator, if ``anything``."""
    unchanged = False

    async def send_not_modified(message: Message) -> None:
        nonlocal unchanged
        if message["type"] == "http.response.start":
            own = {name.lower(): value for name, value in message["headers"]}
            validator = own.get(b"etag")
            unchanged = message["status"] == 200 and validator is not None and (anything or matches(condition, validator.decode("latin-1")))
            if unchanged:
                media = own.get(b"content-type", b"").partition(b";")[0].strip().decode("latin-1")
                retained = {_POLICY.encode(): security.content_policy(media).encode()} | {
                    name: value for name, value in own.items() if name in _RETAINED
                }
                message = {**message, "status": 304, "headers": [*retained.items()]}
        elif unchanged:
            message = {**message, "body": b""}
        await send(message)

    return send_not_modified
