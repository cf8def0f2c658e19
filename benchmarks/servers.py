"""The servers that are measured: each in processes of its own, on a free port of this machine; and what they use."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psutil

ROOT: Final = Path(__file__).resolve().parents[1]
HOST: Final = "127.0.0.1"
#: How long a server may take until it answers, and until it has ended (seconds).
READY: Final = 180.0
ENDED: Final = 15.0
#: Serves the current dataset of mabgraph's settings as it is: whether its inputs have changed is not looked at.
OURS: Final = """
import sys
from mabgraph.api.serving import serving
from mabgraph.api.http import settings
if __name__ == "__main__":
    serving.serve(settings.Settings(), int(sys.argv[1]), lambda: None)
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """What the processes of a server use: seconds of processor time so far, and bytes of memory that each holds, most first."""

    processor: float
    memory: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its name, port, the path of its endpoint, its first process, and the seconds to its first answer."""

    name: str
    port: int
    path: str
    process: psutil.Process
    seconds: float

    def usage(self) -> Usage:
        """Return what all processes of the server use now."""
        processes = [self.process, *self.process.children(recursive=True)]
        times = [process.cpu_times() for process in processes]
        memory = sorted((process.memory_info().rss for process in processes), reverse=True)
        return Usage(sum(each.user + each.system for each in times), tuple(memory))


@contextmanager
def mabgraph(directory: Path, processes: int, more: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run mabgraph over the current dataset of ``directory``, with its settings as they are shipped, and ``more``."""
    port = free_port()
    settings = {"MABGRAPH_DATASET": str(directory), "MABGRAPH_PROCESSES": str(processes), **(more or {})}
    with running("mabgraph", [sys.executable, "-c", OURS, str(port)], port, "/sparql", settings) as server:
        yield server


@contextmanager
def mabgraph_command(directory: Path) -> Iterator[Server]:
    """Run ``mabgraph serve`` as a person would."""
    port = free_port()
    command = [sys.executable, "-m", "mabgraph.api.cli.command", "serve", "--dataset", str(directory), "--port", str(port)]
    with running("mabgraph serve", command, port, "/sparql") as server:
        yield server


@contextmanager
def oxigraph(dump: Path) -> Iterator[Server]:
    """Run ``oxigraph serve`` with the N-Quads file ``dump`` in memory.

    :raises SystemExit: when it does not take the file.
    """
    port = free_port()
    command = [_beside("oxigraph"), "serve", "--bind", f"{HOST}:{port}", "--union-default-graph"]
    with running("oxigraph", command, port, "/query") as server:
        connection = http.client.HTTPConnection(HOST, port, timeout=READY)
        with dump.open("rb") as file:
            headers = {"Content-Type": "application/n-quads", "Content-Length": str(dump.stat().st_size)}
            connection.request("POST", "/store?no_transaction", file, headers)
            status = connection.getresponse().status
        connection.close()
        if status not in {200, 201, 204}:
            raise SystemExit(f"oxigraph does not take the data: it answers {status}")
        yield server


@contextmanager
def rdflib_endpoint(dump: Path) -> Iterator[Server]:
    """Run ``rdflib-endpoint serve`` over the N-Quads file ``dump``, in one process and with the store it has by itself."""
    port = free_port()
    with running(
        "rdflib-endpoint", [_beside("rdflib-endpoint"), "serve", str(dump), "--host", HOST, "--port", str(port)], port, "/"
    ) as server:
        yield server


@contextmanager
def constant(processes: int) -> Iterator[Server]:
    """Run granian with constant bodies, in so many processes, with the event loop and parser that mabgraph is served with."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "benchmarks.constant:application", "--interface", "asginl", "--working-dir", str(ROOT)]
    command += ["--host", HOST, "--port", str(port), "--workers", str(processes), "--no-log", "--http", "1", "--no-ws", "--loop", "uvloop"]
    with running("constant", command, port, "/1") as server:
        yield server


@contextmanager
def running(name: str, command: Sequence[str], port: int, path: str, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run ``command`` until the block is left; the server has answered a first query by then.

    :raises SystemExit: when it ends, or does not answer in time.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MABGRAPH_")}
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = psutil.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=kept | dict(settings or {}), cwd=tempfile.gettempdir()
        )
        try:
            while not answers(port, path):
                if process.poll() is not None or time.perf_counter() - began > READY:
                    output.seek(0)
                    raise SystemExit(f"{name} does not answer:\n{output.read().decode(errors='replace')[-2000:]}")
                time.sleep(0.01)
            yield Server(name, port, path, process, time.perf_counter() - began)
        finally:
            end(process)


def answers(port: int, path: str) -> bool:
    """Return whether the server at ``port`` answers the smallest query."""
    connection = http.client.HTTPConnection(HOST, port, timeout=READY)
    try:
        connection.request("GET", f"{path}?query={quote('ASK {}')}", headers={"Accept": "application/sparql-results+json"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def end(process: psutil.Process) -> None:
    """End a process and those that it started."""
    try:
        mine = [process, *process.children(recursive=True)]
        process.terminate()
    except psutil.NoSuchProcess:
        return
    _, left = psutil.wait_procs(mine, ENDED)
    for each in left:
        each.kill()
    psutil.wait_procs(left, ENDED)


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        return int(listening.getsockname()[1])


def _beside(name: str) -> str:
    """Return the path of a command that was installed with this Python.

    :raises SystemExit: when it is not there.
    """
    program = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        raise SystemExit(f"{name} is not installed: pip install --editable '.[bench]'")
    return program
