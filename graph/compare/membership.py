"""A comparison as RDF: the estimates in it and the reasons against combining them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import rdflib
from rdflib.namespace import DCTERMS, OWL, PROV, RDF, RDFS

from ..questions.catalogue import Catalogue
from .compare import EvidenceComparison

_TRIPLES: Final = "application/n-triples"


def triples(catalogue: Catalogue, comparison: EvidenceComparison, about: Mapping[str, str]) -> bytes:
    """Return N-Triples: the statements about the estimates of a comparison, and about the comparison as their collection.

    The collection has ``about`` and the reasons of each set as comments. Its IRI is derived from ``about``: the same query on the same
    dataset has the same one.
    """
    graph = rdflib.Graph()
    collection = rdflib.URIRef(uuid5(NAMESPACE_URL, repr(sorted(about.items()))).urn)
    graph.add((collection, RDF.type, PROV.Collection))
    graph.add((collection, DCTERMS.title, rdflib.Literal("Estimates side by side", "en")))
    graph.add((collection, OWL.versionInfo, rdflib.Literal(about["dataset"])))
    against = [f"{each.name}: {reason.code}: {reason.text}" for each in comparison.sets for reason in each.reasons]
    for text in (*(f"{name}: {value}" for name, value in about.items()), *against):
        graph.add((collection, RDFS.comment, rdflib.Literal(text)))
    for row in comparison.rows:
        graph.add((collection, PROV.hadMember, rdflib.URIRef(row.id)))
    members = [row.id for row in comparison.rows]
    rows = catalogue.serialise("graph-of-estimates", {"resource": members}, _TRIPLES) if members else b""
    return graph.serialize(format="nt", encoding="utf-8") + rows
