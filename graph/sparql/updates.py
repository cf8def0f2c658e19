"""Updates: SPARQL Update into update graphs beside a published dataset, which no update sees or changes.

An update runs on a copy of the update graphs. Its outcome is stored only if it touches no published graph;
queries then see the published and the update graphs together. Queries meanwhile see the state before.
An update graph that a later dataset publishes is set aside in a file of its own: the two are never merged.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from ..store import digests, sealed, vocabulary
from ..store.store import EngineStore
from ..syntax import guard, lexer
from ..syntax.readings import Word, WordKind
from .evaluation import QueryOutcome, malformed_outcome

#: The file with the update graphs in a dataset's directory.
FILE: Final = "updates.nq"
#: The media type of that file.
QUADS: Final = "application/n-quads"
#: Prefix of the names of files with graphs that were set aside, because a dataset publishes them now.
ASIDE: Final = "updates-set-aside-"
#: The most quads in all update graphs.
MOST: Final = 1_000_000

#: The keywords that show whether an operation has a pattern, and a dataset.
_SOUGHT: Final = re.compile("with|using|where|delete", re.IGNORECASE | re.ASCII)
#: Space and comments.
_NOTHING: Final = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*+)*+")
_log = logging.getLogger(__name__)


def digest(directory: Path) -> str:
    """Return the SHA-256 of the updates file in ``directory``, empty if there is none."""
    try:
        return digests.digest_file(directory / FILE).sha256
    except FileNotFoundError:
        return ""


class Scratch:
    """The update graphs, stored in one file of a dataset's directory."""

    def __init__(self, directory: Path) -> None:
        """Load the update graphs of ``directory``.

        :raises BuildError: when the file cannot be read.
        """
        self._path = directory / FILE
        self._quads, self._seal = sealed.read(self._path)
        self._published: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def combine_with(self, published: EngineStore, graphs: Collection[str] = ()) -> EngineStore:
        """Return a store with the published graphs and the update graphs.

        ``graphs`` are names of published graphs besides those with quads. An update graph that is published now is first
        set aside in a file of its own, with a warning in the log.

        :raises BuildError: when such a graph cannot be set aside; nothing is changed then.
        """
        with self._lock:
            names = frozenset(name.value for name in published.engine.named_graphs() if isinstance(name, ox.NamedNode)) | frozenset(graphs)
            if both := sorted(_graphs(self._quads) & names):
                self._set_aside(both)
            self._published = names
            own = self._quads
        engine = ox.Store()
        engine.bulk_extend(published.engine)
        engine.bulk_extend(own)
        return EngineStore(engine)

    def apply(self, text: str, published: frozenset[str], using: Sequence[str] | None, using_named: Sequence[str] | None) -> QueryOutcome:
        """Return the update graphs after the update ``text``, or its error; :meth:`keep` stores them.

        The body is the content of their file, the detail the seal of the state that the update ran on.

        ``published`` are the graphs that must not be changed; ``using`` and ``using_named`` are the protocol's dataset.
        """
        refused = guard.refusal(text)
        if refused:
            return QueryOutcome(error="refused", detail=refused)
        engine = ox.Store()
        engine.extend(self._quads)
        try:
            written = text if using is None and using_named is None else _with_dataset(text, using or (), using_named or ())
            engine.update(written, base_iri=vocabulary.base())
        except SyntaxError as error:
            return malformed_outcome(error, text, update=True)
        except ValueError as error:
            return QueryOutcome(error="malformed", detail=str(error))
        except (OSError, RuntimeError) as error:
            return QueryOutcome(error="conflict", detail=str(error)[:500])
        quads = tuple(engine)
        if len(quads) > MOST:
            return QueryOutcome(error="refused", detail=f"the update graphs may have {MOST} quads, these would have {len(quads)}")
        if touched := sorted(_graphs(quads) & (published | self._published)):
            return QueryOutcome(error="refused", detail=f"the graph <{touched[0]}> is published: write to a graph of another name")
        return QueryOutcome(QUADS, sealed.serialise(quads)[0], detail=self._seal)

    def keep(self, content: bytes, base: str) -> QueryOutcome:
        """Store the outcome of :meth:`apply`, on disk before any query sees it.

        ``base`` is the seal of the state that the update ran on; if it is no longer the current one, nothing is changed.
        """
        with self._lock:
            try:
                if sealed.seal_of(self._path) != base:
                    self._quads, self._seal = sealed.read(self._path)
                    detail = "the update graphs were changed meanwhile, by another service or by hand: ask again"
                    return QueryOutcome(error="conflict", detail=detail)
                sealed.write(self._path, content)
                self._quads, self._seal = sealed.read(self._path)
            except (BuildError, OSError) as error:
                return QueryOutcome(error="failed", detail=f"nothing was kept: {error}"[:500])
        return QueryOutcome("text/plain")

    def _keep(self, quads: tuple[ox.Quad, ...]) -> None:
        content, seal = sealed.serialise(quads)
        sealed.write(self._path, content)
        self._quads, self._seal = quads, seal

    def _set_aside(self, graphs: list[str]) -> None:
        """Move ``graphs`` to a file of their own, which is written before they are removed; the file name depends on the content only."""
        moved = tuple(quad for quad in self._quads if _is_in_graphs(quad, graphs))
        content, seal = sealed.serialise(moved)
        path = self._path.with_name(f"{ASIDE}{seal[:16]}.nq")
        try:
            sealed.write(path, content)
            self._keep(tuple(quad for quad in self._quads if not _is_in_graphs(quad, graphs)))
        except OSError as error:
            raise BuildError(
                f"{self._path}: has the graph <{graphs[0]}>, which the dataset publishes now, and it cannot be set aside: {error}: take it "
                "out of the file, or let the directory be written"
            ) from None
        shown = ", ".join(f"<{name}>" for name in graphs)
        _log.warning(
            "%s of updates: published by the dataset now, and so set aside in %s (%d quads): to have them back, insert them into a graph "
            "of another name", shown, path, len(moved),
        )  # fmt: skip


def _graphs(quads: Iterable[ox.Quad]) -> frozenset[str]:
    """Return the IRIs of the named graphs of ``quads``."""
    return frozenset(quad.graph_name.value for quad in quads if isinstance(quad.graph_name, ox.NamedNode))


def _is_in_graphs(quad: ox.Quad, graphs: Collection[str]) -> bool:
    return isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value in graphs


def _with_dataset(text: str, using: Iterable[str], using_named: Iterable[str]) -> str:
    """Return ``text`` with the protocol's dataset as USING clauses in every operation with a pattern.

    :raises ValueError: when the text has a dataset of its own or is ambiguous, or an IRI is invalid (SPARQL 1.1 Protocol, 2.2.3).
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
    """Return the words outside all brackets, which include the keywords of the operations.

    :raises ValueError: when these are ambiguous.
    """
    readings = lexer.read(text, _SOUGHT)
    if readings.end is not None or not readings.outer:
        raise ValueError("the update cannot be read: send it without using-graph-uri and using-named-graph-uri to see where")
    words = readings.outer[0]
    unsure = [word.text for word in words if word.kind is not WordKind.WORD or not _SOUGHT.fullmatch(word.text)]
    if readings.crowded or len(readings.outer) > 1 or unsure:
        where = f" at {', '.join(unsure[:3])}" if unsure else ""
        raise ValueError(f"the update can be read in several ways{where}: put space between words, and no such word in a prefixed name")
    return words
