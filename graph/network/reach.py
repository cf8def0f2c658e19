"""Reach: which treatments comparisons with results connect, by which chain, and why others are not connected.

Two treatments can be compared, directly or indirectly, where a chain of comparisons connects them. Connected components, articulation
points and shortest paths are computed by networkx. A chain does not imply that its studies are similar enough for an indirect
comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Final

from .declaration import Chain, Component, Gap, Link, NearestPair, Step, Treatment, TreatmentItem
from .edges import PLANNED, RESULTS
from .network import Network
from .treatments import DRUGS

if TYPE_CHECKING:
    import networkx as nx

#: Reasons why two treatments, or two components, are not connected.
REASONS: Final = {
    "no-shared-treatment": "no treatment is in both parts",
    "only-single-groups": "no comparison with another treatment is recorded",
    "only-planned": "its comparisons are all planned: the documents that were read give no results of them",
    "no-results-of-comparison": "a comparison is recorded without results, of a study that has other results",
    "planned-would-join": "planned studies would join the two",
    "comparators-not-the-same": "each has a comparator that is a choice of regimens, or of drugs that are not recorded",
    "shared-drug": "treatments of the two parts share a drug and differ in others",
    "same-condition": "studies of the two parts are of the same condition, or of one that includes the other",
    "other-conditions": "no study of the one part is of a condition of the other",
}
_NEAREST: Final = 5


def components(network: Network) -> tuple[Component, ...]:
    """Return the connected components of ``network`` over links with results."""
    import networkx as nx

    joined = network.simple_graph()
    critical = set(nx.articulation_points(joined))
    ordered = sorted(nx.connected_components(joined), key=lambda part: (-len(part), min(part)))
    return tuple(
        Component(
            number=number, treatments=tuple(sorted(part)), studies=_studies(network, part), critical=tuple(sorted(critical & part)),
            reasons=_isolation_reasons(network, next(iter(part))) if len(part) == 1 else (),
        )
        for number, part in enumerate(ordered, 1)
    )  # fmt: skip


def gaps(network: Network) -> tuple[Gap, ...]:
    """Return why the components of several treatments are not connected, pairwise, by their first treatments. See :func:`chain`."""
    heads = [part.treatments[0] for part in components(network) if len(part.treatments) > 1]
    return tuple(_gap(network, one, other) for one, other in combinations(heads, 2))


def chain(network: Network, one: str, other: str) -> Chain | Gap:
    """Return the shortest chain from one treatment to another (ids), or why there is none. Ties are resolved alphabetically.

    :raises KeyError: when the network has no such treatment.
    """
    import networkx as nx

    for each in (one, other):
        network.treatments[each]
    joined = _sorted_graph(network.simple_graph())
    try:
        way = nx.shortest_path(joined, one, other)
    except nx.NetworkXNoPath:
        return _gap(network, one, other)
    return Chain(treatments=tuple(way), steps=tuple(_step(network, before, after) for before, after in pairwise(way)))


def _studies(network: Network, part: set[str]) -> tuple[str, ...]:
    return tuple(sorted({link.study for link in network.links if link.pair <= part and link.evidence in RESULTS}))


def _step(network: Network, one: str, other: str) -> Step:
    links = tuple(link for link in network.links_between(one, other) if link.evidence in RESULTS)
    trials = tuple(dict.fromkeys(link.study for link in links)) if links else network.studies_joining(one, other)
    return Step(one=one, other=other, links=links, implied=not links, trials=trials)


def _gap(network: Network, one: str, other: str) -> Gap:
    """Return why the components of ``one`` and ``other`` are not connected."""
    import networkx as nx

    joined = network.simple_graph()
    some, others = ([network.treatments[name] for name in sorted(nx.node_connected_component(joined, each))] for each in (one, other))
    near, conditions = _nearest_pairs(some, others), _shared_conditions(network, some, others)
    planned = _planned_links(network, one, other)
    explained = list(_explain(network, some, others, near, conditions, planned))
    words = "; ".join(words for _, words in explained)
    text = f"{_quote([network.treatments[one]])} and {_quote([network.treatments[other]])} do not meet: {words}."
    reasons = tuple(dict.fromkeys(reason for reason, _ in explained))
    return Gap(one=one, other=other, reasons=reasons, nearest=near, conditions=conditions, planned=planned, text=text)


def _explain(
    network: Network, some: Sequence[Treatment], others: Sequence[Treatment], near: Sequence[NearestPair], conditions: Sequence[str],
    planned: Sequence[Link],
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Yield each reason why two components are not connected, with its text."""
    yield "no-shared-treatment", REASONS["no-shared-treatment"]
    for side in (some, others):
        for reason in _isolation_reasons(network, side[0].id) if len(side) == 1 else ():
            yield reason, f"{_quote(side)}: {REASONS[reason]}"
    if planned:
        trials = ", ".join(sorted({link.study_name for link in planned}))
        yield "planned-would-join", f"planned, and without results in the documents that were read, would join them: {trials}"
    unknown = [[each for each in side if each.kind != DRUGS and "unexposed-cohort" not in each.roles] for side in (some, others)]
    if all(unknown) and conditions:
        yield "comparators-not-the-same", f"not shown to be the same: {' and '.join(map(_quote, unknown))}"
    if near:
        pairs = [_quote([network.treatments[each.one], network.treatments[each.other]]) for each in near[:2]]
        drugs = [", ".join(network.names.get(drug, drug) for drug in each.drugs) for each in near[:2]]
        yield "shared-drug", "nearest are " + "; ".join(f"{pair} (both with {each})" for pair, each in zip(pairs, drugs, strict=True))
    if conditions:
        yield "same-condition", f"conditions of their studies meet in {', '.join(network.names.get(each, each) for each in conditions)}"
    else:
        yield "other-conditions", REASONS["other-conditions"]


def _quote(treatments: Iterable[Treatment]) -> str:
    return " and ".join(f"“{each.name}”" for each in treatments)


def _isolation_reasons(network: Network, name: str) -> tuple[str, ...]:
    """Return why a treatment is isolated."""
    evidence = {link.evidence for link in network.links if name in link.pair}
    if not evidence:
        return ("only-single-groups",)
    return ("only-planned",) if evidence == {PLANNED} else ("no-results-of-comparison",)


def _nearest_pairs(some: Sequence[Treatment], others: Sequence[Treatment]) -> tuple[NearestPair, ...]:
    """Return the pairs of treatments that share most of their drugs, at most five; a choice has the drugs of all its options."""
    ranked = []
    for one in some:
        for other in others:
            shared = set(one.drugs) & set(other.drugs)
            if shared:
                likeness = len(shared) / len({*one.drugs, *other.drugs})
                ranked.append((-likeness, one.id, other.id, tuple(sorted(shared))))
    return tuple(NearestPair(one=one, other=other, drugs=drugs) for _, one, other, drugs in sorted(ranked)[:_NEAREST])


def _shared_conditions(network: Network, some: Iterable[TreatmentItem], others: Iterable[TreatmentItem]) -> tuple[str, ...]:
    """Return the conditions that both sides' studies have in common, directly or as a broader condition."""
    own, far = ({place for each in side for place in each.conditions} for side in (some, others))
    wider_own, wider_far = ({wide for place in side for wide in network.wider[place]} for side in (own, far))
    return tuple(sorted((own & wider_far) | (far & wider_own)))


def _planned_links(network: Network, one: str, other: str) -> tuple[Link, ...]:
    """Return the planned links on the path with the fewest planned links between two treatments; empty if there is no path."""
    import networkx as nx

    joined = network.simple_graph()
    both = _sorted_graph(network.simple_graph((*RESULTS, PLANNED)))
    for before, after, attributes in both.edges(data=True):
        attributes["cost"] = 1 if joined.has_edge(before, after) else 1 + both.number_of_nodes()
    if not nx.has_path(both, one, other):
        return ()
    way = nx.shortest_path(both, one, other, weight="cost")
    missing = [pair for pair in pairwise(way) if not joined.has_edge(*pair)]
    return tuple(link for pair in missing for link in network.links_between(*pair) if link.evidence == PLANNED)


def _sorted_graph(graph: nx.Graph[str]) -> nx.Graph[str]:
    """Return ``graph`` with sorted nodes and edges, so that the choice among equally short paths is deterministic."""
    import networkx as nx

    ordered: nx.Graph[str] = nx.Graph()
    ordered.add_nodes_from(sorted(graph))
    ordered.add_edges_from(
        (one, other, attributes) for one, other, attributes in sorted(graph.edges(data=True), key=lambda edge: sorted(edge[:2]))
    )
    return ordered
