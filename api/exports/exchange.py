"""Exchange formats: evidence networks for other programs, and the wider graph of drugs, targets, conditions and studies.

Nodes and edges have the attributes of treatments and links. In plain-text formats (GraphML) a list has one value per
line, and counts get one attribute each; missing values are left out. The same network gives the same bytes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from mabgraph.graph.network.network import Network
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

if TYPE_CHECKING:
    import networkx as nx

GRAPHML: Final = "application/graphml+xml"


def graphml(network: Network) -> bytes:
    """Return ``network`` as GraphML: a multigraph whose edges have the IRI of the study as attribute ``study``."""
    import networkx as nx

    buffer = io.BytesIO()
    # The standard library's XML writer: the bytes do not depend on whether lxml is installed.
    nx.write_graphml_xml(flatten(network), buffer, encoding="utf-8", prettyprint=True, named_key_ids=True)
    return buffer.getvalue()


def node_link(network: Network) -> bytes:
    """Return ``network`` as the node-link JSON of networkx (``networkx.node_link_graph(…, edges="edges")`` reads it)."""
    import networkx as nx

    return _encode(nx.node_link_data(_json_graph(network), edges="edges"))


def cytoscape(network: Network) -> bytes:
    """Return ``network`` as Cytoscape JSON (``networkx.cytoscape_graph`` reads it)."""
    import networkx as nx

    return _encode(nx.cytoscape_data(_json_graph(network)))


def flatten(network: Network) -> nx.MultiGraph[str]:
    """Return the graph of ``network`` with only text and number attributes: lists have one value per line."""
    import networkx as nx

    graph = network.graph()
    flattened: nx.MultiGraph[str] = nx.MultiGraph()
    if network.about:
        flattened.graph["about"] = "\n".join(f"{name}: {value}" for name, value in network.about.items())
    flattened.graph["trials"] = "\n".join(f"{trial.study} {trial.evidence}: {' '.join(trial.treatments)}" for trial in network.trials)
    for name, attributes in graph.nodes(data=True):
        flattened.add_node(name, **_flatten_attributes(attributes))
    for one, other, key, attributes in graph.edges(keys=True, data=True):
        flattened.add_edge(one, other, key=key, **_flatten_attributes(attributes))
    return flattened


def relations(catalogue: Catalogue) -> nx.MultiDiGraph[str]:
    """Return the wider graph: drugs, targets, conditions and studies (IRIs); edges are keyed by property name."""
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name="drugs, targets, conditions and studies", dataset=catalogue.version)
    for row in catalogue.ask("relations"):
        subject, value = str(row["subject"]), str(row["object"])
        for iri, end in ((subject, "subject"), (value, "object")):
            graph.add_node(iri, iri=iri, kind=str(row[f"{end}_kind"]), label=str(row[f"{end}_label"]))
        name = str(row["property"])
        iri = "http://www.w3.org/2004/02/skos/core#broader" if name == "broader" else vocabulary.term(name)
        graph.add_edge(subject, value, key=name, kind=name, label=name, iri=iri)
    return graph


def _json_graph(network: Network) -> nx.MultiGraph[str]:
    """Return the graph of ``network`` with its trials as hyper-edges, in JSON values."""
    graph = network.graph()
    if network.about:
        graph.graph["about"] = dict(network.about)
    graph.graph["trials"] = [
        {"study": trial.study, "evidence": trial.evidence, "treatments": list(trial.treatments)} for trial in network.trials
    ]  # fmt: skip
    return graph


def _flatten_attributes(attributes: Mapping[str, Any]) -> dict[str, str | int | bool]:
    flattened: dict[str, str | int | bool] = {}
    for name, value in attributes.items():
        if isinstance(value, Mapping):
            flattened |= {f"{name}_{key.replace(' ', '_')}": number for key, number in value.items()}
        elif isinstance(value, tuple | list):
            flattened[name] = "\n".join(value)
        elif value is not None:
            flattened[name] = value
    return flattened


def _encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
