"""Updates: SPARQL Update into graphs of their own, beside a published dataset that no update sees or changes.

An update runs on a copy of the graphs that updates made before; what comes of it is kept only when it touches no graph of
the published dataset, and then both together are what queries are asked of. Whoever asks in between gets the state before.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from . import guard, lexer, vocabulary
from .engine import Answered, Sink, malformed
from .readings import Kind, Word
from .store import EngineStore

#: The file of the dataset's directory that keeps the graphs of updates.
FILE: Final = "updates.nq"
#: At most this many quads come of updates.
MOST: Final = 1_000_000

#: What says whether an operation has a pattern, and a dataset.
_SOUGHT: Final = re.compile("with|using|where|delete", re.IGNORECASE | re.ASCII)
#: Space and comments.
_NOTHING: Final = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*+)*+")


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

    def updated(
        self, text: str, published: frozenset[str], using: Sequence[str] | None, using_named: Sequence[str] | None, sink: Sink
    ) -> Answered:
        """Run the update ``text`` on the graphs of updates; return an empty answer, or the error that leaves them as they were.

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
        if sink.stopped:
            return Answered(error="late", detail="stopped before anything was kept")
        self._keep(made)
        return Answered("text/plain")

    def _keep(self, quads: tuple[ox.Quad, ...]) -> None:
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{FILE}-")
        with os.fdopen(handle, "wb") as file:
            ox.serialize(quads, file, format=ox.RdfFormat.N_QUADS)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, self._path)
        self._quads = quads


def _with_dataset(text: str, using: Iterable[str], using_named: Iterable[str]) -> str:
    """Return ``text`` with the protocol's dataset as USING clauses of every operation that has a pattern.

    :raises ValueError: when the text gives a dataset of its own, is not sure, or an IRI is none (SPARQL 1.1 Protocol, 2.2.3).
    """
    words = _operations(text)
    if any(word.text.lower() in {"with", "using"} for word in words):
        raise ValueError("the update gives its dataset by USING or WITH: leave these out, or using-graph-uri and using-named-graph-uri")
    clauses = [f"USING {ox.NamedNode(iri)}" for iri in using] + [f"USING NAMED {ox.NamedNode(iri)}" for iri in using_named]
    last, before, parts = 0, -1, []
    for word in words:
        if word.text.lower() == "where":
            if before >= 0 and _NOTHING.fullmatch(text, before, word.start):
                raise ValueError("DELETE WHERE takes no dataset: write what is deleted before its WHERE")
            parts += [text[last : word.start], " ".join(clauses), " "]
            last = word.start
        before = word.start + len(word.text) if word.text.lower() == "delete" else -1
    return "".join([*parts, text[last:]])


def _operations(text: str) -> tuple[Word, ...]:
    """Return the words outside all brackets that say what the operations are and what they are about.

    :raises ValueError: when these are not sure.
    """
    readings = lexer.read(text, _SOUGHT)
    if readings.end is not None or not readings.outer:
        raise ValueError("the update cannot be read: send it without using-graph-uri and using-named-graph-uri to see where")
    words = readings.outer[0]
    unsure = [word.text for word in words if word.kind is not Kind.WORD or not _SOUGHT.fullmatch(word.text)]
    if readings.crowded or len(readings.outer) > 1 or unsure:
        where = f" at {', '.join(unsure[:3])}" if unsure else ""
        raise ValueError(f"the update can be read in several ways{where}: put space between words, and no such word in a prefixed name")
    return words
