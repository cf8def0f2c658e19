"""Validation of request heads, before the whole application.

The head of a request is bounded in bytes, header fields and parameters, and names one host (RFC 9112, 3.2); other requests are refused
here, independent of the server. Cookies are removed: nothing reads them, and parsers take quadratic time in their length. A malformed or
multi-part ``Range`` is removed too: HTTP allows that it is ignored (RFC 9110, 14.2). A trailing slash is removed from the path.
"""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from . import problems

#: Longest URL (path and query), and longest head in total (bytes).
LONGEST: Final = 16_384
#: Most header fields, and most query parameters, of one request.
FIELDS: Final = 100
PARAMETERS: Final = 1000
#: Longest host name (characters; RFC 1035, 2.3.4).
NAME: Final = 255
#: Overhead of a header line beside name and value (bytes).
_LINE_OVERHEAD: Final = 4
_HOST: Final = re.compile(r"(?P<name>[A-Za-z0-9._~-]++|\[(?P<six>[0-9A-Fa-f:.]++)\])(?::(?P<port>[0-9]{0,5}))?+")
#: Lists that callers and proxies may send in several header fields.
_LISTS: Final = (b"accept", b"accept-encoding", b"if-none-match")
_RANGE: Final = re.compile(rb"bytes=(?:[0-9]{1,18}+-[0-9]{0,18}+|-[0-9]{1,18}+)")


class Fault(NamedTuple):
    """Why a request is refused: status and detail of the problem."""

    status: int
    detail: str


class Front:
    """Middleware that refuses oversized heads and invalid hosts, and passes other requests on without unread header fields."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif (fault := _length_fault(scope) or _host_fault(scope)) is not None:
            await problems.response(fault.status, fault.detail, {"Connection": "close"})(scope, receive, send)
        else:
            await self._app(_strip_slashes(_join_lists(_drop_unread_fields(scope))), receive, send)


def _length_fault(scope: Scope) -> Fault | None:
    """Return the fault of an oversized head; none if it is within the bounds."""
    query: bytes = scope["query_string"]
    target = len(scope.get("raw_path") or scope["path"].encode()) + len(query)
    if target > LONGEST:
        return Fault(414, f"the address has {target} bytes, at most {LONGEST} are read: ask for less at once, or send a query by POST")
    whole = target + sum(len(name) + len(value) + _LINE_OVERHEAD for name, value in scope["headers"])
    if whole > LONGEST:
        return Fault(431, f"the head of the request has {whole} bytes, at most {LONGEST} are read: send fewer or shorter fields")
    if len(scope["headers"]) > FIELDS:
        return Fault(431, f"the head of the request has {len(scope['headers'])} fields, at most {FIELDS} are read: send fewer")
    if (many := query.count(b"&") + 1) > PARAMETERS:
        return Fault(400, f"the address has {many} parameters, at most {PARAMETERS} are read: ask for less at once")
    return None


def _host_fault(scope: Scope) -> Fault | None:
    """Return the fault of the ``Host`` field; none if it is valid, or if HTTP allows it to be absent or empty."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if not hosts and scope.get("http_version") not in {"1.1", "2", "3"}:
        return None
    if len(hosts) != 1:
        return Fault(400, f"Host is given {len(hosts)} times: send it once")
    host = hosts[0].decode("latin-1").strip(" \t")
    if host and not is_host(host):
        return Fault(400, f"Host {host[:NAME]!r} is not a host: send a name or an address, and a port up to 65535 behind a colon")
    return None


def is_host(text: str) -> bool:
    """Whether ``text`` is a valid ``Host`` field: a host with or without a port (RFC 9110, 7.2).

    >>> is_host("localhost:8000"), is_host("[::1]"), is_host("user@localhost"), is_host("localhost:99999")
    (True, True, False, False)
    """
    match = _HOST.fullmatch(text) if len(text) <= NAME + len(":65535") else None
    if match is None or len(match["name"]) > NAME or int(match["port"] or 0) > 65_535:
        return False
    if match["six"] is None:
        return True
    with suppress(ValueError):
        return bool(IPv6Address(match["six"]))
    return False


def is_loopback(host: str) -> bool:
    """Whether a host name or address is a loopback one.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def caller(scope: Scope) -> str:
    """Return the client address of a request; empty if unknown."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _drop_unread_fields(scope: Scope) -> Scope:
    """Return the request without the header fields that nothing reads."""
    kept = [(name, value) for name, value in scope["headers"] if _is_read(name, value)]
    return scope if len(kept) == len(scope["headers"]) else {**scope, "headers": kept}


def _join_lists(scope: Scope) -> Scope:
    """Return the request with each list that arrives in several header fields joined into one (RFC 9110, 5.3)."""
    names = [name for name, _ in scope["headers"]]
    if len(set(names)) == len(names):
        return scope
    lists = {name: [value for each, value in scope["headers"] if each == name] for name in _LISTS}
    several = {name: b", ".join(values) for name, values in lists.items() if len(values) > 1}
    if not several:
        return scope
    return {**scope, "headers": [*(each for each in scope["headers"] if each[0] not in several), *several.items()]}


def _strip_slashes(scope: Scope) -> Scope:
    """Return the request without trailing slashes: browsers and clients add them, and no path here ends in one."""
    path: str = scope["path"]
    if len(path) < 2 or path[-1] != "/":
        return scope
    raw: bytes = scope.get("raw_path") or b""
    return {**scope, "path": path.rstrip("/") or "/", "raw_path": raw.rstrip(b"/") or b"/"}


def _is_read(name: bytes, value: bytes) -> bool:
    """Whether a header field is read: not a cookie, an empty host (which means none), or an invalid range."""
    if name == b"host":
        return bool(value.strip())
    return name not in {b"cookie", b"cookie2"} and (name != b"range" or _RANGE.fullmatch(value) is not None)
