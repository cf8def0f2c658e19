"""Frames: the messages between the serving process and its evaluators: a JSON header and a binary body, each length-prefixed."""

from __future__ import annotations

import asyncio
import json
import os
import struct
from typing import Any, Final

#: Lengths of header and body (bytes).
LENGTHS: Final = struct.Struct("!IQ")
#: A command to the fork server: its letter and the number of an evaluator.
COMMAND: Final = struct.Struct("!cQ")
#: Longer headers are refused (bytes): what a confined process sends is not trusted.
LONGEST_HEADER: Final = 16_000_000

Header = dict[str, Any]


def pack(header: Header, body: bytes = b"") -> bytes:
    """Return the lengths and header of a frame; the body follows."""
    text = json.dumps(header).encode()
    return LENGTHS.pack(len(text), len(body)) + text


def send(descriptor: int, header: Header, body: bytes = b"") -> None:
    """Write a whole frame to an open file descriptor.

    :raises OSError: when the other end is closed.
    """
    for part in (pack(header, body), body):
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(descriptor, rest) :]


def receive(descriptor: int) -> tuple[Header, bytes] | None:
    """Return the next frame from an open file descriptor, or None at end of file."""
    lengths = _read_exactly(descriptor, LENGTHS.size)
    if lengths is None:
        return None
    header_length, body_length = LENGTHS.unpack(lengths)
    header, body = _read_exactly(descriptor, header_length), _read_exactly(descriptor, body_length)
    return None if header is None or body is None else (json.loads(header), body)


async def read(reader: asyncio.StreamReader, longest: int) -> tuple[Header, bytes]:
    """Return the next frame from a stream, with a body of at most ``longest`` bytes.

    :raises asyncio.IncompleteReadError: at end of file.
    :raises ValueError: when it is too long, or malformed.
    """
    header_length, body_length = LENGTHS.unpack(await reader.readexactly(LENGTHS.size))
    if header_length > LONGEST_HEADER or body_length > longest:
        raise ValueError(f"a frame of {header_length} and {body_length} bytes is longer than the limit")
    header = json.loads(await reader.readexactly(header_length))
    if not isinstance(header, dict):
        raise ValueError("the header of a frame must be a JSON object")
    return header, await reader.readexactly(body_length)


def _read_exactly(descriptor: int, number: int) -> bytes | None:
    parts: list[bytes] = []
    while number:
        part = os.read(descriptor, min(number, 1 << 20))
        if not part:
            return None
        parts.append(part)
        number -= len(part)
    return b"".join(parts)
