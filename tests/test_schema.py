"""An editor is told the truth: the written JSON Schema is what the record types give, and it fits every record.

A record is seen in two ways: mabgraph reads each scalar as text, an editor reads ``at: 189`` as a number. The schema holds
for both, and refuses what the types refuse by form: a key that is not there, a value of another kind, a word not listed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from mabgraph.graph.store import vocabulary
from mabgraph.ingest import accounts, record, recordfile, schema
from mabgraph.ingest import parts as parts_of_records
from mabgraph.ingest.drafting import proposals

WRITTEN = vocabulary.RECORDS / "schema.json"
EXAMPLE = Path(__file__).parent / "data" / "records" / "example-2020.yaml"
RECORDS = sorted(vocabulary.RECORDS.glob("*.yaml"))
LINE = "# yaml-language-server: $schema=schema.json"


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(schema.schema())


@cache
def as_an_editor_reads(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def faults(data: Any) -> list[str]:
    """Return the place, the keyword and the value of each rule of the schema that ``data`` breaks; of keys that are needed, those left out."""
    broken = []
    for fault in validator().iter_errors(data):
        value = fault.validator_value
        if fault.validator == "required":
            value = [key for key in value if key not in fault.instance]
        broken.append(f"{fault.json_path}: {fault.validator} {value}")
    return broken


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema of a part of a record: a mapping whose keys are known."""
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            yield node
        for inner in node.values():
            yield from objects(inner)


def test_the_written_schema_is_what_the_types_give() -> None:
    remedy = "write it again: python -m mabgraph.ingest.schema > ingest/records/schema.json"
    assert WRITTEN.read_text("utf-8") == schema.text(), remedy


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(schema.schema())


def test_each_part_says_what_it_is_and_allows_no_other_key() -> None:
    parts = list(objects(schema.schema()))
    assert {part["title"] for part in parts} >= {"Record", "Study", "Row", "Table", "TableRow", "Claim", "NotEvidence"}
    for part in parts:
        modules = (record, parts_of_records, accounts, proposals)
        kind = next(vars(module)[part["title"]] for module in modules if part["title"] in vars(module))
        expected = " ".join(str(kind.__doc__).split())
        assert (" ".join(part["description"].split()), part["additionalProperties"]) == (expected, False)


def test_every_scalar_is_text_or_a_whole_number_and_none_is_null() -> None:
    kinds = set()
    for part in objects(schema.schema()):
        for inner in part["properties"].values():
            scalar = inner.get("items") or inner.get("additionalProperties") or inner
            kinds.add("a part" if {"$ref", "then"} & scalar.keys() else str(scalar["type"]))
    assert kinds == {"a part", "string", "['integer', 'string']"}


@pytest.mark.parametrize("path", [*RECORDS, EXAMPLE], ids=lambda path: path.stem)
def test_every_record_fits(path: Path) -> None:
    assert faults(as_an_editor_reads(path)) == []
    assert faults(recordfile.load(path).data) == []


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_every_record_names_the_schema(path: Path) -> None:
    assert path.read_text("utf-8").partition("\n")[0] == LINE, f"begin {path.name} with the line: {LINE}"


@pytest.mark.parametrize(
    ("place", "key", "value", "expected"),
    [
        ((), "result", [], "$: additionalProperties False"),
        (("document",), "titel", "A", "$.document: additionalProperties False"),
        (("results", 0), "groups", "a", "$.results[0]: additionalProperties False"),
        (("results", 0), "unit", None, "$.results[0].unit: type string"),
        (("results", 0, "printed", 0), "att", 1, "$.results[0].printed[0]: additionalProperties False"),
        (("results", 0, "printed", 0), "at", -1, "$.results[0].printed[0].at: minimum 0"),
        (("results", 0, "printed", 0), "at", "1.5", "$.results[0].printed[0].at: pattern ^[0-9]+$"),
        (("results", 0, "printed", 0), "at", 1.5, "$.results[0].printed[0].at: type ['integer', 'string']"),
        (("results", 0), "variable", "overall survival", None),
        (("results", 0), "printed", [], None),
        (("studies", 0), "type", "Trial", None),
        (("claims", 0), "claim_kind", "opinion", None),
    ],
)
def test_slips_are_refused(place: tuple[str | int, ...], key: str, value: object, expected: str | None) -> None:
    data = copy.deepcopy(as_an_editor_reads(EXAMPLE))
    part = data
    for step in place:
        part = part[step]
    part[key] = value
    messages = faults(data)
    assert len(messages) == 1
    assert expected in {None, messages[0]}


def test_a_key_left_out_is_refused_where_it_is_needed() -> None:
    data = copy.deepcopy(as_an_editor_reads(EXAMPLE))
    del data["claims"][0]["printed"], data["document"]["rights"]
    assert faults(data) == ["$.document: required ['rights']", "$.claims[0]: required ['printed']"]


def test_an_editor_knows_short_rows() -> None:
    row = {"group": "arm-a", "endpoint": "overall-survival", "quote": "was 7.7 months", "at": 3}
    data = as_an_editor_reads(EXAMPLE)
    assert faults(data | {"results": [row]}) == []
    assert faults(data | {"results": [row | {"mesure": "median"}]})
