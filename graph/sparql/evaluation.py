"""Evaluation of one untrusted query against one store: its answer, or an error that the client can correct."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from mabgraph.ingest.errors import MabgraphError

from ..store import formats
from ..store.store import Store
from ..syntax import guard
from . import complaints


@dataclass(frozen=True, slots=True)
class Query:
    """A query: its text, acceptable media types (of solutions, of graphs), its dataset (graphs), and permitted SERVICE hosts."""

    text: str
    solutions: str | None
    graphs: str | None
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryOutcome:
    """The outcome of a query: media type and body, or the kind of error, its detail and its position in the text.

    ``volatile``: the query may answer differently each time. ``version`` is the version of the dataset, ``state`` the state that the
    answer depends on; both are empty where the store is not one of ours.
    """

    media: str = ""
    body: bytes = b""
    error: str = ""
    detail: str = ""
    place: complaints.FaultLocation | None = None
    volatile: bool = False
    version: str = ""
    state: str = ""

    def header(self) -> dict[str, Any]:
        """Return all fields except the body, as JSON values; :meth:`from_header` reads them."""
        place = self.place
        return {
            "media": self.media, "error": self.error, "detail": self.detail, "volatile": self.volatile,
            "place": [place.line, place.column, place.text, place.expected] if place else None,
        }  # fmt: skip

    @classmethod
    def from_header(cls, header: dict[str, Any], body: bytes) -> QueryOutcome:
        """Return the outcome from ``header`` and body.

        :raises ValueError: when the header is malformed.
        """
        try:
            place = complaints.FaultLocation(*header["place"]) if header["place"] else None
            return cls(str(header["media"]), body, str(header["error"]), str(header["detail"]), place, bool(header["volatile"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no outcome of a query: {error}") from None


class Sink(io.RawIOBase):
    """Collects the bytes of an answer up to a maximum length; raises in the writer when it is exceeded or the query was cancelled."""

    def __init__(self, longest: int) -> None:
        """Take the maximum length in bytes."""
        self._chunks: list[bytes] = []
        self._left = longest
        self.stopped = False

    def writable(self) -> bool:
        """Whether bytes may be written."""
        return True

    def write(self, chunk: Any) -> int:
        """Append all of ``chunk``.

        :raises OverflowError: when the answer is too long.
        :raises TimeoutError: when the query was cancelled.
        """
        if self.stopped:
            raise TimeoutError("stopped")
        self._left -= len(chunk)
        if self._left < 0:
            raise OverflowError("too long")
        self._chunks.append(bytes(chunk))
        return len(chunk)

    def content(self) -> bytes:
        """Return all bytes written."""
        return b"".join(self._chunks)


def evaluate(store: Store, query: Query, sink: Sink) -> QueryOutcome:
    """Return the outcome of ``query`` on ``store``; the answer is written to ``sink``."""
    refused = guard.refusal(query.text, query.services)
    if refused:
        return QueryOutcome(error="refused", detail=refused)
    try:
        default, named = _graphs(query.default_graphs), _graphs(query.named_graphs)
    except ValueError as error:
        return QueryOutcome(error="malformed", detail=str(error))
    try:
        answer = store.query(query.text, default, named)
        rows = isinstance(answer, ox.QuerySolutions | ox.QueryBoolean)
        media = query.solutions if rows else query.graphs
        if media is None:
            kinds = ", ".join(formats.SOLUTIONS if rows else formats.GRAPHS)
            return QueryOutcome(error="unacceptable", detail=f"this query answers as {kinds}")
        formats.write(answer, media, sink)  # type: ignore[arg-type]
        return QueryOutcome(media, sink.content(), volatile=guard.is_volatile(query.text))
    except SyntaxError as error:
        return malformed_outcome(error, query.text)
    except OverflowError:
        return QueryOutcome(error="too-long", detail="the answer is longer than this service returns at once: ask with LIMIT and OFFSET")
    except TimeoutError:
        return QueryOutcome(error="late", detail="stopped")
    except (MabgraphError, OSError, ValueError, RuntimeError, MemoryError) as error:
        return QueryOutcome(error="failed", detail=str(error)[:500])


def malformed_outcome(error: SyntaxError, text: str, *, update: bool = False) -> QueryOutcome:
    """Return the outcome of a malformed text, with the position and a suggestion."""
    place = complaints.locate_fault(str(error), text, update=update)
    return QueryOutcome(error="malformed", detail=f"line {place.line}, column {place.column}: {place.expected}", place=place)


def _graphs(iris: tuple[str, ...] | None) -> list[ox.NamedNode] | None:
    """Return the graphs that a request selects, None where it selects none.

    :raises ValueError: when one is no absolute IRI.
    """
    if iris is None:
        return None
    named = []
    for iri in iris:
        try:
            named.append(ox.NamedNode(iri))
        except ValueError:
            raise ValueError(f"a graph is named by an absolute IRI, which {iri[:200]!r} is not") from None
    return named
