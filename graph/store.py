"""Stores: where quads are held and asked. One small interface; in memory, or on disk and read-only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from . import digests, guard, vocabulary
from .digests import REMEDY, Digest

#: Bytes of a dump that the engine is given at once: it loads more at once faster, and takes as much memory as with the whole file.
BLOCK: Final = 1 << 26

Answer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


class Store(Protocol):
    """What holds a dataset and answers SPARQL over it."""

    def query(
        self, text: str, default_graphs: Sequence[ox.NamedNode] | None = None, named_graphs: Sequence[ox.NamedNode] | None = None
    ) -> Answer:
        """Return the engine's answer. The default graph is the union of all graphs unless graphs are given, here or in the text.

        :raises SyntaxError: when ``text`` is not SPARQL.
        """
        ...

    def __len__(self) -> int:
        """Return the number of quads."""
        ...


@dataclass(frozen=True, slots=True)
class EngineStore:
    """A store of the embedded engine."""

    engine: ox.Store

    def query(
        self, text: str, default_graphs: Sequence[ox.NamedNode] | None = None, named_graphs: Sequence[ox.NamedNode] | None = None
    ) -> Answer:
        """Return the engine's answer, as :meth:`Store.query` says."""
        union = default_graphs is None and named_graphs is None and not guard.names_graphs(text)
        chosen: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] | None = None if default_graphs is None else list(default_graphs)
        if default_graphs is None and named_graphs is not None:
            chosen = []
        return self.engine.query(
            text,
            base_iri=vocabulary.base(),
            use_default_graph_as_union=union,
            default_graph=chosen,
            named_graphs=None if named_graphs is None else list(named_graphs),
        )

    def __len__(self) -> int:
        """Return the number of quads."""
        return len(self.engine)


def in_memory(quads: Iterable[ox.Quad]) -> EngineStore:
    """Return a store that holds ``quads`` in memory."""
    engine = ox.Store()
    engine.bulk_extend(quads)
    return EngineStore(engine)


def from_dump(path: Path, expected: Digest | None = None) -> EngineStore:
    """Return a store in memory that holds the N-Quads file at ``path``; with ``expected``, only if that is the digest of what was loaded.

    The file is read once: what the engine takes is what is digested.

    :raises BuildError: when the file cannot be read, or holds something else.
    """
    engine = ox.Store()
    try:
        with digests.open_regular(path) as file:
            fault = _load(engine, digests.Reading(file), path, expected)
    except OSError as error:
        reason = error.strerror or error
        raise BuildError(f"{path}: the dump cannot be loaded: {reason}{f': expected {expected}' if expected else ''}: {REMEDY}") from None
    if fault:
        raise BuildError(f"{fault}: {REMEDY}")
    return EngineStore(engine)


def _load(engine: ox.Store, reading: digests.Reading, path: Path, expected: Digest | None) -> str:
    """Load N-Quads into ``engine`` and return what was wrong with them, or an empty text."""
    fault, most = "", None if expected is None else expected.bytes + digests.BEYOND
    for lines in reading.lines(most, BLOCK):
        if not fault:
            try:
                if b"_:" in lines:  # a bulk load gives blank nodes new names, and their lines may stand in several blocks
                    engine.bulk_extend(ox.parse(lines, format=ox.RdfFormat.N_QUADS))
                else:
                    engine.bulk_load(lines, format=ox.RdfFormat.N_QUADS)
            except SyntaxError as error:
                fault = f"{path}: the dump cannot be loaded: {error}"
    if expected is not None and reading.digest != expected:
        return digests.changed(path, expected, reading.digest)
    return fault


def write_on_disk(dump: Path, folder: Path) -> None:
    """Write the N-Quads file ``dump`` as an on-disk store in ``folder``."""
    engine = ox.Store(str(folder))
    engine.bulk_load(path=str(dump), format=ox.RdfFormat.N_QUADS)
    engine.flush()


def on_disk(folder: Path) -> EngineStore:
    """Return the on-disk store in ``folder``, opened read-only: any number of processes may share it.

    :raises BuildError: when there is none that can be opened.
    """
    try:
        return EngineStore(ox.Store.read_only(str(folder)))
    except (OSError, RuntimeError) as error:
        raise BuildError(f"{folder}: the store cannot be opened: {error}: {REMEDY}") from None
