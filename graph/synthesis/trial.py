"""A study in the graph-theoretical model: the potentials of its treatments and their covariance, from its contrasts.

A study with p arms has p potentials that sum to zero, and their covariance, which follows from the variances of its
p (p - 1) / 2 contrasts (G. Rücker, Research Synthesis Methods 2012, 3:312; G. Rücker and G. Schwarzer, Statistics in Medicine 2014,
33:4353).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

import numpy as np

from mabgraph.ingest.errors import MabgraphError

from .contrasts import Contrast
from .limits import SIGMAS, arms_fault, error_fault, size_fault
from .matrices import Array

#: Tolerated inconsistency of a multi-arm study's contrasts, in units of its smallest standard error, where rounding is unknown: our choice,
#: in place of a fixed number such as the ``tol.multiarm`` of R's netmeta, which depends on the unit (decision 11).
TOLERANCE: Final = 0.02
#: From here on an inconsistency is reported, in the same unit: less changes no digit that is shown.
_REPORTED: Final = 1e-5
#: The least eigenvalue of a covariance, in units of its trace; less is zero but for the noise of floating-point numbers.
_SINGULAR: Final = 1e-10
#: By how much squared standard errors may differ, as a share, for the noise of floating-point numbers alone.
_NOISE: Final = 1e-6


@dataclass(frozen=True, eq=False)
class StudyPotentials:
    """A study: its treatments in alphabetical order, their potentials and covariance, and a note on it."""

    label: str
    treatments: tuple[str, ...]
    potentials: Array
    covariance: Array
    note: str = ""


def build_study(label: str, contrasts: Sequence[Contrast]) -> StudyPotentials:
    """Return the study of ``contrasts``.

    The potentials are the row means of the antisymmetric matrix of effects (least squares: for effects that add up, their differences are
    the effects). With V the matrix of the variances of contrasts and J = I - 11'/p, their covariance is -J V J / 2: double centring, by
    which squared distances become scalar products (W. Torgerson, Psychometrika 1952, 17:401). A covariance that is not positive definite
    on the contrasts is that of no arms.

    :raises MabgraphError: when a contrast is missing, impossible or repeated, they are inconsistent, or their errors are impossible.
    """
    names = tuple(sorted({name for row in contrasts for name in (row.treatment, row.comparator)}))
    _check_complete(label, names, contrasts)
    index = {name: place for place, name in enumerate(names)}
    effects, variances = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)))
    for row in contrasts:
        first, second = index[row.treatment], index[row.comparator]
        effects[first, second], effects[second, first] = row.effect, -row.effect
        variances[first, second] = variances[second, first] = row.error**2
    potentials: Array = effects.mean(axis=1)
    centre: Array = np.eye(len(names)) - 1 / len(names)
    covariance: Array = -centre @ variances @ centre / 2
    if len(names) == 2:
        return StudyPotentials(label, names, potentials, covariance)
    note = _additivity_note(label, names, contrasts, float(np.abs(effects - (potentials[:, None] - potentials)).max()))
    _check_arm_variances(label, names, contrasts)
    least = float(np.linalg.eigvalsh(covariance + np.trace(covariance) / len(covariance) ** 2)[0])
    if least <= _SINGULAR * float(np.trace(covariance)):
        raise MabgraphError(
            f"study {label}: no arms can have the standard errors of its contrasts as they are; within the rounding of what is printed "
            "some could: give more digits, or those of one analysis"
        )
    return StudyPotentials(label, names, potentials, covariance, note)


def _additivity_note(label: str, names: tuple[str, ...], contrasts: Sequence[Contrast], off: float) -> str:
    """Return a note if the contrasts are consistent only within rounding.

    They are if there are potentials from which no contrast differs by more than its rounding, that is, if no cycle has a
    negative length (a system of difference constraints; shortest paths by Floyd and Warshall: T. Cormen and others, Introduction to
    Algorithms, chapters 24.4 and 25.2 of the third edition).

    :raises MabgraphError: if they are not.
    """
    least = min(row.error for row in contrasts)
    if off <= _REPORTED * least:
        return ""
    size = len(names)
    reach: Array = np.zeros((size, size))
    for row in contrasts:
        first, second = names.index(row.treatment), names.index(row.comparator)
        slack = max(row.rounding, TOLERANCE * least)
        reach[first, second], reach[second, first] = row.effect + slack, slack - row.effect
    for via in range(size):
        reach = np.minimum(reach, reach[:, via, None] + reach[None, via, :])
    if float(reach.diagonal().min()) < 0:
        raise MabgraphError(
            f"study {label}: its contrasts do not add up (by {off:.3g}), and no rounding of them would: give them from one analysis, or "
            "with more digits"
        )
    return f"study {label}: its contrasts add up within rounding (off by up to {off:.2g}); values that add up, nearest to them, are pooled"


def _check_arm_variances(label: str, names: tuple[str, ...], contrasts: Sequence[Contrast]) -> None:
    """Refuse standard errors that imply a negative variance of an arm, by more than rounding.

    With independent arms, the variance of a contrast is the sum of those of its two arms. So the variance of an arm is half of (the sum of
    the variances of two of its contrasts minus that of the contrast between the others). The errors are taken at the ends of their rounding
    that leave most room.

    :raises MabgraphError: naming the arm, the three errors and the variance.
    """
    low, high = {}, {}
    for row in contrasts:
        least, most = row.errors or (row.error, row.error)
        low[frozenset((row.treatment, row.comparator))] = min(least, row.error) ** 2 * (1 - _NOISE)
        high[frozenset((row.treatment, row.comparator))] = max(most, row.error) ** 2
    for arm in names:
        for one, other in combinations([name for name in names if name != arm], 2):
            sides, across = (frozenset((arm, one)), frozenset((arm, other))), frozenset((one, other))
            if high[sides[0]] + high[sides[1]] < low[across]:
                errors = {frozenset((row.treatment, row.comparator)): row.error for row in contrasts}
                variance = (errors[sides[0]] ** 2 + errors[sides[1]] ** 2 - errors[across] ** 2) / 2
                listed = ", ".join(f"{errors[pair]:.4g} ({' and '.join(sorted(pair))})" for pair in (*sides, across))
                raise MabgraphError(
                    f"study {label}, arm {arm}: no arms can have the standard errors of its contrasts, {listed}: {arm} would have a "
                    f"variance of {variance:.3g}: one of the intervals is of another level or mistyped; give those of one analysis"
                )


def _check_complete(label: str, names: tuple[str, ...], contrasts: Sequence[Contrast]) -> None:
    """Refuse contrasts that are not one for each pair of arms, or whose numbers are beyond the limits (:mod:`.limits`).

    :raises MabgraphError: naming the first that is missing, repeated, of one treatment alone, or beyond.
    """
    for row in contrasts:
        if row.treatment == row.comparator:
            raise MabgraphError(f"study {label}: {row.treatment} is compared with itself: name two treatments")
        if fault := size_fault(row.effect) or error_fault(row.error):
            raise MabgraphError(f"study {label}: effect {row.effect}, standard error {row.error}: {fault}")
        if abs(row.effect) > SIGMAS * row.error:
            raise MabgraphError(
                f"study {label}: effect {row.effect}, standard error {row.error}: no study is so exact; see the unit of both"
            )
    if fault := arms_fault(len(names)):
        raise MabgraphError(f"study {label}: {fault}")
    pairs = sorted(tuple(sorted((row.treatment, row.comparator))) for row in contrasts)
    twice = [" and ".join(pair) for pair, again in pairwise(pairs) if pair == again]
    if twice:
        raise MabgraphError(f"study {label}: {twice[0]} are compared twice: give one estimand, or label the studies apart")
    known = set(pairs)
    missing = [" and ".join(pair) for pair in combinations(names, 2) if pair not in known]
    if missing:
        count, wanted = len(names), len(names) * (len(names) - 1) // 2
        raise MabgraphError(
            f"study {label} has {count} arms and {len(pairs)} of {wanted} contrasts: add {', '.join(missing)}; "
            "where these are different studies, label them apart"
        )
