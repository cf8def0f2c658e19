"""The evidence network: treatments as nodes, studies that compare them as links between two nodes, with their evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..questions.catalogue import Catalogue
from ..questions.names import closure
from ..questions.question import Row
from .declaration import AnnouncedTrial, Link, Treatment, TreatmentItem, Trial
from .edges import ARMS, ESTIMATES, NONE, PLANNED, RESULTS, Links
from .treatments import Groups, comparisons_of, groups_of

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True)
class Network:
    """An evidence network: treatments by id, links between two of them, and comparisons within one treatment (such as two doses).

    ``names`` are the labels of IRIs, ``wider`` is the transitive closure of broader conditions; ``announced`` are trials without results
    whose arms are not reported. ``about`` describes dataset and query in exported files.
    """

    treatments: Mapping[str, TreatmentItem]
    links: tuple[Link, ...]
    within: tuple[Link, ...]
    names: Mapping[str, str]
    wider: Mapping[str, frozenset[str]]
    announced: tuple[AnnouncedTrial, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def patients(self) -> dict[str, int]:
        """The number of patients of each treatment in comparisons with results, where all of these report it."""
        return {each.id: each.patients for each in self.treatments.values() if each.patients is not None}

    @property
    def trials(self) -> tuple[Trial, ...]:
        """The studies as hyper-edges, with the treatments that their links connect; a study with two randomisations can occur twice."""
        hyperedges = []
        for study, links in sorted(self._links_by_study().items()):
            for joined in _components(links):
                evidence = {link.evidence for link in links if link.pair <= joined}
                best = next(each for each in (ESTIMATES, ARMS, NONE, PLANNED) if each in evidence)
                trial = Trial(study=study, study_name=links[0].study_name, treatments=tuple(sorted(joined)), evidence=best)
                hyperedges.append(trial)
        return tuple(sorted(hyperedges, key=lambda trial: (trial.study, trial.treatments)))

    def _links_by_study(self) -> Mapping[str, list[Link]]:
        links: defaultdict[str, list[Link]] = defaultdict(list)
        for link in self.links:
            links[link.study].append(link)
        return links

    def studies_joining(self, one: str, other: str) -> tuple[str, ...]:
        """Return the studies of which the links, of any evidence, connect two treatments, in alphabetical order."""
        both = {one, other}
        near = {study: links for study, links in self._links_by_study().items() if both <= {each for link in links for each in link.pair}}
        return tuple(sorted(study for study, links in near.items() if any(both <= joined for joined in _components(links))))

    def graph(self) -> nx.MultiGraph[str]:
        """Return the network as a networkx multigraph: one edge per link, keyed by the study IRI; attributes as in :mod:`.declaration`."""
        import networkx as nx

        multigraph: nx.MultiGraph[str] = nx.MultiGraph(name="evidence network")
        for name, treatment in self.treatments.items():
            multigraph.add_node(name, **treatment.model_dump())
        for link in self.links:
            multigraph.add_edge(link.intervention, link.comparator, key=link.study, **link.model_dump())
        return multigraph

    def simple_graph(self, evidence: Sequence[str] = RESULTS) -> nx.Graph[str]:
        """Return a simple graph for algorithms: one edge per pair of treatments with a link of ``evidence``.

        Arms of one study without a direct comparison are connected too (``implied``): they stay connected when the arm between is removed.
        """
        import networkx as nx

        simple: nx.Graph[str] = nx.Graph()
        simple.add_nodes_from(self.treatments)
        of_study: defaultdict[str, list[Link]] = defaultdict(list)
        for link in self.links:
            if link.evidence in evidence:
                simple.add_edge(link.intervention, link.comparator, implied=False)
                of_study[link.study].append(link)
        for links in of_study.values():
            for joined in _components(links) if len({link.pair for link in links}) > 1 else ():
                implied = [(one, other) for one in joined for other in joined if one < other and not simple.has_edge(one, other)]
                simple.add_edges_from(implied, implied=True)
        return simple

    def links_between(self, one: str, other: str) -> tuple[Link, ...]:
        """Return the links between two treatments."""
        return tuple(link for link in self.links if link.pair == {one, other})


def read(
    catalogue: Catalogue, drug: Sequence[str] = (), target: Sequence[str] = (), condition: Sequence[str] = (), endpoint: Sequence[str] = ()
) -> Network:
    """Return the evidence network of a dataset, filtered by the parameters (any name; several values of one parameter mean any of them).

    ``drug`` and ``target`` keep links with such a drug on either side; ``condition`` keeps studies of it or of a narrower one;
    ``endpoint`` keeps links with results for it or for a narrower one, and only these results, and planned studies that define it.

    :raises UnknownName: when a name is unknown or ambiguous.
    """
    comparisons, groups = catalogue.once("comparisons", comparisons_of), groups_of(catalogue)
    places = catalogue.once("places of studies", lambda each: _Places(each.ask("relations")))
    asked = catalogue.names.expand("endpoint", endpoint, exact=True)
    links, candidates = _links(catalogue, places, asked) if asked else catalogue.once("links", lambda each: _links(each, places, ()))
    if asked:
        defined = {str(row["study"]) for row in comparisons if not set(asked).isdisjoint(str(row["outcome_ids"] or "").split("\n"))}
        candidates = [link for link in candidates if link.evidence in RESULTS or (link.evidence == PLANNED and link.study in defined)]
    drugs = set(catalogue.names.expand("drug", drug))
    bound = {str(row["id"]) for row in catalogue.ask("drugs", {"target": list(target)})} if target else set()
    conditions = set(catalogue.names.expand("condition", condition, exact=True))
    kept = _Filter(drugs if drug else None, bound if target else None, conditions if condition else None, places.wider)
    named = () if asked else catalogue.once("announced", lambda each: tuple(_announced_trials(each.ask("announced"), links, comparisons)))
    announced = [each for each in named if kept.keeps_trial(each)]
    return replace(_network(groups, places, links, candidates, kept, bool(asked)), announced=tuple(announced))


def _links(catalogue: Catalogue, places: _Places, endpoints: Sequence[str]) -> tuple[Links, list[Link]]:
    """Return what links rest on, with the results of ``endpoints`` (none: of all), and the links themselves."""
    links = Links(
        groups_of(catalogue),
        catalogue.once("patients", lambda each: each.ask("patients")),
        catalogue.ask("outcomes", {"endpoint": endpoints}),
        places.conditions,
        catalogue.once("study-caveats", lambda each: each.ask("study-caveats")),
        catalogue.once("study-limitations", lambda each: each.ask("study-limitations")),
        catalogue.once("study-results", lambda each: each.ask("study-results")),
    )
    return links, links.of(catalogue.once("comparisons", comparisons_of))


@dataclass(frozen=True, slots=True)
class _Filter:
    """The filters: drugs, drugs of a target, conditions; None where there is no filter."""

    drugs: set[str] | None
    bound: set[str] | None
    conditions: set[str] | None
    wider: Mapping[str, frozenset[str]]

    def keeps_treatment(self, treatment: Treatment) -> bool:
        return self._has_drug(treatment.drugs)

    def keeps_trial(self, trial: AnnouncedTrial) -> bool:
        return self._has_drug(trial.drugs) and self.keeps_conditions(trial.conditions)

    def _has_drug(self, drugs: Iterable[str]) -> bool:
        return all(among is None or not among.isdisjoint(drugs) for among in (self.drugs, self.bound))

    def keeps_conditions(self, conditions: Iterable[str]) -> bool:
        return self.conditions is None or any(not self.conditions.isdisjoint(self.wider.get(each, {each})) for each in conditions)


class _Places:
    """The conditions of studies, the broader conditions of each condition, and the labels of both and of drugs."""

    def __init__(self, related: Iterable[Row]) -> None:
        self.conditions: defaultdict[str, set[str]] = defaultdict(set)
        self.names: dict[str, str] = {}
        broader: defaultdict[str, set[str]] = defaultdict(set)
        for row in related:
            subject, value = str(row["subject"]), str(row["object"])
            self.names |= {subject: str(row["subject_label"]), value: str(row["object_label"])}
            if row["object_kind"] == "condition":
                (broader if row["property"] == "broader" else self.conditions)[subject].add(value)
        self.wider = {each: frozenset(closure(each, broader)) for each in self.names}


def _announced_trials(rows: Iterable[Row], links: Links, comparisons: Iterable[Row]) -> Iterator[AnnouncedTrial]:
    """Yield the trials that documents announce and none reports; what several documents say of one is together."""
    compared = {str(row["study"]) for row in comparisons}
    by_study: dict[str, list[Row]] = {}
    for row in rows:
        if (study := str(row["study"])) not in compared and not links.has_results(study):
            by_study.setdefault(study, []).append(row)
    for study, several in by_study.items():
        first = several[0]
        drugs, conditions, documents = (
            tuple(sorted({iri for row in several for iri in str(row[name] or "").split()})) for name in ("drugs", "conditions", "documents")
        )
        registration = next((str(row["registration"]) for row in several if row["registration"]), "")
        yield AnnouncedTrial(
            study=study, study_name=str(first["label"]), registration=registration, design=str(first["design"]), drugs=drugs,
            conditions=conditions, documents=documents,
        )  # fmt: skip


def _network(groups: Groups, places: _Places, links: Links, candidates: Sequence[Link], kept: _Filter, linked: bool) -> Network:
    """Return the network of the links that pass ``kept``, with treatments without links unless ``linked`` ones only are wanted."""
    every = groups.treatments
    chosen = [
        link
        for link in candidates
        if kept.keeps_conditions(link.conditions) and any(kept.keeps_treatment(every[each]) for each in link.pair)
    ]
    studies = {each: {groups.by_id[group].study for group in treatment.groups} for each, treatment in every.items()}
    studied = {each: tuple(sorted({place for study in studies[each] for place in places.conditions[study]})) for each in every}
    ids = {each for link in chosen for each in link.pair}
    if not linked:
        ids |= {each for each, treatment in every.items() if kept.keeps_treatment(treatment) and kept.keeps_conditions(studied[each])}
    patients = links.patients_treated(chosen)
    items = {
        each: TreatmentItem(
            **dict(every[each]), studies=tuple(sorted(studies[each])), conditions=studied[each], patients=patients.get(each)
        )
        for each in sorted(ids)
    }
    two, one = ([link for link in chosen if len(link.pair) == number] for number in (2, 1))
    return Network(items, tuple(two), tuple(one), places.names, places.wider)


def _components(links: Iterable[Link]) -> list[set[str]]:
    """Return the connected components of ``links``, as sets of treatments."""
    import networkx as nx

    graph: nx.Graph[str] = nx.Graph()
    graph.add_edges_from((link.intervention, link.comparator) for link in links)
    return list(nx.connected_components(graph))
