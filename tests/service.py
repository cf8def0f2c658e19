"""A real service for tests: ``mabgraph serve`` in processes of its own, on a free port of the loopback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2


@dataclass(frozen=True)
class Service:
    """A running service: its address and the process that supervises."""

    address: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.address.rsplit(":", 1)[1])

    def client(self) -> httpx2.Client:
        """Return a client of it."""
        return httpx2.Client(base_url=self.address, timeout=60)


@contextmanager
def running(directory: Path, addresses: int | None = None, /, **settings: object) -> Iterator[Service]:
    """Serve the dataset in ``directory`` as it is, with ``settings`` (names as in the environment, without the prefix).

    ``addresses``: the most address space that each of its processes may have (KiB).
    """
    environment = os.environ | {f"MABGRAPH_{name.upper()}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "mabgraph.api.cli.command", "serve", "--no-build", "--dataset", str(directory), "--port", "0"]
    if addresses is not None:
        command = ["sh", "-c", 'ulimit -v "$0" && exec "$@"', str(addresses), *command]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise AssertionError(process.communicate()[1])
        service = Service(line.split("/docs")[0], process)
        with service.client() as client:
            assert client.get("/health").status_code == 200
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
