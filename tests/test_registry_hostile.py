"""Bad input among registry records: each kind is named and counted, the others go on, and nothing is lost; markup stays text, order means nothing."""

from __future__ import annotations

import hashlib
import json
import random
import re
import zipfile
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from mabgraph.graph.building import quads
from mabgraph.graph.building.reader import RegistryTask, SourceReader
from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.registry import files, pointers, writer
from mabgraph.ingest.registry.conversion import Conversion
from mabgraph.ingest.registry.shelf import Shelf

from .registryrecords import NUMBER, full, invented, write
from .test_registry_conversion import HAZARD, analysis, by_name, convert, names, of_type, outcome, results, shapes
from .test_registry_ledger import pointer_of, walk

MARKUP = '<script>alert("x")</script> **bold** & \\[IGA=3\\] {{7*7}} ${x} <!-- --> </textarea> \' " `a` &lt; \u202e \U0001f600'


def changed(number: str, pointer: str, value: Any) -> bytes:
    record = invented(number)
    above, _, last = pointer.rpartition("/")
    pointers.resolve(record, above)[last] = value
    return json.dumps(record).encode()


def hostile(folder: Path) -> dict[str, str]:
    """Write a file of each bad kind, and return a part of what is to be said of each, by the name of its file."""
    whole = json.dumps(invented("NCT09990003")).encode()
    with zipfile.ZipFile(folder / "whole.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("NCT09990003.json", whole)
    cut = (folder / "whole.zip").read_bytes()
    (folder / "whole.zip").unlink()
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("NCT09990003.json", b" " * (4 << 20))
    with (folder / "huge.json").open("wb") as file:
        file.truncate(1 << 30)  # a hole: no gigabyte is written, and none may be read
    contents = {
        "cut.zip": (cut[: len(cut) // 2], "no whole zip archive"),
        "cut.json": (whole[: len(whole) // 2], "no JSON"),
        "twice.json": (whole[:-1] + b', "hasResults": true}', "in its object twice"),
        "half.json": (whole[:-1] + b', "a": ["\\ud83d"]}', "half a character"),
        "nul.json": (whole[:-1] + b', "a": "\\u0000"}', "NUL"),
        "number.json": (changed("NCT09990003", "/protocolSection/conditionsModule/conditions", [5]), "is whole number where text"),
        "scalar.json": (changed("NCT09990003", "/protocolSection/conditionsModule/conditions", "X"), "is text where array"),
        "enumeration.json": (changed("NCT09990003", "/protocolSection/designModule/studyType", "Trial"), "'Trial'"),
        "foreign.json": (changed("EUCTR2012-000001", "/protocolSection/statusModule/x", 1), "no number of ClinicalTrials.gov"),
        "NCT09990004.json": (whole, "its file is named NCT09990004"),
        "deep.json": (b"[" * 100_000, "no JSON"),
        "other.json": (b'{"title": "no record"}', "protocolSection"),
    }
    for name, (content, _) in contents.items():
        (folder / name).write_bytes(content)
    return {name: words for name, (_, words) in contents.items()} | {"bomb.zip": "is not opened", "huge.json": "is larger than"}


def test_each_bad_kind_is_named_and_counted_and_the_others_go_on(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    expected = hostile(source)
    good = [write(source, invented(number)) for number in (NUMBER, "NCT09990002")]
    shelf = Shelf(tmp_path / "registry")
    tally = shelf.add(files.units([source]))
    assert (tally.added, len(tally.refused)) == (2, len(expected))
    refused = {Path(place.partition("!")[0].partition(" ")[0]).name: fault for place, fault in shelf.list_refusals()}
    assert refused.keys() == expected.keys()
    assert {name: words for name, words in expected.items() if words not in refused[name]} == {}
    assert [shelf.path(path.stem).read_bytes() for path in good] == [path.read_bytes() for path in good]
    again = shelf.add(files.units([source]))
    assert (again.unchanged, len(again.refused), len(shelf.list_refusals())) == (2, len(expected), len(expected))


#: Texts in which the registry has one of a few words, a number, or a name that stands elsewhere in the record.
FIXED = re.compile(
    r"(?i)/(?:nctId|nctIdAliases|pmid|date|type|versionHolder|filename|minimumAge|maximumAge|overallStatus|studyType|phases|allocation|"
    r"interventionModel|masking|label|interventionNames|armGroupLabels|groupIds?|id|reportingStatus|anticipatedPostingDate|paramType|"
    r"dispersionType|nonInferiorityType|ciNumSides|units|denomUnitsSelected|typeUnitsAnalyzed|unitOfMeasure|assessmentType|sex|typeAbbrev|class)"
    r"(?:/\d+)?$"
)


def test_markup_in_every_text_field_stays_text_and_changes_no_number() -> None:
    record = full()
    before = convert(record)
    marked = 0
    for pointer, value in [*walk(record)]:
        if isinstance(value, str) and re.search("[A-Za-z]", value) and not FIXED.search(pointer) and "/value" not in pointer:
            if re.fullmatch(r"[<>=]?[\d.]+|NA", value):
                continue
            above, _, last = pointer.rpartition("/")
            holder = pointers.resolve(record, above)
            holder[int(last) if isinstance(holder, list) else last] = f"{value} {MARKUP}"
            marked += 1
    after = convert(record)
    assert marked > 60
    lines = quads.of_registry(after.nodes, NUMBER.lower())
    assert shapes().violations(lines) == []
    assert sum(MARKUP in str(value) for node in after.nodes for value in node.values()) > 60
    assert printed(before) == printed(after)
    assert after.ledger.count("unaccounted") == 0


def printed(converted: Conversion) -> list[tuple[str, str, str]]:
    """Return what the figures print, by pointer; time frames and levels are texts, and markup makes them words."""
    return sorted(
        (pointer_of(node["anchoredAt"]), str(node["role"]), str(node["printed"]))
        for node in of_type(converted, "Figure") if node["role"] != "time"
    )  # fmt: skip


def comparing(converted: Conversion) -> list[tuple[Any, ...]]:
    """Return the estimates with their direction and the values of the groups, by the labels of groups."""
    named = by_name(converted)
    rows: list[tuple[Any, ...]] = []
    for node in of_type(converted, "EffectEstimate", "UndirectedResult", "ArmResult"):
        if "comparison" in node:
            comparison = named[str(node["comparison"])]
            of = [named[str(comparison[side])]["label"] for side in ("intervention", "comparator")]
        elif "groupSet" in node:
            of = sorted(str(named[name]["label"]) for name in named[str(node["groupSet"])]["member"])
        else:
            of = [named[str(node["group"])]["label"]]
        rows.append((node["type"], tuple(of), *(str(node.get(key)) for key in ("value", "lower", "upper", "count", "total", "pValue"))))
    return sorted(rows)


@pytest.mark.parametrize(
    "fields",
    [
        {"estimateComment": "Control versus Daratumumab"}, {"estimateComment": "Third versus Daratumumab"}, {},
        {"paramType": "Risk Difference (RD)", "paramValue": "-10", "ciLowerLimit": "-15", "ciUpperLimit": "-5"},
    ],
)  # fmt: skip
def test_the_order_of_groups_changes_no_estimate_and_no_direction(fields: dict[str, str]) -> None:
    """Groups, their ids, measurements, denominators and the groups of analyses in any order."""
    pairs = [("Daratumumab", "60"), ("Control", "50"), ("Third", "47")]
    seen = set()
    shuffle = random.Random(20)
    for order in permutations(pairs):
        table = outcome("Overall Survival", [])
        ids = {title: f"OG00{index}" for index, (title, _) in enumerate(order)}
        table["groups"] = [{"id": ids[title], "title": title} for title, _ in order]
        cells = [{"groupId": ids[title], "value": value} for title, value in pairs]
        counts = [{"groupId": ids[title], "value": str(90 + len(title))} for title, _ in pairs]
        compared = [[ids["Daratumumab"], ids["Control"]], [ids["Third"], ids["Daratumumab"]], list(ids.values())]
        for listed in (table["groups"], cells, counts, *compared):
            shuffle.shuffle(listed)
        table["classes"], table["denoms"] = [{"categories": [{"measurements": cells}]}], [{"units": "Participants", "counts": counts}]
        table["analyses"] = [analysis(**HAZARD | fields) | {"groupIds": each} for each in compared]
        seen.add(tuple(comparing(convert(results(table)))))
    assert len(seen) == 1
    assert len(next(iter(seen))) == 6


def many_rows(title: str, number: int) -> dict[str, Any]:
    """Return a record of an outcome with so many rows; the label of each result has the title of the outcome."""
    table = outcome(title, [])
    cells = [{"measurements": [{"groupId": "OG000", "value": "1"}]}]
    table["classes"] = [{"title": f"Week {index}", "categories": cells} for index in range(number)]
    return results(table)


@pytest.mark.parametrize(("title", "number", "bound"), [("Pain", 200, "MOST_NODES"), ("Pain" * 200, 20, "MOST_CHARACTERS")])
def test_a_record_that_becomes_too_much_is_left_out(
    title: str, number: int, bound: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A title is repeated in each result: a record of 3 MB may become a dataset of gigabytes."""
    record = many_rows(title, number)
    stated = convert(record).nodes
    lengths = {"MOST_NODES": len(stated), "MOST_CHARACTERS": sum(map(writer._count_characters, stated))}
    monkeypatch.setattr(writer, bound, lengths[bound] + 100)
    assert len(convert(record).nodes) == len(stated)
    monkeypatch.setattr(writer, bound, lengths[bound] // 2)
    with pytest.raises(RecordError, match=str(lengths[bound] // 2)):
        convert(record)
    path, reader = write(tmp_path, record), SourceReader(())
    reader.__dict__["names"] = names()
    became = reader.registry_part(RegistryTask(path, hashlib.sha256(path.read_bytes()).hexdigest(), "", ""))
    assert "read this study at its registry" in str(became), "one record ends no build"


def test_the_bounds_are_far_above_what_records_have() -> None:
    stated = convert(full()).nodes
    assert 500 * len(stated) < writer.MOST_NODES
    assert 500 * sum(map(writer._count_characters, stated)) < writer.MOST_CHARACTERS


@pytest.mark.parametrize("printed", ["9" * 400, "-" + "9" * 400, f"0.{'0' * 400}1", f"<0.{'0' * 200}1", "1" * 151])
@pytest.mark.parametrize("field", ["paramValue", "ciLowerLimit", "ciUpperLimit"])
def test_a_number_beyond_measurement_is_kept_as_printed_and_has_no_number(field: str, printed: str) -> None:
    """Arithmetic over it would end in infinity or the logarithm of 0, and the build with it."""
    values = [{"value": printed}, {"value": "50"}]
    converted = convert(results(outcome("Overall Survival", values, [analysis(**HAZARD | {field: printed})])))
    figures = [node for node in of_type(converted, "Figure") if node["printed"] == printed]
    assert [(node.get("number"), node["absence"]) for node in figures] == [(None, "unreadable")] * 2
    assert {flag.kind for flag in converted.flags if printed[:50] in flag.text} == {"unreadable number"}


@pytest.mark.parametrize("printed", ["1" * 149, f"<0.{'0' * 140}1", "0"])
def test_numbers_of_any_measurement_are_read(printed: str) -> None:
    converted = convert(results(outcome("Overall Survival", [{"value": printed}])))
    assert ["number" in node for node in of_type(converted, "Figure") if node["printed"] == printed] == [True]


@pytest.mark.parametrize("printed", ["5%", "\u0661\u0662", "9" * 400, "4.5", "<5"])
@pytest.mark.parametrize("field", ["numSubjects", "numUnits"])
def test_what_is_no_whole_number_of_participants_is_no_count_of_the_flow(field: str, printed: str) -> None:
    """A percentage is no count, and digits that only some readers know are none."""
    cell = {"groupId": "FG000", "numSubjects": "7", "numUnits": "14"} | {field: printed}
    flow = {
        "groups": [{"id": "FG000", "title": "Daratumumab"}], "typeUnitsAnalyzed": "Eyes",
        "periods": [{"title": "All", "milestones": [{"type": "STARTED", "achievements": [cell]}]}],
    }  # fmt: skip
    (result,) = of_type(convert(results(participantFlowModule=flow)), "ArmResult")
    left = {"numSubjects": (None, "14"), "numUnits": ("7", None)}
    assert (result.get("count"), result.get("unitsCount")) == left[field]
