"""Kept parts: what validated sources became, by the content that it was made from; what is unchanged is read instead of made again.

A part is kept under a key of everything that it depends on. Its file begins with the SHA-256 of all that follows: a file that is torn, cut,
changed or renamed is as good as none. Nothing is kept before the inputs that it was made from are known to have stayed as they are.

::

    mabgraph-dataset/
      kept/1a2b3c….part         SHA-256; a line of JSON (key, graphs, lengths); the columns of :class:`.part.Part`, compressed
      kept/4d5e6f….list         SHA-256; as JSON, the keys of the parts that the version 4d5e6f… consists of, and the blocks of its dump
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Final

from ..store import digests
from ..store.following import Block
from ..store.versions import KEPT, UNKEPT, VERSIONS
from . import part
from .part import Part
from .statements import Statements

#: The form of the files; another form, another key.
FORM: Final = 1
#: How hard the columns are compressed: most is won by little.
LEVEL: Final = 1
_PART: Final = ".part"
_LIST: Final = ".list"

_log = logging.getLogger(__name__)


def key(**content: str | Mapping[str, str]) -> str:
    """Return the key of what was made from ``content``: names and digests of everything that it depends on.

    >>> key(record="a", reader="1") == key(reader="1", record="a"), key(record="a", reader="1") == key(record="a", reader="2")
    (True, False)
    """
    return hashlib.sha256(json.dumps({"form": FORM, **content}, sort_keys=True).encode()).hexdigest()


class Kept:
    """The kept parts of one directory. Whoever writes here has the lock of the directory."""

    def __init__(self, directory: Path) -> None:
        """Keep parts beside the versions of the dataset in ``directory``."""
        self._folder, self._versions = directory / KEPT, directory / VERSIONS
        self._waiting: dict[Path, Path] = {}
        self.used: list[str] = []

    def part(self, name: str) -> Part | None:
        """Return the part kept under the key ``name``, or nothing where there is none that is whole."""
        self.used.append(name)
        path = self._path(name)
        try:
            with digests.open_regular(path) as file:
                content = file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("%s: cannot be read: %s: its source is read again", path, error.strerror or error)
            return None
        try:
            return _read(name, content)
        except (ValueError, KeyError, TypeError, AttributeError, zlib.error):
            _log.warning("%s: was changed: its source is read again", path)
            return None

    def keep(self, name: str, new: Part) -> None:
        """Write ``new`` to be kept under the key ``name``, once :meth:`commit` is called; where that cannot be done, it is not kept."""
        try:
            self._waiting[self._write(_written(name, new))] = self._path(name)
        except OSError as error:
            _log.warning("%s: a part of the dataset cannot be kept: %s", self._folder, error)

    def commit(self) -> None:
        """Keep everything that waits for it."""
        try:
            for scratch, path in self._waiting.items():
                os.replace(scratch, path)
        except OSError as error:
            _log.warning("%s: parts of the dataset cannot be kept: %s", self._folder, error)
        self.discard()

    def note(self, version: str, blocks: Iterable[Block]) -> None:
        """Note that ``version`` consists of all parts that were asked for, and its dump of these ``blocks``."""
        noted = json.dumps({"parts": self.used, "blocks": [[block.digest, block.bytes] for block in blocks]}).encode()
        try:
            os.replace(self._write(_sealed(noted)), self._list(version))
        except OSError as error:
            _log.warning("%s: what the dataset consists of cannot be noted: %s", self._folder, error)

    def blocks(self, version: str) -> list[Block]:
        """Return the blocks that the dump of ``version`` consists of; none where that was not noted, or the note was changed."""
        return [Block(*each) for each in self._noted(version)["blocks"]]

    def discard(self) -> None:
        """Forget what waits to be kept."""
        for scratch in self._waiting:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)
        self._waiting.clear()

    def prune(self) -> None:
        """Remove parts that no version of the dataset consists of and this build did not ask for, and lists of versions that are gone."""
        with suppress(OSError):
            versions = {path.name.partition(".")[0] for path in self._versions.iterdir()}
            lists = {path for path in self._folder.glob(f"*{_LIST}") if path.stem in versions}
            needed = set(self.used).union(*(self._noted(path.stem)["parts"] for path in lists))
            kept = {self._path(name) for name in needed} | lists
            for path in {*self._folder.glob(f"*{_PART}"), *self._folder.glob(f"*{_LIST}")} - kept:
                path.unlink(missing_ok=True)

    def _noted(self, version: str) -> Any:
        try:
            with digests.open_regular(self._list(version)) as file:
                return json.loads(_unsealed(file.read()))
        except (OSError, ValueError):
            return {"parts": [], "blocks": []}

    def _list(self, version: str) -> Path:
        return self._folder / f"{version}{_LIST}"

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_PART}"

    def _write(self, content: bytes) -> Path:
        """Return a new file that holds ``content``. It need not be safe on the disk: one that is torn is as good as none.

        :raises OSError: when it cannot be written.
        """
        self._folder.mkdir(exist_ok=True)
        descriptor, scratch = tempfile.mkstemp(dir=self._folder, prefix=UNKEPT)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
        except OSError:
            Path(scratch).unlink(missing_ok=True)
            raise
        return Path(scratch)


def _written(name: str, new: Part) -> bytes:
    """Return the content of the file of a part, with its digest."""
    parts = new.packed, *(zlib.compress(each, LEVEL) for each in (new.trig, new.named, new.statements.written()))
    head = {"key": name, "graphs": new.graphs, "figures": new.figures, "digest": new.digest, "lengths": [len(each) for each in parts]}
    content = json.dumps(head).encode() + b"\n" + b"".join(parts)
    return _sealed(content)


def _read(name: str, content: bytes) -> Part:
    """Return the part in the ``content`` of a file.

    :raises ValueError: when it is not as it was written, or is that of another key.
    """
    head, _, columns = _unsealed(content).partition(b"\n")
    stated = json.loads(head)
    if stated["key"] != name:
        raise ValueError("its key is another")
    ends = list(accumulate(stated["lengths"], initial=0))
    packed, *others = (columns[begin:end] for begin, end in pairwise(ends))
    trig, named, statements = map(zlib.decompress, others)
    return Part(
        stated["graphs"], stated["figures"], stated["digest"], part.unpacked(packed), packed, trig, named, Statements.read(statements)
    )


def _sealed(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def _unsealed(content: bytes) -> bytes:
    """Return what was sealed.

    :raises ValueError: when its digest is another.
    """
    digest, _, sealed = content.partition(b"\n")
    if hashlib.sha256(sealed).hexdigest().encode() != digest:
        raise ValueError("its digest is another")
    return sealed
