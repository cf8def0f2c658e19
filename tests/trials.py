"""Invented trials: one record, written here, of studies that a network meta-analysis can and cannot take together."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mabgraph.graph.building import build
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest import anchoring, recordfile
from mabgraph.ingest.documents import open_library

from . import datasets

RELAPSED = "relapsed-or-refractory-multiple-myeloma"
NEW = "newly-diagnosed-multiple-myeloma"
RANDOMISED = "randomised-controlled-trial"
COHORT = "retrospective-cohort-study"
ADJUSTED = {"method": "multivariable-cox-regression", "adjusted_for": ["age-factor"]}


@dataclass(frozen=True)
class Ratio:
    """A printed hazard ratio of progression or death; ``level`` none: no interval is printed. ``analysis`` is what differs in it."""

    value: str
    lower: str = ""
    upper: str = ""
    level: str = "95"
    analysis: dict[str, Any] = field(default_factory=dict)
    variable: str = "progression-free-survival"
    measure: str = "hazard-ratio"


@dataclass(frozen=True)
class Trial:
    """A study: its name, design, condition, drugs of both groups, hazard ratios, responders of all patients of either group."""

    name: str
    drugs: tuple[str, ...]
    ratios: tuple[Ratio, ...] = ()
    responders: tuple[tuple[int, int], ...] = ()
    design: str = RANDOMISED
    condition: str = RELAPSED
    shares: tuple[str, ...] = ()
    weeks: str = ""


TRIALS = (
    Trial("alpha", ("daratumumab", "dexamethasone"), (Ratio("0.60", "0.45", "0.80"),), ((60, 100), (40, 98))),
    Trial("beta", ("daratumumab", "dexamethasone"), (Ratio("0.65", "0.50", "0.84"),), ((70, 120), (50, 118))),
    Trial("gamma", ("daratumumab", "dexamethasone"), (Ratio("0.55", "0.40", "0.76"),), condition=NEW),
    Trial("delta", ("lenalidomide", "dexamethasone"), (Ratio("0.75", "0.60", "0.94"),)),
    Trial("epsilon", ("daratumumab", "lenalidomide"), (Ratio("0.85", "0.65", "1.11"),)),
    Trial("zeta", ("bortezomib", "thalidomide"), (Ratio("0.90", "0.70", "1.16"),)),
    Trial(
        "eta", ("daratumumab", "dexamethasone"), (Ratio("0.50", "0.35", "0.71"), Ratio("0.62", "0.43", "0.89", analysis=ADJUSTED)),
        design=COHORT,
    ),
    Trial("theta", ("daratumumab",), (), ((45, 90),), "single-arm-trial"),
    Trial("iota", ("daratumumab", "dexamethasone"), (Ratio("0.63", "0.52", "0.76"),), design="pooled-analysis", shares=("alpha", "beta")),
    Trial("kappa", ("daratumumab", "dexamethasone"), (Ratio("0.70", level=""),)),
    Trial("lambda", ("daratumumab", "dexamethasone"), (Ratio("0.66", "0.48", "0.91", "97.5"),)),
    Trial(
        "omicron", ("daratumumab", "dexamethasone"),
        (
            Ratio("0.58", "0.43", "0.78", analysis={"censoring": "not-censored-at-transplantation"}),
            Ratio("0.53", "0.39", "0.72", analysis={"censoring": "censored-at-transplantation"}),
        ),
    ),
    Trial("sigma", ("daratumumab", "dexamethasone"), (Ratio("0.72", "0.52", "1.00", variable="overall-survival"),)),
    Trial("tau", ("daratumumab", "dexamethasone"), (Ratio("0.61", "0.42", "0.89", analysis={"population": "as-treated"}),)),
    Trial("upsilon", ("daratumumab", "dexamethasone"), (Ratio("1.50", "1.10", "2.05", measure="odds-ratio", variable="overall-response"),)),
    Trial("phi", ("daratumumab", "dexamethasone"), (), ((30, 60), (20, 61)), weeks="24"),
)  # fmt: skip


def directory(folder: Path, trials: tuple[Trial, ...] = TRIALS) -> Path:
    """Write document and record of ``trials`` below ``folder``, and return the directory of the dataset built from them."""
    text, record = _written(trials)
    documents, records = folder / "documents", folder / "records"
    documents.mkdir(parents=True)
    records.mkdir()
    (documents / "trials-2020.txt").write_text(text, encoding="utf-8")
    (documents / "manifest.json").write_text(json.dumps([{"id": "trials-2020", "file": "trials-2020.txt"}]), encoding="utf-8")
    path = records / "trials-2020.yaml"
    path.write_text(yaml.safe_dump(record, allow_unicode=True, sort_keys=False, width=1000), encoding="utf-8")
    path.write_text(anchoring.anchor(recordfile.load(path), open_library(documents)), encoding="utf-8")
    return datasets.copy_of(build.Inputs(build.records_of(records), library=open_library(documents)), folder / "dataset")


def opened(folder: Path, trials: tuple[Trial, ...] = TRIALS) -> Catalogue:
    """Return the catalogue of a dataset of ``trials``."""
    return catalogue.open_current(directory(folder, trials))


def _written(trials: tuple[Trial, ...]) -> tuple[str, dict[str, Any]]:
    lines: list[str] = ["An invented report."]
    parts: dict[str, list[dict[str, Any]]] = {key: [] for key in ("studies", "regimens", "groups", "comparisons", "analyses", "results")}
    for trial in trials:
        _add(trial, lines, parts)
    drugs = sorted({drug for trial in trials for drug in trial.drugs})
    parts["regimens"] = [{"id": f"{drug}-regimen", "label": drug, "drug": [drug]} for drug in drugs]
    text = "\n".join(lines) + "\n"
    document = {
        "id": "trials-2020", "sha256": hashlib.sha256(text.encode()).hexdigest(), "characters": str(len(text)), "title": "Invented trials",
        "document_kind": "primary-report", "rights": "CC0-1.0, invented",
    }  # fmt: skip
    return text, {"document": document, "unit_of_analysis": "patients"} | {key: value for key, value in parts.items() if value} | {
        "sealed": "0" * 64
    }


def _add(trial: Trial, lines: list[str], parts: dict[str, list[dict[str, Any]]]) -> None:
    name = trial.name
    study: dict[str, Any] = {
        "id": name, "type": "ClinicalTrial", "label": name.upper(), "acronym": name.upper(), "design": trial.design,
        "condition": [trial.condition], "drug": list(trial.drugs),
    }  # fmt: skip
    if trial.shares:
        study["shares_patients_with"] = list(trial.shares)
    lines.append(f"Trial {name.upper()} was done.")
    parts["studies"].append(study | {"printed": []})
    roles = ("single-arm",) if len(trial.drugs) == 1 else ("intervention-arm", "comparator-arm")
    if trial.design == COHORT:
        roles = ("exposed-cohort", "unexposed-cohort")
    for drug, role in zip(trial.drugs, roles, strict=True):
        group = {"id": f"{name}-{drug}", "label": f"{name.upper()}, {drug}", "study": name, "regimen": f"{drug}-regimen"}
        parts["groups"].append(group | {"group_role": role})
    if len(trial.drugs) == 2:
        sides = {"intervention": f"{name}-{trial.drugs[0]}", "comparator": f"{name}-{trial.drugs[1]}"}
        parts["comparisons"].append({"id": f"{name}-comparison", "label": f"{name.upper()} comparison", "study": name, **sides})
    for number, ratio in enumerate(trial.ratios, 1):
        _ratio(trial, f"{name}-ratio-{number}", ratio, lines, parts)
    if trial.responders:
        _responders(trial, lines, parts)


def _ratio(trial: Trial, key: str, ratio: Ratio, lines: list[str], parts: dict[str, list[dict[str, Any]]]) -> None:
    printed = f"{key}: [{ratio.value}](value)"
    if ratio.level:
        printed += f" ([{ratio.level}](level)% CI, [{ratio.lower}](lower) to [{ratio.upper}](upper))"
    lines.append(_bare(printed) + ".")
    analysis = {"id": f"{key}-analysis", "label": f"{key} analysis", "study": trial.name, "method": "cox-regression"}
    parts["analyses"].append(analysis | {"population": "intention-to-treat"} | ratio.analysis)
    result: dict[str, Any] = {
        "id": key, "variable": ratio.variable, "comparison": f"{trial.name}-comparison", "measure": ratio.measure,
        "analysis": f"{key}-analysis", "not_reported": ["missing-p-value", *([] if ratio.level else ["missing-interval"])],
    }  # fmt: skip
    parts["results"].append(result | {"printed": [{"quote": printed}]})


def _responders(trial: Trial, lines: list[str], parts: dict[str, list[dict[str, Any]]]) -> None:
    key = f"{trial.name}-response"
    analysis = {"id": f"{key}-analysis", "label": f"{key} analysis", "study": trial.name, "population": "intention-to-treat"}
    parts["analyses"].append(analysis)
    quotes = []
    for drug, (count, total) in zip(trial.drugs, trial.responders, strict=True):
        group = f"{trial.name}-{drug}"
        time = f" at [{trial.weeks}]({group}.time) weeks" if trial.weeks else ""
        quotes.append(f"{key} of {drug}: [{count}]({group}.count) of [{total}]({group}.total){time}")
    lines.extend(_bare(quote) + "." for quote in quotes)
    result: dict[str, Any] = {
        "id": key, "variable": "overall-response", "measure": "proportion", "analysis": f"{key}-analysis",
        "not_reported": ["missing-value", "missing-interval"],
    }  # fmt: skip
    if trial.weeks:
        result["time_unit"] = "weeks"
    parts["results"].append(result | {"printed": [{"quote": quote} for quote in quotes]})


def _bare(quote: str) -> str:
    """Return the words of a quote without its marks.

    >>> _bare("of [60](alpha.total) patients")
    'of 60 patients'
    """
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", quote)
