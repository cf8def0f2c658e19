"""Comparability: what an estimate says of a treatment against another, by the design it comes from; derived from the graph alone."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from .evidence import EFFECT, Evidence


class Comparability(StrEnum):
    """The classes, from the comparison that chance protects to none at all."""

    randomised = "within-trial randomised"
    adjusted = "within-study adjusted observational"
    crude = "within-study crude"
    single = "single-arm"
    across = "cross-trial"


#: Why each class, in words; ``comparability`` of a row names the first part.
MEANING: Final = {
    Comparability.randomised: "the groups were formed by chance in one trial",
    Comparability.adjusted: "the groups of one study were not formed by chance; the analysis adjusts or matches for some differences",
    Comparability.crude: "the groups of one study were not formed by chance, or are parts formed after it, and nothing is adjusted for",
    Comparability.single: "one group, without the same result of another group of its study",
    Comparability.across: "patients of several studies side by side",
}
RANDOMISED: Final = "randomised-controlled-trial"
_ARMS: Final = frozenset({"intervention-arm", "comparator-arm"})
#: Populations that a part of an arm can be without being formed by what happened after randomisation.
_AS_FORMED: Final = frozenset({"intention-to-treat", "as-treated", "safety-population"})
_ADJUSTED: Final = frozenset(
    {"multivariable-cox-regression", "multivariable-stratified-cox-regression", "propensity-score-matched-analysis", "mixed-effects-model"}
)
_MATCHED: Final = "propensity-matched-population"
_TOGETHER: Final = frozenset({"studies-cited-together", "surveillance-count"})


def of(evidence: Evidence) -> Comparability:
    """Return the class of one estimate.

    A result of one group belongs to the comparison with its counterpart: the same result, by the same analysis, of the group that it
    is compared with. A part of an arm counts as randomised where the whole arm was analysed so, not where the part was formed later
    (responders, transplanted patients).
    """
    if evidence.design in _TOGETHER:
        return Comparability.across
    if evidence.kind != EFFECT and not evidence.counterpart:
        return Comparability.single
    if evidence.design == RANDOMISED and all(_formed(side.role, evidence.population[0]) for side in evidence.sides):
        return Comparability.randomised
    if evidence.factors or evidence.method[0] in _ADJUSTED or evidence.population[0] == _MATCHED:
        return Comparability.adjusted
    return Comparability.crude


def _formed(role: str, population: str) -> bool:
    """Whether a group is as chance formed it: an arm, or that of an arm that a population keeps as it was formed."""
    return role in _ARMS or (role == "subgroup" and population in _AS_FORMED)
