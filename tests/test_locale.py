"""Every command writes UTF-8, in a locale that knows ASCII alone as well."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mabgraph.api.cli import printing

from .extent import part_of

pytestmark = pytest.mark.slow

#: A locale of a bare container or a scheduled task: Python helps itself out of it unless it is told not to.
BARE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
STUDIES = "study,treat1,treat2,TE,seTE\nÉtude 1,Interféron,Placebo,-0.5,0.2\nÉtude 2,Interféron,Placebo,-0.3,0.2\n"


def run(*arguments: str | bytes | Path, code: int = 0) -> tuple[str, str]:
    """Return what ``mabgraph`` writes in that locale to standard output and standard error."""
    command = [sys.executable, "-m", "mabgraph.api.cli.command", *arguments]
    done = subprocess.run(command, env=os.environ | BARE, capture_output=True, check=False)
    assert done.returncode == code, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a study file whose names are not ASCII."""
    (tmp_path / "studies.csv").write_text(STUDIES, "utf-8")
    return tmp_path / "studies.csv"


#: Commands over a dataset; they are run one after the other in one process, which takes a second to begin.
COMMANDS = (("report",), ("report", "--format", "html"), ("ask", "figures"), ("export", "figures"), ("export", "claims"))
ONE_AFTER_THE_OTHER = """
import sys
from mabgraph.api.cli import command
_, dataset, *commands = sys.argv
for words in commands:
    sys.argv = ["mabgraph", *words.split(), "--dataset", dataset]
    try:
        command.main()
    except SystemExit as end:
        assert not end.code, end.code
    print("\\x1e", end="", flush=True)
"""


def test_commands_over_a_dataset(example_directory: Path) -> None:
    words = [" ".join(arguments) for arguments in COMMANDS]
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_THE_OTHER, str(example_directory), *words], env=os.environ | BARE, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr.decode("utf-8")) == (0, "")
    printed = done.stdout.decode("utf-8").split("\x1e")
    assert len(printed) == len(COMMANDS) + 1
    for arguments, out in zip(COMMANDS, printed, strict=False):
        assert len(out) > 100, arguments


def test_what_ascii_does_not_have_is_written_in_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="\n"))
    printing.write_utf8()
    for stream in (sys.stdout, sys.stderr):
        print("16767–16771 ≥ \udce9", file=stream, flush=True)
        assert isinstance(stream, io.TextIOWrapper)
        assert isinstance(stream.buffer, io.BytesIO)
        assert stream.buffer.getvalue() == "16767–16771 ≥ \\udce9\n".encode()


@pytest.mark.sampled
@pytest.mark.parametrize("form", part_of(["text", "csv", "json"], 3))
def test_names_of_studies_and_treatments(form: str, file: Path) -> None:
    assert "Interféron" in run("synthesise", file, "--measure", "HR", "--format", form)[0]


@pytest.mark.sampled
@pytest.mark.parametrize("name", part_of(["Interféron", "Interfe\u0301ron"], 2, 1))
def test_a_name_that_is_typed_in_either_form(name: str, file: Path) -> None:
    out, _ = run("synthesise", file, "--measure", "HR", "--reference", name.encode())
    assert "Placebo    Interféron" in out


@pytest.mark.sampled
@pytest.mark.parametrize("words", part_of(["compare", "ask estimates"], 2))
def test_faults_of_a_question_are_told(words: str, example_directory: Path) -> None:
    assert "é" in run(*words.split(), "drug=é".encode(), "--dataset", example_directory, code=1)[1]


def test_faults_of_a_file_are_told(tmp_path: Path) -> None:
    assert "é.csv: cannot be read" in run("synthesise", f"{tmp_path}/é.csv".encode(), "--measure", "HR", code=1)[1]


def test_help_is_shown() -> None:
    assert "synthesise" in run("--help")[0]
