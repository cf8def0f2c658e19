"""A folder of documents is what its manifest says; texts are read byte for byte, never repaired."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from mabgraph.ingest import documents
from mabgraph.ingest.errors import AnchorError


def library(folder: Path, content: bytes, file: str = "a.txt") -> documents.Library:
    (folder / file).write_bytes(content)
    (folder / documents.MANIFEST).write_text(json.dumps([{"id": "a", "file": file, "rights": "CC0-1.0"}]), encoding="utf-8")
    return documents.open_library(folder)


@pytest.mark.parametrize("content", ["a\r\nb\rc\n", "\ufeffP=0·71 😀\u2028\x0c", ""])
def test_text_is_read_byte_for_byte_with_line_ends_kept(tmp_path: Path, content: str) -> None:
    text = library(tmp_path, content.encode()).text("a")
    assert text == documents.DocumentText("a", tmp_path / "a.txt", hashlib.sha256(content.encode()).hexdigest(), content)


def test_document_that_is_not_held_has_no_text(tmp_path: Path) -> None:
    texts = library(tmp_path, b"x")
    assert texts.text("b") is None
    (tmp_path / "a.txt").unlink()
    assert texts.text("a") is None


def test_text_that_is_not_utf8_is_refused_by_name(tmp_path: Path) -> None:
    texts = library(tmp_path, b"0\xb771")
    with pytest.raises(AnchorError, match=f"^{re.escape(str(tmp_path))}/a.txt: the text of a cannot be read: ."):
        texts.text("a")


@pytest.mark.parametrize(
    "manifest",
    [None, "", "{", "null", "[1]", '["a"]', '{"id": "a", "file": "a.txt"}', '[{"id": "a"}]', '[{"file": "a.txt"}]', "[" * 100_000],
    ids=lambda manifest: str(manifest)[:12],
)
def test_manifest_that_is_missing_or_broken_is_refused_by_name(tmp_path: Path, manifest: str | None) -> None:
    if manifest is not None:
        (tmp_path / documents.MANIFEST).write_text(manifest, encoding="utf-8")
    expected = f"{tmp_path}/manifest.json: a folder of documents needs a manifest.json with 'id' and 'file' of each: "
    with pytest.raises(AnchorError, match=re.escape(expected)):
        documents.open_library(tmp_path)


@pytest.mark.parametrize("file", ["../a.txt", "/etc/hostname", "inner/../../a.txt", "link.txt", "a\x00.txt"])
def test_file_outside_the_folder_is_refused(tmp_path: Path, file: str) -> None:
    folder = tmp_path / "held"
    folder.mkdir()
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "a.txt")
    (folder / documents.MANIFEST).write_text(json.dumps([{"id": "a", "file": file}]), encoding="utf-8")
    with pytest.raises(AnchorError, match=f"manifest.json: the file {re.escape(repr(file))} lies outside the folder of documents"):
        documents.open_library(folder)
