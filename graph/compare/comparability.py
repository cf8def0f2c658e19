"""Comparability: how far an estimate supports a comparison of treatments, classified by its study design; derived from the graph alone."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from ..store import vocabulary
from .evidence import EFFECT, Evidence


class Comparability(StrEnum):
    """The classes, from randomised comparisons to comparisons across trials."""

    randomised = "within-trial randomised"
    adjusted = "within-study adjusted observational"
    crude = "within-study crude"
    single = "single-arm"
    across = "cross-trial"

    @property
    def concept(self) -> str:
        """The IRI of the class in the graph."""
        return vocabulary.concept(f"comparability/{self.replace(' ', '-')}")


RANDOMISED: Final = "randomised-controlled-trial"
_ARMS: Final = frozenset({"intervention-arm", "comparator-arm"})
#: Analysis populations that keep the groups as randomised.
_AS_FORMED: Final = frozenset({"intention-to-treat", "as-treated", "safety-population"})
_ADJUSTED: Final = frozenset(
    {"multivariable-cox-regression", "multivariable-stratified-cox-regression", "propensity-score-matched-analysis", "mixed-effects-model"}
)
_MATCHED: Final = "propensity-matched-population"
_TOGETHER: Final = frozenset({"studies-cited-together", "surveillance-count"})


def classify(evidence: Evidence) -> Comparability:
    """Return the class of one estimate, see :func:`derive_class`."""
    roles = [side.role for side in evidence.sides]
    analysis = (evidence.population[0], evidence.method[0], bool(evidence.factors))
    return derive_class(evidence.design, evidence.kind, bool(evidence.counterpart), roles, *analysis)


def derive_class(
    design: str, kind: str, has_counterpart: bool, roles: Sequence[str], population: str, method: str, is_adjusted: bool
) -> Comparability:  # fmt: skip
    """Return the class of an estimate from its design, kind, groups and analysis.

    A result of one group is classified with its counterpart: the same outcome, by the same analysis, of the group that it is compared
    with. A part of an arm counts as randomised where the analysis population keeps the arm as randomised, and not where the part was
    formed later (responders, transplanted patients).
    """
    if design in _TOGETHER:
        return Comparability.across
    if kind != EFFECT and not has_counterpart:
        return Comparability.single
    if design == RANDOMISED and all(_is_as_randomised(role, population) for role in roles):
        return Comparability.randomised
    return Comparability.adjusted if is_adjusted or method in _ADJUSTED or population == _MATCHED else Comparability.crude


def _is_as_randomised(role: str, population: str) -> bool:
    """Whether a group is as randomised: an arm, or a part of an arm that the analysis population keeps as randomised."""
    return role in _ARMS or (role == "subgroup" and population in _AS_FORMED)
