"""Reading registry records: what is refused, at which pointer, and that the others go on."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.registry import files, pointers, reading, resultstructs, shelf

from .registryrecords import CHANGED, NUMBER, SHARED, invented, shared_paths, write


def content(record: dict[str, Any] | None = None) -> bytes:
    return json.dumps(record or invented()).encode()


def changed(pointer: str, value: Any) -> bytes:
    """Return the invented record with ``value`` at ``pointer``."""
    record = invented()
    above, _, last = pointer.rpartition("/")
    pointers.resolve(record, above)[int(last) if last.isdecimal() else last] = value
    return content(record)


def test_a_record_is_read_with_its_number_digest_and_version() -> None:
    read = reading.read(content(), NUMBER)
    assert (read.number, read.version, len(read.digest)) == (NUMBER, "2020-05-07", 64)
    assert read.study.protocol_section.arms_interventions_module is not None


@pytest.mark.parametrize(
    ("pointer", "value", "words"),
    [
        ("/protocolSection/conditionsModule/conditions", "Myeloma", "is text where array is expected"),
        ("/protocolSection/armsInterventionsModule/armGroups", {"label": "x"}, "is object where array is expected"),
        ("/protocolSection/designModule/enrollmentInfo/count", "200", "is text where whole number"),
        ("/protocolSection/designModule/enrollmentInfo/count", 200.5, "where whole number"),
        ("/protocolSection/designModule/enrollmentInfo/count", 10**30, "Expected `int` <= "),
        ("/protocolSection/designModule/phases/0", "PHASE9", "'PHASE9'"),
        ("/protocolSection/designModule/studyType", "Interventional", "'Interventional'"),
        ("/protocolSection/identificationModule/nctId", "NCT1234", "no number of ClinicalTrials.gov"),
        ("/protocolSection/identificationModule/nctId", "EUCTR2012-000001-23", "no number of ClinicalTrials.gov"),
        ("/protocolSection/identificationModule/nctId", None, "is null where text"),
        ("/protocolSection/identificationModule/briefTitle", " ", "has no briefTitle and no officialTitle"),
        ("/protocolSection/statusModule/overallStatus", "a\0b", "NUL"),
        ("/protocolSection/eligibilityModule/notRead", "a\0b", "NUL"),
    ],
)
def test_a_record_of_another_form_is_refused_at_its_pointer(pointer: str, value: Any, words: str) -> None:
    with pytest.raises(RecordError) as refused:
        reading.read(changed(pointer, value))
    assert words in str(refused.value)
    at = str(refused.value).partition(":")[0]
    assert at in {pointer, pointer.rpartition("/")[0]}


def test_numbers_of_results_that_are_no_texts_are_refused() -> None:
    outcome = {
        "title": "X",
        "groups": [{"id": "OG000"}],
        "classes": [{"categories": [{"measurements": [{"groupId": "OG000", "value": 0.71}]}]}],
    }
    record = invented(results={"outcomeMeasuresModule": {"outcomeMeasures": [outcome]}})
    with pytest.raises(
        RecordError, match="/resultsSection/outcomeMeasuresModule/outcomeMeasures/0/classes/0/categories/0/measurements/0/value"
    ):
        reading.read(content(record))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (b"", "no JSON"),
        (b"<study/>", "no JSON"),
        (b'{"protocolSection": {', "no JSON"),
        (b"[" * 100_000, "nested deeper|no JSON"),
        (content()[:-1] + b', "x": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "nested deeper"),
        (content()[:-1] + b', "a": {"b": 1, "b": 2}}', "/a/b: this name is in its object twice"),
        (content()[:-1] + b', "hasResults": true}', "/hasResults: this name is in its object twice"),
        (content()[:-1] + b', "a": ["\\ud83d"]}', "/a/0: holds half a character"),
        (content()[:-1] + b', "a": NaN}', "no JSON"),
        (content().replace(b"Invented", b"Inv\xffented"), "no JSON in UTF-8"),
        (content(invented() | {"protocolSection": {}}), "/protocolSection: .*identificationModule"),
        (b"{}", "the record: .*protocolSection"),
    ],
)
def test_what_is_no_sound_json_is_refused(written: bytes, words: str) -> None:
    with pytest.raises(RecordError, match=words):
        reading.read(written)


@pytest.mark.parametrize(
    ("posted", "submitted", "version"),
    [("2020-05", "2019-01-01", "2020-05"), ("May 7, 2020", "2020-05-01", "2020-05-01"), ("2020-13-01", None, ""), (None, None, "")],
)
def test_versions_are_dates_that_can_be_ordered(posted: str | None, submitted: str | None, version: str) -> None:
    record = invented()
    record["protocolSection"]["statusModule"] |= {"lastUpdatePostDateStruct": {"date": posted}, "lastUpdateSubmitDate": submitted}
    assert reading.read(content(record)).version == version


def test_a_study_that_has_the_word_studies_in_it_is_a_study(tmp_path: Path) -> None:
    path = write(tmp_path, invented(conditionsModule={"conditions": ["studies"], "studies": []}))
    (unit,) = files.units([path])
    assert reading.read(unit.content, unit.name).number == NUMBER


def test_a_whole_character_beyond_the_basic_plane_is_text() -> None:
    assert reading.read(changed("/protocolSection/statusModule/whyStopped", "\U0001f600")).number == NUMBER


def test_a_file_named_by_another_number_is_refused() -> None:
    with pytest.raises(RecordError, match="named NCT00000009"):
        reading.read(content(), "NCT00000009")


def test_a_record_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reading, "MOST", 100)
    with pytest.raises(RecordError, match="at most 100"):
        reading.read(content())
    monkeypatch.setattr(files, "MOST", 100)
    assert [unit.fault.partition(":")[0] for unit in files.units([write(tmp_path, invented())])] == ["cannot be read"]


def test_the_two_changed_records_are_refused_at_the_right_place_and_the_others_are_read() -> None:
    refused = {}
    for path in shared_paths():
        try:
            assert reading.read(path.read_bytes(), path.stem).number == path.stem
        except RecordError as error:
            refused[path.stem] = str(error).partition(":")[0]
    at = "/protocolSection/identificationModule/secondaryIdInfos"
    assert refused == dict.fromkeys(CHANGED, at)
    for name in refused:
        assert isinstance(pointers.resolve(json.loads((SHARED / f"{name}.json").read_bytes()), at), dict)


def test_every_way_to_hold_records_gives_the_same_bytes(tmp_path: Path) -> None:
    records = [invented(f"NCT0999000{number}") for number in range(1, 4)]
    single = [write(tmp_path, record) for record in records]
    page, listed, lines, archive = (tmp_path / name for name in ("page.json", "list.json", "lines.jsonl", "all.zip"))
    page.write_text(json.dumps({"studies": records, "nextPageToken": "x"}), encoding="utf-8")
    listed.write_text(json.dumps(records), encoding="utf-8")
    lines.write_text("".join(f"{json.dumps(record)}\n\n" for record in records), encoding="utf-8")
    with zipfile.ZipFile(archive, "w") as target:
        for path in single:
            target.write(path, f"NCT0999xxxx/{path.name}")
        target.writestr("README.txt", "no record")
    numbers = ["NCT09990001", "NCT09990002", "NCT09990003"]
    for paths in (single, [page], [listed], [lines], [archive]):
        units = list(files.units(paths))
        assert [reading.read(unit.content, unit.name).number for unit in units] == numbers
        assert not any(unit.fault for unit in units)
    assert [unit.content for unit in files.units([archive])] == [path.read_bytes() for path in single]
    assert len(list(files.units([tmp_path]))) == 15
    assert files.count([tmp_path, archive]) == 11


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("cut.zip", lambda whole: whole[: len(whole) // 2], "no whole zip archive"),
        ("none.zip", lambda whole: b"", "no whole zip archive"),
        ("damaged.zip", lambda whole: whole.replace(b"NOTHINGOFJSON", b"ANOTHERTHINGS"), "cannot be read: "),
        ("empty.jsonl", lambda whole: b"", "is empty"),
        ("empty.json", lambda whole: b'{"studies": []}', "holds no study"),
        ("record.xml", lambda whole: b"<x/>", "is not read"),
    ],
)
def test_a_file_that_cannot_be_opened_is_named_and_the_others_go_on(
    name: str, make: Callable[[bytes], bytes], words: str, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("NCT09990001.json", "NOTHINGOFJSON")
    path = tmp_path / name
    path.write_bytes(make(whole.read_bytes()))
    good = write(tmp_path, invented())
    bad, after = files.units([path, good])
    assert words in bad.fault
    assert name in bad.place
    assert after.content == good.read_bytes()


def test_the_older_xml_of_the_registry_is_named_with_its_remedy(tmp_path: Path) -> None:
    legacy = b'<?xml version="1.0"?>\n<clinical_study rank="1"/>'
    (tmp_path / "NCT09990002.xml").write_bytes(legacy)
    (tmp_path / "article.xml").write_bytes(b"<article/>")
    good = write(tmp_path, invented())
    read, named = files.units([tmp_path])
    assert (read.content, Path(named.place).name) == (good.read_bytes(), "NCT09990002.xml")
    assert "api/v2/studies/NCT09990002" in named.fault
    with zipfile.ZipFile(tmp_path / "AllPublicXML.zip", "w") as archive:
        archive.writestr("NCT0999xxxx/NCT09990002.xml", legacy)
    (unit,) = files.units([tmp_path / "AllPublicXML.zip"])
    assert "fetch the study as JSON" in unit.fault
    assert ["fetch the study as JSON" in unit.fault for unit in files.units([tmp_path / "NCT09990002.xml"])] == [True]


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("NCT09990001.json", b" " * (4 << 20))
    (unit,) = files.units([tmp_path / "bomb.zip"])
    assert "is not opened" in unit.fault


def test_members_that_lead_out_of_the_archive_write_nothing(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "up.zip", "w") as archive:
        archive.writestr("../../NCT09990001.json", content())
    (unit,) = files.units([tmp_path / "up.zip"])
    assert reading.read(unit.content, unit.name).number == NUMBER
    assert [path.name for path in tmp_path.iterdir()] == ["up.zip"]


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    (unit,) = files.units([tmp_path])
    assert "holds no registry record" in unit.fault


@pytest.mark.parametrize(
    ("pointer", "words"),
    [
        ("protocolSection", "begin it with a slash"),
        ("/a/2", "has 2 items"),
        ("/a/01", "2 items"),
        ("/b", "has a"),
        ("/a/0/x", "is a value"),
    ],
)
def test_a_pointer_to_nothing_says_what_is_there(pointer: str, words: str) -> None:
    with pytest.raises(RecordError, match=words):
        pointers.resolve({"a": [1, 2]}, pointer)


def test_the_path_of_the_typed_reader_becomes_a_pointer() -> None:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode(changed("/protocolSection/outcomesModule/primaryOutcomes/0/measure", 5), type=resultstructs.RegistryStudy)
    assert pointers.of_path(str(error.value)) == "/protocolSection/outcomesModule/primaryOutcomes/0/measure"


def test_what_is_no_file_is_named_and_nothing_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.json").mkdir()
    by_name = {Path(each.place).name: each.fault for each in files.units([tmp_path])}
    assert by_name.keys() == {"pipe.json", "gone.json"}
    assert "no file" in by_name["pipe.json"]
    assert all(by_name.values())


def test_half_a_character_in_a_name_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    write(tmp_path, invented())
    half = json.dumps(invented("NCT09990002") | {"\udc00 \x1b[2J": 1})
    (tmp_path / "NCT09990002.json").write_text(half, encoding="ascii")
    tally = shelf.Shelf(tmp_path / "shelf").add(files.units([tmp_path / "NCT09990002.json", tmp_path / f"{NUMBER}.json"]))
    ((_, fault),) = tally.refused
    assert tally.added == 1
    assert fault.startswith("/\\udc00 \\x1b[2J:")


def test_an_archive_in_an_archive_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.writestr("inner.zip", b"PK")
        archive.writestr(f"{NUMBER}.json", json.dumps(invented()))
    faults = {each.place.partition("!")[2]: bool(each.fault) for each in files.units([tmp_path / "outer.zip"])}
    assert faults == {"inner.zip": True, f"{NUMBER}.json": False}
