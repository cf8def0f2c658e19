"""Following: the store on disk of a new version as a copy of that of the version before, with the statements that changed replaced.

What RocksDB never writes to again once it is written (its tables, ``*.sst``) is linked, what it writes to is copied: the version before
keeps its bytes. Whenever anything is unsure there is no store, and it is loaded from the dump.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from . import digests, inventory
from .digests import Digest
from .inventory import DUMP, Manifest
from .versions import MANIFEST, hold

STORE: Final = "store"
#: The files that RocksDB never writes to again.
TABLE: Final = ".sst"
#: A store that has become so many times as large as the dump is loaded anew: what is replaced stays in it for a while.
LARGEST: Final = 4
#: A store of fewer bytes than this is never too large.
SMALL: Final = 1 << 26

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a dump: the SHA-256 of its lines, and how many bytes they are."""

    digest: str
    bytes: int


def follow(before: Path, old: Sequence[Block], folder: Path, new: Sequence[Block], quads: int) -> Mapping[str, Digest] | None:
    """Write the store of the dump in ``folder``, a new version of so many ``quads``, from that of the version in the folder ``before``.

    ``old`` and ``new`` are the blocks of both dumps. The digests of the tables that both versions share are returned, by their names; none
    where there is no store.
    """
    scratch = folder.with_name(f"{folder.name}-store")  # no engine that may still end has the place of the store
    try:
        with hold(before):
            known = inventory.read(before / MANIFEST)
            shared = _copy(before, scratch, known)
            changed = {block.digest for block in old} ^ {block.digest for block in new}
            removed, added = _lines(before / DUMP, old, changed, whole=True), _lines(folder / DUMP, new, changed, whole=False)
        gone, come = removed - added, added - removed
        if known.quads - len(gone) + len(come) != quads:
            raise ValueError(f"it would not have the {quads} statements of the dump")
        _replace(scratch, gone, come)
        os.rename(scratch, folder / STORE)
    except (OSError, RuntimeError, ValueError, BuildError) as error:
        _log.info("%s: its store is not followed: %s", before, error)
        return None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return shared


def _copy(before: Path, scratch: Path, known: Manifest) -> dict[str, Digest]:
    """Link and copy the files of the store of a version to the new folder ``scratch``, and hold each against its digest.

    Those that are linked are returned.

    The engine's log of what it did is left out.

    :raises ValueError: when there is no store, it has become large, or a file is not what was built.
    :raises OSError: when a file cannot be read or written.
    """
    stored = {name: digest for name, digest in known.files.items() if name.startswith(f"{STORE}/") and not name.startswith(f"{STORE}/LOG")}
    if not stored or sum(digest.bytes for digest in stored.values()) > max(LARGEST * known.bytes, SMALL):
        raise ValueError("it has none, or one that has become large")
    scratch.mkdir()
    linked = dict[str, Digest]()
    for name, digest in stored.items():
        copy = scratch / Path(name).name
        if name.endswith(TABLE):
            try:
                os.link(before / name, copy, follow_symlinks=False)
                linked[name] = digest
            except OSError:
                shutil.copyfile(before / name, copy, follow_symlinks=False)
        else:
            shutil.copyfile(before / name, copy, follow_symlinks=False)
        if digests.digest_file(copy) != digest:
            raise ValueError(f"{name} is not what was built")
    return linked


def _lines(dump: Path, blocks: Sequence[Block], chosen: set[str], *, whole: bool) -> set[bytes]:
    """Return the lines of the blocks of ``dump`` whose digests are among those ``chosen``; the others are only read if ``whole``.

    :raises ValueError: when the dump does not consist of these blocks.
    """
    lines = set[bytes]()
    with digests.open_regular(dump) as file:
        for block in blocks:
            if not whole and block.digest not in chosen:
                file.seek(block.bytes, os.SEEK_CUR)
                continue
            content = file.read(block.bytes)
            if hashlib.sha256(content).hexdigest() != block.digest:
                raise ValueError(f"{dump} does not consist of the blocks that it was noted to have")
            if block.digest in chosen:
                lines.update(content.splitlines(keepends=True))
        if file.tell() != os.fstat(file.fileno()).st_size:
            raise ValueError(f"{dump} has not the length that it was noted to have")
    return lines


def _replace(folder: Path, removed: set[bytes], added: set[bytes]) -> None:
    """Replace statements in the store in ``folder``, which has all of those ``removed`` and none of those ``added``, and then the others.

    The store itself is not counted: that would read all of it.

    :raises ValueError: when that is not so.
    """
    engine = ox.Store(str(folder))
    try:
        gone, come = (list(ox.parse(b"".join(sorted(lines)), format=ox.RdfFormat.N_QUADS)) for lines in (removed, added))
        if not all(quad in engine for quad in gone) or any(quad in engine for quad in come) or len({*come}) != len(added):
            raise ValueError("its store does not have the statements of its dump")
        for quad in gone:
            engine.remove(quad)
        engine.bulk_extend(come)
        for graph in {quad.graph_name for quad in gone}:
            if next(engine.quads_for_pattern(None, None, None, graph), None) is None:
                engine.remove_graph(graph)
        engine.flush()
        if not all(quad in engine for quad in come) or any(quad in engine for quad in gone):
            raise ValueError("its store does not have the statements of the dump")
    finally:
        del engine  # which a traceback would keep open
