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

    These are ``ontology``, ``links``, ``checks``, ``studies``, ``about``, ``description`` and ``examples``, and of each registry record
    a derived one (:mod:`.derived`).
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


def of_checked_nodes(nodes: Iterable[Node], name: str = "checks") -> GroupedQuads:
    """Return the quads of nodes that are computed, in the graph called ``name``, that of all checks unless another is given."""
    return _expansion().statements(nodes, graph(name).value)


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


def of_provenance(sources: dict[str, str], software: str, beside: Iterable[str] = ()) -> list[ox.Quad]:
    """Return what each named graph was made from; ``sources`` maps document ids to the SHA-256 of their records.

    ``beside`` are the registry records that the graphs of all documents are made from, too; their own provenance is in their derived
    graphs. There is no time in it: the same inputs are the same dataset.
    """
    statements = [
        _quad(_agent(), _RDF_TYPE, ox.NamedNode(_PROV + "SoftwareAgent")),
        _quad(_agent(), ox.NamedNode("http://schema.org/softwareVersion"), ox.Literal(software)),
    ]
    for document, digest in sources.items():
        statements += _of_source(document, digest, graph("about"))
    documents = [graph(document) for document in (*sources, *beside)]
    for derived, origins in {"checks": documents, "studies": documents, "links": [*documents, graph("ontology")]}.items():
        statements += [_quad(graph(derived), ox.NamedNode(_PROV + "wasDerivedFrom"), origin) for origin in origins]
    return statements


def of_registry_provenance(document: str, digest: str, derived: ox.NamedNode) -> list[ox.Quad]:
    """Return what the graph of a registry record with this ``digest`` was made from, and its graph ``derived``, in the latter."""
    origins = (graph(document), graph("ontology"))
    return [
        *_of_source(document, digest, derived),
        *(_quad(derived, ox.NamedNode(_PROV + "wasDerivedFrom"), origin, derived) for origin in origins),
    ]


def _of_source(document: str, digest: str, name: ox.NamedNode) -> list[ox.Quad]:
    """Return what the graph of ``document`` was made from, in the graph ``name``; ``digest`` is the SHA-256 of its record."""
    entity = graph(document)
    record = ox.NamedNode(vocabulary.resource(f"record/{document}"))
    return [
        _quad(entity, _RDF_TYPE, ox.NamedNode(_PROV + "Entity"), name),
        _quad(entity, ox.NamedNode(_PROV + "wasDerivedFrom"), record, name),
        _quad(entity, ox.NamedNode(_PROV + "wasAttributedTo"), _agent(), name),
        _quad(record, _RDF_TYPE, ox.NamedNode(_PROV + "Entity"), name),
        _quad(record, ox.NamedNode(_PROV + "wasDerivedFrom"), ox.NamedNode(vocabulary.resource(f"document/{document}")), name),
        _quad(record, ox.NamedNode(vocabulary.term("sha256")), ox.Literal(digest), name),
    ]


def _agent() -> ox.NamedNode:
    return ox.NamedNode(vocabulary.resource("software/mabgraph"))


def _move_to(quads: Iterable[ox.Quad], name: ox.NamedNode) -> Iterator[ox.Quad]:
    return (ox.Quad(quad.subject, quad.predicate, quad.object, name) for quad in quads)


def _quad(
    subject: ox.NamedNode, predicate: ox.NamedNode, value: ox.NamedNode | ox.Literal, name: ox.NamedNode | None = None
) -> ox.Quad:  # fmt: skip
    return ox.Quad(subject, predicate, value, name or graph("about"))
