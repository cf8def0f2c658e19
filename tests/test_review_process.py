"""The command ``mabgraph review --browser`` as a process: what it prints, how it ends, and a kill -9 in the middle of a decision."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from mabgraph.ingest import recordfile
from mabgraph.ingest.drafting.proposals import read_proposals
from mabgraph.ingest.drafting.reviewing import Review, Verdict

from .forms import last_form
from .test_review import DATA, PROPOSALS, without_results

pytestmark = pytest.mark.slow

#: What is run before the command: it is killed (kill -9) before it puts a written record in its place, once a file ``kill`` is there.
KILLED = """
import os, signal
replace = os.replace
os.replace = lambda source, target: os.kill(os.getpid(), signal.SIGKILL) if os.path.exists("kill") else replace(source, target)
"""
#: How long an answer, or the end of a process, is waited for (seconds).
PATIENCE = 120.0
COMMAND = "from mabgraph.api.cli.command import main\nmain()\n"


def make_workspace(folder: Path) -> Path:
    """Make ``folder`` a workspace with a record that has proposals; return it."""
    (folder / "records").mkdir()
    (folder / "records" / "example-2020.yaml").write_text(without_results() + PROPOSALS, "utf-8")
    (folder / "ontology").mkdir()
    (folder / "mabgraph.toml").write_text(f"shipped = false\ndocuments = '{DATA / 'documents'}'\n", "utf-8")
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a workspace with a record that has proposals."""
    return make_workspace(tmp_path)


@contextmanager
def start(workspace: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command in ``workspace``, yield the process and the address that it printed."""
    words = [sys.executable, "-c", KILLED + COMMAND, "review", "--browser"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MABGRAPH_")}
    process = subprocess.Popen(words, cwd=workspace, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}", address), process.communicate(timeout=PATIENCE)
        assert "ends with this command" in process.stdout.readline()
        yield process, address
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


def client_of(address: str) -> httpx.Client:
    """Return a client of the review at ``address``; it waits longer than any answer takes, on a machine that does much else."""
    return httpx.Client(base_url=address.partition("/?")[0], follow_redirects=True, timeout=PATIENCE)


def test_the_command_prints_one_address_and_ends_by_a_signal(workspace: Path) -> None:
    with start(workspace) as (process, address), client_of(address) as client:
        assert client.get(address, follow_redirects=False).status_code == 303
        assert "example-2020" in client.get("/").text
        assert client.get("/", headers={"host": "localhost"}).status_code == 421
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert "Traceback" not in errors


def test_a_kill_in_the_middle_of_a_decision_loses_nothing(workspace: Path) -> None:
    path = workspace / "records" / "example-2020.yaml"
    with start(workspace) as (process, address), client_of(address) as client:
        assert client.get(address).status_code == 200
        form = last_form(client.get("/records/example-2020/responders").text)
        assert client.post(form.action, data=form.data("accept")).status_code == 200
        assert "responders" in {row["id"] for row in recordfile.load(path).data["results"]}
        before = path.read_bytes()
        form = last_form(client.get("/records/example-2020/ratio").text).fill(because="read wrongly")
        (workspace / "kill").touch()
        with pytest.raises(httpx.TransportError):
            client.post(form.action, data=form.data("skip"))
        assert process.wait(timeout=PATIENCE) == -signal.SIGKILL
    assert path.read_bytes() == before
    review = Review(path, lambda *_: Verdict())
    review.skip(review.proposals[0], "the lock is free, and the review goes on")
    assert [each.state for each in read_proposals(recordfile.load(path).data)] == ["skipped", "skipped"]
