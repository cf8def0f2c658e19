"""The input of analysis tools: the contrasts or the arms of every study of a set; or the reason why a set cannot be analysed."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, count
from math import sqrt
from typing import Final

from mabgraph.ingest.errors import MabgraphError

from ..synthesis.codes import CODES
from ..synthesis.contrasts import RATIOS, Arm, Contrast, flip, from_arms
from . import pooling
from .compare import EvidenceComparison, EvidenceSet
from .evidence import ARM, Evidence
from .reasons import abbreviate

#: The longest treatment name of letters, digits and underscores (characters).
LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Baseline:
    """One study in baseline format (one row per arm): the baseline treatment, and the ``effects`` of the others relative to it.

    ``error`` and ``variance`` are those of the (log) odds, (log) risk or risk of the baseline arm: with three or more arms, the
    covariance of the effects. With two arms no tool needs them, and they are None.
    """

    study: str
    treatment: str
    effects: tuple[Contrast, ...]
    error: float | None = None
    variance: float | None = None

    @property
    def rows(self) -> str:
        """The IRIs of the estimates that the study is from, separated by spaces."""
        return " ".join(dict.fromkeys(iri for each in self.effects for iri in each.row.split()))


@dataclass(frozen=True, slots=True)
class TrialArms:
    """The arms of one study that report the same outcome, such as the responders in each."""

    study: str
    arms: tuple[Arm, ...]


def select_set(comparison: EvidenceComparison) -> EvidenceSet:
    """Return the one set of a comparison.

    :raises MabgraphError: when there is none or more than one: no tool reads several measures in one file.
    """
    if len(comparison.sets) == 1:
        return comparison.sets[0]
    if not comparison.sets:
        raise MabgraphError("no estimate meets the filters: ask for others")
    named = abbreviate(
        [f"{each.name} of {'one group' if each.kind == ARM else 'a comparison'} ({len(each.rows)})" for each in comparison.sets]
    )
    raise MabgraphError(f"they are of several measures, units or kinds ({named}): ask for one by measure= and kind=")


def contrasts(compared: EvidenceSet, effect: str | None = None) -> tuple[Contrast, ...]:
    """Return the contrasts of every two arms of each study of a set; repeated contrasts of two treatments get names of their own.

    ``effect`` (OR, RR, RD) computes them from counts. No estimate is dropped: if one gives no contrast, the whole set gives none.

    :raises MabgraphError: when an estimate gives no contrast, both its sides are one treatment, or a study of three or more arms
    lacks contrasts.
    """
    if compared.kind == ARM and effect is None:
        raise MabgraphError("results of single groups are no contrasts; effect=OR, RR or RD makes them from the counts of compared groups")
    contrasts = pooling.set_contrasts(compared, effect)
    used = {iri for each in contrasts for iri in each.row.split()}
    if left := [row for row in compared.rows if row.id not in used]:
        raise MabgraphError(f"{abbreviate([_row_name(row) for row in left])}: {_reason(compared, effect)}")
    for each in contrasts:
        _check_distinct(each.study, (each.treatment, each.comparator))
    return tuple(each for members in _by_study(contrasts).values() for each in _complete(members))


def independent_pairs(contrasts: Sequence[Contrast]) -> tuple[Contrast, ...]:
    """Return independent contrasts; those of the same two treatments all have the direction of the first.

    :raises MabgraphError: when a study has three or more treatments: its contrasts are not independent.
    """
    for study, members in _by_study(contrasts).items():
        if len(several := _treatments(members)) > 2:
            raise MabgraphError(f"{study} has {len(several)} treatments ({', '.join(several)}), so that its contrasts are not independent")
    first: dict[frozenset[str], str] = {}
    for each in contrasts:
        first.setdefault(frozenset((each.treatment, each.comparator)), each.comparator)
    return tuple(each if each.comparator == first[frozenset((each.treatment, each.comparator))] else flip(each) for each in contrasts)


def baselines(contrasts: Sequence[Contrast]) -> tuple[Baseline, ...]:
    """Return each study as a baseline arm and the effects of its other arms versus it.

    The variance of the baseline arm is half of (the sum of the variances of two effects minus that of the contrast between them; the
    covariance of contrasts with a common arm; Franchini et al. 2012, Res Synth Methods 3:142-60).

    :raises MabgraphError: when a study has three or more arms whose counts are not known.
    """
    return tuple(_baseline(study, members) for study, members in _by_study(contrasts).items())


def trials(compared: EvidenceSet) -> tuple[TrialArms, ...]:
    """Return the arms with counts of a set, by study; arms that are compared on the same outcome belong together.

    :raises MabgraphError: when a result has no counts, is no proportion, or has no comparison arm; or two arms have one treatment.
    """
    import networkx as nx

    arms_by_row = {arm.row: arm for arm in pooling.arms(compared)}
    if compared.kind != ARM:
        raise MabgraphError(f"a {compared.measure.replace('-', ' ')} is not of single arms: there are no counts of it")
    if left := [row for row in compared.rows if row.id not in arms_by_row]:
        raise MabgraphError(f"{abbreviate([_row_name(row) for row in left])}: not both of a count and a total are printed")
    joined: nx.Graph[str] = nx.Graph()
    joined.add_nodes_from(arms_by_row)
    joined.add_edges_from((row.id, row.counterpart) for row in compared.rows if row.counterpart in arms_by_row)
    order = {row.id: place for place, row in enumerate(compared.rows)}
    units = [sorted(unit, key=order.__getitem__) for unit in nx.connected_components(joined)]
    rows = {row.id: row for row in compared.rows}
    return tuple(_trial([rows[iri] for iri in unit], arms_by_row, units) for unit in sorted(units, key=lambda unit: order[unit[0]]))


def scale(contrast: Contrast) -> str:
    """Return the scale of a contrast in words.

    >>> scale(Contrast("S", "A", "B", "HR", -0.5, 0.1))
    'ln HR of A versus B'
    """
    return f"{'ln ' if contrast.measure in RATIOS else ''}{contrast.measure} of {contrast.treatment} versus {contrast.comparator}"


def safe_names(names: Iterable[str]) -> Mapping[str, str]:
    """Return for each of ``names`` an identifier of letters, digits and underscores that begins with a letter; no two are the same.

    >>> dict(safe_names(["anti-CD19 β", "anti CD19 b", "7+3"]))
    {'anti-CD19 β': 'anti_CD19', 'anti CD19 b': 'anti_CD19_b', '7+3': 'x_7_3'}
    """
    identifiers: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        word = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")[:LONGEST].rstrip("_")
        stem = word if word[:1].isalpha() else f"x_{word}".rstrip("_")
        numbered = (f"{stem}_{number}" for number in count(2))
        identifiers[name] = next(each for each in chain([stem], numbered) if each.lower() not in taken)
        taken.add(identifiers[name].lower())
    return identifiers


def _reason(compared: EvidenceSet, effect: str | None) -> str:
    """Return why an estimate of a set gives no contrast, with the remedy."""
    if compared.kind == ARM:
        return "counts of both compared groups are needed, with an event in one of them; ask for the others by estimate="
    if effect is not None:
        return f"effect={effect} is computed from the counts of single groups, and these are estimates of comparisons; leave effect out"
    if compared.measure not in pooling.MEASURES:
        return f"a {compared.measure.replace('-', ' ')} is no effect that is pooled"
    return f"{'; '.join(pooling.unusable_reasons(compared, effect)) or CODES['no-standard-error'][0]}; ask for the others by estimate="


def _complete(contrasts: Sequence[Contrast]) -> Sequence[Contrast]:
    """Return the contrasts of every two treatments of a study: as reported, or computed from its arms."""
    study, treatments = contrasts[0].study, _treatments(contrasts)
    there = {frozenset((each.treatment, each.comparator)) for each in contrasts}
    missing = [pair for pair in combinations(treatments, 2) if frozenset(pair) not in there]
    if len(treatments) < 3 or (not missing and not all(each.arms for each in contrasts)):
        return contrasts
    if not all(each.arms for each in contrasts):
        raise MabgraphError(f"{study} has {len(treatments)} treatments, and its contrast of {' and '.join(missing[0])} is not there")
    arms = {arm.treatment: arm for each in contrasts for arm in each.arms}
    if any(arms[arm.treatment].row != arm.row for each in contrasts for arm in each.arms):
        raise MabgraphError(f"{study}: the counts of one treatment are not the same in all its contrasts")
    joined = from_arms([arms[name] for name in treatments], contrasts[0].measure)
    return [
        replace(
            each, study=study, row=" ".join(arm.row for arm in each.arms), anchor=" ".join(arm.anchor for arm in each.arms),
            document=" ".join(dict.fromkeys(arm.document for arm in each.arms)),
        )
        for each in joined
    ]  # fmt: skip


def _baseline(study: str, contrasts: Sequence[Contrast]) -> Baseline:
    treatments = _treatments(contrasts)
    if len(treatments) == 2:
        return Baseline(study, contrasts[0].comparator, tuple(contrasts))
    if not all(each.arms for each in contrasts):
        raise MabgraphError(f"{study} has {len(treatments)} treatments, and the error of its {treatments[-1]} arm alone is not known")
    base = treatments[-1]
    effects = [each if each.comparator == base else flip(each) for each in contrasts if base in {each.treatment, each.comparator}]
    one, other = effects[:2]
    between = next(each for each in contrasts if {each.treatment, each.comparator} == {one.treatment, other.treatment})
    variance = (one.error**2 + other.error**2 - between.error**2) / 2
    return Baseline(study, base, tuple(effects), sqrt(variance), variance)


def _trial(rows: Sequence[Evidence], arms_by_row: Mapping[str, Arm], units: Sequence[Sequence[str]]) -> TrialArms:
    arms = tuple(arms_by_row[row.id] for row in rows)
    if len(arms) < 2:
        raise MabgraphError(f"{_row_name(rows[0])}: no other group has this result, and a single arm is no comparison")
    of_study = [unit for unit in units if arms_by_row[unit[0]].study == arms[0].study]
    first = next((row for row in rows if row.side == "intervention"), rows[0])
    study = arms[0].study if len(of_study) == 1 else f"{arms[0].study}: {first.label}"
    _check_distinct(study, [arm.treatment for arm in arms])
    return TrialArms(study, arms)


def _check_distinct(study: str, treatments: Sequence[str]) -> None:
    if len(set(treatments)) < len(treatments):
        raise MabgraphError(f"{study}: two of its groups have one treatment ({treatments[0]}), and tools cannot tell them apart")


def _by_study(contrasts: Iterable[Contrast]) -> dict[str, list[Contrast]]:
    studies: dict[str, list[Contrast]] = {}
    for each in contrasts:
        studies.setdefault(each.study, []).append(each)
    return studies


def _treatments(contrasts: Sequence[Contrast]) -> list[str]:
    """Return the treatments of a study; the most frequent comparator comes last."""
    against = Counter(each.comparator for each in contrasts)
    return sorted(dict.fromkeys(name for each in contrasts for name in (each.treatment, each.comparator)), key=lambda name: against[name])


def _row_name(row: Evidence) -> str:
    return f"{row.study_label}, {row.label}"
