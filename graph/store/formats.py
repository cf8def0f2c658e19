"""The media types of answers, their serialisers and their short names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any, Final

import pyoxigraph as ox

SOLUTIONS: Final = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
GRAPHS: Final = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}
#: Short names, for ``?format=`` and suffixes; those that apply to solutions and to graphs name both media types.
SHORT: Final[dict[str, tuple[str, ...]]] = {
    "json": ("application/sparql-results+json", "application/ld+json"),
    "xml": ("application/sparql-results+xml", "application/rdf+xml"),
    "csv": ("text/csv",),
    "tsv": ("text/tab-separated-values",),
    "ttl": ("text/turtle",),
    "turtle": ("text/turtle",),
    "n3": ("text/turtle",),
    "nt": ("application/n-triples",),
    "ntriples": ("application/n-triples",),
    "rdf": ("application/rdf+xml",),
    "rdf+xml": ("application/rdf+xml",),
    "rdfxml": ("application/rdf+xml",),
    "jsonld": ("application/ld+json",),
    "json-ld": ("application/ld+json",),
}


def serialise(triples: Iterable[ox.Triple], media: str, prefixes: dict[str, str] | None = None) -> bytes:
    """Return ``triples`` serialised in the graph format ``media``."""
    untyped: Any = triples
    return ox.serialize(untyped, format=GRAPHS[media], prefixes=prefixes) or b""


def write(answer: Any, media: str, to: IO[bytes]) -> None:
    """Write the answer of a query (solutions, a boolean or a graph) to ``to``."""
    if media in SOLUTIONS:
        answer.serialize(to, format=SOLUTIONS[media])
    elif isinstance(answer, ox.QueryTriples):
        answer.serialize(to, format=GRAPHS[media])
    else:
        ox.serialize(answer, to, format=GRAPHS[media])
