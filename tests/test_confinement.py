"""Confinement: what a process can no longer do, each tried in a process of its own; a promise that does not hold is noticed."""

from __future__ import annotations

import os
import platform
import socket
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import pytest

from mabgraph.graph.sparql import confinement

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is nothing to confine with on Windows")
FILTERS = sys.platform == "linux" and platform.machine() in {"x86_64", "aarch64"}


def outcome(attempt: str, memory: int = 64 << 20, store: Path | None = None, confined: bool = True) -> str:
    """Return what a confined process writes: the name of the error that ``attempt`` ends in, or ``done``."""
    reads, writes = os.pipe()
    process = os.fork()
    if not process:
        try:
            import ctypes  # noqa: F401
            import resource  # noqa: F401
            import signal  # noqa: F401
            import socket  # noqa: F401
            import subprocess  # noqa: F401
            import threading  # noqa: F401

            names = dict(locals()) | {"os": os, "store": store, "ox": ox}
            code = compile(textwrap.dedent(attempt), "attempt", "exec")
            if confined:
                confinement.confine(memory, store)
            try:
                exec(code, names)
                os.write(writes, b"done")
            except (OSError, MemoryError, RuntimeError, ValueError) as error:
                os.write(writes, type(error).__name__.encode())
        finally:
            os._exit(0)
    os.close(writes)
    with os.fdopen(reads, "rb") as file:
        text = file.read().decode()
    os.waitpid(process, 0)
    return text


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        ("open('/etc/passwd')", "OSError|PermissionError"),
        ("open('/tmp/of-confinement', 'w')", "OSError|PermissionError"),
        ("socket.socket()", "OSError|PermissionError"),
        ("socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "OSError|PermissionError"),
        ("socket.socketpair()", "OSError|PermissionError"),
        ("os.pipe()", "OSError|PermissionError"),
        ("os.dup(1)", "OSError|PermissionError"),
        ("bytearray(256 << 20)", "MemoryError"),
        ("bytearray(16 << 20)", "done"),
        ("thread = threading.Thread(target=len, args=('',)); thread.start(); thread.join()", "done"),
        ("os.write(1, b'')", "done"),
    ],
)
def test_what_a_confined_process_can_do(attempt: str, error: str) -> None:
    if error == "MemoryError" and sys.platform != "linux":
        pytest.skip("memory is bounded on Linux alone")
    assert outcome(attempt) in error.split("|")


@pytest.mark.skipif(not FILTERS, reason="system calls are filtered on Linux on x86-64 and AArch64 alone")
@pytest.mark.parametrize(
    "attempt",
    ["os.fork()", "os.kill(os.getppid(), 0)", "os.execv('/bin/true', ['true'])", "os.unlink('/tmp/none')", "os.listdir('/')",
     "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))", "os.rename('/tmp/none', '/tmp/other')",
     "os.sched_setaffinity(0, {0})", "os.nice(-5)"],
)  # fmt: skip
def test_calls_that_are_not_listed_fail(attempt: str) -> None:
    assert outcome(attempt) == ("ValueError" if "setrlimit" in attempt else "PermissionError")


@pytest.mark.skipif(not FILTERS, reason="a store on disk is confined on Linux alone")
@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        ("socket.socket()", "PermissionError"),
        ("open(store / 'of-the-store').read()", "done"),
        ("open(store / 'of-the-store', 'a')", "PermissionError"),
        ("open(store / 'new', 'w')", "PermissionError"),
        ("open(store.parent / 'beside').read()", "PermissionError"),
    ],
)
def test_a_store_on_disk_is_read_and_nothing_else(tmp_path: Path, attempt: str, error: str) -> None:
    if "beside" in attempt and "files" not in confinement.supported_promises(on_disk=True):
        pytest.skip("this system has no Landlock")
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / "of-the-store").write_text("x")
    (tmp_path / "beside").write_text("x")
    assert outcome(attempt, store=folder) == error


@pytest.mark.parametrize("confined", [True, False])
def test_the_engine_reaches_no_listener_whatever_the_guard_overlooks(confined: bool) -> None:
    """A live SERVICE, given to the engine itself: it is heard where the process is not confined, and not where it is."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        listener.settimeout(60)

        def hear() -> bytes:
            connection, _ = listener.accept()
            with connection:
                return connection.recv(16)

        heard = pool.submit(hear)
        query = f"SELECT * {{ SERVICE <http://127.0.0.1:{listener.getsockname()[1]}/> {{ ?s ?p ?o }} }}"
        assert outcome(f"list(ox.Store().query({query!r}))", confined=confined) != "done"
        if confined:
            assert not heard.done()
            socket.create_connection(listener.getsockname()).close()
            assert heard.result() == b""
        else:
            assert heard.result().startswith(b"POST")


def test_a_promise_that_does_not_hold_is_noticed() -> None:
    assert confinement.broken_promises() == ["files", "connections"]


def test_what_is_promised_holds(tmp_path: Path) -> None:
    assert "files" in confinement.supported_promises()
    assert outcome("from mabgraph.graph.sparql import confinement\nassert not confinement.broken_promises(), 'broken'") == "done"
