"""Codes of the reasons against pooling: what each says, and whether a person who acknowledges it may go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: The text of each code, and whether a person may acknowledge it.
CODES: Final[Mapping[str, tuple[str, bool]]] = {
    "different-populations": ("the studies are of patients with different conditions, stages of disease or previous treatment", True),
    "different-subgroups": ("some estimates are of parts of a study, others of the whole or of other parts", True),
    "different-treatments": ("the treatments are not the same", True),
    "different-comparators": ("the treatments that they are compared with are not the same", True),
    "different-endpoints": ("the endpoints are not defined alike", True),
    "different-analysis-populations": ("the analyses are of differently chosen patients", True),
    "different-censoring": ("follow-up is cut by different rules", True),
    "different-adjustment": ("the analyses adjust for different things, or some for nothing", True),
    "different-time-points": ("the results are of different time points", True),
    "different-follow-up": ("the studies followed their patients for different times, or do not say how long", True),
    "different-designs": ("the studies are designed differently", True),
    "not-randomised": ("the groups were not randomised, so differences need not be treatment effects", True),
    "overlapping-patients": ("the same patients are, or may be, in more than one of the estimates", True),
    "cited-figures": ("a document repeats what another study reported; the study's own report was not read", True),
    "authors-caveat": ("the authors warn against comparing these, or name differences", True),
    "unresolved-discrepancy": ("a printed number disagrees with another, and why is not settled", True),
    "inconsistent-numbers": ("arithmetic shows that printed numbers of an estimate do not hold together", True),
    "different-measures": ("the measures or units are not the same, and none is converted into another", False),
    "no-standard-error": (
        "neither a confidence interval with its level nor counts that can be used are printed: no weight can be given",
        False,
    ),
    "single-arm-results": ("results of single groups are shown with their intervals, and not pooled into one", False),
    "patients-counted-twice": ("several documents report one study, whose patients would count once for each", False),
    "one-estimate": ("there is nothing to pool with", False),
    "disconnected": ("no chain of comparisons with results joins the treatments", False),
}
#: Reasons that are reported but never block: no two studies have the same follow-up time.
ADVISORY: Final = frozenset({"different-follow-up"})
