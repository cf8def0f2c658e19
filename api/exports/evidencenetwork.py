"""The evidence network as JSON, as a graph for other programs or as a picture; and the shortest chain between two treatments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pydantic_core import to_json

from mabgraph.graph.network import network, reach, treatments
from mabgraph.graph.network.declaration import Gap
from mabgraph.graph.network.network import Network
from mabgraph.graph.questions import understanding
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.understanding import Emptiness
from mabgraph.ingest.errors import QuestionError

from ..client.network import ChainResponse, NetworkResponse
from ..collections import resources, tables
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


def write(catalogue: Catalogue, network: Network, form: str, asked: Mapping[str, Sequence[str]]) -> bytes:
    """Return the network, which meets the filters ``asked``, in the format ``form``.

    :raises QuestionError: when the format is unknown.
    """
    if form not in FORMS:
        raise QuestionError(f"format {form[:80]!r}: choose from {', '.join(FORMS)}")
    body = _GRAPHS[form](network) if form in _GRAPHS else to_json(answer(catalogue, network, asked))
    return tables.make_visible(body, FORMS[form])


def answer(catalogue: Catalogue, network: Network, asked: Mapping[str, Sequence[str]]) -> NetworkResponse:
    """Return the answer of ``/v1/network`` to the filters ``asked``: the network, its parts, its gaps, and the names of what it has."""
    emptiness = None if network.treatments or network.announced else explain_empty(catalogue, asked)
    used = {iri for each in network.treatments.values() for iri in (*each.drugs, *each.conditions, *each.studies)}
    return NetworkResponse(
        dataset=catalogue.version, understood=understand(catalogue, asked), empty=None if emptiness is None else str(emptiness),
        treatments=tuple(network.treatments.values()), links=network.links, within=network.within,
        trials=network.trials, announced=network.announced, parts=reach.components(network), gaps=reach.gaps(network),
        names={iri: network.names[iri] for iri in sorted(used) if iri in network.names},
    )  # fmt: skip


def understand(catalogue: Catalogue, asked: Mapping[str, Sequence[str]]) -> str:
    """Return how the filters of a network were read, in words; they are read as those of estimates.

    :raises UnknownName: when a name is unknown.
    """
    return understanding.describe(understanding.read(catalogue, resources.ESTIMATES.asks, asked))


def explain_empty(catalogue: Catalogue, asked: Mapping[str, Sequence[str]]) -> Emptiness | None:
    """Return why no comparison of treatments meets the filters ``asked``, as for lists; none without filters."""
    filters = {name: list(values) for name, values in asked.items() if values}
    if not filters:
        return None
    several = len(filters) > 1
    others = {name: {other: values for other, values in filters.items() if other != name} for name in filters}
    without = {name: len(network.read(catalogue, **rest).links) for name, rest in others.items()} if several else {}
    alone = {name: len(network.read(catalogue, **{name: values}).links) for name, values in filters.items()}
    if "drug" not in filters:
        return Emptiness(without, alone)
    drugs = Counter(drug for each in network.read(catalogue, **others["drug"]).treatments.values() for drug in each.drugs)
    labels = catalogue.labels(list(drugs))
    offered = {"drug": tuple(labels[drug] for drug, _ in drugs.most_common(understanding.OFFERED))} if drugs else {}
    return Emptiness(without, alone, offered)
