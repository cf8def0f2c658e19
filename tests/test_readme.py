"""The README cannot lie: its commands run, and print what it shows. ``...`` stands for anything."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
SHOWN = [
    (command.partition("\n")[0], command.partition("\n")[2])
    for block in BLOCKS
    if block.startswith("$ ")
    for command in re.split(r"^\$ ", block, flags=re.MULTILINE)
    if command
]
ASKED = [(command, expected) for command, expected in SHOWN if expected]


@pytest.fixture(scope="module")
def address(real_directory: Path) -> Iterator[str]:
    """Return the address of a service over mabgraph's own dataset."""
    arguments = ["serve", "--port", "0", "--dataset", str(real_directory)]
    process = subprocess.Popen([sys.executable, "-m", "mabgraph.api.command", *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = re.search(r"127\.0\.0\.1:\d+", process.stdout.readline())
        assert found is not None
        with urllib.request.urlopen(f"http://{found[0]}/health", timeout=60):
            yield found[0]
    finally:
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()


def test_the_readme_asks_in_three_ways() -> None:
    programs = [command.split()[0] for command, _ in ASKED]
    assert programs.count("curl") == 2
    assert "mabgraph" in programs


@pytest.mark.parametrize(("command", "expected"), ASKED, ids=[command[:40] for command, _ in ASKED])
def test_a_command_of_the_readme_prints_what_it_shows(command: str, expected: str, address: str, real_directory: Path) -> None:
    if command.startswith("curl") and shutil.which("curl") is None:
        pytest.skip("curl is not on this machine")
    command = command.replace("127.0.0.1:8000", address).replace("mabgraph ", f"{sys.executable} -m mabgraph.api.command ", 1)
    environment = os.environ | {"MABGRAPH_DATASET": str(real_directory)}
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    expected = expected.replace("\n...", "...")
    checker = doctest.OutputChecker()
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert checker.check_output(expected, done.stdout, flags), f"README shows:\n{expected}\nprinted:\n{done.stdout}"


def test_every_room_is_on_the_map() -> None:
    for room in ("ontology", "ingest", "graph", "queries", "api", "tests"):
        assert f"`{room}/`" in README


@pytest.mark.parametrize("name", ["build", "check", "anchor", "ask", "ledger", "report", "export", "serve"])
def test_every_command_is_named_in_the_readme(name: str) -> None:
    assert f"mabgraph {name}" in README


def test_every_route_is_named_in_the_readme() -> None:
    from mabgraph.api import lookups, sparql

    for route in [*lookups.router.routes, *sparql.router.routes]:
        assert f"`{getattr(route, 'path')}`" in README  # noqa: B009
