"""HTTP responses: content coding, content negotiation, validators (ETag), conditional GET and headers, shared by all resources."""

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

#: Response headers that a page of another origin may read (CORS).
EXPOSED: Final = ("ETag", "Link", "Mabgraph-Dataset", "Mabgraph-Total", "Mabgraph-Unread", "Retry-After")
#: Headers of every response.
SHARED: Final = {"access-control-allow-origin": "*", "access-control-expose-headers": ", ".join(EXPOSED)}
#: Bodies shorter than this are not compressed (bytes).
CODED: Final = 1000

#: A body, and the headers specific to it.
BodyAndHeaders = tuple[bytes, dict[str, str]]

_VARY: Final = "Accept, Accept-Encoding"


def tag(*settled: object) -> str:
    """Return the strong validator (ETag) of a response that ``settled`` determines: dataset version, request, format and coding.

    >>> tag("1a2b", "query") == tag("1a2b", "query"), tag("1a2b", "query") == tag("1a2c", "query")
    (True, False)
    """
    return f'"{hashlib.blake2b(repr(settled).encode(), digest_size=16).hexdigest()}"'


def matches(header: bytes | str | None, validator: str) -> bool:
    """Whether the ``If-None-Match`` of a request names ``validator`` (RFC 9110, 13.1.2).

    ``*`` matches no validator here: whether a representation exists is known after the request was handled (:mod:`.preconditions`).

    >>> matches('W/"a", "b"', '"b"'), matches("*", '"b"'), matches(None, '"b"')
    (True, False, False)
    """
    if not header:
        return False
    text = header.decode("latin-1") if isinstance(header, bytes) else header
    return validator.strip('"') in {each.removeprefix("W/").strip('"') for each in fields.members(text)}


def not_modified(validator: str, version: str) -> Response:
    """Return the 304 response to a client that has this representation already."""
    return Response(status_code=304, headers={"ETag": validator, "Vary": _VARY, "Mabgraph-Dataset": version, **SHARED})


@lru_cache(maxsize=200)
def wants_coding(accept_encoding: bytes) -> bool:
    """Whether a client accepts the content coding gzip.

    >>> wants_coding(b"br, gzip"), wants_coding(b"gzip;q=0"), wants_coding(b"")
    (True, False, False)
    """
    weights = fields.qualities(accept_encoding.decode("latin-1"))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


class Coding(GZipMiddleware):
    """Middleware that compresses uncompressed responses for clients that accept gzip; ``gzip;q=0`` or no ``Accept-Encoding`` means no."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and not any(wants_coding(value) for name, value in scope["headers"] if name == b"accept-encoding"):
            scope = {**scope, "headers": [each for each in scope["headers"] if each[0] != b"accept-encoding"]}
        await super().__call__(scope, receive, send)


def compress(body: bytes, wanted: bool) -> tuple[str, bytes]:
    """Return the content coding (``gzip``, or empty if the body is short or gzip not accepted) and the encoded body."""
    return ("gzip", gzip.compress(body, 5, mtime=0)) if wanted and len(body) >= CODED else ("", body)


async def compress_in_thread(body: bytes, wanted: bool) -> tuple[str, bytes]:
    """Return what :func:`compress` does; a large body is compressed in a thread, off the event loop."""
    return compress(body, wanted) if len(body) < 100 * CODED else await asyncio.to_thread(compress, body, wanted)


def negotiate(request: Request, suffix: str, forms: Mapping[str, str], offered: Sequence[str] = ()) -> str | Response:
    """Return the media type for a request, or the 406 response: ``format`` takes precedence over the path suffix, that over ``Accept``.

    ``forms`` maps the values of ``format``, which are also suffixes, to media types. ``offered`` are the media types available here, the
    preferred one first (empty: all of ``forms``).
    """
    available = offered or tuple(dict.fromkeys(forms.values()))
    names = {name: media_type for name, media_type in forms.items() if media_type in available}
    asked = _requested_formats(request, suffix)
    wanted = [_first_offered(several, names, available) for several in asked]
    for several, media_type in zip(asked, wanted, strict=True):
        if media_type is None:
            return problems.response(406, f"format {','.join(several)[:80]!r} is not offered; there are {', '.join(names)}")
    if wanted:
        one = len(set(wanted)) == 1
        return wanted[0] or "" if one else problems.response(406, "several formats are given: give one of them")
    acceptable = media.acceptable_types(request.headers.get("accept"), available)
    return acceptable[0] if acceptable else problems.response(406, f"offered are {', '.join(available)}")


def format_name(request: Request, suffix: str, forms: Mapping[str, str], media_type: str) -> str:
    """Return the name of the format for a request whose negotiated media type is ``media_type``.

    Several formats may share a media type: the first requested name with that type decides, else the first of ``forms``.
    """
    requested = [name for names in _requested_formats(request, suffix) for name in names]
    named = (name for name in requested if forms.get(name) == media_type or media.matching_types(name, [media_type]))
    name = next(named, "")
    return name if name in forms else next(each for each, of in forms.items() if of == media_type)


def _requested_formats(request: Request, suffix: str) -> list[tuple[str, ...]]:
    """Return the format names in each ``format`` of the query, or the path suffix; empty where ``Accept`` decides."""
    return media.format_names(request.query_params.getlist("format")) or ([(suffix.lower(),)] if suffix else [])


def _first_offered(several: Sequence[str], names: Mapping[str, str], offered: Sequence[str]) -> str | None:
    """Return the first offered media type among ``several`` format names, which are short names or media types."""
    types = (each for name in several for each in ([names[name]] if name in names else media.matching_types(name, offered)))
    return next(types, None)


def conditional_response(
    request: Request, version: str, by: Sequence[object], media: str, write_body: Callable[[], BodyAndHeaders]
) -> Response:
    """Return the response with the body and headers of ``write_body``, compressed if the client accepts it; or 304 (conditional GET).

    ``by`` determines the representation together with path, media type and coding; they make the validator. ``write_body`` is not called
    for a 304.
    """
    wanted = wants_coding(request.headers.get("accept-encoding", "").encode("latin-1"))
    validator = tag(*by, request.url.path, media, wanted)
    if matches(request.headers.get("if-none-match"), validator):
        return not_modified(validator, version)
    body, more = write_body()
    coding, body = compress(body, wanted)
    return Response(body, headers=headers(media, coding, body, version, validator) | more)


def headers(media: str, coding: str, body: bytes, version: str, validator: str) -> dict[str, str]:
    """Return the headers of a response; one without a validator may differ each time, so it is marked ``no-store``."""
    charset = "; charset=utf-8" if media.startswith("text/") else ""
    values = {
        **SHARED, "content-type": media + charset, "content-length": str(len(body)), "vary": _VARY,
        "cache-control": "no-cache" if validator else "no-store", "mabgraph-dataset": version, "etag": validator,
        "content-encoding": coding,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value}
