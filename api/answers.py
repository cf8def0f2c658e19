"""Answers as they are sent: coding, validators and headers, alike for every resource that a dataset's version settles."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from . import fields, media, problems

#: Headers that a page of another origin may read.
EXPOSED: Final = ("ETag", "Link", "Mabgraph-Dataset", "Mabgraph-Total", "Mabgraph-Unread", "Retry-After")
#: What every answer says to browsers.
SHARED: Final = {"access-control-allow-origin": "*", "access-control-expose-headers": ", ".join(EXPOSED)}
#: Bodies shorter than this are not worth coding (bytes).
CODED: Final = 1000

#: A body, and headers beside the usual ones.
Made = tuple[bytes, dict[str, str]]

_VARY: Final = "Accept, Accept-Encoding"


def tag(*settled: object) -> str:
    """Return the strong validator of what ``settled`` settles: the dataset's version, what was asked, format and coding.

    >>> tag("1a2b", "query") == tag("1a2b", "query"), tag("1a2b", "query") == tag("1a2c", "query")
    (True, False)
    """
    return f'"{hashlib.blake2b(repr(settled).encode(), digest_size=16).hexdigest()}"'


def matches(header: bytes | str | None, validator: str) -> bool:
    """Whether the ``If-None-Match`` of a request names ``validator`` (RFC 9110, 13.1.2).

    ``*`` names none: whether there is anything at all is known once it was asked for (:mod:`.preconditions`).

    >>> matches('W/"a", "b"', '"b"'), matches("*", '"b"'), matches(None, '"b"')
    (True, False, False)
    """
    if not header:
        return False
    text = header.decode("latin-1") if isinstance(header, bytes) else header
    return validator.strip('"') in {each.removeprefix("W/").strip('"') for each in fields.members(text)}


def unchanged(validator: str, version: str) -> Response:
    """Return the answer to a caller that has this representation already."""
    return Response(status_code=304, headers={"ETag": validator, "Vary": _VARY, "Mabgraph-Dataset": version, **SHARED})


@lru_cache(maxsize=200)
def wants_coding(accept_encoding: bytes) -> bool:
    """Whether a caller takes bodies that are coded with gzip.

    >>> wants_coding(b"br, gzip"), wants_coding(b"gzip;q=0"), wants_coding(b"")
    (True, False, False)
    """
    weights = fields.qualities(accept_encoding.decode("latin-1"))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


class Coding(GZipMiddleware):
    """Codes what the web application did not code itself, for callers that take it: ``gzip;q=0`` says no as much as silence does."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and not any(wants_coding(value) for name, value in scope["headers"] if name == b"accept-encoding"):
            scope = {**scope, "headers": [each for each in scope["headers"] if each[0] != b"accept-encoding"]}
        await super().__call__(scope, receive, send)


def compressed(body: bytes, wanted: bool) -> tuple[str, bytes]:
    """Return the coding of an answer (``gzip``, or none where it is short or not wanted) and its coded body."""
    return ("gzip", gzip.compress(body, 5, mtime=0)) if wanted and len(body) >= CODED else ("", body)


async def coded(body: bytes, wanted: bool) -> tuple[str, bytes]:
    """Return what :func:`compressed` does; large bodies are coded beside the event loop."""
    return compressed(body, wanted) if len(body) < 100 * CODED else await asyncio.to_thread(compressed, body, wanted)


def chosen(request: Request, suffix: str, forms: Mapping[str, str], offered: Sequence[str] = ()) -> str | Response:
    """Return the media type that a caller wants: by ``format``, over the suffix of the address, over ``Accept``; or the refusal.

    ``forms`` are the media types by the names that ``format`` and suffixes have for them; ``offered`` those of them that there are
    here, most readily given first (none: all).
    """
    given = offered or tuple(dict.fromkeys(forms.values()))
    names = {name: media_type for name, media_type in forms.items() if media_type in given}
    asked = media.called(request.query_params.getlist("format")) or ([(suffix.lower(),)] if suffix else [])
    wanted = [_first(several, names, given) for several in asked]
    for several, media_type in zip(asked, wanted, strict=True):
        if media_type is None:
            return problems.response(406, f"format {','.join(several)[:80]!r} is not offered; there are {', '.join(names)}")
    if wanted:
        one = len(set(wanted)) == 1
        return wanted[0] or "" if one else problems.response(406, "several formats are given: give one of them")
    acceptable = media.acceptable(request.headers.get("accept"), given)
    return acceptable[0] if acceptable else problems.response(406, f"offered are {', '.join(given)}")


def _first(several: Sequence[str], names: Mapping[str, str], offered: Sequence[str]) -> str | None:
    """Return the media type of the first of some names of formats, short ones or media types, that is offered."""
    types = (each for name in several for each in ([names[name]] if name in names else media.named(name, offered)))
    return next(types, None)


def settled(request: Request, version: str, by: Sequence[object], media: str, made: Callable[[], Made]) -> Response:
    """Return what ``made`` gives (a body, and headers beside the usual ones), coded when it is wanted so.

    ``by`` is what settles it beside the path, the format and the coding. A caller that has it already is told so, and nothing is made.
    """
    wanted = wants_coding(request.headers.get("accept-encoding", "").encode("latin-1"))
    validator = tag(*by, request.url.path, media, wanted)
    if matches(request.headers.get("if-none-match"), validator):
        return unchanged(validator, version)
    body, more = made()
    coding, body = compressed(body, wanted)
    return Response(body, headers=headers(media, coding, body, version, validator) | more)


def headers(media: str, coding: str, body: bytes, version: str, validator: str) -> dict[str, str]:
    """Return the headers of an answer; one without a validator may differ each time and is not to be kept."""
    charset = "; charset=utf-8" if media.startswith("text/") else ""
    given = {
        **SHARED, "content-type": media + charset, "content-length": str(len(body)), "vary": _VARY,
        "cache-control": "no-cache" if validator else "no-store", "mabgraph-dataset": version, "etag": validator,
        "content-encoding": coding,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value}
