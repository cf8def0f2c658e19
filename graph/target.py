"""A target: where a dataset is published, by the Graph Store Protocol or by SPARQL Update, and asked for what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from string import Template
from typing import Final

import httpx
import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from . import vocabulary
from .connection import Connection, Credentials, checked
from .content import Part
from .remote import RemoteStore

#: How long one graph may take to be sent or read back (seconds).
SECONDS: Final = 600.0
#: Triples of one update; some engines refuse long ones.
BATCH: Final = 500


class Protocol(StrEnum):
    """How graphs are written."""

    graph_store = "graph-store"
    update = "update"


#: How the URL to write to ends, how it is written to, and how the URL to ask ends instead (docs/engines.md).
LAYOUTS: Final = (
    ("/store", Protocol.graph_store, "/query"),
    ("/sparql-graph-crud-auth", Protocol.graph_store, "/sparql"),
    ("/rdf-graphs/service", Protocol.graph_store, ""),
    ("/sparql/gsp/", Protocol.graph_store, "/sparql"),
    ("/data", Protocol.graph_store, "/query"),
    ("/update", Protocol.update, "/query"),
    ("/sparql-auth", Protocol.update, "/sparql"),
    ("/statements", Protocol.update, ""),
    ("/sparql", Protocol.update, "/sparql"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """An engine to publish to: the URL it is written at and how, the URL it is asked at, and who we are to it."""

    url: str
    query: str
    protocol: Protocol
    credentials: Credentials = field(default_factory=Credentials)
    seconds: float = SECONDS
    transport: httpx.BaseTransport | None = field(default=None, repr=False)

    @classmethod
    def at(
        cls, url: str, query: str | None = None, protocol: Protocol | None = None, credentials: Credentials | None = None,
        seconds: float = SECONDS,
    ) -> Target:  # fmt: skip
        """Return the target that is written at ``url``; what is not given is told from how the URL of each engine ends.

        Credentials come from the environment unless they are given.

        :raises BuildError: when it cannot be told, or the URL is none, or holds a password.
        """
        found = next((layout for layout in LAYOUTS if checked(url).endswith(layout[0])), None)
        if found is None and (query is None or protocol is None):
            raise BuildError(f"{url}: where to ask this engine, and how to write to it, is not known: give the query URL and the protocol")
        ending, how, asked = found or ("", protocol, "")
        return cls(
            url, query or url.removesuffix(ending) + asked, protocol or how or Protocol.graph_store,
            Credentials.of_environment() if credentials is None else credentials, seconds,
        )  # fmt: skip

    @contextmanager
    def opened(self) -> Iterator[Writer]:
        """Give a writer to it."""
        kind = GraphStoreWriter if self.protocol is Protocol.graph_store else UpdateWriter
        with closing(self._connection(self.url)) as written, closing(self._connection(self.query)) as asked:
            yield kind(written, RemoteStore(asked))

    def _connection(self, url: str) -> Connection:
        return Connection(url, self.seconds, self.credentials, self.transport)


@dataclass(frozen=True, slots=True)
class Writer:
    """A way to write whole graphs to an engine, and the store to ask what is there."""

    connection: Connection
    store: RemoteStore

    def put(self, part: Part) -> None:
        """Make the graph of ``part`` hold its triples and no others.

        :raises BuildError: when the engine does not take them; the graph may then hold some of them.
        """
        raise NotImplementedError

    def remove(self, graph: str) -> None:
        """Remove ``graph``, whether it is there or not."""
        raise NotImplementedError

    def _send(self, method: str, **request: object) -> None:
        try:
            with self.connection.answer(method, **request):  # type: ignore[arg-type]
                pass
        except SyntaxError as error:
            raise BuildError(f"{self.connection.url}: the engine refuses what it is sent: {error}") from None


class GraphStoreWriter(Writer):
    """Writes by the SPARQL 1.1 Graph Store HTTP Protocol."""

    def put(self, part: Part) -> None:
        """Send the graph in one request, as a stream."""
        headers = {"Content-Type": "application/n-triples", "Content-Length": str(part.length)}
        self._send("PUT", parameters={"graph": part.graph}, content=part, headers=headers)

    def remove(self, graph: str) -> None:
        """Remove the graph; that it is not there is no fault."""
        self._send("DELETE", parameters={"graph": graph}, accepted=(404,))


class UpdateWriter(Writer):
    """Writes by SPARQL 1.1 Update, some hundred triples at a time."""

    def put(self, part: Part) -> None:
        """Remove the graph, then add its triples."""
        self.remove(part.graph)
        for batch in _batches(part.lines()):
            self._update("insert", graph=str(ox.NamedNode(part.graph)), triples=batch.decode())

    def remove(self, graph: str) -> None:
        """Remove the graph."""
        self._update("drop", graph=str(ox.NamedNode(graph)))

    def _update(self, name: str, **values: str) -> None:
        text = Template((vocabulary.QUERIES / f"{name}.ru").read_text(encoding="utf-8")).substitute(values)
        self._send("POST", content=text.encode(), headers={"Content-Type": "application/sparql-update"})


def _batches(lines: Iterable[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    for line in lines:
        held.append(line)
        if len(held) == BATCH:
            yield b"".join(held)
            held.clear()
    if held:
        yield b"".join(held)
