"""Stores: hold quads and answer queries, behind one small interface; in memory, or on disk and read-only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from ..syntax import guard
from . import digests, vocabulary
from .digests import REMEDY, Digest

#: Bytes of a dump that are loaded at once: larger blocks load faster but use as much memory as the whole file.
BLOCK: Final = 1 << 26

Answer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


class Store(Protocol):
    """Holds a dataset and answers SPARQL queries over it."""

    def query(
        self, text: str, default_graphs: Sequence[ox.NamedNode] | None = None, named_graphs: Sequence[ox.NamedNode] | None = None
    ) -> Answer:
        """Return the engine's answer. The default graph is the union of all graphs unless graphs are selected, here or in the text.

        :raises SyntaxError: when ``text`` is not SPARQL.
        """
        ...

    def __len__(self) -> int:
        """Return the number of quads."""
        ...


@dataclass(frozen=True, slots=True)
class EngineStore:
    """A store of the embedded engine (Oxigraph)."""

    engine: ox.Store

    def query(
        self, text: str, default_graphs: Sequence[ox.NamedNode] | None = None, named_graphs: Sequence[ox.NamedNode] | None = None
    ) -> Answer:
        """Return the engine's answer, as :meth:`Store.query`."""
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


def from_quads(quads: Iterable[ox.Quad]) -> EngineStore:
    """Return an in-memory store of ``quads``."""
    engine = ox.Store()
    engine.bulk_extend(quads)
    return EngineStore(engine)


def from_dump(path: Path, expected: Digest | None = None) -> EngineStore:
    """Return an in-memory store of the N-Quads file at ``path``; ``expected`` is its required digest.

    The file is read once: the digest is computed over the bytes that are loaded.

    :raises BuildError: when the file cannot be read, or its digest differs.
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
    """Load N-Quads into ``engine``; return the fault, or an empty text."""
    fault, most = "", None if expected is None else expected.bytes + digests.BEYOND
    for lines in reading.lines(most, BLOCK):
        if not fault:
            try:
                if b"_:" in lines:  # bulk_load renames blank nodes per call, and a blank node may occur in several blocks
                    engine.bulk_extend(ox.parse(lines, format=ox.RdfFormat.N_QUADS))
                else:
                    engine.bulk_load(lines, format=ox.RdfFormat.N_QUADS)
            except SyntaxError as error:
                fault = f"{path}: the dump cannot be loaded: {error}"
    if expected is not None and reading.digest != expected:
        return digests.change_fault(path, expected, reading.digest)
    return fault


def write_on_disk(dump: Path, folder: Path) -> EngineStore:
    """Write the N-Quads file ``dump`` as an on-disk store to ``folder``, and return it; nothing of it is in memory only."""
    engine = ox.Store(str(folder))
    engine.bulk_load(path=str(dump), format=ox.RdfFormat.N_QUADS)
    engine.flush()
    return EngineStore(engine)


def open_on_disk(folder: Path) -> EngineStore:
    """Return the on-disk store in ``folder``, opened read-only: several processes may share it.

    :raises BuildError: when it cannot be opened.
    """
    try:
        return EngineStore(ox.Store.read_only(str(folder)))
    except (OSError, RuntimeError) as error:
        raise BuildError(f"{folder}: the store cannot be opened: {error}: {REMEDY}") from None
