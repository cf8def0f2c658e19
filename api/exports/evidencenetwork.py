"""The evidence network as JSON, as a graph for other programs or as a picture; and the shortest chain between two treatments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pydantic_core import to_json

from mabgraph.graph.network import network, reach, treatments
from mabgraph.graph.network.network import Network
from mabgraph.graph.network.reach import Chain
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import QuestionError

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


def chain(catalogue: Catalogue, start: str, to: str) -> dict[str, Any]:
    """Return the shortest chain of comparisons between two treatments, or why there is none, as :class:`ChainResponse` describes it.

    :raises UnknownName: when a treatment is unknown or ambiguous.
    """
    whole = network.read(catalogue)
    one, other = (treatments.find(whole.treatments, catalogue.names, name).id for name in (start, to))
    chain_or_gap = reach.chain(whole, one, other)
    outcome = (
        {"treatments": chain_or_gap.treatments, "steps": chain_or_gap.steps} if isinstance(chain_or_gap, Chain) else {"gap": chain_or_gap}
    )
    return {"dataset": catalogue.version, "from": one, "to": other, "connected": isinstance(chain_or_gap, Chain), **outcome}


def write(catalogue: Catalogue, network: Network, form: str) -> bytes:
    """Return the network in the format ``form``.

    :raises QuestionError: when the format is unknown.
    """
    if form not in FORMS:
        raise QuestionError(f"format {form[:80]!r}: choose from {', '.join(FORMS)}")
    body = _GRAPHS[form](network) if form in _GRAPHS else to_json(network_json(catalogue, network))
    return tables.make_visible(body, FORMS[form])


def network_json(catalogue: Catalogue, network: Network) -> dict[str, Any]:
    """Return the network as the fields of :class:`NetworkResponse`."""
    used = {iri for each in network.treatments.values() for iri in (*each.drugs, *network.conditions[each.id], *network.studies[each.id])}
    return {
        "dataset": catalogue.version, "treatments": [network.node_attributes(each) for each in network.treatments.values()],
        "links": network.links, "within": network.within, "trials": network.trials, "announced": network.announced,
        "parts": reach.components(network), "gaps": reach.gaps(network),
        "names": {iri: network.names[iri] for iri in sorted(used) if iri in network.names},
    }  # fmt: skip
