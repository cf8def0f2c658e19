"""Estimates: the pooled effect of one treatment relative to another, with interval, test and prediction interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import erfc, isfinite, sqrt
from typing import Any

from scipy.special import ndtri, stdtr, stdtrit

from mabgraph.ingest.errors import MabgraphError

from .contrasts import RATIOS, Contrast, back_transform
from .limits import level_fault


@dataclass(frozen=True)
class Estimate:
    """The pooled effect of ``treatment`` relative to ``comparator`` with its standard error, on the scale of pooling (ln of a ratio).

    ``level`` is the confidence level of all its intervals, in percent. ``freedom`` are the degrees of freedom of Student's t for
    interval and test (None: normal distribution). ``prediction`` is the prediction interval for the effect of a new study.
    """

    treatment: str
    comparator: str
    measure: str
    effect: float
    error: float
    level: float = 95.0
    freedom: int | None = None
    prediction: tuple[float, float] | None = None

    @property
    def lower(self) -> float:
        """Lower bound of the confidence interval."""
        return self.effect - self._reach

    @property
    def upper(self) -> float:
        """Upper bound of the confidence interval."""
        return self.effect + self._reach

    @property
    def statistic(self) -> float:
        """Effect over standard error: z, or t where there are degrees of freedom."""
        return self.effect / self.error

    @property
    def p(self) -> float:
        """Two-sided P value of no effect."""
        size = abs(self.statistic)
        return erfc(size / sqrt(2)) if self.freedom is None else 2 * float(stdtr(self.freedom, -size))

    @cached_property
    def _reach(self) -> float:
        return interval_quantile(self.level, self.freedom) * self.error

    def reverse(self) -> Estimate:
        """Return the estimate in the other direction."""
        prediction = None if self.prediction is None else (-self.prediction[1], -self.prediction[0])
        return replace(self, treatment=self.comparator, comparator=self.treatment, effect=0.0 - self.effect, prediction=prediction)

    def with_prediction(self, tau2: float, freedom: int) -> Estimate:
        """Return the estimate with its prediction interval, from Student's t with ``freedom`` (Higgins, Thompson, Spiegelhalter 2009).

        The degrees of freedom are those of Q minus one: k - 2 for k studies of one pair. Without any there is no prediction interval.
        """
        if freedom < 1:
            return self
        reach = interval_quantile(self.level, freedom) * sqrt(tau2 + self.error**2)
        return replace(self, prediction=(self.effect - reach, self.effect + reach))

    def as_json(self) -> dict[str, Any]:
        """Return the estimate as JSON values; ``natural`` is on the natural scale (None: too large for a double)."""
        fields: dict[str, Any] = {
            "treatment": self.treatment, "comparator": self.comparator, "measure": self.measure,
            "scale": f"ln {self.measure}" if self.is_ratio else self.measure,
            "effect": self.effect, "error": self.error, "lower": self.lower, "upper": self.upper, "level": self.level,
            "test": "z" if self.freedom is None else f"t on {self.freedom} df", "statistic": self.statistic, "p": self.p,
            "prediction": None if self.prediction is None else list(self.prediction),
        }  # fmt: skip
        keys = ("effect", "lower", "upper")
        ends = None if self.prediction is None else self.back_transform(*self.prediction)
        fields["natural"] = dict(zip(keys, self.back_transform(*(fields[key] for key in keys)), strict=True)) | {"prediction": ends}
        return fields

    @property
    def is_ratio(self) -> bool:
        """Whether the measure is a ratio; the effect is then its natural logarithm."""
        return self.measure in RATIOS

    def back_transform(self, *numbers: float) -> list[float | None]:
        """Return ``numbers`` back-transformed to the natural scale; None for what overflows."""
        ratios = (back_transform(self.measure, number) for number in numbers)
        return [number if isfinite(number) else None for number in ratios]


def study_estimate(contrast: Contrast) -> Estimate:
    """Return the estimate of one study: its contrast, with an interval at the level of the printed one (without one: 95 percent).

    >>> one = study_estimate(Contrast("S", "A", "B", "MD", -2.0, 0.5, level=90.0))
    >>> one.level, round(one.lower, 3), round(one.upper, 3)
    (90.0, -2.822, -1.178)
    """
    return Estimate(contrast.treatment, contrast.comparator, contrast.measure, contrast.effect, contrast.error, contrast.level or 95.0)


@lru_cache(maxsize=256)
def interval_quantile(level: float, freedom: int | None = None) -> float:
    """Return the quantile for a two-sided interval of ``level`` percent: half its width in standard errors.

    >>> round(interval_quantile(95), 4), round(interval_quantile(95, 10), 4)
    (1.96, 2.2281)

    :raises MabgraphError: when the level is impossible.
    """
    if fault := level_fault(level):
        raise MabgraphError(f"level {level}: {fault}")
    share = 0.5 + level / 200
    return float(ndtri(share) if freedom is None else stdtrit(freedom, share))
