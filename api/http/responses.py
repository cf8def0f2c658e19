"""Content negotiation: media type and content coding of responses, shared by all resources."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from starlette.middleware.gzip import GZipResponder, IdentityResponder
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import fields, media, problems

#: Bodies shorter than this are not compressed (bytes).
CODED: Final = 1000

#: What negotiated responses vary by.
VARY: Final = "Accept, Accept-Encoding"


@lru_cache(maxsize=200)
def wants_coding(accept_encoding: bytes) -> bool:
    """Whether a client accepts the content coding gzip.

    >>> wants_coding(b"br, gzip"), wants_coding(b"gzip;q=0"), wants_coding(b"")
    (True, False, False)
    """
    weights = fields.qualities(accept_encoding.decode("latin-1"))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


class Coding:
    """Middleware that compresses what its resource has not negotiated itself, for clients that accept gzip.

    ``gzip;q=0`` or no ``Accept-Encoding`` means no. A response that varies by ``Accept-Encoding`` already is passed on as it is.
    """

    def __init__(self, app: ASGIApp, minimum_size: int) -> None:
        """Wrap ``app``; shorter bodies than ``minimum_size`` (bytes) are not compressed."""
        self._app, self._minimum_size = app, minimum_size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        forward = send

        async def code_and_send(message: Message) -> None:
            nonlocal forward
            if message["type"] == "http.response.start" and not _is_negotiated(message):
                wanted = any(wants_coding(value) for name, value in scope["headers"] if name == b"accept-encoding")
                responder = (GZipResponder if wanted else IdentityResponder)(self._app, self._minimum_size)
                responder.send = send
                forward = responder.send_with_compression
            await forward(message)

        await self._app(scope, receive, code_and_send)


def _is_negotiated(message: Message) -> bool:
    """Whether a response varies by content coding."""
    return any(name == b"vary" and b"accept-encoding" in value.lower() for name, value in message["headers"])


def compress(body: bytes, wanted: bool) -> tuple[str, bytes]:
    """Return the content coding (``gzip``, or empty if the body is short or gzip not accepted) and the encoded body."""
    return ("gzip", gzip.compress(body, 5, mtime=0)) if wanted and len(body) >= CODED else ("", body)


def encode_response(request: Request, body: bytes, media_type: str, headers: Mapping[str, str], status: int = 200) -> Response:
    """Return the response with ``body``, compressed if the client accepts it; ``headers`` say that it varies by ``Accept-Encoding``."""
    coding, body = compress(body, wants_coding(request.headers.get("accept-encoding", "").encode("latin-1")))
    return Response(body, status, {**headers, **({"Content-Encoding": coding} if coding else {})}, media_type)


async def compress_in_thread(body: bytes, wanted: bool) -> tuple[str, bytes]:
    """Return what :func:`compress` does; a large body is compressed in a thread, off the event loop."""
    return compress(body, wanted) if len(body) < 100 * CODED else await asyncio.to_thread(compress, body, wanted)


def negotiate(request: Request, suffix: str, forms: Mapping[str, str], offered: Sequence[str] = ()) -> str:
    """Return the media type for a request: ``format`` takes precedence over the path suffix, that over ``Accept``.

    ``forms`` maps the values of ``format``, which are also suffixes, to media types. ``offered`` are the media types available here, the
    preferred one first (empty: all of ``forms``).

    :raises ProblemError: (406) when none is offered that is acceptable, or several are requested.
    """
    available = offered or tuple(dict.fromkeys(forms.values()))
    names = {name: media_type for name, media_type in forms.items() if media_type in available}
    wanted = set()
    for several in _requested_formats(request, suffix):
        media_type = _first_offered(several, names, available)
        if media_type is None:
            raise _not_acceptable(f"format {','.join(several)[:80]!r} is not offered; there are {', '.join(names)}")
        wanted.add(media_type)
    if len(wanted) > 1:
        raise _not_acceptable("several formats are given: give one of them")
    acceptable = [*wanted] or media.acceptable_types(request.headers.get("accept"), available)
    if not acceptable:
        raise _not_acceptable(f"offered are {', '.join(available)}")
    return acceptable[0]


def _not_acceptable(detail: str) -> problems.ProblemError:
    return problems.ProblemError(problems.response(406, detail))


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
