"""Spooled responses: a short body stays in memory, a long one goes to a temporary file and is streamed.

So a slow client occupies the memory of one piece, not of the whole body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from starlette.responses import Response, StreamingResponse

from . import conditional

#: Longest body in memory (bytes).
SHORT: Final = 8 << 20
_PIECE: Final = 64 << 10


class Spool:
    """One response: :meth:`write` the body, then :meth:`send` it."""

    def __init__(self, short: int = SHORT) -> None:
        """Keep bodies of up to ``short`` bytes in memory."""
        self._short = short
        self._long: IO[bytes] | None = None

    def write(self, write: Callable[[IO[bytes]], None], headers: Mapping[str, str]) -> conditional.BodyAndHeaders:
        """Spool the output of ``write``; return the body (empty if it is long) and the headers."""
        file = SpooledTemporaryFile(self._short)  # noqa: SIM115 - a long body is closed after streaming
        try:
            write(file)
            length = file.tell()
            file.seek(0)
            if length <= self._short:
                return file.read(), dict(headers)
            self._long = file
            return b"", {**headers, "content-length": str(length)}
        finally:
            if self._long is None:
                file.close()

    def send(self, response: Response) -> Response:
        """Return ``response``, or a streaming response with its headers and the long body."""
        return response if self._long is None else StreamingResponse(_pieces(self._long), headers=dict(response.headers))


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
