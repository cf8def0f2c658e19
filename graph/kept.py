"""Kept sources: what validated records became, by the content that it was made from; an unchanged source is read instead of made again.

A file holds the graphs of one source as sorted N-Quads, compressed, under a key of everything that they depend on. It begins with the
SHA-256 of all that follows: a file that is torn, cut, changed or renamed is as good as none.

::

    kept/1a/1a2b3c…        SHA-256; a line of JSON (key, graphs, counts); the lines of all graphs, compressed
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

#: The form of the files; another form, another key.
FORM: Final = 1
#: How hard it is compressed: most is won by little.
LEVEL: Final = 1


@dataclass(frozen=True, slots=True)
class Part:
    """The statements of one source in one named graph: sorted lines of N-Quads, how many they are, and how many figures they print."""

    graph: str
    statements: int
    figures: int
    lines: bytes = field(repr=False)


def key(record: bytes, surroundings: Iterable[tuple[str, str]]) -> str:
    """Return the key of a record: the SHA-256 of its bytes with the names and digests of all else that its graphs depend on.

    These are the reader, the context, the shapes, the ontology, and the versions of the libraries that read and validate.

    >>> key(b"a", [("reader", "1")]) == key(b"a", [("reader", "1")]), key(b"a", [("reader", "1")]) == key(b"a", [("reader", "2")])
    (True, False)
    """
    stated = {"form": FORM, "record": hashlib.sha256(record).hexdigest(), "surroundings": sorted(surroundings)}
    return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()


class Kept:
    """A folder of kept sources. Any number of processes may read and write it."""

    def __init__(self, folder: Path) -> None:
        """Keep sources in ``folder``, which is made where it is missing."""
        self._folder = folder

    def parts(self, name: str) -> list[Part] | None:
        """Return the graphs kept under the key ``name``, or nothing where there are none that are whole."""
        try:
            digest, _, content = self._path(name).read_bytes().partition(b"\n")
            if hashlib.sha256(content).hexdigest().encode() != digest:
                return None
            head, _, packed = content.partition(b"\n")
            stated = json.loads(head)
            if stated["key"] != name:
                return None
            lines, parts, start = zlib.decompress(packed), [], 0
            for part in stated["parts"]:
                end = start + part["bytes"]
                parts.append(Part(part["graph"], part["statements"], part["figures"], lines[start:end]))
                start = end
        except (OSError, ValueError, KeyError, TypeError, zlib.error):
            return None
        return parts

    def keep(self, name: str, parts: Collection[Part]) -> None:
        """Keep ``parts`` under the key ``name``, in one step; where the folder cannot be written, nothing is kept."""
        stated = [{"graph": each.graph, "statements": each.statements, "figures": each.figures, "bytes": len(each.lines)} for each in parts]
        head = json.dumps({"key": name, "parts": stated}, sort_keys=True).encode()
        content = head + b"\n" + zlib.compress(b"".join(each.lines for each in parts), LEVEL)
        path = self._path(name)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, scratch = tempfile.mkstemp(dir=path.parent, prefix=".")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
                os.replace(scratch, path)
            finally:
                Path(scratch).unlink(missing_ok=True)

    def forget(self, names: Collection[str]) -> None:
        """Remove everything that is not kept under one of ``names``, and what was begun and not finished; no build may run meanwhile."""
        for path in self._folder.glob("*/*"):
            if path.name not in names:
                with suppress(OSError):
                    path.unlink()

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name
