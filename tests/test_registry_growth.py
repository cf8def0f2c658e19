"""Reading a registry record takes time by its size, whatever there is much of: 10,000 groups are a record, and no way to stop a build.

Calls are counted, not seconds: twice as much of anything takes about twice as many.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from mabgraph.graph.building import part, quads
from mabgraph.ingest.registry import conversion, reading

from .registryrecords import invented
from .test_registry_conversion import analysis, names, outcome, results

DIFFERENCE = {"paramType": "Mean Difference (Net)", "paramValue": "1", "estimateComment": "Daratumumab vs Control"}


def groups(number: int) -> dict[str, Any]:
    table = outcome("Many", [])
    ids = [f"G{index}" for index in range(number)]
    table["groups"] = [{"id": name, "title": f"Group {name} (FAS)", "description": f"Words of {name}"} for name in ids]
    table["denoms"][0]["counts"] = [{"groupId": name, "value": "9"} for name in ids]
    table["classes"][0]["categories"][0]["measurements"] = [{"groupId": name, "value": "1"} for name in ids]
    table["analyses"] = [analysis(pValue="0.5") | {"groupIds": ids}]
    return results(table)


def arms(number: int) -> dict[str, Any]:
    module = {
        "armGroups": [{"label": f"Arm {index}", "interventionNames": [f"Drug: D{index}"]} for index in range(number)],
        "interventions": [{"type": "DRUG", "name": f"D{index}", "armGroupLabels": [f"Arm {index}"]} for index in range(number)],
    }
    return invented(armsInterventionsModule=module)


def outcomes(number: int) -> dict[str, Any]:
    tables = [outcome(f"Outcome {index}", [{"value": "1"}, {"value": "2"}], [analysis(**DIFFERENCE)]) for index in range(number)]
    for index, table in enumerate(tables):
        table["groups"][0]["description"] = f"Words of {index}"
    return results(*tables)


def classes(number: int) -> dict[str, Any]:
    table = outcome("Many", [])
    cell = {"groupId": "OG000", "value": "1"}
    table["classes"] = [{"title": f"Week {index}", "categories": [{"measurements": [cell]}]} for index in range(number)]
    return results(table)


def unknown_groups(number: int) -> dict[str, Any]:
    table = outcome("Many", [{"value": "1"}])
    table["classes"][0]["categories"][0]["measurements"] = [{"groupId": f"X{index}", "value": "1"} for index in range(number)]
    return results(table)


def flow(number: int) -> dict[str, Any]:
    ids = [f"F{index}" for index in range(number)]
    cells = [{"groupId": name, "numSubjects": "1"} for name in ids]
    periods = [{"title": "Period", "milestones": [{"type": "STARTED", "achievements": cells}]}]
    return results(participantFlowModule={"groups": [{"id": name, "title": f"Group {name}"} for name in ids], "periods": periods})


def events(number: int) -> dict[str, Any]:
    ids = [f"E{index}" for index in range(number)]
    stats = [{"groupId": name, "numAffected": 1, "numAtRisk": 2} for name in ids]
    listed = [{"id": name, "title": f"Group {name}", "seriousNumAffected": 1} for name in ids]
    return results(adverseEventsModule={"eventGroups": listed, "seriousEvents": [{"term": "Rash", "stats": stats}]})


def count_calls(record: dict[str, Any]) -> int:
    """Return how many functions are called, and generators continued, while a record is read."""
    content, calls = json.dumps(record).encode(), 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    read = reading.read(content)
    sys.setprofile(count)
    try:
        conversion.convert(read, names())
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("make", [groups, arms, outcomes, classes, unknown_groups, flow, events])
def test_twice_as_much_takes_twice_as_many_calls(make: Callable[[int], dict[str, Any]]) -> None:
    few, many = count_calls(make(60)), count_calls(make(120))
    assert many < 2.2 * few


def test_a_part_is_in_memory_once() -> None:
    """Nearly all of a part are its lines: while it is written they stand in memory once, with their room to grow, beside the rest."""
    nodes = conversion.convert(reading.read(json.dumps(classes(400)).encode()), names()).nodes
    own = quads.of_registry(nodes, "nct09990001")
    part.of([("nct09990001", own)])  # what is remembered of terms is there
    tracemalloc.start()
    try:
        whole = part.of([("nct09990001", own)])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2.9 * len(whole.lines)
