"""The ledger of registry records: every number of the results is in the graph with its pointer, or has a reason why not.

What is here counts and resolves without the reader of records: JSON Pointers by another library (referencing), numbers by a walk over the JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from referencing import Registry, Resource

from mabgraph.ingest.registry import conversion, ledger, reading
from mabgraph.ingest.registry.conversion import Conversion

from .registryrecords import full, invented, sound_paths
from .test_registry_conversion import by_name, names, of_type

SECTIONS = ("participantFlowModule", "baselineCharacteristicsModule", "outcomeMeasuresModule", "adverseEventsModule")
#: Fields whose whole value is a number, as the registry defines them.
NUMBERS = re.compile(
    r"/(?:value|spread|lowerLimit|upperLimit|paramValue|dispersionValue|pValue|ciPctValue|ciLowerLimit|ciUpperLimit|frequencyThreshold|"
    r"num\w+|\w+Num(?:Affected|AtRisk))$"
)


def convert(content: bytes) -> Conversion:
    return conversion.convert(reading.read(content), names())


def walk(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value of JSON that holds no others, with its pointer."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from walk(inner, f"{at}/{key}")
    else:
        yield at, value


def resolve(content: Any, pointer: str) -> Any:
    """Return what another library of JSON Pointers says stands there."""
    return Resource.opaque(content).pointer(pointer, resolver=Registry[Any]().resolver()).contents


def pointer_of(place: Any) -> str:
    return str(place["id"] if isinstance(place, dict) else place).partition("#")[2]


@pytest.fixture(params=[None, *range(9)], ids=str)
def content(request: pytest.FixtureRequest) -> bytes:
    """Return an invented record with every field, and each of the real ones."""
    if request.param is None:
        return json.dumps(full(), indent=1).encode()
    path: Path = sound_paths()[request.param]
    return path.read_bytes()


def test_every_number_of_the_results_is_a_figure_or_a_member_of_a_row(content: bytes) -> None:
    parsed, converted = json.loads(content), convert(content)
    figures = {pointer_of(node["anchoredAt"]): node for node in of_type(converted, "Figure")}
    for pointer, figure in figures.items():
        assert str(resolve(parsed, pointer)) == figure["printed"]
    rows: dict[str, list[dict[str, Any]]] = {}
    for node in of_type(converted, "ArmResult"):
        if "anchoredAt" in node:
            rows.setdefault(pointer_of(node["anchoredAt"]), []).append(node)
    for place, members in rows.items():
        row = resolve(parsed, place)
        printed = {str(value) for value in row.values()}
        assert {str(node[key]) for node in members for key in ("count", "total", "events", "unitsCount") if key in node} <= printed
    unaccounted = []
    for name in SECTIONS:
        for pointer, value in walk(parsed["resultsSection"].get(name), f"/resultsSection/{name}"):
            if not NUMBERS.search(pointer) or value is None:
                continue
            place, _, key = pointer.rpartition("/")
            if pointer not in figures and str(value) not in {str(node.get(ledger.MEMBERS.get(key, ""))) for node in rows.get(place, ())}:
                unaccounted.append(pointer)
    assert unaccounted == []


def test_the_ledger_counts_every_value_with_a_digit(content: bytes) -> None:
    converted = convert(content)
    parsed = json.loads(content)["resultsSection"]
    with_digits = {
        pointer for name in SECTIONS for pointer, value in walk(parsed.get(name), f"/resultsSection/{name}") if re.search(r"\d", str(value))
    }  # fmt: skip
    assert {entry.pointer for entry in converted.ledger.entries} == with_digits
    assert converted.ledger.count("unaccounted") == 0
    assert sum(converted.ledger.count_reasons().values()) == converted.ledger.count("no evidence")
    (document,) = of_type(converted, "Document")
    counted = [int(document[key]) for key in ("numerals", "anchoredNumerals", "unaccountedNumerals")]
    assert counted == [len(with_digits), converted.ledger.count("figure", "member of a row"), 0]


def test_a_number_in_a_field_that_nobody_reads_is_flagged() -> None:
    record = full()
    record["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][0]["newField"] = {"share": "12.5", "word": "none"}
    converted = convert(json.dumps(record).encode())
    (flag,) = [flag for flag in converted.flags if flag.kind == "unaccounted number"]
    assert flag.pointer == "/resultsSection/outcomeMeasuresModule/outcomeMeasures/0/newField/share"
    assert of_type(converted, "Document")[0]["unaccountedNumerals"] == "1"


def test_numbers_of_a_part_that_is_left_out_are_no_evidence() -> None:
    record = full()
    outcome = record["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][0]
    outcome["analyses"][0]["groupIds"] = ["OG000", "OG009"]
    record["resultsSection"]["adverseEventsModule"]["eventGroups"].append({"id": "EG000", "title": "Again", "deathsNumAffected": 5})
    converted = convert(json.dumps(record).encode())
    assert converted.ledger.count("unaccounted") == 0
    left_out = [entry.pointer for entry in converted.ledger.entries if entry.reason == ledger.LEFT_OUT]
    assert any(pointer.endswith("/analyses/0/ciPctValue") for pointer in left_out)
    assert any(pointer.endswith("/eventGroups/2/deathsNumAffected") for pointer in left_out)
    assert "5" not in {node.get("count") for node in of_type(converted, "ArmResult")}, "the second group of an id is not the first"


def test_a_level_without_limits_is_a_figure_and_no_interval() -> None:
    converted = convert(json.dumps(full()).encode())
    at = "/resultsSection/outcomeMeasuresModule/outcomeMeasures/0/analyses/1/ciPctValue"
    (level,) = [node for node in of_type(converted, "Figure") if pointer_of(node["anchoredAt"]) == at]
    (result,) = [node for node in converted.nodes if level["id"] in node.get("figure", ())]
    assert (level["role"], level["printed"], result["type"]) == ("level", "0", "TestResult")
    assert not {"intervalLevel", "intervalKind"} & result.keys()
    assert [flag.pointer for flag in converted.flags if flag.kind == "level without limits"] == [at]


def test_what_is_not_reported_keeps_the_numbers_beside_it() -> None:
    """Denominators of an outcome without data, limits without a value, participants at risk without a count."""
    record = full()
    outcomes = record["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"]
    for cell in outcomes[0]["classes"][0]["categories"][0]["measurements"]:
        del cell["value"]
    converted = convert(json.dumps(record).encode())
    named = by_name(converted)
    first = named["estimate/nct09990001.outcome-0.0.0.0"]
    assert (first["absence"], first["lower"], first["total"]) == ("not-reported", "1.5", "90")
    without = [node for name, node in named.items() if ".outcome-2.without-data." in name]
    stated = [(node["absence"], node["total"], node["unitsTotal"], node["totalUnit"]) for node in without]
    assert stated == [("not-reported", "99", "190", "Eyes"), ("not-reported", "98", "188", "Eyes")]
    deaths = named["estimate/nct09990001.event-group-1.deaths"]
    assert (deaths["absence"], deaths["total"], deaths.get("count")) == ("not-reported", "96", None)
    event = named["estimate/nct09990001.serious-event-0.1"]
    assert (event["absence"], event["total"]) == ("not-reported", "97")


def test_a_record_without_results_has_an_empty_ledger() -> None:
    converted = convert(json.dumps(invented()).encode())
    assert (converted.ledger.entries, converted.ledger.count_reasons()) == ((), {})
