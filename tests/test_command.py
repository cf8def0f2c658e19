"""The command line: every command does its work on real files, and every fault is one clear line and exit code 1."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from mabgraph.api.cli import guides

from .commandline import run

DATA = Path(__file__).parent / "data"
RECORDS = DATA / "records"
RECORD = RECORDS / "example-2020.yaml"
COLUMNS = "figure,document,start,end,exact,printed,number,role,node,node_type,study,group,comparison,variable,measure,unit,unit_of_analysis,time_point,population"


def run_apart(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own and expect its exit code."""
    words = [sys.executable, "-m", "mabgraph.api.cli.command", *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, env=os.environ | {"COLUMNS": "200"})
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_help_shows_every_command_with_an_example() -> None:
    for command in (
        "build",
        "check",
        "anchor",
        "ask",
        "ledger",
        "report",
        "export",
        "serve",
        "reload",
        "publish",
        "mcp",
        "synthesise",
        "compare",
        "network",
        "gallery",
        "docs",
    ):
        assert "Example:" in run(command, "--help").stdout


def test_build_says_what_it_built_and_then_that_nothing_changed(tmp_path: Path) -> None:
    assert run("build", "--no-shipped", "--records", RECORDS, "--dataset", tmp_path / "d").stdout.startswith("built: ")
    assert run("build", "--no-shipped", "--records", RECORDS, "--dataset", tmp_path / "d").stdout.startswith("unchanged: ")


def test_the_dataset_can_be_named_in_the_environment(tmp_path: Path) -> None:
    run("build", "--no-shipped", "--records", RECORDS, MABGRAPH_DATASET=str(tmp_path / "d"))
    assert (tmp_path / "d" / "current").exists()


def test_check_with_and_without_the_text() -> None:
    assert "17 figures, verified at their places in the text" in run("check", RECORD, "--documents", DATA / "documents").stdout
    assert "the text of this document is not available" in run("check", RECORD).stdout


def test_check_lists_every_fault(tmp_path: Path) -> None:
    record = tmp_path / RECORD.name
    record.write_text(RECORD.read_text("utf-8").replace("0.70", "0.71").replace("1,500", "1,600"), "utf-8")
    done = run("check", record, "--documents", DATA / "documents", code=1)
    assert "0.71" in done.stderr
    assert "1,600" in done.stderr
    assert "faults" in done.stdout


def test_anchor_fills_in_every_place(tmp_path: Path) -> None:
    record = tmp_path / RECORD.name
    lines = RECORD.read_text("utf-8").splitlines(keepends=True)
    bare = "".join(line for line in lines if not line.startswith("sealed"))
    record.write_text(bare, "utf-8")
    assert "anchored and sealed" in run("anchor", record, "--documents", DATA / "documents").stdout
    assert record.read_text("utf-8") == RECORD.read_text("utf-8")
    assert "nothing to change" in run("anchor", record, "--documents", DATA / "documents").stdout


def test_anchor_refuses_an_ambiguous_quote_and_lists_the_places(tmp_path: Path) -> None:
    record = tmp_path / RECORD.name
    text = RECORD.read_text("utf-8").replace('"again as [0.7](value)"', '"0.7"')
    record.write_text(text, "utf-8")
    before = record.read_bytes()
    done = run("anchor", record, "--documents", DATA / "documents", code=1)
    assert "0.7" in done.stderr
    assert record.read_bytes() == before


def test_ask_as_table_csv_and_json(example_directory: Path) -> None:
    asked = ("ask", "estimates", "target=CD19", "measure=hazard-ratio", "--dataset", example_directory)
    assert re.search(r"^value +0\.7$", run(*asked).stdout, re.MULTILINE)
    rows = list(csv.DictReader(io.StringIO(run(*asked, "--format", "csv").stdout)))
    assert (rows[0]["printed"], rows[0]["lower"]) == ("0.70", "0.5")
    assert json.loads(run(*asked, "--format", "json").stdout)[0]["upper"] == 0.98
    chosen = run(*asked, "--format", "csv", "--columns", "printed,lower,upper").stdout
    assert chosen == "printed,lower,upper\n0.70,0.5,0.98\n"


@pytest.mark.slow
def test_a_process_of_its_own_answers_alike(example_directory: Path) -> None:
    for arguments, code in ((("ask", "estimates", "target=CD19"), 0), (("ask", "estimate"), 1)):
        apart = run_apart(*arguments, "--dataset", example_directory, code=code)
        within = run(*arguments, "--dataset", example_directory, code=code)
        assert (apart.stdout, apart.stderr) == (within.stdout, within.stderr)


def test_ask_without_a_question_lists_all() -> None:
    assert "estimates: Estimates by drug" in run("ask").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("estimates", "target=CD91"), "no target is called 'CD91'; the nearest are CD19"),
        (("estimates", "CD19"), "'CD19': write parameters as name=value"),
        (("estimate",), "there is no question 'estimate'"),
        (("estimates", "--columns", "hr"), "has no column 'hr'"),
    ],
)
def test_ask_says_what_was_wrong(arguments: tuple[str, ...], message: str, example_directory: Path) -> None:
    done = run("ask", *arguments, "--dataset", example_directory, code=1)
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_export_figures_has_the_promised_columns(example_directory: Path, tmp_path: Path) -> None:
    run("export", "figures", "--format", "csv", "-o", tmp_path / "figures.csv", "--dataset", example_directory)
    written = (tmp_path / "figures.csv").read_text("utf-8")
    assert written.splitlines()[0] == COLUMNS
    text = (DATA / "documents" / "example-2020.txt").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(written)))
    assert len(rows) == 17
    for row in rows:
        assert text[int(row["start"]) : int(row["end"])] == row["exact"]
    dose = next(row for row in rows if row["role"] == "dose")
    assert (dose["printed"], dose["number"], dose["unit"]) == ("1,500", "1500", "milligrams")
    assert next(row for row in rows if row["printed"] == "not reached")["number"] == ""


def test_export_claims_has_the_promised_columns(example_directory: Path) -> None:
    lines = run("export", "claims", "--dataset", example_directory).stdout.splitlines()
    assert lines[0] == "claim,document,start,end,kind,about,text,quote,about_label"
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("what", "message"), [(("figures", "--format", "xls"), "written as csv"), (("figures", "--document", "x"), "no document")]
)
def test_export_says_what_was_wrong(what: tuple[str, ...], message: str, example_directory: Path) -> None:
    assert message in run("export", *what, "--dataset", example_directory, code=1).stderr


def test_no_dataset_says_how_to_make_one(tmp_path: Path) -> None:
    assert "holds no dataset: run mabgraph build" in run("ask", "estimates", "--dataset", tmp_path, code=1).stderr


@pytest.mark.slow
def test_serve_on_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_apart("serve", "--port", str(port), "--no-shipped", "--records", RECORDS, "--dataset", tmp_path / "d", code=1)
    assert re.fullmatch(rf"mabgraph: 127\.0\.0\.1:{port}: cannot listen there: .+: choose another with --port\n", done.stderr)


@pytest.mark.slow
def test_serve_with_a_broken_record_leaves_the_last_good_dataset(tmp_path: Path) -> None:
    shutil.copytree(RECORDS, tmp_path / "records")
    run("build", "--no-shipped", "--records", tmp_path / "records", "--dataset", tmp_path / "d")
    before = os.readlink(tmp_path / "d" / "current")
    (tmp_path / "records" / RECORD.name).write_text(RECORD.read_text("utf-8").replace("0.70", "0.71"), "utf-8")
    done = run_apart("serve", "--port", "0", "--no-shipped", "--records", tmp_path / "records", "--dataset", tmp_path / "d", code=1)
    assert "the last good dataset is untouched" in done.stderr
    assert os.readlink(tmp_path / "d" / "current") == before


@pytest.mark.slow
def test_serve_into_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run_apart("serve", "--port", "0", "--no-shipped", "--records", RECORDS, "--dataset", tmp_path / "file" / "d", code=1)
    assert "cannot be written" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_serve_prints_its_addresses_answers_and_ends(tmp_path: Path) -> None:
    arguments = ["serve", "--port", "0", "--no-shipped", "--records", str(RECORDS), "--dataset", str(tmp_path / "d")]
    process = subprocess.Popen([sys.executable, "-m", "mabgraph.api.cli.command", *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5)]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/  pages: .*\n", lines[-1])
        health = next(line for line in lines if "/health" in line).split()[0]
        with urllib.request.urlopen(health, timeout=60) as answer:
            assert json.load(answer)["status"] == "ok"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        if process.stdout:
            process.stdout.close()


def test_guides_are_listed_printed_and_named_where_one_is_unknown() -> None:
    listed = run("docs").stdout.splitlines()
    assert "first-paper: Your first paper" in listed
    assert len(listed) == len(list(guides.DOCS.glob("*.md"))) + 1
    assert run("docs", "first-paper").stdout == (guides.DOCS / "first-paper.md").read_text("utf-8")
    assert run("docs", "pdf.md").stdout.startswith("# Reading a PDF")
    assert "there is no guide 'record': the nearest are records" in run("docs", "record", code=1).stderr
    assert "there is no guide '../README'" in run("docs", "../README", code=1).stderr
