"""JSON-LD as people read it: a graph in the words of ``ontology/context.jsonld``, the same bytes for the same triples."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin

import rdflib

from . import vocabulary


def compact(triples: bytes, of: str = "") -> bytes:
    """Return the graph of the N-Triples ``triples`` as JSON-LD with the one context; parsed back it gives the same triples.

    What is said of the thing ``of`` (an IRI) stands at the top, and what is said of others with it under ``@included``.

    >>> document = json.loads(compact(b"<urn:a> <http://www.w3.org/2000/01/rdf-schema#label> 'A'@en .".replace(b"'", b'"')))
    >>> document["id"], document["label"]
    ('urn:a', 'A')
    """
    graph = rdflib.Graph().parse(data=triples, format="nt")
    document = json.loads(graph.serialize(format="json-ld", context=vocabulary.context(), auto_compact=False))
    context = document.pop("@context")
    if of and "@graph" in document:
        document = _put_first(document["@graph"], of)
    return json.dumps({"@context": context, **_order(document)}, ensure_ascii=False, sort_keys=True).encode()


def _put_first(nodes: list[dict[str, Any]], iri: str) -> dict[str, Any]:
    """Return the node called ``iri``, and all others under ``@included``; without such a node, all of them as they are."""
    base = str(vocabulary.context()["@base"])
    main = next((node for node in nodes if urljoin(base, str(node.get("id", ""))) == iri), None)
    if main is None:
        return {"@graph": nodes}
    return {**main, "@included": [node for node in nodes if node is not main]}


def _order(value: Any) -> Any:
    """Return ``value`` with its sets in one order: in JSON-LD they have none."""
    if isinstance(value, dict):
        return {key: _order(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted(map(_order, value), key=lambda each: json.dumps(each, sort_keys=True))
    return value
