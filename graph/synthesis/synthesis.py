"""Synthesis: a pairwise or network meta-analysis of contrasts, as a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Final

from mabgraph.ingest import extras
from mabgraph.ingest.errors import MabgraphError

from .contrasts import RATIOS, Contrast, flip

with extras.require("synthesis", __name__):
    from .designs import Decomposition, decompose
    from .estimates import Estimate, interval_quantile
    from .heterogeneity import Estimator, Heterogeneity, heterogeneity
    from .laplacian import ContrastNetwork, build_network
    from .league import Better, League, league, p_scores
    from .pairwise import COMMON, RANDOM, pool
    from .splits import Loop, Progress, Split, loops, split

#: How many loops are tested individually; a network of 300 treatments may have millions.
LOOPS: Final = 5_000


@dataclass(frozen=True)
class Plan:
    """The settings of a synthesis: measure, model, estimator of tau2, confidence level in percent, and optional outputs."""

    measure: str
    model: str = RANDOM
    estimator: Estimator = Estimator.dersimonian_laird
    level: float = 95.0
    reference: str | None = None
    hartung_knapp: bool = False
    league: bool = False
    p_scores: Better | None = None


@dataclass(frozen=True)
class Synthesis:
    """The outcome of a meta-analysis.

    ``contrasts`` are the pooled ones, with audit. ``estimates`` are versus the reference if one was named, else of all pairs.
    ``weights`` (percent, by study) are set for a pairwise analysis; ``designs``, ``splits``, ``loops``, ``league`` and ``scores`` for a
    network. ``against`` are reasons against pooling that nobody has acknowledged.
    """

    kind: str
    plan: Plan
    treatments: tuple[str, ...]
    contrasts: tuple[Contrast, ...]
    estimates: tuple[Estimate, ...]
    heterogeneity: Heterogeneity
    orientation: str
    weights: dict[str, float] | None = None
    designs: Decomposition | None = None
    splits: tuple[Split, ...] = ()
    loops: tuple[Loop, ...] = ()
    league: League | None = None
    scores: dict[str, float] | None = None
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    against: tuple[str, ...] = ()

    @property
    def studies(self) -> int:
        """The number of pooled studies."""
        return len({contrast.study for contrast in self.contrasts})

    def as_json(self) -> dict[str, Any]:
        """Return the synthesis as JSON values, with every contrast and its audit."""
        return {
            "kind": self.kind, "plan": asdict(self.plan), "orientation": self.orientation, "treatments": list(self.treatments),
            "studies": self.studies, "estimates": [estimate.as_json() for estimate in self.estimates],
            "heterogeneity": self.heterogeneity.as_json(), "weights": self.weights,
            "designs": None if self.designs is None else self.designs.as_json(),
            "splits": [one.as_json() for one in self.splits], "loops": [one.as_json() for one in self.loops],
            "league": None if self.league is None else self.league.as_json(), "p_scores": self.scores,
            "contrasts": [asdict(contrast) | {"arms": [asdict(arm) for arm in contrast.arms]} for contrast in self.contrasts],
            "refused": list(self.refused), "notes": list(self.notes), "against": list(self.against),
        }  # fmt: skip


def synthesise(
    contrasts: Sequence[Contrast], plan: Plan, refused: tuple[str, ...] = (), notes: tuple[str, ...] = (),
    progress: Progress = lambda what, done, total: None,
) -> Synthesis:  # fmt: skip
    """Return the meta-analysis of ``contrasts``: pairwise if all have the same two treatments, else of the network.

    ``refused`` and ``notes`` are from reading the studies and are kept in the outcome; ``progress`` is called for networks.

    :raises MabgraphError: when the plan does not fit the studies, measures differ, or the studies cannot be pooled.
    """
    interval_quantile(plan.level)
    _check_measures(contrasts, plan)
    network = build_network(contrasts)
    if plan.reference is not None and plan.reference not in network.treatments:
        raise MabgraphError(f"no study has the reference {plan.reference!r}: name one of {', '.join(network.treatments)}")
    _check_plan(plan, len(network.treatments))
    if len(network.treatments) == 2:
        return _pairwise_synthesis(network, tuple(contrasts), plan, refused, notes)
    return _network_synthesis(network, tuple(contrasts), plan, refused, (*notes, *network.notes), progress)


def _check_measures(contrasts: Sequence[Contrast], plan: Plan) -> None:
    for contrast in contrasts:
        if contrast.measure != plan.measure:
            raise MabgraphError(
                f"study {contrast.study}: its measure is {contrast.measure}, {plan.measure} is pooled: neither is converted into the "
                "other; leave the study out or pool each measure by itself"
            )


def _check_plan(plan: Plan, size: int) -> None:
    if plan.model not in {COMMON, RANDOM}:
        raise MabgraphError(f"{plan.model!r} is no model: give {RANDOM} or {COMMON}")
    if plan.hartung_knapp and plan.model == COMMON:
        raise MabgraphError("Hartung-Knapp needs random effects: leave it out or pool with --model random")
    if plan.hartung_knapp and size > 2:
        raise MabgraphError("Hartung-Knapp needs studies of one pair of treatments; this is a network: leave it out")
    if (plan.league or plan.p_scores) and size == 2:
        raise MabgraphError("league tables and P-scores are of networks; these studies compare one pair of treatments: leave them out")


def _pairwise_synthesis(
    network: ContrastNetwork, contrasts: tuple[Contrast, ...], plan: Plan, refused: tuple[str, ...], notes: tuple[str, ...]
) -> Synthesis:
    comparator = plan.reference or contrasts[0].comparator
    turned = tuple(row if row.comparator == comparator else flip(row) for row in contrasts)
    analysis = pool(turned, plan.model, plan.estimator, plan.level, plan.hartung_knapp)
    return Synthesis(
        "pairwise", plan, network.treatments, turned, (analysis.estimate,), analysis.heterogeneity, _orientation(plan), analysis.weights,
        refused=refused, notes=(*notes, *analysis.heterogeneity.notes, *analysis.notes),
    )  # fmt: skip


def _network_synthesis(
    network: ContrastNetwork, contrasts: tuple[Contrast, ...], plan: Plan, refused: tuple[str, ...], notes: tuple[str, ...],
    progress: Progress,
) -> Synthesis:  # fmt: skip
    progress("variance between studies", 0, 1)
    between_studies = heterogeneity(network, plan.estimator, plan.level)
    tau2 = (between_studies.tau2 or 0.0) if plan.model == RANDOM else 0.0
    splits = split(network, network.fit(tau2), plan.measure, plan.level, progress)
    predicted = plan.model == RANDOM and between_studies.tau2 is not None
    estimates = tuple(one.with_prediction(tau2, network.freedom - 1) if predicted else one for one in _versus(splits, plan.reference))
    progress("designs and loops", 0, 1)
    closed = tuple(islice(loops(network, tau2, plan.measure, plan.level), LOOPS + 1))
    if len(closed) > LOOPS:
        notes = (*notes, f"more than {LOOPS:,} loops: the first in alphabetical order are tested; Q between designs is of all of them")
    return Synthesis(
        "network", plan, network.treatments, contrasts, estimates, between_studies, _orientation(plan),
        designs=decompose(network), splits=splits, loops=closed[:LOOPS],
        league=league(network.treatments, splits) if plan.league else None,
        scores=p_scores(network.treatments, splits, plan.p_scores) if plan.p_scores else None,
        refused=refused, notes=(*notes, *between_studies.notes),
    )  # fmt: skip


def _versus(splits: tuple[Split, ...], reference: str | None) -> Iterator[Estimate]:
    for one in splits:
        if reference is None or one.network.comparator == reference:
            yield one.network
        elif one.network.treatment == reference:
            yield one.network.reverse()


def _orientation(plan: Plan) -> str:
    if plan.measure in RATIOS:
        direction = f"{plan.measure} of the treatment over the comparator: below 1, the treatment has less of the event"
        return f"{direction}; effects are ln {plan.measure}"
    return f"{plan.measure} is the treatment less the comparator: below 0, the treatment has the smaller value"
