"""A remote store: a dataset in another SPARQL 1.1 engine, queried over HTTP through the interface of every store."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from ..questions import question
from ..questions.names import no_names
from ..questions.question import Row
from ..store import inventory, vocabulary
from ..store.dataset import Dataset, Manifest
from ..syntax import guard, lexer
from ..syntax.readings import WordKind
from .connection import STORE, Connection, Credentials, Parameters, Reply

#: The longest answer that is read by default (bytes).
LONGEST: Final = 100_000_000
#: The minimum timeout for counting the quads of an engine (seconds).
OPENING: Final = 300.0

_ROWS: Final = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
}
_TRIPLES: Final = {"application/n-triples": ox.RdfFormat.N_TRIPLES, "text/turtle": ox.RdfFormat.TURTLE}
_FORM: Final = re.compile("select|ask|construct|describe", re.IGNORECASE | re.ASCII)
_FIRST_LINE: Final = re.compile(r"(?<=error at 1:)\d+")


class RemoteStore:
    """A store that queries the endpoint of a remote engine."""

    def __init__(self, connection: Connection, longest: int = LONGEST, union: Parameters | None = None) -> None:
        """Take the connection, the longest answer to read (bytes), and the protocol parameters that make the default graph
        the union of all graphs; none if it is that already.
        """
        self._connection, self._longest = connection, longest
        self.union: Parameters = union or {}
        self._prologue = f"{vocabulary.prologue()} "

    @property
    def url(self) -> str:
        """The URL of the query endpoint."""
        return self._connection.url

    def query(
        self, text: str, default_graphs: Sequence[ox.NamedNode] | None = None, named_graphs: Sequence[ox.NamedNode] | None = None
    ) -> Any:
        """Return the engine's answer, as :meth:`Store.query`; the triples of a graph as an iterator.

        A text with its own dataset clause (``FROM``) is sent unchanged.

        :raises OverflowError: when the answer exceeds our limit, or the engine's.
        :raises TimeoutError: when the engine exceeds the timeout.
        :raises BuildError: when the engine cannot be reached, denies access, or fails.
        """
        graphs = self._graphs(text, default_graphs, named_graphs)
        if not _asks_solutions(text):
            return iter(list(self._triples(text, graphs, self._longest)))
        with self._request(text, graphs, _ROWS, self._longest) as reply:
            if reply.header("X-SPARQL-MaxRows"):
                raise OverflowError(f"{reply.url}: the engine truncated the answer: use LIMIT, or raise its limit (docs/engines.md)")
            body, media = reply.body(), reply.media
        try:
            return ox.parse_query_results(body, format=_ROWS[media])
        except (KeyError, SyntaxError):
            raise BuildError(f"{reply.url}: answers {media or 'nothing'}, not SPARQL results: is this a query endpoint?") from None

    def triples(self, graph: str) -> Iterator[ox.Triple]:
        """Yield the triples of the named graph ``graph`` as a stream of any length."""
        text = question.load("triples").fill({"graph": [ox.NamedNode(graph)]})
        return self._triples(text, {}, None)

    def sizes(self) -> dict[str, int]:
        """Return the number of quads of each published graph, by IRI."""
        return {str(row["graph"]): int(str(row["quads"])) for row in self.rows("graphs")}

    def __len__(self) -> int:
        """Return the number of quads of the published graphs."""
        return sum(self.sizes().values())

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def rows(self, name: str) -> list[Row]:
        """Return the result rows of the question called ``name``, which has no parameters.

        :raises BuildError: when the engine fails, or truncates the answer.
        """
        try:
            return question.load(name).ask(self, no_names())
        except (OverflowError, SyntaxError) as error:
            raise BuildError(f"{self.url}: does not answer the question {name}: {error}") from None

    def _triples(self, text: str, graphs: Parameters, longest: int | None) -> Iterator[ox.Triple]:
        with self._request(text, graphs, _TRIPLES, longest) as reply:
            if reply.media not in _TRIPLES:
                raise BuildError(f"{reply.url}: answers {reply.media or 'nothing'}, not a graph: is this a query endpoint?")
            try:
                yield from (quad.triple for quad in ox.parse(reply.file(), _TRIPLES[reply.media]))
            except SyntaxError as error:
                raise BuildError(f"{reply.url}: answers a graph that cannot be read: {error}") from None

    @contextmanager
    def _request(self, text: str, graphs: Parameters, formats: Mapping[str, object], longest: int | None) -> Iterator[Reply]:
        accept = ", ".join(f"{media};q={1 - 0.2 * place:g}" for place, media in enumerate(formats))
        try:
            with self._connection.answer("POST", accept, form={"query": self._prologue + text, **graphs}, longest=longest) as reply:
                yield reply
        except SyntaxError as error:
            raise SyntaxError(_FIRST_LINE.sub(lambda match: str(int(match[0]) - len(self._prologue)), str(error))) from None

    def _graphs(self, text: str, default: Sequence[ox.NamedNode] | None, named: Sequence[ox.NamedNode] | None) -> Parameters:
        """Return the protocol parameters for graphs: those selected, or those that make the default graph the union."""
        if default is None and named is None:
            return {} if guard.names_graphs(text) else self.union
        chosen = {"default-graph-uri": default, "named-graph-uri": named}
        return {name: [graph.value for graph in selected or ()] or [vocabulary.graph("none")] for name, selected in chosen.items()}


def open_dataset(
    url: str, seconds: float = 30.0, longest: int = LONGEST, credentials: Credentials | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Dataset:  # fmt: skip
    """Return the dataset in the engine with the query endpoint ``url``; it has no folder of files.

    Credentials come from the environment (``MABGRAPH_STORE_…``) by default.

    :raises BuildError: when there is no complete dataset, or the engine cannot be queried.
    """
    known = Credentials.from_environment(STORE) if credentials is None else credentials
    with closing(Connection(url, max(seconds, OPENING), known, transport)) as connection:
        sizes = RemoteStore(connection, max(longest, LONGEST)).sizes()
        for number, union in enumerate(({}, *_unions(sizes))):
            try:
                description = RemoteStore(connection, union=union).rows("dataset")
            except BuildError:
                if number == 0:
                    raise
                continue
            if description:
                inventory.check_version(str(description[0]["version"]), str(description[0]["software"]), url)
                store = RemoteStore(Connection(url, seconds, known, transport), longest, union)
                return Dataset(Path(os.devnull), _manifest(description[0], sizes), store)
    raise BuildError(f"{url}: holds no whole dataset of mabgraph: publish one with mabgraph publish --to")


def _unions(sizes: Mapping[str, int]) -> Iterator[Parameters]:
    """Yield parameters that make the default graph the union of all graphs: Oxigraph's own, then the protocol's."""
    yield {"union-default-graph": "true"}
    yield {"default-graph-uri": list(sizes)}


def _manifest(description: Row, sizes: Mapping[str, int]) -> Manifest:
    prefix = vocabulary.graph("")
    graphs = {graph.removeprefix(prefix): size for graph, size in sizes.items()}
    return Manifest(
        version=str(description["version"]), software=str(description["software"]), figures=int(str(description["figures"])),
        quads=sum(graphs.values()), graphs=graphs, inputs={}, bytes=0,
    )  # fmt: skip


def _asks_solutions(text: str) -> bool:
    """Whether a query asks for solutions or a boolean, not for a graph.

    >>> _asks_solutions("PREFIX construct: <urn:> SELECT * {}"), _asks_solutions("BASE <urn:select> DESCRIBE <a>")
    (True, False)
    """
    words = (word for word in lexer.read(text, _FORM).words if word.outside and word.kind is WordKind.WORD)
    form = _FORM.search(next((word.text for word in words), ""))
    return form is None or form[0].lower() in {"select", "ask"}
