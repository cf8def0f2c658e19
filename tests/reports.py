"""Further reports of studies: invented documents and records of trials that other records report already, and of new ones."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from mabgraph.graph.building import build
from mabgraph.ingest import anchoring, recordfile
from mabgraph.ingest.documents import open_library

MYELOMA: Final = "relapsed-or-refractory-multiple-myeloma"
LEUKAEMIA: Final = "acute-lymphoblastic-leukaemia"


@dataclass(frozen=True)
class Hazard:
    """A hazard ratio with its interval, as printed."""

    value: str = "0.71"
    lower: str = "0.55"
    upper: str = "0.93"


#: As TOWER was reported first.
SAME: Final = Hazard()


@dataclass(frozen=True)
class Report:
    """What an invented document says of one study: a hazard ratio for death, responders of both arms, caveats, and when data were cut off."""

    document: str
    study: str
    label: str
    kind: str = "primary-report"
    reported_by: str = "primary-report"
    design: str = "randomised-controlled-trial"
    condition: str = LEUKAEMIA
    drug: str = "blinatumomab"
    registration: str = ""
    cutoff: str = ""
    follow_up: str = ""
    hazard: Hazard | None = field(default_factory=Hazard)
    responders: tuple[tuple[int, int], ...] = ((60, 120), (30, 118))
    population: str = "intention-to-treat"
    censoring: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def five(study: str, prefix: str, printed: Hazard = SAME, **stated: Any) -> tuple[Report, ...]:
    """Return five second reports of ``study``: another cut-off, an abstract, a news item, a registry record and a review.

    The first has a hazard ratio of its own, the abstract that which is ``printed`` already.
    """
    return (
        Report(f"{prefix}-update-2024", study, "An update", cutoff="January 2023", hazard=Hazard("0.74", "0.60", "0.91"), **stated),
        Report(
            f"{prefix}-abstract-2024",
            study,
            "As in an abstract",
            "conference-abstract",
            design="interventional-trial",
            hazard=printed,
            **stated,
        ),
        Report(f"{prefix}-news", study, "As in the news", "news-item", "citation", hazard=None, **stated),
        Report(
            f"{prefix}-registry", study, "As in a register", "registry-record", registration=f"{prefix.upper()}-0815", hazard=None, **stated
        ),
        Report(f"{prefix}-review-2025", study, "As in a review", "review", "citation", design="single-arm-trial", hazard=None, **stated),
    )


def ten() -> tuple[Report, ...]:
    """Return ten reports, of which seven are of studies that mabgraph's own records report, and one of a trial of the register."""
    return (
        *five("tower", "tower"),
        Report("sirius-final-2018", "sirius", "MMY2002, final analysis", design="single-arm-trial", condition=MYELOMA, drug="daratumumab"),
        Report("pooled-news", "gen501", "GEN501 in the news", "news-item", "citation", condition=MYELOMA, drug="daratumumab", hazard=None),
        Report("aurora-2022", "aurora", "AURORA", registration="NCT09999999", drug="inotuzumab-ozogamicin"),
        Report(
            "aurora-2024",
            "aurora",
            "AURORA, four years",
            drug="inotuzumab-ozogamicin",
            hazard=Hazard("0.68", "0.52", "0.89"),
            cutoff="March 2024",
        ),
        Report("borealis-2023", "borealis", "BOREALIS", condition=MYELOMA, drug="daratumumab", hazard=Hazard("1.10", "0.90", "1.34")),
    )


def write(folder: Path, reports: Iterable[Report]) -> Path:
    """Write documents and sealed records of ``reports`` below ``folder``, and return the folder of the records."""
    documents, records = folder / "documents", folder / "records"
    documents.mkdir(parents=True)
    records.mkdir()
    written = {report.document: _written(report) for report in reports}
    for name, (text, _) in written.items():
        (documents / f"{name}.txt").write_text(text, encoding="utf-8")
    manifest = [{"id": name, "file": f"{name}.txt"} for name in written]
    (documents / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    library = open_library(documents)
    for name, (_, record) in written.items():
        path = records / f"{name}.yaml"
        path.write_text(yaml.safe_dump(record, allow_unicode=True, sort_keys=False, width=1000), encoding="utf-8")
        path.write_text(anchoring.anchor(recordfile.load(path), library), encoding="utf-8")
    return records


def laid_over(folder: Path, reports: Sequence[Report], *under: Path) -> build.Inputs:
    """Return the inputs of a dataset of the records of the folders ``under``, with ``reports`` laid over them."""
    return build.Inputs(build.records_of(*under, write(folder, reports)))


def _written(report: Report) -> tuple[str, dict[str, Any]]:
    """Return the text of a document, and its record, not yet anchored."""
    lines = [f"An invented document about {report.study}.", "Whoever wrote it warns of the short observation.", "It was done in one place."]
    record = _parts(report)
    printed = {"label": report.label, **({"registration": report.registration} if report.registration else {})}
    study = record["studies"][0]
    if report.registration:
        lines.append(f"It has the number {report.registration}.")
        study["printed"] = [{"quote": f"has the number [{printed['registration']}](registration)"}]
    facts = []
    if report.cutoff:
        lines.append(f"Data were cut off in {report.cutoff}.")
        facts.append(f"cut off in [{report.cutoff}](data-cutoff.date)")
    if facts:
        record["facts"] = [{"of": report.study, "printed": [{"quote": quote} for quote in facts]}]
    for result in record["results"]:
        lines += [f"{_bare(each['quote'])}." for each in result["printed"]]
    text = "\n".join(lines) + "\n"
    document = {
        "id": report.document, "sha256": hashlib.sha256(text.encode()).hexdigest(), "characters": str(len(text)),
        "title": f"Invented: {report.label}", "document_kind": report.kind, "rights": "CC0-1.0, invented",
    }  # fmt: skip
    kept = {key: value for key, value in record.items() if value}
    return text, {"document": document, "unit_of_analysis": "patients"} | kept | report.more | {"sealed": "0" * 64}


def _parts(report: Report) -> dict[str, Any]:
    study = {
        "id": report.study, "type": "ClinicalTrial", "label": report.label, "design": report.design, "condition": [report.condition],
        "drug": [report.drug], "reported_by": report.reported_by,
    }  # fmt: skip
    analysis = {"id": "main-analysis", "label": "the main analysis", "method": "cox-regression", "population": report.population}
    return {
        "studies": [study],
        "regimens": [{"id": "new", "label": "the new treatment", "drug": [report.drug]}],
        "groups": [
            {"id": "new-arm", "label": "New", "regimen": "new", "group_role": "intervention-arm"},
            {"id": "old-arm", "label": "Old", "group_role": "comparator-arm"},
        ],
        "comparisons": [{"id": "new-versus-old", "label": "New versus old", "intervention": "new-arm", "comparator": "old-arm"}],
        "analyses": [analysis | ({"censoring": report.censoring} if report.censoring else {})],
        "definitions": [{"id": "survival", "definition": "time to death", "variable": "overall-survival"}],
        "results": list(_results(report)),
        "claims": [
            {
                "id": name, "claim_kind": kind, "about": about, "text": f"The observation was short, says {report.document} of {name}.",
                "printed": [{"quote": "warns of the short observation"}],
            }
            for name, kind, about in (
                ("of-study", "caveat", [report.study]), ("of-analysis", "caveat", ["main-analysis"]),
                ("of-arm", "limitation", ["new-arm"]), ("of-drug", "caveat", [f"drug:{report.drug}", report.study]),
            )
        ],
    }  # fmt: skip


def _results(report: Report) -> Iterable[dict[str, Any]]:
    own = {"analysis": "main-analysis"}
    if hazard := report.hazard:
        quote = f"death [{hazard.value}](value) ([95](level)% CI, [{hazard.lower}](lower) to [{hazard.upper}](upper))"
        yield own | {
            "id": "death", "variable": "overall-survival", "comparison": "new-versus-old", "measure": "hazard-ratio",
            "not_reported": ["missing-p-value"], "printed": [{"quote": quote}],
        }  # fmt: skip
    if report.follow_up:
        yield own | {
            "id": "followed", "variable": "follow-up-time", "group": "new-arm", "measure": "median", "unit": "months",
            "not_reported": ["missing-interval"], "printed": [{"quote": f"followed for [{report.follow_up}](value) months"}],
        }  # fmt: skip
    if report.responders:
        sides = zip(("new-arm", "old-arm"), report.responders, strict=True)
        quotes = [f"responses of {arm}: [{count}]({arm}.count) of [{total}]({arm}.total)" for arm, (count, total) in sides]
        yield own | {
            "id": "responses", "variable": "overall-response", "measure": "proportion",
            "not_reported": ["missing-value", "missing-interval"], "printed": [{"quote": quote} for quote in quotes],
        }  # fmt: skip


def _bare(quote: str) -> str:
    """Return the words of a quote without its marks.

    >>> _bare("of [60](new-arm.total) patients")
    'of 60 patients'
    """
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", quote)
