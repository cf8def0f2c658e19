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

from .forms import Form, last_form
from .test_review import DATA, PROPOSALS, without_results

pytestmark = pytest.mark.slow

#: The command, killed (kill -9) before it puts a written record in its place.
KILLED = """
import os, signal
replace = os.replace
os.replace = lambda source, target: os.kill(os.getpid(), signal.SIGKILL) if str(target).endswith(".yaml") else replace(source, target)
"""
COMMAND = "from mabgraph.api.cli.command import main\nmain()\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a workspace with a record that has proposals."""
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "example-2020.yaml").write_text(without_results() + PROPOSALS, "utf-8")
    documents = str(DATA / "documents").replace("\\", "/")
    (tmp_path / "ontology").mkdir()
    (tmp_path / "mabgraph.toml").write_text(f'shipped = false\ndocuments = "{documents}"\n', "utf-8")
    return tmp_path


@contextmanager
def start(workspace: Path, before: str = "") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command in ``workspace``, after the program ``before``; yield the process and the address that it printed."""
    words = [sys.executable, "-c", before + COMMAND, "review", "--browser"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MABGRAPH_")}
    process = subprocess.Popen(words, cwd=workspace, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}", address), process.communicate(timeout=60)
        yield process, address
    finally:
        process.kill()
        process.communicate(timeout=60)


def open_form(client: httpx.Client, address: str) -> Form:
    """Open the review at its ``address``, and return the form of a proposal."""
    assert client.get(address).status_code == 200
    return last_form(client.get("/records/example-2020/responders").raise_for_status().text)


def test_the_command_prints_one_address_decides_and_sums_up(workspace: Path) -> None:
    path = workspace / "records" / "example-2020.yaml"
    with start(workspace) as (process, address), httpx.Client(base_url=address.partition("/?")[0], follow_redirects=True) as client:
        form = open_form(client, address)
        assert client.post(form.action, data=form.data("accept")).status_code == 200
        assert "responders" in {row["id"] for row in recordfile.load(path).data["results"]}
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
        assert "example-2020: 1 accepted in this session, 1 left; every decision is in" in output


def test_a_kill_in_the_middle_of_a_decision_loses_nothing(workspace: Path) -> None:
    path = workspace / "records" / "example-2020.yaml"
    before = path.read_bytes()
    with start(workspace, KILLED) as (process, address), httpx.Client(base_url=address.partition("/?")[0], follow_redirects=True) as client:
        form = open_form(client, address)
        with pytest.raises(httpx.TransportError):
            client.post(form.action, data=form.data("accept"))
        assert process.wait(timeout=60) == -signal.SIGKILL
    assert path.read_bytes() == before
    with start(workspace) as (_, address), httpx.Client(base_url=address.partition("/?")[0], follow_redirects=True) as client:
        form = open_form(client, address)
        assert client.post(form.action, data=form.data("accept")).status_code == 200
    assert [each.id for each in read_proposals(recordfile.load(path).data)] == ["ratio", "nothing"]
