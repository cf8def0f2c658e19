"""Membership: a comparison as a graph, which estimates are in it and what speaks against taking them together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import rdflib
from rdflib.namespace import DCTERMS, OWL, PROV, RDF, RDFS

from .catalogue import Catalogue
from .compare import Comparison

_TRIPLES: Final = "application/n-triples"


def triples(held: Catalogue, comparison: Comparison, about: Mapping[str, str]) -> bytes:
    """Return N-Triples: what the graph says of the estimates of a comparison, and of the comparison as their collection.

    The collection says ``about`` and the reasons of each set in comments. Its name goes by ``about``: the same question asked of the same
    dataset has the same one.
    """
    graph = rdflib.Graph()
    named = rdflib.URIRef(uuid5(NAMESPACE_URL, repr(sorted(about.items()))).urn)
    graph.add((named, RDF.type, PROV.Collection))
    graph.add((named, DCTERMS.title, rdflib.Literal("Estimates side by side", "en")))
    graph.add((named, OWL.versionInfo, rdflib.Literal(about["dataset"])))
    against = [f"{each.name}: {reason.code}: {reason.text}" for each in comparison.sets for reason in each.reasons]
    for text in (*(f"{name}: {value}" for name, value in about.items()), *against):
        graph.add((named, RDFS.comment, rdflib.Literal(text)))
    for row in comparison.rows:
        graph.add((named, PROV.hadMember, rdflib.URIRef(row.id)))
    members = [row.id for row in comparison.rows]
    rows = held.written("graph-of", {"resource": members}, _TRIPLES) if members else b""
    return graph.serialize(format="nt", encoding="utf-8") + rows
