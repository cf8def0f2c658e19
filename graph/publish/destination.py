"""Publication targets: engines written by the Graph Store Protocol or by SPARQL Update, and queried for their content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from string import Template
from typing import Final

import httpx
import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from ..store import vocabulary
from .connection import Connection, Credentials, check_url
from .content import GraphLines, GraphPart
from .remote import RemoteStore

#: Timeout for sending or reading one graph (seconds).
SECONDS: Final = 600.0
#: The longest answer about the sizes of all graphs (bytes): some 200 for a graph, two graphs for a registry record.
SIZES: Final = 1_000_000_000
#: Triples per update; some engines refuse long ones.
BATCH: Final = 500


class Protocol(StrEnum):
    """The protocol for writing graphs."""

    graph_store = "graph-store"
    update = "update"


#: Suffix of the write URL, its protocol, and the suffix of the query URL, by engine (docs/engines.md).
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
    """An engine to publish to: its write URL and protocol, its query URL, and the credentials."""

    url: str
    query: str
    protocol: Protocol
    credentials: Credentials = field(default_factory=Credentials)
    seconds: float = SECONDS
    transport: httpx.BaseTransport | None = field(default=None, repr=False)

    @classmethod
    def from_url(
        cls, url: str, query: str | None = None, protocol: Protocol | None = None, credentials: Credentials | None = None,
        seconds: float = SECONDS,
    ) -> Target:  # fmt: skip
        """Return the target with the write URL ``url``; defaults are inferred from the suffix of the URL.

        Credentials come from the environment by default.

        :raises BuildError: when a default cannot be inferred, or the URL is invalid or contains a password.
        """
        matching = next((layout for layout in LAYOUTS if check_url(url).endswith(layout[0])), None)
        if matching is None and (query is None or protocol is None):
            raise BuildError(f"{url}: the query URL and protocol of this engine are not known: give both")
        ending, how, asked = matching or ("", protocol, "")
        return cls(
            url, query or url.removesuffix(ending) + asked, protocol or how or Protocol.graph_store,
            Credentials.from_environment() if credentials is None else credentials, seconds,
        )  # fmt: skip

    @contextmanager
    def writer(self) -> Iterator[Writer]:
        """Yield a writer to the target."""
        kind = GraphStoreWriter if self.protocol is Protocol.graph_store else UpdateWriter
        with closing(self._connection(self.url)) as written, closing(self._connection(self.query)) as asked:
            yield kind(written, RemoteStore(asked, SIZES))

    def _connection(self, url: str) -> Connection:
        return Connection(url, self.seconds, self.credentials, self.transport)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes whole graphs to an engine; ``store`` queries its content."""

    connection: Connection
    store: RemoteStore

    def put(self, part: GraphPart | GraphLines) -> None:
        """Replace the content of the graph of ``part`` by its triples.

        :raises BuildError: when the engine fails; the graph may then be incomplete.
        """
        raise NotImplementedError

    def remove(self, graph: str) -> None:
        """Remove ``graph``, if it exists."""
        raise NotImplementedError

    def _send(self, method: str, **request: object) -> None:
        try:
            with self.connection.answer(method, **request):  # type: ignore[arg-type]
                pass
        except SyntaxError as error:
            raise BuildError(f"{self.connection.url}: the engine refuses what it is sent: {error}") from None


class GraphStoreWriter(Writer):
    """Writes by the SPARQL 1.1 Graph Store HTTP Protocol."""

    def put(self, part: GraphPart | GraphLines) -> None:
        """Send the graph as one streamed request."""
        headers = {"Content-Type": "application/n-triples", "Content-Length": str(part.length)}
        self._send("PUT", parameters={"graph": part.graph}, content=part, headers=headers)

    def remove(self, graph: str) -> None:
        """Remove the graph; a missing graph is no error."""
        self._send("DELETE", parameters={"graph": graph}, accepted=(404,))


class UpdateWriter(Writer):
    """Writes by SPARQL 1.1 Update, in batches of some hundred triples."""

    def put(self, part: GraphPart | GraphLines) -> None:
        """Remove the graph, then insert its triples."""
        self.remove(part.graph)
        for batch in _batches(part.lines()):
            self._update("insert", graph=str(ox.NamedNode(part.graph)), triples=batch.decode())

    def remove(self, graph: str) -> None:
        """Remove the graph."""
        self._update("drop", graph=str(ox.NamedNode(graph)))

    def _update(self, name: str, **values: str) -> None:
        self._send("POST", content=_template(name).substitute(values).encode(), headers={"Content-Type": "application/sparql-update"})


@cache
def _template(name: str) -> Template:
    return Template((vocabulary.QUERIES / f"{name}.ru").read_text(encoding="utf-8"))


def _batches(lines: Iterable[bytes]) -> Iterator[bytes]:
    batch: list[bytes] = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH:
            yield b"".join(batch)
            batch.clear()
    if batch:
        yield b"".join(batch)
