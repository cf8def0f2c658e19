"""The guide "Your first paper" cannot lie: its files are written and its commands run, in order, in an empty folder, and print what it shows."""

from __future__ import annotations

import doctest
import io
import re
import shlex
import sys
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

import pytest

from mabgraph.ingest import nodes, record, recordfile

from .commandline import run
from .quick import quick_builds

GUIDE = (Path(__file__).parents[1] / "docs" / "first-paper.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", GUIDE, re.DOTALL)
#: Commands that end with another exit code than 0, in order, as the guide says.
ENDS = {"mabgraph check records/invented-2024.yaml": [1, 0], "mabgraph ledger invented-2024": [1]}
TEXT, RECORD = Path("invented-2024.txt"), Path("records/invented-2024.yaml")
#: The record in parts: what only a curator can say, what is written behind the reviewed rows, and the same rows by hand.
HEAD, REST, ROWS = (block for kind, block in BLOCKS if kind == "yaml")
#: What the guide types into the review.
(KEYS,) = (block for kind, block in BLOCKS if kind == "keys")


def complete(template: str) -> str:
    """Return the record of the guide with the digest and the length that adding the document wrote."""
    stated = recordfile.load(RECORD).data["document"]
    for key in ("sha256", "characters"):
        template = template.replace(f"{key}: ...", f"{key}: {stated[key]}")
    return template


def commands(block: str) -> list[tuple[str, str]]:
    """Return each command of a block, and what the guide shows that it prints."""
    return [(line, shown) for line, _, shown in (part.partition("\n") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:])]


def write(part: str) -> None:
    """Write a part of the record as the guide says: the first instead of what is there, the second behind it, the rows by hand not at all."""
    if part == HEAD:
        RECORD.write_text(complete(part), "utf-8")
    elif part == REST:
        RECORD.write_text(RECORD.read_text("utf-8") + part, "utf-8")


def play(line: str, shown: str, code: int) -> None:
    """Run a command of the guide, which ends with ``code``, and compare what it prints; a review is typed the keys of the guide."""
    checker, flags = doctest.OutputChecker(), doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    words = shlex.split(line)[1:]
    typed = io.TextIOWrapper(io.BytesIO(KEYS.encode()), "utf-8")
    with quick_builds() if words[0] == "build" else nullcontext(), mock.patch.object(sys, "stdin", typed):
        done = run(*words, code=code)
    expected = shown.replace("\n...", "...")
    assert checker.check_output(expected, done.stdout.replace("…", "..."), flags), f"{line}\nshown:\n{shown}\nprinted:\n{done.stdout}"


def stated() -> dict[str, dict[str, object]]:
    """Return what each part of the record with figures is about, by its figures with their places."""
    parts = nodes.flatten(nodes.of_record(*record.load(RECORD)))
    return {
        str(sorted((each["role"], each["printed"], each["id"].rpartition("-")[2]) for each in part["figure"])): {
            key: part.get(key) for key in ("variable", "group", "comparison", "measure", "analysis", "unit")
        }
        for part in parts
        if part.get("figure")
    }


def test_the_guide_is_played_from_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MABGRAPH_SHIPPED", "0")  # the shipped evidence underneath changes nothing that is shown, and takes time
    ends = {line: iter(codes) for line, codes in ENDS.items()}
    played = []
    for kind, block in BLOCKS:
        if kind == "text":
            TEXT.write_text(block, "utf-8")
        elif kind == "yaml":
            write(block)
        for line, shown in commands(block) if kind == "console" else ():
            program, *words = shlex.split(line)
            played.append(" ".join([program, words[0]]))
            if program == "cd":
                monkeypatch.chdir(Path.cwd() / words[0])
                continue
            assert program == "mabgraph"
            play(line, shown, next(ends.get(line, iter([0])), 0))
    assert played[:3] == ["mabgraph init", "cd review", "mabgraph add"]
    assert {f"mabgraph {name}" for name in ("term", "draft", "review", "anchor", "build", "ask", "ledger")} <= set(played)
    assert [next(left, None) for left in ends.values()] == [None] * len(ends)


def test_the_rows_by_hand_say_what_the_reviewed_ones_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both records state the same figures, at the same places, about the same group or comparison."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MABGRAPH_SHIPPED", "0")
    run("init", ".")
    TEXT.write_text(next(block for kind, block in BLOCKS if kind == "text"), "utf-8")
    run("add", TEXT)
    run("term", "drug", "examplimab", "--class", "monoclonal-antibody", "--target", "CD20")
    head = complete(HEAD)
    RECORD.write_text(head, "utf-8")
    run("draft", RECORD, "--write")
    with mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(KEYS.encode()), "utf-8")):
        run("review", RECORD)
    reviewed = RECORD.read_text("utf-8") + REST
    states = []
    for written in (reviewed, head + ROWS + REST):
        RECORD.write_text(written, "utf-8")
        run("anchor", RECORD)
        assert "verified at their places" in run("check", RECORD).stdout
        states.append(stated())
    assert len(states[0]) == 8
    assert states[0] == states[1]
