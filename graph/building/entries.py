"""Entries of the database of kept parts: bytes behind their SHA-256, so that one that was changed is seen."""

from __future__ import annotations

import hashlib
import zlib
from itertools import accumulate, pairwise
from typing import Final

from pydantic import BaseModel, Field

from . import part
from .part import Part
from .statements import Statements

#: How hard the columns are compressed: most is won by little.
LEVEL: Final = 1


class PartHead(BaseModel):
    """The first line of a kept part: its key, its graphs with their sizes, its figures, its digest, and the lengths of its columns."""

    key: str
    graphs: dict[str, int]
    figures: int
    digest: str
    lengths: tuple[int, ...] = Field(min_length=5, max_length=5)


class VersionNote(BaseModel):
    """What is noted of a version: the keys of the parts that it consists of, and the blocks of its dump."""

    parts: tuple[str, ...] = ()
    blocks: tuple[tuple[str, int], ...] = ()


def serialise(name: str, new: Part) -> bytes:
    """Return the entry of a part, with its digest."""
    parts = new.packed, *(zlib.compress(each, LEVEL) for each in (new.trig, new.named, new.statements.serialise(), new.reported))
    head = PartHead(key=name, graphs=new.graphs, figures=new.figures, digest=new.digest, lengths=tuple(map(len, parts)))
    return add_digest(head.model_dump_json().encode() + b"\n" + b"".join(parts))


def read(name: str, entry: object) -> Part:
    """Return the part in an ``entry`` of the database.

    :raises ValueError: when it is not as it was written, or is that of another key.
    """
    line, _, columns = check_digest(entry).partition(b"\n")
    head = PartHead.model_validate_json(line)
    if head.key != name:
        raise ValueError("its key is another")
    packed, *others = (columns[begin:end] for begin, end in pairwise(accumulate(head.lengths, initial=0)))
    try:
        trig, named, statements, reported = map(zlib.decompress, others)
        lines = part.unpack(packed)
    except zlib.error as error:
        raise ValueError("its columns are not compressed as they were") from error
    return Part(head.graphs, head.figures, head.digest, lines, packed, trig, named, Statements.read(statements), reported)


def add_digest(content: bytes) -> bytes:
    """Return ``content`` behind its digest."""
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def check_digest(entry: object) -> bytes:
    """Return what was sealed.

    :raises ValueError: when its digest is another, or the entry is no bytes: SQLite holds any value in any column.
    """
    if not isinstance(entry, bytes):
        raise ValueError("it is no sequence of bytes")
    digest, _, sealed = entry.partition(b"\n")
    if hashlib.sha256(sealed).hexdigest().encode() != digest:
        raise ValueError("its digest is another")
    return sealed
