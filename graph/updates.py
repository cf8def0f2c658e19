"""Updates: SPARQL Update into graphs of their own, beside a published dataset that no update sees or changes.

An update runs on a copy of the graphs that updates made before; what comes of it is kept only when it touches no graph of
the published dataset, and then both together are what queries are asked of. Whoever asks in between gets the state before.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from . import guard, vocabulary
from .evaluation import Answered, malformed
from .store import EngineStore

#: The file of the dataset's directory that keeps the graphs of updates.
FILE: Final = "updates.nq"
#: The media type they are kept in.
QUADS: Final = "application/n-quads"
#: At most this many quads come of updates.
MOST: Final = 1_000_000

_DATASET: Final = re.compile(r"\b(?:with|using)\b", re.IGNORECASE)
_SHORT: Final = re.compile(r"\bdelete\s+where\b", re.IGNORECASE)


def digest(directory: Path) -> str:
    """Return the SHA-256 of the graphs of updates kept in ``directory``, of nothing where there are none."""
    try:
        return hashlib.sha256((directory / FILE).read_bytes()).hexdigest()
    except FileNotFoundError:
        return hashlib.sha256().hexdigest()


class Scratch:
    """The graphs that updates make, kept in one file of a dataset's directory."""

    def __init__(self, directory: Path) -> None:
        """Read what was kept in ``directory``.

        :raises BuildError: when it cannot be read.
        """
        self._path = directory / FILE
        self._quads: tuple[ox.Quad, ...] = ()
        if self._path.exists():
            try:
                self._quads = tuple(ox.parse(path=str(self._path), format=ox.RdfFormat.N_QUADS))
            except (OSError, SyntaxError) as error:
                raise BuildError(f"{self._path}: the graphs of updates cannot be read: {error}: mend the file or remove it") from None

    def beside(self, published: EngineStore) -> EngineStore:
        """Return a store with the published graphs and those of updates."""
        engine = ox.Store()
        engine.bulk_extend(published.engine)
        engine.bulk_extend(self._quads)
        return EngineStore(engine)

    def updated(self, text: str, published: frozenset[str], using: Sequence[str] | None, using_named: Sequence[str] | None) -> Answered:
        """Return what the graphs of updates hold after the update ``text`` (N-Quads), or its error; :meth:`keep` makes it theirs.

        ``published`` are the graphs that may not be touched; ``using`` and ``using_named`` are the dataset that the protocol gives.
        """
        refused = guard.refused(text)
        if refused:
            return Answered(error="refused", detail=refused)
        engine = ox.Store()
        engine.extend(self._quads)
        try:
            written = text if using is None and using_named is None else _with_dataset(text, using or (), using_named or ())
            engine.update(written, base_iri=vocabulary.base())
        except SyntaxError as error:
            return malformed(error, text)
        except ValueError as error:
            return Answered(error="malformed", detail=str(error))
        except (OSError, RuntimeError) as error:
            return Answered(error="conflict", detail=str(error)[:500])
        made = tuple(engine)
        touched = sorted({quad.graph_name.value for quad in made if isinstance(quad.graph_name, ox.NamedNode)} & published)
        if touched:
            return Answered(error="refused", detail=f"the graph <{touched[0]}> is published: updates make graphs of their own")
        if len(made) > MOST:
            return Answered(error="refused", detail=f"updates may make {MOST} quads, these would be {len(made)}")
        return Answered(QUADS, ox.serialize(made, format=ox.RdfFormat.N_QUADS) or b"")

    def keep(self, quads: bytes) -> None:
        """Replace the graphs of updates by ``quads`` (N-Quads), on the disk before anybody is answered from them."""
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{FILE}-")
        with os.fdopen(handle, "wb") as file:
            file.write(quads)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, self._path)


def _with_dataset(text: str, using: Iterable[str], using_named: Iterable[str]) -> str:
    """Return ``text`` with the protocol's dataset as USING clauses of every operation that has a pattern.

    :raises ValueError: when the text gives a dataset of its own, or an IRI is none (SPARQL 1.1 Protocol, 2.2.3).
    """
    plain = guard.bare(text)
    if _DATASET.search(plain):
        raise ValueError("the update gives its dataset by USING or WITH: leave these out, or using-graph-uri and using-named-graph-uri")
    if _SHORT.search(plain):
        raise ValueError("DELETE WHERE takes no dataset: write what is deleted before its WHERE")
    clauses = [f"USING {ox.NamedNode(iri)}" for iri in using] + [f"USING NAMED {ox.NamedNode(iri)}" for iri in using_named]
    depth, last, parts = 0, 0, []
    for match in re.finditer(r"[{}]|\bwhere\b", plain, re.IGNORECASE):
        if match[0] in "{}":
            depth += 1 if match[0] == "{" else -1
        elif depth == 0:
            parts += [text[last : match.start()], " ".join(clauses), " "]
            last = match.start()
    return "".join([*parts, text[last:]])
