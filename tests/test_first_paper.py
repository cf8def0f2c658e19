"""The guide "Your first paper" cannot lie: its files are written and its commands run, in order, in an empty folder, and print what it shows."""

from __future__ import annotations

import doctest
import re
import shlex
from contextlib import nullcontext
from pathlib import Path

import pytest

from mabgraph.ingest import recordfile

from .commandline import run
from .quick import quick_builds

GUIDE = (Path(__file__).parents[1] / "docs" / "first-paper.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", GUIDE, re.DOTALL)
#: Commands that end with another exit code than 0, in order, as the guide says.
ENDS = {"mabgraph check records/invented-2024.yaml": [1, 0], "mabgraph ledger invented-2024": [1]}
TEXT, RECORD = Path("invented-2024.txt"), Path("records/invented-2024.yaml")


def complete(template: str) -> str:
    """Return the record of the guide with the digest and the length that adding the document wrote."""
    stated = recordfile.load(RECORD).data["document"]
    for key in ("sha256", "characters"):
        template = template.replace(f"{key}: ...", f"{key}: {stated[key]}")
    return template


def commands(block: str) -> list[tuple[str, str]]:
    """Return each command of a block, and what the guide shows that it prints."""
    return [(line, shown) for line, _, shown in (part.partition("\n") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:])]


def test_the_guide_is_played_from_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MABGRAPH_SHIPPED", "0")  # the shipped evidence underneath changes nothing that is shown, and takes time
    ends = {line: iter(codes) for line, codes in ENDS.items()}
    checker, flags, played = doctest.OutputChecker(), doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE, []
    for kind, block in BLOCKS:
        if kind == "text":
            TEXT.write_text(block, "utf-8")
        elif kind == "yaml":
            RECORD.write_text(complete(block), "utf-8")
        for line, shown in commands(block) if kind == "console" else ():
            program, *words = shlex.split(line)
            played.append(" ".join([program, words[0]]))
            if program == "cd":
                monkeypatch.chdir(Path.cwd() / words[0])
                continue
            assert program == "mabgraph"
            with quick_builds() if words[0] == "build" else nullcontext():
                done = run(*words, code=next(ends.get(line, iter([0])), 0))
            expected = shown.replace("\n...", "...")
            assert checker.check_output(expected, done.stdout.replace("…", "..."), flags), (
                f"{line}\nshown:\n{shown}\nprinted:\n{done.stdout}"
            )
    assert played[:3] == ["mabgraph init", "cd review", "mabgraph add"]
    assert {"mabgraph term", "mabgraph anchor", "mabgraph build", "mabgraph ask", "mabgraph ledger"} <= set(played)
    assert [next(left, None) for left in ends.values()] == [None] * len(ends)
