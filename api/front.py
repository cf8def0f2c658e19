"""The front: what the head of a request has to be before anything else reads it. It stands before the whole application.

A head is bounded in bytes, fields and parameters, and names one host (RFC 9112, 3.2); what is not so is refused here, whichever server
is in front. Cookies are taken off: nothing here reads them, and what does so by itself takes time with the square of their length. So
is a ``Range`` that is none, or of several parts: HTTP lets it be ignored (RFC 9110, 14.2).
An address with a slash behind it is the one without.
"""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from . import answers, problems

#: The longest address (path and query), and the longest head as a whole (bytes).
LONGEST: Final = 16_384
#: The most fields of one head, and the most parameters of one address.
FIELDS: Final = 100
PARAMETERS: Final = 1000
#: The longest name of a host (characters; RFC 1035, 2.3.4).
NAME: Final = 255
#: What stands around the name and the value of a field on the line it is sent in (bytes).
_AROUND: Final = 4
_HOST: Final = re.compile(r"(?P<name>[A-Za-z0-9._~-]++|\[(?P<six>[0-9A-Fa-f:.]++)\])(?::(?P<port>[0-9]{0,5}))?+")
#: Lists that are read here, which a caller or a proxy may send in several fields.
_LISTS: Final = (b"accept", b"accept-encoding", b"if-none-match")
_RANGE: Final = re.compile(rb"bytes=(?:[0-9]{1,18}+-[0-9]{0,18}+|-[0-9]{1,18}+)")


class Fault(NamedTuple):
    """Why a head is refused: the status, and what the problem says."""

    status: int
    detail: str


class Front:
    """Refuses heads that are too long or name no host; hands every other request on without what is not read."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the application behind it."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif (fault := _length(scope) or _host(scope)) is not None:
            headers = answers.SHARED | {"Connection": "close"}
            await problems.response(fault.status, fault.detail, headers)(scope, receive, send)
        else:
            await self._app(_straight(_joined(_without(scope))), receive, send)


def _length(scope: Scope) -> Fault | None:
    """Return what is too long about a head, or too many; none where nothing is."""
    query: bytes = scope["query_string"]
    target = len(scope.get("raw_path") or scope["path"].encode()) + len(query)
    if target > LONGEST:
        return Fault(414, f"the address has {target} bytes, at most {LONGEST} are read: ask for less at once, or send a query by POST")
    whole = target + sum(len(name) + len(value) + _AROUND for name, value in scope["headers"])
    if whole > LONGEST:
        return Fault(431, f"the head of the request has {whole} bytes, at most {LONGEST} are read: send fewer or shorter fields")
    if len(scope["headers"]) > FIELDS:
        return Fault(431, f"the head of the request has {len(scope['headers'])} fields, at most {FIELDS} are read: send fewer")
    if (many := query.count(b"&") + 1) > PARAMETERS:
        return Fault(400, f"the address has {many} parameters, at most {PARAMETERS} are read: ask for less at once")
    return None


def _host(scope: Scope) -> Fault | None:
    """Return why the host of a head is none; none where it is one, or where HTTP lets it be absent or empty."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if not hosts and scope.get("http_version") not in {"1.1", "2", "3"}:
        return None
    if len(hosts) != 1:
        return Fault(400, f"Host is given {len(hosts)} times: send it once")
    host = hosts[0].decode("latin-1").strip(" \t")
    if host and not is_host(host):
        return Fault(400, f"Host {host[:NAME]!r} is no host: send a name or an address, and a port up to 65535 behind a colon")
    return None


def is_host(text: str) -> bool:
    """Whether ``text`` is a host, with or without a port, as a ``Host`` field names it (RFC 9110, 7.2).

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
    """Whether a name or address is that of this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def caller(scope: Scope) -> str:
    """Return the address that a request comes from, an empty text where it is not known."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _without(scope: Scope) -> Scope:
    """Return the request without the fields that are not read."""
    kept = [(name, value) for name, value in scope["headers"] if _is_read(name, value)]
    return scope if len(kept) == len(scope["headers"]) else {**scope, "headers": kept}


def _joined(scope: Scope) -> Scope:
    """Return the request with one field for each list that is sent in several (RFC 9110, 5.3)."""
    lists = {name: [value for each, value in scope["headers"] if each == name] for name in _LISTS}
    several = {name: b", ".join(values) for name, values in lists.items() if len(values) > 1}
    if not several:
        return scope
    return {**scope, "headers": [*(each for each in scope["headers"] if each[0] not in several), *several.items()]}


def _straight(scope: Scope) -> Scope:
    """Return the request without slashes behind its path: browsers and clients add them, and nothing here has a name that ends in one."""
    path: str = scope["path"]
    if len(path) < 2 or path[-1] != "/":
        return scope
    raw: bytes = scope.get("raw_path") or b""
    return {**scope, "path": path.rstrip("/") or "/", "raw_path": raw.rstrip(b"/") or b"/"}


def _is_read(name: bytes, value: bytes) -> bool:
    """Whether a field is read: no cookie, a host that is not empty (which stands for none), a range that is one."""
    if name == b"host":
        return bool(value.strip())
    return name not in {b"cookie", b"cookie2"} and (name != b"range" or _RANGE.fullmatch(value) is not None)
