"""The service description of the SPARQL endpoint (SPARQL 1.1 Service Description)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from ..questions import question
from ..store import formats, vocabulary
from ..store.store import Store

_SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_TYPE: Final = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_FORMATS: Final = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV", "Turtle", "N-Triples", "RDF_XML", "JSON-LD",
)  # fmt: skip
_PREFIXES: Final = {"sd": _SD, "void": "http://rdfs.org/ns/void#", "formats": "http://www.w3.org/ns/formats/"}


def description(endpoint: str, store: Store, media: str, updates: bool = False, federated: bool = False) -> bytes:
    """Return the description of the service at ``endpoint`` (an IRI) over ``store``, in the graph format ``media``.

    Its graphs are those in the dataset description, which is written by the build.
    """
    graphs = question.load("service").construct(store, {})
    return formats.serialise([*_triples(endpoint, updates, federated), *graphs], media, _PREFIXES)


def _triples(endpoint: str, updates: bool, federated: bool) -> Iterator[ox.Triple]:
    service = ox.NamedNode(f"{endpoint}#service")
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
    yield ox.Triple(service, _sd("defaultDataset"), ox.NamedNode(vocabulary.resource("dataset/mabgraph")))


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SD + name)
