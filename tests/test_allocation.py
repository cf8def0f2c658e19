"""Allocation: a process for agents begins again with the allocator's settings, once, and its standard input and output stay."""

from __future__ import annotations

import os
import subprocess
import sys
from unittest import mock

import pytest

from mabgraph.api.cli import command, printing
from mabgraph.api.serving import allocation

#: What a process does that begins again: it names its settings and what it is called with, and reads what stood before it began.
BEGINS = """
import os, sys
from mabgraph.api.serving import allocation
print(os.getpid(), flush=True)
allocation.begin_again()
print(os.getpid(), os.environ.get(allocation.VARIABLE), sys.argv[1:], sys.stdin.read())
"""


def run(**environment: str) -> list[list[str]]:
    """Return the words of each line that a process writes which begins again, in an ``environment`` with this as well."""
    own = {name: value for name, value in os.environ.items() if name != allocation.VARIABLE} | environment
    done = subprocess.run([sys.executable, "-c", BEGINS, "a b"], input="words", env=own, capture_output=True, text=True, check=True)
    return [line.split(" ", 1) for line in done.stdout.splitlines()]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such settings")
def test_a_process_begins_again_once_with_the_settings_and_its_files() -> None:
    first, second, last = run()
    assert first == second, "the same process"
    assert last == [first[0], f"{allocation.ALLOCATION} ['a b'] words"]


def test_settings_of_somebody_else_stay() -> None:
    stated = "glibc.malloc.tcache_count=100"
    first, last = run(**{allocation.VARIABLE: stated})
    assert last == [first[0], f"{stated} ['a b'] words"]


@pytest.mark.parametrize(
    "change", [("sys.platform", "darwin"), ("sys.executable", ""), ("sys.argv", ["mabgraph", "mcp"]), ("sys.argv", ["mabgraph"])]
)
def test_nothing_begins_again_where_it_cannot(change: tuple[str, str | list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(allocation.VARIABLE, raising=False)
    monkeypatch.setattr(sys, "argv", sys.orig_argv[-2:])
    monkeypatch.setattr(*change)
    with mock.patch("os.execve", side_effect=AssertionError):
        allocation.begin_again()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such settings")
def test_a_process_that_cannot_begin_again_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(allocation.VARIABLE, raising=False)
    monkeypatch.setattr(sys, "argv", sys.orig_argv[-2:])
    with mock.patch("os.execve", side_effect=PermissionError) as execute:
        allocation.begin_again()
    assert execute.call_count == 1


@pytest.mark.parametrize(("name", "begins"), [("mcp", 1), ("ask", 0)])
def test_of_the_commands_that_for_agents_begins_again(name: str, begins: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["mabgraph", name])
    with (
        mock.patch.object(allocation, "begin_again") as begin_again,
        mock.patch.object(command, "app"),
        mock.patch.object(printing, "write_utf8"),
    ):
        command.main()
    assert begin_again.call_count == begins
