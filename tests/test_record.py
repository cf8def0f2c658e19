"""A record is read in one form only; whatever breaks it is named by file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from mabgraph.ingest import record, recordfile
from mabgraph.ingest.errors import RecordError

EXAMPLE = Path(__file__).parent / "data" / "records" / "example-2020.yaml"
TEXT = EXAMPLE.read_text("utf-8")


def line(part: str) -> int:
    """Return the line of the example on which ``part`` first stands."""
    return TEXT[: TEXT.index(part)].count("\n") + 1


def faults(old: str, new: str) -> list[str]:
    """Return what is said of the example with ``old`` replaced by ``new`` where it first stands."""
    assert old in TEXT
    with pytest.raises(RecordError) as error:
        record.validate(recordfile.parse(TEXT.replace(old, new, 1), Path(EXAMPLE.name)))
    return str(error.value).splitlines()


def test_sound_record_is_read_with_its_file() -> None:
    read, file = record.load(EXAMPLE)
    assert (read.document.id, file.path, file.text) == ("example-2020", EXAMPLE, TEXT)
    assert read.results[0].printed[0].at == 189
    assert read.tables[0].rows[0].quote == "Any response | 30 (50.0) | 9 (30.0) |"


def test_everything_with_a_local_id_is_listed_once_with_its_kind() -> None:
    listed = [(kind, getattr(item, "id", "")) for kind, item in record.load(EXAMPLE)[0].items_with_id()]
    assert listed == [
        ("study", "example"), ("regimen", "examplimab-regimen"), ("dose", "single-dose"), ("group", "examplimab"),
        ("group", "standard-care"), ("comparison", "versus-standard-care"), ("analysis", "survival-analysis"),
        ("estimate", "survival-median"), ("estimate", "survival-hazard-ratio"), ("claim", "small-numbers"), ("estimate", "any-response"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "old", "place"),
    [
        ("sealed:", "sealed", "seeled"),
        ("title:", "title", "document.titel"),
        ("unit: milligrams", "unit", "regimens[0].doses[0].unitt"),
        ("group_role: comparator", "group_role", "groups[1].role"),
        ("at: 189", "at", "results[0].printed[0].att"),
        ("effect_unit", "effect_unit", "tables[0].effectUnit"),
        ('at: 575', "at", "tables[0].rows[0].also[0].start"),
    ],
)  # fmt: skip
def test_unknown_key_is_named_at_any_depth(part: str, old: str, place: str) -> None:
    key = place.rpartition(".")[2]
    expected = f"example-2020.yaml:{line(part)}: {place}: unknown key {key!r}: correct its spelling or take it out"
    assert expected in faults(part, part.replace(old, key, 1))


@pytest.mark.parametrize(
    ("old", "new", "after", "expected"),
    [
        ("  title: An invented report for tests\n", "", "  id: example-2020", "document.title: "),
        ("    label: EXAMPLE\n", "", "  - id: example\n", "studies[0].label: "),
        ("id: any-response", "id: Any response", "id: any-response", "tables[0].rows[0].id: "),
        ("variable: overall-survival", "variable: overall_survival", "variable: overall", "results[0].variable: "),
        ("[survival-hazard-ratio,", "['gene:TP53',", "about:", "claims[0].about[0]: "),
        ("sha256: d", "sha256: D", "sha256:", "document.sha256: "),
        ("type: ClinicalTrial", "type: Trial", "type: Clinical", "studies[0].type: "),
        ("text: The trial was small.", "text: ' '", "text: The", "claims[0].text: "),
        ("drug: [blinatumomab]", "drug: blinatumomab", "drug: [b", "studies[0].drug: "),
        ("label: Standard care,", "label: {a: b},", "label: Standard", "groups[1].label: "),
    ],
)
def test_missing_or_misshapen_value_is_named(old: str, new: str, after: str, expected: str) -> None:
    fault = faults(old, new)[0]
    assert fault.startswith(f"example-2020.yaml:{line(after)}: {expected}")
    assert new != "drug: blinatumomab" or fault.endswith(" (given: 'blinatumomab')")


@pytest.mark.parametrize("at", ["x", "-1", "''", "'+189'", "1.0", "1_000", "'٣'"])
def test_offset_is_a_whole_number_in_plain_digits(at: str) -> None:
    expected = "an offset is a whole number of characters from the start of the document"
    (fault,) = faults("at: 189", f"at: {at}")
    assert fault.startswith(f"example-2020.yaml:{line('at: 189')}: results[0].printed[0].at: ")
    assert expected in fault


def test_id_of_the_document_is_the_name_of_its_file() -> None:
    expected = "example-2020.yaml:2: document.id: the id 'example-2021' must be the file's name 'example-2020'"
    assert faults("id: example-2020", "id: example-2021") == [expected]


def test_all_faults_of_form_are_told_at_once() -> None:
    text = TEXT.replace("type: ClinicalTrial", "type: Trial").replace("at: 189", "at: x").replace("sealed:", "seal:")
    with pytest.raises(RecordError) as error:
        record.validate(recordfile.parse(text, Path(EXAMPLE.name)))
    places = [fault.split(": ")[1] for fault in str(error.value).splitlines()]
    assert {"studies[0].type", "results[0].printed[0].at", "seal"} <= set(places)
