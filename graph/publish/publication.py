"""Publication: sends a dataset to a remote engine, graph by graph; an interrupted publication can be resumed.

The engine itself is asked for its content, so no state is kept: a graph with the right content is left alone. The
description graph, which contains the version, is removed before the first change and sent last, so an engine that has a version has
the whole dataset. Every graph is read back and compared with the dump, triple by triple.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mabgraph.ingest.errors import BuildError

from ..store import dataset, vocabulary
from . import content
from .content import GraphPart
from .destination import Target, Writer

Progress = Callable[[str, int, int], None]

#: The graph that contains the version of a dataset.
DESCRIPTION: Final = "description"
#: How many wrong graphs a message names.
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Publication:
    """The content of an engine: the version, the SHA-256 of each graph's content, and the graphs sent or removed."""

    version: str
    quads: int
    digests: dict[str, str]
    sent: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def publish(directory: Path, target: Target, progress: Progress = lambda what, done, total: None) -> Publication:
    """Publish the current dataset of ``directory`` to ``target``, and return what was done.

    Only graphs that differ are sent; published graphs of another dataset are removed; unrelated graphs stay.
    ``progress`` is called with the step, the number of graphs done, and their total.

    :raises BuildError: when there is no dataset, the engine fails, or its content differs from what was sent.
    :raises TimeoutError: when the engine takes too long.
    """
    with _dataset(directory) as (version, parts), target.writer() as writer:
        description = parts[-1]
        sizes = writer.store.sizes()
        stale = sorted(sizes.keys() - {part.graph for part in parts})
        right: dict[str, str] = {}
        for part in parts:
            progress(f"comparing {_name(part.graph)}", len(right), len(parts))
            if sizes.get(part.graph) == part.triples:
                digest, fault = _compare_graph(writer, part)
                right |= {} if fault else {part.graph: digest}
        if stale or len(right) < len(parts):
            right.pop(description.graph, None)
            writer.remove(description.graph)
        missing = [part for part in parts if part.graph not in right]
        for part in missing:
            progress(f"sending {_name(part.graph)}", len(right), len(parts))
            if part is description:
                for graph in stale:
                    writer.remove(graph)
            writer.put(part)
            right[part.graph] = _verify_graph(writer, part)
        _check_sizes(writer, parts)
    return _publication(version, parts, right, missing, stale)


def verify(directory: Path, target: Target, progress: Progress = lambda what, done, total: None) -> Publication:
    """Return the content of ``target`` if it is exactly the current dataset of ``directory``; nothing is written.

    :raises BuildError: naming the first graph that differs, with its first differing triples.
    """
    right: dict[str, str] = {}
    with _dataset(directory) as (version, parts), target.writer() as writer:
        for part in parts:
            progress(f"comparing {_name(part.graph)}", len(right), len(parts))
            right[part.graph] = _verify_graph(writer, part)
        _check_sizes(writer, parts)
    return _publication(version, parts, right)


@contextmanager
def _dataset(directory: Path) -> Iterator[tuple[str, list[GraphPart]]]:
    """Yield the version of the current dataset of ``directory`` and its graphs, the description last, under a shared lock."""
    folder = dataset.current_folder(directory)
    with dataset.hold(folder):
        version = dataset.verify_version(folder).version
        parts = content.graph_parts(folder / dataset.DUMP)
        description = parts.pop(vocabulary.graph(DESCRIPTION), None)
        if description is None:
            raise BuildError(f"{directory}: the dataset has no graph that describes it: build it again")
        yield version, [*parts.values(), description]


def _compare_graph(writer: Writer, part: GraphPart) -> tuple[str, str]:
    """Return the SHA-256 of a graph's content, and how the engine's content differs (empty if it does not).

    :raises BuildError: when the engine truncates its answer.
    """
    sent, there = part.content(), content.canonical_triples(writer.store.triples(part.graph))
    if len(there) < len(sent) and len(there) < writer.store.sizes().get(part.graph, 0):
        url, count = writer.store.url, len(there)
        raise BuildError(f"{url}: returns {count} triples of a graph that has more: raise its result limit (docs/engines.md)")
    return content.digest_triples(sent), content.describe_difference(sent, there)


def _verify_graph(writer: Writer, part: GraphPart) -> str:
    digest, fault = _compare_graph(writer, part)
    if fault:
        raise BuildError(f"{writer.store.url}: the graph {_name(part.graph)} is not that of the dataset: {fault}\npublish it again")
    return digest


def _check_sizes(writer: Writer, parts: Iterable[GraphPart]) -> None:
    """Compare the number of quads of every graph with the dump; this also detects additional graphs."""
    expected, there = {part.graph: part.triples for part in parts}, writer.store.sizes()
    wrong = sorted(graph for graph in expected.keys() | there.keys() if expected.get(graph) != there.get(graph))
    if wrong:
        shown = ", ".join(f"{_name(graph)} ({there.get(graph, 0)} instead of {expected.get(graph, 0)})" for graph in wrong[:SHOWN])
        raise BuildError(f"{writer.store.url}: {len(wrong)} graphs do not have the quads of the dataset: {shown}: publish it again")


def _publication(
    version: str, parts: Iterable[GraphPart], digests: dict[str, str], sent: Iterable[GraphPart] = (), removed: Iterable[str] = ()
) -> Publication:
    names = {_name(graph): digest for graph, digest in digests.items()}
    quads_there = sum(part.triples for part in parts)
    return Publication(version, quads_there, names, tuple(_name(part.graph) for part in sent), tuple(map(_name, removed)))


def _name(graph: str) -> str:
    return graph.removeprefix(vocabulary.graph(""))
