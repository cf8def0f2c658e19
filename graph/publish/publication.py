"""Publication: sends a dataset to a remote engine, graph by graph; an interrupted publication can be resumed.

A dataset states the SHA-256 of each of its graphs, and so the engine does that has it: a graph of the same digest and size is left alone,
one that nothing is stated of is read and compared. The description graph, which contains the version, is removed before the first change
and sent last, so an engine that has a version has the whole dataset. Every graph that is sent is read back and compared with the dump,
triple by triple, before its digest is stated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from ..store import dataset, vocabulary
from . import content, stated
from .content import GraphPart
from .destination import Target, Writer
from .stated import StatedDigests

Progress = Callable[[str, int, int], None]

#: The graph that contains the version of a dataset.
DESCRIPTION: Final = "description"
#: How many wrong graphs a message names.
SHOWN: Final = 5


class ReadBack(StrEnum):
    """Which graphs are read back and compared: those that were sent, or all."""

    sent = "sent"
    all = "all"


@dataclass(frozen=True, slots=True)
class Publication:
    """The content of an engine: the version, the SHA-256 of each graph; the graphs sent, removed, and read back and compared."""

    version: str
    quads: int
    digests: dict[str, str]
    sent: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Local:
    """The dataset that is published: its version, its graphs by IRI, the description last, and what it states of them."""

    version: str
    parts: dict[str, GraphPart]
    stated: StatedDigests

    @property
    def description(self) -> str:
        """The IRI of the graph that describes the others."""
        return vocabulary.graph(DESCRIPTION)

    def in_order(self) -> Iterator[GraphPart]:
        """Yield the graphs in the order in which they are sent: each lot of digests after its graphs, the description last."""
        lots = self.stated.lots
        lotted = {graph for lot in lots.values() for graph in lot}
        yield from (part for graph, part in self.parts.items() if graph not in lotted and graph not in lots and graph != self.description)
        for lot, graphs in lots.items():
            yield from (self.parts[graph] for graph in (*graphs, lot) if graph in self.parts)
        yield self.parts[self.description]


def publish(
    directory: Path, target: Target, progress: Progress = lambda what, done, total: None, read_back: ReadBack = ReadBack.sent
) -> Publication:  # fmt: skip
    """Publish the current dataset of ``directory`` to ``target``, and return what was done.

    Only graphs that differ are sent; published graphs of another dataset are removed; unrelated graphs stay. With ``read_back`` of all,
    no digest that the engine states is trusted. ``progress`` is called with the step, the number of graphs done, and their total.

    :raises BuildError: when there is no dataset, the engine fails, or its content differs from what was sent.
    :raises TimeoutError: when the engine takes too long.
    """
    with _dataset(directory) as local, target.writer() as writer:
        return _Sending(local, writer, progress).run(read_back)


def verify(directory: Path, target: Target, progress: Progress = lambda what, done, total: None) -> Publication:
    """Return the content of ``target`` if it is exactly the current dataset of ``directory``; nothing is written.

    :raises BuildError: naming the first graph that differs, with its first differing triples.
    """
    with _dataset(directory) as local, target.writer() as writer:
        for number, part in enumerate(local.parts.values()):
            progress(f"comparing {_name(part.graph)}", number, len(local.parts))
            _verify_graph(writer, part)
        _check_sizes(writer, local.parts.values())
    return _publication(local, compared=local.parts)


class _Sending:
    """One publication."""

    def __init__(self, local: _Local, writer: Writer, progress: Progress) -> None:
        self._local, self._writer, self._progress = local, writer, progress
        self._right, self._compared, self._sent = set[str](), list[str](), list[str]()
        self._sizes, self._described = dict[str, int](), list[ox.Triple]()

    def run(self, read_back: ReadBack) -> Publication:
        """Bring the engine to the dataset."""
        local, writer = self._local, self._writer
        self._sizes = writer.store.sizes()
        stale = removed = sorted(self._sizes.keys() - local.parts.keys())
        self._find_right(self._read_stated(), read_back)
        if stale or len(self._right) < len(local.parts):
            self._right.discard(local.description)
            writer.remove(local.description)
            stale = self._withdraw(stale)
        for part in local.in_order():
            if part.graph in self._right:
                continue
            self._report("sending", part)
            if part.graph == local.description:
                for graph in stale:
                    writer.remove(graph)
            writer.put(part)
            self._compared.append(part.graph)
            _verify_graph(writer, part)
            self._right.add(part.graph)
            self._sent.append(part.graph)
        if self._sent:
            _check_sizes(writer, local.parts.values())
        return _publication(local, self._sent, removed, self._compared)

    def _read_stated(self) -> dict[str, str]:
        """Return the digests that the engine states, by graph; a lot that is ours, by its own digest, is not read."""
        local, store = self._local, self._writer.store
        self._described = list(store.triples(local.description)) if local.description in self._sizes else []
        stated_there = stated.read_digests(self._described)
        lots = [graph for graph in self._sizes if stated.is_lot(graph)]
        for graph in lots:
            same = stated_there.get(graph, "none") == local.stated.digests.get(graph) and self._sizes[graph] == local.parts[graph].triples
            stated_there |= local.stated.lots[graph] if same else stated.read_digests(store.triples(graph))
        return stated_there

    def _find_right(self, stated_there: dict[str, str], read_back: ReadBack) -> None:
        """Find out which graphs the engine has as they are: those of the stated digest, and those that are read and compared."""
        trusted = stated_there if read_back is ReadBack.sent else {}
        for part in self._local.parts.values():
            graph, ours = part.graph, self._local.stated.digests.get(part.graph)
            if self._sizes.get(graph) != part.triples:
                continue
            if ours and graph in trusted:
                is_right = trusted[graph] == ours
            elif graph == self._local.description:
                is_right = content.canonical_triples(self._described) == part.content()
            else:
                self._report("comparing", part)
                self._compared.append(graph)
                is_right = not _compare_graph(self._writer, part)
            if is_right:
                self._right.add(graph)

    def _withdraw(self, stale: Iterable[str]) -> list[str]:
        """Take back the digests of graphs that are about to change, so that none is there that is not so, and return what stays stale."""
        lots = self._local.stated.lots
        for lot, graphs in lots.items():
            if lot in self._right and self._right.issuperset(graphs):
                continue
            self._right.discard(lot)
            kept = [graph for graph in graphs if graph in self._right]
            if kept:
                self._writer.put(self._local.stated.without(lot, kept))
            elif lot in self._sizes:
                self._writer.remove(lot)
        for graph in filter(stated.is_lot, stale):
            self._writer.remove(graph)
        return [graph for graph in stale if not stated.is_lot(graph)]

    def _report(self, what: str, part: GraphPart) -> None:
        self._progress(f"{what} {_name(part.graph)}", len(self._right), len(self._local.parts))


@contextmanager
def _dataset(directory: Path) -> Iterator[_Local]:
    """Yield the current dataset of ``directory``, under a shared lock."""
    folder = dataset.current_folder(directory)
    with dataset.hold(folder):
        version = dataset.verify_version(folder).version
        parts = content.graph_parts(folder / dataset.DUMP)
        description = parts.pop(vocabulary.graph(DESCRIPTION), None)
        if description is None:
            raise BuildError(f"{directory}: the dataset has no graph that describes it: build it again")
        parts[description.graph] = description
        yield _Local(version, parts, StatedDigests.of_parts(parts, description.graph))


def _compare_graph(writer: Writer, part: GraphPart) -> str:
    """Return how the engine's content of a graph differs; empty if it does not.

    :raises BuildError: when the engine truncates its answer.
    """
    sent, there = part.content(), content.canonical_triples(writer.store.triples(part.graph))
    if len(there) < len(sent) and len(there) < writer.store.sizes().get(part.graph, 0):
        url, count = writer.store.url, len(there)
        raise BuildError(f"{url}: returns {count} triples of a graph that has more: raise its result limit (docs/engines.md)")
    return content.describe_difference(sent, there)


def _verify_graph(writer: Writer, part: GraphPart) -> None:
    if fault := _compare_graph(writer, part):
        raise BuildError(f"{writer.store.url}: the graph {_name(part.graph)} is not that of the dataset: {fault}\npublish it again")


def _check_sizes(writer: Writer, parts: Iterable[GraphPart]) -> None:
    """Compare the number of quads of every graph with the dump; this also detects additional graphs."""
    expected, there = {part.graph: part.triples for part in parts}, writer.store.sizes()
    wrong = sorted(graph for graph in expected.keys() | there.keys() if expected.get(graph) != there.get(graph))
    if wrong:
        shown = ", ".join(f"{_name(graph)} ({there.get(graph, 0)} instead of {expected.get(graph, 0)})" for graph in wrong[:SHOWN])
        raise BuildError(f"{writer.store.url}: {len(wrong)} graphs do not have the quads of the dataset: {shown}: publish it again")


def _publication(local: _Local, sent: Iterable[str] = (), removed: Iterable[str] = (), compared: Iterable[str] = ()) -> Publication:
    digests = {_name(graph): local.stated.digests.get(graph) or part.digest() for graph, part in local.parts.items()}
    quads_there = sum(part.triples for part in local.parts.values())
    return Publication(local.version, quads_there, digests, *(tuple(map(_name, graphs)) for graphs in (sent, removed, compared)))


def _name(graph: str) -> str:
    return graph.removeprefix(vocabulary.graph(""))
