"""Designs: the sets of treatments that studies compare, and the decomposition of Q within and between designs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from scipy.stats import chi2

from .laplacian import ContrastNetwork
from .trial import StudyPotentials


@dataclass(frozen=True)
class Share:
    """A component of Q, its degrees of freedom, and its P value (None without degrees of freedom)."""

    q: float
    df: int

    @property
    def p(self) -> float | None:
        """The P value of Q (chi-squared)."""
        return float(chi2.sf(self.q, self.df)) if self.df else None

    def as_json(self) -> dict[str, Any]:
        """Return the share as JSON values."""
        return {"q": self.q, "df": self.df, "p": self.p}


@dataclass(frozen=True)
class Design:
    """The treatments of a design, its number of studies, and the Q within it."""

    treatments: tuple[str, ...]
    studies: int
    share: Share


@dataclass(frozen=True)
class Decomposition:
    """Q in total, within designs (heterogeneity) and between designs (inconsistency), and the component of each design."""

    total: Share
    within: Share
    between: Share
    designs: tuple[Design, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the decomposition as JSON values."""
        designs = [{"treatments": list(one.treatments), "studies": one.studies} | one.share.as_json() for one in self.designs]
        parts = {name: getattr(self, name).as_json() for name in ("total", "within", "between")}
        return parts | {"designs": designs}


def decompose(network: ContrastNetwork) -> Decomposition:
    """Return the decomposition of Q of the common-effect model (Krahn, Binder and König 2013; Higgins and others 2012).

    Q between designs is the total minus the Q that remains when every design has effects of its own.
    """
    total = Share(network.common.q, network.freedom)
    designs = tuple(_decompose_within(network.studies))
    within = Share(sum(one.share.q for one in designs), sum(one.share.df for one in designs))
    df = total.df - within.df
    return Decomposition(total, within, Share(max(0.0, total.q - within.q) if df else 0.0, df), designs)


def _decompose_within(studies: Iterable[StudyPotentials]) -> Iterable[Design]:
    def treatments(study: StudyPotentials) -> tuple[str, ...]:
        return study.treatments

    for names, members in groupby(sorted(studies, key=treatments), key=treatments):
        part = ContrastNetwork(tuple(members), names)
        yield Design(names, len(part.studies), Share(part.fit().q if part.freedom else 0.0, part.freedom))
