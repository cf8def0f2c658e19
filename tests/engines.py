"""The real engines that tests publish to and ask: started on loopback, on free ports and in a folder of their own, ended by process."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from mabgraph.graph.publish.connection import Credentials

#: Virtuoso's settings: those of Debian, made small, and without the limits that its documentation asks to raise (docs/engines.md).
_VIRTUOSO: Final = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
TempStorage = TempDatabase

[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx

[Parameters]
ServerPort = 127.0.0.1:{sql}
CaseMode = 2
DisableUnixSocket = 1
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
CheckpointInterval = 0
AllowOSCalls = 0
DirsAllowed = .

[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
ServerThreads = 10
Charset = UTF-8

[SPARQL]
ResultSetMaxRows = {rows}
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine: the URLs it is asked and written at, and who may write."""

    name: str
    query: str
    graph_store: str
    update: str
    credentials: Credentials


@contextmanager
def oxigraph(folder: Path, *options: str) -> Iterator[Engine]:
    """Run the server of Oxigraph, in memory."""
    program = shutil.which("oxigraph", path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]))
    if program is None:
        pytest.skip("the server of Oxigraph is not installed: pip install oxigraph")
    port = _free()
    with _running([program, "serve", "--bind", f"127.0.0.1:{port}", *options], folder, "Listening for requests"):
        address = f"http://127.0.0.1:{port}"
        yield Engine("oxigraph", f"{address}/query", f"{address}/store", f"{address}/update", Credentials())


@contextmanager
def virtuoso(folder: Path, rows: int = 1_000_000) -> Iterator[Engine]:
    """Run Virtuoso 7, which gives at most ``rows`` rows or triples at once."""
    program = shutil.which("virtuoso-t")
    if program is None:
        pytest.skip("Virtuoso is not installed: apt-get install virtuoso-opensource-7-bin, as .ci/run does where it may")
    http, sql = _free(), _free()
    (folder / "virtuoso.ini").write_text(_VIRTUOSO.format(http=http, sql=sql, rows=rows), encoding="utf-8")
    with _running([program, "+configfile", "virtuoso.ini", "+foreground"], folder, "Server online"):
        address = f"http://127.0.0.1:{http}"
        written = f"{address}/sparql-graph-crud-auth"
        yield Engine("virtuoso", f"{address}/sparql", written, f"{address}/sparql-auth", Credentials("dba", "dba"))


@contextmanager
def _running(command: list[str], folder: Path, ready: str) -> Iterator[None]:
    """Run ``command`` in ``folder`` from the line in which it says that it is ready to the end of the block."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        try:
            output = []
            for line in process.stdout:
                output.append(line)
                if ready in line:
                    break
            else:
                raise AssertionError(f"{command[0]} did not start: {''.join(output)[-2000:]}")
            yield
        finally:
            process.kill()


def _free() -> int:
    """Return a port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
