"""Quads: what a record, the ontology and the provenance of both say in RDF. Same input, same quads.

Records become quads by the JSON-LD context alone; no node is blank and nothing here knows a field.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from mabgraph.ingest import checks, nodes
from mabgraph.ingest.errors import BuildError
from mabgraph.ingest.figures import Node
from mabgraph.ingest.record import Record
from mabgraph.ingest.recordfile import RecordFile

from ..store import vocabulary
from .statements import TYPE

# With RDFLib, which takes a while to import; most who import this read no record.
if TYPE_CHECKING:
    from ..shacl.triples import GroupedQuads
    from .expansion import Expansion

_RDF_TYPE = ox.NamedNode(TYPE)
_PROV = "http://www.w3.org/ns/prov#"


def graph(name: str) -> ox.NamedNode:
    """Return the named graph of a source (its document's id), or one of the dataset's own.

    These are ``ontology``, ``links``, ``checks``, ``studies``, ``about``, ``description`` and ``examples``.
    """
    return ox.NamedNode(vocabulary.graph(name))


def of_record(record: Record, file: RecordFile) -> GroupedQuads:
    """Return the quads of ``record`` in its own named graph.

    :raises RecordError: when the record contradicts itself.
    """
    return of_named_nodes(nodes.by_name(record, file), record)


def of_named_nodes(named: Mapping[str, Node], record: Record) -> GroupedQuads:
    """Return the quads of the nodes of ``record``, by name, in its own named graph."""
    return _expansion().statements(named.values(), graph(record.document.id).value)


def of_registry(nodes: Iterable[Node], document: str) -> GroupedQuads:
    """Return the quads of the ``nodes`` of a registry record, in the named graph of its ``document``."""
    return _expansion().statements(nodes, graph(document).value)


def of_checks(record: Record, named: Mapping[str, Node]) -> GroupedQuads:
    """Return the quads of the checks of ``record``, whose nodes are given by name, in the graph of all checks."""
    return of_checked_nodes(checks.check_nodes(record, named))


def of_checked_nodes(nodes: Iterable[Node]) -> GroupedQuads:
    """Return the quads of nodes that are computed, in the graph of all checks."""
    return _expansion().statements(nodes, graph("checks").value)


@cache
def _expansion() -> Expansion:
    """Return the context of records, compiled."""
    from .expansion import Expansion

    return Expansion(vocabulary.context())


def of_nodes(nodes: Iterable[Node], name: ox.NamedNode, context: dict[str, Any]) -> list[ox.Quad]:
    """Return the quads of any JSON-LD nodes in the graph ``name``, by ``context``."""
    document = {"@context": context, "@graph": list(nodes)}
    return list(_move_to(ox.parse(json.dumps(document, ensure_ascii=False), ox.RdfFormat.JSON_LD), name))


def of_ontology(*folders: Path) -> list[ox.Quad]:
    """Return the quads of the Turtle files of ``folders`` (those in folders below apart, which are shapes).

    :raises BuildError: naming the file and place that cannot be read.
    """
    paths = (path for folder in folders for path in sorted(folder.glob("*.ttl")))
    return [quad for path in paths for quad in of_turtle(_content(path), path)]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BuildError(f"{path}: cannot be read: {error.strerror or error}") from None


def of_turtle(content: bytes, path: Path) -> list[ox.Quad]:
    """Return the quads of the Turtle ``content`` in the graph of the ontology; ``path`` names it in messages.

    :raises BuildError: naming the file and place that cannot be read.
    """
    try:
        return list(_move_to(ox.parse(content, ox.RdfFormat.TURTLE, base_iri=vocabulary.base()), graph("ontology")))
    except SyntaxError as error:
        raise BuildError(f"{path}: not readable as Turtle: {error}") from None


def of_provenance(sources: dict[str, str], software: str) -> list[ox.Quad]:
    """Return what each named graph was made from; ``sources`` maps document ids to the SHA-256 of their records.

    There is no time in it: the same inputs are the same dataset.
    """
    agent = ox.NamedNode(vocabulary.resource("software/mabgraph"))
    statements = [
        _quad(agent, _RDF_TYPE, ox.NamedNode(_PROV + "SoftwareAgent")),
        _quad(agent, ox.NamedNode("http://schema.org/softwareVersion"), ox.Literal(software)),
    ]
    for document, digest in sources.items():
        entity = graph(document)
        record = ox.NamedNode(vocabulary.resource(f"record/{document}"))
        statements += [
            _quad(entity, _RDF_TYPE, ox.NamedNode(_PROV + "Entity")),
            _quad(entity, ox.NamedNode(_PROV + "wasDerivedFrom"), record),
            _quad(entity, ox.NamedNode(_PROV + "wasAttributedTo"), agent),
            _quad(record, _RDF_TYPE, ox.NamedNode(_PROV + "Entity")),
            _quad(record, ox.NamedNode(_PROV + "wasDerivedFrom"), ox.NamedNode(vocabulary.resource(f"document/{document}"))),
            _quad(record, ox.NamedNode(vocabulary.term("sha256")), ox.Literal(digest)),
        ]
    documents = [graph(document) for document in sources]
    for derived, origins in {"checks": documents, "studies": documents, "links": [*documents, graph("ontology")]}.items():
        statements += [_quad(graph(derived), ox.NamedNode(_PROV + "wasDerivedFrom"), origin) for origin in origins]
    return statements


def _move_to(quads: Iterable[ox.Quad], name: ox.NamedNode) -> Iterator[ox.Quad]:
    return (ox.Quad(quad.subject, quad.predicate, quad.object, name) for quad in quads)


def _quad(subject: ox.NamedNode, predicate: ox.NamedNode, value: ox.NamedNode | ox.Literal) -> ox.Quad:
    return ox.Quad(subject, predicate, value, graph("about"))
