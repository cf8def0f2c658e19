"""The service description: what the SPARQL endpoint is and can do (SPARQL 1.1 Service Description)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from . import formats, quads, vocabulary
from .dataset import Manifest

_SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_TYPE: Final = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_FORMATS: Final = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV", "Turtle", "N-Triples", "RDF_XML", "JSON-LD",
)  # fmt: skip
_PREFIXES: Final = {"sd": _SD, "void": "http://rdfs.org/ns/void#", "formats": "http://www.w3.org/ns/formats/"}


def description(endpoint: str, made: Manifest, media: str, updates: bool = False, federated: bool = False) -> bytes:
    """Return the description of the service at ``endpoint`` (an IRI) over a dataset, in the graph format ``media``."""
    return formats.written(_triples(endpoint, made, updates, federated), media, _PREFIXES)


def _triples(endpoint: str, made: Manifest, updates: bool, federated: bool) -> Iterator[ox.Triple]:
    service, data, union = ox.NamedNode(f"{endpoint}#service"), _resource("dataset/mabgraph"), _resource("graph/union")
    yield ox.Triple(service, _TYPE, _sd("Service"))
    yield ox.Triple(service, _sd("endpoint"), ox.NamedNode(endpoint))
    yield ox.Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    if updates:
        yield ox.Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Update"))
    yield ox.Triple(service, _sd("feature"), _sd("UnionDefaultGraph"))
    if federated:
        yield ox.Triple(service, _sd("feature"), _sd("BasicFederatedQuery"))
    for name in _FORMATS:
        yield ox.Triple(service, _sd("resultFormat"), ox.NamedNode(_PREFIXES["formats"] + name))
    yield ox.Triple(service, _sd("defaultDataset"), data)
    yield ox.Triple(data, _TYPE, _sd("Dataset"))
    yield ox.Triple(data, _sd("defaultGraph"), union)
    yield from _graph(union, made.quads)
    for name, count in made.graphs.items():
        held = quads.graph(name)
        yield ox.Triple(data, _sd("namedGraph"), held)
        yield ox.Triple(held, _TYPE, _sd("NamedGraph"))
        yield ox.Triple(held, _sd("name"), held)
        described = _resource(f"graph/{name}#graph")
        yield ox.Triple(held, _sd("graph"), described)
        yield from _graph(described, count)


def _graph(node: ox.NamedNode, count: int) -> Iterator[ox.Triple]:
    yield ox.Triple(node, _TYPE, _sd("Graph"))
    yield ox.Triple(node, ox.NamedNode(_PREFIXES["void"] + "triples"), ox.Literal(count))


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SD + name)


def _resource(name: str) -> ox.NamedNode:
    return ox.NamedNode(vocabulary.resource(name))
