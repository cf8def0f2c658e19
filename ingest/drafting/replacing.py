"""Replacing a record file with its line ends as they are; what another program wrote meanwhile is not written over."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

from .. import recordfile
from ..errors import MabgraphError, RecordError
from ..locks import lock_folder
from ..recordfile import RecordFile


def replace_unchanged(file: RecordFile, text: str) -> None:
    """Write ``text`` in the place of ``file``, if that is still as it was read.

    :raises RecordError: when it has been changed since, or ``text`` is no record; nothing is written.
    :raises MabgraphError: when it cannot be written, or another command holds the folder.
    """
    recordfile.parse(text, file.path)
    target = file.path.resolve()
    with lock_folder(target.parent):
        raw = read_raw(file.path)
        if normalise_ends(raw) != file.text:
            raise RecordError(f"{file.path}: was changed by another program meanwhile: nothing was written; run the command again")
        replace_text(target, restore_ends(raw, file.text, text))


def restore_ends(before: str, normalised: str, new: str) -> str:
    r"""Return ``new`` with the line ends of ``before`` wherever it is as ``normalised``, which is ``before`` with ``\n`` alone.

    >>> restore_ends("a\r\nb\nc\r\n", "a\nb\nc\n", "a\nx\nb\nc\n")
    'a\r\nx\r\nb\nc\r\n'
    """
    if before == normalised:
        return new
    old_lines, new_lines = before.splitlines(keepends=True), new.splitlines(keepends=True)
    plain = normalised.splitlines(keepends=True)
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(plain, new_lines, strict=False)))
    most = min(len(plain), len(new_lines)) - head
    tail = min(most, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(reversed(plain), reversed(new_lines), strict=False))))
    end = "\r\n" if "\r\n" in before else "\r"
    middle = (line.replace("\n", end) for line in new_lines[head : len(new_lines) - tail])
    return "".join((*old_lines[:head], *middle, *old_lines[len(old_lines) - tail :]))


def read_raw(path: Path) -> str:
    """Return the text of a record file with its line ends as they are.

    :raises RecordError: when it cannot be read, is too large, or is not UTF-8.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(recordfile.LARGEST + 1)
        if len(content) > recordfile.LARGEST:
            recordfile.load(path)
        return content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: cannot be read as UTF-8 text: {error}") from None


def normalise_ends(text: str) -> str:
    r"""Return ``text`` with ``\n`` as its only line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def replace_text(path: Path, text: str) -> None:
    """Write ``text`` in the place of a file, at once.

    :raises MabgraphError: when it cannot be written; what was there stays.
    """
    try:
        recordfile.replace(path, text)
    except OSError as error:
        raise MabgraphError(f"{path}: cannot be written: {error.strerror or error}: nothing was lost; what was there stays") from None
