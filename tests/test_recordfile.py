"""A record file is plain YAML whose scalars stay text; whatever else it is, one RecordError names the file and the line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mabgraph.ingest import recordfile
from mabgraph.ingest.errors import RecordError

PATH = Path("x.yaml")


def test_scalars_keep_their_printed_form() -> None:
    file = recordfile.parse("a: 0.70\nb: [no, 2016-01-04, 1_000, ~, 1e3]\nc: {d: '0.5'}\ne:\n", PATH)
    assert file.data == {"a": "0.70", "b": ["no", "2016-01-04", "1_000", "~", "1e3"], "c": {"d": "0.5"}, "e": ""}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "x.yaml:3: the key 'a' is written twice: keep one"),
        ("a:\n  - b: 1\n    b: 1\n", "x.yaml:3: the key 'b' is written twice: keep one"),
        ("a: 1\nb: {c: 1, c: 2}\n", "x.yaml:2: the key 'c' is written twice: keep one"),
        ("a: 1\nb: &one 1\n", "x.yaml:2: YAML anchors and aliases are not read: write the value out"),
        ("a: 1\nb: *one\n", "x.yaml:2: YAML anchors and aliases are not read: write the value out"),
        ("a: &all [x]\nb: [*all, *all]\n", "x.yaml:1: YAML anchors and aliases are not read: write the value out"),
        ("a: 1\nb: !!int 3\n", "x.yaml:2: YAML tags are not read: write the value alone"),
        ("a: !!python/name:os.system x\n", "x.yaml:1: YAML tags are not read: write the value alone"),
        ("- a\n", "x.yaml:1: a record is a mapping with the key 'document'"),
        ("0.71\n", "x.yaml:1: a record is a mapping with the key 'document'"),
        ("# nothing\n", "x.yaml:1: a record is a mapping with the key 'document'"),
        ("", "x.yaml:1: a record is a mapping with the key 'document'"),
        ("a: 1\n? [b]\n: 1\n", "x.yaml:2: a key is one word, not a list or mapping"),
        ("a: 1\nb: [1\nc: 2\n", "x.yaml:3: not readable as YAML: "),
        ("a: 1\n  b: 2\n", "x.yaml:2: not readable as YAML: "),
        ("a: 1\n---\nb: 2\n", "x.yaml:2: not readable as YAML: "),
        ('a: 1\nb: "\\ud800"\n', "x.yaml:2: not readable as YAML: "),
        ("a: \x00", "x.yaml:1: U+0000 CONTROL CHARACTER is not seen where it is read"),
        ("\ufeffa: 1\n", "x.yaml:1: begins with a byte order mark: save it as UTF-8 without one"),
        ("[" * 33, "x.yaml:1: nested too deeply to be a record"),
        ("a: 1\nb: " + "[" * 32 + "]" * 32, "x.yaml:2: nested too deeply to be a record"),
        ("a: 1\nb: " + "{c: " * 900 + "}" * 900, "x.yaml:2: nested too deeply to be a record"),
        ("a: 1\nb:\n  " + "- " * 100_000, "x.yaml:3: nested too deeply to be a record"),
    ],
    ids=lambda value: str(value)[:40].encode("unicode_escape").decode(),
)
def test_file_that_is_not_plain_is_refused_by_file_and_line(text: str, message: str) -> None:
    with pytest.raises(RecordError) as error:
        recordfile.parse(text, PATH)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(("text", "place"), [("[" * 100_000, "x.yaml:1"), ("a: 1\nb: " + "[" * 100_000 + "]" * 100_000, "x.yaml:2")])
def test_nesting_that_the_reader_of_yaml_may_refuse_first_is_refused_by_file_and_line(text: str, place: str) -> None:
    with pytest.raises(RecordError, match=f"^{place}: (nested too deeply to be a record|not readable as YAML): "):
        recordfile.parse(text, PATH)


@pytest.mark.parametrize(
    "content",
    [b"a: 1\nb: 0\xb771\n", None],
)
def test_file_that_is_absent_or_not_utf8_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordError, match=f"^{re.escape(str(path))}: cannot be read as UTF-8 text: ."):
        recordfile.load(path)


@pytest.mark.parametrize(
    ("place", "where"),
    [
        (("a",), "x.yaml:1: a"),
        (("b", 1, "c"), "x.yaml:4: b[1].c"),
        (("b", 1, "missing"), "x.yaml:4: b[1].missing"),
        (("b", 9, "c"), "x.yaml:3: b[9].c"),
        (("missing",), "x.yaml:1: missing"),
    ],
)
def test_place_is_named_by_the_line_of_the_nearest_value(place: tuple[str | int, ...], where: str) -> None:
    assert recordfile.parse("a: 1\nb:\n  - c: 1\n  - c: 2\n", PATH).where(place) == where


def test_mappings_that_have_a_key_come_in_reading_order() -> None:
    file = recordfile.parse("b: {q: 1}\na:\n  - {q: 2, c: {q: 3}}\n  - {r: 4}\n", PATH)
    assert [place for place, _ in file.mappings_with("q")] == [("b",), ("a", 0), ("a", 0, "c")]


@pytest.mark.parametrize("text", ['HR 0·71\n"so" \\leq', "\t😀", ""])
def test_quoted_scalar_reads_back_as_the_same_text(text: str) -> None:
    assert recordfile.parse(f"a: {recordfile.quote_scalar(text)}\n", PATH).data == {"a": text}


def test_file_larger_than_any_record_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"#" * (recordfile.LARGEST - 5) + b"\na: 1")
    assert recordfile.load(path).data == {"a": "1"}
    path.write_bytes(b"#" * recordfile.LARGEST + b"\n")
    with pytest.raises(RecordError, match=r"x\.yaml: larger than 2 MiB, the most that a record may have: give each part"):
        recordfile.load(path)


def test_lines_end_as_on_any_system(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: 1\r\nb: 2\rc: 3\n")
    assert recordfile.load(path).text == "a: 1\nb: 2\nc: 3\n"


def outcome(read: Callable[[str, Path], Any], text: str) -> Any:
    """Return what ``text`` is read as, or what is said of it."""
    try:
        return read(text, PATH)
    except RecordError as error:
        return str(error)


def test_a_file_is_read_alike_with_and_without_care_for_places() -> None:
    random, example = Random(15), (Path(__file__).parent / "data" / "records" / "example-2020.yaml").read_text("utf-8")
    parts = ["&a ", "*a", "!", "!!str ", "\n---\n", "\n...\n", "? ", "- ", "[", "]", "{", "}", ": ", ", ", '"', "'", "\\x41", '"\\u200b"', "\u200b",
             "|\n", ">\n", "%YAML 1.1\n", "#", "\n", "  ", "\t", "\xa0", "id: a", "<<: ", "[" * 40, "\ufeff", "\ud800", "\x85"]  # fmt: skip
    read = 0
    for _ in range(400):
        text = example
        for _ in range(random.randint(1, 2)):
            at = random.randint(0, len(text))
            text = text[:at] + random.choice(parts) + text[at + random.randint(0, 2) :]
        expected = outcome(recordfile._read_with_care, text)
        assert outcome(lambda text, path: recordfile.parse(text, path).data, text) == expected
        read += isinstance(expected, dict)
    assert 40 < read < 360


def test_the_places_of_a_file_are_those_of_its_values() -> None:
    file = recordfile.load(Path(__file__).parent / "data" / "records" / "example-2020.yaml")
    assert recordfile._value(file.root, PATH) == file.data


def test_a_record_that_cannot_be_rewritten_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\n", "utf-8")
    recordfile.replace(path, "a: 2\n")
    assert path.read_text("utf-8") == "a: 2\n"

    def fsync(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(OSError, match="No space left"):
        recordfile.replace(path, "a: 3\n")
    assert [(file.name, file.read_text("utf-8")) for file in tmp_path.iterdir()] == [("x.yaml", "a: 2\n")]
