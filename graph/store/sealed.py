"""Sealed files: quads in N-Quads, with the SHA-256 of what follows in the first line, which to N-Quads is a comment."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from .digests import open_regular

_FIRST: Final = "# SHA-256 of what follows: "
_SEAL: Final = re.compile(re.escape(_FIRST.encode()) + rb"([0-9a-f]{64})\n")
#: Length of the first line (bytes).
_LENGTH: Final = len(_FIRST) + 65


def read(path: Path) -> tuple[tuple[ox.Quad, ...], str]:
    """Return the quads of the file at ``path`` and its seal; no quads and an empty seal where there is no file.

    A file without a first line of that kind, such as one that was written by hand, is taken as it is, with an empty seal.

    :raises BuildError: when it cannot be read, is empty, or was changed.
    """
    try:
        with open_regular(path) as file:
            content = file.read()
    except FileNotFoundError:
        return (), ""
    except OSError as error:
        raise BuildError(f"{path}: cannot be read: {error.strerror or error}: mend it or remove it") from None
    first = _SEAL.match(content)
    if not content or (first is None and content.startswith(_FIRST.encode()[:10])):
        raise BuildError(f"{path}: was changed: it is empty, or its first line is not whole: restore it, or remove it to go on without it")
    seal = first[1].decode() if first else ""
    actual = hashlib.sha256(memoryview(content)[first.end() if first else 0 :]).hexdigest()
    if seal and seal != actual:
        raise BuildError(
            f"{path}: was changed: expected SHA-256 {seal}, as its first line says; actual {actual}: restore it, or, if it is meant to be "
            "as it is, take out its first line"
        )
    try:
        return tuple(ox.parse(content, format=ox.RdfFormat.N_QUADS)), seal
    except SyntaxError as error:
        raise BuildError(f"{path}: cannot be read: {error}: mend it or remove it") from None


def seal_of(path: Path) -> str:
    """Return the seal in the first line of the file at ``path``, which is not looked at further; empty where there is none.

    :raises OSError: when it cannot be read.
    """
    try:
        with open_regular(path) as file:
            first = _SEAL.match(file.read(_LENGTH))
    except FileNotFoundError:
        return ""
    return first[1].decode() if first else ""


def serialise(quads: Iterable[ox.Quad]) -> tuple[bytes, str]:
    """Return the content of a file that holds ``quads``, and its seal: the same for the same quads."""
    body = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    body = b"".join(sorted(body.splitlines(keepends=True)))
    seal = hashlib.sha256(body).hexdigest()
    return f"{_FIRST}{seal}\n".encode() + body, seal


def write(path: Path, content: bytes) -> None:
    """Write ``content`` to the file at ``path``, in one step.

    :raises OSError: when it cannot be written; what was there stays.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except OSError:
        with suppress(OSError):
            os.unlink(name)
        raise
