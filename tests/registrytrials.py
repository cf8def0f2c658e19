"""Invented registry records with every way to compare groups: with a direction, without one, of three groups, and a test alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from mabgraph.ingest.registry import files
from mabgraph.ingest.registry.shelf import Shelf

from .registryrecords import NUMBER, invented, write

#: A record whose number the invented paper states, one of its own, and one that is planned and has no results.
PAPER: Final = "NCT00000000"
PLANNED: Final = "NCT09990003"
TITLES: Final = ("Daratumumab", "Control", "Elotuzumab")


def groups(prefix: str, count: int) -> list[dict[str, str]]:
    """Return the first ``count`` groups of a table."""
    return [{"id": f"{prefix}00{number}", "title": title} for number, title in enumerate(TITLES[:count])]


def outcome(title: str, values: list[str], analyses: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return an outcome with a value for each group, and its analyses."""
    ids = [f"OG00{number}" for number in range(len(values))]
    return {
        "type": "PRIMARY", "title": title, "paramType": "MEDIAN", "unitOfMeasure": "months", "groups": groups("OG", len(values)),
        "denoms": [{"units": "Participants", "counts": [{"groupId": each, "value": "100"} for each in ids]}],
        "classes": [{"categories": [{"measurements": [{"groupId": each, "value": value} for each, value in zip(ids, values, strict=True)]}]}],
        "analyses": [{"groupIds": ids, **analysis} for analysis in analyses], **more,
    }  # fmt: skip


def analysis(value: str, low: str, high: str, **more: Any) -> dict[str, Any]:
    """Return an analysis with a hazard ratio, its interval and a P value."""
    return {
        "paramType": "Hazard Ratio (HR)", "paramValue": value, "ciPctValue": "95", "ciLowerLimit": low, "ciUpperLimit": high,
        "statisticalMethod": "Log Rank", "pValue": "<0.05", **more,
    }  # fmt: skip


def adverse() -> dict[str, Any]:
    """Return adverse events: totals of two groups, and three rows of two tables."""
    totals = [
        {
            **group, "deathsNumAffected": 11 + number, "deathsNumAtRisk": 99, "seriousNumAffected": 23, "seriousNumAtRisk": 99,
            "otherNumAffected": 71, "otherNumAtRisk": 99,
        }
        for number, group in enumerate(groups("EG", 2))
    ]  # fmt: skip
    stats = [
        {"groupId": "EG000", "numEvents": 17, "numAffected": 13, "numAtRisk": 98},
        {"groupId": "EG001", "numEvents": 19, "numAffected": 14, "numAtRisk": 97},
    ]
    return {
        "eventGroups": totals, "seriousEvents": [{"term": "Rash", "stats": stats[:1]}],
        "otherEvents": [{"term": "Invented ache", "stats": stats}],
    }  # fmt: skip


def flow() -> dict[str, Any]:
    """Return a participant flow of one period."""
    reached = [[("STARTED", "102"), ("COMPLETED", "88")], [("STARTED", "101"), ("COMPLETED", "80")]]
    milestones = [
        {"type": kind, "achievements": [{"groupId": f"FG00{group}", "numSubjects": reached[group][place][1]} for group in range(2)]}
        for place, kind in enumerate(("STARTED", "COMPLETED"))
    ]
    return {"groups": groups("FG", 2), "periods": [{"title": "Overall Study", "milestones": milestones}]}


def results() -> dict[str, Any]:
    """Return results with four kinds of comparison, adverse events and flow."""
    outcomes = [
        outcome("Overall Survival", ["20.1", "15.2"], [analysis("0.70", "0.5", "0.98", estimateComment="Daratumumab versus Control")]),
        outcome("Progression-Free Survival", ["5.3", "5.2"], [analysis("0.83", "0.61", "1.12", groupDescription="Two sided")],
                timeFrame="Up to 2 years"),
        outcome("Invented Score", ["3", "2", "4"], [analysis("0.93", "0.72", "1.21")]),
        outcome("Invented Quality", ["31", "27"], [{"pValue": "0.37", "statisticalMethod": "t-test, 2 sided"}]),
    ]  # fmt: skip
    return {
        "outcomeMeasuresModule": {"outcomeMeasures": outcomes}, "adverseEventsModule": adverse(), "participantFlowModule": flow(),
    }  # fmt: skip


def record(number: str = NUMBER, **changes: Any) -> dict[str, Any]:
    """Return a record with results."""
    return invented(number, results=results(), **changes)


def fill(folder: Path, *numbers: str, planned: str = PLANNED) -> Path:
    """Return the folder of registry records in ``folder``: with results those with ``numbers``, and a ``planned`` one without."""
    source = folder / "source"
    source.mkdir()
    paths = [write(source, record(number)) for number in numbers]
    paths.append(write(source, invented(planned)))
    Shelf(folder / "registry").add(files.units(paths))
    return folder / "registry"
