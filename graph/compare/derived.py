"""Derived intervals: the confidence interval of a proportion of which a document prints count and total, but no interval."""

from __future__ import annotations

from ..synthesis.proportions import proportion
from .evidence import Evidence


def proportion_interval(row: Evidence) -> tuple[float, float, float] | None:
    """Return value, lower and upper bound of a proportion in percent: the interval of Clopper and Pearson at 95 percent, from its counts.

    The value is the printed one, else that of the counts. None where the estimate is no proportion in percent, has no counts or an interval
    of its own, where a check of its numbers failed, or where the printed value is outside the interval.
    """
    printed, lower, upper = (row.row[name] for name in ("value", "lower", "upper"))
    if row.measure != "proportion" or row.unit != "percent" or not row.has_counts or row.row["check_status"] == "inconsistent":
        return None
    if lower is not None or upper is not None:
        return None
    interval = proportion(int(str(row.row["count"])), int(str(row.row["total"])))
    value = 100 * interval.value if printed is None else float(str(printed))
    return (value, 100 * interval.lower, 100 * interval.upper) if interval.lower <= value / 100 <= interval.upper else None
