"""Frames: messages between the serving process and its evaluators: a JSON header and a body of bytes, each with its length before it."""

from __future__ import annotations

import asyncio
import json
import os
import struct
from typing import Any, Final

#: Length of the header and of the body (bytes).
LENGTHS: Final = struct.Struct("!IQ")
#: A command to the fork server: its letter and the number of an evaluator.
COMMAND: Final = struct.Struct("!cQ")
#: Longer headers than this are not read (bytes): what a confined process sends is not trusted.
LONGEST_HEADER: Final = 16_000_000

Header = dict[str, Any]


def packed(header: Header, body: bytes = b"") -> bytes:
    """Return a frame without its body, which follows it."""
    text = json.dumps(header).encode()
    return LENGTHS.pack(len(text), len(body)) + text


def send(descriptor: int, header: Header, body: bytes = b"") -> None:
    """Write a frame to an open file descriptor, whole.

    :raises OSError: when nobody reads it any more.
    """
    for part in (packed(header, body), body):
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(descriptor, rest) :]


def receive(descriptor: int) -> tuple[Header, bytes] | None:
    """Return the next frame from an open file descriptor, or none when the other side has closed it."""
    lengths = _exactly(descriptor, LENGTHS.size)
    if lengths is None:
        return None
    header_length, body_length = LENGTHS.unpack(lengths)
    header, body = _exactly(descriptor, header_length), _exactly(descriptor, body_length)
    return None if header is None or body is None else (json.loads(header), body)


async def read(reader: asyncio.StreamReader, longest: int) -> tuple[Header, bytes]:
    """Return the next frame from a stream; ``longest`` bounds its body (bytes).

    :raises asyncio.IncompleteReadError: when the other side has closed it.
    :raises ValueError: when it is longer, or no frame.
    """
    header_length, body_length = LENGTHS.unpack(await reader.readexactly(LENGTHS.size))
    if header_length > LONGEST_HEADER or body_length > longest:
        raise ValueError(f"a frame of {header_length} and {body_length} bytes is longer than can be")
    header = json.loads(await reader.readexactly(header_length))
    if not isinstance(header, dict):
        raise ValueError("the header of a frame is an object")
    return header, await reader.readexactly(body_length)


def _exactly(descriptor: int, number: int) -> bytes | None:
    parts: list[bytes] = []
    while number:
        part = os.read(descriptor, min(number, 1 << 20))
        if not part:
            return None
        parts.append(part)
        number -= len(part)
    return b"".join(parts)
