"""The command ``mabgraph synthesise``: what docs/synthesis.md shows is what is printed, in every format; faults are one line."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mabgraph.api.cli import command

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "synthesis.md").read_text("utf-8")
SHOWN = re.findall(r"```console\n\$ mabgraph ([^\n]+)\n(.*?)```", GUIDE, re.DOTALL)
FILE = re.findall(r"```csv\n(.*?)```", GUIDE, re.DOTALL)[0]
NETWORK = "study,treat1,treat2,TE,seTE\nS1,A,B,0.5,0.2\nS2,A,C,0.2,0.2\nS3,B,C,0.1,0.2\nS4,A,B,0.1,0.2\nS5,A,B,0.3,0.1\n"


def run(*arguments: str | Path) -> tuple[str, str]:
    """Run ``mabgraph`` and return what it prints, and what it tells on standard error."""
    done = CliRunner().invoke(command.app, list(map(str, arguments)), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with a network of three treatments."""
    (tmp_path / "network.csv").write_text(NETWORK, "utf-8")
    return tmp_path / "network.csv"


@pytest.mark.parametrize(("line", "expected"), SHOWN)
def test_the_guide_shows_what_is_printed(line: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = line.split()
    if words[1].startswith("../shared"):
        if not (ROOT / words[1]).exists():
            pytest.skip("the published data sets are not beside the project (../shared/synthesis)")
        monkeypatch.chdir(ROOT)
    else:
        (tmp_path / words[1]).write_text(FILE, "utf-8")
        monkeypatch.chdir(tmp_path)
    assert run(*words)[0] == expected


def test_the_guide_shows_something() -> None:
    assert len(SHOWN) == 3
    assert all(len(expected.splitlines()) > 10 for _, expected in SHOWN)


def test_every_option_is_in_the_guide() -> None:
    group = next(
        registered
        for registered in command.app.registered_commands
        if registered.callback is not None and registered.callback.__name__ == "synthesise"
    )
    assert group.callback is not None
    names = [name for name in group.callback.__annotations__ if name not in {"file", "return"}]
    assert len(names) > 8
    assert [name for name in names if f"--{name.replace('_', '-')}" not in GUIDE] == []


def test_json_has_everything(file: Path) -> None:
    result = json.loads(
        run("synthesise", file, "--measure", "HR", "--reference", "C", "--league", "--p-scores", "lower-is-better", "--format", "json")[0]
    )
    assert result["kind"] == "network"
    assert [(one["treatment"], one["comparator"], one["scale"]) for one in result["estimates"]] == [
        ("A", "C", "ln HR"),
        ("B", "C", "ln HR"),
    ]
    assert len(result["splits"]) == 3
    assert len(result["loops"]) == 1
    assert set(result["p_scores"]) == {"A", "B", "C"}
    assert result["designs"]["between"]["df"] == 1
    assert result["contrasts"][0]["audit"] == "effect and standard error as given"


def test_csv_has_one_line_for_each_estimate_and_tells_the_rest_apart(file: Path) -> None:
    out, err = run("synthesise", file, "--measure", "HR", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["evidence"] for row in rows].count("network") == 3
    assert {row["evidence"] for row in rows} == {"network", "direct", "indirect", "direct less indirect"}
    assert all(row["natural_effect"] == "" for row in rows if row["evidence"] == "direct less indirect")
    assert "note: TE is read as ln HR of treat1 versus treat2" in err


def test_the_league_table_as_csv_carries_its_orientation(file: Path) -> None:
    rows = list(csv.reader(io.StringIO(run("synthesise", file, "--measure", "MD", "--league", "--format", "csv")[0])))
    assert rows[0][0].startswith("lower triangle: network estimates, the treatment of the column versus that of the row")
    assert rows[0][1:] == ["A", "B", "C"]
    assert rows[1][1] == ""
    assert float(rows[3][1].split()[0]) == pytest.approx(0.2823, abs=0.2), "A versus C, below the diagonal"


def test_text_shows_ratios_beside_logarithms_and_both_tests_of_the_loop(file: Path) -> None:
    out = run("synthesise", file, "--measure", "HR", "--model", "common", "--league", "--p-scores", "higher-is-better")[0]
    assert "ln HR [95 % CI]" in out
    assert "loop A, B, C (Bucher): direct less indirect" in out
    assert "P-scores (higher-is-better): A " in out
    assert "prediction interval" not in out
    assert "prediction interval" in run("synthesise", file, "--measure", "HR")[0]


def test_a_fault_is_one_line_and_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.csv").write_text(NETWORK.replace("0.5", "half"), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mabgraph", "synthesise", "x.csv", "--measure", "HR"])
    with pytest.raises(SystemExit) as caught:
        command.main()
    assert caught.value.code == 1
    assert capsys.readouterr().err.startswith("mabgraph: x.csv, line 2, column te: 'half': no number")


def test_the_command_line_starts_without_the_libraries_of_statistics() -> None:
    import subprocess

    asked = "import sys, mabgraph.api.cli.command; print([name for name in ('scipy', 'numpy', 'networkx') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout == "[]\n"
