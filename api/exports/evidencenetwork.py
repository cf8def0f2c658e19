"""The evidence network as JSON, as a graph for other programs or as a picture; and the shortest chain between two treatments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pydantic_core import to_json

from mabgraph.graph.network import network, reach, treatments
from mabgraph.graph.network.declaration import Gap
from mabgraph.graph.network.network import Network
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import QuestionError

from ..client.network import ChainResponse, NetworkResponse
from ..collections import tables
from ..plots import drawing
from . import exchange

#: Values of ``format``, which are also path suffixes, and their media types.
FORMS: Final = {
    "json": tables.JSON, "graphml": exchange.GRAPHML, "cytoscape": tables.JSON, "node-link": tables.JSON, "svg": drawing.MEDIA,
}  # fmt: skip
_GRAPHS: Final[dict[str, Callable[[Network], bytes]]] = {
    "graphml": exchange.graphml, "cytoscape": exchange.cytoscape, "node-link": exchange.node_link, "svg": drawing.svg,
}  # fmt: skip


def chain(catalogue: Catalogue, start: str, to: str) -> ChainResponse:
    """Return the shortest chain of comparisons between two treatments, or why there is none.

    :raises UnknownName: when a treatment is unknown or ambiguous.
    """
    whole = network.read(catalogue)
    one, other = (treatments.find(whole.treatments, catalogue.names, name).id for name in (start, to))
    chain_or_gap = reach.chain(whole, one, other)
    if isinstance(chain_or_gap, Gap):
        return ChainResponse(dataset=catalogue.version, start=one, to=other, connected=False, gap=chain_or_gap)
    return ChainResponse(dataset=catalogue.version, start=one, to=other, connected=True, **dict(chain_or_gap))


def chain_json(answer: ChainResponse) -> bytes:
    """Return ``answer`` as JSON, without the fields that do not apply to it."""
    return answer.model_dump_json(by_alias=True, exclude_unset=True).encode()


def write(catalogue: Catalogue, network: Network, form: str) -> bytes:
    """Return the network in the format ``form``.

    :raises QuestionError: when the format is unknown.
    """
    if form not in FORMS:
        raise QuestionError(f"format {form[:80]!r}: choose from {', '.join(FORMS)}")
    body = _GRAPHS[form](network) if form in _GRAPHS else to_json(answer(catalogue, network))
    return tables.make_visible(body, FORMS[form])


def answer(catalogue: Catalogue, network: Network) -> NetworkResponse:
    """Return the answer of ``/v1/network``: the network with its parts, its gaps, and the names of what it refers to."""
    used = {iri for each in network.treatments.values() for iri in (*each.drugs, *each.conditions, *each.studies)}
    return NetworkResponse(
        dataset=catalogue.version, treatments=tuple(network.treatments.values()), links=network.links, within=network.within,
        trials=network.trials, announced=network.announced, parts=reach.components(network), gaps=reach.gaps(network),
        names={iri: network.names[iri] for iri in sorted(used) if iri in network.names},
    )  # fmt: skip
