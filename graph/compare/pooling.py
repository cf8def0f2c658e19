"""Pooling: synthesis of the estimates of a comparison, unless there are reasons against it that nobody has acknowledged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from mabgraph.ingest.errors import MabgraphError, QuestionError

from ..store import vocabulary
from ..synthesis import contrasts
from ..synthesis.codes import ADVISORY, CODES
from ..synthesis.contrasts import Arm, Contrast
from .compare import EvidenceComparison, EvidenceSet
from .evidence import ARM, EFFECT, Evidence
from .reasons import SIDES, Reason, abbreviate

if TYPE_CHECKING:
    from ..synthesis.synthesis import Synthesis


class Action(StrEnum):
    """What can be done with estimates besides showing them."""

    pool = "pool"
    indirect = "indirect"
    rank = "rank"


#: The measures that can be pooled, and their abbreviations.
MEASURES: Final[Mapping[str, str]] = {
    "hazard-ratio": "HR", "odds-ratio": "OR", "risk-ratio": "RR", "risk-difference": "RD", "difference-in-proportions": "RD",
    "mean-difference": "MD",
}  # fmt: skip
#: Measures that can be computed from the counts of two groups.
OF_COUNTS: Final = ("OR", "RR", "RD")
#: Directions of effects that are better for patients.
BETTER: Final = ("lower-is-better", "higher-is-better")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The refusal of an action: all its reasons, whether a person can acknowledge them or not."""

    action: Action
    reasons: tuple[Reason, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes to acknowledge for going on; empty when one cannot be acknowledged."""
        codes = dict.fromkeys(reason.code for reason in self.reasons)
        return tuple(codes) if all(CODES[code][1] for code in codes) else ()

    @property
    def text(self) -> str:
        """The refusal in words."""
        codes = ", ".join(dict.fromkeys(reason.code for reason in self.reasons))
        remedy = f"to go on nevertheless, acknowledge each: {', '.join(self.codes)}" if self.codes else "acknowledging does not help here"
        return f"to {self.action} these estimates is refused ({codes}); {remedy}"


@dataclass(frozen=True, slots=True)
class PoolingOutcome:
    """The outcome of an action: the synthesis, the set it is of, and the reasons against it that a person acknowledged."""

    action: Action
    evidence: EvidenceSet
    synthesis: Synthesis
    acknowledged: tuple[Reason, ...]


def act(
    comparison: EvidenceComparison, action: Action, acknowledged: Sequence[str] = (), effect: str | None = None, better: str | None = None,
    hartung_knapp: bool = False,
) -> PoolingOutcome | Refusal:  # fmt: skip
    """Return the synthesis of all estimates of ``comparison``, or its refusal.

    ``effect`` (OR, RR or RD) computes contrasts from the counts of two groups of one study; without it, printed estimates are pooled at
    the level of their own intervals. ``better`` is the better direction of effects, for ranking treatments.

    :raises QuestionError: for an unknown code, an effect that counts cannot give, or a ranking without ``better``.
    """
    unknown = [code for code in acknowledged if code not in CODES]
    if unknown:
        raise QuestionError(f"acknowledge {unknown[0][:80]!r}: choose from {', '.join(code for code, (_, can) in CODES.items() if can)}")
    if effect is not None and effect not in OF_COUNTS:
        raise QuestionError(f"effect {effect[:80]!r}: counts give {', '.join(OF_COUNTS)}; a hazard ratio is never computed from them")
    if action is Action.rank and better not in BETTER:
        raise QuestionError(f"better: say which values are better, {' or '.join(BETTER)}; nothing is ranked without it")
    wanted = [each for each in comparison.sets if each.kind == (EFFECT if effect is None else ARM)] or list(comparison.sets)
    taken = wanted[0] if len(wanted) == 1 else None
    if taken is None:
        return _refuse_mixed(comparison, action)
    usable, unusable = _usable_contrasts(taken, effect)
    against = [*_blocking_reasons(taken, action), *unusable, *_impossible_reasons(taken, action, usable, effect)]
    left = tuple(reason for reason in against if reason.code not in acknowledged or not CODES[reason.code][1])
    if left:
        return Refusal(action, left)
    return PoolingOutcome(action, taken, _synthesis(action, usable, effect, taken, better, hartung_knapp), tuple(against))


def set_contrasts(compared: EvidenceSet, effect: str | None = None) -> tuple[Contrast, ...]:
    """Return the contrasts of a set: from printed intervals, or, with ``effect``, from the counts of two groups."""
    return _usable_contrasts(compared, effect)[0]


def unusable_reasons(compared: EvidenceSet, effect: str | None = None) -> tuple[str, ...]:
    """Return why estimates of a set give no contrast, such as an interval that is printed upside down; each reason once."""
    return tuple(reason.text for reason in _usable_contrasts(compared, effect)[1])


def arms(compared: EvidenceSet) -> tuple[Arm, ...]:
    """Return the single-group results of a set that have counts, each as an arm of its study."""
    return tuple(_arm(row) for row in compared.rows if row.kind == ARM and row.measure == "proportion" and row.has_counts)


def _refuse_mixed(comparison: EvidenceComparison, action: Action) -> Refusal:
    """Return the refusal of a comparison with several measures, or with no estimates."""
    if not comparison.sets:
        return Refusal(action, (Reason("one-estimate", "no estimate meets the filters", ()),))
    named = "; ".join(f"{each.name} ({len(each.rows)})" for each in comparison.sets)
    text = f"{CODES['different-measures'][0]}: {named}; ask for one by measure and kind"
    return Refusal(action, (Reason("different-measures", text, tuple(row.id for row in comparison.rows)),))


def _blocking_reasons(taken: EvidenceSet, action: Action) -> list[Reason]:
    # Indirect comparisons involve different treatments, so these are no reasons against them.
    passed = ADVISORY if action is Action.pool else ADVISORY | SIDES
    return [reason for reason in taken.reasons if reason.code not in passed]


def _impossible_reasons(taken: EvidenceSet, action: Action, usable: Sequence[Contrast], effect: str | None) -> list[Reason]:
    """Return the reasons why no number can be computed at all."""
    rows = tuple(row.id for row in taken.rows)
    reasons = []
    if effect is None and taken.kind == ARM:
        remedy = "; effect=OR, RR or RD makes contrasts from the counts of compared groups"
        reasons.append(Reason("single-arm-results", CODES["single-arm-results"][0] + remedy, rows))
    elif len(usable) < 2:
        reasons.append(Reason("one-estimate", CODES["one-estimate"][0], rows))
    if repeated := _find_repeated(taken, usable):
        reasons.append(repeated)
    elif action is not Action.pool and (apart := _describe_components(usable)):
        reasons.append(Reason("disconnected", f"{CODES['disconnected'][0]}: {apart}", rows))
    return reasons


def _find_repeated(taken: EvidenceSet, usable: Sequence[Contrast]) -> Reason | None:
    """Return which studies would be pooled from several documents, such as a paper and a registry record: their patients are the same."""
    rows = {row.id: row for row in taken.rows}
    by_study: dict[str, list[Evidence]] = {}
    for contrast in usable:
        row = rows[contrast.row.partition(" ")[0]]
        by_study.setdefault(row.study, []).append(row)
    repeated = {study: several for study, several in by_study.items() if len({row.document for row in several}) > 1}
    if not repeated:
        return None
    named = [
        f"{', '.join(sorted({vocabulary.local_name(row.document) for row in several}))} ({several[0].study_label})"
        for several in repeated.values()
    ]
    text = f"{CODES['patients-counted-twice'][0]}: {abbreviate(named)}; leave out all but one of each (exclude), or ask for one document"
    return Reason("patients-counted-twice", text, tuple(row.id for several in repeated.values() for row in several))


def _describe_components(usable: Sequence[Contrast]) -> str:
    """Describe the disconnected components of the network; empty if it is connected."""
    import networkx as nx

    parts = [sorted(part) for part in nx.connected_components(nx.Graph([(each.treatment, each.comparator) for each in usable]))]
    return "; ".join(f"({', '.join(part)})" for part in sorted(parts)) if len(parts) > 1 else ""


def _usable_contrasts(taken: EvidenceSet, effect: str | None) -> tuple[tuple[Contrast, ...], list[Reason]]:
    usable: list[Contrast] = []
    bare: dict[str, str] = {}
    if effect is None and taken.kind == EFFECT:
        for row in taken.rows:
            try:
                usable.append(_printed_contrast(row))
            except MabgraphError as error:
                bare[row.id] = str(error)
    elif effect is not None:
        usable, bare = _count_contrasts(taken, effect)
    usable = _relabel_repeats(usable, {row.id: row.label for row in taken.rows})
    text = f"{CODES['no-standard-error'][0]}: {'; '.join(dict.fromkeys(bare.values()))}"
    return tuple(usable), [Reason("no-standard-error", text, tuple(bare))] if bare else []


def _relabel_repeats(repeated: Sequence[Contrast], labels: Mapping[str, str]) -> list[Contrast]:
    """Return the contrasts with distinct study labels where one study repeats a pair of treatments: these are not independent."""
    pairs = Counter((each.study, frozenset((each.treatment, each.comparator))) for each in repeated)
    seen: Counter[str] = Counter()
    relabelled = []
    for each in repeated:
        study = each.study
        if pairs[study, frozenset((each.treatment, each.comparator))] > 1:
            study = f"{study}: {labels[each.row.partition(' ')[0]]}"
            seen[study] += 1
            study += f" ({seen[study]})" if seen[study] > 1 else ""
        relabelled.append(replace(each, study=study))
    return relabelled


def _printed_contrast(row: Evidence) -> Contrast:
    """Return the contrast of a printed estimate and its interval.

    :raises MabgraphError: when its measure cannot be pooled, or a value, bound or level is not printed.
    """
    if row.measure not in MEASURES:
        raise MabgraphError(f"{row.label}: a {row.measure.replace('-', ' ')} is not pooled")
    if not row.has_interval:
        raise MabgraphError(f"{row.label}: no confidence interval with its level is printed")
    value, lower, upper, level = (row.number(name) for name in ("value", "lower", "upper", "interval_level"))
    assert value is not None
    assert lower is not None
    assert upper is not None
    shares = 100 if row.unit in {"percent", "percentage-points"} else 1
    named = (row.study_label, row.sides[0].name, row.sides[1].name, MEASURES[row.measure])
    contrast = contrasts.from_interval(*named, value / shares, lower / shares, upper / shares, level)
    return replace(contrast, row=row.id, document=row.document, anchor=row.anchor)


def _count_contrasts(taken: EvidenceSet, effect: str) -> tuple[list[Contrast], dict[str, str]]:
    """Return the contrasts of compared groups that both have counts, and why the others give none."""
    rows_by_id = {row.id: row for row in taken.rows}
    usable: list[Contrast] = []
    bare: dict[str, str] = {}
    for row in taken.rows:
        other = rows_by_id.get(row.counterpart)
        if other is None:
            bare[row.id] = f"{row.label}: the result of the group that it is compared with is not among the estimates"
        elif not (row.has_counts and other.has_counts):
            bare[row.id] = f"{row.label}: no counts are printed for both groups"
        elif row.side == "intervention":
            try:
                [contrast] = contrasts.from_arms((_arm(row), _arm(other)), effect)
                usable.append(replace(contrast, row=f"{row.id} {other.id}", document=row.document, anchor=f"{row.anchor} {other.anchor}"))
            except MabgraphError as error:
                bare[row.id] = str(error)
    return usable, bare


def _arm(row: Evidence) -> Arm:
    count, total = row.number("count"), row.number("total")
    events, patients = (None if number is None else int(number) for number in (count, total))
    return Arm(row.study_label, row.sides[0].name, events, patients, row=row.id, document=row.document, anchor=row.anchor)


def _synthesis(
    action: Action, usable: Sequence[Contrast], effect: str | None, taken: EvidenceSet, better: str | None, hartung_knapp: bool
) -> Synthesis:  # fmt: skip
    from ..synthesis.league import Better
    from ..synthesis.synthesis import Plan, synthesise

    measure = effect or MEASURES[taken.measure]
    several = len({name for each in usable for name in (each.treatment, each.comparator)}) > 2
    league = several and action is not Action.pool
    scores = Better(better) if better and action is Action.rank else None
    plan = Plan(measure, hartung_knapp=hartung_knapp, league=league, p_scores=scores)
    try:
        return synthesise(usable, plan)
    except MabgraphError as error:
        raise QuestionError(f"{action}: {error}") from None
