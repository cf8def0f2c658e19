"""The description of a dataset: VoID, DCAT and the graphs of a service description, worked out when the data is complete.

Counts are of the data, that is of all graphs but ``description`` and ``examples``; a statement that stands in two graphs counts
once. Partitions have the shape that SIB's editor and sparql-llm read: VoID (https://www.w3.org/TR/void/) with the datatype
partitions of http://ldf.fi/void-ext#.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

import pyoxigraph as ox

from ..store import dataset, vocabulary
from . import derived, quads
from .counts import Along, Counts
from .statements import TYPE

#: What CITATION.cff says (a test holds them together).
TITLE: Final = "mabgraph: evidence for antibody therapy in blood cancer, every number with the place it was printed"
AUTHORS: Final = "The mabgraph authors"
KEYWORDS: Final = (
    "systematic review", "health technology assessment", "knowledge graph", "monoclonal antibody", "leukaemia", "myeloma",
)  # fmt: skip
LICENCE: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
#: When this version of mabgraph, and the dataset of its records, was released; other datasets are told apart by their digests.
RELEASED: Final = "2026-11-28"

#: What stands for the graphs of all registry records where graphs are summed up; no document has such a name.
REGISTRY: Final = "registry/all"

_ABOUT: Final = "What studies of antibody therapy in blood cancer found, number by number, with the place where each number is printed."
_MEDIA: Final = "https://www.iana.org/assignments/media-types/"
_DATASET: Final = "id/dataset/mabgraph"
_SERVICE: Final = "id/service/sparql"

_Node = dict[str, Any]


def _link_terms(*names: str) -> dict[str, dict[str, str]]:
    """Return the terms called ``names`` (``prefix:name``), whose values are IRIs."""
    return {name.partition(":")[2]: {"@id": name, "@type": "@id"} for name in names}


def _plain_terms(*names: str) -> dict[str, dict[str, str]]:
    """Return the terms called ``names`` (``prefix:name``), whose values are literals or nodes."""
    return {name.partition(":")[2]: {"@id": name} for name in names}


_CONTEXT: Final[dict[str, Any]] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "void": "http://rdfs.org/ns/void#",
    "void-ext": "http://ldf.fi/void-ext#",
    "title": {"@id": "dcterms:title", "@language": "en"},
    "description": {"@id": "dcterms:description", "@language": "en"},
    "keyword": {"@id": "dcat:keyword", "@language": "en"},
    "issued": {"@id": "dcterms:issued", "@type": "http://www.w3.org/2001/XMLSchema#date"},
    **_link_terms("void:class", "void:property", "void:vocabulary", "void:sparqlEndpoint", "void:exampleResource", "void:dataDump"),
    **_plain_terms("void:triples", "void:entities", "void:classes", "void:properties", "void:distinctSubjects", "void:distinctObjects"),
    **_plain_terms("void:uriSpace", "void:classPartition", "void:propertyPartition", "void-ext:datatypePartition"),
    **_plain_terms("void:subset", "void:documents"),
    **_link_terms("void-ext:datatype", "dcterms:license", "dcterms:creator", "dcterms:publisher"),
    **_link_terms("dcat:landingPage", "dcat:accessURL", "dcat:accessService", "dcat:downloadURL", "dcat:mediaType", "dcat:compressFormat"),
    **_link_terms("dcat:endpointURL", "dcat:endpointDescription", "dcat:servesDataset", "sd:name"),
    **_plain_terms("dcat:version", "dcat:distribution", "owl:versionInfo", "sd:defaultGraph", "sd:namedGraph", "sd:graph"),
}


def of_dataset(
    counts: Counts, version: str, graphs: Mapping[str, int], examples: Iterable[str], digests: Mapping[str, str] = MappingProxyType({})
) -> list[ox.Quad]:  # fmt: skip
    """Return the description of the dataset of this ``version``, whose data has these ``counts``.

    ``graphs`` says how many quads each named graph has but the description itself, ``digests`` the SHA-256 of their lines; ``examples``
    are IRIs of things worth a look.
    """
    described = quads.of_nodes([_dataset(counts, version, examples), _agent(), _service()], *_graph_and_context())
    incomplete = {*described, *quads.of_nodes([_graphs({**graphs, "description": 0}, digests)], *_graph_and_context())}
    return described + quads.of_nodes([_graphs({**graphs, "description": len(incomplete)}, digests)], *_graph_and_context())


def summarise(sizes: Mapping[str, int]) -> dict[str, int]:
    """Return how many quads each graph has, in the order of names; those of registry records are together :data:`REGISTRY`.

    >>> summarise({"tower-2017": 5, "nct01234567": 3, "derived/nct01234567": 2, "checks": 1})
    {'checks': 1, 'registry/all': 5, 'tower-2017': 5}
    """
    records, size = derived.count_registry(sizes)
    return dict(sorted([*_list_apart(sizes), *([(REGISTRY, size)] if records else [])]))


def _list_apart(sizes: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the graphs that are not of registry records, with their sizes."""
    documents = derived.documents_of(sizes)
    return sorted((name, size) for name, size in sizes.items() if name.removeprefix(derived.PREFIX) not in documents)


def _graph_and_context() -> tuple[ox.NamedNode, dict[str, Any]]:
    return quads.graph("description"), {"@base": vocabulary.base(), **_CONTEXT, "sha256": vocabulary.term("sha256")}


def _dataset(counts: Counts, version: str, examples: Iterable[str]) -> _Node:
    """Return the dataset with its counts, partitions and distributions."""
    base, terms = vocabulary.base(), [*counts.classes, *counts.properties]
    properties = [_property(iri, along, "id/void") for iri, along in counts.properties.items()]
    return {
        "@id": _DATASET,
        "@type": ["void:Dataset", "dcat:Dataset", "sd:Dataset"],
        "title": TITLE,
        "description": _ABOUT,
        "keyword": list(KEYWORDS),
        "license": LICENCE,
        "issued": RELEASED,
        "creator": "id/agent/mabgraph",
        "publisher": "id/agent/mabgraph",
        "version": version,
        "versionInfo": version,
        "landingPage": base,
        "uriSpace": base,
        "sparqlEndpoint": f"{base}sparql",
        "dataDump": [base + dataset.GZIP, base + dataset.TRIG],
        "exampleResource": sorted({example for example in examples if _is_worth_a_look(example)}),
        "vocabulary": sorted({space for space in vocabulary.prefixes().values() if any(term.startswith(space) for term in terms)}),
        "triples": sum(each["triples"] for each in properties),
        "entities": counts.entities,
        "classes": len(counts.classes),
        "properties": len(properties),
        "distinctSubjects": counts.subjects,
        "distinctObjects": counts.values,
        "classPartition": [_class(iri, properties) for iri, properties in counts.classes.items()],
        "propertyPartition": properties,
        "distribution": _distributions(),
    }


def _class(iri: str, properties: Mapping[str, Along]) -> _Node:
    """Return the partition of the things of one class, with what their properties lead to."""
    name = f"id/void/class/{_shorten(iri)}"
    return {
        "@id": name,
        "class": iri,
        "entities": properties[TYPE].subjects,
        "triples": sum(along.triples for along in properties.values()),
        "propertyPartition": [_property(each, along, name) for each, along in properties.items()],
    }


def _property(iri: str, along: Along, within: str) -> _Node:
    """Return the partition of the statements with one property, by its counts."""
    name = f"{within}/property/{_shorten(iri)}"
    node: _Node = {
        "@id": name, "property": iri, "triples": along.triples, "distinctSubjects": along.subjects, "distinctObjects": along.values,
    }  # fmt: skip
    for kind, counts in (("class", along.classes), ("datatype", along.datatypes)):
        if counts:
            node[f"{kind}Partition"] = [{"@id": f"{name}/{kind}/{_shorten(each)}", kind: each, "triples": counts[each]} for each in counts]
    return node


def _graphs(sizes: Mapping[str, int], digests: Mapping[str, str]) -> _Node:
    """Return the dataset with its graphs: the default graph, which is the union of all, and the named ones.

    The two graphs of each registry record are not listed one by one, but are a part of the dataset with a size.
    """
    union = {"@id": "id/graph/union", "@type": "sd:Graph", "triples": sum(sizes.values())}
    named = [_graph(name, size) | ({"sha256": digests[name]} if name in digests else {}) for name, size in _list_apart(sizes)]
    node: _Node = {"@id": _DATASET, "defaultGraph": union, "namedGraph": named}
    return node | ({"subset": _registry(sizes)} if derived.documents_of(sizes) else {})


def _registry(sizes: Mapping[str, int]) -> _Node:
    """Return the part of the dataset that registry records are, by the sizes of all graphs."""
    records, size = derived.count_registry(sizes)
    return {
        "@id": "id/dataset/registry",
        "@type": "void:Dataset",
        "title": "Registry records",
        "description": "The record of each study is the graph id/graph/nct…, what is computed from it the graph id/graph/derived/nct….",
        "documents": records,
        "triples": size,
    }


def _graph(name: str, size: int) -> _Node:
    iri = quads.graph(name).value
    return {"@id": iri, "@type": "sd:NamedGraph", "name": iri, "graph": {"@id": f"{iri}#graph", "@type": "sd:Graph", "triples": size}}


def _distributions() -> list[_Node]:
    base = vocabulary.base()
    packed = {**_file("n-quads", base + dataset.GZIP, "All quads, as compressed N-Quads"), "compressFormat": f"{_MEDIA}application/gzip"}
    endpoint = {"@id": "id/distribution/sparql", "@type": "dcat:Distribution", "title": "SPARQL endpoint", "license": LICENCE}
    return [
        packed,
        _file("trig", base + dataset.TRIG, "All quads, as TriG"),
        {**endpoint, "accessURL": f"{base}sparql", "accessService": _SERVICE},
    ]


def _file(media: str, url: str, title: str) -> _Node:
    return {
        "@id": f"id/distribution/{media}",
        "@type": "dcat:Distribution",
        "title": title,
        "license": LICENCE,
        "accessURL": url,
        "downloadURL": url,
        "mediaType": f"{_MEDIA}application/{media}",
    }


def _agent() -> _Node:
    return {"@id": "id/agent/mabgraph", "@type": "foaf:Agent", "foaf:name": AUTHORS}


def _service() -> _Node:
    endpoint = f"{vocabulary.base()}sparql"
    return {
        "@id": _SERVICE,
        "@type": "dcat:DataService",
        "title": "SPARQL endpoint of mabgraph",
        "endpointURL": endpoint,
        "endpointDescription": endpoint,
        "servesDataset": _DATASET,
    }


def _is_worth_a_look(iri: str) -> bool:
    """Whether ``iri`` names a thing of ours, and no graph."""
    return iri.startswith(vocabulary.resource("")) and not iri.startswith(vocabulary.resource("graph/"))


def _shorten(iri: str) -> str:
    """Return a name for ``iri`` that can stand in a path: with its prefix where it has one, else the whole of it.

    >>> _shorten("http://www.w3.org/2004/02/skos/core#Concept"), _shorten("http://example.org/a")
    ('skos:Concept', 'http%3A%2F%2Fexample.org%2Fa')
    """
    for prefix, space in vocabulary.prefixes().items():
        if iri.startswith(space):
            return f"{prefix}:{quote(iri.removeprefix(space), safe='')}"
    return quote(iri, safe="")
