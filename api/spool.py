"""Spool: an answer that is written to a file, in memory where it is short; else to a temporary file that is sent piece by piece.

A caller that reads slowly then holds up a piece, and not the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from starlette.responses import Response, StreamingResponse

from . import answers

#: Answers up to this length are short (bytes).
SHORT: Final = 8 << 20
_PIECE: Final = 64 << 10


class Spool:
    """One answer on its way: write it, then have it sent."""

    def __init__(self, short: int = SHORT) -> None:
        """Take how long an answer may be that is held in memory (bytes)."""
        self._short = short
        self._long: IO[bytes] | None = None

    def write(self, write: Callable[[IO[bytes]], None], headers: Mapping[str, str]) -> answers.Made:
        """Have ``write`` write the answer; return its body, none where it is long, and its headers."""
        file = SpooledTemporaryFile(self._short)  # noqa: SIM115 - a long one is closed when it has been sent
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
        """Return ``response`` as it is, or with the answer that is too long to be its body."""
        return response if self._long is None else StreamingResponse(_pieces(self._long), headers=dict(response.headers))


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
