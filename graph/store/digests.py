"""Digests: verifies the files of a folder against their recorded SHA-256 and length, without following links or opening special files."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BufferedReader
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import ConfigDict, Field

from mabgraph.ingest.errors import BuildError
from mabgraph.ingest.parts import Sha256

#: Bytes that are read at once.
BLOCK: Final = 1 << 22
#: A file that is longer than recorded is read this much further and no more (bytes).
BEYOND: Final = 1 << 26
#: The remedy for every fault in a dataset's files.
REMEDY: Final = "build the dataset again: run mabgraph build"
#: Flags for opening files without blocking and without following links, where the system has them.
_FLAGS: Final = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
_NO_LINK: Final[int] = getattr(os, "O_NOFOLLOW", 0)
_KINDS: Final = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket", stat.S_IFLNK: "a symbolic link"}

#: Callback: name of what is read, bytes read so far, total bytes.
Progress = Callable[[str, int, int], None]
#: Inode, size and times of a file; any change of the file changes them.
Signature = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Digest:
    """The SHA-256 and the length of a file."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    sha256: Sha256
    bytes: Annotated[int, Field(ge=0, lt=2**63)]

    def __str__(self) -> str:
        """Return both for messages."""
        return f"SHA-256 {self.sha256} ({self.bytes} bytes)"


class Reading:
    """Reads a file block by block and computes the digest of the bytes read."""

    def __init__(self, file: BufferedReader) -> None:
        """Take the open ``file``, at its beginning."""
        self._file, self._hash, self.length = file, hashlib.sha256(), 0

    @property
    def digest(self) -> Digest:
        """The digest of all bytes so far."""
        return Digest(self._hash.hexdigest(), self.length)

    def blocks(self, most: int | None = None, size: int = BLOCK) -> Iterator[bytes]:
        """Yield the rest of the file in blocks of ``size`` bytes; stops when more than ``most`` bytes have been read."""
        while (most is None or self.length <= most) and (block := self._file.read(size)):
            self._hash.update(block)
            self.length += len(block)
            yield block

    def lines(self, most: int | None = None, size: int = BLOCK) -> Iterator[bytes]:
        """Yield the same bytes as :meth:`blocks`, in blocks of whole lines."""
        parts: list[bytes] = []
        for block in self.blocks(most, size):
            end = block.rfind(b"\n") + 1
            if end:
                yield b"".join([*parts, block[:end]])
                parts.clear()
            parts.append(block[end:])
        yield b"".join(parts)


def open_regular(path: Path, mode: int = os.O_RDONLY, *, follow: bool = False) -> BufferedReader:
    """Return the regular file at ``path``, open for reading (or in ``mode``), without blocking; links are followed only if ``follow``.

    :raises OSError: when it cannot be opened, or is not a regular file.
    """
    try:
        descriptor = os.open(path, mode | _FLAGS | (0 if follow else _NO_LINK))
    except OSError as error:
        # O_NOFOLLOW reports a link as ELOOP or EMLINK.
        if error.errno in {errno.ELOOP, errno.EMLINK}:
            raise OSError(error.errno, "is a symbolic link, not a file", str(path)) from None
        raise
    kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
    if kind != stat.S_IFREG:
        os.close(descriptor)
        raise OSError(errno.EINVAL, f"is {_KINDS.get(kind, 'no file')}, not a file", str(path))
    return os.fdopen(descriptor, "rb")


def signature(file: BufferedReader) -> Signature:
    """Return the inode, size and times of ``file``, which change when it is written to."""
    status = os.fstat(file.fileno())
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def digest_file(path: Path) -> Digest:
    """Return the digest of the file at ``path``.

    :raises OSError: as :func:`open_regular`.
    """
    with open_regular(path) as file:
        reading = Reading(file)
        for _ in reading.blocks():
            pass
        return reading.digest


def digest_folder(folder: Path) -> dict[str, Digest]:
    """Return the digests of all files of ``folder`` by relative path (with slashes), sorted.

    :raises OSError: when one cannot be read, or is no regular file.
    """
    return {name: digest_file(folder / name) for name in sorted(_names(folder)) if not name.endswith("/")}


def faults(
    folder: Path, expected: Mapping[str, Digest], besides: Collection[str] = (), progress: Progress = lambda what, done, total: None,
    stopped: Callable[[], bool] = lambda: False,
) -> list[str]:  # fmt: skip
    """Return how the files of ``folder`` differ from those ``expected``, in words; empty if every byte is the same.

    ``besides`` are names that may exist as well. ``progress`` is called while files are read, and ``stopped`` each time tells whether
    to stop.

    :raises BuildError: when it was stopped before the end.
    """
    return misplaced_files(folder, expected, besides) + _changed_files(folder, expected, progress, stopped)


def _changed_files(
    folder: Path, expected: Mapping[str, Digest], progress: Progress = lambda what, done, total: None,
    stopped: Callable[[], bool] = lambda: False,
) -> list[str]:  # fmt: skip
    """Return the same of the content of the files ``expected``."""
    different = list[str]()
    total, done = sum(digest.bytes for digest in expected.values()), 0
    for name, digest in expected.items():
        try:
            with open_regular(folder / name) as file:
                reading = Reading(file)
                for _ in reading.blocks(digest.bytes + BEYOND):
                    progress(name, done + reading.length, total)
                    if stopped():
                        raise BuildError(f"{folder}: was not verified: it was stopped before the end")
            different += [] if reading.digest == digest else [change_fault(folder / name, digest, reading.digest)]
        except FileNotFoundError:
            different.append(f"{folder / name}: is missing: expected {digest}")
        except OSError as error:
            different.append(_reading_fault(folder / name, digest, error))
        done += digest.bytes
    return different


def misplaced_files(folder: Path, expected: Collection[str], besides: Collection[str] = ()) -> list[str]:
    """Describe the entries of ``folder`` that are neither ``expected`` nor in ``besides``."""
    own = {*expected, *besides, *_directories(expected), *(f"{name}/" for name in expected)}
    try:
        return [f"{_escape_path(folder / name)}: is no file of this version" for name in sorted(_names(folder) - own)]
    except OSError as error:
        return [f"{folder}: cannot be read: {error.strerror or error}"]


def apparent_faults(folder: Path, expected: Mapping[str, Digest], besides: Collection[str], unread: Callable[[str], bool]) -> list[str]:
    """Return how the files of ``folder`` differ from those ``expected``, in words, as far as that is seen without reading the ``unread``.

    These are regular files and have the length that they should have; of the others every byte is the same.
    """
    different = misplaced_files(folder, expected, besides)
    for name, digest in expected.items():
        if unread(name):
            try:
                with open_regular(folder / name) as file:
                    length = os.fstat(file.fileno()).st_size
                if length != digest.bytes:
                    different.append(f"{folder / name}: was changed: expected {digest}, as its manifest says; actual {length} bytes")
            except FileNotFoundError:
                different.append(f"{folder / name}: is missing: expected {digest}")
            except OSError as error:
                different.append(_reading_fault(folder / name, digest, error))
    return different + _changed_files(folder, {name: digest for name, digest in expected.items() if not unread(name)})


def _directories(names: Iterable[str]) -> Iterator[str]:
    """Yield the directories that files of these ``names`` are in, with a slash behind."""
    yield from {f"{parent}/" for name in names for parent in Path(name).parents}


def change_fault(path: Path, expected: Digest, actual: Digest) -> str:
    """Describe the fault of a file whose content changed."""
    further = " and more" if actual.bytes > expected.bytes + BEYOND else ""
    return f"{path}: was changed: expected {expected}, as its manifest says; actual {actual}{further}"


def fault(path: Path, expected: Digest) -> str:
    """Describe how the file at ``path`` differs from ``expected``; empty if it does not. The check is cached by file signature."""
    try:
        with open_regular(path) as file:
            before = signature(file)
        return _content_fault(path, expected, before)
    except FileNotFoundError:
        return f"{path}: is missing: expected {expected}"
    except OSError as error:
        return _reading_fault(path, expected, error)


@lru_cache(maxsize=256)
def _content_fault(path: Path, expected: Digest, before: Signature) -> str:
    """Describe the fault of a file with the signature ``before``.

    :raises OSError: when it cannot be read, or changed meanwhile.
    """
    with open_regular(path) as file:
        reading = Reading(file)
        for _ in reading.blocks(expected.bytes + BEYOND):
            pass
        if signature(file) != before:
            raise OSError(errno.EBUSY, "is being written", str(path))
    return "" if reading.digest == expected else change_fault(path, expected, reading.digest)


def _reading_fault(path: Path, expected: Digest, error: OSError) -> str:
    return f"{path}: cannot be read: {error.strerror or error}: expected {expected}"


def _names(folder: Path) -> set[str]:
    """Return the names of everything below ``folder``; directories end with a slash, links are not followed."""
    names, left = set[str](), [""]
    while left:
        within = left.pop()
        with os.scandir(folder / within) as entries:
            for entry in entries:
                name = within + entry.name
                if entry.is_dir(follow_symlinks=False):
                    left.append(name := f"{name}/")
                names.add(name)
    return names


def _escape_path(path: Path) -> str:
    """Return ``path`` with unprintable characters escaped."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in str(path))
