"""Kept sources: whole or not there; another input, another key."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import pytest

from mabgraph.graph import kept
from mabgraph.graph.kept import Kept, Part

PARTS = [Part("example-2020", 2, 1, b"<urn:a> <urn:p> <urn:b> <urn:g> .\n<urn:a> <urn:p> <urn:c> <urn:g> .\n"), Part("checks", 0, 0, b"")]
KEY = kept.key(b"record", [("shapes", "1"), ("context", "2")])


def test_what_is_kept_is_there_again(tmp_path: Path) -> None:
    sources = Kept(tmp_path / "kept")
    assert sources.parts(KEY) is None
    sources.keep(KEY, PARTS)
    assert sources.parts(KEY) == PARTS
    sources.keep(KEY, PARTS[:1])
    assert sources.parts(KEY) == PARTS[:1]


def test_any_other_input_has_another_key() -> None:
    others = [
        kept.key(b"record.", [("shapes", "1"), ("context", "2")]),
        kept.key(b"record", [("shapes", "1"), ("context", "3")]),
        kept.key(b"record", [("shapes", "1")]),
        kept.key(b"record", [("shapes", "12"), ("context", "")]),
    ]
    assert len({KEY, *others}) == 5
    assert kept.key(b"record", [("context", "2"), ("shapes", "1")]) == KEY


def test_every_damage_to_a_file_is_seen(tmp_path: Path) -> None:
    sources = Kept(tmp_path)
    sources.keep(KEY, PARTS)
    path = next(tmp_path.glob("*/*"))
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place])
        assert sources.parts(KEY) is None, f"cut at {place}"
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert sources.parts(KEY) is None, f"changed at {place}"
    path.write_bytes(whole)
    assert sources.parts(KEY) == PARTS
    other = kept.key(b"other", [])
    (tmp_path / other[:2]).mkdir()
    path.rename(tmp_path / other[:2] / other)
    assert sources.parts(other) is None, "renamed"


def test_what_is_not_named_is_forgotten(tmp_path: Path) -> None:
    sources, other = Kept(tmp_path), kept.key(b"other", [])
    sources.keep(KEY, PARTS)
    sources.keep(other, PARTS)
    (tmp_path / KEY[:2] / ".begun").write_bytes(b"")
    sources.forget({KEY})
    assert (sources.parts(KEY), sources.parts(other)) == (PARTS, None)
    assert [path.name for path in tmp_path.glob("*/*")] == [KEY]


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"a file")
    sources = Kept(tmp_path / "kept")
    sources.keep(KEY, PARTS)
    assert sources.parts(KEY) is None


@pytest.mark.parametrize("head", ["", "{}", "[]", '{"key": 1}', f'{{"key": "{KEY}"}}', f'{{"key": "{KEY}", "parts": [1]}}'])
def test_a_file_of_another_form_is_none(tmp_path: Path, head: str) -> None:
    content = head.encode() + b"\n" + zlib.compress(b"")
    path = tmp_path / KEY[:2] / KEY
    path.parent.mkdir()
    path.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    assert Kept(tmp_path).parts(KEY) is None
