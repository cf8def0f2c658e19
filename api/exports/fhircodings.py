"""Codes of FHIR resources. Each was verified in a public file of its code system; concepts without a code have text alone.

Codes of SEVCO and STATO have no display: their labels are licensed, so ``text`` holds our own wording.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

SEVCO: Final = "https://fevir.net/sevco"
STATISTIC: Final = "http://terminology.hl7.org/CodeSystem/statistic-type"
DESIGN: Final = "http://hl7.org/fhir/study-design"
ROLE: Final = "http://terminology.hl7.org/CodeSystem/variable-role"
SYNTHESIS: Final = "http://terminology.hl7.org/CodeSystem/synthesis-type"
EMPTY: Final = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
UNITS: Final = "http://unitsofmeasure.org"

#: The codes of each measure: local names of concepts, and the measures of pooling.
MEASURES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "hazard-ratio": ((SEVCO, "STATO:0000677"), (STATISTIC, "C93150")), "odds-ratio": ((SEVCO, "STATO:0000182"), (STATISTIC, "C16932")),
    "risk-ratio": ((SEVCO, "STATO:0000245"), (STATISTIC, "C93152")), "risk-difference": ((SEVCO, "STATO:0000424"), (STATISTIC, "0000424")),
    "difference-in-proportions": ((SEVCO, "STATO:0000424"), (STATISTIC, "0000424")), "mean-difference": ((SEVCO, "STATO:0000457"),),
    "proportion": ((SEVCO, "STATO:0000607"), (STATISTIC, "C44256")), "median": ((SEVCO, "STATO:0000574"), (STATISTIC, "C28007")),
    "mean": ((SEVCO, "STATO:0000573"), (STATISTIC, "C53319")), "count": ((SEVCO, "STATO:0000047"), (STATISTIC, "C25463")),
}  # fmt: skip
#: The codes of the attributes of an estimate.
ATTRIBUTES: Final[Mapping[str, str]] = {
    "confidence interval": "STATO:0000196", "credible interval": "STATO:0000455", "range": "STATO:0000035", "P value": "STATO:0000700",
    "I²": "STATO:0000420", "τ²": "STATO:0000421", "z": "STATO:0000104",
}  # fmt: skip
#: The codes of a design, by the local name of its concept.
DESIGNS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "randomised-controlled-trial": ((DESIGN, "SEVCO:01003"),), "single-arm-trial": ((SEVCO, "SEVCO:01016"),),
    "retrospective-cohort-study": ((DESIGN, "SEVCO:01002"), (DESIGN, "SEVCO:01011")),
}  # fmt: skip


def concept(text: str, codes: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    """Return a CodeableConcept: our wording, and its codes.

    >>> concept("hazard ratio")
    {'text': 'hazard ratio'}
    """
    coding = [{"system": system, "code": code} for system, code in codes]
    return ({"coding": coding} if coding else {}) | {"text": text}


def measure(name: str) -> dict[str, Any]:
    """Return the type of a statistic, by the local name of a measure."""
    return concept(name.replace("-", " "), MEASURES.get(name, ()))


def attribute(name: str) -> dict[str, Any]:
    """Return the type of an attribute of an estimate, such as ``confidence interval``."""
    return concept(name, ((SEVCO, ATTRIBUTES[name]),) if name in ATTRIBUTES else ())


def design(name: str) -> dict[str, Any]:
    """Return the design of a study, by the local name of its concept."""
    return concept(name.replace("-", " "), DESIGNS.get(name, ()))


def role(name: str) -> dict[str, Any]:
    """Return the role of a variable: population, exposure, referenceExposure or measuredVariable."""
    return {"coding": [{"system": ROLE, "code": name}]}
